"""Worked examples of the field, each against the public function that a reader would call for it."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab import clv, decisions, lifecycle
from crmlab.segments import baskets, channels, cluster_number, clusters, criteria, factors

EXAMPLES = tomllib.loads((Path(__file__).parent / "worked.toml").read_text(encoding="utf-8"))
COMPUTED: dict[str, Callable[[], Any]] = {}


def example(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Enter a function as the one that computes an example."""

    def enter(function: Callable[[], Any]) -> Callable[[], Any]:
        COMPUTED[name] = function
        return function

    return enter


def test_no_example_is_left_out():
    assert set(COMPUTED) == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example(name):
    given = EXAMPLES[name]
    found = np.asarray(COMPUTED[name](), dtype=float).ravel()
    assert found == pytest.approx(np.ravel(given["expected"]), abs=given["tolerance"])
    if "published" in given:
        printed, within = given["published"]
        assert found == pytest.approx(np.ravel(printed), abs=within)


# -- Markov chains

STATES = ["r1", "r2", "r3", "r4", "former"]
BUYS = [0.30, 0.20, 0.15, 0.05]
REWARD = pd.Series([36.0, -4.0, -4.0, -4.0, 0.0], STATES)


def recencies() -> pd.DataFrame:
    moves = pd.DataFrame(0.0, STATES, STATES)
    for place, buys in enumerate(BUYS):
        moves.iloc[place, 0] += buys
        moves.iloc[place, place + 1] += 1 - buys
    moves.loc["former", "former"] = 1.0
    return moves


@example("markov.pfeifer_carraway.horizon4")
def _horizon():
    return lifecycle.chain_value(recencies(), REWARD, step_rate=0.2, steps=5)


@example("markov.pfeifer_carraway.infinite")
def _infinite():
    return lifecycle.chain_value(recencies(), REWARD, step_rate=0.2)


@example("markov.pfeifer_carraway.stop_at_r4")
def _stop():
    moves = recencies()
    moves.loc["r4"] = [0, 0, 0, 0, 1.0]
    return lifecycle.chain_value(moves, REWARD.where(REWARD.index != "r4", 0.0), step_rate=0.2)


@example("markov.land_of_oz.first_passage")
def _oz():
    weather = ["rain", "nice", "snow"]
    moves = pd.DataFrame([[0.5, 0.25, 0.25], [0.5, 0, 0.5], [0.25, 0.25, 0.5]], weather, weather)
    assert lifecycle.steady_shares(moves).tolist() == pytest.approx([0.4, 0.2, 0.4])
    return lifecycle.first_passage(moves)


@example("markov.drunkard.steps")
def _drunkard():
    names = ["1", "2", "3", "end"]
    rows = [[0, 0.5, 0, 0.5], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0, 0, 1]]
    return lifecycle.expected_steps(pd.DataFrame(rows, names, names), to="end")


def climb(down: float, skips: float = 0.0) -> Callable[[], Any]:
    return lambda: lifecycle.expected_steps(crm.pyramid.ladder_moves(0.2, down, skips=skips), to="5")


for _down, _skips, _name in [(0.1, 0.0, "0"), (0.2, 0.0, "0"), (0.3, 0.0, "0"), (0.3, 0.1, "0.1")]:
    COMPUTED[f"pyramid.five_levels.u0.2_d{_down}_skip{_name}"] = climb(_down, _skips)


# -- Value


@example("clv.berger_nasr.case1")
def _promoted():
    return clv.promoted_value(260, 50, 0.75, discount_rate=0.20, years=10)


RETENTIONS = [0.6, 0.7, 0.8, 0.9]


@example("clv.margin_multiple")
def _multiple():
    return [[clv.margin_multiple(r, discount_rate=i) for i in (0.10, 0.12, 0.14, 0.16)] for r in RETENTIONS]


@example("clv.margin_multiple_growth")
def _growth():
    growths = (0, 0.02, 0.04, 0.06, 0.08)
    return [[clv.margin_multiple(r, discount_rate=0.12, growth=g) for g in growths] for r in RETENTIONS]


@example("clv.elasticities")
def _elasticities():
    return clv.value_elasticities(0.9, discount_rate=0.12)


