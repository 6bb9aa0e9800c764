"""Answers that are a picture, checked by the data that it shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

from crmlab.course.exercises import table
from crmlab.course.exercises.base import Claim, Claims, Complaint, Exercise, Judgement, Kind
from crmlab.course.exercises.table import Cells, Table, key_text
from crmlab.errors import some, unknown

LABELS = {"title": "a title", "x": "a label of the x axis", "y": "a label of the y axis"}


class Drawn(NamedTuple):
    """What a picture shows: each line, group of bars or cloud of points as values by place; and its words."""

    series: list[Cells]
    labels: list[str]


@dataclass(frozen=True)
class Plot(Kind):
    """A picture whose lines, bars or points show a table, one for each of its columns."""

    word: ClassVar[str] = "plot"
    keys: Sequence[str] = ()
    columns: Sequence[str] = ()
    tolerance: float = 0.01
    labels: Sequence[str] = ()

    @property
    def table(self) -> Table:
        """How what is drawn is compared."""
        return Table(self.keys, self.columns, self.tolerance)

    def read(self, given: Any) -> Drawn:
        """Return what an Axes or a Figure shows."""
        axes = _axes(given)
        series = [drawn for ax in axes for drawn in _series(ax)]
        if not series:
            raise Complaint("The picture shows no lines, bars or points.")
        said = {
            "title": [ax.get_title(where) for ax in axes for where in ("left", "center", "right")],
            "x": [ax.get_xlabel() for ax in axes],
            "y": [ax.get_ylabel() for ax in axes],
        }
        return Drawn(series, [name for name, words in said.items() if any(words)])

    def token(self, value: Cells, mark: str) -> str:
        """Return the token of the table that is drawn."""
        return self.table.token(value, mark)

    def dump(self, value: Drawn) -> dict[str, Any]:
        """Return the picture as JSON."""
        return {"series": [self.table.dump(drawn) for drawn in value.series], "labels": value.labels}

    def load(self, stored: Any) -> Drawn:
        """Return the picture of a record."""
        try:
            return Drawn([self.table.load(drawn) for drawn in stored["series"]], list(stored["labels"]))
        except (TypeError, KeyError) as error:
            raise Complaint("The record holds no picture.") from error

    def judge(self, value: Drawn, claims: Claims) -> Judgement:
        """Compare the data that come closest, then the words on the picture."""
        judged = self.table.judge(self._closest(value.series, claims.parts), claims)
        lacking = [LABELS[name] for name in self.labels if name not in value.labels]
        if not lacking:
            return judged
        words = "The data are right." if judged.right else judged.words
        said = f"{words} The picture lacks {some(lacking)}."
        return replace(judged, right=False, words=said, known=judged.right or judged.known)

    def _closest(self, series: list[Cells], parts: Mapping[str, Claim]) -> Cells:
        """Return, as a table, what was drawn nearest to each column."""

        def rank(named: Cells) -> tuple[int, int, int]:
            hits = sum(self.table.agrees(key, item, parts) for key, item in named.items())
            return hits, sum(key in parts for key in named), -len(named)

        closest: Cells = {}
        for column in self.columns or [""]:
            named: list[Cells] = [
                {f"{key}, {column}" if column else key: y for key, y in one.items()} for one in series
            ]
            best: Cells = max(named, key=rank)
            closest |= best
        return closest


def _axes(given: Any) -> list[Any]:
    if hasattr(given, "get_xlabel"):
        return [given]
    if hasattr(given, "savefig"):
        return list(given.axes)
    raise Complaint(f"The answer is a picture, an Axes or a Figure, and this is a {type(given).__name__}.")


def _series(ax: Any) -> Iterator[Cells]:
    """Yield all that an Axes shows, by the place along its axis."""
    for line in ax.lines:
        yield _named(ax.xaxis, line.get_xydata())
    for points in ax.collections:
        if hasattr(points, "get_sizes"):
            yield _named(ax.xaxis, points.get_offsets())
    groups = [list(group.patches) for group in ax.containers if hasattr(group, "patches")]
    bars = [bar for bar in ax.patches if hasattr(bar, "get_height")]
    for group in [*groups, *([bars] if bars and len(groups) != 1 else [])]:
        yield _named(ax.xaxis, [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in group])
        yield _named(ax.yaxis, [(bar.get_y() + bar.get_height() / 2, bar.get_width()) for bar in group])


def _named(axis: Any, places: Any) -> Cells:
    """Return heights by what their places are called: a day, a word at the tick, or else the number."""
    from matplotlib import dates

    pairs = [(float(x), float(y)) for x, y in places if x == x and y == y]
    if "Date" in type(axis.get_converter()).__name__:
        days = dates.num2date([x for x, _ in pairs])  # type: ignore[no-untyped-call]
        return {key_text(day.replace(tzinfo=None)): y for day, (_, y) in zip(days, pairs, strict=True)}
    ticks = axis.get_majorticklocs()
    words = dict(zip(map(_at, ticks), axis.get_major_formatter().format_ticks(ticks), strict=True))
    return {key_text(words[_at(x)] if _is_word(words.get(_at(x), "")) else _at(x)): y for x, y in pairs}


def _at(x: float) -> float:
    return round(float(x), 9)


def _is_word(text: str) -> bool:
    """Return whether a tick carries a name. A number is read from the data, for a tick may round it."""
    try:
        float(text.replace("\N{MINUS SIGN}", "-").replace(",", "").rstrip("%"))
    except ValueError:
        return bool(text.strip())
    return False


def exercise(
    name: str,
    answer: Any,
    labels: Sequence[str],
    tolerance: float,
    misconceptions: Mapping[str, Any],
    hints: str | Sequence[str],
) -> Exercise:
    """Return an exercise whose answer is a picture; see `Lesson.plot`."""
    for label in labels:
        if label not in LABELS:
            raise unknown("label", label, LABELS, where=f"the exercise '{name}'")
    drawn = table.exercise(name, answer, tolerance, misconceptions, hints)
    assert isinstance(drawn.kind, Table)
    kind = Plot(drawn.kind.keys, drawn.kind.columns, tolerance, tuple(labels))
    exercise = Exercise(name, kind, drawn.claims, hints)
    exercise.answer, exercise.misconceptions = drawn.answer, drawn.misconceptions
    return exercise
