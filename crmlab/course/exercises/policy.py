"""Answers that are a decision: whom to target, or how to share a budget. They are scored in money."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from crmlab.course.exercises.base import Claims, Complaint, Exercise, Judgement, Kind
from crmlab.course.exercises.number import number_of, plain_number
from crmlab.course.exercises.table import key_text
from crmlab.errors import InputError, some, unknown

Score = Callable[[Any], float]
CHANCE, BEST = "random", "oracle"
_BAR = 20


@dataclass(frozen=True)
class Policy(Kind):
    """A list of those to target, or amounts of money by name; validity is public, what it earns is not.

    Attributes
    ----------
    among : sequence of str
        Names that may be chosen.
    most : int or None
        How many may be chosen, of a list.
    budget : float or None
        How much may be spent, of amounts by name.
    currency : str
        What the score is counted in.
    """

    word: ClassVar[str] = "policy"
    among: Sequence[str] = ()
    most: int | None = None
    budget: float | None = None
    currency: str = ""
    beat: str = ""
    score: Score | None = field(default=None, repr=False)
    against: Mapping[str, float] = field(default_factory=dict, repr=False)

    def read(self, given: Any) -> list[str] | dict[str, float]:
        """Return the names chosen, or the amounts by name, if they are valid."""
        return self._amounts(given) if self.most is None else self._chosen(given)

    def token(self, value: Any, mark: Any) -> str:  # noqa: ARG002
        """Return nothing: a policy is scored, not compared."""
        return ""

    def judge(self, value: Any, claims: Claims) -> Judgement:  # noqa: ARG002
        """Score a policy against the others, where the truth is known."""
        used = self._spent(value) if self.most is None else f"{len(value):,} of at most {self.most:,} chosen"
        if self.score is None:
            unknown = "What it earns takes the truth to tell, which your instructor may have."
            said = f"valid, {used}. {unknown}"
            return Judgement(False, said, pending=True)
        money, other = float(self.score(value)), self.against[self.beat]
        right = money >= other - 1e-9 * abs(other)
        said = f"{'right. ' if right else ''}Yours earns {money:,.2f}, {self.beat} {other:,.2f}; {used}."
        return Judgement(right, said, score=money, share=self._share(money), table=self._table(money))

    def _share(self, money: float) -> float | None:
        if not {CHANCE, BEST} <= set(self.against) or self.against[BEST] <= self.against[CHANCE]:
            return None
        return (money - self.against[CHANCE]) / (self.against[BEST] - self.against[CHANCE])

    def _table(self, money: float) -> str:
        """Return all policies, the best first, with a bar for what each earns."""
        earned = sorted({**self.against, "**yours**": money}.items(), key=lambda item: -item[1])
        most = max((abs(value) for _, value in earned), default=0) or 1
        rows = [
            f"| {name} | {value:,.2f} | {('█' if value > 0 else '░') * round(_BAR * abs(value) / most)} |"
            for name, value in earned
        ]
        head = f"earned, {self.currency}" if self.currency else "earned"
        return "\n".join([f"| policy | {head} | |", "|---|---:|:---|", *rows])

    def _spent(self, value: Mapping[str, float]) -> str:
        return f"{sum(value.values()):,.2f} of at most {self.budget:,.2f} spent"

    def _chosen(self, given: Any) -> list[str]:
        if str(getattr(given, "dtype", "")) == "bool" and hasattr(given, "index"):
            given = given.index[given.to_numpy()]
        if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
            raise Complaint(f"The answer is a list of names, and this is a {type(given).__name__}.")
        names = [key_text(name) for name in given]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise Complaint(f"These are chosen more than once: {some(twice)}.")
        self._known(names)
        if self.most is not None and len(names) > self.most:
            raise Complaint(f"You chose {len(names):,}, and at most {self.most:,} are allowed.")
        return names

    def _amounts(self, given: Any) -> dict[str, float]:
        if not hasattr(given, "items") or not hasattr(given, "keys"):
            raise Complaint(f"The answer is an amount for each name, and this is a {type(given).__name__}.")
        amounts = {key_text(name): number_of(value) for name, value in given.items()}
        self._known(amounts)
        bad = [name for name, value in amounts.items() if value is None or not 0 <= value < float("inf")]
        if bad:
            raise Complaint(f"These amounts are no numbers from zero up: {some(bad)}.")
        spent = {name: value for name, value in amounts.items() if value is not None}
        if self.budget is not None and sum(spent.values()) > self.budget * (1 + 1e-9):
            raise Complaint(f"Over the budget: {self._spent(spent)}.")
        return spent

    def _known(self, names: Iterable[str]) -> None:
        unknown = sorted(set(names) - set(self.among))
        if unknown:
            raise Complaint(f"Unknown here: {some(unknown)}.")

    def dump(self, value: Any) -> Any:
        """Return names as they are, amounts as JSON has them."""
        if isinstance(value, dict):
            return {name: plain_number(amount) for name, amount in value.items()}
        return value


def exercise(
    name: str,
    among: Iterable[Any],
    score: Score | None,
    against: Mapping[str, Any],
    most: int | None,
    budget: float | None,
    beat: str,
    currency: str,
    hints: str | Sequence[str],
) -> Exercise:
    """Return an exercise whose answer is a policy; see `Lesson.policy`."""
    if (most is None) == (budget is None):
        raise InputError(f"The exercise '{name}' needs either `most` or `budget`.")
    original = {key_text(item): item for item in among}
    bare = Policy(tuple(original), most, budget, currency)
    if score is None:
        return Exercise(name, bare, Claims(), hints)
    scored = _of_names(score, original)
    if beat not in against:
        raise unknown("policy", beat, against, where=f"the exercise '{name}'")
    try:
        money = {words: float(scored(bare.read(policy))) for words, policy in against.items()}
    except Complaint as complaint:
        raise InputError(
            f"The exercise '{name}' compares with a policy it forbids. {complaint}"
        ) from complaint
    return Exercise(name, Policy(bare.among, most, budget, currency, beat, scored, money), Claims(), hints)


def _of_names(score: Score, original: Mapping[str, Any]) -> Score:
    """Return the score of a policy whose names are text: the lesson's own names are given to its score."""

    def scored(value: Any) -> float:
        if isinstance(value, dict):
            return score({original[name]: amount for name, amount in value.items()})
        return score([original[name] for name in value])

    return scored
