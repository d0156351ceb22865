"""kgi report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.cli.options import open_target_from, project_options


@click.command("report")
@project_options
@click.option("--output", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder to write into.")
def report_command(folder: Path | None, **where: Any) -> None:
    """Write the report of the published file again: one HTML file per language, for people who look and do not query.

    `kgi run` writes it too, at the end of every run.
    """
    from pipeline.report import write_report

    target = open_target_from(**where)
    for file in write_report(target.publish, folder or target.report, target.status):
        click.echo(file)
