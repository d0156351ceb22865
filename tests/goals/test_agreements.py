"""Agreed definitions: each event is counted by the version of its own date, wherever its metric goes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from pipeline.decode import Document, read, read_all
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.findings import Finding, KgiError
from pipeline.goals import Definitions, agreement_findings, read_definitions, read_goals
from pipeline.goals.agreement_spec import read_agreements
from pipeline.metrics import Question, SemanticManifest, bind, compile_question, definition_hash, definition_of, manifest_losses
from pipeline.shapes import Column, Relation
from tests.goals.files import COMPANY, goal_text
from tests.goals.files import METRICS as METRIC_NAMES

DAY = dt.date
TABLES = """
create schema m;
create table m.calendar as
    select d, isodow(d) < 6 and d not in ('2026-09-21', '2026-09-22', '2026-09-23') as is_business_day
    from (select cast(unnest(range(timestamp '2025-01-01', timestamp '2027-06-01', interval 1 day)) as date) as d);
create table m.visit (visit_id int, person int, visited_on date, channel varchar);
insert into m.visit values
    (1, 1, '2026-09-01', 'web'), (2, 2, '2026-09-10', 'web'), (3, 3, '2026-10-01', 'event'), (4, 4, '2026-10-05', 'web'),
    (5, 5, '2025-10-01', 'web');
create table m.deal (
    deal_id int, person int, valid_on date, amount decimal(18, 2), has_budget boolean, months int, met_on date, status varchar
);
insert into m.deal values
    (10, 1, '2026-09-29', 100, true, 6, '2026-09-29', 'open'), (11, 2, '2026-09-30', 200, false, 3, '2026-10-08', 'lost'),
    (12, 3, '2026-10-01', 400, true, 13, '2026-10-02', 'open'), (13, 4, '2026-10-31', 800, true, 12, null, 'open'),
    (14, 5, '2025-10-02', 1600, null, 1, '2025-10-02', 'open'), (15, null, '2026-10-15', 3200, null, 2, '2026-10-20', 'lost');
"""
METRICS = """
models:
  - name: calendar
    time_spine: {standard_granularity_column: d}
    columns:
      - {name: d, granularity: day}
      - {name: is_business_day}
  - name: visit
    semantic_model: true
    agg_time_dimension: visited_on
    columns:
      - {name: visit_id, entity: {name: visit, type: primary}}
      - {name: person, entity: {name: person, type: foreign}}
      - {name: visited_on, granularity: day, dimension: {type: time}}
      - {name: channel, dimension: categorical}
    metrics:
      - {name: visits, type: simple, agg: count, expr: visit_id}
  - name: deal
    semantic_model: true
    agg_time_dimension: valid_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: person, entity: {name: person, type: foreign}}
      - {name: valid_on, granularity: day, dimension: {type: time}}
      - {name: has_budget, dimension: {type: categorical, name: budget_known}}
      - {name: status, dimension: categorical}
    metrics:
      - {name: deals, type: simple, agg: count, expr: deal_id}
      - {name: deal_amount, type: simple, agg: sum, expr: amount}
      - {name: all_deals, type: simple, agg: count, expr: deal_id}
metrics:
  - {name: deal_price, type: ratio, numerator: deal_amount, denominator: deals}
  - {name: deals_to_date, type: cumulative, input_metric: deals}
  - name: deals_last_year
    type: derived
    expr: deals
    input_metrics: [{name: deals, offset_window: 1 year}]
  - name: visit_to_deal
    type: conversion
    entity: person
    calculation: conversions
    base_metric: visits
    conversion_metric: deals
"""
TWO = """
- version: 2
  effective_from: 2026-10-01
  agreed_on: 2026-09-18
  agreed_by: {marketing: sato, sales: tanaka}
  predicate: budget_known and months <= 12
- version: 1
  effective_from: 2026-04-01
  agreed_on: 2026-03-24
  agreed_by: {marketing: sato, sales: tanaka}
  predicate: months is not null
