"""An audit as a person reads it: a summary for the terminal, a page, and plain data."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from crmlab.quality.choices import CHOICES
from crmlab.quality.ledger import LEVELS
from crmlab.quality.outcome import Outcome
from crmlab.words import count, listed, percent

_HEADS = {"problem": "Problems", "caveat": "Caveats", "note": "Notes"}
_LABELS = {
    "customers": "Customers",
    "money": "Money",
    "top_share": "Top 20% bring",
    "r": "r",
    "alpha": "α (weeks)",
    "a": "a",
    "b": "b",
    "clv": "Value to come",
    "change": "Change",
}


def answer(audit: Outcome) -> str:
    """Return what matters in two or three sentences: what is used, and what was found."""
    counts = [sum(finding.level == level for finding in audit.findings) for level in LEVELS]
    said = [count(number, level) for number, level in zip(counts, LEVELS, strict=True) if number]
    found = f"Found: {listed(said)}." if said else "Nothing was found that needs a word."
    if said and sum(counts) == 1:
        found = f"There is {said[0]}."
    return f"{audit.ledger} {found}"


def summary(audit: Outcome) -> str:
    """Return the summary for the terminal."""
    lines = [f"{audit.where}: {answer(audit)}"]
    for level in LEVELS:
        found = [finding for finding in audit.findings if finding.level == level]
        if found:
            lines += ["", _HEADS[level]]
        for finding in found:
            lines.append(f"- {finding.title}: {finding.count}. {finding.done}")
    lines += ["", "What these rows allow"]
    alike: dict[tuple[str, str], list[str]] = {}
    for theory, (verdict, why) in audit.verdicts().iterrows():
        alike.setdefault((verdict, why), []).append(str(theory))
    lines += [f"- {listed(theories)}: {verdict}. {why}" for (verdict, why), theories in alike.items()]
    return "\n".join(lines)


def data(audit: Outcome) -> dict[str, Any]:
    """Return everything as plain data, for JSON."""
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
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(__file__).with_name("audit.html").read_text(encoding="utf-8"))
    return template.render(
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


def listing(sensitivity: Any) -> str:
    """Return a sensitivity table as lines for the terminal."""
    lines = [sensitivity.attrs["matters_most"]]
    for row in shown(sensitivity):
        name = " = ".join(text for text in (row.pop("Decision"), row.pop("Option")) if text)
        lines.append(f"- {name}: " + ", ".join(f"{label} {cell}" for label, cell in row.items() if cell))
    return "\n".join(lines)


def shown(sensitivity: Any) -> list[dict[str, str]]:
    """Return the rows of a sensitivity table as texts, with a header's names as keys."""
    rows = []
    for (decision, option), row in sensitivity.iterrows():
        cells = {"Decision": decision, "Option": option}
        cells |= {label: _cell(name, row[name]) for name, label in _LABELS.items()}
        first, *rest = row["why"].split(". ")
        rows.append(cells | {"Remark": first + "." if rest else first})
    return rows


def _cell(name: str, value: Any) -> str:
    if value is None or value != value:  # missing, or not a number
        return ""
    if name in ("top_share", "change"):
        return ("-" if value <= -0.001 else "") + percent(abs(value), 1)
    return f"{value:,.0f}" if name in ("customers", "money", "clv") else f"{value:.3f}"
