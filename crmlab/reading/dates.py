"""Dates as people write them; the order of day and month is decided by the values or told, never guessed."""

import datetime as dt
from collections.abc import Callable
from itertools import combinations
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.errors import DataError
from crmlab.language import tr
from crmlab.reading.options import ORDERS, Options

if TYPE_CHECKING:
    import ibis

_TIME = r"(?:[T\s,]\s*(?:[上下]午\s*)?\d.*|Z)?$"
_WEEKDAY = r"^\s*(?:[A-Za-z]{2,9}\.?,?\s+)?"
_YEAR_FIRST = rf"^\s*(\d{{4}}([-/.])\d{{1,2}}[-/.]\d{{1,2}}|\d{{4}}年\d{{1,2}}月\d{{1,2}})日?\s*{_TIME}"
_YEAR_LAST = rf"{_WEEKDAY}(\d{{1,2}}[-/. ]\d{{1,2}}[-/. ](?:\d{{4}}|\d{{2}}))\s*{_TIME}"
_TOGETHER = r"^\s*((?:19|20|21)\d{6})(?:\d{6}|\.0+|T\d{4,6}Z?)?\s*$"
_SERIAL = r"^\s*([2-7]\d{4})(?:\.\d+)?\s*$"
_UNIX = r"^\s*(\d{9,10}|\d{12,13})(?:\.\d+)?\s*$"
_MONTH = r"([A-Za-z]{3})[a-z]*\.?"
_YEAR = r"(\d{4}|\d{2})"
_DAY_NAME = rf"{_WEEKDAY}(\d{{1,2}})(?:st|nd|rd|th|\.)?(?:\s+of)?[-\s/]*{_MONTH},?[-\s/]*'?{_YEAR}\s*{_TIME}"
_NAME_DAY = rf"{_WEEKDAY}{_MONTH}[-\s/]*(\d{{1,2}})(?:st|nd|rd|th)?,?[-\s/]+'?{_YEAR}\s*{_TIME}"
_CLOCK = r"\s*[T\s]\s*(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*$"
_OFFSET = r"\d\s*(Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)\s*$"
_ZONED = r":\d{2}(?:\.\d+)?\s*(?:[AaPp]\.?[Mm]\.?\s*)?(?:Z|[A-Z]{3,5}|[+-]\d{2}(?::?\d{2})?)\s*$"


def days(text: "ibis.Column", order: str) -> "ibis.Column":
    """Return the calendar days of a text column read in an order, or in a strftime format.

    A form that has one reading only (a month's name, YYYYMMDD, an Excel serial number) is read in any order.
    """
    import ibis

    if order not in ORDERS:
        return engine.strptime(text.strip(), order).date()
    return ibis.coalesce(_numeric(text, order), *(form(text) for form in _sure().values()))


def _sure() -> dict[str, Callable[[Any], Any]]:
    """Return the forms that have one reading only."""
    return {"named": _named, "together": _together, "serial": _serial}


def _numeric(text: "ibis.Column", order: str) -> "ibis.Column":
    import ibis

    last = text.re_extract(_YEAR_LAST, 1).translate("/. ", "---")
    if order == "year first":
        first = text.re_extract(_YEAR_FIRST, 1).translate("/.年月", "----")
        return ibis.coalesce(first.try_cast("date"), _short(last, "%y-%m-%d"))
    form = "%d-%m-" if order == "day first" else "%m-%d-"
    return ibis.coalesce(_short(last, form + "%y"), _long(last, form + "%Y"))


def _short(text: "ibis.Column", form: str) -> "ibis.Column":
    """Read a year of two digits. No order lies in the future, which rules out some readings."""
    import ibis

    day = engine.strptime(text, form).date()
    tomorrow = ibis.literal(dt.date.today() + dt.timedelta(days=1))
    return ibis.ifelse(day <= tomorrow, day, None)


def _long(text: "ibis.Column", form: str) -> "ibis.Column":
    """Read a year of four digits; the engine alone would take 24 for the year 24."""
    import ibis

    day = engine.strptime(text, form).date()
    return ibis.ifelse(day >= ibis.date(1000, 1, 1), day, None)


def _named(text: "ibis.Column") -> "ibis.Column":
    import ibis

    parts = text.re_replace(_DAY_NAME, r"\1-\2-\3").re_replace(_NAME_DAY, r"\2-\1-\3")
    return ibis.coalesce(_short(parts, "%d-%b-%y"), _long(parts, "%d-%b-%Y"))


def _together(text: "ibis.Column") -> "ibis.Column":
    return engine.strptime(text.re_extract(_TOGETHER, 1), "%Y%m%d").date()


def _serial(text: "ibis.Column") -> "ibis.Column":
    """Read a day as Excel counts it: 1 is 1900-01-01, with a leap day in 1900 that never was."""
    import ibis

    count = text.re_extract(_SERIAL, 1).try_cast("int64")
    return (ibis.timestamp(1899, 12, 30, 0, 0, 0) + count.as_interval("D")).date()


def _unix(text: "ibis.Column", zone: str) -> "ibis.Column":
    """Read seconds or milliseconds since 1970 as the day in a zone."""
    import ibis

    count = text.re_extract(_UNIX, 1).try_cast("float64")
    return engine.local(engine.instant(ibis.ifelse(count > 1e11, count / 1000, count)), zone).date()


def _in_zone(text: "ibis.Column", day: "ibis.Column", zone: str) -> "ibis.Column":
    """Move the days of times with an offset to the zone; a time that cannot be moved becomes missing."""
    import ibis

    offset = text.re_extract(_OFFSET, 1).re_replace(r"^(?:Z|UTC|GMT)$", "+00:00")
    offset = offset.re_replace(r"^([+-]\d{2}):?(\d{2})$", r"\1:\2")
    moment = day.cast("string") + " " + text.re_extract(_CLOCK, 1) + offset
    moved = engine.local(moment.try_cast("timestamp('UTC')"), zone).date()
    return ibis.ifelse(text.re_search(_ZONED), moved, day)


