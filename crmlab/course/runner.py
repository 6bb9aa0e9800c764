"""Runs: lessons executed on cases, in parallel, resumable, and skipped where nothing changed."""

import hashlib
import json
import os
import platform
import signal
import threading
import time
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Any

import yaml

from crmlab import resources
from crmlab.course import cases, catalog
from crmlab.course.lesson import RESULTS_MIME
from crmlab.course.normalise import dumps, normalise, read_json, write
from crmlab.errors import InputError, unknown

# What no lesson can depend on: a change there makes no run stale.
_OUTSIDE = {"cli.py", "__main__.py", "site.py", "conf.py", "workspace.py", "glossary.yaml"}
# Kernels run side by side, so each gets one thread. DuckDB has no variable of its own but, on Linux, reads
# SLURM's; on one thread its sums come out the same to the last digit each time.
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "SLURM_CPUS_ON_NODE",
)


@dataclass(frozen=True, eq=False)
class Business:
    """A case with its file, the name that a lesson opens it by, and a digest of all that its runs share."""

    case: cases.Case
    file: Path
    opened_by: str
    digest: str


@dataclass(frozen=True, eq=False)
class Run:
    """A lesson to execute on a case with its parameters; without a case, as its author stores it."""

    lesson: catalog.Lesson
    business: Business | None
    parameters: dict[str, Any]
    out: Path

    @property
    def case(self) -> str:
        """Name of the case, which is the folder of its outputs."""
        return self.business.case.name if self.business else ""

    @property
    def output(self) -> Path:
        """Where the executed notebook is kept."""
        return self.out / self.case / self.lesson.path.name if self.case else self.lesson.path

    @property
    def failed(self) -> Path:
        """Where a notebook that failed is kept for reading."""
        return self.out / self.case / "failed" / self.lesson.path.name

    @cached_property
    def notebook(self) -> dict[str, Any]:
        """What of the lesson decides its results: no outputs, and no parameters of an earlier run."""
        cells = []
        for number, cell in enumerate(self.lesson.notebook["cells"], start=1):
            if "injected-parameters" in cell["metadata"].get("tags", []):
                continue
            cells.append({"id": f"cell-{number}"} | cell)
            if cell["cell_type"] == "code":
                cells[-1] |= {"outputs": [], "execution_count": None}
        return normalise({"cells": cells, "metadata": {}}, complete=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of everything that the results depend on."""
        parts = [self.notebook, self.business.digest if self.business else "", self.parameters]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    @property
    def is_current(self) -> bool:
        """Whether the output is there and made from exactly what there is now."""
        return bool(origin(read_json(self.output)).get("fingerprint") == self.fingerprint)


@dataclass(frozen=True)
class Outcome:
    """How long a run took and, where it failed, the cell, the class of the error and its message."""

    seconds: float
    cell: str = ""
    error: str = ""
    message: str = ""


def plan(lessons: list[str], names: list[str], given: dict[str, str], out: Path) -> list[Run]:
    """Return the runs of lessons on cases; where none is named, of all lessons or on all bundled cases.

    Parameters
    ----------
    lessons : list of str
        Names of lessons, or paths of notebooks of the reader's own.
    names : list of str
        Names of bundled cases, or paths of case files.
    given : dict of str to str
        Parameters as text. Each applies to the lessons that have it.
    out : Path
        Folder of the outputs.

    Raises
    ------
    InputError
        A lesson, case or parameter does not exist, a value is not allowed, or two outputs share a name.
    """
    chosen = find_lessons(lessons)
    shared = _surroundings()
    businesses = [_business(name, shared) for name in names or cases.bundled()]
    _distinct("cases", [business.case.name for business in businesses])
    _distinct("lessons", [lesson.name for lesson in chosen])
    own = _typed(given, chosen)
    runs = []
    for business in businesses:
        for lesson in chosen:
            values = business.case.lessons.get(lesson.name, {})
            values = lesson.check(values, where=f"{business.file.name}, lesson {lesson.name}")
            parameters = {"case": business.opened_by} | values | own[lesson.name]
            runs.append(Run(lesson, business, parameters, out.resolve()))
    return runs


def find_lessons(names: list[str]) -> list[catalog.Lesson]:
    """Return lessons by name or by the path of a notebook; all of the course where none is named."""
    return [_lesson(name) for name in names] if names else list(catalog.lessons().values())


def pending(runs: list[Run]) -> list[Run]:
    """Return the runs whose output is not up to date; where it is, what failed in between is forgotten."""
    current = {run for run in runs if run.is_current}
    for run in current:
        run.failed.unlink(missing_ok=True)
    return [run for run in runs if run not in current]


def check_data(runs: list[Run]) -> None:
    """Open the data files of the reader's own cases, so that a wrong one is found before any lesson runs."""
    for business in {run.case: run.business for run in runs if run.business}.values():
        if isinstance(business.case.data, cases.File):
            business.case.transactions()


def _lesson(name: str) -> catalog.Lesson:
    if not name.endswith(".ipynb"):
        return catalog.lesson(name)
    path = Path(name).resolve()
    if not path.is_file():
        raise InputError(f"There is no notebook {path}. Check the path and the working folder.")
    lesson = catalog.Lesson(path)
    try:
        parameters = lesson.parameters
    except (ValueError, SyntaxError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path.name} is no lesson that can be run: {error}. It must be a notebook whose cell tagged "
            "'parameters' sets literals only."
        ) from error
    if "case" not in parameters or not isinstance(parameters["case"].default, str):
        raise InputError(f"{path.name} takes no case: its 'parameters' cell sets no text named 'case'.")
    return lesson


