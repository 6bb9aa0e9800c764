"""What is found about time: the days, the calendar, and when customers begin."""

from crmlab.quality.decide import Decided
from crmlab.quality.ledger import Finding
from crmlab.quality.measures import WEEKS, Measures
from crmlab.words import count, listed, percent

SHORT, YEAR = 84, 365  # days: a quarter shows no rhythm; below a year no season comes round
LEAST_GAPS = 4  # usual gaps between purchases that the history must hold to tell silence from leaving
HOLDOUT = 30  # purchases in the holdout: the error of a forecast of fewer is mostly chance
SERIOUS_GAP = 0.05  # share of the calendar without orders: more than a closed fortnight in a year
_TITLES = {
    "same_day": "Several orders of a customer on one day",
    "gaps": "Gaps in the calendar",
    "short_history": "A short history",
    "left_truncation": "Customers who were there before the file begins",
}


def of_time(decided: Decided, measures: Measures) -> tuple[list[Finding], list[str]]:
    """Return the findings about time, and the titles of the checks that found nothing."""
    if not measures.customers:
        return [], []
    return _parted({"same_day": _same_day(decided, measures), **_of_days(measures)})


def of_days(measures: Measures) -> tuple[list[Finding], list[str]]:
    """Return the same for rows that were not audited: what their days alone tell."""
    return _parted(_of_days(measures))


def _of_days(measures: Measures) -> dict[str, Finding | None]:
    return {
        "gaps": _gaps(measures),
        "short_history": _short(measures),
        "left_truncation": _truncated(measures),
    }


def _parted(made: dict[str, Finding | None]) -> tuple[list[Finding], list[str]]:
    found = [finding for finding in made.values() if finding]
    return found, [_TITLES[name] for name, finding in made.items() if not finding]


def _same_day(decided: Decided, measures: Measures) -> Finding | None:
    merged = measures.orders - measures.purchase_days
    if not merged:
        return None
    return Finding(
        "same_day",
        _TITLES["same_day"],
        merged,
        merged / measures.orders,
        0.0,
        _busiest(decided),
        "Kept; wherever purchases are counted, all that a customer buys on one day counts as one purchase: "
        "an order split in two is no sign of loyalty. Their money is added up.",
        "Nothing needs doing. If hours matter in your trade, such as in a canteen, count orders yourself.",
        "note",
        unit="orders",
    )


def _busiest(decided: Decided) -> list[str]:
    """Return the days on which a customer has most orders."""
    import ibis

    used = decided.fate.filter(decided.fate["step"].isnull())
    order = used["order"].fill_null(used["row"].cast("string"))
    lines = used.select("customer", "date", order=order).distinct()
    days = lines.group_by("customer", "date").aggregate(orders=lines.count())
    days = days.order_by(ibis.desc("orders"), "date", "customer").limit(3).to_pyarrow().to_pylist()
    return [
        f"customer {str(day['customer'])!r}, {day['date']}: {count(day['orders'], 'order')}"
        for day in days
        if day["orders"] > 1
    ]


def _gaps(measures: Measures) -> Finding | None:
    if not measures.gaps:
        return None
    runs = sorted(measures.gaps, key=lambda gap: gap[0] - gap[1])
    share = measures.empty_days / measures.history
    return Finding(
        "gaps",
        _TITLES["gaps"],
        measures.empty_days,
        share,
        0.0,
        [f"{since} to {until}: {count((until - since).days + 1, 'day')}" for since, until in runs[:3]],
        f"Nothing. On these days, in {count(len(runs), 'run')}, nobody ordered anything, and so long a "
        "run is far beyond the usual. If rows are missing, silence in them looks as if customers had left.",
        "If you were open, export these days again. If you were closed, remember it when you read a result.",
        "problem" if share >= SERIOUS_GAP else "caveat",
        unit="days",
    )


def _short(measures: Measures) -> Finding | None:
    reasons = []
    if measures.history < SHORT:
        reasons.append(f"it is shorter than {SHORT // 7} weeks")
    if measures.gaps_seen < LEAST_GAPS:
        usual = measures.usual_gap
        reasons.append(
            "nobody bought on two days"
            if usual is None
            else f"customers who come back do so every {usual:,.0f} days, so that it holds only "
            f"{measures.gaps_seen:.1f} of their usual gaps"
        )
    if measures.holdout_purchases < HOLDOUT:
        reasons.append(
            f"its last third holds only {count(measures.holdout_purchases, 'purchase', none='0')} of "
            "customers known before, too few to test a forecast on"
        )
    level = "problem" if reasons else "caveat"
    if measures.history < YEAR and not reasons:
        reasons.append("it is shorter than a year, so that no season comes round")
    if not reasons:
        return None
    return Finding(
        "short_history",
        _TITLES["short_history"],
        measures.history,
        1.0,
        0.0,
        [f"first day {measures.first}", f"last day {measures.last}"],
        f"Nothing. The history is short: {listed(reasons)}.",
        "Export more years, if you have them. See which theories this still allows.",
        level,
        unit="days",
    )


def _truncated(measures: Measures) -> Finding | None:
    if not measures.is_truncated:
        return None
    first, second = measures.newcomers[:2]
    share = first / measures.customers
    return Finding(
        "left_truncation",
        _TITLES["left_truncation"],
        first,
        share,
        0.0,
        [
            f"weeks {4 * n + 1} to {4 * n + 4}: {count(m, 'newcomer', none='0')}"
            for n, m in enumerate(measures.newcomers[:3])
        ],
        f"Nothing. {percent(share, 1)} of the customers have their first order here within {WEEKS // 7} "
        f"weeks, against {second:,} in the next: most of them are not new, the file only begins there "
        "(left truncation, 左截断). Their age is too short and their early orders are missing.",
        "Export from the firm's beginning; or fit models on customers only whose first order falls later, "
        "and use these for a look at money and tiers.",
        "caveat",
        unit="customers",
    )
