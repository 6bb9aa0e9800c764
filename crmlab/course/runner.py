"""Running: lessons executed in worker processes, each output whole or not at all."""

import json
import os
import signal
import threading
import time
from collections.abc import Generator, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process, resource_tracker
from pathlib import Path
from typing import Any

from crmlab.course import catalog, plan
from crmlab.course.files import read_json, write
from crmlab.course.lesson import RESULTS_MIME
from crmlab.course.normalise import dumps, normalise
from crmlab.course.plan import FAILED, UNSUITED, Run
from crmlab.errors import CrmlabError, NotForThisCase

# Kernels run side by side, so each gets one thread. DuckDB has no variable of its own but, on Linux, reads
# SLURM's; on one thread its sums come out the same to the last digit each time.
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "SLURM_CPUS_ON_NODE",
)
_STARTS = 3
"""How often a kernel is started before its lesson fails."""


@dataclass(frozen=True)
class Outcome:
    """How long a run took and, where it failed, the cell, the class of the error and its message."""

    seconds: float
    cell: str = ""
    error: str = ""
    message: str = ""

    @property
    def is_unsuited(self) -> bool:
        """Whether the lesson itself said that it is not for this case, which is no failure."""
        return self.error == NotForThisCase.__name__

    @property
    def reason(self) -> str:
        """Why it did not end well, in one paragraph; an error of ours is a sentence already."""
        ours = {"CrmlabError", "Killed"} | {kind.__name__ for kind in CrmlabError.__subclasses__()}
        message = " ".join(self.message.split())[:500]
        return message if self.error in ours else f"{self.error}: {message}"


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
                    future = _submit(pool, run)
                except BrokenProcessPool:
                    pool = _pool(jobs)
                    future = _submit(pool, run)
                running[future] = run
                yield run, None
            # The timeout lets Ctrl-C through where a wait without one cannot be interrupted.
            for future in wait(running, timeout=1, return_when=FIRST_COMPLETED).done:
                run = running.pop(future)
                outcome = _outcome(future, run)
                if run.case and not outcome.error:
                    times.setdefault(run.case, {})[run.lesson.name] = round(outcome.seconds, 1)
                    write(out / "times.json", json.dumps(times, indent=1, sort_keys=True) + "\n")
                yield run, outcome
    finally:
        for process in set(active_children()) - set(others):
            process.terminate()
        pool.shutdown()


def _outcome(future: Future[Outcome], run: Run) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        killed = Outcome(0, error="Killed", message="Its process was killed, often because memory ran out.")
        _keep(run, normalise(_with_parameters(run), complete=False), killed)
        return killed


def _submit(pool: ProcessPoolExecutor, run: Run) -> Future[Outcome]:
    with _ctrl_c_held_back():
        return pool.submit(_execute, run)


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Let Ctrl-C wait while a worker is started: it inherits that, and ends when it is told to, not before.

    Without this, a worker that is still loading would answer Ctrl-C with a traceback.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    resource_tracker.ensure_running()  # its own start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=prepare_worker)


