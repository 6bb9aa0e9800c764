"""Which column plays which part: suggested from names and contents, with the reason, and never by chance."""

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.arguments import said
from crmlab.errors import DataError, InputError, some, unknown
from crmlab.language import tr
from crmlab.reading import dates, money
from crmlab.reading.names import FILE, NUMBERS, OPTIONAL, REQUIRED
from crmlab.reading.options import ORDERS
from crmlab.reading.text import holds_data

if TYPE_CHECKING:
    import ibis

# Usual names of each part, the exact ones before those that say less.
_NAMES = {
    "customer_id": (
        "customer id|customer no|customer nr|customer number|customer code|customer key|cust id|cust no|"
        "client id|client no|client number|user id|member id|member no|account id|buyer id|shopper id|"
        "kundennummer|"
        "客户编号|客户id|客户号|客户代码|会员号|会员编号|会员id|用户id|用户编号|买家id|顾客编号|顾客id",
        "customer|client|user|member|account|buyer|shopper|cust|email|customer email|customer name|"
        "客户|会员|用户|买家|顾客|客户名称|客户姓名|会员卡号|会员名|买家会员名",
    ),
    "date": (
        "order date|invoice date|purchase date|transaction date|sale date|sales date|date of purchase|"
        "date of order|order day|bestelldatum|订单日期|下单时间|下单日期|购买日期|购买时间|交易日期|交易时间|"
        "订单时间|消费日期|消费时间",
        "date|day|datum|timestamp|date time|datetime|time|created at|created|order time|paid at|payment date|"
        "日期|时间|付款时间|支付时间|创建时间|订单创建时间|订单付款时间",
    ),
    "amount": (
        "amount|order amount|total amount|sales amount|amount paid|net amount|order total|order value|"
        "line total|total price|revenue|sales|turnover|paid|betrag|umsatz|"
        "金额|实付金额|订单金额|销售额|销售金额|消费金额|成交金额|支付金额|付款金额|总金额|实收金额",
        "total|value|spend|spent|price|sum|subtotal|payment|总价|价格|应付金额",
    ),
    "order_id": (
        "order id|order no|order number|invoice no|invoice id|invoice number|transaction id|transaction no|"
        "receipt id|receipt no|basket id|订单号|订单编号|订单id|交易号|交易编号|单号|发票号",
        "order|invoice|transaction|receipt|basket|订单",
    ),
    "quantity": ("quantity|qty|number of units|数量|购买数量|商品数量|件数", "units|pieces|menge"),
    "price": ("unit price|price per unit|price each|item price|单价|商品单价", "price|价格"),
    "cost": ("cost|cost of goods|cogs|goods cost|total cost|成本|总成本|商品成本", "costs"),
    "category": (
        "category|product category|item category|品类|商品品类|类别|商品类别|商品分类|分类",
        "department",
    ),
    "channel": ("channel|sales channel|order channel|渠道|销售渠道|购买渠道", "来源渠道"),
    "product": (
        "product id|product code|product no|stock code|sku|item id|item code|item no|article no|"
        "商品编号|商品id|商品编码|商品代码|货号",
        "product|item|商品|商品名称|product name|item name",
    ),
    "status": (
        "order status|status of order|status|payment status|financial status|transaction status|order state|"
        "invoice status|charge status|bestellstatus|auftragsstatus|zahlungsstatus|statut|estado|stato|"
        "订单状态|交易状态|支付状态|付款状态|状态",
        "",
    ),
}


