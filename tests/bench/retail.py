"""Make order lines in the shape of the UCI file "Online Retail II", with all that makes such a file hard.

As in the real file there are cancellations, missing customers, postage and fees among the products, prices
of zero, lines that occur twice, and two sheets that overlap by nine days. Nothing is copied from it:
products, customers and orders are drawn at random, and the same seed gives the same lines.

    python tests/bench/retail.py OUT.csv [OUT.parquet] [OUT.xlsx] [--rows 1067371] [--seed 1]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = 1_067_371
FIRST, LAST = pd.Timestamp("2009-12-01"), pd.Timestamp("2011-12-09")
OVERLAP = pd.Timestamp("2010-12-01"), pd.Timestamp("2010-12-10")  # days that both sheets hold
SHEETS = ("Year 2009-2010", "Year 2010-2011")
DAYS = (LAST - FIRST).days + 1
UNKNOWN = -1  # customer of an order without an id

# Shares of all lines, near those of the real file.
ANONYMOUS, CANCELLED, WRITTEN_OFF, TWICE = 0.222, 0.0178, 0.004, 0.011
COUNTRIES = {
    "United Kingdom": 0.9,
    "Germany": 0.02,
    "EIRE": 0.015,
    "France": 0.017,
    "Netherlands": 0.006,
    "Spain": 0.008,
    "Belgium": 0.006,
    "Switzerland": 0.006,
    "Portugal": 0.005,
    "Australia": 0.005,
    "Channel Islands": 0.004,
    "Italy": 0.004,
    "Unspecified": 0.004,
}
WORDS = (
    (
        "RED",
        "PINK",
        "IVORY",
        "BLUE",
        "SILVER",
        "VINTAGE",
        "SMALL",
        "LARGE",
        "SET OF 6",
        "PACK OF 12",
        "ASSORTED",
    ),
    ("SPOTTY", "GLASS", "WOODEN", "ENAMEL", "FLORAL", "HEART", "STAR", "TIN", "PAPER", "KNITTED", "GARDEN"),
    (
        "LANTERN",
        "CAKE STAND",
        "LUNCH BAG",
        "DOORMAT",
        "T-LIGHT HOLDER",
        "MUG",
        "CUSHION",
        "BUNTING",
        "NAPKINS",
    ),
)
FEES = {
    "POST": "POSTAGE",
    "DOT": "DOTCOM POSTAGE",
    "M": "Manual",
    "D": "Discount",
    "BANK CHARGES": "Bank Charges",
}
FEES |= {"AMAZONFEE": "AMAZON FEE", "B": "Adjust bad debt"}
NOTES = ("damaged", "missing", "thrown away", "check", "?", "wet/rusty", None, None)


def make(rows: int = ROWS, seed: int = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lines of the two sheets, together exactly so many rows, each in the order of time."""
    rng = np.random.default_rng(seed)
    products = _products(rng)
    orders = _orders(rng, rows)
    sales = _lines(rng, orders, products)
    parts = [
        sales,
        _fees(rng, orders, rows),
        _cancellations(rng, sales, round(CANCELLED * rows)),
        _written_off(rng, products, round(WRITTEN_OFF * rows)),
    ]
    lines = pd.concat(parts, ignore_index=True)
    both = lines["time"].between(*OVERLAP, inclusive="left")
    twice = lines.sample(round(TWICE * rows), random_state=rng)
    twice = twice[~twice["time"].between(*OVERLAP, inclusive="left")]
    surplus = len(lines) + int(both.sum()) + len(twice) - rows
    if surplus < 0:
        raise ValueError(f"{-surplus} lines too few were drawn.")
    droppable = np.flatnonzero(~both & (np.arange(len(lines)) < len(sales)))
    lines = lines.drop(index=rng.choice(droppable, surplus, replace=False))
    lines = pd.concat([lines, twice]).sort_values(["time", "document"], kind="stable", ignore_index=True)
    file = _file(rng, lines)
    split = file["InvoiceDate"].searchsorted(OVERLAP)
    return file[: split[1]].reset_index(drop=True), file[split[0] :].reset_index(drop=True)


