"""Answers in words: a label, one of several options, or an explanation."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from crmlab.course.exercises.base import RIGHT, Compared, Complaint, Exercise, Judgement, called, is_number
from crmlab.errors import InputError, short, unknown
from crmlab.language import mark, ntr, tr

_MOST_WORDS = 2_000


def normal(text: Any) -> str:
    """Return a text as labels are compared: without case, width of characters, hyphens and extra spaces.

    Examples
    --------
    >>> normal("  At-Risk ")
    'at risk'
    """
    plain = unicodedata.normalize("NFKC", str(text)).casefold()
    return " ".join(re.sub(r"[-_‐‑–]", " ", plain).split())


class Label(Compared):
    """A word or a name.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    answer : str or None
        The right answer; None where the key lies elsewhere.
    accept : iterable of str
        Other words for it.
    misconceptions : mapping
        Wrong answers by what they come from.
    """

    word: ClassVar[str] = mark("label")

    def __init__(
        self,
        name: str,
        answer: str | None = None,
        accept: Iterable[str] = (),
        misconceptions: Mapping[str, Any] | None = None,
        hints: str | Sequence[str] = (),
    ) -> None:
        right = [] if answer is None else list(dict.fromkeys(map(self.read, (answer, *accept))))
        wrong = {words: self.read(value) for words, value in (misconceptions or {}).items()}
        super().__init__(name, right, wrong, hints)

    def read(self, given: Any) -> str:
        """Return the words."""
        if not isinstance(given, str) and not is_number(given):
            raise Complaint(tr("The answer is a word or a name, and this is {kind}.", kind=called(given)))
        text = normal(given)
        if len(text) > 200:
            raise Complaint(tr("The answer is a word or a name, and {text} is longer.", text=short(text)))
        return text

    def distance(self, value: str, other: str) -> float:
        """Return 0 for the same words."""
        return 0.0 if value == other else float("inf")

    def key(self) -> dict[str, Any]:
        """Return the answer, other words for it, and the misconceptions."""
        return {
            "answer": self.answer,
            "accept": self.answers[1:],
            "misconceptions": dict(self.misconceptions),
        }


class Choice(Compared):
    """One of several options, named by its letter or by its text.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    options : mapping of str to str, or pairs of them
        Text of each option, in the order shown, to the sentence that says why it is wrong.
    answer : str or None
        Text of the right option; None where the key lies elsewhere.
    """

    word: ClassVar[str] = mark("choice")

    def __init__(
        self,
        name: str,
        options: Mapping[str, str] | Iterable[tuple[str, str]],
        answer: str | None = None,
        hints: str | Sequence[str] = (),
    ) -> None:
        options = dict(options)
        if not 2 <= len(options) <= 16:
            raise InputError(f"The exercise '{name}' has {len(options)} options. Give between 2 and 16.")
        if answer is not None and answer not in options:
            raise unknown("option", answer, options, where=f"the exercise '{name}'")
        self.options = options
        letters = {option: letter for letter, option in self._lettered()}
        super().__init__(name, [] if answer is None else [letters[answer]], {}, hints)

    def read(self, given: Any) -> str:
        """Return the letter of the option, which some of its words name as well where no other has them."""
        text = normal(given)
        letters = {letter: normal(option) for letter, option in self._lettered()}
        letter = text.strip(".():")
        if letter in letters:
            return letter
        said = f" {text.rstrip('.')} "
        options = {letter: f" {option.rstrip('.')} " for letter, option in letters.items()}
        meant = [letter for letter, option in options.items() if said == option]
        meant = meant or [letter for letter, option in options.items() if said in option]
        if len(meant) == 1 and said.strip():
            return meant[0]
        shown = f"'{short(given)}'" if isinstance(given, str) else called(given)
        raise Complaint(
            tr(
                "Answer with a letter from a to {last}, such as 'a', not with {given}.",
                last=max(letters),
                given=shown,
            )
        )

    def distance(self, value: str, other: str) -> float:
        """Return 0 for the same letter."""
        return 0.0 if value == other else float("inf")

    def judge(self, value: str) -> Judgement:
        """Say why the option is wrong, if it is."""
        if value == self.answer:
            return Judgement(True, tr(RIGHT), share=1.0)
        return Judgement(False, self.options[dict(self._lettered())[value]], known=True)

    def shown(self) -> str:
        """Return the options with their letters."""
        return "\n".join(f"- **{letter}** · {option}" for letter, option in self._lettered())

    def key(self) -> dict[str, Any]:
        """Return the options with their sentences, and the right one.

        The options are a list: letters come from their order, which a file of names and values need not keep.
        """
        return {"options": list(self.options.items()), "answer": dict(self._lettered())[self.answer]}

    def asked(self) -> dict[str, Any]:
        """Return the options without their sentences."""
        return {"options": list(self.options)}

    def _lettered(self) -> Iterable[tuple[str, str]]:
        return zip("abcdefghijklmnop", self.options, strict=False)


class Explanation(Exercise):
    """Sentences of the reader's own, which a person grades by a rubric.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    rubric : sequence of str
        What a good answer has; each is worth the same.
    most : int
        Words at most.
    """

    word: ClassVar[str] = mark("explanation")

    def __init__(
        self, name: str, rubric: Sequence[str] = (), most: int = 120, hints: str | Sequence[str] = ()
    ) -> None:
        if not 1 <= most <= _MOST_WORDS:
            raise InputError(f"The exercise '{name}' allows {most} words. Allow 1 to {_MOST_WORDS:,}.")
        super().__init__(name, hints)
        self.rubric, self.most = tuple(rubric), most

    def read(self, given: Any) -> str:
        """Return the text."""
        if not isinstance(given, str):
            raise Complaint(
                tr('The answer is a text, in quotes ("…"), and this is {kind}.', kind=called(given))
            )
        count = len(given.split())
        if not count >= 3:
            raise Complaint(tr("The answer is a sentence or more."))
        if count > self.most:
            raise Complaint(
                ntr(
                    "The answer has {n:,} word, and at most {most:,} are allowed.",
                    "The answer has {n:,} words, and at most {most:,} are allowed.",
                    count,
                    most=self.most,
                )
            )
        return given.strip()

    @property
    def scored(self) -> bool:
        """Whether answers earn points by themselves."""
        return False

    def judge(self, value: str) -> Judgement:
        """Say what a good answer has: only a person can tell whether this one has it."""
        size = ntr("recorded, {n:,} word.", "recorded, {n:,} words.", len(value.split()))
        asks = "".join(f"\n- {part}" for part in self.rubric)
        against = tr("Hold it against what a good answer has:")
        return Judgement(False, f"{size} {against}\n{asks}" if asks else size, share=None)

    def key(self) -> dict[str, Any]:
        """Return the rubric and the most words."""
        return {"rubric": list(self.rubric), "most": self.most}

    def asked(self) -> dict[str, Any]:
        """Return the most words."""
        return {"most": self.most}
