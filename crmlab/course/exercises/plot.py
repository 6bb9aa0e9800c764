"""Answers that are a picture, checked by the data that it shows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from crmlab.course.exercises.base import Complaint, Judgement, called
from crmlab.course.exercises.table import Cells, Table, key_text
from crmlab.errors import unknown
from crmlab.language import mark, ntr, tr
from crmlab.words import some

LABELS = {"title": mark("a title"), "x": mark("a label of the x axis"), "y": mark("a label of the y axis")}
_SWAPPED = mark("You exchanged the axes: what stands across should stand upwards.")


class Drawn(NamedTuple):
    """What a picture shows: each line, group of bars or cloud of points as values by place; and its words."""

    series: list[Cells]
    labels: list[str]


class Plot(Table):
    """A picture whose lines, bars or points show a table, one for each of its columns.

    Parameters
    ----------
    name, answer, columns, tolerance, misconceptions, hints
        As for `Table`.
    labels : sequence of str
        Which words the picture must carry.
    """

    word: ClassVar[str] = mark("plot")

    def __init__(
        self,
        name: str,
        answer: Mapping[str, float | str] | None = None,
        columns: Sequence[str] = (),
        tolerance: float = 0.01,
        labels: Sequence[str] = tuple(LABELS),
        misconceptions: Mapping[str, Cells] | None = None,
        hints: str | Sequence[str] = (),
    ) -> None:
        for label in labels:
            if label not in LABELS:
                raise unknown("label", label, LABELS, where=f"the exercise '{name}'")
        super().__init__(name, answer, columns, tolerance, misconceptions, hints)
        self.labels = tuple(labels)

    def read(self, given: Any) -> Drawn:  # type: ignore[override]
        """Return what an Axes or a Figure shows."""
        axes = _axes(given)
        series = [drawn for ax in axes for drawn in _series(ax)]
        if not series:
            raise Complaint(tr("The picture shows no lines, bars or points."))
        said = {
            "title": [ax.get_title(where) for ax in axes for where in ("left", "center", "right")],
            "x": [ax.get_xlabel() for ax in axes],
            "y": [ax.get_ylabel() for ax in axes],
        }
        return Drawn(self._named_as_asked(series), [name for name, words in said.items() if any(words)])

    def _named_as_asked(self, series: Sequence[Cells]) -> list[Cells]:
        """Return series whose places have the names of the answer, where a picture says them translated."""
        names = {key_text(tr(place)): place for place in map(self._place, self.keys) if place}
        return [{names.get(place, place): value for place, value in drawn.items()} for drawn in series]

    def dump(self, value: Any) -> dict[str, Any]:
        """Return the picture, or the table that it should show, as JSON."""
        if not isinstance(value, Drawn):
            return super().dump(value)
        return {"series": [super(Plot, self).dump(drawn) for drawn in value.series], "labels": value.labels}

    def load(self, stored: Any) -> Any:
        """Return the picture of a record, or the table of a key."""
        if not isinstance(stored, Mapping) or "series" not in stored:
            return super().load(stored)
        try:
            series = [super(Plot, self).load(drawn) for drawn in stored["series"]]
            return Drawn(self._named_as_asked(series), list(stored["labels"]))
        except (TypeError, KeyError) as error:
            raise Complaint(tr("The record holds no picture.")) from error

    def distance(self, value: Any, other: Any) -> float:
        """Return how far the lines that come closest to a table lie apart from it, or it from them."""
        if isinstance(other, Drawn):
            return super().distance(value, self._closest(other.series, value))
        shown = self._closest(value.series, other) if isinstance(value, Drawn) else value
        return super().distance(shown, other)

    def slips(self, value: Any) -> Iterator[tuple[Any, str]]:
        """Yield the picture with all its heights in another size, and with its axes exchanged."""
        tables = [list(super(Plot, self).slips(drawn)) for drawn in value.series]
        for resized in zip(*tables, strict=True):
            yield value._replace(series=[drawn for drawn, _ in resized]), resized[0][1]
        swapped = [
            {key_text(y): float(x) for x, y in drawn.items() if _is_number(x) and not isinstance(y, str)}
            for drawn in value.series
        ]
        yield value._replace(series=swapped), tr(_SWAPPED)

    def judge(self, value: Drawn) -> Judgement:
        """Compare the data that come closest, then the words on the picture."""
        judged = super().judge(value)
        lacking = [tr(LABELS[name]) for name in self.labels if name not in value.labels]
        if not lacking:
            return judged
        data = tr("The data are right.") if judged.right else judged.words
        lack = tr("The picture lacks {labels}.", labels=some(lacking))
        return replace(
            judged, right=False, words=f"{data} {lack}", known=judged.right or judged.known, share=0.0
        )

    def closer(self, value: Any) -> str:
        """Say what is missing in the picture, or how many of its values are wrong."""
        due = max(len(self.columns), 1)
        if len(value.series) < due:
            return ntr(
                "The picture shows {n} line or group of values, and {due} are due: {columns}.",
                "The picture shows {n} lines or groups of values, and {due} are due: {columns}.",
                len(value.series),
                due=due,
                columns=some(self.columns, most=5),
            )
        shown = self._closest(value.series, self.answer)
        if extra := sorted(set(shown) - set(self.keys)):
            places = list(dict.fromkeys(self._place(key) for key in extra))
            return tr("Places that were not asked for: {places}.", places=some(places))
        return super().closer(shown)

    def _place(self, key: str) -> str:
        return key.rpartition(", ")[0] if self.columns else key

    def _closest(self, series: Sequence[Cells], table: Cells) -> Cells:
        """Return, as a table, what was drawn nearest to each column, each line for one column."""
        from scipy.optimize import linear_sum_assignment

        columns = self.columns or ("",)
        named = [
            [{f"{key}, {column}" if column else key: y for key, y in drawn.items()} for drawn in series]
            for column in columns
        ]
        hits = [[self._likeness(drawn, table) for drawn in of_column] for of_column in named]
        closest: Cells = {}
        for column, number in zip(*linear_sum_assignment(hits, maximize=True), strict=True):
            closest |= named[column][number]
        return closest

    def _likeness(self, drawn: Cells, table: Cells) -> float:
        """Return how many values agree; between lines with none that does, how many places."""
        places = sum(key in table for key in drawn)
        return len(self.agrees(drawn, table)) + places / 1e3 - len(drawn) / 1e6

    def key(self) -> dict[str, Any]:
        """Return the table, the words that must be there, and the misconceptions."""
        return super().key() | {"labels": list(self.labels)}

    def asked(self) -> dict[str, Any]:
        """Return nothing: any picture can be recorded."""
        return {}


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _axes(given: Any) -> list[Any]:
    if hasattr(given, "get_xlabel"):  # with its twins, such as a second axis on the right
        return sorted(given.get_shared_x_axes().get_siblings(given), key=given.figure.axes.index)
    if hasattr(given, "savefig"):
        return list(given.axes)
    raise Complaint(
        tr("The answer is a picture, an Axes or a Figure, and this is {kind}.", kind=called(given))
    )


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
    return bool(text.strip()) and not _is_number(
        text.replace("\N{MINUS SIGN}", "-").replace(",", "").rstrip("%")
    )
