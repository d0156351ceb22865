"""The words that texts, comments and the terminal share: one band, one word."""

from __future__ import annotations

__all__ = ["BANDS", "BANDS_JA", "CHECKS", "REASONS", "reason"]

BANDS: dict[str, tuple[str, str]] = {
    "comfortable": ("余裕", "comfortable"),
    "realistic": ("現実的", "realistic"),
    "stretch": ("やや困難", "a stretch"),
    "unlikely": ("困難", "unlikely"),
    "unrealistic": ("非現実的", "unrealistic"),
    "unknown": ("判断不可", "unknown"),
}
"""The band of a chance -> what it is called in Japanese and English."""

BANDS_JA = "、".join(f"{band}={ja}" for band, (ja, _) in BANDS.items())
"""The bands as the comment of a column lists them."""

CHECKS: dict[str, tuple[str, str]] = {
    "history": ("過去の実績", "the past"),
    "growth": ("成長の倍率", "growth"),
    "capacity": ("営業の余力", "capacity"),
}
"""The looks of the realism check that are no rate -> what they are called in Japanese and English."""

REASONS: dict[str, tuple[str, str]] = {
    "above_one": ("分子が分母を超えていて割合ではない", "the ratio exceeds the whole and is no share"),
    "assumed": ("実績がなく仮に置いた値", "assumed, because nothing has been seen"),
    "attained": ("目標に届いている", "the target is reached"),
    "baseline_missing": ("比べる前の期間の実績がない", "what it builds on was not measured or is not over"),
    "baseline_zero": ("比べる前の期間の実績がゼロ", "what it builds on is zero"),
    "beside": ("目標の計算に含まれない項目", "it is no part of the goal"),
    "beyond_horizon": ("期間の後の一年以内にも届かない見込み", "it is not reached within twelve months after the period"),
    "by_month": ("月ごとに異なる", "it differs by month"),
    "immature": ("まだ結果が出きっていない", "the newest have not had their time yet"),
    "insufficient_data": ("件数が足りない", "too few cases"),
    "joint": ("単独の打ち手の行にある", "it is said of single levers"),
    "landing_not_known": ("着地見込みがまだ言えない", "the landing cannot be told yet"),
    "leaf": ("内訳がない", "it has no parts"),
    "less_is_better": ("少ないほど良い目標では計算しない", "it is not worked out where less is better"),
    "metric_failed": ("指標を計算できなかった", "the metric could not be worked out"),
    "metric_unknown": ("指標が定義されていない", "nobody defined the metric"),
    "no_business_days": ("営業日がない", "there is no business day"),
    "no_business_days_left": ("残りの営業日がない", "no business day is left"),
    "no_comparison": ("比べる値がない", "there is nothing to compare with"),
    "no_conversions": ("まだ転換した例がない", "nothing has converted yet"),
    "no_cost": ("費用が決まっていない", "no cost is agreed on"),
    "no_curve": ("結果が出きった件数が足りず、転換の進み方が分からない", "too few have had their time to tell how they convert"),
    "no_entries": ("対象がない", "nobody has entered"),
    "no_gap": ("着地見込みが目標に届いている", "the landing reaches the target"),
    "no_gap_known": ("着地見込みがないため差が分からない", "there is no landing, and so no gap"),
    "no_goal": ("目標が決められていない", "no goal is set"),
    "no_guardrails": ("ガードレールが決められていない", "no guardrail is named"),
    "no_lag": ("この項目から目標までを追う転換率がない", "no conversion leads from it to the goal"),
    "no_metric": ("実績を測る指標がない", "no metric measures it"),
    "no_next_phase": ("次のフェーズがない", "there is no next phase"),
    "no_parts": ("分子と分母が分からない", "numerator and denominator are not known"),
    "no_plan_rate": ("計画の率が決められていない", "no rate is planned"),
    "no_planned_entries": ("計画に件数がない", "the plan does not say how many enter"),
    "no_rate": ("率を使わない項目", "it rests on no rate"),
    "no_shortfall_rule": ("営業の不足分から決めた目標ではない", "the goal is no share of what sales will not reach"),
    "no_target": ("目標がない", "there is no target"),
    "none_binds": ("制約になる要因がない", "no factor binds"),
    "not_a_cohort": ("同じ対象を追いかける率ではない", "it is no rate that follows the same people"),
    "not_a_count": ("件数ではない", "it is no count"),
    "not_a_flow": ("期間で足し合わせる数ではない", "it does not add up over days"),
    "not_a_rate": ("率ではない", "it is no rate"),
    "not_additive": ("率や単価は月ごとに足し合わせられない", "a rate or a price does not add up over months"),
    "not_assigned": ("担当部門が決まっていない", "no department is named"),
    "not_counted": ("件数にもとづく値ではない", "it does not rest on counts"),
    "not_defined": ("この項目には値がない", "it has no value here"),
    "not_determined": ("ほかの値から計算できない", "it does not follow from the other numbers"),
    "not_enough_history": ("過去の実績が足りない", "the past is too short"),
    "not_finite": ("計算結果が数値にならなかった", "the answer was no finite number"),
    "not_followed": ("対象を追いかける転換率がない", "no conversion follows it"),
    "not_judged": ("計画が判定されていない", "the plan was not judged"),
    "not_known": ("今夜の見込みが分からない", "tonight's forecast cannot be told"),
    "not_measured": ("測っていない", "it was not measured"),
    "not_named": ("担当者が決まっていない", "nobody is named"),
    "not_signed": ("計画が承認されていない", "nobody signed the plan"),
    "not_started": ("まだ始まっていない", "it has not begun"),
    "not_tested": ("偶然かどうかを検定していない", "no test applies"),
    "nothing_left": ("これから来る分がない", "nothing is still to come"),
    "part_without_target": ("目標のない部分がある", "a part of it has no target"),
    "period_only": ("期間全体の行にある", "it is said of the whole period"),
    "rate_zero": ("計画の率がゼロ", "the planned rate is zero"),
    "readable_now": ("すでに確かめられる", "it can be read already"),
    "root": ("最上位の項目", "it is the goal itself"),
    "several_goals": ("目標どうしが食い違っている", "goals disagree"),
    "small_gap": ("差がほとんどない", "the gap is near zero"),
    "stale": ("新しいデータが入っていない", "nothing new came in"),
    "target_zero": ("目標がゼロ", "the target is zero"),
    "too_few_cases": ("件数が足りない", "too few cases"),
    "too_few_mature": ("結果が出きった件数が足りない", "too few have had their time"),
    "too_few_months": ("月数が足りない", "too few months"),
    "too_few_quarters": ("四半期の数が足りない", "too few quarters"),
    "too_late": ("今から始めても期間内に結果が出ない", "what starts now ends after the period"),
    "total_only": ("全体でのみ計算する", "it is said of the total only"),
    "unexplained": ("理由の記録がない", "no reason is recorded"),
    "unrealistic_plan": ("計画が非現実的と判定され、承認もされていない", "the plan is unrealistic and nobody signed for it"),
    "zero_denominator": ("割る数がゼロ", "there is nothing to divide by"),
}
"""The codes of null_reason -> words for a reader. The tables keep the codes."""


def reason(code: str) -> tuple[str, str]:
    """Return a reason in Japanese and English; one that nobody wrote down stays as it is."""
    return REASONS.get(code, (code, code))
