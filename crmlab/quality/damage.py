"""What a defect of the data does to the answers that are read off them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from crmlab.arguments import checked, number, whole
from crmlab.errors import DataError, FitError, InputError, unknown

if TYPE_CHECKING:
    from crmlab.customers import Customers

OURS, IMPORT = "ours", "imported orders left out"
_PARTS = ("customer_id", "date", "amount")


@checked
def read_as_is(rows: pd.DataFrame) -> pd.DataFrame:
    """Read the text of an export as tools do that ask nothing back.

    What would come out if nobody looked? Month and day are read in the American order, and the other way
    round only where there is no such month. What is no amount above 0 is dropped, as models refuse it. Every
    id is a customer, and a row without one has none.

    Parameters
    ----------
    rows : DataFrame of text
        ``customer_id``, ``date``, ``amount``.

    Returns
    -------
    DataFrame
        ``customer_id``, missing where there is none; ``date``; ``amount``.

    Raises
    ------
    InputError
        A column is not there.

    Examples
    --------
    >>> from crmlab.quality import read_as_is
    >>> import pandas as pd
    >>> text = pd.DataFrame({"customer_id": ["a", "", "b"], "amount": ["9.00", "5.00", "-3.00"],
    ...                      "date": ["05/03/2024", "13/03/2024", "2024-03-05"]})
    >>> read_as_is(text)["date"].dt.strftime("%Y-%m-%d").tolist()
    ['2024-05-03', '2024-03-13']
    """
    _has(rows, "rows")
    text = rows["date"].astype("str")
    date = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    for order in ("%m/%d/%Y", "%d/%m/%Y"):
        date = date.fillna(pd.to_datetime(text, format=order, errors="coerce"))
    amount = pd.to_numeric(rows["amount"], errors="coerce")
    made = rows[["customer_id"]].assign(date=date, amount=amount)
    made["customer_id"] = made["customer_id"].mask(made["customer_id"] == "")
    return made[(amount > 0) & date.notna()].reset_index(drop=True)


@checked
def answers(orders: pd.DataFrame, *, end: Any, unit: str = "W", ahead: float = 26) -> pd.Series:
    r"""Return what a file answers to the questions that are asked of it most.

    How much was sold, to how many, who comes back, and what is to come? With BG/NBD's estimates, the mean
    purchase rate is :math:`r/\alpha` and the mean chance to leave after a purchase :math:`a/(a+b)`.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id`` (missing for a guest), ``date``, and ``amount``, which is not negative.
    end : date
        Last day observed; later rows do not count.
    unit : {"D", "W", "M", "Y"}
        Of the rate, and of ``ahead``.
    ahead : float
        How far to look ahead.

    Returns
    -------
    Series
        ``revenue``, guests included; of those with an id: ``customers``; ``came back``, the share who bought
        on two days or more; ``best fifth``, the share of their money from the best fifth; ``rate`` and
        ``dropout`` of BG/NBD, and the purchase days ``expected`` of them all. Where its likelihood has a
        ridge, a light penalty picks a point on it.

    Raises
    ------
    InputError
        A column is not there, or ``ahead`` is not above 0.
    DataError
        Nobody bought by the end, or too few for BG/NBD.

    References
    ----------
    Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). "Counting your customers" the easy way.
    Marketing Science 24(2), 275-284.

    Examples
    --------
    >>> from crmlab.quality import answers
    >>> import crmlab as crm
    >>> found = answers(crm.datasets.cdnow(sample=True).to_pandas(), end="1997-09-30", ahead=39)
    >>> found[["customers", "expected"]].round(0).tolist()
    [2357.0, 1653.0]
    """
    number(ahead, "ahead", "a length of time", above=0)
    found, _ = _answered(orders, end, unit, ahead)
    return found


@checked
def harm(
    versions: Mapping[str, pd.DataFrame],
    truth: pd.DataFrame,
    *,
    end: Any,
    unit: str = "W",
    ahead: float = 26,
) -> pd.DataFrame:
    """Return how far each version of a file is off the truth, answer by answer.

    Which defect matters for which question?

    Parameters
    ----------
    versions : mapping of names to DataFrame
        Orders as for `answers`, such as one version for each defect.
    truth : DataFrame
        The orders as they should be.
    end, unit, ahead
        As for `answers`.

    Returns
    -------
    DataFrame by version
        The answers of `answers`, each as a share by which it is too high; and ``moved``, the share of the
        true customers who are in another RFM segment, or missing.

    Raises
    ------
    InputError, DataError
        As for `answers`.

    Examples
    --------
    >>> from crmlab.quality import harm
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True).to_pandas()
    >>> twice = orders.assign(amount=2 * orders["amount"])
    >>> harm({"twice": twice}, orders, end="1997-09-30").loc["twice", ["revenue", "moved"]].tolist()
    [1.0, 0.0]
    """
    from crmlab.segments import rfm

    number(ahead, "ahead", "a length of time", above=0)
    if not versions:
        raise InputError("There are no versions. Give at least one.")
    right, base = _answered(truth, end, unit, ahead)
    segment = rfm.names(base).astype("str")
    rows = {}
    for name, orders in versions.items():
        found, known = _answered(orders, end, unit, ahead)
        moved = rfm.names(known).astype("str").reindex(segment.index)
        rows[name] = found / right - 1
        rows[name]["moved"] = float((moved != segment).mean())
    return pd.DataFrame(rows).T.rename_axis("version")


@checked
def readings(
    orders: pd.DataFrame,
    *,
    end: Any,
    choices: Mapping[str, str] | None = None,
    filled: Any = None,
    unit: str = "W",
    ahead: float = 26,
) -> pd.DataFrame:
    """Return the answers of a file under each reading of it that stays open after its audit.

    Which answers are firm, and which hang on something that the file does not say? Nobody knows who a guest
    was: somebody new, or a known customer (each another one, spread evenly). An order that came back may
    count as a visit or not. Of imported orders nobody knows the day.

    Parameters
    ----------
    orders : DataFrame
        ``customer_id``, missing or empty for a guest; ``date``, ``amount``, and perhaps more.
    end, unit, ahead
        As for `answers`.
    choices : mapping, optional
        Our decisions, as for `audit`.
    filled : date, optional
        A day whose orders carry its date and not their own.

    Returns
    -------
    DataFrame by reading
        The answers of `answers`; missing where a reading makes no sense for a question: the money and the
        people of imported orders are right, only their days are not.

    Raises
    ------
    InputError, DataError
        As for `audit` and `answers`.

    Examples
    --------
    >>> from crmlab.quality import readings
    >>> import crmlab as crm
    >>> orders = crm.datasets.cdnow(sample=True).to_pandas()
    >>> readings(orders, end="1997-09-30").index.tolist()
    ['ours', 'undone orders count as visits', 'guests are new customers', 'guests are known customers']
    """
    from crmlab.customers import day
    from crmlab.quality.auditing import audit

    _has(orders, "orders")
    last, taken = day(end, "end"), dict(choices or {})
    rows = orders.reset_index(drop=True)
    is_guest = rows["customer_id"].isna() | (rows["customer_id"].astype("str").str.strip() == "")
    guests = rows.loc[is_guest, list(_PARTS)]
    guests = guests.assign(customer_id=None, amount=guests["amount"].astype(float))
    guests = guests[guests["amount"] > 0]
    others = {
        OURS: {},
        "undone orders count as visits": {"returns": "net to zero"},
    }
    found = {}
    for name, other in others.items():
        used = audit(rows, today=last, choices={**taken, **other}).transactions.to_pandas()
        used = used[list(_PARTS)].assign(date=pd.to_datetime(used["date"]))
        found[name] = pd.concat(
            [used.astype({"customer_id": object}), guests.astype({"customer_id": object})]
        )
    ours = found[OURS].reset_index(drop=True)
    new = "guest in row " + (ours.index + 1).astype(str).to_series(index=ours.index)
    found["guests are new customers"] = ours.assign(customer_id=ours["customer_id"].fillna(new))
    known = np.sort(ours["customer_id"].dropna().unique().astype(str))
    is_guest = ours["customer_id"].isna()
    step = max(1, len(known) // max(1, int(is_guest.sum())))  # spread evenly: each guest another customer
    some = pd.Series(np.resize(known[::step], int(is_guest.sum())), ours.index[is_guest])
    found["guests are known customers"] = ours.assign(customer_id=ours["customer_id"].fillna(some))
    if filled is not None:
        found[IMPORT] = ours[ours["date"] != day(filled, "filled")]
    table = pd.DataFrame(
        {name: answers(each, end=last, unit=unit, ahead=ahead) for name, each in found.items()}
    )
    table = table.T.rename_axis("reading")
    if filled is not None:
        table.loc[IMPORT, ["revenue", "customers", "best fifth"]] = float("nan")
    return table


@checked
def largest_checked(amounts: pd.Series, is_wrong: pd.Series, *, in_a_row: int = 20) -> pd.Index:
    """Look up amounts from the largest down, until enough in a row are right; return those looked up.

    How many receipts must be seen? A slip of the decimal point makes a large amount, so what is wrong lies at
    the top, and a long run of right amounts says that little is left below.

    Parameters
    ----------
    amounts : Series
        What the file says.
    is_wrong : Series of bool
        What looking up finds, by the same index.
    in_a_row : int
        After so many right amounts in a row nothing more is looked up. Amounts as large as the last are.

    Returns
    -------
    Index
        Of the amounts looked up, the largest first.

    Raises
    ------
    InputError
        ``in_a_row`` is no whole number above 0.

    Examples
    --------
    >>> from crmlab.quality import largest_checked
    >>> import pandas as pd
    >>> amounts = pd.Series([900.0, 30.0, 25.0, 20.0])
    >>> largest_checked(amounts, amounts == 900, in_a_row=2).tolist()
    [0, 1, 2]
    """
    whole(in_a_row, "in_a_row", "a number of amounts", least=1)
    order = amounts.sort_values(ascending=False, kind="stable")
    wrong = is_wrong.reindex(order.index).astype(int)
    runs = wrong.rolling(in_a_row).sum() == 0
    last = order.iloc[int(runs.to_numpy().argmax())] if runs.any() else order.min()
    return order.index[order >= last]


def _answered(orders: pd.DataFrame, end: Any, unit: str, ahead: float) -> tuple[pd.Series, "Customers"]:
    """Return the answers, and the base that gave them."""
    from crmlab import clv, pyramid
    from crmlab.customers import day, summarise

    _has(orders, "orders")
    last = day(end, "end")
    date = pd.to_datetime(orders["date"])
    seen = orders[list(_PARTS)].assign(date=date)[date <= last]
    known = seen[seen["customer_id"].notna()]
    if known.empty:
        raise DataError(f"No order of a customer with an id falls on or before {last:%Y-%m-%d}.")
    base = summarise(known, end=last, unit=unit)
    frame = base.frame
    try:
        model = clv.BGNBD().fit(base)
    except FitError:  # a ridge: a light penalty picks a point on it
        model = clv.BGNBD(penalty=0.1).fit(base)
    r, alpha, a, b = (float(model.params_[name]) for name in ("r", "alpha", "a", "b"))
    found = {
        "revenue": float(seen["amount"].sum()),
        "customers": float(len(frame)),
        "came back": float((frame["orders"] > 1).mean()),
        "best fifth": float(pyramid.top_share(frame["total"])),
        "rate": r / alpha,
        "dropout": a / (a + b),
        "expected": float(cast("pd.Series[float]", model.expected_purchases(base, ahead)).sum()),
    }
    return pd.Series(found, name="answer"), base


def _has(orders: pd.DataFrame, where: str) -> None:
    for name in _PARTS:
        if name not in orders:
            raise unknown("column", name, orders.columns, where=where)
