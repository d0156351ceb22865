"""The --select grammar: which models a command is about. dbt's: names, paths, tag:, +model+, state:modified, result:error."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pipeline.findings import KgiError, did_you_mean, finding
from pipeline.models import Model, downstream, upstream

METHODS = ("tag", "path", "source", "config.materialized", "state", "result")
_WORD = re.compile(r"(?P<up>\+?)(?:(?P<method>[a-z_.]+):)?(?P<value>[^+]+)(?P<down>\+?)")


@dataclass(frozen=True)
class Past:
    """What the last runs left, for state: and result: selectors: names of models changed since, and of those that failed."""

    modified: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()


def select(
    models: Iterable[Model],
    *,
    chosen: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    past: Past | None = None,
) -> frozenset[str]:
    """Return the names of the models that some words select, minus those that others exclude; no word selects all.

    Words are united, words joined by a comma are intersected. Raises KgiError for a word that matches nothing.
    """
    listed = {model.name: model for model in models}
    reads = {name: (*model.refs,) for name, model in listed.items()}
    wanted = _union(chosen, listed, reads, past or Past()) if chosen else frozenset(listed)
    return wanted - _union(excluded, listed, reads, past or Past())


def _union(
    words: tuple[str, ...], models: Mapping[str, Model], reads: Mapping[str, tuple[str, ...]], past: Past
) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for word in (part for each in words for part in each.split()):
        parts = [_one(part, models, reads, past) for part in word.split(",")]
        found |= frozenset.intersection(*parts)
    return found


def _one(word: str, models: Mapping[str, Model], reads: Mapping[str, tuple[str, ...]], past: Past) -> frozenset[str]:
    match = _WORD.fullmatch(word)
    if match is None:
        raise KgiError(finding("unknown_selection", word=word))
    matches = _matcher(match["method"], match["value"], past)
    found = {name for name, model in models.items() if matches(model)}
    if not found and match["method"] not in ("state", "result"):
        raise KgiError(finding("unknown_selection", hint=did_you_mean(match["value"], models), word=word))
    around = set(found)
    for name in found:
        around |= {each for each in upstream(name, reads) if match["up"]}
        around |= {each for each in downstream(name, reads) if match["down"]}
    return frozenset(around)


def _matcher(method: str | None, value: str, past: Past) -> Callable[[Model], bool]:
    match method:
        case None:
            return lambda model: fnmatch.fnmatchcase(model.name, value) or _under(model.path, value)
        case "tag":
            return lambda model: value in model.tags
        case "path":
            return lambda model: _under(model.path, value)
        case "source":
            return lambda model: any(value in (source, f"{source}.{table}") for source, table in model.sources)
        case "config.materialized":
            return lambda model: model.materialized == value
        case "state" if value == "modified":
            return lambda model: model.name in past.modified
        case "result" if value in ("error", "fail"):
            return lambda model: model.name in past.failed
        case _:
            raise KgiError(finding("unknown_selection", hint=did_you_mean(str(method), METHODS), word=f"{method}:{value}"))


def _under(path: str, value: str) -> bool:
    return path == value or path.startswith(value.rstrip("/") + "/") or fnmatch.fnmatchcase(path, value)
