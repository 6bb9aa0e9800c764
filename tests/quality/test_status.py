"""A cancelled, failed, refunded or unpaid order is no revenue, whatever its platform calls it."""

import pandas as pd
import pytest

from crmlab.quality import audit

DAYS = [f"2024-0{month}-0{day}" for month in range(1, 7) for day in (1, 8)]


def orders(**columns: list[object]) -> pd.DataFrame:
    """Return orders of ten in money, one for each value."""
    size = len(next(iter(columns.values())))
    rows = {"customer_id": [f"c{n % 3}" for n in range(size)], "date": DAYS[:size], "amount": [10.0] * size}
    return pd.DataFrame(rows | columns)


EXPORTS = {
    "woocommerce": {"Order Status": ["wc-completed", "wc-cancelled", "wc-failed", "wc-refunded", "Void"]},
    "shopify": {"Financial Status": ["paid", "voided", "refunded", "pending", "VOIDED"]},
    "stripe": {"Status": ["Paid", "Failed", "Refunded", "requires_payment_method", "canceled"]},
    "olist": {"order_status": ["delivered", "canceled", "canceled", "canceled", "canceled"]},
    "german": {"Bestellstatus": ["versendet", "storniert", "Erstattet", "unbezahlt", "Fehlgeschlagen"]},
    "chinese": {"订单状态": ["交易成功", "交易关闭", "已取消", "等待买家付款", "退款成功"]},
    "a name that says nothing": {"Z1": ["shipped", "cancelled", "refunded", "failed", "declined"]},
    "a flag": {"Refunded": [False, True, True, True, True]},
    "a day": {"Cancelled at": ["", "2024-01-09", "2024-01-09 10:00", "2024-02-01", "2024-02-02"]},
    "money back": {"Amount Refunded": [0.0, 10.0, 10.0, 10.0, 10.0]},
    "two columns": {"status": ["ok", "cancelled", "ok", "void", "ok"], "Paid?": [*"abcde"],
                    "payment_status": ["paid", "paid", "failed", "paid", "unpaid"]},
}  # fmt: skip


@pytest.mark.parametrize("name", EXPORTS)
def test_orders_that_fell_through_are_set_aside_with_their_reason(name):
    found = audit(orders(**EXPORTS[name]))
    assert (found.ledger.rows_used, found.ledger.rows_set_aside) == (1, 4)
    assert (found.ledger.money_used, found.ledger.money_set_aside) == (10.0, 40.0)
    assert found.reasons()["rows"].to_dict() == {"order cancelled, failed, refunded or never paid": 4}
    assert found.table().loc["fallen_through", "rows"] == 4
    kept = audit(orders(**EXPORTS[name]), choices={"status": "keep"})
    assert kept.ledger.rows_used == 5


def test_what_is_not_known_is_named_and_kept():
    found = audit(
        orders(status=["done", "zurück an Lager", "zurück an Lager", "partially_refunded", "canceled"])
    )
    assert found.ledger.rows_used == 4
    table = found.table()
    assert table["rows"].reindex(["unknown_status", "partly_refunded", "fallen_through"]).tolist() == [
        2,
        1,
        1,
    ]
    assert "'zurück an Lager' 2" in table.loc["unknown_status", "done"]
    assert "'status' says 'canceled' 1" in table.loc["fallen_through", "done"]


def test_part_of_the_money_paid_back_is_named():
    found = audit(orders(**{"Status": ["Paid"] * 3, "Amount Refunded": ["0.00", "4.00", "10.00"]}))
    assert found.ledger.money_used == 20.0
    assert found.table().loc["partly_refunded", "rows"] == 1


@pytest.mark.parametrize(
    "columns",
    [
        {"State": ["CA", "NY", "TX", "CA", "OH"]},
        {"Country": ["DE", "FR", "DE", "FR", "DE"]},
        {"note": ["cancelled", "call back", "returned", "", ""]},
        {"Fulfillment Status": ["pending", "shipped", "pending", "shipped", "delivered"]},
    ],
)
def test_other_columns_are_no_status(columns):
    found = audit(orders(**columns))
    assert found.ledger.rows_used == 5
    assert "unknown_status" not in found.table().index


def test_a_return_is_taken_off_its_purchase_whatever_its_state():
    rows = orders(status=["Completed", "Refunded"]).assign(customer_id="c0", amount=[10.0, -4.0])
    assert audit(rows).ledger.money_used == 6.0


def test_the_column_can_be_named_or_left_out():
    rows = orders(Lage=["gut", "storniert", "gut", "gut", "gut"])
    assert audit(rows).ledger.rows_used == 5
    assert audit(rows, {"status": "Lage"}).ledger.rows_used == 4
    assert audit(rows.rename(columns={"Lage": "status"}), {"status": None}).ledger.rows_used == 5
