"""The ground floor: findings, YAML with places, templates and the way back to the author's line, profiles, the engine."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from pipeline.decode import decode, read
from pipeline.engines.duckdb import EngineError, open_engine
from pipeline.findings import KgiError, Place, describe, did_you_mean, finding
from pipeline.messages import MESSAGES
from pipeline.profile import open_target
from pipeline.sql import read_sql
from pipeline.templating import Templates

PROFILE = """
demo:
  target: dev
  company: {timezone: Asia/Tokyo, fiscal_year_start: "04-01"}
  outputs:
    dev: {type: duckdb, inbox: inbox, warehouse: t/w.duckdb, publish: t/k.duckdb}
"""


class _Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    column: str
    limit: int = 0


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    parts: list[_Inner] = []


def test_every_message_stands_in_both_languages_and_names_the_same_arguments() -> None:
    import string

    def arguments(text: str) -> set[str]:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return {name.removesuffix("_en").removesuffix("_ja") for name in names}

    for code, message in MESSAGES.items():
        assert message.en and message.ja, code
        assert arguments(message.en) == arguments(message.ja), code
        assert arguments(message.hint_en) == arguments(message.hint_ja), code
        assert bool(message.hint_en) == bool(message.hint_ja), code


def test_a_finding_says_what_where_and_what_to_do() -> None:
    each = finding("unknown_ref", Place("models/a.sql", 3, 7), hint="stg_leads", name="stg_laeds")
    assert describe(each, "en") == ("error: no model named 'stg_laeds'\n  at   models/a.sql:3:7\n  hint did you mean stg_leads?")
    assert "モデル 'stg_laeds' がありません" in describe(each, "ja")


def test_did_you_mean_ignores_case_and_stays_silent_when_nothing_is_near() -> None:
    assert did_you_mean("MQL_RTE", ["mql_rate", "won"]) == "mql_rate"
    assert did_you_mean("zzz", ["mql_rate", "won"]) is None


def test_yaml_keeps_words_that_yaml_1_1_would_turn_into_something_else() -> None:
    data = read('a: on\nb: 12:30\nc: no\nd: "04-01"\ne: 010\nf: 1e3\ng: true\nh: 2026-04-01\n', "x.yml").data
    assert data == {
        "a": "on",
        "b": "12:30",
        "c": "no",
        "d": "04-01",
        "e": "010",
        "f": 1000.0,
        "g": True,
        "h": dt.date(2026, 4, 1),
    }


def test_a_key_that_stands_twice_is_refused_with_both_lines() -> None:
    with pytest.raises(KgiError) as caught:
        read("a: 1\nb: 2\na: 3\n", "x.yml")
    assert caught.value.findings[0].place == Place("x.yml", 3, 1)
    assert "line 1" in str(caught.value)


def test_a_yaml_syntax_error_names_file_line_and_column() -> None:
    with pytest.raises(KgiError) as caught:
        read("a: [1\nb: 2\n", "metrics/x.yml")
    assert caught.value.findings[0].code == "yaml_syntax"
    assert str(caught.value.findings[0].place).startswith("metrics/x.yml:2")


def test_all_mistakes_of_a_file_are_found_at_once_each_on_its_line() -> None:
    text = "nmae: x\nparts:\n  - column: a\n    limt: 3\n  - limit: many\n"
    with pytest.raises(KgiError) as caught:
        decode(_Spec, read(text, "x.yml"), owner="the thing")
    found = {(each.code, each.place.line if each.place else 0, each.hint) for each in caught.value.findings}
    assert found == {
        ("yaml_unknown_key", 1, "name"),
        ("yaml_unknown_key", 4, "limit"),
        ("yaml_missing_key", 5, None),
        ("yaml_not_whole_number", 5, None),
    }


@pytest.mark.parametrize(
    ("needle", "place"),
    [
        ("amuont", Place("models/a.sql", 4, 28)),
        ("bad_col", Place("models/macros/m.sql", 3, 4)),
        ("from (", Place("models/a.sql", 5, 1)),
    ],
)
def test_a_place_in_the_filled_template_leads_back_to_the_authors_line(needle: str, place: Place) -> None:
    macro = "{% macro twice(x) %}\n  ({{ x }} +\n   bad_col)\n{% endmacro %}"
    templates = Templates({"ref": lambda name: f'"staging"."{name}"'}, (("models/macros/m.sql", macro),))
    source = "-- 日本語のコメント\nselect\n    {{ ref('x') }}.a,\n    {{ twice('a') }} as q, amuont\nfrom (select 1 as a) as x\n"
    rendered = templates.render(source, "models/a.sql")
    assert rendered.at(rendered.text.index(needle)) == place


def test_an_undefined_name_in_a_template_is_named_with_its_line_and_the_nearest_name() -> None:
    with pytest.raises(KgiError) as caught:
        Templates({"ref": str}).render("select 1\nfrom {{ reff('x') }}", "models/a.sql")
    assert caught.value.findings[0].place == Place("models/a.sql", 2, 9)
    assert caught.value.findings[0].hint == "ref"


def test_sql_is_read_for_its_tables_its_clock_and_its_canonical_form() -> None:
    reading = read_sql("with a as (select * from s.t) select *, current_date as d from a -- note")
    assert reading is not None
    assert [(each.schema, each.name) for each in reading.tables] == [("s", "t")]
    assert reading.clock == ("CURRENT_DATE",)
    other = read_sql("WITH a AS (SELECT * FROM s.t)\nSELECT *, CURRENT_DATE AS d FROM a")
    assert other is not None and reading.canonical == other.canonical


def test_the_engine_says_where_in_the_statement_a_mistake_is_also_behind_japanese_text() -> None:
    sql = "select '日本語' as q, amuont from (select 1 as amount)"
    with open_engine(None) as engine, pytest.raises(EngineError) as caught:
        engine.execute(sql)
    assert caught.value.offset == sql.index("amuont")
    assert caught.value.candidates == ("amount",)


def test_a_transaction_that_fails_leaves_nothing() -> None:
    with open_engine(None) as engine:
        with pytest.raises(ZeroDivisionError), engine.transaction():
            engine.execute("create table t as select 1 as a")
            raise ZeroDivisionError
        assert engine.rows("select 1 from duckdb_tables()") == []


def test_a_profile_is_read_with_its_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KGI_TEST_INBOX", "in")
    (tmp_path / "profiles.yml").write_text(PROFILE.replace("inbox: inbox", "inbox: \"{{ env_var('KGI_TEST_INBOX') }}\""))
    target = open_target(tmp_path, profiles_dir=None, profile=None, target=None, variables={})
    assert target.inbox == tmp_path / "in"
    assert target.company.fiscal_year_start == (4, 1)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("inbox: inbox, ", "", "yaml_missing_key", 6),
        ("target: dev", "target: prd", "target_missing", 3),
        ("Asia/Tokyo", "Asia/Tokio", "unknown_time_zone", 4),
        ("timezone:", "timezon:", "yaml_unknown_key", 4),
        ('"04-01"', '"04-15"', "profile_fiscal_start", 4),
        ("inbox: inbox", "inbox: \"{{ env_var('KGI_NOT_SET') }}\"", "env_var_missing", 6),
    ],
)
def test_a_mistake_in_the_profile_is_named_with_its_line(tmp_path: Path, old: str, new: str, code: str, line: int) -> None:
    (tmp_path / "profiles.yml").write_text(PROFILE.replace(old, new))
    with pytest.raises(KgiError) as caught:
        open_target(tmp_path, profiles_dir=None, profile=None, target=None, variables={})
    assert (caught.value.findings[0].code, caught.value.findings[0].place) == (
        code,
        Place("profiles.yml", line, caught.value.findings[0].place.column if caught.value.findings[0].place else None),
    )
