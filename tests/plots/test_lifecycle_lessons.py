"""Pictures of staying, leaving, warning and winning back: words, tables, findings that follow from data."""

from functools import partial
from importlib import import_module
from inspect import getmembers, isfunction

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from pandas.testing import assert_frame_equal, assert_series_equal

import crmlab as crm
from crmlab import lifecycle as theory
from crmlab.decisions import uplift
from crmlab.errors import DataError, InputError
from crmlab.plots import alt_text, table
from crmlab.plots.lifecycle import (
    barriers,
    base,
    causes,
    chains,
    claims,
    diffusion,
    mouth,
    phases,
    recovery,
    retention,
    successors,
    warning,
)

MODULES = (
    barriers, base, causes, chains, claims, diffusion, mouth, phases, recovery, retention, successors,
    warning,
)  # fmt: skip
END = "2024-12-31"


def looked_at(contracts: pd.DataFrame) -> pd.DataFrame:
    """Return the two means of how long customers stay, by the day on which one looks."""
    days = pd.date_range("2023-01-01", END, periods=4).normalize()
    seen = {day: theory.mean_life(theory.lives(contracts, day), horizon=9, unit="M") for day in days}
    return pd.DataFrame(seen).T[["of_leavers", "restricted"]]


@pytest.fixture(scope="module")
def operator():
    world = crm.simulate.contracts(3000, seed=3, competitor=0.6)
    contracts = world.table("contracts").set_index("customer_id")
    return contracts, theory.lives(contracts, END)


