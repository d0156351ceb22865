"""A tiny company to ask about: a few leads, touches and deals, whose every answer can be counted by hand."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pipeline.decode import read_all
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.metrics import Compiled, Question, SemanticManifest, compile_question, read_semantics
from pipeline.shapes import Relation

TABLES = """
create schema m;
create table m.calendar as
    select d, 'FY' || (year(d - interval 3 month)) as fiscal_year, d - interval 3 month as fiscal_start
    from (select cast(unnest(range(timestamp '2026-01-01', timestamp '2027-01-01', interval 1 day)) as date) as d);
create table m.account (account_id int, industry varchar);
insert into m.account values (1, 'maker'), (2, 'retail'), (3, null);
create table m.lead (lead_id int, account_id int, created_on date, channel varchar, is_target boolean);
insert into m.lead values
    (10, 1, '2026-01-05', 'web', true), (11, 1, '2026-01-31', 'event', false), (12, 2, '2026-02-01', 'web', true),
    (13, null, '2026-02-28', null, true), (14, 9, '2026-04-01', 'web', null);
create table m.touch (touch_id int, lead_id int, touched_on date, cost decimal(18, 2), campaign varchar);
insert into m.touch values
    (1, 10, '2026-01-06', 100.10, 'a'), (2, 10, '2026-01-06', 50.00, 'b'), (3, 10, '2026-01-31', 0, 'a'),
    (4, 11, '2026-02-01', 70.00, null), (5, 12, '2026-02-28', 30.00, 'a'), (6, null, '2026-03-01', 5.00, 'b'),
    (7, 13, '2026-04-10', null, 'a');
create table m.deal (deal_id int, lead_id int, won_on date, amount decimal(18, 2), campaign varchar);
insert into m.deal values
    (100, 10, '2026-02-01', 1000, 'a'), (101, 10, '2026-02-03', 500, 'b'), (102, 12, '2026-03-05', 300, 'a'),
    (103, 14, '2026-04-02', 10, 'a'), (104, 11, '2026-02-01', 0, null);
create table m.seat (account_id int, counted_on date, seats int);
insert into m.seat values (1, '2026-01-01', 5), (1, '2026-01-31', 7), (2, '2026-01-31', 3), (1, '2026-02-15', 8);
create table m.renewal (renewal_id int, lead_id int, renewed_in date);
insert into m.renewal values (1, 10, '2026-01-01'), (2, 12, '2026-03-01'), (3, 13, '2026-05-01');
create table m.tier (account_id int, tier varchar, since date, until date);
insert into m.tier values
    (1, 'silver', '2026-01-01', '2026-01-20'), (1, 'gold', '2026-01-20', null), (2, 'silver', '2026-01-01', null);
