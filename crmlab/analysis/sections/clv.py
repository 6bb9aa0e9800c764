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
from crmlab.language import mark, ntr, tr

_LINKED = 0.30  # correlation of frequency and spend beyond which their independence is in doubt
_WRONG = 0.20  # miss of the test beyond which the forecast needs a warning


def section(base: Base, standing: Standing, forecast: Forecast) -> Section:
    """Return the part of the report on lifetime value."""
    total = standing.sums["clv"] if forecast.spend else float("nan")
    made = Section("clv", tr("Lifetime value"), _title(base, standing, forecast, total))
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
        times = words.count(standing.sums["expected_purchases"], "time", "times")
        return tr("Today's customers are expected to buy {times} over {ahead}", times=times, ahead=ahead)
    return tr(
        "Today's customers are worth about {sum} of profit over {ahead}",
        sum=words.about(total, base.currency),
        ahead=ahead,
    )


def expected(number: float, ahead: str) -> str:
    """Return how many purchases are expected, as a clause.

    Examples
    --------
    >>> expected(1, "the next week"), expected(2357, "the next year")
    ('1 purchase is expected over the next week', '2,357 purchases are expected over the next year')
    """
    purchases = words.count(number, "purchase", "purchases")
    return ntr(
        "{purchases} is expected over {ahead}",
        "{purchases} are expected over {ahead}",
        number,
        purchases=purchases,
        ahead=ahead,
    )


def _value(base: Base, standing: Standing, forecast: Forecast, total: float) -> list[str]:
    """Say what is expected, how it is spread, and what a newcomer may cost."""
    said = _alive(base, standing, forecast)
    if forecast.spend is None:
        return [*said, tr("In money nothing can be said: {why}", why=forecast.why_no_money)]
    said.append(_interval(base, forecast))
    if total > 0:
        top = words.percent(pyramid.top_share(standing.frame["clv"], 0.20))
        said.append(tr("The best fifth by CLV hold {share} of the profit to come.", share=top))
    newcomer = tr(
        "A new customer is expected to bring {money} of profit in the same time, beside the profit of the "
        "first purchase; one should cost no more than both.",
        money=words.money(forecast.newcomer, base.currency),
    )
    return [*said, newcomer]


def _alive(base: Base, standing: Standing, forecast: Forecast) -> list[str]:
    alive = tr(
        "Of {customers}, about {alive:,} are still customers (the sum of P(alive)), and {expected}.",
        customers=words.count(base.size, "customer", "customers"),
        alive=round(standing.sums["p_alive"]),
        expected=expected(standing.sums["expected_purchases"], base.settings.ahead),
    )
    name = short_name(forecast.model)
    return [alive, tr("The model is the {model}, with spend from the Gamma-Gamma.", model=name)]


def _interval(base: Base, forecast: Forecast) -> str:
    if not forecast.interval:
        return forecast.why_no_interval
    return tr(
        "Fits to customers drawn anew put the profit to come at {span}, the outermost 5% left out. This is "
        "the "
        "doubt about the estimates alone: chance in what customers do, and the doubt whether the future is "
        "as "
        "the past, come on top.",
        span=words.span(forecast.interval, base.currency),
    )


def _tested(base: Base, forecast: Forecast) -> tuple[Backtest | None, str]:
    try:
        return backtest(base, type(forecast.model)), ""
    except CrmlabError as error:
        return None, str(error)


def _test_words(base: Base, tested: Backtest | None, why: str) -> str:
    if tested is None:
        return tr("The forecast could not be tested on time kept back. {why}", why=why)
    said = tr(
        "The test: from the orders up to {calibration} alone, the {model} expects {repeats} by {end}; {came} "
        "came",
        calibration=words.day(base.calibration),
        model=tested.name,
        repeats=words.count(tested.expected, "repeat purchase", "repeat purchases"),
        end=words.day(base.end),
        came=words.count(tested.came, "purchase", "purchases"),
    )
    if not tested.came:
        return f"{said}."
    said = tr(
        "{said}, so the forecast was {off}. Letting everybody go on as before would have been {off_before}.",
        said=said,
        off=off(tested.error),
        off_before=off(tested.same_rate / tested.came - 1),
    )
    if not (np.isfinite(tested.revenue_expected) and tested.revenue_came > 0):
        return said
    money = tr(
        "In money: {expected} expected, {came} came.",
        expected=words.about(tested.revenue_expected, base.currency),
        came=words.about(tested.revenue_came, base.currency),
    )
    return f"{said} {money}"


