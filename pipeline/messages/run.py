"""Messages of the stories: run, plan, query, publish, the warehouse and its lock."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "unknown_yaml_kind": Message(
        "there is no kind of file named '{name}'",
        "'{name}' という種類のファイルはありません",
        "kinds: {known}",
        "種類: {known}",
    ),
    "database_held": Message(
        "another process is writing into this database",
        "別のプロセスがこのデータベースに書き込んでいます",
        "wait for the run to end, or ask the published file",
        "実行が終わるのを待つか、公開ファイルに質問してください",
    ),
    "warehouse_held": Message(
        "another process holds the warehouse: {holder} (waited {seconds} s)",
        "別のプロセスがウェアハウスを使用中です: {holder} ({seconds} 秒待ちました)",
        "wait until it ends, or stop it; the published file can be read all the time",
        "終わるのを待つか、止めてください。公開ファイルはいつでも読めます",
    ),
    "warehouse_unreadable": Message(
        "the warehouse '{path}' cannot be opened: {problem}",
        "ウェアハウス '{path}' を開けません: {problem}",
        "put back a copy of it, or name another file in profiles.yml",
        "控えを戻すか、profiles.yml で別のファイルを指定してください",
    ),
    "disk_full": Message(
        "the disk is full: {problem}",
        "ディスクの空きがありません: {problem}",
        "free some space; the published file is as it was",
        "空きを作ってください。公開ファイルは元のままです",
    ),
    "out_of_memory": Message(
        "there is not enough memory: {problem}",
        "メモリが足りません: {problem}",
        "raise memory_limit in profiles.yml, or give temp_directory more space",
        "profiles.yml の memory_limit を上げるか、temp_directory の空きを増やしてください",
    ),
    "no_permission": Message(
        "'{path}' cannot be written: {problem}",
        "'{path}' に書き込めません: {problem}",
    ),
    "notify_not_started": Message(
        "the notify command '{command}' could not be started: {problem}",
        "通知コマンド '{command}' を起動できませんでした: {problem}",
        "mend notify.command of the target in profiles.yml; kgi digest shows what would have been sent",
        "profiles.yml の notify.command を直してください。送られるはずだった内容は kgi digest で見られます",
    ),
    "notify_failed": Message(
        "the notify command '{command}' ended with {ended}",
        "通知コマンド '{command}' が {ended} で終わりました",
        "what it wrote stands above; kgi digest shows what was passed to it",
        "コマンドの出力は上にあります。渡した内容は kgi digest で見られます",
    ),
    "notify_too_slow": Message(
        "the notify command '{command}' took longer than {seconds} s and was ended",
        "通知コマンド '{command}' が {seconds} 秒を超えたため終了させました",
        "let it end sooner, or raise notify.timeout_seconds in profiles.yml",
        "早く終わるようにするか、profiles.yml の notify.timeout_seconds を大きくしてください",
    ),
    "report_failed": Message(
        "the report could not be drawn, which is our mistake: {problem}",
        "レポートを作れませんでした。こちらの不具合です: {problem}",
        "the published file stands; kgi report shows the whole traceback, please send it to us",
        "公開ファイルはそのままです。kgi report を実行すると詳細が出ます。お知らせください",
    ),
    "digest_failed": Message(
        "the digest could not be made, which is our mistake: {problem}",
        "要約を作れませんでした。こちらの不具合です: {problem}",
        "the notify command got how the run ended and no numbers; kgi digest shows the whole traceback, please send it to us",
        "通知コマンドには実行の結果だけを渡しました。kgi digest を実行すると詳細が出ます。お知らせください",
    ),
    "report_not_written": Message(
        "the report could not be written into '{path}': {problem}",
        "レポートを '{path}' に書き込めませんでした: {problem}",
        "the published file stands; mend it and run again, nothing else will be done",
        "公開ファイルはそのままです。直してからもう一度実行すると、レポートだけが書かれます",
    ),
    "time_limit": Message(
        "a statement ran longer than the time limit of {seconds} s",
        "処理が制限時間 {seconds} 秒を超えました",
    ),
    "warehouse_newer": Message(
        "this warehouse was written by a newer kgi (schema version {found}, this one knows {known})",
        "このウェアハウスは新しい kgi で作られています (スキーマ {found}、この版は {known} まで)",
        "upgrade kgi",
        "kgi を更新してください",
    ),
    "toml_syntax": Message(
        "this is not TOML: {problem}",
        "TOML として読めません: {problem}",
    ),
    "suite_on_nothing": Message(
        "this suite stands on '{name}', which is no model, no source table and no goal table",
        "この検査の対象 '{name}' は、モデルにもソース表にもゴール表にもありません",
    ),
    "check_reads_upwards": Message(
        "the suite '{suite}' checks an export and looks up the model '{model}', which is built later",
        "検査 '{suite}' はエクスポートが対象ですが、後で作られるモデル '{model}' を参照しています",
        "move this check to the suite of a model that reads the export",
        "このエクスポートを読むモデルの検査に移してください",
    ),
    "as_of_future": Message(
        "the as-of date {date} is after today ({today} in {timezone})",
        "基準日 {date} は今日 ({timezone} では {today}) より後です",
        "name a date up to today",
        "今日までの日付を指定してください",
    ),
    "unknown_selection": Message(
        "--select {word} matches nothing",
        "--select {word} に当てはまるものがありません",
    ),
    "published_unknown": Message(
        "'{path}' was published for {date} by a run that this warehouse does not know; {as_of} would go back behind it",
        "'{path}' は、このウェアハウスが知らない実行により {date} 時点で公開されています。{as_of} では後戻りします",
        "name a date from {date} on, put back the warehouse, or move the file away",
        "{date} 以降の日付を指定するか、ウェアハウスを元に戻すか、このファイルを移動してください",
    ),
    "step_failed": Message(
        "{kind} {name} could not be carried out: {problem}",
        "{kind} {name} を実行できませんでした: {problem}",
    ),
    "wal_beside": Message(
        "a WAL file lies beside the file to be published: {path}",
        "公開するファイルの横に WAL ファイルがあります: {path}",
        "somebody opened the published file read-write; close it and remove the .wal file",
        "公開ファイルが書き込みモードで開かれています。閉じてから .wal を消してください",
    ),
    "published_not_readable": Message(
        "the new file did not pass its check and was not published: {problem}",
        "新しいファイルが検証を通らなかったため、公開しませんでした: {problem}",
    ),
    "published_type": Message(
        "the column {column} of {table} is {type}, which BI tools cannot read",
        "{table} の列 {column} の型 {type} は BI ツールが読めません",
        "cast it to bigint, integer, double, decimal(18,2), varchar, date, timestamp or boolean in the model",
        "モデルで bigint, integer, double, decimal(18,2), varchar, date, timestamp, boolean のいずれかに cast してください",
    ),
    "query_failed": Message(
        "the question could not be answered: {problem}",
        "問い合わせに答えられませんでした: {problem}",
    ),
    "database_unreadable": Message(
        "this file cannot be opened as a DuckDB database: {problem}",
        "DuckDB のデータベースとして開けません: {problem}",
    ),
    "diff_no_catalogue": Message(
        "'{path}' does not say how its metrics were defined",
        "'{path}' には指標の定義が記録されていません",
        "run kgi run once, then compare",
        "一度 kgi run を実行してから比べてください",
    ),
    "diff_nothing": Message(
        "no metric is defined differently from what was published for {as_of}",
        "{as_of} 時点の公開から定義が変わった指標はありません",
    ),
    "date_not_sealed": Message(
        "nothing was published for '{date}'; there are {known}",
        "'{date}' の公開はありません。公開済みの基準日: {known}",
        "name a date for which kgi run has published",
        "kgi run が公開した基準日を指定してください",
    ),
    "diff_order": Message(
        "{before} is not before {after}: name the earlier date first",
        "{before} は {after} より前ではありません。先に古い基準日を指定してください",
    ),
    "diff_changed": Message(
        "the definition of '{name}' changed: {changes}",
        "'{name}' の定義が変わりました: {changes}",
    ),
    "diff_added": Message(
        "'{name}' is new and was not published yet",
        "'{name}' は新しい指標で、まだ公開されていません",
    ),
    "diff_removed": Message(
        "'{name}' was published and is gone",
        "'{name}' は公開されていましたが、なくなりました",
    ),
    "diff_unanswerable": Message(
        "the new '{name}' reads what the published file does not hold: {problem}",
        "新しい '{name}' は公開ファイルにないものを読みます: {problem}",
        "build it and ask with kgi query --draft, or publish it to another target first",
        "モデルを作ってから kgi query --draft で確認するか、別のターゲットに公開してください",
    ),
    "numbers_restated": Message(
        "{numbers} past numbers are others than on {before} ({causes}); kgi diff {before} says which and why",
        "{before} に公開した過去の数値 {numbers} 件が変わりました ({causes})。kgi diff {before} で内訳を確認できます",
    ),
    "restatement_unsplit": Message(
        "why numbers are others than on {before} could not be told apart: {problem}",
        "{before} から数値が変わった理由を分けられませんでした: {problem}",
        "the changes stand in restatement as unsplit; the night itself is sound",
        "変化は restatement の unsplit に入っています。今回の公開内容に問題はありません",
    ),
    "export_schema": Message(
        "the export '{name}' names the schema '{schema}', which kgi keeps for itself",
        "エクスポート '{name}' のスキーマ '{schema}' は kgi が使うため指定できません",
        "leave `schema` out (it is marts) or name one of your own",
        "`schema` を省く (marts になります) か、別の名前を指定してください",
    ),
    "export_name_taken": Message(
        "the export '{name}' would be written to {table}, where something stands already: {what}",
        "エクスポート '{name}' の書き込み先 {table} は使われています: {what}",
        "give the export another name, or write an `alias` in its config",
        "エクスポートの名前を変えるか、config に `alias` を書いてください",
    ),
    "export_unanswerable": Message(
        "the export '{name}' cannot be answered from what is published: {problem}",
        "エクスポート '{name}' には公開される表だけでは答えられません: {problem}",
        "ask for columns that are declared in a mart and are not personal",
        "マートに宣言され、個人情報でない列だけを使ってください",
    ),
    "manifest_loss": Message(
        "semantic_manifest.json has no place for {what} of '{name}': MetricFlow answers it differently or not at all",
        "semantic_manifest.json では '{name}' の {what} を表せません: MetricFlow では結果が異なるか、答えられません",
    ),
    "database_shadows_functions": Message(
        "this file gives functions of DuckDB another meaning: {names}",
        "このファイルのマクロが DuckDB の関数を置き換えています: {names}",
        "drop or rename these macros in the file: `drop macro name`",
        "ファイル内のマクロを削除するか、名前を変えてください: `drop macro name`",
    ),
    "unknown_schema": Message(
        "the file has no schema '{name}' with tables in it",
        "ファイルに、テーブルのあるスキーマ '{name}' はありません",
    ),
    "unknown_listing": Message(
        "there is nothing called '{name}' to show",
        "'{name}' というモデルはありません",
    ),
    "load_not_so": Message(
        "load {load} is {status}",
        "ロード {load} の状態は {status} です",
        "undo takes back a load that is loaded, redo brings back one that is undone",
        "undo は loaded のロードを、redo は undone のロードを対象にします",
    ),
    "unknown_load": Message(
        "there is no load {load}",
        "ロード {load} はありません",
        "kgi loads lists them",
        "kgi loads で一覧を見られます",
    ),
    "not_published_yet": Message(
        "there is no published file at '{path}'",
        "公開ファイル '{path}' がありません",
        "run kgi run first",
        "先に kgi run を実行してください",
    ),
    "not_finite": Message(
        "{rows} values of {table}.{column} are not finite numbers (E201)",
        "{table}.{column} に有限でない数値が {rows} 件あります (E201)",
        "write a / nullif(b, 0)",
        "a / nullif(b, 0) と書いてください",
    ),
    "null_without_reason": Message(
        "{rows} rows of {table} hold NULL in {column} and do not say why",
        "{table} の {column} に理由のない NULL が {rows} 件あります",
    ),
}
