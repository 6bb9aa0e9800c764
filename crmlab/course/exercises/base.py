"""What all exercises share: how an answer is read, compared, replied to and kept.

An answer is never compared with a stored value. It is brought into the form of a *token*, a short text, and
the token opens a *secret* that holds the reply, or does not. An open exercise keeps the token beside the
words; a sealed one keeps the words encrypted with it. So both reply alike.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from crmlab.errors import InputError, short

ANSWER_MIME = "application/vnd.crmlab.answer+json"
RIGHT = "right."
_RECORD_LIMIT = 200_000
"""Characters of an answer that are kept in a notebook; a longer one is only measured."""


class Complaint(Exception):
    """An answer that cannot be read as what was asked for; the words say why."""


class Secret(Protocol):
    """Words that only the matching token gives."""

    def open(self, token: str) -> str | None:
        """Return the words, or nothing where the token does not match."""
        ...


@dataclass(frozen=True)
class Plain:
    """A secret of an open exercise."""

    token: str = field(repr=False)
    words: str = field(repr=False)

    def open(self, token: str) -> str | None:
        """Return the words, or nothing where the token does not match."""
        return self.words if token == self.token else None


@dataclass(frozen=True)
class Claim:
    """What an answer may turn out to be. The mark is public: it says how an answer becomes a token."""

    mark: Any
    secret: Secret


@dataclass(frozen=True)
class Claims:
    """All that is known about the answers to an exercise."""

    right: Sequence[Claim] = ()
    known: Sequence[Claim] = ()
    """Wrong answers that a known misunderstanding gives."""
    near: Claim | None = None
    parts: Mapping[str, Claim] = field(default_factory=dict)
    """The cells of a table, one by one."""


@dataclass(frozen=True)
class Judgement:
    """What an answer is worth."""

    right: bool
    words: str
    known: bool = False
    """Whether the words already say what went wrong, so that no hint is needed."""
    score: float | None = None
    """Of a policy, the money that it earns; None where that is not known, and for all other kinds."""
    share: float | None = None
    """Of a policy, how far it gets from chance (0) to the best possible (1)."""
    table: str = ""
    """What is shown under the words."""
    pending: bool = False
    """Whether the answer is valid, but only the instructor's edition can say what it is worth."""


class Kind(ABC):
    """How answers of one kind are read and compared. It knows nothing about the right answer."""

    word: ClassVar[str]

    @abstractmethod
    def read(self, given: Any) -> Any:
        """Return an answer in the one form that is compared, or raise Complaint."""

    @abstractmethod
    def token(self, value: Any, mark: Any) -> str:
        """Return the token of an answer."""

    def mark(self, value: Any) -> Any:  # noqa: ARG002
        """Return how answers near a known one become tokens."""
        return None

    def dump(self, value: Any) -> Any:
        """Return an answer that was read as JSON."""
        return value

    def load(self, stored: Any) -> Any:
        """Return an answer from its JSON, or raise Complaint."""
        return self.read(stored)

    def claim(self, value: Any, words: str) -> Claim:
        """Return the claim of an answer, with what is said to whoever gives it."""
        mark = self.mark(value)
        return Claim(mark, Plain(self.token(value, mark), words))

    def opens(self, claim: Claim, value: Any) -> str | None:
        """Return what a claim says to an answer, if it speaks of it."""
        return claim.secret.open(self.token(value, claim.mark))

    def judge(self, value: Any, claims: Claims) -> Judgement:
        """Compare an answer with all that is known."""
        if any(self.opens(claim, value) for claim in claims.right):
            return Judgement(True, RIGHT)
        for claim in claims.known:
            if words := self.opens(claim, value):
                return Judgement(False, words, known=True)
        for other, words in self.slips(value):
            if any(self.opens(claim, other) for claim in claims.right):
                return Judgement(False, words)
        return Judgement(False, self.closer(value, claims))

    def slips(self, value: Any) -> Iterator[tuple[Any, str]]:  # noqa: ARG002
        """Yield what the answer would be without a common slip of units, and the words for the slip."""
        yield from ()

    def closer(self, value: Any, claims: Claims) -> str:
        """Say how an answer that is wrong in no known way differs from the right one."""
        close = claims.near and self.opens(claims.near, value)
        return close or ""

    def shown(self) -> str:
        """Return what the reader sees when the exercise is displayed, such as options."""
        return ""


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


