"""However a file is broken: it ends in its rows, or in one paragraph; no row is lost in silence."""

import contextlib

import pytest
from malformed import CASES, release
from typer.testing import CliRunner
from whole import some

from crmlab import quality, read
from crmlab.cli import app
from crmlab.errors import CrmlabError
from crmlab.transactions import plan

# What the command line is tried on: an outcome of each kind, and what may break the words themselves.
SAID = [
    "nothing",
    "our own names",
    "bytes of all kinds",
    "a name of two lines",
    "a line end inside a name",
    "HTML in names",
    "a row too long",
    "31 February",
    "a sum that overflows",
    "a day beyond Python's",
    "a workbook, cut",
    "a path that is no text",
]


@pytest.fixture(autouse=True)
def _release():
    yield
    release()


@contextlib.contextmanager
def refusals():
    """Collect what is said where something is refused, which must be one paragraph of ours."""
    said = []
    try:
        yield said
    except CrmlabError as error:
        said.append(str(error))
        assert "\n" not in said[0]
        assert len(said[0]) < 700


@pytest.mark.parametrize("name", CASES)
def test_a_broken_file_is_read_or_refused_in_one_paragraph(name, tmp_path):
    make, outcome = CASES[name]
    path = make(tmp_path)
    with refusals() as said:
        table = read(path)
        assert len(table.to_pyarrow()) == outcome
    if said:
        assert isinstance(outcome, str), said[0]
        assert outcome in said[0]
    with refusals() as said:
        found = plan(path)
        assert f"{found.count:,} rows in " in repr(found)
        if isinstance(outcome, int):
            assert found.count == outcome


@pytest.mark.whole
@pytest.mark.parametrize("name", some(CASES, *list(CASES)[::3], "1,000 columns"))
def test_no_row_of_a_broken_file_is_lost_by_the_audit(name, tmp_path):
    make, outcome = CASES[name]
    path = make(tmp_path)
    with refusals():
        audit = quality.audit(path, today="2026-11-22")
        ledger = audit.ledger
        assert ledger.rows_read == plan(path).count
        assert ledger.rows_read == ledger.rows_used + ledger.rows_set_aside
        assert ledger.rows_used == audit.transactions.count().to_pyarrow().as_py()
        assert repr(audit)
        if isinstance(outcome, int):
            assert (ledger.rows_used, ledger.rows_set_aside) == (outcome, 0)


@pytest.mark.parametrize("name", SAID)
def test_the_command_line_says_it_without_a_traceback(name, tmp_path):
    path = CASES[name][0](tmp_path)
    done = CliRunner().invoke(app, ["audit", str(path), "--out", str(tmp_path / "out")])
    assert done.exit_code in (0, 2), done.output
    assert "Traceback" not in done.output
    assert done.exception is None or isinstance(done.exception, SystemExit)
