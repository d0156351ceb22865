"""Messages about questions: what is asked of metrics, compared and followed by cohort."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "metric_question_key": Message(
        "'{key}' is not a key of a question",
        "質問に '{key}' というキーはありません",
    ),
    "metric_question_value": Message(
        "the key '{key}' of a question needs {expected}, not {value}",
        "質問のキー '{key}' の値 {value} は使えません (必要なもの: {expected})",
    ),
    "metric_question_empty": Message(
        "this question names neither a metric nor a group-by",
        "質問に指標も切り口もありません",
        "name metrics, group-bys, or a saved query",
        "指標、切り口、または保存されたクエリを指定してください",
    ),
    "metric_not_a_date": Message(
        "this is no ISO date or time: {text}",
        "ISO 形式の日付・時刻ではありません: {text}",
        "write 2026-04-01 or 2026-04-01 09:00:00",
        "2026-04-01 または 2026-04-01 09:00:00 のように書いてください",
    ),
    "metric_range_backwards": Message(
        "this range ends before it starts: {start} - {end}",
        "期間の終わりが始まりより前です: {start} - {end}",
    ),
    "metric_needs_time": Message(
        "'{name}' can only be asked for over time ({why})",
        "'{name}' は時間で切らないと求められません ({why})",
        "add metric_time to the group-bys",
        "切り口に metric_time を加えてください",
    ),
    "metric_range_without_time": Message(
        "a range of time needs metric_time among the group-bys when there is no metric",
        "指標のない質問で期間を指定するには、切り口に metric_time が必要です",
    ),
    "metric_no_spine": Message(
        "there is no calendar (time spine) with rows of {grain} or finer",
        "{grain} 以下の粒度のカレンダー (time spine) がありません",
        "declare one with `time_spine:` or `calendars:`, or let the time be of a day: `granularity: day`",
        "`time_spine:` か `calendars:` で宣言するか、時点を日単位 (`granularity: day`) にしてください",
    ),
    "metric_no_common_table": Message(
        "no table knows all of these: {names}",
        "これらすべてにたどり着けるテーブルがありません: {names}",
        "ask for a metric that they have in common, or for fewer of them",
        "共通の指標を加えるか、切り口を減らしてください",
    ),
    "metric_not_supported": Message(
        "this is not supported: {what}",
        "この指定には対応していません: {what}",
    ),
    # ---- cohorts
    "metric_cohort_of_conversion": Message(
        "cohorts are asked of one conversion metric: who entered when, and who had converted at which age",
        "コホートは転換型 (conversion) の指標 1 つについて調べます",
        "name one metric of type conversion; kgi ls metrics lists them",
        "conversion 型の指標を 1 つ指定してください (kgi ls metrics で一覧できます)",
    ),
    "metric_cohort_is_the_time": Message(
        "the cohort is the time of entry, so metric_time cannot be grouped by beside it",
        "コホートが流入時点そのものなので、metric_time で別に分けることはできません",
        "leave metric_time out of --group-by and choose the grain by --cohort",
        "--group-by から metric_time を外し、粒度は --cohort で選んでください",
    ),
    "metric_cohort_compared": Message(
        "cohorts by age are not compared with an earlier time: cohorts stand beside each other already",
        "コホートの経過と過去との比較は同時に指定できません。コホートどうしがすでに並んでいます",
        "leave out one of --cohort and --compare",
        "--cohort と --compare のどちらかを外してください",
    ),
    "metric_cohort_age": Message(
        "'{grain}' is no grain for an age",
        "'{grain}' は経過期間の粒度に使えません",
        "use day, week, month, quarter or year",
        "day, week, month, quarter, year のどれかにしてください",
    ),
    # ---- comparisons
    "metric_compare_times": Message(
        "a comparison goes along one time with one grain; this question asks for {keys}",
        "比較は 1 つの時点・1 つの粒度に沿って行います。この質問の時点: {keys}",
        "keep one of them, such as metric_time__month, and no date part",
        "metric_time__month のように 1 つだけ残し、日付の一部 (extract) は外してください",
    ),
    "metric_compare_no_fiscal_year": Message(
        "there is no grain named fiscal_year to go back by",
        "前年度と比べるための粒度 fiscal_year がありません",
        'declare it: calendars: [{{name: company, fiscal_year_start: "04-01"}}]',
        'calendars: [{{name: company, fiscal_year_start: "04-01"}}] のように宣言してください',
    ),
    "metric_compare_range": Message(
        "a comparison must know its last day, and without metric_time also its first one",
        "比較には最後の日が必要です。metric_time で分けない場合は最初の日も必要です",
        "give --end-time (a published file has a last day of its own), and --start-time or --group-by metric_time__month",
        "--end-time (公開ファイルでは不要) と、--start-time または --group-by metric_time__month を指定してください",
    ),
    "metric_compare_filter": Message(
        "the filter {text} looks at the aggregation time, so nothing earlier would be left to compare with",
        "条件 {text} は集計時点を見ているため、比較する過去の行がなくなります",
        "give the time range by --start-time and --end-time",
        "期間は --start-time と --end-time で指定してください",
    ),
    "metric_compare_needs_metrics": Message(
        "a comparison needs metrics, and does not go with --min-max",
        "比較には指標が必要です。--min-max とは併用できません",
    ),
    "metric_compare_outside_calendar": Message(
        "the calendar does not reach the last day of this question",
        "カレンダーがこの質問の最後の日まで届いていません",
        "extend the calendar, or give an earlier --end-time",
        "カレンダーを延ばすか、--end-time を早めてください",
    ),
    "metric_compared_whole": Message(
        "whole periods are compared; the earlier side ends on {until}",
        "期間全体どうしの比較です。過去側の最終日: {until}",
    ),
    "metric_compared_business_day": Message(
        "the last period is still open: its first {days} business days are compared with as many, up to {until}",
        "最後の期間は途中のため、{days} 営業日目までを同じ営業日数 ({until} まで) と比べています",
    ),
    "metric_compared_calendar_day": Message(
        "the last days are compared with as many days up to {until}; no business days are known",
        "同じ日数 ({until} まで) と比べています。営業日の情報はありません",
    ),
    # ---- goals
}
