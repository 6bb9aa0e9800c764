"""How a file was written, where its contents do not tell."""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any
from zoneinfo import ZoneInfo

from crmlab.errors import InputError, unknown

ORDERS = ("year first", "day first", "month first")

_NO_TEXT = {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"}
_CODES = set("YymdbBHIMSfpzaAj%")


@dataclass(frozen=True)
class Options:
    """The options of `crmlab.transactions.read`, checked. None means: find out, or refuse."""

    dates: str | None = None
    decimal: str | None = None
    timezone: str | None = None
    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | int | None = None
    table: str | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Options":
        """Return options by their names, or raise InputError with the nearest name that exists."""
        known = [field.name for field in fields(cls)]
        for name in given:
            if name not in known:
                raise unknown("option", name, known)
        return cls(**given)

    def __post_init__(self) -> None:
        """Refuse an option that no file could have."""
        for name in ("dates", "decimal", "timezone", "delimiter", "encoding", "table"):
            value = getattr(self, name)
            if value is not None and not isinstance(value, str):
                raise InputError(f"The option '{name}' is {value!r}, but must be text.")
        if isinstance(self.sheet, bool) or not isinstance(self.sheet, str | int | None):
            raise InputError(f"The option 'sheet' is {self.sheet!r}, but must be a name or a number from 1.")
        if self.dates is not None and self.dates not in ORDERS and "%" not in self.dates:
            raise unknown("order of dates", self.dates, [*ORDERS, "a format such as %d.%m.%Y"])
        if self.dates is not None and set(re.findall(r"%-?(.?)", self.dates)) - _CODES:
            raise InputError(
                f"The option 'dates' is '{self.dates}', which is no format. Write for example %d.%m.%Y: %d "
                "for the day, %m for the month, %b for its name, %Y or %y for the year, %H:%M for the time."
            )
        if self.decimal not in (None, ".", ","):
            raise InputError(f"The option 'decimal' is {self.decimal!r}, but must be '.' or ','.")
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n'):
            raise InputError(
                f"The option 'delimiter' is {self.delimiter!r}, but must be one character, such as ';'. "
                'In a case file, write a tab as "\\t".'
            )
        if self.encoding is not None:
            _known(_text_encoding, "encoding", self.encoding, "utf-8, utf-16, cp1252 or gb18030")
        if self.timezone is not None:
            _known(ZoneInfo, "timezone", self.timezone, "Europe/Berlin, Asia/Shanghai or UTC")


def _text_encoding(name: str) -> None:
    """Raise LookupError for what is no encoding of text, though Python keeps it among them."""
    if codecs.lookup(name).name in _NO_TEXT or "\0" in name:
        raise LookupError(name)
    "".encode(name)


def _known(find: Any, option: str, value: str, examples: str) -> None:
    try:
        find(value)
    except (LookupError, ValueError, OSError, ImportError) as error:
        raise InputError(f"There is no {option} '{value}'. Known are for example {examples}.") from error
