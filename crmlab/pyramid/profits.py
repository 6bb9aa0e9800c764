"""What customers have been worth so far."""

import pandas as pd

from crmlab.arguments import checked, number
from crmlab.customers import DAYS, Customers
from crmlab.errors import DataError, InputError


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
    gross = frame["profit"] if margin is None else margin * frame["total"]
    years = frame["T"] * DAYS[customers.unit] / DAYS["Y"]
    net = gross - order_cost * frame["orders"] - account_cost * years
    if contacts is not None:
        net = net - service_cost(customers, contacts)
    return net.rename("profit")


@checked
def service_cost(customers: Customers, contacts: pd.DataFrame) -> pd.Series:
    """Return the cost of each customer's service contacts up to the end, zero where there were none.

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


def check_contacts(contacts: pd.DataFrame) -> None:
    """Raise DataError unless every service contact has a customer, a date and a cost.

    Examples
    --------
    >>> from crmlab.pyramid.profits import check_contacts
    >>> import pandas as pd
    >>> calls = {"customer_id": ["b"], "date": [pd.Timestamp("2024-01-02")], "cost": [4.0]}
    >>> check_contacts(pd.DataFrame(calls))
    """
    missing = {"customer_id", "date", "cost"} - set(contacts.columns)
    if missing:
        raise DataError(f"The contacts lack the column {', '.join(sorted(missing))}.")
    if not pd.api.types.is_datetime64_any_dtype(contacts["date"]):
        raise DataError("The dates of the contacts are no dates. Convert them with pd.to_datetime.")
    if not pd.api.types.is_numeric_dtype(contacts["cost"]):
        raise DataError("The costs of the contacts are no numbers. Convert them with pd.to_numeric.")
    for name in ("customer_id", "date", "cost"):
        if count := int(contacts[name].isna().sum()):
            raise DataError(
                f"{count:,} of {len(contacts):,} contacts have no {name}. Fill or drop them first."
            )
