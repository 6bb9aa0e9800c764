"""Answers that look copied: everybody's data differ, so the same wrong answers do not come by themselves."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crmlab.course.grading.marks import Mark

Pair = tuple[str, str, list[str]]
"""Two students, and the exercises that they share, as ``lesson: exercise``."""
_DIGITS = 4
_MANY = 8
"""Significant digits from which one number tells by itself; a count or a rounded share may fall together."""
_WORDS = 8
"""Words from which the same text tells something."""
_CLASS = 8
"""Students with the same wrong answer up to whom it may have been copied."""


def prints(kind: str, stored: Any) -> list[str]:
    """Return what of an answer would be the same in a copy: its numbers, rounded, or its words.

    Empty where they say too little: anybody may err with 0.5. A print begins with ``!`` where it tells by
    itself: eight digits of a number, or a text. Four digits tell once there are two of them.

    Examples
    --------
    >>> prints("number", 0.5), prints("number", 0.51234123), prints("table", {"iron": 0.213, "lead": 0.1})
    ([], ['0.5123', '!0.51234123'], ['0.213 0.1'])
    """
    if kind == "explanation" and isinstance(stored, str):
        words = stored.casefold().split()
        return ["!" + " ".join(words)] if len(words) >= _WORDS else []
    if kind == "plot" and isinstance(stored, Mapping) and isinstance(stored.get("series"), list):
        return [found for drawn in stored["series"] for found in _prints(drawn)]
    return _prints(stored) if kind in ("number", "table", "plot") else []


def key_prints(key: Mapping[str, Any]) -> list[str]:
    """Return the prints of the right answer of an exercise's key."""
    if key["kind"] == "plot" and key["columns"]:
        columns = [
            {name: value for name, value in key["answer"].items() if name.endswith(f", {column}")}
            for column in key["columns"]
        ]
        return [found for values in columns for found in _prints(values)]
    return prints(key["kind"], key.get("answer"))


def _prints(stored: Any) -> list[str]:
    texts = [f"{number:.12g}" for number in _numbers(stored)]
    digits = [len(text.partition("e")[0].strip("-0.").replace(".", "")) for text in texts]
    if sum(digits) < _DIGITS:
        return []
    short = " ".join(f"{float(text):.{_DIGITS}g}" for text in texts)
    long = " ".join(f"{float(text):.{_MANY}g}" for text in texts)
    return [short, f"!{long}"] if any(count >= _MANY for count in digits) else [short]


def _numbers(stored: Any) -> Iterator[float]:
    if isinstance(stored, float | int) and not isinstance(stored, bool):
        if abs(stored) < 1e300:  # a forged number may be larger than any
            yield float(stored)
    elif isinstance(stored, Mapping):
        for name in sorted(stored, key=str):
            yield from _numbers(stored[name])
    elif isinstance(stored, list):
        for item in stored:
            yield from _numbers(item)


def alike(marks: Iterable[Mark]) -> list[Pair]:
    """Return pairs of students who gave the same wrong answers to their different data.

    One long number or text is enough, of shorter numbers it takes two. What both come to by a known
    misunderstanding of their own data is left out, and so is what many share: that is an error of the class.
    """
    groups: dict[tuple[str, str, str], list[str]] = {}
    for mark in marks:
        if mark.looks_copied:
            for found in mark.prints:
                groups.setdefault((mark.lesson, mark.exercise, found), []).append(mark.student)
    shared: dict[tuple[str, str], Counter[str]] = {}
    for (lesson, exercise, found), group in groups.items():
        for i, one in enumerate(group if len(group) <= _CLASS else ()):
            for other in group[i + 1 :]:
                pair = (min(one, other), max(one, other))
                _count(shared.setdefault(pair, Counter()), f"{lesson}: {exercise}", found)
    return _enough(shared)


def _count(found: Counter[str], exercise: str, print_: str) -> None:
    """Count an exercise that two share: twice where its print tells by itself."""
    found[exercise] = max(found[exercise], 2 if print_[0] == "!" else 1)


def borrowed(marks: Iterable[Mark], right: Mapping[tuple[str, str, str], Iterable[str]]) -> list[Pair]:
    """Return students whose wrong answers are right for another student's data, with that student.

    Parameters
    ----------
    marks : iterable of Mark
        What was handed in.
    right : mapping
        Students by lesson, exercise and print of their right answer.
    """
    found: dict[tuple[str, str], Counter[str]] = {}
    for mark in marks:
        if not mark.looks_copied or mark.kind == "explanation":
            continue
        for own in mark.prints:
            for other in right.get((mark.lesson, mark.exercise, own), ()):
                if other != mark.student:
                    _count(
                        found.setdefault((mark.student, other), Counter()),
                        f"{mark.lesson}: {mark.exercise}",
                        own,
                    )
    return _enough(found)


def _enough(shared: Mapping[tuple[str, str], Counter[str]]) -> list[Pair]:
    return [(*pair, sorted(names)) for pair, names in sorted(shared.items()) if names.total() >= 2]
