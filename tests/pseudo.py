"""A language made up for tests: every word of the catalogue carries accents, so one without is not in it.

>>> accented("The best {share:.0%} of them")
'Thé bést {share:.0%} õf thém'
"""

import gettext
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

from crmlab import language

NAME = "xx"
TEMPLATE = Path(language.__file__).parent / "locale" / "crmlab.pot"
_ACCENTS = str.maketrans("aeiouAEIOU", "àéîõüÀÉÎÕÜ")
_WORD = re.compile(r"[A-Za-z]*[aeiouAEIOU][A-Za-z]*")


def accented(text):
    """Return a text with accents on its vowels, but for the names of its parts."""
    parts = re.split(r"(\{[^{}]*\})", text)
    return "".join(part if part.startswith("{") else part.translate(_ACCENTS) for part in parts)


@cache
def catalogue():
    """Return what stands in the template: text to its accented form."""
    with TEMPLATE.open("rb") as file:
        ids = [message.id for message in read_po(file) if message.id]
    return {text: accented(text) for each in ids for text in ([each] if isinstance(each, str) else each)}


class Pseudo(gettext.NullTranslations):
    """Translations into the language of the tests."""

    def gettext(self, message):
        return catalogue().get(message, message)

    def ngettext(self, msgid1, msgid2, n):
        return self.gettext(msgid1 if n == 1 else msgid2)


@contextmanager
def spoken() -> Iterator[None]:
    """Speak the language of the tests, in this process."""
    before, known = os.environ.get(language.VARIABLE), language._catalogue
    language._catalogue = lambda name: Pseudo() if name == NAME else known(name)
    os.environ[language.VARIABLE] = NAME
    try:
        yield
    finally:
        language._catalogue = known
        os.environ.pop(language.VARIABLE)
        if before is not None:
            os.environ[language.VARIABLE] = before


def bypassing(text, data=()):
    """Return the words of a text that are not from the catalogue, nor data.

    >>> bypassing("3 cústõmérs bought, of fernhill", data=["fernhill"])
    ['bought', 'of']
    """
    for known in sorted(map(str, data), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", " ", text)
    letters = re.findall(r"[^\W\d_]+", text)
    return [word for word in letters if _WORD.fullmatch(word)]
