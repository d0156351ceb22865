"""Merged records -> the record that survives them, however long the chain of merges is."""

from __future__ import annotations

from pipeline.engines.duckdb import Engine
from pipeline.findings import Finding, Severity, finding
from pipeline.shapes import quote
from pipeline.sources.source import SourceTable


def write_survivors(engine: Engine, table: SourceTable) -> tuple[Finding, ...]:
    """Set `_survivor_key` of the typed table: the end of the chain of merges that begins at each row, itself without a merge.

    The end need not be in the table. Records that were merged in a circle have no end: all that lead into one survive as its
    lowest key, and a warning says how many.
    """
    assert table.merged_into is not None
    engine.execute(
        f"create or replace temp table merge_step as select _key, {quote(table.merged_into)}::varchar as into_key"
        f" from {table.relation} where into_key is not null and into_key <> _key"
    )
    engine.execute(
        "create or replace temp table merge_end as with recursive ended as (select _key, into_key as end_key from merge_step s"
        " where not exists (select 1 from merge_step t where t._key = s.into_key)"
        " union all select s._key, e.end_key from merge_step s join ended e on s.into_key = e._key)"
        " from ended"
    )
    circling = _circles(engine)
    engine.execute(
        f"update {table.relation} t set _survivor_key = n.end_key"
        f" from (select k._key, coalesce(e.end_key, k._key) as end_key from {table.relation} k"
        " left join merge_end e using (_key)) n where n._key = t._key and n.end_key is distinct from t._survivor_key"
    )
    if not circling:
        return ()
    return (finding("merge_circle", table.place, severity=Severity.WARNING, table=table.full_name, records=circling),)


def _circles(engine: Engine) -> int:
    """Give every record that leads into a circle the circle's lowest key as its end; return how many there are."""
    steps = dict(engine.rows("select _key, into_key from merge_step where _key not in (select _key from merge_end)"))
    for start in steps:
        seen: dict[str, None] = {}
        at = start
        while at not in seen:
            seen[at] = None
            at = steps[at]
        circle = list(seen)[list(seen).index(at) :]
        engine.execute("insert into merge_end values (?, ?)", [start, min(circle)])
    return len(steps)
