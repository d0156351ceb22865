"""The room models: files to tables, every mistake at the author's place, a table that is checked before it is swapped in."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from pipeline.decode import read
from pipeline.engines.duckdb import Engine, open_engine
from pipeline.findings import KgiError, Place
from pipeline.models import Model, ModelFile, bind_models, build_beside, check_reading, read_descriptions, read_models, swap_in
from pipeline.shapes import Column, Relation

LEADS = Relation("source", "ma__leads")
COLUMNS = {LEADS: (Column("id", "BIGINT"), Column("amount", "DECIMAL(18,2)"))}


def models(*files: tuple[str, str], yaml: str = "") -> tuple[Model, ...]:
    listed = [
        ModelFile(path, tuple(path.split("/")[1:-1]), path.split("/")[-1].removesuffix(".sql"), text) for path, text in files
    ]
    return read_models(
        listed,
        (("models/macros/m.sql", "{% macro plus(x) %}({{ x }} + 1){% endmacro %}"),),
        descriptions=read_descriptions([read(yaml, "models/marts/m.yml")] if yaml else []),
        sources={("ma", "leads"): LEADS},
        variables={"as_of_date": "2026-11-20"},
        target={"timezone": "Asia/Tokyo"},
    )


def refusal(*files: tuple[str, str], yaml: str = "") -> list[tuple[str, Place | None, str | None]]:
    with pytest.raises(KgiError) as caught:
        models(*files, yaml=yaml)
    return [(each.code, each.place, each.hint) for each in caught.value.findings]


def bound(found: Iterable[Model]) -> list[tuple[str, str, str | None]]:
    with open_engine(None) as engine:
        _, faults = bind_models(engine, found, COLUMNS)
    return [(each.code, str(each.place), each.hint) for each in faults]


STAGING = ("models/staging/ma/stg_leads.sql", "select id, amount\nfrom {{ source('ma', 'leads') }}\n")


def test_models_stand_in_the_order_in_which_they_read_each_other() -> None:
    found = models(("models/marts/a.sql", "select * from {{ ref('stg_leads') }}"), STAGING)
    assert [model.name for model in found] == ["stg_leads", "a"]
    assert [model.materialized for model in found] == ["view", "table"]
    assert found[1].sql == 'select * from "staging"."stg_leads"'


def test_ref_var_this_target_config_and_macros_may_be_used() -> None:
    sql = (
        "{{ config(materialized='view', tags=['nightly']) }}select {{ plus('id') }} as id, '{{ var('as_of_date') }}' as d,"
        " '{{ target.timezone }}' as z, '{{ this }}' as t from {{ ref('stg_leads') }}"
    )
    found = models(STAGING, ("models/marts/a.sql", sql))[1]
    assert found.materialized == "view" and found.tags == ("nightly",)
    assert found.sql.startswith("select (id + 1) as id, '2026-11-20' as d, 'Asia/Tokyo' as z, '\"marts\".\"a\"' as t from")


def test_a_ref_to_nothing_names_the_nearest_model_and_the_line() -> None:
    assert refusal(STAGING, ("models/marts/a.sql", "select *\nfrom {{ ref('stg_laeds') }}")) == [
        ("unknown_ref", Place("models/marts/a.sql", 2, 14), "stg_leads")
    ]


def test_an_unknown_source_names_the_nearest_one() -> None:
    assert refusal(("models/staging/s.sql", "select * from {{ source('ma', 'laeds') }}")) == [
        ("unknown_source", Place("models/staging/s.sql", 1, 26), "ma.leads")
    ]


def test_a_circle_is_refused_with_its_path() -> None:
    with pytest.raises(KgiError) as caught:
        models(
            ("models/marts/a.sql", "select * from {{ ref('b') }}"),
            ("models/marts/b.sql", "select * from {{ ref('c') }}"),
            ("models/marts/c.sql", "select * from {{ ref('a') }}"),
        )
    text = str(caught.value)
    assert caught.value.findings[0].code == "cycle"
    assert all(name in text for name in ("a", "b", "c")) and "->" in text


def test_mistakes_of_several_files_are_named_at_once() -> None:
    found = refusal(
        ("models/marts/a.sql", "select * from {{ ref('x') }}"),
        ("models/marts/b.sql", "select 1 {{ var('as_of_dat') }}"),
        ("models/marts/c.sql", "{{ config(materialised='table') }} select 1"),
        ("models/marts/d.sql", "{{ config(materialized='incremental') }} select 1"),
    )
    assert [each[0] for each in found] == ["unknown_ref", "var_missing", "config_unknown", "materialized_unsupported"]
    assert [each[2] for each in found] == [None, "as_of_date", "materialized", None]


def test_two_models_of_one_name_and_a_description_of_nothing_are_refused() -> None:
    found = refusal(
        ("models/marts/a.sql", "select 1 as x"),
        ("models/staging/a.sql", "select 1 as x"),
        yaml="models:\n  - name: aa\n",
    )
    assert found == [
        ("duplicate_model", Place("models/staging/a.sql", 1), None),
        ("described_model_missing", Place("models/marts/m.yml", 2, 5), "a"),
    ]


def test_names_that_would_collide_with_the_pipelines_own_are_refused() -> None:
    found = refusal(
        ("models/raw/a.sql", "select 1 as x"),
        ("models/marts/b.sql", "{{ config(schema='state') }}select 1 as x"),
        ("models/marts/Bad Name.sql", "select 1 as x"),
    )
    assert {each[0] for each in found} == {"schema_reserved", "model_name"}
    assert [each[1] for each in found if each[0] == "schema_reserved"] == [
        Place("models/marts/b.sql", 1),
        Place("models/raw/a.sql", 1),
    ]


def test_a_table_read_past_ref_is_refused_at_its_place() -> None:
    found = check_reading(models(("models/marts/a.sql", "select *\nfrom staging.stg_leads")), ())
    assert [(each.code, str(each.place)) for each in found] == [("model_reads_unnamed", "models/marts/a.sql:2:14")]


def test_a_model_that_is_no_query_is_refused() -> None:
    found = check_reading(models(("models/marts/a.sql", "create table x as select 1")), ())
    assert [each.code for each in found] == ["model_not_a_query"]


def test_a_clock_in_a_model_is_warned_of_at_its_place() -> None:
    found = check_reading(models(("models/marts/a.sql", "select\n    current_date as d")), ())
    assert [(each.code, str(each.place), each.severity.value) for each in found] == [
        ("model_uses_clock", "models/marts/a.sql:2:5", "warning")
    ]


def test_binding_finds_the_mistakes_of_all_models_with_line_and_column_before_anything_is_built() -> None:
    found = models(
        STAGING,
        ("models/marts/missing.sql", "select\n    id,\n    amuont\nfrom {{ ref('stg_leads') }}"),
        ("models/marts/syntax.sql", "-- 一行目\nselect id,, amount\nfrom {{ ref('stg_leads') }}"),
        ("models/marts/below.sql", "select * from {{ ref('missing') }}"),
    )
    assert bound(found) == [
        ("model_sql_error", "models/marts/missing.sql:3:5", "amount"),
        ("model_sql_error", "models/marts/syntax.sql:2:11", None),
    ]


def test_a_contract_is_checked_against_the_real_columns() -> None:
    yaml = (
        "models:\n  - name: a\n    config: {contract: {enforced: true}}\n    columns:\n"
        "      - {name: id, data_type: integer}\n      - {name: amuont}\n      - {name: amount, data_type: 'decimal(18, 2)'}\n"
    )
    found = models(STAGING, ("models/marts/a.sql", "select * from {{ ref('stg_leads') }}"), yaml=yaml)
    assert bound(found) == [
        ("contract_type", "models/marts/m.yml:5:10", None),
        ("contract_column_missing", "models/marts/m.yml:6:10", "amount"),
    ]


@pytest.fixture
def engine() -> Iterable[Engine]:
    with open_engine(None) as opened:
        opened.execute("create schema source; create table source.ma__leads as select 1 as id, 2.5::decimal(18,2) as amount")
        yield opened


def test_the_old_table_stands_until_the_new_one_is_swapped_in(engine: Engine) -> None:
    old = models(("models/marts/a.sql", "select 1 as x"))[0]
    swap_in(engine, build_beside(engine, old))
    new = models(("models/marts/a.sql", "select 2 as x"))[0]
    built = build_beside(engine, new)
    assert engine.value("select x from marts.a") == 1
    assert engine.value(f"select x from {built.relation}") == 2
    swap_in(engine, built)
    assert engine.value("select x from marts.a") == 2
    assert engine.value("select count(*) from duckdb_tables() where schema_name = 'marts'") == 1


def test_a_table_may_become_a_view_and_back(engine: Engine) -> None:
    for sql, kind in (
        ("select 1 as x", "BASE TABLE"),
        ("{{ config(materialized='view') }}select 2 as x", "VIEW"),
        ("select 3 as x", "BASE TABLE"),
    ):
        swap_in(engine, build_beside(engine, models(("models/marts/a.sql", sql))[0]))
        assert engine.rows("select table_type from information_schema.tables where table_name = 'a'") == [(kind,)]


def test_sql_that_fails_on_its_data_names_the_authors_line(engine: Engine) -> None:
    model = models(
        ("models/marts/a.sql", "select\n    1 as one,\n    cast('x' as integer) as broken\nfrom {{ source('ma', 'leads') }}")
    )[0]
    with pytest.raises(KgiError) as caught:
        build_beside(engine, model)
    assert str(caught.value.findings[0].place) == "models/marts/a.sql:3:5"
