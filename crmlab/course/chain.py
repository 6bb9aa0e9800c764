"""The map of the course: which lesson serves which link of the value chain, and its figure."""

import pandas as pd

from crmlab.course.catalog import lessons

SUPPORTING = ("culture", "organisation", "process", "data", "people")
"""What the five links rest on, which `crmlab.decisions.LINKS` names."""

CHAIN: dict[str, dict[str, str]] = {
    "value analysis": {
        "03_base_audit": "share of a period's profit that carries over to the next",
        "18_claims": "what the famous figures are here",
        "22_tiers": "profit share of the best customers",
        "41_buy_till_you_die": "chance that a silent customer is still one",
        "42_bgnbd": "purchases to expect",
        "43_spend_and_clv": "value of today's customers",
        "44_model_race": "what a better list of customers earns",
    },
    "intimacy": {
        "00_start": "sales that a card must cause to pay",
        "31_rfm": "what a mailing earns by segment",
    },
    "network": {"17_word_of_mouth": "customers brought by a customer"},
    "proposition": {"12_two_lifecycles": "years of a product, and of its customers"},
    "relationship": {
        "11_stages": "profit by stage, and what an offer must change",
        "13_retention": "most to pay for a point of retention",
        "14_exit_barriers": "what a fee holds, and whom it keeps away",
        "15_early_warning": "what an alarm earns",
        "16_recovery": "what a gesture after a failure changes",
        "19_moves": "value of a customer by stage",
        "45_contractual": "worth of a subscriber",
    },
    "culture": {},
    "organisation": {"01_value_chain": "what a little better in each link would have earned"},
    "process": {},
    "data": {"02_orders": "what the defects of a file change"},
    "people": {},
}
"""Link, lesson, figure. Each lesson of the course stands here once: `tests/course/test_chain.py`."""


def course_map() -> pd.DataFrame:
    """Return link, title and figure of each lesson of the course.

    Returns
    -------
    DataFrame by ``lesson``
        ``link``, ``title`` and ``figure``, in the order of the links; a lesson in no link is last,
        without one.

    Examples
    --------
    >>> course_map().loc["13_retention", "link"]
    'relationship'
    """
    known = lessons()
    placed: list[tuple[str, str | None, str]] = [
        (name, link, figure) for link, row in CHAIN.items() for name, figure in row.items() if name in known
    ]
    placed += [(name, None, "") for name in known if name not in {each[0] for each in placed}]
    table = pd.DataFrame(placed, columns=["lesson", "link", "figure"]).set_index("lesson")
    table.insert(1, "title", [known[name].title for name in table.index])
    return table
