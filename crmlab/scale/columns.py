"""Columns added to customers, as expressions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from crmlab.customers import Customers
from crmlab.errors import unknown


def need(table: Any, *names: str) -> None:
    """Raise InputError unless a table has the columns."""
    for name in names:
        if name not in table.columns:
            raise unknown("column", name, table.columns, where="the customers' table")


def with_columns(customers: Customers, **columns: Any) -> Customers:
    """Return customers with columns added, each in place of one of the same name."""
    return replace(customers, table=customers.table.mutate(**columns))


def joined(customers: Customers, known: pd.DataFrame, by: Sequence[str]) -> Customers:
    """Return customers with the other columns of a table added, looked up by the columns of a key."""
    import ibis

    new = [name for name in known.columns if name not in by]
    table = customers.table.drop([name for name in new if name in customers.table.columns])
    looked_up = table.join(ibis.memtable(known.reset_index(drop=True)), [*by], how="inner")
    return replace(customers, table=looked_up.select(*table.columns, *new))
