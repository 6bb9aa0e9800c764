"""Which theories the rows used allow, and why."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from crmlab.language import mark, nmark, ntr, tr
from crmlab.quality.history import HOLDOUT, LEAST_GAPS, YEAR
from crmlab.quality.ledger import Finding
from crmlab.quality.measures import Measures
from crmlab.words import capital, count, percent

RUNS, CAVEAT, NOT = mark("runs"), mark("runs with a caveat"), mark("not valid here")
_FIRST_LOOK, _LIFECYCLE, _PYRAMID, _RFM, _MODEL, _VALUE, _RACE, CONTRACTUAL = THEORIES = (
    mark("first look"),
    mark("life cycle"),
    mark("pyramid"),
    mark("RFM"),
    mark("buy till you die"),
    mark("lifetime value"),
    mark("model comparison"),
    mark("contracts"),
)
"""The theories that are judged."""
_MODELS = (_MODEL, _VALUE, _RACE)
_ON_ORDERS = THEORIES[:-1]


@dataclass(frozen=True)
class Need:
    """What theories need of the rows used.

    Attributes
    ----------
    theories : tuple of str
        Which theories.
    measure : str
        Of `crmlab.quality.measures.Measures`.
    least : float
        The least value.
    verdict : str
        What a theory is where the value is below.
    why : tuple of str
        The reason, with ``{value}`` and ``{least}``: for a value of one, and for others.
    """

    theories: tuple[str, ...]
    measure: str
    least: float
    verdict: str
    why: tuple[str, str]


VERDICTS = (
    Need(
        _ON_ORDERS,
        "customers",
        20,
        NOT,
        nmark(
            "{value} customer is one person, and {least} are needed",
            "{value} customers are a handful of people, and {least} are needed",
        ),
    ),
    Need(
        (_LIFECYCLE, _PYRAMID, _RFM),
        "customers",
        100,
        CAVEAT,
        nmark(
            "a fifth of {value} customer is a small group", "a fifth of {value} customers is a small group"
        ),
    ),
    Need(
        (_FIRST_LOOK,),
        "history",
        180,
        NOT,
        nmark(
            "{value} day does not hold 90 to look back on and 90 to look ahead",
            "{value} days do not hold 90 to look back on and 90 to look ahead",
        ),
    ),
    Need(
        (_LIFECYCLE,),
        "repeaters",
        30,
        NOT,
        nmark(
            "{value} customer came back, and all stages but one are theirs",
            "{value} customers came back, and all stages but one are theirs",
        ),
    ),
    Need(
        (_LIFECYCLE,),
        "history",
        YEAR,
        CAVEAT,
        nmark(
            "within {value} day a quiet season looks like decline",
            "within {value} days a quiet season looks like decline",
        ),
    ),
    Need(
        (_PYRAMID,),
        "money",
        0.01,
        NOT,
        nmark("the rows used hold no money to share out", "the rows used hold no money to share out"),
    ),
    Need(
        (_RFM,),
        "repeaters",
        30,
        NOT,
        nmark(
            "{value} customer came back, so F is the same for nearly all",
            "{value} customers came back, so F is the same for nearly all",
        ),
    ),
    Need(
        (_FIRST_LOOK, _RFM),
        "holdout_purchases",
        HOLDOUT,
        CAVEAT,
        nmark(
            "the last third of the history holds {value} purchase of known customers to check the ranking on",
            "the last third of the history holds {value} purchases of known customers to check the ranking "
            "on",
        ),
    ),
    Need(
        _MODELS,
        "known_repeaters",
        30,
        NOT,
        nmark(
            "{value} customer came back in the first two thirds, and four parameters need {least} or more",
            "{value} customers came back in the first two thirds, and four parameters need {least} or more",
        ),
    ),
    Need(
        _MODELS,
        "known_repeaters",
        100,
        CAVEAT,
        nmark(
            "{value} customer came back in the first two thirds, so that estimates are vague",
            "{value} customers came back in the first two thirds, so that estimates are vague",
        ),
    ),
    Need(
        _MODELS,
        "gaps_seen",
        LEAST_GAPS,
        NOT,
        nmark(
            "the history is {value} usual gaps between purchases long, and below {least} silence tells "
            "nothing",
            "the history is {value} usual gaps between purchases long, and below {least} silence tells "
            "nothing",
        ),
    ),
    Need(
        _MODELS,
        "history",
        YEAR,
        CAVEAT,
        nmark(
            "{value} day is less than a year, and the models know no season",
            "{value} days are less than a year, and the models know no season",
        ),
    ),
    Need(
        (_MODEL,),
        "holdout_purchases",
        HOLDOUT,
        CAVEAT,
        nmark(
            "the last third of the history holds {value} purchase of known customers, too few to test on",
            "the last third of the history holds {value} purchases of known customers, too few to test on",
        ),
    ),
    Need(
        (_VALUE, _RACE),
        "holdout_purchases",
        HOLDOUT,
        NOT,
        nmark(
            "the last third of the history holds {value} purchase of known customers, and a test needs "
            "{least}",
            "the last third of the history holds {value} purchases of known customers, and a test needs "
            "{least}",
        ),
    ),
    Need(
        (_VALUE,),
        "spenders",
        30,
        NOT,
        nmark(
            "{value} customer who came back spent money, and spend is learnt from them alone",
            "{value} customers who came back spent money, and spend is learnt from them alone",
        ),
    ),
)
"""The thresholds, each with its reason. A theory's verdict is its worst unmet need; up to three are named."""

