"""Holds our semantic_manifest.json against MetricFlow: each conformance case in each spelling, answered by MetricFlow from it.

usage: python -m tests.peer.check_manifest --peer PYTHON --runner DIR
PYTHON is the interpreter of an environment with metricflow and duckdb, DIR the folder of the conformance runner.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAYOUTS = ("latest", "legacy", "msi")


def check(peer: str, runner: Path, layout: str, work: Path) -> int:
    serve = f"{sys.executable} -m tests.peer.manifest_serve --peer {peer}"
    serve += " --project-dir {project} --database {db} --schema {schema}"
    command = [sys.executable, str(runner / "mf_conformance.py"), "--metricflow", str(runner / "metricflow")]
    command += ["--work", str(work), "--layout", layout, "--serve", serve, "--quiet"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    print(layout, (done.stdout.strip() or done.stderr.strip()).splitlines()[-1], flush=True)
    return done.returncode


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", required=True)
    parser.add_argument("--runner", required=True, type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        return max(check(arguments.peer, arguments.runner, layout, Path(work)) for layout in LAYOUTS)


if __name__ == "__main__":
    sys.exit(main())
