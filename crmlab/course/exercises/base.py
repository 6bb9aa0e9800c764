"""What all exercises share: how an answer is read, judged, replied to and kept."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar

from crmlab.errors import InputError, short
from crmlab.language import mark, tr

ANSWER_MIME = "application/vnd.crmlab.answer+json"
RIGHT = mark("right.")
RECORDED = mark("recorded.")
_NOT_YET = mark("not yet.")
_NUMBER = mark("one number")
_UNCALLED = mark("a function that was not called: add the brackets")
_RECORD_LIMIT = 200_000
"""Characters of an answer that are kept in a notebook; a longer one is only measured."""
_TYPES = {
    "NoneType": mark("nothing, as a cell gives that only assigns or prints"),
    "bool": mark("a yes or no"),
    "bool_": mark("a yes or no"),
    "int": _NUMBER,
    "float": _NUMBER,
    "str": mark("a text"),
    "list": mark("a list"),
    "tuple": mark("a list"),
    "set": mark("a list"),
    "dict": mark("a table of names and values"),
    "ndarray": mark("a list of numbers without names"),
    "Series": mark("a column of values by name"),
    "DataFrame": mark("a table"),
    "Axes": mark("a picture"),
    "Figure": mark("a picture"),
    "function": _UNCALLED,
    "method": _UNCALLED,
    "builtin_function_or_method": _UNCALLED,
}


def called(given: Any) -> str:
    """Return what a reader calls the kind of thing that an answer is.

    Examples
    --------
    >>> called({}), called(None)
    ('a table of names and values', 'nothing, as a cell gives that only assigns or prints')
    """
    return tr(_kind(given))


def is_number(given: Any) -> bool:
    """Return whether an answer is a number, not a text that holds one.

    Examples
    --------
    >>> is_number(7), is_number("7"), is_number(True)
    (True, False, False)
    """
    return _kind(given) == _NUMBER


def _kind(given: Any) -> str:
    for kind in type(given).__mro__:
        if kind.__name__ in _TYPES:
            return _TYPES[kind.__name__]
    return _NUMBER if isinstance(given, Real) else mark("something else")


class Complaint(Exception):
    """An answer that cannot be read as what was asked for; the words say why."""


@dataclass(frozen=True)
class Judgement:
    """What an answer is worth.

    Attributes
    ----------
    right : bool
        Whether it is right.
    words : str
        What is said to whoever gave it.
    known : bool
        Whether the words already say what went wrong, so that no hint is needed.
    share : float or None
        What it earns of the exercise's points; None where only a person can tell.
    money : float or None
        Of a policy, what it brings.
    table : str
        What is shown under the words.
    """

    right: bool
    words: str
    known: bool = False
    share: float | None = 0.0
    money: float | None = None
    table: str = ""


@dataclass(frozen=True)
class Text:
    """Markdown for the reader that is plain text to checks and to screen readers."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


@dataclass(frozen=True, repr=False)
class Reply(Text):
    """What a check says, with the answer kept beside it for grading."""

    record: Mapping[str, Any] = field(default_factory=dict)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        shown: dict[str, Any] = {"text/plain": self.text, "text/markdown": self.text}
        return shown | ({ANSWER_MIME: dict(self.record)} if self.record else {})


