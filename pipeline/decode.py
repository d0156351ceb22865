"""YAML text -> a validated spec, every mistake on its line and all of them at once.

`read` gives plain data with the place of every key; `decode` checks it against a pydantic model. Scalars follow YAML 1.2's
core rules: only true and false are booleans, `on` and `12:30` are text. A date written plainly is a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from pipeline.findings import Finding, KgiError, Place, did_you_mean, finding

if TYPE_CHECKING:
    from pydantic import BaseModel

    Spec = TypeVar("Spec", bound=BaseModel)

Key = str | int
Data = Any  # what YAML holds: dict, list, str, int, float, bool, date, None


@dataclass(frozen=True)
class Document:
    """One YAML document: its data and the place of every key and list item in it."""

    path: str
    data: Data
    places: Mapping[tuple[Key, ...], Place]

    def at(self, *keys: Key) -> Place:
        """Return the place of a key; of its nearest written parent where it is not in the file."""
        while keys and keys not in self.places:
            keys = keys[:-1]
        return self.places.get(keys, Place(self.path, 1, 1))


class _Resolver(yaml.resolver.BaseResolver):
    """YAML 1.2 core scalars and plain dates."""


def _add(tag: str, pattern: str, first: Iterable[str]) -> None:
    _Resolver.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


_add("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_add("int", r"^[-+]?(?:0|[1-9][0-9_]*|0x[0-9a-fA-F]+)$", "-+0123456789")
_add(
    "float",
    r"^[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+)$|^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$",
    "-+0123456789.",
)
_add("null", r"^(?:~|null|Null|NULL|)$", ("~", "n", "N", ""))
_add("timestamp", r"^\d{4}-\d{2}-\d{2}$", "0123456789")
_add("merge", r"^<<$", "<")

if hasattr(yaml, "CSafeLoader"):
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Loader(CParser, yaml.constructor.SafeConstructor, _Resolver):
        def __init__(self, stream: str) -> None:
            CParser.__init__(self, stream)
            yaml.constructor.SafeConstructor.__init__(self)
            _Resolver.__init__(self)
else:  # pragma: no cover - a PyYAML built without libyaml

    class _Loader(  # type: ignore[no-redef]
        yaml.reader.Reader,
        yaml.scanner.Scanner,
        yaml.parser.Parser,
        yaml.composer.Composer,
        yaml.constructor.SafeConstructor,
        _Resolver,
    ):
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)
            yaml.composer.Composer.__init__(self)
            yaml.constructor.SafeConstructor.__init__(self)
            _Resolver.__init__(self)


def read(text: str, path: str) -> Document:
    """Read a file that holds one YAML document; an empty file gives None as data."""
    documents = tuple(read_all(text, path))
    return documents[0] if documents else Document(path, None, {})


def read_all(text: str, path: str) -> Iterator[Document]:
    """Read every YAML document of a text. Raises KgiError for a syntax error or a key that stands twice."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            places: dict[tuple[Key, ...], Place] = {}
            faults: list[Finding] = []
            _locate(node, (), path, places, faults)
            if faults:
                raise KgiError(faults)
            yield Document(path, loader.construct_document(node), places)
    except yaml.MarkedYAMLError as error:
        raise KgiError(finding("yaml_syntax", _mark(error, path), problem=error.problem or str(error))) from error
    except (yaml.YAMLError, ValueError) as error:
        raise KgiError(finding("yaml_syntax", Place(path), problem=str(error))) from error
    finally:
        loader.dispose()


def _mark(error: yaml.MarkedYAMLError, path: str) -> Place:
    mark = error.problem_mark or error.context_mark
    return Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)


def _locate(
    node: yaml.Node, keys: tuple[Key, ...], path: str, places: dict[tuple[Key, ...], Place], faults: list[Finding]
) -> None:
    places.setdefault(keys, Place(path, node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            key = str(key_node.value)
            place = Place(path, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if (*keys, key) in places and key != "<<":
                faults.append(finding("yaml_duplicate_key", place, key=key, first_line=places[(*keys, key)].line))
            places[(*keys, key)] = place
            _locate(value, (*keys, key), path, places, faults)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _locate(item, (*keys, number), path, places, faults)


def read_text(path: Path, shown_as: str) -> str:
    """Read a project file as UTF-8 (a BOM is allowed). Raises KgiError naming the first byte that is not."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise KgiError(finding("file_not_found", path=shown_as)) from error
    except UnicodeDecodeError as error:
        byte = f"{error.object[error.start]:02X}"
        raise KgiError(finding("file_not_utf8", Place(shown_as), offset=error.start, byte=byte)) from error


def decode(spec: type[Spec], document: Document, *, owner: str, under: tuple[Key, ...] = ()) -> Spec:
    """Check (a part of) a document against a spec and return it.

    `owner` names the thing in messages ("the source 'salesforce'"); `under` is the path of the part. Raises KgiError with one
    finding per mistake: unknown keys with the nearest known one, missing keys, wrong values with the value.
    """
    from pydantic import ValidationError

    data = document.data
    for key in under:
        data = data[key]
    try:
        return spec.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise KgiError(_findings(error, spec, data, document, owner, under)) from error


def _findings(
    error: Any, spec: type[BaseModel], data: Data, document: Document, owner: str, under: tuple[Key, ...]
) -> list[Finding]:
    found: dict[tuple[object, ...], Finding] = {}
    for mistake in error.errors(include_url=False):
        path = _written(mistake["loc"], data)
        each = _finding_of(mistake, path, spec, document, owner, under)
        found.setdefault((each.place, each.arguments), each)
    return list(found.values())


def _finding_of(
    mistake: Any, path: tuple[Key, ...], spec: type[BaseModel], document: Document, owner: str, under: tuple[Key, ...]
) -> Finding:
    key = ".".join(str(part) for part in path) or str(mistake["loc"][-1] if mistake["loc"] else "")
    place = document.at(*under, *path)
    inside = f"{owner}, {'.'.join(str(part) for part in path[:-1])}" if len(path) > 1 else owner
    match mistake["type"]:
        case "extra_forbidden":
            known = _known_keys(spec, mistake["loc"])
            near = did_you_mean(str(path[-1]), known)
            return finding("yaml_unknown_key", place, hint=near, key=str(path[-1]), owner=inside, known=", ".join(sorted(known)))
        case "missing":
            return finding("yaml_missing_key", place, key=str(mistake["loc"][-1]), owner=inside)
        case _:
            value = _shown(mistake.get("input"))
            problem = str(mistake["msg"]).removeprefix("Value error, ")
            return finding("yaml_wrong_value", place, key=key, value=value, problem=problem)


def _written(loc: tuple[Key, ...], data: Data) -> tuple[Key, ...]:
    """Keep the parts of a pydantic location that stand in the file (it also names union members and missing keys)."""
    path: list[Key] = []
    for part in loc:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            path.append(part)
            data = data[part]  # type: ignore[index]
    return tuple(path)


def _known_keys(spec: type[BaseModel], loc: tuple[Key, ...]) -> set[str]:
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


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
