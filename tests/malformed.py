"""Files as nobody should send them: each is written to a folder when a test asks for it."""

import datetime as dt
import gzip
import io
import sqlite3
import zipfile

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

HEAD = "customer_id,date,amount\n"
A, B = "a,2024-01-13,10\n", "b,2024-02-01,3\n"
GOOD = HEAD + A + B
DAYS = [dt.datetime(2024, 1, 13), dt.datetime(2024, 2, 1)]
CELLS = [["Customer ID", "Date", "Amount"], ["a", DAYS[0], 10], ["b", DAYS[1], 3]]
ORDER = "'a' customer_id, date '2024-01-13' as date, 1.0 amount"
JSON = '{"customer_id": "a", "date": "2024-01-13", "amount": 1}\n'
LONG = "x" * 10_000_000

# What is wrong: the text, and how many rows are read, or what the refusal says.
TEXTS = {
    "nothing": ("", "only none: it is empty"),
    "a header only": (HEAD, "no rows in o.csv"),
    "blank lines only": ("\n\n\n", "it is empty"),
    "no header": (A + B, "first line seems to hold an order"),
    "a name twice": ("customer_id,date,amount,Amount\na,2024-01-13,1,2\n", "more than one column 'amount'"),
    "a row too short": (GOOD + "c,2024-02-01\n", "Line: 4"),
    "a row too long": (GOOD + "c,2024-02-01,3,4\n", "Line: 4"),
    "all rows too short": (HEAD + "c,2024-01-13\nd,2024-01-14\n", "3 names above lines of 2 fields"),
    "an open quote": (HEAD + A + '"b,2024-02-01,3\n' + A, "cannot be read"),
    "an open quote in the header": ('"customer_id,date,amount\n' + A, "no column 'customer_id'"),
    "a quote inside a field": (HEAD + 'b"x,2024-02-01,3\n' + A, 2),
    "text after a quoted field": (HEAD + '"b"x,2024-02-01,3\n', "Line: 2"),
    "a line end inside a field": (HEAD + '"b\nx",2024-02-01,3\n' + A, 2),
    "a line end inside a name": ('customer_id,"order\ndate",amount\n' + A, 1),
    "a NUL in an id": (HEAD + "a\0b,2024-01-13,10\n" + B, 2),
    "a NUL in an amount": (HEAD + "a,2024-01-13,1\0000\n" + B, "1 of 2 rows have no readable amount"),
    "NULs at the end": (GOOD + "\0" * 64, "Line: 4"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), 2),
    "Chinese UTF-16 without a mark": ("客户编号,下单时间,实付金额\n王,2024-01-13,3\n".encode("utf-16-le"), 1),
    "half a sign of UTF-16": (GOOD.encode("utf-16")[:-1], "cannot be read as utf-16"),
    "UTF-32": (GOOD.encode("utf-32"), 2),
    "two encodings": (
        (HEAD + "Zoë,2024-01-13,1\n").encode() + "Zoë,2024-01-13,1\n".encode("latin-1"),
        "encoding",
    ),
    "two marks": ("\ufeff\ufeff" + GOOD, 2),
    "two files joined": ("\ufeff" + GOOD + "\ufeff" + GOOD, "'date' in row 3"),
    "a Latin-1 currency": ((HEAD + "a,2024-01-13,£10\n").encode("latin-1"), 1),
    "one column": ("customer_id\na\nb\n", "no column 'date', 'amount'"),
    "an unknown delimiter": (GOOD.replace(",", "~"), "no column 'customer_id'"),
    "two delimiters": (HEAD + A + B.replace(",", ";"), "Line: 3"),
    "another delimiter in the header": (HEAD.replace(",", ";") + A + B, "no column 'customer_id'"),
    "three ways to write a date": (
        HEAD + "a,13.01.2024,1\nb,2024/02/01,2\nc,5 March 2024,3\n",
        "more than one",
    ),
    "31 February": (HEAD + "a,2024-02-31,1\n" + B, "'2024-02-31' in row 1"),
    "29 February of no leap year": (HEAD + "a,29.02.2023,1\nb,13.01.2024,1\n", "'29.02.2023' in row 1"),
    "the year 1": (HEAD + "a,0001-01-01,1\n" + B, "before 1900 or after 2199"),
    "the year 9999": (HEAD + "a,9999-12-31,1\n" + B, "before 1900 or after 2199"),
    "the year 20224": (HEAD + "a,20224-01-13,1\n" + B, "'20224-01-13' in row 1"),
    "the day 0": (HEAD + "a,0000-00-00,1\n" + B, "no readable date"),
    "Excel's numbers among dates": (HEAD + "a,45304,1\n" + B, 2),
    "offsets and none": (HEAD + "a,2024-01-13T23:30:00Z,1\nb,2024-02-01T23:30:00+08:00,3\n" + A, 3),
    "a date without a day": (HEAD + "a,2024-01,1\n" + B, "no readable date"),
    "two decimal points": (HEAD + "a,2024-01-13,1.2.3\n" + B, "'1.2.3' in row 1"),
    "points and commas mixed": (
        HEAD.replace(",", ";") + "a;2024-01-13;1.234,56.7\n",
        "'1.234,56.7' in row 1",
    ),
    "a space in the wrong place": (HEAD + "a,2024-01-13,12 50\n", "'12 50' in row 1"),
    "apostrophes and narrow spaces": (HEAD + "a,2024-01-13,1'250.50\nb,2024-01-13,1\u202f250.50\n", 2),
    "brackets": (HEAD + "a,2024-01-13,(5.00)\n" + B, "negative amount"),
    "a minus at the end": (HEAD + "a,2024-01-13,5.00-\n" + B, "negative amount"),
    "two minus signs": (HEAD + "a,2024-01-13,--5\n" + B, "no readable amount"),
    "a percentage": (HEAD + "a,2024-01-13,5%\n" + B, "'5%' in row 1"),
    "scientific notation": (HEAD + "a,2024-01-13,1.5e3\n" + B, 2),
    "infinity": (HEAD + "a,2024-01-13,inf\n" + B, "no readable amount"),
    "not a number": (HEAD + "a,2024-01-13,nan\n" + B, "no readable amount"),
    "1e400": (HEAD + "a,2024-01-13,1e400\n" + B, "no readable amount"),
    "a sum that overflows": (HEAD + "a,2024-01-13,1e308\na,2024-01-14,1e308\n", "no readable amount"),
    "full-width digits": (HEAD + "a,2024-01-13,１２\n" + B, "'１２' in row 1"),
    "two currencies": (HEAD + "a,2024-01-13,$5\nb,2024-01-13,€5\n", "several currencies: $, €"),
    "ids that differ by a space or a capital": (
        HEAD + "A,2024-01-13,1\nA ,2024-01-14,1\na,2024-01-15,1\n",
        3,
    ),
    "ids that programs write for none": (
        HEAD
        + "NULL,2024-01-13,1\nnan,2024-01-13,1\nNone,2024-01-13,1\n-,2024-01-13,1\n#N/A,2024-01-13,1\n"
        + A,
        "5 of 6 rows have no customer id",
    ),
    "ids that cannot be seen": (
        HEAD + "\u00a0,2024-01-13,1\n\u200b,2024-01-13,1\n" + A,
        "2 of 3 rows have no",
    ),
    "0042 beside 42": (HEAD + "0042,2024-01-13,1\n42,2024-01-13,1\n", 2),
    "huge ids": (HEAD + "99999999999999999999,2024-01-13,1\n1e20,2024-01-13,1\n", 2),
    "float ids and a blank": (
        HEAD + "12345.0,2024-01-13,1\n,2024-01-13,1\n",
        "1 of 2 rows have no customer id",
    ),
    "a totals row": (GOOD + "Total,2024-12-31,13\n", "1 of 3 rows have a total in place of a customer"),
    "a line of text at the end": (GOOD + "Exported on 2024-03-01\n", "Line: 4"),
    "title lines": ("Orders\nExported 2024-03-01\n\n" + GOOD, 2),
    "title lines filled up with commas": ("Orders,,\nExported,2024-03-01,\n,,\n" + GOOD, 2),
    "a web page": ("<html><table><tr><td>customer_id</td></tr></table></html>", "web page"),
    "HTML in names": (HEAD[:-1] + ",<script>x</script>\n<b>a</b>,2024-01-13,1,2\n", 1),
    "our own names": (HEAD[:-1] + ",_given_date,_row,count\na,2024-01-13,1,2,3,4\n", "reserved name"),
    "a column named as a count": (HEAD[:-1] + ",count,rows,rule0\na,2024-01-13,1,2,3,4\n", 1),
    "SQL in a name": (HEAD[:-1] + ',"""; DROP TABLE x; --",it\'s\na,2024-01-13,1,2,3\n', 1),
    "1,000 columns": (
        HEAD[:-1] + "".join(f",c{n}" for n in range(997)) + "\na,2024-01-13,1" + ",x" * 997 + "\n",
        1,
    ),
    "10,000 columns": (
        HEAD[:-1] + "".join(f",c{n}" for n in range(9997)) + "\na,2024-01-13,1" + ",x" * 9997 + "\n",
        "has 10,000 columns, and orders are read up to 1,000",
    ),
    "a cell of 10 MB": (HEAD + f'"{LONG}",2024-01-13,1\n', "Maximum line size"),
    "a header of 10 MB": (LONG, "which is no header"),
    "formulas": (HEAD + "=1+1,2024-01-13,=SUM(A1:A2)\n" + B, "'=SUM(A1:A2)' in row 1"),
    "bytes of all kinds": (bytes(range(256)) * 20, "encoding"),
}

