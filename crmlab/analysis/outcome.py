"""What an analysis found, as data: what the report is made of and what is written to files."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from crmlab.analysis.base import Base
from crmlab.analysis.forecast import Forecast
from crmlab.analysis.lessons import Done
from crmlab.analysis.section import Section
from crmlab.analysis.table import Standing
from crmlab.language import mark, ntr, tr

NO_LESSONS = mark(
    "Lessons were not run: they read orders on the embedded engine. Run crmlab analyse on a part of the "
    "orders, such as those of some thousand customers, for lessons on your own data."
)
"""What is said where the orders are in another engine."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What an analysis found. See `crmlab.analysis.Analysis`."""

    standing: Standing = field(repr=False)
    answer: list[str]
    sections: dict[str, Section] = field(repr=False)
    audit: Any = field(repr=False)
    base: Base = field(repr=False)
    forecast: Forecast | None = field(repr=False)
    pseudonymised: bool = False
    lessons: list[Done] = field(default_factory=list, repr=False)
    swept: int = field(default=0, repr=False)

    @property
    def customers(self) -> pd.DataFrame:
        """One row a customer; of millions, some that were drawn by chance."""
        return self.standing.frame

    @property
    def notes(self) -> list[str]:
        """What a reader should know of how the answer came about, where it is not the usual way."""
        said = [self.standing.drawn_words] if self.standing.one_in > 1 else []
        if self.swept:
            swept = ntr(
                "Removed beside the results: the hidden folder of an analysis that was killed, with its "
                "customers.",
                "Removed beside the results: the hidden folders of {n:,} killed analyses, with their "
                "customers.",
                self.swept,
            )
            said.append(swept)
        data = self.sections["audit"]
        return said if self.audit else [*said, " ".join([data.text[1], *data.todo]), tr(NO_LESSONS)]