@pytest.fixture(scope="module")
def pictures(operator):
    contracts, lives = operator
    day = contracts["fee_until"].max()
    group = pd.Series(np.where(contracts["exit_fee"] > 0, "fee", "no fee"), contracts.index)
    rates = theory.hazard_around(lives, day, group, window=120)
    known = lives.join(contracts[["bundle", "term"]]).assign(coin=np.arange(len(lives)) % 2)
    ratios = theory.hazard_ratios(known, ["bundle", "coin"], strata="term")
    rng = np.random.default_rng(1)
    treated = pd.Series(rng.random(2000) < 0.5)
    back = pd.Series(rng.random(2000) < np.where(treated, 0.35, 0.2))
    trial = uplift(treated, back, by=pd.Series(np.where(rng.random(2000) < 0.3, "major", "minor")))
    chance = pd.Series(rng.beta(1, 6, 3000))
    left = pd.Series(rng.random(3000) < chance)
    found, scored = theory.alarms(chance, left), theory.score_table(chance, left)
    market = crm.simulate.prospects(1500, seed=2)
    asked, orders = market.table("prospects"), market.table("orders")
    failures = pd.DataFrame(
        {
            "severity": ["minor"] * 9 + ["major"] * 4,
            "complained": [True] * 4 + [False] * 5 + [True] + [False] * 3,
        }
    )
    shop = crm.simulate.business(800, seed=2).table("orders")
    before, after = (theory.period_profits(shop, f"2024-{m}", f"2024-{n}")
                     for m, n in (("01-01", "06-30"), ("07-01", "12-31")))  # fmt: skip
    region = theory.claim_region(lambda cost, stays: 0.05 / (1.05 - stays) / (1 - cost),
                                 np.linspace(0, 0.8, 30), np.linspace(0.5, 0.9, 30))  # fmt: skip
    ways = pd.DataFrame(
        {"value": [0.1, 0.55, 0.9], "low": [0.05, 0.51, 0.85], "high": [0.2, 0.58, 0.95]},
        ["minor", "major", "top"],
    )
    waits = pd.DataFrame({"minor": np.linspace(0, 0.9, 91), "major": np.linspace(0, 0.4, 91)})
    sales = theory.bass_sales(0.03, 0.4, 1000, periods=9)["sales"]
    rungs = ["out", "low", "top"]
    machines = crm.simulate.adoption(800, seed=4)
    goods = machines.table("products")
    bought = machines.table("orders").join(goods["generation"], on="product")
    by_year = bought.groupby([bought["date"].dt.year, "generation"]).size().unstack(fill_value=0)
    volume = theory.product_volume(bought, goods.groupby("generation")["launch"].min(), END)
    ages = theory.cohort_volume(machines.table("orders"), unit="Y")["orders"].head(12)
    moves = pd.DataFrame([[0.9, 0.1, 0.0], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7]], rungs, rungs)
    means = [0.5, 0.9, 1.0, 1.2, 1.6, 2.0]
    dies = pd.Series([theory.extinction(theory.poisson_offspring(mean)) for mean in means], means)
    cures = pd.DataFrame({"service": [0.5, 0.0], "discount": [0.2, 0.4]}, index=["firm", "rival"])
    plan = theory.best_responses(
        pd.Series({"firm": 10, "rival": 20}), cures, pd.Series({"service": 20, "discount": 30}), value=100.0
    )
    first = shop.groupby("customer_id")["date"].min()
    teller = crm.simulate.business(800, seed=2).table("attributes")["referred_by"].reindex(first.index)
    middle = first.min() + (first.max() - first.min()) / 2
    halves = {
        "major": theory.brought_by_age(teller, first, among=first.index[first <= middle]),
        "minor": theory.brought_by_age(teller, first, among=first.index[first > middle]),
    }
    told = pd.DataFrame({"good": [5.0, 5.0], "bad": [10.0, 30.0]}, index=["firm", "rival"])
    times = np.linspace(1, 15, 50)
    prices = pd.Series([theory.delight_price(0.2, each, 10, caused=0.5) for each in times], times)
    return {
        "newcomers": partial(mouth.newcomers, theory.newcomers(teller, first)),
        "brought_by_age": partial(mouth.brought_by_age, halves, age=90),
        "sayings": partial(mouth.sayings, told, here=0.05),
        "delight_break_even": partial(
            mouth.delight_break_even,
            prices,
            advertising=25.0,
            worth=40.0,
            times=12.0,
            even=5.0,
            currency="EUR",
        ),
        "generations": partial(successors.generations, by_year),
        "two_lives": partial(successors.two_lives, volume, ages, judged=2),
        "followed": partial(successors.followed, theory.followed(bought, 2, "2020-01-01", END), generation=2),
        "staying": partial(retention.staying, theory.survival(lives), theory.mean_life(lives)),
        "hazard": partial(retention.hazard, theory.retention_by_age(lives)),
        "triangle": partial(retention.triangle, theory.cohort_table(lives)),
        "looks": partial(retention.looks, looked_at(contracts), horizon=9),
        "rates": partial(barriers.rates, rates, theory.hazard_change(rates, bound="fee", control="no fee")),
        "ratios": partial(barriers.ratios, ratios, names={"bundle": "a bundle", "coin": "a coin"}),
        "kinds": partial(recovery.kinds, theory.response_kinds(trial), group="minor"),
        "gain": partial(recovery.gain, theory.recovery_value(trial, 100.0, gesture=2), currency="EUR"),
        "arms": partial(recovery.arms, trial, what="gift"),
        "silent": partial(recovery.silent, failures),
        "mix": partial(causes.mix, theory.cause_mix(lives, contracts["reason"])),
        "responses": partial(causes.responses, plan, currency="EUR"),
        "profit_by_alarm": partial(
            warning.profit_by_alarm,
            found,
            theory.alarm_profit(found, value=200, offer=20, contact=2, accepts=0.3),
            currency="EUR",
        ),
        "race": partial(warning.race, {"rule": found, "logistic": found}),
        "lead": partial(warning.lead, pd.Series([3.0, 20.0, np.nan])),
        "lift": partial(warning.lift, scored),
        "calibration": partial(warning.calibration, scored),
        "steps": partial(phases.steps, theory.funnel(asked, orders, END, within=180), within=180),
        "shares": partial(phases.shares, theory.demand_phases(asked, orders, END)),
        "region": partial(
            claims.region, region, low=0.85, across="cost", up="stays", claim="85%", here=(0.3, 0.8)
        ),
        "counted": partial(claims.counted, ways, low=0.5, high=0.6, claim="Half"),
        "chances": partial(claims.chances, waits, claimed={"top": 0.5, "low": 0.15}),
        "bridge": partial(
            base.bridge, theory.profit_changes(before, after), before["profit"].sum(), currency="EUR"
        ),
        "cohorts": partial(base.cohorts, theory.cohort_value(shop, "2023-12-31"), currency="EUR", cost=30.0),
        "known_and_new": partial(
            base.known_and_new,
            pd.DataFrame({"of_known": [40.0, 90.0], "of_new": [60.0, 50.0]}, index=["first", "second"]),
            currency="EUR",
        ),
        "layers": partial(base.layers, theory.layer_cake(shop, cohort="Q"), currency="EUR"),
        "bass": partial(diffusion.bass, sales, theory.fit_bass(sales).loc["likelihood"], ahead=6),
        "passage": partial(chains.passage, theory.first_passage(moves), to="top"),
        "pushes": partial(chains.pushes, theory.push_on_share(moves, of="top"), of="at the top"),
        "dying_out": partial(mouth.dying_out, dies, here=1.2),
        "chain_sizes": partial(
            mouth.chain_sizes, theory.simulated_chains(theory.poisson_offspring(0.8), chains=500, seed=1)
        ),
    }


