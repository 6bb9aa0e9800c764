"""Keys without answers: in a student's workspace, answers are checked at once and cannot be read.

In a sealed exercise every reply is encrypted with a key that is derived, slowly and with salt, from the
answer that it replies to. Whoever gives the answer opens the reply; the file holds neither. The replies to
known wrong answers are sealed in the same way. What is no secret stands open: the hints, the options of a
choice, the keys of a table, the tolerance, and by which sixteenth of a cell the grid of a number is shifted.

What that is worth. It protects from reading: nobody finds an answer by opening the file or by a search. It
does not protect from trying: a check answers whoever asks. A choice among three falls at the third try, and a
loop finds a number, of which there are some thousand at a tolerance of one percent, within minutes. The cells
of a table are sealed at a lower price, so that a table is checked in the time of one number; a loop opens
each of them at once. So a sealed key is for learning, and grading computes its own.
"""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from crmlab.course import cases, catalog, normalise
from crmlab.course.exercises.base import Claim, Claims, Exercise, Kind, Plain
from crmlab.course.exercises.number import Number
from crmlab.course.exercises.plot import Plot
from crmlab.course.exercises.policy import Policy
from crmlab.course.exercises.table import Table
from crmlab.course.exercises.words import Choice, Label
from crmlab.errors import InputError, some, unknown

FILE = "keys.json"
ROUNDS = 100_000
"""Rounds of PBKDF2 for one try, about 20 ms on a laptop. The cells of a table share them."""
_KINDS: dict[str, type[Kind]] = {kind.word: kind for kind in (Number, Label, Choice, Table, Plot, Policy)}
_OPEN = ("score", "against", "beat")
"""Fields of a kind that only an open exercise has."""
_BLOCK, _TAG = 128, 16
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Sealed words are written in letters only, so that no number stands there even by chance."""
_DIGITS = str.maketrans("abcdefghijklmnop", "0123456789abcdef")


@dataclass(frozen=True)
class Box:
    """Words encrypted with a key that only the matching token gives."""

    salt: bytes
    rounds: int
    content: str

    def open(self, token: str) -> str | None:
        """Return the words, or nothing where the token does not match."""
        content = bytes.fromhex(self.content.translate(_DIGITS))
        tag, words = content[:_TAG], content[_TAG:]
        stream, key = _keys(token, self.salt, self.rounds, len(words))
        if not hmac.compare_digest(tag, _tag(key, words)):
            return None
        return _xor(words, stream).rstrip(b"\0").decode() or "right"


def _close(words: str, token: str, salt: bytes, rounds: int) -> str:
    plain = words.encode()
    plain += b"\0" * (-len(plain) % _BLOCK)
    stream, key = _keys(token, salt, rounds, len(plain))
    sealed = _xor(plain, stream)
    return (_tag(key, sealed) + sealed).hex().translate(_LETTERS)


def _keys(token: str, salt: bytes, rounds: int, length: int) -> tuple[bytes, bytes]:
    """Return a keystream and the key of the tag."""
    slow = hashlib.pbkdf2_hmac("sha256", token.encode(), salt, rounds)
    long = hashlib.shake_256(slow).digest(32 + length)
    return long[32:], long[:32]


def _tag(key: bytes, words: bytes) -> bytes:
    return hmac.digest(key, words, "sha256")[:_TAG]


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def seal(exercise: Exercise, salt: str) -> dict[str, Any]:
    """Return an exercise as JSON without its answers.

    Parameters
    ----------
    exercise : Exercise
        An open exercise.
    salt : str
        Differs from workspace to workspace, so that the same answer looks different in each.

    Examples
    --------
    >>> from crmlab.course import Lesson
    >>> sealed = seal(Lesson("cdnow").exercise("orders", answer=2357), salt="s01")
    >>> "2357" in str(sealed)
    False
    >>> unseal(sealed).check(2357)
    **orders**: right.
    """
    own = hashlib.sha256(f"{salt}\0{exercise.name}".encode()).hexdigest()[:32].translate(_LETTERS)
    claims, kind = exercise.claims, exercise.kind
    public = {item.name: getattr(kind, item.name) for item in fields(kind) if item.name not in _OPEN}  # type: ignore[arg-type]

    def sealed(claim: Claim, place: str, words: bool = True) -> list[Any]:
        if not isinstance(claim.secret, Plain):
            raise InputError(f"The exercise '{exercise.name}' is sealed already.")
        said = claim.secret.words if words else ""
        rounds = _rounds(place, claims.parts)
        return [claim.mark, _close(said, claim.secret.token, _salt(own, place), rounds)]

    return {
        "name": exercise.name,
        "kind": kind.word,
        "public": public,
        "hints": exercise.hints,
        "salt": own,
        "right": [sealed(claim, f"right {i}") for i, claim in enumerate(claims.right)],
        "known": [sealed(claim, f"known {i}") for i, claim in enumerate(claims.known)],
        "near": claims.near and sealed(claims.near, "near"),
        "parts": {key: sealed(claim, f"part {key}", words=False) for key, claim in claims.parts.items()},
    }


def unseal(sealed: Mapping[str, Any]) -> Exercise:
    """Return the exercise of its sealed form. It replies as the open one does, and does not know why."""
    own, parts = sealed["salt"], sealed["parts"]

    def claim(stored: list[Any], place: str) -> Claim:
        return Claim(stored[0], Box(_salt(own, place), _rounds(place, parts), stored[1]))

    claims = Claims(
        right=[claim(item, f"right {i}") for i, item in enumerate(sealed["right"])],
        known=[claim(item, f"known {i}") for i, item in enumerate(sealed["known"])],
        near=claim(sealed["near"], "near") if sealed["near"] else None,
        parts={key: claim(item, f"part {key}") for key, item in parts.items()},
    )
    kind = _KINDS[sealed["kind"]](**sealed["public"])
    return Exercise(sealed["name"], kind, claims, sealed["hints"])


def _salt(own: str, place: str) -> bytes:
    return hashlib.sha256(f"{own}\0{place}".encode()).digest()


def _rounds(place: str, parts: Mapping[str, Any]) -> int:
    return max(ROUNDS // len(parts), 1) if place.startswith("part ") else ROUNDS


def seal_all(
    lesson: catalog.Lesson,
    case: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    salt: str,
    exercises: Mapping[str, Exercise] | None = None,
) -> dict[str, Any]:
    """Return the sealed exercises of a lesson on a case, by name, each with what it was made for.

    Parameters
    ----------
    lesson : crmlab.course.catalog.Lesson
        The lesson with its keys.
    case : str
        Name of a bundled case, or path of a case file.
    parameters : mapping, optional
        What differs from the case's and the lesson's own values.
    salt : str
        Differs from workspace to workspace.
    exercises : mapping, optional
        What `keys.compute` gives for the same lesson, case and parameters, where it is at hand.
    """
    from crmlab.course import keys

    values = keys.values(lesson, case, parameters)
    made_for = {
        "data": data_digest(cases.load(case)),
        "parameters": {name: value for name, value in values.items() if name != "case"},
    }
    opened = keys.compute(lesson, case, parameters) if exercises is None else exercises
    return {
        name: seal(exercise, f"{salt}\0{lesson.name}") | {"made_for": made_for}
        for name, exercise in opened.items()
    }


def data_digest(case: cases.Case) -> str:
    """Return the SHA-256 of a case's dates and orders, whatever file or simulation they come from."""
    import numpy as np

    orders = case.transactions().select("customer_id", "date", "amount").to_pandas()
    orders["customer_id"] = orders["customer_id"].astype(str)
    orders["date"] = orders["date"].astype("datetime64[s]")
    orders["amount"] = (orders["amount"].astype(float) * 100).round()
    orders = orders.sort_values(["customer_id", "date", "amount"])
    digest = hashlib.sha256(f"{case.calibration} {case.end} {case.unit}".encode())
    digest.update("\n".join(orders["customer_id"]).encode())
    digest.update(orders["date"].to_numpy().astype("<i8").tobytes())
    digest.update(np.asarray(orders["amount"]).astype("<f8").tobytes())
    return digest.hexdigest()


