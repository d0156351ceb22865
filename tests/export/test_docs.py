"""The page about exports: its commands are run on the demo company and answer as shown; it names what there is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.export import export_command
from pipeline.export import PASSED_ON
from pipeline.messages import exports
from tests.companies import NIGHTS, Companies, Ran

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/export.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"^\$ kgi (.+)\n(.+)$", PAGE, re.MULTILINE)


@pytest.fixture(scope="module")
def ran(companies: Companies, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return companies.ran(nights=NIGHTS).copy(tmp_path_factory.mktemp("documented"))


@pytest.mark.parametrize(("arguments", "said"), SHOWN)
def test_a_command_of_the_page_answers_as_shown(ran: Ran, arguments: str, said: str) -> None:
    kgi = str(Path(sys.executable).with_name("kgi"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([kgi, *arguments.split()], cwd=ran.folder, capture_output=True, text=True, check=True, env=environment)
    assert done.stdout == f"{said}\n" and done.stderr == ""
    assert (ran.folder / said.rpartition(": ")[2]).exists()


def test_the_page_shows_commands_and_names_every_option_and_table() -> None:
    assert len(SHOWN) == 3
    named = " ".join(PAGE.split("Without a name")[1].split(". Any table")[0].split())
    assert named.partition(": ")[2] == ", ".join(PASSED_ON)
    for option in export_command.params:
        if option.name in ("style", "output", "language", "all_nights", "database"):
            assert all(word in PAGE for word in option.opts), option.name


def test_the_page_leads_to_what_excel_cannot_hold() -> None:
    told = {"export_too_large", "export_sheet_name", "export_text_too_long", "export_digits", "export_no_number"}
    assert set(re.findall(r"findings\.md#(\w+)", PAGE)) == told <= set(exports.MESSAGES)
