"""The old result stays whole: nothing is replaced that no analysis made, and nothing is half written."""

import errno
import json
import os

import pytest

from crmlab.analysis import analyse, export, folder, report
from crmlab.errors import InputError


def contents(place) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def orders(shop, tmp_path_factory):
    """A small file of orders."""
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    shop(30).to_csv(path, index=False)
    return path


@pytest.fixture
def made(tmp_path):
    """A folder as an earlier analysis left it."""
    out = tmp_path / "out"
    with folder.building(out) as work:
        (work / "report.html").write_text("old", encoding="utf-8")
    return out


def test_a_folder_is_replaced_with_force_only(made):
    with pytest.raises(InputError, match="--force"), folder.building(made):
        pass
    with folder.building(made, force=True) as work:
        (work / "report.html").write_text("new", encoding="utf-8")
    assert (made / "report.html").read_text(encoding="utf-8") == "new"
    assert [path.name for path in made.parent.iterdir()] == ["out"]


def test_a_folder_that_no_analysis_made_is_never_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years", encoding="utf-8")
    with (
        pytest.raises(InputError, match="no analysis made it"),
        folder.building(tmp_path / "mine", force=True),
    ):
        pass
    assert contents(tmp_path) == {"mine/thesis.txt": b"years"}


@pytest.mark.parametrize("what", ["added", "changed"])
def test_what_the_analyst_did_there_is_not_lost(made, what):
    own = made / ("notes.txt" if what == "added" else "report.html")
    own.write_text("my own words", encoding="utf-8")
    with pytest.raises(InputError, match=own.name), folder.building(made, force=True):
        pass
    assert own.read_text(encoding="utf-8") == "my own words"
    own.unlink()
    (made / ".DS_Store").write_text("", encoding="utf-8")
    with folder.building(made, force=True):
        pass


def test_files_that_are_read_are_not_replaced(made, tmp_path, monkeypatch):
    source = made / "transactions.parquet"
    with pytest.raises(InputError, match="lies in out"):
        folder.check(made, force=True, sources=[source])
    monkeypatch.chdir(made)
    with pytest.raises(InputError, match="working folder"):
        folder.check(made, force=True)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="is a file"):
        folder.check(tmp_path / "file", force=True)


@pytest.mark.parametrize(
    "broken", [KeyboardInterrupt(), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "report.html")]
)
@pytest.mark.parametrize("place", ["page", "write_customers"])
def test_what_stops_halfway_leaves_the_old_result_whole(call, orders, monkeypatch, tmp_path, broken, place):
    assert call(orders, "--no-lessons").exit_code == 0
    before = contents(tmp_path)

    def stop(*_):
        raise broken

    monkeypatch.setattr(report if place == "page" else export, place, stop)
    result = call(orders, "--no-lessons", "--force")
    interrupted = isinstance(broken, KeyboardInterrupt)
    assert result.exit_code == (130 if interrupted else 2)
    said = "Stopped. analysis is as it was." if interrupted else "No space left on device"
    assert said in " ".join(result.stderr.split())
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["analysis"]


def test_a_move_that_fails_puts_the_old_folder_back(made, monkeypatch):
    real = type(made).rename

    def rename(self, target):
        if self.name.endswith("-new"):
            raise PermissionError(errno.EACCES, "Permission denied", str(target))
        return real(self, target)

    monkeypatch.setattr(type(made), "rename", rename)
    with pytest.raises(PermissionError), folder.building(made, force=True):
        pass
    assert (made / "report.html").read_text(encoding="utf-8") == "old"
    assert [path.name for path in made.parent.iterdir()] == ["out"]


def test_a_place_that_cannot_be_written_is_one_paragraph(call, orders, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    result = call(orders, "--no-lessons", "--out", "file/below")
    assert result.exit_code == 2
    assert "Put it right and run again, or choose another folder." in " ".join(result.stderr.split())


def test_the_marker_says_what_was_written(shop, tmp_path):
    out = tmp_path / "out"
    analyse(shop(30), out=out)
    written = json.loads((out / folder.MARKER).read_text(encoding="utf-8"))["files"]
    assert set(written) == {name for name in contents(out) if name != folder.MARKER}