class Suggestion(dict[str, str]):
    """Column by part, with the reason of each choice and the columns that fit a part equally well."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: dict[str, str] = {}
        self.rivals: dict[str, list[str]] = {}

    def choose(self, part: str, column: str, reason: str) -> None:
        """Give a part to a column."""
        self[part] = column
        self.reasons[part] = reason

    def __repr__(self) -> str:
        lines = [f"{part}: '{column}', {self.reasons[part]}" for part, column in self.items()]
        lines += [f"{part}: open, {some(map(repr, names))} fit alike" for part, names in self.rivals.items()]
        return "\n".join(lines) or "no column that is known"


def mapping(columns: Any) -> dict[str, str | None]:
    """Return a mapping of parts to columns, or raise InputError for what is none."""
    if columns is None:
        return {}
    is_mapping = isinstance(columns, Mapping) and all(
        isinstance(name, str | None) for name in columns.values()
    )
    if not is_mapping:
        raise InputError(
            f"columns is {said(columns)}, but must map parts to names of your columns, such as "
            '{"customer_id": "Client no."}.'
        )
    return dict(columns)


def fits(names: Iterable[str], given: Mapping[str, str | None]) -> bool:
    """Whether columns can play the needed parts, by their names alone."""
    names = [*names]
    if not {name for name in given.values() if name} <= set(names):
        return False
    found = {part for part in _NAMES if given.get(part) or any(_tier(part, name) for name in names)}
    return {"customer_id", "date"} <= found and ("amount" in found or {"quantity", "price"} <= found)


def suggest(table: "ibis.Table", given: Mapping[str, str | None] | None = None) -> Suggestion:
    """Suggest which column plays which part.

    A part goes to the column that is named for it; of several, to the one whose name says most and whose
    contents fit. Where two fit alike, the part stays open, and both are among the ``rivals``.

    Parameters
    ----------
    table : ibis.Table
        The rows as given.
    given : mapping, optional
        Parts that are decided already; None for a part that is not wanted.

    Raises
    ------
    InputError
        A part or a column that does not exist.
    """
    chosen = Suggestion()
    for part, name in (given or {}).items():
        if part not in _NAMES:
            raise unknown("part of a transaction", part, REQUIRED + OPTIONAL)
        if name is None:
            continue
        if name not in table.columns:
            raise unknown("column", name, table.columns, where="the table")
        chosen.choose(part, name, tr("as you said"))
    closed = set(given or ())
    free = [name for name in table.columns if name not in chosen.values()]
    for part in _NAMES:
        if part in free and part not in closed:
            chosen.choose(part, part, tr("which has the part's own name"))
            free.remove(part)
    for part in (
        "customer_id",
        "date",
        "order_id",
        "quantity",
        "cost",
        "category",
        "channel",
        "product",
        "status",
    ):
        if part not in chosen and part not in closed:
            _by_name(chosen, part, table, free)
    if "amount" not in chosen and "amount" not in closed:
        if "quantity" in chosen and not {"price"} & closed:
            free_or_amount = [name for name in free if _tier("amount", name) != 1 or not _tier("price", name)]
            _by_name(chosen, "amount", table, free_or_amount)
            if "amount" not in chosen and "price" not in chosen:
                _by_name(chosen, "price", table, free)
        else:
            _by_name(chosen, "amount", table, free)
    if "date" not in chosen and "date" not in chosen.rivals and "date" not in closed:
        _by_contents(chosen, table, free)
    if "amount" in chosen and "price" not in closed:
        chosen.pop("price", None)  # nothing follows from it, so it need not be there in every row
        chosen.reasons.pop("price", None)
    return chosen


def complete(table: "ibis.Table", given: Mapping[str, str | None], where: str) -> Suggestion:
    """Return the parts of a table's columns; refuse a table that lacks one, or in which two fit alike."""
    missing_columns = [name for name in given.values() if name is not None and name not in table.columns]
    if missing_columns:
        raise unknown("column", missing_columns[0], table.columns, where=where)
    chosen = suggest(table, given)
    is_priced = {"quantity", "price"} <= set(chosen)
    missing = [part for part in REQUIRED if part not in chosen and not (part == "amount" and is_priced)]
    open_ = [part for part in missing if part in chosen.rivals]
    if open_:
        part, rivals = open_[0], chosen.rivals[open_[0]]
        raise DataError(
            f"In {where}, the columns {some(map(repr, rivals), most=6)} fit the part '{part}' equally well. "
            f'Say which one plays it with columns={{"{part}": "{rivals[0]}"}}.'
        )
    if missing:
        hint = (
            "Its first line seems to hold an order: give it a header. " if holds_data(table.columns) else ""
        )
        present = some((name for name in table.columns if name != FILE), most=50) or "none: it is empty"
        raise DataError(
            f"There is no column {some(map(repr, missing))} in {where}, only {present}. {hint}"
            f'Name the one that plays the part with columns={{"{missing[0]}": "your column"}}.'
        )
    for part, name in chosen.items():
        kind = table[name].type()
        if part in NUMBERS and not (kind.is_numeric() or kind.is_string()):
            raise DataError(f"In {where}, column '{name}' holds {kind} values. The {part} must be a number.")
        if part == "customer_id" and (kind.is_nested() or kind.is_binary() or kind.is_unknown()):
            raise DataError(f"In {where}, column '{name}' holds {kind} values. Ids must be text or numbers.")
    return chosen


