"""What a hostile analyst tries, through every door: text in YAML and in questions, names, JSON, and the file that is asked.

Nothing but the columns of its own row may be looked at, nothing may end in a traceback, and no attempt may give a number.
"""

# ruff: noqa: E501 - one case is one line
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.decode import read_all
from pipeline.engines.duckdb import EngineError, open_engine
from pipeline.findings import Finding, KgiError
from pipeline.metrics import Cohorts, Comparison, Question, SemanticManifest, bind, compile_question, question_of, read_semantics
from pipeline.metrics.expressions import FUNCTIONS, read_expression
from pipeline.query import open_desk
from pipeline.shapes import Relation
from tests.metrics.company import TABLES, YAML
from tests.metrics.door import kgi

REACHES_OUT = [
    "(select 1)",
    "exists (select 1 from m.deal)",
    "exists (from m.deal)",
    "channel in (select campaign from m.deal)",
    "(from m.deal)",
    "(table m.deal)",
    "(values (1))",
    "array(select 1)",
    "channel = any (select 1)",
    "channel = all (select 1)",
    "channel = any (['web'])",
    "channel like any ['web']",
    "read_csv('/etc/passwd')",
    "\"read_csv\"('/etc/passwd')",
    "READ_TEXT('/etc/passwd')",
    "read_blob('/etc/passwd')",
    "glob('/etc/*')",
    "sniff_csv('/etc/passwd')",
    "parquet_metadata('x')",
    "getenv('HOME')",
    "current_setting('threads')",
    "getvariable('x')",
    "set_config('threads', '1')",
    "pragma_version()",
    "duckdb_settings()",
    "duckdb_secrets()",
    "query('select 1')",
    "query_table('m.deal')",
    "nextval('s')",
    "currval('s')",
    "txid_current()",
    "in_search_path('a', 'b')",
    "current_schemas(true)",
    "current_schema()",
    "current_database()",
    "current_query()",
    "current_user",
    "session_user",
    "current_catalog",
    "version()",
    "error('x')",
    "try(error('x'))",
    "write_log('x')",
    "sleep_ms(1000)",
    "random()",
    "uuid()",
    "gen_random_uuid()",
    "setseed(0.5)",
    "now()",
    "today()",
    "current_date",
    "current_timestamp",
    "localtime",
    "get_current_timestamp()",
    "transaction_timestamp()",
    "unnest([1])",
    "range(1000000000)",
    "generate_series(1, 1000000000)",
    "list_transform([1], x -> x)",
    "list_transform([1], lambda x : x)",
    "list_filter([1], x -> true)",
    "list_reduce([1, 2], (x, y) -> x + y)",
    "[x for x in [1]]",
    "list_aggregate([1], 'sum')",
    "chr(x -> x)",
    "columns(*)",
    "columns('c.*')",
    "*",
    "lead.*",
    "count(*)",
    "sum(lead_id)",
    "max(lead_id)",
    "string_agg(channel)",
    "any_value(channel)",
    "first(channel)",
    "row_number() over ()",
    "sum(lead_id) over ()",
    "lag(channel) over (order by lead_id)",
    "count(*) filter (where true)",
    "system.main.lower(channel)",
    "main.lower(channel)",
    "m.lower(channel)",
    "channel.lower()",
    "channel.read_csv()",
    "lower(channel).upper()",
    "channel operator(pg_catalog.=) 'web'",
    "m.deal.amount",
    "x.m.deal.amount",
    "deal.amount",
    "#1",
    "?",
    "$1",
    "$name",
    "channel := 1",
    "coalesce(channel := 1)",
    "channel[1:2]",
    "cast(channel as somebodys_type)",
    "cast(channel as m.somebodys_type)",
    "cast(channel as enum('a'))",
    "dpipe(channel, 'x')",
    "day_of_week_iso(channel)",
    "var_map(channel)",
    "ts_or_ds_add(created_on, 'x', 'y', 'z')",
    "strpos(channel, 'a', 1, 2)",
]
NO_EXPRESSION = [
    "",
    " ",
    "--",
    "/*",
    "*/",
    "channel = ",
    "channel; drop table m.lead",
    "channel) or (true",
    "channel union select 1",
    "channel from m.deal",
    "channel, lead_id",
    "channel as x",
    "channel limit 1",
    "attach 'x.db'",
    "copy m.lead to 'x'",
    "copy (select 1) to '/tmp/x'",
    "install httpfs",
    "load httpfs",
    "pragma threads = 1",
    "set threads = 1",
    "call pragma_version()",
    "create table x as select 1",
    "export database 'x'",
    "channel \0 = 'web'",
    "lower\u200b(channel)",
    "chan\u202enel",
    "channel\udcff",
    "$$web$$",
    "$x$web$x$",
    "ｌｏｗｅｒ(channel)",
    "ⅼower(channel)",
    "(" * 5000 + "1" + ")" * 5000,
    "1" + " + 1" * 5_000,
    "not " * 3000 + "true",
    "-" * 3000 + "1",
    "case when " * 500 + "true" + " then 1 end" * 500,
    "'" + "x" * 200_000 + "'",
    "repeat('x', 1000000000)",
    "repeat(repeat(repeat('xxxxxxxxxx', 1000), 1000), 1000)",
    "repeat('x', lead_id)",
    "lpad('x', 1000000000, 'y')",
    "rpad(channel, lead_id, 'y')",
    "replace(" * 8 + "channel" + ", 'a', 'aaaaaaaaaa')" * 8,
    "regexp_replace(" * 8 + "channel" + ", '', 'aaaaaaaaaa', 'g')" * 8,
]
HOSTILE = [*REACHES_OUT, *NO_EXPRESSION]
REFUSALS = {
    "metric_not_allowed",
    "metric_expression_syntax",
    "metric_filter_call",
    "metric_filter_no_condition",
    "metric_unknown_dimension",
    "metric_unknown_input",
    "yaml_syntax",
    "yaml_wrong_value",
    "yaml_missing_key",
}


