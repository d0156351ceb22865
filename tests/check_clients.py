"""The published file in the hands of older clients: `python -m tests.check_clients 1.5.6 1.2.2`.

Makes a small environment of its own for each version of DuckDB, publishes a night of the small project, opens it there as a BI
tool would, and reads every table and view. Not part of the tests: it needs a package index. Ends with 1 where one cannot read.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from tests.project_builder import deliver, night, write

READ = '''
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as con:
    tables = con.execute("select table_schema, table_name from information_schema.tables order by all").fetchall()
    rows = {f"{s}.{t}": len(con.execute(f'select * from "{s}"."{t}"').fetchall()) for s, t in tables}
    actual = con.execute("select actual from v_latest_kgi where grain = 'period'").fetchone()[0]
    named = "table_name = 'kgi' and column_name = 'actual'"
    comment = con.execute(f"select comment from duckdb_columns() where {named}").fetchone()[0]
    in_words = con.execute("""select "実績" from v_ja_kgi where "粒度" = 'period'""").fetchone()[0]
assert actual == in_words == 3.0, (actual, in_words)
assert rows["main.kgi"] > 0 and rows["ops.manifest"] == 1 and "実績" in comment, (rows, comment)
print(f"duckdb {duckdb.__version__}: {len(rows)} tables and views, {sum(rows.values())} rows read")
'''


def main(versions: list[str]) -> int:
    """Check every version; return how many cannot read the file."""
    failed = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        deliver(write(folder / "project"))
        assert night(folder / "project").outcome == "published"
        for version in versions:
            home = folder / f"client-{version}"
            venv.create(home, with_pip=True)
            python = str(home / "bin/python")
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"duckdb=={version}"]
            subprocess.run(install, check=True, capture_output=True)
            done = subprocess.run(
                [python, "-c", READ, str(folder / "project/target/kgi.duckdb")], capture_output=True, text=True, check=False
            )
            print(done.stdout.strip() or f"duckdb {version}: {done.stderr.strip().splitlines()[-1]}")
            failed += done.returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(min(1, main(sys.argv[1:] or ["1.5.6"])))
