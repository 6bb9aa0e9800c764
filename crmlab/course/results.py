"""The record of a lesson's results: a table to the reader, JSON to machines."""

from dataclasses import dataclass
from html import escape
from typing import Any

from crmlab.language import tr

RESULTS_MIME = "application/vnd.crmlab.results+json"


@dataclass(frozen=True)
class Result:
    """One recorded result, with the tolerance within which a re-run must give it again."""

    name: str
    value: float | int | str | bool
    unit: str
    tolerance: float

    @property
    def shown(self) -> str:
        """The value as the reader sees it."""
        if isinstance(self.value, float):
            return f"{self.value:,.4g}" if abs(self.value) < 1000 else f"{self.value:,.0f}"
        return f"{self.value:,}" if type(self.value) is int else str(self.value)


@dataclass(frozen=True)
class Results:
    """The record of a lesson: a table to the reader, JSON to machines."""

    items: tuple[Result, ...]

    def __repr__(self) -> str:
        width = max((len(item.name) for item in self.items), default=0)
        return "\n".join(f"{item.name:<{width}}  {item.shown} {item.unit}".rstrip() for item in self.items)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:  # noqa: ARG002
        rows = "".join(
            f"<tr><td>{escape(item.name)}</td><td>{escape(item.shown)}</td><td>{escape(item.unit)}</td></tr>"
            for item in self.items
        )
        head = "".join(f"<th>{escape(name)}</th>" for name in (tr("result"), tr("value"), tr("unit")))
        return {
            "text/plain": repr(self),
            "text/html": f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>",
            RESULTS_MIME: [vars(item) for item in self.items],
        }
