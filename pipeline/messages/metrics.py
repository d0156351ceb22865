"""Messages of the room `metrics`."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    # ---- the files
    "metric_duplicate": Message(
        "there are two of kind {kind} named '{name}'; the first is at {first}",
        "{kind} '{name}' が二重に定義されています (最初の定義: {first})",
        "rename one of the two",
        "どちらかの名前を変えてください",
    ),
    "metric_needs_key": Message(
        "the {type} metric '{name}' needs the key '{key}'",
        "{type} 型の指標 '{name}' にはキー '{key}' が必要です",
    ),
    "metric_key_of_other_type": Message(
        "'{key}' does nothing in the {type} metric '{name}': it is a key of type {types}",
        "キー '{key}' は {type} 型の指標 '{name}' では働きません ({types} 型のキーです)",
        "remove it, or write it on the metric that goes in",
        "消すか、入力になる指標の側に書いてください",
    ),
    "metric_switched_off": Message(
        "'{name}' is switched off at {first}",
        "'{name}' は {first} で無効にされています",
        "switch it on, or do not use it here",
        "有効に戻すか、ここで使わないでください",
    ),
    "metric_name_form": Message(
        "'{key}' is {value}; a name is written in small ASCII letters, digits and single underscores, and begins with a letter",
        "'{key}' の値 {value} は名前に使えません (半角の英小文字・数字・1 つずつの下線で、英字から始めてください)",
    ),
    "metric_name_reserved": Message(
        "'{key}' is {value}, a word that the time grains and metric_time take",
        "'{key}' の値 {value} は時間の粒度や metric_time のための予約語です",
        "choose another name",
        "別の名前にしてください",
    ),
    "metric_span_form": Message(
        "'{key}' is {value}, which is no span of time",
        "'{key}' の値 {value} は期間として読めません",
        "write a number and a grain: 14 days, 1 month",
        "数と粒度を書いてください (例: 14 days, 1 month)",
    ),
    "metric_item_form": Message(
        "'{key}' is {value}, which is neither a name nor one call",
        "'{key}' の値 {value} は名前でも呼び出しでもありません",
        "write metric_time__month or TimeDimension('metric_time', 'month')",
        "metric_time__month または TimeDimension('metric_time', 'month') の形で書いてください",
    ),
    "metric_percentile_range": Message(
        "the percentile of '{name}' is {value}; it lies between 0 and 1, neither included",
        "'{name}' の percentile は {value} です。0 より大きく 1 より小さい値にしてください",
        "write 0.95 for the 95th percentile; for 0 use min, for 1 use max",
        "95 パーセンタイルなら 0.95 と書いてください。0 は min、1 は max を使ってください",
    ),
    "metric_percentile_unused": Message(
        "'{name}' is aggregated by {agg}, which takes no percentile settings",
        "'{name}' の集計は {agg} なので、percentile の指定は使えません",
        "remove them, or write `agg: percentile`",
        "指定を消すか、`agg: percentile` にしてください",
    ),
    "metric_count_without_expr": Message(
        "the count '{name}' does not say what is counted",
        "件数 '{name}' に、何を数えるかがありません",
        "write `expr: 1` to count rows, or the column whose values are counted",
        "行を数えるなら `expr: 1`、値を数えるならその列を書いてください",
    ),
    "calendar_month_day": Message(
        "'{key}' is {value}, which is no month and day that every year has",
        "'{key}' の値 {value} は毎年ある月日ではありません",
        'write a month and a day up to 28 in quotes: "04-01"',
        '28 日までの月日を引用符を付けて書いてください (例: "04-01")',
    ),
    "calendar_dates": Message(
        "'{key}' needs at least two dates, in order, each once",
        "'{key}' には、順に並んだ重複のない日付が 2 つ以上必要です",
        "the last date only ends the period before it",
        "最後の日付は直前の期間の終わりを示すだけです",
    ),
    "calendar_one_rule": Message(
        "a granularity follows exactly one rule: starts, closing_day, weeks or dates",
        "粒度の規則は starts、closing_day、weeks、dates のうちちょうど 1 つです",
    ),
    "calendar_weeks_first_day": Message(
        "weeks and first_day go together",
        "weeks と first_day は組で書きます",
        "first_day is the first day of one round of weeks",
        "first_day は週の並びの最初の日です",
    ),
    "calendar_days_order": Message(
        "first_day must lie before last_day",
        "first_day は last_day より前の日にしてください",
    ),
    "metric_simple_at_top": Message(
        "the simple metric '{name}' stands outside its model",
        "simple 型の指標 '{name}' がモデルの外に書かれています",
        "move it under `metrics:` of the model whose rows it counts",
        "集計対象のモデルの `metrics:` の下に移してください",
    ),
    "metric_without_semantic_model": Message(
        "the metric '{name}' stands in the model '{model}', which has no `semantic_model:`",
        "指標 '{name}' のあるモデル '{model}' に `semantic_model:` がありません",
        "add `semantic_model: {{enabled: true}}` to the model",
        "モデルに `semantic_model: {{enabled: true}}` を加えてください",
    ),
    "metric_model_without_table": Message(
        "there is no table for '{model}'",
        "'{model}' に対応するテーブルがありません",
        "name a model of the project: ref('...')",
        "プロジェクトのモデルを ref('...') で指定してください",
    ),
    "metric_model_without_key": Message(
        "the model '{model}' has dimensions but no entity to name them by",
        "モデル '{model}' にはディメンションがありますが、それを呼ぶためのエンティティがありません",
        "mark its key column with `entity: {{type: primary}}`, or set `primary_entity`",
        "キー列に `entity: {{type: primary}}` を付けるか、`primary_entity` を書いてください",
    ),
    "metric_time_without_grain": Message(
        "the time dimension '{name}' has no granularity",
        "時間ディメンション '{name}' に granularity がありません",
        "write `granularity: day` on the column",
        "列に `granularity: day` などを書いてください",
    ),
    "metric_spine_without_grain": Message(
        "the calendar '{model}' does not say the granularity of its column '{column}'",
        "カレンダー '{model}' の列 '{column}' に granularity がありません",
        "write `granularity: day` on the column",
        "列に `granularity: day` などを書いてください",
    ),
    "metric_without_time": Message(
        "the metric '{name}' has no aggregation time, and neither has its model '{model}'",
        "指標 '{name}' に集計時点がなく、モデル '{model}' にもありません",
        "set `agg_time_dimension` on the model or on the metric",
        "モデルか指標に `agg_time_dimension` を書いてください",
    ),
    "metric_unknown_time": Message(
        "the model '{model}' has no time dimension '{name}'",
        "モデル '{model}' に時間ディメンション '{name}' はありません",
    ),
    "metric_unknown_entity": Message(
        "the model '{model}' has no entity '{name}'",
        "モデル '{model}' にエンティティ '{name}' はありません",
    ),
    "metric_unknown_property": Message(
        "the model '{model}' has neither an entity nor a dimension '{name}'",
        "モデル '{model}' にエンティティまたはディメンション '{name}' はありません",
    ),
    "metric_unknown_measure": Message(
        "no measure is named '{name}'",
        "メジャー '{name}' はありません",
    ),
    "metric_unknown_column": Message(
        "the table '{table}' has no column '{name}'",
        "テーブル '{table}' に列 '{name}' はありません",
    ),
    "metric_time_is_text": Message(
        "the time dimension '{name}' is a column of text in '{table}'",
        "時間ディメンション '{name}' は '{table}' では文字列の列です",
        "make it a DATE or TIMESTAMP in the model",
        "モデルで DATE か TIMESTAMP に変換してください",
    ),
    "metric_time_with_zone": Message(
        "the time dimension '{name}' is an instant with a time zone in '{table}': its days would be those of UTC",
        "時間ディメンション '{name}' は '{table}' ではタイムゾーン付きの時刻です。このままでは日付が UTC で切られます",
        "make it the company's date in the model: cast(timezone('Asia/Tokyo', ...) as date)",
        "モデルで会社の日付に変換してください: cast(timezone('Asia/Tokyo', ...) as date)",
    ),
    "metric_unknown_input": Message(
        "the expression names '{name}', which is none of the metric's inputs",
        "式の中の '{name}' は、この指標の入力にありません",
        "inputs here: {known}",
        "使える入力: {known}",
    ),
    "metric_two_offsets": Message(
        "the input '{input}' of '{name}' has both offset_window and offset_to_grain",
        "'{name}' の入力 '{input}' に offset_window と offset_to_grain の両方があります",
        "keep one of the two",
        "どちらか一方を残してください",
    ),
    "metric_window_and_grain": Message(
        "the running total '{name}' has both window and grain_to_date",
        "累積指標 '{name}' に window と grain_to_date の両方があります",
        "keep one of the two",
        "どちらか一方を残してください",
    ),
    "metric_input_not_simple": Message(
        "'{input}', an input of '{name}', is not a simple metric",
        "'{name}' の入力 '{input}' は simple 型の指標ではありません",
        "running totals and conversions are made of simple metrics",
        "累積指標とコンバージョン指標の入力は simple 型に限ります",
    ),
    "metric_offset_of_months": Message(
        "the input '{input}' is taken {span} earlier: by day or week, days a month lacks are lost, last days may count twice",
        "入力 '{input}' は {span} ずらされます: 日や週では、相手の月にない日は失われ、月末の日は二重に数えられることがあります",
        "ask by month, quarter or year, where whole periods meet, or use offset_window in days or weeks",
        "期間同士がそのまま対応する月・四半期・年で聞くか、offset_window を日か週で指定してください",
    ),
    "metric_export_without_form": Message(
        "the export '{name}' of the saved query '{query}' does not say what it becomes",
        "保存されたクエリ '{query}' のエクスポート '{name}' に出力形式がありません",
        "write `config: {{export_as: table}}` or `view`",
        "`config: {{export_as: table}}` (または view) を書いてください",
    ),
    "metric_circle": Message(
        "these metrics are made of each other: {circle}",
        "指標が循環しています: {circle}",
    ),
    "metric_wrong_type": Message(
        "'{name}' cannot be made: {agg} of '{expr}', which is {type}",
        "'{name}' は求められません: '{expr}' は {type} 型なので {agg} できません",
        "name a column that fits, or write an expression: sum needs numbers, sum_boolean something true or false",
        "型の合う列か式を指定してください (sum には数値、sum_boolean には真偽値)",
    ),
    "metric_span_of_nothing": Message(
        "'{key}' of '{name}' is no time at all",
        "'{name}' の '{key}' の長さが 0 です",
        "write 1 or more: 7 days",
        "1 以上を指定してください: 7 days",
    ),
    "metric_conversion_not_counted": Message(
        "the conversion metric '{name}' counts events, and '{input}' is made with {agg}",
        "コンバージョン指標 '{name}' は件数を数えますが、'{input}' は {agg} です",
        "name a metric with agg: count or count_distinct",
        "agg が count か count_distinct の指標を指定してください",
    ),
    # ---- names
    "metric_unknown": Message(
        "there is no metric named '{name}'",
        "指標 '{name}' はありません",
    ),
    "metric_unknown_saved_query": Message(
        "there is no saved query named '{name}'",
        "保存されたクエリ '{name}' はありません",
    ),
    "metric_unknown_dimension": Message(
        "'{name}' cannot be reached from '{model}'",
        "'{model}' から '{name}' にたどり着けません",
        "`kgi ls` lists what each metric can be cut by",
        "`kgi ls` で、指標ごとに使える切り口を確認できます",
    ),
    "metric_unknown_grain": Message(
        "'{name}' is not a time grain",
        "'{name}' という時間の粒度はありません",
        "grains: {known}",
        "使える粒度: {known}",
    ),
    "metric_unknown_date_part": Message(
        "'{name}' is not a part of a date",
        "'{name}' という日付の部分はありません",
        "parts: {known}",
        "使える部分: {known}",
    ),
    "metric_unknown_order": Message(
        "the rows cannot be sorted by '{name}': it is no column of the answer",
        "'{name}' では並べ替えられません (結果の列にありません)",
        "sort by a metric or a group-by of the question",
        "質問に含まれる指標か切り口を指定してください",
    ),
    "metric_ambiguous": Message(
        "'{name}' can mean several things for '{model}': {ways}",
        "'{model}' では '{name}' が一つに定まりません: {ways}",
        "write the whole path of entities, or remove one of the ways",
        "エンティティの経路をすべて書くか、経路の一方をなくしてください",
    ),
    "metric_fan_out": Message(
        "'{name}' would multiply rows: in '{other}' many rows belong to one '{key}' of '{model}'",
        "'{name}' を使うと行が増えてしまいます: '{other}' では '{model}' の '{key}' 一つに複数の行があります",
        "ask for a metric of '{other}' instead, filter with Metric(...), or put the attribute on the table of '{key}'",
        "'{other}' の指標を使う、Metric(...) で絞り込む、または '{key}' のテーブルに属性を持たせてください",
    ),
    "metric_not_a_time": Message(
        "'{name}' asks for a grain of something that is no time",
        "'{name}' は時間ではないので粒度を指定できません",
    ),
    "metric_grain_too_fine": Message(
        "'{name}' cannot be cut by {grain}: its own grain is {finest}",
        "'{name}' は {grain} で切れません (元の粒度は {finest} です)",
        "ask for {finest} or coarser",
        "{finest} 以上の粒度を指定してください",
    ),
    "metric_name_taken": Message(
        "two columns of the answer would be named '{name}'",
        "結果の列名 '{name}' が重なります",
        "rename the metric or the entity",
        "指標かエンティティの名前を変えてください",
    ),
    # ---- expressions and filters
    "metric_expression_syntax": Message(
        "this expression cannot be read: {text} ({problem})",
        "式として読めません: {text} ({problem})",
    ),
    "metric_not_allowed": Message(
        "'{name}' is not allowed here: {text}",
        "ここでは '{name}' は使えません: {text}",
        "an expression may use its own row and plain functions: no subquery, file, setting or other table",
        "式で使えるのは、その行の列と通常の関数だけです (副問い合わせ・ファイル・設定・他のテーブルは使えません)",
    ),
    "metric_filter_call": Message(
        "this call is not understood: {text}",
        "この呼び出しは読めません: {text}",
        "there are Dimension('a__b'), TimeDimension('a__b', 'month'), Entity('a') and Metric('m', group_by=['a'])",
        "使えるのは Dimension('a__b')、TimeDimension('a__b', 'month')、Entity('a')、Metric('m', group_by=['a']) です",
    ),
    "metric_filter_no_condition": Message(
        "this filter is no condition: {text}",
        "条件になっていないフィルタです: {text}",
        "write a comparison, or a column or a function that is true or false",
        "比較式か、真偽を返す列・関数を書いてください",
    ),
    "metric_filter_needs_entity": Message(
        "Metric('{name}') in a filter must be grouped by entities",
        "フィルタの中の Metric('{name}') はエンティティで集計してください",
        "write Metric('{name}', group_by=['an_entity'])",
        "Metric('{name}', group_by=['エンティティ名']) と書いてください",
    ),
}
