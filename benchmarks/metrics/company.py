"""A seeded company in DuckDB: a fact table of touches and what hangs on it. The same numbers on every machine."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import duckdb

from pipeline.decode import read_all
from pipeline.metrics import SemanticManifest, read_semantics
from pipeline.shapes import Relation

FOLDER = Path(__file__).resolve().parent
METRICS = FOLDER / "marts.yml"

_SCALE = "create macro part(n, salt) as hash(n * 7919 + salt) % 1000003 / 1000003.0;"
_TABLES = """
create schema marts;
create table marts.calendar as
    select cast(d as date) as d, 'FY' || (year(d - interval 3 month)) as fiscal_year
    from range(timestamp '2023-01-01', timestamp '2027-01-01', interval 1 day) as days(d);
create table marts.account as
    select n as account_id, 'industry ' || cast(floor(part(n, 1) * 24) as int) as industry,
        ['north', 'south', 'east', 'west'][1 + cast(floor(part(n, 2) * 4) as int)] as region
    from range($accounts) as r(n);
create table marts.lead as
    select n as lead_id, cast(floor(part(n, 3) * $accounts) as bigint) as account_id,
        date '2023-01-01' + cast(floor(part(n, 4) * 1096) as int) as created_on,
        ['web', 'event', 'partner', 'mail', 'phone'][1 + cast(floor(part(n, 5) * 5) as int)] as source
    from range($leads) as r(n);
create table marts.touch as
    select n as touch_id, cast(floor(part(n, 6) * part(n, 7) * $leads) as bigint) as lead_id,
        date '2023-01-01' + cast(floor(n * 1096.0 / $touches + part(n, 8) * 3) as int) as touched_on,
        'channel ' || cast(floor(part(n, 9) * 6) as int) as channel, part(n, 10) < 0.3 as is_paid,
        cast(part(n, 11) * 90 as decimal(18, 2)) as cost
    from range($touches) as r(n);
create table marts.opportunity as
    select n as opportunity_id, cast(floor(part(n, 12) * part(n, 13) * $leads) as bigint) as lead_id,
        date '2023-01-15' + cast(floor(n * 1080.0 / $deals + part(n, 14) * 3) as int) as opened_on,
        cast(part(n, 15) * 90000 as decimal(18, 2)) as amount
    from range($deals) as r(n);
create table marts.customer_order as
    select n as order_id, cast(floor(part(n, 16) * $accounts) as bigint) as account_id,
        date '2023-01-01' + cast(floor(n * 1096.0 / $deals + part(n, 17) * 3) as int) as ordered_on,
        cast(part(n, 18) * 50000 as decimal(18, 2)) as amount
    from range($deals) as r(n);
create table marts.seats as
    select account_id, date '2023-01-01' + cast(day as int) as counted_on, cast(part(account_id + day, 19) * 40 as int) as seats
    from range(1096) as days(day), range($touches // 1000) as accounts(account_id);
"""


def make(database: Path, touches: int) -> None:
    """Write the company with so many touches into a new file, its tables in the order in which a nightly run would leave them."""
    sizes = {"touches": touches, "leads": touches // 5, "deals": touches // 20, "accounts": touches // 50}
    with duckdb.connect(str(database)) as connection:
        connection.execute(_SCALE.replace("create macro", "create temp macro"))
        for statement in filter(str.strip, _TABLES.split(";")):
            for name, size in sizes.items():
                statement = statement.replace(f"${name}", str(size))
            connection.execute(statement)
        connection.execute("checkpoint")


@lru_cache
def manifest() -> SemanticManifest:
    """Read the company's metrics."""
    return read_semantics(read_all(METRICS.read_text(encoding="utf-8"), METRICS.name), lambda name: Relation("marts", name))
