"""What a simulated world hands over: the tables that a firm sees, and what only its maker knows."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlab.errors import unknown


@dataclass(frozen=True, eq=False, repr=False)
class World:
    """A simulated world.

    Attributes
    ----------
    tables : dict of DataFrame
        What the firm sees, by the names and with the columns of `crmlab.tables`.
    truth : DataFrame
        What only its maker knows, one row a customer, or a unit that the world's docstring names.
    parameters : dict
        The options that made it: the function of this world makes it again from them.

    Examples
    --------
    >>> import crmlab as crm
    >>> shop = crm.simulate.business(customers=50, seed=1)
    >>> list(shop.tables), len(shop.table("attributes"))
    (['orders', 'contacts', 'attributes'], 50)
    """

    tables: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    parameters: dict[str, Any]

    def table(self, name: str) -> pd.DataFrame:
        """Return a copy of a table, or raise InputError with the nearest name that exists."""
        if name not in self.tables:
            raise unknown("table", name, self.tables)
        return self.tables[name].copy()

    def __repr__(self) -> str:
        sizes = ", ".join(f"{len(table):,} {name}" for name, table in self.tables.items())
        return f"World({sizes}; {self.parameters['start']} to {self.parameters['end']})"
