"""Columns find their parts by name and contents, say why, and stay open where two fit alike."""

import sys

import pandas as pd
import pytest

from crmlab import read
from crmlab.errors import DataError, InputError
from crmlab.transactions import suggest

VALUES = {
    "customer_id": "a",
    "date": "2024-01-05",
    "amount": 1.5,
    "quantity": 2,
    "price": 0.75,
    "cost": 1.0,
}


def table(**columns):
    """Return a table of one row whose columns play the parts that are named."""
    return pd.DataFrame({name: [VALUES.get(part, "x")] for name, part in columns.items()})


@pytest.mark.parametrize(
    "columns",
    [
        {"Customer ID": "customer_id", "InvoiceDate": "date", "Amount": "amount"},
        {"CustomerID": "customer_id", "order_date": "date", "Total (EUR)": "amount"},
        {"client": "customer_id", "day": "date", "paid": "amount"},
        {
            "InvoiceNo": "order_id",
            "StockCode": "product",
            "Description": "",
            "Quantity": "quantity",
            "InvoiceDate": "date",
            "UnitPrice": "price",
            "CustomerID": "customer_id",
            "Country": "",
        },
        {
            "客户编号": "customer_id",
            "下单时间": "date",
            "实付金额": "amount",
            "渠道": "channel",
            "品类": "category",
            "成本": "cost",
        },
        {
            "会员号": "customer_id",
            "订单日期": "date",
            "订单号": "order_id",
            "数量": "quantity",
            "单价": "price",
        },
        {"客户ID": "customer_id", "日期": "date", "金额（元）": "amount"},
        {
            "email": "",
            "Customer ID": "customer_id",
            "date": "date",
            "created_at": "",
            "amount": "amount",
            "Price": "",
        },
        {
            "user_id": "customer_id",
            "Order Date": "date",
            "Ship Date": "",
            "Sales": "amount",
            "Category": "category",
        },
    ],
)
def test_usual_names_are_known(columns):
    found = suggest(table(**columns))
    assert found == {part: name for name, part in columns.items() if part}
    assert set(found.reasons) == set(found)


def test_contents_decide_between_names():
    both = pd.DataFrame(
        {"client": ["a"], "Order date": ["open"], "Date": ["2024-01-05"], "paid": [1], "total": ["-"]}
    )
    found = suggest(both)
    assert (found["date"], found["amount"]) == ("Date", "paid")
    empty = pd.DataFrame({"client": ["a"], "user": [None], "day": ["2024-01-05"], "paid": [1]})
    assert suggest(empty)["customer_id"] == "client"
    odd = pd.DataFrame({"client": ["a"], "wann": ["5 Jan 2024"], "paid": [1], "code": ["20240105"]})
    assert "date" in suggest(odd).rivals
    with pytest.raises(DataError, match="'wann', 'code' fit the part 'date' equally well"):
        read(odd)
    assert suggest(odd, columns={"date": "wann"}).reasons["date"] == "as you said"


def test_a_price_counts_only_where_no_amount_is():
    priced = table(client="customer_id", day="date", paid="amount", quantity="quantity").assign(price=[None])
    assert "price" not in suggest(priced)
    assert read(priced).to_pandas()["amount"].tolist() == [1.5]


def test_rivals_are_named_and_shown():
    rivals = table(client="customer_id", user="customer_id", day="date", paid="amount")
    assert "customer_id: open, 'client', 'user' fit alike" in repr(suggest(rivals))
    with pytest.raises(DataError, match=r"columns=\{\"customer_id\": \"client\"\}"):
        read(rivals)
    assert read(rivals, columns={"customer_id": "user"}).columns[0] == "customer_id"
    with pytest.raises(DataError, match="no column 'customer_id'"):
        read(rivals, columns={"customer_id": None})


def test_a_missing_library_is_named(monkeypatch, tmp_path):
    path = tmp_path / "orders.xlsx"
    path.write_bytes(b"PK\x03\x04")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(InputError, match="pip install python-calamine"):
        read(path)
