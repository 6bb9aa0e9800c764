"""The audit finds what is planted, accounts for every row and all money, and cries no wolf."""

import json
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import crmlab as crm
from crmlab import transactions
from crmlab.course import catalog
from crmlab.errors import DataError, InputError
from crmlab.quality.choices import CHOICES, chosen
from crmlab.quality.decide import decide
from crmlab.quality.findings import CHECKS
from tests.quality import defects

SEED = 11


def frame(table):
    return table.to_pyarrow().to_pandas()


def orders(**columns):
    """Return the orders of one customer on four days, with columns replaced or added."""
    good = {"customer_id": ["Ann"] * 4, "date": ["2024-01-01", "2024-01-05", "2024-01-09", "2024-01-12"]}
    return pd.DataFrame(good | {"amount": [10.0, 20.0, 30.0, -20.0]} | columns)


def audit(*args, **options):
    return crm.quality.audit(*args, today=defects.TODAY, **options)


@pytest.fixture(scope="module")
def made():
    return defects.planted(SEED)


@pytest.fixture(scope="module")
def path(made, tmp_path_factory):
    return defects.write(made, tmp_path_factory.mktemp("export") / "export.csv")


@pytest.fixture(scope="module")
def found(path):
    return audit(path)


@pytest.fixture(scope="module")
def changes(found):
    return found.sensitivity()


# -- what is planted is found, and nothing else


def test_every_planted_defect_is_counted_exactly(made, found):
    counted = found.table()["rows"].to_dict()
    by_row = {name: count for name, count in counted.items() if name in CHECKS}
    assert by_row == made.counts
    assert set(by_row) == set(CHECKS)  # every check of rows has something planted
    assert counted["same_day"] == made.same_day
    assert counted["gaps"] == 28
    (gap,) = (finding for finding in found.findings if finding.name == "gaps")
    assert gap.examples == [f"{defects.FIRST_EMPTY} to {defects.LAST_EMPTY}: 28 days"]


def test_what_is_set_aside_is_what_must_be(made, found):
    out = frame(found.set_aside)
    expected = made.defect[made.defect.isin(defects.SET_ASIDE)]
    assert out["row"].tolist() == [place + 1 for place in expected.index]
    given = made.rows.loc[expected.index]
    for name in made.rows.columns:
        assert out[name].fillna("").tolist() == given[name].tolist()
    reasons = found.reasons()["rows"]
    assert reasons["purchase returned in full"] == defects.FULL
    assert reasons["return of a purchase that was returned in full"] == defects.FULL
    assert reasons["return, taken off the purchase that it undoes"] == defects.PART
    assert reasons["return without an earlier purchase of at least that amount"] == defects.ALONE
    assert reasons["return without a negative amount, so that its money is open"] == defects.UNSIGNED
    assert len(crm.read(found.transactions).to_pyarrow()) == found.ledger.rows_used


def test_examples_are_rows_as_given(found):
    by_name = {finding.name: finding for finding in found.findings}
    assert all(1 <= len(finding.examples) <= 3 for finding in found.findings)
    assert all("row " in by_name[name].examples[0] for name in CHECKS)
    assert "$" in by_name["currencies"].examples[0]
    assert "1000000.00 €" in by_name["extreme_amounts"].examples[0]


def test_old_customers_at_the_beginning_are_found():
    rows = defects.truncated(SEED)
    table = audit(rows).table()
    made = defects.Planted(rows, pd.Series("", rows.index), rows["Client"])
    assert table["rows"]["left_truncation"] == made.first_weeks
    assert table["level"]["left_truncation"] == "caveat"


def test_few_rows_with_much_money_are_a_problem(found):
    level = found.table()["level"]
    assert level["extreme_amounts"] == "problem"
    assert level["zero_amounts"] == "caveat"


def test_a_short_history_is_a_problem():
    table = audit(defects.short(SEED)).table()
    assert table["level"]["short_history"] == "problem"
    assert table["rows"]["short_history"] <= 60


