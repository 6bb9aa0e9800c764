"""Lessons as their readers meet them: in JupyterLab, in a browser."""

import pytest
from answers import by_column

from crmlab.course import catalog, keys, workspace
from crmlab.course.grading.check import check, find
from crmlab.course.lesson import RESULTS_MIME
from crmlab.course.terms import term, workspaces

LESSON = "22_tiers"
TERM = f"""
course: Customer relationship management
term: 2027-spring
start: 2027-02-15
end: 2027-06-30
lessons: [{LESSON}]
cases: [fernhill]
customers: 300
roster: roster.csv
key: {{file: seed.key}}
"""


@pytest.fixture(scope="module")
def handed_out(root, tmp_path_factory):
    """A student's workspace, unpacked from the zip that a term's build gives."""
    folder = tmp_path_factory.mktemp("term")
    (folder / "term.yaml").write_text(TERM)
    (folder / "roster.csv").write_text("student_id\ns01\n")
    (folder / "seed.key").write_text("0123456789abcdef")
    archive, _ = workspaces.pack(term.load(folder / "term.yaml"), "s01")
    (folder / "s01.zip").write_bytes(archive)
    workspace.unpack(folder / "s01.zip", root / "handed-out")
    return root / "handed-out"


def test_a_student_is_replied_to_in_the_page(handed_out, notebook):
    own = workspace.lessons(handed_out)[LESSON].path
    exercises = keys.compute(catalog.lesson(LESSON), str(own.parent / "case.yaml"))
    right, wrong = exercises["top tenth"], exercises["tiers without mailings"]
    slip, value = next(iter(wrong.misconceptions.items()))

    page = notebook(own)
    page.run_all()
    assert page.errors() == []
    said = {
        right.name: page.answer("top_tenth", f"top_tenth.check({float(right.answer)!r})"),
        wrong.name: page.answer("by_tier", f"by_tier.check({by_column(value, wrong.columns)!r})"),
    }
    assert said[right.name] == f"{right.name}: right."
    assert said[wrong.name].startswith(f"{wrong.name}: not yet. It seems that {slip}.")
    page.picture("lesson", "by_tier")
    page.save()

    checked = {item.exercise: item for item in check(find(LESSON, handed_out))}
    assert {name: item.state for name, item in checked.items()} == {
        right.name: "right", wrong.name: "not yet",
        "platinum places": "missing", "the carpet": "missing", "your decision": "missing",
    }  # fmt: skip
    about = workspace.lessons(handed_out)[LESSON].notebook["metadata"]["crmlab"]
    assert (about["lesson"], about["edition"]) == (LESSON, "student")  # Jupyter keeps what it does not know


def test_a_reader_of_the_course_gets_to_the_end(root, notebook):
    workspace.start(root / "mine")
    place = "0_start/00_start.ipynb"
    page = notebook(root / "mine" / place)
    page.run_all()
    assert page.errors() == []
    page.save()
    last = page.stored()[-1]
    assert RESULTS_MIME in last["outputs"][-1]["data"]
    assert place not in workspace.start(root / "mine").kept  # to run a lesson is no change
