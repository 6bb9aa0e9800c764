"""A zip is read as a workspace, or refused in one paragraph with nothing written."""

import json
import stat
import warnings
import zipfile

import pytest

from crmlab.course import handout
from crmlab.errors import InputError

KEYS = json.dumps({"workspace": "k3v9-2mqd-7xwa", "lessons": {}})
GOOD = {"term-k3v9/workspace.json": KEYS, "term-k3v9/22_tiers/orders.csv": "customer_id,date,amount\n"}


@pytest.fixture
def packed(tmp_path):
    """Return a function that makes a zip of names and texts; a name may be a whole entry."""

    def pack(files):
        path = tmp_path / "given.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a name that stands there twice
            for name, text in files.items() if isinstance(files, dict) else files:
                archive.writestr(name, text)
        return path

    return pack


@pytest.mark.parametrize("root", ["", "term-k3v9/", "downloads/term-k3v9/"])
def test_a_workspace_is_read_from_wherever_it_lies_in_the_zip(packed, root):
    files = {"workspace.json": KEYS, "22_tiers/22_tiers.ipynb": "{}", "22_tiers/客户.csv": "x"}
    junk = {
        "__MACOSX/._workspace.json": "",
        f"{root}.DS_Store": "",
        f"{root}.crmlab.json": "{}",
        ".x/../../out.csv": "",
        "read-me.txt": "",
    }
    if not root:
        junk.pop("read-me.txt")  # beside the keys it is part of the workspace
    given = handout.read(packed({f"{root}{name}": text for name, text in files.items()} | junk))
    assert given.name == "k3v9-2mqd-7xwa"
    assert given.files == {name: text.encode() for name, text in files.items()}


def link(name):
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


HOSTILE = {
    "climbs out": ([("../evil.csv", "x"), *GOOD.items()], r"the path '\.\./evil\.csv' in it is none"),
    "climbs out from inside": (
        [("term-k3v9/../../evil.csv", "x"), *GOOD.items()],
        "is none of a workspace's",
    ),
    "absolute": ([("/etc/evil.csv", "x"), *GOOD.items()], "the path '/etc/evil.csv' in it"),
    "a drive": ([("C:/evil.csv", "x"), *GOOD.items()], "the path 'C:/evil.csv' in it"),
    "backslashes": ([("..\\evil.csv", "x"), *GOOD.items()], "is none of a workspace's"),
    "a line break": ([("term-k3v9/a\nb.csv", "x"), *GOOD.items()], "is none of a workspace's"),
    "a link": ([(link("term-k3v9/22_tiers/more"), "/etc"), *GOOD.items()], "is a link to somewhere else"),
    "a name twice": ([*GOOD.items(), ("term-k3v9/WORKSPACE.json", "x")], "stands in it twice"),
    "no keys": ({"22_tiers/22_tiers.ipynb": "{}"}, "it holds no workspace"),
    "two workspaces": ({"a/workspace.json": KEYS, "b/workspace.json": KEYS}, "it holds 2 workspaces"),
    "keys of something else": ({"workspace.json": '{"google": "maps"}'}, "its workspace.json cannot be read"),
    "keys that are no JSON": ({"workspace.json": "workspace"}, "its workspace.json cannot be read"),
    "many files": ({f"f{i}.csv": "" for i in range(handout.MOST_FILES + 1)}, "2,001 files"),
}


@pytest.mark.parametrize(("files", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_and_wrong_zips(packed, files, words):
    path = packed(files)
    with pytest.raises(InputError, match=words) as problem:
        handout.read(path)
    assert "\n" not in str(problem.value)
    assert "Get the zip again" in str(problem.value)


def test_a_bomb_is_not_unpacked(packed, monkeypatch):
    monkeypatch.setattr(handout, "MOST_BYTES", 1_000_000)
    path = packed(GOOD | {"term-k3v9/22_tiers/bomb.csv": "0" * 2_000_000})
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("it was unpacked"))
    with pytest.raises(InputError, match="3 files of 2 MB, more than any workspace"):
        handout.read(path)


def test_a_zip_that_lies_about_sizes_gives_no_more_than_it_says(packed):
    path = packed(GOOD | {"term-k3v9/lie.csv": "0" * 100_000})
    content = bytearray(path.read_bytes())
    place = content.rfind(b"term-k3v9/lie.csv") - 46  # its entry in the directory at the end
    content[place + 24 : place + 28] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be unpacked: Bad CRC"):
        handout.read(path)


@pytest.mark.parametrize("damage", ["cut", "flipped", "no zip", "empty", "encrypted"])
def test_broken_zips(packed, damage):
    path = packed(GOOD)
    content = bytearray(path.read_bytes())
    if damage == "encrypted":
        place = content.rfind(b"PK\x01\x02", 0, content.rfind(b"PK\x01\x02"))
        for start in (0, place):
            content[start + (6 if start == 0 else 8)] |= 1
    if damage == "flipped":
        content[60] ^= 255
    path.write_bytes({"cut": content[:100], "no zip": b"a letter", "empty": b""}.get(damage, content))
    with pytest.raises(InputError, match="cannot be unpacked: "):
        handout.read(path)
    with pytest.raises(InputError, match="There is no zip"):
        handout.read(path.with_name("other.zip"))
