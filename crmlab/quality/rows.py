"""The rows that are audited: read once, numbered, and given back as they were."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmlab import engine
from crmlab.language import mark, tr
from crmlab.reading.names import FILE, GIVEN, OTHER
from crmlab.reading.sources import guarded

if TYPE_CHECKING:
    import ibis

_EXAMPLES = {
    "order_id": mark("order {value}"),
    "product": mark("product {value}"),
    "quantity": mark("quantity {value}"),
    "price": mark("price {value}"),
}
ROW = "_row"
"""Column with the number of each row, from 1 over all files."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of a plan, and what is marked on them.

    Attributes
    ----------
    plan : Plan
        How they are read.
    table : ibis.Table
        What ``plan.typed`` holds, and the number of each row.
    marks : ibis.Table
        See `crmlab.quality.marks.marked`.
    facts : dict
        What was found about the rows as a whole, for the texts.
    """

    plan: Any
    table: "ibis.Table"
    marks: "ibis.Table"
    facts: dict[str, Any] = field(default_factory=dict)

    def given(self, taken: tuple[str, ...] = ()) -> "ibis.Table":
        """Return the rows as given with their numbers; of a folder, ``file`` and the numbers in each file.

        A column whose name is ``taken`` gets " (given)" behind it.
        """
        table = self.table
        part_of = {name: part for part, name in self.plan.columns.items()}
        columns = {ROW: table[ROW], "row": table[ROW]}
        if FILE in table.columns:
            import ibis

            before = table[ROW].min().over(ibis.window(group_by=FILE)) - 1
            columns |= {"row": table[ROW] - before, "file": table[FILE]}
        for name in self.plan.rows.columns:
            if name == FILE:
                continue
            part = part_of.get(name, name)
            held = next(one for one in (GIVEN + part, OTHER + name, part) if one in table.columns)
            is_clash = name.lower() in {ROW, "row", "file", *taken}
            columns[f"{name} (given)" if is_clash else name] = table[held]
        return table.select(**columns)

    def examples(self, found: "ibis.Table", largest: str | None = None, most: int = 3) -> list[str]:
        """Return a few rows as short texts, ``row 17: customer '', 2024-05-01, 12.00``.

        They are the first ones, or those that are largest in a column.
        """
        import ibis

        order = [ibis.desc(largest), "row"] if largest else ["row"]
        numbers = found.order_by(order).limit(most).select("row").to_pyarrow()["row"].to_pylist()
        given, columns = self.given(), self.plan.columns
        days = [name for name in given.columns if given[name].type().is_temporal()]
        given = given.mutate(**{name: given[name].cast("string") for name in days})
        shown = given.filter(given[ROW].isin(numbers)).order_by(ROW).to_pyarrow().to_pylist()
        return [_example(row, columns) for row in shown]


def numbered(plan: Any) -> "ibis.Table":
    """Return what a plan reads, with the number of each row, kept: a text is parsed once only."""
    import ibis

    with guarded(plan.where), engine.in_order(plan.typed):
        table = engine.numbered(plan.typed, ROW)
        return engine.kept(table) if engine.is_embedded(table) else ibis.memtable(table.to_pyarrow())


def _example(row: dict[str, Any], columns: dict[str, str]) -> str:
    from crmlab.errors import short

    customer = short(str(row.get(columns["customer_id"], "") or ""), 30)
    said = [tr("customer {customer!r}", customer=customer)]
    for part in ("order_id", "product", "quantity", "price", "amount", "date"):
        value = row.get(columns.get(part, ""))
        if part in columns:
            text = tr("nothing") if value is None else short(str(value), 30) or "''"
            said.append(tr(_EXAMPLES[part], value=text) if part in _EXAMPLES else text)
    texts = ", ".join(said)
    if "file" in row:
        return tr("row {row:,} of {file}: {texts}", row=row["row"], file=row["file"], texts=texts)
    return tr("row {row:,}: {texts}", row=row["row"], texts=texts)
