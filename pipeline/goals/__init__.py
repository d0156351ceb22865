"""Goals: numbers and targets -> where each goal stands, what each KPI must reach. Pure functions over what others measured.

What scores a night is imported when it is asked for: reading goals, and every verb but the night, goes without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.goals.calendar import (
    add_months,
    calendar_columns,
    fiscal_calendar,
    fiscal_start,
    fiscal_year_of,
    write_calendar,
)
from pipeline.goals.definitions import Definitions, agreement_findings, read_definitions
from pipeline.goals.facts import facts_of, publish_requests
from pipeline.goals.fitting import unit_findings
from pipeline.goals.goal import Goal
from pipeline.goals.initiative import Initiative
from pipeline.goals.initiative_spec import read_initiatives
from pipeline.goals.kpi import Cut, Grain, PublishRequest
from pipeline.goals.measuring import NO_MEMBER, TOTAL, Ask, Measured, MetricFact, ValueKind, Want, Window, measure
from pipeline.goals.schema import agreements_schema, goals_schema, initiatives_schema
from pipeline.goals.spec import read_goals
from pipeline.goals.tables import COMMENTS, RESTATEMENT, TABLES, Row, TableSpec

if TYPE_CHECKING:
    from pipeline.goals.invariants import check_scorecard
    from pipeline.goals.score import Scorecard, calendar_span, score

__all__ = [
    "COMMENTS",
    "NO_MEMBER",
    "RESTATEMENT",
    "TABLES",
    "TOTAL",
    "Ask",
    "Cut",
    "Definitions",
    "Goal",
    "Grain",
    "Initiative",
    "Measured",
    "MetricFact",
    "PublishRequest",
    "Row",
    "Scorecard",
    "TableSpec",
    "ValueKind",
    "Want",
    "Window",
    "add_months",
    "agreement_findings",
    "agreements_schema",
    "calendar_columns",
    "calendar_span",
    "check_scorecard",
    "facts_of",
    "fiscal_calendar",
    "fiscal_start",
    "fiscal_year_of",
    "goals_schema",
    "initiatives_schema",
    "measure",
    "publish_requests",
    "read_definitions",
    "read_goals",
    "read_initiatives",
    "score",
    "unit_findings",
    "write_calendar",
]

_OF_A_NIGHT = {"check_scorecard": "invariants", "Scorecard": "score", "calendar_span": "score", "score": "score"}


def __getattr__(name: str) -> Any:
    """Import what scores a night from its modules, all of it at once."""
    from importlib import import_module

    if name not in _OF_A_NIGHT:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    modules = {module: import_module(f"{__name__}.{module}") for module in dict.fromkeys(_OF_A_NIGHT.values())}
    # a module sets its own name here when it is imported, and one of these names is that of its module
    globals().update({public: getattr(modules[module], public) for public, module in _OF_A_NIGHT.items()})
    return globals()[name]