@example("e3.five_points.uplift")
def _five_points():
    kept = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9)
    return [[clv.retention_uplift(r, discount_rate=d) for r in kept] for d in (0.0, 0.08, 0.10, 0.15)]


@example("e3.acquisition_share_for_85")
def _eighty_five():
    share = clv.acquisition_share_for(0.85, 0.8, discount_rate=0.10)
    assert clv.retention_uplift(0.8, discount_rate=0.10, acquisition_share=share) == pytest.approx(0.85)
    return share


@example("equity.blattberg_deighton")
def _equity():
    return clv.equity_test(margin=50, discount_rate=0.15, acquired=(0.20, 5, 0.40), retained=(0.50, 10, 0.70))


@example("equity.brand_switching")
def _switching():
    names = ["1", "2"]
    terms = {"purchases": 12, "years": 3, "contribution": 10, "discount_rate": 0.10}
    before, after = (pd.DataFrame([[up, 1 - up], [0.5, 0.5]], names, names) for up in (0.70, 0.71))
    both = clv.switching_value(before, "1", **terms)
    return [*both, clv.switching_value(after, "1", **terms)["1"]]


@example("lists.three_owners")
def _owners():
    people = pd.DataFrame(
        {"frequency": [20, 20, 0, 4], "recency": [100, 74, 0, 96], "T": 104.0}, index=list("abcd")
    ).astype(float)
    chance, buys = CDNOW.p_alive(people), CDNOW.expected_purchases(people, horizon=52)
    return [*chance, *buys]


@example("lists.frequency_paradox")
def _paradox():
    people = pd.DataFrame({"frequency": [1, 2, 4, 8, 16], "recency": 52.0, "T": 104.0}).astype(float)
    return CDNOW.p_alive(people)


CDNOW = clv.BGNBD.from_params(r=0.2425945, alpha=4.4136019, a=0.7929199, b=2.4258881, unit="W")


@example("entropy.weights")
def _entropy():
    return clv.entropy_weights(pd.DataFrame([[7, 5, 8, 6], [9, 4, 3, 7], [6, 8, 5, 9], [8, 6, 7, 4]]))


def judged(names: str, upper: list[list[float]]) -> pd.DataFrame:
    labels = names.split()
    rows = [[None] * place + [1.0, *row] for place, row in enumerate([*upper, []])]
    return clv.judged_weights(pd.DataFrame(rows, labels, labels, dtype=float))


@example("ahp.drinks")
def _drinks():
    upper = [
        [9, 5, 2, 1, 1, 1 / 2], [1 / 3, 1 / 9, 1 / 9, 1 / 9, 1 / 9], [1 / 3, 1 / 4, 1 / 3, 1 / 9],
        [1 / 2, 1, 1 / 3], [2, 1 / 2], [1 / 3],
    ]  # fmt: skip
    found = judged("coffee wine tea beer soda milk water", upper)
    return [*found["weight"], found.attrs["lambda_max"], found.attrs["consistency_ratio"]]


@example("ahp.ahpy_readme")
def _readme():
    return judged("a b c d", [[1, 5, 2], [3, 4], [3 / 4]])["weight"]


@example("ahp.random_index.saaty")
def _random_index():
    return [clv.index.random_index(n) for n in range(1, 11)]


# -- Products and word of mouth


@example("bass.peak_times")
def _peaks():
    durables = [
        (0.010399, 0.41861), (0.017206, 0.35688), (0.027877, 0.25105), (0.0091837, 0.3379),
        (0.0026167, 0.21566), (0.018119, 0.1711), (0.017703, 0.29695), (0.024796, 0.6541),
        (0.017135, 0.30145), (0.028632, 0.32791),
    ]  # fmt: skip
    return [lifecycle.bass_peak(p, q)["time"] for p, q in durables]


@example("bass.average")
def _average():
    return lifecycle.bass_peak(0.03, 0.38)


@example("branching.poisson_extinction")
def _extinct():
    return [lifecycle.extinction(lifecycle.poisson_offspring(mean)) for mean in (1.1, 1.5, 2, 3)]


@example("branching.subcritical_total")
def _total():
    return [lifecycle.chain_size(mean) for mean in (0.5, 0.9)]


@example("wom.shopfloor_break_even")
def _told():
    cases = [(5, 30), (5, 10), (0.9 * 5 + 0.1 * 60, 30)]
    return [lifecycle.telling_break_even(good, bad) for good, bad in cases]


