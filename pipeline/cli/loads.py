"""kgi loads: what has been loaded, and taking a load back."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli.options import now_utc, open_project_from, project_options


@click.group("loads", invoke_without_command=True)
@project_options
@click.option("--format", "style", type=click.Choice(("table", "csv", "json")), default="table")
@click.pass_context
def loads_group(context: click.Context, /, style: str, **where: Any) -> None:
    """List the loads: file, rows read, stored, rejected, status."""
    context.obj = where
    if context.invoked_subcommand is None:
        from pipeline.cli import show
        from pipeline.sources import create_state
        from pipeline.warehouse import open_warehouse

        project = open_project_from(**where)
        with open_warehouse(project.target, now=now_utc()) as engine:
            create_state(engine)
            table = engine.table(
                "select load_id, source_name || '.' || table_name as source_table, file, status, rows_read, rows_stored,"
                " rows_unchanged, rows_tombstoned, rows_rejected, known_at, loaded_at from state.load order by load_id"
            )
        show.show_table(table, style)


@loads_group.command("undo")
@click.argument("load_id", type=int)
@click.pass_obj
def undo_command(where: dict[str, Any], load_id: int) -> int:
    """Take a load back: afterwards everything derived is as if it had never been. Sealed rows stay."""
    from pipeline.cli import show
    from pipeline.findings import KgiError, finding
    from pipeline.sources import create_state, undo_load
    from pipeline.warehouse import open_warehouse

    now = now_utc()
    project = open_project_from(now=now, **where)
    with open_warehouse(project.target, now=now) as engine:
        create_state(engine)
        if not engine.rows("select 1 from state.load where load_id = ? and status = 'loaded'", [load_id]):
            raise KgiError(finding("unknown_load", load=load_id))
        result = undo_load(engine, load_id, now=now)
    show.show_findings(result.findings)
    click.echo(f"load {load_id} is undone; the next kgi run rebuilds what stood on it")
    return 0
