"""The words of the page, in Japanese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    # the page
    "title": ("KGIレポート {as_of}", "KGI report {as_of}"),
    "meta": (
        "基準日 {as_of} の終わりまでの数字です。公開 {published}(UTC)、実行 {run}。",
        "Numbers up to the end of {as_of}. Published {published} (UTC), run {run}.",
    ),
    "skip": ("本文へ", "Skip to the content"),
    "contents": ("目次", "Contents"),
    "footer": (
        "どの数字も公開ファイルの表から取っています。数字にポインタを合わせると表と列の名前が出ます。印刷では各表の見出しを見てください。",
        "Every number is taken from a table of the published file; rest the pointer on it to see table and column.",
    ),
    "as_table": ("表で見る", "As a table"),
    "no_value": ("値がありません", "there is no value"),
    "monday": ("月曜日の一枚", "Monday's page"),
    "details": ("くわしく", "In detail"),
    "unsound": ("前回の実行は健全に終わっていません", "The last run did not end soundly"),
    "unsound_stands": (
        "{ended}(UTC)に終わった実行では公開していません。この頁の数字は基準日 {as_of} のままです。",
        "The run that ended at {ended} (UTC) published nothing: the numbers of this page are still those of {as_of}.",
    ),
    "unsound_findings": ("見つかったこと: {codes}", "What was found: {codes}"),
    "stale": ("更新が止まっているデータがあります", "Some data have stopped coming"),
    # units of axes
    "count": ("件", "count"),
    "million_yen": ("百万円", "million yen"),
    "thousand_yen": ("千円", "thousand yen"),
    "million": ("百万 {unit}", "million {unit}"),
    "thousand": ("千 {unit}", "thousand {unit}"),
    # months and columns
    "month": ("月", "month"),
    "actual": ("実績", "actual"),
    "target": ("目標", "target"),
    "cumulative_actual": ("実績の累計", "actual, added up"),
    "cumulative_target": ("目標の累計", "target, added up"),
    "no_goals": (
        "KGIがまだ決められていません。metrics/goals/ に書くと、ここに出ます。",
        "No goal is set yet; write one in metrics/goals/.",
    ),
    # 1 standing
    "goals_title": ("KGIは達成できそうか", "Will the goals be reached?"),
    "q1": ("今期のKGIは達成できそうか。確率は?", "Will this period's goals be reached, and how likely?"),
    "owner": ("責任者", "Owners"),
    "owner_marketing": ("マーケ {who}", "marketing {who}"),
    "owner_sales": ("営業 {who}", "sales {who}"),
    "period": ("期間", "Period"),
    "days_left": ("残り営業日", "Business days left"),
    "to_date": ("今日まで", "To date"),
    "of_target_to_date": ("{actual}(今日までの目標 {due})", "{actual} ({due} due by now)"),
    "landing": ("着地見込み", "Lands at"),
    "chance": ("達成確率", "Chance to attain"),
    "interval": ("{middle}(8割の範囲 {low} – {high})", "{middle} (four in five: {low} – {high})"),
    "span": ("{first} – {last}", "{first} – {last}"),
    "eta": ("目標に届く日", "Reaches the target on"),
    "plan_verdict": ("計画時の判定", "Plan judged"),
    "guardrail_state": ("ガードレール", "Guardrails"),
    "agreement_state": ("定義の合意", "Agreement"),
    # 2 pace
    "pace_title": ("計画より先か遅れか", "Ahead of the plan or behind it?"),
    "q2": (
        "今日の時点で計画より先行か遅れか。営業日あたりあと何件?",
        "Are we ahead or behind today, and how many per business day are still needed?",
    ),
    "pace_said": (
        "{label}は今日までの計画の{pace}まで来ています(差{gap})。期末までの{days}営業日で、1営業日あたりあと{needed}が必要です。",
        "{label} has come to {pace} of what was due by now (a gap of {gap})."
        " In the {days} business days left it takes {needed} per day.",
    ),
    "pace_unsaid": ("{label}の進み方は言えません(理由: {reason})。", "The pace of {label} cannot be told (reason: {reason})."),
    "pace_chart": ("{label}: 累計と計画", "{label}: added up, against the plan"),
    "months_chart": ("{label}: 月ごとの実績と目標", "{label}: by month, against the target"),
    "pace_about": (
        "{first}から{last}までの月ごとの累計。実績は{actual}、今の計画は{due}。",
        "Added up by month from {first} to {last}: {actual} has come, {due} was due.",
    ),
    "pace_note": (
        "実線=実績、破線=計画、期末の帯=着地見込みの8割の範囲(◇は中央値)。白抜きの月はまだ終わっていません。",
        "Solid: actual. Dashed: plan. The bar at the end: where it lands, four in five (diamond: median). Hollow: not over yet.",
    ),
    # 3 and 4 gap
    "gap_title": ("何が足りないのか、誰の手の内か", "What is missing, and in whose hands?"),
    "q3": ("足りないのはどのKPIで、ギャップの何割を説明するか。", "Which KPI is short, and how much of the gap does it explain?"),
    "q4": (
        "それは量か、質か、単価か、遅れ(スピード)か。マーケと営業のどちらの手の内か。",
        "Is it volume, quality, price or speed, and in whose hands?",
    ),
    "waterfall": ("{label}: 目標から着地見込みまで", "{label}: from the target to the landing"),
    "waterfall_to_date": ("{label}: 今日までの目標から実績まで", "{label}: from what was due to what came"),
    "waterfall_about": (
        "目標{target}から{actual}までの差{gap}を要因に分けた滝グラフ。",
        "The gap of {gap} between {target} and {actual}, by factor.",
    ),
    "axis_cut": ("軸は0から始まりません", "axis does not begin at 0"),
    "kinds": ("種類で言うと、{parts}です。", "By kind: {parts}."),
    "hands": ("手の内で言うと、{parts}です。", "By whose hands it is in: {parts}."),
    "kind_volume": ("量{size}", "volume {size}"),
    "kind_quality": ("質(率){size}", "quality (rates) {size}"),
    "kind_price": ("単価{size}", "price {size}"),
    "kind_speed": ("スピード{size}", "speed {size}"),
    "kind_other": ("その他(経路外・時期・計画・定義){size}", "other (off the path, timing, plan, definition) {size}"),
    "hand_marketing": ("マーケティング{size}", "marketing {size}"),
    "hand_sales": ("営業{size}", "sales {size}"),
    "hand_nobody": ("どちらの手の内でもないもの{size}", "nobody's {size}"),
    "factor": ("要因", "Factor"),
    "contribution": ("影響", "Contribution"),
    "share_of_gap": ("ギャップに占める割合", "Share of the gap"),
    "controller": ("担当", "In the hands of"),
    "chance_or_not": ("偶然か", "Chance?"),
    "within_chance": ("偶然の範囲", "within chance"),
    "beyond_chance": ("偶然を超える", "more than chance"),
    "not_tested": ("検定していない", "not tested"),
    "nobody": ("決まっていない", "nobody"),
    "by_channel": ("{label}: チャネルと要因の内訳", "{label}: by channel and factor"),
    "channel": ("チャネル", "Channel"),
    "plan": ("計画", "Plan"),
    "gap_total": ("差の合計", "Gap in total"),
}
"""Words by key: Japanese, English. Names in braces are filled by words or by figures."""
