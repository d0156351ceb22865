"""A pydantic form -> JSON Schema (2020-12), so that an editor completes keys and marks mistakes while they are typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


@dataclass(frozen=True)
class Forms:
    """The schemas of some forms: a reference to each, and the definitions that they lead to."""

    refs: Mapping[type[BaseModel], Schema]
    definitions: Schema


def forms(*models: type[BaseModel], words: Mapping[str, str] | None = None) -> Forms:
    """Describe forms. `words` explains keys by their name, wherever they stand and have no explanation of their own."""
    from pydantic.json_schema import models_json_schema

    made, whole = models_json_schema([(model, "validation") for model in models], ref_template="#/$defs/{model}")
    definitions = {name: _tidy(each, words or {}) for name, each in whole.get("$defs", {}).items()}
    return Forms({model: made[(model, "validation")] for model in models}, definitions)


def file_schema(
    title: str,
    properties: Schema,
    definitions: Schema,
    *,
    required: Iterable[str] = (),
    others: bool | Schema = True,
) -> Schema:
    """Return the schema of a whole file; `others`: what keys may hold that are not named here, False for none."""
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": others,
        "$defs": definitions,
    }


def many(item: Schema, description: str) -> Schema:
    """Return the schema of a list, which may also be left empty."""
    return {"description": description, "type": ["array", "null"], "items": item}


def _tidy(schema: Any, words: Mapping[str, str]) -> Any:
    """Drop titles that only repeat a key and defaults that say nothing, write docstrings as one line, explain known keys."""
    if isinstance(schema, list):
        return [_tidy(each, words) for each in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {}
    for key, value in schema.items():
        if key == "title" or (key == "default" and value in (None, [], {}, "", False)):
            continue
        if key == "properties":
            value = {name: _explained(name, _tidy(each, words), words) for name, each in value.items()}
        elif key == "description" and isinstance(value, str):
            value = re.sub(r"\s+", " ", value.split("\n\n")[0])
        elif key not in ("enum", "const", "default", "required"):
            value = _tidy(value, words)
        tidy[key] = value
    return tidy


def _explained(name: str, schema: Any, words: Mapping[str, str]) -> Any:
    if name not in words or not isinstance(schema, dict) or "description" in schema:
        return schema
    return {"description": words[name], **schema}
