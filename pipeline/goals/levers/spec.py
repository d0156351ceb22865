"""The `levers` of a goal file -> what is agreed on about improving the factors of its tree, or what is wrong with it (E104)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.decode import decode
from pipeline.findings import KgiError, did_you_mean
from pipeline.goals.goal import AgreedLever
from pipeline.goals.target_spec import Reader
from pipeline.goals.tree import Tree, nodes

__all__ = ["LeverForm", "read_levers"]

KEYS = ("cost", "best")


class LeverForm(BaseModel):
    """What improving one factor costs and how good it can become, each above 0."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cost: Annotated[Any, Field(json_schema_extra={"type": "number", "exclusiveMinimum": 0})] = None
    best: Annotated[Any, Field(json_schema_extra={"type": "number", "exclusiveMinimum": 0})] = None


def read_levers(reader: Reader, tree: Tree) -> tuple[AgreedLever, ...]:
    """Return the levers of a goal in the order of the file; the reader holds the mistakes.

    A lever is named like the first count, a rate or a price of the tree: what no formula works out.
    """
    section = reader.data.get("levers")
    written = dict(tree)
    factors = [name for name in nodes(tree, str(reader.data.get("metric"))) if name not in written]
    found = []
    for name, data in section.items() if isinstance(section, Mapping) else ():
        if name not in factors:
            reader.fault("goal_lever_unknown", "levers", name, hint=did_you_mean(str(name), factors), name=str(name))
        if (lever := _lever(reader, str(name), data)) is not None:
            found.append(lever)
    return tuple(found)


def _lever(reader: Reader, name: str, data: object) -> AgreedLever | None:
    keys = ("levers", name)
    if not isinstance(data, Mapping):
        return None  # its shape is told with that of the whole goal
    try:
        decode(LeverForm, reader.document, owner=f"the lever '{name}'", under=(*reader.under, *keys))
    except KgiError:
        return None  # told with the shape of the whole goal, too
    values: dict[str, float | None] = dict.fromkeys(KEYS)
    for key in KEYS:
        if key not in data or not reader.number(value := data[key], *keys, key, code="E104"):
            continue
        if value <= 0:
            reader.fault("goal_lever_positive", *keys, key, name=name, key=key, value=value)
        values[key] = float(value)
    return AgreedLever(name, values["cost"], values["best"])