def _business(name: str, shared: str) -> Business:
    case = cases.load(name)
    is_bundled = name in cases.bundled()
    file = cases.bundled()[name] if is_bundled else Path(name).resolve()
    if not is_bundled and case.name in {*cases.bundled(), "site", "failed"}:
        raise InputError(
            f"{file.name}: the name '{case.name}' is taken. Give the case another one: "
            "it names the folder of its results."
        )
    digest = hashlib.sha256(shared.encode() + file.read_bytes())
    if isinstance(case.data, cases.File) and (data := file.parent / case.data.path).is_file():
        digest.update(resources.sha256(data).encode())
    return Business(case, file, name if is_bundled else str(file), digest.hexdigest())


def _surroundings() -> str:
    """Return the SHA-256 of the package, its data, the locked libraries and Python's version."""
    root, package, data = resources.root(), Path(__file__).parent.parent, resources.data()
    files = {*package.rglob("*.py"), *data.rglob("*.*"), *root.glob("requirements.lock")}
    files -= {*data.rglob("*.md"), *data.glob("cases/*")}
    digest = hashlib.sha256(platform.python_version().encode())
    for path in sorted(files):
        if path.is_file() and path.name not in _OUTSIDE and not path.name.startswith("."):
            digest.update(f"{path.parent.name}/{path.name} {resources.sha256(path)}".encode())
    return digest.hexdigest()