@pytest.mark.parametrize("source", ["cdnow", 1, 2, 3])
def test_clean_orders_have_no_problem(source):
    if source == "cdnow":
        rows, natural = crm.datasets.cdnow(), {"duplicates", "zero_amounts", "same_day"}
    else:
        rows, natural = crm.simulate.business(customers=800, seed=source).transactions, {"same_day"}
    clean = crm.quality.audit(rows)
    assert {finding.name for finding in clean.findings} == natural  # what is really there
    assert not [finding for finding in clean.findings if finding.level == "problem"]
    assert clean.ledger.rows_used == clean.ledger.rows_read
    assert (clean.verdicts()["verdict"] == "runs").all()


# -- the law: nothing is lost, whatever is chosen


def lawful(decided):
    ledger, aside, used = decided.ledger, frame(decided.set_aside), frame(decided.transactions)
    assert ledger.rows_read == ledger.rows_used + ledger.rows_set_aside
    assert ledger.rows_used == len(used)
    assert ledger.rows_set_aside == len(aside) == aside["row"].nunique()
    assert ledger.money_read == pytest.approx(ledger.money_used + ledger.money_set_aside, abs=1e-6)
    assert ledger.money_used == pytest.approx(used["amount"].sum(), abs=1e-6)
    assert ledger.money_set_aside == pytest.approx(aside["money"].sum(), abs=1e-6)
    assert aside["reason"].notna().all()
    assert (used["amount"] >= 0).all()


OPTIONS = {name: st.sampled_from([*choice.options]) for name, choice in CHOICES.items()}
slow = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])


@slow
@given(choices=st.fixed_dictionaries(OPTIONS | {"currency": st.sampled_from(["most common", "$", "€"])}))
def test_rows_and_money_are_conserved_under_every_choice(found, choices):
    lawful(decide(found._decided.rows, choices))


LINE = st.tuples(
    st.sampled_from(["Ann", "ann ", "Bo", "", "test", None]),
    st.sampled_from(["2024-01-05", "2024-01-06", "2024-02-30", "2026-01-01", None]),
    st.sampled_from(["5", "5.00", "-5", "-2.5", "0", "1e9", "x", None]),
    st.sampled_from(["P1", "P2", "POST", None]),
)


@slow
@given(lines=st.lists(LINE, min_size=1, max_size=12), choices=st.fixed_dictionaries(OPTIONS))
def test_rows_and_money_are_conserved_in_any_rows(lines, choices):
    rows = pd.DataFrame(lines, columns=["customer_id", "date", "amount", "product"], dtype="str")
    lawful(audit(rows, choices=choices)._decided)


# -- decisions


def test_each_option_does_what_it_says(found, made):
    count, base = made.counts, found.ledger.rows_used

    def used(**choices):
        return decide(found._decided.rows, chosen(choices)).ledger.rows_used

    assert used(duplicates="set aside") == base - count["duplicates"]
    assert used(extremes="set_aside") == base - count["extreme_amounts"]
    assert used(zeros="set aside") == base - count["zero_amounts"]
    assert used(large="set aside") == base - count["large_accounts"]
    assert used(accounts="keep") == base + count["accounts"]
    assert used(products="keep") == base + count["pseudo_products"]
    assert used(returns="set aside") == used(returns="net to zero") == base + defects.FULL
    assert used(currency="$", returns="set aside") == count["currencies"]


def test_ids_are_merged_to_their_usual_spelling(found, made):
    merged = set(frame(found.transactions)["customer_id"])
    apart = set(frame(decide(found._decided.rows, chosen({"ids": "as given"})).transactions)["customer_id"])
    assert len(apart) == len(merged) + defects.IDS
    assert merged <= set(made.customer)


