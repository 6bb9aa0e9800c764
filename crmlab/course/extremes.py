"""Lessons under extreme parameters: each ends, in sentences that are English and do not contradict.

Whoever reads a lesson may set any value that the comment of a parameter allows. `sets` takes the ends of
these ranges, `run` executes the lesson under them as keys are computed, and `faults` reads what was said.
"""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crmlab.course import catalog, keys
from crmlab.course.exercises.base import Reply, Text
from crmlab.errors import CrmlabError, InputError, NotForThisCase
from crmlab.words import capital

MOST_SECONDS = 60.0
"""A lesson ends within a minute, whatever legal values it is given."""
_SMALLEST = {int: 1, float: 0.01}
"""What stands for "nearly nothing" where zero itself means that the lesson takes a value of its own."""
_SINGULAR = {
    "is",
    "was",
    "has",
    "does",
    "less",
    "plus",
    "minus",
    "this",
    "its",
    "as",
    "us",
    "loss",
    "class",
    "thus",
}
_FAULTS = {
    "no number": r"(?<![\w-])(?:nan|NaN|inf|NaT|None|<NA>)(?![\w-])",
    "a digit for machines": r"\d[eE][-+]?\d",
    "minus nothing": r"(?<![\w.,)])[-\N{MINUS SIGN}]0(?:\.0+)?(?![\d]|[.,]\d)",
    "a share of nothing": r"(?<![\d.,])0(?:\.0+)?\s?% of\b",
    "worth nothing": r"\bworth up to 0\b",
    "an interval without width": r"\bbetween (\S+) and \1(?![\w.,]*\d)",
    "a change from a number to itself": r"\bfrom (\d\S*) to \1(?![\w.,]*\d)",
    "an empty list": r"(?:[:,] ?[.,;]|\(\s*\)|\[\s*\]|\{\s*\}|\*\*\s*\*\*|: *$)",
    "two spaces": r"(?<=[^\s|])  +(?=[^\s|])",
    "a sentence without its capital": r"(?:^|[^.\d]\. )(?:\*\*|\*)?[a-z]\w+ ",
}
_ONE_OF_MANY = re.compile(r"(?<![\d.,/-])1 (?:\w+ )?([a-z]+s)\b")


@dataclass
class Said:
    """What a lesson said and drew under some parameters.

    Attributes
    ----------
    texts : list of str
        Its sentences, its replies to its own solutions, and the titles of its pictures, in order.
    contradictions : list of tuple of str
        What it declared that it would never say, and said.
    not_right : list of str
        Replies to its own solutions that are not «right».
    recorded : dict
        Its record of results.
    refused : str
        Why it does not run on this case under these parameters; empty if it does.
    failed : str
        What one of its cells failed of; empty if none did.
    seconds : float
        Processor time that it took.
    """

    texts: list[str] = field(default_factory=list)
    contradictions: list[tuple[str, ...]] = field(default_factory=list)
    not_right: list[str] = field(default_factory=list)
    recorded: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    failed: str = ""
    seconds: float = 0.0


def sets(lesson: catalog.Lesson) -> dict[str, dict[str, Any]]:
    """Return sets of extreme parameters: all at their lowest, all at their highest, and each alone.

    Only what a comment gives a range or a choice for is changed. Where a comment says that zero, or minus
    one, takes a value of the lesson's own, the lowest is the smallest value that does not.

    Examples
    --------
    >>> made = sets(catalog.lesson("22_tiers"))
    >>> made["top = 0.99"], made["all low"]["draws"]
    ({'top': 0.99}, 50)
    """
    ends = {name: found for name, each in lesson.parameters.items() if (found := _ends(each))}
    lows = {name: found[0] for name, found in ends.items()}
    highs = {name: found[-1] for name, found in ends.items()}
    alone = {f"{name} = {value}": {name: value} for name, found in ends.items() for value in found}
    return {"all low": lows, "all high": highs, **alone}


def _ends(parameter: catalog.Parameter) -> list[Any]:
    if choices := parameter.choices:
        return [choices[0], choices[-1]]
    if not parameter.bounds:
        return []
    kind = type(parameter.default)
    low, high = (kind(end) for end in parameter.bounds)
    derived = re.search(r"(-?\d+) takes\b", parameter.comment)
    return [_SMALLEST[kind] if derived and low == kind(derived[1]) else low, high]


def run(lesson: catalog.Lesson, case: str, parameters: Mapping[str, Any]) -> Said:
    """Run a whole lesson, solutions too, and return what it said.

    Raises
    ------
    InputError
        A parameter does not exist, or its value is not allowed.
    """
    found = Said()
    values = keys.values(lesson, case, parameters)
    start = time.process_time()
    try:
        opened, _ = keys.run(lesson, values, leave_out=("parameters",), see=lambda shown: _see(shown, found))
    except (InputError, NotForThisCase) as error:
        found.refused = str(error)
    except CrmlabError as error:
        found.failed = str(error)
    else:
        found.contradictions = opened.contradicted()
        found.recorded = {item.name: item.value for item in opened.results().items}
    found.seconds = time.process_time() - start
    return found


def _see(shown: Any, found: Said) -> None:
    """Keep what a cell ends in: a sentence, a reply, or the titles of a picture."""
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    if isinstance(shown, Reply):
        found.texts.append(capital(shown.text.partition("**: ")[2]))
        if not re.match(r"\*\*[^*]+\*\*: (?:right|recorded|no answer yet)", shown.text):
            found.not_right.append(shown.text)
    elif isinstance(shown, Text):
        found.texts.append(shown.text)
    elif isinstance(shown, Axes | Figure):
        drawn = shown.figure.axes if isinstance(shown, Axes) else shown.axes
        titles = [ax.get_title(place) for ax in drawn for place in ("left", "center", "right")]
        found.texts += [" ".join(title.split()) for title in titles if title]


def faults(said: Said) -> Iterator[str]:
    """Yield what is wrong with what a lesson said, each with its words.

    Examples
    --------
    >>> list(faults(Said(["It was silent for 1 days.", "It earns between 3 and 3."])))
    ['one of many: 1 days', 'an interval without width: between 3 and 3']
    """
    for text in [*said.texts, said.refused]:
        for match in _ONE_OF_MANY.finditer(text):
            if match[1] not in _SINGULAR:
                yield f"one of many: {match[0]}"
        for name, pattern in _FAULTS.items():
            if hit := re.search(pattern, text):
                around = text[max(0, hit.start() - 30) : hit.end() + 30]
                yield f"{name}: {hit[0] if len(hit[0]) > 9 else around}"
    if said.failed:
        yield f"it fails: {said.failed}"
    yield from (f"a contradiction: {' / '.join(pair)}" for pair in said.contradictions)
    yield from (f"its own solution: {reply}" for reply in said.not_right)
    if said.seconds > MOST_SECONDS:
        yield f"it took {said.seconds:.0f} s"