def write(path: Path, workspace: str, lessons: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the sealed keys of a workspace: its pseudonym, and exercises by lesson and name."""
    content = {"workspace": workspace, "lessons": lessons}
    normalise.write(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n")


@dataclass(frozen=True)
class Keys:
    """The sealed keys of a workspace."""

    path: Path
    workspace: str
    lessons: Mapping[str, Mapping[str, Any]]

    def exercise(self, lesson: str, name: str) -> Mapping[str, Any]:
        """Return one sealed exercise, or raise InputError with the nearest name."""
        if lesson not in self.lessons:
            raise unknown("lesson", lesson, self.lessons, where=str(self.path))
        if name not in self.lessons[lesson]:
            raise unknown("exercise", name, self.lessons[lesson], where=f"{self.path}, lesson {lesson}")
        return self.lessons[lesson][name]


def find(*folders: Path) -> Keys | None:
    """Return the keys of the first folder that has them, looking in each folder and in all above it."""
    for path in _above(folders):
        content = normalise.read_json(path)
        if isinstance(content, dict) and {"workspace", "lessons"} <= set(content):
            return Keys(path, str(content["workspace"]), content["lessons"])
    return None


def _above(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for place in (folder.resolve(), *folder.resolve().parents):
            yield place / FILE


def stale(sealed: Mapping[str, Any], case: cases.Case, values: Mapping[str, Any], digest: str) -> str:
    """Return why answers cannot be checked with a sealed exercise here; nothing if they can."""
    made_for = sealed.get("made_for", {})
    kept = "Your answer is kept for grading, but it cannot be checked here: "
    if made_for and made_for["data"] != digest:
        return f"{kept}the key was made for other data than those of the case {case.name}."
    changed = [
        f"{name} = {value!r}"
        for name, value in made_for.get("parameters", {}).items()
        if name in values and values[name] != value
    ]
    if changed:
        return f"{kept}the key was made for {some(changed)}. Set that in the parameters cell and run again."
    return ""