# -- Credit, campaigns, charts, prices


@example("attribution.markov.two_channels")
def _removed():
    paths = [["G"], ["G"], ["M"], ["G", "M"], ["G"]]
    found = channels.removal(paths, [True, True, True, True, False])
    return [found.attrs["chance"], *found["effect"], *found["credit"]]


@example("attribution.shapley")
def _shapley():
    worth = {"S": 20, "E": 30, "W": 10, ("S", "E"): 70, ("S", "W"): 35, ("E", "W"): 45, ("S", "E", "W"): 100}
    return channels.shapley(worth)


@example("attribution.shapley_airport")
def _airport():
    sets = [("1",), ("2",), ("3",), ("1", "2"), ("1", "3"), ("2", "3"), ("1", "2", "3")]
    return channels.shapley({names: max(map(int, names)) for names in sets})


TREATED, ANSWERED = (pd.Series([int(each) for each in text]) for text in ("101100101100", "101101001001"))
BY_PLACE = pd.Series(range(12, 0, -1), dtype=float)


@example("uplift.qini_curve")
def _qini():
    return decisions.qini_curve(BY_PLACE, TREATED, ANSWERED)["gain"]


@example("uplift.qini_area")
def _area():
    return decisions.qini_area(decisions.qini_curve(BY_PLACE, TREATED, ANSWERED))


@example("ab.sample_size")
def _sizes():
    return [
        decisions.sample_size(*pair) for pair in ((0.10, 0.12), (0.05, 0.06), (0.20, 0.25), (0.02, 0.022))
    ]


@example("ab.peeking")
def _peeking():
    return [decisions.peeking(looks) for looks in (1, 2, 3, 4, 5, 10, 20, 50)]


@example("arl.shewhart")
def _shewhart():
    return [decisions.shewhart_run_length(shift) for shift in (0, 0.5, 1, 1.5, 2, 3)]


@example("arl.cusum_h4")
def _cusum_4():
    return [decisions.cusum_run_length(shift) for shift in (0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4)]


@example("arl.cusum_h5")
def _cusum_5():
    return [decisions.cusum_run_length(shift, limit=5) for shift in (0, 0.5, 1, 2)]


def ewma(weight: float, limit: float, shifts: list[float]) -> list[float]:
    return [decisions.ewma_run_length(shift, weight=weight, limit=limit) for shift in shifts]


@example("arl.ewma_crowder")
def _crowder():
    return [ewma(weight, 2.0, [0, 0.25, 0.5, 1]) for weight in (0.5, 0.05)]


@example("arl.ewma_lucas_saccucci_table3")
def _table_3():
    shifts = [0, 0.25, 0.5, 1, 2, 3]
    return [ewma(0.5, 3.071, shifts), ewma(0.03, 2.437, shifts)]


@example("arl.ewma_lucas_saccucci")
def _lucas():
    return ewma(0.1, 2.814, [0, 0.5, 1, 2, 3])


@example("drift.psi")
def _psi():
    return decisions.drift([0.2] * 5, [0.1, 0.15, 0.2, 0.25, 0.3])


@example("littlewood.hyatt")
def _hyatt():
    from scipy import stats

    kept = decisions.protection(225, 159, mean=27.3)
    below = stats.poisson.cdf([23, 24], 27.3)
    return [(225 - 159) / 225, *below, kept, 118 - kept, decisions.expected_lost(27.3, kept)]


@example("newsvendor.oneill")
def _suit():
    return decisions.stock(190, 110, salvage=90, mean=3192, sd=1181)


@example("price.third_degree")
def _third_degree():
    tiers = ["high", "low"]
    made = decisions.tier_prices(pd.Series([100, 60], tiers), pd.Series([1, 1], tiers), cost=10)
    sums = made[["profit", "uniform_profit"]].sum()
    return [*made["price"], sums["profit"], made["uniform_price"].iloc[0], sums["uniform_profit"]]


@example("price.mussa_rosen")
def _versions():
    made = decisions.two_qualities(1.5, 2.0, 0.3)
    return [*made["quality"], *made["price"], made["profit"].sum()]


# -- Alarms and accounts

EMPC = {"value": 200, "offer": 10, "contact": 1}


