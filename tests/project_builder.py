"""A small whole project in a folder: an export, staging, a mart, a suite, metrics, a goal. Tests change what they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.project import Project, open_project
from pipeline.records import RunRecord
from pipeline.run import run

NOW = dt.datetime(2026, 11, 21, 1, 0)

FILES: dict[str, str] = {
    "profiles.yml": """\
demo:
  target: dev
  company: {timezone: Asia/Tokyo, fiscal_year_start: "04-01", language: en, holidays: {confirmed_through: 2027-12-31}}
  outputs:
    dev: {type: duckdb, inbox: inbox, warehouse: target/warehouse.duckdb, publish: target/kgi.duckdb, lock_timeout_seconds: 1,
      report: false}
""",
    "models/staging/crm/_sources.yml": """\
version: 2
sources:
  - name: crm
    tables:
      - name: deals
        config:
          meta:
            kgi:
              files: "deals_*.csv"
              format: csv
              encoding: utf-8
              nulls: [""]
              mode: snapshot
              key: [deal_id]
              order_by: {filename_date: "%Y%m%d"}
              known_at: {filename_date: "%Y%m%d"}
              thresholds: {max_reject_rows: 1, max_reject_ratio: 1.0, min_rows: 1, max_drop_ratio: 0.9}
        columns:
          - {name: deal_id, data_type: varchar, config: {meta: {kgi: {required: true}}}}
          - {name: contact, data_type: varchar, config: {meta: {kgi: {personal: true}}}}
          - {name: valid_on, data_type: date, config: {meta: {kgi: {formats: ["%Y-%m-%d"]}}}}
          - {name: channel, data_type: varchar}
          - {name: amount, data_type: "decimal(18,2)"}
""",
    "models/staging/crm/stg_crm__deals.sql": """\
-- One row per deal.
with

    source as (select * from {{ source('crm', 'deals') }})

select deal_id, valid_on, channel, amount
from source
""",
    "models/marts/fct_deals.sql": """\
-- One row per deal that became valid.
with

    deals as (select * from {{ ref('stg_crm__deals') }})

select
    -- ids
    deal_id,
    -- strings
    channel,
    -- numerics
    amount,
    -- dates
    valid_on as valid_date
from deals
where valid_on is not null
""",
    "models/marts/dim_fiscal_calendar.sql": """\
-- One row per date.
select *
from {{ source('kgi', 'fiscal_calendar') }}
""",
    "models/marts/dim_fiscal_calendar.yml": """\
models:
  - name: dim_fiscal_calendar
    description: One row per date.
    time_spine: {standard_granularity_column: date}
    columns:
      - {name: date, granularity: day, data_type: date}
      - {name: fiscal_year, data_type: bigint}
      - {name: fiscal_year_start, data_type: date}
      - {name: is_business_day, data_type: boolean}
""",
    "metrics/fct_deals.yml": """\
models:
  - name: fct_deals
    description: One row per deal that became valid.
    config: {contract: {enforced: true}}
    semantic_model: {enabled: true, name: deals}
    agg_time_dimension: valid_date
    columns:
      - name: deal_id
        data_type: varchar
        entity: {name: deal, type: primary}
      - name: channel
        data_type: varchar
        dimension: {type: categorical}
      - name: amount
        data_type: decimal(18,2)
      - name: valid_date
        data_type: date
        granularity: day
        dimension: {type: time}
    metrics:
      - name: valid_opportunities
        label: Valid opportunities
        type: simple
        agg: count
        expr: deal_id
        config: {meta: {kgi: {unit: count, publish: [month, deal__channel]}}}
      - name: pipeline_amount
        type: simple
        agg: sum
        expr: amount
        config: {meta: {kgi: {unit: JPY, publish: true}}}
""",
    "metrics/goals/fy2026.yml": """\
version: 1
kgi:
  - name: valid_fy2026
    label: {ja: 有効商談数, en: Valid opportunities}
    phase: early
    metric: valid_opportunities
    unit: count
    direction: up
    roles: {marketing: sato, sales: tanaka, coordinator: suzuki}
    period: {fiscal_year: 2026}
    target: {value: 12}
    effective_from: 2026-04-01
""",
    "expectations/fct_deals.yml": """\
expectations:
  - {type: expect_column_values_to_be_unique, column: deal_id}
  - {type: expect_column_values_to_be_in_set, column: channel, value_set: [Web, Fair], severity: warning}
""",
}

DEALS = """\
deal_id,contact,valid_on,channel,amount
d1,a@example.com,2026-04-10,Web,100
d2,b@example.com,2026-05-11,Fair,200
d3,c@example.com,2026-11-20,Web,300
d4,d@example.com,2026-11-21,Web,400
d5,e@example.com,,Fair,
"""


def write(folder: Path, files: Mapping[str, str | None] | None = None) -> Path:
    """Write the standard project with some files replaced or (None) left out."""
    for name, text in {**FILES, **(files or {})}.items():
        if text is not None:
            change(folder, name, text)
    (folder / "inbox").mkdir(exist_ok=True)
    return folder


def change(folder: Path, name: str, text: str) -> None:
    """Write one file of a project."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def replace_in(folder: Path, name: str, old: str, new: str) -> None:
    """Change a piece of a file that must be there."""
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text, (name, old)
    change(folder, name, text.replace(old, new))


def deliver(folder: Path, name: str = "deals_20261120.csv", text: str = DEALS) -> None:
    """Put an export into the inbox."""
    change(folder, f"inbox/{name}", text)


def opened(folder: Path, as_of: str = "2026-11-20", now: dt.datetime = NOW) -> Project:
    """Open the project for a date."""
    return open_project(folder, now=now, as_of=dt.date.fromisoformat(as_of))


def night(folder: Path, as_of: str = "2026-11-20", now: dt.datetime = NOW, **options: Any) -> RunRecord:
    """Run one night."""
    return run(opened(folder, as_of, now), now=now, **options)


def outcomes(record: RunRecord) -> dict[str, str]:
    """Return what became of each step, by kind and name."""
    return {f"{step.kind} {step.name}": step.outcome for step in record.steps}
