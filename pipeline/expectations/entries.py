"""One entry of a suite file -> an Expectation, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.decode import Document, Key
from pipeline.expectations.catalogue import COMMON_KEYS, KINDS, OPERATORS, QUERIES, REFUSED, SEVERITIES, Kind
from pipeline.expectations.suite import Condition, Expectation, frozen
from pipeline.findings import Finding, did_you_mean, finding

TEXTS = frozenset({"column", "column_A", "column_B", "regex", "like_pattern", "strftime_format", "other_table_name", "type_"})
LISTS = frozenset({"column_list", "value_set", "value_pairs_set", "regex_list", "like_pattern_list", "type_list", "column_set"})


def read_entry(entry: Any, document: Document, number: int) -> tuple[Expectation | None, tuple[Finding, ...]]:
    """Read the entry at index `number`; positions count from 1. Return None in the place of one that has mistakes."""
    at = ("expectations", number)
    if not isinstance(entry, dict):
        return None, (finding("expectation_not_a_mapping", document.at(*at), position=number + 1),)
    if "type" not in entry:
        owner = f"expectations[{number + 1}]"
        return None, (finding("yaml_missing_key", document.at(*at), key="type", owner=owner),)
    if refusal := _refused_type(entry["type"], document, at):
        return None, (refusal,)
    kind = KINDS[entry["type"]]
    faults = (
        *_keys(entry, kind, document, at),
        *_values(entry, kind, document, at),
        *_common(entry, document, at),
        *_condition(entry, kind, document, at),
    )
    return (None, faults) if faults else (_expectation(entry, kind, document, number), ())


def _expectation(entry: Mapping[str, Any], kind: Kind, document: Document, number: int) -> Expectation:
    said = entry.get("description")
    both = said if isinstance(said, dict) else {"ja": said, "en": said}
    return Expectation(
        position=number + 1,
        type=kind.name,
        arguments=tuple((key, frozen(entry[key])) for key in kind.arguments if key in entry),
        severity=entry.get("severity", "critical"),
        condition=tuple(
            Condition(column, operator, frozen(value[0]) if value else None)
            for column, operator, *value in entry.get("row_condition") or ()
        ),
        name=entry.get("name"),
        description_ja=both.get("ja") or both.get("en"),
        description_en=both.get("en") or both.get("ja"),
        place=document.at("expectations", number),
    )


def _refused_type(written: Any, document: Document, at: tuple[Key, ...]) -> Finding | None:
    place = document.at(*at, "type")
    if not isinstance(written, str) or written not in KINDS:
        return finding("expectation_unknown_type", place, hint=did_you_mean(str(written), KINDS), type=str(written))
    return finding(REFUSED[written], place, type=written) if written in REFUSED else None


def _keys(entry: Mapping[str, Any], kind: Kind, document: Document, at: tuple[Key, ...]) -> Iterator[Finding]:
    known = (*kind.arguments, *(key for key in COMMON_KEYS if key != "row_condition" or kind.takes_condition))
    for key in entry:
        if key == "row_condition" and not kind.takes_condition:
            yield finding("expectation_takes_no_condition", document.at(*at, key), type=kind.name)
        elif key not in known:
            near = did_you_mean(str(key), known)
            listed = ", ".join(known)
            yield finding("yaml_unknown_key", document.at(*at, key), hint=near, key=str(key), owner=kind.name, known=listed)
    for key in kind.required:
        if entry.get(key) is None:
            yield finding("yaml_missing_key", document.at(*at), key=key, owner=kind.name)
    bounded = kind.name.endswith("_to_be_between") and "min_value" in kind.optional
    if bounded and entry.get("min_value") is None and entry.get("max_value") is None:
        yield finding("expectation_needs_bound", document.at(*at), type=kind.name)


def _values(entry: Mapping[str, Any], kind: Kind, document: Document, at: tuple[Key, ...]) -> Iterator[Finding]:
    for key in kind.arguments:
        value = entry.get(key)
        if value is None:
            continue
        if key == "mostly" and not (_is_number(value) and 0 <= value <= 1):
            yield finding("expectation_mostly", document.at(*at, key), value=str(value))
        elif key in TEXTS and not isinstance(value, str):
            yield finding("expectation_not_text", document.at(*at, key), key=key, value=str(value))
        elif key in LISTS and not isinstance(value, list):
            yield finding("expectation_not_a_list", document.at(*at, key), key=key, value=str(value))
        elif key in QUERIES and not (isinstance(value, str) and "{batch}" in value):
            yield finding("expectation_needs_batch", document.at(*at, key), key=key)


def _common(entry: Mapping[str, Any], document: Document, at: tuple[Key, ...]) -> Iterator[Finding]:
    severity = entry.get("severity", "critical")
    if severity not in SEVERITIES:
        near = did_you_mean(str(severity), SEVERITIES)
        yield finding("expectation_severity", document.at(*at, "severity"), hint=near, value=str(severity))
    said = entry.get("description")
    texts = list(said.values()) if isinstance(said, dict) and said and set(said) <= {"ja", "en"} else [said]
    if said is not None and not all(isinstance(text, str) for text in texts):
        yield finding("expectation_description", document.at(*at, "description"))
    if not isinstance(entry.get("name"), str | None):
        yield finding("expectation_not_text", document.at(*at, "name"), key="name", value=str(entry["name"]))


def _condition(entry: Mapping[str, Any], kind: Kind, document: Document, at: tuple[Key, ...]) -> Iterator[Finding]:
    written = entry.get("row_condition")
    if written is None or not kind.takes_condition:
        return
    place = document.at(*at, "row_condition")
    if not isinstance(written, list) or not written or not all(_is_comparison(part) for part in written):
        yield finding("expectation_condition_shape", place)
        return
    for number, (column, operator, *value) in enumerate(written):
        place = document.at(*at, "row_condition", number)
        if operator not in OPERATORS:
            near = "==" if operator == "=" else did_you_mean(str(operator), OPERATORS)
            known = " ".join(OPERATORS)
            yield finding("expectation_condition_operator", place, hint=near, operator=str(operator), known=known)
        elif not _fits(operator, value):
            yield finding("expectation_condition_value", place, column=column, operator=operator)


def _is_comparison(part: Any) -> bool:
    return isinstance(part, list) and 2 <= len(part) <= 3 and isinstance(part[0], str)


def _fits(operator: str, value: list[Any]) -> bool:
    """Tell whether a value may stand behind an operator; a list is all texts or all numbers, which is all that is taken."""
    if operator in ("is_null", "is_not_null"):
        return not value
    if not value:
        return False
    if operator not in ("in", "not_in"):
        return value[0] is not None and not isinstance(value[0], list | dict)
    members = value[0]
    if not isinstance(members, list) or not members:
        return False
    return all(isinstance(each, str) for each in members) or all(_is_number(each) for each in members)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
