"""Pictures of the value chain: titles and words follow from what was drawn."""

import numpy as np
import pandas as pd

from crmlab.course import chain
from crmlab.plots import alt_text, table
from crmlab.plots.decisions import links


def found(first: tuple[float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {"gain": [80.0, 50.0, np.nan], "low": [70.0, 30.0, np.nan], "high": [90.0, 75.0, np.nan]}
    )
    frame.index = pd.Index(["relationship", "network", "intimacy"], name="link")
    return frame.assign(first=[*first, np.nan], ceiling=[False, True, False])


def test_tornado_names_the_first_only_where_it_is_sure():
    sure = links.tornado(found((0.99, 0.01)), better=0.1, currency="EUR")
    assert sure.get_title("left") == "10% better would have earned most in: relationship"
    unsure = links.tornado(found((0.7, 0.3)), better=0.2, currency="EUR")
    assert unsure.get_title("left") == "Relationship has the longest bar, but may not be first"
    assert "network: 50 (30 … 75)" in alt_text(unsure)
    assert "intimacy" not in alt_text(unsure).split("first.")[1]
    words = " ".join(text.get_text() for text in unsure.texts)
    assert "not measured" in words
    assert "hatched" in words
    assert table(unsure).index.tolist() == ["relationship", "network", "intimacy"]


def test_the_chain_shows_what_is_blank():
    ax = links.chain({"network": ["17_word"], "people": []}, supporting=["people"])
    assert ax.get_title("left") == "1 lesson in 1 of the 2 links and supports"
    assert "network: 17; people: none yet" in alt_text(ax)
    course = chain.course_map()
    whole = {link: [*course.index[course["link"] == link]] for link in chain.CHAIN}
    assert (
        links.chain(whole, supporting=chain.SUPPORTING).get_title("left").startswith(f"{len(course)} lessons")
    )
