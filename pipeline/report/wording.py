"""The words of the page, in Japanese and English."""

from __future__ import annotations

from pipeline.report import wording_evidence, wording_funnel, wording_moves, wording_trends

WORDS: dict[str, tuple[str, str]] = {
    **wording_evidence.WORDS,
    **wording_funnel.WORDS,
    **wording_moves.WORDS,
    **wording_trends.WORDS,
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
    "monday": ("月曜日の会議", "Monday's meeting"),
    "details": ("くわしく", "In detail"),
    "unsound": ("前回の実行は健全に終わっていません", "The last run did not end soundly"),
    "unsound_stands": (
        "{ended}(UTC)に終わった実行では公開していません。この頁の数字は基準日 {as_of} のままです。",
        "The run that ended at {ended} (UTC) published nothing: the numbers of this page are still those of {as_of}.",
    ),
    "unsound_published": (
        "{ended}(UTC)に終わった実行は、基準日 {as_of} の数字を公開した後に止まりました。",
        "The run that ended at {ended} (UTC) stopped after it had published the numbers of {as_of}.",
    ),
    "unread": ("読めない表があります", "Some tables could not be read"),
    "unread_said": (
        "{table}: この頁が使う列がないため、その部分は空です ({problem})。",
        "{table} lacks a column that this page uses, so that part of it is empty ({problem}).",
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
    "month": ("月", "Month"),
    "actual": ("実績", "Actual"),
    "target": ("目標", "Target"),
    "no_goals": (
        "KGIがまだ決められていません。metrics/goals/ に書くと、ここに出ます。",
        "No goal is set yet; write one in metrics/goals/.",
    ),
    # 1 standing
    "goals_title": ("KGIは達成できそうか", "Will the goals be reached?"),
    "q1": ("今期のKGIは達成できそうか。確率は?", "Will this period's goals be reached, and how likely?"),
    "owner": ("責任者", "Owners"),
    "and": ("、", ", "),
    "owner_marketing": ("マーケ {who}", "marketing {who}"),
    "owner_sales": ("営業 {who}", "sales {who}"),
    "period": ("期間", "Period"),
    "days_left": ("残り営業日", "Business days left"),
    "to_date": ("今日まで", "To date"),
    "of_target_to_date": ("(今日までの目標 {due})", " ({due} due by now)"),
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
        "{label}は今日までの計画の{pace}まで来ています(差{gap})。{left}",
        "{label} has come to {pace} of what was due by now (a gap of {gap}).{left}",
    ),
    "pace_down": (
        "{label}は少ないほどよく、今日までの計画の{pace}です(差{gap})。{left}",
        "Of {label} less is better: it is at {pace} of what the plan allows by now (a gap of {gap}).{left}",
    ),
    "pace_needed": (
        "期末までの{days}営業日で、1営業日あたりあと{needed}が必要です。",
        " In the {days} business days left it takes {needed} per day.",
    ),
    "pace_days": ("期末まであと{days}営業日です。", " {days} business days are left."),
    "pace_attained": ("目標にはもう届いています(残り{days}営業日)。", " The target is reached, with {days} business days left."),
    "pace_over": ("期間は{last}に終わりました。", " The period ended on {last}."),
    "pace_unsaid": ("{label}の進み方は言えません(理由: {reason})。", "The pace of {label} cannot be told (reason: {reason})."),
    "pace_chart": ("{label}: 累計と計画", "{label}: added up, against the plan"),
    "months_chart": ("{label}: 月ごとの実績と目標", "{label}: by month, against the target"),
    "pace_about": (
        "{first}から{last}までの月ごとの累計。実績は{actual}、今の計画は{due}。",
        "Added up by month from {first} to {last}: {actual} has come, {due} was due.",
    ),
    "months_about": (
        "{first}から{last}までの月ごとの値。今日までの実績は{actual}、今の計画は{due}。",
        "By month from {first} to {last}, not added up: so far {actual}, {due} was due.",
    ),
    "pace_note": (
        "実線=実績、破線=計画、白抜きの月はまだ終わっていません。累計の図の期末の帯は着地見込みの8割の範囲(◇は中央値)です。",
        "Solid: actual. Dashed: plan. Hollow: not over yet. Where months are added up, the bar at the end is where it lands,"
        " four in five (diamond: median).",
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
    "kind_volume": ("量 {size}", "volume {size}"),
    "kind_quality": ("質(率) {size}", "quality (rates) {size}"),
    "kind_price": ("単価 {size}", "price {size}"),
    "kind_speed": ("スピード {size}", "speed {size}"),
    "kind_other": ("その他(経路外・時期・計画・定義) {size}", "other (off the path, timing, plan, definition) {size}"),
    "hand_marketing": ("マーケティング {size}", "marketing {size}"),
    "hand_sales": ("営業 {size}", "sales {size}"),
    "hand_nobody": ("どちらの手の内でもないもの {size}", "nobody's {size}"),
    "factor": ("要因", "Factor"),
    "contribution": ("影響", "Contribution"),
    "share_of_gap": ("ギャップに占める割合", "Share of the gap"),
    "controller": ("担当", "In the hands of"),
    "chance_or_not": ("偶然か", "Chance?"),
    "within_chance": ("偶然の範囲", "within chance"),
    "beyond_chance": ("偶然を超える", "more than chance"),
    "not_tested": ("検定していない", "not tested"),
    "nobody": ("決まっていない", "nobody"),
    "by_channel": (
        "{label}: チャネルと要因の内訳(大きい順に{all}行中{shown}行)",
        "{label}: by channel and factor (the {shown} largest of {all})",
    ),
    "channel": ("チャネル", "Channel"),
    "plan": ("計画", "Plan"),
    "gap_total": ("差の合計", "Gap in total"),
    "waterfall_note": (
        "塗りつぶし=助けている、枠だけ=足を引いている。",
        "Filled: it helps. Outlined: it hurts.",
    ),
    "not_divided": ("チャネルに分けられない分", "not divided"),
    "due_by_now": ("今日までの目標", "Due by now"),
    "due": ("期限", "Due"),
    "gap_more": ("ほかに言えること", "What else can be said"),
    "channel_factor": ("チャネル / 要因", "Channel / factor"),
    "no_parts": ("内訳の行がありません", "no parts"),
    # 5 guardrails
    "guardrails_title": ("質は落ちていないか、営業の工数は膨らんでいないか", "Does quality suffer, or sales' hours?"),
    "q5": (
        "先週のアポは質が落ちていないか。営業の工数は膨らんでいないか。",
        "Have appointments become worse, or sales' hours more?",
    ),
    "guardrails_counted": (
        "全体で見たガードレール{all}のうち、違反{breach}、要注意{watch}、今は判定できないもの{silent}です。",
        "Over all channels, of {all} guardrails {breach} are breached, {watch} watched; of {silent} nothing can be said yet.",
    ),
    "guardrails_none": ("ガードレールは登録されていません。", "No guardrail is set."),
    "guardrails_caption": (
        "ガードレール(全体と、要注意・違反のチャネル)",
        "Guardrails, in total and where a channel is watched or breached",
    ),
    "guardrails_others": ("その他のチャネル", "The other channels"),
    "guardrails_texts": ("ガードレールごとの説明", "Each guardrail in words"),
    "guardrails_note": (
        "率のかっこ内は分子/分母、差の[ ]は信頼区間、許容幅は許すと決めた差です。率でないものの基準の[ ]は管理限界です。"
        "薄い字は件数が足りません。",
        "In brackets beside a rate: what it divides; [ ] of a difference is its interval, the margin what is allowed of it;"
        " [ ] of a base that is no rate are its control limits. Pale: too few cases.",
    ),
    "guardrail_period": (
        "「{label}」は、結果が出きった{first}から{last}までの分で判定しています。それより新しい分はまだ判定できません。",
        "'{label}' is judged by {first} to {last}, which have had their time; what is newer cannot be judged yet.",
    ),
    "judged_by": ("判定した期間", "Judged by"),
    "margin": ("許容幅", "Margin"),
    "guardrail": ("ガードレール", "Guardrail"),
    "state": ("状態", "State"),
    "value": ("値", "Value"),
    "compared_with": ("基準", "Base"),
    "difference": ("差", "Difference"),
    "owner_of": ("担当者", "Owner"),
    "in_words": ("説明", "In words"),
    # 7 levers
    "levers_title": ("今週、何をすると一番効くか", "What helps most this week?"),
    "q7": ("今週、一番安く効く打ち手は何か。", "What is the cheapest thing to do this week that helps?"),
    "cheapest": (
        "費用あたりで最も効くのは{factor}({who})で、{cost}で{recovery}を取り戻せる見込みです。{month}の分までが間に合います。",
        "For its cost {factor} ({who}) helps most: {recovery} for {cost}; {month} is the last month to help.",
    ),
    "cheapest_unpriced": (
        "費用は登録されていません。取り戻せる量で最も大きいのは{factor}({who})の{recovery}で、{month}の分までが間に合います。",
        "No cost is agreed on. By size {factor} ({who}) brings most: {recovery}; {month} is the last month to help.",
    ),
    "levers_caption": ("{label}: 打ち手の比較(順位順)", "{label}: levers by rank"),
    "recovery": ("取り戻せる量", "Recovers"),
    "cost": ("費用", "Cost"),
    "per_cost": ("費用1あたり", "Per unit of cost"),
    "last_month": ("間に合う最後の月", "Last month to help"),
    "todo_caption": ("期限のある次の行動({all}件中{shown}件)", "What is due next ({shown} of {all})"),
    "todo": ("行動", "Action"),
    "for_goal": ("KGI", "Goal"),
    "overdue": ("(期限切れ)", "(overdue)"),
    "decision": ("決定", "Decision"),
    "nothing_due": ("期限のある行動はありません", "nothing is due"),
    # 8 initiatives
    "initiatives_title": ("動かしている施策は効いたか", "Did what we are doing work?"),
    "q8": ("動かしている施策は効いたか。まだ読めないなら、いつ読めるか。", "Did it work, and if it cannot be read yet, when?"),
    "no_initiatives": (
        "登録された施策はありません。metrics/initiatives/ に書くと、ここに出ます。",
        "No initiative is registered; write one in metrics/initiatives/.",
    ),
    "not_readable": (
        "「{label}」の効果はまだ読めません。読めるのは{date}からです。",
        "'{label}' cannot be read yet; it can be from {date}.",
    ),
    "effect_unknown": ("「{label}」の効果は分かりません。", "What '{label}' brought is not known."),
    "effect_unsaid": (
        "「{label}」の効果は言えません(理由: {reason})。",
        "What '{label}' brought cannot be said (reason: {reason}).",
    ),
    "effect_unbounded": (
        "「{label}」は効いたとは言えません。推定は{effect}ですが、範囲が計算できません(理由: {reason}、証拠の等級{grade})。",
        "Nothing can be claimed for '{label}': the estimate is {effect}, without an interval (reason: {reason},"
        " evidence of grade {grade}).",
    ),
    "opposite": (
        "「{label}」は期待とは逆に働きました: {effect} (範囲 {ci_low} – {ci_high}、証拠の等級{grade})。",
        "'{label}' worked against what was expected of it: {effect} ({ci_low} – {ci_high}, evidence of grade {grade}).",
    ),
    "claimed": (
        "「{label}」の効果は{effect}(範囲 {ci_low} – {ci_high}、証拠の等級{grade})です。",
        "'{label}' brought {effect} ({ci_low} – {ci_high}, evidence of grade {grade}).",
    ),
    "not_claimed": (
        "「{label}」は効いたとは言えません。推定は{effect}ですが範囲{ci_low} – {ci_high}にゼロが入ります(証拠の等級{grade})。",
        "Nothing can be claimed for '{label}': the estimate is {effect}, but {ci_low} – {ci_high} holds zero"
        " (evidence of grade {grade}).",
    ),
    "initiatives_caption": ("施策", "Initiatives"),
    "initiative": ("施策", "Initiative"),
    "lasts": ("計画の期間", "Planned for"),
    "method": ("読み方 / 等級", "Method / grade"),
    "expected": ("期待", "Expected"),
    "effect": ("効果", "Effect"),
    "readable_from": ("読める日", "Readable from"),
    "spent": ("使った費用", "Spent"),
    "grades": (
        "等級 A=無作為、B=差の差、C=系列、D=前後比較。下へいくほど証拠は弱くなります。",
        "Grade A: randomised, B: difference in differences, C: series, D: before and after; evidence weakens in this order.",
    ),
    # 12 decisions
    "decisions_title": ("決めたことは実行されたか、予測は当たったか", "Was it done, and was the forecast right?"),
    "q12": (
        "先週決めたことは実行されたか。先月の予測は当たったか。",
        "Was done what had been decided, and was last month's forecast right?",
    ),
    "decided_week": (
        "この1週間の決定は{all}、うち実行済み{done}、期限切れ{late}です。",
        "In the last week {all} were decided: {done} done, {late} overdue.",
    ),
    "decided_month": (
        "この4週間では{all}、うち実行済み{done}、期限切れ{late}です。",
        "In four weeks {all}: {done} done, {late} overdue.",
    ),
    "overdue_long": (
        "期限を4週間以上過ぎても実行されていない行動が{count}あります(最も古い期限 {oldest})。",
        "Overdue by more than four weeks and not done: {count} (the oldest was due on {oldest}).",
    ),
    "overdue_caption": ("期限を4週間以上過ぎている行動", "Overdue by more than four weeks"),
    "closure": (
        "{label}のPDCAは、期限の来た確認{due}のうち{rate}が期限内に閉じています。",
        "{label}: of {due} checks due, {rate} were closed in time.",
    ),
    "decisions_caption": ("この4週間の決定", "Decided in the last four weeks"),
    "no_decisions": ("この4週間に決定の記録はありません", "nothing was decided in the last four weeks"),
    "decided_on": ("決定日", "Decided on"),
    "done_on": ("実行日", "Done on"),
    "no_backtest": (
        "過去の予測はまだ答え合わせできません。予測を出した後に終わった期間がまだないためです。",
        "No earlier forecast can be judged yet: no period has ended since one was made.",
    ),
    "backtests_said": (
        "答え合わせのできる予測{all}のうち、8割の範囲に入ったのは{hit}です。",
        "Of {all} forecasts that can be judged {hit} held what came (they are made to hold four in five).",
    ),
    "backtests_caption": ("最も新しい予測の答え合わせ", "The newest forecasts, judged"),
    "made_on": ("予測日", "Made on"),
    "forecast": ("予測(中央値)", "Forecast (median)"),
    "interval_of": ("8割の範囲", "Four in five"),
    "covered": ("当たったか", "Held?"),
    "hit": ("範囲内", "held"),
    "missed": ("範囲外", "missed"),
}
"""Words by key: Japanese, English. Names in braces are filled by words or by figures."""

STATES: dict[str, tuple[str, str]] = {
    "planned": ("予定", "planned"),
    "running": ("実施中", "running"),
    "done": ("完了", "done"),
    "late": ("遅延", "late"),
    "cancelled": ("取りやめ", "cancelled"),
    "do": ("実行", "do"),
    "continue": ("継続", "continue"),
    "change": ("変更", "change"),
    "stop": ("中止", "stop"),
    "did": ("差の差", "difference in differences"),
    "series": ("系列", "series"),
    "before_after": ("前後比較", "before and after"),
    "holdout": ("対照群", "hold-out"),
}
"""Codes of initiatives and decisions, in words."""
