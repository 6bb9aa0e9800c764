"""The orders of a business to which a world adds some, and from which it takes others away."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from crmlab.simulate.draws import Array, Codes, numbered


@dataclass(frozen=True)
class Ledger:
    """Orders as positions of customers, days since the start, and the order of the business each is like.

    An order that an offer brings is like one of the customer's earlier orders: the same goods, the same
    channel, the same amount. So its kind hangs on who buys and on nothing else.
    """

    lines: pd.DataFrame  # of the business; its rows are in the order of its orders
    who: Codes
    day: Codes
    like: Codes

    @classmethod
    def of(cls, lines: pd.DataFrame, ids: pd.Index, begin: pd.Timestamp) -> "Ledger":
        """Return the ledger of a business's order lines."""
        lines = lines.assign(order=lines["order_id"].factorize()[0])
        heads = lines.drop_duplicates("order")
        who = ids.get_indexer(pd.Index(heads["customer_id"])).astype(np.int64)
        day: Codes = (heads["date"] - begin).dt.days.to_numpy().astype(np.int64)
        return cls(lines, who, day, np.arange(len(heads)))

    def kept(self, which: Array) -> "Ledger":
        """Return the ledger of these orders alone."""
        return Ledger(self.lines, self.who[which], self.day[which], self.like[which])

    def brought(self, rng: np.random.Generator, who: Codes, day: Codes) -> "Ledger":
        """Return new orders alone, each like one of those that its customer made up to that day."""
        turn = np.lexsort((self.day, self.who))
        key = self.who[turn] * 1_000_000 + self.day[turn]
        low = np.searchsorted(key, who * 1_000_000)
        high = np.searchsorted(key, who * 1_000_000 + day, side="right")
        like = self.like[turn[low + (rng.random(len(who)) * (high - low)).astype(np.int64)]]
        return Ledger(self.lines, who, day, like)

    def joined(self, other: "Ledger") -> "Ledger":
        """Return the orders of both."""
        pairs = ((self.who, other.who), (self.day, other.day), (self.like, other.like))
        return Ledger(self.lines, *(np.concatenate(pair) for pair in pairs))

    def count(self, low: Array | int, high: Array | int, size: int) -> Codes:
        """Return how many orders each of `size` customers made from a day up to before another."""
        return np.bincount(self.who[self._within(low, high, size)], minlength=size)

    def margin(self, low: Array | int, high: Array | int, size: int) -> Array:
        """Return what each customer's orders left over the cost of the goods, in the same days."""
        value = (self.lines["amount"] - self.lines["cost"]).groupby(self.lines["order"]).sum().to_numpy()
        there = self._within(low, high, size)
        return np.bincount(self.who[there], value[self.like[there]], minlength=size)

    def last(self, before: int, size: int) -> Array:
        """Return the day of each customer's last order before a day; -inf without one."""
        last = np.full(size, -np.inf)
        there = self.day < before
        np.maximum.at(last, self.who[there], self.day[there].astype(float))
        return last

    def table(self, ids: pd.Index, begin: pd.Timestamp) -> pd.DataFrame:
        """Return the order lines, in order of time."""
        turn = np.argsort(self.day, kind="stable")
        like, who, day = self.like[turn], self.who[turn], self.day[turn]
        each = np.bincount(self.lines["order"])
        first = np.cumsum(each) - each
        number = np.repeat(np.arange(len(like)), each[like])
        within = np.arange(len(number)) - np.repeat(np.cumsum(each[like]) - each[like], each[like])
        lines = self.lines.take(first[like[number]] + within).drop(columns="order").reset_index(drop=True)
        date = (np.datetime64(begin, "D") + day).astype("datetime64[s]")
        return lines.assign(
            customer_id=ids.to_numpy()[who[number]],
            date=date[number],
            order_id=numbered("O", len(like), 7).take(number),
        ).astype({"customer_id": "str"})

    def _within(self, low: Array | int, high: Array | int, size: int) -> Array:
        low, high = np.broadcast_to(low, size), np.broadcast_to(high, size)
        within: Array = (self.day >= low[self.who]) & (self.day < high[self.who])
        return within