def texts(case: str) -> str:
    return repr(case[:40])


SMALL = """
models:
  - name: lead
    semantic_model: {enabled: true}
    agg_time_dimension: created_on
    columns:
      - {name: lead_id, entity: {name: lead, type: primary}}
      - {name: created_on, granularity: day, dimension: {type: time}}
      - {name: channel, dimension: {type: categorical}}
    metrics:
      - {name: leads, agg: sum, expr: <metric expr>}
      - {name: some_leads, agg: count, expr: lead_id, filter: <metric filter>}
metrics:
  - {name: share, type: derived, expr: <derived expr>, input_metrics: [leads, {name: some_leads, filter: <input filter>}]}
saved_queries:
  - {name: asked, query_params: {metrics: [leads], where: [<saved where>]}}
"""
DOORS = {
    "metric expr": "lead_id",
    "metric filter": "lead__channel = 'web'",
    "derived expr": "leads / some_leads",
    "input filter": "lead__channel = 'web'",
    "saved where": "lead__channel = 'web'",
}


def files(door: str, text: str) -> str:
    """Return metric YAML with a text put into one of its places, and what is harmless in the others."""
    written = SMALL
    for each, harmless in DOORS.items():
        written = written.replace(f"<{each}>", json.dumps(text if each == door else harmless))
    return written


def test_without_an_attempt_there_is_nothing_to_say() -> None:
    assert findings(files("", "")) == ()


def findings(text: str) -> tuple[Finding, ...]:
    """Return everything that is said about a file, by reading or by binding it."""
    try:
        read = read_semantics(read_all(text, "metrics/company.yml"), lambda name: Relation("m", name))
        return tuple(each for each in bind(read, lambda relation: None) if each.code != "metric_offset_of_months")
    except KgiError as error:
        return error.findings


@pytest.mark.parametrize("text", HOSTILE, ids=texts)
def test_no_text_in_a_file_gets_past_the_list(text: str) -> None:
    for door in DOORS:
        if door == "metric expr" and not text.strip():
            continue  # without an expression a metric is about its own column
        found = findings(files(door, text))
        assert found, door
        assert {each.code for each in found} <= REFUSALS, door
        assert all(each.place is not None and each.place.line for each in found), door


COLUMNS = """
semantic_models:
  - name: lead
    model: ref('lead')
    defaults: {agg_time_dimension: created_on}
    entities: [{name: lead, type: primary, expr: %s}]
    dimensions:
      - {name: created_on, type: time, type_params: {time_granularity: day}, expr: %s}
      - {name: channel, type: categorical, expr: %s}
    measures: [{name: leads, agg: sum, expr: %s}]
metrics: [{name: leads, type: simple, type_params: {measure: leads}}]
"""


@pytest.mark.parametrize("text", HOSTILE, ids=texts)
def test_no_expression_of_a_column_gets_past_the_list(text: str) -> None:
    harmless = ("lead_id", "created_on", "channel", "1")
    for number in range(len(harmless)):
        found = findings(COLUMNS % (*harmless[:number], json.dumps(text), *harmless[number + 1 :]))
        assert found or not text.strip(), harmless[number]
        assert {each.code for each in found} <= REFUSALS, harmless[number]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("company")
    (folder / "company.yml").write_text(YAML, encoding="utf-8")
    database = tmp_path_factory.mktemp("file") / "company.duckdb"
    with open_engine(database, threads=2) as engine:
        for statement in TABLES.split(";\n"):
            if statement.strip():
                engine.execute(statement)
    yield folder, database


