"""Work on many students at once, in processes that know the term."""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context
from typing import TypeVar

from crmlab.course import runner
from crmlab.course.terms.term import OpenTerm

Task = TypeVar("Task")
Result = TypeVar("Result")
_TERM: OpenTerm | None = None


def each(
    term: OpenTerm, function: Callable[[OpenTerm, Task], Result], tasks: Sequence[Task], jobs: int
) -> Generator[tuple[Task, Result]]:
    """Yield each task with what the function makes of it, as they are finished.

    Closing the iterator, as Ctrl-C does, ends the workers at once: what they were at is lost.

    Parameters
    ----------
    term : OpenTerm
        Is sent to each worker once.
    function : callable
        Takes the term and a task; can be imported.
    tasks : sequence
        What there is to do.
    jobs : int
        Processes at a time.
    """
    if not tasks:
        return
    others = active_children()
    pool = ProcessPoolExecutor(
        min(jobs, len(tasks)), get_context("spawn"), initializer=_prepare, initargs=(term,)
    )
    try:
        waiting: dict[Future[Result], Task] = {}
        for task in tasks:
            with runner._ctrl_c_held_back():
                waiting[pool.submit(_call, function, task)] = task
        while waiting:
            # The timeout lets Ctrl-C through where a wait without one cannot be interrupted.
            for future in wait(waiting, timeout=1, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()
        others = [*others, *active_children()]  # all is done: they end by themselves
    finally:
        for process in set(active_children()) - set(others):
            process.terminate()
        pool.shutdown(cancel_futures=True)


def _prepare(term: OpenTerm) -> None:
    """Give a worker the term once; it ends with its parent, and computes on one thread."""
    global _TERM
    runner.prepare_worker()
    _TERM = term


def _call(function: Callable[[OpenTerm, Task], Result], task: Task) -> Result:
    assert _TERM
    return function(_TERM, task)
