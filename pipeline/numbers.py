"""The `kpi` rows of two nights -> the numbers of past periods that one tells otherwise than the other."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pipeline.engines.duckdb import Engine
from pipeline.goals import Window
from pipeline.shapes import literal
from pipeline.sources import CAUSES

PARTS = (*CAUSES, "definition", "logic", "unsplit")
"""What a change is made of: the columns of `restatement` that sum to it."""
LATER = CAUSES[-1]
_NOT_TOLD = "immature|not_started|metric_failed|metric_unknown|no_metric|not_measured"
_KEYS = "metric, grain, period_start, period_end, dimension"


@dataclass(frozen=True)
class Number:
    """A past number that is another one now; `before` and `after` are None where a rate has no value.

    `labels`: Japanese, English. `is_quantity`: it counts something or adds amounts up.
    """

    metric: str
    window: Window
    dimension: str
    member: str
    labels: tuple[str, str]
    unit: str
    is_quantity: bool
    before: float | None
    after: float | None

    @property
    def key(self) -> tuple[str, Window, str, str]:
        """What names the number."""
        return self.metric, self.window, self.dimension, self.member

    @property
    def change(self) -> float | None:
        """The value after less the value before."""
        return self.after - self.before if self.after is not None and self.before is not None else None


def changed_numbers(engine: Engine, old: str, new: str, before: dt.date) -> tuple[Number, ...]:
    """Return the numbers of periods that were over on a date and that two nights tell otherwise.

    `old` and `new` are queries of rows of `kpi`, one night each. A metric, period or dimension that only one of them tells is no
    changed number, and a rate that became mature is none either. A member that only one of them knows is zero on the other side
    where the metric counts something.
    """
    over = f"period_end <= date {literal(before.isoformat())}"
    told = f"{over} and not regexp_matches(coalesce(null_reason, ''), '(^|;)value=({_NOT_TOLD})(;|$)')"
    side = "select *, value_kind in ('count', 'amount') as is_quantity, true as is_there from ({}) where " + told
    known = "coalesce({0}.value, case when {0}.is_there is null and coalesce(a.is_quantity, b.is_quantity) then 0 end)"
    value_then, value_now = known.format("a"), known.format("b")
    rows = engine.rows(
        f"with a as ({side.format(old)}), b as ({side.format(new)}),"
        f" both_tell as (select {_KEYS} from a intersect select {_KEYS} from b)"
        f" select {_KEYS}, member, coalesce(b.label_ja, a.label_ja), coalesce(b.label_en, a.label_en), coalesce(b.unit, a.unit),"
        f" coalesce(b.is_quantity, a.is_quantity), {value_then} as value_then, {value_now} as value_now"
        f" from a full join b using ({_KEYS}, member) join both_tell using ({_KEYS})"
        " where value_then is distinct from value_now and not"
        " coalesce(abs(value_then - value_now) <= 1e-9 * greatest(abs(value_then), abs(value_now)), false)"
        " order by dimension <> 'total', metric, period_start, grain, period_end, dimension, member"
    )
    return tuple(
        Number(metric, Window(grain, start, end), dimension, member, (ja, en), unit, is_quantity, then, now)
        for metric, grain, start, end, dimension, member, ja, en, unit, is_quantity, then, now in rows
    )