"""


def agreement_text(versions: str = TWO, *, name: str = "valid_deal", metrics: str = "[deals, deal_amount]") -> str:
    head = f"agreement:\n  name: {name}\n  label: {{ja: 有効商談, en: Valid deal}}\n  metrics: {metrics}\n  versions:\n"
    return head + indent(dedent(versions).strip(), "    ") + "\n"


def definitions(*agreements: str, metrics: str = METRICS) -> Definitions:
    documents = [read(text, f"metrics/agreements/{number}.yml") for number, text in enumerate(agreements)]
    return read_definitions(read_all(metrics, "metrics/deals.yml"), documents, lambda name: Relation("m", name))


def faults_of(*agreements: str) -> tuple[Finding, ...]:
    with pytest.raises(KgiError) as caught:
        definitions(*agreements)
    return caught.value.findings


def told(faults: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(each.code, str(each.place).removeprefix("metrics/agreements/")) for each in faults]


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with open_engine(None, threads=1) as opened:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                opened.execute(statement)
        yield opened


def asked(
    engine: Engine, manifest: SemanticManifest, *metrics: str, by: tuple[str, ...] = (), **more: Any
) -> list[tuple[Any, ...]]:
    question = Question(metrics=metrics, group_by=by, **more)
    return sorted(engine.rows(compile_question(manifest, question).sql), key=lambda row: [str(cell) for cell in row])


def test_each_event_is_counted_by_the_version_of_its_own_date(engine: Engine) -> None:
    found = asked(engine, definitions(agreement_text()).semantics, "deals", "deal_amount", by=("metric_time__month",))
    by_hand = engine.rows(
        """select date_trunc('month', valid_on)::date, count(*), sum(amount) from m.deal
        where (valid_on >= '2026-10-01' and has_budget and months <= 12) or (valid_on < '2026-10-01' and months is not null)
        group by all"""
    )
    assert found == sorted(by_hand, key=lambda row: [str(cell) for cell in row])
    assert found == [(DAY(2025, 10, 1), 1, 1600), (DAY(2026, 9, 1), 2, 300), (DAY(2026, 10, 1), 1, 800)]


def test_what_is_made_of_a_governed_metric_follows_and_others_stay(engine: Engine) -> None:
    manifest = definitions(agreement_text()).semantics
    assert asked(engine, manifest, "all_deals") == [(6,)]
    assert asked(engine, manifest, "deal_price") == [(2700 / 4,)]
    assert asked(engine, manifest, "deals_to_date", cutoff=DAY(2026, 10, 31)) == [(4,)]
    assert asked(engine, manifest, "visit_to_deal", by=("metric_time__month",)) == [
        (DAY(2025, 10, 1), 1),
        (DAY(2026, 9, 1), 2),
        (DAY(2026, 10, 1), 1),
    ]


def test_an_event_that_is_shown_a_year_later_is_still_judged_by_its_own_version(engine: Engine) -> None:
    last_year = asked(engine, definitions(agreement_text()).semantics, "deals_last_year", by=("metric_time__month",))
    assert (DAY(2026, 10, 1), 1) in last_year  # deal 14 has no budget, but in October 2025 nobody asked for one


def test_one_version_can_stand_for_all_dates(engine: Engine) -> None:
    found = definitions(agreement_text())
    old, new = (asked(engine, found.under("valid_deal", version), "deals") for version in (1, 2))
    assert (old, new) == ([(6,)], [(2,)])
    assert engine.rows("select count(*) from m.deal where has_budget and months <= 12") == [(2,)]


def test_before_its_first_version_an_agreement_counts_as_that_version_says() -> None:
    agreement = definitions(agreement_text()).by_name["valid_deal"]
    days = (DAY(2020, 1, 1), DAY(2026, 9, 30), DAY(2026, 10, 1), DAY(2030, 1, 1))
    assert [agreement.in_force(day).version for day in days] == [1, 1, 2, 2]


def test_the_version_of_a_metric_is_that_of_what_it_is_made_of() -> None:
    found = definitions(agreement_text())
    assert [found.version_of(name, DAY(2026, 9, 30)) for name in ("deals", "deal_price", "visit_to_deal", "visits")] == [
        1,
        1,
        1,
        None,
    ]
    assert found.version_of("deals_to_date", DAY(2026, 10, 1)) == 2


# ---- when an event is judged

JUDGED = """
- version: 1
  effective_from: 2026-04-01
  predicate: months is not null
  evaluated_at: met_on + 5 business_days
