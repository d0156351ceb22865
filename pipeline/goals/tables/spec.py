"""What a goal table is, as data: columns with types, its key, how long its rows stay, and what each column means in ja and en."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pipeline.goals.rows import reasons

Row = Mapping[str, object]


@dataclass(frozen=True)
class ColumnSpec:
    """A column: its DuckDB type, its meaning in both languages and its unit (empty where it has none)."""

    name: str
    type: str
    ja: str
    en: str
    unit: str = ""


@dataclass(frozen=True)
class TableSpec:
    """A table: `key` is its grain.

    `kept` says how long rows stay: `sealed` ones of earlier as-of dates for ever, `current` ones until the next night; `itself`
    is a table that is written on a road of its own.
    """

    name: str
    ja: str
    en: str
    key: tuple[str, ...]
    columns: tuple[ColumnSpec, ...]
    kept: Literal["sealed", "current", "itself"] = "sealed"

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def sealed(self) -> bool:
        """Whether rows of earlier as-of dates stay."""
        return self.kept == "sealed"

    def row(self, why: Mapping[str, str | None] | None = None, **values: object) -> Row:
        """Make a row: every column but null_reason by name. `why` says for columns that may be null why they are.

        Raises TypeError for a column that is missing or that the table does not have.
        """
        given = dict(values)
        if "null_reason" in self.names:
            given["null_reason"] = reasons(why or {}, {name: value for name, value in values.items() if name != "null_reason"})
        if set(given) != set(self.names):
            raise TypeError(f"{self.name}: columns {sorted(set(given) ^ set(self.names))} are missing or not there")
        return {name: given[name] for name in self.names}


def column(name: str, type_: str, ja: str, en: str, unit: str = "") -> ColumnSpec:
    """Make a column."""
    return ColumnSpec(name, type_, ja, en, unit)


AS_OF = column("as_of_date", "DATE", "基準日(この日の終わりまでの実績)", "business date whose end is the cut-off", "date")
RUN = column("run_id", "VARCHAR", "実行ID", "the run that wrote the row")
REASON = column("null_reason", "VARCHAR", "空欄の理由(列=理由;…)", "why columns are null: column=reason;column=reason")
START = column("period_start", "DATE", "期間の初日", "first day of the row's days", "date")
END = column("period_end", "DATE", "期間の末日", "last day of the row's days", "date")
VERSION = column("plan_version", "BIGINT", "計画の版", "version of the plan", "count")
KGI_ID = column("kgi_id", "VARCHAR", "KGIの名前", "name of the goal")
DAYS = column("business_days", "BIGINT", "営業日数", "business days in the row's days", "days")