def _distinct(kind: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two of the {kind} are named '{name}', so one would overwrite the other.")


def _typed(given: dict[str, str], lessons: list[catalog.Lesson]) -> dict[str, dict[str, Any]]:
    """Return the given parameters that each lesson has, in the types it expects."""
    known = {name for lesson in lessons for name in lesson.parameters}
    for name in given:
        if name not in known:
            raise unknown("parameter", name, sorted(known - {"case"}), where="the chosen lessons")
        if name == "case":
            raise InputError("The case is chosen with --case, not with -p.")
    own = {}
    for lesson in lessons:
        values = {
            name: _value(name, text, lesson.parameters[name].default)
            for name, text in given.items()
            if name in lesson.parameters
        }
        own[lesson.name] = lesson.check(values, where=f"-p, lesson {lesson.name}")
    return own


def _value(name: str, text: str, default: Any) -> Any:
    """Read a value as YAML does, but let the parameter's default decide where YAML's types surprise."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InputError(f"The value in '-p {name}={text}' cannot be read: put quotes around it.") from error
    if isinstance(default, str) and not isinstance(value, str):
        return text  # 1997-06-30, or 12, where text is expected
    if isinstance(default, float) and isinstance(value, str):
        try:
            return float(value)  # 1e-3, which is text in YAML
        except ValueError:
            return value
    return value


def execute(runs: list[Run], jobs: int, out: Path) -> Generator[tuple[Run, Outcome | None]]:
    """Execute runs in worker processes, the longest first; yield each as it starts and as it ends.

    A run that fails stops no other. Closing the iterator stops the workers and their kernels; what was
    finished stays, and the next run goes on from there.
    """
    times = read_json(out / "times.json")
    waiting = sorted(runs, key=lambda run: -times.get(run.case, {}).get(run.lesson.name, float("inf")))
    running: dict[Future[Outcome], Run] = {}
    others = active_children()
    pool = _pool(jobs)
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                run = waiting.pop(0)
                try:
                    future = pool.submit(_execute, run)
                except BrokenProcessPool:
                    pool = _pool(jobs)
                    future = pool.submit(_execute, run)
                running[future] = run
                yield run, None
            # The timeout lets Ctrl-C through where a wait without one cannot be interrupted.
            for future in wait(running, timeout=1, return_when=FIRST_COMPLETED).done:
                run = running.pop(future)
                outcome = _outcome(future)
                if run.case and not outcome.error:
                    times.setdefault(run.case, {})[run.lesson.name] = round(outcome.seconds, 1)
                    write(out / "times.json", json.dumps(times, indent=1, sort_keys=True) + "\n")
                yield run, outcome
    finally:
        for process in set(active_children()) - set(others):
            process.terminate()
        pool.shutdown()


def _outcome(future: Future[Outcome]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        return Outcome(0, error="Killed", message="Its process was killed, often because memory ran out.")


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare_worker)


def _prepare_worker() -> None:
    """Let a worker end with its parent only; give every kernel one thread, and the same hashes each time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"), PYTHONHASHSEED="0", JUPYTER_PREFER_ENV_PATH="1")
    silence = os.open(os.devnull, os.O_WRONLY)  # what a kernel says at its start would tear the display
    os.dup2(silence, 1)
    os.dup2(silence, 2)


def _end_with_parent() -> None:
    if parent := parent_process():
        parent.join()
        _end()


def _end() -> None:
    """End this worker and its kernels at once. A kernel alone notices too late, or never while it starts."""
    import psutil  # type: ignore[import-untyped]

    for child in psutil.Process().children(recursive=True):
        child.kill()
    os._exit(1)


def _execute(run: Run) -> Outcome:
    """Execute one run in this worker and keep its notebook, whole, as output or as failed."""
    import nbformat
    from papermill.engines import papermill_engines
    from papermill.iorw import load_notebook_node

    begin = time.perf_counter()
    notebook = load_notebook_node(nbformat.from_dict(_with_parameters(run)))  # type: ignore[no-untyped-call]
    try:
        papermill_engines.execute_notebook_with_engine(
            None,
            notebook,
            kernel_name="python3",
            progress_bar=False,
            iopub_timeout=60,
            shutdown_kernel="immediate",
            resources={"metadata": {"path": str(run.lesson.path.parent)}},
        )
        failure = _failure(notebook)
        executed = normalise(notebook, complete=not failure)
    except Exception as problem:  # the kernel died or did not start: this run fails, the others go on
        failure = {"error": type(problem).__name__, "message": str(problem)}
        executed = normalise(notebook, complete=False)
    outcome = Outcome(time.perf_counter() - begin, **failure)
    write(run.failed if failure else run.output, dumps(executed))
    if not failure:
        run.failed.unlink(missing_ok=True)
    return outcome


def _with_parameters(run: Run) -> dict[str, Any]:
    """Return the notebook with a cell that sets the run's parameters, after the lesson's own."""
    cells = list(run.notebook["cells"])
    if run.parameters:
        tagged = (i for i, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", []))
        source = "".join(f"{name} = {value!r}\n" for name, value in run.parameters.items())
        injected: dict[str, Any] = {
            "cell_type": "code",
            "id": "injected-parameters",
            "metadata": {"tags": ["injected-parameters"]},
            "source": "# Parameters of this run\n" + source.rstrip(),
            "execution_count": None,
            "outputs": [],
        }
        cells.insert(next(tagged) + 1, injected)
        part = run.lesson.part if run.lesson.path.is_relative_to(resources.notebooks()) else ""
        made = {"fingerprint": run.fingerprint, "parameters": run.parameters, "part": part}
        return run.notebook | {"cells": cells, "metadata": run.notebook["metadata"] | {"crmlab": made}}
    return run.notebook


def _failure(notebook: dict[str, Any]) -> dict[str, str]:
    """Return where and why a notebook stopped; nothing if it did not."""
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                return {"cell": cell["id"], "error": output["ename"], "message": output["evalue"]}
    return {}


def collect(runs: list[Run], out: Path) -> None:
    """Keep beside the outputs of each case its file and the record of all results that are up to date."""
    planned = {run.output: run for run in runs}
    course = catalog.lessons()
    for business in {run.case: run.business for run in runs if run.business}.values():
        results = {}
        for path in sorted((out.resolve() / business.case.name).glob("*.ipynb")):
            notebook = read_json(path)
            run = planned.get(path)
            if not run and path.stem in course:
                parameters = origin(notebook).get("parameters", {})
                run = Run(course[path.stem], business, parameters, out.resolve())
            if run and run.is_current:
                results[path.stem] = _recorded(notebook)
        folder = out / business.case.name
        write(folder / "results.json", json.dumps(results, indent=1, sort_keys=True) + "\n")
        write(folder / "case.yaml", business.file.read_text(encoding="utf-8"))


def origin(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return what a run's output says it was made from; nothing for any other file."""
    made = notebook.get("metadata", {}).get("crmlab", {}) if isinstance(notebook, dict) else {}
    return made if isinstance(made, dict) else {}


def _recorded(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the results that a lesson recorded, by name."""
    return {
        item.pop("name"): item
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for item in output.get("data", {}).get(RESULTS_MIME, [])
    }
