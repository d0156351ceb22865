"""The rules of the house that tools check: floors, third parties in their rooms, sizes, documented public names."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.engines.duckdb import open_engine

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "pipeline").rglob("*.py"))


def test_imports_point_down_the_floors_and_third_parties_stay_in_their_room() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports"))], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_at_most_400_lines_and_a_function_50(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.end_lineno is not None:
            body = node.body[1:] if ast.get_docstring(node) else node.body
            length = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            assert length <= 50, f"{node.name} has {length} lines"


@pytest.mark.parametrize(
    ("arguments", "kept_out"),
    [
        (["--version"], {"duckdb", "sqlglot", "great_expectations", "pandas", "numpy", "scipy", "pydantic", "yaml", "jinja2"}),
        (["validate"], {"great_expectations", "sqlalchemy", "pandas", "numpy", "scipy"}),
        (["ls", "models"], {"great_expectations", "sqlalchemy", "pandas", "numpy", "scipy"}),
    ],
)
def test_a_verb_does_not_import_what_it_does_not_use(arguments: list[str], kept_out: set[str]) -> None:
    code = (
        "import sys\nfrom pipeline.cli import _run\n"
        f"sys.argv = ['kgi', *{arguments!r}]\n"
        "code = _run()\nprint('\\n@' + ' '.join(sorted({m.partition('.')[0] for m in sys.modules})))\nsys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.rpartition("@")[2].split())
    assert not imported & kept_out


def test_a_question_imports_no_more_than_it_needs(tmp_path: Path) -> None:
    """`kgi query --database` reads metric YAML, writes SQL and runs it: no project, no goals, no templates, no checks."""
    from tests.metrics.company import TABLES, YAML

    (tmp_path / "company.yml").write_text(YAML, encoding="utf-8")
    with open_engine(tmp_path / "company.duckdb") as engine:
        for statement in filter(str.strip, TABLES.split(";\n")):
            engine.execute(statement)
    asked = ["query", "--project-dir", str(tmp_path), "--database", str(tmp_path / "company.duckdb"), "--schema", "m"]
    asked += ["--metrics", "touches,deals", "--group-by", "metric_time__month"]
    code = (
        "import sys\nfrom pipeline.cli import _run\n"
        f"sys.argv = ['kgi', *{asked!r}]\n"
        "code = _run()\nprint('\\n@' + ' '.join(sorted(sys.modules)))\nsys.exit(code)"
    )
    kept = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}

    def imports() -> set[str]:
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, env=kept)
        assert done.returncode == 0, done.stderr
        return set(done.stdout.rpartition("@")[2].split())

    imported = imports()
    others = {"great_expectations", "sqlalchemy", "pandas", "numpy", "scipy", "jinja2", "jpholiday", "python_calamine", "altair"}
    rooms = {f"pipeline.{name}" for name in ("project", "goals", "sources", "models", "expectations", "templating", "warehouse")}
    assert not imported & (others | rooms)
    assert "pipeline.metrics.compile" in imported and "pipeline.metrics.spelling" in imported
    again = imports()  # the same files are not read as YAML again
    assert "pipeline.metrics.compile" in again and not again & {"pipeline.metrics.spelling", "pydantic"}
