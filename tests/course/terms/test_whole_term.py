"""All lessons, as a class works them: built, opened, answered in every way, handed in, graded, built again.

Each of two students answers each exercise in another way: right, by a known misconception, wrong, with what
cannot be read, or not at all. What everybody gets for it is known beforehand.
"""

import csv
import io
import json
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from answers import by_column, good_policy
from test_build import broken, contents
from whole import only

from crmlab.course import catalog, runner
from crmlab.course.exercises import from_key
from crmlab.course.terms import term

pytestmark = [only, pytest.mark.slow, pytest.mark.whole, pytest.mark.xdist_group("whole term")]

TERM = """
course: Customers
term: 2027-spring
start: 2027-02-15
end: 2027-06-30
lessons: [{lessons}]
cases: [fernhill]
customers: 400
roster: roster.csv
key: {{file: seed.key}}
"""
STUDENTS = ("s01", "s02")
WAYS = ("right", "misconceived", "wrong", "unreadable", "nothing")
UNREADABLE = {"number": "'about half'", "choice": "'zebra'", "policy": "['nobody at all']"}
LESSONS = catalog.lessons()
ONE_THREAD = dict.fromkeys(runner._ONE_THREAD, "1")


def crmlab(folder, *words):
    done = subprocess.run(
        [sys.executable, "-m", "crmlab", *map(str, words)],
        cwd=folder, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a term of all lessons for two students, built by its command."""
    where = tmp_path_factory.mktemp("whole")
    (where / "term.yaml").write_text(TERM.format(lessons=", ".join(LESSONS)))
    (where / "roster.csv").write_text("student_id\n" + "\n".join(STUDENTS) + "\n")
    (where / "seed.key").write_text("0123456789abcdef0123456789abcdef")
    crmlab(where, "build", "term.yaml", "--jobs", "2")
    return where


@pytest.fixture(scope="module")
def pseudonyms(place):
    return term.load(place / "term.yaml").pseudonyms


@pytest.fixture(scope="module")
def keys(place, pseudonyms):
    """The exercises of each student and lesson, with the form in which their keys are filed."""
    found = {}
    for who, name in pseudonyms.items():
        stored = json.loads((place / "2027-spring/private/keys" / f"{name}.json").read_text(encoding="utf-8"))
        for lesson, made in stored["lessons"].items():
            found[who, lesson] = {
                exercise: (from_key(exercise, key), key) for exercise, key in made["exercises"].items()
            }
    return found


def way(student, lesson, exercise):
    """Return how a student answers an exercise: each student and each lesson begins elsewhere in the ways."""
    number = 2 * STUDENTS.index(student) + [*LESSONS].index(lesson) + [*LESSONS[lesson].keys].index(exercise)
    return WAYS[number % len(WAYS)]


def answer(how, exercise, key):
    """Return the code of an answer, and its share of the points; None where only a person can say."""
    if how == "nothing":
        return "...", None if key["kind"] == "explanation" else 0
    if how == "unreadable":
        return UNREADABLE.get(key["kind"], "lambda: 1"), None if key["kind"] == "explanation" else 0
    if key["kind"] == "explanation":
        return "'Write to those who stay. A test would change my mind.'", None
    if key["kind"] == "choice":
        wrong = next(option for option, _ in key["options"] if option != key["answer"])
        return repr(key["answer"] if how == "right" else wrong), int(how == "right")
    if key["kind"] == "policy":
        return repr(chosen(how, exercise, key)), int(how == "right")
    value = key["answer"]
    if how == "misconceived" and key["misconceptions"]:
        value = next(iter(key["misconceptions"].values()))
    elif how != "right":
        value = {k: changed(v) for k, v in value.items()} if isinstance(value, dict) else changed(value)
    return code(value, key), int(how == "right")


def changed(value):
    return f"not {value}" if isinstance(value, str) else 1.37 * value + 11


def chosen(how, exercise, key):
    """Return a list of customers: one that is good enough, the misunderstanding, or the worst there is."""
    ranked = sorted(key["worth"], key=key["worth"].get, reverse=True)
    if how == "misconceived" and key["misconceptions"]:
        return next(iter(key["misconceptions"].values()))
    return good_policy(exercise) if how == "right" else ranked[-key["most"] :]


def code(value, key):
    if key["kind"] == "plot":
        return picture(value, key["columns"])
    if isinstance(value, dict) and key["columns"]:
        return repr(by_column(value, key["columns"]))
    return repr(value)


def picture(value, columns):
    """Return a call that draws values as lines, in whatever order, and gives the picture."""
    lines = []
    for column in reversed(columns or [""]):
        names = [name for name in value if not column or name.endswith(f", {column}")]
        places = [name.rpartition(", ")[0] if column else name for name in names]
        x = [float(p) if is_number(p) else p for p in places]
        lines.append((x, [value[name] for name in names]))
    return f"my_picture({lines!r})"


def is_number(text):
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


DRAWN = """
def my_picture(lines):
    from matplotlib.figure import Figure
    ax = Figure().subplots()
    for x, y in lines:
        ax.plot(x, y)
    ax.set(title="What it shows", xlabel="across", ylabel="up")
    return ax

"""


# In a process of its own, for a client leaves its loop of events open; by sockets that are files, for nobody
# takes those.
EXECUTE = """
import os, sys
import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

notebook = nbformat.read(sys.argv[1], as_version=4)
config = Config({"KernelManager": {"transport": "ipc" if os.name == "posix" else "tcp"}})
NotebookClient(notebook, timeout=300, config=config).execute()
nbformat.write(notebook, sys.argv[1])
"""


def work(path, exercises, who):
    """Put a student's answers into a notebook, run it from top to bottom as Jupyter does, and save it."""
    lesson = path.stem
    notebook = nbformat.read(path, as_version=4)
    by_variable = {key.variable: name for name, key in LESSONS[lesson].keys.items()}
    answered = set()
    for cell in notebook.cells:
        for variable, name in by_variable.items():
            if (
                cell.cell_type == "code"
                and f"{variable}.check(" in cell.source
                and "lesson.ask" not in cell.source
            ):
                given, _ = answer(way(who, lesson, name), *exercises[name])
                cell.source = f"{DRAWN if 'my_picture(' in given else ''}{variable}.check({given})"
                answered.add(name)
    assert answered == set(exercises), "each exercise has a cell for its answer"
    nbformat.write(notebook, path)
    done = subprocess.run(
        [sys.executable, "-c", EXECUTE, path.name],
        cwd=path.parent, capture_output=True, encoding="utf-8", check=False,
        env=os.environ | ONE_THREAD,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return nbformat.read(path, as_version=4)


@pytest.fixture(scope="module")
def worked(place, pseudonyms, keys):
    """The workspaces, opened by their command and worked by all students; notebooks by student and lesson."""
    for who, name in pseudonyms.items():
        crmlab(place, "start", f"work/{who}", "--from", f"2027-spring/public/workspaces/{name}.zip")
    tasks = [(who, lesson) for lesson in LESSONS for who in STUDENTS]
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(
            lambda task: work(place / "work" / task[0] / task[1] / f"{task[1]}.ipynb", keys[task], task[0]),
            tasks,
        )
    return dict(zip(tasks, done, strict=True))


def is_hidden(lesson, exercise):
    """Whether only the truth tells what an answer is worth, so that the notebook of a student cannot."""
    cell = LESSONS[lesson].keys[exercise].code
    return "lesson.policy(" in cell and "pd.Series(np.nan" in cell


def test_every_link_of_everything_resolves(place):
    assert list(broken(place / "2027-spring" / "public")) == []


def test_each_answer_is_replied_to_as_it_deserves(worked, keys):
    for (who, lesson), notebook in worked.items():
        said = "\n".join(
            output.get("data", {}).get("text/plain", "")
            for cell in notebook.cells
            for output in cell.get("outputs", [])
        )
        for name, (_, key) in keys[who, lesson].items():
            how = way(who, lesson, name)
            reply = next(line for line in said.splitlines() if line.startswith(f"**{name}**"))
            if how == "nothing":
                expected = "no answer yet"
            elif how != "unreadable" and (key["kind"] == "explanation" or is_hidden(lesson, name)):
                expected = "recorded"
            else:
                expected = "right" if how == "right" else "not yet"
            assert reply.startswith(f"**{name}**: {expected}"), (who, lesson, how, reply)
            if expected == "not yet" and how == "misconceived" and key.get("misconceptions"):
                words = next(iter(key["misconceptions"]))
                assert words in reply, (who, lesson, reply)


def test_everybody_gets_what_the_answers_are_worth(place, worked, keys):
    said = crmlab(place, "grade", "work", "--build", "2027-spring", "--out", "grades")
    assert "2 of 2" in said
    assert "Traceback" not in said
    text = (place / "grades" / "gradebook.csv").read_text(encoding="utf-8-sig")
    rows = {
        (row["student_id"], row["lesson"], row["exercise"]): row for row in csv.DictReader(io.StringIO(text))
    }
    for (who, lesson), exercises in keys.items():
        for name, filed in exercises.items():
            _, share = answer(way(who, lesson, name), *filed)
            points = rows[who, lesson, name]["points"]
            if share is None:
                assert points == "", (who, lesson, name)
            elif filed[1]["kind"] == "policy" and share == 0:
                assert float(points) <= 0.5, (who, lesson, name)  # it may bring something, and is not right
            else:
                assert float(points) == share, (who, lesson, name, way(who, lesson, name))
    assert len(rows) == sum(map(len, keys.values()))


def test_a_students_own_check_agrees(place, worked, keys):
    who = STUDENTS[0]
    for lesson in (min(LESSONS), max(LESSONS)):
        said = crmlab(place / "work" / who, "check", lesson)
        right = sum(
            way(who, lesson, name) == "right" and key["kind"] != "explanation"
            for name, (_, key) in keys[who, lesson].items()
        )
        assert f"{right} of {len(keys[who, lesson])} right" in said


def test_another_build_is_the_same_to_the_byte(place, worked):
    crmlab(place, "build", "term.yaml", "--out", "again", "--jobs", "2")
    one, two = contents(place / "2027-spring"), contents(place / "again")
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
