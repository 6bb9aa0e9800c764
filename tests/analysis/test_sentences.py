"""What the report says in words, held against plain pandas on the orders and on the customers' file."""

import html
import re

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab import words
from crmlab.analysis import base, forecast
from crmlab.analysis.answer import answer
from crmlab.analysis.backtest import Backtest


@pytest.fixture(scope="module")
def said(done):
    """The words of the report, without its marks."""
    _, out = done
    page = re.sub(
        r"<(style|head).*?</\\1>", "", (out / "report.html").read_text(encoding="utf-8"), flags=re.S
    )
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.fixture(scope="module")
def people(done):
    """The customers as they are in the file."""
    _, out = done
    return pd.read_parquet(out / "customers.parquet").set_index("customer_id")


def test_shares_and_sums_of_groups(done, said, people):
    analysis, _ = done
    orders = crm.datasets.cdnow(sample=True).to_pandas()
    assert f"brought {orders['amount'].sum():,.0f} USD from 1 January 1997 to 30 June 1998" in said
    for column, name in (("stage", "lifecycle"), ("segment", "rfm"), ("tier", "pyramid")):
        (table,) = analysis.sections[name].tables
        revenue = people.groupby(column)["total"].agg(["size", "sum"])
        shown = pd.DataFrame(table.rows, columns=table.heads).set_index(table.heads[0])
        assert set(revenue.index) <= set(shown.index)
        for group, (size, brought) in revenue.iterrows():
            row = shown.loc[group]
            assert row["customers"] == f"{size:,.0f}"
            assert row["share"] == words.percent(size / len(people))
            assert row[shown.columns[shown.columns.str.startswith("revenue")][0]] == words.money(
                brought, "USD"
            )
    silent = people[people["stage"] == "decline"]
    part, brought = len(silent) / len(people), silent["total"].sum() / people["total"].sum()
    assert f"{len(silent):,} customers ({part:.0%}), who brought {brought:.0%} of the revenue so far" in said
    assert f"the model takes about {silent['p_alive'].sum():,.0f} of them to be still here" in said
    assert f"in decline {part:.0%}" in said


def test_a_letter_is_worth_what_it_can_change(said, people):
    called = people[people["call_list"]]
    gone = 1 - called["p_alive"]
    won = gone * called["clv"] / called["p_alive"]
    assert f"write personally to the {len(called)} customers" in said
    assert f"About {gone.sum():,.0f} of them are gone by the model" in said
    assert f"that is about {words.about(won.sum() / gone.sum(), 'USD')} of profit" in said
    assert f"each letter may cost up to {words.money(won.mean() / 20, 'USD')}" in said
    assert won.mean() < (called["clv"] / called["p_alive"]).mean()  # who is still here comes anyway


def test_where_nobody_is_gone_a_letter_changes_nothing(done):
    analysis, _ = done
    standing = analysis.standing
    before = dict(standing.sums)
    standing.__dict__["sums"] = before | {"gone": 0.4, "won_back": 3.0}
    try:
        assert "letters can change little" in answer(analysis.base, standing, analysis.sections)[3]
    finally:
        standing.__dict__["sums"] = before


def test_the_sum_to_come_stands_beside_its_doubts(done, said):
    analysis, _ = done
    facts = analysis.sections["clv"].facts
    split = crm.summarise(analysis.base.transactions, unit="W", calibration="1997-12-30", end="1998-06-30")
    model = crm.clv.MBGNBD().fit(split)
    error = model.expected_purchases(split, 26.0).sum() / split.frame["holdout_frequency"].sum() - 1
    assert facts["test"].error == pytest.approx(error)
    off = f"{abs(error):.0%} too {'low' if error < 0 else 'high'}"
    first, tile = analysis.answer[0], said[said.index("profit of the next 52 weeks") :][:150]
    for text in (first, tile):
        assert words.span(facts["interval"], "USD") in text
        assert "the estimates alone" in text
        assert off in text
    assert "in 19 cases of 20" not in said
    assert "30% of revenue is profit, which is assumed" in first


def test_an_interval_leaves_out_the_outermost_twentieth(done, monkeypatch):
    analysis, _ = done
    draws = type("", (), {"models": list})()
    monkeypatch.setattr(forecast, "_draws", lambda *_: draws)
    monkeypatch.setattr(forecast, "_moved", lambda *_: np.linspace(0.0, 1.0, 1001).tolist())
    (low, high), _ = forecast._interval(analysis.base, analysis.forecast.model, analysis.forecast.spend)
    assert low / high == pytest.approx(0.025 / 0.975)


def test_a_newcomer_brings_profit_and_not_revenue(done, said, people):
    analysis, _ = done
    model, spend = analysis.forecast.model, analysis.forecast.spend
    fresh = pd.DataFrame({"frequency": [0], "recency": [0.0], "T": [0.0]})
    repeats = model.discounted_purchases(fresh, discount_rate=0.10, horizon=52.0).iloc[0]
    assert analysis.forecast.newcomer == pytest.approx(0.30 * spend.mean_spend * repeats)
    most = 0.30 * people["first_amount"].mean() + analysis.forecast.newcomer
    assert f"Pay at most {words.money(most, 'USD')} to win a new customer" in said


def test_a_forecast_above_what_came_was_too_high():
    tested = Backtest(12.0, 10.0, 11.0, 1.0, 1.0, pd.DataFrame(), "BG/NBD")
    assert tested.error == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("goods", "margin"), [(None, 0.30), (25.0, 0.25), (100.0, 1.0), (0.0, 0.30), (-5.0, 0.30), (120.0, 0.30)]
)
def test_the_margin_is_from_goods_that_leave_a_profit(goods, margin):
    assert base._margin(100.0, goods, None)[0] == margin
    assert base._margin(100.0, goods, 0.4)[0] == 0.4