NAMES = [
    "arms", "bass", "bridge", "brought_by_age", "calibration", "chain_sizes", "chances", "cohorts", "counted",
    "delight_break_even", "dying_out", "followed", "gain", "generations", "hazard", "kinds", "known_and_new",
    "layers", "lead", "lift", "looks", "mix", "newcomers", "passage", "profit_by_alarm", "pushes", "race",
    "rates", "ratios", "region", "responses", "sayings", "shares", "silent", "staying", "steps", "triangle",
    "two_lives",
]  # fmt: skip
FINDINGS = {
    "generations": "2 of 3 generations are below their best year",
    "two_lives": "a customer for 12 years or more",
    "followed": "After 4 years",
    "staying": "on average; leavers stayed",
    "looks": "Day by day, the mean of those who left goes from",
    "rates": "Without the barrier they leave",
    "ratios": "A bundle: times",
    "kinds": "a trial cannot say more",
    "gain": "The offer pays in every group",
    "arms": "brings",
    "silent": "Of those to whom something went wrong, 38% complained",
    "mix": "of those who gave a reason",
    "responses": "To each cause its own: 500.00 EUR; discount for all: 100.00",
    "steps": "Most are lost before 1 purchase day",
    "cohorts": "months a customer had brought",
    "known_and_new": "Profit rose from 100.00 to 140.00 EUR:\nknown customers bring 90.00 of it",
    "region": "85%: true in the blue",
    "counted": "Half: true in 1 of 3 ways to count",
    "chances": "30% buy within 30 days, 90% within 90",
    "bass": "The peak is past",
    "passage": "From out to top takes",
    "pushes": "A push from",
    "newcomers": "of the newcomers\n(in a month between",
    "brought_by_age": "By day 90 major had brought",
    "sayings": "bad words equal the good ones\nif 14% to 33% of the customers are unhappy",
    "delight_break_even": "over\n5.0 times as many; the saying promises 12.0 times",
    "dying_out": "If each brings 1.2 others, 69% of the chains still die out",
}


