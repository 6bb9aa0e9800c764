"""A case is checked to the last key before anything runs, and says what is wrong with it."""

import pickle
import re

import pandas as pd
import pytest

from crmlab import resources, simulate, tables
from crmlab.course import cases, catalog
from crmlab.errors import DataError, InputError

SHOP = """\
name: shop
title: A shop
story: It sells **tea**.
data:
  kind: file
  path: orders.csv
  columns: {customer_id: who}
currency: EUR
unit: W
calibration: 2024-06-30
end: 2024-12-31
"""
SIMULATED = SHOP.replace(
    "  kind: file\n  path: orders.csv\n  columns: {customer_id: who}\n",
    "  kind: simulated\n  customers: 50\n  start: 2024-01-01\n  end: 2024-12-31\n  seed: 1\n",
)
LAUGHS = "a: &a [ha, ha]\n" + "".join(
    f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
ORDERS = "who,date,amount\n" + "".join(f"c{number:02},2024-01-05,{number}\n" for number in range(30))


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a case file and returns its path as text."""

    def write(content):
        path = tmp_path / "shop.yaml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


# -- what a case gives


@pytest.mark.parametrize("name", cases.bundled())
def test_bundled_cases_are_ready_to_run(name):
    case = cases.load(name)
    assert case.name == name
    table = case.transactions(sample=True)
    assert {"customer_id", "date", "amount"} <= set(table.columns)
    assert table["date"].max().to_pyarrow().as_py() <= case.end


def test_every_world_has_a_case_and_every_lesson_two():
    known = [cases.load(name) for name in cases.bundled()]
    assert {case.data.world for case in known if case.data.kind == "simulated"} == set(simulate.WORLDS)
    for lesson in catalog.lessons().values():
        suited = {case.name: case for case in known if case.suits(lesson)}
        assert len(suited) >= 2
        assert any(case.data.kind == "simulated" for case in suited.values()), "one whose truth is known"
        if {*lesson.tables} <= {"orders"}:
            assert {"cdnow", "fernhill"} <= set(suited)


def test_a_case_serves_the_lessons_that_it_names(write):
    lesson = catalog.lesson("22_tiers")
    for line, suits in (("", True), ("serves: [22_tiers]", True), ("serves: []", False)):
        assert cases.load(write(f"{SIMULATED}{line}\n")).suits(lesson) == suits
    with pytest.raises(InputError, match=r"no lesson '22_tires'.*Did you mean '22_tiers'"):
        cases.load(write(f"{SIMULATED}serves: [22_tires]\n"))


def test_a_business_is_simulated_once_and_kept_from_its_readers(write, monkeypatch):
    made = []

    def business(**options):
        made.append(simulate.business(**options))
        return made[-1]

    maker = simulate.Maker(business, simulate.WORLDS["business"].tables)
    monkeypatch.setitem(simulate.WORLDS, "business", maker)
    case = cases.load(write(SIMULATED))
    assert made == []
    case.check_dates()
    assert len(case.transactions(sample=True).to_pandas()) < len(case.transactions().to_pandas())
    for table in (case.contacts, case.attributes, case.truth):
        before = table()
        changed = table()
        changed.iloc[0] = changed.iloc[1]
        changed["mine"] = 1
        pd.testing.assert_frame_equal(table(), before)
    assert len(made) == 1
    assert pickle.loads(pickle.dumps(case)) == case == cases.load(write(SIMULATED))


def test_a_case_reads_the_file_beside_it(write, tmp_path, monkeypatch):
    (tmp_path / "orders.csv").write_text(ORDERS)
    path = write("\ufeff" + SHOP)
    monkeypatch.chdir("/")
    case = cases.load(path)
    assert case.period == "week"
    assert case.transactions().count().to_pyarrow().as_py() == 30
    tenth = case.transactions(sample=True).to_pandas()["customer_id"]
    assert sorted(tenth) == ["c00", "c10", "c20"]
    assert case.contacts() is None


def test_a_data_file_that_is_missing_changed_or_wrong_is_refused(write, tmp_path):
    case = cases.load(write(SHOP))
    with pytest.raises(
        InputError, match=r"Case 'shop' names the data file .*orders\.csv, which does not exist"
    ):
        case.transactions()
    (tmp_path / "orders.csv").write_text(ORDERS.replace("who", "customer"))
    with pytest.raises(InputError, match=r"no column 'who' in orders\.csv"):
        case.transactions()
    checksum = resources.sha256(tmp_path / "orders.csv")
    guarded = cases.load(
        write(SHOP.replace("csv\n", f"csv\n  sha256: {checksum}\n").replace("who", "customer"))
    )
    assert guarded.transactions() is not None
    (tmp_path / "orders.csv").write_text(ORDERS)
    with pytest.raises(DataError, match=r"orders\.csv is not the one that was checked"):
        guarded.transactions()


def test_a_case_says_how_its_file_is_written_and_may_name_several(write, tmp_path):
    for month in (1, 2):
        text = f"wer;wann;wie viel\na;03/0{month}/2024;1.234\n"
        (tmp_path / f"orders{month}.csv").write_text(text, encoding="utf-16")
    columns = "{customer_id: wer, date: wann, amount: wie viel}\n  dates: day first\n  decimal: ','"
    content = SHOP.replace("{customer_id: who}", columns).replace("orders.csv", "orders*.csv")
    found = cases.load(write(content)).transactions().to_pandas()
    assert found["date"].dt.strftime("%m-%d").tolist() == ["01-03", "02-03"]
    assert found["amount"].tolist() == [1234.0, 1234.0]
    with pytest.raises(InputError, match="sha256' is of one file"):
        cases.load(write(content.replace("  dates", "  sha256: abc\n  dates"))).transactions()


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            ("2024-01-05", "2024-03-01"),
            "calibration (2024-06-30) must lie inside the orders, which run from 2024-01-05",
        ),
        (("2024-07-01", "2024-12-01"), "must lie inside the orders, which run from 2024-07-01 to 2024-12-01"),
        (("2022-01-05", "2023-06-30"), "must lie inside the orders"),
        (("2024-01-05", "2024-12-24"), ""),
    ],
)
def test_the_days_of_a_case_lie_inside_its_orders(write, tmp_path, days, said):
    text = "who,date,amount\n" + "".join(f"a,{day},5\n" for day in days)
    (tmp_path / "orders.csv").write_text(text)
    case = cases.load(write(SHOP))
    if said:
        with pytest.raises(InputError, match=re.escape(said)):
            case.check_dates()
    else:
        case.check_dates()
    late = cases.load(write(SHOP.replace("end: 2024-12-31", "end: 2031-12-31")))
    (tmp_path / "orders.csv").write_text("who,date,amount\na,2024-01-05,5\na,2024-12-24,5\n")
    with pytest.raises(
        InputError, match=r"end \(2031-12-31\) lies 2,563 days after the last order \(2024-12-24\)"
    ):
        late.check_dates()


def test_simulated_data_are_the_same_each_time(write):
    first, second = (cases.load(write(SIMULATED)).transactions().to_pandas() for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert first["customer_id"].nunique() == 50


def test_a_date_among_a_lessons_parameters_is_text(write, lesson, monkeypatch):
    made = catalog.Lesson(lesson("11_made", "1", 'at = "1997-09-30"  # last day, ISO date'))
    monkeypatch.setattr(cases, "lessons", lambda: {"11_made": made})
    case = cases.load(write(SHOP + "lessons: {11_made: {at: 2024-06-30}}\n"))
    assert case.lessons == {"11_made": {"at": "2024-06-30"}}


def test_the_guides_examples_are_cases(write, tmp_path):
    """What the guide and the first lesson print can be copied, and the guide names every key."""
    guide = (resources.data() / "cases" / "README.md").read_text(encoding="utf-8")
    start = "\n".join("".join(cell["source"]) for cell in catalog.lesson("00_start").notebook["cells"])
    blocks = re.findall(r"```yaml\n(.*?)```", guide + start, re.S)
    own, simulated, short = (cases.load(write(text)) for text in blocks)
    (tmp_path / "orders.csv").write_text(re.search(r"```csv\n(.*?)```", guide, re.S)[1])
    assert own.transactions().columns == ("customer_id", "date", "amount", "cost")
    assert short.lessons["00_start"]
    assert simulated.transactions()["customer_id"].nunique().to_pyarrow().as_py() == 500
    for model in (cases.Case, cases.Bundled, cases.Simulated, cases.File):
        for key in model.model_fields:
            assert f"`{key}`" in guide, key
    for name, table in tables.TABLES.items():
        columns = ", ".join(f"`{column}`" for column in table.columns)
        assert f"| `{name}` | {table.row} | {columns} |" in guide


# -- what a case refuses


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("currency:", "curency:"), "no key 'curency' in shop.yaml. Did you mean 'currency'?"),
        (("  path:", "  pth:"), "no key 'pth' in shop.yaml. Did you mean 'path'?"),
        (("unit: W\n", ""), "shop.yaml lacks the key 'unit'"),
        (("  kind: file\n", ""), "lacks the key 'data.kind': one of bundled, simulated, file"),
        (("kind: file", "kind: flie"), "no kind of data 'flie' in shop.yaml. Did you mean 'file'?"),
        (
            ("currency: EUR", "currency: 5"),
            "shop.yaml: 'currency' is 5. Write text; what looks like a number",
        ),
        (("currency: EUR", "currency: no"), "shop.yaml: 'currency' is False. Write text"),
        (("{customer_id: who}", "[who]"), "shop.yaml: 'data.columns' is"),
        (("{customer_id: who}", "{customer: who}"), "part of a transaction 'customer' in shop.yaml. Did you"),
        (
            ("path: orders.csv", "path: orders.csv\n  dates: day frist"),
            "shop.yaml: There is no order of dates",
        ),
        (("path: orders.csv", "path: orders.csv\n  decimal: x"), "shop.yaml: The option 'decimal' is 'x'"),
        (("path: orders.csv", "path: orders.csv\n  timezone: Nowhere"), "shop.yaml: There is no timezone"),
        (("path: orders.csv", "path: orders.csv\n  encoding: utf-9"), "shop.yaml: There is no encoding"),
        (("path: orders.csv", "path: orders.csv\n  delimiter: ;;"), "shop.yaml: The option 'delimiter' is"),
        (("path: orders.csv", "path: orders.csv\n  sheet: [1]"), "shop.yaml: 'data.sheet"),
        (("path: orders.csv", "path: ''"), "shop.yaml: 'data.path' is ''. Write something"),
        (
            ("path: orders.csv", "path: orders.csv\n  sheet: 1.5"),
            "shop.yaml: 'data.sheet' is 1.5. Give a name, or a number from 1.",
        ),
        (
            ("name: shop", "name: My shop!"),
            "shop.yaml: 'name' is 'My shop!'. Use small letters, digits, - and _",
        ),
        (
            ("title: A shop", "name: again"),
            "no readable YAML at line 2: the key 'name' is there already, at line 1",
        ),
        (
            ("{customer_id: who}", "{date: a, date: b}"),
            "no readable YAML at line 7: the key 'date' is there already, at line 7",
        ),
        (("title: A shop", "title: &a x\ncurrency2: *a"), "at line 3: an alias (*) stands for another value"),
        (("title: A shop", "title: &a [*a]"), "at line 2: an alias (*) stands for another value"),
        (("title: A shop", "title: " + "[" * 30 + "]" * 30), "at line 2: it has more than 20 levels"),
        (("title: A shop", "title: !!python/name:os.system"), "shop.yaml is no readable YAML at line 2"),
        (("2024-06-30", "0"), "'calibration' is 0, which is no date"),
        (("2024-06-30", "2024-06-30T10:00:00"), "which is no date. Write it as YYYY-MM-DD"),
        (
            ("  kind: file\n  path: orders.csv\n  columns: {customer_id: who}\n", " orders.csv\n"),
            "'data' is 'orders.csv'",
        ),
        (("title: A shop", "title:"), "shop.yaml: 'title' is None"),
        (("unit: W", "unit: weeks"), "no time unit 'weeks' in shop.yaml. Known: D, W, M, Y"),
        (
            ("2024-06-30", "2024-06-31"),
            "'calibration' is '2024-06-31', which is no date. Write it as YYYY-MM-DD",
        ),
        (("2024-06-30", "20240630"), "'calibration' is 20240630, which is no date"),
        (("2024-06-30", "June"), "'calibration' is 'June', which is no date"),
        (("2024-06-30", "2025-06-30"), "calibration (2025-06-30) must lie before the end (2024-12-31)"),
        (("title: A shop", "title: [A, shop"), "shop.yaml is no readable YAML at line 3"),
        (("title: A shop", "\ttitle: A shop"), "shop.yaml is no readable YAML at line 2"),
        (("title: A shop", "1: A shop"), "shop.yaml has a key that is no text"),
    ],
)
def test_a_wrong_key_or_value_is_named(write, change, said):
    assert SHOP.count(change[0]) == 1
    with pytest.raises(InputError, match=re.escape(said)):
        cases.load(write(SHOP.replace(*change)))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("customers: 50", "customers: many"), "'data.customers' is 'many'"),
        (("customers: 50", "customers: 0"), "'data.customers' is 0. Give a number of at least 1."),
        (("customers: 50", "customers: yes"), "'data.customers' is True. Give a whole number."),
        (("customers: 50", "customers: 99000000"), "is 99000000. Give a number of at most 10,000,000."),
        (("seed: 1", "seed: 1\n  options: {grwth: 1}"), "'grwth' in shop.yaml. Did you mean 'growth'?"),
        (("start: 2024-01-01", "start: 2024-07-01"), "must lie inside the simulated time, 2024-07-01"),
        (
            ("end: 2024-12-31\n  seed", "end: 2024-11-30\n  seed"),
            "must lie inside the simulated time, 2024-01-01 to 2024-11-30",
        ),
    ],
)
def test_a_wrong_simulation_is_named(write, change, said):
    assert SIMULATED.count(change[0]) == 1
    with pytest.raises(InputError, match=re.escape(said)):
        cases.load(write(SIMULATED.replace(*change)))


@pytest.mark.parametrize(
    ("lessons", "said"),
    [
        ("22_teirs: {margin: 0.4}", "no lesson '22_teirs' in shop.yaml. Did you mean '22_tiers'?"),
        ("22_tiers: {magrin: 0.4}", "'magrin' in shop.yaml, lesson 22_tiers. Did you mean 'margin'?"),
        ("22_tiers: {margin: high}", "lesson 22_tiers: parameter 'margin' is 'high', but must be a number"),
        ("22_tiers: {draws: 99.5}", "parameter 'draws' is 99.5, but must be a whole number"),
        ("22_tiers: {margin: 40}", "parameter 'margin' is 40.0, but must be from 0 to 1"),
        ("22_tiers: {margin: .nan}", "parameter 'margin' is nan, but must be from 0 to 1"),
        ("22_tiers: {case: cdnow}", "lesson 22_tiers: the case is this file"),
        ("22_tiers: [0.4]", "'lessons.22_tiers' is"),
    ],
)
def test_wrong_parameters_of_a_lesson_are_named(write, lessons, said):
    with pytest.raises(InputError, match=re.escape(said)):
        cases.load(write(f"{SHOP}lessons:\n  {lessons}\n"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "shop.yaml is no case: it holds no keys. Start from cdnow.yaml"),
        ("- a list", "shop.yaml is no case"),
        (SHOP.encode() + b"\xff", "shop.yaml is no readable YAML: it is not UTF-8 text"),
        ("a: !!python/object:os.system {}", "shop.yaml is no readable YAML at line 1"),
        (LAUGHS, "at line 2: an alias (*) stands for another value"),
        ("[" * 5000, "at line 1: it has more than 20 levels"),
        ("story: " + "ha" * 600_000, "shop.yaml is 1,200,007 bytes long"),
    ],
)
def test_what_is_no_case_is_refused(write, content, said):
    with pytest.raises(InputError, match=re.escape(said)):
        cases.load(write(content))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cdwno", "no case 'cdwno'. Did you mean 'cdnow'? Known: "),
        ("nowhere/shop.yaml", "There is no case file nowhere/shop.yaml"),
        ("x" * 5000 + ".yaml", "There is no case file xxx"),
        (".", "no case '.'. Known"),
    ],
)
def test_a_case_that_is_not_there_is_named(name, said):
    with pytest.raises(InputError, match=re.escape(said)):
        cases.load(name)
