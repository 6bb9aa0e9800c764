"""What is found about time: the days, the calendar, and when customers begin."""

from datetime import date

from crmlab.language import mark, ntr, tr
from crmlab.quality.decide import Decided
from crmlab.quality.ledger import Finding
from crmlab.quality.measures import WEEKS, Measures
from crmlab.words import count, listed, percent

SHORT, YEAR = 84, 365  # days: a quarter shows no rhythm; below a year no season comes round
LEAST_GAPS = 4  # usual gaps between purchases that the history must hold to tell silence from leaving
HOLDOUT = 30  # purchases in the holdout: the error of a forecast of fewer is mostly chance
SERIOUS_GAP = 0.05  # share of the calendar without orders: more than a closed fortnight in a year
_TITLES = {
    "same_day": mark("Several orders of a customer on one day"),
    "gaps": mark("Gaps in the calendar"),
    "short_history": mark("A short history"),
    "left_truncation": mark("Customers who were there before the file begins"),
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
    return found, [tr(_TITLES[name]) for name, finding in made.items() if not finding]


def _same_day(decided: Decided, measures: Measures) -> Finding | None:
    merged = measures.orders - measures.purchase_days
    if not merged:
        return None
    return Finding(
        "same_day",
        tr(_TITLES["same_day"]),
        merged,
        merged / measures.orders,
        0.0,
        _busiest(decided),
        tr(
            "Kept; wherever purchases are counted, all that a customer buys on one day counts as one "
            "purchase: "
            "an order split in two is no sign of loyalty. Their money is added up."
        ),
        tr(
            "Nothing needs doing. If hours matter in your trade, such as in a canteen, count orders yourself."
        ),
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
        tr(
            "customer {customer!r}, {date}: {orders}",
            customer=str(day["customer"]),
            date=day["date"],
            orders=count(day["orders"], "order", "orders"),
        )
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
        tr(_TITLES["gaps"]),
        measures.empty_days,
        share,
        0.0,
        [_run(since, until) for since, until in runs[:3]],
        tr(
            "Nothing. On these days, in {runs}, nobody ordered anything, and so long a run is far beyond the "
            "usual. If rows are missing, silence in them looks as if customers had left.",
            runs=count(len(runs), "run", "runs"),
        ),
        tr(
            "If you were open, export these days again. If you were closed, remember it when you read a "
            "result."
        ),
        "problem" if share >= SERIOUS_GAP else "caveat",
        unit="days",
    )


def _run(since: date, until: date) -> str:
    days = count((until - since).days + 1, "day", "days")
    return tr("{since} to {until}: {days}", since=since, until=until, days=days)


def _short(measures: Measures) -> Finding | None:
    reasons = _too_short(measures)
    level = "problem" if reasons else "caveat"
    if measures.history < YEAR and not reasons:
        reasons = [tr("it is shorter than a year, so that no season comes round")]
    if not reasons:
        return None
    return Finding(
        "short_history",
        tr(_TITLES["short_history"]),
        measures.history,
        1.0,
        0.0,
        [tr("first day {day}", day=measures.first), tr("last day {day}", day=measures.last)],
        tr("Nothing. The history is short: {reasons}.", reasons=listed(reasons)),
        tr("Export more years, if you have them. See which theories this still allows."),
        level,
        unit="days",
    )


def _too_short(measures: Measures) -> list[str]:
    reasons = []
    if measures.history < SHORT:
        reasons.append(tr("it is shorter than {weeks} weeks", weeks=SHORT // 7))
    if measures.gaps_seen < LEAST_GAPS:
        reasons.append(_few_gaps(measures))
    if measures.holdout_purchases < HOLDOUT:
        few = tr(
            "its last third holds only {purchases} of customers known before, too few to test a forecast on",
            purchases=count(measures.holdout_purchases, "purchase", "purchases", none="0"),
        )
        reasons.append(few)
    return reasons


def _few_gaps(measures: Measures) -> str:
    if measures.usual_gap is None:
        return tr("nobody bought on two days")
    return ntr(
        "customers who come back do so every {n:,} day, so that it holds only {gaps:.1f} of their usual gaps",
        "customers who come back do so every {n:,} days, so that it holds only {gaps:.1f} of their usual "
        "gaps",
        measures.usual_gap,
        gaps=measures.gaps_seen,
    )


def _truncated(measures: Measures) -> Finding | None:
    if not measures.is_truncated:
        return None
    first, second = measures.newcomers[:2]
    share = first / measures.customers
    return Finding(
        "left_truncation",
        tr(_TITLES["left_truncation"]),
        first,
        share,
        0.0,
        [
            tr(
                "weeks {first} to {last}: {newcomers}",
                first=4 * n + 1,
                last=4 * n + 4,
                newcomers=count(m, "newcomer", "newcomers", none="0"),
            )
            for n, m in enumerate(measures.newcomers[:3])
        ],
        tr(
            "Nothing. {share} of the customers have their first order here within {weeks} weeks, against "
            "{second:,} in the next: most of them are not new, the file only begins there (left truncation, "
            "左截断). Their age is too short and their early orders are missing.",
            share=percent(share, 1),
            weeks=WEEKS // 7,
            second=second,
        ),
        tr(
            "Export from the firm's beginning; or fit models on customers only whose first order falls "
            "later, "
            "and use these for a look at money and tiers."
        ),
        "caveat",
        unit="customers",
    )
