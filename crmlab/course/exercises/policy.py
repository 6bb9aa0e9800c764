"""Answers that are a decision: whom to choose. They are scored in money by what each choice is worth."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import pandas as pd

from crmlab.course.exercises.base import RIGHT, Complaint, Exercise, Judgement, called
from crmlab.course.exercises.number import number_of, plain_number
from crmlab.course.exercises.table import key_text
from crmlab.errors import InputError, unknown
from crmlab.language import mark, ntr, tr
from crmlab.words import some

_BAR = 20
_POLICIES = [mark("oracle"), mark("random"), mark("nobody"), mark("rule"), mark("model")]
"""Names that policies to compare with have in keys, and that are said in the reader's language."""
_NEAR = 0.01
"""Share of the bar's lead over chance, or over nobody, that an answer may lack: less than luck makes."""
_ALIKE = 0.9
"""Share of both lists together that two lists have in common from which one is taken for the other."""
_MOST_KNOWN = 0.5
"""What a known misunderstanding earns at most, where it happens to bring much."""
_HINDSIGHT = mark("you looked at what came afterwards")
_BY_LUCK = 10
"""Of fewer names than this, somebody may hit upon the best without having looked."""


class Policy(Exercise):
    """A list of those to choose, scored by the sum of what each of them is worth.

    An answer is right if it brings as much as the policy to beat, and no less than choosing nobody. Up to 1 %
    of that policy's lead over chance, or over nobody, may lack, for luck makes more. To choose nobody is
    right only where no policy compared with earns anything. What lies between chance and that earns a share
    of the points. A list that holds nearly those who turned out to be worth most was chosen by hindsight, and
    does not pass.

    Parameters
    ----------
    name, hints
        As for `Exercise`.
    worth : mapping or None
        What choosing each name is worth; None where nobody knows, or the key lies elsewhere.
    most : int
        How many may be chosen.
    among : collection of str
        Who may be chosen, where it is not known what each is worth.
    against : mapping
        Policies to compare with, by name: what they bring.
    beat : str
        The policy that an answer must reach to be right.
    currency : str
        What the score is counted in.
    misconceptions : mapping
        Lists that a known misunderstanding gives, by what they come from. They never pass.
    """

    word: ClassVar[str] = mark("policy")

    def __init__(
        self,
        name: str,
        most: int,
        worth: Mapping[str, float] | None = None,
        against: Mapping[str, float] | None = None,
        beat: str = "rule",
        currency: str = "",
        misconceptions: Mapping[str, Sequence[str]] | None = None,
        hints: str | Sequence[str] = (),
        among: Iterable[str] = (),
    ) -> None:
        super().__init__(name, hints)
        self.most, self.worth, self.beat, self.currency = most, dict(worth or {}), beat, currency
        self.against, self.among = dict(against or {}), list(worth or among)
        self.misconceptions = {words: list(names) for words, names in (misconceptions or {}).items()}
        if self.worth and beat not in self.against:
            raise unknown("policy", beat, self.against, where=f"the exercise '{name}'")

    @property
    def answer(self) -> list[str]:
        """The best possible list; only who knows what came could choose it."""
        return [name for name in self._best(self.most) if self.worth[name] > 0]

    def _best(self, n: int) -> list[str]:
        """Return the n names that turned out to be worth most."""
        return sorted(self.worth, key=lambda name: -self.worth[name])[:n]

    @property
    def scored(self) -> bool:
        """Whether it is known what each name is worth."""
        return bool(self.worth)

    def read(self, given: Any) -> list[str]:
        """Return the names chosen, if they are valid."""
        names = [key_text(name) for name in self._names(given)]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise Complaint(tr("These are chosen more than once: {names}.", names=some(twice)))
        strange = sorted(set(names) - set(self.among)) if self.among else []
        if strange:
            raise Complaint(tr("Unknown here: {names}.", names=some(strange)))
        if len(names) > self.most:
            raise Complaint(
                ntr(
                    "You chose {n:,}, and at most {most:,} are allowed.",
                    "You chose {n:,}, and at most {most:,} are allowed.",
                    len(names),
                    most=self.most,
                )
            )
        return names

    def _names(self, given: Any) -> Iterable[Any]:
        """Return the names in a list, in the index of a Series, or those that a Series says yes to."""
        if hasattr(given, "index") and hasattr(given, "to_numpy"):
            if str(getattr(given, "dtype", "")) == "bool":
                return list(given.index[given.to_numpy()])
            by_index = {key_text(name) for name in given.index}
            if by_index <= set(self.among):  # a score by customer: its customers are meant
                return list(given.index)
        if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
            raise Complaint(tr("The answer is a list of names, and this is {kind}.", kind=called(given)))
        return list(given)

    def judge(self, value: list[str]) -> Judgement:
        """Score a list against the others, where what each name is worth is known."""
        used = ntr(
            "{n:,} of at most {most:,} chosen.",
            "{n:,} of at most {most:,} chosen.",
            len(value),
            most=self.most,
        )
        if not self.worth:
            said = tr("recorded, {used} What it brings, nobody can know here.", used=used)
            return Judgement(False, said, share=None)
        money = self.money(value)
        bar, floor = self.bar, max(self.against["random"], 0.0)
        least = bar - _NEAR * (bar - floor) - 1e-9 * max(abs(bar), 1.0)
        reached = money >= least and (bool(value) or self._nobody_pays)
        share = 1.0 if reached else 0.0
        if not reached and bar > floor:
            share = min(max((money - floor) / (bar - floor), 0.0), 0.99)
        known = self._known(value)
        right = reached and not known
        told = [tr("It seems that {misconception}.", misconception=known)] if known else []
        told.append(self._brings(money))
        if not known and money < 0:
            told.append(tr("To choose nobody brings more."))
        if not value and not reached:
            told.append(tr("Choosing nobody brings nothing, and a list that was compared with brings more."))
        told.append(used)
        return Judgement(
            right,
            " ".join([*([tr(RIGHT)] if right else []), *told]),
            known=bool(known),
            share=round(min(share, _MOST_KNOWN) if known else share, 2),
            money=money,
            table=self._table(money),
        )

    @property
    def _nobody_pays(self) -> bool:
        """Whether none of the policies compared with earns anything, so that choosing nobody is right."""
        return all(money <= 0 for name, money in self.against.items() if name != "oracle")

    @property
    def bar(self) -> float:
        """What a list must bring to be right: as much as the policy to beat, chance, and choosing nobody."""
        return max(self.against[self.beat], self.against["random"], 0.0)

    def money(self, names: Iterable[str]) -> float:
        """Return what a list brings."""
        return float(sum(self.worth[name] for name in sorted(names)))

    def _known(self, value: list[str]) -> str:
        """Return the misconception whose list an answer is, nearly."""
        alike = {words: _alike(value, names) for words, names in self.misconceptions.items()}
        words = max(alike, key=lambda name: alike[name], default="")
        if words and alike[words] >= _ALIKE:
            return words
        return tr(_HINDSIGHT) if self._is_hindsight(value) else ""

    def _is_hindsight(self, value: list[str]) -> bool:
        """Whether these are nearly the best that so many can be, which the policy to beat did not foresee."""
        if not _BY_LUCK <= len(value) <= len(self.worth) / 2:
            return False
        is_seen = _alike(value, self._best(len(value))) >= _ALIKE
        return is_seen and self.bar < (1 - _NEAR) * self.money(self.answer)

    def _brings(self, money: float) -> str:
        said = {
            "money": f"{abs(money):,.2f} {self.currency}".rstrip(),
            "rule": tr(self.beat),
            "other": self.against[self.beat],
        }
        if money < 0:
            return tr("Yours loses {money}, {rule} {other:,.2f}.", **said)
        return tr("Yours brings {money}, {rule} {other:,.2f}.", **said)

    def _table(self, money: float) -> str:
        """Return all policies, the best first, with a bar for what each brings."""
        others, own = [(tr(name), value) for name, value in self.against.items()], tr("yours")
        earned = sorted([*others, (f"**{own}**", money)], key=lambda item: -item[1])
        most = max((abs(value) for _, value in earned), default=0) or 1
        rows = [
            f"| {name} | {value:,.2f} | {('█' if value > 0 else '░') * round(_BAR * abs(value) / most)} |"
            for name, value in earned
        ]
        head = tr("brings, {currency}", currency=self.currency) if self.currency else tr("brings")
        first = tr("policy")
        return "\n".join([f"| {first} | {head} | |", "|---|---:|:---|", *rows])

    def key(self) -> dict[str, Any]:
        """Return what each name is worth, and what the others bring."""
        return {
            "most": self.most,
            "worth": {name: plain_number(value) for name, value in self.worth.items()} or None,
            "against": {name: plain_number(value) for name, value in self.against.items()},
            "beat": self.beat,
            "currency": self.currency,
            "misconceptions": self.misconceptions,
            "among": [] if self.worth else self.among,
        }

    def asked(self) -> dict[str, Any]:
        """Return how many may be chosen."""
        return {"most": self.most}