@pytest.fixture(scope="module")
def told(asked: tuple[Path, Path]) -> SemanticManifest:
    folder, _ = asked
    text = (folder / "company.yml").read_text(encoding="utf-8")
    return read_semantics(read_all(text, "company.yml"), lambda name: Relation("m", name))


ASKED: list[dict[str, Any]] = [
    {"metrics": ("leads",)},
    {"group_by": ("lead__channel",)},
    {"metrics": ("touched_30_days", "cost_30_days", "won_rate", "touches_last_month"), "group_by": ("metric_time",)},
    {"saved_query": "funnel"},
    {"metrics": ("won_rate",), "cohorts": Cohorts("month", "month")},
]


@pytest.mark.parametrize("question", ASKED, ids=["simple", "members", "composed", "saved", "cohorts"])
@pytest.mark.parametrize("text", [each for each in HOSTILE if each.strip()], ids=texts)
def test_no_filter_of_a_question_gets_past_the_list(told: SemanticManifest, question: dict[str, Any], text: str) -> None:
    for where in (text, f"({text}) is not null") if ") or (" not in text else (text,):
        with pytest.raises(KgiError) as caught:
            compile_question(told, Question(**question, where=(where,)))
        assert {each.code for each in caught.value.findings} <= REFUSALS


CALLS = [
    "kgi_call_0 = 1",
    "kgi_call_99 = 1",
    "kgi_call_x = 1",
    "'{{ Dimension(\"lead__channel\") }}' = 'web'",
    "{{ ref('deal') }} = 1",
    "{{ env_var('HOME') }} = 1",
    "{{ source('a', 'b') }} = 1",
    "{{ Dimension('lead__channel').__class__ }} = 1",
    "{{ Dimension(open('/etc/passwd').read()) }} = 1",
    "{{ Dimension('lead__channel').grain('month').date_part('x') }} = 1",
    "{{ Dimension(*['lead__channel']) }} = 1",
    "{{ Dimension(**{'name': 'lead__channel'}) }} = 1",
    "{{ Dimension() }} = 1",
    "{{ Dimension('lead__channel', 'x', 'y') }} = 1",
    "{{ Metric() }} = 1",
    "{{ Metric(None, ['lead']) }} = 1",
    "{{ Metric('deals', group_by=['metric_time']) }} = 1",
    "{{ TimeDimension('metric_time', True) }} = 1",
    "{{ Entity('lead', entity_path=[Dimension('x')]) }} = 1",
    "{{ lambda: 1 }} = 1",
    "{{ __import__('os').system('true') }} = 1",
    "{{ [].__class__.__base__.__subclasses__() }} = 1",
    "{{ " + "(" * 5000 + " }} = 1",
    "{{ " + "Dimension('x')" + ".grain('month')" * 5000 + " }} = 1",
    "{{ \0 }} = 1",
    "{{" * 50,
    "}}" * 50,
    "{% raw %} 1 = 1",
    "{# 1 #} 1 = 1",
    "{{ Dimension('lead__channel') }",
    "{{ Dimension('\"; drop table m.lead; --') }} = 1",
    "{{ Dimension('lead__channel\" or true or \"') }} = 1",
]


@pytest.mark.parametrize("where", CALLS, ids=texts)
def test_a_call_in_a_filter_can_only_name_things(told: SemanticManifest, where: str) -> None:
    with pytest.raises(KgiError):
        compile_question(told, Question(metrics=("leads",), where=(where,)))


def test_a_comment_says_nothing_in_the_sql(told: SemanticManifest) -> None:
    where = ("lead__channel = 'web' /* */ /* or 1=1 */ -- */ or true", "lead__is_target")
    sql = compile_question(told, Question(metrics=("leads",), where=where)).sql
    assert "true" not in sql.lower()
    assert "--" not in sql
    assert "/*" not in sql
    assert "is_target" in sql


# ---- names

NAMES = [
    '"; drop table m.lead; --',
    "lead__channel\" or \"1",
    "lead__channel; select 1",
    "(select 1)",
    "read_csv('/etc/passwd')",
    "*",
    "1",
    "metric_time__century",
    "metric_time__extract_",
    "metric_time__nanosecond",
    "lead__channel__month",
    "__",
    "lead__",
    "__channel",
    "lead__lead__lead__channel",
    "LEAD__CHANNEL\0",
    "lead__channel\udcff",
    "ｌead__channel",
    "x" * 100_000,
    "__".join(["lead"] * 10_000),
]  # fmt: skip


