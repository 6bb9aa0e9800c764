"""What is doubtful about each row: one true-or-false column for each doubt."""

from datetime import date
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.quality import status
from crmlab.quality.rows import ROW
from crmlab.reading import contract
from crmlab.reading.names import CURRENCY, FILE, GIVEN

if TYPE_CHECKING:
    import ibis

NOBODY = (
    r"^(?:test(?:s|er|ing)?|test[ _-]?(?:user|customer|account)|guest|dummy|demo|anonymous|anon|unknown|"
    r"walk[ _-]?in|cash(?:[ _-]customer)?|散客|游客|匿名|测试)[ _-]?\d*$"
    r"|^-?0+(?:\.0+)?$|^-1$"
)
"""Ids, in small letters, that stand for nobody in particular, or for nobody at all."""
# What is booked like a product but is none, whatever the codes of products look like.
_NO_PRODUCT = (
    r"^(?:post(?:age)?|shipping|delivery|carriage|freight|bank charges?|(?:amazon ?)?fees?|manual|samples?|"
    r"discounts?|coupon|voucher|gift[ _](?:card|voucher)s?|gift_\d.*|adjust(?:ment)?\d*|"
    r"运费|邮费|折扣|优惠券?|手续费|样品)$"
)
CURRENCY_COLUMNS = {"currency", "currency code", "currencycode", "währung", "waehrung", "币种", "货币"}
"""Plain names of columns that hold the currency of a row."""

CODED = 0.8  # share of rows with a digit in the product from which products are codes, and words stand out
OWN_SCHEME = 0.5  # share of order ids such as C123 from which the C is the firm's letter, not a cancellation
FEW = 100  # customers below which one with a large share of the orders is nothing odd
LARGE = 0.02  # share of all orders that makes an account a collective one ...
USUAL = 10  # ... if it also has so many times the orders of the customer whom only 1 % exceed
FAR = 6.0  # robust standard deviations above the median of log amounts: 1 in 10^9 of a normal distribution
NARROW = 0.5  # least such deviation, so that an extreme amount is at least e^3 = 20 times the median


def marked(table: "ibis.Table", today: date) -> tuple[Any, dict[str, Any]]:
    """Mark the rows of a table that `crmlab.quality.rows.numbered` returned.

    Returns
    -------
    marks : ibis.Table
        One row each: ``row``; ``given_id`` and ``customer``, the id in the spelling that is most common for
        it; ``date``; ``amount``, missing where it is not readable; ``quantity``, ``cost``, ``product``,
        ``order`` and ``currency``, missing where not known; and the doubts ``no_id``, ``no_date``,
        ``no_amount``, ``no_number``, ``future``, ``respelt``, ``account``, ``large``, ``pseudo``, ``copy``,
        ``extreme``, ``is_return``, ``zero``, ``void``, ``partly``, ``unknown``.
    facts : dict
        ``currencies`` (rows by currency, the most common first), ``statuses``, ``large_accounts`` (name
        and share of the orders by id), ``extreme_above``,
        ``spellings`` (ids written in more than one way).
    """
    import ibis

    statuses = status.statuses(table)
    marks = engine.kept(_basic(table, today, statuses))
    usable = marks.filter(~(marks["no_id"] | marks["no_date"] | marks["no_amount"]))
    facts: dict[str, Any] = {"currencies": _currencies(marks), "statuses": statuses}
    spelt = _usual_spellings(marks) if marks["given_id"].type().is_string() else None
    facts["spellings"] = 0
    customer = marks["given_id"]
    if spelt is not None and (found := int(spelt["key"].nunique().to_pyarrow().as_py())):
        facts["spellings"] = found
        marks = marks.left_join(spelt, _key(marks["given_id"]) == spelt["key"])
        customer = ibis.coalesce(marks["usual"], marks["given_id"])
    marks = marks.mutate(customer=customer)
    marks = marks.mutate(respelt=(marks["customer"] != marks["given_id"]).fill_null(False))
    facts |= _whole(usable)
    marks = marks.mutate(**_relative(marks, facts))
    copies = _copies(table)
    marks = marks.left_join(copies, marks["row"] == copies["copied"])
    marks = marks.mutate(copy=marks["copied"].notnull())
    extra = [name for name in ("copied", "key", "usual", "given_text") if name in marks.columns]
    return engine.kept(marks.drop(*extra)), facts