@example("empc.ten_customers")
def _ten():
    left = pd.Series([1, 1, 0, 0, 0, 1, 1, 1, 1, 0])
    score = pd.Series(
        [0.6125478, 0.3642710, 0.4321361, 0.1402911, 0.3848959, 0.2444155, 0.9706413, 0.8901728, 0.7817814,
         0.8687518]
    )  # fmt: skip
    return lifecycle.expected_maximum_profit(score, left, **EMPC)["profit"]


@example("empc.two_customers")
def _two():
    left = pd.Series([0, 1])
    scores = pd.Series([0.1, 0.9]), pd.Series([0.9, 0.1])
    return [lifecycle.expected_maximum_profit(score, left, **EMPC)["profit"] for score in scores]


@example("churn.neslin_profit")
def _neslin():
    costs = {"value": 300, "offer": 25, "contact": 2, "fixed": 10_000}
    return lifecycle.retention_campaign(1_000_000, share=0.01, base=0.02, lift=3, accepts=0.3, **costs)


@example("discount.all_units")
def _all_units():
    prices = [(0, 0.30), (500, 0.29), (1000, 0.28)]
    return crm.pyramid.order_costs([400, 500, 1000], demand=600, order_cost=8, holding=0.2, prices=prices)


@example("credit.2_10_net_30")
def _net_30():
    return [crm.pyramid.credit_cost(0.02, early=10, late=30), 2 / 98 * 365 / 20]


@example("response.adbudg")
def _adbudg():
    curve = crm.pyramid.effort_curve(0.5, 1.0, 1.15, 1.5)
    return [curve["d"], curve["c"], crm.pyramid.effort_response(curve, [2.0]).iloc[0]]


@example("budget.square_root")
def _square_root():
    made = crm.pyramid.best_efforts(pd.DataFrame({"k": [30, 20, 10], "sales": 1.0}), 1400)
    return [*made["effort"], made["brings"].sum(), made["equal"].sum()]


@example("knapsack.clrs")
def _knapsack():
    costs, worths = pd.Series([10, 20, 30]), pd.Series([60, 100, 120])
    made = crm.pyramid.within_budget(costs, worths, 50)
    return [(worths * made[way]).sum() for way in ("best", "greedy", "part")]


@example("agreement.kappa")
def _kappa():
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    one, other = (pd.Series(each) for each in zip(*pairs, strict=True))
    return crm.pyramid.agreement(one, other)["kappa"]


@example("regression_to_the_mean")
def _regression():
    return crm.pyramid.luck_of_the_best(0.05, 0.5)


# -- Staying and leaving


@example("switching.shy")
def _shy():
    customers = pd.Series({"A": 60, "B": 40})
    prices = lifecycle.undercut_prices(pd.Series({"A": 10.0, "B": 10.0}), customers)
    return [*prices, *lifecycle.switching_costs(prices, customers)]


