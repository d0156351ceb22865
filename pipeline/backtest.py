"""A run for a date that is already sealed: built apart, from the log as it was known then."""

from __future__ import annotations

from dataclasses import replace

from pipeline.engines.duckdb import Engine, attach
from pipeline.project import Project, end_of
from pipeline.sources import copy_log


def backtest_of(project: Project, engine: Engine) -> Project:
    """Copy the log as known at the end of `as_of` into a warehouse of its own and return the project that runs there.

    The copy lies under `backtest/<date>/` beside the warehouse, with a published file of its own and an empty inbox. Neither the
    sealed rows nor the published file of the project are touched. The caller holds the project's warehouse.
    """
    folder = project.target.warehouse.parent / "backtest" / project.as_of.isoformat()
    (folder / "inbox").mkdir(parents=True, exist_ok=True)
    warehouse = folder / "warehouse.duckdb"
    for left in folder.glob("warehouse.duckdb*"):
        left.unlink()
    attach(engine, warehouse, "backtest")
    try:
        copy_log(engine, "backtest", end_of(project.as_of, project.target.company.timezone))
    finally:
        engine.execute("detach backtest")
    target = replace(project.target, warehouse=warehouse, publish=folder / project.target.publish.name, inbox=folder / "inbox")
    return replace(project, target=target)
