"""The cohorts of a conversion, read from the metric layer's answer by day of entry and week of age."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.goals.cohorts import conversion_of, read_cohorts
from pipeline.goals.measuring import MetricFact
from pipeline.metrics import Question
from pipeline.shapes import Column, Table

MAY_1, MAY_4, MAY_20 = dt.date(2026, 5, 1), dt.date(2026, 5, 4), dt.date(2026, 5, 20)


def rate(name: str, later: str, days: int = 21) -> MetricFact:
    return MetricFact(
        name, "rate", "", name, name, matures_after_days=days, follows=("deals", later), dimensions=("deal__channel", "channel")
    )


FACTS = {each.name: each for each in (rate("to_won", "won"), rate("to_won_soon", "won", 7), rate("to_lost", "lost"))}


def answer(question: Question) -> Table:
    """Two deals of May 1st: one won in the first week, one lost in the second; one of May 4th, won in the week that runs."""
    (metric,) = question.metrics
    won = metric == "to_won"
    names = ("metric_time__day", "channel", "age__week", f"{metric}__denominator", f"{metric}__numerator", metric, "maturity")
    rows = (
        (MAY_1, "web", 1, 2, int(won), 0.0, 1.0),
        (MAY_1, "web", 2, 2, 1, 0.0, 1.0),
        (MAY_1, "web", 3, 2, 1, 0.0, 0.0),
        (MAY_4, None, 1, 1, 0, 0.0, 1.0),
        (MAY_4, None, 2, 1, 0, 0.0, 1.0),
        (MAY_4, None, 3, 1, int(won), 0.0, 0.0),
    )
    assert question.group_by == ("channel",)
    return Table(tuple(Column(name, "DOUBLE") for name in names), rows)


def test_a_cohort_has_its_conversions_by_complete_week_and_those_of_the_week_that_runs() -> None:
    cohorts = read_cohorts(answer, FACTS, "to_won", MAY_1, MAY_20, by="channel", competing="to_lost")
    first, second = cohorts.entrants
    assert (first.member, first.entered, first.converted, first.lost, first.so_far, first.lost_so_far) == (
        "web", 2, (1, 1), (0, 1), 1, 1,
    )  # fmt: skip
    assert (second.member, second.converted, second.so_far, second.open) == ("(none)", (0, 0), 1, 0)
    assert (cohorts.horizon, cohorts.entered, cohorts.converted, cohorts.members) == (3, 3, 2, ("(none)", "web"))
    assert cohorts.mature().entrants == ()
    assert cohorts.between(MAY_1, MAY_1).entrants == (first,) == cohorts.between(MAY_1, MAY_20, "web").entrants


def test_the_longest_window_follows_a_pair() -> None:
    assert conversion_of(FACTS, "deals", "won") == "to_won"
    assert conversion_of(FACTS, "won", "deals") is None
    with pytest.raises(ValueError, match="follows no cohort"):
        read_cohorts(answer, {"deals": MetricFact("deals", "count", "", "", "")}, "deals", MAY_1, MAY_20)


def test_a_dimension_is_found_by_its_last_part_unless_two_are_equally_near() -> None:
    fact = FACTS["to_won"]
    assert (fact.cut("channel"), fact.cut("deal__channel"), fact.cut("owner")) == ("channel", "deal__channel", None)
    both = MetricFact("x", "count", "", "", "", dimensions=("deal__channel", "person__channel"))
    assert both.cut("channel") is None
