"""The glossary knows every term to which a lesson gives a Chinese name."""

import re

import pytest
import yaml

from crmlab import resources
from crmlab.course.catalog import lessons

ENTRIES = yaml.safe_load((resources.data() / "glossary.yaml").read_text(encoding="utf-8"))
KNOWN = {name.strip() for entry in ENTRIES for name in entry["chinese"].split(",")}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
BRACKETS = re.compile(r"[(（]([^()（）]*[\u4e00-\u9fff][^()（）]*)[)）]")


def text(name: str) -> str:
    """Return the prose and the code of a lesson, without outputs."""
    return "\n\n".join("".join(cell["source"]) for cell in lessons()[name].notebook["cells"])


def terms(prose: str) -> list[str]:
    """Return the Chinese terms in brackets; signs and English words part them."""
    found = []
    for inside in BRACKETS.findall(prose):
        for part in re.split(r"[,;:，；、：/]", inside):
            if part.strip() in KNOWN:  # such as RFM 量化模型
                found.append(part.strip())
            else:
                found += re.findall(r"[\u4e00-\u9fff]+", part)
    return found


def test_brackets_are_read():
    given = (
        "**Tiers** (铂金层 黄金层), *retention* (保有率 or 留存率; churn: 流失率), (2024) and (RFM 量化模型)."
    )
    assert terms(given) == ["铂金层", "黄金层", "保有率", "留存率", "流失率", "RFM 量化模型"]


@pytest.mark.parametrize("name", lessons())
def test_every_chinese_term_in_brackets_is_in_the_glossary(name):
    missing = [term for term in terms(text(name)) if term not in KNOWN]
    assert not missing, f"add to data/glossary.yaml: {', '.join(dict.fromkeys(missing))}"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["term"])
def test_an_entry_is_whole_and_its_lesson_speaks_of_it(entry):
    assert set(entry) == {"term", "chinese", "lesson", "meaning"}
    assert CHINESE.search(entry["chinese"])
    assert entry["meaning"].strip()
    assert not entry["meaning"].rstrip().endswith(".")
    words = text(entry["lesson"]).casefold()
    names = [*entry["chinese"].split(","), entry["term"].split(" (")[0]]
    assert any(name.strip().casefold() in words for name in names), f"{entry['lesson']} has no such term"


def test_no_term_stands_twice():
    for key in ("term", "chinese"):
        given = [entry[key].casefold() for entry in ENTRIES]
        assert len({*given}) == len(given)