def read(
    table: "ibis.Table", name: str, options: Options, where: str, column: str = "date"
) -> tuple[Any, list[str]]:
    """Return the calendar days of a table's column, and notes on how they were found.

    The column may have any type; ``name`` is what its owner calls it.

    Raises
    ------
    DataError
        No value decides between day-month and month-day, both occur, or a zone is needed.
    """
    values, kind = table[column], table[column].type()
    if kind.is_date():
        return values, []
    if kind.is_timestamp():
        return _from_times(values, name, options.timezone)
    if kind.is_numeric() and engine.is_embedded(table):
        values = values.cast("string")
    elif not kind.is_string():
        held = "no" if kind.is_null() or kind.is_unknown() else kind
        raise DataError(f"Column '{name}' holds {held} values. Give dates, or text as YYYY-MM-DD.")
    if not engine.is_embedded(table):
        return values.re_extract(_YEAR_FIRST, 1).try_cast("date"), []
    return _from_text(table.select(value=values), values, name, options, where)


def _from_text(
    table: "ibis.Table", values: "ibis.Column", name: str, options: Options, where: str
) -> tuple[Any, list[str]]:
    import ibis

    found = _forms(table)
    zone = options.timezone
    if options.dates is None:
        order, is_decided = _order(found, table, name, where)
        used = [_numeric(values, order)] if found["numeric"] else []
        used += [form(values) for kind, form in _sure().items() if found[kind]]
        day = ibis.coalesce(*(used or [_numeric(values, order)]))
    else:
        order, is_decided = options.dates, True
        day = days(values, order)
    notes = [tr("date: {order}", order=order)] if is_decided else []
    if found["unix"] and order in ORDERS:
        if zone is None:
            raise DataError(
                f"In {where}, column '{name}' holds Unix times, so the day of a purchase near midnight is "
                'open. Say where a day begins: timezone="UTC", timezone="Europe/Berlin" ...'
            )
        day = ibis.coalesce(day, _unix(values, zone))
        notes.append(tr("date: Unix times"))
    if zone is not None:
        day = _in_zone(values, day, zone)
        notes.append(tr("date: days in {zone}", zone=zone))
    return day, notes


def _forms(table: "ibis.Table") -> dict[str, Any]:
    """Count the values of each form, and those that an order cannot read though another one can."""
    import ibis

    rows = table.filter(table["value"].strip() != "").distinct()
    text = rows["value"]
    rows = rows.select(
        *(_numeric(text, order).name(order) for order in ORDERS),
        *(form(text).notnull().name(kind) for kind, form in _sure().items()),
        text.re_search(_UNIX).name("unix"),
    )
    readable = ibis.coalesce(*(rows[order] for order in ORDERS)).notnull()
    counts = {order: (readable & rows[order].isnull()).sum() for order in ORDERS}
    counts |= {kind: rows[kind].sum() for kind in [*_sure(), "unix"]}
    for one, other in combinations(ORDERS, 2):
        counts[f"{one} or {other}"] = (rows[one] != rows[other]).sum()
    counts = {key: count.fill_null(0) for key, count in counts.items()}
    return engine.one(rows, numeric=readable.sum().fill_null(0), **counts)


def _from_times(values: "ibis.Column", name: str, zone: str | None) -> tuple[Any, list[str]]:
    written = values.type().timezone
    if not written:
        return values, []
    if zone is None:
        raise DataError(
            f"Column '{name}' holds times in the zone {written}, so the day of a purchase near midnight "
            f'is open. Say where a day begins: timezone="{written}", or give the local day, for example '
            "with .dt.tz_localize(None)."
        )
    return engine.local(values.cast("timestamp('UTC')"), zone).date(), [tr("date: days in {zone}", zone=zone)]


def _order(found: dict[str, Any], table: "ibis.Table", name: str, where: str) -> tuple[str, bool]:
    """Return the one order in which every value is a day, and whether the values decided it."""
    possible = [order for order in ORDERS if found[order] == 0]
    if len(possible) == 1:
        return possible[0], True
    if not possible:
        shown = [
            _row(table, order, misses=True) for order in sorted(ORDERS, key=lambda order: found[order])[:2]
        ]
        raise DataError(
            f"In {where}, column '{name}' writes dates in more than one order: "
            f"{' and '.join(dict.fromkeys(shown))}. Write all of them as YYYY-MM-DD. Excel may have turned "
            "round what it took for dates, so correct the file that it came from."
        )
    if not any(found[f"{one} or {other}"] for one, other in combinations(possible, 2)):
        return possible[0], False
    options = " or ".join(f'dates="{order}"' for order in possible)
    raise DataError(
        f"In {where}, no value of column '{name}' decides the order of day, month and year, for example "
        f"{_row(table, possible[0])}. Say it: {options}."
    )


def _row(table: "ibis.Table", order: str, misses: bool = False) -> str:
    """Return a value with its row: one that an order cannot read, or that is read differently in others."""
    import ibis

    readings = {other: days(table["value"], other) for other in ORDERS}
    if misses:
        rule = readings[order].isnull() & ibis.coalesce(*readings.values()).notnull()
    else:
        rule = ibis.or_(*(readings[order] != day for day in readings.values()))
    rows = engine.numbered(table, "_row").filter(rule).order_by("_row").limit(1)
    row = rows.select("_row", "value").to_pyarrow().to_pylist()[0]
    return f"{row['value']!r} in row {row['_row']:,}"
