"""Files as they come from shops, offices and tills: each ends in the right rows or in one clear paragraph."""

import datetime as dt
import gzip
import json
import sqlite3

import duckdb
import pandas as pd
import pytest

from crmlab import read
from crmlab.errors import CrmlabError

JAN, FEB = "2024-01-13", "2024-02-01"
GOOD = [("a", JAN, 1250.5), ("b", FEB, 3.0)]  # what most files below hold
HEAD = "customer_id,date,amount\n"
CHINESE = "客户编号,下单时间,实付金额,品类\na,2024年1月13日,￥1250.5,茶叶\nb,2024年2月1日 10:30,3元,茶具\n"


def rows(table):
    """Return customer, day and amount of each row, in the order of the file."""
    records = table.select("customer_id", "date", "amount").to_pyarrow().to_pylist()
    return [(str(r["customer_id"]), r["date"].isoformat(), r["amount"]) for r in records]


READ = {
    "plain": (HEAD + "a,2024-01-13,1250.5\nb,2024-02-01,3\n", {}),
    "semicolons and decimal comma": (
        "customer_id;date;amount\na;13.01.2024;1250,50\nb;01.02.2024;3,00\n",
        {},
    ),
    "German thousands": (
        "Kundennummer;Bestelldatum;Betrag\na;13.1.24;1.250,50 €\nb;31.12.99;3,0 €\n",
        {},
        [("a", JAN, 1250.5), ("b", "1999-12-31", 3.0)],
    ),
    "French spaces": ("client;date;amount\na;13/01/2024;1\u202f250,5 €\nb;01/02/2024;3 €\n", {}),
    "Swiss apostrophes": ("client\tdate\tamount\na\t13.01.2024\tCHF 1'250.50\nb\t01.02.2024\tCHF 3.00\n", {}),
    "American": ('Customer,Order Date,Total\na,01/13/2024,"$1,250.50"\nb,2/1/2024,$3.00\n', {}),
    "Indian groups": (
        'customer_id,date,amount\na,2024-01-13,"₹12,34,567.5"\nb,2024-02-01,₹3\n',
        {},
        [("a", JAN, 1234567.5), ("b", FEB, 3.0)],
    ),
    "pipes": ("CustomerID|InvoiceDate|Amount\na|13-Jan-2024|1250.5\nb|1 February 2024|3\n", {}),
    "month names": (HEAD + '"a","Sat, January 13th, 2024 10:00 PM",1250.5\nb,Feb 1 2024,3\n', {}),
    "UTF-8 with mark": ("\ufeff" + HEAD + "a,2024-01-13,1250.5\nb,2024-02-01,3\n", {}),
    "UTF-16": ((HEAD.replace(",", "\t") + "a\t2024-01-13\t1250.5\nb\t2024-02-01\t3\n").encode("utf-16"), {}),
    "UTF-16 without mark": ((HEAD + "a,2024-01-13,1250.5\nb,2024-02-01,3\n").encode("utf-16-be"), {}),
    "GBK": (CHINESE.encode("gb18030"), {}),
    "Chinese in UTF-8": (CHINESE, {}),
    "Latin-1": (
        (HEAD + "Zoë,2024-01-13,1250.5\nÉlodie Müller,2024-02-01,3\n").encode("latin-1"),
        {},
        [("Zoë", JAN, 1250.5), ("Élodie Müller", FEB, 3.0)],
    ),
    "Windows euro": (
        (HEAD.replace(",", ";") + "a;2024-01-13;1.250,5 €\nb;2024-02-01;3 €\n").encode("cp1252"),
        {},
    ),
    "encoding told": (
        (HEAD + "Łukasz,2024-01-13,1250.5\nb,2024-02-01,3\n").encode("cp1250"),
        {"encoding": "cp1250"},
        [("Łukasz", JAN, 1250.5), ("b", FEB, 3.0)],
    ),
    "Excel's sep line": ("sep=;\r\ncustomer_id;date;amount\r\na;2024-01-13;1250,5\r\nb;2024-02-01;3\r\n", {}),
    "title above the header": ("Orders of our shop\n\n" + HEAD + "a,2024-01-13,1250.5\nb,2024-02-01,3\n", {}),
    "empty lines": (HEAD + "a,2024-01-13,1250.5\n\n\nb,2024-02-01,3\n\n", {}),
    "quoted everything": (
        '"customer_id","date","amount","note"\n"a","2024-01-13","1250.5","x;y\n""z"""\n"b","2024-02-01","3",""\n',
        {},
    ),
    "index without a name": (",customer_id,date,amount\n0,a,2024-01-13,1250.5\n1,b,2024-02-01,3\n", {}),
    "YYYYMMDD": (HEAD + "a,20240113,1250.5\nb,20240201103000,3\n", {}),
    "slashes year first": (HEAD + "a,2024/1/13,1250.5\nb,2024/02/01 08:15,3\n", {}),
    "Excel serials": (HEAD + "a,45304,1250.5\nb,45323.75,3\n", {}),
    "Unix seconds": (HEAD + "a,1705104000,1250.5\nb,1706745600,3\n", {"timezone": "UTC"}),
    "Unix milliseconds in a zone": (
        HEAD + "a,1705075200000,1250.5\nb,1706716800000,3\n",
        {"timezone": "Asia/Shanghai"},
    ),
    "offsets as written": (HEAD + "a,2024-01-13T23:30:00Z,1250.5\nb,2024-02-01T23:30:00.000-05:00,3\n", {}),
    "offsets in a zone": (
        HEAD + "a,2024-01-12T23:30:00Z,1250.5\nb,2024-02-01T00:30:00+0100,3\n",
        {"timezone": "Europe/Berlin"},
    ),
    "day first told": (
        HEAD + "a,03/04/2024,1250.5\nb,01/02/2024,3\n",
        {"dates": "day first"},
        [("a", "2024-04-03", 1250.5), ("b", FEB, 3.0)],
    ),
    "month first told": (HEAD + "a,03/04/2024,1\n", {"dates": "month first"}, [("a", "2024-03-04", 1.0)]),
    "a format told": (HEAD + "a,240113,1250.5\nb,240201,3\n", {"dates": "%y%m%d"}),
    "the same day in any order": (HEAD + "a,05/05/2024,1\n", {}, [("a", "2024-05-05", 1.0)]),
    "negatives cancel to none": (
        HEAD + "a,2024-01-13,(0.00)\nb,2024-02-01,0-\n",
        {},
        [("a", JAN, 0.0), ("b", FEB, 0.0)],
    ),
    "decimal told": (HEAD.replace(",", ";") + "a;2024-01-13;1.234\n", {"decimal": ","}, [("a", JAN, 1234.0)]),
    "another column decides": (
        "customer_id;date;amount;cost\na;2024-01-13;1.234;0,5\n",
        {},
        [("a", JAN, 1234.0)],
    ),
    "powers of ten": (HEAD + "a,2024-01-13,1.2505e3\nb,2024-02-01,3E+00\n", {}),
    "order lines": (
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "1,T,2,1/13/2024 8:26,625.25,a,UK\n2,U,3,2/1/2024 9:00,1,b,UK\n",
        {},
    ),
    "Chinese order lines": (
        "订单号,客户ID,订单日期,数量,单价,渠道,成本\n1,a,2024-01-13,2,625.25,网店,3\n2,b,2024-02-01,3,1,门店,1\n",
        {},
    ),
    "a date by its contents": ("customer,when it was,amount\na,2024-01-13,1250.5\nb,2024-02-01,3\n", {}),
    "price alone is the amount": ("buyer;time;price (EUR)\na;2024-01-13;1250,5\nb;2024-02-01;3\n", {}),
    "a part that is not wanted": (
        HEAD[:-1] + ",cost\na,2024-01-13,1250.5,?\nb,2024-02-01,3,\n",
        {"columns": {"cost": None}},
    ),
    "text named .xls": (
        "customer_id\tdate\tamount\na\t2024-01-13\t1250.5\nb\t2024-02-01\t3\n",
        {"name": "orders.xls"},
    ),
    "zipped": (
        gzip.compress((HEAD + "a,2024-01-13,1250.5\nb,2024-02-01,3\n").encode()),
        {"name": "orders.csv.gz"},
    ),
    "Cyrillic, told": (
        (HEAD + "Иванов,2024-01-13,1250.5\nb,2024-02-01,3\n").encode("cp1251"),
        {"encoding": "cp1251"},
        [("Иванов", JAN, 1250.5), ("b", FEB, 3.0)],
    ),
    "old Mac": ((HEAD + "a,2024-01-13,1250.5\nb,2024-02-01,3\n").replace("\n", "\r"), {}),
    "spaces after the commas": ("customer_id, date, amount\na, 2024-01-13, 1250.5\nb, 2024-02-01, 3\n", {}),
    "a delimiter told": (
        "customer_id~date~amount\na~2024-01-13~1250.5\nb~2024-02-01~3\n",
        {"delimiter": "~"},
    ),
    "decimal commas in every column": (
        "customer_id;date;amount;cost;quantity\na;2024-01-13;1250,5;1,5;1,0\nb;2024-02-01;3,0;1,5;1,0\n",
        {},
    ),
    "JSON lines": (
        '{"customer_id": "a", "date": "13/01/2024", "amount": 1250.5}\n'
        '{"customer_id": "b", "date": "01/02/2024", "amount": "3"}\n',
        {"name": "orders.jsonl"},
    ),
    "a JSON list": (
        json.dumps(
            [{"client": "a", "date": JAN, "amount": 1250.5}, {"client": "b", "date": FEB, "amount": 3}]
        ),
        {"name": "o.json"},
    ),
}

