"""The statistics cost nothing until they are asked: no numpy, no scipy at import."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pipeline.goals.statistics


def test_importing_the_statistics_imports_neither_numpy_nor_scipy() -> None:
    names = [
        f"{pipeline.goals.statistics.__name__}.{each.name}" for each in pkgutil.iter_modules(pipeline.goals.statistics.__path__)
    ]
    assert len(names) >= 4
    code = f"import sys, {', '.join(names)}\nprint(sorted({{'numpy', 'scipy', 'pandas'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
