"""The hand-written side: one DuckDB process that runs the models' statements in order. Prints the seconds they took."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import duckdb


def main(warehouse: str, statements: str) -> None:
    """Replace every table and view in the warehouse file."""
    listed = json.loads(Path(statements).read_text(encoding="utf-8"))
    with duckdb.connect(warehouse) as connection:
        connection.execute("set TimeZone = 'UTC'")
        started = time.perf_counter()
        for relation, kind, sql in listed:
            connection.execute(f"create or replace {kind} {relation} as {sql}")
        seconds = time.perf_counter() - started
        connection.execute("checkpoint")
    print(seconds)


if __name__ == "__main__":
    main(*sys.argv[1:3])