REFUSED = {
    "open order of day and month": (
        HEAD + "a,03/04/2024,1\n",
        {},
        ["'03/04/2024' in row 1", 'dates="day first" or dates="month first"'],
    ),
    "both orders": (
        HEAD + "a,13/01/2024,1\nb,01/13/2024,1\n",
        {},
        ["more than one order", "'01/13/2024' in row 2", "'13/01/2024' in row 1"],
    ),
    "year first among day first": (
        HEAD + "a,13/01/2024,1\nb,2024-02-01,1\n",
        {},
        ["more than one order", "'2024-02-01' in row 2"],
    ),
    "two digits that may be the year": (
        HEAD + "a,01-02-03,1\n",
        {},
        ['dates="year first"', 'dates="day first"', "'01-02-03'"],
    ),
    "told wrong": (
        HEAD + "a,13/01/2024,1\nb,2024-02-01,1\n",
        {"dates": "day first"},
        ["1 of 2 rows", "'2024-02-01' in row 2"],
    ),
    "a day that does not exist": (
        HEAD + "a,2024-01-13,1\nb,2024-02-30,1\n",
        {},
        ["1 of 2 rows", "'2024-02-30' in row 2"],
    ),
    "no dates at all": (HEAD + "a,soon,1\nb,,1\n", {}, ["2 of 2 rows", "'soon' in row 1, None in row 2"]),
    "text after the date": (HEAD + "a,2024-01-13 about,1\n", {}, ["no readable date"]),
    "Unix times without a zone": (HEAD + "a,1705104000,1\n", {}, ["Unix times", 'timezone="UTC"']),
    "open decimal sign": (HEAD + 'a,2024-01-13,"1,234"\n', {}, ["'1,234' in row 1", 'decimal="."']),
    "an open point": (
        HEAD.replace(",", ";") + "a;2024-01-13;1.234\n",
        {},
        ["thousands or decimals", "'1.234'"],
    ),
    "both decimal signs": (
        HEAD.replace(",", ";") + "a;2024-01-13;1,5\nb;2024-01-13;1.5\n",
        {},
        ["a point and with a comma", "'1.5' in row 2"],
    ),
    "several currencies": (
        HEAD + "a,2024-01-13,$5\nb,2024-01-13,5 EUR\n",
        {},
        ["several currencies: $, EUR"],
    ),
    "a broken group": (HEAD + 'a,2024-01-13,"1,2345.5"\n', {}, ["1 of 1 rows", "'1,2345.5' in row 1"]),
    "a percentage": (HEAD + "a,2024-01-13,5%\n", {}, ["'5%' in row 1"]),
    "half a bracket": (HEAD + "a,2024-01-13,(5\n", {}, ["'(5' in row 1"]),
    "brackets are negative": (HEAD + 'a,2024-01-13,"(1,250.50)"\n', {}, ["negative amount", "(1,250.50)"]),
    "a minus at the end": (HEAD.replace(",", ";") + "a;2024-01-13;1.250,50-\n", {}, ["negative amount"]),
    "a printed minus": (HEAD + "a,2024-01-13,\u22125.5\n", {}, ["negative amount"]),
    "a total at the end": (HEAD + "a,2024-01-13,1\n,,1\n", {}, ["1 of 2 rows have no customer id", "row 2"]),
    "a short line": (
        HEAD + "a,2024-01-13,1\nb,2024-01-13,1\nb,2024-01-13\n",
        {},
        ["orders.csv cannot be read", "Line: 4"],
    ),
    "a long line": (
        HEAD + "a,2024-01-13,1\nb,2024-01-13,1\nb,2024-01-13,1,9\n",
        {},
        ["orders.csv cannot be read", "Line: 4"],
    ),
    "delimiters at line ends": (
        HEAD + "a,2024-01-13,1,\nb,2024-01-13,2,\n",
        {},
        ["3 names above lines of 4 fields"],
    ),
    "an open quotation mark": (HEAD + 'a,2024-01-13,1\n"b,2024-01-13,1\n', {}, ["orders.csv cannot be read"]),
    "no header": (
        "a,2024-01-13,1\nb,2024-01-14,2\n",
        {},
        ["only a, 2024-01-13, 1", "first line seems to hold an order"],
    ),
    "nothing": ("", {}, ["no column 'customer_id'"]),
    "only spaces": ("\n\n", {}, ["no column 'customer_id'"]),
    "only a header": (HEAD, {}, ["no rows in orders.csv"]),
    "twins": ("customer_id,date,amount,Amount\na,2024-01-13,1,2\n", {}, ["more than one column 'amount'"]),
    "two amounts": (
        "customer_id,date,Revenue,Paid\na,2024-01-13,1,2\n",
        {},
        ["'Revenue', 'Paid' fit the part 'amount'", 'columns={"amount": "Revenue"}'],
    ),
    "wrong encoding told": (
        (HEAD + "Zoë,2024-01-13,1\n").encode("latin-1"),
        {"encoding": "ascii"},
        ["orders.csv cannot be read"],
    ),
    "wrong encoding told, with a copy": (
        (HEAD + "Zoë,2024-01-13,1\n").encode("latin-1"),
        {"encoding": "gb18030"},
        ["cannot be read as gb18030"],
    ),
    "half a zipped file": (b"\x1f\x8b12345", {"name": "orders.csv.gz"}, ["orders.csv.gz cannot be unpacked"]),
    "Cyrillic": ((HEAD + "Иванов,2024-01-13,1\n").encode("cp1251"), {}, ["encoding", "cp1251"]),
    "Japanese": ((HEAD + "田中,2024-01-13,1\n").encode("shift-jis"), {}, ["encoding"]),
    "a format that is none": (HEAD, {"dates": "%Q"}, ["'dates' is '%Q'"]),
    "mixed line ends": (
        HEAD + "a,2024-01-13,1\r\nb,2024-01-14,2\nc,2024-01-14,2\r\n",
        {},
        ["orders.csv cannot be read"],
    ),
    "an unknown encoding": (HEAD, {"encoding": "utf-9"}, ["no encoding 'utf-9'"]),
    "an unknown zone": (HEAD, {"timezone": "Mars/Olympus"}, ["no timezone 'Mars/Olympus'"]),
    "an unknown order": (HEAD, {"dates": "day frist"}, ["Did you mean 'day first'?"]),
    "an encoding that is none of text": (HEAD, {"encoding": "rot13"}, ["no encoding 'rot13'"]),
    "an encoding of names on the web": (HEAD, {"encoding": "punycode"}, ["no encoding 'punycode'"]),
    "too many columns": (
        HEAD.strip() + "".join(f",c{n}" for n in range(998)) + "\n",
        {},
        ["orders.csv has 1,001 columns"],
    ),
    "JSON of names that never come again": (
        "".join(f'{{"k{n}": 1}}\n' for n in range(1001)),
        {"name": "orders.jsonl"},
        ["orders.jsonl has 1,001 columns"],
    ),
    "a sheet of a CSV": (HEAD, {"sheet": "x"}, ["'sheet' does not apply to orders.csv"]),
    "a web page": ("<html><table></table></html>", {"name": "orders.xls"}, ["web page"]),
    "no workbook": ("x", {"name": "orders.xlsx"}, ["orders.xlsx cannot be read as an Excel file"]),
    "half a workbook": (b"PK\x03\x04 and no more", {"name": "orders.xlsx"}, ["orders.xlsx cannot be read"]),
    "no database": (b"SQLite format 3\0" + b"x" * 200, {"name": "orders.db"}, ["orders.db cannot be read"]),
    "no JSON": ("{x", {"name": "orders.json"}, ["orders.json cannot be read"]),
    "JSON numbers": ("1\n2\n", {"name": "orders.jsonl"}, ["orders.jsonl holds no records"]),
    "zeros": (b"\0" * 100, {}, ["no column 'customer_id'"]),
}