def prepare_worker() -> None:
    """Let a worker end with its parent only; give every kernel one thread, and the same hashes each time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _end())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"), PYTHONHASHSEED="0", JUPYTER_PREFER_ENV_PATH="1")
    os.environ["PYTHONSAFEPATH"] = "1"  # a kernel imports nothing from the folder that it works in
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
    from papermill.iorw import load_notebook_node

    begin = time.perf_counter()
    prepared = nbformat.from_dict(_with_parameters(run))  # type: ignore[no-untyped-call]
    notebook = load_notebook_node(prepared)
    try:
        _execute_cells(notebook, run.lesson.path.parent)
        failure = _failure(notebook)
        executed = normalise(notebook, complete=not failure)
    except Exception as problem:  # the kernel died or did not start: this run fails, the others go on
        failure = {"error": type(problem).__name__, "message": str(problem)}
        executed = normalise(notebook, complete=False)
    outcome = Outcome(time.perf_counter() - begin, **failure)
    _keep(run, executed, outcome)
    return outcome


def _execute_cells(notebook: Any, folder: Path) -> None:
    """Execute a notebook in a kernel that works in a folder.

    A kernel whose ports somebody took while it started dies before it has run a cell: it is started again.
    """
    from papermill.engines import papermill_engines

    for starts_left in reversed(range(_STARTS)):
        try:
            papermill_engines.execute_notebook_with_engine(
                None,
                notebook,
                kernel_name="python3",
                progress_bar=False,
                iopub_timeout=60,
                shutdown_kernel="immediate",
                resources={"metadata": {"path": str(folder)}},
            )
            return
        except RuntimeError:
            has_run = any(cell.get("execution_count") for cell in notebook["cells"])
            if has_run or not starts_left:
                raise


def _keep(run: Run, executed: dict[str, Any], outcome: Outcome) -> None:
    """Write the notebook of a run to where it belongs, without the path of this computer to the case."""
    failed = bool(outcome.error) and not (outcome.is_unsuited and run.case)
    place = run.failed if failed else run.output
    if run.business:
        if outcome.error:
            executed["metadata"]["crmlab"][FAILED if failed else UNSUITED] = outcome.reason
        parameters = run.parameters | {"case": run.business.seen_from(place.parent)}
        for cell in executed["cells"]:
            if "injected-parameters" in cell["metadata"].get("tags", []):
                cell["source"] = _assignments(parameters)
    text = dumps(executed)
    if run.business and not run.business.is_bundled:  # an error may name the case's files by their whole path
        text = text.replace(json.dumps(f"{run.business.file.parent}{os.sep}")[1:-1], "")
    write(place, text)
    if not failed:
        run.failed.unlink(missing_ok=True)


def _with_parameters(run: Run) -> dict[str, Any]:
    """Return the notebook with a cell that sets the run's parameters, after the lesson's own."""
    if not run.parameters:
        return run.notebook
    cells = list(run.notebook["cells"])
    tagged = (i for i, cell in enumerate(cells) if "parameters" in cell["metadata"].get("tags", []))
    injected: dict[str, Any] = {
        "cell_type": "code",
        "id": "injected-parameters",
        "metadata": {"tags": ["injected-parameters"]},
        "source": _assignments(run.parameters | {"case": run.opens}),
        "execution_count": None,
        "outputs": [],
    }
    cells.insert(next(tagged) + 1, injected)
    known = catalog.lessons().get(run.lesson.name)
    part = run.lesson.part if known and known.part == run.lesson.part else ""
    made = {"fingerprint": run.fingerprint, "parameters": run.parameters, "part": part}
    made |= run.lesson.needs
    return run.notebook | {"cells": cells, "metadata": run.notebook["metadata"] | {"crmlab": made}}


def _assignments(parameters: dict[str, Any]) -> str:
    return "\n".join(
        ["# Parameters of this run", *(f"{name} = {value!r}" for name, value in parameters.items())]
    )


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
    course = plan.course()
    for business in {run.case: run.business for run in runs if run.business}.values():
        results = {}
        for path in sorted((out.resolve() / business.case.name).glob("*.ipynb")):
            notebook = read_json(path)
            run = planned.get(path)
            if not run and path.stem in course:
                parameters = catalog.about(notebook).get("parameters", {})
                run = Run(course[path.stem], business, parameters, out.resolve())
            if run and run.is_current:
                results[path.stem] = _recorded(notebook)
        folder = out / business.case.name
        write(folder / "results.json", json.dumps(results, indent=1, sort_keys=True) + "\n")
        write(folder / "case.yaml", business.file.read_text(encoding="utf-8"))


def _recorded(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the results that a lesson recorded, by name; or why it is not for this case."""
    if why := catalog.about(notebook).get(UNSUITED):
        return {UNSUITED: {"value": why, "unit": "", "tolerance": 0.0}}
    return {
        item.pop("name"): item
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for item in output.get("data", {}).get(RESULTS_MIME, [])
    }
