"""Lifetime value: what today's customers are expected to bring, how sure that is, and a test of it."""

import numpy as np
import pandas as pd

from crmlab import pyramid
from crmlab.analysis import words
from crmlab.analysis.base import Base
from crmlab.analysis.forecast import Backtest, Forecast, backtest, short_name
from crmlab.analysis.pictures import Picture, picture
from crmlab.analysis.section import Section, Table
from crmlab.errors import CrmlabError

_LINKED = 0.30  # correlation of frequency and spend beyond which their independence is in doubt
_WRONG = 0.20  # miss of the test beyond which the forecast needs a warning
_QUADRANTS = np.array([["serve simply", "develop"], ["win back", "protect"]])
_MEANING = {
    "protect": "high so far and to come: first in service, no discount they do not need",
    "develop": "little so far, more to come: show them the next category",
    "win back": "brought much, little to come: ask why, and make one personal offer",
    "serve simply": "cheap channels, no campaign",
}


def section(base: Base, table: pd.DataFrame, forecast: Forecast) -> Section:
    """Return the part of the report on lifetime value."""
    total = float(table["clv"].sum()) if forecast.spend else float("nan")
    made = Section("clv", "Lifetime value", _title(base, table, forecast, total))
    tested, why = _tested(base)
    made.facts = {"clv": total, "interval": forecast.interval, "test": tested, "newcomer": forecast.newcomer}
    made.text = [" ".join(_value(base, table, forecast, total)), _test_words(base, tested, why)]
    made.caveats = _caveats(base, forecast, tested)
    if tested and tested.came:
        made.pictures.append(_track(base, tested))
    if total > 0:
        quadrant = quadrants(table)
        made.todo = _todo(base, forecast, table, quadrant)
        made.tables = [_table(base, table, quadrant)]
        if len(made.tables[0].rows) > 1:
            made.pictures.append(_matrix(table, quadrant))
    return made


def quadrants(table: pd.DataFrame) -> pd.Series:
    """Return each customer's corner of the value matrix: past profit and CLV, each cut at its mean."""
    rich, promising = (table[name] > table[name].mean() for name in ("profit", "clv"))
    names = _QUADRANTS[rich.to_numpy().astype(int), promising.to_numpy().astype(int)]
    order = pd.CategoricalDtype([*_MEANING], ordered=True)
    return pd.Series(names, table.index, name="quadrant").astype(order)


def _title(base: Base, table: pd.DataFrame, forecast: Forecast, total: float) -> str:
    ahead = base.settings.ahead
    if forecast.spend is None:
        expected = float(table["expected_purchases"].sum())
        return f"Today's customers are expected to buy {words.count(expected, 'time')} over {ahead}"
    return f"Today's customers are worth about {words.about(total, base.currency)} of profit over {ahead}"


def _value(base: Base, table: pd.DataFrame, forecast: Forecast, total: float) -> list[str]:
    """Say what is expected, how it is spread, and what a newcomer may cost."""
    alive, expected = float(table["p_alive"].sum()), float(table["expected_purchases"].sum())
    said = [
        f"Of {words.count(len(table), 'customer')}, about {round(alive):,} are still customers (the sum of "
        f"P(alive)), and {words.count(expected, 'purchase')} are expected over {base.settings.ahead}. "
        f"The model is the {short_name(forecast.model)}, with spend from the Gamma-Gamma."
    ]
    if forecast.spend is None:
        return [*said, f"In money nothing can be said: {forecast.why_no_money}"]
    if forecast.interval:
        span = words.span(forecast.interval, base.currency)
        said.append(f"As far as chance in the estimates goes, that is {span} in 19 cases of 20.")
    else:
        said.append("No interval can be given: refits on redrawn customers too often find no estimate.")
    if total > 0:
        top = pyramid.top_share(table["clv"], 0.20)
        said.append(f"The best fifth by CLV hold {words.share(top)} of it.")
    said.append(
        f"A new customer is expected to bring {words.money(forecast.newcomer, base.currency)} of profit in "
        "the same time, beside the profit of the first purchase: more than both they should not cost."
    )
    return said


