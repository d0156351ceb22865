"""The scorecard -> what is wrong with it: sums that do not hold, nulls without a reason, numbers that are not finite."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pipeline.findings import Argument, Finding, Severity
from pipeline.goals.rows import KpiRow, KpiTargetRow
from pipeline.goals.score import Scorecard
from pipeline.goals.tables import (
    COLLABORATION,
    FORECAST,
    GAP,
    GUARDRAIL,
    INITIATIVE,
    INITIATIVE_EFFECT,
    KGI_TREE,
    KPI,
    LEVER,
    TABLES,
    Row,
    TableSpec,
)
from pipeline.goals.tree import evaluate, parse


def check_scorecard(card: Scorecard) -> tuple[Finding, ...]:
    """Return what must not be published; nothing when the scorecard is whole."""
    return (
        *(each for table in TABLES for each in _check_table(table, card.rows(table.name))),
        *_check_ranges(card.kpi),
        *_check_sums(card.kpi_target),
        *_check_parts(card, GAP, ("kgi_id", "basis"), ("kind", "part", "total"), "contribution"),
        *_check_parts(card, FORECAST, ("kgi_id", "grain", "period_start"), ("component", None, "total"), "expected"),
        *_check_guardrails(card.rows(GUARDRAIL.name)),
        *_check_trees(card),
        *(each for table, columns in _SHARES.items() for each in _check_shares(table, columns, card.rows(table))),
    )


def _check_table(table: TableSpec, rows: Sequence[Mapping[str, object]]) -> Iterable[Finding]:
    for column in table.names:
        broken = sum(isinstance(row[column], float) and not math.isfinite(row[column]) for row in rows)  # type: ignore[arg-type]
        if broken:
            yield _unsound("not_finite", table=table.name, column=column, rows=broken)
        silent = sum(row[column] is None and not _explained(row, column) for row in rows)
        if silent and column != "null_reason":
            yield _unsound("null_without_reason", table=table.name, column=column, rows=silent)
    grains = Counter(tuple(row[column] for column in table.key) for row in rows)
    twice = [grain for grain, count in grains.items() if count > 1]
    if twice:
        first = ", ".join(str(part) for part in twice[0])
        yield _unsound("goal_grain_twice", table=table.name, rows=len(twice), first=first)


def _explained(row: Mapping[str, object], column: str) -> bool:
    given = str(row.get("null_reason") or "").split(";")
    return any(part.startswith(f"{column}=") and part != f"{column}=unexplained" for part in given)


def _check_ranges(rows: Sequence[KpiRow]) -> Iterable[Finding]:
    """Find rates of cohorts and completions that are no share, and values outside their own interval."""
    broken = {
        ("value", "0..1"): sum(row.value_kind == "rate" and not _between(0.0, row.value, 1.0) for row in rows),
        ("completion", "0..1"): sum(not _between(0.0, row.completion, 1.0) for row in rows),
        ("value", "ci_low..ci_high"): sum(not _between(row.ci_low, row.value, row.ci_high) for row in rows),
    }
    for (column, range_), count in broken.items():
        if count:
            yield _unsound("goal_out_of_range", table=KPI.name, column=column, range=range_, rows=count)


def _between(low: float | None, value: float | None, high: float | None) -> bool:
    if low is None or value is None or high is None:
        return True
    slack = 1e-9 * max(1.0, abs(value))
    return low - slack <= value <= high + slack


def _check_sums(rows: Sequence[KpiTargetRow]) -> Iterable[Finding]:
    """Compare the months with their period: counts exactly, values within 1e-9 relative. Rates hold in each month."""
    groups: dict[tuple[str, str, int], list[KpiTargetRow]] = {}
    for row in rows:
        groups.setdefault((row.kgi_id, row.metric, row.plan_version), []).append(row)
    for (kgi, metric, _), group in groups.items():
        period = next(row for row in group if row.grain == "period")
        months = [row for row in group if row.grain == "month"]
        if period.target_count is not None and all(row.target_count is not None for row in months):
            counted = sum(row.target_count or 0 for row in months)
            constant = all(row.target_count == period.target_count for row in months)
            if not constant and counted != period.target_count:
                yield _unsound("targets_do_not_sum", kgi=kgi, metric=metric, months=counted, period=period.target_count)
        if period.value_kind in ("count", "amount") and period.target_value is not None:
            values = [row.target_value for row in months if row.target_value is not None]
            constant = all(value == period.target_value for value in values)
            if not constant and not math.isclose(math.fsum(values), period.target_value, rel_tol=1e-9):
                yield _unsound("targets_do_not_sum", kgi=kgi, metric=metric, months=math.fsum(values), period=period.target_value)


def _check_parts(
    card: Scorecard, table: TableSpec, group: tuple[str, ...], kinds: tuple[str, str | None, str], value: str
) -> Iterable[Finding]:
    """Compare parts with their whole, within 1e-6 of the larger of them: what stands in between was worked out part by part.

    `kinds` names the column that tells parts from the whole, what it says of a part (None: anything else) and of the whole.
    """
    column, part, whole = kinds
    sums: dict[tuple[object, ...], dict[bool, list[float]]] = {}
    for row in card.rows(table.name):
        if row[column] == whole or part in (None, row[column]):
            number = row[value]
            assert isinstance(number, float | int)
            sums.setdefault(tuple(row[name] for name in group), {}).setdefault(row[column] == whole, []).append(number)
    for key, sides in sums.items():
        parts, total = math.fsum(sides.get(False, ())), math.fsum(sides.get(True, ()))
        scale = max(1.0, abs(total), *(abs(each) for each in sides.get(False, (0.0,))))
        if not math.isclose(parts, total, abs_tol=1e-6 * scale):
            kgi, *basis = (str(each) for each in key)
            yield _unsound("parts_do_not_sum", table=table.name, kgi=kgi, basis=" ".join(basis), parts=parts, whole=total)


def _check_guardrails(rows: Sequence[Mapping[str, object]]) -> Iterable[Finding]:
    """Hold chances and rates to 0..1: those of a use of capacity or of a monthly number may be anything."""
    for column in ("p_value", "p_adjusted", "break_even", "value", "base"):
        rates = [row[column] for row in rows if column not in ("value", "base") or row["test"] not in ("xmr", "capacity")]
        beyond = sum(isinstance(rate, float) and not 0 <= rate <= 1 for rate in rates)
        if beyond:
            yield _unsound("rate_not_in_range", table=GUARDRAIL.name, column=column, rows=beyond)


def _check_trees(card: Scorecard) -> Iterable[Finding]:
    """Compare each tree with itself and its goal: one root that says what `kgi` says, no lost node, plan values that fit."""
    goals = {row.kgi_id: row for row in card.kgi if row.grain == "period"}
    trees: dict[str, list[Row]] = {}
    for row in card.rows(KGI_TREE.name):
        trees.setdefault(str(row["kgi_id"]), []).append(row)
    for kgi, rows in trees.items():
        nodes, roots = {row["node"] for row in rows}, [row for row in rows if row["parent"] is None]
        goal = goals[kgi]
        said = [(row["target"], row["target_to_date"], row["actual"]) for row in roots]
        lost = [row["node"] for row in rows if row["parent"] is not None and row["parent"] not in nodes]
        if lost or said != [(goal.target, goal.target_to_date, goal.actual)]:
            yield _unsound("tree_not_whole", kgi=kgi, roots=len(roots), lost=len(lost))
        targets = {str(row["node"]): row["target"] for row in rows if isinstance(row["target"], float | int)}
        for row in rows:
            target = targets.get(str(row["node"]))
            found = evaluate(parse(str(row["formula"])), targets) if row["formula"] is not None else None
            if found is not None and target is not None and not math.isclose(found, target, rel_tol=1e-9, abs_tol=1e-9):
                yield _unsound("tree_does_not_hold", kgi=kgi, node=str(row["node"]), target=target, found=found)


_SHARES = {
    LEVER.name: ("time_effectiveness",),
    INITIATIVE.name: ("time_share",),
    INITIATIVE_EFFECT.name: ("maturity",),
    COLLABORATION.name: ("sales_participation", "sales_participation_by_cost", "pdca_closure_rate"),
}
"""Columns that are a part of something: between 0 and 1."""


def _check_shares(table: str, columns: Sequence[str], rows: Sequence[Mapping[str, object]]) -> Iterable[Finding]:
    for column in columns:
        beyond = sum(isinstance(share := row[column], float) and not 0 <= share <= 1 + 1e-9 for row in rows)
        if beyond:
            yield _unsound("rate_not_in_range", table=table, column=column, rows=beyond)


def _unsound(code: str, **arguments: Argument) -> Finding:
    return Finding(code, tuple(sorted(arguments.items())), severity=Severity.UNSOUND)
