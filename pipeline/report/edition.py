"""The published file -> what a page is written from: one night's goals and tables, asked once, told in one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any

from pipeline.board.naming import reason_of
from pipeline.board.reading import GoalBoard, Row, read_board
from pipeline.board.sentences import RATES, Cited, Pair, Sentence, Value, cite, fill, shown
from pipeline.engines.duckdb import Engine, EngineError
from pipeline.findings import KgiError, finding
from pipeline.messages import Language
from pipeline.query import open_locked
from pipeline.report.blocks import Absent, Cell, Mark, Piece
from pipeline.report.wording import WORDS
from pipeline.shapes import comma, is_currency, quote

SMALL = 20
"""Below so many cases a rate looks like what it is: the guardrails of goals ask for as many."""


@dataclass(frozen=True)
class Cut:
    """A question to the published file whose every value can be found again: the rows of a table, or sums over their groups.

    `keys` are the columns that tell one row from another, `values` are names with the expressions behind them; without `values`
    all columns are read as they stand. `where` is a condition in SQL.
    """

    name: str
    table: str
    keys: tuple[str, ...]
    values: tuple[tuple[str, str], ...] = ()
    where: str = ""
    order: str = ""

    @property
    def sql(self) -> str:
        """The SELECT."""
        said = "*"
        if self.values:
            said = comma([*map(quote, self.keys), *(f"{expression} as {quote(name)}" for name, expression in self.values)])
        where = f" where {self.where}" if self.where else ""
        groups = f" group by {comma([quote(key) for key in self.keys])}" if self.values and self.keys else ""
        return f"select {said} from {self.table}{where}{groups}" + (f" order by {self.order}" if self.order else "")

    def source(self, name: str) -> str:
        """Return the expression behind a value."""
        return dict(self.values).get(name, quote(name))


@dataclass(frozen=True)
class Night:
    """What a published file says on its newest night. A table that a project does not have gives no rows.

    `unread` names the tables that are there and could not be read, for they lack a column, with what was wrong.
    """

    as_of: dt.date
    manifest: Row
    boards: tuple[GoalBoard, ...]
    cuts: Mapping[str, Cut]
    tables: Mapping[str, tuple[Row, ...]]
    unread: Mapping[str, str] = field(default_factory=dict)

    def rows(self, name: str, **where: object) -> tuple[Row, ...]:
        """Return the rows of a cut in which these columns hold these values."""
        return tuple(each for each in self.tables[name] if all(each[key] == value for key, value in where.items()))


def read_night(published: Path, cuts: Iterable[Cut]) -> Night:
    """Ask the published file all that a page needs. Raises KgiError where it is not there or cannot be read."""
    named = {cut.name: cut for cut in cuts}
    with open_locked(published) as engine:
        manifest = _manifest(engine, published)
        boards = read_board(published)
        unread: dict[str, str] = {}
        tables = {name: _rows(engine, cut, unread) for name, cut in named.items()}
    as_of: Any = manifest["as_of_date"]
    return Night(as_of, manifest, boards, named, tables, unread)


def _manifest(engine: Engine, published: Path) -> Row:
    try:
        rows = engine.table("select * from ops.manifest").records()
    except EngineError as error:
        raise KgiError(finding("not_of_kgi", path=str(published))) from error
    if not rows:
        raise KgiError(finding("not_of_kgi", path=str(published)))
    return rows[0]


def _rows(engine: Engine, cut: Cut, unread: dict[str, str]) -> tuple[Row, ...]:
    """Ask a cut. A table that is not there gives no rows; nor does one that lacks a column, which is noted."""
    try:
        return tuple(engine.table(cut.sql).records())
    except EngineError as error:
        if error.kind not in ("Catalog", "Binder"):
            raise
        if error.kind == "Binder":
            unread[cut.table] = error.message.splitlines()[0]
        return ()


@dataclass(frozen=True)
class Edition:
    """A night told in one language. Figures made here say where they stand; a null says why."""

    night: Night
    language: Language

    @property
    def at(self) -> int:
        """The place of this language in a pair."""
        return 0 if self.language == "ja" else 1

    @property
    def currency(self) -> str:
        """The currency of amounts, as the file says it; one of an earlier kgi does not and has that of its goals."""
        told = self.night.manifest.get("currency")
        return str(told or next((each.kgi["unit"] for each in self.night.boards if is_currency(each.kgi["unit"])), "JPY"))

    def is_ratio(self, metric: str, unit: object) -> bool:
        """Tell whether a metric is a rate or a mean, whose months cannot be added up."""
        kinds = {each["value_kind"] for each in self.night.tables.get("metrics", ()) if each["metric"] == metric}
        return bool(kinds & {"rate", "ratio"}) if kinds - {None} else unit in RATES

    def word(self, key: str, **values: object) -> str:
        """Return words of the page."""
        return WORDS[key][self.at].format(**values)

    def pair(self, key: str) -> Pair:
        """Return words of the page in both languages."""
        return WORDS[key]

    def pick(self, pair: Pair) -> str:
        """Return the words of a pair in this language."""
        return pair[self.at]

    def label(self, row: Row) -> str:
        """Return the label of a row."""
        return str(row["label_ja" if self.language == "ja" else "label_en"])

    def say(self, key: str, **parts: Cited | Sentence | Pair) -> Sentence:
        """Fill a sentence of the page."""
        return fill(key, WORDS[key], **parts)

    def pieces(self, key: str, **parts: Piece) -> tuple[Piece, ...]:
        """Fill words of the page with figures; what is null says why in its place."""
        found: list[Piece] = []
        for words, name, _, _ in Formatter().parse(WORDS[key][self.at]):
            found += [words] if words else []
            found += [parts[name]] if name is not None else []
        return tuple(found)

    def spoken(self, value: Value | None, unit: object = "") -> str:
        """Return a value in words alone, for drawings; a dash where there is none."""
        return "–" if value is None else shown(value, str(unit or ""))[self.at]

    def goal_figure(self, table: str, row: Row, column: str, unit: object = "") -> Piece:
        """Show a value of a goal table as it stands, or why it is null."""
        if row[column] is None:
            return Absent(reason_of(row, column)[self.at])
        return cite(table, row, column, str(unit or ""))

    def figure(self, cut: str, row: Row, column: str, unit: object = "", why: str = "") -> Piece:
        """Show a value of a cut, or why it is null: by the row's null_reason, else the words `why`."""
        value: Value | None = row[column]
        if value is None:
            reason = reason_of(row, column)[self.at] if row.get("null_reason") else why or self.word("no_value")
            return Absent(reason)
        return self._cited(cut, row, column, value, shown(value, str(unit or "")))

    def cited(self, cut: str, row: Row, column: str, unit: object = "") -> Cited:
        """Cite a value of a cut that is not null, for a sentence."""
        value: Value = row[column]
        return self._cited(cut, row, column, value, shown(value, str(unit or "")))

    def named(self, cut: str, row: Row, column: str, words: Pair) -> Piece:
        """Show words for a value of a cut that is a code, a member, a state."""
        value: Value | None = row[column]
        return self._cited(cut, row, column, value, words) if value is not None else Absent(self.word("no_value"))

    def rate(
        self,
        cut: str,
        row: Row,
        value: str,
        cases: str,
        *,
        mark: Mark = "",
        unit: str = "rate",
        why: str = "",
        mature: bool = True,
    ) -> Cell:
        """Show a rate, or an amount of a case, with the number of cases that it rests on.

        Few cases look like few, those that are not grown old look like it. One that is null only says why.
        """
        rate, n = self.figure(cut, row, value, unit, why), self.figure(cut, row, cases, "cases")
        if not isinstance(rate, Cited):
            return Cell((rate,))
        if not mature:
            return Cell((rate, " (n=", n, ") ", self.word("immature")), mark or "immature")
        few = isinstance(n, Cited) and isinstance(n.value, int | float) and n.value < SMALL
        return Cell((rate, " (n=", n, ")"), mark or ("small" if few else ""))

    def _cited(self, cut: str, row: Row, column: str, value: Value, words: Pair) -> Cited:
        asked = self.night.cuts[cut]
        return Cited(asked.table, {key: row[key] for key in asked.keys}, asked.source(column), value, words, asked.where)
