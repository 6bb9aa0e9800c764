"""The simulated manufacturer: visits, terms, deals and teams do in its tables what its equations say."""

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab.errors import InputError
from crmlab.simulate import World, accounts

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out


@pytest.fixture(scope="module")
def maker() -> World:
    return accounts(seed=7)


def by_quarter(world: World) -> pd.DataFrame:
    """Return orders and visits of each account in each full quarter of 91 days."""
    start = pd.Timestamp("2023-01-01")
    counts = {}
    for name in ("orders", "visits"):
        table = world.table(name)
        quarter = (table["date"] - start).dt.days // 91
        counts[name] = table[quarter < 8].groupby(["customer_id", quarter[quarter < 8]]).size()
    every = pd.MultiIndex.from_product([world.truth.index, range(8)])
    return pd.DataFrame(counts).reindex(every).fillna(0).reset_index(names=["customer_id", "quarter"])


def test_visits_win_what_the_curve_says(maker):
    """Orders a quarter against visits, inside each class: 3 (a + (1 - a) v / (2 + v))."""
    cells = by_quarter(maker)
    terms = maker.table("terms").set_index("customer_id")["discount"]
    usual = terms.reindex(cells["customer_id"]).to_numpy()
    cells = cells[~np.isin(usual, ["single order", "periodic cumulative"])]
    floor = maker.truth["floor"].reindex(cells["customer_id"]).to_numpy()
    for a in np.unique(floor):
        mine = cells[floor == a]
        win = mine["visits"] / (2 + mine["visits"])
        design = np.column_stack([np.ones(len(mine)), win])
        (low, gain), *_ = np.linalg.lstsq(design, mine["orders"], rcond=None)
        # The variance of a Poisson count is its mean.
        inverse = np.linalg.inv(design.T @ design)
        mean = 3 * (a + (1 - a) * win)
        error = np.sqrt(np.diag(inverse @ (design.T * mean.to_numpy()) @ design @ inverse))
        assert abs(low - 3 * a) < 3 * error[0], a
        assert abs(gain - 3 * (1 - a)) < 3 * error[1], a


def test_the_largest_accounts_gain_least_from_a_visit(maker):
    """Across classes who is visited more buys more, whatever the visit does: not so the next visit."""
    truth, kind = maker.truth, maker.table("attributes")["account_class"]
    usual = kind.map({"small": 0.4, "ordinary": 1.5, "key": 6.0}).astype(float)
    slope = truth["potential"] / 4 * (1 - truth["floor"]) * 2 / (2 + usual) ** 2 / truth["potential"]
    assert slope.groupby(kind, observed=True).mean().is_monotonic_decreasing
    spent = maker.table("orders").groupby("customer_id")["amount"].sum()
    visits = maker.table("visits").groupby("customer_id").size()
    assert spent.corr(visits, method="spearman") > 0.4


def test_terms_move_volume_or_time_alone():
    many = accounts(customers=12_000, seed=3, spread=0.3)
    orders, terms = many.table("orders"), many.table("terms").set_index("customer_id")
    mean = many.truth["floor"] + (1 - many.truth["floor"]) * 0.3  # about; the same for all terms
    volume = orders.groupby("customer_id")["list_amount"].sum().reindex(terms.index, fill_value=0)
    volume /= many.truth["potential"] * mean
    groups = volume.groupby(terms["discount"]).agg(["mean", "sem"])
    none = groups.loc["none", "mean"]
    for kind, lift in (("single order", 1), ("unlimited cumulative", 1.05), ("direct", 1.10)):
        error = np.hypot(groups.loc[kind, "sem"], groups.loc["none", "sem"] * lift)
        assert abs(groups.loc[kind, "mean"] - none * lift) < 3 * error, kind
    credit = volume.groupby(terms["credit_days"]).agg(["mean", "sem"])
    error = np.hypot(credit.loc[60, "sem"], credit.loc[0, "sem"])
    assert abs(credit.loc[60, "mean"] - 1.048 * credit.loc[0, "mean"]) < 3 * error

    kind = terms["discount"].reindex(orders["customer_id"]).to_numpy()
    december = (orders["date"].dt.month == 12).groupby(kind).mean()
    assert december["periodic cumulative"] > 1.6 * december["none"]
    late = (orders["paid"] - orders["date"]).dt.days - terms["credit_days"].reindex(
        orders["customer_id"]
    ).to_numpy()
    early = orders["date"] < "2024-06-01"  # so that all are paid by the end
    assert late[early].mean() == pytest.approx(8, abs=0.5 + 3 * late[early].std() / np.sqrt(early.sum()))


