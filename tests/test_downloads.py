"""A download arrives whole and checked, goes on after a cut, and says in one paragraph why it did not."""

import dataclasses
import hashlib
import importlib.util
import io
import re
import socket
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from crmlab import datasets, downloads
from crmlab.cli import app
from crmlab.errors import DataError, InputError

NAME = "online-retail-ii"
ROWS = 4_000


class Site(ThreadingHTTPServer):
    """A web server on this machine that can cut, refuse or forget how to go on."""

    content = b""
    ranges = True  # whether it can send the rest of a file
    cut: int | None = None  # after how many bytes it hangs up
    status = 200
    tag = '"first"'
    asked: list[str | None]


class Handler(BaseHTTPRequestHandler):
    """Answer as the server is set."""

    server: Site

    def do_GET(self):
        site, asked = self.server, self.headers.get("Range")
        site.asked.append(asked)
        if site.status != 200:
            self.send_error(site.status)
            return
        start = int(re.search(r"\d+", asked)[0]) if asked else 0
        if not site.ranges or self.headers.get("If-Range") != site.tag:
            start = 0
        body = site.content[start:]
        if start and not body:
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body)))
        if site.tag:
            self.send_header("ETag", site.tag)
        self.end_headers()
        self.wfile.write(body[: site.cut])

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def sheets():
    """The two sheets of a small file in the shape of the real one."""
    path = Path(__file__).parent / "bench" / "retail.py"
    spec = importlib.util.spec_from_file_location("retail", path)
    retail = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(retail)
    return retail, retail.make(ROWS, seed=3)


@pytest.fixture(scope="module")
def content(sheets, tmp_path_factory):
    """The zip file that the site offers."""
    retail, made = sheets
    book = tmp_path_factory.mktemp("site") / "online_retail_II.xlsx"
    retail.write(made, book)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        archive.write(book, book.name)
    return packed.getvalue()


