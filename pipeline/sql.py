"""SQL text -> what it reads, which clock it looks at, its canonical form. Reading only; nothing is rewritten here."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.shapes import Relation

_CLOCK = frozenset(
    {"CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME", "NOW", "TODAY", "GET_CURRENT_TIMESTAMP", "LOCALTIMESTAMP"}
)


@dataclass(frozen=True)
class Reading:
    """What one statement is and reads. `clock` names the functions whose value changes with the wall clock."""

    kind: str
    tables: tuple[Relation, ...]
    clock: tuple[str, ...]
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
        return Reading(f"{len(statements)} statements", (), (), text)
    tree = statements[0]
    own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    tables = {
        Relation(table.db, table.name)
        for table in tree.find_all(exp.Table)
        if table.name and not (table.db == "" and table.name in own)
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
        tree.sql(dialect="duckdb", comments=False),
    )