"""

YAML = """
models:
  - name: calendar
    time_spine:
      standard_granularity_column: d
      custom_granularities: [{name: fiscal_year}]
    columns:
      - {name: d, granularity: day}
  - name: account
    semantic_model: {enabled: true}
    columns:
      - {name: account_id, entity: {name: account, type: primary}}
      - {name: industry, dimension: {type: categorical}}
  - name: lead
    semantic_model: true
    agg_time_dimension: created_on
    columns:
      - {name: lead_id, entity: {name: lead, type: primary}}
      - {name: account_id, entity: {name: account, type: foreign}}
      - {name: created_on, granularity: day, dimension: time}
      - {name: channel, dimension: categorical}
      - {name: is_target, dimension: {type: categorical}}
    metrics:
      - name: leads
        agg: count
        expr: 1
        config: {meta: {kgi: {unit: 件, direction: up, publish: [month], label: {ja: リード数}}}}
      - name: web_leads_every_day
        agg: count
        expr: 1
        join_to_timespine: true
        filter: "{{ Dimension('lead__channel') }} = 'web'"
      - {name: target_leads, agg: sum_boolean, expr: is_target}
      - {name: leads_every_day, agg: count, expr: 1, join_to_timespine: true, fill_nulls_with: 0}
      - {name: touched_leads, agg: count, expr: 1, filter: "{{ Metric('touches', group_by=['lead']) }} >= 2"}
  - name: touch
    semantic_model: {enabled: true}
    agg_time_dimension: touched_on
    columns:
      - {name: touch_id, entity: {name: touch, type: primary}}
      - {name: lead_id, entity: {name: lead, type: foreign}}
      - {name: touched_on, granularity: day, dimension: {type: time}}
      - {name: campaign, dimension: {type: categorical}}
    metrics:
      - {name: touches, agg: count, expr: 1}
      - {name: cost, agg: sum}
      - {name: cost_every_day, agg: sum, expr: cost, join_to_timespine: true, fill_nulls_with: 0}
      - {name: average_cost, agg: average, expr: cost}
      - {name: touched, agg: count_distinct, expr: lead_id}
      - {name: dearest, agg: max, expr: cost}
      - {name: median_cost, agg: median, expr: cost}
  - name: deal
    semantic_model: {enabled: true}
    agg_time_dimension: won_on
    columns:
      - {name: deal_id, entity: {name: deal, type: primary}}
      - {name: lead_id, entity: {name: lead, type: foreign}}
      - {name: won_on, granularity: day, dimension: {type: time}}
      - {name: campaign, dimension: {type: categorical}}
    metrics:
      - {name: deals, agg: count, expr: 1}
      - {name: amount, agg: sum}
  - name: renewal
    semantic_model: {enabled: true}
    agg_time_dimension: renewed_in
    columns:
      - {name: renewal_id, entity: {name: renewal, type: primary}}
      - {name: lead_id, entity: {name: lead, type: foreign}}
      - {name: renewed_in, granularity: month, dimension: {type: time}}
    metrics:
      - {name: renewals, agg: count, expr: 1}
  - name: seat
    semantic_model: {enabled: true}
    agg_time_dimension: counted_on
    primary_entity: seat_count
    columns:
      - {name: account_id, entity: {name: account, type: foreign}}
      - {name: counted_on, granularity: day, dimension: {type: time}}
    metrics:
      - {name: seats, agg: sum, non_additive_dimension: {name: counted_on, window_agg: max, group_by: [account]}}
  - name: tier
    semantic_model: {enabled: true}
    primary_entity: tier_row
    columns:
      - {name: account_id, entity: {name: account, type: natural}}
      - {name: tier, dimension: {type: categorical}}
      - {name: since, granularity: day, dimension: {type: time, validity_params: {is_start: true}}}
      - {name: until, granularity: day, dimension: {type: time, validity_params: {is_end: true}}}
