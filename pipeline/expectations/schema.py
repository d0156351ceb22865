"""JSON Schema of suite files: each type of expectation with its own arguments."""

from __future__ import annotations

from pipeline.expectations.catalogue import COMMON_KEYS, KINDS, QUERIES, REFUSED, SEVERITIES, Kind
from pipeline.expectations.entries import LISTS, TEXTS
from pipeline.schema import Schema, file_schema


def suite_schema() -> Schema:
    """Return the schema of a file under expectations/."""
    kinds = {name: kind for name, kind in KINDS.items() if name not in REFUSED}
    entry = {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"enum": list(kinds)}},
        "allOf": [{"if": {"properties": {"type": {"const": name}}}, "then": {"$ref": f"#/$defs/{name}"}} for name in kinds],
    }
    properties = {
        "on": {"description": "The table that is checked; else the name of the file.", "type": ["string", "null"]},
        "allow_empty": {"description": "true: a table without rows is no mistake.", "type": "boolean"},
        "expectations": {"type": "array", "items": entry, "minItems": 1},
    }
    definitions = {name: _arguments(kind) for name, kind in kinds.items()}
    return file_schema("kgi: expectations", properties, definitions, required=["expectations"], others=False)


def _arguments(kind: Kind) -> Schema:
    own = {key: _argument(key) for key in kind.arguments}
    common: Schema = {
        "type": {"const": kind.name},
        "severity": {"enum": list(SEVERITIES), "description": "critical stops what depends on the table."},
        "name": {"type": ["string", "null"]},
        "description": {
            "anyOf": [
                {"type": ["string", "null"]},
                {
                    "type": "object",
                    "properties": {key: {"type": "string"} for key in ("ja", "en")},
                    "additionalProperties": False,
                },
            ]
        },
    }
    if kind.takes_condition:
        common["row_condition"] = {
            "description": "Which rows are judged: [[column, operator, value], ...]",
            "type": ["array", "null"],
            "items": {"type": "array", "minItems": 2, "maxItems": 3},
        }
    assert set(common) <= set(COMMON_KEYS)
    return {
        "type": "object",
        "properties": {**common, **own},
        "required": ["type", *kind.required],
        "additionalProperties": False,
    }


def _argument(key: str) -> Schema:
    if key == "mostly":
        return {"description": "The share of rows that must pass.", "type": ["number", "null"], "minimum": 0, "maximum": 1}
    if key in QUERIES:
        return {"description": "SQL in which {batch} stands for the table.", "type": ["string", "null"]}
    if key in TEXTS:
        return {"type": ["string", "null"]}
    return {"type": ["array", "null"]} if key in LISTS else {}
