"""A build's folder: what people wrote there is neither overwritten nor removed, whatever comes in between."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.course.terms.folder import WORK, Folder
from crmlab.errors import InputError

PLACES = st.sampled_from(["public/a.txt", "public/b/c.txt", "private/d.txt"])
TEXTS = st.sampled_from(["one", "two", "three"])
BUILD = st.tuples(st.just("build"), st.dictionaries(PLACES, TEXTS), st.booleans())
OWN = st.tuples(st.just("own"), st.sampled_from(["notes.txt", "public/mine.txt", "private/seed.key"]), TEXTS)
CHANGE = st.tuples(st.just("change"), PLACES, TEXTS)


def texts(root):
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file() and WORK not in path.relative_to(root).parts
    }


@settings(max_examples=200)
@given(st.lists(BUILD | OWN | CHANGE, max_size=8))
def test_whatever_a_person_wrote_is_there_at_the_end(steps):
    root = Path(tempfile.mkdtemp())
    people: set[str] = set()
    try:
        for kind, what, value in steps:
            if kind == "build":
                folder = Folder(root)
                try:
                    for place, text in what.items():
                        folder.put(place, text)
                except InputError:  # what was changed by hand, and then forgotten, is in the way
                    continue
                if value:  # otherwise it was interrupted
                    folder.finish()
                    assert {place for place in texts(root) if place in folder.now} == set(what)
                assert {place: texts(root)[place] for place in what} == what
            else:
                path = root / what
                if kind == "own" or path.is_file():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    content = f"{value} by hand"
                    path.write_text(content)
                    people = {other for other in people if other[0] != what} | {(what, content)}
        left = sorted(texts(root).values())
        assert all(content in left for _, content in people)
    finally:
        shutil.rmtree(root)


def test_a_file_in_the_way_is_named_and_stays(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "a.txt").write_text("a thesis")
    with pytest.raises(InputError, match=r"a\.txt is none of this term's own files"):
        Folder(tmp_path).put("public/a.txt", "ours")
    assert texts(tmp_path) == {"public/a.txt": "a thesis"}


def test_what_a_build_no_longer_makes_goes_with_its_folders(tmp_path):
    first = Folder(tmp_path)
    first.put("public/old/deep/a.txt", "a")
    first.put("public/b.txt", "b")
    first.finish()
    second = Folder(tmp_path)
    second.put("public/b.txt", "b")
    second.finish()
    assert texts(tmp_path) == {"public/b.txt": "b"}
    assert not (tmp_path / "public" / "old").exists()


def test_a_file_changed_by_hand_stays_when_no_build_makes_it_any_more(tmp_path):
    first = Folder(tmp_path)
    first.put("public/a.txt", "a")
    first.put("public/b.txt", "b")
    first.finish()
    (tmp_path / "public" / "a.txt").write_text("mine")
    Folder(tmp_path).finish()
    assert texts(tmp_path) == {"public/a.txt": "mine"}
