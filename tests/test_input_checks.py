"""Whatever is given to a public function, the answer is a result or a sentence that names the argument."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab import plots
from crmlab.arguments import checked
from crmlab.clv import BGBB, BGNBD, SBG, GammaGamma, bootstrap, compare, lifetime_value
from crmlab.errors import CrmlabError, InputError
from crmlab.lifecycle import stage_profile

# A call, and what its message must name: the argument, what was given, what is allowed; not how it says so.
CALLS = """
crm.pyramid.tiers(frame) -> value | a DataFrame | pandas Series
crm.pyramid.tiers(texts) -> The values in 'total' are of type str, not numbers
crm.pyramid.tiers(nobody) -> There are no customers in 'total'
crm.pyramid.tiers(twice) -> Customers stand more than once, for example a, b, c
crm.pyramid.tiers(gaps) -> 2 of 3 | 'total' | a, c
crm.pyramid.tiers(value, 5) -> scheme | 5 | text or Scheme or a mapping of names to
crm.pyramid.tiers(value, ["a", "b"]) -> scheme | ['a', 'b'] | text or Scheme or a
crm.pyramid.tiers(value, {"a": "x"}) -> scheme['a'] | 'x' | number
crm.pyramid.tiers(value, {"a": True}) -> scheme['a'] | True | number
crm.pyramid.tiers(value, {}) -> A scheme needs tiers with positive shares of the customers, best tier
crm.pyramid.lorenz(frame) -> value | a DataFrame | pandas Series
crm.pyramid.top_share(value, "0.2") -> share | '0.2' | number
crm.pyramid.top_share(value, True) -> share | True | number
crm.pyramid.top_share(value, float("nan")) -> The share is nan, but must be a share of the customers from
crm.pyramid.whale_curve(frame) -> profit | a DataFrame | pandas Series
crm.pyramid.migration(value, None) -> after | None | pandas Series
crm.pyramid.migration(labels, labels, shares="no") -> shares | 'no' | True or False
crm.pyramid.migration(pd.concat([labels, labels]), labels) -> Customers stand more than once, for example
crm.pyramid.preconditions(frame, value) -> customers | a DataFrame
crm.pyramid.preconditions(base, value, capacity="many") -> capacity | 'many'
rfm.scores(base, bins="5") -> bins | '5' | whole number
rfm.scores(base, bins=True) -> bins | True | whole number
rfm.scores(base, method=["quantile"]) -> method | ['quantile'] | text
rfm.scores(base, method="fixed", cuts={"R": "a", "F": [1], "M": [1]}) -> cuts['R'] | 'a'
rfm.scores(base, method="fixed", cuts={"R": 5, "F": [1], "M": [1]}) -> cuts['R'] | 5
rfm.scores(base, method="fixed", cuts={"R": [float("nan")], "F": [1], "M": [1]}) -> The cuts of R are
rfm.quantile_scores([1, 2, 3]) -> values | [1, 2, 3] | pandas Series
rfm.names(value) -> base | a Series | Customers, as crmlab.summarise
rfm.names(base, scheme=3) -> scheme | 3 | text
rfm.names(base, bins=5.5) -> bins | 5.5 | whole number
rfm.index(pd.DataFrame({"R": ["a"], "F": ["b"], "M": ["c"]})) -> The scores R, F, M are no numbers
rfm.index(scores, weights=[1, 1, 1]) -> weights | [1
rfm.index(scores, weights={"R": "1", "F": 1, "M": 1}) -> weights['R'] | '1' | number
rfm.lift(value, value, "0.5") -> share | '0.5' | number
rfm.lift(value, value.iloc[:2], 0.5) -> 1 customers are in only one of the two tables, for example c
rfm.lift(value, frame, 0.5) -> value | a DataFrame | pandas Series
rfm.lift_leads(value, value, value, 0.5, draws=0) -> draws | 0 | whole number
rfm.lift_leads(value, frame, value, 0.5) -> other | a DataFrame | pandas Series
crm.segments.mailing.results(frame, value, piece=1, caused=0.2) -> segment | a DataFrame | pandas Series
crm.segments.mailing.results(labels, value, piece="1", caused=0.2) -> piece | '1' | number
crm.segments.mailing.balances(value, labels, value, piece=1, caused=0.2) -> caused | 0.2
crm.lifecycle.stages(orders, at=20240101) -> at | 20240101 | date
crm.lifecycle.stages(base, at="2024-03-01") -> Transactions cannot be read from Customers
crm.lifecycle.stages(orders, at="2024-03-01", stable_orders=2) -> stable_orders | 2
crm.lifecycle.stages(orders, at="2024-03-01", patience="3") -> patience | '3'
crm.lifecycle.stages(orders, at="2024-03-01", patience=float("nan")) -> patience | nan
crm.lifecycle.stages(orders.iloc[:0], at="2024-03-01") -> There are no rows in the table
crm.lifecycle.rhythm(value) -> frame | a Series | pandas DataFrame
crm.lifecycle.rhythm(orders) -> column | 'frequency'
stage_profile(orders, labels, "2024-03-01") -> These orders carry no cost, so profit needs
stage_profile(orders, labels, "2024-03-01", margin="0.3") -> stage_profile: margin is
stage_profile(orders, labels, "2024-03-01", margin=30) -> The margin is 30, but must be a
stage_profile(orders, labels, "2024-03-01", margin=0.3, window="90") -> stage_profile:
stage_profile(orders, labels, "2024-03-01", margin=0.3, window=0) -> window | 0
stage_profile(orders, ["x"], "2024-03-01", margin=0.3) -> stage | ['x']
stage_profile(orders, labels, "2024-03-01", margin=0.3, contacts=[1]) -> stage_profile:
stage_profile(orders, labels, "2024-03-01", margin=0.3, referred_by={"a": "b"}) -> 'a' | 'b'
crm.lifecycle.stage_value(labels, labels, value, steps="2", step_rate=0.1) -> stage_value: steps is
crm.lifecycle.stage_value(labels, labels, value, steps=2, step_rate=0.1) -> stage | 'x'
crm.lifecycle.cohort_volume(orders, unit="weeks") -> time unit | 'weeks'
crm.lifecycle.cohort_volume(orders, unit=["M"]) -> unit | ['M'] | text
crm.lifecycle.cohort_volume(orders, margin="1") -> margin | '1' | number
crm.lifecycle.cohort_volume(5) -> Transactions cannot be read from int
crm.groups.complete([1]) -> values | [1] | pandas Series
crm.groups.profile(labels, [1, 2, 3]) -> values | [1, 2, 3] | pandas DataFrame
crm.groups.profile(labels, texts) -> The values in 'total' are of type str, not numbers
crm.groups.profile(["x"], value) -> labels | ['x'] | pandas Series
crm.groups.same_customers(labels, [1]) -> values | [1] | pandas Series or
crm.pyramid.profit(frame, margin=0.3) -> customers | a DataFrame | Customers, as
crm.pyramid.profit(base) -> The cost of goods is not known for these customers, so profit needs margin=…,
crm.pyramid.profit(base, margin="0.3") -> margin | '0.3' | number or None
crm.pyramid.profit(base, margin=True) -> margin | True | number or None
crm.pyramid.profit(base, margin=0.3, order_cost="2") -> order_cost | '2' | number
crm.pyramid.profit(base, margin=0.3, order_cost=float("nan")) -> order_cost | nan | cost of
crm.pyramid.profit(base, margin=0.3, contacts=orders) -> The contacts lack the column cost
BGNBD().fit(orders) -> customers is a table of orders
BGNBD().fit(crm.read(orders)) -> customers is a table of orders
BGNBD().fit(base, unit="weeks") -> unit | 'weeks'
BGNBD(penalty="a").fit(base) -> penalty | 'a' | number of at least 0
BGNBD(penalty=True).fit(base) -> penalty | True | number of at least 0
BGNBD.from_params(r="a", alpha=1, a=1, b=1, unit="W") -> BGNBD: parameter r is 'a', but must be a number
BGNBD.from_json(5) -> This is not the JSON of a BGNBD: the JSON object must be str, bytes or
BGNBD.from_json("no json") -> This is not the JSON of a BGNBD: Expecting value: line 1 column 1 (char 0)
model.expected_purchases(base, None) -> horizon | None
model.expected_purchases(base, True) -> horizon | True | number, or a duration such as '90D'
model.expected_purchases(base, -1) -> horizon | -1
model.expected_purchases(base, "12 fortnights") -> time unit | 'fortnights'
model.expected_purchases(value, 30) -> Customers cannot be read from Series
model.expected_purchases(frame[["frequency"]], 30) -> column | 'recency'
model.p_alive(base, ahead="x") -> ahead | 'x'
model.silent_until(base, "0.5") -> level | '0.5' | number between 0 and 1
model.discounted_purchases(base, discount_rate="0.1") -> discount_rate | '0.1' | annual rate
model.discounted_purchases(base, discount_rate=float("nan")) -> discount_rate | nan | annual
model.discounted_purchases(base, discount_rate=10) -> discount_rate | 10 | annual rate
model.pmf(base, "1", horizon=30) -> n | '1' | whole number of at least 0
model.pmf(base, [1, -1], horizon=30) -> n | -1 | whole number of at least 0
model.pmf_new(0.5, t=30) -> n | 0.5 | whole number of at least 0
model.expected_purchases_new("x") -> t | 'x'
model.expected_purchases_new([None]) -> t | None
model.tracking([1], "2024-03-01") -> Give Customers, or a Series of the dates of first purchases by
model.tracking(base, None) -> end | None | date
model.tracking(base, "2024-03-01", step=None) -> step | None
model.tracking(base, "2024-03-01", transactions=5) -> Transactions cannot be read from int
model.simulate("abc", seed=1) -> T must be a sequence of ages, finite and not negative
model.simulate([1.0], seed="x") -> seed | 'x' | whole number of at least 0
crm.read(orders, sep=";") -> argument | 'sep'
crm.transactions.plan(orders, sep=";") -> argument | 'sep'
crm.transactions.suggest(orders, column={}) -> argument | 'column'
crm.quality.audit(orders, column={}) -> argument | 'column' | 'columns'
crm.analysis.analyse(orders, discount=0.1) -> in analyse. Did you mean 'discount_rate'?
rfm.scores(base, bin=5) -> argument | 'bin' | 'bins'
spend.expected_spend(value) -> Customers cannot be read from Series
spend.expected_spend(frame[["frequency"]]) -> column | 'monetary_value'
spend.simulate("a", seed=1) -> frequency must be a list of whole numbers of repeat purchases, at least 0
spend.simulate([1.5], seed=1) -> frequency must be a list of whole numbers of repeat purchases, at least 0
spend.simulate([1], seed=None) -> seed | None | whole number of at least 0
GammaGamma().fit(orders) -> column | 'frequency'
GammaGamma().fit([1]) -> Customers cannot be read from list
SBG().fit(5) -> SBG needs the survivors at the start and after at least 2 renewals, as one
SBG().fit(["a", "b", "c", "d"]) -> Give the survivors as a list of numbers, from the start on
sbg.survival("x") -> t | 'x'
sbg.survival([[1]]) -> t | [[1]]
sbg.discounted_lifetime(discount_rate="x") -> discount_rate | 'x' | rate per
sbg.discounted_lifetime("x", discount_rate=0.1) -> t | 'x'
sbg.simulate("x", renewals=3, seed=1) -> customers | 'x' | whole number
sbg.simulate(10, renewals=-3, seed=1) -> renewals | -3 | whole number
sbg.simulate(10, renewals=3, seed=1.5) -> seed | 1.5 | whole number of
BGBB.from_params(alpha=1, beta=1, gamma=1, delta=1).simulate([2.5], seed=1) -> T must be whole numbers of
BGBB().fit(base) -> BGBB counts opportunities, not time
lifetime_value(model, spend, base, discount_rate="x", margin=0.3) -> discount_rate | 'x'
crm.quality.audit(orders).sensitivity(discount_rate=10) -> discount_rate | 10 | annual rate
crm.quality.audit(orders).sensitivity(horizon=0) -> horizon | 0.0 | length of time above 0
crm.quality.audit(orders).sensitivity(margin=30) -> margin | 30 | profit as a share of revenue
crm.analysis.analyse(orders, discount_rate=10) -> discount_rate | 10 | annual rate
crm.analysis.analyse(orders, margin="x") -> margin | 'x' | profit as a share of revenue
lifetime_value(model, spend, base, discount_rate=0.1, margin="x") -> margin | 'x' | profit as
lifetime_value(model, spend, value, discount_rate=0.1, margin=0.3) -> Customers cannot be read from Series
lifetime_value(None, spend, base, discount_rate=0.1, margin=0.3) -> lifetime_value takes a model of
compare(BGNBD(), base) -> models holds a BGNBD, but must be a list of models, such as [BGNBD(),
compare([BGNBD], base) -> models holds a type, but must be a list of models, such as [BGNBD(),
compare([spend], base) -> models holds a GammaGamma, but must be a list of models, such as [BGNBD(),
compare([BGNBD()], base) -> column | 'holdout_frequency'
compare([model], orders) -> column | 'frequency'
bootstrap("m", base, seed=1) -> model | 'm' | fitted model, as BGNBD().fit(customers) is
bootstrap(model, base, n="5", seed=1) -> n | '5' | whole number of at least 1
bootstrap(model, base, n=5, seed=None) -> seed | None | whole number of at least 0
bootstrap(model, orders, n=5, seed=1) -> customers is a table of orders
bootstrap(BGNBD(), base, n=5, seed=1) -> This BGNBD has no parameters yet
crm.simulate.business(customers="many", seed=1) -> customers | 'many' | whole number of at
crm.simulate.business(seed=None) -> seed | None | whole number of at least 0
crm.simulate.business(seed=1, r="x") -> r | 'x' | number above 0
crm.simulate.business(seed=1, start="x") -> start | 'x' | date
crm.simulate.business(seed=1, end="2020-01-01") -> end (2020-01-01) is not after start (2023-01-01)
crm.simulate.business(seed=1, categories=["a"]) -> categories is ['a']
crm.simulate.business(seed=1, categories={"a": "x"}) -> 'a' | 'x'
crm.simulate.business(seed=1, channels="web") -> channels is 'web'
crm.simulate.business(seed=1, channels=[1]) -> channels holds 1, which is no text
crm.simulate.business(seed=1, channels=["a", "a"]) -> 'a' | 'a'
crm.simulate.business(seed=1, reasons={"a":-1}) -> The cost of reason 'a' is -1, but must be a number
crm.datasets.cdnow(sample="yes") -> sample | 'yes' | True or False
crm.summarise(5) -> Transactions cannot be read from int
crm.summarise(orders, unit="weeks") -> time unit | 'weeks'
crm.summarise(orders, unit=None) -> time unit | 'None'
crm.summarise(orders, end=5) -> end | 5 | date
crm.summarise(orders, end="2020-01-01") -> No purchase falls on or before 2020-01-01: the first is on
crm.summarise(orders, calibration="2030-01-01") -> The calibration ends on 2030-01-01 and the observation
crm.summarise(orders.iloc[:0]) -> There are no rows in the table
crm.read(5) -> Transactions cannot be read from int
crm.read(orders, columns=["customer_id"]) -> columns | ['customer_id']
crm.read(orders, columns={"customer_id": 5}) -> columns | {'customer_id': 5}
crm.read(orders, columns={5: "customer_id"}) -> part of a transaction | '5'
crm.read(orders, dates=5) -> The option 'dates' is 5, but must be text
crm.read(orders, sheet=1) -> The option 'sheet' is for files, and orders were given as a table
crm.read(b"x.csv") -> Transactions cannot be read from bytes
plots.pyramid.lorenz(frame) -> value | a DataFrame | pandas Series
plots.pyramid.lorenz(value, share="x") -> share | 'x' | number
plots.pyramid.lorenz(nobody) -> lorenz: a Series is empty, so there is nothing to draw
plots.pyramid.layers(labels, [1]) -> value | [1] | pandas Series
plots.pyramid.layers(labels, value.iloc[:1]) -> 2 customers are in only one of the two tables, for
plots.pyramid.cost_and_profit(value, value, ["a"]) -> tier | ['a']
plots.segments.recencies(base, examples="x") -> examples | 'x' | whole number
plots.segments.score_sizes(frame) -> 'R' | 'F' | 'M'
plots.segments.score_sizes(scores, letter="Q") -> score_sizes: what was
plots.segments.drift(base, base, ruler="x") -> before | a Customers | tuple
plots.segments.shares(labels, frame) -> value | a DataFrame | pandas Series
plots.segments.grid(frame, value) -> grid: what was given lacks 'R'
plots.segments.lifts([value], value, share=0.1) -> rankings | a list | mapping of names
plots.segments.lifts({}, value, share=0.1) -> lifts: {} is empty, so there is nothing to draw
plots.segments.break_even(value, caused=0.2) -> results | a Series | pandas DataFrame
plots.segments.break_even(frame, caused=0.2) -> break_even: what was given lacks 'customers'
plots.lifecycle.volume(value, currency="EUR") -> life | a Series | pandas DataFrame
plots.lifecycle.volume(frame, currency=5) -> currency | 5 | text
plots.lifecycle.stages([labels]) -> labels | a list | mapping of names
plots.lifecycle.stages({}) -> stages: {} is empty, so there is nothing to draw
plots.lifecycle.stages({"x": 5}) -> labels['x'] | 5 | pandas Series
plots.lifecycle.measures(value, currency="x") -> profile | a Series | pandas
plots.clv.value.spend([1], currency="EUR") -> actual | [1] | pandas Series
plots.clv.value.spend(value, currency=None) -> currency | None | text
plots.clv.value.spend_by_frequency(value, currency="EUR") -> customers | a Series
plots.clv.value.spend_by_frequency(orders, currency="EUR") -> spend_by_frequency: what was given lacks
plots.clv.value.acquisition(frame, cost=1, currency="x") -> acquisition: what was given lacks 'lower'
plots.clv.value.acquisition(frame, cost="a", currency="x") -> cost | 'a' | number
plots.decisions.matrix(labels, value, [1]) -> future | [1] | pandas Series
plots.transactions.revenue(5, currency="EUR") -> Transactions cannot be read from int
plots.transactions.orders(frame) -> customers | a DataFrame | Customers, as
plots.transactions.orders(base, most="x") -> most | 'x' | whole number
plots.transactions.orders(base, most=0) -> most | 0 | number of bars of at least 2
plots.transactions.comebacks(base, cut=3) -> These customers have no holdout
plots.transactions.comebacks(base, cut="x") -> cut | 'x' | number
plots.panels(0) -> count | 0 | number of pictures of at least 1
plots.alt_text(5) -> ax | 5 | the Axes that a function of crmlab.plots returned
plots.table(5) -> ax | 5 | the Axes that a function of crmlab.plots returned
plots.clv.comparison.scoreboard([1]) -> scores | [1] | pandas DataFrame
plots.clv.comparison.scoreboard(nobody.to_frame()) -> scoreboard: a DataFrame is empty, so there is
plots.clv.comparison.scoreboard(orders) -> scoreboard: what was given cannot be drawn: operation 'sub'
plots.clv.tracking(value, calibration="2024-01-01") -> table | a Series | pandas
plots.clv.tracking(frame, calibration="x") -> calibration | 'x' | date
plots.clv.tracking(frame, calibration="2024-01-01") -> The table has 10 columns
plots.clv.histories(value, end="2024-01-01") -> days | a Series | pandas
plots.clv.histories(frame, end="2024-01-01") -> histories: what was given lacks 'date'
plots.clv.contractual.survival(value) -> survivors | a Series | pandas DataFrame
plots.clv.contractual.survival(frame) -> survival: what was given cannot be drawn: cannot perform
plots.clv.alive_path(frame, value) -> path | a DataFrame | pandas Series
"""


@pytest.fixture(scope="module")
def names():
    """Return what the calls speak of."""
    orders = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "date": ["2024-01-01", "2024-02-01", "2024-01-05", "2024-03-01"],
            "amount": [5.0, 6.0, 7.0, 8.0],
        }
    )
    base = crm.summarise(orders)
    value = base.frame["total"]
    own = {
        "orders": orders,
        "base": base,
        "frame": base.frame,
        "value": value,
        "texts": value.astype(str),
        "nobody": value.head(0),
        "twice": pd.concat([value, value]),
        "gaps": value.where(value < 8),
        "labels": pd.Series(["x", "y", "x"], index=value.index),
        "scores": pd.DataFrame({"R": [1], "F": [1], "M": [1]}),
        "model": BGNBD.from_params(r=0.24, alpha=4.4, a=0.8, b=2.4, unit="D"),
        "spend": GammaGamma.from_params(p=6.25, q=3.74, v=15.44),
        "sbg": SBG.from_params(alpha=1, beta=1),
    }
    shared = (plots, pd, crm, BGBB, BGNBD, SBG, GammaGamma, bootstrap, compare, lifetime_value, stage_profile)
    return (
        own
        | {each.__name__.removeprefix("crmlab."): each for each in shared}
        | {"crm": crm, "pd": pd, "rfm": crm.segments.rfm}
    )


@pytest.mark.parametrize("line", CALLS.strip().splitlines())
def test_a_wrong_argument_is_named(line, names):
    call, words = line.split(" -> ")
    with pytest.raises(CrmlabError) as caught:
        eval(call, names)
    assert [part for part in words.split(" | ") if part not in str(caught.value)] == []
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_no_picture_is_left_behind_by_a_wrong_argument(names):
    from matplotlib import pyplot as plt

    with pytest.raises(CrmlabError):
        plots.segments.grid(names["frame"], names["value"])
    assert not plt.get_fignums()


def test_kinds_follow_the_signature():
    @checked
    def take(number: float, count: int = 1, names: dict[str, float] | None = None) -> tuple:
        return number, count, names

    assert take(np.float32(2), np.int64(3), {"a": 1}) == (2, 3, {"a": 1})
    assert take(number=2, names=None) == (2, 1, None)
    for wrong in ({"number": np.True_}, {"number": 1, "count": 2.0}, {"number": 1, "names": {"a": None}}):
        with pytest.raises(InputError, match="but must be"):
            take(**wrong)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'number'"):
        take()
    with pytest.raises(InputError, match="no argument 'counts' in take"):
        take(1, counts=2)