@pytest.mark.parametrize(
    "option",
    ["--metrics", "--group-by", "--order-by", "--saved-query", "--start-time", "--end-time", "--limit", "--schema", "--database"],
)
@pytest.mark.parametrize("name", NAMES, ids=texts)
def test_no_name_is_more_than_a_name(asked: tuple[Path, Path], option: str, name: str) -> None:  # fmt: skip
    if (option, name) == ("--limit", "1") or (option == "--database" and "\0" in name):
        pytest.skip("a limit; and no command line can hold a NUL")
    folder, database = asked
    where = () if option == "--database" else ("--database", str(database))
    more = () if option in ("--metrics", "--saved-query") else ("--metrics", "leads")
    ended = kgi("query", "--project-dir", str(folder), *where, *more, option, name)
    assert ended.code == 2, ended
    assert ended.out == ""
    assert ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0000-00-00", None),
        ("", None),
        ("2026-01-01T00:00:00+09:00", None),
        (None, "now()"),
        (None, "9999-12-31"),
        ("2026-13-01", None),
        ("1 or 1=1", None),
    ],
)
def test_a_range_that_is_no_date_is_refused(told: SemanticManifest, start: str | None, end: str | None) -> None:  # fmt: skip
    with pytest.raises(KgiError, match="this is no ISO date or time"):
        compile_question(told, Question(metrics=("leads",), start_time=start, end_time=end))


# ---- definitions that never come to an end


def chain(length: int, each: str) -> str:
    head = YAML[: YAML.index("metrics:\n  - {name: cost_per_deal")]
    lines = ["  - {name: m0, type: derived, expr: leads, input_metrics: [leads]}\n"]
    lines += [f"  - {each.replace('NEXT', f'm{n}').replace('LAST', f'm{n - 1}')}\n" for n in range(1, length)]
    return head + "metrics:\n" + "".join(lines)


def test_metrics_made_of_metrics_without_end_are_refused_or_answered_but_never_a_traceback() -> None:
    deep = chain(2000, "{name: NEXT, type: derived, expr: LAST, input_metrics: [LAST]}")
    with pytest.raises(KgiError, match="this is not supported"):
        compile_question(read_semantics(read_all(deep, "m.yml"), lambda name: Relation("m", name)), Question(metrics=("m1999",)))
    twice = "{name: NEXT, type: derived, expr: a + b, input_metrics: [{name: LAST, alias: a}, {name: LAST, alias: b}]}"
    read = read_semantics(read_all(chain(40, twice), "m.yml"), lambda name: Relation("m", name))
    compile_question(read, Question(metrics=("m39",)))  # 2^40 ways lead to the only leaf; each metric is planned once


def test_a_metric_that_its_own_filter_looks_at_is_a_circle() -> None:
    looks = YAML.replace("{name: deals, agg: count, expr: 1}", "{name: deals, agg: count, expr: 1, filter: \"{{ Metric('touched_leads', group_by=['lead']) }} > 1\"}")  # fmt: skip
    looks = looks.replace("Metric('touches', group_by=['lead'])", "Metric('deals', group_by=['lead'])")
    assert {each.code for each in findings(looks)} == {"metric_circle"}


def test_a_yaml_file_that_grows_or_nests_without_end_is_a_finding() -> None:
    lines = ["a0: &a0 [x, x]\n", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))]
    for text in ("".join(lines), "metrics: " + "[" * 20_000, "metrics: &a [*a]", "metrics: &a {b: *a}"):
        assert {each.code for each in findings(text)} == {"yaml_syntax"}, text[:40]


# ---- what comes out


def test_an_allowed_function_means_what_duckdb_means_by_it() -> None:
    """Each sample as it is written, beside what becomes of it on its way through the checked tree."""
    with open_engine(None) as engine:
        engine.execute("create table t as select 'Ab-cD' as s, 7.25 as x, -3 as i, date '2026-05-17' as d, timestamp '2026-05-17 13:14:15.678' as ts, [1, 2] as l, {'a': 5} as r")  # fmt: skip
        for text in SAMPLES:
            ours = read_expression(text, None).sql("duckdb")
            (mine,), (theirs,) = engine.row(f"select {ours} from t"), engine.row(f"select {text} from t")
            assert mine == (pytest.approx(theirs) if isinstance(theirs, float) else theirs), text
    used = {name for text in SAMPLES for name in re.findall(r"([a-z_0-9]+)\s*\(", text)}
    assert FUNCTIONS - used - {"case", "timestamp"} == set()


