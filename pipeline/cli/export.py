"""kgi export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import open_target_from, project_options

if TYPE_CHECKING:
    from pipeline.export import Style
    from pipeline.messages import Language


@click.command("export")
@project_options
@click.argument("named", metavar="[TABLE]...", nargs=-1)
@click.option("--format", "style", type=click.Choice(("xlsx", "csv")), default="xlsx", help="One workbook, or a folder of CSV.")
@click.option("--output", type=click.Path(path_type=Path), default=None, help="The workbook or folder; else beside the file.")
@click.option("--language", type=click.Choice(("ja", "en")), default=None, help="Of headings and words; else the company's.")
@click.option("--all-nights", is_flag=True, help="The rows of all sealed as-of dates, not the newest only.")
@click.option("--database", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Another published file.")
def export_command(
    named: tuple[str, ...],
    style: Style,
    output: Path | None,
    language: Language | None,
    all_nights: bool,
    database: Path | None,
    **where: Any,
) -> None:
    """Write the goal and KPI tables of the published file for people: an Excel workbook, or CSV that Excel opens.

    Without a TABLE what a manager passes on; any table or view of the schema main can be named.
    """
    from pipeline.cli import show
    from pipeline.export import export

    published = database or open_target_from(**where).publish
    spoken = language or show.language()
    done = export(published, named, style=style, output=output, language=spoken, all_nights=all_nights)
    show.show_findings(done.findings)
    show.show_exported(done)
