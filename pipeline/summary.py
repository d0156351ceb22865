"""The published file -> what a person wants to know first: goals, funnel, rejects, checks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from pipeline.engines.duckdb import Engine, EngineError, attach, open_engine
from pipeline.shapes import Table


@dataclass(frozen=True)
class Summary:
    """One row per goal, per funnel stage, per export with rejected rows, and per status of checks; all as of one date."""

    as_of: dt.date
    goals: Table
    funnel: Table
    rejects: Table
    checks: Table


def summarize(published: Path) -> Summary:
    """Read the summary of a published file. A table that a project does not publish gives no rows."""
    with open_engine(None) as engine:
        attach(engine, published, "pub", read_only=True)
        engine.execute("use pub")
        as_of = engine.value("select as_of_date from ops.manifest")
        return Summary(
            as_of=as_of,
            goals=_rows(
                engine,
                "select kgi_id, label_ja, label_en, unit, period_start, period_end, target, target_to_date, actual, attainment,"
                " gap_to_date, status, landing_p50, p_attain, null_reason from main.v_latest_kgi"
                " where grain = 'period' order by kgi_id",
            ),
            funnel=_rows(
                engine,
                "select stage, stage_rank, count(*) as entries, sum(amount)::decimal(18,2) as amount from marts.fct_funnel"
                f" where is_counted and entered_date <= date '{as_of}' and entered_date >="
                f" (select max(fiscal_year_start) from marts.dim_fiscal_calendar where date = date '{as_of}')"
                " group by all order by stage_rank",
            ),
            rejects=_rows(
                engine,
                "select source_table, rule, sum(row_count)::bigint as rejected from ops.reject_count group by all order by all",
            ),
            checks=_rows(engine, "select status, severity, count(*) as checks from ops.check_result group by all order by all"),
        )


def _rows(engine: Engine, sql: str) -> Table:
    try:
        return engine.table(sql)
    except EngineError as error:
        if error.kind in ("Catalog", "Binder"):
            return Table((), ())
        raise
