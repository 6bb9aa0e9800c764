"""Consistency: what must hold between a model's functions, whatever the numbers."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlab.clv import BGBB, BGNBD, MBGNBD, SBG, BdW, GammaGamma, ParetoNBD

approx = pytest.approx

MODELS = {
    "BGNBD": BGNBD.from_params(r=0.24, alpha=4.41, a=0.79, b=2.43, unit="W"),
    "MBGNBD": MBGNBD.from_params(r=0.52, alpha=6.18, a=0.89, b=1.61, unit="W"),
    "ParetoNBD": ParetoNBD.from_params(r=0.55, alpha=10.58, s=0.61, beta=11.67, unit="W"),
    "BGBB": BGBB.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.78),
}
IN_TIME = ["BGNBD", "MBGNBD", "ParetoNBD"]
CUSTOMERS = pd.DataFrame(
    {
        "frequency": [0, 1, 2, 7, 30],
        "recency": [0.0, 2.0, 30.0, 10.0, 38.0],
        "T": [39.0, 4.0, 39.0, 30.0, 38.0],
    },
    index=pd.Index(list("abcde"), name="customer_id"),
)
DONORS = pd.DataFrame({"frequency": [0, 1, 3, 6], "recency": [0, 4, 3, 6], "n": [6, 6, 5, 6]})


def customers_of(name):
    return DONORS if name == "BGBB" else CUSTOMERS


@pytest.mark.parametrize("name", MODELS)
def test_pmf_is_a_distribution_with_the_expectation_as_mean(name):
    model, customers = MODELS[name], customers_of(name)
    numbers = list(range(13 if name == "BGBB" else 260))
    pmf = model.pmf(customers, numbers, horizon=12)
    assert pmf.sum(axis=1).to_numpy() == approx(1.0, abs=1e-7)
    assert (pmf @ numbers).to_numpy() == approx(model.expected_purchases(customers, 12).to_numpy(), rel=2e-6)
    new = model.pmf_new(numbers, t=12)
    assert new.sum() == approx(1.0, abs=1e-6)
    assert new @ numbers == approx(model.expected_purchases_new(12), rel=1e-4)
    assert model.pmf_new(0, t=0) == approx(1.0)


@pytest.mark.parametrize("name", IN_TIME)
def test_pmf_of_very_frequent_customers(name):
    """Where other software returns NaN: a customer known so well that the next purchases are near Poisson."""
    steady = pd.DataFrame({"frequency": [10_000], "recency": [1000.0], "T": [1000.0]})
    pmf = MODELS[name].pmf(steady, list(range(400)), horizon=20).iloc[0]
    assert pmf.sum() == approx(1.0, abs=1e-9)
    assert pmf @ pmf.index == approx(MODELS[name].expected_purchases(steady, 20).item(), rel=1e-9)
    assert 190 < pmf.idxmax() < 201


@pytest.mark.parametrize("name", MODELS)
def test_no_purchases_now_is_as_likely_as_the_likelihood_says(name):
    """P(nothing in the horizon | history) is the ratio of two likelihoods."""
    model, customers = MODELS[name], customers_of(name)
    age = customers.columns[-1]
    later = customers.assign(**{age: customers[age] + 5})
    ratio = np.exp(model.log_likelihood(later) - model.log_likelihood(customers))
    assert model.pmf(customers, 0, horizon=5).to_numpy() == approx(ratio.to_numpy(), rel=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_a_new_customer_is_one_without_history(name):
    model = MODELS[name]
    blank = customers_of(name).head(1) * 0
    assert model.expected_purchases(blank, 9).item() == approx(model.expected_purchases_new(9), rel=1e-12)
    assert model.discounted_purchases(
        blank, discount_rate=0.1, horizon=9
    ).item() < model.expected_purchases_new(9)


@pytest.mark.parametrize("name", MODELS)
def test_several_horizons_at_once_and_the_order_given(name):
    model, customers = MODELS[name], customers_of(name)
    both = model.expected_purchases(customers, [3, 12])
    assert list(both.columns) == [3, 12]
    assert both[12].equals(model.expected_purchases(customers, 12).rename(12))
    backwards = model.expected_purchases(customers[::-1], 12)
    assert backwards[::-1].equals(both[12].rename("expected_purchases"))


@pytest.mark.parametrize("name", MODELS)
def test_discounting(name):
    model, customers = MODELS[name], customers_of(name)
    plain = model.expected_purchases(customers, 40)
    none = model.discounted_purchases(customers, discount_rate=0.0, horizon=40)
    assert none.to_numpy() == approx(plain.to_numpy(), rel=1e-10)
    some, ever = (
        model.discounted_purchases(customers, discount_rate=0.1, horizon=40),
        model.discounted_purchases(customers, discount_rate=0.1),
    )
    assert (some < plain).all()
    assert (ever > some).all()
    far = model.discounted_purchases(customers, discount_rate=0.1, horizon=20_000)
    assert ever.to_numpy() == approx(far.to_numpy(), rel=1e-8)


@pytest.mark.parametrize("name", IN_TIME)
def test_silence_reaches_the_level(name):
    model = MODELS[name]
    silent = model.silent_until(CUSTOMERS, 0.3)
    now = model.p_alive(CUSTOMERS)
    assert ((silent == 0) == (now <= 0.3)).all()
    for customer in silent.index[(silent > 0) & np.isfinite(silent)]:
        there = model.p_alive(CUSTOMERS.loc[[customer]], ahead=silent[customer]).item()
        assert there == approx(0.3, rel=1e-8)
    assert np.isinf(silent["a"]) == (name == "BGNBD")


@pytest.mark.parametrize("name", IN_TIME)
def test_units_agree(name):
    model, daily = MODELS[name], MODELS[name].in_unit("D")
    in_days = CUSTOMERS.assign(recency=CUSTOMERS["recency"] * 7, T=CUSTOMERS["T"] * 7)
    assert daily.p_alive(in_days).to_numpy() == approx(model.p_alive(CUSTOMERS).to_numpy())
    for horizon in ("12M", "90D"):
        expected = model.expected_purchases(CUSTOMERS, horizon).to_numpy()
        assert daily.expected_purchases(in_days, horizon).to_numpy() == approx(expected)
    ever = model.discounted_purchases(CUSTOMERS, discount_rate=0.1).to_numpy()
    assert daily.discounted_purchases(in_days, discount_rate=0.1).to_numpy() == approx(ever)
    assert daily.in_unit("W").params_.to_dict() == approx(model.params_.to_dict())


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_fits_in_days_and_weeks_are_one(model, cdnow):
    frame = cdnow.frame
    in_days = frame.assign(recency=frame["recency"] * 7, T=frame["T"] * 7)
    weekly, daily = model().fit(cdnow), model().fit(in_days, unit="D")
    other = weekly.in_unit("D")
    assert daily.params_.to_dict() == approx(other.params_.to_dict(), rel=1e-6)
    assert daily.covariance_.to_numpy() == approx(other.covariance_.to_numpy(), rel=1e-4)
    assert daily.loglik_ == approx(other.loglik_)
    # A penalty is measured on the data's own scale, so it does not depend on the unit either.
    steadied = model(penalty=5.0).fit(cdnow).in_unit("D").params_.to_dict()
    assert model(penalty=5.0).fit(in_days, unit="D").params_.to_dict() == approx(steadied, rel=1e-6)


@pytest.mark.parametrize("model", [BGNBD, MBGNBD, ParetoNBD])
def test_patterns_fit_as_customers(model, cdnow):
    on_patterns = model().fit(cdnow.patterns(), unit="W")
    on_rows = model().fit(cdnow.frame.sample(frac=1, random_state=1), unit="W")
    for fitted in (on_patterns, on_rows):
        assert fitted.n_customers_ == 2357
        assert fitted.loglik_ == approx(model().fit(cdnow).loglik_, abs=1e-7)
        assert fitted.params_.to_dict() == approx(model().fit(cdnow).params_.to_dict(), rel=1e-7)
        assert fitted.log_likelihood(cdnow).sum() == approx(fitted.loglik_)


def fit_data(name, cdnow):
    if name == "GammaGamma":
        return GammaGamma(), cdnow, {"p": 5.0, "q": 3.0, "v": 12.0}
    if name == "BGBB":
        return (
            BGBB(),
            MODELS["BGBB"].simulate([6] * 300, seed=2),
            {"alpha": 1, "beta": 1, "gamma": 0.7, "delta": 3},
        )
    if name == "BdW":
        return BdW(), [100, 80, 70, 65, 0], {"alpha": 0.7, "beta": 1.5, "c": 1.2}
    if name == "SBG":
        return SBG(), [100, 80, 70, 70, 65], {"alpha": 0.7, "beta": 1.5}
    return type(MODELS[name])(), cdnow, dict(MODELS[name].params_ * 1.3)


@pytest.mark.parametrize("name", [*MODELS, "GammaGamma", "SBG", "BdW"])
def test_derivatives_are_those_of_the_log_likelihood(name, cdnow):
    model, customers, params = fit_data(name, cdnow)
    data, _ = model._read(customers, None)
    theta = np.array([float(v) for v in params.values()])

    def at(values):
        return model._derivatives(dict(zip(model._names, values, strict=True)), data)

    _, gradient, hessian = at(theta)
    for i, step in enumerate(np.diag(theta * 1e-5)):
        up, down = at(theta + step), at(theta - step)
        width = 2 * step[i]
        assert (up[0] - down[0]) / width == approx(gradient[i], rel=1e-6, abs=1e-5)
        assert (up[1] - down[1]) / width == approx(hessian[i], rel=1e-5, abs=1e-4)
    assert hessian == approx(hessian.T)


@pytest.mark.parametrize("name", IN_TIME)
def test_likelihood_of_the_fit_is_that_of_its_customers(name, cdnow):
    model = type(MODELS[name])()
    data, _ = model._read(cdnow, None)
    params = dict(MODELS[name].params_)
    value = model._derivatives(params, data)[0]
    assert value == approx(float(MODELS[name].log_likelihood(cdnow).sum()), rel=1e-12)


@pytest.mark.parametrize("name", IN_TIME)
def test_simulated_customers_lead_back_to_the_truth(name):
    """In 40 simulated bases the 95 % intervals hold the truth about as often as they say."""
    truth, held = MODELS[name], 0
    for seed in range(40):
        ages = np.random.default_rng(seed).uniform(30, 60, 3000)
        fitted = type(truth)(penalty=0.01).fit(truth.simulate(ages, seed=seed), unit="W")
        table = fitted.summary()
        held += int(((table["lower"] < truth.params_) & (truth.params_ < table["upper"])).sum())
    # Binomial with n = 160, p = 0.95; parameters of one base are correlated, so the bounds are wide.
    assert 140 <= held <= 159


@pytest.mark.parametrize("name", IN_TIME)
def test_simulation_has_the_model_s_own_moments(name):
    model = MODELS[name]
    drawn = model.simulate(np.full(40_000, 26.0), seed=4)
    mean = model.expected_purchases_new(26)
    assert drawn["frequency"].mean() == approx(mean, abs=4 * drawn["frequency"].std() / 200)
    assert (drawn["frequency"] == 0).mean() == approx(model.pmf_new(0, t=26), abs=0.01)
    # E[P(alive)] over the base falls as purchases cease: the expected rate of the base at 26.
    rate = (model.expected_purchases_new(26.01) - model.expected_purchases_new(25.99)) / 0.02
    assert model.expected_purchases(drawn, 0.01).mean() / 0.01 == approx(rate, rel=0.03)


def test_contractual_identities():
    model = SBG.from_params(alpha=0.7, beta=1.2)
    same = BdW.from_params(alpha=0.7, beta=1.2, c=1.0)
    t = np.arange(1, 13)
    assert model.survival(t).equals(same.survival(t))
    assert model.retention(t).to_numpy() == approx((1.2 + t - 1) / (0.7 + 1.2 + t - 1))
    assert model.retention(t).cumprod().to_numpy() == approx(model.survival(t).to_numpy())
    # One period now, and the rest if the next renewal is made.
    stay, then = (model.discounted_lifetime(n, discount_rate=0.1) for n in (3, 4))
    assert stay == approx(1 + model.retention(4).item() / 1.1 * then)
    cohort = same.simulate(100_000, renewals=8, seed=1)
    assert BdW().fit(cohort).params_.to_dict() == approx(dict(same.params_), rel=0.1)


def test_gamma_gamma_identities():
    spend = GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    customers = spend.simulate(np.repeat([0, 1, 3, 8], 5000), seed=9)
    repeat = customers[customers["frequency"] > 0]
    assert repeat["monetary_value"].mean() == approx(spend.mean_spend, rel=0.03)
    assert spend.expected_spend(repeat).mean() == approx(spend.mean_spend, rel=0.02)
    once = customers[customers["frequency"] == 0]
    assert spend.expected_spend(once).to_numpy() == approx(spend.mean_spend)
    assert abs(GammaGamma().fit(customers).correlation_) < 0.05
    held = 0
    for seed in range(30):
        table = GammaGamma().fit(spend.simulate(np.repeat([1, 2, 5], 500), seed=seed)).summary()
        held += int(((table["lower"] < spend.params_) & (spend.params_ < table["upper"])).sum())
    assert 76 <= held <= 89  # of 90, correlated


positive = st.floats(-2, 2).map(lambda power: 10.0**power)


@settings(max_examples=60)
@given(
    name=st.sampled_from(IN_TIME),
    params=st.tuples(positive, positive, positive, positive),
    x=st.integers(0, 300),
    share=st.floats(0.01, 1.0),
    T=positive,
)
def test_alive_falls_with_silence_and_expectation_grows_with_the_horizon(name, params, x, share, T):
    kind = type(MODELS[name])
    model = kind.from_params(unit="W", **dict(zip(kind._names, params, strict=True)))
    customer = pd.DataFrame({"frequency": [x], "recency": [share * T if x else 0.0], "T": [T]})
    alive = [model.p_alive(customer, ahead=s).item() for s in (0, 0.1 * T, T, 30 * T)]
    assert all(0 <= p <= 1 for p in alive)
    assert all(b <= a * (1 + 1e-12) for a, b in pairwise(alive))
    expected = model.expected_purchases(customer, [0, 0.1 * T, T, 30 * T]).to_numpy()[0]
    assert expected[0] == 0
    assert all(b >= a * (1 - 1e-9) for a, b in pairwise(expected))
    rate = (params[0] + x) / (params[1] + T)
    assert expected[-1] <= rate * 30 * T * (1 + 1e-9)
