"""The words of sharing, agreements, restatements, data, metrics and lineage, in Japanese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # sharing
    "sharing_title": ("部門の間の共有", "What the departments share"),
    "q10": (
        "営業は渡したアポに結果を返しているか。有効商談の数は両部門で一致しているか。",
        "Does sales report on the appointments it got, and do both departments count the same valid deals?",
    ),
    "no_sharing": ("部門の間の共有の記録がありません", "nothing is recorded of what the departments share"),
    "feedback_said": (
        "{month}は、結果を返す期限の来たアポ{due}のうち{rate}に期限内の結果があります。",
        "In {month}, of {due} appointments whose result is due {rate} have it in time.",
    ),
    "counts_same": (
        "{month}の有効商談は、マーケティング{marketing}、営業{sales}で一致しています。",
        "In {month} both count the same valid deals: marketing {marketing}, sales {sales}.",
    ),
    "counts_differ": (
        "{month}の有効商談は、マーケティング{marketing}、営業{sales}で、両方が数えたのは{both}です。",
        "In {month} marketing counts {marketing} valid deals, sales {sales}; {both} are counted by both.",
    ),
    "due_results": ("期限の来たアポ", "Results due"),
    "returned": ("期限内に結果あり", "Returned in time"),
    "median_days": ("日数の中央値", "Median days"),
    "feedback_caption": ("営業が返したアポの結果", "Results of appointments returned by sales"),
    "by_marketing": ("マーケティング", "Marketing"),
    "by_sales": ("営業", "Sales"),
    "by_both": ("両方", "Both"),
    "agreeing": ("一致率", "Agreement"),
    "counts_caption": ("両部門が数えた有効商談", "Valid deals as both departments count them"),
    "raised_by": ("向き", "Direction"),
    "open_issues": ("未解決の課題", "Open issues"),
    "oldest_issue": ("最も古い課題", "Oldest issue"),
    "issues_caption": ("基準日時点の未解決の課題", "Issues open on the as-of date"),
    "issue_list_caption": ("未解決の課題(古い順に{all}件中{shown}件)", "Open issues, the oldest first ({shown} of {all})"),
    "issue": ("課題", "Issue"),
    "raised_in": ("起票部門", "Raised by"),
    "keeper": ("担当者", "Keeper"),
    "raised_on": ("起票日", "Raised on"),
    "with_sales": ("営業が加わる施策", "Initiatives with sales"),
    "closed_in_time": ("期限内に閉じた確認", "Checks closed in time"),
    "all_goals": ("全体", "all"),
    "together_caption": ("いっしょに進めているか", "Working together"),
    # agreements
    "agreements_title": ("定義と計画の合意", "What is agreed"),
    "agreed_said": (
        "「{label}」は版{version}の定義で数えています({since}から、{state})。",
        "'{label}' is counted by version {version} of its definition (from {since}, {state}).",
    ),
    "no_agreements": (
        "合意した定義はありません。metrics/agreements/ に書くと、ここに出ます。",
        "No definition is agreed; write one in metrics/agreements/.",
    ),
    "definition": ("定義の変更", "changed definition"),
    "definition_of": ("定義", "Definition"),
    "version": ("版", "Version"),
    "valid": ("適用期間", "Valid"),
    "valid_from": ("適用開始", "Valid from"),
    "agreed_on": ("合意日", "Agreed on"),
    "agreed_level": ("合意した数", "Agreed number"),
    "override": ("現実的でない目標の承認", "Approved though unrealistic"),
    "signed_marketing": ("署名(マーケ)", "Signed (marketing)"),
    "signed_sales": ("署名(営業)", "Signed (sales)"),
    "review_by": ("見直し期限", "Review by"),
    "agreements_caption": ("定義の版", "Versions of definitions"),
    "predicate_title": ("{label} 版{version} の条件", "{label} version {version}: the condition"),
    "metrics_of": ("使う指標", "Metrics that use it"),
    "evidence": ("いつのことと数えるか", "Dated by"),
    "evaluated_at": ("いつ判定するか", "Judged when"),
    "plans_caption": ("計画の版", "Versions of plans"),
    "metric": ("指標", "Metric"),
    "from_to": ("{old} → {new}", "{old} → {new}"),
    "by_old": ("旧版で数えると", "By the old version"),
    "by_new": ("新版で数えると", "By the new version"),
    "effect_of_change": ("変更の影響", "Effect of the change"),
    "bridges_caption": ("定義の変更が数字に与えた影響", "What changed definitions did to the numbers"),
    # restatements
    "restatements_title": ("この1週間に変わった過去の数字", "Past numbers that changed this week"),
    "nothing_restated": (
        "この1週間、公開済みの過去の数字は変わっていません。",
        "No published number of the past has changed within a week.",
    ),
    "restated_said": (
        "この1週間に、公開済みの過去の数字{numbers}が、のべ{changes}回変わりました。",
        "Within a week {numbers} published numbers of the past have changed, {changes} times in all.",
    ),
    "found_on": ("見つけた基準日", "Found on"),
    "restated_caption": ("変わった数字(変化{all}回のうち{shown}回)", "What changed ({shown} of {all} changes)"),
    "period_of": ("期間", "Period"),
    "part_of": ("内訳", "Part"),
    "before": ("前", "Before"),
    "after": ("後", "After"),
    "change": ("変化", "Change"),
    "cause": ("原因", "Cause"),
    "late_rows": ("遅れて届いた行", "late rows"),
    "corrected_rows": ("直された行", "corrected rows"),
    "deleted_rows": ("消された行", "deleted rows"),
    "undone_loads": ("取り消したロード", "undone loads"),
    "later_days": ("その後の日付", "later days"),
    "logic": ("モデルの変更", "changed models"),
    "unsplit": ("分けられない分", "not told apart"),
    # data
    "data_title": ("データの新しさと健全さ", "How fresh and sound the data are"),
    "freshness_now": (
        "どのエクスポートも、基準日以降に受け取っています({newest})。",
        "Every export was received on the as-of date or later ({newest}).",
    ),
    "freshness_same": (
        "どのエクスポートも、最後の受け取りは{newest}で、基準日の{age}前です。",
        "Every export was last received on {newest}, {age} before the as-of date.",
    ),
    "freshness_said": (
        "受け取りが最も古いのは「{source}」で、{newest}です(基準日の{age}前)。",
        "'{source}' was received longest ago, on {newest} ({age} before the as-of date).",
    ),
    "stale_said": (
        "「{source}」は、ふだんの間隔の3倍を超え、3日を超えて届いていません。",
        "'{source}' has brought nothing for more than three times its usual gap, and more than three days.",
    ),
    "stale_guardrail": (
        "ガードレール「{label}」には新しいデータが入っていません。",
        "Nothing new came in for the guardrail '{label}'.",
    ),
    "stale_rule": (
        "受け取りは、エクスポートに書かれた抽出の時点(なければ取り込んだ時点)で、行の日付ではありません。「停止の疑い」は、ふだんの間隔の3倍を超え、かつ3日を超えて届いていないものです。断られたファイルと取り消したロードは数えません。",
        "Received is when an export says that it was drawn (else when it was loaded), not the dates of its rows."
        " Late is what has brought nothing for more than three times its usual gap and more than three days;"
        " refused files and undone loads do not count.",
    ),
    "no_delivery": ("取り込めたものがない", "nothing was taken in"),
    "stale_mark": ("(停止の疑い)", "(late)"),
    "export": ("エクスポート", "Export"),
    "newest": ("最後の受け取り", "Last received"),
    "age": ("経過", "Age"),
    "rhythm": ("ふだんの間隔", "Usual gap"),
    "no_rhythm": ("一度だけ", "once only"),
    "deliveries": ("回数", "Deliveries"),
    "rows_read": ("読んだ行", "Rows read"),
    "rows_rejected": ("読めなかった行", "Rejected"),
    "sources_caption": ("エクスポートごとの受け取り", "Deliveries by export"),
    "loads_caption": ("エクスポートごとの最新のロード", "The newest load of each export"),
    "load": ("ロード", "Load"),
    "file": ("ファイル", "File"),
    "loaded_at": ("取り込み(UTC)", "Loaded (UTC)"),
    "rows_stored": ("新規・変更", "New, changed"),
    "whole_record": ("行全体", "the whole record"),
    "no_rejects": ("読めなかった行はありません。", "No row was rejected."),
    "column": ("列", "Column"),
    "rule": ("規則", "Rule"),
    "rows": ("行数", "Rows"),
    "rejects_caption": ("読めなかった行の理由", "Why rows were rejected"),
    "severity": ("重さ", "Severity"),
    "status": ("結果", "Result"),
    "checks": ("検査の数", "Checks"),
    "checks_caption": ("検査の結果", "Checks"),
    "failed_caption": ("合格しなかった検査", "Checks that did not pass"),
    "check": ("検査", "Check"),
    "on_table": ("対象", "On"),
    "unexpected": ("外れた件数", "Unexpected"),
    "run": ("実行", "Run"),
    "as_of": ("基準日", "As of"),
    "started": ("開始(UTC)", "Started (UTC)"),
    "outcome": ("結果", "Outcome"),
    "runs_caption": ("これまでの実行", "Runs so far"),
    # dictionary and lineage
    "metrics_title": ("指標の辞書", "The dictionary of metrics"),
    "metrics_note": (
        "公開している指標は{count}個です。画面で開くと、意味、単位、担当者、定義、数えているSQLが出ます。",
        "{count} metrics are published. On a screen each opens: meaning, unit, owner, definition and the SQL that counts it.",
    ),
    "no_metrics": ("公開している指標はありません", "no metrics are published"),
    "meaning": ("意味", "Meaning"),
    "unit": ("単位", "Unit"),
    "lineage_title": ("どの表がどこから来るか", "Which table comes from where"),
    "lineage_note": (
        "左の表が読む表と、左の表を読む表です。エクスポートが先に並びます。",
        "What the table on the left reads, and what reads it; exports stand first.",
    ),
    "better": ("良い向き", "Better"),
    "better_up": ("多いほど良い", "more is better"),
    "better_down": ("少ないほど良い", "less is better"),
    "ends": ("最後に届く表", "Tables it reaches in the end"),
    "ends_caption": ("エクスポートごとの行き先", "Where each export ends"),
    "lineage_caption": ("表の系統", "Lineage"),
    "table": ("表", "Table"),
    "reads": ("読む表", "Reads"),
    "readers": ("読まれる表", "Read by"),
    "is_export": ("エクスポート", "an export"),
    "read_by_nobody": ("なし", "none"),
    "no_lineage": ("系統の記録がありません", "no lineage is recorded"),
}
"""Words by key: Japanese, English."""

CHECKS: dict[str, tuple[str, str]] = {
    "critical": ("重大", "critical"),
    "warning": ("警告", "warning"),
    "info": ("参考", "info"),
    "pass": ("合格", "passed"),
    "fail": ("不合格", "failed"),
    "error": ("実行できず", "could not run"),
}
"""How grave a check is, and how it went, as the tables write it, in words."""

DIRECTIONS: dict[str, tuple[str, str]] = {
    "sales_to_marketing": ("営業からマーケティングへ", "sales to marketing"),
    "marketing_to_sales": ("マーケティングから営業へ", "marketing to sales"),
}
"""Which department tells the other, as the tables write it, in words."""

RULES: dict[str, tuple[str, str]] = {
    "wrong_number_of_fields": ("項目の数が違う", "wrong number of fields"),
    "bad_quoting": ("引用符の使い方が違う", "wrong quotes"),
    "key_missing": ("キーがない", "no key"),
    "duplicate_key": ("同じキーが二度ある", "the key stands twice"),
    "required": ("必須の値がない", "a required value is missing"),
    "not_a_number": ("数として読めない", "no number"),
    "not_an_integer": ("整数ではない", "no whole number"),
    "out_of_range": ("範囲を超えている", "out of range"),
    "too_precise": ("小数の桁が多すぎる", "too many decimals"),
    "not_a_date": ("日付として読めない", "no date"),
    "not_a_timestamp": ("日時として読めない", "no date and time"),
    "ambiguous_date": ("二通りの日付に読める", "a date that can be read in two ways"),
    "sentinel_date": ("9999年の日付", "a date of the year 9999"),
    "not_a_boolean": ("はい・いいえのどちらでもない", "neither true nor false"),
    "not_json": ("JSONとして読めない", "no JSON"),
    "not_salesforce_id": ("SalesforceのIDではない", "no Salesforce id"),
}
"""Why a row was rejected, as the tables write it, in words."""

GRAINS: dict[str, tuple[str, str]] = {
    "period": ("目標の期間", "period of the goal"),
    "month": ("月", "month"),
    "fiscal_quarter": ("四半期", "quarter"),
    "fiscal_half": ("半期", "half year"),
    "fiscal_year": ("年度", "fiscal year"),
}
"""How long a number's period is, as the tables write it, in words."""

SPANS: dict[str, tuple[str, str]] = {
    "month": ("月", "month"),
    "quarter": ("四半期", "quarter"),
    "half": ("半期", "half year"),
    "year": ("年", "year"),
}
"""The time for which a number is agreed, as the tables write it, in words."""

LOADS: dict[str, tuple[str, str]] = {
    "loaded": ("取込済み", "loaded"),
    "refused": ("断られた", "refused"),
    "undone": ("取り消し", "undone"),
}
"""What became of a file, as the tables write it, in words."""

DEPARTMENTS: dict[str, tuple[str, str]] = {
    "marketing": ("マーケティング", "marketing"),
    "inside_sales": ("インサイドセールス", "inside sales"),
    "sales": ("営業", "sales"),
}
"""Who raises an issue, as the tables write it, in words."""

RUNS: dict[str, tuple[str, str]] = {
    "published": ("公開した", "published"),
    "nothing_to_do": ("することがなかった", "nothing to do"),
    "built": ("公開せずに作った", "built, not published"),
    "unsound": ("不健全のため公開せず", "unsound, not published"),
    "failed": ("失敗した", "failed"),
    "killed": ("中断された", "broken off"),
    "running": ("実行中", "running"),
}
"""How a run ended, as the tables write it, in words."""