SAMPLES = """
abs(i) | ceil(x) | ceiling(x) | floor(x) | round(x, 1) | round(x) | trunc(x) | sign(i) | sqrt(x) | cbrt(x) | exp(x) | ln(x) | log(x)
log(2, x) | log2(x) | log10(x) | pow(x, 2) | power(x, 2) | mod(i, 2) | greatest(x, i) | least(x, i) | isnan(x::double)
isfinite(x::double) | coalesce(null, s) | nullif(i, -3) | ifnull(null, s) | if(i < 0, 'a', 'b') | case when i < 0 then 1 end
concat(s, null, 'x') | concat_ws('-', s, null, 'x') | lower(s) | upper(s) | trim(' a ') | trim('xax', 'x') | ltrim(' a') | rtrim('a ')
length(s) | len(s) | char_length(s) | strlen(s) | substr(s, 2, 2) | substring(s, -2) | left(s, 2) | right(s, 2)
replace(s, 'b', 'z') | reverse(s) | lpad(s, 8, 'x') | rpad(s, 8, 'x') | lpad(s, 2, 'x') | repeat(s, 2) | split_part(s, '-', 2)
string_split(s, '-') | contains(s, 'b') | starts_with(s, 'A') | ends_with(s, 'D') | prefix(s, 'A') | suffix(s, 'D') | strpos(s, '-')
position('-' in s) | position ('c' in s) | instr(s, '-') | regexp_matches(s, 'b.c') | regexp_replace(s, '[a-z]', '_', 'g')
regexp_replace(s, '[a-z]', '_') | regexp_extract(s, '(b)(.)', 2) | regexp_extract(s, 'zz') | regexp_full_match(s, '.*')
translate(s, 'Ab', 'xy') | ascii(s) | chr(65) | md5(s) | hash(s) | nfc_normalize(s) | unicode(s) | date_trunc('month', d)
date_trunc('hour', ts) | date_part('isodow', d) | datepart('year', d) | extract(week from d) | extract (epoch from ts)
date_diff('month', date '2025-01-31', d) | datediff('day', date '2025-01-31', d) | date_add(d, interval 1 month)
date_sub('day', date '2025-01-31', d) | year(d) | quarter(d) | month(d) | week(d) | day(d) | dayofmonth(d) | dayofweek(d)
dayofyear(d) | isodow(d) | isoyear(d) | weekofyear(d) | yearweek(d) | hour(ts) | minute(ts) | second(ts) | millisecond(ts)
microsecond(ts) | last_day(d) | monthname(d) | dayname(d) | strftime(ts, '%Y/%m') | strptime('2026/01', '%Y/%m')
try_strptime('x', '%Y') | make_date(2026, 1, 2) | make_timestamp(2026, 1, 2, 3, 4, 5) | epoch(ts) | epoch_ms(ts) | epoch_ms(1000)
to_days(2) | to_months(2) | to_years(2) | to_weeks(2) | to_hours(2) | to_minutes(2) | to_seconds(2) | age(ts, timestamp '2020-01-01')
time_bucket(interval 7 day, d) | date('2026-01-02') | cast(x as int) | try_cast(s as int) | typeof(x)
list_contains(l, 2) | list_value(1, 2) | struct_extract(r, 'a') | interval (2) day | d + interval '1' month | d - interval 1 day
i // 2 | i % 2 | x ** 2 | s || 'x' | s ~ 'Ab.*' | s like 'A%' | s ilike 'a%' | s not like 'a%' escape '!'
s similar to 'A.*' | s glob 'A*' | i & 1 | i | 2 | 2 << 1 | s in ('Ab-cD', 'x') | s not in ('x') | 2 in l | l[1] | r['a'] | x between 1 and 8
s is null | s is not distinct from null | x::varchar | x::decimal(18, 1) | date '2026-01-01' | not (i = -3) | true | null | -x | 1e3
case s when 'x' then 1 when 'Ab-cD' then 2 else 3 end | i = -3 and x > 1 or s = 'z' | (i, x) = (-3, 7.25) | '[1]'::json::varchar
""".replace("\n", " | ").split(" | ")  # fmt: skip
SAMPLES = [each.strip() for each in SAMPLES if each.strip() and each.strip() not in ("i", "2")]


def test_the_page_of_expressions_lists_the_functions() -> None:
    page = (Path(__file__).parents[2] / "docs/metrics/expressions.md").read_text(encoding="utf-8")
    listed = re.search(r"```text\n(.*?)```", page, re.DOTALL)
    assert listed is not None
    assert listed[1].split() == sorted(FUNCTIONS)


