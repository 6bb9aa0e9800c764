"""Pages in a real browser: nothing from data runs, the pages' own scripts do, and everybody can read them."""

import time
from importlib.resources import files

import pandas as pd
import pytest
import yaml

from crmlab.course import cases
from crmlab.course.terms import build, term

ATTACK = (
    r"\(\href{javascript:window.hacked=1}{T}\) <img src=x onerror=window.hacked=2>"
    "<script>window.hacked=3</script>"
)
LINK = "[x](javascript:window.hacked=4) <javascript:window.hacked=5> $\\href{javascript:window.hacked=6}{y}$"
# What axe finds against the accessibility guidelines of the web, levels A and AA.
AXE = """
const done = arguments[0];
const rules = {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]};
axe.run(document, rules).then(found => done(found.violations.map(
  each => `${each.id}: ${each.nodes.map(node => node.html.slice(0, 120)).join(" ")}`)));
"""
PAGES = [
    "site/index.html",
    "site/hostile/index.html",
    "site/hostile/00_start.html",
    "site/fernhill/45_contractual.html",
    "print/hostile/00_start.html",
    "print/fernhill/45_contractual.html",
    "slides/hostile/00_start.html",
    "slides/fernhill/45_contractual.html",
    "install/index.html",
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The public pages of a term whose title, case, ids and categories are made to do harm."""
    place = tmp_path_factory.mktemp("hostile")
    orders = cases.load("fernhill").transactions().to_pandas()
    chosen = sorted(orders["customer_id"].unique())[:800]
    orders = orders[orders["customer_id"].isin(chosen)]
    orders["customer_id"] = ATTACK + orders["customer_id"].astype(str)
    orders["category"] = ATTACK + orders["category"].astype(str)
    orders.to_csv(place / "orders.csv", index=False)
    fernhill = cases.load("fernhill")
    case = {
        "name": "hostile",
        "title": f"{ATTACK}, a shop",
        "story": f"{ATTACK} {LINK}",
        "data": {"kind": "file", "path": "orders.csv"},
        "currency": "EUR",
        "unit": fernhill.unit,
        "calibration": str(fernhill.calibration),
        "end": str(fernhill.end),
    }
    (place / "hostile.yaml").write_text(yaml.safe_dump(case))
    plan = {
        "course": f"Course {ATTACK}",
        "term": "t",
        "start": "2027-02-01",
        "end": "2027-06-01",
        "lessons": ["00_start", "45_contractual"],
        "cases": ["fernhill", "hostile.yaml"],
        "customers": 300,
        "roster": "roster.csv",
        "key": {"file": "seed.key"},
    }
    (place / "term.yaml").write_text(yaml.safe_dump(plan))
    pd.Series(["s01"], name="student_id").to_csv(place / "roster.csv", index=False)
    (place / "seed.key").write_text("0123456789abcdef0123456789abcdef")
    build.build(term.load(place / "term.yaml"), place / "out", 2, lambda _: None)
    return place / "out" / "public"


@pytest.mark.parametrize("width", [1400, 390])
@pytest.mark.parametrize(
    "page", ["site/index.html", "site/fernhill/45_contractual.html", "install/index.html"]
)
def test_everybody_can_read_the_pages_on_a_screen_and_on_a_phone(pages, driver, page, width):
    size = {"width": width, "height": 1600, "deviceScaleFactor": 1, "mobile": width < 600}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        driver.get((pages / page).as_uri())
        time.sleep(3)
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        driver.execute_script((files("axe_core_python") / "axe.min.js").read_text())
        assert driver.execute_async_script(AXE) == []
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("page", PAGES)
def test_nothing_from_data_runs_and_all_of_the_pages_own_does(pages, driver, page):
    driver.get_log("browser")  # what earlier pages said
    driver.get((pages / page).as_uri())
    time.sleep(3)  # formulas and slides are set after the page is there
    assert driver.execute_script("return window.hacked") is None
    assert driver.execute_script("return document.querySelectorAll('a[href^=javascript]').length") == 0
    for link in driver.find_elements("css selector", ".math a, .prev-next-area a, mjx-container a")[:5]:
        address = link.get_attribute("href") or ""
        assert not address.startswith("javascript")
    said = [line["message"] for line in driver.get_log("browser")]
    assert not [words for words in said if "Content Security Policy" in words], said
    if "45_contractual" in page:
        assert driver.execute_script("return document.querySelectorAll('mjx-container').length") > 5
    if page.startswith("slides"):
        assert driver.execute_script("return Reveal.isReady()")
