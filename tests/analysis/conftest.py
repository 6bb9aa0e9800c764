"""Shops of all sizes, and the analysis as its users call it."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import crmlab as crm
from crmlab.analysis import analyse, forecast, pictures

PAINT = pictures._png


@pytest.fixture(scope="session", autouse=True)
def quick():
    """Let intervals rest on few refits, and pictures be drawn but not painted."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forecast, "DRAWS", 20)
        patch.setattr(pictures, "_png", lambda _: b"not painted")
        yield


@pytest.fixture(scope="session")
def cdnow(tmp_path_factory) -> str:
    """The literature's sample as a shop would export it."""
    path = tmp_path_factory.mktemp("export") / "orders.csv"
    orders = crm.datasets.cdnow(sample=True).to_pandas().drop(columns="in_sample")
    orders.columns = ["Customer ID", "Order date", "Discs", "Paid"]
    orders.to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="session")
def shop() -> Callable[..., pd.DataFrame]:
    """Return a function that makes the orders of a shop."""

    def make(
        customers: int, days: int = 300, rate: float = 2.0, seed: int = 1, names=None, **same
    ) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        size = 1 + rng.poisson(rate, customers)
        known = names or [f"id-{number:04d}" for number in range(customers)]
        orders = pd.DataFrame({"customer_id": np.repeat(np.array(known, dtype=object), size)})
        passed = pd.to_timedelta(rng.integers(0, days, len(orders)), unit="D")
        orders["date"] = pd.Timestamp("2024-01-01") + passed
        orders["amount"] = rng.gamma(2, 20, len(orders)).round(2)
        return orders.assign(**same)

    return make


@pytest.fixture(scope="session")
def done(cdnow, tmp_path_factory):
    """An analysis of CDNOW's sample, saved, and where."""
    out = tmp_path_factory.mktemp("done") / "analysis"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_png", PAINT)
        patch.setattr(pictures, "_DPI", 20)
        return analyse(cdnow, {"amount": "Paid"}, out=out, currency="USD", name="Discs & more"), out


@pytest.fixture(scope="session")
def small(shop):
    """An analysis of few customers, not saved."""
    return analyse(shop(30))


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that calls the command line in a folder of its own."""
    from crmlab.cli import app

    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["analyse", *map(str, words)])
