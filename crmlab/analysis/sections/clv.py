"""Lifetime value: what today's customers are expected to bring, how sure that is, and a test of it."""

import numpy as np
import pandas as pd

from crmlab import pyramid, words
from crmlab.analysis.backtest import Backtest, backtest
from crmlab.analysis.base import Base
from crmlab.analysis.forecast import Forecast, short_name
from crmlab.analysis.pictures import Picture, picture
from crmlab.analysis.section import Section, Table
from crmlab.analysis.table import Standing
from crmlab.decisions import CORNERS, value_matrix, with_corners
from crmlab.errors import CrmlabError
from crmlab.groups import profile_of

_LINKED = 0.30  # correlation of frequency and spend beyond which their independence is in doubt
_WRONG = 0.20  # miss of the test beyond which the forecast needs a warning


def section(base: Base, standing: Standing, forecast: Forecast) -> Section:
    """Return the part of the report on lifetime value."""
    total = standing.sums["clv"] if forecast.spend else float("nan")
    made = Section("clv", "Lifetime value", _title(base, standing, forecast, total))
    tested, why = _tested(base, forecast)
    made.facts = {"clv": total, "interval": forecast.interval, "test": tested, "newcomer": forecast.newcomer}
    made.text = [" ".join(_value(base, standing, forecast, total)), _test_words(base, tested, why)]
    made.caveats = _caveats(base, forecast, tested)
    if tested and tested.came:
        made.pictures.append(_track(base, tested))
    if total > 0:
        corners = _corners(standing)
        made.todo = _todo(base, standing, forecast, corners)
        made.tables = [_table(base, corners)]
        if len(corners) > 1 and standing.one_in == 1:  # it counts customers
            made.pictures.append(_matrix(standing))
    return made


def _corners(standing: Standing) -> pd.DataFrame:
    """Return the corners of the value matrix that hold anybody: customers, past profit and CLV."""
    cut = with_corners(standing.customers, past="profit", future="clv")
    corners = profile_of(cut, "quadrant", ["profit", "clv"], [*CORNERS.index])
    return corners[corners["customers"] > 0]


def _title(base: Base, standing: Standing, forecast: Forecast, total: float) -> str:
    ahead = base.settings.ahead
    if forecast.spend is None:
        expected = standing.sums["expected_purchases"]
        return f"Today's customers are expected to buy {words.count(expected, 'time')} over {ahead}"
    return f"Today's customers are worth about {words.about(total, base.currency)} of profit over {ahead}"


def _value(base: Base, standing: Standing, forecast: Forecast, total: float) -> list[str]:
    """Say what is expected, how it is spread, and what a newcomer may cost."""
    alive, expected = standing.sums["p_alive"], standing.sums["expected_purchases"]
    said = [
        f"Of {words.count(base.size, 'customer')}, about {round(alive):,} are still customers (the sum of "
        f"P(alive)), and {words.count(expected, 'purchase')} are expected over {base.settings.ahead}. "
        f"The model is the {short_name(forecast.model)}, with spend from the Gamma-Gamma."
    ]
    if forecast.spend is None:
        return [*said, f"In money nothing can be said: {forecast.why_no_money}"]
    if forecast.interval:
        span = words.span(forecast.interval, base.currency)
        said.append(
            f"Fits to customers drawn anew put the profit to come at {span}, the outermost 5% left out. "
            "This is the doubt about the estimates alone: chance in what customers do, and the doubt whether "
            "the future is as the past, come on top."
        )
    else:
        said.append(forecast.why_no_interval)
    if total > 0:
        top = pyramid.top_share(standing.frame["clv"], 0.20)
        said.append(f"The best fifth by CLV hold {words.percent(top)} of the profit to come.")
    said.append(
        f"A new customer is expected to bring {words.money(forecast.newcomer, base.currency)} of profit in "
        "the same time, beside the profit of the first purchase; one should cost no more than both."
    )
    return said


def _tested(base: Base, forecast: Forecast) -> tuple[Backtest | None, str]:
    try:
        return backtest(base, type(forecast.model)), ""
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
        f"discounted by {base.settings.discount_rate:.0%} a year. It takes the future to go on as the past: "
        "a new competitor or a new catalogue is not in it.",
    ]
    if tested and tested.came and abs(tested.error) > _WRONG:
        said.append(
            f"The test missed by more than {_WRONG:.0%}, which is far outside what chance in the estimates "
            "explains. Use CLV to rank customers, not to promise sums."
        )
    if tested and tested.name != short_name(forecast.model):
        said.append(
            f"The test is of the {tested.name}, for the {short_name(forecast.model)} of the forecast finds "
            "no estimate in the earlier orders alone."
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


def _todo(base: Base, standing: Standing, forecast: Forecast, corners: pd.DataFrame) -> list[str]:
    said = [
        f"{words.capital(str(name))} ({words.count(row['customers'], 'customer')}): "
        f"{CORNERS['meaning'][str(name)]}."
        for name, row in corners.iterrows()
    ]
    first = standing.sums["first_amount"] / base.size * base.margin
    most = words.money(first + forecast.newcomer, base.currency)
    return [*said, f"Pay at most {most} to win a new customer like those you have."]


def _table(base: Base, corners: pd.DataFrame) -> Table:
    heads = ["corner", "customers", "profit so far", "profit to come", "each"]
    rows = [
        [
            str(name),
            f"{row['customers']:,.0f}",
            words.money(row["profit_total"], base.currency),
            words.about(row["clv_total"], base.currency),
            words.money(row["clv_mean"], base.currency),
        ]
        for name, row in corners.iterrows()
    ]
    return Table("Customer value matrix: past profit and CLV, each cut at its mean", heads, rows)


def _track(base: Base, tested: Backtest) -> Picture:
    from crmlab.plots import clv as plots

    return picture(plots.tracking, tested.track, calibration=base.calibration)


def _matrix(standing: Standing) -> Picture:
    from crmlab.plots import decisions as plots

    table = standing.frame
    return picture(plots.matrix, value_matrix(table["profit"], table["clv"]), table["profit"], table["clv"])
