"""An entry with broken parts -> the entry without them, so that one misspelt metric does not hide the mistakes of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.decode import Document, Key, decode
from pipeline.findings import KgiError
from pipeline.metrics.tray import Tray

if TYPE_CHECKING:
    from pydantic import BaseModel

    Entry = TypeVar("Entry", bound=BaseModel)


def decode_entry(
    spec: type[Entry], document: Document, owner: str, keys: tuple[Key, ...], parts: tuple[str, type[BaseModel]], tray: Tray
) -> tuple[Entry, Document]:
    """Decode an entry; where only items of one of its lists are broken, note their mistakes and leave these items out.

    `parts`: the key of the list and the form of its items. Returns the document that the entry's places are looked up in.
    Raises KgiError where something else in the entry is broken.
    """
    try:
        return decode(spec, document, owner=owner, under=keys), document
    except KgiError as error:
        key, item = parts
        broken = _broken(item, document, (*keys, key))
        if not broken:
            raise
        rest = _without(document, (*keys, key), broken)
        try:
            entry = decode(spec, rest, owner=owner, under=keys)
        except KgiError:
            raise error from None
        tray.findings.extend(error.findings)
        for number in broken:
            tray.lost.note_part(key, _value(document, (*keys, key, number)))
        return entry, rest


def _broken(item: type[BaseModel], document: Document, keys: tuple[Key, ...]) -> list[int]:
    items = _value(document, keys)
    broken = []
    for number in range(len(items) if isinstance(items, list) else 0):
        try:
            decode(item, document, owner="", under=(*keys, number))
        except KgiError:
            broken.append(number)
    return broken


def _value(document: Document, keys: tuple[Key, ...]) -> Any:
    data = document.data
    for key in keys:
        found = isinstance(data, list if isinstance(key, int) else dict)
        data = data[key] if found and (isinstance(key, int) or key in data) else None
    return data


def _without(document: Document, keys: tuple[Key, ...], numbers: list[int]) -> Document:
    """Return the document without some items of a list; the places of the others move with them."""
    kept = [number for number in range(len(_value(document, keys))) if number not in numbers]
    moved = {old: new for new, old in enumerate(kept)}

    def renumbered(table: Any) -> Any:
        found = {}
        for path, value in table.items():
            inside = path[: len(keys)] == keys and len(path) > len(keys)
            if not inside:
                found[path] = value
            elif path[len(keys)] in moved:
                found[(*keys, moved[path[len(keys)]], *path[len(keys) + 1 :])] = value
        return found

    data = _replaced(document.data, keys, [_value(document, keys)[number] for number in kept])
    return Document(document.path, data, renumbered(document.places), document.source, renumbered(document.spans))


def _replaced(data: Any, keys: tuple[Key, ...], value: Any) -> Any:
    if not keys:
        return value
    copy: Any = list(data) if isinstance(data, list) else dict(data)
    copy[keys[0]] = _replaced(data[keys[0]], keys[1:], value)
    return copy
