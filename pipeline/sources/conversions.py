"""A declared column -> DuckDB expressions that turn its text into a typed value, or into the name of the rule it breaks.

Every conversion is exact or a reject: nothing is rounded, no notation is read that is not declared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.shapes import comma, literal
from pipeline.sources.datatypes import decimal_digits, kind_of
from pipeline.sources.salesforce import salesforce_id
from pipeline.sources.source import SourceColumn

_SPACES = "' \u3000' || chr(9) || chr(10) || chr(13) || chr(160)"
_WIDE, _NARROW = "０１２３４５６７８９，．－−＋％￥（）／：", "0123456789,.--+%¥()/:"
_ISO_DATE = r"\d{4}-\d{2}-\d{2}"
_ISO_TIME = r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_WIDTHS = {"%Y": "[0-9]{4}", **{f"%{each}": "[0-9]{2}" for each in "mdHMS"}}
_ERAS = (
    ("令和", "R", 2018, "2019-05-01", "9999-01-01"),
    ("平成", "H", 1988, "1989-01-08", "2019-05-01"),
    ("昭和", "S", 1925, "1926-12-25", "1989-01-08"),
    ("大正", "T", 1911, "1912-07-30", "1926-12-25"),
    ("明治", "M", 1867, "1868-10-23", "1912-07-30"),
)


@dataclass(frozen=True)
class Conversion:
    """Expressions that build on each other: `cleaned` reads the text, `parsed` the cleaned text, `value` and `rule` both.

    `cleaned` is NULL where the text is a declared null. Where `cleaned` is not NULL and `value` is, `rule` says why.
    """

    cleaned: str
    parsed: str
    value: str
    rule: str


def conversion(column: SourceColumn, *, text: str, cleaned: str, parsed: str, has_cells: bool = False) -> Conversion:
    """Return the expressions of a column; `text`, `cleaned` and `parsed` are the names under which the layers stand.

    `has_cells` says that the text comes from typed cells (XLSX), whose dates are written in ISO whatever the formats.
    """
    kind = kind_of(column.type)
    if kind == "text":
        return _text(column, text, cleaned)
    if kind == "boolean":
        return _boolean(column, text, cleaned)
    clean = _without_nulls(f"trim({text}, {_SPACES})", column.nulls)
    if "fullwidth" in column.accept:
        clean = f"translate({clean}, {literal(_WIDE)}, {literal(_NARROW)})"
    match kind:
        case "integer":
            return _integer(column, _number(clean, column.accept), cleaned)
        case "decimal":
            return _decimal(column, _number(clean, column.accept), cleaned)
        case "double":
            return _double(column, _number(clean, column.accept), cleaned)
        case "json":
            valid = f"case when json_valid({cleaned}) then {cleaned}::json end"
            return Conversion(clean, "NULL", valid, "'not_json'")
        case _:
            return _moment(column, clean, cleaned, parsed, has_cells)


def key_text(column: SourceColumn, text: str) -> str:
    """Return the expression of a key's text: NULL for a declared null, an id in its one form where a rule says so."""
    known = _without_nulls(text, column.nulls)
    return f"coalesce({salesforce_id(f'trim({known}, {_SPACES})')}, {known})" if column.rule == "salesforce_id" else known


def _without_nulls(text: str, nulls: Sequence[str]) -> str:
    return f"case when {text} not in ({_list(nulls)}) then {text} end" if nulls else text


def _list(values: Sequence[str]) -> str:
    return comma([literal(each) for each in values])


def _text(column: SourceColumn, text: str, cleaned: str) -> Conversion:
    clean = _without_nulls(text, column.nulls)
    if column.rule == "salesforce_id":
        return Conversion(f"trim({clean}, {_SPACES})", "NULL", salesforce_id(cleaned), "'not_salesforce_id'")
    return Conversion(clean, "NULL", cleaned, "NULL")


def _boolean(column: SourceColumn, text: str, cleaned: str) -> Conversion:
    if not column.true:
        clean = _without_nulls(f"trim({text}, {_SPACES})", column.nulls)
        value = f"case lower({cleaned}) when 'true' then true when 'false' then false end"
        return Conversion(clean, "NULL", value, "'not_a_boolean'")
    both = (*column.true, *column.false)
    clean = f"case when {text} in ({_list(both)}) then {text} else {_without_nulls(text, column.nulls)} end"
    value = f"case when {cleaned} in ({_list(column.true)}) then true when {cleaned} in ({_list(column.false)}) then false end"
    return Conversion(clean, "NULL", value, "'not_a_boolean'")


