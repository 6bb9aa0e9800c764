"""The encoding of a text file: what its bytes show, and a question where they can be read in two ways."""

import codecs
import re
from pathlib import Path

from crmlab.errors import DataError, some
from crmlab.reading import packed

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_MOST = 2_000  # words that are looked at
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_SHARED = "äöüßéáíóúçëîâô"  # letters of many languages, and in one place in most encodings of Windows
# Letters of the languages that each encoding is for, beyond the shared ones.
_WEST = (
    "àèêïùûœæÿ",  # French
    "àèìòùï",  # Italian, Catalan
    "ñàèòï",  # Spanish, Catalan
    "àãêõ",  # Portuguese
    "åæøàèê",  # the North
    "àèêïñ",  # what shops of several countries have most
)
_OTHERS = {
    "cp1250": ("ąćęłńśźż", "čďěňřšťůýž", "čďĺľňŕšťýž", "őű", "čćđšž", "ăşţ"),
    "cp1254": ("ğışi",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "õšž"),
    "mac_roman": ("àãåæèêìïñòõøùûœÿ",),
    "cp850": ("àãåæèêìïñòõøùûÿ",),
}


def found(path: Path) -> str:
    """Return the encoding that the bytes show.

    Raises
    ------
    DataError
        It cannot be told, or there are several, in which the letters differ.
    """
    with packed.opened(path) as file:
        head = file.read(packed.CHUNK)
    for mark, name in _MARKS.items():
        if head.startswith(mark):
            return name
    high, low = head[:200:2].count(0), head[1:200:2].count(0)  # signs, digits and spaces have a zero byte
    if max(high, low) > len(head[:200]) // 8 and min(high, low) < max(high, low) // 8:
        return "utf-16-le" if low > high else "utf-16-be"
    if _decodes(path, "utf-8"):
        return "utf-8"
    if _decodes(path, "gb18030") and _is_chinese(path):
        return "gb18030"
    western = "cp1252" if _decodes(path, "cp1252") else "latin-1"
    if not _is_western(path, western):
        raise DataError(
            f"{path.name} is in an encoding that cannot be told. Save it as UTF-8, or name it, for example "
            'encoding="cp1250" (Central Europe), "cp1251" (Cyrillic), "shift-jis", "big5" or "gb18030".'
        )
    _check_letters(path, western)
    return western


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with packed.opened(path) as file:
            while chunk := file.read(packed.CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _is_chinese(path: Path) -> bool:
    """Whether most of what is not ASCII is a frequent Chinese character, or a sign of Chinese text.

    Western text passes as GB18030 at times, but as rare characters: the frequent ones (level 1 of GB 2312)
    need two capital letters with accents, or signs, side by side.
    """
    frequent = other = 0
    with packed.opened(path) as file:
        for line in file:
            if line.isascii():
                continue
            for character in line.decode("gb18030", errors="ignore"):
                code = character.encode("gb18030")
                if len(code) == 2:
                    lead = code[0]
                    is_frequent = 0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7
                    frequent, other = frequent + is_frequent, other + (not is_frequent)
            if frequent + other > 2_000:
                break
    return frequent > other


def _is_western(path: Path, encoding: str) -> bool:
    """Whether most of what is not ASCII stands alone, as accents and currency signs do in Western text."""
    alone = side_by_side = 0
    with packed.opened(path) as file:
        for line in file:
            if line.isascii():
                continue
            text = f" {line.decode(encoding, errors='replace')} "
            for before, character, after in zip(text, text[1:], text[2:], strict=False):
                if not character.isascii() and character != "\xa0":
                    is_alone = before.isascii() and after.isascii()
                    alone, side_by_side = alone + is_alone, side_by_side + (not is_alone)
            if alone + side_by_side > 2_000:
                break
    return alone >= side_by_side


def _check_letters(path: Path, western: str) -> None:
    """Raise DataError where the words look odd in a Western encoding, and right in another one."""
    words = _words(path)
    if not words or _is_natural(words, western):
        return
    readings = {western: _decoded(words, western)}
    for name in _OTHERS:
        if _fits(words, name) and _decoded(words, name) not in readings.values():
            readings[name] = _decoded(words, name)
    if len(readings) == 1:
        return
    said = "; ".join(f"as {name} it holds {some(map(repr, shown))}" for name, shown in readings.items())
    options = " or ".join(f'encoding="{name}"' for name in readings)
    raise DataError(
        f"{path.name} can be read in several ways: {said}. Say which is right: {options}. Best is to save it "
        "as UTF-8."
    )


def _decoded(words: list[bytes], name: str) -> list[str]:
    """Return words as an encoding reads them, the longest first, which say most."""
    return [word.decode(name, errors="replace") for word in sorted(words, key=lambda word: -len(word))]


def _words(path: Path) -> list[bytes]:
    """Return the first words that are not all ASCII, each once, with the signs around them."""
    words: dict[bytes, None] = {}
    with packed.opened(path) as file:
        for line in file:
            if not line.isascii():
                words |= dict.fromkeys(_WORD.findall(line))
            if len(words) > _MOST:
                break
    return list(words)


def _is_natural(words: list[bytes], western: str) -> bool:
    """Whether a Western encoding makes words of one language of the West, with signs where they belong."""
    letters: set[str] = set()
    for word in words:
        text = f" {word.decode(western, errors='replace')} "
        for before, sign, after in zip(text, text[1:], text[2:], strict=False):
            if sign.isascii() or sign.lower() in _SHARED or sign in "ªº":
                continue
            if not sign.isalpha():
                if not _belongs(before, sign, after):
                    return False
            elif sign == "È" and not before.isalpha() and after.islower():
                return False  # no word of the West begins so, and many a Czech name does
            elif sign not in "ŠŽ" or before.isalpha():
                letters.add(sign.lower())
    return any(letters <= set(language) for language in _WEST)


def _belongs(before: str, sign: str, after: str) -> bool:
    """Whether a sign stands where one may stand, and not in the place of a letter."""
    if sign in "’‘´·\xa0\xad":
        return True
    if sign in "–—":
        return not (before.islower() and after.islower())
    if sign in "¹³":
        return not after.isalpha() and (before in "mM" or not before.isalpha())
    if sign == "¿":
        return not before.isalpha()
    if sign in "£¥¯¼¾":
        return not (before.isalpha() or after.isalpha())
    return sign.isprintable() and not (before.isalpha() and after.isalpha())


def _fits(words: list[bytes], name: str) -> bool:
    """Whether an encoding makes words of one of its languages, with letters wherever a letter may be."""
    letters: set[str] = set()
    for word in words:
        try:
            text = f" {word.decode(name)} "
        except UnicodeDecodeError:
            return False
        for before, sign, after in zip(text, text[1:], text[2:], strict=False):
            if sign.isascii() or sign in "’‘´–·":
                continue
            if sign.isalpha():
                letters.add(sign.lower()[0])
            elif before.isalpha() or after.isalpha():
                return False
    return any(letters <= set(language) | set(_SHARED) for language in _OTHERS[name])
