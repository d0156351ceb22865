"""MetricFlow's own integration cases, asked in all three spellings. KGI_CONFORMANCE names the folder of the runner."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = os.environ.get("KGI_CONFORMANCE")
SERVE = f"{sys.executable} -m tests.metrics.serve --project-dir {{project}} --database {{db}} --schema {{schema}}"


@pytest.mark.conformance
@pytest.mark.skipif(FOLDER is None, reason="KGI_CONFORMANCE does not name the folder of the conformance runner")
@pytest.mark.parametrize("layout", ["latest", "legacy", "msi"])
def test_metricflow_would_answer_the_same(layout: str, tmp_path: Path) -> None:
    folder = Path(FOLDER or "")
    command = [sys.executable, str(folder / "mf_conformance.py"), "--metricflow", str(folder / "metricflow")]
    command += ["--work", str(tmp_path), "--layout", layout, "--serve", SERVE, "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
