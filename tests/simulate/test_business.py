"""The simulated business: the process it claims, the tables it hands over, and what it refuses."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab.errors import InputError
from crmlab.simulate import Business, business
from crmlab.simulate.worlds.business import SERVICE_NEED

pytestmark = pytest.mark.slow  # much is drawn; the daily round leaves it out

END = pd.Timestamp("2024-12-31")
# The default purchase process a hundred times slower over a hundred times as long: days are then fine enough
# to stand for continuous time.
SLOW = {"alpha": 2000.0, "contacts_per_year": 0.02, "start": "1800-01-01", "end": "2000-02-20"}


@pytest.fixture(scope="module")
def shop() -> Business:
    return business(seed=7)


@pytest.fixture(scope="module")
def slow() -> Business:
    return business(customers=60_000, seed=11, **SLOW)


def orders(shop: Business) -> pd.DataFrame:
    kinds = {"customer_id": "first", "date": "first", "amount": "sum"}
    return shop.transactions.groupby("order_id", sort=False).agg(kinds)


def profits(shop: Business) -> pd.DataFrame:
    sums = shop.transactions.groupby("customer_id")[["amount", "cost"]].sum()
    sums["service"] = shop.contacts.groupby("customer_id")["cost"].sum().reindex(sums.index, fill_value=0)
    return sums.assign(profit=sums["amount"] - sums["cost"] - sums["service"])


# -- correctness: the process


def test_traits_follow_the_population(slow):
    from scipy import stats  # slow to import

    made = slow.parameters
    traits = {
        "purchase_rate": stats.gamma(made["r"], scale=1 / made["alpha"]),
        "dropout_probability": stats.beta(made["a"], made["b"]),
        "spend_level": stats.invgamma(made["q"], scale=made["p"] * made["v"]),
    }
    for name, distribution in traits.items():
        assert stats.kstest(slow.truth[name], distribution.cdf).pvalue > 0.01, name
    independent = stats.spearmanr(slow.truth[list(traits)]).statistic - np.eye(3)
    assert np.abs(independent).max() < 0.03


def test_purchases_and_dropout_follow_from_each_customers_traits(slow):
    """Given λ and p over an age T, E(x) = (1 - exp(-λpT)) / p and P(alive) = exp(-λpT)."""
    days = slow.transactions.drop_duplicates("order_id").groupby("customer_id")["date"].agg(["size", "min"])
    age = (pd.Timestamp(SLOW["end"]) - days["min"]).dt.days + 0.5
    p = slow.truth["dropout_probability"]
    alive = np.exp(-slow.truth["purchase_rate"] * p * age)

    repeats = (days["size"] - 1) - (1 - alive) / p
    stayed = slow.truth["alive_until"].isna() - alive
    for surprise in (repeats, stayed):
        assert abs(surprise.mean()) < 3 * surprise.std() / np.sqrt(len(surprise))


@pytest.mark.filterwarnings("ignore:The 'mode.chained_assignment' option:DeprecationWarning")
@pytest.mark.parametrize("scale", ["slow", "shop"])
def test_a_fitted_bgnbd_recovers_the_population(scale, request):
    from lifetimes import BetaGeoFitter

    made = request.getfixturevalue(scale)
    unit = 700 if scale == "slow" else 7
    days = made.transactions.groupby("customer_id")["date"].agg(["nunique", "min", "max"])
    end = pd.Timestamp(made.parameters["end"])
    pattern = pd.DataFrame(
        {
            "frequency": days["nunique"] - 1,
            "recency": (days["max"] - days["min"]).dt.days / unit,
            "T": (end - days["min"]).dt.days / unit,
        }
    ).value_counts()
    frequency, recency, age = pattern.reset_index()[["frequency", "recency", "T"]].to_numpy().T
    model = BetaGeoFitter().fit(frequency, recency, age, weights=pattern.to_numpy())
    true = pd.Series({name: made.parameters[name] for name in ("r", "alpha", "a", "b")})
    true["alpha"] /= unit
    z = (model.params_ - true) / model.standard_errors_
    assert (z.abs() < 3).all(), z


def test_amounts_follow_from_each_customers_spend_level(slow):
    from scipy import stats  # slow to import

    amounts = orders(slow)
    level = slow.truth["spend_level"].reindex(amounts["customer_id"]).to_numpy()
    ratio = amounts["amount"] / level  # Gamma(p, p), whoever buys
    assert ratio.mean() == pytest.approx(1, abs=3 * ratio.std() / np.sqrt(len(ratio)))
    assert ratio.var() == pytest.approx(1 / slow.parameters["p"], rel=0.03)
    assert abs(stats.spearmanr(ratio, level).statistic) < 0.02


def test_arrivals_grow_as_asked():
    first = business(customers=20_000, seed=3, growth=2.0).transactions.groupby("customer_id")["date"].min()
    day = (first - pd.Timestamp("2023-01-01")).dt.days
    span = 0.4 * 731
    assert day.max() <= span
    # With u = t / span, the distribution function is (u + growth u²/2) / (1 + growth/2).
    assert (day < span / 2).mean() == pytest.approx((0.5 + 2 * 0.125) / 2, abs=0.01)


def test_contacts_follow_from_each_customers_service_rate(shop):
    yearly = 365.25 * shop.truth["service_rate"]
    assert yearly.mean() == pytest.approx(shop.parameters["contacts_per_year"], rel=0.06)
    spread = np.log(yearly / shop.attributes["acquisition_channel"].map(SERVICE_NEED)).std()
    assert spread == pytest.approx(shop.parameters["service_spread"], rel=0.03)
    first = shop.transactions.groupby("customer_id")["date"].min()
    active = (shop.truth["alive_until"].fillna(END + pd.Timedelta("1D")) - first).dt.days
    count = shop.contacts.groupby("customer_id").size().reindex(first.index, fill_value=0)
    expected = shop.truth["service_rate"] * active
    assert abs((count - expected).sum()) < 3 * np.sqrt(expected.sum())
    assert shop.contacts.groupby("reason")["cost"].mean().to_dict() == pytest.approx(
        shop.parameters["reasons"], rel=0.05
    )


def test_referrals_go_to_those_who_were_there_in_proportion_to_their_rate(shop):
    new = shop.attributes.query("acquisition_channel == 'referral'")["referred_by"]
    assert (shop.attributes["referred_by"].notna() == shop.attributes.index.isin(new.index)).all()
    first = shop.transactions.groupby("customer_id")["date"].min().to_numpy()
    left = shop.truth["alive_until"].fillna(END).to_numpy()
    rate = shop.truth["referral_rate"].to_numpy()
    position = {name: place for place, name in enumerate(shop.truth.index)}
    surprise = variance = 0.0
    for name, by in new.items():
        born, referrer = position[name], position[by]
        assert referrer < born
        assert left[referrer] >= first[born]
        there = rate[:born][left[:born] >= first[born]]
        mean = (there**2).sum() / there.sum()
        surprise += rate[referrer] - mean
        variance += (there**3).sum() / there.sum() - mean**2
    assert abs(surprise) < 3 * np.sqrt(variance)


def test_attributes_tell_what_the_notes_say_and_no_more(slow):
    from scipy import stats  # slow to import

    known = slow.attributes.join(slow.truth)
    assert known.groupby("income_band", observed=True)["spend_level"].median().is_monotonic_increasing
    need = known.groupby("acquisition_channel")["service_rate"].mean()
    assert (need / need["search"]).to_dict() == pytest.approx(SERVICE_NEED, rel=0.12)
    app = (
        slow.transactions.assign(app=slow.transactions["channel"] == "app")
        .groupby("customer_id")["app"]
        .mean()
    )
    assert app.groupby(known["age_band"], observed=True).mean().is_monotonic_decreasing

    traits = ["purchase_rate", "dropout_probability", "spend_level", "service_rate", "referral_rate"]
    unrelated = [("region", trait) for trait in traits]
    unrelated += [("age_band", trait) for trait in traits]
    unrelated += [("acquisition_channel", trait) for trait in traits if trait != "service_rate"]
    for attribute, trait in unrelated:
        groups = [group for _, group in known.groupby(attribute, observed=True)[trait]]
        assert stats.kruskal(*groups).pvalue > 0.001, (attribute, trait)


def test_the_default_business_is_one_worth_teaching_with(shop):
    count = orders(shop).groupby("customer_id").size()
    money = profits(shop)
    heavy = money.nlargest(len(money) // 5, "service")
    assert 0.35 <= (count == 1).mean() <= 0.50
    assert 4 <= count.mean() <= 7
    assert 0.30 <= shop.truth["alive_until"].notna().mean() <= 0.60
    assert 0.10 <= (money["profit"] < 0).mean() <= 0.25
    assert 0.60 <= heavy["service"].sum() / money["service"].sum() <= 0.80
    assert heavy["profit"].sum() / money["profit"].sum() < 0.20


# -- consistency: the tables


def assert_coherent(shop: Business) -> None:
    lines, contacts, truth = shop.transactions, shop.contacts, shop.truth
    ids = pd.Index([f"C{number:06d}" for number in range(1, shop.parameters["customers"] + 1)])
    assert truth.index.equals(ids)
    assert shop.attributes.index.equals(ids)
    assert set(lines["customer_id"]) == set(ids)
    for table in (lines, contacts):
        assert table["date"].is_monotonic_increasing
        assert table["date"].between(shop.parameters["start"], shop.parameters["end"]).all()
        assert table["date"].equals(table["date"].dt.normalize())
        left = truth["alive_until"].reindex(table["customer_id"]).to_numpy()
        assert not (table["date"].to_numpy() > left).any()
    bought = lines.groupby("customer_id")["date"].agg(["min", "max"])
    gone = truth["alive_until"].dropna()
    assert (bought["max"].reindex(gone.index) == gone).all()
    assert (contacts["date"] >= contacts["customer_id"].map(bought["min"])).all()
    order = ["order_id", "customer_id", "date", "channel"]
    assert not lines[order].drop_duplicates().duplicated("order_id").any()
    assert not lines.duplicated(["order_id", "category"]).any()
    assert (lines["amount"] > 0).all()
    assert (lines["quantity"] >= 1).all()
    margin = lines["category"].map(shop.parameters["categories"])
    np.testing.assert_allclose(lines["cost"], lines["amount"] * (1 - margin), atol=0.00501)
    assert (lines[["amount", "cost"]] == lines[["amount", "cost"]].round(2)).all(axis=None)


def test_the_tables_agree(shop):
    assert_coherent(shop)
    assert shop.transactions.isna().sum().sum() == shop.contacts.isna().sum().sum() == 0


@settings(max_examples=20)
@given(
    customers=st.integers(1, 40),
    seed=st.integers(0, 2**32),
    alpha=st.floats(0.5, 500),
    a=st.floats(0.05, 20),
    b=st.floats(0.05, 20),
    arrivals=st.floats(0.01, 0.99),
    growth=st.floats(-0.99, 5),
    names=st.integers(1, 3),
)
def test_the_tables_agree_whatever_the_options(names, **options):
    categories = dict(list({"tea": 0.6, "cake": 0.3, "gift": -0.1}.items())[:names])
    lists = {"categories": categories, "channels": ["desk", "phone", "web"][:names], "reasons": {"query": 2}}
    assert_coherent(business(start="2024-01-01", end="2024-06-30", **lists, **options))


def test_the_same_seed_gives_the_same_business(shop):
    asked = json.loads(json.dumps(shop.parameters))
    again, other = business(**asked), business(**asked | {"seed": 8})
    for table in ("transactions", "contacts", "attributes", "truth"):
        assert_frame_equal(getattr(again, table), getattr(shop, table))
        assert not getattr(other, table).equals(getattr(shop, table))


def test_spend_and_service_leave_the_purchases_as_they_are(shop):
    dear = business(seed=7, contacts_per_year=5, v=48)
    columns = ["customer_id", "date", "order_id", "category", "channel"]
    assert_frame_equal(dear.transactions[columns], shop.transactions[columns])
    assert dear.transactions["amount"].sum() == pytest.approx(2 * shop.transactions["amount"].sum(), rel=1e-4)
    assert len(dear.contacts) > 2 * len(shop.contacts)


# -- end to end and input checks


def test_the_package_reads_it(shop):
    customers = crm.summarise(shop.transactions, end=shop.parameters["end"])
    days = shop.transactions.groupby("customer_id")["date"].nunique()
    assert customers.frame["orders"].astype("int64").equals(days.rename("orders"))
    assert repr(shop).startswith("Business(6,000 customers, ")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"start": "2023-02-30"}, "start is '2023-02-30'"),
        ({"end": "2022-12-31"}, "not after start"),
        ({"end": "2023-01-01"}, "not after start"),
        ({"customers": 0}, "customers is 0, but must be a whole number of at least 1"),
        ({"customers": 10.5}, "customers is 10.5"),
        ({"seed": 7.0}, "seed is 7.0, but must be a whole number"),
        ({"seed": None}, "seed is None"),
        ({"seed": True}, "seed is True"),
        ({"seed": -1}, "seed is -1"),
        ({"alpha": 0}, "alpha is 0, but must be a number above 0"),
        ({"a": -0.8}, "a is -0.8"),
        ({"r": "0.3"}, "r is '0.3'"),
        ({"b": float("nan")}, "b is nan"),
        ({"v": float("inf")}, "v is inf"),
        ({"q": 1}, "q is 1, but must be a number above 1"),
        ({"arrivals": 1.2}, "arrivals is 1.2, but must be a number between 0 and 1"),
        ({"growth": -1}, "growth is -1"),
        ({"alpha": 0.001}, "purchases and contacts"),
        ({"categories": {}}, "categories is {}"),
        ({"categories": {"food": 1.0}}, "category 'food' is 1.0"),
        ({"channels": "store"}, "channels is 'store'. Give a list"),
        ({"channels": ["yes", False]}, "channels holds False"),
        ({"reasons": {"return": 0}}, "reason 'return' is 0"),
    ],
)
def test_what_cannot_be_is_refused(wrong, message):
    with pytest.raises(InputError) as caught:
        business(**{"seed": 1} | wrong)
    assert message in str(caught.value)
