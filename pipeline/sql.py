"""SQL text -> what it reads, which clock it looks at, its canonical form. Reading only; nothing is rewritten here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.shapes import Relation

if TYPE_CHECKING:
    from sqlglot.expressions import Column, Expr, Table
    from sqlglot.optimizer.scope import Scope

_CLOCK = frozenset(
    {"CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "NOW", "TODAY", "GET_CURRENT_TIMESTAMP", "LOCALTIMESTAMP"}
)


@dataclass(frozen=True)
class Reading:
    """What one statement is and reads.

    `clock` names the functions whose value changes with the wall clock, `functions` those in FROM that are no series: they read
    files or tables past any check.
    """

    kind: str
    tables: tuple[Relation, ...]
    clock: tuple[str, ...]
    functions: tuple[str, ...]
    canonical: str


def read_sql(text: str) -> Reading | None:
    """Read one DuckDB statement with sqlglot; None where sqlglot does not know the syntax (DuckDB then decides).

    `tables` leaves out the statement's own CTEs; `canonical` is the same for two texts that differ in layout or comments.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = [each for each in sqlglot.parse(text, dialect="duckdb") if each is not None]
    except SqlglotError:
        return None
    if len(statements) != 1:
        return Reading(f"{len(statements)} statements", (), (), (), text)
    tree = statements[0]
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    tables = {
        Relation(table.db, table.name)
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Identifier) and not (table.db == "" and table.name in own)
    }
    functions = {
        (table.this.name if isinstance(table.this, exp.Anonymous) else table.this.sql_name()).lower()
        for table in tree.find_all(exp.Table)
        if isinstance(table.this, exp.Func) and not isinstance(table.this, exp.GenerateSeries)
    }
    clock = {
        name
        for node in tree.find_all(exp.Func)
        if (name := (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).upper()) in _CLOCK
    }
    is_query = isinstance(tree, exp.Query)
    return Reading(
        "query" if is_query else tree.key.upper(),
        tuple(sorted(tables)),
        tuple(sorted(clock)),
        tuple(sorted(functions)),
        tree.sql(dialect="duckdb", comments=False),
    )


@lru_cache(maxsize=4096)
def columns_in(expression: str) -> frozenset[str]:
    """Return the columns that an expression of one row names, in small letters. It has been read before, so it can be read."""
    import sqlglot
    from sqlglot import exp

    return frozenset(each.name.casefold() for each in sqlglot.parse_one(expression, dialect="duckdb").find_all(exp.Column))


_HASHES = frozenset({"hash", "md5_number", "md5_number_lower", "md5_number_upper"})

Origin = tuple[Relation, str]
"""A column of a table: its address and its name."""


def value_origins(text: str, columns: Mapping[Relation, Sequence[str]]) -> dict[str, frozenset[Origin]] | None:
    """Return, for each output column of a query, the table columns whose values it passes on.

    Passing on is copying, casting, joining together or cutting out; what only counts, compares or hashes a value passes nothing
    on. `columns` gives the columns of every table that is read. None where sqlglot cannot follow the query.
    """
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    tables: dict[str, dict[str, dict[str, str]]] = {}
    for relation, names in columns.items():
        tables.setdefault(relation.schema, {})[relation.name] = dict.fromkeys(names, "VARCHAR")
    schema: dict[str, object] = dict(tables)
    try:
        tree = qualify(sqlglot.parse_one(text, dialect="duckdb"), schema=schema, dialect="duckdb", validate_qualify_columns=False)
        scope = build_scope(tree)
    except SqlglotError:
        return None
    if scope is None or not isinstance(tree, exp.Query):
        return None
    try:
        known = {relation: frozenset(name.casefold() for name in names) for relation, names in columns.items()}
        return {name.casefold(): frozenset(_origins(scope, name, known)) for name in tree.named_selects}
    except _LostError:
        return None


class _LostError(Exception):
    """The way of a value cannot be followed here: COLUMNS(), a subquery as a value, a lateral join."""


def _origins(scope: Scope, name: str, known: Mapping[Relation, frozenset[str]]) -> Iterator[Origin]:
    """Walk from an output column of a scope down to the tables. A union passes on what either side does."""
    from sqlglot import exp

    for part in scope.set_operation_scopes:
        outer, inner = _output_names(scope), _output_names(part)
        position = outer.index(name) if name in outer else len(inner)
        yield from _origins(part, inner[position] if position < len(inner) else name, known)
    select = scope.expression
    if not isinstance(select, exp.Select):
        return
    for projection in select.selects:
        if projection.alias_or_name == name:
            for column in _passed_on(projection):
                source = scope.sources.get(column.table)
                if isinstance(source, exp.Table):
                    yield from _of_table(source, column.name.casefold(), known)
                elif source is None or isinstance(source.expression, exp.Lateral | exp.UDTF):
                    raise _LostError
                else:
                    yield from _origins(source, column.name, known)


def _of_table(table: Table, column: str, known: Mapping[Relation, frozenset[str]]) -> Iterator[Origin]:
    """Name a column of a table; what is renamed on the way in, or is no column of it, cannot be followed."""
    from sqlglot import exp

    if isinstance(table.this, exp.GenerateSeries):
        return
    relation = Relation(table.db, table.name)
    if table.alias_column_names or column not in known.get(relation, frozenset()):
        raise _LostError
    yield relation, column


def _output_names(scope: Scope) -> list[str]:
    from sqlglot import exp

    return scope.expression.named_selects if isinstance(scope.expression, exp.Query) else []


def _passed_on(node: Expr) -> Iterator[Column]:
    """Return the columns whose values an expression passes on."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        yield node
        return
    if isinstance(node, exp.Predicate | exp.Count | exp.Length | exp.MD5 | exp.SHA | exp.SHA2 | exp.Connector | exp.Not):
        return
    if isinstance(node, exp.Anonymous) and node.name.casefold() in _HASHES:
        return
    if isinstance(node, exp.Columns | exp.Query | exp.Star | exp.TableColumn):
        raise _LostError
    inner = [node.this] if isinstance(node, exp.Window | exp.WithinGroup | exp.Filter) else node.iter_expressions()
    for each in inner:
        if each is not None:
            yield from _passed_on(each)
