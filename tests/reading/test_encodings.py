"""Encodings: Western files are read without a question; where the letters can be others, crmlab asks."""

import pytest

from crmlab import read
from crmlab.errors import DataError

WESTERN = {
    "German": "Müller|Größe|Äpfel|5 €",
    "French": "Crème brûlée|Hélène|François|œuf|où|À la carte|l’eau|naïve|«mot»",
    "Spanish": "Peña|¿Qué?|José|Nº 5|1ª",
    "Portuguese": "São João|Ações|à|avô",
    "Italian": "città|perché|È buono|più",
    "Danish": "Søren|Åse|Smørrebrød",
    "British": "£5.00|€3|10 m³|“quoted” text|A–B|O’Brien|50 °C|Foo®",
    "of several countries": "Müller|Crème|Peña|Françoise|À",
    "a Czech car": "Škoda",
}
OTHERS = {
    "Polish": ("cp1250", "Łukasz|Żaneta|Święty|Michał"),
    "Czech": ("cp1250", "Černý|Jiřina|Tomáš|Novák"),
    "one Czech name": ("cp1250", "Černý"),
    "Hungarian": ("cp1250", "Erdős|fű"),
    "Slovene": ("cp1250", "Kovačič|Žižek"),
    "Romanian": ("cp1250", "Iaşi|Constanţa"),
    "Turkish": ("cp1254", "Yıldız|Şahin|Doğan"),
    "Lithuanian": ("cp1257", "Žemaitė|ąžuolas"),
    "from a Mac": ("mac_roman", "Müller|José|Français"),
    "from DOS": ("cp850", "Müller|José|Größe"),
}


def write(folder, names, encoding):
    path = folder / "o.csv"
    path.write_bytes(
        ("customer_id,date,amount\n" + "".join(f"{name},2024-01-13,1\n" for name in names)).encode(encoding)
    )
    return path


@pytest.mark.parametrize("name", WESTERN)
def test_a_western_file_is_read_without_a_question(tmp_path, name):
    names = WESTERN[name].split("|")
    found = read(write(tmp_path, names, "cp1252")).to_pyarrow()["customer_id"].to_pylist()
    assert found == names


@pytest.mark.parametrize("name", OTHERS)
def test_letters_that_can_be_others_are_asked_for(tmp_path, name):
    encoding, said = OTHERS[name]
    names = said.split("|")
    path = write(tmp_path, names, encoding)
    with pytest.raises(DataError, match="can be read in several ways") as caught:
        read(path)
    assert f'encoding="{encoding}"' in str(caught.value)
    assert repr(max(names, key=len)) in str(caught.value)
    assert len(str(caught.value)) < 700
    assert read(path, encoding=encoding).to_pyarrow()["customer_id"].to_pylist() == names
