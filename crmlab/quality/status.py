"""What a column says of an order's state: a cancelled, failed, refunded or unpaid order is no revenue."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.language import mark, tr
from crmlab.quality.ledger import Finding
from crmlab.reading.columns import is_named
from crmlab.reading.names import FILE, GIVEN, HIDDEN

if TYPE_CHECKING:
    import ibis

VOID, PARTLY, SOLD, UNKNOWN = "void", "partly", "sold", "unknown"
"""What a word says: there is no revenue, part of it was paid back, the order stands, or nothing we know."""

_MOST = 10_000  # different words that are read
_SAMPLE = 10_000  # rows by which a column of another name is judged
_NEVER_PAID = "pending|pending payment|payment pending|unpaid|not paid|awaiting payment|on hold|draft|"
_NEVER_PAID += "checkout draft|incomplete|requires payment method|requires action|requires confirmation|"
_NEVER_PAID += "unbezahlt|nicht bezahlt|zahlung ausstehend|ausstehend|wartet auf zahlung|en attente|"
_NEVER_PAID += "pendiente|pendente|in attesa|未付款|未支付|待付款|待支付|等待付款|等待买家付款"
_WORDS = {
    VOID: (
        "cancel|canceled|cancelled|cancellation|void|voided|storno|storniert|abgebrochen|annulliert|annulé|"
        "annulée|annulee|annule|cancelado|cancelada|annullato|取消|已取消|订单取消|作废|已作废|关闭|已关闭|"
        "交易关闭|订单关闭|failed|failure|payment failed|declined|rejected|denied|expired|abandoned|error|"
        "fehlgeschlagen|abgelehnt|abgelaufen|échoué|echoue|fallido|fallida|失败|支付失败|付款失败|交易失败|"
        "refund|refunded|fully refunded|returned|reversed|chargeback|charged back|erstattet|rückerstattet|"
        "zurückerstattet|retourniert|zurückgegeben|remboursé|remboursée|rembourse|reembolsado|rimborsato|"
        "退款|已退款|退款成功|全额退款|退货|已退货|" + _NEVER_PAID
    ),
    PARTLY: (
        "partially refunded|partly refunded|partial refund|partially returned|partially paid|partly paid|"
        "partially cancelled|partially canceled|teilweise erstattet|teilerstattet|teilweise bezahlt|"
        "partiellement remboursé|reembolso parcial|部分退款|部分退货"
    ),
    SOLD: (
        "ok|complete|completed|done|finished|paid|settled|captured|succeeded|success|successful|processing|"
        "in process|processed|approved|accepted|confirmed|created|invoiced|placed|shipped|sent|in transit|"
        "dispatched|delivered|fulfilled|picked up|resolved|bezahlt|abgeschlossen|erledigt|bestätigt|"
        "in bearbeitung|versendet|versandt|verschickt|geliefert|zugestellt|payé|payée|terminé|terminée|"
        "expédié|expédiée|livré|livrée|pagado|pago|completado|concluído|enviado|entregado|entregue|pagato|"
        "completato|spedito|consegnato|完成|已完成|交易完成|交易成功|成功|支付成功|已付款|已支付|买家已付款|待发货|已发货|"
        "卖家已发货|待收货|已收货|已签收|已送达"
    ),
}
_MEANING = {word: kind for kind, words in _WORDS.items() for word in words.split("|")}
_FLAGS = "cancelled|canceled|refunded|voided|storniert|erstattet|已取消|已退款"
_PARCEL = re.compile(
    "fulfil|ship|deliver|versand|liefer|物流|发货"
)  # where a parcel is says nothing of the sale
_YES, _NO = ("true", "yes", "y", "1", "1.0", "ja", "是"), ("false", "no", "n", "0", "0.0", "nein", "否", "")
_TITLES = {
    PARTLY: mark("Orders that were paid back in part"),
    UNKNOWN: mark("Words for an order's state that are not known"),
}


@dataclass(frozen=True)
class Status:
    """A column that says what became of an order: the words in it, with what each says and its rows."""

    column: str
    meaning: dict[str, str]
    rows: dict[str, int]

    def words(self, kind: str) -> list[str]:
        """Return the words of one kind, the most common first."""
        return [word for word in self.rows if self.meaning[word] == kind]

    def listed(self, kind: str) -> str:
        """Return the words of one kind with their rows, for people."""
        words = [f"'{word}' {self.rows[word]:,}" for word in self.words(kind)]
        shown = ", ".join(words[:6])
        return tr("{words} and others", words=shown) if len(words) > 6 else shown


def columns(names: Any) -> list[str]:
    """Return the columns that say by their name what became of an order.

    Examples
    --------
    >>> columns(["Order Status", "is_refunded", "Cancelled at", "Amount Refunded", "state", "status_2"])
    ['Order Status', 'is_refunded', 'Cancelled at', 'Amount Refunded']
    """
    return [name for name in names if is_named("status", name) or _role(name)]


def _role(name: str) -> str:
    """Return what a column holds by its name: a "flag", the "day" or the "money" of an undone order."""
    plain = re.sub(r"[\W_]+", "", name.lower())
    if re.fullmatch(rf"(?:is)?(?:{_FLAGS})", plain):
        return "flag"
    if re.fullmatch(r"(?:cancell?ed|voided)(?:at|on|date)|storniertam|取消时间", plain):
        return "day"
    money = r"(?:amount|total)refunded(?:amount)?|refund(?:ed)?amount|erstatteterbetrag|退款金额"
    return "money" if re.fullmatch(money, plain) else ""


def meaning(word: str, column: str = "") -> str:
    """Return what a word in a column says of an order.

    Examples
    --------
    >>> meaning("wc-cancelled"), meaning("Partially_Refunded"), meaning("已退款"), meaning("gold")
    ('void', 'partly', 'void', 'unknown')
    >>> meaning("true", "Refunded"), meaning("0", "Cancelled")
    ('void', 'sold')
    """
    plain = re.sub(r"[\s_\-]+", " ", word.strip().lower()).removeprefix("wc ").rstrip(".!")
    if _role(column) == "flag" and plain in (*_YES, *_NO):
        return VOID if plain in _YES else SOLD
    return _MEANING.get(plain, UNKNOWN)


def statuses(table: "ibis.Table") -> list[Status]:
    """Return the columns of a table that say what became of an order, by their names or by their words."""
    parsed = {name.removeprefix(GIVEN) for name in table.columns if name.startswith(GIVEN)}
    parts = {"customer_id", "order_id", "category", "channel", "product", FILE, *parsed}
    named, unnamed = [], []
    for name, kind in table.schema().items():
        if name in parts or name.startswith(HIDDEN) or _role(name) in ("day", "money"):
            continue
        if kind.is_nested() or kind.is_temporal():
            continue
        if is_named("status", name) or _role(name) == "flag":
            named.append(name)
        elif kind.is_string() and not _PARCEL.search(name.lower()):
            unnamed.append(name)
    found = {*named, *_of_known_words(table, unnamed)}
    made = [_status(table, name) for name in table.columns if name in found]
    return [status for status in made if status is not None]


def _of_known_words(table: "ibis.Table", names: list[str]) -> list[str]:
    """Return the columns whose first words all say what became of an order, and are two or more."""
    if not names:
        return []
    found = []
    sample = table.select(names).limit(_SAMPLE).to_pyarrow()  # all columns at once, for there may be many
    for name in names:
        words = {word for word in sample[name].unique().to_pylist() if word and word.strip()}
        if 2 <= len(words) <= _MOST and all(meaning(word) != UNKNOWN for word in words):
            found.append(name)
    return found


def _status(table: "ibis.Table", name: str) -> Status | None:
    """Return a column with its words; none where it has none, or a flag has others than yes and no."""
    rows = _words(table, name)
    said = {word: meaning(word, name) for word in rows}
    if not rows or (_role(name) == "flag" and UNKNOWN in said.values()):
        return None
    return Status(name, said, rows)


def _words(table: "ibis.Table", name: str) -> dict[str, int]:
    """Return the rows by word, the most common first."""
    import ibis

    text = table.select(word=table[name].cast("string"))
    text = text.filter((text["word"].strip() != "").fill_null(False))
    counted = text.group_by("word").aggregate(rows=text.count())
    found = counted.order_by(ibis.desc("rows"), "word").limit(_MOST).to_pyarrow().to_pylist()
    return {item["word"]: item["rows"] for item in found}


def marks(table: "ibis.Table", found: list[Status]) -> dict[str, Any]:
    """Return which rows are ``void``, which ``partly``, and whose state is ``unknown``, before returns."""
    import ibis

    said = {kind: [ibis.literal(False)] for kind in (VOID, PARTLY, UNKNOWN)}
    for status in found:
        text = table[status.column].cast("string")
        for kind, rules in said.items():
            rules.append(text.isin(status.words(kind)).fill_null(False))
    for name in table.columns:
        role = "" if name.startswith(HIDDEN) else _role(name)
        if role not in ("day", "money"):
            continue
        text = table[name].cast("string").strip()
        if role == "day":
            said[VOID].append(~text.isin(["", "null", "NaT", "nan", "-"]).fill_null(True))
        else:
            back, paid = text.try_cast("float64").abs(), table["amount"]
            said[VOID].append(((paid > 0) & (back >= paid)).fill_null(False))
            said[PARTLY].append(((back > 0) & (back < paid)).fill_null(False))
    void, partly, unknown = (ibis.or_(*said[kind]) for kind in (VOID, PARTLY, UNKNOWN))
    return {VOID: void, PARTLY: partly & ~void, UNKNOWN: unknown & ~void & ~partly}


def kept(decided: Any) -> tuple[list[Finding], list[str]]:
    """Return findings about rows that are used though their state leaves a doubt, and what was not found."""
    fate = decided.fate
    used = fate["step"].isnull()
    sums: dict[str, Any] = {"rows": fate.count()}
    for kind in _TITLES:
        sums |= {kind: (fate[kind] & used).sum().fill_null(0)}
        sums |= {f"{kind} money": engine.sum_of(fate["amount"], fate[kind] & used)}
    counted = engine.one(fate, **sums)
    findings, clean = [], []
    for kind, title in _TITLES.items():
        if not (number := int(counted[kind])):
            clean.append(tr(title))
            continue
        share, money = number / counted["rows"], round(counted[f"{kind} money"] or 0.0, 2)
        examples = decided.rows.examples(fate.filter(fate[kind] & used))
        name = {PARTLY: "partly_refunded", UNKNOWN: "unknown_status"}[kind]
        words = said_of(decided.rows.facts["statuses"], kind, decided.rows.plan.columns)
        done, otherwise = _told(kind, words)
        findings.append(Finding(name, tr(title), number, share, money, examples, done, otherwise, "caveat"))
    return findings, clean


def _told(kind: str, words: str) -> tuple[str, str]:
    """Return what was done about such rows, and how to do otherwise."""
    if kind == UNKNOWN:
        return (
            tr("Kept as sold: nothing says that these orders fell through ({words}).", words=words),
            tr("If one of these words means that there was no sale, take its rows out of the file."),
        )
    done = tr("Kept with the full amount, for the file does not say what of it the customer keeps.")
    if words:
        done = tr(
            "Kept with the full amount, for the file does not say what of it the customer keeps ({words}).",
            words=words,
        )
    otherwise = tr(
        "Take what was paid back off the amount, or write it as a row of its own with a negative amount."
    )
    return done, otherwise


def said_of(found: list[Status], kind: str, names: Mapping[str, str]) -> str:
    """Return the words of a kind with their rows, by the columns' own names; empty where there are none."""
    lists = {names.get(one.column, one.column): one.listed(kind) for one in found if one.words(kind)}
    said = [tr("'{column}' says {words}", column=column, words=words) for column, words in lists.items()]
    return "; ".join(said)
