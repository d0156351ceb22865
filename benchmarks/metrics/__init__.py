"""Metric questions: what `kgi query` writes against the best SQL by hand, in one DuckDB, in one run."""
