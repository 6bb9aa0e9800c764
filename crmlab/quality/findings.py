"""What is found about single rows: counted, shown, and said in sentences."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.quality import returns, status
from crmlab.quality.choices import CHOICES
from crmlab.quality.decide import STEPS, Decided
from crmlab.quality.ledger import Finding
from crmlab.words import listed, percent

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
        "Rows without a customer: no id, or a total in its place",
        None,
        _RARE,
        "Find out who bought, and fill in the id. Leave totals out of the export.",
    ),
    "unreadable_dates": Check(
        "no_date",
        "Rows without a date that can be read, from 1900 to 2199",
        None,
        _RARE,
        "Write these dates as YYYY-MM-DD.",
    ),
    "unreadable_amounts": Check(
        "no_amount", "Rows without a readable amount", None, _RARE, "Write these amounts as plain numbers."
    ),
    "unreadable_numbers": Check(
        "no_number",
        "Rows without a readable quantity, price or cost",
        None,
        _RARE,
        "Write them as plain numbers, or read without the column, for example with columns={'cost': None}.",
    ),
    "future_dates": Check("future", "Dates after today", "future", _RARE, "Correct these dates."),
    "fallen_through": Check(
        "void",
        "Orders that were cancelled, failed, refunded or never paid",
        "status",
        _RARE,
        "Leave such orders out of the export.",
    ),
    "currencies": Check(
        "foreign", "Several currencies", "currency", _RARE, "Convert all amounts to one currency."
    ),
    "ids": Check(
        "respelt",
        "Ids that differ only by capitals or blanks",
        "ids",
        _RARE,
        "Write each id in one way.",
    ),
    "accounts": Check(
        "account", "Test and guest accounts", "accounts", _RARE, "Leave test orders out of the export."
    ),
    "large_accounts": Check(
        "large",
        "Accounts with a very large share of the orders",
        "large",
        _RARE,
        "Find out who this is: a wholesaler, or a till where strangers pay.",
    ),
    "pseudo_products": Check(
        "pseudo",
        "Postage, fees, discounts and corrections booked as products",
        "products",
        _COMMON,
        "Name the column of products, or none, where other rows are meant.",
    ),
    "duplicates": Check(
        "copy",
        "Exact duplicates",
        "duplicates",
        0.05,  # a till that scans line by line makes a few in a hundred; files that overlap make many more
        "See whether files overlap, or a join repeated rows.",
    ),
    "extreme_amounts": Check(
        "extreme", "Extreme amounts", "extremes", _RARE, "Look these orders up: a slip of the decimal point?"
    ),
    "returns": Check(
        "is_return", "Returns and cancellations", "returns", _COMMON, "Correct those that are none."
    ),
    "zero_amounts": Check(
        "zero", "Amounts of zero", "zeros", _COMMON, "Fill in the amount where it is missing."
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
            clean.append(check.title)
            continue
        share = count / counted["rows"]
        examples = decided.rows.examples(fate.filter(found[name]), _largest_first(name))
        done, otherwise = _told(decided, name, check, reasons)
        is_heavy = abs(money) >= HEAVY * (counted["money"] or 0.0) > 0
        level = "problem" if share >= check.serious or is_heavy else "caveat"
        findings.append(Finding(name, check.title, count, share, money, examples, done, otherwise, level))
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
    if check.decision is None:
        why = "a purchase needs a customer, a day and an amount"
        if name == "unreadable_numbers":
            why = "a number that plays a part must be there in every row"
        return f"Set aside: {why}.", check.advice
    choice, option = CHOICES[check.decision], decided.choices[check.decision]
    facts = decided.rows.facts
    if name == "currencies":
        others = [one for one in facts["currencies"] if one != option]
        return (
            f"Rows in {option} are used, and those in {listed(others)} are set aside: {choice.why}.",
            f"Choose currency={listed(others, 'or')} to use those rows instead. {check.advice}",
        )
    done = choice.options[option][0].upper() + choice.options[option][1:]
    if option == choice.default:
        done += f": {choice.why}"
    done += "." + _more(decided, name, option, reasons)
    others = [
        f"Choose {check.decision}={one}: {text}." for one, text in choice.options.items() if one != option
    ]
    return done, " ".join([*others, check.advice])


def _more(decided: Decided, name: str, option: str, reasons: dict[str, int]) -> str:
    """Return what else there is to say about a finding."""
    facts = decided.rows.facts
    if name == "fallen_through":
        words = status.said_of(facts["statuses"], status.VOID, decided.rows.plan.columns)
        return f" Here: {words}." if words else ""
    if name == "ids":
        return f" Ids written in more than one way: {facts['spellings']:,}."
    if name == "large_accounts":
        largest = sorted(facts["large_accounts"].values(), key=lambda account: -account[1])
        accounts = [f"{name} ({percent(share, 1)} of the orders)" for name, share in largest]
        return f" They are {listed(accounts[:5])}."
    if name == "extreme_amounts":
        return f" Extreme is above {facts['extreme_above']:,.2f}, far beyond the usual on a log scale."
    if name == "returns" and option != "set aside":
        off = reasons.get(returns.NETTED, 0) + reasons.get(returns.UNDONE, 0)
        said = [
            f"returns taken off a purchase: {off:,}",
            f"purchases returned in full: {reasons.get(returns.RETURNED, 0):,}",
            f"returns without such a purchase: {reasons.get(returns.ALONE, 0):,}",
        ]
        if unsigned := reasons.get(returns.UNSIGNED, 0):
            said.append(f"returns without a negative amount, not taken off anything: {unsigned:,}")
        return f" Here: {'; '.join(said)}."
    return ""
