"""Messages about initiatives, actions and the PDCA ledger."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "initiative_no_kpi": Message(
        "{owner} names no KPI, so nobody can tell whether it worked (E140)",
        "{owner} に KPI がないため、効果を検証できません (E140)",
        "write kpi: with the name of a metric, such as kpi: appointments",
        "kpi: appointments のように、指標の名前を書いてください",
    ),
    "initiative_no_effect": Message(
        "{owner} does not say what it shall bring: {lacks} is missing (E140)",
        "{owner} の期待効果に {lacks} がないため、効果を検証できません (E140)",
        "write expected: {{effect: 40, unit: count}}; for a rate also cases, the number it applies to:"
        " {{effect: 0.05, unit: rate, cases: 120}}",
        "expected: {{effect: 40, unit: count}} のように書いてください。率の場合は対象件数 cases も必要です:"
        " {{effect: 0.05, unit: rate, cases: 120}}",
    ),
    "initiative_no_baseline": Message(
        "{owner} has no days to compare before with after: {lacks} is missing (E140)",
        "{owner} は前後を比べる期間が決まりません。{lacks} がありません (E140)",
        "write planned: {{from: 2026-10-01, to: 2026-11-30}}; the 12 months before it are the baseline unless"
        " compare.before names other days",
        "planned: {{from: 2026-10-01, to: 2026-11-30}} のように書いてください。"
        "基準期間は compare.before がなければ開始前の 12 か月です",
    ),
    "initiative_baseline": Message(
        "the baseline of {owner}, {before}, is no baseline: it needs {least} whole months that end before {start} (E140)",
        "{owner} の基準期間 {before} は使えません。{start} より前に終わる {least} か月以上の丸い月が必要です (E140)",
        "write compare.before with whole months before the start, or leave it out for the 12 months before",
        "compare.before に開始前の月を書くか、省略して開始前の 12 か月にしてください",
    ),
    "initiative_no_comparison": Message(
        "{owner} is compared with nothing: compare.{lacks} is missing (E140)",
        "{owner} の比較対象がありません。compare.{lacks} を書いてください (E140)",
        "write compare: {{method: did, treated: {{channel: webinar}}, control: {{channel: content}}}}; method is one of"
        " holdout, did, series, before_after",
        "compare: {{method: did, treated: {{channel: webinar}}, control: {{channel: content}}}} のように書いてください。"
        "method は holdout、did、series、before_after のどれかです",
    ),
    "initiative_control_unused": Message(
        "{owner} names a control, but before_after compares the treated with their own past only",
        "{owner} には control がありますが、before_after は同じ対象の前後だけを比べます",
        "write method: did to compare with the control, or leave the control out",
        "control と比べるなら method: did とし、そうでなければ control を外してください",
    ),
    "initiative_holdout": Message(
        "{owner} compares '{kpi}' with a holdout, but groups of unknown size cannot be compared by a count or an amount",
        "{owner} は holdout で '{kpi}' を比べますが、人数の分からない群を件数や金額では比べられません",
        "name a rate as KPI, such as mql_to_appointment_rate",
        "mql_to_appointment_rate のような率を kpi にしてください",
    ),
    "initiative_side": Message(
        "compare.{key} of {owner} must name one dimension, the same for both sides, and its members",
        "{owner} の compare.{key} には、両側に共通の切り口を1つとそのメンバーを書きます",
        "write {key}: {{channel: webinar}} or {key}: {{channel: [webinar, seminar]}}",
        "{key}: {{channel: webinar}} または {key}: {{channel: [webinar, seminar]}} のように書いてください",
    ),
    "initiative_both_sides": Message(
        "{owner} has these members on both sides of its comparison: {members}",
        "{owner} の比較の両側に同じメンバーがあります: {members}",
        "a member is treated or it is control",
        "メンバーは treated か control のどちらか一方に入れてください",
    ),
    "initiative_dimension": Message(
        "{owner} compares by '{name}', but '{kpi}' cannot be cut by it",
        "{owner} は '{name}' で比べますが、'{kpi}' はその切り口では分けられません",
        "kgi ls dimensions --metrics {kpi} lists what it can be cut by",
        "使える切り口は kgi ls dimensions --metrics {kpi} で確認できます",
    ),
    "initiative_days": Message(
        "the days of {owner} do not follow each other: from {start} to {end}",
        "{owner} の日付の順序が正しくありません: {start} から {end}",
        "write from: the first day, to: the last day; what has ended has begun",
        "from に初日、to に最終日を書いてください。終了日があるなら開始日も必要です",
    ),
    "initiative_unit": Message(
        "{owner} expects an effect in '{unit}', which is not the unit of '{kpi}'",
        "{owner} の期待効果の単位 '{unit}' が '{kpi}' の単位と違います",
    ),
    "initiative_unknown_goal": Message(
        "{owner} serves the KGI '{name}', but there is no such KGI",
        "{owner} の KGI '{name}' がありません",
    ),
    "initiative_not_in_goal": Message(
        "{owner} serves the KGI '{name}', but its KPI '{kpi}' is not in that goal's tree",
        "{owner} の KPI '{kpi}' は、KGI '{name}' のツリーにありません",
        "name a KPI of the tree, or the KGI whose tree holds this one",
        "ツリーにある KPI を選ぶか、この KPI を含む KGI を書いてください",
    ),
    "initiative_twice": Message(
        "two initiatives are called '{name}'; the other is {other}",
        "施策の名前 '{name}' が重複しています (もう一方は {other})",
    ),
    "initiative_no_goal": Message(
        "the KPI '{kpi}' of the initiative '{name}' stands in the tree of no KGI",
        "施策 '{name}' の KPI '{kpi}' は、どの KGI のツリーにもありません",
        "name a KPI of a tree, or what becomes of the cohort that the KPI follows",
        "ツリーにある KPI か、その KPI のコホートから生まれる指標を選んでください",
    ),
    "initiative_unknown_member": Message(
        "the initiative '{name}' names '{member}', which '{dimension}' has never had",
        "施策 '{name}' の '{member}' は '{dimension}' に一度も現れていません",
    ),
    "initiative_not_readable": Message(
        "the effect of the initiative '{name}' can be read from {day}; {percent} % of its outcome is known (W222)",
        "施策 '{name}' の効果は {day} から判定できます。結果が判明しているのは {percent}% です (W222)",
    ),
    "initiative_underpowered": Message(
        "the initiative '{name}' expects {expected}, but less than {least} would not be told from chance (W223)",
        "施策 '{name}' の期待効果は {expected} ですが、{least} 未満は偶然と区別できません (W223)",
        "treat more, compare for longer, or expect to learn nothing from it",
        "対象を増やすか、期間を延ばすか、検証できない施策として扱ってください",
    ),
    "goal_gap_not_covered": Message(
        "open initiatives cover {percent} % of the gap of the KGI '{name}' (W220)",
        "実施中・予定の施策で補えるのは、KGI '{name}' の不足の {percent}% です (W220)",
        "plan initiatives for the rest, or agree on another goal",
        "残りを補う施策を計画するか、目標を見直してください",
    ),
}
