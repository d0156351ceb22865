"""What the metric counts, beside what sales calls valid on its own list: how far both departments count the same deals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pipeline.engines.duckdb import EngineError
from pipeline.findings import HeldError, KgiError, MachineError
from pipeline.goals.agreement import Agreement
from pipeline.goals.calendar import fiscal_start, fiscal_year_of, month_end, months
from pipeline.goals.rows import divide
from pipeline.goals.scene import Scene
from pipeline.goals.tables import COUNT_AGREEMENT, Row
from pipeline.metrics import Question
from pipeline.shapes import Table

JUDGEMENTS = "fct_sales_judgements"
"""The model with sales' own list: opportunity_id, is_valid, judged_date. Without it there is nothing to compare."""
DEAL = "opportunity"
"""The entity by which a governed metric tells its deals apart."""

TIME = "metric_time__day"


def count_rows(scene: Scene) -> Iterator[Row]:
    """Compare both departments' counts of each agreement, by month since the beginning of the last fiscal year.

    A deal belongs to the month in which the metric counts it; one that only sales calls valid to the month of that judgement.
    """
    judged = scene.table(JUDGEMENTS)
    if judged is None:
        return
    company = scene.company
    start = fiscal_start(company, fiscal_year_of(company, scene.as_of) - 1)
    listed = _columns(judged, "opportunity_id", "is_valid", "judged_date")
    sales = {str(deal): _day(day) for deal, is_valid, day in listed if is_valid}
    for agreement in scene.definitions.agreements:
        metric = next((each for each in agreement.metric_names if _is_count(scene, each)), None)
        marketing = _counted(scene, metric, start) if metric else None
        if metric and marketing is not None:
            for month in months(start, scene.as_of):
                yield _row(scene, agreement, metric, month, marketing, sales)


def _is_count(scene: Scene, metric: str) -> bool:
    return metric in scene.facts and scene.facts[metric].kind == "count"


def _counted(scene: Scene, metric: str, start: dt.date) -> dict[str, dt.date] | None:
    """Return the day on which each deal is counted; None where the metric cannot tell deals apart."""
    question = Question((metric,), (TIME, DEAL), start_time=start.isoformat(), cutoff=scene.as_of)
    try:
        table = scene.ask(question)
    except (MachineError, HeldError):
        raise
    except (KgiError, EngineError):
        return None
    return {str(deal): _day(day) for day, deal in _columns(table, TIME, DEAL) if deal is not None}


def _day(value: object) -> dt.date:
    assert isinstance(value, dt.date)
    return value.date() if isinstance(value, dt.datetime) else value


def _columns(table: Table, *names: str) -> Iterator[tuple[object, ...]]:
    at = [table.names.index(name) for name in names]
    return (tuple(row[each] for each in at) for row in table.rows)


def _row(
    scene: Scene, agreement: Agreement, metric: str, month: dt.date, marketing: dict[str, dt.date], sales: dict[str, dt.date]
) -> Row:
    end = month_end(month)
    ours = {deal for deal, day in marketing.items() if month <= day <= end}
    theirs = {deal for deal, day in sales.items() if month <= marketing.get(deal, day) <= end}
    both, either = len(ours & theirs), len(ours | theirs)
    return COUNT_AGREEMENT.row(
        {"count_agreement": "zero_denominator"},
        as_of_date=scene.as_of,
        agreement=agreement.name,
        metric=metric,
        period_start=month,
        period_end=end,
        count_marketing=len(ours),
        count_sales=len(theirs),
        count_both=both,
        count_either=either,
        count_agreement=divide(both, either),
        run_id=scene.run_id,
    )
