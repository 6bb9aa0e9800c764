"""What customers have been worth so far."""

from typing import Any

import pandas as pd

from crmlab.arguments import checked, number
from crmlab.contacts import check_contacts
from crmlab.customers import DAYS, Customers
from crmlab.errors import InputError


@checked
def profit(
    customers: Customers,
    *,
    margin: float | None = None,
    order_cost: float = 0.0,
    account_cost: float = 0.0,
    contacts: pd.DataFrame | None = None,
) -> pd.Series:
    r"""Return what each customer has earned us, after the cost to serve them.

    Who really earns our money, once parcels, questions and returns are paid?

    .. math:: \text{profit} = m R - c_o \, n - c_a \, T - \sum \text{service}

    with revenue :math:`R` (or, where the cost of goods is known and no margin is given, revenue less that
    cost in place of :math:`mR`), :math:`n` purchase days and :math:`T` years as a customer.

    Parameters
    ----------
    customers : Customers
        Customers up to a date.
    margin : float, optional
        Gross margin :math:`m`, share of revenue from 0 to 1. Needed where the cost of goods is not known.
    order_cost : float
        Handling cost of one purchase day, in the currency.
    account_cost : float
        Cost of keeping one customer for a year (mailings, an account), in the currency.
    contacts : DataFrame, optional
        Service contacts with ``customer_id``, ``date`` and ``cost``. Those up to the customers' end count.

    Returns
    -------
    Series
        ``profit`` by customer, in the currency of the orders.

    Raises
    ------
    InputError
        Neither a margin nor a cost of goods is known, the margin is not a share, or a cost is negative.
    DataError
        Contacts lack a column.

    References
    ----------
    Kaplan, R. S. and Narayanan, V. G. (2001). Measuring and managing customer profitability. Journal of Cost
    Management 15(5), 5-15.

    Examples
    --------
    >>> from crmlab.pyramid.profits import profit
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30")
    >>> profit(customers, margin=0.3, order_cost=2.0).head(2).round(2).tolist()
    [16.21, 2.49]
    """
    frame = customers.frame
    if margin is None and "profit" not in frame:
        raise InputError(
            "The cost of goods is not known for these customers, so profit needs margin=…, the share of "
            "revenue that is left after paying for the goods. In a lesson, a margin of 0 takes the cost from "
            "the orders: where they carry none, set a margin above 0."
        )
    if margin is not None:
        number(margin, "The margin", "a share of revenue", least=0, most=1)
    for name, cost in (("order_cost", order_cost), ("account_cost", account_cost)):
        number(cost, name, "a cost", least=0)
    gross = gross_profit(frame, margin)
    years = frame["T"] * DAYS[customers.unit] / DAYS["Y"]
    net = gross - order_cost * frame["orders"] - account_cost * years
    if contacts is not None:
        net = net - service_cost(customers, contacts)
    return net.rename("profit")


@checked
def without_profit(
    customers: Customers,
    *,
    margin: float | None = None,
    order_cost: float = 0.0,
    account_cost: float = 0.0,
    contacts: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the share of customers who bring no profit, with each assumption changed alone.

    How much of what we say about lead customers rests on what we assumed?

    Parameters
    ----------
    customers, margin, order_cost, account_cost, contacts
        See `profit`.

    Returns
    -------
    DataFrame
        One row an assumption; the columns ``none``, ``half``, ``as assumed`` and ``double`` say by what it
        was multiplied. A margin above the whole revenue counts as the whole. Without a margin, which the cost
        of goods then replaces, there is no row for it.

    Raises
    ------
    InputError
        See `profit`.

    Examples
    --------
    >>> from crmlab.pyramid import without_profit
    >>> import crmlab as crm
    >>> customers = crm.summarise(crm.datasets.cdnow(sample=True), end="1997-09-30")
    >>> shares = without_profit(customers, margin=0.3, order_cost=2.0, account_cost=3.0)
    >>> shares.loc["order cost"].round(2).to_dict()
    {'none': 0.01, 'half': 0.03, 'as assumed': 0.12, 'double': 0.34}
    """
    assumed: dict[str, Any] = {"margin": margin, "order_cost": order_cost, "account_cost": account_cost}
    table: dict[str, dict[str, float]] = {}
    for name, amount in assumed.items():
        if amount is None:
            continue
        row = table[name.replace("_", " ")] = {}
        for word, factor in (("none", 0.0), ("half", 0.5), ("as assumed", 1.0), ("double", 2.0)):
            changed = amount * factor if name != "margin" else min(1.0, amount * factor)
            earned = profit(customers, **{**assumed, name: changed}, contacts=contacts)
            row[word] = float((earned <= 0).mean())
    return pd.DataFrame(table).T.rename_axis("assumption")


def gross_profit(customers: Any, margin: Any = None) -> Any:
    """Return revenue less the cost of goods, of a DataFrame or of an engine's table, by a margin where given.

    Examples
    --------
    >>> from crmlab.pyramid.profits import gross_profit
    >>> import pandas as pd
    >>> gross_profit(pd.DataFrame({"total": [100.0]}, index=["Ann"]), margin=0.3).to_dict()
    {'Ann': 30.0}
    """
    return customers["profit"] if margin is None else margin * customers["total"]


@checked
def service_cost(customers: Customers, contacts: pd.DataFrame) -> pd.Series:
    """Return the cost of each customer's service contacts up to the end, zero where there were none.

    Parameters
    ----------
    customers : Customers
        Customers up to a date.
    contacts : DataFrame
        With ``customer_id``, ``date`` and ``cost``.

    Raises
    ------
    DataError
        Contacts lack ``customer_id``, ``date`` or ``cost``.

    Examples
    --------
    >>> from crmlab.pyramid.profits import service_cost
    >>> import pandas as pd
    >>> import crmlab as crm
    >>> orders = pd.DataFrame({"customer_id": ["a", "b"], "amount": [9, 9],
    ...                        "date": ["2024-01-01", "2024-01-02"]})
    >>> calls = pd.DataFrame({"customer_id": ["b"], "date": [pd.Timestamp("2024-01-02")], "cost": [4.0]})
    >>> service_cost(crm.summarise(orders), calls).tolist()
    [0.0, 4.0]
    """
    check_contacts(contacts)
    past = contacts[contacts["date"] <= customers.end]
    sums = past.groupby("customer_id")["cost"].sum()
    return sums.reindex(customers.frame.index, fill_value=0.0).rename("service_cost")