RETURNS = [  # what is changed of the orders of 10, 20, 30 and -20, and the amounts that are left
    ({}, [10.0, 10.0, 20.0]),
    ({"product": ["a", "b", "a", "b"]}, [10.0, 30.0]),
    ({"product": ["a", "b", "a", None]}, [10.0, 10.0, 20.0]),
    ({"product": ["a", "b", "a", "c"]}, [10.0, 20.0, 30.0]),
    ({"amount": [10.0, 20.0, 30.0, -30.0]}, [10.0, 20.0]),
    ({"amount": [10.0, 20.0, 30.0, -31.0]}, [10.0, 20.0, 30.0]),
    ({"amount": [10.0, 20.0, -20.0, -20.0]}, [10.0]),
    ({"amount": [-10.0, 20.0, 30.0, 40.0]}, [20.0, 30.0, 40.0]),
    ({"customer_id": ["Ann", "Bo", "Ann", "Bo"]}, [10.0, 30.0]),
]


def test_a_return_meets_the_latest_purchase_that_is_large_enough():
    cases = [orders(**columns).assign(case=str(number)) for number, (columns, _) in enumerate(RETURNS)]
    rows = pd.concat(cases, ignore_index=True)
    rows["customer_id"] = rows["case"] + rows["customer_id"]
    used = frame(audit(rows).transactions).groupby("case")["amount"].apply(sorted)
    assert used.tolist() == [kept for _, kept in RETURNS]


def test_a_partial_return_takes_off_quantity_and_cost_too():
    rows = orders(amount=[10.0, 20.0, 40.0, -10.0], quantity=[1, 1, 4, -1], cost=[5.0, 10.0, 20.0, -5.0])
    used = frame(audit(rows).transactions).sort_values("date")
    assert used["amount"].tolist() == [10.0, 20.0, 30.0]
    assert used["quantity"].tolist() == [1, 1, 3]
    assert used["cost"].tolist() == [5.0, 10.0, 15.0]


def test_matching_agrees_with_the_plain_way():
    """The rule, written as a loop over every return and every purchase."""
    rng = np.random.default_rng(5)
    size = 120
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 60, size)), unit="D")
    amount = np.where(rng.random(size) < 0.3, -1, 1) * rng.integers(1, 9, size)
    rows = pd.DataFrame(
        {
            "customer_id": rng.choice(["Ann", "Bo", "Cy"], size),
            "date": day,
            "amount": amount.astype(float),
            "product": rng.choice(["p1", "p2", None], size),
        }
    ).sample(frac=1, random_state=1, ignore_index=True)
    left = rows["amount"].where(rows["amount"] > 0)
    for place in rows[rows["amount"] < 0].sort_values("date", kind="stable").index:
        back = rows.loc[place]
        fits = (rows["customer_id"] == back["customer_id"]) & (rows["date"] <= back["date"])
        fits &= left >= -back["amount"]
        if isinstance(back["product"], str):
            fits &= rows["product"] == back["product"]
        if fits.any():
            best = rows[fits].sort_values("date", kind="stable").index[-1]
            left[best] += back["amount"]
    used = frame(audit(rows).transactions)
    assert sorted(used["amount"]) == sorted(left[left > 0])


def test_c_is_a_cancellation_only_where_other_orders_lack_it():
    mixed = orders(amount=[10.0, 20.0, 30.0, 20.0], order_id=["1", "2", "3", "C4"])
    own = orders(amount=[10.0, 20.0, 30.0, 20.0], order_id=["C1", "C2", "C3", "C4"])
    assert audit(mixed).table()["rows"]["returns"] == 1
    assert "returns" not in audit(own).table().index


def test_ids_may_be_numbers():
    found = audit(orders(customer_id=[7, 0, 7, 7]))
    assert found.table()["rows"].to_dict() == {"short_history": 9, "accounts": 1, "returns": 1}
    assert set(frame(found.transactions)["customer_id"]) == {7}


