"""The words of the sentences about goals, in Japanese and English."""

from __future__ import annotations

from pipeline.goals.words import BANDS

SENTENCES: dict[str, tuple[str, str]] = {
    "nothing": ("", ""),
    "standing": (
        "{label}は{as_of}の時点で、今日までの目標{due}に対して実績{actual}、差は{gap}です({status})。",
        "{label}: as of {as_of}, {actual} against {due} due by now, a gap of {gap} ({status}).",
    ),
    "no_standing": (
        "{label}が今日までの目標に届いているかは言えません(理由: {reason})。",
        "Whether {label} is where it should be cannot be said (reason: {reason}).",
    ),
    "landing": (
        "このまま進むと期末の着地見込みは{expected}(下振れ{low}、上振れ{high})で、目標{target}との差は{gap}、達成確率は{chance}です({outlook})。",
        "At this rate it lands at {expected} (from {low} to {high}); the gap to the target of {target} is {gap},"
        " the chance to attain it {chance} ({outlook}).",
    ),
    "no_landing": (
        "着地見込みは言えません(理由: {reason})。",
        "Where it lands cannot be said (reason: {reason}).",
    ),
    "realism": (
        "計画の版を決めたときの判定は{verdict}でした(確率{chance}{bound})。",
        "When this version of the plan was judged it was {verdict} (chance {chance}{bound}).",
    ),
    "bound": ("、制約は{by}", ", bound by {by}"),
    "bound_rate": (
        "、制約は{by}で、計画の{value}に対して過去は{reference} (n={n})",
        ", bound by {by}: {value} planned, {reference} (n={n}) before",
    ),
    "not_judged": (
        "計画が現実的かどうかは言えません(理由: {reason})。",
        "Whether the plan is realistic cannot be said (reason: {reason}).",
    ),
    "no_look": (
        "{what}による判定はできません(理由: {reason})。",
        "By {what} nothing can be judged (reason: {reason}).",
    ),
    "basis_cohort_landing": (
        "着地見込みの差{gap}の内訳は次のとおりです。",
        "What the gap of the landing, {gap}, is made of:",
    ),
    "landing_by_pace": (
        "着地見込みの差の内訳は言えません。たどれる転換がないか、結果が出きった件数が足りないため、着地見込みが最近のペースによるからです。",
        "What the gap of the landing is made of cannot be said: no conversion is followed, or too few have had their time,"
        " so it lands by the pace of late.",
    ),
    "landing_unexplained": (
        "着地見込みの差の内訳は言えません(理由: {reason})。",
        "What the gap of the landing is made of cannot be said (reason: {reason}).",
    ),
    "basis_to_date": (
        "今日までの差{gap}の内訳は次のとおりです(同じ期間どうしの比率によります)。",
        "What the gap to date, {gap}, is made of (by ratios of the same period):",
    ),
    "no_gap": (
        "差の内訳は言えません(理由: 分解した行がありません)。",
        "What the gap is made of cannot be said: no row explains it.",
    ),
    "first": ("最も足を引いているのは", "What hurts most is"),
    "next": ("次に足を引いているのは", "Next comes"),
    "helps": ("反対に助けているのは", "What helps most is"),
    "factor": (
        "{order}{factor}で{size}{share}。{channel}{controller}{noise}",
        "{order} {factor}: {size}{share}.{channel}{controller}{noise}",
    ),
    "share_beyond": ("(ギャップを大きく超える)", " (far more than the gap)"),
    "of_cases": (" (n={n})", " (n={n})"),
    "share": ("(ギャップの{share})", " ({share} of the gap)"),
    "channel": (
        "内訳で最も大きいのは{channel}の{size}(計画{plan}、実績{actual}{n})。",
        " The largest part of it lies in {channel}: {size} (plan {plan}, actual {actual}{n}).",
    ),
    "channel_only": ("内訳で最も大きいのは{channel}の{size}。", " The largest part of it lies in {channel}: {size}."),
    "controller": ("担当は{who}。", " It is in the hands of {who}."),
    "nobody": ("担当部門は決まっていません。", " No department is named for it."),
    "noise": ("ただし偶然の範囲です。", " But this is within chance."),
    "signal": ("偶然の範囲を超えています。", " This is more than chance."),
    "untested": ("偶然かどうかは検定していません。", " Whether it is chance was not tested."),
    "plan_timing": (
        "計画そのものが時間のかかり方を見込んでいないための差が{size}あり、これは誰の成果でもありません。",
        "The plan itself leaves out the time that deals need: {size}, which is nobody's doing.",
    ),
    "speed": (
        "進む速さの変化による影響は{size}です。{noise}",
        "Deals that became slower or faster account for {size}.{noise}",
    ),
    "definition_change": (
        "定義の変更による差が{size}あり、成果の増減には数えません。",
        "The changed definition accounts for {size}; it is no performance.",
    ),
    "bridge": (
        "{label}は定義の版{old}から版{new}への変更により、{month}では{effect}だけ数え方が変わります。{mixed}",
        "The change of the definition from version {old} to {new} moves {label} by {effect} in {month}.{mixed}",
    ),
    "mixed": ("上の内訳は、この影響を分けていません。", " The parts above do not tell this apart."),
    "local": (
        "部分最適の疑いがあります: {paired}は{volume}から{current}に増えましたが、"
        "{label}は{base}{base_n}から{value}{n}になりました。{even}",
        "This looks like local optimisation: {paired} grew from {volume} to {current},"
        " and {label} went from {base}{base_n} to {value}{n}.{even}",
    ),
    "break_even": (
        "この量で成果を減らさないためには{rate}が必要です。",
        " At this volume it takes {rate} to lose nothing.",
    ),
    "guardrail": (
        "ガードレール「{label}」({channel})は{state}です: 値{value}{n}、基準{base}{base_n}。",
        "The guardrail '{label}' ({channel}) says {state}: {value}{n} against {base}{base_n}.",
    ),
    "guardrail_silent": (
        "ガードレール「{label}」({channel})については何も言えません({state}{counts})。",
        "Of the guardrail '{label}' ({channel}) nothing can be said ({state}{counts}).",
    ),
    "counts": (": 件数{n}、必要{needed}", ": {n} cases, {needed} needed"),
    "no_guardrails": (
        "このKGIを守るガードレールはありません。質の低下があっても、ここには現れません。",
        "No guardrail protects this goal: if quality suffers, it does not show here.",
    ),
    "needed": (
        "目標に届くには、今日から{label}があと{even}(五分五分)から{safe}(八割方)必要で、{month}の分までが間に合います。",
        "To reach the target it takes {even} (an even chance) to {safe} (four in five) more of {label} from today;"
        " those of {month} are the last to help.",
    ),
    "needed_or": (
        "あるいは{label}なら、今日からあと{even}(五分五分)から{safe}(八割方)で、{month}の分までが間に合います。",
        "Or else {even} (an even chance) to {safe} (four in five) more of {label} from today;"
        " those of {month} are the last to help.",
    ),
    "coverage": (
        "登録された施策で埋まる見込みは、足りない分の{coverage}です。",
        "Its initiatives are expected to cover {coverage} of what is missing.",
    ),
    "lever": (
        "今から最も取り戻せるのは{factor}で、見込みは{recovery}です({who})。",
        "What can still recover most is {factor}: {recovery} ({who}).",
    ),
    "all_levers": (
        "すべての打ち手を合わせて取り戻せる見込みは{recovery}です。",
        "All levers together: {recovery}.",
    ),
    "no_lever": (
        "打ち手ごとの取り戻せる量は、まだ言えません。",
        "How much each lever could recover cannot be said yet.",
    ),
    "lacking": (
        "{label}の{what}はありません(理由: {reason})。",
        "{label} has no {what} (reason: {reason}).",
    ),
}
"""The sentence or clause of each code: Japanese, English. Names in braces are numbers, words and clauses that fill it."""