CAVEATS: dict[str, tuple[tuple[str, ...], float, str]] = {
    "left_truncation": (
        (_LIFECYCLE, *_MODELS),
        0.0,
        mark(
            "{share} of the customers were there before the file begins, so that they look younger than "
            "they are"
        ),
    ),
    "gaps": (
        (_LIFECYCLE, *_MODELS),
        0.0,
        mark("{count} without any order look as if customers had been silent"),
    ),
    "returns": (
        (_PYRAMID, _VALUE),
        0.02,
        mark("returns are {share} of the rows, so that money depends on how they are treated"),
    ),
    "missing_ids": (
        _ON_ORDERS,
        0.10,
        mark("{share} of the rows have no customer id, so that purchases are missing"),
    ),
    "large_accounts": (
        (_PYRAMID, *_MODELS),
        0.0,
        mark("one or a few accounts hold {share} of the rows, and shape every total"),
    ),
    "extreme_amounts": (
        (_PYRAMID, _VALUE),
        0.0,
        mark("{count} with extreme amounts can outweigh all others"),
    ),
    "currencies": (_ON_ORDERS, 0.01, mark("{share} of the rows are in another currency and are left out")),
    "duplicates": (
        (_PYRAMID, _VALUE),
        0.05,
        mark("{share} of the rows are copies, so money may be doubled"),
    ),
}
"""By finding: the theories that it is a caveat for, from which share of the rows, and why."""


def verdicts(measures: Measures, findings: Iterable[Finding]) -> pd.DataFrame:
    """Return the verdict on each theory, with the reasons in a sentence."""
    by_name = {finding.name: finding for finding in findings}
    rows = {theory: _judged(theory, measures, by_name) for theory in THEORIES}
    index = pd.Index(rows, name="theory", dtype=object)
    return pd.DataFrame([*rows.values()], columns=["verdict", "why"], index=index)


def _judged(theory: str, measures: Measures, findings: dict[str, Finding]) -> tuple[str, str]:
    if theory == CONTRACTUAL:
        return RUNS, tr(
            "It is about subscriptions and runs on a survival table of its own, not on these orders."
        )
    if not measures.customers:
        return NOT, tr("No row is used.")
    unmet = _unmet(theory, measures, findings)
    worst = NOT if any(verdict == NOT for verdict, _ in unmet.values()) else CAVEAT
    if unmet:
        text = "; ".join([why for verdict, why in unmet.values() if verdict == worst][:3])
        return worst, f"{capital(text)}."
    return RUNS, tr(
        "{customers}, {back:,} of whom came back, over {days}, are enough for it.",
        customers=count(measures.customers, "customer", "customers"),
        back=measures.repeaters,
        days=count(measures.history, "day", "days"),
    )


def _unmet(theory: str, measures: Measures, findings: dict[str, Finding]) -> dict[str, tuple[str, str]]:
    """Return the verdict and the reason by measure or finding that stands against a theory."""
    unmet: dict[str, tuple[str, str]] = {}
    for need in VERDICTS:
        value = getattr(measures, need.measure)
        if theory in need.theories and value < need.least and unmet.get(need.measure, ("",))[0] != NOT:
            unmet[need.measure] = need.verdict, _said(need, value)
    for name, (theories, share, why) in CAVEATS.items():
        finding = findings.get(name)
        if finding and theory in theories and finding.share >= share:
            unmet[name] = CAVEAT, tr(why, share=percent(finding.share, 1), count=finding.count)
    return unmet


def _said(need: Need, value: float) -> str:
    said = f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
    return ntr(*need.why, value, value=said, least=f"{need.least:,}")
