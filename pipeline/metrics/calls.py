"""`{{ Dimension('a__b').grain('month') }}` -> a Call; the SQL around the calls stays text with a placeholder for each.

Only the four calls of MetricFlow are understood, read as a Python expression tree and never run; there is no Jinja here.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Literal

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_OTHER_JINJA = re.compile(r"\{%|\{#|\{\{|\}\}")
PLACEHOLDER = "kgi_call_"


@dataclass(frozen=True)
class Call:
    """One call. `name` is the dunder name with the entity path in front; `grain` and `part` are set at most one at a time."""

    kind: Literal["dimension", "time", "entity", "metric"]
    name: str
    grain: str | None = None
    part: str | None = None
    group_by: tuple[str, ...] = ()
    descending: bool = False

    @property
    def item(self) -> str:
        """The name as `--group-by` writes it."""
        if self.part:
            return f"{self.name}__extract_{self.part}"
        return f"{self.name}__{self.grain}" if self.grain else self.name


@dataclass(frozen=True)
class Template:
    """SQL whose calls are replaced by the identifiers `kgi_call_0`, `kgi_call_1`, ..."""

    sql: str
    calls: tuple[Call, ...]


class CallError(ValueError):
    """A call that is none of the four, or SQL with other template syntax."""


def read_template(text: str) -> Template:
    """Read a filter. Raises CallError for template syntax other than the four calls."""
    calls: list[Call] = []

    def keep(found: re.Match[str]) -> str:
        calls.append(read_call(found[1]))
        return f" {PLACEHOLDER}{len(calls) - 1} "

    sql = _BRACES.sub(keep, text)
    if _OTHER_JINJA.search(sql):
        raise CallError(text.strip())
    return Template(sql, tuple(calls))


def read_item(text: str) -> Call:
    """Read an item of a saved query: a call, or a plain dunder name (a minus sign in front sorts downwards)."""
    text = text.strip()
    if re.fullmatch(r"-?[\w]+", text):
        return Call("dimension", text.lstrip("-"), descending=text.startswith("-"))
    return read_call(text)


def read_call(text: str) -> Call:
    """Read one call with its `.grain(...)`, `.date_part(...)` and `.descending(...)`. Raises CallError."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # a NUL; nested too deeply
        raise CallError(text.strip()) from error
    changes: dict[str, str | bool] = {}
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        changes.setdefault(node.func.attr, _only_argument(node, text))
        node = node.func.value
    call = _base_call(node, text)
    unknown = set(changes) - {"grain", "date_part", "descending"}
    if unknown or ("grain" in changes and "date_part" in changes):
        raise CallError(text.strip())
    return Call(
        call.kind,
        call.name,
        str(changes["grain"]).lower() if "grain" in changes else call.grain,
        str(changes["date_part"]).lower() if "date_part" in changes else call.part,
        call.group_by,
        changes.get("descending") is True,
    )


def _base_call(node: ast.expr, text: str) -> Call:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        raise CallError(text.strip())
    values = [_constant(each, text) for each in node.args]
    named = {str(each.arg): _constant(each.value, text) for each in node.keywords}
    match node.func.id:
        case "Dimension":
            return Call("dimension", _name(values, named, ("name", "entity_path"), text))
        case "Entity":
            return Call("entity", _name(values, named, ("name", "entity_path"), text))
        case "TimeDimension":
            bound = _bound(values, named, ("name", "time_granularity_name", "entity_path", "date_part_name"), text)
            grain, part = bound.get("time_granularity_name"), bound.get("date_part_name")
            return Call("time", _dunder(bound, text), _lower(grain), _lower(part))
        case "Metric":
            bound = _bound(values, named, ("name", "group_by"), text)
            group_by = bound.get("group_by") or ()
            if isinstance(group_by, bool):
                raise CallError(text.strip())
            items = (group_by,) if isinstance(group_by, str) else group_by
            return Call("metric", str(bound.get("name")), group_by=items)
        case _:
            raise CallError(text.strip())


Constant = str | bool | tuple[str, ...] | None


def _bound(values: list[Constant], named: dict[str, Constant], names: tuple[str, ...], text: str) -> dict[str, Constant]:
    if len(values) > len(names) or set(named) - set(names):
        raise CallError(text.strip())
    return {**dict(zip(names, values, strict=False)), **named}


def _name(values: list[Constant], named: dict[str, Constant], names: tuple[str, ...], text: str) -> str:
    return _dunder(_bound(values, named, names, text), text)


def _dunder(bound: dict[str, Constant], text: str) -> str:
    name, path = bound.get("name"), bound.get("entity_path") or ()
    if not isinstance(name, str) or not isinstance(path, tuple):
        raise CallError(text.strip())
    return "__".join((*path, name.lower() if name.isascii() else name))


def _lower(value: Constant) -> str | None:
    return str(value).lower() if value is not None else None


def _only_argument(node: ast.Call, text: str) -> str | bool:
    given = [*node.args, *(each.value for each in node.keywords)]
    value = _constant(given[0], text) if len(given) == 1 else None
    if not isinstance(value, str | bool):
        raise CallError(text.strip())
    return value


def _constant(node: ast.expr, text: str) -> Constant:
    """Return a text, a truth value, None or a list of texts. An item of a list may itself be a call: its name is taken."""
    match node:
        case ast.Constant(value=str() | bool() | None as value):
            return value
        case ast.List(elts=items) | ast.Tuple(elts=items):
            return tuple(_item(each, text) for each in items)
        case _:
            raise CallError(text.strip())


def _item(node: ast.expr, text: str) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return read_call(ast.unparse(node)).item
