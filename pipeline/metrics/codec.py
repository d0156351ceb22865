"""A manifest -> JSON text and back: what the metric YAML says, kept without the YAML. Frozen values only, nothing that runs."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

from pipeline.decode import Written
from pipeline.findings import Place
from pipeline.metrics import grains, spec
from pipeline.shapes import Relation

_CLASSES = {
    each.__name__: each
    for each in (*vars(spec).values(), *vars(grains).values(), Place, Relation, Written)
    if dataclasses.is_dataclass(each) and isinstance(each, type)
}


def written(manifest: spec.SemanticManifest) -> str:
    """Return a manifest as JSON; fields that hold their default are left out."""
    return json.dumps(_plain(manifest), ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> spec.SemanticManifest:
    """Return the manifest that a text holds. Raises ValueError for any other text."""
    try:
        found = _value(json.loads(text))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("no manifest") from error
    if not isinstance(found, spec.SemanticManifest):
        raise ValueError("no manifest")
    return found


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        fields = {each.name: getattr(value, each.name) for each in dataclasses.fields(value) if not _is_default(each, value)}
        return [type(value).__name__, {name: _plain(field) for name, field in fields.items()}]
    if isinstance(value, tuple):
        return {"t": [_plain(each) for each in value]}
    return {"d": value.isoformat()} if isinstance(value, dt.date) else value


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    held = getattr(value, field.name)
    return field.default is not dataclasses.MISSING and type(held) is type(field.default) and held == field.default


def _value(plain: Any) -> Any:
    if isinstance(plain, list):
        name, fields = plain
        return _CLASSES[name](**{key: _value(each) for key, each in fields.items()})
    if isinstance(plain, dict):
        return dt.date.fromisoformat(plain["d"]) if "d" in plain else tuple(_value(each) for each in plain["t"])
    return plain