metrics:
  - {name: cost_per_deal, type: ratio, numerator: cost, denominator: deals}
  - {name: amount_per_cost, type: ratio, numerator: amount, denominator: cost}
  - {name: cost_per_dearest, type: derived, expr: cost / dearest, input_metrics: [cost, dearest]}
  - {name: touches_last_month, type: derived, expr: touches, input_metrics: [{name: touches, offset_window: 1 month}]}
  - {name: touches_last_quarter, type: derived, expr: touches, input_metrics: [{name: touches, offset_window: 1 quarter}]}
  - {name: touches_5_days_ago, type: derived, expr: touches, input_metrics: [{name: touches, offset_window: 5 days}]}
  - name: touches_5_days_and_a_month_ago
    type: derived
    expr: touches_5_days_ago
    input_metrics: [{name: touches_5_days_ago, offset_window: 1 month}]
  - name: touches_growth
    type: derived
    expr: touches - before
    input_metrics: [touches, {name: touches, alias: before, offset_window: 1 month}]
  - {name: touches_at_start, type: derived, expr: touches, input_metrics: [{name: touches, offset_to_grain: month}]}
  - {name: touches_last_year, type: derived, expr: touches, input_metrics: [{name: touches, offset_window: 1 fiscal_year}]}
  - {name: cost_30_days, type: cumulative, input_metric: cost, window: 30 days}
  - {name: cost_1_month, type: cumulative, input_metric: cost, window: 1 month}
  - {name: cost_so_far, type: cumulative, input_metric: cost, period_agg: last}
  - {name: cost_this_month, type: cumulative, input_metric: cost, grain_to_date: month, period_agg: last}
  - {name: cost_this_fiscal_year, type: cumulative, input_metric: cost, grain_to_date: fiscal_year, period_agg: last}
  - {name: average_cost_so_far, type: cumulative, input_metric: average_cost, period_agg: last}
  - {name: touched_30_days, type: cumulative, input_metric: touched, window: 30 days}
  - {name: touched_1_month, type: cumulative, input_metric: touched, window: 1 month}
  - {name: touched_this_month, type: cumulative, input_metric: touched, grain_to_date: month}
  - {name: touched_this_fiscal_year, type: cumulative, input_metric: touched, grain_to_date: fiscal_year}
  - {name: touched_so_far, type: cumulative, input_metric: touched}
  - {name: median_so_far, type: cumulative, input_metric: median_cost}
  - {name: median_30_days, type: cumulative, input_metric: median_cost, window: 30 days}
  - {name: median_1_month, type: cumulative, input_metric: median_cost, window: 1 month}
  - {name: median_this_month, type: cumulative, input_metric: median_cost, grain_to_date: month}
  - {name: seats_so_far, type: cumulative, input_metric: seats}
  - {name: cost_2_days_every_day, type: cumulative, input_metric: cost_every_day, window: 2 days}
  - name: renewed
    type: conversion
    calculation: conversions
    entity: lead
    base_metric: touches
    conversion_metric: renewals
    window: 1 month
  - {name: won_rate, type: conversion, entity: lead, base_metric: touches, conversion_metric: deals}
  - {name: won_rate_last_month, type: derived, expr: won_rate, input_metrics: [{name: won_rate, offset_window: 1 month}]}
  - {name: won_rate_2_days, type: conversion, entity: lead, base_metric: touches, conversion_metric: deals, window: 2 days}
  - {name: conversions, type: conversion, entity: lead, base_metric: touches, conversion_metric: deals, calculation: conversions}
  - name: same_campaign_rate
    type: conversion
    entity: lead
    base_metric: touches
    conversion_metric: deals
    constant_properties: [{base_property: campaign, conversion_property: campaign}]
saved_queries:
  - name: funnel
    query_params:
      metrics: [touches, deals]
      group_by: ["TimeDimension('metric_time', 'month')"]
      where: ["{{ Dimension('lead__channel') }} = 'web'"]
      order_by: ["TimeDimension('metric_time', 'month').descending(True)"]
      limit: 2
"""


def manifest(text: str = YAML) -> SemanticManifest:
    return read_semantics(read_all(text, "metrics/company.yml"), lambda name: Relation("m", name))


@lru_cache
def company() -> SemanticManifest:
    return manifest()


def engine() -> Engine:
    opened = open_engine(None, threads=2)
    for statement in TABLES.split(";\n"):
        if statement.strip():
            opened.execute(statement)
    return opened


class Desk:
    """Asks the company. Rows come back sorted, nulls last, times as DuckDB gives them."""

    def __init__(self, opened: Engine) -> None:
        self.engine = opened

    def compiled(self, *metrics: str, by: tuple[str, ...] = (), **more: Any) -> Compiled:
        return compile_question(company(), Question(metrics=metrics, group_by=by, **more))

    def ask(self, *metrics: str, by: tuple[str, ...] = (), **more: Any) -> list[tuple[Any, ...]]:
        rows = self.engine.rows(self.compiled(*metrics, by=by, **more).sql)
        return rows if more.get("order_by") or more.get("saved_query") else ordered(rows)

    def hand(self, sql: str) -> list[tuple[Any, ...]]:
        return ordered(self.engine.rows(sql))


def ordered(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(rows, key=lambda row: [(value is None, str(value)) for value in row])
