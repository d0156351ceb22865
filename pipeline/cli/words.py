"""The words of the terminal, in Japanese and English."""

from __future__ import annotations

from pipeline.messages import Language

_TRY = "  kgi query --metrics {metric} --group-by metric_time__month --order-by=-metric_time__month --limit 6\n"

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "plan_end": "{steps} steps for {as_of}",
        "validated": "{models} models, {sources} exports, {suites} suites, {metrics} metrics, {goals} goals: all read and bound",
        "unsound": "not sound: nothing was published; {path} is as it was",
        "published": "{as_of}: published to {path}",
        "nothing_to_do": "{as_of}: nothing to do, all was done already; {path} stands",
        "built": "{as_of}: built what was selected; nothing was published",
        "goals": "KGI",
        "goal_columns": "KGI|period|target|target to date|actual|attainment|status",
        "funnel": "Funnel of this fiscal year",
        "funnel_columns": "stage|entries|amount",
        "undone": "load {load} is undone; the next kgi run rebuilds what stood on it",
        "redone": "load {load} counts again; the next kgi run rebuilds what stands on it",
        "rejects": "rejected rows",
        "checks": "checks",
        "next": ("\nlook further\n" + _TRY + "  any DuckDB client, read-only, on {path}:  select * from v_latest_kgi"),
    },
    "ja": {
        "plan_end": "{as_of} のステップ {steps} 件",
        "validated": "モデル {models}、エクスポート {sources}、検査 {suites}、指標 {metrics}、ゴール {goals}: すべて照合しました",
        "unsound": "検査に通らなかったため、公開していません。{path} は元のままです",
        "published": "{as_of}: {path} を公開しました",
        "nothing_to_do": "{as_of}: すべて実行済みです。{path} をそのまま使えます",
        "built": "{as_of}: 選ばれたものを作りました。公開はしていません",
        "goals": "KGI",
        "goal_columns": "KGI|期間|目標|今日までの目標|実績|達成率|状態",
        "funnel": "今年度のファネル",
        "funnel_columns": "ステージ|件数|金額",
        "undone": "ロード {load} を取り消しました。次の kgi run で関係する表が作り直されます",
        "redone": "ロード {load} を元に戻しました。次の kgi run で関係する表が作り直されます",
        "rejects": "読めなかった行",
        "checks": "検査",
        "next": (
            "\n次に見るもの\n" + _TRY + "  DuckDB を読めるツールで {path} を読み取り専用で開き:  select * from v_latest_kgi"
        ),
    },
}

NAMES_JA: dict[str, str] = {
    "pass": "合格",
    "fail": "不合格",
    "critical": "重大",
    "warning": "警告",
    "info": "参考",
    "lead": "リード",
    "mql": "MQL",
    "appointment": "アポイント",
    "opportunity": "商談",
    "valid_opportunity": "有効商談",
    "won": "受注",
    "lost": "失注",
    "attained": "達成",
    "on_pace": "順調",
    "behind": "遅れ",
    "missed": "未達",
    "not_started": "開始前",
    "covered_by_sales": "営業で充足",
    "undefined": "判定不能",
}
"""Stages and states as the tables call them -> what a Japanese reader calls them."""