def _number(text: str, accept: frozenset[str]) -> str:
    """Take off what is declared to stand around a number. Thousands are taken out only where they stand in threes."""
    if "paren_negative" in accept:
        text = rf"regexp_replace({text}, '^\((.*)\)$', '-\1')"
    if "triangle_negative" in accept:
        text = rf"regexp_replace({text}, '^([¥￥\\]?)[△▲]\s*', '-\1')"
    if "yen_sign" in accept:
        text = rf"regexp_replace(regexp_replace({text}, '^([+-]?)[¥￥\\]\s*', '\1'), '\s*円$', '')"
    if "kanji_units" in accept:
        text = _without_units(text, "comma" in accept)
    if "comma" in accept:
        grouped = r"'[+-]?\d{1,3}(,\d{3})+(\.\d*)?%?'"
        bare = f"case when regexp_full_match(n, {grouped}) then replace(n, ',', '') else n end"
        text = f"list_transform([{text}], lambda n: {bare})[1]"
    return text


def _without_units(text: str, has_commas: bool) -> str:
    """Multiply out 億 and 万, exactly: 1億2,000万 is 120000000."""
    part = r"((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)" if has_commas else r"(\d+(?:\.\d+)?)"
    form = f"([+-]?)(?:{part}億)?(?:{part}万)?{part}?"
    group = "coalesce(try_cast(replace(regexp_extract(n, '{form}', {at}), ',', '') as decimal(20, 8)), 0)"
    oku, man, rest = (group.format(form=form, at=at) for at in (2, 3, 4))
    total = f"({oku} * 100000000::decimal(9, 0) + {man} * 10000::decimal(5, 0) + {rest})::varchar"
    sign = f"replace(regexp_extract(n, '{form}', 1), '+', '')"
    is_one = f"regexp_matches(n, '[億万]') and regexp_full_match(n, '{form}')"
    worth = f"case when {is_one} then {sign} || {total} else n end"
    return f"list_transform([{text}], lambda n: {worth})[1]"


def _integer(column: SourceColumn, clean: str, cleaned: str) -> Conversion:
    whole = rf"regexp_full_match({cleaned}, '[+-]?\d+(\.0*)?')"
    value = rf"case when {whole} then try_cast(regexp_replace({cleaned}, '\.0*$', '') as {column.type}) end"
    number = rf"regexp_full_match({cleaned}, '[+-]?(\d+\.?\d*|\.\d+)')"
    rule = f"case when {whole} then 'out_of_range' when {number} then 'not_an_integer' else 'not_a_number' end"
    return Conversion(clean, "NULL", value, rule)


def _decimal(column: SourceColumn, clean: str, cleaned: str) -> Conversion:
    _, scale = decimal_digits(column.type)
    plain, sign = rf"regexp_full_match({cleaned}, '[+-]?(\d+\.?\d*|\.\d+)')", ""
    decimals = f"strlen(rtrim(split_part({cleaned}, '.', 2), '0'))"
    value = f"case when {plain} and {decimals} <= {scale} then try_cast({cleaned} as {column.type}) end"
    number = plain
    if "percent" in column.accept:
        sign = rf"regexp_full_match({cleaned}, '[+-]?(\d+\.?\d*|\.\d+)\s*%')"
        bare = f"rtrim({cleaned}, '% ')"
        exact = f"strlen(rtrim(split_part({bare}, '.', 2), '0')) <= {scale - 2}"
        hundredth = f"try_cast(try_cast({bare} as decimal(35, {scale - 2})) * 0.01::decimal(3, 2) as {column.type})"
        value = f"case when {sign} then case when {exact} then {hundredth} end else {value} end"
        decimals = f"case when {sign} then strlen(rtrim(split_part({bare}, '.', 2), '0')) + 2 else {decimals} end"
        number = f"({plain} or {sign})"
    rule = f"case when not {number} then 'not_a_number' when {decimals} > {scale} then 'too_precise' else 'out_of_range' end"
    return Conversion(clean, "NULL", value, rule)


