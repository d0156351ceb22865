"""Exports on disk -> the append-only raw log -> typed source tables, their history and reject tables.

`read_sources` reads the declarations, `load_file` appends one file to the log in one transaction, `type_table` derives what
`{{ source() }}` reads. Nothing is sniffed and nothing is deleted.
"""

from __future__ import annotations

from pipeline.sources.declaration import read_sources
from pipeline.sources.differing import CAUSES, Difference, put_mixture, write_difference
from pipeline.sources.files import NewFile, new_files
from pipeline.sources.loading import LoadResult, load_file, redo_load, undo_load
from pipeline.sources.rawlog import copy_log, create_state
from pipeline.sources.schema import sources_schema
from pipeline.sources.source import Source, SourceColumn, SourceTable, declared_columns
from pipeline.sources.standing import changed_keys
from pipeline.sources.typed import TypeResult, forget_typing, log_fingerprint, type_table

__all__ = [
    "CAUSES",
    "Difference",
    "LoadResult",
    "NewFile",
    "Source",
    "SourceColumn",
    "SourceTable",
    "TypeResult",
    "changed_keys",
    "copy_log",
    "create_state",
    "declared_columns",
    "forget_typing",
    "load_file",
    "log_fingerprint",
    "new_files",
    "put_mixture",
    "read_sources",
    "redo_load",
    "sources_schema",
    "type_table",
    "undo_load",
    "write_difference",
]
