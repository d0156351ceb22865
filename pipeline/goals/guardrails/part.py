"""The guardrails of a night: their rows, what a person must look at, and what a goal is said to be while one is breached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pipeline.findings import Finding, Severity, finding
from pipeline.goals.goal import Goal
from pipeline.goals.guardrails.comparing import compared
from pipeline.goals.guardrails.guardrail import AgreedRate, Capacity, Comparison, Guardrail, ProcessLimits
from pipeline.goals.guardrails.judging import State, compared_tier
from pipeline.goals.guardrails.limits import against_agreed, in_process, within_capacity
from pipeline.goals.guardrails.samples import Failed
from pipeline.goals.guardrails.text import SILENT, sentences
from pipeline.goals.guardrails.verdict import Cell, Verdict, silent
from pipeline.goals.measuring import TOTAL
from pipeline.goals.scene import Part, Scene
from pipeline.goals.statistics.intervals import holm
from pipeline.goals.tables import GUARDRAIL, Row

__all__ = ["guardrail_part", "guardrail_states", "with_breach"]

GIVEN = ("as_of_date", "guardrail", "period_start", "period_end", "channel", "run_id", "state", "null_reason")
EVIDENCE = (
    *("period_start", "period_end", "test", "metric", "direction", "margin", "confidence", "min_n"),
    *("n", "numerator", "base_n", "base_numerator", "value", "base"),
)
"""What a state rests on: while it stays the same, the state stays too."""


def guardrail_part(scene: Scene) -> Part:
    """Judge every guardrail that a goal names: one row for the whole, one for each member it is explained by.

    Breaches of comparisons are corrected by Holm over all of them. A state changes only when what it rests on has changed since
    the last sealed night: never because the clock moved, nor because another guardrail did. Source: docs/guardrails.md.
    """
    rails = dict.fromkeys(rail for goal in scene.goals for rail in goal.guardrails)
    found = [verdict for rail in rails for verdict in _verdicts(scene, rail)]
    judged = [_told(verdict, p_adjusted) for verdict, p_adjusted in zip(found, _corrected(found), strict=True)]
    before = {(row["guardrail"], row["channel"]): row for row in scene.memory.last(GUARDRAIL.name)} if judged else {}
    rows = [_row(scene, verdict) for verdict in judged]
    kept = [_keep(row, before.get((row["guardrail"], row["channel"]))) for row in rows]
    final = [replace(verdict, state=_state(row)) for verdict, row in zip(judged, kept, strict=True)]
    # a state that is kept is said in the words of that state
    rows = [_row(scene, verdict) for verdict in final]
    return Part({GUARDRAIL.name: tuple(rows)}, _findings(scene, final))


def guardrail_states(goals: Iterable[Goal], rows: Iterable[Row]) -> dict[str, str | None]:
    """Return the worst state of each goal's guardrails: breach, watch, silence (which is not green), ok; None without any."""
    states = {str(row["guardrail"]): str(row["state"]) for row in rows if row["channel"] == TOTAL}
    order = ("breach", "watch", "stale", "insufficient_data", "immature", "ok")
    return {
        goal.name: min((states[rail.name] for rail in goal.guardrails if rail.name in states), key=order.index, default=None)
        for goal in goals
    }


def with_breach(status: str, guardrail_state: str | None) -> str:
    """Return the status of a goal: one that is attained while a guardrail is breached is never plainly attained."""
    return "attained_with_breach" if status == "attained" and guardrail_state == "breach" else status


def _verdicts(scene: Scene, rail: Guardrail) -> Sequence[Verdict]:
    """Judge one guardrail; the whole comes first. A metric that nobody described is insufficient_data with its reason."""
    if rail.metric not in scene.facts:
        return (silent(rail, scene.as_of, Failed("metric_unknown")),)
    match rail.test:
        case Comparison() as test:
            return compared(scene, rail, test)
        case AgreedRate() as test:
            return (against_agreed(scene, rail, test),)
        case ProcessLimits() as test:
            return (in_process(scene, rail, test),)
        case Capacity() as test:
            return (within_capacity(scene, rail, test),)