CALLED = {
    *("array_contains", "str_split", "row", "timezone", "to_timestamp", "array_length", "list_count", "octet_length"),
    *("+", "-", "*", "/", "//", "%", "~~", "!~~", "~~*", "like_escape", "not_like_escape", "&", "|", "<<", ">>", "||", "~~~"),
}
"""What DuckDB calls allowed functions and operators under another name; each works on its arguments alone."""


def test_whatever_name_is_called_only_allowed_functions_come_out() -> None:
    """Every function that DuckDB has and every name that sqlglot knows, with many shapes of arguments, read by DuckDB's parser."""
    from sqlglot.dialects.duckdb import DuckDB

    with open_engine(None) as engine:
        names = {name for (name,) in engine.rows("select distinct function_name from duckdb_functions()")}
        names |= {str(name).lower() for name in (*DuckDB.Parser.FUNCTIONS, *DuckDB.Parser.FUNCTION_PARSERS)} | FUNCTIONS
        passed = []
        for name in sorted(each for each in names if re.fullmatch(r"[a-z_]\w*", each)):
            for shape in (
                "",
                "a",
                "'x'",
                "a, b",
                "'day', a",
                "a, 1, 2",
                "a, 'x', 'y'",
                "[a], x -> x",
                "distinct a",
                "a, b, c, d",
            ):
                try:
                    passed.append(read_expression(f"{name}({shape})", None).sql("duckdb"))
                except KgiError:
                    continue
        assert len(passed) > 150
        for sql in dict.fromkeys(passed):
            tree = json.loads(engine.value("select json_serialize_sql(?)", [f"select {sql}"]))
            called = set(_called(tree))
            assert called <= FUNCTIONS | CALLED, sql


