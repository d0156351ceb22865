"""The documents: every verb, option and finding is written about, and links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs.findings import page
from pipeline.cli import kgi
from pipeline.messages import MESSAGES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "data/README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_every_command_stands_in_the_readme_and_has_help() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, command in kgi.commands.items():
        assert re.search(rf"\b{name}\b", readme), name
        assert command.help, name


def test_the_page_of_findings_is_made_from_the_catalogue() -> None:
    assert (ROOT / "docs/findings.md").read_text(encoding="utf-8") == page(), "run python -m docs.findings"
    assert all(f"## {code}\n" in page() for code in MESSAGES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_repository_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link
