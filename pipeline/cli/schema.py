"""kgi schema."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("schema")
@click.argument("kind", required=False)
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), default=None, help="Write <kind>.schema.json here.")
def schema_command(kind: str | None, output: Path | None) -> None:
    """JSON Schema of the YAML that people write, for editors: the kinds, one of them, or all into a folder."""
    from pipeline.kinds import KINDS, schema_text, write_schemas, yaml_kind

    chosen = (yaml_kind(kind),) if kind else KINDS
    if output:
        for file in write_schemas(output, chosen):
            click.echo(file)
    elif kind:
        click.echo(schema_text(chosen[0]), nl=False)
    else:
        width = max(len(each.name) for each in KINDS)
        for each in KINDS:
            click.echo(f"{each.name:<{width}}  {'  '.join(each.files)}")
