"""Each student's own data: a business like the case's, from a seed that only the key's holder finds."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import signature
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from crmlab.course import cases
from crmlab.course.files import write
from crmlab.errors import InputError
from crmlab.tables import TABLES

# By how much an option of a simulated business may be off the case's, as a factor: enough that answers
# differ, too little to make one student's work harder than another's.
SPREAD = {
    "r": 1.2,
    "alpha": 1.2,
    "a": 1.2,
    "b": 1.2,
    "p": 1.2,
    "q": 1.2,
    "v": 1.35,
    "contacts_per_year": 1.25,
}
MARGIN_SHIFT = 0.04  # by how much the margin of a category may be off
CASE_FILE = "case.yaml"
ORDERS, TRUTH = "orders.csv", "truth.csv"


def seed(key: bytes, term: str, student: str, lesson: str) -> int:
    """Return the seed of a student's data: HMAC-SHA256 of term, student and lesson, as 63 bits.

    Whoever holds the key finds it again; nobody else can guess it, not even from another student's seed.

    Examples
    --------
    >>> seed(b"a key", "2027-spring", "s01", "22_tiers") == seed(b"a key", "2027-spring", "s02", "22_tiers")
    False
    """
    return int.from_bytes(_digest(key, "seed", term, student, lesson)[:8], "big") >> 1


def pseudonym(key: bytes, term: str, student: str) -> str:
    """Return the name under which a student's files go, such as ``k3v9-2mqd-7xwa``.

    Examples
    --------
    >>> len(pseudonym(b"a key", "2027-spring", "s01"))
    14
    """
    letters = "23456789abcdefghjkmnpqrstuvwxyz"  # none that could be taken for another
    number = int.from_bytes(_digest(key, "pseudonym", term, student), "big")
    drawn = []
    for _ in range(12):
        number, place = divmod(number, len(letters))
        drawn.append(letters[place])
    return "-".join("".join(drawn[i : i + 4]) for i in (0, 4, 8))


def _digest(key: bytes, *parts: str) -> bytes:
    # Each part with its length, so that no two lists of parts give the same message.
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    return hmac.new(key, message, hashlib.sha256).digest()


@dataclass(frozen=True, eq=False)
class Individual:
    """One student's business for one lesson.

    Attributes
    ----------
    template : Case
        The case that it resembles.
    tables : dict of DataFrame
        What the student sees, by the names of `crmlab.tables`; the orders are one of them.
    parameters : dict
        The lesson's parameters for it.
    truth : DataFrame or None
        What only the instructor sees, where the case is simulated.
    """

    template: cases.Case
    tables: dict[str, pd.DataFrame]
    parameters: dict[str, Any]
    truth: pd.DataFrame | None

    def write(self, folder: Path, lesson: str, *, truth: bool = False) -> Path:
        """Write tables and case file to a folder; return the case file.

        The student sees all of it, so the truth goes there only for the key.
        """
        data: dict[str, Any] = {
            "kind": "file",
            "path": ORDERS,
            "dates": "year first",
            "decimal": ".",
            "delimiter": ",",
        }
        _table(folder / ORDERS, self.tables["orders"])
        beside = {name: table for name, table in self.tables.items() if name != "orders"}
        for name, table in beside.items():
            _table(folder / f"{name}.csv", table.reset_index() if TABLES[name].key else table)
        if beside:
            data["tables"] = {name: f"{name}.csv" for name in beside}
        if truth and self.truth is not None:
            _table(folder / TRUTH, self.truth.reset_index())
            data["truth"] = TRUTH
        case = self.template
        content = {
            "name": f"my-{case.name}-{lesson}",
            "title": case.title,
            "story": case.story,
            "data": data,
            "currency": case.currency,
            "unit": case.unit,
            "calibration": str(case.calibration),
            "end": str(case.end),
            "lessons": {lesson: self.parameters} if self.parameters else {},
        }
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=110)
        write(folder / CASE_FILE, text)
        return folder / CASE_FILE


def draw(case: cases.Case, lesson: str, number: int, customers: int) -> Individual:
    """Draw a student's business from a seed.

    From a simulated case comes another business of its kind, whose options lie a little off the case's; from
    real data, a sample of the customers with all that they did.

    Parameters
    ----------
    case : Case
        The case to resemble.
    lesson : str
        Name of the lesson that it is for.
    number : int
        The seed; see `seed`.
    customers : int
        How many customers it has; all of them where the case's own data have fewer.

    Examples
    --------
    >>> case = cases.load("fernhill")
    >>> mine, again = (draw(case, "22_tiers", 7, customers=400) for _ in range(2))
    >>> ours = mine.tables["orders"]
    >>> ours.equals(again.tables["orders"]), ours["customer_id"].nunique()
    (True, 400)
    """
    rng = np.random.default_rng(number)
    parameters = {
        name: _redrawn(value, rng)
        for name, value in case.lessons.get(lesson, {}).items()
        if not name.startswith("reference")  # what is true of the case is not true of its likeness
    }
    if isinstance(case.data, cases.Simulated):
        return _simulated(case, case.data, parameters, rng, customers)
    return _sampled(case, parameters, rng, customers)


def _simulated(
    case: cases.Case,
    data: cases.Simulated,
    parameters: dict[str, Any],
    rng: np.random.Generator,
    customers: int,
) -> Individual:
    from crmlab import simulate

    world = simulate.WORLDS[data.world].make
    options = _varied(
        data.options, {name: each.default for name, each in signature(world).parameters.items()}, rng
    )
    made = world(
        customers=customers, start=data.start, end=data.end, seed=int(rng.integers(2**62)), **options
    )
    return Individual(case, made.tables, parameters, made.truth)


def _varied(options: Mapping[str, Any], usual: Mapping[str, Any], rng: np.random.Generator) -> dict[str, Any]:
    """Return options of a simulated world that are a little off, where it has them."""
    near = {
        name: float(options.get(name, usual[name]) * factor ** rng.uniform(-1, 1))
        for name, factor in SPREAD.items()
        if name in usual
    }
    if "categories" not in usual:
        return {**options, **near}
    margins = {
        name: round(min(margin + rng.uniform(-MARGIN_SHIFT, MARGIN_SHIFT), 0.95), 3)
        for name, margin in options.get("categories", usual["categories"]).items()
    }
    return {**options, **near, "categories": margins}


def _sampled(
    case: cases.Case, parameters: dict[str, Any], rng: np.random.Generator, customers: int
) -> Individual:
    orders = case.transactions().to_pandas()
    everybody = np.sort(orders["customer_id"].unique())
    ours = pd.Index(rng.choice(everybody, min(customers, len(everybody)), replace=False))
    columns = [name for name in orders.columns if name != "in_sample"]
    mine = orders.loc[orders["customer_id"].isin(ours), columns]
    drawn = {"orders": mine.sort_values(["date", "customer_id", "amount"], kind="stable", ignore_index=True)}
    for name in case.tables[1:]:
        table = case.table(name)
        if "customer_id" in TABLES[name].columns:
            table = table[table.reset_index()["customer_id"].isin(ours).to_numpy()]
        drawn[name] = table
    return Individual(case, drawn, parameters, None)


def _redrawn(value: Any, rng: np.random.Generator) -> Any:
    """Return a parameter; counts of survivors, which are data in a parameter, are drawn anew.

    Each period's survivors are binomial, with the case's renewal rate on odds that are the student's own.
    """
    is_count = isinstance(value, list) and len(value) > 2 and all(type(item) is int for item in value)
    if not is_count or value != sorted(value, reverse=True):
        return value
    odds = float(np.exp(rng.uniform(-0.35, 0.35)))
    drawn = [value[0]]
    for before, after in pairwise(value):
        rate = after / before if before else 0.0
        tilted = odds * rate / (1 - rate + odds * rate)
        drawn.append(int(rng.binomial(drawn[-1], tilted)))
    return drawn


def _table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV, the same bytes each time."""
    dates = table.select_dtypes("datetime").columns
    text = table.assign(**{name: table[name].dt.strftime("%Y-%m-%d") for name in dates})
    write(path, text.to_csv(index=False, lineterminator="\n"))


def check_customers(customers: int, case: cases.Case) -> None:
    """Raise InputError where a case has too few customers to give every student a sample of their own."""
    if isinstance(case.data, cases.Simulated):
        return
    present = case.transactions().customer_id.nunique().to_pyarrow().as_py()
    if present < 2 * customers:
        raise InputError(
            f"The case '{case.name}' has {present:,} customers: too few to draw samples of {customers:,} "
            f"that differ from student to student. Ask for at most {present // 2:,}, or a simulated case."
        )
