"""A relation in the shape of the raw log -> a query with typed columns and the faults of each record."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.shapes import comma, literal, quote
from pipeline.sources.conversions import Conversion, conversion
from pipeline.sources.source import SourceColumn, SourceTable


def typed_query(
    table: SourceTable, relation: str, *, kept: Sequence[str], present: Collection[str], extra: Collection[str] = ()
) -> str:
    """Return a query over `relation` with the columns `kept`, the declared columns typed, `_is_deleted` and `_faults`.

    `_faults` is NULL for a record that could be read, else a list of {column, value, rule}; a record with `_fault` has that one.
    `present` are the exported headers that are columns of the relation, `extra` those that stand in `_extra` of some record.
    """
    steps = [_Step(table, number, column, present, extra) for number, column in enumerate(table.columns)]
    own = comma(list(kept))
    texts = comma([f"{each.text} as t{each.number}" for each in steps])
    cleaned = comma([f"{each.made.cleaned} as x{each.number}" for each in steps])
    parsed = comma([f"{each.made.parsed} as p{each.number}" for each in steps])
    values = comma([f"({each.made.value})::{each.column.type} as v{each.number}" for each in steps])
    named = comma([f"v{each.number} as {quote(each.column.name)}" for each in steps])
    inner = f"select *, {texts} from (select * from {relation})"
    for layer in (cleaned, parsed, values):
        inner = f"select *, {layer} from ({inner})"
    return f"select {own}, {named}, {_deleted(table, steps)} as _is_deleted, {_faults(steps)} as _faults from ({inner})"


class _Step:
    """A column on its way through the layers: text t, cleaned x, parsed p, value v, each with the column's number."""

    def __init__(
        self, table: SourceTable, number: int, column: SourceColumn, present: Collection[str], extra: Collection[str]
    ) -> None:
        self.number, self.column = number, column
        folded = {each.casefold() for each in present}
        texts = [quote(each) for each in column.headers if each.casefold() in folded]
        texts += [f"json_extract_string(_extra, {literal(_pointer(each))})" for each in column.headers if each in extra]
        self.text = f"coalesce({comma([*texts, 'NULL::varchar'])})"
        self.made: Conversion = conversion(
            column,
            text=f"t{number}",
            cleaned=f"x{number}",
            parsed=f"p{number}",
            has_cells=table.format in ("xlsx", "parquet"),
        )


def _deleted(table: SourceTable, steps: Sequence[_Step]) -> str:
    condition = table.deleted_when
    if condition is None:
        return "false"
    text = next(f"t{each.number}" for each in steps if each.column.name == condition.column)
    return f"coalesce({text} in ({comma([literal(each) for each in condition.values])}), false)"


def _pointer(header: str) -> str:
    return "/" + header.replace("~", "~0").replace("/", "~1")


def _faults(steps: Sequence[_Step]) -> str:
    """Return the list of faults; it is only put together for records that have one."""
    broken, listed = [], []
    for each in steps:
        unread = f"x{each.number} is not null and v{each.number} is null"
        what = f"'column': {literal(each.column.name)}, 'value': t{each.number}"
        if each.made.rule != "NULL":
            broken.append(f"({unread})")
            listed.append(f"case when {unread} then {{{what}, 'rule': {each.made.rule}}} end")
        if each.column.required:
            broken.append(f"x{each.number} is null")
            listed.append(f"case when x{each.number} is null then {{{what}, 'rule': 'required'}} end")
    nothing = 'NULL::struct("column" varchar, "value" varchar, "rule" varchar)[]'
    one = "[{'column': NULL::varchar, 'value': coalesce(_unparsed, _key), 'rule': _fault}]"
    if not broken:
        return f"case when _fault is not null then {one} else {nothing} end"
    found = f"list_filter([{comma(listed)}], lambda fault: fault is not null)"
    return f"case when _fault is not null then {one} when {' or '.join(broken)} then {found} else {nothing} end"
