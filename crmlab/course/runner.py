"""Running: lessons executed in worker processes, each output whole or not at all."""

import json
import os
import signal
import threading
import time
from collections.abc import Generator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import active_children, get_context, parent_process
from pathlib import Path
from typing import Any

from crmlab import resources
from crmlab.course import catalog
from crmlab.course.lesson import RESULTS_MIME
from crmlab.course.normalise import dumps, normalise, read_json, write
from crmlab.course.plan import Run, origin

# Kernels run side by side, so each gets one thread. DuckDB has no variable of its own but, on Linux, reads
# SLURM's; on one thread its sums come out the same to the last digit each time.
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "SLURM_CPUS_ON_NODE",
)


@dataclass(frozen=True)
class Outcome:
    """How long a run took and, where it failed, the cell, the class of the error and its message."""

    seconds: float
    cell: str = ""
    error: str = ""
    message: str = ""


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


def _recorded(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the results that a lesson recorded, by name."""
    return {
        item.pop("name"): item
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
        for item in output.get("data", {}).get(RESULTS_MIME, [])
    }
