"""What the goals learn from the metrics of a project."""

from __future__ import annotations

import pytest

from pipeline.findings import Place
from pipeline.goals import Cut, PublishRequest, facts_of, publish_requests
from pipeline.metrics.spec import (
    Conversion,
    Cumulative,
    Derived,
    Dimension,
    Entity,
    Input,
    Kind,
    Metric,
    NonAdditive,
    Ratio,
    SemanticManifest,
    SemanticModel,
    Simple,
)
from pipeline.shapes import Relation

PLACE = Place("metrics/x.yml", 1)


def part(name: str) -> Input:
    return Input(name, PLACE)


MODEL = SemanticModel(
    "m",
    Relation("main", "m"),
    PLACE,
    (Entity("person", "primary", "person_id", PLACE),),
    (Dimension("channel", "channel", PLACE), Dimension("day", "day", PLACE, "day")),
    agg_time_dimension="day",
)
COUNT = Metric("appointments", Simple("m", "count_distinct", "id"), PLACE, unit="件")
AMOUNT = Metric("pipeline_amount", Simple("m", "sum", "amount"), PLACE, unit="JPY", labels=(("ja", "商談金額"),))


@pytest.mark.parametrize(
    ("kind", "unit", "expected", "adds"),
    [
        (Simple("m", "count", "1"), "件", "count", True),
        (Simple("m", "sum", "weight"), "件", "count", True),
        (Simple("m", "sum", "amount"), "JPY", "amount", True),
        (Simple("m", "average", "amount"), "JPY", "ratio", False),
        (Simple("m", "sum", "amount", non_additive=NonAdditive("day", "max")), "JPY", "amount", False),
        (Ratio(part("appointments"), part("appointments")), None, "ratio", False),
        (Conversion("person", part("appointments"), part("appointments")), None, "rate", False),
        (Conversion("person", part("appointments"), part("appointments"), "conversions"), "件", "count", True),
        (Cumulative(part("pipeline_amount")), "JPY", "amount", False),
        (Derived("pipeline_amount / appointments", (part("pipeline_amount"), part("appointments"))), "JPY", "ratio", False),
        (Derived("pipeline_amount - pipeline_amount", (part("pipeline_amount"),)), "JPY", "amount", True),
        (Derived("appointments + appointments", (part("appointments"),)), "件", "count", True),
    ],
)
def test_the_kind_of_a_metric(kind: Kind, unit: str | None, expected: str, adds: bool) -> None:
    facts = facts_of(SemanticManifest(models=(MODEL,), metrics=(COUNT, AMOUNT, Metric("asked", kind, PLACE, unit=unit))))
    assert (facts["asked"].kind, facts["asked"].is_additive) == (expected, adds)
    assert (facts["pipeline_amount"].label_ja, facts["pipeline_amount"].label_en) == ("商談金額", "pipeline_amount")


def test_what_is_published() -> None:
    kind = Simple("m", "count", "1")
    metrics = (
        Metric("plain", kind, PLACE, publish=True),
        Metric("split", kind, PLACE, publish=("month", "fiscal_quarter", "channel", "chanel")),
        Metric("kept", kind, PLACE),
    )
    cuts = (Cut("channel", "person__channel"), Cut("chanel", "chanel"))
    assert publish_requests(SemanticManifest(models=(MODEL,), metrics=metrics)) == (
        PublishRequest("plain"),
        PublishRequest("split", "month", cuts),
        PublishRequest("split", "fiscal_quarter", cuts),
    )