def test_deals_pass_their_steps_with_the_chances():
    many = accounts(customers=20_000, seed=5, orders_per_quarter=0.1)
    deals, steps = many.table("deals"), many.table("deal_steps")
    old = set(deals.loc[deals["date"] < "2023-07-01", "deal_id"])  # all but a few are closed
    reached = steps[steps["deal_id"].isin(old)]["step"].value_counts(sort=False)
    for step, chance in (("need", 0.85), ("description", 0.85), ("specification", 0.80), ("search", 0.80)):
        place = reached.index.get_loc(step)
        size = reached.iloc[place]
        error = np.sqrt(chance * (1 - chance) / size)
        assert abs(reached.iloc[place + 1] / size - chance) < 3 * error + 0.005, step  # a few are under way
    closed = deals[deals["deal_id"].isin(old) & (deals["outcome"] != "open")]
    won = closed["outcome"] == "won"
    assert closed["value"].sum() * won.mean() > 1.4 * closed["value"][won].sum()
    number = closed["seller"].str[1:].astype(int) % 3
    ratio = closed["forecast"].groupby(number).mean() / won.groupby(number).mean()
    true = pd.Series({1: 0.6, 2: 1.0, 0: 1.6})
    assert (np.abs(np.log(ratio / true)) < 0.25).all()  # of some 100 wins each: a standard error of 0.1
    left = many.truth[["pipeline_expected", "pipeline_won"]].sum()
    open_ = deals[deals["outcome"] == "open"]
    assert 0 < left["pipeline_expected"] < open_["value"].sum()
    assert open_["closed"].isna().all()
    assert deals["reason"].notna().equals(deals["outcome"] == "lost")


def test_a_joint_team_cuts_stock_while_all_key_accounts_grow(maker):
    stock, team = maker.table("stock"), maker.table("programme").set_index("customer_id")
    start = team["date"].iloc[0]
    level = stock.groupby(["customer_id", stock["date"] >= start])["stock_days"].mean().unstack()
    change = (level[True] - level[False]).groupby(team["arm"]).agg(["mean", "sem"])
    effect = change.loc["joint team", "mean"] - change.loc["none", "mean"]
    assert abs(effect + 9) < 3 * np.sqrt((change["sem"] ** 2).sum())
    orders = maker.table("orders")
    mine = orders[orders["customer_id"].isin(team.index[team["arm"] == "none"])]
    years = mine.groupby(mine["date"].dt.year)["list_amount"].sum()
    assert years[2024] > years[2023]


def test_the_decoys_tell_nothing_and_the_classes_are_by_potential(maker):
    known, log = maker.table("attributes"), np.log(maker.truth["potential"])
    for decoy in ("industry", "region"):
        groups = log.groupby(known[decoy]).agg(["mean", "sem"])
        assert (np.abs(groups["mean"] - log.mean()) < 3 * groups["sem"]).all(), decoy
    edges = log.groupby(known["account_class"], observed=True).agg(["min", "max"])
    assert (edges["min"].iloc[1:].to_numpy() >= edges["max"].iloc[:-1].to_numpy()).all()


def test_options_move_what_hangs_on_them_alone(maker):
    again = accounts(**json.loads(json.dumps(maker.parameters)))
    for name, table in maker.tables.items():
        assert_frame_equal(again.tables[name], table)
    other = accounts(**maker.parameters | {"deals_per_year": 6.0, "rate": 0.02, "joint": 0.7})
    assert_frame_equal(other.table("visits"), maker.table("visits"))
    assert_frame_equal(other.table("attributes"), maker.table("attributes"))
    columns = ["customer_id", "date", "order_id"]
    assert_frame_equal(other.table("orders")[columns], maker.table("orders")[columns])
    assert len(other.table("deals")) > 1.6 * len(maker.table("deals"))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"margin": 1}, "margin is 1, but must be a number between 0 and 1"),
        ({"rate": 0.5}, "rate is 0.5"),
        ({"potential": 0}, "potential is 0"),
        ({"customers": 100_000_000}, "Take fewer customers"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        accounts(**{"seed": 1} | wrong)
    assert message in str(caught.value)