def test_no_picture_is_left_out(pictures):
    drawn = {
        name
        for module in MODULES
        for name, item in getmembers(module, isfunction)
        if item.__module__ == module.__name__ and not name.startswith("_")
    }
    assert drawn == set(pictures) == set(NAMES)
    assert not drawn & {module.__name__.rpartition(".")[2] for module in MODULES}


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_has_words_a_table_and_a_finding(pictures, name):
    ax = pictures[name]()
    assert isinstance(ax, Axes)
    assert len(alt_text(ax)) > 50
    assert "nan" not in alt_text(ax)
    assert not table(ax).empty
    assert FINDINGS.get(name, "") in ax.get_title(loc="left")
    assert ax.get_title(loc="left")


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_is_drawn_where_it_is_told_and_changes_nothing(pictures, name):
    given = [getattr(item, "copy", lambda: None)() for item in pictures[name].args]
    _, ax = plt.subplots()
    assert pictures[name](ax=ax) is ax
    for before, after in zip(given, pictures[name].args, strict=True):
        if isinstance(before, pd.DataFrame):
            assert_frame_equal(before, after)
        elif isinstance(before, pd.Series):
            assert_series_equal(before, after)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    words = "service better offer moved not stated fee no bundle coin discount firm rival minor major low top"
    data = f"{words} first second gift Better Minor Half logistic out cost stays at the EUR Q a A".split()
    assert bypassing(pictures[name], data=data) == []


def test_titles_follow_the_data():
    nobody = pd.DataFrame({"days": [30.0, 60.0], "left": False})
    ax = retention.staying(theory.survival(nobody), theory.mean_life(nobody))
    assert ax.get_title(loc="left").startswith("Nobody has left in")
    ages = pd.DataFrame({"days": np.repeat([20.0, 400.0], [60, 60]), "left": True})
    falling = theory.retention_by_age(ages)
    assert "rarer with age" in retention.hazard(falling).get_title(loc="left")
    found = theory.alarms(pd.Series([0.9, 0.1]), pd.Series([True, False]))
    costs = {"value": 2, "offer": 1, "contact": 1, "accepts": 0.1}
    ax = warning.profit_by_alarm(found, theory.alarm_profit(found, **costs), currency="EUR")
    assert ax.get_title(loc="left") == "No alarm pays: the best is to call nobody"
    assert warning.race({"rule": found}).get_title(loc="left").startswith("Rule: of the first tenth")
    flat = theory.alarms(pd.Series([0.5, 0.5]), pd.Series([True, False]))
    assert "than chance" in warning.race({"rule": flat}).get_title(loc="left")
    days = pd.Series([10.0, 20.0, 30.0, np.nan])
    assert "3 of 4 leavers, for half of these 20 days" in warning.lead(days).get_title(loc="left")
    assert "last bought 20 days before" in warning.lead(days, before=False).get_title(loc="left")
    cells = theory.claim_region(lambda one, two: one + two, [0.1, 0.2], [0.1, 0.2])
    words = {"across": "one", "up": "two", "claim": "it"}
    assert "true nowhere" in claims.region(cells, low=1, **words).get_title(loc="left")
    assert "true everywhere" in claims.region(cells, low=0, **words).get_title(loc="left")
    ways = pd.DataFrame({"value": [0.55, 0.56], "low": [0.51, 0.52], "high": [0.58, 0.59]}, ["a", "A"])
    for low, high, says in [(0.5, 0.6, "each of 2"), (0.6, 0.7, "none of 2"), (0.55, 0.57, "sure in none")]:
        assert says in claims.counted(ways, low=low, high=high, claim="It").get_title(loc="left")
    short = pd.DataFrame({"a": [0.0, 0.5]})
    assert "within 1 days" in claims.chances(short, claimed={"a": 0.5}).get_title(loc="left")
    moves = pd.DataFrame([[1.0, 0.0], [0.5, 0.5]], ["end", "way"], ["end", "way"])
    seen = pd.DataFrame({"of_leavers": [3.0, 7.0], "restricted": 9.0}, pd.date_range("2024-01-01", periods=2))
    said = [retention.looks(each, horizon=11).get_title(loc="left") for each in (seen, seen.iloc[[1, 1]])]
    assert said[0].endswith("goes from 3.0 to 7.0 months")
    assert said[1].endswith("had stayed 7.0 months")
    none = retention.looks(seen.assign(of_leavers=np.nan), horizon=11).get_title(loc="left")
    assert none == "Nobody had left on any of these days"
    assert "Nobody is sure" in chains.passage(theory.first_passage(moves), to="way").get_title(loc="left")