def _basic(table: "ibis.Table", today: date, statuses: list[status.Status]) -> "ibis.Table":
    """Return the columns that are needed, and the doubts that need no other row."""
    import ibis

    broken: dict[str, Any] = {}
    for rule in contract.rules(table)[:-1]:  # the last one is about returns
        broken[rule.part] = broken.get(rule.part, ibis.literal(False)) | rule.broken.fill_null(False)
    customer = table["customer_id"]
    numbers = [broken[part] for part in ("quantity", "price", "cost") if part in broken]
    amount = ibis.ifelse(broken["amount"], ibis.null("float64"), table["amount"].cast("float64"))
    return table.select(
        row=table[ROW],
        given_id=customer,
        given_text=customer.cast("string").strip().lower(),
        date=ibis.ifelse(broken["date"], ibis.null("date"), table["date"]),
        amount=amount,
        quantity=_known(table, "quantity", "float64"),
        cost=_known(table, "cost", "float64"),
        product=_text(table, "product"),
        order=_text(table, "order_id"),
        currency=_currency(table),
        no_id=broken["customer_id"],
        no_date=broken["date"],
        no_amount=broken["amount"],
        no_number=ibis.or_(*numbers) if numbers else ibis.literal(False),
        future=(table["date"] > ibis.literal(today)).fill_null(False),
        **status.marks(table, statuses),
    )


def _known(table: "ibis.Table", part: str, kind: str) -> "ibis.Column":
    import ibis

    return table[part].cast(kind) if part in table.columns else ibis.null(kind)


def _text(table: "ibis.Table", part: str) -> "ibis.Column":
    text = _known(table, part, "string").strip()
    return text.nullif("")


def _currency(table: "ibis.Table") -> "ibis.Column":
    """Return the currency of each row: as written with the amount, else in a column of its own."""
    import ibis

    written = [table[name] for part in ("amount", "price") if (name := CURRENCY + part) in table.columns]
    columns = [name for name in table.columns if plain(name) in CURRENCY_COLUMNS]
    written += [table[name].cast("string").strip().upper() for name in columns]
    return ibis.coalesce(*(text.nullif("") for text in written)) if written else ibis.null("string")


def plain(name: str) -> str:
    """Return the name of a column in small letters, with blanks for signs that part words."""
    return name.strip().lower().replace("_", " ").replace("-", " ")


def _currencies(marks: "ibis.Table") -> dict[str, int]:
    import ibis

    counted = marks.filter(marks["currency"].notnull()).group_by("currency").aggregate(rows=ibis._.count())
    found = counted.order_by(ibis.desc("rows"), "currency").to_pyarrow().to_pylist()
    return {item["currency"]: item["rows"] for item in found}


def _key(text: "ibis.Column") -> "ibis.Column":
    return text.strip().lower()


def _usual_spellings(marks: "ibis.Table") -> "ibis.Table":
    """Return, for ids written in more than one way, the spelling that most rows have."""
    import ibis

    known = marks.filter(~marks["no_id"])
    spelt = known.group_by(key=_key(known["given_id"]), spelling=known["given_id"]).aggregate(
        rows=known.count()
    )
    several = ibis.window(group_by="key")
    spelt = spelt.mutate(ways=spelt.count().over(several))
    spelt = spelt.filter(spelt["ways"] > 1)
    first = ibis.window(group_by="key", order_by=[ibis.desc("rows"), "spelling"])
    ranked = spelt.mutate(place=ibis.row_number().over(first))
    return ranked.filter(ranked["place"] == 0).select("key", usual=ranked["spelling"].strip())