def test_currencies_in_a_column_of_their_own():
    rows = orders(amount=[10.0, 20.0, 30.0, 40.0], Currency=["EUR", "EUR", "eur", "USD"])
    found = audit(rows)
    assert found.choices["currency"] == "EUR"
    assert found.reasons()["rows"].to_dict() == {"another currency": 1}
    assert audit(rows, choices={"currency": "USD"}).ledger.rows_used == 1


# -- what cannot be audited


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"choices": {"retruns": "net"}}, "There is no decision 'retruns'. Did you mean 'returns'?"),
        ({"choices": {"returns": "nett"}}, "There is no option 'nett' in the decision 'returns'"),
        ({"choices": {"zeros": None}}, "The option of the decision 'zeros' is None"),
        ({"choices": {"currency": "GBP"}}, "There is no currency 'GBP'"),
        ({"columns": {"amount": "paid"}}, "There is no column 'paid'"),
        ({"dates": "day last"}, "There is no order of dates 'day last'"),
    ],
)
def test_wrong_requests_are_refused(options, said):
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        audit(orders(), **options)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (orders().drop(columns="date"), "no column 'date'"),
        (orders(date=["03/04/2024"] * 4), "decides the order of day"),
        (orders().iloc[:0], "There are no rows in the table"),
    ],
)
def test_what_is_no_table_of_orders_is_refused(rows, said):
    with pytest.raises(DataError, match=said):
        audit(rows)


def test_a_plan_and_other_sources_are_taken_too(path, found):
    plan = transactions.plan(path)
    assert audit(plan).ledger == found.ledger
    assert audit(ibis.memtable(pd.read_csv(path, sep=";", dtype="str"))).ledger == found.ledger
    with pytest.raises(InputError, match="A plan says already"):
        audit(plan, dates="day first")


def test_rows_of_several_files_are_numbered_in_each(tmp_path):
    for name in ("a.csv", "b.csv"):
        orders(amount=[10.0, 20.0, None, 5.0]).to_csv(tmp_path / name, index=False)
    found = audit(tmp_path)
    out = frame(found.set_aside)
    assert out[["file", "row"]].to_dict("list") == {"file": ["a.csv", "b.csv"], "row": [3, 3]}
    by_name = {finding.name: finding for finding in found.findings}
    assert by_name["unreadable_amounts"].examples[0].startswith("row 3 of a.csv: customer 'Ann'")
    assert by_name["duplicates"].rows == 3  # files that overlap; the fourth copy is not readable


def test_columns_that_clash_or_play_no_part_are_given_back():
    rows = orders(reason=["x"] * 4, row=[7] * 4, price=[1.0] * 4).rename(columns={"customer_id": "who"})
    rows["customer_id"] = "unused"
    out = frame(audit(rows, columns={"customer_id": "who"}, choices={"returns": "set aside"}).set_aside)
    assert out["reason (given)"].tolist() == ["x"]
    assert out["row (given)"].tolist() == [7]
    assert out[["who", "customer_id", "row"]].to_numpy().tolist() == [["Ann", "unused", 4]]


# -- verdicts and sensitivity


def test_every_theory_is_judged_and_needed_by_a_lesson(found):
    judged = found.verdicts()
    assert set(judged.index) == {
        theory for lesson in catalog.lessons().values() for theory in lesson.theories
    }
    assert judged["why"].str.endswith(".").all()
    assert set(judged["verdict"]) <= {"runs", "runs with a caveat", "not valid here"}
    assert judged["verdict"]["contracts"] == "runs"
    assert "no customer" in judged["why"]["life cycle"] or "without any order" in judged["why"]["life cycle"]


def test_the_audit_does_not_need_the_course():
    for path in Path(crm.quality.__file__).parent.glob("*.py"):
        assert "crmlab.course" not in path.read_text(encoding="utf-8"), path


