"""tables.sql -> example.duckdb: the small company that the pages ask. `python -m docs.metrics.example` makes it."""

from __future__ import annotations

import sys
from pathlib import Path

from pipeline.engines.duckdb import open_engine

FOLDER = Path(__file__).parent / "example"


def make(folder: Path) -> Path:
    """Write example.duckdb into a folder, replacing an earlier one, and return its path."""
    path = folder / "example.duckdb"
    path.unlink(missing_ok=True)
    with open_engine(path) as engine:
        engine.execute((FOLDER / "tables.sql").read_text(encoding="utf-8"))
    return path


if __name__ == "__main__":
    sys.stdout.write(f"{make(FOLDER)}\n")
