"""Messages of the room `goals`."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "kgi_text": Message(
        "'{key}' is '{value}', which is not a number ({rule})",
        "'{key}' の「{value}」は数値ではありません ({rule})",
        "a target is a number: write value: 240000000, or measure against the past with multiple_of_baseline",
        "目標は数値で書きます。value: 240000000 のように書くか、前期比なら multiple_of_baseline を使ってください",
    ),
    "kgi_percent": Message(
        "'{key}' is '{value}', which has two readings and is not a number ({rule})",
        "'{key}' の「{value}」は2通りに読めるため、数値として扱えません ({rule})",
        "write multiple_of_baseline with multiple: {plus} if +{percent} % is meant, {of} if {percent} % of last year",
        "multiple_of_baseline を使い、{percent}% 増なら multiple: {plus}、前年比 {percent}% なら multiple: {of} と書いてください",
    ),
    "kgi_loose_number": Message(
        "'{key}' is the text '{value}', not a number ({rule})",
        "'{key}' の「{value}」は文字列で、数値ではありません ({rule})",
        "write {number} without quotes and units",
        "引用符や単位を付けずに {number} と書いてください",
    ),
    "kgi_not_a_number": Message(
        "'{key}' is {value}, not a number ({rule})",
        "'{key}' の値 {value} は数値ではありません ({rule})",
        "write one number, such as 240000000",
        "240000000 のように数値を1つ書いてください",
    ),
    "kgi_not_finite": Message(
        "'{key}' is {value}, not a finite number ({rule})",
        "'{key}' の値 {value} は有限の数値ではありません ({rule})",
        "write one number, such as 240000000",
        "240000000 のように数値を1つ書いてください",
    ),
    "kgi_too_large": Message(
        "'{key}' is a number above {largest}, which no goal reaches ({rule})",
        "'{key}' の値が {largest} を超えています ({rule})",
        "count the digits: 1億 is 100000000",
        "桁数を確かめてください。1億は 100000000 です",
    ),
    "kgi_sign": Message(
        "'{key}' is {value} with direction {direction}: such a goal is reached before it starts (E103)",
        "'{key}' が {value} で direction は {direction} です。始める前から達成している目標になります (E103)",
        "write a number above 0",
        "0 より大きい数値を書いてください",
    ),
    "kgi_target_kinds": Message(
        "{owner} needs exactly one kind of target, and has: {found} (E101)",
        "{owner} の target には種類をちょうど1つ書きます (今あるもの: {found}) (E101)",
        "kinds of target: {kinds}",
        "target の種類: {kinds}",
    ),
    "kgi_unit": Message(
        "{owner} has no unit (E101)",
        "{owner} に単位 (unit) がありません (E101)",
        "write unit: JPY, or what is counted, such as unit: 件",
        "unit: JPY や unit: 件 のように書いてください",
    ),
    "goal_unit_differs": Message(
        "the unit of the KGI '{name}' is {unit}, and that of its metric '{metric}' is {of_metric}",
        "KGI '{name}' の単位は {unit} ですが、指標 '{metric}' の単位は {of_metric} です",
        "write the goal's number in the unit of its metric",
        "目標の数値を、指標の単位で書いてください",
    ),
    "goal_period": Message(
        "the period '{value}' of {owner} is not one",
        "{owner} の期間「{value}」が読めません",
        "write one of {kinds}: {{fiscal_year: 2026}}, {{fiscal_half: 2026-H1}}, {{fiscal_quarter: 2026-Q3}},"
        " {{from: 2026-04-01, to: 2026-09-30}}",
        "{kinds} のどれか1つを書いてください: {{fiscal_year: 2026}}、{{fiscal_half: 2026-H1}}、{{fiscal_quarter: 2026-Q3}}、"
        "{{from: 2026-04-01, to: 2026-09-30}}",
    ),
    "goal_years": Message(
        "{owner} has the date '{value}', outside the years {first} to {last}",
        "{owner} の日付「{value}」が {first} 年から {last} 年の範囲にありません",
        "write the year with four digits, such as 2026",
        "年は 2026 のように4桁で書いてください",
    ),
    "goal_begins_late": Message(
        "the plan of {owner} begins on {value}, after its period has ended on {end}",
        "{owner} の計画の開始日 {value} が、期間の終わり {end} より後です",
        "write an effective_from within the period, or before it",
        "effective_from には、期間の終わりまでの日付を書いてください",
    ),
    "goal_months": Message(
        "'{value}' of {owner} looks over more than {most} months",
        "{owner} の「{value}」は {most} か月を超えています",
        "write at most {most} months: 24m, trailing_24m",
        "{most} か月以内で書いてください (24m、trailing_24m など)",
    ),
    "goal_unknown_metric": Message(
        "{owner} is measured by '{name}', but there is no such metric",
        "{owner} の指標 '{name}' がありません",
    ),
    "goal_owner": Message(
        "{owner} names nobody for {role}; its phase is {phase} (E112)",
        "{owner} に {role} の責任者が書かれていません (フェーズ: {phase}) (E112)",
        "write roles: {{{role}: a handle}}; from the middle phase on marketing and sales are both named",
        "roles: {{{role}: 担当者}} を書いてください。中期以降はマーケティングと営業の両方が必要です",
    ),
    "goal_needs_keys": Message(
        "'{key}' of {owner} is not a mapping",
        "{owner} の '{key}' にはキーと値を書きます",
        "its keys: {keys}",
        "使えるキー: {keys}",
    ),
    "landing_needs_date": Message(
        "{owner}: a forecast of sales' landing needs a date; write at: 2026-04-01",
        "{owner}: 営業の着地見込み(forecast)には基準日が必要です。at: 2026-04-01 のように書いてください",
    ),
    "goal_season_word": Message(
        "{owner}: seasonality '{value}' is not known; write 12 numbers, trailing_24m (of the past) or none",
        "{owner}: seasonality '{value}' は使えません。12 個の数値、trailing_24m(過去の実績)、none のいずれかを書いてください",
    ),
    "goal_season_landing": Message(
        "{owner}: seasonality {value} cannot stand beside basis: landing, which gives the months their weights",
        "{owner}: seasonality {value} と basis: landing は同時に使えません (landing が月の重みを決めます)",
    ),
    "goal_seasonality": Message(
        "the seasonality of {owner} has {count} numbers, or only zeros, or one below zero",
        "{owner} の seasonality が正しくありません ({count} 個)",
        "write 12 numbers of 0 or more, the first for the first month of the fiscal year",
        "0 以上の数を 12 個、年度の最初の月から順に書いてください",
    ),
    "plan_rate_negative": Message(
        "the plan rate '{name}' of {owner} is {value}, below zero (E104)",
        "{owner} の計画値 '{name}' が負の数 {value} です (E104)",
    ),
    "plan_rate_above_one": Message(
        "the plan rate '{name}' of {owner} is {value}, but it leads from one count to a part of it (E123)",
        "{owner} の計画値 '{name}' が {value} です。件数から件数への率は 1 を超えません (E123)",
        "write 20 % as 0.2; where one can become several, give the rate's metric a unit of its own, such as 回",
        "20% は 0.2 と書いてください。1 件から複数件が生まれる場合は、率の指標に 回 などの単位を付けてください",
    ),
    "goal_lever_unknown": Message(
        "the levers of {owner} name '{name}', which is no factor of its tree",
        "{owner} の levers にある '{name}' は、ツリーの要因ではありません",
        "a lever is the first count, a rate or a price of the tree: a name that no formula works out",
        "levers に書けるのは、ツリーの最初の件数・率・単価 (式で求めない名前) です",
    ),
    "goal_lever_positive": Message(
        "the lever '{name}' of {owner} has {key}: {value}, which is not above 0 (E104)",
        "{owner} の levers '{name}' の {key} が {value} で、0 より大きくありません (E104)",
        "write a number above 0, or leave the key out",
        "0 より大きい数値を書くか、キーを省いてください",
    ),
    "phase_unknown_metric": Message(
        "{owner} names the metric '{name}', which is not there",
        "{owner} の指標 '{name}' がありません",
    ),
    "phase_criterion_kinds": Message(
        "{owner} needs either metric or agreement, not both and not neither",
        "{owner} には metric か agreement のどちらか一方を書きます",
        "write metric: ... with at_least: ..., or agreement: the name of a definition",
        "metric: ... と at_least: ... を書くか、agreement: に定義の名前を書いてください",
    ),
    "phase_criterion_key": Message(
        "{owner} is about an agreement and cannot have '{key}'",
        "{owner} は合意についての条件なので、'{key}' は書けません",
        "take the key away: an agreement is met when both departments have signed",
        "キーを消してください。合意は、両部門の署名がそろえば満たされます",
    ),
    "phase_criterion_name": Message(
        "{owner} cannot be called '{name}': that row says since when checks can be read",
        "{owner} に '{name}' という名前は使えません。確認ができる日を示す行の名前です",
        "give it another name",
        "別の名前を付けてください",
    ),
    "phase_criterion_twice": Message(
        "the criterion '{name}' of the phase {phase} is also written at {other}",
        "フェーズ {phase} の条件 '{name}' は {other} にもあります",
        "keep one of them",
        "どちらか一方を残してください",
    ),
    "phase_threshold": Message(
        "{owner} has at_least: {value} of a {of}, which can be no threshold",
        "{owner} の at_least が {value} で、{of} の条件になりません",
        "write a number above 0; of a rate at most 1",
        "0 より大きい数値を書いてください。rate なら 1 以下です",
    ),
    "plan_rate_computed": Message(
        "the plan rate '{name}' of {owner} also has a formula in the tree",
        "{owner} の計画値 '{name}' は、ツリーにも式があります",
        "keep either the agreed number or the formula",
        "合意した数値か式のどちらか一方を残してください",
    ),
    "plan_rate_unused": Message(
        "the plan rate '{name}' of {owner} stands in no formula of its tree (E110)",
        "{owner} の計画値 '{name}' は、ツリーのどの式にも出てきません (E110)",
        "use it in the tree, or take it out",
        "ツリーで使うか、削除してください",
    ),
    "tree_syntax": Message(
        "the formula of '{node}' in the tree of {owner} cannot be read: {problem}",
        "{owner} のツリーにある '{node}' の式が読めません: {problem}",
        "a formula has metric names, + - * /, brackets and: sum over <dimension> ( ... ); numbers stand in plan_rates",
        "式に書けるのは指標名、+ - * /、括弧、sum over <切り口> ( ... ) です。数値は plan_rates に書きます",
    ),
    "tree_unknown_name": Message(
        "{owner} names '{name}' under '{node}', which is neither a metric nor a plan rate",
        "{owner} の '{node}' にある '{name}' は、指標でも計画値でもありません",
    ),
    "goal_unknown_cut": Message(
        "{owner} sums '{node}' over '{name}', by which none of the metrics of its tree can be cut",
        "{owner} の '{node}' は sum over {name} ですが、ツリーのどの指標も '{name}' では分けられません",
        "dimensions of these metrics: {known}",
        "これらの指標の切り口: {known}",
    ),
    "goal_not_computed": Message(
        "{owner} has {key}: {value}, which is not computed",
        "{owner} の {key}: {value} は計算できません",
        "write {key}: {instead}",
        "{key}: {instead} と書いてください",
    ),
    "goal_unknown_department": Message(
        "controllable_by of {owner} names '{name}', which is no department: {known}",
        "{owner} の controllable_by にある '{name}' という部門はありません (使える部門: {known})",
        "write one of these, or name who answers for it under roles",
        "このどれかを書くか、roles に責任者を書いてください",
    ),
    "goal_realism_order": Message(
        "realism of {owner} has min_probability {least} above stretch_below {stretch}",
        "{owner} の realism の min_probability {least} が stretch_below {stretch} を超えています",
        "below min_probability a goal is unrealistic, below stretch_below it is a stretch; unwritten they are 0.05 and 0.5",
        "min_probability 未満は非現実的、stretch_below 未満は背伸びです。省略時は 0.05 と 0.5 です",
    ),
    "goal_rolls_up_nowhere": Message(
        "{owner} rolls up to '{name}', but there is no other KGI of this name",
        "{owner} の rolls_up_to にある '{name}' という別の KGI はありません",
    ),
    "tree_cycle": Message(
        "the tree of {owner} runs in a circle: {path} (E111)",
        "{owner} のツリーが循環しています: {path} (E111)",
        "take one of these names out of its formula",
        "いずれかの式から名前を外してください",
    ),
    "tree_orphan": Message(
        "no path joins the KPI '{name}' to '{root}', the metric of {owner} (E110)",
        "KPI '{name}' が {owner} の指標 '{root}' につながっていません (E110)",
        "use it in a formula that leads to the goal, or take it out",
        "KGI につながる式で使うか、削除してください",
    ),
    "share_basis": Message(
        "share_basis of {owner} is '{value}'; it must say what the share is of (E125)",
        "{owner} の share_basis が '{value}' です。何に対する割合かを書く必要があります (E125)",
        "write revenue (the pipeline target is then the share divided by the win rate) or pipeline (the share itself)",
        "revenue (割合 ÷ 受注率 がパイプライン目標になる) か pipeline (割合そのもの) と書いてください",
    ),
    "share_outside": Message(
        "the share of {owner} is {value}; it must be above 0 and at most 1 (E126)",
        "{owner} の share が {value} です。0 より大きく 1 以下にしてください (E126)",
        "write 50 % as 0.5",
        "50% は 0.5 と書いてください",
    ),
    "shortfall_unit": Message(
        "a share of a shortfall is an amount in {currency}, but the unit of {owner} is {unit}",
        "不足額の割合は {currency} の金額ですが、{owner} の単位は {unit} です",
        "set the goal on an amount, and let its tree lead to the counts",
        "金額の KGI とし、件数はツリーで導いてください",
    ),
    "goal_twice": Message(
        "two KGIs are called '{name}'; the other is {other}",
        "KGI の名前 '{name}' が重複しています (もう一方は {other})",
        "rename one of the two",
        "どちらかの名前を変えてください",
    ),
    "goal_unknown_goal": Message(
        "the KGI '{owner}' is the sum of '{name}', but there is no such KGI",
        "KGI '{owner}' の sum_of にある '{name}' という KGI はありません",
    ),
    "goal_sum_names": Message(
        "sum_of of {owner} is {value}, not a list of KGIs, each once (E101)",
        "{owner} の sum_of の値 {value} は、KGI の名前の一覧 (重複なし) ではありません (E101)",
        "write sum_of: [kgi_a, kgi_b]",
        "sum_of: [kgi_a, kgi_b] のように書いてください",
    ),
    "goal_sum_differs": Message(
        "the KGI '{owner}' sums '{name}', which has another unit or period",
        "KGI '{owner}' が合計する '{name}' は、単位か期間が異なります",
    ),
    "goal_sum_circle": Message(
        "the KGI '{name}' is a sum that holds itself (E111)",
        "KGI '{name}' の合計に自分自身が含まれています (E111)",
    ),
    "calendar_no_holidays": Message(
        "the national holidays of '{country}' are not known here; only weekends and company days are free",
        "国 '{country}' の祝日データがないため、土日と会社休日だけを休みとしています",
        "list them under holidays.company_days in profiles.yml",
        "profiles.yml の holidays.company_days に書いてください",
    ),
    "calendar_never_confirmed": Message(
        "nobody has confirmed the holidays; goals run to {horizon}",
        "祝日が確認されていません (目標は {horizon} まであります)",
        "write holidays.confirmed_through in profiles.yml once they are published",
        "公表された祝日を確認し、profiles.yml に holidays.confirmed_through を書いてください",
    ),
    "calendar_not_confirmed": Message(
        "goals run to {horizon}, but the holidays are confirmed through {confirmed} only",
        "目標は {horizon} までですが、祝日の確認は {confirmed} までです",
        "check the published holidays and move holidays.confirmed_through in profiles.yml",
        "公表された祝日を確認し、profiles.yml の holidays.confirmed_through を進めてください",
    ),
    "plan_rate_zero": Message(
        "a plan rate of the KGI '{name}' is zero, so nothing leads to it; without target: {nodes} (E121)",
        "KGI '{name}' の計画値に 0 があり、逆算できません。目標なし: {nodes} (E121)",
    ),
    "plan_rate_missing": Message(
        "the KGI '{name}' has no plan rate that leads to: {nodes} (E122)",
        "KGI '{name}' の次の指標を逆算する計画値がありません: {nodes} (E122)",
        "agree on a number and write it under plan_rates.agreed; there is no default",
        "合意した値を plan_rates.agreed に書いてください。既定値はありません",
    ),
    "goal_no_target": Message(
        "the KGI '{name}' has no target for {nodes}: {reason}",
        "KGI '{name}' の {nodes} には目標がありません: {reason}",
    ),
    "goal_kept_for_later": Message(
        "these keys of the KGI '{name}' are checked and kept, but give no numbers yet: {keys}",
        "KGI '{name}' の次のキーは検査・保持されますが、まだ数値にはなりません: {keys}",
    ),
    "goal_metric_failed": Message(
        "the metric '{name}' could not be answered: {problem}",
        "指標 '{name}' を計算できませんでした: {problem}",
    ),
    "goal_grain_twice": Message(
        "{rows} keys of {table} stand twice; the first is {first}",
        "{table} でキーが {rows} 件重複しています (最初: {first})",
    ),
    "goal_unrealistic": Message(
        "the KGI '{name}' is unrealistic (E130): {reason_en}; its plan gives no KPI targets",
        "KGI '{name}' は非現実的です (E130): {reason_ja}。この計画からは KPI の目標を作りません",
        "set another target under a new plan_version, or sign override: {{reason: ..., approved_by: ...}}",
        "plan_version を上げて目標を見直すか、override: {{reason: ..., approved_by: ...}} に署名してください",
    ),
    "goal_overridden": Message(
        "the unrealistic target of the KGI '{name}' stands by the override of {by}: {reason}",
        "KGI '{name}' の非現実的な目標は {by} の承認により有効です: {reason}",
    ),
    "parts_do_not_sum": Message(
        "the parts of {kgi} ({basis}) in {table} sum to {parts}, the whole is {whole}",
        "{table} の {kgi} ({basis}) の内訳の合計 {parts} が全体 {whole} と一致しません",
    ),
    "goal_out_of_range": Message(
        "{rows} rows of {table} have a {column} outside {range}",
        "{table} の {column} が {range} の外にある行が {rows} 件あります",
    ),
    "targets_do_not_sum": Message(
        "the months of '{metric}' for the KGI '{kgi}' sum to {months}, the period's target is {period}",
        "KGI '{kgi}' の '{metric}' は月の合計が {months}、期間の目標が {period} で一致しません",
    ),
    "tree_not_whole": Message(
        "the tree of the KGI '{kgi}' has {roots} roots and {lost} nodes without a parent, or its root differs from the table kgi",
        "KGI '{kgi}' のツリーは根が {roots} 個、親のないノードが {lost} 個あるか、根の値が kgi の表と一致しません",
    ),
    "tree_does_not_hold": Message(
        "the target of '{node}' for the KGI '{kgi}' is {target}, and its formula gives {found}",
        "KGI '{kgi}' の '{node}' の目標 {target} が、式から求めた {found} と一致しません",
        "a plan's factors multiply to its value: mend the agreed rates, or the target",
        "計画の要素を掛け合わせると目標になる必要があります。合意した値か目標を直してください",
    ),
    "unknown_goal": Message(
        "no goal named '{name}'",
        "'{name}' という KGI はありません",
        "goals here: {known}",
        "あるもの: {known}",
    ),
    "what_if_form": Message(
        "'{text}' is not a name, an equals sign and a number",
        "'{text}' は「名前=数値」の形ではありません",
        "write --what-if valid_rate=0.35",
        "--what-if valid_rate=0.35 のように書いてください",
    ),
    "what_if_twice": Message(
        "'{name}' is supposed twice",
        "'{name}' が2回指定されています",
        "give each name once",
        "名前ごとに1回だけ指定してください",
    ),
    "what_if_percent": Message(
        "'{name}' is '{value}', which is no number",
        "'{name}' の「{value}」は数値ではありません",
        "write {number}",
        "{number} と書いてください",
    ),
    "what_if_unknown": Message(
        "'{name}' stands in no goal's tree",
        "'{name}' はどの KGI のツリーにもありません",
        "names here: {known}",
        "あるもの: {known}",
    ),
    "what_if_out_of_range": Message(
        "'{name}' cannot be {value}",
        "'{name}' は {value} にはなりません",
        "a rate lies between 0 and 1, everything else is 0 or more",
        "率は 0 から 1 の間、それ以外は 0 以上です",
    ),
}
