"""kgi run, plan, validate."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from pipeline.cli.options import as_of_option, now_utc, open_project_from, open_target_from, project_options, selection_options


@click.command("run")
@project_options
@selection_options
@as_of_option
@click.option("--full-refresh", is_flag=True, help="Rebuild all that is derived; log and sealed rows stay.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
def run_command(
    chosen: tuple[str, ...],
    excluded: tuple[str, ...],
    as_of: dt.datetime | None,
    full_refresh: bool,
    as_json: bool,
    **where: Any,
) -> int:
    """Exports in, published file out: load, build, check, score, publish.

    Ends with 0 when the night is sound and published (or there was nothing to do), 1 when it is not sound and nothing was
    published.
    """
    from pipeline.cli import show
    from pipeline.run import noted_ending, run

    now = now_utc()
    watch = (lambda result, number, of: None) if as_json else show.show_step
    day = as_of.date() if as_of else None
    with noted_ending(open_target_from(**where), now=now, as_of=day, warn=show.show_findings):
        project = open_project_from(as_of=as_of, now=now, **where)
        record = run(project, now=now, chosen=chosen, excluded=excluded, full_refresh=full_refresh, watch=watch)
    if as_json:
        show.show_record_json(record)
    else:
        show.show_record(record, project)
    return record.exit_code


@click.command("plan")
@project_options
@selection_options
@as_of_option
@click.option("--full-refresh", is_flag=True, help="As kgi run --full-refresh would.")
@click.option("--json", "as_json", is_flag=True, help="Print the steps as JSON.")
def plan_command(
    chosen: tuple[str, ...],
    excluded: tuple[str, ...],
    as_of: dt.datetime | None,
    full_refresh: bool,
    as_json: bool,
    **where: Any,
) -> None:
    """Say what a run would do, and why, step by step; run nothing."""
    from pipeline.cli import show
    from pipeline.run import show_plan

    now = now_utc()
    project = open_project_from(as_of=as_of, now=now, **where)
    plan = show_plan(project, now=now, chosen=chosen, excluded=excluded, full_refresh=full_refresh)
    show.show_plan(plan, as_json=as_json)


@click.command("validate")
@project_options
def validate_command(**where: Any) -> int:
    """Read and bind every file of the project, without data."""
    from pipeline.binding import bind_project
    from pipeline.cli import show
    from pipeline.findings import Severity

    project = open_project_from(**where)
    findings = bind_project(project)
    show.show_findings(findings)
    if any(each.severity is Severity.ERROR for each in findings):
        return 2
    show.show_validated(project)
    return 0
