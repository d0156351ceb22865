"""Two tables to check, one as it should be and one with mistakes in it, and a way from YAML text to results."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pipeline.decode import read
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.expectations import CheckResult, Suite, read_suites, run_suite
from pipeline.shapes import Relation

GOOD = """
select i::integer as id,
    ['open', 'won', 'lost'][i % 3 + 1] as stage,
    (i * 1.5)::decimal(12, 2) as amount,
    (i % 10)::double as score,
    i::integer as low,
    (i + 1)::integer as high,
    date '2025-01-01' + (i % 28)::integer as day,
    timestamp '2025-01-01' + to_hours(i) as "at",
    'A' || lpad(i::varchar, 3, '0') as code,
    'C:\\' || i as folder,
    '{"a": 1}' as attributes,
    '2025-01-05' as written,
    (i % 10)::integer as tens,
    (i // 10)::integer as ones,
    1 as p, 2 as q, 3 as r,
    'x' as left_text, 'x' as right_text,
    null::integer as nothing,
    true as flag
from range(100) as numbers(i)
"""

BAD = """
select * replace (
    case when id < 7 then null when id < 9 then 500 else id end as low,
    case when id < 5 then 'gone' else stage end as stage,
    case when id < 4 then 100000 when id = 4 then null else amount end as amount,
    case when id = 9 then 1000 else score end as score,
    case when id < 6 then date '2031-01-01' else day end as day,
    case when id < 6 then timestamp '2031-01-01' else "at" end as "at",
    case when id < 8 then 'B-{' || id || '}' else code end as code,
    case when id < 3 then 'D:/' else folder end as folder,
    case when id < 3 then '{' else attributes end as attributes,
    case when id < 3 then '5.1.2025' else written end as written,
    case when id in (1, 2) then 0 when id in (3, 4) then null else tens end as tens,
    case when id < 11 then 9 else p end as p,
    case when id < 2 then 2 else r end as r,
    case when id < 5 then 'y' when id < 7 then null else right_text end as right_text,
    case when id < 3 then 1 else nothing end as nothing
)
from checked.good
"""


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with open_engine(None) as opened:
        opened.execute("create schema checked")
        opened.execute("create schema marts")
        opened.execute(f"create table checked.good as {GOOD}")
        opened.execute(f"create table checked.bad as {BAD}")
        opened.execute(
            "create table checked.mixed as from (select *, 'good' as part from checked.good"
            " union all select *, 'bad' from checked.bad)"
        )
        opened.execute("create table checked.empty as select * from checked.good limit 0")
        opened.execute("create table marts.accounts as select id from checked.good where id >= 12")
        opened.execute("create table marts.hundred as select id from checked.good")
        yield opened


def suite_of(text: str, path: str = "expectations/bad.yml") -> Suite:
    (suite,) = read_suites([read(text, path)])
    return suite


def render(text: str) -> str:
    """Stand in for the templates of a project."""
    names = {"{{ ref('accounts') }}": '"marts"."accounts"', "{{ ref('hundred') }}": '"marts"."hundred"'}
    for written, filled in {**names, "{{ var('as_of_date') }}": "2025-06-01"}.items():
        text = text.replace(written, filled)
    return text


Check = Callable[..., tuple[CheckResult, ...]]


@pytest.fixture
def check(engine: Engine) -> Check:
    def checked(text: str, table: str = "bad", quarantine: bool = True) -> tuple[CheckResult, ...]:
        suite = suite_of(text, f"expectations/{table}.yml")
        relation = Relation("checked", table)
        return run_suite(engine, suite, relation, run_id="r1", render=render, quarantine=quarantine)

    return checked
