"""What a lesson's cells use: computed sentences, exercises with an immediate check, the record of results."""

import base64
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from crmlab.course import cases
from crmlab.errors import InputError, short

RESULTS_MIME = "application/vnd.crmlab.results+json"


@dataclass(frozen=True)
class Text:
    """Markdown for the reader that is plain text to checks and to screen readers."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


@dataclass(frozen=True)
class Exercise:
    """A question whose answer is checked at once.

    Attributes
    ----------
    answer : float or str
        The right answer, computed from the lesson's data.
    tolerance : float
        How far a number may lie from the answer, as a share of it.
    misconceptions : mapping
        Wrong answers that a known misunderstanding gives, computed from the same data:
        ``{"you counted the first purchase": 3.2}``. The words complete "It seems that …".
    hint : str
        Where to look, for an answer that is wrong in no known way.
    """

    name: str
    answer: float | str
    tolerance: float
    misconceptions: Mapping[str, float | str]
    hint: str

    def check(self, given: Any) -> Text:
        """Reply to an answer. An Ellipsis (``...``) means that there is none yet."""
        if given is ...:
            return Text(f"**{self.name}**: no answer yet. Replace the `...` by yours and run the cell again.")
        if self._matches(given, self.answer):
            return Text(f"**{self.name}**: right.")
        for words, wrong in self.misconceptions.items():
            if self._matches(given, wrong):
                return Text(f"**{self.name}**: not yet. It seems that {words}.")
        return Text(f"**{self.name}**: not yet. {self._near(given)}{self.hint}".rstrip())

    def _matches(self, given: Any, expected: float | str) -> bool:
        if isinstance(expected, str):
            return str(given).strip().casefold() == expected.casefold()
        number = _number(given)
        return number is not None and math.isclose(number, expected, rel_tol=self.tolerance, abs_tol=1e-12)

    def _near(self, given: Any) -> str:
        """Say what a near miss has in common with the answer: its size, or its unit."""
        number = _number(given)
        if isinstance(self.answer, str):
            return ""
        if number is None:
            return f"The answer is one number, and {short(' '.join(repr(given).split()))} is none. "
        times = (
            (100, "a hundred times", "a percentage for a share"),
            (0.01, "a hundredth of", "a share for a percentage"),
        )
        for factor, size, slip in times:
            if math.isclose(number, self.answer * factor, rel_tol=self.tolerance):
                return f"You are close: this is {size} the answer, as when one gives {slip}. "
        if math.isclose(number, self.answer, rel_tol=max(5 * self.tolerance, 0.05)):
            return "You are close: keep more digits, or check the last step. "
        return ""


def _number(given: Any) -> float | None:
    try:
        return float(given)
    except (TypeError, ValueError):
        return None


@dataclass(frozen=True)
class Result:
    """One recorded result, with the tolerance within which a re-run must give it again."""

    name: str
    value: float | int | str | bool
    unit: str
    tolerance: float

    @property
    def shown(self) -> str:
        """The value as the reader sees it."""
        if isinstance(self.value, float):
            return f"{self.value:,.4g}" if abs(self.value) < 1000 else f"{self.value:,.0f}"
        return f"{self.value:,}" if type(self.value) is int else str(self.value)


@dataclass(frozen=True)
class Results:
    """The record of a lesson: a table to the reader, JSON to machines."""

    items: tuple[Result, ...]

    def __repr__(self) -> str:
        width = max((len(item.name) for item in self.items), default=0)
        return "\n".join(f"{item.name:<{width}}  {item.shown} {item.unit}".rstrip() for item in self.items)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        rows = "".join(
            f"<tr><td>{escape(item.name)}</td><td>{escape(item.shown)}</td><td>{escape(item.unit)}</td></tr>"
            for item in self.items
        )
        head = "<thead><tr><th>result</th><th>value</th><th>unit</th></tr></thead>"
        return {
            "text/plain": repr(self),
            "text/html": f"<table>{head}<tbody>{rows}</tbody></table>",
            RESULTS_MIME: [vars(item) for item in self.items],
        }


@dataclass
class Lesson:
    """A lesson that is being read: its case, and the results recorded so far.

    Parameters
    ----------
    case_name : str
        Name of a bundled case, or path of a case file.

    Examples
    --------
    >>> lesson = Lesson("cdnow")
    >>> lesson.say(f"{lesson.case.title} counts in {lesson.case.currency}.")
    CDNOW, an online music shop counts in USD.
    >>> orders = lesson.exercise("orders", answer=2.0, misconceptions={"you left out the first order": 1.0})
    >>> orders.check(1)
    **orders**: not yet. It seems that you left out the first order.
    """

    case_name: str
    case: cases.Case = field(init=False)
    _results: dict[str, Result] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.case = cases.load(self.case_name)
        _show_pictures_with_alt_text()

    def say(self, text: str) -> Text:
        """Return a sentence for the reader. Write it as an f-string over results; type no numbers."""
        return Text(text)

    def exercise(
        self,
        name: str,
        answer: float | str,
        *,
        tolerance: float = 0.01,
        misconceptions: Mapping[str, float | str] | None = None,
        hint: str = "",
    ) -> Exercise:
        """Return an exercise; see `Exercise`. A misconception that equals the answer here is left out."""
        if not isinstance(answer, str) and not math.isfinite(answer):
            raise InputError(
                f"The exercise '{name}' cannot be answered on this case: its answer is {answer}."
            )
        exercise = Exercise(name, answer, tolerance, {}, hint)
        wrong = {
            words: value
            for words, value in (misconceptions or {}).items()
            if not exercise._matches(value, answer)
        }
        return Exercise(name, answer, tolerance, wrong, hint)

    def record(
        self, name: str, value: float | int | str | bool, unit: str = "", tolerance: float = 1e-6
    ) -> None:
        """Keep a result under a name. The tolerance is relative: how exactly a re-run must repeat it."""
        if not isinstance(value, bool | str | int):
            value = float(f"{float(value):.12g}")  # the last digits of a sum may differ between machines
            if not math.isfinite(value):
                raise InputError(f"The result '{name}' is {value}. Record a finite number.")
        self._results[name] = Result(name, value, unit, tolerance)

    def results(self) -> Results:
        """Return all that was recorded, as the lesson's last output."""
        return Results(tuple(self._results.values()))


def _show_pictures_with_alt_text() -> None:
    """Let an Axes or Figure at a cell's end show as a picture that carries its words."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return
    formatter = shell.display_formatter.mimebundle_formatter
    formatter.for_type_by_name("matplotlib.axes._axes", "Axes", lambda ax, **_: _picture(ax.figure))
    formatter.for_type_by_name("matplotlib.figure", "Figure", lambda figure, **_: _picture(figure))


def _picture(figure: Any) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return a figure as PNG with its alternative text, and close it so that it is shown once."""
    from matplotlib import pyplot as plt

    from crmlab.plots.style import alt_of_figure

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    plt.close(figure)
    alt = alt_of_figure(figure)
    png = base64.b64encode(buffer.getvalue()).decode("ascii")
    return {"image/png": png, "text/plain": alt}, {"image/png": {"alt": alt}}
