"""The bundled data are the literature's, and are refused once a byte of them differs."""

import datetime as dt
import importlib.util
import shutil

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from crmlab import datasets, resources
from crmlab.errors import DataError, InputError


@pytest.mark.parametrize(
    ("sample", "customers", "orders", "days"), [(False, 23_570, 69_659, 67_591), (True, 2_357, 6_919, 6_696)]
)
def test_cdnow_has_the_published_size(sample, customers, orders, days):
    table = datasets.cdnow(sample=sample)
    assert table.count().to_pyarrow().as_py() == orders
    assert table["customer_id"].nunique().to_pyarrow().as_py() == customers
    assert table.select("customer_id", "date").distinct().count().to_pyarrow().as_py() == days
    assert table["date"].min().to_pyarrow().as_py() == dt.date(1997, 1, 1)
    assert table["date"].max().to_pyarrow().as_py() == dt.date(1998, 6, 30)


def test_cdnow_is_what_its_maker_makes(tmp_path):
    """The stored file holds exactly the rows of the source, in their order."""
    spec = importlib.util.spec_from_file_location("make", resources.data() / "cdnow" / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    make.HERE = tmp_path
    make.main()
    stored = pd.read_parquet(resources.data() / "cdnow" / "cdnow.parquet")
    assert_frame_equal(pd.read_parquet(tmp_path / "cdnow.parquet"), stored)
    resources.verify(tmp_path / "cdnow.parquet", (tmp_path / "SHA256SUMS").read_text().split()[0])


def test_the_sample_is_the_literatures(tmp_path):
    """The sample's own file holds the same orders as the sample's customers do in the whole."""
    folder = importlib.util.find_spec("lifetimes").submodule_search_locations[0]
    names = ["customer_id", "sample_id", "date", "quantity", "amount"]
    source = pd.read_csv(
        f"{folder}/datasets/CDNOW_sample.txt", sep=r"\s+", names=names, dtype={"customer_id": str}
    )
    source["date"] = pd.to_datetime(source["date"].astype(str), format="%Y%m%d")
    columns = ["customer_id", "date", "quantity", "amount"]
    ours, theirs = (
        frame[columns].sort_values(columns, ignore_index=True)
        for frame in (datasets.cdnow(sample=True).to_pandas(), source)
    )
    assert_frame_equal(ours, theirs, check_dtype=False)


def test_a_tampered_file_is_refused(tmp_path, monkeypatch):
    folder = shutil.copytree(resources.data() / "cdnow", tmp_path / "cdnow")
    content = bytearray((folder / "cdnow.parquet").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "cdnow.parquet").write_bytes(content)
    monkeypatch.setattr(resources, "data", lambda: tmp_path)
    with pytest.raises(DataError, match=r"cdnow\.parquet is not the one that was checked.* Restore"):
        datasets._cdnow.__wrapped__()


def test_the_complete_journey_has_the_size_of_its_source():
    """Of the source: households, orders, money, and the lines of campaigns, coupons and demographics."""
    orders = datasets.complete_journey().to_pandas()
    assert (len(orders), orders["customer_id"].nunique(), orders["store"].nunique()) == (155_848, 2_469, 457)
    assert orders["amount"].sum() == pytest.approx(4_596_039.58)
    assert orders["date"].min() == pd.Timestamp("2017-01-01")  # ends of the year in the shops' own time
    assert orders["date"].max() == pd.Timestamp("2017-12-31")
    campaign, used = datasets.complete_journey("campaign"), datasets.complete_journey("redemptions")
    assert (len(campaign), campaign["offer"].nunique(), len(used)) == (6_589, 27, 2_102)
    for people in (
        campaign["customer_id"],
        used["customer_id"],
        datasets.complete_journey("attributes").index,
    ):
        assert set(people) <= set(orders["customer_id"])
    sent = campaign[["customer_id", "offer"]].drop_duplicates()
    assert len(used.merge(sent)) == len(used)  # nobody used a coupon of a campaign that did not reach them


@pytest.mark.slow
def test_baskets_are_of_the_orders_and_tell_what_goes_together():
    """Pasta sauce and dry pasta: their lift in this source is known as 10.87, at a support of 0.0227."""
    baskets = datasets.complete_journey("baskets")
    assert not baskets.duplicated().any()
    assert (baskets["order_id"].nunique(), baskets["category"].nunique()) == (155_659, 302)
    holds = {name: set(each["order_id"]) for name, each in baskets.groupby("category")}
    sauce, pasta = holds["pasta sauce"], holds["dry noodles/pasta"]
    support = len(sauce & pasta) / 155_659
    assert (round(support, 4), round(support * 155_659**2 / len(sauce) / len(pasta), 2)) == (0.0227, 10.87)


def test_a_table_that_is_not_there_is_named():
    with pytest.raises(InputError, match=r"no table .basket.\. Did you mean .baskets"):
        datasets.complete_journey("basket")
