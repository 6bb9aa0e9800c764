"""What moved between two built terms, and whether data, code or parameters moved it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Moved:
    """One result that is not what it was."""

    run: str
    result: str
    before: Any
    after: Any
    causes: tuple[str, ...]

    @property
    def by(self) -> str:
        """By how much it moved: as a share of what it was, where it is a number."""
        numbers = all(isinstance(value, int | float) for value in (self.before, self.after))
        if not numbers or isinstance(self.before, bool) or self.before == 0:
            return ""
        return f"{(self.after - self.before) / abs(self.before):+.2%}"


@dataclass
class Difference:
    """What differs between two terms; empty where nothing does."""

    lessons: dict[str, str] = field(default_factory=dict)
    """Lessons that were changed, added or dropped."""
    runs: dict[str, str] = field(default_factory=dict)
    """Runs that one of the terms lacks, or that were made otherwise and still gave the same numbers."""
    moved: list[Moved] = field(default_factory=list)
    students: dict[str, int] = field(default_factory=dict)
    """How many students joined, left, or got other data."""
    answers: dict[str, int] = field(default_factory=dict)
    """How many students have other answers now, by lesson."""
    files: dict[str, int] = field(default_factory=dict)
    """How many files were added, dropped or changed."""
    versions: dict[str, tuple[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return any(vars(self).values())


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """Return what moved from one manifest to another.

    A result has moved where it differs by more than the tolerance that its lesson recorded. Its causes are
    the parts of its run that differ: the lesson, the code of the package, the data, the parameters.
    """
    found = Difference()
    found.lessons = _changed(old["lessons"], new["lessons"])
    for name in sorted({*old["runs"], *new["runs"]}):
        if name not in old["runs"] or name not in new["runs"]:
            found.runs[name] = "new" if name in new["runs"] else "dropped"
        else:
            causes = tuple(_causes(old, new, name))
            moved = list(_moved(name, old["runs"][name]["results"], new["runs"][name]["results"], causes))
            found.moved += moved
            if causes and not moved:
                found.runs[name] = f"no recorded number moved by {', '.join(causes)}"
    found.students = _counts(old["students"], new["students"], ("joined", "left", "other data"))
    for name in sorted({*old["answers"]} & {*new["answers"]}):
        for lesson in {*old["answers"][name]} & {*new["answers"][name]}:
            if old["answers"][name][lesson] != new["answers"][name][lesson]:
                found.answers[lesson] = found.answers.get(lesson, 0) + 1
    found.files = _counts(old["files"], new["files"], ("added", "dropped", "changed"))
    found.versions = {
        name: (old["versions"].get(name, "none"), version)
        for name, version in new["versions"].items()
        if old["versions"].get(name) != version
    }
    return found


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    words = {}
    for name in sorted({*old, *new}):
        if old.get(name) != new.get(name):
            words[name] = "new" if name not in old else "dropped" if name not in new else "changed"
    return words


def _causes(old: Mapping[str, Any], new: Mapping[str, Any], run: str) -> Iterator[str]:
    before, after = old["runs"][run], new["runs"][run]
    if old["lessons"].get(before["lesson"]) != new["lessons"].get(after["lesson"]):
        yield "lesson"
    if old["code"] != new["code"]:
        yield "code"
    if before["data"] != after["data"]:
        yield "data"
    named = {*before["parameters"], *after["parameters"]} - {"case"}
    other = sorted(name for name in named if before["parameters"].get(name) != after["parameters"].get(name))
    if other:
        yield f"parameters ({', '.join(other)})"


def _moved(
    run: str, before: Mapping[str, Any], after: Mapping[str, Any], causes: tuple[str, ...]
) -> Iterator[Moved]:
    for name in sorted({*before, *after}):
        was, now = (results.get(name, {}).get("value", "none") for results in (before, after))
        tolerance = after.get(name, before.get(name, {})).get("tolerance", 0)
        if not _same(was, now, tolerance):
            yield Moved(run, name, was, now, causes)


def _same(was: Any, now: Any, tolerance: float) -> bool:
    if isinstance(was, float | int) and isinstance(now, float | int):
        return math.isclose(was, now, rel_tol=tolerance, abs_tol=1e-12)
    return bool(was == now)


def _counts(old: Mapping[str, Any], new: Mapping[str, Any], words: tuple[str, str, str]) -> dict[str, int]:
    sizes = (
        len({*new} - {*old}),
        len({*old} - {*new}),
        sum(old[name] != new[name] for name in {*old} & {*new}),
    )
    return {word: size for word, size in zip(words, sizes, strict=True) if size}