def _double(column: SourceColumn, clean: str, cleaned: str) -> Conversion:
    number = rf"regexp_full_match({cleaned}, '[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?')"
    value = f"case when {number} then try_cast({cleaned} as double) end"
    if "percent" in column.accept:
        sign = rf"regexp_full_match({cleaned}, '[+-]?(\d+\.?\d*|\.\d+)\s*%')"
        value = f"case when {sign} then try_cast(rtrim({cleaned}, '% ') as double) / 100 else {value} end"
    finite = f"list_transform([{value}], lambda v: case when isfinite(v) then v end)[1]"
    return Conversion(clean, "NULL", finite, f"case when {number} then 'out_of_range' else 'not_a_number' end")


def _moment(column: SourceColumn, clean: str, cleaned: str, parsed: str, has_cells: bool) -> Conversion:
    """Read a date or an instant: every declared way is tried; where two ways read different days, none is taken."""
    is_date = column.type == "DATE"
    ways = [_by_format(cleaned, each, column) for each in column.formats]
    if has_cells or not (ways or "era" in column.accept):
        ways.append(_iso_date(cleaned) if is_date else _iso_instant(cleaned, column.timezone))
    if "era" in column.accept:
        ways.append(_era_date(cleaned))
    one = ways[0]
    count = f"{parsed} is not null"
    if len(ways) > 1:
        found = f"list_distinct(list_filter([{comma(ways)}], lambda way: way is not null))"
        one, count = f"{found}", f"len({parsed}) = 1"
    moment = f"{parsed}[1]" if len(ways) > 1 else parsed
    real = f"{count} and year({moment}) between 1000 and 9998"
    type_ = "date" if is_date else "timestamp"
    rules = f"when {count} and year({moment}) = 9999 then 'sentinel_date' else 'not_a_{type_}' end"
    several = f"when len({parsed}) > 1 then 'ambiguous_date' " if len(ways) > 1 else ""
    return Conversion(clean, one, f"case when {real} then {moment}::{type_} end", f"case {several}{rules}")


def _by_format(text: str, pattern: str, column: SourceColumn) -> str:
    read = f"try_strptime({text}, {literal(pattern)})"
    if (widths := _full_widths(pattern)) is not None:
        read = f"case when regexp_full_match({text}, {literal(widths)}) then {read} end"
    if column.type == "DATE":
        return f"date_trunc('day', {read})::timestamp"
    if "%z" in pattern:
        return f"timezone('UTC', {read})"
    return read if pattern.endswith(("Z", "UTC")) else _from_zone(read, column.timezone)


def _full_widths(pattern: str) -> str | None:
    """Return what a text must look like where numbers touch in a format: without their zeros 2024111 could be two days."""
    if re.search(r"%[YmdHMS]%[YmdHMS]", pattern) is None:
        return None
    parts = re.split(r"(%[A-Za-z%])", pattern)
    return "".join(_WIDTHS.get(part, ".+") if part.startswith("%") else re.escape(part) for part in parts)


def _from_zone(moment: str, zone: str) -> str:
    return moment if zone == "UTC" else f"timezone('UTC', timezone({literal(zone)}, {moment}))"


def _iso_date(text: str) -> str:
    return f"case when regexp_full_match({text}, '{_ISO_DATE}') then try_cast({text} as date)::timestamp end"


def _iso_instant(text: str, zone: str) -> str:
    local = _from_zone(f"try_cast({text} as timestamp)", zone)
    with_offset = rf"regexp_full_match({text}, '{_ISO_TIME}(Z|[+-]\d{{2}}(:?\d{{2}})?)')"
    return (
        f"case when regexp_full_match({text}, '{_ISO_TIME}') then {local}"
        f" when {with_offset} then timezone('UTC', try_cast({text} as timestamptz)) end"
    )


def _era_date(text: str) -> str:
    """Read 令和6年4月1日 and R6.4.1; a day outside its era is no date."""
    numbers = r"\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})\s*日?"
    cases = []
    for long, short, base, first, end in _ERAS:
        form = f"(?:{long}|{short}){numbers}"
        part = [f"regexp_extract({text}, '{form}', {group})" for group in (1, 2, 3)]
        year = f"({base} + replace({part[0]}, '元', '1')::integer)"
        day = f"try_strptime({year} || '-' || {part[1]} || '-' || {part[2]}, '%Y-%m-%d')"
        within = f"list_filter([{day}], lambda d: d >= timestamp '{first}' and d < timestamp '{end}')[1]"
        cases.append(f"when regexp_full_match({text}, '{form}') then {within}")
    return f"case {' '.join(cases)} end"