class Exercise(ABC):
    """A question whose answer is judged at once. `Lesson.exercise` and its neighbours make them.

    Parameters
    ----------
    name : str
        Name, unique in the lesson.
    hints : sequence of str
        None, one or two. The first comes with a wrong answer, the second, more direct, with the next.
    """

    word: ClassVar[str]
    """What this kind of exercise is called."""

    def __init__(self, name: str, hints: str | Sequence[str] = ()) -> None:
        hints = [hints] if isinstance(hints, str) else list(hints)
        self.name = name
        self.hints = [words for words in hints if words]
        if len(self.hints) > 2:
            raise InputError(f"The exercise '{name}' has {len(self.hints)} hints. Give at most two.")
        self.workspace = ""
        """Pseudonym of the workspace that answers are recorded for."""
        self.replies = True
        """Whether answers are replied to; otherwise they are recorded, and nothing is said."""
        self.attempts = 0
        self._wrong = 0

    @abstractmethod
    def read(self, given: Any) -> Any:
        """Return an answer in the one form that is compared, or raise Complaint."""

    @abstractmethod
    def judge(self, value: Any) -> Judgement:
        """Return what an answer that was read is worth."""

    @abstractmethod
    def key(self) -> dict[str, Any]:
        """Return all that it takes to judge answers again, as JSON: arguments that make the exercise."""

    def dump(self, value: Any) -> Any:
        """Return an answer that was read as JSON."""
        return value

    def load(self, stored: Any) -> Any:
        """Return an answer from its JSON, or raise Complaint."""
        return self.read(stored)

    def shown(self) -> str:
        """Return what the reader sees when the exercise is displayed, such as options."""
        return ""

    def asked(self) -> dict[str, Any]:
        """Return what must be known for an answer to be read: arguments of the exercise without its key."""
        return {}

    def check(self, given: Any) -> Reply:
        """Reply to an answer. An Ellipsis (``...``) means that there is none yet."""
        if given is ...:
            nothing = tr("no answer yet. Replace the `...` by yours and run the cell again.")
            return Reply(f"**{self.name}**: {nothing}")
        self.attempts += 1
        try:
            value = self.read(given)
        except Complaint as complaint:
            words = f"{tr(_NOT_YET)} {complaint} {self._hint(0) if self.replies else ''}"
            return self._reply(words, {"unreadable": short(" ".join(repr(given).split()))}, "unreadable")
        stored = self.dump(value)
        if not self.replies:
            return self._reply(tr(RECORDED), stored, "recorded")
        judged = self.judge(value)
        if judged.right or judged.share is None:
            state = "right" if judged.right else "recorded"
            return self._reply(f"{judged.words}\n\n{judged.table}", stored, state)
        self._wrong += 1
        hint = self._hint(self._wrong - 1)
        if judged.known and hint == self._hint(0):
            hint = ""
        words = " ".join(part for part in (tr(_NOT_YET), judged.words, hint) if part)
        return self._reply(f"{words}\n\n{judged.table}", stored, "not yet")

    def grade(self, stored: Any) -> Judgement:
        """Judge an answer as a record keeps it under ``given``, whatever that holds."""
        nothing = 0.0 if self.scored else None
        if isinstance(stored, Mapping) and {"unreadable", "too_long"} & set(stored):
            return Judgement(False, tr("The answer could not be read as what was asked for."), share=nothing)
        try:
            return self.judge(self.load(stored))
        except Complaint as complaint:
            return Judgement(False, str(complaint), share=nothing)
        except Exception:  # whatever a forged record holds, it is a wrong answer and no more
            return Judgement(False, tr("The record of this answer cannot be read."), share=nothing)

    @property
    def scored(self) -> bool:
        """Whether answers earn points by themselves; otherwise only a person can tell."""
        return True

    def hint(self) -> Text:
        """Return the most direct hint."""
        hint = self.hints[-1] if self.hints else tr("there is no hint.")
        return Text(f"**{self.name}**: {hint}")

    def _hint(self, number: int) -> str:
        return self.hints[min(number, len(self.hints) - 1)] if self.hints else ""

    def _reply(self, words: str, stored: Any, state: str) -> Reply:
        size = len(str(stored))
        record = {
            "exercise": self.name,
            "kind": self.word,
            "given": stored if size <= _RECORD_LIMIT else {"too_long": size},
            "state": state,
            "attempt": self.attempts,
            "workspace": self.workspace,
        }
        return Reply(f"**{self.name}**: {words}".rstrip(), record)

    def __repr__(self) -> str:
        shown = self.shown()
        head = tr("Exercise '{name}' ({kind})", name=self.name, kind=tr(self.word))
        return f"{head}\n{shown}" if shown else head

    def _repr_markdown_(self) -> str:
        return f"**{self.name}**\n\n{self.shown()}".rstrip()


class Compared(Exercise):
    """An exercise whose answer is compared with right ones and with known wrong ones.

    A wrong answer that a known misunderstanding gives never passes: where an answer lies within the tolerance
    of both, the nearer one counts.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    answers : sequence
        Right answers, as `read` returns them; none where the key lies elsewhere, and answers are recorded.
    misconceptions : mapping
        Wrong answers by what they come from. One that equals a right one is left out, for nobody could tell.
    """

    def __init__(
        self,
        name: str,
        answers: Sequence[Any],
        misconceptions: Mapping[str, Any],
        hints: str | Sequence[str] = (),
    ) -> None:
        super().__init__(name, hints)
        self.answers = list(answers)
        self.misconceptions = {
            words: wrong
            for words, wrong in misconceptions.items()
            if all(self.distance(wrong, right) > _SAME for right in self.answers)
        }
        self.replies = bool(self.answers)

    @property
    def answer(self) -> Any:
        """The right answer; of several, the first."""
        return self.answers[0]

    @abstractmethod
    def distance(self, value: Any, other: Any) -> float:
        """Return how far two answers lie apart, in tolerances of the second: up to 1, they agree."""

    def judge(self, value: Any) -> Judgement:
        """Compare an answer with all that is known."""
        right = self._nearest(value, self.answers)
        near = {words: self._nearest(value, [wrong]) for words, wrong in self.misconceptions.items()}
        words = min(near, key=lambda name: near[name], default="")
        if words and near[words] < right:
            return Judgement(False, self.says(words), known=True)
        if right < math.inf:
            return Judgement(True, tr(RIGHT), share=1.0)
        for other, slip in self.slips(value):
            if any(self.distance(other, right) <= 1 for right in self.answers):
                return Judgement(False, slip, known=True)
        return Judgement(False, self.closer(value))

    def _nearest(self, value: Any, others: Iterable[Any]) -> float:
        """Return how far the nearest of those lies that agree with a value, in tolerances of the value.

        What agrees with it is a matter of their own tolerances; which is nearer needs one scale for all.
        """
        agreeing = (other for other in others if self.distance(value, other) <= 1)
        return min((self.distance(other, value) for other in agreeing), default=math.inf)

    def says(self, misconception: str) -> str:
        """Return what is said to whoever seems to have a misconception."""
        return tr("It seems that {misconception}.", misconception=misconception)

    def slips(self, value: Any) -> Iterator[tuple[Any, str]]:  # noqa: ARG002
        """Yield what the answer would be without a common slip of units, and the words for the slip."""
        yield from ()

    def closer(self, value: Any) -> str:  # noqa: ARG002
        """Say how an answer that is wrong in no known way differs from the right one."""
        return ""


_SAME = 1e-6
"""Distance, in tolerances, up to which a misconception gives the right answer itself."""
