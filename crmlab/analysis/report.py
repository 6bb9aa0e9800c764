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
from crmlab.language import mark, ntr, tr
from crmlab.templates import template

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
        mark("What was found in the file, and every row that was not used with its reason."),
    ),
    ("transactions.parquet, case.yaml", mark("The audited orders, and the case that runs lessons on them.")),
]
_COLUMNS = mark(
    "Columns of the customers files: first and last day of purchase; orders are purchase days, frequency "
    "those after the first; recency is the age at the last purchase, T the age today, since_last the "
    "silence, all in weeks; total and first_amount are revenue, monetary_value the mean revenue of a repeat "
    "purchase day; profit is profit so far; R, F and M are scores from 1 to 5; expected_purchases and clv "
    "look ahead; call_list marks the valuable customers who are falling silent."
)


def page(analysis: Outcome, lessons: Sequence[Done], notes: Sequence[str]) -> str:
    """Return the report as HTML."""
    base = analysis.base
    return template(Path(__file__).with_name("report.html.j2")).render(
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
    base, life = analysis.base, analysis.sections["lifecycle"]
    repeat = words.percent(analysis.standing.sums["repeaters"] / base.size)
    shown = [
        _figure(tr("customers"), f"{base.size:,}", tr("{share} came back", share=repeat)),
        _figure(tr("revenue"), words.money(base.revenue, base.currency)),
        *_worth(analysis),
    ]
    if life.valid:
        decline = life.facts["stages"].loc["decline"]
        note = words.count(decline["customers"], "customer", "customers")
        shown.append(_figure(tr("in decline"), words.percent(decline["customers_share"]), note))
    return shown


def _worth(analysis: Outcome) -> list[dict[str, str]]:
    base, clv = analysis.base, analysis.sections["clv"]
    if not clv.valid or pd.isna(clv.facts["clv"]):
        return []
    span, tested = clv.facts["interval"], clv.facts["test"]
    notes = [tr("{span} by the estimates alone", span=words.span(span, base.currency))] if span else []
    if tested and tested.came:
        notes.append(tr("its test was {off}", off=off(tested.error)))
    else:
        notes.append(tr("not tested"))
    label = tr("profit of {ahead}", ahead=base.settings.ahead)
    return [_figure(label, words.about(clv.facts["clv"], base.currency), "; ".join(notes))]


def _figure(label: str, value: str, note: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "note": note}


def _lessons_title(lessons: Sequence[Done]) -> str:
    run, failed, other = (
        sum(lesson.state == state for lesson in lessons) for state in ("run", "failed", "not run")
    )
    ran = words.capital(words.count(run, "lesson", "lessons"))
    said = tr("{lessons} ran on your orders", lessons=ran)
    if failed:
        said = ntr("{said}, {n:,} failed", "{said}, {n:,} failed", failed, said=said)
    if other:
        said = ntr("{said}, {n:,} was left out", "{said}, {n:,} were left out", other, said=said)
    return said


def _files(analysis: Outcome, lessons: Sequence[Done]) -> list[tuple[str, str]]:
    kinds = ".parquet, .csv, .xlsx" if analysis.standing.one_in == 1 else ".parquet"
    said = tr("Every customer with stage, tier, segment, P(alive), expected purchases and CLV.")
    files = [(f"customers{kinds}", said)]
    if analysis.audit is not None:
        files += [(names, tr(meaning)) for names, meaning in _AUDITED]
    if lessons:
        meaning = tr("The lessons, run on these orders: notebooks, and pages in lessons/site.")
        files.append(("lessons/", meaning))
    return files


def _method(analysis: Outcome) -> list[str]:
    said = [_profit(analysis), *_models(analysis), tr(_COLUMNS)]
    if analysis.audit is None:
        return [*said, tr(NO_LESSONS)]
    again = tr("To run the lessons again: crmlab run --case case.yaml, in this folder.")
    return [*said, again]


def _profit(analysis: Outcome) -> str:
    base = analysis.base
    return tr(
        "Profit is {margin:.1%} of revenue ({origin}). Looking {horizon} ahead, money is discounted by "
        "{discount:.1%} a year. The test of the forecast learns up to {calibration}.",
        margin=base.margin,
        origin=base.margin_words,
        horizon=base.settings.horizon,
        discount=base.settings.discount_rate,
        calibration=words.day(base.calibration),
    )


def _models(analysis: Outcome) -> list[str]:
    forecast = analysis.forecast
    if not forecast:
        return []
    model, estimates = short_name(forecast.model), _estimates(forecast.model)
    said = [tr("Estimates of the {model}, in weeks: {estimates}.", model=model, estimates=estimates)]
    if forecast.spend:
        said.append(tr("Estimates of the Gamma-Gamma: {estimates}.", estimates=_estimates(forecast.spend)))
    return said


def _estimates(model: Any) -> str:
    return words.listed(f"{name} {value:.4g}" for name, value in model.params_.items())
