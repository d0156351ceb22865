"""Binding a whole project: mistakes in SQL, contracts, metrics, and personal data on its way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.binding import bind_project
from pipeline.shapes import Relation
from pipeline.sql import value_origins
from tests.project_builder import change, opened, replace_in, write

CRM = Relation("source", "crm")
COLUMNS = {CRM: ("id", "email", "name")}


@pytest.mark.parametrize(
    ("expression", "passed_on"),
    [
        ("email", {"email"}),
        ("upper(cast(email as varchar))", {"email"}),
        ("name || '様'", {"name"}),
        ("coalesce(name, email)", {"name", "email"}),
        ("case when email is null then 'x' else name end", {"name"}),
        ("max(name)", {"name"}),
        ("count(email)", set()),
        ("email is not null", set()),
        ("email = 'a' and name = 'b'", set()),
        ("md5(email)", set()),
        ("length(name)", set()),
        ("hash(name)", set()),
        ("some_function(name)", {"name"}),
        ("row_number() over (partition by email order by name)", set()),
    ],
)
def test_what_a_value_is_passed_on_by(expression: str, passed_on: set[str]) -> None:
    sql = f'with a as (select * from "source"."crm"), b as (select {expression} as x from a) select x as y from b'
    found = value_origins(sql, COLUMNS)
    assert found is not None
    assert {name for _, name in found["y"]} == passed_on


def test_a_union_passes_on_what_either_side_does() -> None:
    found = value_origins('select id as x from "source"."crm" union all select name from "source"."crm"', COLUMNS)
    assert found == {"x": frozenset({(CRM, "id"), (CRM, "name")})}


def test_a_personal_column_that_reaches_a_mart_under_another_name_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    replace_in(tmp_path, "models/staging/crm/stg_crm__deals.sql", "channel, amount", "lower(contact) as channel, amount")
    assert [(each.code, str(each.place), dict(each.arguments)["origin"]) for each in bind_project(opened(tmp_path))] == [
        ("personal_published", "metrics/fct_deals.yml:11:9", "crm.deals.contact"),
        ("personal_member", "metrics/fct_deals.yml:21:9", "crm.deals.contact"),
    ]


def test_a_personal_column_that_is_only_counted_or_marked_may_stay(tmp_path: Path) -> None:
    write(tmp_path)
    replace_in(tmp_path, "models/staging/crm/stg_crm__deals.sql", "channel, amount", "md5(contact) as channel, amount")
    assert bind_project(opened(tmp_path)) == ()


def test_a_metric_on_a_column_that_is_not_there_is_found_with_the_mistakes_of_other_models(tmp_path: Path) -> None:
    write(tmp_path)
    replace_in(tmp_path, "metrics/fct_deals.yml", "expr: amount", "expr: amuont")
    change(tmp_path, "models/marts/other.sql", "select nope from {{ ref('stg_crm__deals') }}")
    places = sorted(str(each.place) for each in bind_project(opened(tmp_path)))
    assert places[0].startswith("metrics/fct_deals.yml:30:15") and places[-1] == "models/marts/other.sql:1:8"


@pytest.mark.parametrize(
    "sql",
    [
        "select columns(lambda c: c in ('id', 'email')) from source.crm",
        "select id, (select max(email) from source.crm) as x from source.crm",
        "select t.x from source.crm, lateral (select email as x) as t",
        "pivot source.crm on id using max(email)",
        "select c::varchar as x from source.crm as c",
        "select to_json(c)::varchar as x from source.crm as c",
        "select * from source.crm as c(id, x, name)",
        "select x from query('select email as x from source.crm')",
        "this is not SQL (",
    ],
)
def test_a_way_that_cannot_be_followed_is_said_to_be_lost(sql: str) -> None:
    assert value_origins(sql, COLUMNS) is None


def test_what_cannot_be_followed_is_taken_to_pass_on_everything_it_reads(tmp_path: Path) -> None:
    write(tmp_path)
    lost = "select columns(lambda c: c in ('deal_id', 'valid_on', 'channel', 'amount'))"
    replace_in(tmp_path, "models/staging/crm/stg_crm__deals.sql", "select deal_id, valid_on, channel, amount", lost)
    assert {each.code for each in bind_project(opened(tmp_path))} == {"personal_published", "personal_member"}


def test_a_mart_without_declared_columns_is_warned_of_because_it_is_not_published(tmp_path: Path) -> None:
    write(tmp_path, {"models/marts/dim_fiscal_calendar.yml": None})
    found = [(each.code, each.severity.value) for each in bind_project(opened(tmp_path))]
    assert ("mart_unpublished", "warning") in found


def test_members_of_a_published_dimension_may_not_be_personal(tmp_path: Path) -> None:
    write(tmp_path)
    replace_in(tmp_path, "models/staging/crm/stg_crm__deals.sql", "channel, amount", "channel, contact, amount")
    replace_in(tmp_path, "models/marts/fct_deals.sql", "    channel,\n", "    channel,\n    contact,\n")
    column = (
        "      - {name: contact, data_type: varchar, dimension: {type: categorical}, config: {meta: {kgi: {personal: true}}}}\n"
    )
    replace_in(tmp_path, "metrics/fct_deals.yml", "      - name: amount\n", column + "      - name: amount\n")
    assert bind_project(opened(tmp_path)) == ()
    replace_in(tmp_path, "metrics/fct_deals.yml", "[month, deal__channel]", "[month, deal__contact]")
    assert [each.code for each in bind_project(opened(tmp_path))] == ["personal_member"]


def test_names_of_accounts_are_published_only_where_the_company_says_so(tmp_path: Path) -> None:
    write(tmp_path)
    marked = "        dimension: {type: categorical}\n        config: {meta: {kgi: {account_name: true}}}\n"
    replace_in(tmp_path, "metrics/fct_deals.yml", "        dimension: {type: categorical}\n", marked)
    assert [each.code for each in bind_project(opened(tmp_path))] == ["personal_member"]
    replace_in(tmp_path, "profiles.yml", "language: en", "language: en, publish_account_names: true")
    assert bind_project(opened(tmp_path)) == ()


def test_a_key_made_of_a_personal_column_is_personal(tmp_path: Path) -> None:
    write(tmp_path)
    replace_in(tmp_path, "models/staging/crm/_sources.yml", "key: [deal_id]", "key: [contact]")
    replace_in(tmp_path, "models/staging/crm/stg_crm__deals.sql", "select deal_id,", "select _key as deal_id,")
    assert [dict(each.arguments)["origin"] for each in bind_project(opened(tmp_path))] == ["crm.deals._key"]


def test_a_model_may_not_read_files_or_tables_by_a_function(tmp_path: Path) -> None:
    for source in ("query('select contact as channel from source.crm__deals')", "read_csv('x.csv')", "glob('*')"):
        write(tmp_path)
        change(tmp_path, "models/marts/other.sql", f"select *\nfrom {source}")
        codes = {each.code: str(each.place) for each in bind_project(opened(tmp_path))}
        assert codes["model_reads_function"] == "models/marts/other.sql:2:6"
