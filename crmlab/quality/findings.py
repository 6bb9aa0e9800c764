"""What is found about single rows: counted, shown, and said in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.language import mark, tr
from crmlab.quality import returns, status
from crmlab.quality.choices import CHOICES, Choice
from crmlab.quality.decide import STEPS, Decided
from crmlab.quality.ledger import Finding
from crmlab.words import capital, listed, percent

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True)
class Check:
    """Something that rows are checked for.

    Attributes
    ----------
    mark : str
        The column that marks the rows.
    title : str
        For people.
    decision : str or None
        In `CHOICES`; None where rows can only be set aside.
    serious : float
        Share of the rows from which it is a problem; below, it is a caveat, unless it is heavy.
    advice : str
        What to do in the file itself.
    """

    mark: str
    title: str
    decision: str | None
    serious: float
    advice: str


# One row in a hundred moves a total by half a week of the year: from there on it must be dealt with. What is
# common in honest data (returns, gifts, postage) is a problem only when there is far more of it.
_RARE, _COMMON = 0.01, 0.10
HEAVY = 0.10  # share of the money from which any finding is a problem, however few its rows
CHECKS = {
    "missing_ids": Check(
        "no_id",
        mark("Rows without a customer: no id, or a total in its place"),
        None,
        _RARE,
        mark("Find out who bought, and fill in the id. Leave totals out of the export."),
    ),
    "unreadable_dates": Check(
        "no_date",
        mark("Rows without a date that can be read, from 1900 to 2199"),
        None,
        _RARE,
        mark("Write these dates as YYYY-MM-DD."),
    ),
    "unreadable_amounts": Check(
        "no_amount",
        mark("Rows without a readable amount"),
        None,
        _RARE,
        mark("Write these amounts as plain numbers."),
    ),
    "unreadable_numbers": Check(
        "no_number",
        mark("Rows without a readable quantity, price or cost"),
        None,
        _RARE,
        mark(
            "Write them as plain numbers, or read without the column, for example with columns={'cost': "
            "None}."
        ),
    ),
    "future_dates": Check("future", mark("Dates after today"), "future", _RARE, mark("Correct these dates.")),
    "fallen_through": Check(
        "void",
        mark("Orders that were cancelled, failed, refunded or never paid"),
        "status",
        _RARE,
        mark("Leave such orders out of the export."),
    ),
    "currencies": Check(
        "foreign", mark("Several currencies"), "currency", _RARE, mark("Convert all amounts to one currency.")
    ),
    "ids": Check(
        "respelt",
        mark("Ids that differ only by capitals or blanks"),
        "ids",
        _RARE,
        mark("Write each id in one way."),
    ),
    "accounts": Check(
        "account",
        mark("Test and guest accounts"),
        "accounts",
        _RARE,
        mark("Leave test orders out of the export."),
    ),
    "large_accounts": Check(
        "large",
        mark("Accounts with a very large share of the orders"),
        "large",
        _RARE,
        mark("Find out who this is: a wholesaler, or a till where strangers pay."),
    ),
    "pseudo_products": Check(
        "pseudo",
        mark("Postage, fees, discounts and corrections booked as products"),
        "products",
        _COMMON,
        mark("Name the column of products, or none, where other rows are meant."),
    ),
    "duplicates": Check(
        "copy",
        mark("Exact duplicates"),
        "duplicates",
        0.05,  # a till that scans line by line makes a few in a hundred; files that overlap make many more
        mark("See whether files overlap, or a join repeated rows."),
    ),
    "extreme_amounts": Check(
        "extreme",
        mark("Extreme amounts"),
        "extremes",
        _RARE,
        mark("Look these orders up: a slip of the decimal point?"),
    ),
    "returns": Check(
        "is_return",
        mark("Returns and cancellations"),
        "returns",
        _COMMON,
        mark("Correct those that are none."),
    ),
    "zero_amounts": Check(
        "zero", mark("Amounts of zero"), "zeros", _COMMON, mark("Fill in the amount where it is missing.")
    ),
}
_PLACE = {name: number for number, (name, _, _) in enumerate(STEPS)}
_PLACE["ids"] = _PLACE["currencies"]


def of_rows(decided: Decided) -> tuple[list[Finding], list[str]]:
    """Return the findings about single rows, and the titles of the checks that found nothing."""
    fate = decided.fate
    sums: dict[str, Any] = {"rows": fate.count(), "money": engine.sum_of(fate["amount"].abs())}
    found = {name: _found(fate, name) for name in CHECKS}
    for name, rows in found.items():
        sums |= {name: rows.sum().fill_null(0), f"{name} money": engine.sum_of(fate["amount"], rows)}
    counted = engine.one(fate, **sums)
    reasons = _reasons(fate)
    findings, clean = [], []
    for name, check in CHECKS.items():
        count, money = int(counted[name]), round(counted[f"{name} money"] or 0.0, 2)
        if not count:
            clean.append(tr(check.title))
            continue
        share = count / counted["rows"]
        examples = decided.rows.examples(fate.filter(found[name]), _largest_first(name))
        done, otherwise = _told(decided, name, check, reasons)
        is_heavy = abs(money) >= HEAVY * (counted["money"] or 0.0) > 0
        level = "problem" if share >= check.serious or is_heavy else "caveat"
        findings.append(Finding(name, tr(check.title), count, share, money, examples, done, otherwise, level))
    kept, no_doubt = status.kept(decided)
    return findings + kept, clean + no_doubt


def _found(fate: "ibis.Table", name: str) -> "ibis.Column":
    """Return which rows come to a check and are found by it."""
    return fate[CHECKS[name].mark] & (fate["step"].isnull() | (fate["step"] >= _PLACE[name]))


def _largest_first(name: str) -> str | None:
    return "amount" if name == "extreme_amounts" else None


def _reasons(fate: "ibis.Table") -> dict[str, int]:
    out = fate.filter(fate["reason"].notnull())
    counted = out.group_by("reason").aggregate(rows=out.count()).to_pyarrow().to_pylist()
    return {item["reason"]: item["rows"] for item in counted}


def _told(decided: Decided, name: str, check: Check, reasons: dict[str, int]) -> tuple[str, str]:
    """Return what was done and how to do otherwise."""
    advice = tr(check.advice)
    if check.decision is None:
        if name == "unreadable_numbers":
            return tr("Set aside: a number that plays a part must be there in every row."), advice
        return tr("Set aside: a purchase needs a customer, a day and an amount."), advice
    choice, option = CHOICES[check.decision], decided.choices[check.decision]
    if name == "currencies":
        return _of_currencies(decided, choice, option, advice)
    done = capital(tr(choice.options[option]))
    if option == choice.default:
        done = tr("{done}: {why}", done=done, why=tr(choice.why))
    others = [
        tr("Choose {option}: {meaning}.", option=f"{check.decision}={one}", meaning=tr(text))
        for one, text in choice.options.items()
        if one != option
    ]
    said = [f"{done}.", *_more(decided, name, option, reasons)]
    return " ".join(said), " ".join([*others, advice])


def _of_currencies(decided: Decided, choice: Choice, option: str, advice: str) -> tuple[str, str]:
    others = [one for one in decided.rows.facts["currencies"] if one != option]
    done = tr(
        "Rows in {currency} are used, and those in {others} are set aside: {why}.",
        currency=option,
        others=listed(others),
        why=tr(choice.why),
    )
    either = listed(others, tr("or"))
    otherwise = tr("Choose {option} to use those rows instead.", option=f"currency={either}")
    return done, f"{otherwise} {advice}"


def _more(decided: Decided, name: str, option: str, reasons: dict[str, int]) -> list[str]:
    """Return what else there is to say about a finding."""
    facts = decided.rows.facts
    if name == "fallen_through":
        words = status.said_of(facts["statuses"], status.VOID, decided.rows.plan.columns)
        return [tr("Here: {words}.", words=words)] if words else []
    if name == "ids":
        return [tr("Ids written in more than one way: {number:,}.", number=facts["spellings"])]
    if name == "large_accounts":
        return [_large(facts["large_accounts"])]
    if name == "extreme_amounts":
        above = facts["extreme_above"]
        return [tr("Extreme is above {amount:,.2f}, far beyond the usual on a log scale.", amount=above)]
    if name == "returns" and option != "set aside":
        return [tr("Here: {words}.", words="; ".join(_of_returns(reasons)))]
    return []


def _large(accounts: Mapping[str, tuple[str, float]]) -> str:
    largest = sorted(accounts.values(), key=lambda account: -account[1])
    shown = [
        tr("{name} ({share} of the orders)", name=name, share=percent(share, 1))
        for name, share in largest[:5]
    ]
    return tr("They are {accounts}.", accounts=listed(shown))


def _of_returns(reasons: dict[str, int]) -> list[str]:
    off = reasons.get(returns.NETTED, 0) + reasons.get(returns.UNDONE, 0)
    whole, alone = reasons.get(returns.RETURNED, 0), reasons.get(returns.ALONE, 0)
    said = [
        tr("returns taken off a purchase: {number:,}", number=off),
        tr("purchases returned in full: {number:,}", number=whole),
        tr("returns without such a purchase: {number:,}", number=alone),
    ]
    if unsigned := reasons.get(returns.UNSIGNED, 0):
        open_ = tr("returns without a negative amount, not taken off anything: {number:,}", number=unsigned)
        said.append(open_)
    return said
