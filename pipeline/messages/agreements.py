"""Messages of agreements: definitions with versions and signatures."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "agreement_twice": Message(
        "the agreement '{name}' is also written at {other}",
        "合意 '{name}' は {other} にもあります",
        "keep one file and write a change as a new version in it",
        "ファイルを1つにまとめ、変更は新しい版として書いてください",
    ),
    "agreement_one_signs": Message(
        "'{person}' signs {owner} for both departments (E151)",
        "'{person}' が {owner} に両部門の署名をしています (E151)",
        "name one person of marketing and another one of sales",
        "マーケティングと営業から別々の人を書いてください",
    ),
    "agreement_dated_back": Message(
        "{owner} holds from {effective_from}, before it was agreed on {agreed_on} (E152)",
        "{owner} の適用開始日 {effective_from} が、合意日 {agreed_on} より前です (E152)",
        "let a version begin on the day of the agreement or later; earlier events keep the version of their day",
        "適用開始日は合意日以降にしてください。それより前の出来事には、その日の版がそのまま使われます",
    ),
    "agreement_order": Message(
        "version {version} of the agreement '{name}' does not begin after version {other}",
        "合意 '{name}' の版 {version} が、版 {other} より後に始まっていません",
        "give each version a higher number and a later effective_from than the one before",
        "版番号も effective_from も、前の版より大きくしてください",
    ),
    "agreement_evaluated_at": Message(
        "evaluated_at of {owner} is '{value}', which is no date of an event",
        "{owner} の evaluated_at「{value}」が読めません",
        "write a column with a date, or a column and business days: qualified_date + 5 business_days",
        "日付の列、または列と営業日数を書いてください: qualified_date + 5 business_days",
    ),
    "agreement_levels": Message(
        "agreed_level of {owner} has more than one period",
        "{owner} の agreed_level に期間が2つ以上あります",
        "write one number: {{per_quarter: 20}}",
        "数値は1つだけ書いてください: {{per_quarter: 20}}",
    ),
    "agreement_not_simple": Message(
        "the agreement '{name}' governs '{metric}', which is made of other metrics",
        "合意 '{name}' の対象 '{metric}' は、他の指標から計算される指標です",
        "name the simple metrics that count the events; what is made of them follows",
        "出来事を数える simple の指標を書いてください。それを使う指標にも自動で反映されます",
    ),
    "agreement_metric_twice": Message(
        "the agreements '{name}' and '{other}' both govern '{metric}'",
        "合意 '{name}' と '{other}' が、どちらも '{metric}' を対象にしています",
        "let one agreement decide what a metric counts",
        "1つの指標の数え方は、1つの合意だけで決めてください",
    ),
    "agreement_name_taken": Message(
        "the agreement '{name}' needs the dimension '{dimension}' of '{model}', which is there already",
        "合意 '{name}' が使う '{model}' のディメンション '{dimension}' は、すでに使われています",
        "give the dimension of the model another name",
        "モデル側のディメンションを別の名前にしてください",
    ),
    "agreement_needs_business_days": Message(
        "evaluated_at counts {days} business days, but no calendar says which days those are",
        "evaluated_at に {days} 営業日とありますが、営業日の分かるカレンダーがありません",
        "declare the fiscal calendar as a time_spine with its column is_business_day, or write a column alone",
        "is_business_day 列のあるカレンダーを time_spine として宣言するか、列だけを書いてください",
    ),
    "agreement_not_monotone": Message(
        "{owner} reads '{name}' of {table}, a status as it is now: past counts will change when it does (W250)",
        "{owner} の条件は {table} の '{name}' (現在の状態)を見ています。後で状態が変わると、過去の件数も変わります (W250)",
        "use what was known at the event: a date, or a field that is never changed afterwards",
        "出来事の時点で決まった項目 (日付や、後から変えない項目) を使ってください",
    ),
    "goal_unknown_definition": Message(
        "{owner} is counted by the definition '{name}', but there is no such agreement",
        "{owner} の definition '{name}' という合意がありません",
        "write it as metrics/agreements/{name}.yml",
        "metrics/agreements/{name}.yml に書いてください",
    ),
    "goal_version_order": Message(
        "version {version} of the plan of '{name}' does not begin after version {other}, which is at {at}",
        "'{name}' の計画の版 {version} が、版 {other} ({at}) より後に始まっていません",
        "give each version a higher plan_version and a later effective_from",
        "plan_version も effective_from も、前の版より大きくしてください",
    ),
    "goal_version_differs": Message(
        "a version of the KGI '{name}' differs from {other} in its metric, unit, direction or period",
        "KGI '{name}' の版は、{other} と指標・単位・方向・期間のいずれかが違います",
        "versions of a goal differ in their number; write another goal under another name",
        "版ごとに変えられるのは数値と計画です。別の目標には別の name を付けてください",
    ),
    "agreement_stale": Message(
        "{owner} was to be reviewed by {due} (W240)",
        "{owner} の見直し期限 {due} が過ぎています (W240)",
        "look at it together and write a new review_by, or a new version",
        "両部門で見直し、新しい review_by か新しい版を書いてください",
    ),
    "agreement_changed_late": Message(
        "version {version} of '{name}' holds from {effective_from}, but {published} was published without it (E152)",
        "'{name}' の版 {version} は {effective_from} からですが、{published} の数値はこの版なしで公開済みです (E152)",
        "let it begin after {published}; the months before are in definition_bridge",
        "{published} より後から適用してください。それ以前の影響は definition_bridge で確認できます",
    ),
    "agreement_unsigned": Message(
        "the KGI '{name}' is not agreed on: {missing} (E150)",
        "KGI '{name}' は合意されていません: {missing} (E150)",
        "from the middle phase on a goal names a definition, and both departments sign the definition and the plan",
        "中期以降の目標には definition を書き、定義と計画の両方に両部門の署名が必要です",
    ),
    "goal_no_coordinator": Message(
        "the KGI '{name}' names no coordinator; its phase is {phase} (W241)",
        "KGI '{name}' に調整役 (coordinator) がいません (フェーズ: {phase}) (W241)",
        "write roles: {{coordinator: a handle}}, somebody who can speak to both sides",
        "roles: {{coordinator: 担当者}} に、両部門と話せる人を書いてください",
    ),
    "plan_changed_unversioned": Message(
        "the target of '{name}' is {target}, but version {version} of its plan was published with {sealed} (E152)",
        "'{name}' の目標は {target} ですが、計画の版 {version} は {sealed} で公開済みです (E152)",
        "write the change as plan_version: {next} with its own effective_from and signatures",
        "変更は plan_version: {next} として、effective_from と署名を付けて書いてください",
    ),
    "plan_changed_late": Message(
        "version {version} of the plan of '{name}' holds from {effective_from}, but {published} was published without it (E152)",
        "'{name}' の計画の版 {version} は {effective_from} からですが、{published} の数値はこの版なしで公開済みです (E152)",
        "let it begin after {published}; past nights keep the target they had",
        "{published} より後から適用してください。公開済みの日の目標はそのまま残ります",
    ),
}
