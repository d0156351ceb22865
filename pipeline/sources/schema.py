"""JSON Schema of the files that declare exports."""

from __future__ import annotations

from pipeline.schema import Schema, file_schema, forms
from pipeline.sources.spec import SourceSpec


def sources_schema() -> Schema:
    """Return the schema of a `_sources.yml`. Keys of other rooms stay free."""
    made = forms(SourceSpec)
    sources = {"description": "Systems and their exports.", "type": "array", "items": made.refs[SourceSpec]}
    return file_schema("kgi: sources", {"version": {}, "sources": sources}, made.definitions)
