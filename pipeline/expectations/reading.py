"""Suite files -> frozen suites, every mistake on its line and all of them at once; Great Expectations is not imported."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.decode import Document, decode
from pipeline.expectations.entries import read_entry
from pipeline.expectations.suite import Expectation, Suite
from pipeline.findings import Finding, KgiError, Place, finding

_ADDRESS = re.compile(r"[^\s.]+(\.[^\s.]+)?")


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    on: str | None = None
    allow_empty: bool = False
    expectations: list[Any]


def read_suites(documents: Iterable[Document]) -> tuple[Suite, ...]:
    """Read suite files, one document each, in the order given.

    Raises KgiError with the mistakes of all files: unknown types, severities, keys and arguments, missing arguments, types that
    cannot run on DuckDB, conditions of another shape, a suite that expects nothing, two files of one name.
    """
    suites: dict[str, Suite] = {}
    faults: list[Finding] = []
    for document in documents:
        try:
            suite = _suite(document)
        except KgiError as error:
            faults.extend(error.findings)
            continue
        if suite.name in suites:
            faults.append(finding("suite_twice", suite.place, name=suite.name, other=str(suites[suite.name].place)))
        suites.setdefault(suite.name, suite)
    if faults:
        raise KgiError(faults)
    return tuple(suites.values())


def _suite(document: Document) -> Suite:
    name = PurePosixPath(document.path).stem
    file = decode(_File, document, owner=f"expectations/{name}.yml")
    on = (file.on or name).removeprefix("source.")
    faults: list[Finding] = []
    if not _ADDRESS.fullmatch(on):
        faults.append(finding("suite_on_unreadable", document.at("on"), value=on))
    if not file.expectations:
        faults.append(finding("suite_empty", document.at("expectations"), name=name))
    read: list[Expectation] = []
    for number, entry in enumerate(file.expectations):
        written, found = read_entry(entry, document, number)
        faults.extend(found)
        read.extend([written] if written else [])
    faults.extend(_named_twice(read))
    if faults:
        raise KgiError(faults)
    counted = read if file.allow_empty else [_not_empty(document.at("expectations")), *read]
    place = document.at("on") if file.on else document.at()
    return Suite(name, on, tuple(counted), file.allow_empty, place, _fingerprint(on, counted))


def _named_twice(read: list[Expectation]) -> list[Finding]:
    seen: dict[str, Place] = {}
    faults = []
    for each in read:
        if each.name in seen:
            faults.append(finding("expectation_name_twice", each.place, name=each.name, line=seen[each.name].line))
        elif each.name:
            seen[each.name] = each.place
    return faults


def _not_empty(place: Place) -> Expectation:
    """Return the row count that every suite gets: nearly every other expectation is content with an empty table."""
    return Expectation(
        position=0,
        type="expect_table_row_count_to_be_between",
        arguments=(("min_value", 1),),
        severity="critical",
        condition=(),
        name=None,
        description_ja="表が空でないこと",
        description_en="the table is not empty",
        place=place,
    )


def _fingerprint(on: str, expectations: list[Expectation]) -> str:
    # moving an expectation to another line does not change what is checked
    said = [on, *(repr(replace(each, place=Place(""))) for each in expectations)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()