def _by_name(chosen: Suggestion, part: str, table: "ibis.Table", free: list[str]) -> None:
    """Give a part to the free column whose name and contents fit best."""
    tiers = {name: tier for name in free if (tier := _tier(part, name))}
    if len(tiers) > 1:
        readable = [name for name in tiers if _reads(part, table, name)]
        tiers = {name: tiers[name] for name in readable or tiers}
    best = [name for name, tier in tiers.items() if tier == max(tiers.values())]
    if len(best) == 1:
        others = [name for name in tiers if name != best[0]]
        more = tr(", closer than {others}", others=some(map(repr, others))) if others else ""
        chosen.choose(part, best[0], tr("a usual name of it{more}", more=more))
        free.remove(best[0])
    elif best:
        chosen.rivals[part] = best


def _by_contents(chosen: Suggestion, table: "ibis.Table", free: list[str]) -> None:
    """Give the date to the only column that holds dates, whatever its name."""
    found = [name for name in free if not table[name].type().is_numeric() and _reads("date", table, name)]
    if len(found) == 1:
        chosen.choose("date", found[0], tr("the only column that holds dates"))
        free.remove(found[0])
    elif found:
        chosen.rivals["date"] = found


def is_named(part: str, name: str) -> bool:
    """Whether a column bears a usual name of a part."""
    return _tier(part, name) > 0


def _tier(part: str, name: str) -> int:
    """Return 3 for the part's own name, 2 and 1 for usual names, 0 for others."""
    if name == part:
        return 3
    joined = _words(name).replace(" ", "")
    exact, loose = _usual(part)
    return 2 if joined in exact else int(joined in loose)


@cache
def _usual(part: str) -> tuple[set[str], set[str]]:
    """Return the names of a part, without spaces: the exact ones, and those that say less."""
    exact, loose = (set(names.replace(" ", "").split("|")) for names in _NAMES[part])
    return exact, loose


@lru_cache(4096)
def _words(name: str) -> str:
    """Return a name as small words: 'InvoiceDate', 'invoice_date' and 'Invoice Date (UTC)' are one."""
    name = re.sub(r"[(（\[].*?[)）\]]", " ", name)
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", name.lower()))


def _reads(part: str, table: "ibis.Table", name: str) -> bool:
    """Whether most of a column's first values can be read as the part."""
    import ibis

    values = table[name]
    kind = values.type()
    if part in NUMBERS and kind.is_numeric():
        return True
    if part == "date" and (kind.is_date() or kind.is_timestamp()):
        return True
    if part not in {*NUMBERS, "date"}:
        return bool(engine.one(table.limit(1000), filled=values.notnull().any())["filled"])
    if not engine.is_embedded(table) or not (kind.is_string() or kind.is_numeric()):
        return False
    rows = table.select(value=values.cast("string")).limit(1000)
    text = rows["value"]
    readings = (
        [dates.days(text, order) for order in ORDERS]
        if part == "date"
        else [money.number(text, sign) for sign in ".,"]
    )
    readable = ibis.coalesce(*readings).notnull().sum().fill_null(0)
    counts = engine.one(rows, readable=readable, filled=(text.strip() != "").sum().fill_null(0))
    return bool(counts["filled"] and counts["readable"] * 2 >= counts["filled"])