def test_arms_say_what_a_trial_tells():
    trial = {"treated": 50, "held_back": 50, "with": [0.6, 0.5], "without": [0.3, 0.5], "uplift": [0.3, 0.0]}
    found = pd.DataFrame(trial | {"low": [0.1, -0.2], "high": [0.5, 0.2]}, index=["minor", "major"])

    def says(table: pd.DataFrame) -> str:
        return recovery.arms(table, what="gift").get_title(loc="left")

    assert says(found) == "That the gift brings more back is sure for: minor"
    assert says(found.head(1)) == "More come back with the gift than without it"
    assert says(found.tail(1)) == "That the gift brings anybody back cannot be told"
    assert says(found.assign(low=0.1)) == "In every group the gift brings more back"
    assert says(found.assign(low=-0.5, high=[-0.1, 0.2])) == "With the gift fewer come back in: minor"
    with pytest.raises(DataError, match="one arm of the trial is empty"):
        recovery.arms(found.assign(uplift=np.nan), what="gift")
    assert "The gift costs more" in recovery.gain(
        theory.recovery_value(found, 1.0, gesture=5), currency="EUR", what="gift"
    ).get_title(loc="left")


def test_a_base_of_one_cohort_a_tie_and_nobody_new():
    same = pd.DataFrame({"of_known": [50.0, 50.0], "of_new": [0.0, 0.0]}, index=["before", "audited"])
    ax = base.known_and_new(same, currency="EUR")
    assert ax.get_title(loc="left").startswith("Profit stayed at 50.00 EUR")
    assert not [text for text in ax.texts if text.get_text().startswith("new")]
    plt.close()
    one = pd.DataFrame({"2023": [1.0, 2.0]}, index=pd.RangeIndex(1, 3))
    assert alt_text(base.cohorts(one, currency="EUR", cost=1.5)).startswith(
        "Line of profit a customer of 2023"
    )
    plt.close()
    assert alt_text(base.layers(one, currency="EUR")).startswith("Revenue of one cohort, 2023")
    plt.close()


def test_names_of_cohorts_keep_off_other_lines():
    lines = pd.DataFrame(
        {"old": [10.0, 20, 30], "middle": [9.5, 19.0, np.nan], "young": [9.0, np.nan, np.nan]},
        index=pd.RangeIndex(1, 4),
    )
    texts = {text.get_text(): text for text in base.cohorts(lines, currency="EUR", cost=1.0).texts}
    assert {"old", "middle", "young"} <= set(texts)
    assert all(abs(texts[name].xyann[1]) >= 12 for name in ("middle", "young"))
    plt.close()


def test_what_cannot_be_drawn_is_refused(pictures):
    with pytest.raises(DataError, match="empty"):
        retention.hazard(pd.DataFrame())
    with pytest.raises(DataError, match="No day has a mean"):
        retention.looks(pd.DataFrame({"of_leavers": [np.nan], "restricted": np.nan}), horizon=11)
    with pytest.raises(InputError, match="lacks 'lift'"):
        warning.lift(pd.DataFrame({"left": [1], "customers": [2]}))
    with pytest.raises(DataError, match="rang for none"):
        warning.lead(pd.Series([np.nan]))
    with pytest.raises(InputError, match="no group 'all'"):
        recovery.kinds(pictures["kinds"].args[0])
    with pytest.raises(DataError, match="one period only"):
        base.layers(pictures["layers"].args[0].head(1), currency="EUR")
    with pytest.raises(InputError, match="no state 'moon'"):
        chains.passage(pictures["passage"].args[0], to="moon")


def test_modules_are_taken_by_name():
    for module in MODULES:
        assert import_module(module.__name__) is module
