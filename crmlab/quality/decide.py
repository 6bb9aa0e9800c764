"""Every row is used, or set aside with one reason; all money goes with its row."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from crmlab import engine
from crmlab.errors import unknown
from crmlab.language import mark
from crmlab.quality import returns
from crmlab.quality.choices import MOST_COMMON
from crmlab.quality.ledger import Ledger
from crmlab.quality.rows import ROW, Rows
from crmlab.reading.names import FILE, HIDDEN

if TYPE_CHECKING:
    import ibis

# In this order rows are looked at. A row is set aside for the first reason only.
STEPS = (
    ("missing_ids", "no_id", mark("no customer")),
    ("unreadable_dates", "no_date", mark("no readable date")),
    ("unreadable_amounts", "no_amount", mark("no readable amount")),
    ("unreadable_numbers", "no_number", mark("no readable quantity, price or cost")),
    ("future_dates", "future", mark("date after today")),
    ("fallen_through", "void", mark("order cancelled, failed, refunded or never paid")),
    ("currencies", "foreign", mark("another currency")),
    ("accounts", "account", mark("test or guest account")),
    ("large_accounts", "large", mark("account with a very large share of the orders")),
    ("pseudo_products", "pseudo", mark("postage, fee, discount or correction")),
    ("duplicates", "copy", mark("copy of an earlier row")),
    ("extreme_amounts", "extreme", mark("extreme amount")),
    ("returns", "is_return", returns.UNUSED),
    ("zero_amounts", "zero", mark("amount of zero")),
)
_DECISION = {
    "fallen_through": "status",
    "accounts": "accounts",
    "large_accounts": "large",
    "pseudo_products": "products",
    "duplicates": "duplicates",
    "extreme_amounts": "extremes",
    "zero_amounts": "zeros",
}
_RETURNS = [name for name, _, _ in STEPS].index("returns")
_AFTER = {"returns", "zeros"}  # decisions that do not change which return meets which purchase


@dataclass(frozen=True, eq=False)
class Decided:
    """Rows with what became of them.

    Attributes
    ----------
    choices : dict
        Option by decision; the currency by its name.
    fate : ibis.Table
        ``row``; ``customer``; ``date``; ``amount`` as read and ``net`` as used; ``step``, the number of the
        step of `STEPS` that set the row aside (missing: used); ``reason``; ``money``, what left with it;
        ``off_quantity`` and ``off_cost``, what returns take off; and the doubts.
    """

    rows: Rows
    choices: dict[str, str]
    fate: "ibis.Table"
    match: returns.Match

    @cached_property
    def transactions(self) -> "ibis.Table":
        """The rows used, as transactions that meet the contract."""
        import ibis

        fate, table = self.fate, self.rows.table
        used = fate.filter(fate["step"].isnull())
        used = used.select(
            _used="row", _customer="customer", _net="net", _quantity="off_quantity", _cost="off_cost"
        )
        joined = table.inner_join(used, table[ROW] == used["_used"])
        new = {"customer_id": joined["_customer"], "amount": joined["_net"]}
        for part in ("quantity", "cost"):
            if part in table.columns:
                less = joined[part].cast("float64") + joined[f"_{part}"].fill_null(0.0)
                new[part] = ibis.greatest(less, 0.0) if part == "quantity" else less
        hidden = [name for name in table.columns if name.startswith(HIDDEN) or name in (ROW, FILE)]
        joined = joined.mutate(**new).order_by(ROW)  # a join may give them in any order
        return engine.kept(joined.select([name for name in table.columns if name not in hidden]))

    @property
    def set_aside(self) -> "ibis.Table":
        """The rows that are not used, as given, with number, reason and money."""
        fate = self.fate.filter(self.fate["step"].notnull())
        fate = fate.select(_number="row", reason="reason", money="money")
        given = self.rows.given(taken=("reason", "money"))
        joined = given.inner_join(fate, given[ROW] == fate["_number"]).order_by(ROW)
        first = [name for name in ("file", "row", "reason", "money") if name in joined.columns]
        rest = [name for name in joined.columns if name not in {*first, ROW, "_number"}]
        return joined.select([*first, *rest])

    @cached_property
    def ledger(self) -> Ledger:
        """Where every row and all the money went."""
        fate = self.fate
        used = fate["step"].isnull()
        sums = engine.one(
            fate,
            rows_read=fate.count(),
            rows_used=used.sum(),
            rows_set_aside=(~used).sum(),
            money_read=engine.sum_of(fate["amount"]),
            money_used=engine.sum_of(fate["net"], used),
            money_set_aside=engine.sum_of(fate["money"], ~used),
        )
        return Ledger(**{name: value or 0 for name, value in sums.items()})


def decide(rows: Rows, choices: dict[str, str]) -> Decided:
    """Decide about every row."""
    choices = {**choices, "currency": _currency(rows, choices["currency"])}
    marks = _stepped(rows, choices)
    matched = returns.match(_reached(marks))
    return Decided(rows, choices, engine.kept(_fate(marks, matched, choices["returns"])), matched)


def purchases_otherwise(decided: Decided, decision: str, option: str) -> "ibis.Table":
    """Return the ``customer_id``, ``date`` and ``amount`` of the rows used, had one decision been another."""
    marks = _stepped(decided.rows, {**decided.choices, decision: option})
    matched = decided.match if decision in _AFTER else returns.match(_reached(marks))
    return purchases(_fate(marks, matched, option if decision == "returns" else decided.choices["returns"]))


def purchases(fate: "ibis.Table") -> "ibis.Table":
    """Return the ``customer_id``, ``date`` and ``amount`` of the rows used."""
    used = fate.filter(fate["step"].isnull())
    return used.select(customer_id="customer", date="date", amount="net")


def _stepped(rows: Rows, choices: dict[str, str]) -> "ibis.Table":
    """Add to the marks what the choices say of each row: its customer, and the step that sets it aside."""
    marks = rows.marks
    foreign = (marks["currency"] != choices["currency"]).fill_null(False)
    customer = marks["customer"] if choices["ids"] == "merge" else marks["given_id"]
    marks = marks.mutate(foreign=foreign, customer=customer)
    return marks.mutate(step=_first_step(marks, choices))


def _reached(marks: "ibis.Table") -> "ibis.Table":
    """Return the rows that are left when returns meet their purchases."""
    return marks.filter(marks["step"].isnull() | (marks["step"] > _RETURNS))


def _currency(rows: Rows, option: str) -> str:
    found = rows.facts["currencies"]
    if option == MOST_COMMON or (not option and not found):
        return next(iter(found), "")
    if option not in found:
        raise unknown("currency", option, found or ["none is written in these rows"])
    return option


def _first_step(marks: "ibis.Table", choices: dict[str, str]) -> "ibis.Column":
    """Return the number of the first step that sets a row aside; returns are decided later."""
    import ibis

    cases = []
    for number, (name, column, _) in enumerate(STEPS):
        if name != "returns" and choices.get(_DECISION.get(name, ""), "set aside") == "set aside":
            cases.append((marks[column], ibis.literal(number)))
    return ibis.cases(*cases, else_=ibis.null("int64")).cast("int64")


def _fate(marks: "ibis.Table", matched: returns.Match, option: str) -> "ibis.Table":
    """Add what became of returns and their purchases, the reasons and the money."""
    import ibis

    outcome = returns.outcome(matched, option)
    fate = marks.left_join(outcome, marks["row"] == outcome["touched"])
    by_step = ibis.cases(*((fate["step"] == n, reason) for n, (_, _, reason) in enumerate(STEPS)), else_=None)
    is_unsigned = fate["step"].isnull() & fate["is_return"] & (fate["amount"] >= 0)
    reason = ibis.coalesce(
        fate["outcome"], ibis.ifelse(is_unsigned & (option != "set aside"), returns.UNSIGNED, by_step)
    )
    is_out = fate["is_return"] | fate["outcome"].notnull()
    step = fate["step"].fill_null(ibis.ifelse(is_out, _RETURNS, ibis.null("int64")))
    reason = ibis.ifelse(step == _RETURNS, reason.fill_null(returns.UNUSED), by_step)
    gone = ibis.ifelse(fate["outcome"] == returns.NETTED, 0.0, fate["amount"]).fill_null(0.0)
    fate = fate.mutate(net=ibis.coalesce(fate["left"], fate["amount"]), step=step, reason=reason, money=gone)
    return fate.drop("touched", "outcome", "left")
