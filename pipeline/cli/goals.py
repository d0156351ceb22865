"""kgi goals."""

from __future__ import annotations

from typing import Any

import click

from pipeline.cli.options import open_target_from, project_options


@click.command("goals")
@project_options
@click.argument("named", metavar="[KGI]...", nargs=-1)
@click.option("--why", "explained", is_flag=True, help="The gap in sentences; each number names the row it comes from.")
@click.option("--what-if", "supposed", multiple=True, metavar="NAME=NUMBER", help="Suppose another number; changes nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print rows, sentences or suppositions as JSON.")
def goals_command(named: tuple[str, ...], explained: bool, supposed: tuple[str, ...], as_json: bool, **where: Any) -> None:
    """Show where each goal stands and lands, with its tree, from the published file.

    `--why` explains the gap in sentences, `--what-if valid_rate=0.35` says what another number would do.
    """
    from pipeline.board import read_board, suppose, supposed_numbers, why
    from pipeline.cli import show_goals

    if explained and supposed:
        raise click.UsageError("--why explains what is, --what-if supposes something else; give one of them")
    boards = read_board(open_target_from(**where).publish, named)
    if supposed:
        show_goals.show_supposed(suppose(boards, supposed_numbers(supposed)), as_json=as_json)
    elif explained:
        show_goals.show_why({board.name: why(board) for board in boards}, as_json=as_json)
    else:
        show_goals.show_boards(boards, as_json=as_json)