# The same, with the name of the file.
NAMED = {
    "gzip without the name": ("o.csv", gzip.compress(GOOD.encode()), "packed with gzip"),
    "half a gzip": ("o.csv.gz", gzip.compress(GOOD.encode() * 1000)[:-20], "cannot be unpacked"),
    "text named gz": ("o.csv.gz", GOOD, "cannot be unpacked"),
    "gzip of UTF-16": ("o.csv.gz", gzip.compress(GOOD.encode("utf-16")), 2),
    "text named xlsx": ("o.xlsx", GOOD, "name it .csv"),
    "text named parquet": ("o.parquet", GOOD, "cannot be read"),
    "text named duckdb": ("o.duckdb", GOOD, "not a valid DuckDB database"),
    "a broken line of JSON": ("o.jsonl", JSON + '{"customer_id": "a",\n' + JSON, "Malformed JSON"),
    "a key twice in JSON": ("o.jsonl", '{"customer_id": "a", "customer_id": "b"}\n', "no column 'date'"),
    "orders inside an object": ("o.json", f'{{"orders": [{JSON}]}}', "only orders"),
    "a key that is missing in places": ("o.jsonl", JSON + '{"customer_id": "a"}\n', "1 of 2 rows"),
    "NaN in JSON": ("o.jsonl", JSON.replace("1}", "NaN}"), "'NaN' in row 1"),
    "JSON in Latin-1": ("o.jsonl", JSON.replace('"a"', '"ë"').encode("latin-1"), "invalid UTF-8"),
    "brackets without end": ("o.json", "[" * 100_000, "Malformed JSON"),
    "half a Parquet file": ("o.parquet", b"PAR1", "too small"),
    "a name of signs": ('o[1] it\'s "q" {x};%20#?*$~.csv', GOOD, 2),
    "a Chinese name": ("订单 é.csv", GOOD, 2),
    "a name of two lines": ("o\nb.csv", GOOD, 2),
    "a very long name": ("x" * 240 + ".csv", GOOD, 2),
    "an old .xls, cut": ("o.xls", b"\xd0\xcf\x11\xe0" + bytes(1000), "is damaged"),
}


