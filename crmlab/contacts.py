"""Service contacts: who was served, when, and at what cost."""

import pandas as pd

from crmlab.errors import DataError


def check_contacts(contacts: pd.DataFrame) -> None:
    """Raise DataError unless every service contact has a customer, a date and a cost.

    Examples
    --------
    >>> from crmlab.contacts import check_contacts
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
