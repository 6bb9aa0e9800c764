"""An audit as a person reads it: a summary for the terminal, a page, and plain data."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from crmlab.language import ENGLISH, current, english, mark, tr
from crmlab.quality.choices import CHOICES
from crmlab.quality.ledger import LEVELS
from crmlab.quality.outcome import Outcome
from crmlab.quality.sensitivity import AS_CHOSEN
from crmlab.templates import template
from crmlab.words import count, listed, percent

_HEADS = {"problem": mark("Problems"), "caveat": mark("Caveats"), "note": mark("Notes")}
_COUNTS: Mapping[str, Callable[[int], str]] = {
    "problem": lambda number: count(number, "problem", "problems"),
    "caveat": lambda number: count(number, "caveat", "caveats"),
    "note": lambda number: count(number, "note", "notes"),
}
_DECISION, _OPTION, _REMARK = mark("Decision"), mark("Option"), mark("Remark")
_LABELS = {
    "customers": mark("Customers"),
    "money": mark("Money"),
    "top_share": mark("Top 20% bring"),
    "r": "r",
    "alpha": mark("α (weeks)"),
    "a": "a",
    "b": "b",
    "clv": mark("Value to come"),
    "change": mark("Change"),
}


def answer(audit: Outcome) -> str:
    """Return what matters in two or three sentences: what is used, and what was found."""
    counts = [sum(finding.level == level for finding in audit.findings) for level in LEVELS]
    said = [_COUNTS[level](number) for number, level in zip(counts, LEVELS, strict=True) if number]
    found = tr("Nothing was found that needs a word.")
    if sum(counts) == 1:
        found = tr("There is {found}.", found=said[0])
    elif said:
        found = tr("Found: {found}.", found=listed(said))
    return f"{audit.ledger} {found}"


def summary(audit: Outcome) -> str:
    """Return the summary for the terminal."""
    lines = [f"{audit.where}: {answer(audit)}"]
    for level in LEVELS:
        found = [finding for finding in audit.findings if finding.level == level]
        if found:
            lines += ["", tr(_HEADS[level])]
        for finding in found:
            lines.append(f"- {finding.title}: {finding.count}. {finding.done}")
    lines += ["", tr("What these rows allow")]
    alike: dict[tuple[str, str], list[str]] = {}
    for theory, (verdict, why) in audit.verdicts().iterrows():
        alike.setdefault((verdict, why), []).append(tr(str(theory)))
    for (verdict, why), theories in alike.items():
        lines.append(f"- {listed(theories)}: {tr(verdict)}. {why}")
    return "\n".join(lines)


def data(audit: Outcome) -> dict[str, Any]:
    """Return everything as plain data, for JSON, which is the same in all languages."""
    if current() == ENGLISH:
        return _data(audit)
    with english():
        return _data(audit.anew())


def _data(audit: Outcome) -> dict[str, Any]:
    from crmlab import __version__

    return {
        "crmlab": __version__,
        "where": audit.where,
        "today": str(audit.today),
        "columns": dict(audit.plan.columns),
        "notes": list(audit.plan.notes),
        "choices": audit.choices,
        "ledger": asdict(audit.ledger),
        "reasons": audit.reasons().reset_index().to_dict("records"),
        "findings": [asdict(finding) for finding in audit.findings],
        "clean": audit.clean,
        "verdicts": audit.verdicts().to_dict("index"),
    }


def page(audit: Outcome, sensitivity: Any = None) -> str:
    """Return one page that needs no other file. Whatever stands in the data is escaped."""
    made = template(Path(__file__).with_name("audit.html.j2"), trim_blocks=True, lstrip_blocks=True)
    return str(
        made.render(
            audit=audit,
            answer=answer(audit),
            choices=CHOICES,
            columns=audit.plan.columns.reasons,
            verdicts=audit.verdicts().to_dict("index"),
            reasons=audit.reasons().to_dict("index"),
            sensitivity=None if sensitivity is None else shown(sensitivity),
            settings=None if sensitivity is None else sensitivity.attrs["settings"],
            matters_most=None if sensitivity is None else sensitivity.attrs["matters_most"],
        )
    )


def listing(sensitivity: Any) -> str:
    """Return a sensitivity table as lines for the terminal."""
    lines = [sensitivity.attrs["matters_most"]]
    for row in shown(sensitivity):
        name = " = ".join(text for text in (row.pop(_DECISION), row.pop(_OPTION)) if text)
        lines.append(f"- {name}: " + ", ".join(f"{tr(label)} {cell}" for label, cell in row.items() if cell))
    return "\n".join(lines)


def shown(sensitivity: Any) -> list[dict[str, str]]:
    """Return the rows of a sensitivity table as texts; the keys are a header's words, to be said."""
    rows = []
    for (decision, option), row in sensitivity.iterrows():
        cells = {_DECISION: tr(AS_CHOSEN) if decision == AS_CHOSEN else decision, _OPTION: option}
        cells |= {label: _cell(name, row[name]) for name, label in _LABELS.items()}
        first, *rest = row["why"].split(". ")
        rows.append(cells | {_REMARK: first + "." if rest else first})
    return rows


def _cell(name: str, value: Any) -> str:
    if value is None or value != value:  # missing, or not a number
        return ""
    if name in ("top_share", "change"):
        return ("-" if value <= -0.001 else "") + percent(abs(value), 1)
    return f"{value:,.0f}" if name in ("customers", "money", "clv") else f"{value:.3f}"
