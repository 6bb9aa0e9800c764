"""Predictions that the models of customers who leave without a word share.

All rest on one fact: to the model, a customer who is alive is a new customer with updated parameters. So a
prediction is P(alive) times what the model says of a customer alive at age T after x repeat purchases, and
a new customer is the case x = 0, recency = 0, T = 0.
"""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from crmlab.arguments import number, rate, whole
from crmlab.clv.base import Model, known_unit, unit_of
from crmlab.clv.patterns import Patterns, counts, purchases, table
from crmlab.clv.special import Array, time_rule
from crmlab.clv.tracking import track
from crmlab.customers import DAYS, Customers, distinct, duration
from crmlab.errors import DataError, InputError

_CHUNK = 4096  # rows whose integrals over time are taken at once

_CONVERTED = ' Or, if you have converted their times, say so: frame.attrs["unit"] = "{unit}".'


class BuyTillYouDie(Model):
    """Predictions for a model without contract."""

    _columns: ClassVar[tuple[str, ...]] = ("frequency", "recency", "T")

    # The model's mathematics, for arrays of customers with x purchases at age T

    def _alive(self, x: Array, tx: Array, T: Array) -> Array:
        """Return P(alive) at T."""
        raise NotImplementedError

    def _alive_rows(self, x: Array, tx: Array, T: Array) -> Array:
        """Return the same for rows that may repeat."""
        return self._alive(x, tx, T)

    def _rate(self, t: Array, x: Array, T: Array) -> Array:
        """Return the expected purchases per unit of time, at t after T, of customers alive at T."""
        raise NotImplementedError

    def _scale(self, x: Array, T: Array) -> Array:
        """Return the time after T in which that rate begins to fall."""
        raise NotImplementedError

    def _pmf(self, n: int, t: Array, x: Array, T: Array) -> Array:
        """Return P(n purchases within t after T) of customers alive at T."""
        raise NotImplementedError

    def _pointwise(self, params: dict[str, float], x: Array, tx: Array, T: Array) -> Array:
        """Return the log-likelihood of each pattern."""
        raise NotImplementedError

    def _draw(self, T: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """Return simulated frequency and recency."""
        raise NotImplementedError

    def _count(self, t: Array, x: Array, T: Array) -> Array:
        """Return the expected purchases within t after T of customers alive at T."""
        return self._integral(t, x, T, 0.0)

    def _integral(self, t: Array, x: Array, T: Array, force: float) -> Array:
        """Integrate the discounted rate over (0, t]; `force` is the discount rate per unit of time."""
        t, x, T = (np.asarray(v, float) for v in np.broadcast_arrays(t, x, T))
        result = np.zeros(t.shape)
        for i in range(0, t.size, _CHUNK):
            part = slice(i, i + _CHUNK)
            scale, length = self._scale(x[part], T[part]), t[part]
            if force > 0:
                scale, length = np.minimum(scale, 1 / force), np.minimum(length, 36 / force)
            when, weight = time_rule(length, scale)
            rate = self._rate(when, x[part, None], T[part, None])
            result[part] = (rate * np.exp(-force * when) * weight).sum(axis=1)
        return result

    # Fit

    def _checked(self, frame: pd.DataFrame) -> list[Array]:
        """Return the columns as numbers, or raise DataError."""
        return purchases(frame)

    def _unit(self, data: Any, unit: str | None) -> str | None:
        return unit_of(data, unit)

    def _read(self, data: Any, unit: str | None) -> tuple[Patterns, str | None]:
        if {"customer_id", "amount"} <= set(getattr(data, "columns", ())):
            raise InputError(
                "customers is a table of orders. Summarise it first: fit(crmlab.summarise(orders, unit=...))."
            )
        unit = self._unit(data, unit)
        frame = data.patterns() if isinstance(data, Customers) else table(data, self._columns)
        try:
            columns = self._checked(frame)
        except DataError:
            if isinstance(data, Customers):
                self._checked(data.frame)  # names customers rather than patterns
            raise
        weights = counts(frame)
        if not isinstance(data, Customers):
            columns, row = distinct(columns)
            weights = np.bincount(row, weights).astype(float)
        patterns = Patterns(dict(zip(self._columns, columns, strict=True)), weights)
        if not patterns["frequency"].any():
            raise DataError(
                "No customer bought again: every frequency is 0. The model needs repeat purchases; observe "
                "the customers for longer, or include customers who bought more than once."
            )
        if len(patterns) < len(self._names):
            raise DataError(
                f"The customers show only {len(patterns)} different patterns of {', '.join(self._columns)}: "
                f"too few for the {len(self._names)} parameters of {type(self).__name__}. Add customers."
            )
        return patterns, unit

    def _typical(self, data: Patterns) -> float:
        return data.mean("T")

    def _advice(self, data: Patterns) -> str:
        again = float(data.weights[data["frequency"] > 0].sum())
        bought = f"{again:,.0f} of {data.customers:,.0f} customers bought again"
        if again < 50:
            return f"Only {bought}: too few. Add customers or observe them for longer."
        if data.mean("frequency") < 0.3:
            return (
                f"Only {bought}: the time observed is short for this trade. Observe the customers for longer."
            )
        return f"{bought}; the data may show hardly any drop-out, or hardly any difference between customers."

    # Predictions

    def _customers(self, customers: Any) -> tuple[pd.Index, list[Array]]:
        """Return the index and the checked columns of the customers to predict for."""
        unit = self.unit_ if self._p else None
        other = known_unit(customers)
        if other is not None and self._in_time and other != unit:
            said = "" if isinstance(customers, Customers) else _CONVERTED.format(unit=unit)
            raise InputError(
                f"The model measures time in {unit}, these customers in {other}. "
                f'Convert the model: model.in_unit("{other}").{said}'
            )
        frame = table(customers, self._columns)
        return frame.index, self._checked(frame)

    def _length(self, value: Any, name: str = "horizon") -> float:
        assert self._p
        return duration(value, self.unit_ or "D", name)

    def _if_alive(self, function: Callable[[Array, Array], Array], columns: list[Array]) -> Array:
        """Return P(alive) times a function of (x, T), computed once for each distinct (x, T)."""
        x, tx, T = columns
        pairs, row = distinct([x, T])
        return self._alive_rows(x, tx, T) * function(*pairs)[row]

    def log_likelihood(self, customers: Any) -> "pd.Series[float]":
        """Return each customer's log-likelihood under the model's parameters.

        Parameters
        ----------
        customers : Customers or DataFrame

        Returns
        -------
        Series by customer_id, in the order given.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [30, 5], "T": [39, 39]}, index=["Ann", "Ben"])
        >>> model.log_likelihood(two).round(2).to_dict()
        {'Ann': -9.47, 'Ben': -7.69}
        """
        index, columns = self._customers(customers)
        return pd.Series(self._pointwise(self._p, *columns), index=index, name="log_likelihood")

    def p_alive(self, customers: Any, ahead: Any = 0) -> "pd.Series[float]":
        """Return the probability that each customer is still a customer.

        Parameters
        ----------
        customers : Customers or DataFrame
            With frequency, recency and T in the model's unit.
        ahead : number or duration
            How much later than the end to ask, if the customer buys nothing until then.

        Returns
        -------
        Series by customer_id, in the order given.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [30, 5], "T": [39, 39]}, index=["Ann", "Ben"])
        >>> model.p_alive(two).round(2).to_dict()
        {'Ann': 0.72, 'Ben': 0.12}
        """
        index, (x, tx, T) = self._customers(customers)
        later = self._alive_rows(x, tx, T + self._length(ahead, "ahead"))
        return pd.Series(later, index=index, name="p_alive")

    def silent_until(self, customers: Any, level: float = 0.5) -> "pd.Series[float]":
        """Return how much longer each customer may stay silent until P(alive) falls under a level.

        Parameters
        ----------
        customers : Customers or DataFrame
        level : float
            Between 0 and 1.

        Returns
        -------
        Series by customer_id: time since the end, in the model's unit. 0 where P(alive) is under the level
        already, infinite where it never falls that low.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [30, 5], "T": [39, 39]}, index=["Ann", "Ben"])
        >>> model.silent_until(two).round(1).to_dict()
        {'Ann': 22.2, 'Ben': 0.0}
        """
        level = number(level, "level", above=0, below=1)
        index, columns = self._customers(customers)
        columns, row = distinct(columns)
        return pd.Series(self._silence(level, *columns)[row], index=index, name="silent_until")

    def _silence(self, level: float, x: Array, tx: Array, T: Array) -> Array:
        """Solve P(alive | silent until T + s) = level for s by bisection on ln s."""
        low, high = np.full(x.shape, -20.0), np.full(x.shape, 60.0)
        for _ in range(60):
            middle = (low + high) / 2
            over = self._alive(x, tx, T + np.exp(middle)) > level
            low, high = np.where(over, middle, low), np.where(over, high, middle)
        silence = np.where(high >= 60.0 - 1e-9, np.inf, np.exp(high))
        return np.where(self._alive(x, tx, T) <= level, 0.0, silence)

    def expected_purchases(self, customers: Any, horizon: Any) -> "pd.Series[float] | pd.DataFrame":
        """Return the expected number of purchases of each customer within the horizon after the end.

        Parameters
        ----------
        customers : Customers or DataFrame
        horizon : number, duration, or a list of them
            In the model's unit, or such as ``"90D"``.

        Returns
        -------
        Series by customer_id, or for a list a DataFrame with one column a horizon.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="W")
        >>> one = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
        >>> round(float(model.expected_purchases(one, horizon=39).iloc[0]), 2)
        1.23
        """
        index, columns = self._customers(customers)
        if _is_list(horizon):
            each = {h: self._expected(columns, self._length(h)) for h in horizon}
            return pd.DataFrame(each, index=index)
        values = self._expected(columns, self._length(horizon))
        return pd.Series(values, index=index, name="expected_purchases")

    def _expected(self, columns: list[Array], t: float) -> Array:
        return self._if_alive(lambda x, T: self._count(np.full(x.shape, t), x, T), columns)

    def discounted_purchases(
        self, customers: Any, *, discount_rate: float, horizon: Any = None
    ) -> "pd.Series[float]":
        r"""Return each customer's discounted expected number of purchases after the end.

        With no horizon it is the DERT, the discounted expected residual transactions:
        :math:`\int_0^\infty e^{-\delta t} \, dE[Y(t) \mid x, t_x, T]`, with
        :math:`\delta = \ln(1 + \text{discount rate})` per year.

        Parameters
        ----------
        customers : Customers or DataFrame
        discount_rate : float
            Annual and effective, from 0 to 1: 0.10 is 10%, so a purchase in a year counts 1/1.10.
        horizon : number or duration, optional
            By default all the future, which needs a positive discount rate.

        References
        ----------
        Fader, P. S., Hardie, B. G. S. and Lee, K. L. (2005). RFM and CLV: using iso-value curves for customer
        base analysis. Journal of Marketing Research 42(4), 415-430.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [30, 5], "T": [39, 39]}, index=["Ann", "Ben"])
        >>> model.discounted_purchases(two, discount_rate=0.10).round(2).to_dict()
        {'Ann': 6.2, 'Ben': 1.05}
        """
        discount_rate = rate(discount_rate, "discount_rate")
        if horizon is None and discount_rate == 0:
            raise InputError("All the future has no finite value at a discount rate of 0. Give a horizon.")
        index, columns = self._customers(customers)
        length = np.inf if horizon is None else self._length(horizon)
        force = self._force(discount_rate)
        values = self._if_alive(lambda x, T: self._integral(np.full(x.shape, length), x, T, force), columns)
        return pd.Series(values, index=index, name="discounted_purchases")

    def _force(self, discount_rate: float) -> float:
        """Return the continuous discount rate per unit of time."""
        return float(np.log1p(discount_rate)) * DAYS[self.unit_ or "D"] / DAYS["Y"]

    def pmf(self, customers: Any, n: Any, *, horizon: Any) -> "pd.Series[float] | pd.DataFrame":
        """Return the probability that each customer buys exactly n times within the horizon.

        Parameters
        ----------
        customers : Customers or DataFrame
        n : int, or a list of them
        horizon : number or duration

        Returns
        -------
        Series by customer_id, or for a list a DataFrame with one column a number.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> two = pd.DataFrame({"frequency": [2, 2], "recency": [30, 5], "T": [39, 39]}, index=["Ann", "Ben"])
        >>> model.pmf(two, [0, 1, 2], horizon=39).round(2).loc["Ann"].to_dict()
        {0: 0.45, 1: 0.24, 2: 0.14}
        """
        index, columns = self._customers(customers)
        t = self._length(horizon)
        if _is_list(n):
            return pd.DataFrame({k: self._chance(columns, whole(k, "n"), t) for k in n}, index=index)
        return pd.Series(self._chance(columns, whole(n, "n"), t), index=index, name="pmf")

    def _chance(self, columns: list[Array], n: int, t: float) -> Array:
        bought = self._if_alive(lambda x, T: self._pmf(n, np.full(x.shape, t), x, T), columns)
        return bought + (1 - self._alive_rows(*columns)) if n == 0 else bought

    # New customers

    def _new(self, t: Array) -> Array:
        zero = np.zeros_like(t)
        return self._alive(zero, zero, zero) * self._count(t, zero, zero)

    def expected_purchases_new(self, t: Any) -> Any:
        """Return the expected number of repeat purchases of a new customer within t of the first purchase.

        Parameters
        ----------
        t : number, duration, or a list of them

        Returns
        -------
        float, or an array for a list.

        Examples
        --------
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> model.expected_purchases_new([13, 26, 52]).round(2).tolist()
        [0.53, 0.89, 1.42]
        """
        values = self._new(np.array([self._length(v, "t") for v in (t if _is_list(t) else [t])]))
        return values if _is_list(t) else float(values[0])

    def discounted_purchases_new(self, t: Any, *, discount_rate: float) -> Any:
        """Return the discounted expected repeat purchases of a new customer within t of the first purchase.

        Parameters
        ----------
        t : number, duration, or a list of them
        discount_rate : float
            Annual and effective, from 0 to 1.

        Returns
        -------
        float, or an array for a list.

        Examples
        --------
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> model.discounted_purchases_new([13, 26, 52], discount_rate=0.10).round(2).tolist()
        [0.52, 0.87, 1.37]
        """
        force = self._force(rate(discount_rate, "discount_rate"))
        lengths = np.array([self._length(v, "t") for v in (t if _is_list(t) else [t])])
        zero = np.zeros_like(lengths)
        values = self._alive(zero, zero, zero) * self._integral(lengths, zero, zero, force)
        return values if _is_list(t) else float(values[0])

    def pmf_new(self, n: Any, *, t: Any) -> Any:
        """Return the probability that a new customer makes exactly n repeat purchases within t.

        Parameters
        ----------
        n : int, or a list of them
        t : number or duration

        Returns
        -------
        float, or an array for a list.

        Examples
        --------
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> round(model.pmf_new(0, t="52W"), 3)
        0.542
        """
        zero = [np.zeros(1)] * 3
        length = self._length(t, "t")
        values = np.array([self._chance(zero, whole(k, "n"), length)[0] for k in (n if _is_list(n) else [n])])
        return values if _is_list(n) else float(values[0])

    def tracking(
        self, first_purchases: Any, end: Any, transactions: Any = None, step: Any = 1
    ) -> pd.DataFrame:
        """Return the repeat purchases of a whole base by period: expected, and actual where known.

        Parameters
        ----------
        first_purchases : Customers, or Series of dates
            When each customer bought for the first time. A customer counts from that day on.
        end : date
            Where the last period ends, which may be in the future.
        transactions : ibis.Table or DataFrame, optional
            Orders of these customers, for the actual numbers.
        step : number or duration
            Length of a period.

        Returns
        -------
        DataFrame by the last day of each period: ``expected``, ``expected_cumulative``, and with transactions
        ``actual``, ``actual_cumulative``.

        Examples
        --------
        >>> import pandas as pd
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> cohort = pd.Series(pd.to_datetime(["2024-01-01"] * 100))
        >>> model.tracking(cohort, "2024-01-22")["expected"].round(1).tolist()
        [5.3, 5.0, 4.7]
        """
        return track(self._new, self.unit_ or "D", first_purchases, end, transactions, step)

    def simulate(self, T: Any, *, seed: int) -> pd.DataFrame:
        """Return simulated customers that follow the fitted model.

        Parameters
        ----------
        T : Series or sequence of float
            Age of each customer at the end, in the model's unit.
        seed : int

        Returns
        -------
        DataFrame with frequency, recency and T; indexed as a Series T is.

        Examples
        --------
        >>> from crmlab.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="W")
        >>> model.simulate([39.0] * 1000, seed=1).shape
        (1000, 3)
        """
        assert self._p
        whole(seed, "seed")
        try:
            ages = np.asarray(T, dtype=float)
        except (TypeError, ValueError) as error:
            raise InputError("T must be a sequence of ages, finite and not negative.") from error
        if ages.ndim != 1 or not (np.isfinite(ages) & (ages >= 0)).all():
            raise InputError("T must be a sequence of ages, finite and not negative.")
        x, tx = self._draw(ages, np.random.default_rng(seed))
        index = T.index if isinstance(T, pd.Series) else pd.RangeIndex(len(ages), name="customer_id")
        columns = {"frequency": x.astype(np.int64), "recency": tx, "T": ages}
        return pd.DataFrame(columns, index=index)


def last_of(rng: np.random.Generator, place: Array, total: Array, end: Array) -> Array:
    """Return when the `place`-th of `total` uniform events on (0, end] happens; 0 for none."""
    time = end * rng.beta(np.maximum(place, 1.0), np.maximum(total - place, 0.0) + 1.0)
    return np.where(place > 0, np.maximum(time, np.finfo(float).tiny), 0.0)


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray | pd.Series | pd.Index) and not isinstance(value, str)