def off(error: float) -> str:
    """Return how far a forecast was off, in words.

    Examples
    --------
    >>> off(-0.059), off(0.4), off(0.001)
    ('6% too low', '40% too high', 'right to the percent')
    """
    if abs(error) < 0.005:
        return tr("right to the percent")
    if error > 0:
        return tr("{share:.0%} too high", share=error)
    return tr("{share:.0%} too low", share=-error)


def _caveats(base: Base, forecast: Forecast, tested: Backtest | None) -> list[str]:
    said = tr(
        "CLV counts today's customers only, at {margin:.0%} of revenue ({origin}), discounted by "
        "{discount:.0%} a year. It takes the future to go on as the past: a new competitor or a new "
        "catalogue "
        "is not in it.",
        margin=base.margin,
        origin=base.margin_words,
        discount=base.settings.discount_rate,
    )
    return [said, *_of_test(forecast, tested), *_of_models(forecast)]


def _of_test(forecast: Forecast, tested: Backtest | None) -> list[str]:
    if not tested:
        return []
    said = []
    if tested.came and abs(tested.error) > _WRONG:
        missed = tr(
            "The test missed by more than {share:.0%}, which is far outside what chance in the estimates "
            "explains. Use CLV to rank customers, not to promise sums.",
            share=_WRONG,
        )
        said.append(missed)
    if tested.name != short_name(forecast.model):
        other = tr(
            "The test is of the {tested}, for the {model} of the forecast finds no estimate in the earlier "
            "orders alone.",
            tested=tested.name,
            model=short_name(forecast.model),
        )
        said.append(other)
    return said


def _of_models(forecast: Forecast) -> list[str]:
    said = []
    if short_name(forecast.model) == "BG/NBD":
        said = [tr("In the BG/NBD nobody leaves before a second purchase: P(alive) of one-time buyers is 1.")]
    if forecast.spend is not None and abs(forecast.spend.correlation_) > _LINKED:
        said.append(_linked(forecast.spend.correlation_))
    if forecast.steadied:
        models = words.listed(tr(name) for name in forecast.steadied)
        steadied = tr(
            "The fit of {models} needed a penalty to settle: the orders tell little, so be careful.",
            models=models,
        )
        said.append(steadied)
    return said


def _linked(correlation: float) -> str:
    if correlation > 0:
        return tr(
            "Frequency and spend correlate at {r:.2f}, though the model of spend takes them for independent: "
            "the values of the most frequent buyers are too low.",
            r=correlation,
        )
    return tr(
        "Frequency and spend correlate at {r:.2f}, though the model of spend takes them for independent: the "
        "values of the most frequent buyers are too high.",
        r=correlation,
    )


def _todo(base: Base, standing: Standing, forecast: Forecast, corners: pd.DataFrame) -> list[str]:
    said = [
        tr(
            "{corner} ({customers}): {meaning}.",
            corner=words.capital(tr(str(name))),
            customers=words.count(row["customers"], "customer", "customers"),
            meaning=tr(str(CORNERS["meaning"][str(name)])),
        )
        for name, row in corners.iterrows()
    ]
    first = standing.sums["first_amount"] / base.size * base.margin
    most = words.money(first + forecast.newcomer, base.currency)
    return [*said, tr("Pay at most {most} to win a new customer like those you have.", most=most)]


def _table(base: Base, corners: pd.DataFrame) -> Table:
    heads = [
        mark("corner"), mark("customers"), mark("profit so far"), mark("profit to come"), mark("each"),
    ]  # fmt: skip
    rows = [
        [
            tr(str(name)),
            f"{row['customers']:,.0f}",
            words.money(row["profit_total"], base.currency),
            words.about(row["clv_total"], base.currency),
            words.money(row["clv_mean"], base.currency),
        ]
        for name, row in corners.iterrows()
    ]
    return Table(tr("Customer value matrix: past profit and CLV, each cut at its mean"), heads, rows)


def _track(base: Base, tested: Backtest) -> Picture:
    from crmlab.plots import clv as plots

    return picture(plots.tracking, tested.track, calibration=base.calibration)


def _matrix(standing: Standing) -> Picture:
    from crmlab.plots import decisions as plots

    table = standing.frame
    return picture(plots.matrix, value_matrix(table["profit"], table["clv"]), table["profit"], table["clv"])