def _whole(usable: "ibis.Table") -> dict[str, Any]:
    """Return what a row is compared with: large accounts, the scale of amounts, how codes look."""
    ids = usable["given_text"]
    orders = usable["order"].nunique() if _any(usable, "order") else usable.count()
    counted = usable.group_by(customer=ids).aggregate(
        orders=orders, name=usable["given_id"].cast("string").max()
    )
    counted = counted.mutate(
        usual=counted["orders"].quantile(0.99).over(), all=counted["orders"].sum().over()
    )
    large = (counted["orders"] > LARGE * counted["all"]) & (counted["orders"] > USUAL * counted["usual"])
    enough = engine.one(counted, customers=counted.count())["customers"] >= FEW
    found = counted.filter(large).order_by("customer").to_pyarrow().to_pylist() if enough else []
    spent = usable.filter(usable["amount"] > 0)
    logs = spent.select(log=spent["amount"].ln())
    middle = engine.one(logs, middle=logs["log"].median())["middle"]
    above = None
    if middle is not None:
        off = engine.one(logs, off=(logs["log"] - middle).abs().median())["off"]
        import math

        above = math.exp(middle + FAR * max(1.4826 * off, NARROW))
    looks = engine.one(
        usable,
        coded=usable["product"].re_search(r"\d").mean(),
        cancelled=_cancelled(usable["order"]).mean(),
    )
    return {
        "large_accounts": {item["customer"]: (item["name"], item["orders"] / item["all"]) for item in found},
        "extreme_above": above,
        "products_are_codes": (looks["coded"] or 0) >= CODED,
        "c_is_cancellation": 0 < (looks["cancelled"] or 0) < OWN_SCHEME,
    }


def _any(table: "ibis.Table", name: str) -> bool:
    return bool(engine.one(table, known=table[name].count())["known"])


def _cancelled(order: "ibis.Column") -> "ibis.Column":
    return order.re_search(r"^[Cc]\d+$")


def _relative(marks: "ibis.Table", facts: dict[str, Any]) -> dict[str, Any]:
    """Return the doubts that need to know the other rows."""
    import ibis

    account = marks["given_text"].re_search(NOBODY).fill_null(False)
    large = marks["given_text"].isin([*facts["large_accounts"]])
    pseudo = marks["product"].lower().re_search(_NO_PRODUCT)
    if facts["products_are_codes"]:
        pseudo = pseudo | ~marks["product"].re_search(r"\d")
    is_return = (marks["amount"] < 0).fill_null(False) | (marks["quantity"] < 0).fill_null(False)
    if facts["c_is_cancellation"]:
        is_return = is_return | _cancelled(marks["order"]).fill_null(False)
    above = facts["extreme_above"]
    extreme = marks["amount"] > above if above is not None else ibis.literal(False)
    return {
        "account": account,
        "large": large.fill_null(False) & ~account,
        "pseudo": pseudo.fill_null(False),
        "is_return": is_return,
        "void": marks["void"] & ~is_return,  # a return is taken off its purchase, whatever its state
        "extreme": extreme.fill_null(False) & ~is_return,
        "zero": (marks["amount"] == 0).fill_null(False) & ~is_return,
    }


def _copies(table: "ibis.Table") -> "ibis.Table":
    """Return the numbers of the rows that repeat an earlier one in every column as given."""
    import ibis

    parsed = {name.removeprefix(GIVEN) for name in table.columns if name.startswith(GIVEN)}
    left_out = {ROW, FILE, *parsed}
    left_out |= {name for name in table.columns if name.startswith(CURRENCY)}
    columns = [name for name in table.columns if name not in left_out]
    # Equal hashes first, for speed; then the columns themselves decide.
    hashed = table.mutate(_hash=ibis.struct({name: table[name] for name in columns}).hash())
    twice = hashed.group_by("_hash").aggregate(_rows=hashed.count())
    twice = twice.filter(twice["_rows"] > 1)
    alike = hashed.semi_join(twice, "_hash")
    place = ibis.row_number().over(ibis.window(group_by=columns, order_by=ROW))
    alike = alike.mutate(_place=place)
    return alike.filter(alike["_place"] > 0).select(copied=alike[ROW])
