"""The contract that rows of transactions meet, and what is said of those that do not."""

from dataclasses import dataclass
from typing import Any

from crmlab.errors import DataError, some
from crmlab.reading import engine
from crmlab.reading.columns import NUMBERS
from crmlab.reading.sources import FILE

GIVEN = "_given_"
"""Prefix of the columns that hold values as they were before they were read."""


@dataclass(frozen=True, eq=False)
class Rule:
    """What rows must not be: the part at fault, which rows break it, and what to do about them."""

    part: str
    broken: Any
    advice: str


def rules(typed: Any) -> list[Rule]:
    """Return the rules for the columns of a table, the amount's last: it may follow from others."""
    found = [
        Rule(
            "customer_id", _blank(typed["customer_id"]), "no customer id: drop these rows or give them an id"
        )
    ]
    found.append(Rule("date", typed["date"].isnull(), "no readable date: write dates as YYYY-MM-DD"))
    for part in NUMBERS:
        if GIVEN + part in typed.columns:
            values = typed[part]
            unreadable = values.isnull() | values.isnan() | values.isinf()
            found.append(
                Rule(part, unreadable, f"no readable {part}: write plain numbers with a decimal point")
            )
    advice = "a negative amount, which is a return: net returns against their purchases or drop them first"
    return [*found, Rule("amount", typed["amount"] < 0, advice)]


def check(typed: Any, rules: list[Rule], columns: dict[str, str], where: str) -> None:
    """Raise DataError for the first rule that rows break, with their count and a few values."""
    sums = {f"rule{number}": rule.broken.sum().fill_null(0) for number, rule in enumerate(rules)}
    rows, *counts = engine.one(typed, rows=typed.count(), **sums).values()
    if rows == 0:
        raise DataError(f"There are no rows in {where}. Give at least one order.")
    for rule, count in zip(rules, counts, strict=True):
        if count:
            column = columns.get(rule.part, rule.part)
            called = f"Column '{column}'" + (f", read as '{rule.part}'," if column != rule.part else "")
            raise DataError(
                f"In {where}, {count:,} of {rows:,} rows have {rule.advice}. {called} holds for example "
                f"{some(examples(typed, rule))}. Rows count from 1, below a header."
            )


def examples(typed: Any, rule: Rule, most: int = 4) -> list[str]:
    """Return a few values that break a rule, with their rows."""
    given = GIVEN + rule.part if GIVEN + rule.part in typed.columns else rule.part
    shown = typed.mutate(_broken=rule.broken)
    if FILE in typed.columns:
        first = shown.filter(shown["_broken"]).select(FILE).limit(1).to_pyarrow()[FILE][0].as_py()
        shown, place = shown.filter(shown[FILE] == first), f" of {first}"
    else:
        place = ""
    rows = engine.numbered(shown, "_row")
    found = rows.filter(rows["_broken"]).select("_row", given).limit(most).to_pyarrow().to_pylist()
    return [f"{_cut(row[given])} in row {row['_row']:,}{place}" for row in found]


def _cut(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _blank(values: Any) -> Any:
    blank = values.isnull()
    return blank | (values.strip() == "") if values.type().is_string() else blank