@pytest.fixture
def site(content, monkeypatch):
    """A site that offers the data set; crmlab looks for it there."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Site(("127.0.0.1", 0), Handler)
    server.content, server.asked = content, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    _offer(monkeypatch, f"http://127.0.0.1:{server.server_port}/retail.zip")
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _offer(monkeypatch, url, **more):
    remote = dataclasses.replace(datasets.REMOTE[NAME], url=url, **more)
    monkeypatch.setitem(datasets.REMOTE, NAME, remote)


def test_the_file_comes_once_and_holds_the_lines_of_both_sheets(site, sheets, tmp_path):
    seen = []
    file = datasets.fetch(NAME, tmp_path, progress=lambda have, whole: seen.append((have, whole)))
    assert seen[-1] == (len(site.content), len(site.content))
    lines = datasets.online_retail_ii(tmp_path).to_pandas()
    expected = pd.concat(sheets[1], ignore_index=True)
    assert len(lines) == ROWS
    pd.testing.assert_frame_equal(lines, expected, check_dtype=False)
    assert datasets.online_retail_ii(file).count().to_pyarrow().as_py() == ROWS
    left = {f"{NAME}.zip", f"{NAME}.zip.sha256", f"{NAME}.parquet", f"{NAME}.parquet.sha256"}
    assert {path.name for path in tmp_path.iterdir()} == left
    assert downloads.recorded(tmp_path / f"{NAME}.zip") == hashlib.sha256(site.content).hexdigest()

    site.status = 500  # from here on, nothing may be asked for
    written = file.stat().st_mtime_ns
    assert datasets.fetch(NAME, tmp_path) == file
    assert file.stat().st_mtime_ns == written
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("change", "second"),
    [
        ({}, "rest"),
        ({"ranges": False}, "rest, but all of it is sent"),
        ({"tag": '"second"'}, "rest, but the file has changed"),
        ({"tag": ""}, "all"),
    ],
)
def test_a_download_that_was_cut_goes_on_where_the_server_can(site, tmp_path, change, second):
    if change == {"tag": ""}:
        site.tag = ""
    site.cut = 100_000
    with pytest.raises(InputError, match=r"was cut after 0\.1 MB\. What came is kept: run the same command"):
        datasets.fetch(NAME, tmp_path)
    part = tmp_path / f"{NAME}.zip.part"
    assert part.read_bytes() == site.content[: part.stat().st_size]
    kept = part.stat().st_size
    assert kept > 0
    site.cut = None
    for name, value in change.items():
        setattr(site, name, value)
    datasets.fetch(NAME, tmp_path)
    assert site.asked == [None, None if second == "all" else f"bytes={kept}-"]
    assert (tmp_path / f"{NAME}.zip").read_bytes() == site.content
    assert not list(tmp_path.glob("*.part*"))


def test_a_part_longer_than_the_file_is_dropped(site, tmp_path):
    (tmp_path / f"{NAME}.zip.part").write_bytes(site.content + b"more")
    (tmp_path / f"{NAME}.zip.part.tag").write_text(site.tag)
    datasets.fetch(NAME, tmp_path)
    assert len(site.asked) == 2
    assert (tmp_path / f"{NAME}.zip").read_bytes() == site.content


def test_a_wrong_checksum_is_refused(site, tmp_path):
    right = hashlib.sha256(site.content).hexdigest()
    with pytest.raises(
        DataError, match=r"not the file that was expected, whose SHA-256 begins 0{12}\. It was del"
    ):
        datasets.fetch(NAME, tmp_path, sha256="0" * 64)
    assert not list(tmp_path.glob(f"{NAME}.zip*"))
    file = datasets.fetch(NAME, tmp_path, sha256=right.upper())
    with pytest.raises(DataError, match="is not the one that was checked"):
        datasets.fetch(NAME, tmp_path, sha256="0" * 64)

    (tmp_path / f"{NAME}.zip").unlink()  # first use was trusted: what comes now must be the same
    site.content += b"changed"
    with pytest.raises(DataError, match=r"the site has changed the file: delete .*zip\.sha256 to accept"):
        datasets.fetch(NAME, tmp_path)
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="is not the one that was checked"):
        datasets.online_retail_ii(tmp_path)


def test_a_checksum_that_is_known_beforehand_is_demanded(site, tmp_path, monkeypatch):
    _offer(monkeypatch, datasets.REMOTE[NAME].url, sha256="1" * 64)
    with pytest.raises(DataError, match="begins 111111111111"):
        datasets.fetch(NAME, tmp_path)


def test_what_is_no_archive_or_no_such_workbook_is_refused(site, tmp_path):
    right = site.content
    site.content = b"<html>Please sign in</html>"
    with pytest.raises(DataError, match="no zip file, perhaps the sign-in page of your network"):
        datasets.fetch(NAME, tmp_path)
    assert not (tmp_path / f"{NAME}.zip").exists()
    damaged = bytearray(right)
    damaged[len(right) // 2] ^= 1
    site.content = bytes(damaged)
    with pytest.raises(DataError, match=r"zip is damaged \(Bad CRC-32.*It was deleted; fetch it again"):
        datasets.fetch(NAME, tmp_path)
    assert not list(tmp_path.glob("*.zip*"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("other.txt", "no workbook")
    site.content = packed.getvalue()
    with pytest.raises(DataError, match="holds no workbook with the columns Invoice, StockCode"):
        datasets.fetch(NAME, tmp_path)


def test_the_command_says_why_nothing_came_and_how_to_go_on(site, tmp_path, monkeypatch):
    def call(*more):
        return CliRunner().invoke(app, ["fetch", NAME, "--out", str(tmp_path), *more])

    site.status = 404
    refused = call()
    site.status = 200
    free = socket.socket()
    free.bind(("127.0.0.1", 0))  # bound, and nobody listens
    there = datasets.REMOTE[NAME].url
    _offer(monkeypatch, f"http://127.0.0.1:{free.getsockname()[1]}/retail.zip")
    offline = call()
    free.close()
    for done, said in [
        (refused, "404 Client Error: Not Found. Perhaps the file has moved: look at https://archive"),
        (offline, "cannot be reached. Are you online? If only your browser is, download the file there and"),
        (call("--sha256", "abc"), "'abc' is no SHA-256"),
    ]:
        assert done.exit_code == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    _offer(monkeypatch, there)
    done = call()
    assert done.exit_code == 0
    assert f"crmlab audit {tmp_path / NAME}.parquet" in done.stdout
    assert "Licence: CC BY 4.0" in done.stdout
    assert NAME in CliRunner().invoke(app, ["fetch"]).stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_is_told(site, tmp_path):
    (tmp_path / f"{NAME}.zip.part").symlink_to("/dev/full")
    with pytest.raises(InputError, match=r"The disk is full at .*Free some space and run again"):
        datasets.fetch(NAME, tmp_path)


def test_a_file_saved_by_hand_is_used_and_nothing_is_downloaded_to_load(site, tmp_path, monkeypatch):
    monkeypatch.setenv("CRMLAB_DATA", str(tmp_path))
    with pytest.raises(InputError, match=f"Fetch it once with the command: crmlab fetch {NAME}"):
        datasets.online_retail_ii()
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / f"{NAME}.zip").write_bytes(site.content)
    datasets.fetch(NAME)
    assert datasets.online_retail_ii().count().to_pyarrow().as_py() == ROWS
    assert not site.asked
