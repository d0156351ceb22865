"""kgi loads: what has been loaded, and taking a load back."""

from __future__ import annotations

from pathlib import Path
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
@project_options
@click.argument("load_id", type=int)
@click.pass_obj
def undo_command(above: dict[str, Any], /, load_id: int, **where: Any) -> None:
    """Take a load back: afterwards everything derived is as if it had never been. Sealed rows stay."""
    _mark(above, where, load_id, undo=True)


@loads_group.command("redo")
@project_options
@click.argument("load_id", type=int)
@click.pass_obj
def redo_command(above: dict[str, Any], /, load_id: int, **where: Any) -> None:
    """Let a load that was taken back count again."""
    _mark(above, where, load_id, undo=False)


def _mark(above: dict[str, Any], where: dict[str, Any], load_id: int, *, undo: bool) -> None:
    """Undo or redo a load; the project's options may stand before or behind the verb."""
    from pipeline.cli import show
    from pipeline.findings import KgiError, finding
    from pipeline.sources import create_state, redo_load, undo_load
    from pipeline.warehouse import open_warehouse

    now = now_utc()
    said = {name: value if value not in (None, Path()) else above[name] for name, value in where.items()}
    project = open_project_from(now=now, **said)
    with open_warehouse(project.target, now=now) as engine:
        create_state(engine)
        found = engine.rows("select status from state.load where load_id = ?", [load_id])
        if not found:
            raise KgiError(finding("unknown_load", load=load_id))
        if found[0][0] != ("loaded" if undo else "undone"):
            raise KgiError(finding("load_not_so", load=load_id, status=found[0][0]))
        result = undo_load(engine, load_id, now=now) if undo else redo_load(engine, load_id)
    show.show_findings(result.findings)
    show.show_words("undone" if undo else "redone", load=load_id)
