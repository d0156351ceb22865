"""YAML text -> a validated spec, every mistake on its line and all of them at once.

`read` gives plain data with the place of every key; `decode` checks it against a pydantic model. Scalars follow YAML 1.2's
core rules: only true and false are booleans, `on` and `12:30` are text. A date written plainly is a date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from pipeline.findings import Finding, KgiError, Place, finding
from pipeline.mistakes import findings_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    Spec = TypeVar("Spec", bound=BaseModel)

Key = str | int
Data = Any  # what YAML holds: dict, list, str, int, float, bool, date, None


Span = tuple[int, int, int, int]
"""Where a value begins and ends: line and column, both from 0, twice."""


@dataclass(frozen=True)
class Written:
    """A text as it stands in its file: `source` is all of it, with its quotes and line breaks."""

    place: Place
    source: str

    def of(self, word: str) -> Place:
        """Return the place of a word in it; of the whole text where the word is not written so."""
        tries = (word, re.split(r"\W", word)[0])  # a call is told whole, with its arguments as the engine writes them
        found = next((hit for each in tries if each and (hit := _word(each).search(self.source))), None)
        if found is None or self.place.line is None or self.place.column is None:
            return self.place
        before = self.source[: found.start()]
        lines = before.count("\n")
        column = found.start() - before.rfind("\n") if lines else self.place.column + found.start()
        return Place(self.place.path, self.place.line + lines, column)


def _word(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)


def at_words(findings: Iterable[Finding], written: Written | None) -> Iterator[Finding]:
    """Put each finding at the word of a text that it names."""
    for each in findings:
        word = dict(each.arguments).get("name")
        place = written.of(str(word)) if written and written.source else each.place
        yield replace(each, place=place)


@dataclass(frozen=True)
class Document:
    """One YAML document: its data and the place of every key and list item in it."""

    path: str
    data: Data
    places: Mapping[tuple[Key, ...], Place]
    source: tuple[str, ...] = field(default=(), repr=False)
    spans: Mapping[tuple[Key, ...], Span] = field(default_factory=dict, repr=False)

    def at(self, *keys: Key) -> Place:
        """Return the place of a key; of its nearest written parent where it is not in the file."""
        while keys and keys not in self.places:
            keys = keys[:-1]
        return self.places.get(keys, Place(self.path, 1, 1))

    def written(self, *keys: Key) -> Written:
        """Return the text that stands under a key as it is written; of no key, where its parent stands."""
        if keys not in self.spans:
            return Written(self.at(*keys), "")
        first, left, last, right = self.spans[keys]
        lines = self.source[first : last + 1]
        if first == last:
            lines = (lines[0][left:right],)
        elif lines:
            lines = (lines[0][left:], *lines[1:-1], *([lines[-1][:right]] if last < len(self.source) else []))
        return Written(Place(self.path, first + 1, left + 1), "\n".join(lines))


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
    source = tuple(text.splitlines())
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            places: dict[tuple[Key, ...], Place] = {}
            faults: list[Finding] = []
            spans: dict[tuple[Key, ...], Span] = {}
            _locate(node, (), path, places, spans, faults)
            if faults:
                raise KgiError(faults)
            yield Document(path, loader.construct_document(node), places, source, spans)
    except yaml.MarkedYAMLError as error:
        raise KgiError(finding("yaml_syntax", _mark(error, path), problem=error.problem or str(error))) from error
    except (yaml.YAMLError, ValueError) as error:
        raise KgiError(finding("yaml_syntax", Place(path), problem=str(error))) from error
    except RecursionError as error:
        raise KgiError(
            finding("yaml_syntax", Place(path), problem="it is nested too deeply, or an alias holds itself")
        ) from error
    finally:
        loader.dispose()


_MOST = 200_000


def _mark(error: yaml.MarkedYAMLError, path: str) -> Place:
    mark = error.problem_mark or error.context_mark
    return Place(path, mark.line + 1, mark.column + 1) if mark else Place(path)


def _locate(
    node: yaml.Node,
    keys: tuple[Key, ...],
    path: str,
    places: dict[tuple[Key, ...], Place],
    spans: dict[tuple[Key, ...], Span],
    faults: list[Finding],
) -> None:
    here = Place(path, node.start_mark.line + 1, node.start_mark.column + 1)
    places.setdefault(keys, here)
    if len(places) > _MOST:
        raise KgiError(finding("yaml_syntax", here, problem=f"more than {_MOST} entries, aliases counted where they stand"))
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            key = str(key_node.value)
            place = Place(path, key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            if (*keys, key) in places and key != "<<":
                faults.append(finding("yaml_duplicate_key", place, key=key, first_line=places[(*keys, key)].line))
            places[(*keys, key)] = place
            _locate(value, (*keys, key), path, places, spans, faults)
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            _locate(item, (*keys, number), path, places, spans, faults)
    else:
        start, end = node.start_mark, node.end_mark
        spans[keys] = (start.line, start.column, end.line, end.column)


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
        mistakes = error.errors(include_url=False)
        found = findings_of(mistakes, spec, data, owner, lambda *path: document.at(*under, *path))
        raise KgiError(dict.fromkeys(_one_for_a_misspelt_key(list(found)))) from error


def _one_for_a_misspelt_key(found: list[Finding]) -> list[Finding]:
    """Leave out a missing key that stands there misspelt: one mistake, one finding."""
    spelt = {(each.hint, dict(each.arguments)["owner"]) for each in found if each.code == "yaml_unknown_key"}
    missing = [each for each in found if each.code == "yaml_missing_key"]
    told = [each for each in missing if (dict(each.arguments)["key"], dict(each.arguments)["owner"]) in spelt]
    return [each for each in found if each not in told]
