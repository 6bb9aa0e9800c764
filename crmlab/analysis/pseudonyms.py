"""Pseudonyms: names that only the owner of a key can lead back to customers."""

import base64
import hashlib
import os
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from crmlab.errors import InputError

_BYTES = 32
_LENGTH = (
    10  # bytes of a pseudonym: among a million customers two share one with a chance of one in a million
)
_ORDER = re.compile(r"[Cc]?\d+")


def key_of(path: Path, out: Path | None) -> bytes:
    """Return the key in a file; make one, for its owner's eyes only, where there is none.

    The same key gives the same customer the same pseudonym in every analysis. Who has it can find out whether
    a customer is in a file, so it must not lie beside the results.

    Raises
    ------
    InputError
        The file lies in the folder of the results, or holds no key.
    """
    if out is not None and path.resolve().is_relative_to(out.resolve()):
        raise InputError(f"The key {path.name} would lie among the results. Keep it in another folder.")
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    made = secrets.token_hex(_BYTES)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(made + "\n")
    return bytes.fromhex(made)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise InputError(
            f"{path.name} holds no key of crmlab, which is {2 * _BYTES} hexadecimal digits. Name a file that "
            "does not exist yet, and a key is made."
        )
    return key


def of_customer(text: str, key: bytes) -> str:
    """Return the pseudonym of a customer's id.

    It begins with a letter and has letters and digits only, so no spreadsheet changes it. Ids that differ
    only by capitals or blanks get pseudonyms that differ only by capitals, so the audit still finds them.

    Examples
    --------
    >>> of_customer("ann", bytes(32))
    'PRR2HJBDVQOTWXFFA'
    >>> of_customer("Ann ", bytes(32)).upper() == of_customer("ann", bytes(32))
    True
    """
    plain = text.strip().lower()
    name = "P" + base64.b32encode(_digest(plain, key)).decode("ascii")
    if text == plain:
        return name
    turns = _digest(text, key)
    return "".join(sign.lower() if turns[place % _LENGTH] & 1 else sign for place, sign in enumerate(name))


def of_order(text: str, key: bytes) -> str:
    """Return the pseudonym of an order's number; the C of a cancelled order stays.

    Examples
    --------
    >>> of_order("C536379", bytes(32))[0], of_order("536379", bytes(32)).isdigit()
    ('C', True)
    """
    number = str(int.from_bytes(_digest(text, key)))
    plain = _ORDER.fullmatch(text)
    return ("C" if text[0] in "Cc" else "") + number if plain else "O" + number


def _digest(text: str, key: bytes) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=key, digest_size=_LENGTH).digest()


def hidden(plan: Any, key: bytes) -> Any:
    """Return a plan whose rows carry pseudonyms for customers and orders, and no column that plays no part.

    What stands for nobody (an empty id, a guest's, a total's) stays, so that the audit finds it. A column
    with the currency stays, too.
    """
    import ibis

    from crmlab import engine
    from crmlab.quality import marks, status
    from crmlab.quality.rows import ROW
    from crmlab.reading.names import CURRENCY, FILE, GIVEN

    parts = plan.columns
    extra = [name for name in plan.rows.columns if marks.plain(name) in marks.CURRENCY_COLUMNS]
    states = {*status.columns(plan.rows.columns), *(one.column for one in status.statuses(plan.typed))}
    extra += [name for name in plan.rows.columns if name in states and name not in extra]
    kept = {*parts, *extra, "amount", FILE}
    kept |= {prefix + part for part in [*parts, "amount"] for prefix in (GIVEN, CURRENCY)}
    kept -= {GIVEN + part for part in ("customer_id", "order_id")}
    nobody = _nobody(plan.typed)
    ordered = engine.numbered(plan.typed, ROW).order_by(ROW)  # rows are named by their place in the source
    typed = ordered.select([name for name in plan.typed.columns if name in kept]).to_pyarrow()
    typed = _replaced(typed, "customer_id", lambda text: text if text in nobody else of_customer(text, key))
    if "order_id" in parts:
        typed = _replaced(typed, "order_id", lambda text: of_order(text, key))
    columns = [name for name in plan.rows.columns if name in {*parts.values(), *extra, FILE}]
    return replace(plan, rows=plan.rows.select(columns), typed=ibis.memtable(typed))


def _nobody(typed: Any) -> set[str]:
    """Return the ids that stand for nobody."""
    import ibis

    from crmlab.quality import marks
    from crmlab.reading import contract

    text = typed["customer_id"].cast("string")
    missing = [rule.broken for rule in contract.rules(typed) if rule.part == "customer_id"]
    found = typed.filter(ibis.or_(*missing, text.strip().lower().re_search(marks.NOBODY)))
    return set(found.select(id=found["customer_id"].cast("string")).distinct().to_pyarrow()["id"].to_pylist())


def _replaced(rows: Any, name: str, rename: Callable[[str], str]) -> Any:
    """Rename the distinct values of a column; what is missing or blank stays."""
    import pyarrow as pa

    place = rows.column_names.index(name)
    values = rows.column(place).combine_chunks()
    coded = (values if isinstance(values, pa.Array) else pa.concat_arrays(values.chunks)).dictionary_encode()
    texts = [None if value is None else str(value) for value in coded.dictionary.to_pylist()]
    new = [rename(text) if text and text.strip() else text for text in texts]
    return rows.set_column(place, name, pa.array(new, pa.string()).take(coded.indices))
