"""The report: one page that holds all it shows, escaped throughout."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from crmlab import __version__, words
from crmlab.analysis.forecast import short_name
from crmlab.analysis.lessons import Done
from crmlab.analysis.outcome import NO_LESSONS, Outcome
from crmlab.analysis.sections.clv import off

_NUMERIC = {
    "customers",
    "share",
    "how many",
    "revenue",
    "revenue so far",
    "profit so far",
    "profit to come",
    "each",
}
_AUDITED = [
    (
        "audit.html, audit.json, set-aside.csv",
        "What was found in the file, and every row that was not used with its reason.",
    ),
    ("transactions.parquet, case.yaml", "The audited orders, and the case that runs lessons on them."),
]
_COLUMNS = (
    "Columns of the customers files: first and last day of purchase; orders are purchase days, frequency "
    "those after the first; recency is the age at the last purchase, T the age today, since_last the "
    "silence, all in weeks; total and first_amount are revenue, monetary_value the mean revenue of a repeat "
    "purchase day; profit is profit so far; R, F and M are scores from 1 to 5; expected_purchases and clv "
    "look ahead; call_list marks the valuable customers who are falling silent."
)


def page(analysis: Outcome, lessons: Sequence[Done], notes: Sequence[str]) -> str:
    """Return the report as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), undefined=StrictUndefined, autoescape=True
    )
    base = analysis.base
    return templates.get_template("report.html").render(
        name=base.settings.name,
        currency=base.currency,
        drawn=analysis.standing.drawn_words,
        audited=analysis.audit is not None,
        start=words.day(base.start),
        end=words.day(base.end),
        pseudonymised=analysis.pseudonymised,
        answer=analysis.answer,
        figures=_figures(analysis),
        sections=list(analysis.sections.values()),
        numeric=_NUMERIC,
        lessons=lessons,
        lessons_title=_lessons_title(lessons),
        files=_files(analysis, lessons),
        method=[*_method(analysis), *notes],
        version=__version__,
    )


def _figures(analysis: Outcome) -> list[dict[str, str]]:
    """Return the few numbers that a reader wants at a glance."""
    base, sections = analysis.base, analysis.sections
    repeat = analysis.standing.sums["repeaters"] / base.size
    shown = [
        _figure("customers", f"{base.size:,}", f"{words.percent(repeat)} came back"),
        _figure("revenue", words.money(base.revenue, base.currency)),
    ]
    clv, life = sections["clv"], sections["lifecycle"]
    if clv.valid and pd.notna(clv.facts["clv"]):
        span, tested = clv.facts["interval"], clv.facts["test"]
        notes = [f"{words.span(span, base.currency)} by the estimates alone"] if span else []
        notes += [f"its test was {off(tested.error)}"] if tested and tested.came else ["not tested"]
        note = "; ".join(notes)
        label = f"profit of {base.settings.ahead}"
        shown.append(_figure(label, words.about(clv.facts["clv"], base.currency), note))
    if life.valid:
        decline = life.facts["stages"].loc["decline"]
        note = words.count(decline["customers"], "customer")
        shown.append(_figure("in decline", words.percent(decline["customers_share"]), note))
    return shown


def _figure(label: str, value: str, note: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note}


def _lessons_title(lessons: Sequence[Done]) -> str:
    run, failed, other = (
        sum(lesson.state == state for lesson in lessons) for state in ("run", "failed", "not run")
    )
    said = f"{words.capital(words.count(run, 'lesson'))} ran on your orders"
    if failed:
        said += f", {failed} failed"
    return f"{said}, {other} {'was' if other == 1 else 'were'} left out" if other else said


def _files(analysis: Outcome, lessons: Sequence[Done]) -> list[tuple[str, str]]:
    kinds = ".parquet, .csv, .xlsx" if analysis.standing.one_in == 1 else ".parquet"
    said = "Every customer with stage, tier, segment, P(alive), expected purchases and CLV."
    files = [(f"customers{kinds}", said)]
    if analysis.audit is not None:
        files += _AUDITED
    if not lessons:
        return files
    return [*files, ("lessons/", "The lessons, run on these orders: notebooks, and pages in lessons/site.")]


def _method(analysis: Outcome) -> list[str]:
    base, forecast = analysis.base, analysis.forecast
    said = [
        f"Profit is {base.margin:.1%} of revenue ({base.margin_words}). Looking {base.settings.horizon} "
        f"ahead, money is discounted by {base.settings.discount_rate:.1%} a year. The test of the forecast "
        f"learns up to {words.day(base.calibration)}."
    ]
    if forecast:
        said.append(f"Estimates of the {short_name(forecast.model)}, in weeks: {_estimates(forecast.model)}.")
        if forecast.spend:
            said.append(f"Estimates of the Gamma-Gamma: {_estimates(forecast.spend)}.")
    said.append(_COLUMNS)
    if analysis.audit is None:
        return [*said, NO_LESSONS]
    return [*said, "To run the lessons again: crmlab run --case case.yaml, in this folder."]


def _estimates(model: Any) -> str:
    return words.listed(f"{name} {value:.4g}" for name, value in model.params_.items())
