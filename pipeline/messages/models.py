"""Messages of the room `models`."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "unknown_ref": Message(
        "no model named '{name}'",
        "モデル '{name}' がありません",
    ),
    "unknown_source": Message(
        "no source '{source}.{table}' is declared",
        "ソース '{source}.{table}' は宣言されていません",
    ),
    "cycle": Message(
        "these models read each other in a circle: {path}",
        "モデルが循環参照しています: {path}",
        "take one of these ref() calls out",
        "いずれかの ref() を外してください",
    ),
    "duplicate_model": Message(
        "two models are called '{name}'; the other is {other}",
        "モデル名 '{name}' が重複しています (もう一方は {other})",
        "rename one of the two files",
        "どちらかのファイル名を変えてください",
    ),
    "model_sql_error": Message(
        "{problem}",
        "{problem}",
    ),
    "model_not_a_query": Message(
        "a model is one SELECT; this is {kind}",
        "モデルは 1 つの SELECT 文です ({kind} が書かれています)",
    ),
    "model_reads_unnamed": Message(
        "this model reads the table '{table}' without ref() or source()",
        "このモデルは ref() や source() を使わずに表 '{table}' を読んでいます",
        "write {{{{ ref('...') }}}} or {{{{ source('...', '...') }}}}, so that the order of the run is known",
        "{{{{ ref('...') }}}} か {{{{ source('...', '...') }}}} と書いてください (実行順が分かるようになります)",
    ),
    "model_reads_function": Message(
        "this model reads from {function}(), past what the run knows of",
        "このモデルは {function}() から読んでおり、実行計画から見えません",
        "declare a source for a file, and read tables by ref() or source()",
        "ファイルはソースとして宣言し、表は ref() か source() で読んでください",
    ),
    "model_uses_clock": Message(
        "this model calls {function}, so its numbers change with the clock",
        "このモデルは {function} を使っており、実行時刻で数字が変わります",
        "write {{{{ var('as_of_date') }}}}: the business date of the run",
        "{{{{ var('as_of_date') }}}} (実行の基準日) を使ってください",
    ),
    "config_unknown": Message(
        "config() does not know '{key}'",
        "config() に '{key}' という設定はありません",
        "settings here: {known}",
        "使える設定: {known}",
    ),
    "materialized_unsupported": Message(
        "'{value}' is not a way to materialize a model here",
        "materialized に '{value}' は使えません",
        "write table or view",
        "table か view と書いてください",
    ),
    "model_name": Message(
        "'{name}' cannot be the name of a model",
        "'{name}' はモデル名に使えません",
        "use lower-case letters, digits and underscores, a letter first; names ending in __building are taken",
        "英小文字・数字・アンダースコアで、英字から始めてください (__building で終わる名前は使えません)",
    ),
    "schema_reserved": Message(
        "a model cannot stand in the schema '{name}'",
        "スキーマ '{name}' にはモデルを置けません",
        "name the folder or schema differently; the pipeline's own are {known}",
        "フォルダ名か schema を変えてください。次の名前は予約されています: {known}",
    ),
    "published_schema": Message(
        "'{value}' is not a schema that a model can be published into",
        "モデルの公開先に '{value}' は指定できません",
        "write schema: {known} for a table beside the goal tables, or leave it out for a mart",
        "目標の表と並べて公開するなら schema: {known} と書き、通常のマートなら schema を書かないでください",
    ),
    "goal_table_taken": Message(
        "the model '{name}' cannot be published in main: {what} stands there under that name",
        "モデル '{name}' は main に公開できません ({what} が同じ名前で公開されます)",
        "give the model another name",
        "モデルの名前を変えてください",
    ),
    "ja_name_twice": Message(
        "the columns '{column}' and '{other}' of '{model}' would both be called '{ja}' in v_ja_{model}",
        "'{model}' の列 '{column}' と '{other}' は v_ja_{model} でどちらも '{ja}' になってしまいます",
        "give one of them another Japanese label",
        "どちらかの日本語ラベル (label: ja) を変えてください",
    ),
    "mart_unpublished": Message(
        "the mart '{model}' declares no columns, so it is not published",
        "マート '{model}' は列が宣言されていないため、公開されません",
        "describe it with its columns in metrics/{model}.yml or beside it",
        "metrics/{model}.yml などに列を書いてください",
    ),
    "model_described_twice": Message(
        "the model '{name}' is described twice; the other place is {other}",
        "モデル '{name}' の説明が 2 か所にあります (もう一方は {other})",
        "keep one description of a model",
        "説明は 1 か所にまとめてください",
    ),
    "described_model_missing": Message(
        "this describes the model '{name}', but there is no {name}.sql",
        "モデル '{name}' が説明されていますが、{name}.sql がありません",
    ),
    "personal_published": Message(
        "the column '{column}' of '{model}' would publish personal data: it passes on {origin}",
        "'{model}' の列 '{column}' は個人情報 ({origin}) をそのまま公開してしまいます",
        "take it out, count or hash it, or mark it personal: true, which keeps it in the warehouse",
        "列を外すか、件数やハッシュにするか、personal: true と書いてください (ウェアハウスの外に出ません)",
    ),
    "personal_member": Message(
        "the metric '{metric}' would publish its members by '{dimension}', which are {origin}: kept in the warehouse",
        "指標 '{metric}' を '{dimension}' 別に公開すると、ウェアハウスに留めるべき {origin} の値が公開されます",
        "publish it by another dimension",
        "別のディメンションで公開してください",
    ),
    "contract_column_missing": Message(
        "the model '{model}' has no column '{column}', which its description promises",
        "モデル '{model}' に、説明に書かれた列 '{column}' がありません",
    ),
    "contract_type": Message(
        "the column '{column}' of '{model}' is {actual}, its description says {declared}",
        "'{model}' の列 '{column}' の型は {actual} ですが、説明では {declared} です",
        "write cast({column} as {declared}) in the model, or mend data_type",
        "モデルで cast({column} as {declared}) とするか、data_type を直してください",
    ),
}
