"""The language that crmlab speaks to readers: all its words are in one catalogue, English the default.

A text is marked where it stands. `tr` says a text and `ntr` a text that goes with a number, both in the
reader's language; `mark` and `nmark` mark texts that are said later, as the words of a table are. ``make
words`` collects what is marked in ``crmlab/locale/crmlab.pot``, from which Babel makes the catalogue of a
language, such as ``crmlab/locale/zh/LC_MESSAGES/crmlab.mo``. Texts are literals, and stand outside f-strings,
into which Babel does not look.

Errors, names of columns, the reference, the page on how crmlab is built, and the lessons' own text are not in
it: a programmer reads the former, and lessons are translated cell by cell.
"""

import gettext
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from crmlab.errors import unknown

_CATALOGUES = Path(__file__).parent / "locale"
ENGLISH = "en"
VARIABLE = "CRMLAB_LANGUAGE"
"""Environment variable with the language, which the kernels of lessons inherit."""


def languages() -> list[str]:
    """Return the languages that there are words in.

    Examples
    --------
    >>> from crmlab.language import languages
    >>> "en" in languages()
    True
    """
    return sorted({ENGLISH, *(path.parts[-3] for path in _CATALOGUES.glob("*/LC_MESSAGES/crmlab.mo"))})


def use(language: str = ENGLISH) -> None:
    """Speak a language from now on, here and in what is started from here.

    Raises
    ------
    InputError
        There are no words in this language.

    Examples
    --------
    >>> from crmlab.language import use
    >>> use("en")
    """
    _catalogue(language)
    os.environ[VARIABLE] = language


def current() -> str:
    """Return the language that is spoken.

    Examples
    --------
    >>> from crmlab.language import current
    >>> current()
    'en'
    """
    return os.environ.get(VARIABLE, ENGLISH)


def tr(text: str, /, **parts: object) -> str:
    """Return a text in the reader's language, with its parts filled in.

    Examples
    --------
    >>> from crmlab.language import tr
    >>> tr("The best {share:.0%} bring {name}", share=0.2, name="revenue")
    'The best 20% bring revenue'
    """
    said = _spoken().gettext(text)
    return said.format(**parts) if parts else said


def ntr(one: str, many: str, number: float, /, **parts: object) -> str:
    """Return the text that goes with a number, by the language's rules; ``{n}`` in it is the number.

    Examples
    --------
    >>> from crmlab.language import ntr
    >>> ntr("{n:,} row is used", "{n:,} rows are used", 2357)
    '2,357 rows are used'
    """
    whole = round(number)
    return _spoken().ngettext(one, many, whole).format(n=whole, **parts)


def mark(text: str, /) -> str:
    """Return a text as it is; whoever shows it hands it to `tr`.

    Examples
    --------
    >>> from crmlab.language import mark
    >>> mark("gold")
    'gold'
    """
    return text


def nmark(one: str, many: str, /) -> tuple[str, str]:
    """Return a text for one and a text for many as they are; whoever shows them hands them to `ntr`.

    Examples
    --------
    >>> from crmlab.language import nmark
    >>> ntr(*nmark("{n} row", "{n} rows"), 2)
    '2 rows'
    """
    return one, many


@contextmanager
def english() -> Iterator[None]:
    """Speak English for a while: what is stored for programs is the same in all languages.

    Examples
    --------
    >>> from crmlab.language import english
    >>> with english():
    ...     current()
    'en'
    """
    before = current()
    os.environ[VARIABLE] = ENGLISH
    try:
        yield
    finally:
        os.environ[VARIABLE] = before


def _spoken() -> gettext.NullTranslations:
    return _catalogue(current())


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    if language not in languages():
        raise unknown("language", language, languages())
    if language == ENGLISH:
        return gettext.NullTranslations()
    return gettext.translation("crmlab", _CATALOGUES, [language])
