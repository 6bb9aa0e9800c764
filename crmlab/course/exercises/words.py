"""Answers in words: a label, or one of several options."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from crmlab.course.exercises.base import RIGHT, Claims, Complaint, Exercise, Kind, build
from crmlab.errors import InputError, short, unknown


def normal(text: Any) -> str:
    """Return a text as labels are compared: without case, width of characters, hyphens and extra spaces.

    Examples
    --------
    >>> normal("  At-Risk ")
    'at risk'
    """
    plain = unicodedata.normalize("NFKC", str(text)).casefold()
    return " ".join(re.sub(r"[-_‐‑–]", " ", plain).split())


@dataclass(frozen=True)
class Label(Kind):
    """A word or a name."""

    word: ClassVar[str] = "label"

    def read(self, given: Any) -> str:
        """Return the words."""
        text = normal(given)
        if len(text) > 200:
            raise Complaint(f"The answer is a word or a name, and {short(text)} is longer.")
        return text

    def token(self, value: str, mark: None) -> str:  # noqa: ARG002
        """Return the words, which are their own token."""
        return value


@dataclass(frozen=True)
class Choice(Kind):
    """One of several options, named by its letter or by its text."""

    word: ClassVar[str] = "choice"
    options: Sequence[str] = ()

    def read(self, given: Any) -> str:
        """Return the letter of the option."""
        text = normal(given)
        letters = {letter: normal(option) for letter, option in self._lettered()}
        letter = text.strip(".():")
        if letter in letters:
            return letter
        for letter, option in letters.items():
            if text.rstrip(".") == option.rstrip("."):
                return letter
        raise Complaint(f"Answer with a letter from a to {max(letters)}, not {short(repr(given))}.")

    def token(self, value: str, mark: None) -> str:  # noqa: ARG002
        """Return the letter."""
        return value

    def shown(self) -> str:
        """Return the options with their letters."""
        return "\n".join(f"- **{letter}** · {option}" for letter, option in self._lettered())

    def _lettered(self) -> Iterable[tuple[str, str]]:
        return zip("abcdefghijklmnop", self.options, strict=False)


def label(
    name: str,
    answer: str,
    accept: Iterable[str],
    misconceptions: Mapping[str, Any],
    hints: str | Sequence[str],
) -> Exercise:
    """Return an exercise whose answer is a word; see `Lesson.exercise`."""
    kind = Label()
    answers = dict.fromkeys(kind.read(text) for text in (answer, *accept))
    wrong = {words: kind.read(value) for words, value in misconceptions.items()}
    return build(name, kind, list(answers), wrong, hints)


def choice(name: str, answer: str, options: Mapping[str, str], hints: str | Sequence[str]) -> Exercise:
    """Return an exercise whose answer is one of several options; see `Lesson.choice`."""
    if not 2 <= len(options) <= 16:
        raise InputError(f"The exercise '{name}' has {len(options)} options. Give between 2 and 16.")
    if answer not in options:
        raise unknown("option", answer, options, where=f"the exercise '{name}'")
    kind = Choice(tuple(options))
    right = kind.claim(kind.read(answer), RIGHT)
    known = [kind.claim(kind.read(option), why) for option, why in options.items() if option != answer]
    exercise = Exercise(name, kind, Claims([right], known), hints)
    exercise.answer = kind.read(answer)
    return exercise
