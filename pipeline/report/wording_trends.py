"""The words of trends and channels, in Japanese and English."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "trends_title": ("KPIの推移と目標", "KPIs over time, against their targets"),
    "trends_note": (
        "実線=実績、破線=目標、点線=上期・下期の始まり、縦の帯=率の95%の範囲。白抜きの月は終わっていないか、結果が出きっていません。灰色の白抜きは件数が20未満で、目盛りを超えれば上端に置いています。",
        "Solid: actual. Dashed: target. Dotted: a half year begins. Bars: 95% interval of a rate. Hollow: not over yet;"
        " grey: fewer than 20 cases, put at the end of the axis where it lies beyond.",
    ),
    "no_trends": ("KPIツリーがないため、推移はありません", "there are no trees, and so no trends"),
    "kpis_short": (
        "終わった最も新しい月({month})に、判断できるKPI {all}項目のうち{short}項目が目標を下回りました: {which}。",
        "In the newest month that is over ({month}), {short} of {all} KPIs that can be judged were short of target: {which}.",
    ),
    "kpis_of_chance": (
        "そのうち{noise}項目は偶然のばらつきの範囲内です。",
        "Of these, {noise} were short by no more than chance explains.",
    ),
    "kpis_untested": (
        "偶然かどうかを検定していないものが{count}項目あります。",
        "Whether it is chance was not tested for {count} of them.",
    ),
    "kpis_reached": (
        "終わった最も新しい月({month})に、判断できるKPI {all}項目で目標を下回ったものはありません。",
        "In the newest month that is over ({month}), none of the KPIs that can be judged ({all}) was short of target.",
    ),
    "kpis_unjudged": (
        "ほかの{count}項目はこの月だけでは判断できません: {which}。",
        "What cannot be judged by that month ({count}): {which}.",
    ),
    "trend_chart": ("{label}: 月ごとの実績と目標", "{label}: by month, against the target"),
    "trend_about": (
        "最も新しい月は{month}で、実績{actual}、目標{target}。",
        "The newest month is {month}: {actual}, target {target}.",
    ),
    "no_value_line": ("実績の線はありません(理由: {reason})。", "There is no line of actuals (reason: {reason})."),
    "no_target_line": ("目標の線はありません(理由: {reason})。", "There is no target line (reason: {reason})."),
    "halves_caption": ("{label}: 年度と上期・下期", "{label}: by fiscal year and half"),
    "fiscal_year": ("{year}年度", "FY {year}"),
    "first_half": ("上期", "first half"),
    "second_half": ("下期", "second half"),
    "of_target": ("目標比", "Of target"),
    "target_of_some": ("{known}/{all}か月のみ", "{known}/{all} months"),
    "target_differs": ("月ごとに異なる", "it differs by month"),
    "no_target": ("目標なし", "no target"),
    "channels_title": ("どのチャネル・施策が受注まで行っているか", "Which channels and campaigns lead to won deals?"),
    "q9": (
        "どの施策・チャネルの商談が受注まで行っているか(営業の評価つき)。",
        "Whose deals are won, by campaign and channel, and what does sales say of them?",
    ),
    "channels_period": (
        "{first}から{last}までにリードになった人の、基準日までのその後です。",
        "This is what became, by the as-of date, of those who became leads from {first} to {last}.",
    ),
    "best_channel": (
        "キャンペーンから来た受注で金額が最も大きいのは「{channel}」で、{won}の受注が{amount}です。",
        "Of what campaigns brought, '{channel}' has won most: {amount} ({won} won).",
    ),
    "feedback_in_time": (
        "商談日から約束の営業日数を過ぎたアポのうち、営業の結果が期限内に登録されたのは{rate} (n={due})です。",
        "Of the appointments whose feedback is due, sales recorded the result of {rate} (n={due}) in time.",
    ),
    "no_campaigns": (
        "キャンペーンの記録がないため、チャネルごとの評価はできません",
        "no campaigns are on record, so channels cannot be judged",
    ),
    "channels_caption": ("チャネル別", "By channel"),
    "campaigns_caption": (
        "キャンペーン別(受注金額の大きい順に{all}件中{shown}件)",
        "By campaign (the {shown} of {all} that won most)",
    ),
    "channels_note": (
        "(n)は割る数です。有効商談あたり費用は費用の記録がある月だけで割り、(途中)は有効商談がまだ増える月を含みます。失注理由は月ごとの最多から選んでいます。",
        "(n) is what is divided by. Cost per valid opportunity rests on months with a cost on record; (not grown old) has months"
        " that may still bring some. A reason lost is that of most months.",
    ),
    "credit_period": (
        "貢献配分は{first_day}から{last_day}までの商談{deals}を、それまでの接点にW型で分けたもので、効果の証明ではありません。",
        "Credit shares {deals} deals of {first_day} to {last_day} out among the touches before, W-shaped: bookkeeping, no proof.",
    ),
    "credit_caption": ("貢献配分(帰属不明は、前に接点のない商談)", "Credit (nobody known: deals that no touch came before)"),
    "all_channels": ("合計", "All"),
    "campaign": ("キャンペーン", "Campaign"),
    "appointments": ("アポ", "Appointments"),
    "valid_rate": ("有効商談になった率", "Became valid"),
    "valid_opportunities": ("有効商談", "Valid opportunities"),
    "won_deals": ("受注", "Won"),
    "won_amount": ("受注金額", "Won amount"),
    "feedback": ("営業の結果登録", "Sales' feedback"),
    "cost_per_valid": ("有効商談あたり費用", "Cost per valid opportunity"),
    "credit": ("貢献配分", "Credit"),
    "lost_reason": ("多い失注理由", "Most frequent reason lost"),
    "no_lost_reason": ("失注理由がない", "no reason was given"),
    "no_cost": ("費用の記録なし", "no cost on record"),
    "no_valid": ("費用のある月に有効商談なし", "no valid opportunity in months with a cost"),
    "no_campaign": ("キャンペーンなし", "no campaign"),
    "unpriced_campaigns": ("費用表にないキャンペーン", "campaigns not in the cost sheet"),
    "not_in_costs": ("費用表にない", "not in the cost sheet"),
    "no_cases": ("対象がありません", "there are no cases"),
}
"""Words by key: Japanese, English."""
