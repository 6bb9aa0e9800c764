"""Whom to call first: in memory and where the rows are."""

import pandas as pd
import pytest
from pandas.testing import assert_series_equal

import crmlab as crm
from crmlab.decisions import call_list, win_back_gain, with_call_list
from crmlab.errors import DataError, InputError


@pytest.fixture(scope="module")
def orders():
    return crm.datasets.cdnow(sample=True)


@pytest.fixture(scope="module")
def customers(orders):
    return crm.summarise(orders)


def test_the_list_is_the_same_from_the_engine(orders, customers):
    labelled = crm.lifecycle.with_stages(crm.pyramid.with_tiers(customers, value="total"))
    ours = with_call_list(labelled).frame
    stage = crm.lifecycle.stages(orders, at=customers.end)
    theirs = call_list(crm.pyramid.tiers(customers.frame["total"]), stage)
    assert 0 < theirs.sum() < len(theirs)
    assert_series_equal(ours["call_list"], theirs)
    called = ours[ours["call_list"]]
    assert set(called["tier"]) == {"platinum", "gold"}
    assert set(called["stage"]) == {"decline"}


@pytest.mark.slow
def test_tiers_and_stages_go_before_segments(customers):
    by_segment = crm.segments.rfm.with_names(customers)
    frame = with_call_list(by_segment).frame
    assert set(frame.loc[frame["call_list"], "segment"]) == {"cannot lose", "at risk"}
    assert not frame.loc[~frame["call_list"], "segment"].isin(["cannot lose", "at risk"]).any()
    both = crm.lifecycle.with_stages(crm.pyramid.with_tiers(by_segment, value="total"))
    frame = with_call_list(both).frame
    assert set(frame.loc[frame["call_list"], "tier"]) == {"platinum", "gold"}


def test_a_list_rests_on_labels_of_the_same_customers(customers):
    with pytest.raises(InputError, match="neither tier and stage nor segment"):
        with_call_list(customers)
    with pytest.raises(DataError, match="only one of the two tables"):
        call_list(pd.Series(["gold"], index=["a"]), pd.Series(["decline"], index=["b"]))


def test_nothing_is_gained_by_writing_to_whom_is_surely_here():
    gain = win_back_gain(pd.Series([1.0, 0.5, 0.1]), pd.Series([7.0, 7.0, 1.0]))
    assert gain.round(9).tolist() == [0.0, 7.0, 9.0]
