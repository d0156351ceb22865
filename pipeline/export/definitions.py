"""The sheet of definitions, line by line: which night this is, what tables and columns mean, and the metric dictionary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.export.meaning import unit_word
from pipeline.export.reading import ExportTable, Shelf
from pipeline.messages import Language

_WORDS: dict[Language, dict[str, str]] = {
    "ja": {
        "title": "定義",
        "this file": "このファイルについて",
        "as of": "基準日(この日の終わりまでの実績)",
        "run": "実行ID",
        "published": "公開時刻(UTC)",
        "version": "kgiの版",
        "empty": "空欄",
        "empty means": "値がないことを表します。理由は、その行の「空欄の理由」の列にあります",
        "columns": "表と列",
        "column heads": "シート|列名|見出し|意味|意味(英語)|単位|型",
        "metrics": "指標の辞書",
        "metric heads": "指標|表示名|担当|説明|説明(英語)|単位|定義の版",
    },
    "en": {
        "title": "Definitions",
        "this file": "This file",
        "as of": "as-of date (what happened up to its end)",
        "run": "run id",
        "published": "published at (UTC)",
        "version": "version of kgi",
        "empty": "empty cells",
        "empty means": "there is no value; null_reason of the row says why",
        "columns": "Tables and columns",
        "column heads": "sheet|column|Japanese name|meaning|meaning in Japanese|unit|type",
        "metrics": "Metric dictionary",
        "metric heads": "metric|label|owner|description|description in Japanese|unit|version of the definition",
    },
}


@dataclass(frozen=True)
class Line:
    """A line of the sheet: a title over a part, the heads of its columns, or what is said."""

    kind: Literal["title", "head", "said"]
    cells: tuple[str | int | dt.date | None, ...] = ()


def sheet_title(language: Language) -> str:
    """Return the name of the sheet."""
    return _WORDS[language]["title"]


def definition_lines(
    shelf: Shelf, sheets: Mapping[str, str], tables: Sequence[ExportTable], language: Language
) -> Iterator[Line]:
    """Give the lines; `sheets` says on which sheet a table stands."""
    words, said = _WORDS[language], shelf.manifest
    yield Line("title", (words["this file"],))
    yield Line("said", (words["as of"], said.as_of))
    yield Line("said", (words["run"], said.run_id))
    yield Line("said", (words["published"], f"{said.published_at:%Y-%m-%d %H:%M:%S}"))
    yield Line("said", (words["version"], said.kgi_version))
    yield Line("said", (words["empty"], words["empty means"]))
    yield Line("said")
    yield Line("title", (words["columns"],))
    yield Line("head", tuple(words["column heads"].split("|")))
    for table in tables:
        yield from _of_table(table, sheets[table.name], language)
    yield Line("said")
    yield Line("title", (words["metrics"],))
    yield Line("head", tuple(words["metric heads"].split("|")))
    for metric in shelf.dictionary():
        first, second = (0, 1) if language == "ja" else (1, 0)
        about = _each_once(metric.descriptions[first], metric.descriptions[second])
        unit = unit_word(metric.unit, language)
        yield Line("said", (metric.name, metric.labels[first], metric.owner, *about, unit, metric.version))


def _of_table(table: ExportTable, sheet: str, language: Language) -> Iterator[Line]:
    """Say a table, then each of its columns."""
    first, second = (table.meaning.ja, table.meaning.en) if language == "ja" else (table.meaning.en, table.meaning.ja)
    yield Line("said", (sheet, table.name, "", *_each_once(first, second)))
    for column in table.columns:
        meaning = column.meaning
        said = (meaning.ja, meaning.en) if language == "ja" else (meaning.en, meaning.ja)
        unit = unit_word(meaning.unit, language)
        yield Line("said", (sheet, column.name, column.japanese, *_each_once(*said), unit, column.type))


def _each_once(first: str, second: str) -> tuple[str, str]:
    """Leave out the second where it says the same: nobody has translated it."""
    return first, "" if second == first else second
