"""Numbers as people write them: 1.234,56 and 1,234.56, currencies, brackets and minus signs at the end.

Which sign separates the decimals is never guessed: a column, or another column of the same file, decides it
by a value that can be read in one way only.
"""

from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.errors import DataError, some
from crmlab.language import mark, tr

if TYPE_CHECKING:
    import ibis

_CURRENCY = r"\p{Sc}|[A-Z]{1,3}\$|[A-Z]{3}|kr\.?|zł|Fr\.?|Rs\.?|元|円"
_POWER = r"(?:[eE][+-]?\d+)?"
# sign or bracket, currency, sign, digits with their marks, currency, sign, bracket
_NUMBER = (
    rf"^\(?\s*[+-]?\s*({_CURRENCY})?\s*[+-]?\s*(\d[\d., ]*?{_POWER}|[.,]\d+{_POWER})"
    rf"\s*({_CURRENCY})?\s*-?\s*\)?$"
)
_PLAIN = rf"^[+-]?(?:\d+(?:\.\d*)?|\.\d+){_POWER}$"
# Spaces of all kinds and apostrophes separate thousands only, so they need no decision.
_SPACES = r"[\s\x{00A0}\x{2007}\x{2009}\x{202F}\x{3000}'’]+"


def spaced(text: "ibis.Column") -> "ibis.Column":
    """Write every space as one, no space around, and every minus as a hyphen."""
    return text.re_replace(_SPACES, " ").replace("\u2212", "-").replace("\u2013", "-").strip()


def _decides(mark: str, other: str) -> str:
    """Return the pattern of a number in which a mark can only be the decimal sign."""
    return (
        rf"^\d*[{mark}](?:\d{{0,2}}|\d{{4,}}){_POWER}$"  # not three digits after it
        rf"|^(?:0\d*|\d{{4,}})?[{mark}]\d*{_POWER}$"  # no group of thousands before it
        rf"|[{other} ]\d{{3}}[{mark}]\d*{_POWER}$"  # after another mark
        rf"|[{other}]\d{{2,3}}[{other}]"  # the other one comes twice, so it separates thousands
    )


_POINT, _COMMA = _decides(".", ","), _decides(",", ".")
_EITHER = r"^[1-9]\d{0,2}[.,]\d{3}$"  # 1.234 and 1,234


def plain(text: "ibis.Column") -> "ibis.Column":
    """Return the numbers of a column that is written as programs write them."""
    return text.strip().try_cast("float64")


def number(text: "ibis.Column", decimal: str) -> "ibis.Column":
    """Return the numbers of a column as people write them; missing where there is none."""
    import ibis

    text = spaced(text)
    digits = text.re_extract(_NUMBER, 2).strip()
    group = "," if decimal == "." else "."
    grouped = rf"\d{{1,3}}(?:[{group} ]\d{{2,3}})*[{group} ]\d{{3}}"
    mark = "[.]" if decimal == "." else ","
    fits = digits.re_search(rf"^(?:\d+|{grouped})?(?:{mark}\d*)?{_POWER}$") & digits.re_search(r"\d")
    value = digits.replace(group, "").replace(" ", "").replace(",", ".").try_cast("float64")
    is_negative = text.re_search(r"^[^\d.,]*[(-]|-[^\d]*$")
    is_whole = text.re_search(r"^\(") == text.re_search(r"\)$")
    is_whole &= ~text.re_search(r"^\D*[+-]\D*[+-]|^\D*[+-].*\d\D*-\D*$")  # --5 and -5-
    return ibis.ifelse(fits & is_whole, ibis.ifelse(is_negative, -value, value), None)


def written(
    table: "ibis.Table", columns: dict[str, str], decimal: str | None, where: str
) -> tuple[dict[str, str], list[str]]:
    """Find how the numbers of text columns are written.

    Parameters
    ----------
    table : ibis.Table
        The rows as given, with the parts' names.
    columns : dict of str to str
        By part, what its owner calls the column.
    decimal : str or None
        The decimal sign, where it was told.
    where : str
        What to call the table in a message.

    Returns
    -------
    signs : dict of str to str
        Decimal sign by part; a part that is left out is plain.
    notes : list of str
        What was found.

    Raises
    ------
    DataError
        Both signs occur in a column, or no value decides.
    """
    found = {part: _counts(table[part]) for part in columns}
    counts: dict[str, int] = {}
    for part in columns:
        values = table.select(part).distinct()
        sums = {f"{part} {key}": rule.sum().fill_null(0) for key, rule in _counts(values[part]).items()}
        counts |= engine.one(values, **sums)
    decided: dict[str, str] = {}
    for part, name in columns.items():
        if decimal is not None:
            decided[part] = decimal
        elif counts[f"{part} point"] and counts[f"{part} comma"]:
            rules = [found[part]["point"], found[part]["comma"]]
            raise DataError(
                f"In {where}, column '{name}' writes decimals with a point and with a comma, for example "
                f'{_examples(table, part, rules)}. Write them in one way; with decimal="." or decimal="," '
                "the rows written the other way are named."
            )
        elif counts[f"{part} point"] or counts[f"{part} comma"]:
            decided[part] = "." if counts[f"{part} point"] else ","
    signs = set(decided.values())
    for part, name in columns.items():
        if part not in decided and counts[f"{part} either"] and len(signs) != 1:
            raise DataError(
                f"In {where}, no value of column '{name}' decides whether a mark separates thousands or "
                f"decimals, for example {_examples(table, part, [found[part]['either']])}. "
                'Say which sign comes before the decimals: decimal="." or decimal=",".'
            )
        decided.setdefault(part, signs.copy().pop() if len(signs) == 1 else ".")
    notes = []
    for part in columns:
        if decided[part] == "." and not counts[f"{part} dressed"]:
            del decided[part]
            continue
        seen = some(currencies(table.select(sign=currency(table[part]))), most=5)
        sign = mark("{part}: decimal comma") if decided[part] == "," else mark("{part}: decimal point")
        notes.append(tr(sign, part=part) + (f", {seen}" if seen else ""))
    return decided, notes


def _counts(values: "ibis.Column") -> dict[str, Any]:
    text = spaced(values)
    digits = text.re_extract(_NUMBER, 2).strip()
    return {
        "dressed": (text != "") & ~values.strip().re_search(_PLAIN),
        "point": digits.re_search(_POINT),
        "comma": digits.re_search(_COMMA),
        "either": digits.re_search(_EITHER),
    }


def _examples(table: "ibis.Table", part: str, rules: list[Any]) -> str:
    """Return one value that breaks each rule, with its row."""
    rows = engine.numbered(table, "_row")
    shown = []
    for rule in rules:
        row = rows.filter(rule).select("_row", part).order_by("_row").limit(1).to_pyarrow().to_pylist()[0]
        shown.append(f"{row[part]!r} in row {row['_row']:,}")
    return " and ".join(shown)


def currency(text: "ibis.Column") -> "ibis.Column":
    """Return the currency that each number of a column is written in; empty where there is none."""
    text = spaced(text)
    sign = text.re_extract(_NUMBER, 1) + text.re_extract(_NUMBER, 3)
    return sign.replace("￥", "¥").replace("元", "¥")


def currencies(signs: "ibis.Table") -> list[str]:
    """Return the currencies there are in a table of one column."""
    (name,) = signs.columns
    found = signs.filter(signs[name] != "").distinct().to_pyarrow()
    return sorted(found[name].to_pylist())
