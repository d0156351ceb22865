"""What became of numbers that had been told: each change of a past number, and why."""

from __future__ import annotations

from pipeline.goals.tables.spec import AS_OF, END, REASON, RUN, START, TableSpec, column

RESTATEMENT = TableSpec(
    "restatement",
    "過去の数値の変更",
    "past numbers that became others",
    ("as_of_date", "metric", "grain", "period_start", "period_end", "dimension", "member"),
    (
        AS_OF,
        column("as_of_before", "DATE", "比べた前回の基準日", "sealed as-of date that it is compared with", "date"),
        column("metric", "VARCHAR", "指標", "metric"),
        column("grain", "VARCHAR", "粒度(kpi と同じ)", "grain, as in kpi"),
        START,
        END,
        column("dimension", "VARCHAR", "切り口(全体は total)", "dimension; total for the whole"),
        column("member", "VARCHAR", "切り口の値", "member of the dimension"),
        column("label_ja", "VARCHAR", "表示名(日本語)", "label in Japanese"),
        column("label_en", "VARCHAR", "表示名(英語)", "label in English"),
        column("unit", "VARCHAR", "単位", "unit of the value"),
        column("value_before", "DOUBLE", "前回の値", "value as of as_of_before", "unit"),
        column("value_after", "DOUBLE", "今回の値", "value as of as_of_date", "unit"),
        column("change", "DOUBLE", "変化(原因の合計と一致)", "value_after - value_before; the causes sum to it", "unit"),
        column("late_rows", "DOUBLE", "遅れて届いた行による変化", "by rows that came after their days were told", "unit"),
        column("corrected_rows", "DOUBLE", "訂正された行による変化", "by rows that have another version now", "unit"),
        column("deleted_rows", "DOUBLE", "削除された行による変化", "by rows that are gone", "unit"),
        column("undone_loads", "DOUBLE", "取り消したロードによる変化", "by loads that were taken back", "unit"),
        column(
            "later_days",
            "DOUBLE",
            "前回より後の日の出来事による変化(再オープンなど)",
            "by what happened after as_of_before: a deal won and opened again",
            "unit",
        ),
        column("definition", "DOUBLE", "指標の定義の変更による変化", "by another definition of the metric", "unit"),
        column("logic", "DOUBLE", "モデル・宣言・設定・kgiの版の変更による変化", "by other models, declarations or kgi", "unit"),
        column("unsplit", "DOUBLE", "原因に分けられなかった変化", "what could not be told apart", "unit"),
        column(
            "split",
            "VARCHAR",
            "分け方(split=分けた、over_budget=時間切れ、loads_unknown=前回のロードが不明、replay_failed=再計算できない、"
            "no_value_between=途中で率の値がない、no_value=値のない側がある)",
            "split, or why not: over_budget, loads_unknown, replay_failed, no_value_between, no_value",
        ),
        column("loads", "VARCHAR", "変化をもたらしたロード(カンマ区切り)", "loads that brought it, joined by commas"),
        REASON,
        RUN,
    ),
)
