"""Tables beside the orders: read as people write them, or refused with the column, rows and values."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import crmlab as crm
from crmlab import tables
from crmlab.errors import DataError, InputError

CALLS = {"customer_id": ["0042", "b"], "date": ["13.01.2024", "01.02.2024"], "reason": ["late", "lost"]}


def test_what_a_world_made_comes_back_from_its_file(tmp_path):
    shop = crm.simulate.business(customers=300, seed=3)
    shop.contacts.to_csv(tmp_path / "contacts.csv", index=False)
    assert_frame_equal(tables.read("contacts", tmp_path / "contacts.csv"), shop.contacts)
    people = shop.attributes.assign(age=np.arange(300), plz="01234", since=pd.Timestamp("2024-01-05"))
    people.to_excel(tmp_path / "people.xlsx")
    back = tables.read("attributes", tmp_path / "people.xlsx")
    assert back["plz"].iloc[0] == "01234"
    assert_frame_equal(back[["age"]], people[["age"]], check_dtype=False)
    people.to_csv(tmp_path / "people.csv")
    back = tables.read("attributes", tmp_path / "people.csv")
    assert back["since"].dtype.kind == "M"
    assert_frame_equal(back[["age"]], people[["age"]])
    assert back.index.equals(people.index)


def test_days_and_numbers_are_found_as_people_write_them():
    found = tables.read(
        "contacts", pd.DataFrame(CALLS | {"cost": ["1.250,50 €", "3,00 €"], "more": ["a", None]})
    )
    assert found["customer_id"].tolist() == ["0042", "b"]
    assert found["date"].dt.day.tolist() == [13, 1]
    assert found["cost"].tolist() == [1250.5, 3.0]
    assert "more" in found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cost": ["4", "vier"]}, r"1 of 2 rows have no readable cost.*'vier' in row 2"),
        ({"cost": [4.0, None]}, r"1 of 2 rows have no readable cost"),
        ({"customer_id": ["a", " "]}, r"no readable customer_id"),
        ({"date": ["2024-01-13", "2024-02-31"]}, r"no readable date.*'2024-02-31' in row 2"),
        ({"date": ["03/04/2024", "04/03/2024"]}, r"date"),
    ],
)
def test_what_a_table_must_not_hold_is_refused_in_one_paragraph(change, said):
    with pytest.raises(DataError, match=said) as error:
        tables.read("contacts", pd.DataFrame(CALLS | {"cost": [1, 2]} | change))
    assert "\n" not in str(error.value)


def test_names_and_keys_are_checked(tmp_path):
    with pytest.raises(InputError, match=r"no column 'cost' in the table, the table 'contacts'"):
        tables.read("contacts", pd.DataFrame(CALLS))
    with pytest.raises(InputError, match=r"no table 'contact'.*Did you mean 'contacts'"):
        tables.read("contact", pd.DataFrame(CALLS))
    with pytest.raises(InputError, match=r"There is no file"):
        tables.read("contacts", tmp_path / "none.csv")
    with pytest.raises(DataError, match=r"no two rows may share their 'customer_id'.*'a' do"):
        tables.read("attributes", pd.DataFrame({"customer_id": ["a", "b", "a"]}))
    with pytest.raises(DataError, match=r"no rows"):
        tables.read("attributes", pd.DataFrame({"customer_id": []}))


@pytest.mark.slow
def test_every_world_has_the_tables_that_it_says_and_they_are_what_tables_must_be(tmp_path):
    for name, world in crm.simulate.WORLDS.items():
        made = world.make(customers=400, start="2023-01-01", end="2024-12-31", seed=5)
        assert tuple(made.tables) == world.tables, name
        for table in world.tables:
            if table != "orders":
                asked = tables.TABLES[table]
                given = made.table(table)
                back = tables.read(table, given.reset_index() if asked.key else given)
                assert len(back) == len(given), (name, table)
        again = world.make(**made.parameters)
        for table, before in made.tables.items():
            assert_frame_equal(again.tables[table], before)
        assert_frame_equal(again.truth, made.truth)
