"""Correctness: the results of the papers and of independent software."""

import numpy as np
import pandas as pd
import pytest

import crmlab as crm
from crmlab.clv import BGBB, BGNBD, MBGNBD, SBG, BdW, GammaGamma, ParetoNBD

approx = pytest.approx


@pytest.mark.parametrize(
    ("model", "name", "rel"),
    [(BGNBD, "bgnbd", 2e-5), (MBGNBD, "mbgnbd", 1e-3), (ParetoNBD, "paretonbd", 5e-4)],
)
def test_cdnow_fit(model, name, rel, cdnow, published):
    facts = published[name]["cdnow"]
    fitted = model().fit(cdnow)
    assert fitted.params_.to_dict() == approx(facts["params"], rel=rel)
    assert fitted.loglik_ == approx(facts["LL"], abs=0.01)
    assert fitted.n_customers_ == 2357
    assert fitted.unit_ == "W"
    assert fitted.aic == approx(8 - 2 * facts["LL"], abs=0.02)
    assert fitted.bic == approx(4 * np.log(2357) - 2 * facts["LL"], abs=0.02)
    if "SE" in facts:
        assert fitted.summary()["SE"].to_dict() == approx(facts["SE"], rel=5e-4)


def test_bgnbd_predictions_on_cdnow(cdnow, published):
    facts = published["bgnbd"]["cdnow"]
    model = BGNBD().fit(cdnow)
    new = facts["expected_purchases_new"]
    assert model.expected_purchases_new(new["t"]) == approx(new["value"], abs=5e-4)
    known = facts["expected_purchases"]
    customer = pd.DataFrame({k: [known[k]] for k in ("frequency", "recency", "T")})
    assert model.expected_purchases(customer, known["horizon"]).item() == approx(known["value"], abs=5e-4)
    total = facts["holdout_total"]
    assert model.expected_purchases(cdnow, 39).sum() == approx(total["model"], abs=0.05)
    assert cdnow.frame["holdout_frequency"].sum() == total["actual"]
    rounded = BGNBD.from_params(unit="W", **facts["rounded"])
    for row in facts["pmf"]:
        assert rounded.pmf_new(row["n"], t=row["t"]) == approx(row["value"], rel=1e-5)


@pytest.mark.parametrize(("model", "name"), [(BGNBD, "bgnbd"), (MBGNBD, "mbgnbd")])
def test_pointwise_likelihoods(model, name, published):
    facts = published[name]["pointwise"]
    customers = pd.DataFrame(facts["logp"])
    logp = model.from_params(unit="W", **facts["params"]).log_likelihood(customers)
    assert logp.to_numpy() == approx(customers["value"].to_numpy(), rel=1e-6)


def test_gamma_gamma_on_cdnow(cdnow, published):
    facts = published["gammagamma"]["cdnow"]
    spend = GammaGamma().fit(cdnow)
    assert spend.params_.to_dict() == approx(facts["params"], abs=0.006)
    assert spend.loglik_ == approx(facts["LL"], abs=1e-3)
    assert spend.n_customers_ == 946
    assert spend.correlation_ == approx(0.1139, abs=1e-4)
    ordered = iter(spend.expected_spend(cdnow).head(12).round(2))
    assert all(value in ordered for value in facts["conditional_spend_first_ten"])


def test_bgbb_on_donations(published):
    facts = published["bgbb"]["donations"]
    model = BGBB().fit(pd.DataFrame(facts["table"]))
    assert model.params_.to_dict() == approx(facts["params"], abs=1e-4)
    assert model.loglik_ == approx(facts["LL"], abs=0.005)
    assert model.n_customers_ == 11_104
    expected = facts["expected_purchases_new"]
    assert model.expected_purchases_new([1, 2, 3, 11]) == approx(list(expected.values()), abs=1e-4)


@pytest.mark.parametrize("segment", ["regular", "high_end"])
@pytest.mark.parametrize(("model", "name"), [(SBG, "sbg"), (BdW, "bdw")])
def test_contractual(model, name, segment, published):
    survivors = published["sbg"][segment]["survivors"]
    facts = published[name][segment]
    fitted = model().fit(survivors)
    assert fitted.params_.to_dict() == approx(facts["params"], abs=6e-5)
    assert fitted.loglik_ == approx(facts["LL"], abs=6e-4)


def test_tracking_of_cdnow(cdnow):
    """39 and 78 weeks: the totals are those of the sums over customers and of the orders themselves."""
    model = BGNBD().fit(cdnow)
    orders = crm.datasets.cdnow(sample=True)
    weekly = model.tracking(cdnow, "1998-06-30", orders)
    assert len(weekly) == 78
    assert weekly.index[-1] == pd.Timestamp("1998-06-30")
    repeats = cdnow.frame["frequency"].sum() + cdnow.frame["holdout_frequency"].sum()
    assert weekly["actual_cumulative"].iloc[-1] == weekly["actual"].sum() == repeats
    ages = (pd.Timestamp("1998-06-30") - cdnow.frame["first"]).dt.days / 7
    assert weekly["expected_cumulative"].iloc[-1] == approx(model.expected_purchases_new(ages).sum())
    by_month = model.tracking(cdnow.frame["first"], "1998-06-30", step="1M")
    assert by_month["expected"].sum() == approx(weekly["expected"].sum())
