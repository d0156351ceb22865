"""Words of DuckDB's SQL that are no plain names. Read by who writes SQL and by who reads YAML, without a SQL library."""

from __future__ import annotations

_WORDS = """
all alter analyse analyze and any array as asc asymmetric at both by case cast check collate column constraint create
cross current current_catalog current_date current_role current_schema current_time current_timestamp current_user
default deferrable desc describe distinct do drop else end except exists extract false fetch filter following for force
foreign from full glob grant group having ilike in initially inner insert install intersect interval into is isnull
join lambda lateral leading left like limit localtime localtimestamp map natural not notnull null offset on only or
order outer over overlaps partition pivot placing position positional preceding primary qualify range references
returning revoke right rollback row rows select session_user show similar some summarize symmetric table tablesample
then to trailing true try_cast union unique unpivot user using values variadic when where window with within
"""
RESERVED = frozenset(_WORDS.split())
"""Words that are no name of a column unless they are quoted."""