def test_verdicts_follow_the_data():
    short = audit(defects.short(SEED)).verdicts()["verdict"]
    assert short["model comparison"] == short["first look"] == "not valid here"
    old = audit(defects.truncated(SEED)).verdicts()
    assert old["verdict"]["buy till you die"] == "runs with a caveat"
    assert "before the file begins" in old["why"]["buy till you die"]
    none = audit(orders(amount=[None] * 3 + [-1.0])).verdicts()
    assert none["why"]["pyramid"] == "No row is used."


def test_sensitivity_recomputes_every_other_option(found, changes):
    table = changes
    again = audit(found.plan, choices={"extremes": "set aside"})
    customers = crm.summarise(again.transactions, unit="W", end=frame(found.transactions)["date"].max())
    model = crm.clv.BGNBD().fit(customers)
    row = table.loc[("extremes", "set aside")]
    assert row["r"] == pytest.approx(model.params_["r"])
    assert row["money"] == pytest.approx(again.ledger.money_used)
    assert row["top_share"] == pytest.approx(crm.pyramid.top_share(customers.frame["total"]))
    spend = crm.clv.GammaGamma().fit(customers)
    value = crm.clv.lifetime_value(model, spend, customers, 52, discount_rate=0.10, margin=0.30)
    assert row["clv"] == pytest.approx(value["residual_value"].sum())
    assert set(table.index.get_level_values(0)) == {"as chosen", *CHOICES} - {"future"}
    assert "The decision on extremes matters most" in table.attrs["matters_most"]


def test_sensitivity_says_what_cannot_be_computed(changes):
    row = changes.loc[("currency", "$")]
    assert row["customers"] == 9
    assert pd.isna(row["clv"])
    assert row["why"]
    with pytest.raises(DataError, match="No row is used"):
        audit(orders(customer_id=[""] * 4)).sensitivity()


# -- what is written


def test_the_page_escapes_what_stands_in_the_data():
    evil = "<script>alert(1)</script>"
    rows = orders(customer_id=[evil] * 4, **{"amount": ["5", "x", "", "-7"]}).rename(
        columns={"amount": f"paid{evil}"}
    )
    found = audit(rows, columns={"amount": f"paid{evil}"})
    page = found.to_html(None)
    assert evil not in page
    assert "&lt;script&gt;" in page
    assert "<script" not in page
    assert found.ledger.__str__() in page
    assert "http" not in page


def test_the_files_hold_what_was_found(found, changes, tmp_path):
    paths = found.write(tmp_path / "out", changes)
    assert [path.name for path in paths] == ["audit.html", "audit.json", "set-aside.csv"]
    content = json.loads(paths[1].read_text(encoding="utf-8"))
    assert content["ledger"]["rows_read"] == found.ledger.rows_read
    assert {item["name"]: item["rows"] for item in content["findings"]} == found.table()["rows"].to_dict()
    assert content["verdicts"]["contracts"]["verdict"] == "runs"
    out = pd.read_csv(paths[2])
    assert len(out) == found.ledger.rows_set_aside
    assert "The decision on extremes matters most" in paths[0].read_text(encoding="utf-8")


def test_formulas_are_neutralised(tmp_path):
    notes = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "\t=1"]
    rows = orders(amount=["x"] * 3 + ["-5.00"], **{"=note": notes, "plain": ["-5.00", "+3", "-1e5", "a-b"]})
    audit(rows).write(tmp_path)
    out = pd.read_csv(tmp_path / "set-aside.csv", dtype="str")
    assert out["'=note"].tolist() == ["'" + note for note in notes]
    assert out["plain"].tolist() == ["-5.00", "+3", "-1e5", "a-b"]
    assert out["amount"].tolist() == ["x", "x", "x", "-5.00"]


def test_the_summary_says_the_answer_first(found):
    first, *_ = repr(found).splitlines()
    assert first.startswith(f"export.csv: {found.ledger} Found: ")
    for finding in found.findings:
        assert f"- {finding.title}: {finding.count}" in repr(found)