def _products(rng: np.random.Generator) -> pd.DataFrame:
    """Return 4,600 products, the popular ones many times as often sold as the others."""
    count = 4_600
    numbers = np.sort(rng.choice(np.arange(10_002, 90_000), count, replace=False)).astype(str)
    variant = np.where(rng.random(count) < 0.25, rng.choice([*"ABCDLSb"], count), "")
    names = [" ".join(str(rng.choice(words)) for words in WORDS) for _ in range(count)]
    endings = rng.choice([0.25, 0.42, 0.55, 0.65, 0.85, 0.95], count)
    return pd.DataFrame(
        {
            "code": numbers.astype(object) + variant.astype(object),
            "name": np.array(names, dtype=object) + np.where(rng.random(count) < 0.1, " ", ""),
            "price": np.round(np.floor(rng.lognormal(0.6, 0.9, count)) + endings, 2),
            "popularity": rng.pareto(1.1, count) + 0.05,
        }
    )


def _calendar() -> np.ndarray:
    """Return how busy each day is: Saturdays and Christmas closed, autumn before it the best."""
    days = pd.date_range(FIRST, LAST)
    busy = np.array([1.0, 1.1, 1.05, 1.15, 0.9, 0.0, 0.6])[days.day_of_week]
    busy = busy * np.where(days.month.isin([9, 10, 11]), 1.7, 1.0)
    closed = ((days.month == 12) & (days.day > 23)) | ((days.month == 1) & (days.day < 4))
    return np.where(closed, 0.0, busy)


