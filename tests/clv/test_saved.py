"""Saved models: whatever is changed in the text, it is refused in a sentence or says what the model is."""

import copy
import json

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from crmlab.clv import SBG, GammaGamma, ParetoNBD
from crmlab.errors import InputError

SAVED = {
    "model": "SBG",
    "version": "0.1.0",
    "options": {"penalty": 0.0},
    "params": {"alpha": 0.7, "beta": 1.2},
    "unit": None,
    "covariance": [[0.005, 0.009], [0.009, 0.02]],
    "loglik": -1611.2,
    "n_customers": 1000,
    "events": 0.0,
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["alpha", "beta"]), inner),
    max_leaves=5,
)
CHANGES = {
    "a model of another kind": {"model": "BGNBD"},
    "no name of a model": {"model": ["SBG"]},
    "a penalty that is a word": {"options": {"penalty": "evil"}},
    "a penalty that is true": {"options": {"penalty": True}},
    "an option that is none": {"options": {"penalty": 0.0, "fit": 1}},
    "a parameter that is missing": {"params": {"alpha": 0.7}},
    "a parameter of 0": {"params": {"alpha": 0.7, "beta": 0}},
    "a parameter that is a word": {"params": {"alpha": 0.7, "beta": "1.2"}},
    "an unknown unit": {"unit": "H"},
    "a covariance of another size": {"covariance": [[1.0]]},
    "a covariance that is ragged": {"covariance": [[0.005, 0.009], [0.009]]},
    "a covariance that is not symmetric": {"covariance": [[0.005, 0.009], [0.001, 0.02]]},
    "a variance below 0": {"covariance": [[-0.005, 0.0], [0.0, 0.02]]},
    "a correlation above 1": {"covariance": [[0.005, 0.9], [0.9, 0.02]]},
    "a log-likelihood that is a word": {"loglik": "x"},
    "a log-likelihood that is not finite": {"loglik": float("nan")},
    "customers below 0": {"n_customers": -5},
    "half a customer": {"n_customers": 0.5},
    "events below 0": {"events": -1},
    "no version": {"version": None},
}


def test_what_is_saved_is_read():
    assert json.loads(SBG.from_json(json.dumps(SAVED)).to_json()) == SAVED


@pytest.mark.parametrize("name", CHANGES)
def test_a_field_that_cannot_be_is_refused(name):
    with pytest.raises(
        InputError, match=r"^This is not the JSON of a SBG: .* Save the model again"
    ) as caught:
        SBG.from_json(json.dumps(SAVED | CHANGES[name]))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "[" * 100_000, '{"model": ' + "1" * 10_000 + "}", None, 5]
)
def test_what_is_no_model_is_refused(text):
    with pytest.raises(InputError, match="not the JSON of a SBG"):
        SBG.from_json(text)


@settings(max_examples=300)
@given(st.data())
def test_any_change_is_refused_or_is_what_the_model_says(data):
    changed = copy.deepcopy(SAVED)
    place = changed
    field = data.draw(st.sampled_from(sorted(changed)))
    while isinstance(place[field], dict | list) and data.draw(st.booleans()):
        place = place[field]
        field = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    place[field] = data.draw(ANYTHING)
    try:
        model = SBG.from_json(json.dumps(changed))
    except InputError:
        return
    model.summary()
    assert json.loads(model.to_json()) == changed | {"version": SAVED["version"]}


@pytest.mark.parametrize("kind", [ParetoNBD, GammaGamma])
def test_a_fit_is_read_to_the_last_bit(kind, cdnow):
    model = kind().fit(cdnow)
    assert kind.from_json(model.to_json()).to_json() == model.to_json()
