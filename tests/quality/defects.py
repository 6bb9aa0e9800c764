"""A simulated shop's export with every defect that an audit looks for, planted in known numbers.

``planted(seed)`` returns the rows as text, as a till would export them, with the defect of each row;
``write`` saves them. No row has two defects, so that each finding of an audit must count exactly what was
planted.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import crmlab as crm

TODAY = "2025-01-01"
FIRST_EMPTY, LAST_EMPTY = "2024-03-04", "2024-03-31"  # nobody ordered anything from the one to the other
BESIDE = ["2024-03-03", "2024-04-01"]
TILL = "TILL-9"  # a collective account, by its size alone
ROWS = {
    "missing_ids": ["", "  ", "NULL"] * 5,
    "unreadable_dates": ["2024-02-30", "soon", "", "2024-13-01"] * 3,
    "unreadable_amounts": ["", "twelve", "n/a", "€"] * 2,
    "unreadable_numbers": ["?", ""] * 3,  # in the column of costs
    "future_dates": ["2025-01-02", "2031-06-30"] * 4,
    "fallen_through": ["Cancelled", "wc-failed", "Refunded", "Pending payment"] * 3,
    "currencies": ["$"] * 9,
    "accounts": ["test", "Guest", "0", "Test 1"] * 3,
    "pseudo_products": ["POST", "M", "BANK CHARGES", "Postage", "D"] * 3,
    "extreme_amounts": ["1000000.00 €"] * 4,
    "zero_amounts": ["0.00 €"] * 10,
}
IDS, COPIES, SAME_DAY, LARGE = 12, 14, 11, 450
FULL, PART, ALONE, UNSIGNED = 9, 7, 5, 3
RETURNS = FULL + PART + ALONE + UNSIGNED
SET_ASIDE = {
    "missing_ids",
    "unreadable_dates",
    "unreadable_amounts",
    "unreadable_numbers",
    "future_dates",
    "fallen_through",
    "currencies",
    "accounts",
    "pseudo_products",
    "returns",
    "returned in full",
}
"""The defects whose rows are set aside by default."""


@dataclass
class Planted:
    """An export, and what is wrong with it.

    Attributes
    ----------
    rows : DataFrame
        Text, as exported: Client, Day, Paid, Order, SKU, Units, Cost, Note, Status.
    defect : Series
        For each row the finding that must count it; "returned in full" for a purchase that comes back, and
        empty for good rows.
    customer : Series
        Who each row is about, before ids were written in other ways.
    """

    rows: pd.DataFrame
    defect: pd.Series
    customer: pd.Series

    @property
    def counts(self) -> dict[str, int]:
        """Rows by finding."""
        named = self.defect[self.defect.isin([*ROWS, "ids", "duplicates", "large_accounts", "returns"])]
        return named.value_counts().to_dict()

    @property
    def same_day(self) -> int:
        """Orders beyond the first of their customer's day, among the rows that are used by default."""
        used = self.rows.assign(Client=self.customer)[~self.defect.isin(SET_ASIDE)]
        orders = used[["Client", "Day", "Order"]].drop_duplicates()
        return len(orders) - len(orders[["Client", "Day"]].drop_duplicates())

    @property
    def first_weeks(self) -> int:
        """Customers whose first order that is used falls into the first four weeks."""
        used = self.rows.assign(Client=self.customer)[~self.defect.isin(SET_ASIDE)]
        first = pd.to_datetime(used["Day"]).groupby(used["Client"]).min()
        return int((first < first.min() + pd.Timedelta(days=28)).sum())


def clean(seed: int, customers: int = 500) -> pd.DataFrame:
    """Return a simulated shop's orders as text, as a till would export them."""
    lines = crm.simulate.business(customers=customers, seed=seed).transactions
    number = np.arange(len(lines))
    return pd.DataFrame(
        {
            "Client": lines["customer_id"].astype(object),
            "Day": lines["date"].dt.strftime("%Y-%m-%d"),
            "Paid": lines["amount"].map("{:.2f} €".format),
            "Order": lines["order_id"].astype(object),
            "SKU": [f"A{1000 + place % 300}" for place in number],
            "Units": lines["quantity"].astype(str),
            "Cost": lines["cost"].map("{:.2f}".format),
            "Note": "",
            "Status": "Paid",
        },
        dtype=object,
    ).reset_index(drop=True)


