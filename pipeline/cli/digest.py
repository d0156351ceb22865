"""kgi digest."""

from __future__ import annotations

import json
from typing import Any

import click

from pipeline.cli.options import open_target_from, project_options


@click.command("digest")
@project_options
@click.option("--format", "form", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--language", type=click.Choice(["ja", "en"]), help="Default: the language of the company.")
def digest_command(form: str, language: Any, **where: Any) -> None:
    """Print a few lines for a mail or a chat: how the last run ended, where each goal stands and lands, what hurts most.

    A run passes them to the command that `notify` in profiles.yml names.
    """
    from pipeline.digest import make_digest
    from pipeline.records import report_paths

    target = open_target_from(**where)
    language = language or target.company.language
    digest = make_digest(target.publish, target.status, language, report_paths(target.report)[language])
    if form == "json":
        click.echo(json.dumps({"subject": digest.subject, "lines": digest.lines}, ensure_ascii=False))
    else:
        click.echo(digest.markdown if form == "markdown" else digest.text, nl=False)
