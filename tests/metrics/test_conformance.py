"""MetricFlow's own integration cases, asked in all three spellings. KGI_CONFORMANCE names the folder of the runner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = os.environ.get("KGI_CONFORMANCE")
KGI = Path(sys.executable).with_name("kgi")
AT = "--project-dir {project} --database {db} --schema {schema}"


def runner(tmp_path: Path, *more: str) -> None:
    folder = Path(FOLDER or "")
    command = [sys.executable, str(folder / "mf_conformance.py"), "--metricflow", str(folder / "metricflow")]
    command += ["--work", str(tmp_path), "--quiet", *more]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.conformance
@pytest.mark.skipif(FOLDER is None, reason="KGI_CONFORMANCE does not name the folder of the conformance runner")
@pytest.mark.parametrize("layout", ["latest", "legacy", "msi"])
def test_metricflow_would_answer_the_same(layout: str, tmp_path: Path) -> None:
    runner(tmp_path, "--layout", layout, "--serve", f"{KGI} query --serve {AT}")


@pytest.mark.conformance
@pytest.mark.skipif(FOLDER is None, reason="KGI_CONFORMANCE does not name the folder of the conformance runner")
def test_one_process_for_each_question_answers_the_same(tmp_path: Path) -> None:
    few = "itest_(order_limit|conversion_metric|scd|joins|measure_aggregations)"  # sorted rows, nulls, numbers as CSV
    runner(tmp_path, "--only", few, "--impl", f"{KGI} query {AT}")
