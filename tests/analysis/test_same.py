"""The same orders give the same words, numbers and files, in whatever order the engine's threads finish."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import whole

CODE = """
import ibis
from crmlab.analysis import forecast
from crmlab.cli import app

forecast.DRAWS = 5  # enough for words that could differ
ibis.get_backend().raw_sql("SET threads = 8")
app()
"""


@pytest.fixture(scope="module")
def awkward(tmp_path_factory) -> str:
    """Orders whose doubles add up otherwise in another order, in parts that threads share."""
    rng, size = np.random.default_rng(5), 20_000
    passed = pd.to_timedelta(rng.integers(0, 700, size), unit="D")
    orders = pd.DataFrame(
        {
            "customer_id": rng.choice(300, size, p=rng.dirichlet(np.full(300, 0.4))).astype(str),
            "date": pd.Timestamp("2022-01-03") + passed,
            "amount": rng.choice([0.1, 0.2, 0.3, 0.7, 19.99, 1e6 + 0.1, -0.1], size),
            "product": rng.choice(["a1", "b2"], size),
            "status": rng.choice(["paid", "cancelled", "at the gate"], size, p=[0.9, 0.05, 0.05]),
        }
    ).assign(cost=lambda rows: (rows["amount"] * 0.6).round(3))
    path = tmp_path_factory.mktemp("awkward") / "orders.parquet"
    orders.to_parquet(path, row_group_size=1000)
    return str(path)


@pytest.mark.whole
@whole.only
@pytest.mark.parametrize("name", ["cdnow", "awkward"])
def test_a_file_says_the_same_in_every_process(name, request, tmp_path):
    options = [request.getfixturevalue(name), *(["--amount", "Paid"] if name == "cdnow" else [])]
    made = []
    for place in (tmp_path / "first", tmp_path / "second"):
        place.mkdir()
        for words in (["analyse", "--no-lessons", "--out", "analysis"], ["audit", "--out", "audit"]):
            done = subprocess.run(
                [sys.executable, "-c", CODE, words[0], *options, *words[1:]], cwd=place, capture_output=True
            )
            assert done.returncode == 0, done.stderr.decode()
            (place / words[0]).with_suffix(".txt").write_bytes(done.stdout)
        files = [path for path in place.rglob("*") if path.is_file()]
        made.append({str(path.relative_to(place)): path.read_bytes() for path in files})
    first, second = made
    assert first.keys() == second.keys()
    assert len(first) == 15
    assert [path for path in first if first[path] != second[path]] == []
