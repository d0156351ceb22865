"""The kinds of YAML that people write: what each is, where its files live, and its JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.expectations import suite_schema
from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.goals import agreements_schema, goals_schema, initiatives_schema
from pipeline.metrics import metrics_schema
from pipeline.profile import profiles_schema
from pipeline.schema import Schema
from pipeline.sources import sources_schema


@dataclass(frozen=True)
class YamlKind:
    """One kind of file; `files` are patterns from the project folder."""

    name: str
    files: tuple[str, ...]
    schema: Callable[[], Schema]


KINDS = (
    YamlKind("metrics", ("metrics/*.yml", "models/**/*.yml"), metrics_schema),
    YamlKind("sources", ("models/**/_sources.yml",), sources_schema),
    YamlKind("expectations", ("expectations/*.yml",), suite_schema),
    YamlKind("goals", ("metrics/goals/*.yml",), goals_schema),
    YamlKind("agreements", ("metrics/agreements/*.yml",), agreements_schema),
    YamlKind("initiatives", ("metrics/initiatives/*.yml",), initiatives_schema),
    YamlKind("profiles", ("profiles.yml",), profiles_schema),
)


def yaml_kind(name: str) -> YamlKind:
    """Return a kind by its name. Raises KgiError with the nearest one."""
    for each in KINDS:
        if each.name == name:
            return each
    names = [each.name for each in KINDS]
    raise KgiError(finding("unknown_yaml_kind", hint=did_you_mean(name, names), name=name, known=", ".join(names)))


def schema_text(kind: YamlKind) -> str:
    """Return the JSON Schema of a kind as text."""
    return json.dumps(kind.schema(), ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path, kinds: tuple[YamlKind, ...] = KINDS) -> tuple[Path, ...]:
    """Write <kind>.schema.json for each kind into a folder, which is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for each in kinds:
        file = folder / f"{each.name}.schema.json"
        file.write_text(schema_text(each), encoding="utf-8")
        written.append(file)
    return tuple(written)