def _alike(names: Iterable[str], others: Iterable[str]) -> float:
    """Return which share of two lists together they have in common."""
    ours, theirs = set(names), set(others)
    return len(ours & theirs) / (len(ours | theirs) or 1)


def exercise(
    name: str,
    worth: Any,
    most: int,
    against: Mapping[str, Any],
    beat: str,
    currency: str,
    misconceptions: Mapping[str, Any],
    hints: str | Sequence[str],
) -> Policy:
    """Return an exercise whose answer is a policy; see `Lesson.policy`."""
    if worth is None or (len(worth) and all(map(pd.isna, dict(worth).values()))):
        among = () if worth is None else map(key_text, worth.keys())
        return Policy(name, most, currency=currency, hints=hints, among=among)
    values = {key_text(key): number_of(value) for key, value in worth.items()}
    bad = [key for key, value in values.items() if value is None or not abs(value) < float("inf")]
    if bad or not values:
        raise InputError(
            f"The exercise '{name}' cannot be scored on this case: {some(bad) or 'nobody'} has no worth."
        )
    if most < 1:
        raise InputError(f"The exercise '{name}' allows {most} choices. Allow at least one.")
    numbers = {key: float(value or 0.0) for key, value in values.items()}
    bare = Policy(name, most, numbers, {beat: 0.0}, beat)
    try:
        lists = {words: bare.read(policy) for words, policy in against.items()}
        wrong = {words: bare.read(policy) for words, policy in misconceptions.items()}
    except Complaint as complaint:
        raise InputError(f"The exercise '{name}' names a policy that it forbids. {complaint}") from complaint
    money = {words: bare.money(names) for words, names in lists.items()}
    # A misconception that is nearly the policy to beat is left out, for nobody could tell them apart.
    wrong = {words: names for words, names in wrong.items() if _alike(names, lists.get(beat, [])) < _ALIKE}
    chance = sum(numbers.values()) / len(numbers) * min(most, len(numbers))
    others = {"oracle": bare.money(bare.answer), "random": chance, "nobody": 0.0}
    return Policy(name, most, numbers, money | others, beat, currency, wrong, hints)
