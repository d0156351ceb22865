"""kgi ls, compile."""

from __future__ import annotations

import json
from typing import Any

import click

from pipeline.cli.asking import FORMATS
from pipeline.cli.options import open_project_from, project_options, selection_options


@click.command("ls")
@project_options
@selection_options
@click.argument("kind", type=click.Choice(("models", "metrics", "sources", "expectations", "goals")), default="models")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table")
def ls_command(kind: str, style: str, chosen: tuple[str, ...], excluded: tuple[str, ...], **where: Any) -> None:
    """List what the project holds."""
    from pipeline.cli import show
    from pipeline.listing import list_kind
    from pipeline.select import select

    project = open_project_from(**where)
    names = select(project.models, chosen=chosen, excluded=excluded) if chosen or excluded else None
    show.show_table(list_kind(project, kind, names), style)


@click.command("compile")
@project_options
@click.argument("names", nargs=-1)
@click.option("--semantic-manifest", is_flag=True, help="The metrics as MetricFlow's semantic_manifest.json instead.")
def compile_command(names: tuple[str, ...], semantic_manifest: bool, **where: Any) -> None:
    """Show the SQL that would run for models, as DuckDB gets it."""
    from pipeline.cli import show
    from pipeline.listing import compiled_models
    from pipeline.metrics import manifest_losses, semantic_manifest_of

    project = open_project_from(**where)
    if semantic_manifest:
        show.show_findings(manifest_losses(project.semantics))
        click.echo(json.dumps(semantic_manifest_of(project.semantics), ensure_ascii=False, indent=1))
        return
    for name, sql in compiled_models(project, names):
        click.echo(f"-- {name}\n{sql.strip()}\n")