"""
PLAIN = JUDGED.replace(" + 5 business_days", "")


def business_day_after(day: DAY, count: int) -> DAY:
    closed = {DAY(2026, 9, 21), DAY(2026, 9, 22), DAY(2026, 9, 23)}
    while count:
        day += dt.timedelta(days=1)
        count -= day.isoweekday() < 6 and day not in closed
    return day


@pytest.mark.parametrize("versions", [PLAIN, JUDGED])
def test_an_entry_counts_from_its_evaluation_on(engine: Engine, versions: str) -> None:
    manifest = definitions(agreement_text(versions)).semantics
    deals = engine.rows("select valid_on, met_on from m.deal")
    for day in range(60):
        cutoff = DAY(2026, 9, 20) + dt.timedelta(days=day)
        judged = [
            valid
            for valid, met in deals
            if met and valid <= cutoff and business_day_after(met, 5 if versions == JUDGED else 0) <= cutoff
        ]
        assert asked(engine, manifest, "deals", cutoff=cutoff) == [(len(judged),)], cutoff


def test_without_a_cut_off_an_entry_counts_once_its_evaluation_is_dated(engine: Engine) -> None:
    assert asked(engine, definitions(agreement_text(JUDGED)).semantics, "deals") == [(5,)]


def test_each_version_has_its_own_evaluation(engine: Engine) -> None:
    versions = TWO.replace("predicate: budget_known and months <= 12", "predicate: months > 0\n  evaluated_at: met_on")
    manifest = definitions(agreement_text(versions)).semantics
    # September as it happens, October from the meeting on: deal 12 on the 2nd, deal 13 never
    assert [asked(engine, manifest, "deals", cutoff=DAY(2026, 10, day))[0][0] for day in (1, 2, 31)] == [3, 4, 5]


@pytest.mark.parametrize("versions", [PLAIN, JUDGED])
def test_running_totals_conversions_and_distinct_counts_wait_for_the_evaluation_too(engine: Engine, versions: str) -> None:
    metrics = METRICS.replace(
        "metrics:\n  - {name: deal_price",
        "metrics:\n  - {name: people_to_date, type: cumulative, input_metric: people}\n  - {name: deal_price",
    ).replace(
        "    metrics:\n      - {name: deals,",
        "    metrics:\n      - {name: people, agg: count_distinct, expr: person}\n      - {name: deals,",
    )
    manifest = definitions(agreement_text(versions, metrics="[deals, people]"), metrics=metrics).semantics
    deals = engine.rows("select person, valid_on, met_on from m.deal")
    visited = dict(engine.rows("select person, visited_on from m.visit"))
    for cutoff in (DAY(2026, 9, 29), DAY(2026, 10, 2), DAY(2026, 10, 9), DAY(2026, 10, 15), DAY(2026, 11, 30)):
        wait = 5 if versions == JUDGED else 0
        judged = [
            (person, valid) for person, valid, met in deals if met and valid <= cutoff and business_day_after(met, wait) <= cutoff
        ]
        assert asked(engine, manifest, "deals_to_date", cutoff=cutoff) == [(len(judged),)]
        ((last, people),) = asked(engine, manifest, "people_to_date", by=("metric_time__day",), cutoff=cutoff)[-1:]
        assert (last, people) == (cutoff, len({person for person, _ in judged if person}))
        followed = [person for person, valid in judged if person in visited and visited[person] <= valid]
        assert asked(engine, manifest, "visit_to_deal", cutoff=cutoff) == [(len(followed) or None,)]


def test_metrics_with_and_without_an_evaluation_do_not_share_a_scan(engine: Engine) -> None:
    manifest = definitions(agreement_text(PLAIN, metrics="[deals]")).semantics
    assert asked(engine, manifest, "deals", "all_deals", cutoff=DAY(2026, 10, 5)) == [(3, 4)]


def test_the_definition_of_a_judged_metric_is_the_same_every_night_and_says_when_it_is_judged() -> None:
    manifest = definitions(agreement_text(JUDGED)).semantics
    definition = definition_of(manifest, manifest.metric("deals"))
    assert definition["evaluated"] == ["met_on + 5 business days"]
    plain = definitions(agreement_text(PLAIN)).semantics
    assert definition_of(plain, plain.metric("deals"))["evaluated"] == ["met_on + 0 business days"]
    assert definition_hash(definition) != definition_hash(definition_of(plain, plain.metric("deals")))
    assert [each.code for each in manifest_losses(manifest)] == ["manifest_loss", "manifest_loss"]


def test_business_days_need_a_calendar_that_knows_them(engine: Engine) -> None:
    metrics = METRICS.replace("      - {name: is_business_day}\n", "")
    manifest = definitions(agreement_text(JUDGED), metrics=metrics).semantics
    with pytest.raises(KgiError, match="no calendar says which days"):
        compile_question(manifest, Question(metrics=("deals",), cutoff=DAY(2026, 10, 1)))


# ---- what a condition may say


@pytest.mark.parametrize(
    ("predicate", "code", "name"),
    [
        ("months in (select max(months) from m.deal)", "metric_not_allowed", "in"),
        ("exists (select 1 from m.deal)", "metric_not_allowed", "exists"),
        ("(select has_budget from m.deal limit 1) = true", "metric_not_allowed", "subquery"),
        ("length(read_text('/etc/passwd')) > 0", "metric_not_allowed", "read_text"),
        ("getenv('HOME') = ''", "metric_not_allowed", "getenv"),
        ("count(deal_id) > 1", "metric_not_allowed", "count"),
        ("other.months > 1", "metric_not_allowed", "other.months"),
    ],
)
def test_a_condition_reads_its_own_row_and_nothing_else(predicate: str, code: str, name: str) -> None:
    (fault,) = faults_of(agreement_text(TWO.replace("months is not null", f'"{predicate}"')))
    assert (fault.code, dict(fault.arguments)["name"]) == (code, name)
    assert fault.place is not None and (fault.place.path, fault.place.line) == ("metrics/agreements/0.yml", 15)


@pytest.mark.parametrize(
    ("predicate", "code"),
    [
        ("true) or (true", "metric_expression_syntax"),
        ("months > 1; drop table m.deal", "metric_expression_syntax"),
        ("months", "agreement_or_fine"),
        ("months + 1", "metric_filter_no_condition"),
        ("'yes'", "metric_filter_no_condition"),
    ],
)
def test_a_condition_is_one_that_is_true_or_false(predicate: str, code: str) -> None:
    text = agreement_text(TWO.replace("months is not null", f'"{predicate}"'))
    if code == "agreement_or_fine":  # a column may be true or false; its type is told where tables are known
        definitions(text)
        return
    assert [each.code for each in faults_of(text)] == [code]


def test_an_unknown_column_is_told_at_its_word_with_the_nearest_one() -> None:
    text = agreement_text(TWO.replace("budget_known and months", "bugdet_known and months"))
    columns = ("deal_id", "person", "valid_on", "amount", "budget_known", "months", "met_on", "status")

    def columns_of(relation: Relation) -> tuple[Column, ...] | None:
        return tuple(Column(name, "VARCHAR") for name in columns) if relation.name == "deal" else None

    manifest = definitions(text).semantics
    found = [each for each in bind(manifest, columns_of) if each.code == "metric_unknown_column"]
    assert [(str(each.place), dict(each.arguments)["name"], each.hint) for each in found if "bugdet" in str(each.arguments)] == [
        ("metrics/agreements/0.yml:10:18", "bugdet_known", "budget_known")
    ]


# ---- what stays the same


def test_a_version_split_into_two_alike_changes_no_number_and_no_definition(engine: Engine) -> None:
    split = TWO + "\n- {version: 3, effective_from: 2026-11-01, predicate: budget_known  and (months<=12)}"
    split = split.replace("(months<=12)", "months<=12")
    once, twice = (definitions(agreement_text(versions)).semantics for versions in (TWO, split))
    assert definition_of(once, once.metric("deals")) == definition_of(twice, twice.metric("deals"))
    for metric in ("deals", "deal_amount", "deal_price", "visit_to_deal"):
        assert asked(engine, once, metric, by=("metric_time__month",)) == asked(engine, twice, metric, by=("metric_time__month",))


def test_other_names_for_agreement_and_columns_change_nothing(engine: Engine) -> None:
    engine.execute("create or replace table m.renamed as select * rename (months as within, has_budget as money) from m.deal")
    metrics = METRICS.replace("name: deal\n", "name: renamed\n").replace("has_budget", "money").replace("budget_known", "funds")
    text = agreement_text(TWO.replace("months", "within").replace("budget_known", "funds"), name="other")
    renamed, plain = definitions(text, metrics=metrics).semantics, definitions(agreement_text()).semantics
    by = ("metric_time__month",)
    assert asked(engine, renamed, "deals", "deal_amount", by=by) == asked(engine, plain, "deals", "deal_amount", by=by)


def test_a_changed_condition_changes_the_definition_of_all_that_follow() -> None:
    first = definitions(agreement_text()).semantics
    second = definitions(agreement_text(TWO.replace("months <= 12", "months <= 6"))).semantics
    changed = {
        each.name
        for each in first.metrics
        if definition_hash(definition_of(first, each)) != definition_hash(definition_of(second, second.metric(each.name)))
    }
    assert changed == {"deals", "deal_amount", "deal_price", "deals_to_date", "deals_last_year", "visit_to_deal"}


# ---- the file


def test_a_file_is_read_whole() -> None:
    text = agreement_text(
        """
        - version: 1
          effective_from: 2026-10-01
          agreed_on: 2026-09-18
          agreed_by: {marketing: " sato ", sales: tanaka}
          predicate: months > 0
          evidence: [months, has_budget]
          agreed_level: {per_quarter: 20}
        """
    )
    agreement = definitions(text).by_name["valid_deal"]
    (version,) = agreement.versions
    assert (version.agreed_by.marketing, version.agreed_by.is_by_both) == ("sato", True)
    assert (version.level, version.level_per, version.evidence) == (20, "quarter", ("months", "has_budget"))
    assert version.review_due() == DAY(2027, 9, 18)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (("sales: tanaka", "sales: SATO"), [("agreement_one_signs", "0.yml:9:7"), ("agreement_one_signs", "0.yml:14:7")]),
        (("agreed_on: 2026-09-18", "agreed_on: 2026-10-02"), [("agreement_dated_back", "0.yml:7:7")]),
        (("effective_from: 2026-04-01", "effective_from: 2026-10-01"), [("agreement_order", "0.yml:7:7")]),
        (("version: 2", "version: 1"), [("agreement_order", "0.yml:6:7")]),
        (("predicate: budget", "evaluated_at: 5 days later\n  predicate: budget"), [("agreement_evaluated_at", "0.yml:10:7")]),
        (
            ("predicate: budget", "agreed_level: {per_month: 2, per_year: 20}\n  predicate: budget"),
            [("agreement_levels", "0.yml:10:7")],
        ),
        (("predicate: budget", "predicat: budget"), [("yaml_unknown_key", "0.yml:10:7")]),
    ],
)
def test_mistakes_are_told_on_their_lines(changed: tuple[str, str], expected: list[tuple[str, str]]) -> None:
    faults = faults_of(agreement_text(TWO.replace(*changed)))
    assert sorted(told(faults)) == sorted(expected), [str(each) for each in faults]


def test_names_are_held_against_the_metrics_and_against_each_other() -> None:
    text = agreement_text(metrics="[deels, deal_price, deals]")
    other = agreement_text(name="another", metrics="[deals]")
    faults = faults_of(text, other, agreement_text(name="another", metrics="[deal_amount]"))
    assert told(faults) == [("agreement_twice", "2.yml:2:3")]
    faults = faults_of(text, other)
    assert told(faults) == [
        ("metric_unknown", "0.yml:4:13"),
        ("agreement_not_simple", "0.yml:4:20"),
        ("agreement_metric_twice", "1.yml:4:13"),
    ]
    assert [each.hint for each in faults][:1] == ["deals"]


def test_a_dimension_of_the_agreements_name_is_not_hidden() -> None:
    metrics = METRICS.replace("{name: status, dimension: categorical}", "{name: is_agreed_valid_deal, dimension: categorical}")
    with pytest.raises(KgiError) as caught:
        definitions(agreement_text(), metrics=metrics)
    assert [each.code for each in caught.value.findings] == ["agreement_name_taken"]


def test_an_empty_file_says_nothing() -> None:
    documents = [Document("metrics/agreements/a.yml", None, {})]
    found = read_definitions(read_all(METRICS, "m.yml"), documents, lambda name: Relation("m", name))
    assert found.agreements == () and found.semantics == found.written


def test_a_condition_on_a_status_as_it_is_now_is_warned_of() -> None:
    text = agreement_text(TWO.replace("months is not null", "status <> 'lost'").replace("budget_known", "has_budget"))
    deal = Relation("m", "deal")
    plain, columns = definitions(text), {deal: ("deal_id", "months", "has_budget", "status")}
    found = replace(plain, current={deal: ("Status",)})
    (warning,) = agreement_findings(found, columns)
    assert (warning.code, str(warning.place)) == ("agreement_not_monotone", "metrics/agreements/0.yml:15:18")
    assert "W250" in warning.text() and "'status'" in warning.text()
    assert list(agreement_findings(plain, columns)) == []
    agreement = found.by_name["valid_deal"]
    assert [found.is_monotone(agreement, version) for version in (1, 2)] == [False, True]


def test_evidence_that_is_no_column_is_told() -> None:
    found = definitions(agreement_text(TWO + "  evidence: [has_bugdet, budget_known]"))
    deal = Relation("m", "deal")
    (fault,) = agreement_findings(found, {deal: ("months", "has_budget")})
    assert (fault.code, fault.hint, str(fault.place)) == ("metric_unknown_column", "has_budget", "metrics/agreements/0.yml:16:7")


def test_a_goal_names_an_agreement_that_is_there() -> None:
    document = read(goal_text(definition="valid_dael"), "metrics/goals/a.yml")
    with pytest.raises(KgiError) as caught:
        read_goals([document], COMPANY, METRIC_NAMES, ["valid_deal"])
    (fault,) = caught.value.findings
    assert (fault.code, fault.hint) == ("goal_unknown_definition", "valid_deal")
    (goal,) = read_goals([read(goal_text(definition="valid_deal"), "a.yml")], COMPANY, METRIC_NAMES, ["valid_deal"])
    assert goal.definition == "valid_deal"


def test_the_example_of_the_page_is_an_agreement() -> None:
    page = (Path(__file__).parents[2] / "docs/agreements.md").read_text(encoding="utf-8")
    (agreement,) = read_agreements([read(page.split("```yaml\n")[1].split("```")[0], "valid_opportunity.yml")])
    assert [each.version for each in agreement.versions] == [1, 2]
    assert agreement.in_force(DAY(2026, 10, 1)).evaluated == ("qualified_date", 5)
