"""The documents: every verb, option and finding is written about, and links lead somewhere."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest

from docs.findings import page
from pipeline.binding import bind_project
from pipeline.cli import kgi
from pipeline.findings import describe
from pipeline.messages import MESSAGES
from pipeline.project import open_project

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


def test_the_first_metric_of_the_readme_is_read_and_bound_and_its_typo_named_as_shown(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    metric = re.search(r"```yaml\n(      - name: .*?)```", readme, re.DOTALL)
    assert metric is not None
    for part in ("pyproject.toml", "profiles.yml", "models", "metrics", "expectations"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    file = tmp_path / "metrics/fct_funnel.yml"
    text = file.read_text(encoding="utf-8").replace("    metrics:\n", "    metrics:\n" + metric[1], 1)
    file.write_text(text, encoding="utf-8")
    now = dt.datetime(2026, 11, 21, 3)
    project = open_project(tmp_path, now=now)
    assert bind_project(project) == ()
    assert "valid_opportunities_exhibition" in project.semantics.metric_by_name
    file.write_text(text.replace("expr: funnel_entry_id", "expr: funnel_entri_id", 1), encoding="utf-8")
    (typo,) = bind_project(open_project(tmp_path, now=now))
    assert describe(typo, "ja") in readme