def _called(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        if tree.get("class") in ("SUBQUERY", "WINDOW", "LAMBDA", "STAR", "PARAMETER", "POSITIONAL_REFERENCE"):
            yield str(tree["class"])
        if tree.get("class") == "FUNCTION":
            yield str(tree["function_name"])
        for each in tree.values():
            yield from _called(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from _called(each)


# ---- the connection that answers

LOCKED = [
    "set threads = 1",
    "set memory_limit = '1GB'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "set allowed_paths = ['/']",
    "set allowed_directories = ['/']",
    "set autoload_known_extensions = true",
    "set autoinstall_known_extensions = true",
    "set max_execution_time = 0",
    "set python_enable_replacements = true",
    "reset threads",
    "pragma threads = 1",
    "pragma enable_profiling = 'json'",
    "call enable_logging()",
    "attach '/tmp/other.duckdb' as other",
    "attach '/tmp/other.duckdb' as other (read_only)",
    "copy (select 1) to '/tmp/out.csv'",
    "copy (select 1) to '/dev/stdout'",
    "export database '/tmp/out'",
    "import database '/tmp/out'",
    "from read_csv('/etc/passwd')",
    "from read_text('/etc/passwd')",
    "from read_blob('/etc/passwd')",
    "from glob('/etc/*')",
    "from sniff_csv('/etc/passwd')",
    "from '/etc/passwd.csv'",
    "from 'https://example.com/x.parquet'",
    "from parquet_metadata('/tmp/x.parquet')",
    "install httpfs",
    "load httpfs",
    "load '/tmp/x.duckdb_extension'",
    "from duckdb_secrets()",
    "create secret (type s3)",
    "select getenv('HOME')",
    "from variable_of_this_process",
    "create table m.made as select 1",
    "insert into m.lead (lead_id) values (1)",
    "delete from m.lead",
    "drop table m.lead",
]


@pytest.mark.parametrize("statement", LOCKED)
def test_the_connection_that_answers_has_no_way_out(asked: tuple[Path, Path], statement: str) -> None:
    variable_of_this_process = [1]
    folder, database = asked
    with open_desk(folder, database, schema="m") as desk:
        with pytest.raises(EngineError):
            desk.engine.execute(statement)
        assert variable_of_this_process


@pytest.mark.parametrize(
    "macro",
    ["lower(x) as 'web'", "sum(x) as 1000000", '"+"(a, b) as 5', "date_trunc(a, b) as date '1999-01-01'", "COUNT_STAR() as 9", "count(x) as 9", "Concat(a, b) as 9"],
)  # fmt: skip
def test_a_file_that_gives_functions_another_meaning_is_not_asked(asked: tuple[Path, Path], tmp_path: Path, macro: str) -> None:
    folder, _ = asked
    database = tmp_path / "hostile.duckdb"
    with open_engine(database) as engine:
        engine.execute("create schema m")
        engine.execute("create table m.lead as select 1 as lead_id, 'x' as channel")
        engine.execute("create macro harmless(x) as x")
        engine.execute(f"create macro {macro}")
    ended = kgi("query", "--project-dir", str(folder), "--database", str(database), "--metrics", "leads")
    assert ended.code == 2
    assert "gives functions of DuckDB another meaning" in ended.err
    assert "harmless" not in ended.err


def test_a_view_in_the_file_cannot_read_other_files(asked: tuple[Path, Path], tmp_path: Path) -> None:
    folder, _ = asked
    (tmp_path / "secret.csv").write_text("lead_id,channel,created_on\n1,a,2026-01-01\n")
    database = tmp_path / "hostile.duckdb"
    with open_engine(database) as engine:
        engine.execute("create schema m")
        engine.execute(f"create view m.lead as from read_csv('{tmp_path}/secret.csv')")
    ended = kgi("query", "--project-dir", str(folder), "--database", str(database), "--metrics", "leads")
    assert ended.code == 2
    assert "disabled by configuration" in ended.err
    assert ended.out == ""


def test_a_question_has_a_time_limit(asked: tuple[Path, Path]) -> None:
    folder, database = asked
    with open_desk(folder, database, schema="m", timeout_seconds=0.2) as desk, pytest.raises(KgiError) as caught:
        desk.engine.rows("select count(*) from range(1000000) a, range(1000000) b where hash(a.range, b.range) = 1")
    assert caught.value.exit_code == 4


# ---- JSON on standard input

BAD_LINES = [
    b"nothing",
    b"\xff\xfe",
    b"[]",
    b"1",
    b"null",
    b'"leads"',
    b"{",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"metrics": "leads"}',
    b'{"metrics": [1]}',
    b'{"metrics": [["leads"]]}',
    b'{"metrics": {"leads": 1}}',
    b'{"metrics": ["leads"], "limit": "1 union select 1"}',
    b'{"metrics": ["leads"], "limit": "(select 1)"}',
    b'{"metrics": ["leads"], "limit": -1}',
    b'{"metrics": ["leads"], "limit": 1.5}',
    b'{"metrics": ["leads"], "limit": true}',
    b'{"metrics": ["leads"], "limit": 1e999}',
    b'{"metrics": ["leads"], "limit": 99999999999999999999999999}',
    b'{"metrics": ["leads"], "limit": ' + b"9" * 5000 + b"}",
    b'{"metrics": ["leads"], "min_max": "yes"}',
    b'{"metrics": ["leads"], "dedupe": 0}',
    b'{"metrics": ["leads"], "cutoff": "2026-01-01"}',
    b'{"metrics": ["leads"], "wehre": ["1 = 1"]}',
    b'{"metrics": ["leads"], "start_time": 20260101}',
    b'{"metrics": ["leads"], "where": "lead__channel = 1"}',
    b'{"metrics": ["leads"], "where": ["lead__channel = \\u0000"]}',
    b'{"metrics": ["leads"], "where": ["lead__channel = \'\\ud800\'"]}',
    b'{"metrics": ["\\ud800"]}',
    b'{"group_by": ["\\ud800"]}',
    b'{"saved_query": {"a": 1}}',
    b'{"metrics": ["leads"], "group_by": ["metric_time"], "compare": "(select 1)"}',
    b'{"metrics": ["leads"], "compare": {"basis": "previous_period", "start": "x"}}',
    b'{"metrics": ["won_rate"], "cohorts": "month"}',
    b'{"metrics": ["won_rate"], "cohorts": {"grain": "month"}}',
    b'{"metrics": ["won_rate"], "cohorts": {"grain": "month\'; select 1", "age": "month"}}',
    b'{"metrics": ["won_rate"], "cohorts": {"grain": "month", "age": "month) or (1 = 1"}}',
    b"{}",
    b'{"metrics": ["' + b"x" * 1_000_000 + b'"]}',
]


def test_a_line_that_is_no_question_is_answered_with_an_error_and_the_next_one_with_rows(asked: tuple[Path, Path]) -> None:
    folder, database = asked
    good = b'{"metrics": ["leads"]}'
    lines = b"\n".join(part for bad in BAD_LINES for part in (bad, good)) + b"\n"
    ended = kgi("query", "--project-dir", str(folder), "--database", str(database), "--schema", "m", "--serve", lines=lines)
    replies = [json.loads(line) for line in ended.out.splitlines()]
    assert len(replies) == 2 * len(BAD_LINES)
    for bad, reply, after in zip(BAD_LINES, replies[::2], replies[1::2], strict=True):
        assert set(reply) == {"error"}, bad[:80]
        assert "bug" not in reply["error"], (bad[:80], reply)
        assert after == {"columns": ["leads"], "rows": [[5]]}
    assert ended.code == 0
    assert ended.err == ""


def test_a_question_as_json_is_read_key_by_key() -> None:
    read = question_of({"metrics": ["leads"], "group_by": None, "limit": 3, "min_max": True})
    assert read == Question(metrics=("leads",), limit=3, min_max=True)
    further = question_of({"compare": "previous_year", "cohorts": {"grain": "month", "age": "week"}})
    assert further == Question(compare=Comparison("previous_year"), cohorts=Cohorts("month", "week"))
    with pytest.raises(KgiError) as caught:
        question_of({"metrics": "leads", "limmit": 3, "dedupe": "no"})
    assert [(each.code, each.hint) for each in caught.value.findings] == [
        ("metric_question_value", None),
        ("metric_question_key", "limit"),
        ("metric_question_value", None),
    ]
    assert "needs a list of texts, not leads" in str(caught.value)


# ---- names and tags in files

TABLES_NAMED = [
    "ref('lead\"; drop table m.lead; --')",
    "ref('read_csv(''/etc/passwd'')')",
    "read_csv('/etc/passwd')",
    "m.lead; drop table m.lead",
    "'/etc/passwd'",
    "ref('a', 'b', 'c')",
    "source('a')",
    "{{ ref('lead') }}; select 1",
    "(select * from m.deal)",
]


@pytest.mark.parametrize("table", TABLES_NAMED)
def test_a_table_in_a_file_is_a_name_and_never_sql(asked: tuple[Path, Path], tmp_path: Path, table: str) -> None:
    _, database = asked
    text = (COLUMNS % ("lead_id", "created_on", "channel", "1")).replace("ref('lead')", json.dumps(table))
    (tmp_path / "m.yml").write_text(text, encoding="utf-8")
    for question in (("--metrics", "leads"), ("--group-by", "lead__channel")):
        ended = kgi("query", "--project-dir", str(tmp_path), "--database", str(database), "--schema", "m", *question)
        assert ended.code == 2, ended
        assert ended.out == ""
        assert "Traceback" not in ended.err


def test_an_address_in_a_file_is_quoted(asked: tuple[Path, Path], tmp_path: Path) -> None:
    _, database = asked
    node = """{schema_name: 'm"."deal" --', alias: 'lead"; drop table m.lead; --'}"""
    text = (COLUMNS % ("lead_id", "created_on", "channel", "1")).replace("model: ref('lead')", f"node_relation: {node}")
    (tmp_path / "m.yml").write_text(text, encoding="utf-8")
    arguments = ("--project-dir", str(tmp_path), "--database", str(database), "--metrics", "leads")
    assert 'FROM "m"".""deal"" --"."lead""; drop table m.lead; --" AS lead' in kgi("query", *arguments, "--explain").out
    assert kgi("query", *arguments).code == 2


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!include /etc/passwd", "!!binary x"]
)
def test_a_tag_in_yaml_makes_nothing(tag: str) -> None:
    found = findings(f"metrics: {tag}")
    assert found
    assert all(each.code.startswith("yaml_") for each in found)