def _orders(rng: np.random.Generator, rows: int) -> pd.DataFrame:
    """Return orders with their customer, time, country and number of lines, a little more than is needed."""
    season = np.concatenate([[0.0], np.cumsum(_calendar())])
    pool = min(rows // 100 + 50, 5_942)
    begins = np.maximum(0, rng.uniform(-300, DAYS - 20, pool))
    ends = np.minimum(begins + 20 + rng.exponential(500, pool), DAYS)
    low, high = np.interp(begins, np.arange(DAYS + 1), season), np.interp(ends, np.arange(DAYS + 1), season)
    count = 1 + rng.poisson((high - low) / season[-1] * rng.gamma(0.6, 26.0, pool))
    who = np.repeat(np.arange(pool), count)
    place = low[who] + rng.random(len(who)) * (high - low)[who]
    lines = np.clip(rng.lognormal(2.43, 1.0, len(who)), 1, 250).astype(int)
    wanted = round((1 - ANONYMOUS - CANCELLED - WRITTEN_OFF - 0.025) * rows)
    lines = np.maximum(1, np.round(lines * max(1.0, 1.02 * wanted / lines.sum()))).astype(int)
    last = int(np.searchsorted(np.cumsum(lines), 1.01 * wanted)) + 1
    ids = rng.choice(np.arange(12_346, 18_288), pool, replace=False)
    countries = rng.choice(list(COUNTRIES), pool, p=list(COUNTRIES.values()))
    unknown = max(1, round(ANONYMOUS * rows / 90))
    known = pd.DataFrame(
        {"customer": ids[who], "place": place, "lines": lines, "country": countries[who]},
    )[:last]
    more = np.clip(rng.lognormal(3.9, 1.1, unknown), 1, 1_100)
    more = np.maximum(1, np.round(more * ANONYMOUS * rows / more.sum())).astype(int)
    others = pd.DataFrame({"customer": UNKNOWN, "place": rng.uniform(0, season[-1], unknown), "lines": more})
    orders = pd.concat([known, others.assign(country="United Kingdom")], ignore_index=True)
    day = np.searchsorted(season, orders["place"], side="left") - 1
    minutes = np.clip(rng.normal(13 * 60, 130, len(orders)), 7 * 60, 20 * 60).astype(int)
    orders["time"] = FIRST + pd.to_timedelta(day, unit="D") + pd.to_timedelta(minutes, unit="min")
    orders["document"] = np.arange(len(orders))
    return orders.drop(columns="place")


def _lines(rng: np.random.Generator, orders: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Return the goods of each order."""
    lines = orders.loc[np.repeat(orders.index, orders["lines"])].reset_index(drop=True).drop(columns="lines")
    chance = products["popularity"].clip(upper=60)
    chosen = rng.choice(len(products), len(lines), p=chance / chance.sum())
    sizes = [1, 2, 3, 4, 6, 8, 10, 12, 24, 48, 96, 144]
    weights = np.array([25, 15, 8, 9, 12, 5, 5, 12, 6, 2, 0.6, 0.4])
    quantity = rng.choice(sizes, len(lines), p=weights / weights.sum())
    quantity[rng.random(len(lines)) < 2e-5] *= 400  # an order of thousands, or a slip
    anonymous = lines["customer"] == UNKNOWN
    lines["code"] = products["code"].to_numpy()[chosen]
    lines["name"] = products["name"].to_numpy()[chosen]
    lines["quantity"] = np.where(anonymous & (quantity > 12), 2, quantity)
    dearer = np.where(anonymous, 1.9, 1.0) * np.where(quantity >= 48, 0.85, 1.0)
    lines["price"] = np.round(products["price"].to_numpy()[chosen] * dearer, 2)
    lines.loc[rng.random(len(lines)) < 7e-5, "price"] = 0.0  # given away
    return lines.assign(prefix="")


def _fees(rng: np.random.Generator, orders: pd.DataFrame, rows: int) -> pd.DataFrame:
    """Return what is booked like goods and is none: postage, corrections, discounts, banks, marketplaces."""
    abroad = orders[(orders["country"] != "United Kingdom") & (rng.random(len(orders)) < 0.6)]
    web = orders[(orders["customer"] == UNKNOWN) & (rng.random(len(orders)) < 0.4)]
    manual = orders.sample(max(2, rows // 1_000), random_state=rng, replace=True)
    parts = [
        abroad.assign(code="POST", quantity=rng.integers(1, 5, len(abroad)), price=18.0),
        web.assign(code="DOT", quantity=1, price=np.round(rng.lognormal(5.0, 1.0, len(web)), 2)),
        manual.assign(code="M", quantity=1, price=np.round(rng.lognormal(3.0, 2.0, len(manual)), 2)),
    ]
    own = len(orders)
    for code, share, scale, prefix in [
        ("D", 1.6e-4, 3.0, "C"),
        ("BANK CHARGES", 9e-5, 3.5, "C"),
        ("AMAZONFEE", 4e-5, 8.5, "C"),
        ("B", 6e-6, -9.0, "A"),
    ]:
        some = orders.sample(max(1, round(share * rows)), random_state=rng, replace=True)
        price = np.round(rng.lognormal(abs(scale), 1.0, len(some)) * np.sign(scale), 2)
        some = some.assign(code=code, quantity=1 if prefix == "A" else -1, price=price, prefix=prefix)
        parts.append(some.assign(document=np.arange(own, own + len(some))))
        own += len(some)
        if code != "D":
            parts[-1]["customer"] = UNKNOWN
    fees = pd.concat(parts, ignore_index=True).drop(columns="lines")
    return fees.assign(name=fees["code"].map(FEES), prefix=fees["prefix"].fillna(""))


def _cancellations(rng: np.random.Generator, sales: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return lines taken back in whole or in part, some days or weeks after they were sold."""
    back = sales[sales["customer"] != UNKNOWN].sample(count, random_state=rng)
    part = np.where(rng.random(count) < 0.7, 1.0, rng.random(count))
    later = back["time"] + pd.to_timedelta(np.floor(rng.exponential(25, count)), unit="D")
    back = back.assign(
        quantity=-np.maximum(1, np.floor(back["quantity"] * part)).astype(int),
        time=later.clip(upper=LAST + pd.Timedelta(hours=12)),
        prefix="C",
    )
    return back.assign(document=10_000_000 + back.groupby(["document", "time"]).ngroup())


def _written_off(rng: np.random.Generator, products: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return corrections of the stock: no customer, no price, often a word for what happened."""
    chosen = rng.integers(0, len(products), count)
    days = rng.choice(DAYS, count, p=_calendar() / _calendar().sum())
    minutes = rng.integers(9 * 60, 17 * 60, count)
    quantity = np.round(rng.lognormal(3, 1.3, count)).astype(int) * np.where(rng.random(count) < 0.6, -1, 1)
    return pd.DataFrame(
        {
            "customer": UNKNOWN,
            "country": "United Kingdom",
            "time": FIRST + pd.to_timedelta(days, unit="D") + pd.to_timedelta(minutes, unit="min"),
            "document": 20_000_000 + np.arange(count),
            "code": products["code"].to_numpy()[chosen],
            "name": rng.choice(np.array(NOTES, dtype=object), count),
            "quantity": np.where(quantity == 0, -1, quantity),
            "price": 0.0,
            "prefix": "",
        }
    )


def _file(rng: np.random.Generator, lines: pd.DataFrame) -> pd.DataFrame:
    """Return the lines under the file's own names, documents numbered as time goes by."""
    first = lines.groupby("document")["time"].min().sort_values(kind="stable").index
    numbers = pd.Series(489_434 + np.cumsum(rng.integers(1, 3, len(first))) - 1, index=first)
    invoice = lines["prefix"].astype(object) + lines["document"].map(numbers).astype(str)
    return pd.DataFrame(
        {
            "Invoice": invoice,
            "StockCode": lines["code"],
            "Description": lines["name"],
            "Quantity": lines["quantity"].astype("int64"),
            "InvoiceDate": lines["time"].astype("datetime64[us]"),
            "Price": lines["price"],
            "Customer ID": lines["customer"].astype("float64").where(lines["customer"] != UNKNOWN),
            "Country": lines["country"],
        }
    )


def write(sheets: tuple[pd.DataFrame, pd.DataFrame], path: Path) -> None:
    """Write the lines as the ending of the name says; a workbook gets its two sheets."""
    if path.suffix == ".xlsx":
        _workbook(sheets, path)
        return
    lines = pd.concat(sheets, ignore_index=True)
    if path.suffix == ".parquet":
        lines.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        lines.to_csv(path, index=False)
    else:
        raise SystemExit(f"{path.name}: write .csv, .parquet or .xlsx.")


def _workbook(sheets: tuple[pd.DataFrame, pd.DataFrame], path: Path) -> None:
    """Write a workbook in which, as in the real one, invoices and codes of digits only are numbers."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, frame in zip(SHEETS, sheets, strict=True):
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, frame.columns)
            columns = [frame[column].astype(object).where(frame[column].notna(), None) for column in frame]
            for number, row in enumerate(zip(*columns, strict=True), start=1):
                for place, value in enumerate(row):
                    if place in (0, 1) and value.isdigit():
                        sheet.write_number(number, place, int(value))
                    elif place == 4:
                        sheet.write_datetime(number, place, value.to_pydatetime(), date)
                    elif value is not None:
                        sheet.write(number, place, value)


def main() -> None:
    """Write the files that are asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="+", type=Path, help="ending in .csv, .parquet or .xlsx")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    sheets = make(asked.rows, asked.seed)
    for path in asked.files:
        begin = time.perf_counter()
        write(sheets, path)
        size = path.stat().st_size / 1e6
        print(f"{path}: {asked.rows:,} rows, {size:.0f} MB, {time.perf_counter() - begin:.1f} s")


if __name__ == "__main__":
    main()