def _tested(base: Base) -> tuple[Backtest | None, str]:
    try:
        return backtest(base), ""
    except CrmlabError as error:
        return None, str(error)


def _test_words(base: Base, tested: Backtest | None, why: str) -> str:
    if tested is None:
        return f"The forecast could not be tested on time kept back. {why}"
    said = (
        f"The test: from the orders up to {words.day(base.calibration)} alone, the {tested.name} expects "
        f"{words.count(tested.expected, 'repeat purchase')} by {words.day(base.end)}; "
        f"{words.count(tested.came, 'purchase')} came"
    )
    if not tested.came:
        return said + "."
    said += f", so the forecast was {off(tested.error)}. Letting everybody go on as before "
    said += f"would have been {off(tested.same_rate / tested.came - 1)}."
    if np.isfinite(tested.revenue_expected) and tested.revenue_came > 0:
        said += (
            f" In money: {words.about(tested.revenue_expected, base.currency)} expected, "
            f"{words.about(tested.revenue_came, base.currency)} came."
        )
    return said


def off(error: float) -> str:
    """Return how far a forecast was off, in words.

    Examples
    --------
    >>> off(-0.059), off(0.4), off(0.001)
    ('6% too low', '40% too high', 'right to the percent')
    """
    if abs(error) < 0.005:
        return "right to the percent"
    return f"{abs(error):.0%} too {'high' if error > 0 else 'low'}"


def _caveats(base: Base, forecast: Forecast, tested: Backtest | None) -> list[str]:
    said = [
        f"CLV counts today's customers only, at {base.margin:.0%} of revenue ({base.margin_words}), "
        f"discounted by {base.settings.discount:.0%} a year. It takes the future to go on as the past: a new "
        "competitor or a new catalogue is not in it.",
    ]
    if tested and tested.came and abs(tested.error) > _WRONG:
        said.append(
            f"The test missed by more than {_WRONG:.0%}, which is far outside what chance in the estimates "
            "explains. Use CLV to rank customers, not to promise sums."
        )
    if short_name(forecast.model) == "BG/NBD":
        said.append("In the BG/NBD nobody leaves before a second purchase: P(alive) of one-time buyers is 1.")
    if forecast.spend is not None and abs(forecast.spend.correlation_) > _LINKED:
        said.append(
            f"Frequency and spend correlate at {forecast.spend.correlation_:.2f}, though the model of spend "
            "takes them for independent: the values of the most frequent buyers are "
            f"{'too low' if forecast.spend.correlation_ > 0 else 'too high'}."
        )
    if forecast.steadied:
        models = words.listed(forecast.steadied)
        said.append(f"The fit of {models} needed a penalty to settle: the orders tell little, so be careful.")
    return said


def _todo(base: Base, forecast: Forecast, table: pd.DataFrame, quadrant: pd.Series) -> list[str]:
    said = []
    for name, members in table.groupby(quadrant, observed=True):
        line = f"{words.capital(str(name))} ({words.count(len(members), 'customer')}): {_MEANING[str(name)]}."
        said.append(line)
    first = float(table["first_amount"].mean()) * base.margin
    most = words.money(first + forecast.newcomer, base.currency)
    return [*said, f"Pay at most {most} to win a new customer like those you have."]


def _table(base: Base, table: pd.DataFrame, quadrant: pd.Series) -> Table:
    heads = ["corner", "customers", "profit so far", "profit to come", "each"]
    rows = [
        [
            str(name),
            f"{len(members):,}",
            words.money(float(members["profit"].sum()), base.currency),
            words.about(float(members["clv"].sum()), base.currency),
            words.money(float(members["clv"].mean()), base.currency),
        ]
        for name, members in table.groupby(quadrant, observed=True)
    ]
    return Table("Customer value matrix: past profit and CLV, each cut at its mean", heads, rows)


def _track(base: Base, tested: Backtest) -> Picture:
    from crmlab.plots import clv as plots

    return picture(plots.tracking, tested.track, calibration=base.calibration)


def _matrix(table: pd.DataFrame, quadrant: pd.Series) -> Picture:
    from crmlab.plots import value as plots

    return picture(plots.matrix, quadrant, table["profit"], table["clv"])