def planted(seed: int, customers: int = 500) -> Planted:
    """Return an export with every defect."""
    rng = np.random.default_rng(seed)
    rows = clean(seed, customers)
    gap = rows.index[rows["Day"].between(FIRST_EMPTY, LAST_EMPTY)]
    rows.loc[gap[[0, -1]], "Day"] = BESIDE  # so that the gap is no longer than it says
    rows = rows[~rows["Day"].between(FIRST_EMPTY, LAST_EMPTY)].reset_index(drop=True)
    made = Planted(rows, pd.Series("", index=rows.index, dtype=object), rows["Client"].copy())
    free = _free(rows, rng)
    columns = {
        "missing_ids": "Client",
        "unreadable_dates": "Day",
        "future_dates": "Day",
        "accounts": "Client",
    }
    columns |= {"unreadable_numbers": "Cost", "pseudo_products": "SKU", "fallen_through": "Status"}
    for name, values in ROWS.items():
        places, free = free[: len(values)], free[len(values) :]
        if name == "currencies":
            values = ["$" + paid.removesuffix(" €") for paid in rows.loc[places, "Paid"]]
        rows.loc[places, columns.get(name, "Paid")] = values
        made.defect[places] = name
    free = _respell(made, free)
    places, free = free[:COPIES], free[COPIES:]
    _append(made, rows.loc[places], "duplicates")
    places, free = free[:SAME_DAY], free[SAME_DAY:]
    again = rows.loc[places].assign(Order=[f"E{n:05d}" for n in range(SAME_DAY)])
    _append(made, again, "")
    till = rows.loc[rng.choice(free, LARGE)].assign(Client=TILL, Order=[f"T{n:05d}" for n in range(LARGE)])
    _append(made, till, "large_accounts")
    _return(made, free[free < len(rows) // 2][: FULL + PART + ALONE + UNSIGNED])
    made.rows = made.rows.astype(object)
    return made


def write(made: Planted, path: Path) -> Path:
    """Save an export as CSV."""
    made.rows.to_csv(path, index=False, sep=";")
    return path


def truncated(seed: int, customers: int = 1500) -> pd.DataFrame:
    """Return the orders of a shop's second year alone: most customers who appear at first are old."""
    rows = clean(seed, customers)
    return rows[rows["Day"] >= "2024-01-01"].reset_index(drop=True)


def short(seed: int, days: int = 60) -> pd.DataFrame:
    """Return the first days of a shop."""
    rows = clean(seed)
    begin = pd.to_datetime(rows["Day"]).min()
    return rows[pd.to_datetime(rows["Day"]) < begin + pd.Timedelta(days=days)].reset_index(drop=True)


def _free(rows: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Return the places of rows that may be spoilt, in random order: one a customer, none beside the gap."""
    last = rows["Day"] == rows["Day"].max()
    allowed = rows[~rows["Day"].isin(BESIDE) & ~last]
    lines = rows["Client"].map(rows["Client"].value_counts())
    allowed = allowed[lines[allowed.index] >= 3].sample(frac=1, random_state=int(rng.integers(2**31)))
    return allowed.drop_duplicates("Client").index.to_numpy()


def _respell(made: Planted, free: np.ndarray) -> np.ndarray:
    """Write ids in another way, each in a row of a customer with others."""
    places = free[:IDS]
    for number, place in enumerate(places):
        given = made.rows.loc[place, "Client"]
        made.rows.loc[place, "Client"] = [given.lower(), f"{given} ", f" {given.lower()}"][number % 3]
    made.defect[places] = "ids"
    return free[IDS:]


def _append(made: Planted, rows: pd.DataFrame, defect: str) -> None:
    made.customer = pd.concat([made.customer, rows["Client"]], ignore_index=True)
    made.rows = pd.concat([made.rows, rows], ignore_index=True)
    made.defect = pd.concat([made.defect, pd.Series(defect, rows.index, dtype=object)], ignore_index=True)


def _return(made: Planted, places: np.ndarray) -> None:
    """Send purchases back: in full, in part, without a purchase, and without a minus before the amount."""
    bought = made.rows.loc[places].copy()
    bought["SKU"] = [f"R{n:04d}" for n in range(len(bought))]
    made.rows.loc[places, "SKU"] = bought["SKU"]
    made.defect[places[:FULL]] = "returned in full"
    paid = bought["Paid"].str.removesuffix(" €").astype(float)
    later = pd.to_datetime(bought["Day"]) + pd.Timedelta(days=3)
    back = bought.assign(
        Order=[f"C{n:07d}" for n in range(len(bought))],
        Day=later.dt.strftime("%Y-%m-%d"),
        Units=["-1"] * len(bought),
        Cost="-0.00",
    )
    back["Paid"] = (-paid).map("{:.2f} €".format)
    kinds = np.repeat(["full", "part", "alone", "unsigned"], [FULL, PART, ALONE, UNSIGNED])
    back.loc[kinds == "part", "Paid"] = (-(paid / 2).round(2)).map("{:.2f} €".format)[kinds == "part"]
    back.loc[kinds == "alone", "SKU"] = "N0000"
    back.loc[kinds == "unsigned", "Paid"] = bought["Paid"][kinds == "unsigned"]
    _append(made, back, "returns")
