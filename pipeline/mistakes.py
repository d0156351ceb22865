"""What pydantic says of a value -> findings in our own words, in both languages.

`wrong` is how a form of any room refuses a value: it names a code of the message catalogue. Everything that pydantic finds by
itself is translated here, so that no sentence of a library reaches a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.findings import Argument, Finding, Place, did_you_mean, finding
from pipeline.messages import MESSAGES

if TYPE_CHECKING:
    from pydantic import BaseModel

Key = str | int

KINDS: dict[str, tuple[str, ...]] = {
    "text": ("string_type", "string_unicode"),
    "whole_number": ("int_type", "int_parsing", "int_parsing_size", "int_from_float"),
    "number": ("float_type", "float_parsing", "finite_number", "decimal_type", "decimal_parsing"),
    "boolean": ("bool_type", "bool_parsing"),
    "list": ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type"),
    "mapping": ("dict_type", "mapping_type", "model_type", "model_attributes_type", "dataclass_type"),
    "date": ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
}
"""What a value should have been, and the error types of pydantic that say so."""
BOUNDS = {
    "greater_than": (">", "gt"),
    "greater_than_equal": (">=", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("<=", "le"),
}
LENGTHS = {
    "too_short": (">=", "min_length"),
    "string_too_short": (">=", "min_length"),
    "too_long": ("<=", "max_length"),
    "string_too_long": ("<=", "max_length"),
}
CLOSED_LISTS = ("literal_error", "enum")
_KIND = {error: kind for kind, errors in KINDS.items() for error in errors}
_BOOLEANS = dict.fromkeys(("yes", "on", "y", "t", "1"), "true") | dict.fromkeys(("no", "off", "n", "f", "0"), "false")


def wrong(code: str, *, hint: str | None = None, **arguments: Argument) -> Exception:
    """Return the error by which a pydantic validator refuses a value; the finding also gets `key` and `value`."""
    from pydantic_core import PydanticCustomError

    return PydanticCustomError(code, "refused", {**arguments, "hint": hint})


@dataclass(frozen=True)
class Mistake:
    """One error of pydantic: its path in the file, and where that stands."""

    type: str
    loc: tuple[Key, ...]
    path: tuple[Key, ...]
    value: Any
    context: dict[str, Any]
    text: str

    @property
    def key(self) -> str:
        """The key as a person reads it."""
        return ".".join(str(part) for part in self.path) or str(self.loc[-1] if self.loc else "")


def findings_of(errors: Iterable[Any], spec: type[BaseModel], data: Any, owner: str, at: Any) -> Iterator[Finding]:
    """Give one finding per mistake; `at` gives the place of a path."""
    mistakes = [_mistake(each, data) for each in errors]
    for group in _by_path(mistakes):
        for each in _telling(group):
            yield _finding(each, group, spec, owner, at(*each.path))


def _mistake(error: Any, data: Any) -> Mistake:
    loc = tuple(error["loc"])
    return Mistake(error["type"], loc, _written(loc, data), error.get("input"), dict(error.get("ctx") or {}), str(error["msg"]))


def _written(loc: tuple[Key, ...], data: Any) -> tuple[Key, ...]:
    """Keep the parts of a pydantic location that stand in the file (it also names union members and missing keys)."""
    path: list[Key] = []
    for part in loc:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            path.append(part)
            data = data[part]  # type: ignore[index]
    return tuple(path)


def _by_path(mistakes: list[Mistake]) -> list[list[Mistake]]:
    """Put what is said of one value together; of a value of several forms, what is said inside the fitting one is enough."""
    groups: dict[tuple[Key, ...], list[Mistake]] = {}
    for each in mistakes:
        inside = any(other.path[: len(each.path)] == each.path and len(other.path) > len(each.path) for other in mistakes)
        if not (inside and (each.type in _KIND or each.type in CLOSED_LISTS)):
            groups.setdefault(each.path, []).append(each)
    return list(groups.values())


def _telling(group: list[Mistake]) -> list[Mistake]:
    """Leave out a missing key whose misspelling is told, and of one value's possible forms all but one."""
    values = [each for each in group if each.type != "missing"]
    forms = [each for each in values if each.type in _KIND or each.type in CLOSED_LISTS]
    if len(values) < len(group):  # a mapping that lacks a key: the forms that are no mapping were not meant
        values = [each for each in values if each not in forms]
    elif len(forms) > 1:
        closed = [each for each in forms if each.type in CLOSED_LISTS and isinstance(each.value, str)]
        kept = closed[0] if closed else forms[0]
        values = [each for each in values if each is kept or each not in forms]
    return [*values, *(each for each in group if each.type == "missing")]