def write(folder, name, content):
    """Write a file and return its path."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def book(folder, *rows, merged=(), **more):
    """Write a workbook of one sheet, and more sheets by name."""
    workbook = Workbook()
    for name, cells in ({"Orders": rows} | more).items():
        sheet = workbook.create_sheet(name)
        for row in cells:
            sheet.append(row)
        for part in merged:
            sheet.merge_cells(part)
    workbook.remove(workbook.worksheets[0])
    workbook.save(folder / "o.xlsx")
    return folder / "o.xlsx"


def parquet(folder, **columns):
    """Write a Parquet file of one good order, with columns replaced or added."""
    good = {"customer_id": ["a"], "date": ["2024-01-13"], "amount": [1.0]}
    pq.write_table(pa.table(good | columns), folder / "o.parquet")
    return folder / "o.parquet"


def sqlite(folder, *statements):
    """Write an SQLite file."""
    database = sqlite3.connect(folder / "o.db")
    for statement in statements:
        database.execute(statement)
    database.commit()
    database.close()
    return folder / "o.db"


def duck(folder, *statements):
    """Write a DuckDB file."""
    with duckdb.connect(str(folder / "o.duckdb")) as database:
        for statement in statements:
            database.execute(statement)
    return folder / "o.duckdb"


def _cut(path, end):
    return write(path.parent, path.name, path.read_bytes()[:end])


def _archive(folder):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("o.csv", GOOD)
    return write(folder, "o.zip", packed.getvalue())


def _folder(folder, **contents):
    for name, content in contents.items():
        write(folder / "in", f"{name}.csv", content)
    (folder / "in").mkdir(exist_ok=True)
    return folder / "in"


def _loop(folder):
    inside = _folder(folder, one=GOOD)
    (inside / "again").symlink_to(inside)
    return str(inside / "**" / "*.csv")


def _link_to_itself(folder):
    (folder / "o.csv").symlink_to(folder / "o.csv")
    return folder / "o.csv"


def _locked(folder):
    path = sqlite(folder, "create table o(customer_id, date, amount)")
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin exclusive")
    _held.append(holder)
    return path


_held: list[sqlite3.Connection] = []


def release():
    """Let go of what `_locked` holds."""
    while _held:
        _held.pop().close()


TABLE = "create table o(customer_id, date, amount)"
PLAIN = "'a' customer_id, '2024-01-13' date, 1 amount"

# Files of other kinds, and paths: what writes them, and the same outcomes.
MADE = {
    "a workbook, cut": (lambda at: _cut(book(at, *CELLS), 2000), "cannot be read as an Excel file"),
    "a workbook named csv": (lambda at: book(at, *CELLS).rename(at / "o.csv"), 2),
    "a title above the header": (lambda at: book(at, ["Orders", "of 2024", "now"], [], *CELLS), 2),
    "merged cells above the header": (
        lambda at: book(at, ["Who", None, "What"], *CELLS, merged=["A1:B1"]),
        2,
    ),
    "merged ids": (lambda at: book(at, *CELLS, [None, DAYS[1], 3], merged=["A3:A4"]), "no customer id"),
    "totals in a workbook": (lambda at: book(at, *CELLS, ["Total", None, 13]), "a total in place of"),
    "errors of formulas": (lambda at: book(at, *CELLS, ["c", DAYS[1], "#N/A"]), "1 of 3 rows have no"),
    "a formula that was not computed": (lambda at: book(at, *CELLS, ["c", DAYS[1], "=1+1"]), "1 of 3 rows"),
    "dates and text": (lambda at: book(at, *CELLS, ["c", "13/01/2024", 1]), "more than one order"),
    "numbers and text": (lambda at: book(at, *CELLS, ["c", DAYS[1], "1,250.50"]), 3),
    "ids of both kinds": (lambda at: book(at, *CELLS, [42, DAYS[1], 1], [42.5, DAYS[1], 1]), 4),
    "orders on two sheets": (
        lambda at: book(at, *CELLS[:2], Feb=[CELLS[0], CELLS[2]]),
        "orders in several sheets: 'Orders', 'Feb'",
    ),
    "another sheet with a name twice": (lambda at: book(at, *CELLS, Pivot=[["x", "x"], [1, 2]]), 2),
    "an empty sheet": (book, "it is empty"),
    "an archive": (_archive, "ZIP archive that holds 'o.csv'"),
    "Parquet, cut": (lambda at: _cut(parquet(at), -40), "cannot be read"),
    "nested columns beside": (lambda at: parquet(at, items=[[{"sku": "x", "n": 1}]]), 1),
    "nested ids": (lambda at: parquet(at, customer_id=[{"a": 1}]), "Ids must be text or numbers"),
    "ids that are bytes": (lambda at: parquet(at, customer_id=[b"a\xff"]), "Ids must be text or numbers"),
    "amounts that are lists": (lambda at: parquet(at, amount=[[1.0]]), "The amount must be a number"),
    "amounts that are true": (lambda at: parquet(at, amount=[True]), "The amount must be a number"),
    "dates that are all missing": (lambda at: parquet(at, date=pa.nulls(1)), "no readable date"),
    "dates that are times": (lambda at: parquet(at, date=[dt.time(1)]), "'date' holds time values"),
    "ids that are no number": (lambda at: parquet(at, customer_id=[float("nan")]), "no customer id"),
    "no table": (lambda at: sqlite(at, TABLE, "drop table o"), "holds 0 tables"),
    "a table without rows": (lambda at: sqlite(at, TABLE), "no rows in o.db"),
    "a table and a view": (
        lambda at: sqlite(at, TABLE, "create view v as select 1"),
        "holds 2 tables: 'o', 'v'",
    ),
    "a table with a hostile name": (
        lambda at: sqlite(at, f'create table "o""; drop table x; --" as select {PLAIN}'),
        1,
    ),
    "text that is no UTF-8": (
        lambda at: sqlite(at, TABLE, "insert into o values(cast(x'ff41' as text), '2024-01-13', 1)"),
        "Could not decode",
    ),
    "ids that differ in bytes alone": (
        lambda at: sqlite(at, TABLE, *(f"insert into o values(x'f{n}00', '2024-01-13', 1)" for n in "ef")),
        2,
    ),
    "a locked database": (_locked, "database is locked"),
    "a table in another schema": (
        lambda at: duck(at, "create schema s", f"create table s.o as select {ORDER}"),
        1,
    ),
    "a view of nothing": (
        lambda at: duck(at, "create table t(i int)", "create view o as select * from t", "drop table t"),
        "'o' is a view",
    ),
    "a view of another file": (
        lambda at: duck(
            at, f"create view o as select {ORDER}, content from read_text('{write(at, 'x.txt', 'x')}')"
        ),
        "'o' is a view",
    ),
    "a view without end": (
        lambda at: sqlite(
            at,
            "create view o as with recursive n as (select 1 union all select 1 from n) "
            f"select {PLAIN} from n",
        ),
        "'o' is a view",
    ),
    "a view that is said to be a table": (
        lambda at: sqlite(
            at,
            TABLE,
            f"create view v as select {PLAIN}",
            "drop table o",
            "pragma writable_schema = on",
            "update sqlite_master set type = 'table'",
        ),
        "malformed database schema",
    ),
    "a virtual table": (
        lambda at: sqlite(at, "create virtual table o using fts5(customer_id, date, amount)"),
        "holds 6 tables",
    ),
    "a column that is computed": (
        lambda at: sqlite(at, TABLE.replace("amount", "price, amount as (price)")),
        "computes 1 of its columns",
    ),
    "a column that DuckDB computes": (
        lambda at: duck(
            at, TABLE.replace("customer_id, date, amount", "customer_id int, date date, p int, amount as (p)")
        ),
        "computes 1 of its columns",
    ),
    "a day beyond Python's": (
        lambda at: duck(at, f"create table o as select {ORDER}".replace("2024-01-13", "infinity")),
        "'infinity' in row 1",
    ),
    "DuckDB, cut": (lambda at: _cut(duck(at, f"create table o as select {ORDER}"), 5000), "cannot be read"),
    "a folder of two forms": (
        lambda at: _folder(at, a=GOOD, b="customer_id,date,sum\na,1,1\n"),
        "lacks 'amount'",
    ),
    "a folder with an empty file": (
        lambda at: _folder(at, a=GOOD, b=""),
        "lacks 'customer_id', 'date', 'amount'",
    ),
    "a folder of two encodings": (lambda at: _folder(at, a=GOOD, b=GOOD.encode("utf-16")), 4),
    "an empty folder": (_folder, "no file of orders"),
    "a folder named as a file": (lambda at: _folder(at).rename(at / "x.csv"), "no file of orders"),
    "a link to itself": (_link_to_itself, "There is no file"),
    "a folder that holds itself": (_loop, 2),
    "no path": (lambda _: "", "path of the orders is empty"),
    "an address": (lambda _: "https://example.invalid/o.csv", "an address on the web"),
    "a path that is too long": (lambda _: "x" * 5000 + ".csv", "File name too long"),
    "a path that is no text": (lambda at: f"{at}/o\udcff.csv", "no text in UTF-8"),
}

CASES = {
    **{name: (lambda at, text=text: write(at, "o.csv", text), said) for name, (text, said) in TEXTS.items()},
    **{name: (lambda at, o=one: write(at, o[0], o[1]), one[2]) for name, one in NAMED.items()},
    **MADE,
}
