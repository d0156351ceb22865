"""The seam to a database: `duckdb.py` is the only engine today. A second one would offer the same functions."""