def _finding(mistake: Mistake, group: Sequence[Mistake], spec: type[BaseModel], owner: str, place: Place) -> Finding:
    inside = f"{owner}, {'.'.join(str(part) for part in mistake.path[:-1])}" if len(mistake.path) > 1 else owner
    said: dict[str, Argument] = {"key": mistake.key, "value": shown(mistake.value)}
    match mistake.type:
        case "extra_forbidden" | "invalid_key":
            key = str(mistake.loc[-1])
            known = known_keys(spec, mistake.loc)
            listed = ", ".join(sorted(known))
            return finding("yaml_unknown_key", place, hint=did_you_mean(key, known), key=key, owner=inside, known=listed)
        case "missing":
            at = f"{owner}, {mistake.key}" if mistake.path else owner
            return finding("yaml_missing_key", place, key=str(mistake.loc[-1]), owner=at)
        case code if code in MESSAGES:
            context = {key: value for key, value in mistake.context.items() if key != "hint"}
            return _found(code, place, {**said, **context}, mistake.context.get("hint"))
        case error if error in _KIND:
            return _of_kind(mistake, group, place, said)
        case error if error in CLOSED_LISTS:
            words = _words(str(mistake.context.get("expected", "")))
            near = did_you_mean(str(mistake.value), words)
            return _found("yaml_not_one_of", place, {**said, "known": ", ".join(words)}, near)
        case error if error in BOUNDS or error in LENGTHS:
            sign, name = (BOUNDS | LENGTHS)[error]
            code = "yaml_out_of_range" if error in BOUNDS else "yaml_wrong_length"
            return _found(code, place, {**said, "bound": f"{sign} {mistake.context[name]}"})
        case "string_pattern_mismatch":
            return _found("yaml_pattern", place, {**said, "pattern": str(mistake.context["pattern"])})
        case _:
            return _found("yaml_wrong_value", place, {**said, "problem": mistake.text.removeprefix("Value error, ")})


def _of_kind(mistake: Mistake, group: Sequence[Mistake], place: Place, said: dict[str, Argument]) -> Finding:
    kinds = tuple(dict.fromkeys(_KIND[each.type] for each in group if each.type in _KIND))
    if len(kinds) > 1:
        if set(kinds) == {"whole_number", "number"}:
            return _found("yaml_not_number", place, said)
        return _found("yaml_wrong_kind", place, {**said, "expected": ", ".join(kinds)})
    hint = None
    if kinds[0] == "boolean" and isinstance(mistake.value, str | int):
        word = str(mistake.value).lower()
        hint = _BOOLEANS.get(word) or did_you_mean(word, ("true", "false"))
    return _found(f"yaml_not_{kinds[0]}", place, said, hint)


def _found(code: str, place: Place, arguments: dict[str, Argument], hint: str | None = None) -> Finding:
    return Finding(code, tuple(sorted(arguments.items())), place, hint)


def _words(expected: str) -> list[str]:
    """Return the words of a closed list from pydantic's "'a', 'b' or 'c'"."""
    return [quoted or plain for quoted, plain in re.findall(r"'((?:[^'\\]|\\.)*)'|(\b(?!or\b)\w+)", expected)]


def known_keys(spec: type[BaseModel], loc: tuple[Key, ...]) -> set[str]:
    """Return the keys allowed where an unknown one was found, by walking the spec's fields along its location."""
    from typing import get_args

    def models(annotation: Any) -> Iterator[type[BaseModel]]:
        if isinstance(annotation, type) and hasattr(annotation, "model_fields"):
            yield annotation
        for inner in get_args(annotation):
            yield from models(inner)

    here: list[type[BaseModel]] = [spec]
    for part in loc[:-1]:
        fields = [field for model in here for name, field in model.model_fields.items() if part in (name, field.alias)]
        if fields:
            here = [model for field in fields for model in models(field.annotation)]
    return {field.alias or name for model in here for name, field in model.model_fields.items()}


def shown(value: object) -> str:
    """Write a value as YAML would have it, at most 60 characters long."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
