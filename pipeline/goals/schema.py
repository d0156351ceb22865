"""JSON Schema of the files that hold goals."""

from __future__ import annotations

from pipeline.goals.spec import _File
from pipeline.schema import Schema, file_schema, forms


def goals_schema() -> Schema:
    """Return the schema of a file under metrics/goals/."""
    made = forms(_File)
    whole = dict(made.definitions.pop(_File.__name__))
    return file_schema("kgi: goals", whole["properties"], made.definitions, required=whole["required"], others=False)
