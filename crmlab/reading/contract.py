"""The contract that rows of transactions meet, and what is said of those that do not."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.errors import DataError, some
from crmlab.reading import money
from crmlab.reading.names import CURRENCY, FILE, GIVEN, NUMBERS

if TYPE_CHECKING:
    import ibis

_MOST = 1e15  # a sum of larger numbers is not exact to the unit
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
_SEEN = "[^\\s\u00a0\u00ad\u2000-\u200f\u2028-\u202f\u205f-\u2064\u3000\ufeff]"
_NOBODY = (
    "null",
    "nan",
    "none",
    "<na>",
    "n/a",
    "#n/a",
    "#ref!",
    "#value!",
    "nil",
    "undefined",
    "-",
    "--",
    "?",
)
_TOTALS = ("total", "totals", "grand total", "subtotal", "gesamt", "gesamtsumme", "合计", "总计", "小计")


@dataclass(frozen=True, eq=False)
class Rule:
    """What rows must not be: the part at fault, which rows break it, and what to do about them."""

    part: str
    broken: "ibis.Column"
    advice: str


def rules(typed: "ibis.Table") -> list[Rule]:
    """Return the rules for the columns of a table, the amount's last: it may follow from others."""
    who, when = typed["customer_id"], typed["date"]
    found = [
        Rule("customer_id", _blank(who), "no customer id: drop these rows or give them an id"),
        Rule("date", when.isnull(), "no readable date: write dates as YYYY-MM-DD"),
        Rule("date", (when < _FIRST) | (when > _LAST), "a date before 1900 or after 2199: correct the year"),
    ]
    if who.type().is_string():
        total = who.strip().lower().isin(_TOTALS)
        found.insert(0, Rule("customer_id", total, "a total in place of a customer: drop these rows"))
    for part in NUMBERS:
        if GIVEN + part in typed.columns:
            values = typed[part]
            unreadable = values.isnull() | values.isnan() | (values.abs() >= _MOST)
            advice = f"no readable {part}: write plain numbers with a decimal point, below 10^15"
            found.append(Rule(part, unreadable, advice))
    advice = "a negative amount, which is a return: net returns against their purchases or drop them first"
    return [*found, Rule("amount", typed["amount"] < 0, advice)]


def check(typed: "ibis.Table", rules: list[Rule], columns: dict[str, str], where: str) -> None:
    """Raise DataError for the first rule that rows break, with their count and a few values."""
    sums = {f"rule{number}": rule.broken.sum().fill_null(0) for number, rule in enumerate(rules)}
    rows, *counts = engine.one(typed, rows=typed.count(), **sums).values()
    if rows == 0:
        raise DataError(f"There are no rows in {where}. Give at least one.")
    _one_currency(typed, columns, where)
    for rule, count in zip(rules, counts, strict=True):
        if count:
            column = columns.get(rule.part, rule.part)
            called = f"Column '{column}'" + (f", read as '{rule.part}'," if column != rule.part else "")
            raise DataError(
                f"In {where}, {count:,} of {rows:,} rows have {rule.advice}. {called} holds for example "
                f"{some(examples(typed, rule))}. Rows count from 1, below a header."
            )


def _one_currency(typed: "ibis.Table", columns: dict[str, str], where: str) -> None:
    for part in NUMBERS:
        if CURRENCY + part not in typed.columns:
            continue
        signs = money.currencies(typed.select(CURRENCY + part))
        if len(signs) > 1:
            raise DataError(
                f"In {where}, column '{columns[part]}' holds several currencies: {some(signs, most=5)}. "
                "Convert the amounts to one of them before they are added up."
            )


def examples(typed: "ibis.Table", rule: Rule, most: int = 4) -> list[str]:
    """Return a few values that break a rule, with their rows."""
    given = GIVEN + rule.part if GIVEN + rule.part in typed.columns else rule.part
    shown = typed.mutate(_broken=rule.broken)
    if FILE in typed.columns:
        first = shown.filter(shown["_broken"]).select(FILE).limit(1).to_pyarrow()[FILE][0].as_py()
        shown, place = shown.filter(shown[FILE] == first), f" of {first}"
    else:
        place = ""
    if shown[given].type().is_temporal():  # not every day of the engine is one of Python
        shown = shown.mutate(**{given: shown[given].cast("string")})
    rows = engine.numbered(shown, "_row")
    found = rows.filter(rows["_broken"]).select("_row", given).order_by("_row").limit(most)
    return [f"{_cut(row[given])} in row {row['_row']:,}{place}" for row in found.to_pyarrow().to_pylist()]


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _blank(values: "ibis.Column") -> "ibis.Column":
    """Return where there is no id: none, no sign that can be seen, or what programs write for none."""
    blank = values.isnull()
    if values.type().is_floating():
        return blank | values.isnan()
    if values.type().is_string():
        return blank | ~values.re_search(_SEEN) | values.strip().lower().isin(_NOBODY)
    return blank