class Exercise:
    """A question whose answer is checked at once. `Lesson.exercise` and its neighbours make them.

    Parameters
    ----------
    name : str
        Name, unique in the lesson.
    kind : Kind
        How answers are read and compared.
    claims : Claims
        The right answer and known wrong ones, open or sealed.
    hints : sequence of str
        None, one or two. The first comes with a wrong answer, the second, more direct, with the next.
    """

    def __init__(self, name: str, kind: Kind, claims: Claims, hints: str | Sequence[str] = ()) -> None:
        hints = [hints] if isinstance(hints, str) else list(hints)
        self.name, self.kind, self.claims = name, kind, claims
        self.hints = [words for words in hints if words]
        if len(self.hints) > 2:
            raise InputError(f"The exercise '{name}' has {len(self.hints)} hints. Give at most two.")
        self.answer: Any = None
        """The right answer, of an open exercise."""
        self.misconceptions: Mapping[str, Any] = {}
        """Wrong answers by what they come from, of an open exercise."""
        self.workspace = ""
        """Pseudonym of the workspace that answers are recorded for."""
        self.note = ""
        """Why answers cannot be checked here, if so. They are recorded all the same."""
        self.attempts = 0
        self._wrong = 0

    def check(self, given: Any) -> Reply:
        """Reply to an answer. An Ellipsis (``...``) means that there is none yet."""
        if given is ...:
            return self._reply("no answer yet. Replace the `...` by yours and run the cell again.")
        self.attempts += 1
        try:
            value = self.kind.read(given)
        except Complaint as complaint:
            words = f"{complaint} {self._hint(0)}"
            return self._reply(f"not yet. {words}", {"unreadable": short(" ".join(repr(given).split()))})
        stored = self.kind.dump(value)
        if self.note:
            return self._reply(self.note, stored)
        judged = self.kind.judge(value, self.claims)
        if judged.right or judged.pending:
            return self._reply(f"{judged.words}\n\n{judged.table}", stored)
        self._wrong += 1
        hint = self._hint(self._wrong - 1)
        if judged.known and hint == self._hint(0):
            hint = ""
        words = " ".join(part for part in ("not yet.", judged.words, hint) if part)
        return self._reply(f"{words}\n\n{judged.table}", stored)

    def judge(self, stored: Any) -> Judgement:
        """Judge an answer as a record keeps it under ``given``: what `check` would say, for grading."""
        try:
            value = self.kind.load(stored)
        except Complaint as complaint:
            return Judgement(False, str(complaint))
        return self.kind.judge(value, self.claims)

    def hint(self) -> Text:
        """Return the most direct hint."""
        return Text(f"**{self.name}**: {self.hints[-1] if self.hints else 'there is no hint.'}")

    def _hint(self, number: int) -> str:
        return self.hints[min(number, len(self.hints) - 1)] if self.hints else ""

    def _reply(self, words: str, stored: Any = None) -> Reply:
        record = {} if stored is None else self._record(stored)
        return Reply(f"**{self.name}**: {words}".rstrip(), record)

    def _record(self, stored: Any) -> dict[str, Any]:
        size = len(str(stored))
        given = stored if size <= _RECORD_LIMIT else {"too_long": size}
        own = {"exercise": self.name, "kind": self.kind.word, "given": given}
        return own | {"attempt": self.attempts, "workspace": self.workspace}

    def __repr__(self) -> str:
        shown = self.kind.shown()
        return f"Exercise '{self.name}' ({self.kind.word})" + (f"\n{shown}" if shown else "")

    def _repr_markdown_(self) -> str:
        return f"**{self.name}**\n\n{self.kind.shown()}".rstrip()


def build(
    name: str,
    kind: Kind,
    answers: Sequence[Any],
    misconceptions: Mapping[str, Any],
    hints: str | Sequence[str],
    near: Claim | None = None,
    parts: Mapping[str, Claim] | None = None,
) -> Exercise:
    """Return an exercise from values as its kind reads them. All of the answers are right.

    A misconception that gives a right answer here is left out, for it could not be told.
    """
    right = [kind.claim(value, RIGHT) for value in answers]
    wrong = {
        words: value
        for words, value in misconceptions.items()
        if not any(kind.opens(claim, value) for claim in right)
    }
    known = [kind.claim(value, f"It seems that {words}.") for words, value in wrong.items()]
    exercise = Exercise(name, kind, Claims(right, known, near, parts or {}), hints)
    exercise.answer, exercise.misconceptions = answers[0], wrong
    return exercise