@example("lift.owners24")
def _owners():
    score = [
        0.995, 0.998, 0.985, 0.98, 0.948, 0.889, 0.847, 0.762, 0.706, 0.68, 0.656, 0.622, 0.505, 0.471, 0.337,
        0.217, 0.199, 0.149, 0.047, 0.038, 0.024, 0.021, 0.016, 0.003,
    ]  # fmt: skip
    actual = [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    found = lifecycle.alarms(pd.Series(score), pd.Series(actual)).set_index("called")
    return found.loc[[2, 6, 12], "lift"]


@example("alarm.mlc_churn_calls")
def _service_calls():
    stayed = [902, 1596, 1005, 592, 141, 38, 12, 6, 1, 0]  # by number of service calls, from none to nine
    left = [121, 190, 122, 73, 111, 58, 22, 7, 1, 2]
    calls = np.repeat(np.arange(10.0), 2)
    count = np.column_stack([stayed, left]).ravel()
    gone = pd.Series(np.repeat(np.tile([False, True], 10), count))
    found = lifecycle.alarms(pd.Series(np.repeat(calls, count)), gone).loc[4.0]
    return [gone.mean(), *found[["precision", "recall", "called"]]]


@example("churn.telco_by_contract")
def _telco():
    counts = {"month to month": (2220, 1655), "one year": (1307, 166), "two years": (1647, 48)}
    both = [
        (name, float(left)) for name, many in counts.items() for left in (0, 1) for _ in range(many[left])
    ]
    contract, left = (pd.Series(each) for each in zip(*both, strict=True))
    return [*crm.groups.profile(contract, left.rename("left"))["left_mean"], left.mean()]


@example("recovery.tarp")
def _tarp():
    minor, major = (37, 46, 70, 95), (9, 19, 54, 82)  # of 100 each
    found = []
    for stays in (minor, major):
        frame = pd.DataFrame({"care": np.repeat(np.arange(4), 100), "stays": 0})
        for care, many in enumerate(stays):
            frame.loc[frame.index[frame["care"] == care][:many], "stays"] = 1
        found.append(decisions.uplift(frame["care"] >= 0, frame["stays"], by=frame["care"])["with"])
    return found


# -- Satisfaction, programmes and privacy


@example("satisfaction.acsi")
def _acsi():
    marks = pd.DataFrame({"overall": [8, 8], "expected": [7, 7], "ideal": [7, 8]})
    return decisions.acsi(marks, {"overall": 0.3885, "expected": 0.3190, "ideal": 0.2925})["index"]


@example("satisfaction.nps")
def _nps():
    found = decisions.net_promoter(pd.Series([9] * 180 + [8] * 140 + [0] * 80))
    return [found["score"], found["error"], found["high"] - found["score"]]


@example("bundle.stigler")
def _stigler():
    films = pd.DataFrame({"X": [8000, 7000], "Y": [2500, 3000]}, index=["A", "B"])
    made = decisions.bundle_prices(films)["profit"]
    return [made["X"] + made["Y"], made["bundle"]]


@example("programme.endowed_progress")
def _progress():
    return decisions.shares_compared((51, 150), (28, 150))["z"]


@example("programme.everybody_who_would_have_bought")
def _anyway():
    return decisions.reward_profit(100, 5, margin=8, reward=1)


@example("privacy.t_closeness")
def _close():
    salaries = pd.Series(range(3, 12))
    return [decisions.distance(pd.Series(few), salaries) for few in ([3, 4, 5], [6, 8, 11])]


@example("privacy.randomised_response")
def _warner():
    found = decisions.randomised_response(350, 1000)  # 0.2 of them would have to say yes, with a coin 0.35
    assert found["share"] == pytest.approx(0.2)
    return [found["epsilon"], found["error"]]


@example("linkage.jaro_winkler")
def _winkler():
    names = pd.Series(["MARTHA", "DWAYNE", "DIXON"]), pd.Series(["MARHTA", "DUANE", "DICKSONX"])
    found = decisions.name_similarity(*names)
    return [*found["jaro"], *found["jaro_winkler"]]


@example("linkage.fellegi_sunter")
def _month():
    return decisions.field_weights({"birth month": 0.95}, {"birth month": 1 / 12})


@example("uplift.hair_care")
def _hair():
    bought = {(1, 0): (72, 3388), (1, 1): (8, 1588), (0, 0): (27, 3460), (0, 1): (5, 1564)}
    rows = [
        pd.DataFrame({"promotion": promotion, "gender": gender, "bought": [1] * yes + [0] * (of - yes)})
        for (promotion, gender), (yes, of) in bought.items()
    ]
    people = pd.concat(rows, ignore_index=True)
    whole = decisions.uplift(people["promotion"], people["bought"]).loc["all"]
    by_gender = decisions.uplift(people["promotion"], people["bought"], by=people["gender"])
    return [whole["without"], whole["with"], *by_gender["uplift"]]


# -- Segments


@example("variance_explained.plantgrowth")
def _plants():
    weights = {
        "ctrl": [4.17, 5.58, 5.18, 6.11, 4.50, 4.61, 5.17, 4.53, 5.33, 5.14],
        "trt1": [4.81, 4.17, 4.41, 3.59, 5.87, 3.83, 6.03, 4.89, 4.32, 4.69],
        "trt2": [6.31, 5.12, 5.54, 5.50, 5.37, 5.29, 4.92, 6.15, 5.80, 5.26],
    }
    table = pd.DataFrame(weights).melt(var_name="group", value_name="weight")
    return criteria.variance_explained(table["group"], table["weight"])[["F", "p", "eta_squared"]]


@example("cluster.iris")
def _iris():
    from sklearn.datasets import load_iris

    flowers = load_iris(as_frame=True)
    found = cluster_number.number_of_clusters(flowers.data, most=4, draws=2, bootstraps=1, seed=1)
    alike = clusters.same_groups(clusters.k_means(flowers.data, 3, seed=1), flowers.target)
    return [*found.loc[2:, "inertia"], *found.loc[2:, "silhouette"], alike]


@example("factor.consumer_preference")
def _preference():
    r = np.eye(5)
    for row, values in enumerate([[0.02, 0.96, 0.42, 0.01], [0.13, 0.71, 0.85], [0.50, 0.11], [0.79]]):
        r[row, row + 1 :] = r[row + 1 :, row] = values
    names = ["taste", "good buy", "flavour", "snack", "energy"]
    found = factors.factor_loadings(pd.DataFrame(r, names, names), 2, rotate=False)
    return [*found.attrs["eigenvalues"][:2], *found["F1"], *found["F2"], *found["communality"]]


def rules_of(text: str) -> pd.DataFrame:
    rows = [(number, item) for number, items in enumerate(text.split("|")) for item in items.split()]
    lines = pd.DataFrame(rows, columns=["order_id", "product"])
    return baskets.basket_rules(lines, item="product", support=0.05).set_index(["if", "then"])


@example("basket.han_kamber")
def _electronics():
    found = rules_of("I1 I2 I5 | I2 I4 | I2 I3 | I1 I2 I4 | I1 I3 | I2 I3 | I1 I3 | I1 I2 I3 I5 | I1 I2 I3")
    sides = ["I1 I2=I5", "I1 I5=I2", "I2 I5=I1", "I1=I2 I5", "I2=I1 I5", "I5=I1 I2"]
    wanted = [tuple(tuple(side.split()) for side in each.split("=")) for each in sides]
    return [*found.loc[wanted, "confidence"], *found.loc[wanted, "lift"]]


@example("basket.faceplates")
def _faceplates():
    found = rules_of(
        "Red White Green | White Orange | White Blue | Red White Orange | Red Blue | White Blue | Red Blue | "
        "Red White Blue Green | Red White Blue | Yellow"
    )
    wanted = [(("Red", "White"), ("Green",)), (("Green",), ("Red",))]
    return found.loc[wanted, ["confidence", "lift"]]


# -- The Complete Journey


def households(start: str = "2017-01-01", end: str = "2017-12-31") -> pd.Series:
    """Return what each household spent in a time, with those who spent nothing."""
    orders = crm.datasets.complete_journey().to_pandas()
    here = orders[orders["date"].between(start, end)]
    everybody = orders["customer_id"].unique()
    return here.groupby("customer_id")["amount"].sum().reindex(everybody, fill_value=0.0)


@example("complete_journey.concentration")
def _regulars():
    spent = households()
    return [crm.pyramid.top_share(spent, 493 / len(spent)), crm.pyramid.gini(spent)]


KNOWN = ["age_band", "income_band", "household_size", "kids_count", "home_ownership"]


@example("complete_journey.demographics_explain")
def _demographics():
    people = crm.datasets.complete_journey("attributes").fillna("unknown")
    spent = households().loc[people.index]
    return criteria.variance_explained(people[KNOWN], spent)["eta_squared"].loc[KNOWN]


@example("complete_journey.campaign18")
def _campaign_18():
    sent = crm.datasets.complete_journey("campaign").query("offer == '18'")["customer_id"]
    before, after = households("2017-09-04", "2017-10-29"), households("2017-10-30", "2017-12-24")
    treated = pd.Series(after.index.isin(sent), after.index)
    found = decisions.difference_in_differences(before, after, treated).loc["all"]
    return [found["naive"], found["effect"]]


@example("privacy.complete_journey_uniqueness")
def _unique():
    people = crm.datasets.complete_journey("attributes").fillna("unknown")
    order = ["age_band", "income_band", "home_ownership", "marital_status", "household_size", "kids_count"]
    found = decisions.uniqueness(people, order)
    return [*found["alone"], found["under"].iloc[-1]]


@example("influence.pagerank")
def _pagerank():
    follows = pd.DataFrame({"customer_id": list("BCDDEEEFFGGHHIIJK"), "followed": list("CBABBDFBEBEBEBEEE")})
    return crm.pyramid.standing(follows)["pagerank"]