def test_labels_and_descriptions_are_words_and_never_sql(asked: tuple[Path, Path], tmp_path: Path) -> None:
    _, database = asked
    hostile = "x'; drop table m.lead; -- \\\" {{ env_var('HOME') }} */"
    text = SMALL.replace("agg: sum,", f'agg: sum, label: "{hostile}", description: "{hostile}",')
    for each, harmless in DOORS.items():
        text = text.replace(f"<{each}>", json.dumps(harmless))
    (tmp_path / "m.yml").write_text(text, encoding="utf-8")
    arguments = (
        "--project-dir",
        str(tmp_path),
        "--database",
        str(database),
        "--schema",
        "m",
        "--metrics",
        "leads",
        "--labels",
        "ja",
    )
    ended = kgi("query", *arguments)
    assert ended.code == 0, ended
    assert ended.out.rstrip().endswith("60")
    assert "drop" not in kgi("query", *arguments, "--explain").out


@pytest.mark.parametrize("limit", ["(select 1)", "1 union select 1", "1; drop table m.lead"])
def test_a_limit_is_a_number_even_where_types_are_not_checked(told: SemanticManifest, limit: Any) -> None:
    with pytest.raises(ValueError, match="invalid literal for int"):
        compile_question(told, Question(metrics=("leads",), limit=limit))
