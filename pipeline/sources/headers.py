"""A file's header -> which field is which declared column; what is missing, doubled or new is said by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.findings import did_you_mean
from pipeline.sources.encodings import refusal
from pipeline.sources.source import OWN_COLUMNS, SourceTable, plain

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


@dataclass(frozen=True)
class Header:
    """Where columns stand in a file. `declared`: our name -> field; `extra`: plain header -> field, in file order."""

    width: int
    declared: dict[str, int]
    extra: dict[str, int]


def match_header(table: SourceTable, fields: Sequence[str], file: str) -> Header:
    """Match header fields with declared columns by name: NFKC and trimmed, declared header before aliases.

    Raises KgiError for one field that holds another delimiter, for equal headers (also but for letter case), and for missing
    columns: one error that names each with the nearest header of the file.
    """
    _refuse_other_delimiter(table, fields, file)
    headers = [plain(each) or f"#{number}" for number, each in enumerate(fields, start=1)]
    _refuse_doubles(headers, file)
    places = {header: index for index, header in enumerate(headers)}
    declared: dict[str, int] = {}
    missing: list[str] = []
    for column in table.columns:
        found = next((places[each] for each in column.headers if each in places), None)
        if found is not None:
            declared[column.name] = found
        elif not column.optional:
            missing.append(column.header)
    if missing:
        taken = {headers[index] for index in declared.values()}
        free = [each for each in headers if each not in taken]
        listed = "; ".join(_with_nearest(each, free) for each in missing)
        raise refusal("columns_missing", file=file, table=table.full_name, count=len(missing), columns=listed)
    used = set(declared.values())
    extra = {header: index for index, header in enumerate(headers) if index not in used}
    return Header(len(headers), declared, extra)


def _with_nearest(header: str, free: Sequence[str]) -> str:
    near = did_you_mean(header, free) or next((each for each in free if header in each or each in header), None)
    return f"'{header}' (~ '{near}')" if near else f"'{header}'"


def _refuse_other_delimiter(table: SourceTable, fields: Sequence[str], file: str) -> None:
    if len(fields) != 1 or len(table.columns) == 1 or table.format not in ("csv", "tsv"):
        return
    other = next((name for mark, name in _DELIMITERS.items() if mark in fields[0] and mark != table.dialect.delimiter), None)
    if other is not None:
        declared = _DELIMITERS.get(table.dialect.delimiter, table.dialect.delimiter)
        raise refusal("one_column_found", file=file, declared=declared, other=other)


def _refuse_doubles(headers: Sequence[str], file: str) -> None:
    own = {each.casefold() for each in OWN_COLUMNS}
    seen: dict[str, str] = {}
    for header in headers:
        folded = header.casefold()
        if folded in seen:
            raise refusal("header_doubled", file=file, first=seen[folded], second=header)
        if folded in own:
            raise refusal("header_reserved", file=file, header=header)
        seen[folded] = header
