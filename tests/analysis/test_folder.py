"""The old result stays whole: nothing is replaced that no analysis made, and nothing is half written."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest

from crmlab import analysis, engines
from crmlab.analysis import export, folder, report
from crmlab.cli.engine import interruptible
from crmlab.errors import InputError


def contents(place) -> dict[str, bytes]:
    return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}


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
def test_what_stops_halfway_leaves_the_old_result_whole(small, monkeypatch, tmp_path, broken, place):
    small.save(tmp_path / "analysis")
    before = contents(tmp_path)

    def stop(*_):
        raise broken

    monkeypatch.setattr(report if place == "page" else export, place, stop)
    with pytest.raises(type(broken)):
        small.save(tmp_path / "analysis", force=True)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["analysis"]


@pytest.mark.parametrize("old", [True, False])
def test_the_command_says_what_stopped_it(call, monkeypatch, made, old):
    def stop(error):
        def raise_(*_, **__):
            raise error

        monkeypatch.setattr(analysis, "analyse", raise_)
        result = call("orders.csv", "--no-lessons", "--out", "out" if old else "other")
        return result.exit_code, " ".join(result.stderr.split())

    kept = "out is as it was." if old else "Nothing was written."
    assert stop(KeyboardInterrupt()) == (130, f"Stopped. {kept}")
    code, said = stop(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "report.html"))
    assert code == 2
    assert said.startswith("No space left on device at report.html. Put it right")


def test_what_an_engine_raises_after_ctrl_c_is_ctrl_c():
    def query(*, stopped):
        try:
            if stopped:
                signal.raise_signal(signal.SIGINT)
        finally:
            raise RuntimeError("Query interrupted")

    with pytest.raises(KeyboardInterrupt), interruptible():
        query(stopped=True)
    with pytest.raises(RuntimeError), interruptible():
        query(stopped=False)


def test_what_does_not_fit_into_memory_lies_beside_the_results(call, monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(engines, "limit_memory", lambda limit, folder: seen.append((limit, folder)))

    def stop(*_, **__):
        assert seen[0][1].is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "analyse", stop)
    assert call("orders.csv", "--memory", "1GB", "--out", "new/results").exit_code == 130
    ((limit, folder_),) = seen
    assert (limit, folder_.parent) == ("1GB", tmp_path / "new")
    assert not folder_.exists()


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


def test_a_place_that_cannot_be_written_is_an_error_of_the_place(small, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        small.save(tmp_path / "file" / "below")


def test_the_marker_says_what_was_written(small, tmp_path):
    out = tmp_path / "out"
    small.save(out)
    written = json.loads((out / folder.MARKER).read_text(encoding="utf-8"))["files"]
    assert set(written) == {name for name in contents(out) if name != folder.MARKER}


def test_a_folder_that_was_filled_in_the_meantime_is_not_replaced(tmp_path):
    out = tmp_path / "out"

    def build():
        with folder.building(out):
            out.mkdir()
            (out / "thesis.txt").write_text("years", encoding="utf-8")

    with pytest.raises(InputError, match="no analysis made it"):
        build()
    assert contents(tmp_path) == {"out/thesis.txt": b"years"}


@pytest.mark.parametrize("what", ["building", "spilling"])
def test_what_a_killed_analysis_left_goes_with_the_next_one(what, tmp_path, shop):
    out = tmp_path / "out"
    code = (
        "import sys, time; from pathlib import Path; from crmlab.analysis import folder\n"
        f"with folder.{what}(Path(sys.argv[1]), force=False) as place:\n"
        "    (place / 'customers.csv').write_text('Ann'); print('ready', flush=True); time.sleep(600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(out)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"ready\n"
        assert folder.sweep(out) == 0  # it lives
        other.kill()
    assert len(list(tmp_path.glob(".crmlab-*/customers.csv"))) == 1
    done = analysis.analyse(shop(5), out=out)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert "an analysis that was killed" in done.notes[0]
