"""What an analyst may set, checked before anything runs."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from crmlab.arguments import number, rate
from crmlab.customers import PERIODS, day, duration, span
from crmlab.errors import InputError, short
from crmlab.language import tr
from crmlab.words import time_unit

MARGIN = 0.30
"""Share of revenue taken for profit where neither a margin nor a cost of goods is known."""
UNIT = "W"
"""Time unit of all customers and models of an analysis. It only scales."""
_LONGEST = 20 * 52.0  # weeks; beyond them a forecast from a few years of orders is a tale


@dataclass(frozen=True)
class Settings:
    """What an analyst may set.

    Attributes
    ----------
    name : str
        What the business is called in the report.
    margin : float or None
        Profit as a share of revenue. None takes it from the cost of goods, where the orders carry it.
    horizon : str
        How far to look ahead, such as ``"52W"`` or ``"12 months"``.
    discount_rate : float
        Annual and effective: 0.10 is 10%.
    currency : str
        What amounts are counted in. It is only shown.
    calibration : pandas.Timestamp or None
        Last day that the test of the forecast may learn from; by default after two thirds of the time.
    """

    name: str = "shop"
    margin: float | None = None
    horizon: str = "52W"
    discount_rate: float = 0.10
    currency: str = "EUR"
    calibration: pd.Timestamp | None = None

    @property
    def weeks(self) -> float:
        """The horizon in the time unit of an analysis."""
        return duration(self.horizon, UNIT)

    @property
    def ahead(self) -> str:
        """The horizon in words."""
        length, unit = span(self.horizon)
        period = PERIODS[str(unit)]
        if length == 1:
            return tr("the next {unit}", unit=time_unit(period))
        return tr("the next {length:g} {unit}", length=length, unit=time_unit(period, max(2, length)))


def settings(**given: Any) -> Settings:
    """Return checked settings.

    Raises
    ------
    InputError
        A setting is out of its range; the message names it and what is allowed.

    Examples
    --------
    >>> settings(horizon="12M", margin=0.4).ahead, settings(horizon=26).ahead
    ('the next 12 months', 'the next 26 weeks')
    """
    if given.get("calibration") is not None:
        given["calibration"] = day(given["calibration"], "calibration")
    if "horizon" in given:
        given["horizon"] = _horizon(given["horizon"])
    chosen = Settings(**given)
    for name, longest in (("name", 200), ("currency", 12)):
        _check_text(name, getattr(chosen, name), longest)
    if chosen.margin is not None:
        number(chosen.margin, "margin", "profit as a share of revenue,", above=0, most=1)
    rate(chosen.discount_rate, "discount_rate")
    if not 0 < chosen.weeks <= _LONGEST:
        raise InputError(f"horizon is {chosen.horizon!r}, but must be over 0 and at most 20 years.")
    return chosen


def _horizon(given: Any) -> str:
    """Return a length of time as text; a number alone counts the weeks of an analysis."""
    length, unit = span(given)
    return given.strip() if unit and isinstance(given, str) else f"{length:g}{UNIT}"


def _check_text(name: str, value: Any, longest: int) -> None:
    if not (isinstance(value, str) and value.strip() and value.isprintable() and len(value) <= longest):
        raise InputError(
            f"{name} is {short(repr(value))}, but must be text on one line, of at most {longest} characters."
        )
