"""What the published file says of its own making: the tables of the schema `ops`. Counts and names only, no values of cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.project import Project
from pipeline.publishing import PublishedTable
from pipeline.shapes import Relation, comma, literal, quote

COLUMNS: dict[str, str] = {
    "run_id": "実行ID / id of the run",
    "as_of_date": "基準日 / business date whose end is the cut-off [date]",
    "started_at": "開始時刻(UTC) / start, UTC",
    "ended_at": "終了時刻(UTC、この実行自身は空欄) / end, UTC; null for the run that wrote this file",
    "outcome": "結果 / how it ended: published, nothing_to_do, built, unsound, failed, killed",
    "kgi_version": "kgiの版 / version of kgi",
    "target": "実行環境 / target of the profile",
    "load_id": "取り込みID / id of the load",
    "source_table": "ソース表 / export, as source.table",
    "file": "ファイル名(受け口からの相対) / file, relative to the inbox",
    "known_at": "その内容が分かった時刻(UTC) / when its content was known, UTC",
    "loaded_at": "取り込んだ時刻(UTC) / when it was loaded, UTC",
    "rows_read": "読んだ件数 / records read [count]",
    "rows_stored": "新しい、または変わった件数 / new or changed records [count]",
    "rows_unchanged": "変わらなかった件数 / records known already [count]",
    "rows_tombstoned": "無くなった件数 / keys that are no longer there [count]",
    "rows_rejected": "読めなかった件数 / records that could not be read [count]",
    "status": "状態 / state",
    "column_name": "列 / column",
    "rule": "守られなかった規則 / rule that was broken",
    "row_count": "件数 / number of values [count]",
    "suite": "検査ファイル / suite",
    "on_name": "検査対象の表 / table that was checked",
    "position": "何番目の検査か(0は行数の確認) / number in the suite; 0 is the row count",
    "expectation": "検査の種類 / type of the expectation",
    "severity": "重さ / severity: critical, warning, info",
    "element_count": "調べた行数 / rows looked at [count]",
    "unexpected_count": "合わなかった行数 / rows that failed [count]",
    "unexpected_percent": "合わなかった割合(空欄を除く、0から100) / rows that failed, nulls left out, 0 to 100 [percent]",
    "observed": "観測された集計値 / aggregate that was observed",
    "description_ja": "説明(日本語) / description in Japanese",
    "description_en": "説明(英語) / description in English",
    "path": "ファイル / file in the project",
    "line": "行 / line in the file",
    "object": "表 / table",
    "reads": "その表が読む表 / what it reads",
}


def run_facts(project: Project, run_id: str) -> Iterable[PublishedTable]:
    """Return the tables of `ops` about runs and data; publishing writes the manifest itself, `metric_facts` the metrics."""
    yield _ops(
        "run",
        ("run_id", "as_of_date", "started_at", "ended_at", "outcome", "kgi_version", "target"),
        f"state.run select * replace (case when run_id = {literal(run_id)} then 'published' else outcome end as outcome)"
        " order by started_at",
        "実行の記録 / What each run did: one row per run",
    )
    yield _ops(
        "load",
        (
            "load_id",
            "source_table",
            "file",
            "known_at",
            "loaded_at",
            "rows_read",
            "rows_stored",
            "rows_unchanged",
            "rows_tombstoned",
            "rows_rejected",
            "status",
        ),
        "state.load select *, source_name || '.' || table_name as source_table order by load_id",
        "取り込みの記録 / What was loaded: one row per file",
    )
    yield _ops(
        "reject_count",
        ("load_id", "source_table", "column_name", "rule", "row_count"),
        f"({_rejects(project)}) order by all",
        "読めなかった値の数 / Rejected values by load, column and rule; counts only",
    )
    yield _check_results(project)
    yield _ops("lineage", ("object", "reads"), f"({_lineage(project)})", "データの流れ / What each table reads")


def _check_results(project: Project) -> PublishedTable:
    suites = comma([literal(suite.name) for suite in project.suites] or ["''"])
    return _ops(
        "check_result",
        (
            "suite",
            "on_name",
            "position",
            "expectation",
            "column_name",
            "severity",
            "status",
            "element_count",
            "unexpected_count",
            "unexpected_percent",
            "observed",
            "description_ja",
            "description_en",
            "path",
            "line",
            "run_id",
        ),
        f"state.check_result join (select run_id, started_at from state.run) using (run_id) where suite in ({suites})"
        " qualify dense_rank() over (partition by suite order by started_at desc) = 1 order by suite, position",
        "検査の結果 / The newest result of each check",
    )


def _ops(name: str, columns: tuple[str, ...], rest: str, comment: str) -> PublishedTable:
    query = f"select {comma([quote(column) for column in columns])} from (from {rest})"
    return PublishedTable(Relation("ops", name), query, comment, tuple((column, COLUMNS[column]) for column in columns))


def _rejects(project: Project) -> str:
    empty = (
        "select cast(null as bigint) as load_id, cast(null as varchar) as source_table, cast(null as varchar) as column_name,"
        " cast(null as varchar) as rule, cast(null as bigint) as row_count where false"
    )
    counted = (
        f"select load_id, {literal(name)} as source_table, column_name, rule, count(*)::bigint as row_count"
        f" from {table.reject} group by all"
        for name, table in project.source_tables.items()
    )
    return " union all by name ".join((empty, *counted))


def _lineage(project: Project) -> str:
    rows = [(model.name, name) for model in project.models for name in project.reads[model.name]]
    return _values(("object", "reads"), rows)


def _values(names: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a SELECT of text constants with these columns, also where there is no row."""
    blank = tuple("" for _ in names)
    listed = comma([f"({comma([literal(value) for value in row])})" for row in (blank, *rows)])
    named = comma([quote(name) for name in names])
    return f"select * from (values {listed}) as t({named}) where t.{quote(names[0])} <> '' order by all"
