"""The examples of the pages: each is a command, its rows and the SQL behind it. `python -m docs.metrics.pages` writes them anew.

A page holds three kinds of blocks. `yaml` quotes the example's files. `console` is a command after `$` and what it prints.
`sql` is what the command before it prints with --explain. A test runs them all; what is written anew is read as a diff.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from click.testing import CliRunner

from docs.metrics.example import FOLDER, make
from pipeline.cli import kgi
from pipeline.findings import KgiError, describe

PAGES = sorted(Path(__file__).parent.glob("*.md"))
_BLOCK = re.compile(r"^```(yaml|console|sql)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(text: str, kind: str) -> tuple[str, ...]:
    """Return what the blocks of a kind on a page hold."""
    return tuple(found[2] for found in _BLOCK.finditer(text) if found[1] == kind)


def command_of(block: str) -> str:
    """Return the command of a console block, on one line."""
    lines = block.split("\n")
    count = next(n for n, line in enumerate(lines, start=1) if not line.endswith("\\"))
    return "\n".join(lines[:count])


def run(command: str, *more: str) -> str:
    """Run a command of a page in the example's folder and return what it prints."""
    words = shlex.split(command.removeprefix("$ ").replace("\\\n", " "))
    assert words[0] == "kgi", command
    found = CliRunner().invoke(kgi, [*words[1:], *more])
    said = found.stdout + found.stderr
    if isinstance(found.exception, KgiError):
        said += "\n".join(describe(each) for each in found.exception.findings)
    elif found.exception is not None:
        raise found.exception
    return "".join(line.rstrip() + "\n" for line in said.splitlines())


@contextmanager
def in_the_example(folder: Path) -> Iterator[None]:
    """Make the example's database in a folder that holds its files, and stand in it."""
    make(folder)
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def written(text: str) -> str:
    """Return a page with what its commands print now."""
    command = ""

    def anew(found: re.Match[str]) -> str:
        nonlocal command
        if found[1] == "console":
            command = command_of(found[2])
            return f"```console\n{command}\n{run(command)}```"
        if found[1] == "sql":
            return f"```sql\n{run(command, '--explain')}```"
        return found[0]

    return _BLOCK.sub(anew, text)


if __name__ == "__main__":
    with in_the_example(FOLDER):
        for page in PAGES:
            page.write_text(written(page.read_text(encoding="utf-8")), encoding="utf-8")
            sys.stdout.write(f"{page.name}\n")
