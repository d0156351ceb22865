"""kgi ls, compile, diff."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from pipeline.cli.asking import FORMATS
from pipeline.cli.options import names_given, open_project_from, open_target_from, project_options, selection_options

KINDS = ("models", "metrics", "dimensions", "sources", "expectations", "goals")


@click.command("ls")
@project_options
@selection_options
@click.argument("kind", type=click.Choice(KINDS), default="models")
@click.argument("named", metavar="[NAME]...", nargs=-1)
@click.option("--metrics", multiple=True, callback=names_given, help="Of dimensions: what these metrics can all be cut by.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table")
def ls_command(
    kind: str,
    named: tuple[str, ...],
    metrics: tuple[str, ...],
    style: str,
    chosen: tuple[str, ...],
    excluded: tuple[str, ...],
    **where: Any,
) -> None:
    """List what the project holds; `kgi ls metrics NAME` shows one metric, `kgi ls dimensions --metrics a,b` what they share."""
    from pipeline.cli import show
    from pipeline.listing import list_cuts, list_kind, metric_cards
    from pipeline.select import select

    if named and kind != "metrics":
        raise click.UsageError("names can be given to kgi ls metrics only; narrow models with --select")
    if (kind == "dimensions") != bool(metrics):
        raise click.UsageError("kgi ls dimensions and --metrics go together: kgi ls dimensions --metrics a,b")
    project = open_project_from(**where)
    if named:
        show.show_metric_cards(metric_cards(project, named), style)
    elif kind == "dimensions":
        show.show_table(list_cuts(project, metrics), style)
    else:
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


@click.command("diff")
@project_options
@click.argument("nights", metavar="[A [B]]", nargs=-1)
@click.option("--metrics", multiple=True, callback=names_given, help="Only these metrics, joined by commas.")
@click.option("--database", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Compare with this file.")
@click.option("--format", "style", type=click.Choice(FORMATS), default="table")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def diff_command(
    nights: tuple[str, ...], metrics: tuple[str, ...], database: Path | None, style: str, as_json: bool, **where: Any
) -> None:
    """Say which past numbers changed between two as-of dates and why; without dates, what the working tree would change.

    A and B are dates that were published; B is the newest one where it is left out. Without dates: what changed definitions
    change in the published numbers, before they are published.
    """
    from pipeline.changes import changed_numbers
    from pipeline.cli import show

    if len(nights) > 2:
        raise click.UsageError("name at most two dates: kgi diff 2026-11-13 2026-11-20")
    style = "json" if as_json else style
    if nights:
        from pipeline.history import past_changes

        published = database or open_target_from(**where).publish
        show.show_history(past_changes(published, *nights, metrics=metrics), style)
        return
    project = open_project_from(**where)
    changes = changed_numbers(project, database or project.target.publish, metrics=metrics)
    show.show_findings(changes.findings)
    if changes.numbers or style != "table":
        show.show_table(changes.table, style)