def _corrected(found: Sequence[Verdict]) -> list[float | None]:
    """Return the chance that the margin was kept, adjusted by Holm over the wholes that speak; of a member as it is."""
    spoken = [each.compared.p_beyond for each in found if each.compared is not None and each.member == TOTAL]
    adjusted = iter(holm(spoken))
    return [
        None if each.compared is None else next(adjusted) if each.member == TOTAL else each.compared.p_beyond for each in found
    ]


def _told(verdict: Verdict, p_adjusted: float | None) -> Verdict:
    """Give a comparison its tier. A member by itself is watched and never breached: there are many of them."""
    test = verdict.guardrail.test
    if verdict.compared is None or p_adjusted is None or not isinstance(test, Comparison):
        return verdict
    state: State = compared_tier(verdict.compared, p_adjusted, test.confidence)
    if test.local and not verdict.is_local and verdict.member == TOTAL:
        state = "ok"
    if verdict.member != TOTAL and state == "breach":
        state = "watch"
    return replace(verdict, state=state, numbers={**verdict.numbers, "p_adjusted": p_adjusted})


def _row(scene: Scene, verdict: Verdict) -> Row:
    rail, said = verdict.guardrail, sentences(verdict, scene.facts)
    words: dict[str, Cell] = {
        "label_ja": rail.label_ja,
        "label_en": rail.label_en,
        "protects": rail.protects,
        "paired_with": rail.paired_with,
        "metric": rail.metric,
        "direction": rail.direction,
        "test": rail.kind,
        "min_n": rail.min_n,
        "owner": rail.owner,
        "is_assumed": False,
        "text_ja": said.ja,
        "text_en": said.en,
    }
    values: dict[str, Cell] = dict.fromkeys((name for name in GUARDRAIL.names if name not in GIVEN), None)
    values = {**values, **words, **verdict.numbers}
    why: dict[str, str | None] = {**dict.fromkeys(values, _missing(verdict)), **_WHY, **verdict.why}
    return GUARDRAIL.row(
        why,
        as_of_date=scene.as_of,
        guardrail=rail.name,
        period_start=verdict.start,
        period_end=verdict.end,
        channel=verdict.member,
        state=verdict.state,
        run_id=scene.run_id,
        **values,
    )


_WHY = {"paired_with": "not_named", "owner": "not_named", "readable_from": "readable"}


def _missing(verdict: Verdict) -> str:
    if verdict.member != TOTAL:
        return "total_only"
    return verdict.state if verdict.state in SILENT else "other_test"


def _keep(row: Row, before: Mapping[str, object] | None) -> Row:
    """Return the state of the last night where what it rests on is the same."""
    if before is None or row["state"] in SILENT or before["state"] in SILENT:
        return row
    same = all(_same(row[name], before.get(name)) for name in EVIDENCE)
    return {**row, "state": before["state"]} if same else row


def _same(now: object, before: object) -> bool:
    if isinstance(now, float) and isinstance(before, int | float):
        return abs(now - before) <= 1e-9 * max(1.0, abs(now))
    return now == before


def _state(row: Row) -> State:
    state: State = row["state"]  # type: ignore[assignment]
    return state


def _findings(scene: Scene, final: Sequence[Verdict]) -> tuple[Finding, ...]:
    wholes = [each for each in final if each.member == TOTAL]
    said = [each for verdict in wholes for each in verdict.findings]
    for verdict, (code, severity) in ((each, _SAID[each.state]) for each in wholes if each.state in _SAID):
        words = sentences(verdict, scene.facts)
        place, name = verdict.guardrail.place, verdict.guardrail.name
        said.append(finding(code, place, severity=severity, name=name, text_ja=words.ja, text_en=words.en))
    if quiet := [each.guardrail.name for each in wholes if each.state in SILENT]:
        said.append(finding("guardrail_silent", severity=Severity.INFO, names=", ".join(quiet)))
    return tuple(dict.fromkeys(said))


_SAID: dict[State, tuple[str, Severity]] = {
    "breach": ("guardrail_breach", Severity.ALARM),
    "watch": ("guardrail_watch", Severity.WARNING),
}