def write(folder, content, name="orders.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", READ)
def test_odd_files_are_read(name, tmp_path):
    content, options, *expected = READ[name]
    options = dict(options)
    path = write(tmp_path, content, options.pop("name", "orders.csv"))
    assert rows(read(path, **options)) == (expected[0] if expected else GOOD)


def test_json_lines_may_each_have_a_name_of_their_own(tmp_path):
    lines = [json.dumps({"customer_id": "a", "date": JAN, "amount": 1, f"k{n}": n}) for n in range(300)]
    table = read(write(tmp_path, "\n".join(lines), "orders.jsonl"))
    assert rows(table) == [("a", JAN, 1.0)] * 300
    assert len(table.columns) == 303


@pytest.mark.parametrize("name", ["orders.csv", "orders.csv.gz"])
def test_a_last_line_beyond_the_buffer_is_not_lost(tmp_path, name):
    content = HEAD.encode() + b"a,2024-01-13,1\n" + b"x" * 40_000_000 + b",2024-01-13,1"
    path = write(tmp_path, gzip.compress(content, 1) if name.endswith("gz") else content, name)
    with pytest.raises(CrmlabError, match=f"{name} ends in a line of over 2,000,000 bytes"):
        read(path)


@pytest.mark.parametrize("name", REFUSED)
def test_bad_files_are_refused_in_one_paragraph(name, tmp_path):
    content, options, said = REFUSED[name]
    options = dict(options)
    path = write(tmp_path, content, options.pop("name", "orders.csv"))
    with pytest.raises(CrmlabError) as caught:
        read(path, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 700
    for words in said:
        assert words in message


# -- workbooks and databases


def book(path, **sheets):
    with pd.ExcelWriter(path) as writer:
        for name, cells in sheets.items():
            pd.DataFrame(cells).to_excel(writer, sheet_name=name, header=False, index=False)
    return path


DAYS = [dt.datetime(2024, 1, 13, 9), dt.datetime(2024, 2, 1)]
CELLS = [["Customer ID", "Date", "Amount"], ["a", DAYS[0], 1250.5], ["b", DAYS[1], 3]]


@pytest.mark.parametrize(
    ("sheets", "options"),
    [
        ({"Orders": CELLS}, {}),
        ({"Notes": [["Read me"]], "Orders": CELLS}, {}),
        ({"Orders": [["Report", None, None], [None] * 3, *CELLS, [None] * 3]}, {}),
        ({"Old": [*CELLS[:2]], "New": CELLS}, {"sheet": "New"}),
        ({"Old": [*CELLS[:2]], "New": CELLS}, {"sheet": 2}),
        ({"O": [CELLS[0], ["a", "13/01/2024", "1.250,50 €"], ["b", "01/02/2024", "3 €"]]}, {}),
    ],
)
def test_workbooks_are_read(tmp_path, sheets, options):
    assert rows(read(book(tmp_path / "o.xlsx", **sheets), **options)) == GOOD


@pytest.mark.parametrize(
    ("cells", "options", "said"),
    [
        # Excel took 02/01/2024 for a day of its own order and left 13/01/2024 as text.
        ([CELLS[0], ["a", "13/01/2024", 1], ["b", DAYS[1], 1]], {}, "more than one order.*turned round"),
        ([CELLS[0], ["a", DAYS[0], "#N/A"]], {}, "1 of 1 rows have no readable amount"),
        (CELLS, {"sheet": "Sheet9"}, "no sheet 'Sheet9' in o.xlsx"),
        (CELLS, {"sheet": 3}, "has 1 sheets"),
        ([["Date", "Date", "Amount"], *CELLS[1:]], {}, "more than one column 'Date'"),
        ([["x"]], {}, "no column 'customer_id'"),
    ],
)
def test_bad_workbooks_are_refused(tmp_path, cells, options, said):
    with pytest.raises(CrmlabError, match=said):
        read(book(tmp_path / "o.xlsx", Sheet1=cells), **options)


def test_databases_are_read(tmp_path):
    frame = pd.DataFrame({"client": ["a", "b"], "day": [JAN, FEB], "paid": [1250.5, 3]})
    with sqlite3.connect(tmp_path / "s.db") as database:
        frame.to_sql("orders", database, index=False)
    database.close()
    with duckdb.connect(str(tmp_path / "d.duckdb")) as other:
        other.execute("create table orders as select * from frame")
    for path in (tmp_path / "s.db", tmp_path / "d.duckdb"):
        assert rows(read(path)) == GOOD
        assert rows(read(path, table="orders")) == GOOD
        with pytest.raises(CrmlabError, match="Did you mean 'orders'"):
            read(path, table="order")
    with sqlite3.connect(tmp_path / "s.db") as database:
        frame.to_sql("more", database, index=False)
    database.close()
    with pytest.raises(CrmlabError, match=r"holds 2 tables: .* Name one"):
        read(tmp_path / "s.db")


def test_nothing_is_left_beside_a_database(tmp_path):
    path = tmp_path / "s.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("pragma journal_mode=wal")
    writer.execute("create table o(customer_id, date, amount)")
    writer.execute(f"insert into o values('a', '{JAN}', 1250.5)")
    writer.close()
    assert rows(read(path)) == GOOD[:1]
    assert [item.name for item in tmp_path.iterdir()] == ["s.db"]
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute(f"insert into o values('b', '{FEB}', 3.0)")
    assert rows(read(path)) == GOOD  # what is in the log alone, too
    writer.close()


# -- folders


def test_a_folder_or_a_pattern_is_one_table(tmp_path):
    write(tmp_path, HEAD + "a,2024-01-13,1250.5\n", "1.csv")
    write(tmp_path, "date;customer_id;amount\n2024-02-01;b;3\n", "2.csv")
    write(tmp_path, "not read", "README.md")
    assert rows(read(tmp_path)) == GOOD
    write(tmp_path, HEAD + "b,2024-02-01,3\n", "2.csv")  # of one dialect
    assert rows(read(tmp_path)) == rows(read(str(tmp_path / "*.csv"))) == GOOD
    assert "_file" not in read(tmp_path).columns
    write(tmp_path, HEAD + "c,2024-02-01,3\nc,2024-02-01,three\n", "3.csv")
    with pytest.raises(CrmlabError, match=r"1 of 4 rows .* 'three' in row 2 of 3\.csv"):
        read(tmp_path)
    write(tmp_path, "customer_id,date,sum\nc,2024-02-01,3\n", "3.csv")
    with pytest.raises(CrmlabError, match=r"columns of 3\.csv differ .* lacks 'amount'; only it has 'sum'"):
        read(tmp_path)
    pd.DataFrame({"customer_id": [7], "date": [JAN], "amount": ["1"]}).to_parquet(tmp_path / "3.parquet")
    (tmp_path / "3.csv").unlink()
    with pytest.raises(CrmlabError, match=r"Column 'customer_id' holds other kinds of values in 3\.parquet"):
        read(tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(CrmlabError, match="holds no file of orders"):
        read(tmp_path / "none")


def test_a_year_of_two_digits_lies_neither_in_the_future_nor_in_antiquity():
    days = pd.DataFrame({"customer_id": ["a", "b"], "date": ["13.01.24", "14.01.60"], "amount": [1.0, 2.0]})
    with pytest.raises(CrmlabError, match=r"no readable date.*14\.01\.60.*row 2"):
        read(days, dates="day first")
    assert str(read(days[:1], dates="day first").to_pyarrow()["date"][0]) == "2024-01-13"


def test_a_workbook_may_hold_numbers_beyond_whole_ones():
    from crmlab.reading import cells

    assert cells.table({"x": [2**63, 1]})["x"].to_pylist() == [float(2**63), 1.0]
    assert cells.table({"x": [2**62, 1]})["x"].to_pylist() == [2**62, 1]
