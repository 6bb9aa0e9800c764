"""First pictures of a business: titles and tables say what the orders say."""

from functools import partial

import pandas as pd
import pytest

import crmlab as crm
from crmlab.errors import InputError
from crmlab.plots import alt_text, table, transactions


@pytest.fixture(scope="module")
def orders():
    """Return six customers, silent for 5 to 300 days before 2024, of whom three come back in it."""
    rows = [(f"c{silent}", pd.Timestamp("2024-01-01") - pd.Timedelta(days=silent), 10.0)
            for silent in (5, 10, 15, 25, 35, 300)]  # fmt: skip
    rows += [(name, pd.Timestamp("2024-01-20"), 70.0) for name in ("c5", "c10", "c300")]
    return crm.read(pd.DataFrame(rows, columns=["customer_id", "date", "amount"]))


def test_revenue_adds_up(orders):
    ax = transactions.revenue(orders, currency="EUR")
    assert ax.get_title(loc="left") == "New customers until December 2023, only repeat purchases after it"
    assert table(ax)["revenue"].sum() == 270
    assert table(ax)["first_purchases"].tolist() == [10, 10, 40, 0]
    assert "highest in January 2024 with 210 EUR" in alt_text(ax)


def test_revenue_of_a_base_that_new_customers_join(orders):
    rows = orders.to_pandas()
    joined = pd.concat([rows, rows.iloc[-1:].assign(customer_id="new")])
    ax = transactions.revenue(crm.read(joined[["customer_id", "date", "amount"]]), currency="EUR")
    assert ax.get_title(loc="left") == "Revenue peaked in January 2024"
    assert table(ax)["first_purchases"].sum() == 60 + 70


def test_orders_count_every_customer(orders):
    ax = transactions.orders(crm.summarise(orders), most=3)
    assert ax.get_title(loc="left") == "50% of the customers bought on one day only"
    assert table(ax)["customers_share"].tolist() == [0.5, 0.5, 0.0]


def test_comebacks_set_the_recent_apart(orders):
    customers = crm.summarise(orders, calibration="2024-01-01", end="2024-01-31")
    ax = transactions.comebacks(customers, cut=20, most=3)
    assert ax.get_title(loc="left") == "67% of those silent for under 20 days came back, 33% of the others"
    drawn = table(ax)
    assert drawn["customers"].to_dict() == {0.0: 3, 20.0: 2, 40.0: 1}
    assert drawn["came_back"].round(2).to_dict() == {0.0: 0.67, 20.0: 0.0, 40.0: 1.0}
    recent, *others = [bar.get_facecolor() for bar in ax.patches]
    assert recent not in others
    assert ax.get_xticklabels()[-1].get_text() == "longer"
    whole = transactions.comebacks(customers, cut=400)
    assert whole.get_title(loc="left") == "50% of those silent for under 400 days came back"
    assert table(whole)["customers"].sum() == 6
    with pytest.raises(InputError, match="no holdout"):
        transactions.comebacks(crm.summarise(orders), cut=20)


def test_where_all_have_been_silent_for_long_the_title_says_so(orders):
    customers = crm.summarise(orders, calibration="2024-01-01", end="2024-01-31")
    ax = transactions.comebacks(customers, cut=1)
    assert ax.get_title(loc="left") == "Nobody was silent for under 1 day; 50% of all came back"


NAMES = ["comebacks", "orders", "revenue"]


@pytest.fixture
def pictures(orders):
    customers = crm.summarise(orders, calibration="2024-01-01", end="2024-01-31", unit="W")
    return {
        "revenue": partial(transactions.revenue, orders, currency="EUR"),
        "orders": partial(transactions.orders, customers),
        "comebacks": partial(transactions.comebacks, customers, cut=3, most=3),
    }


def test_no_picture_is_left_out(pictures):
    drawn = {
        name
        for name, item in vars(transactions).items()
        if getattr(item, "__module__", "") == transactions.__name__
    }
    assert {name for name in drawn if not name.startswith("_")} == set(pictures) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_speaks_the_readers_language(pictures, name, bypassing):
    assert bypassing(pictures[name], data=["EUR"]) == []


@pytest.mark.parametrize("cut", [0.1, 60])
def test_other_titles_speak_the_readers_language(orders, cut, bypassing):
    customers = crm.summarise(orders, calibration="2024-01-01", end="2024-01-31", unit="W")
    assert bypassing(partial(transactions.comebacks, customers, cut=cut)) == []
