"""Clean orders made dirty: known defects in known rows, and one base of customers in two files."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, InputError, unknown
from crmlab.simulate.draws import Codes, numbered, stream

FIRST = "Anna Ben Carla David Elif Felix Grace Hugo Ines Jonas Katrin Liang Maria Noah Olga Paul Rosa Wei"
LAST = "Becker Costa Diaz Fischer Garcia Hansen Ivanov Kowalski Larsen Meyer Novak Okafor Rossi Vogel Zhang"
_DAY_FIRST = r"(\d\d)/(\d\d)/(\d{4})"


@dataclass(frozen=True)
class Spoilt:
    """An export with known defects.

    Attributes
    ----------
    rows : DataFrame
        Text, as a till exports it: ``customer_id``, ``date``, ``order_id``, ``amount``.
    defect : Series
        What is wrong with each row, by the rows' index; empty where nothing is.
    true : DataFrame
        What each row should say, by the same index: ``customer_id``, ``date``, ``order_id``, ``amount``; and
        ``kept``, whether it should be there. A double, a test, a return and the order that came back should
        not: of them nothing is left.
    """

    rows: pd.DataFrame
    defect: pd.Series
    true: pd.DataFrame

    @property
    def planted(self) -> pd.Series:
        """How many rows have each defect."""
        return self.defect[self.defect != ""].value_counts().rename("rows")

    @property
    def truth(self) -> pd.DataFrame:
        """The orders that customers placed and kept, as they should stand in the file."""
        return self.true[self.true["kept"]].drop(columns="kept").reset_index(drop=True)

    def alone(self, defect: str) -> pd.DataFrame:
        """Return the export as it would be, had nothing but this defect happened to it.

        What does one defect do? All others are repaired, so that a result differs from the truth by this one
        alone.

        Parameters
        ----------
        defect : str
            One that was planted.

        Returns
        -------
        DataFrame
            Text, like ``rows``.

        Raises
        ------
        InputError
            No row has such a defect.

        Examples
        --------
        >>> import crmlab as crm
        >>> from crmlab.simulate import spoil
        >>> made = spoil(crm.simulate.business(customers=300, seed=7).table("orders"), seed=1)
        >>> bool(len(made.alone("doubles")) - len(made.truth) == made.planted["doubles"])
        True
        """
        if defect not in self.planted:
            raise unknown("defect", defect, sorted(self.planted.index))
        bad = self.defect == defect
        there = self.true["kept"] | bad
        if defect == "returns":
            there |= ~self.true["kept"] & (self.defect == "")  # what came back had been bought
        right = self.true.drop(columns="kept").assign(
            date=self.true["date"].dt.strftime("%Y-%m-%d"), amount=self.true["amount"].map("{:.2f}".format)
        )
        return self.rows.where(bad, right)[there].reset_index(drop=True)


@checked
def spoil(
    orders: pd.DataFrame,
    *,
    seed: int,
    doubles: float = 0.03,
    guests: float = 0.02,
    tests: float = 0.005,
    returns: float = 0.03,
    slips: float = 0.001,
    imported: float = 0.05,
    day_first: float = 0.04,
) -> Spoilt:
    """Plant defects in clean orders, each in rows of its own, so that what an audit finds can be counted.

    Can you trust this file? Only who dirtied it knows. Seven things that happen to real exports:

    =========  ===========================================================================================
    doubles    an order is there twice, because two exports overlap
    guests     the customer is missing: somebody ordered without an account
    tests      the shop tried its own checkout: orders of 1.00 by ``test``
    returns    an order comes back within a month, as a negative amount under the same number
    slips      the decimal point has moved: the amount is a hundred times as large
    imported   the oldest orders have the day on which the till began, not their own
    day_first  the date is written 05/03/2024 instead of 2024-03-05
    =========  ===========================================================================================

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` above 0 and perhaps ``order_id``; more columns are left out.
    seed : int
        Same seed, same defects.
    doubles, guests, tests, returns, slips, imported, day_first : float
        Share of the rows that has each defect, from 0 to 0.2.

    Returns
    -------
    Spoilt
        The rows in order of time, and the defect of each. Of a double, the second row counts.

    Raises
    ------
    InputError
        A share out of its range.
    DataError
        Too few orders, or a column is not there.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.simulate import spoil
    >>> shop = crm.simulate.business(customers=300, seed=7)
    >>> made = spoil(shop.table("orders"), seed=1, returns=0.05)
    >>> bool(made.rows["amount"].str.startswith("-").sum() == made.planted["returns"])
    True
    """
    given = locals()
    kinds = ("doubles", "guests", "tests", "returns", "slips", "day_first", "imported")
    wanted = {name: number(given[name], name, "a share of the rows", least=0, most=0.2) for name in kinds}
    if sum(wanted.values()) > 0.9:
        raise InputError(f"The shares add up to {sum(wanted.values()):g}, and 0.9 is the most. Lower some.")
    clean = _orders(orders)
    counts = {name: round(share * len(clean)) for name, share in wanted.items()}
    rng = stream(whole(seed, "seed", least=0), "defects", "rows")

    old = np.arange(counts["imported"])  # the rows are in order of time
    free = rng.permutation(np.arange(len(old), len(clean)))
    ends = np.cumsum([counts[name] for name in kinds])
    chosen = {name: free[end - counts[name] : end] for name, end in zip(kinds, ends, strict=True)}
    chosen["imported"] = old
    days = pd.to_datetime(clean["date"])
    rows = clean.assign(date=days.dt.strftime("%Y-%m-%d"), amount=clean["amount"].map("{:.2f}".format))
    rows["defect"] = ""
    rows["place"] = np.arange(len(rows))  # of the order behind a row
    gone = np.zeros(len(rows), dtype=bool)
    gone[chosen["returns"]] = True

    for name in ("guests", "slips", "imported", "day_first"):
        rows.loc[chosen[name], "defect"] = name
    rows.loc[chosen["guests"], "customer_id"] = ""
    slipped = 100 * clean["amount"].iloc[chosen["slips"]]
    rows.loc[chosen["slips"], "amount"] = slipped.map("{:.2f}".format)
    if len(old):
        rows.loc[old, "date"] = f"{days.iloc[old[-1]]:%Y-%m-%d}"
    rows.loc[chosen["day_first"], "date"] = days.iloc[chosen["day_first"]].dt.strftime("%d/%m/%Y")

    back = clean.iloc[chosen["returns"]].assign(place=chosen["returns"])
    later = days.iloc[chosen["returns"]] + pd.to_timedelta(rng.integers(2, 30, len(back)), "D")
    returned = back.assign(
        date=later.where(later < days.max(), days.max()).dt.strftime("%Y-%m-%d"),
        amount=(-back["amount"]).map("{:.2f}".format),
        defect="returns",
    )
    tried = rows.iloc[chosen["tests"]].assign(customer_id="test", amount="1.00", defect="tests")
    tried["order_id"] = numbered("TEST", len(tried), 4)
    twice = rows.iloc[chosen["doubles"]].assign(defect="doubles")
    made = pd.concat([rows, twice, returned, tried])
    iso = made["date"].where(
        made["defect"] != "day_first", made["date"].str.replace(_DAY_FIRST, r"\3-\2-\1", regex=True)
    )
    made = made.iloc[np.argsort(iso.to_numpy(), kind="stable")].reset_index(drop=True)
    place = made.pop("place").to_numpy()
    true = clean.assign(date=days).iloc[place].reset_index(drop=True)
    true["kept"] = ~gone[place] & ~made["defect"].isin(["doubles", "tests", "returns"])
    defect = made.pop("defect").rename("defect")
    return Spoilt(made, defect, true[[*made.columns, "kept"]])


@checked
def two_sources(
    orders: pd.DataFrame, *, seed: int, both: float = 0.3, typos: float = 0.2
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame], pd.Series]:
    """Split one base of customers into a shop's file and a web shop's, each with ids of its own.

    Who is one person in two files? Some customers buy in both. Each file has its own number for them, and
    the name, birthday and postcode as they were written down there.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, ``date``, ``amount`` above 0 and perhaps ``order_id``.
    seed : int
        Same seed, same files.
    both : float
        Share of the customers with two orders or more who are in both files.
    typos : float
        Chance that the web shop's record of a person differs: a letter of the name, or the postcode after a
        move.

    Returns
    -------
    orders : dict of DataFrame
        ``shop`` and ``web``: ``customer_id`` (that of the file), ``date``, ``order_id``, ``amount``.
    people : dict of DataFrame
        ``shop`` and ``web``, by ``customer_id``: ``name``, ``born`` (a date) and ``postcode``.
    person : Series
        The truth: the customer of the given orders, by ``customer_id`` of either file.

    Raises
    ------
    InputError
        A share out of its range.
    DataError
        Too few orders, or a column is not there.

    Examples
    --------
    >>> import crmlab as crm
    >>> from crmlab.simulate import two_sources
    >>> shop = crm.simulate.business(customers=300, seed=7)
    >>> orders, people, person = two_sources(shop.table("orders"), seed=1)
    >>> sum(map(len, orders.values())) == shop.table("orders")["order_id"].nunique()
    True
    >>> len(people["shop"]) + len(people["web"]) - person.nunique()  # people in both files
    50
    """
    for name, share in (("both", both), ("typos", typos)):
        number(share, name, "a share", least=0, most=1)
    clean = _orders(orders)
    rng = stream(whole(seed, "seed", least=0), "defects", "sources")
    code, ids = pd.factorize(clean["customer_id"])
    count = np.bincount(code)
    kind = rng.integers(0, 2, len(ids))  # 0: the shop alone, 1: the web alone
    is_both = (rng.random(len(ids)) < both) & (count >= 2)
    web = np.where(is_both[code], rng.random(len(clean)) < 0.5, kind[code] == 1)
    # Whoever is in both has an order in each: the first in one, the last in the other.
    first = ~clean["customer_id"].duplicated().to_numpy()
    last = ~clean["customer_id"].duplicated(keep="last").to_numpy()
    web[first & is_both[code]] = kind[code][first & is_both[code]] == 1
    web[last & is_both[code]] = kind[code][last & is_both[code]] == 0

    people = _people(rng, len(ids))
    wrong = _mistaken(rng, people, typos)
    found, known, persons = {}, {}, []
    for name, letter, mine, records in (("shop", "S", ~web, people), ("web", "W", web, wrong)):
        inside = np.unique(code[mine])
        number_of = rng.permutation(len(inside))
        own = pd.Series(numbered(letter, len(inside), 5).take(number_of), inside)
        found[name] = (
            clean[mine].assign(customer_id=own.reindex(code[mine]).to_numpy()).reset_index(drop=True)
        )
        index = pd.Index(own.to_numpy(), name="customer_id")
        known[name] = records.iloc[inside].set_axis(index).sort_index()
        persons.append(pd.Series(ids[inside], index, name="person"))
    return found, known, pd.concat(persons).sort_index()


def _orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Return orders, not lines, in order of time with a plain index, or raise DataError."""
    for name in ("customer_id", "date", "amount"):
        if name not in orders:
            raise unknown("column", name, orders.columns, where="orders")
    if len(orders) < 10:
        raise DataError(f"There are {len(orders)} orders, and 10 are needed to plant anything in.")
    if not (orders["amount"] > 0).all():
        count = int((~(orders["amount"] > 0)).sum())
        raise DataError(f"{count:,} orders have no amount above 0. Leave them out: clean orders are spoilt.")
    if "order_id" in orders:
        keys = ["customer_id", "date", "order_id"]
        made = orders.groupby(keys, sort=False)["amount"].sum().reset_index()
    else:
        made = orders[["customer_id", "date"]].assign(
            order_id=numbered("O", len(orders), 7), amount=orders["amount"]
        )
    return made.sort_values("date", kind="stable", ignore_index=True)


def _people(rng: np.random.Generator, size: int) -> pd.DataFrame:
    first, last = (rng.choice(names.split(), size) for names in (FIRST, LAST))
    born = np.datetime64("1945-01-01") + rng.integers(0, 60 * 365, size)
    return pd.DataFrame(
        {
            "name": [f"{one} {other}" for one, other in zip(first, last, strict=True)],
            "born": born.astype("datetime64[s]"),
            "postcode": [f"{place:05d}" for place in 10_000 + rng.integers(0, 400, size) * 7],
        }
    )


def _mistaken(rng: np.random.Generator, people: pd.DataFrame, typos: float) -> pd.DataFrame:
    """Return the same people as somebody else wrote them down."""
    wrong: Codes = np.flatnonzero(rng.random(len(people)) < typos)
    moved = rng.random(len(wrong)) < 0.5
    table: dict[str, Any] = {name: people[name].tolist() for name in ("name", "postcode")}
    places = rng.random(len(wrong))
    for person, has_moved, place in zip(wrong, moved, places, strict=True):
        name = table["name"][person]
        if has_moved:
            table["postcode"][person] = f"{10_000 + int(400 * place) * 7 + 3:05d}"
            continue
        at = 1 + int(place * (len(name) - 2))  # two neighbours change places, none of them the first letter
        table["name"][person] = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    return people.assign(**table)