FACTORS: dict[str, tuple[str, str]] = {
    "phasing": ("流入の時期配分", "when entries came"),
    "speed": ("進む速さ", "speed"),
    "outside": ("経路外の案件", "deals on no known path"),
    "plan_timing": ("計画自体の時期ずれ", "the plan's own timing"),
    "definition_change": ("定義変更", "the changed definition"),
    "scale": ("規模", "scale"),
    "mix": ("構成", "mix"),
}
"""Factors that are no metric, in words."""

ROLES: dict[str, tuple[str, str]] = {"marketing": ("マーケティング", "marketing"), "sales": ("営業", "sales")}

STATES: dict[str, tuple[str, str]] = {
    "attained": ("達成", "attained"),
    "on_pace": ("順調", "on pace"),
    "behind": ("遅れ", "behind"),
    "missed": ("未達", "missed"),
    "not_started": ("開始前", "not started"),
    "covered_by_sales": ("営業で充足", "covered by sales"),
    "undefined": ("判定不能", "undefined"),
    "attained_with_breach": ("達成(ガードレール違反あり)", "attained with a breach"),
    **BANDS,
    "ok": ("正常", "ok"),
    "watch": ("要注意", "watch"),
    "breach": ("違反", "breach"),
    "insufficient_data": ("件数不足", "not enough cases"),
    "immature": ("未成熟", "immature"),
    "stale": ("更新停止", "stale"),
    "agreed": ("合意済み", "agreed"),
    "not_agreed": ("未合意", "not agreed"),
    "changed": ("無断変更", "changed without agreement"),
    "superseded": ("新しい版に置き換え", "superseded"),
    "dated_back": ("さかのぼり", "dated back"),
    "total": ("全体", "total"),
}
"""States and verdicts as the tables write them, in words."""

COLUMNS: dict[str, tuple[str, str]] = {"target": ("目標", "target"), "actual": ("実績", "actual")}


def worded(word: object, words: dict[str, tuple[str, str]] = STATES) -> tuple[str, str]:
    """Return a word of the tables in both languages; one that nobody wrote down stays as it is."""
    return words.get(str(word), (str(word), str(word)))
