"""The goal tables as data. A new table is a TableSpec in a module of this folder, and a place in TABLES."""

from __future__ import annotations

from pipeline.goals.tables.acting import ACTION, COLLABORATION, INITIATIVE, INITIATIVE_EFFECT, PDCA
from pipeline.goals.tables.agreements import AGREEMENT, COUNT_AGREEMENT, DEFINITION_BRIDGE, PLAN_VERSION
from pipeline.goals.tables.ahead import BACKTEST, FORECAST, FUNNEL_LAG, LEVER, READINESS, REALISM
from pipeline.goals.tables.explaining import GAP, KGI_TREE
from pipeline.goals.tables.guardrail import GUARDRAIL
from pipeline.goals.tables.history import RESTATEMENT
from pipeline.goals.tables.spec import ColumnSpec, Row, TableSpec
from pipeline.goals.tables.standing import CALENDAR, KGI, KPI, KPI_TARGET

__all__ = [
    "ACTION",
    "AGREEMENT",
    "BACKTEST",
    "CALENDAR",
    "COLLABORATION",
    "COMMENTS",
    "COUNT_AGREEMENT",
    "DEFINITION_BRIDGE",
    "FORECAST",
    "FUNNEL_LAG",
    "GAP",
    "GUARDRAIL",
    "INITIATIVE",
    "INITIATIVE_EFFECT",
    "KGI",
    "KGI_TREE",
    "KPI",
    "KPI_TARGET",
    "LEVER",
    "PDCA",
    "PLAN_VERSION",
    "READINESS",
    "REALISM",
    "RESTATEMENT",
    "TABLES",
    "ColumnSpec",
    "Row",
    "TableSpec",
]

TABLES: tuple[TableSpec, ...] = (
    KGI,
    KPI,
    KPI_TARGET,
    FORECAST,
    FUNNEL_LAG,
    BACKTEST,
    REALISM,
    GAP,
    KGI_TREE,
    LEVER,
    READINESS,
    AGREEMENT,
    DEFINITION_BRIDGE,
    PLAN_VERSION,
    COUNT_AGREEMENT,
    INITIATIVE,
    INITIATIVE_EFFECT,
    ACTION,
    PDCA,
    COLLABORATION,
    RESTATEMENT,
    GUARDRAIL,
    CALENDAR,
)
"""What the goals give: each is a table of the scorecard; the calendar is written by itself."""

COMMENTS: dict[str, dict[str, tuple[str, str, str]]] = {
    table.name: {column.name: (column.ja, column.en, column.unit) for column in table.columns} for table in TABLES
}
"""Table -> column -> (Japanese, English, unit)."""
