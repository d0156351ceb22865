"""Messages of the room `sources`."""

from __future__ import annotations

from pipeline.messages.shape import Message

_DECLARATION = {
    "sources_not_a_list": Message(
        "sources: must be a list",
        "sources: はリストで書いてください",
        "begin each source with '- name: ...'",
        "各ソースを「- name: ...」で始めてください",
    ),
    "source_twice": Message(
        "the source '{name}' is declared twice; the other place is {other}",
        "ソース '{name}' が二重に宣言されています (もう一方は {other})",
    ),
    "table_twice": Message(
        "the table '{name}' is declared twice; the other place is {other}",
        "テーブル '{name}' が二重に宣言されています (もう一方は {other})",
    ),
    "column_twice": Message(
        "the column '{name}' is declared twice; the other place is {other}",
        "列 '{name}' が二重に宣言されています (もう一方は {other})",
    ),
    "header_declared_twice": Message(
        "two columns read the header '{name}'; the other place is {other}",
        "見出し '{name}' を 2 つの列が読んでいます (もう一方は {other})",
        "take it out of from or aliases of one of them",
        "どちらかの from か aliases から外してください",
    ),
    "bad_name": Message(
        "'{name}' cannot be the name of a {kind}",
        "'{name}' は {kind} の名前に使えません",
        "use letters, digits and single underscores, and begin with a letter",
        "文字・数字・1 つずつの下線だけを使い、文字で始めてください",
    ),
    "reserved_column": Message(
        "'{name}' is a name that the log keeps for itself",
        "'{name}' は取り込み記録が使う予約名です",
        "choose another name, or read the column under another header",
        "別の名前にしてください",
    ),
    "unknown_type": Message(
        "'{type}' is not a data_type for the column '{column}'",
        "列 '{column}' の data_type に '{type}' は使えません",
        "types here: {known}",
        "使える型: {known}",
    ),
    "event_time_not_a_time": Message(
        "event_time names the column '{column}', which is {type}: a row happens on a date or at an instant",
        "event_time の列 '{column}' は {type} です。日付か時刻の列を指定してください",
    ),
    "unknown_column": Message(
        "{key} names the column '{column}', which the table '{table}' does not declare",
        "{key} の列 '{column}' は、テーブル '{table}' に宣言されていません",
    ),
    "column_option": Message(
        "'{problem}' does not go with the column '{column}' of type {type}",
        "型 {type} の列 '{column}' に '{problem}' は使えません",
    ),
    "merged_into_key": Message(
        "merged_into of the table '{table}' needs a key of one column",
        "テーブル '{table}' の merged_into には 1 列だけのキーが必要です",
    ),
    "log_changed": Message(
        "mode, key or key_rule of '{table}' are not those its log was written with: now {now}; in the log {then}",
        "'{table}' の mode・key・key_rule が取り込み記録と違います (宣言: {now} / 記録: {then})",
        "give the table a new name: its files are then loaded into a new log",
        "テーブルに新しい名前を付けると、ファイルは新しい記録に取り込み直されます",
    ),
}

_FILES = {
    "filename_date_missing": Message(
        "the name of '{file}' holds no date like {pattern}",
        "ファイル名 '{file}' に {pattern} の日付がありません",
        "rename the file, or mend order_by and known_at in the declaration",
        "ファイル名を直すか、宣言の order_by と known_at を直してください",
    ),
    "filename_date_ambiguous": Message(
        "the name of '{file}' holds several dates like {pattern}",
        "ファイル名 '{file}' に {pattern} の日付が複数あります",
        "write more of the name into the pattern, like 'opportunity_%Y%m%d'",
        "'opportunity_%Y%m%d' のように、前後の文字も書いてください",
    ),
    "already_loaded": Message(
        "the same bytes as '{file}' were loaded as '{first}' (load {load}); nothing was stored",
        "'{file}' は '{first}' (ロード {load}) と同じ内容です。何も取り込みませんでした",
    ),
    "already_undone": Message(
        "'{file}' has the bytes of '{first}' (load {load}), which was undone; nothing was stored",
        "'{file}' は、取り消された '{first}' (ロード {load}) と同じ内容です。何も取り込みませんでした",
        "redo load {load} to let it count again",
        "戻すにはロード {load} の取り消しを解除してください",
    ),
    "load_not_there": Message(
        "there is no load {load} with status {status}",
        "状態が {status} のロード {load} はありません",
    ),
    "export_gone": Message(
        "the file '{file}' disappeared before it was loaded",
        "ファイル '{file}' は取り込む前になくなりました",
    ),
    "export_changing": Message(
        "the file '{file}' changed while it was read",
        "ファイル '{file}' は読み取り中に変更されました",
        "write exports under another name and rename them when they are whole",
        "書き終わってから最終的な名前に変えるようにしてください",
    ),
    "new_columns": Message(
        "'{file}' has columns that '{table}' does not declare: {columns}",
        "'{file}' に、'{table}' に宣言されていない列があります: {columns}",
        "they are kept in the log; declare them to use them",
        "記録には残っています。使うには宣言してください",
    ),
}

_READING = {
    "file_empty": Message(
        "the file '{file}' has no header",
        "ファイル '{file}' に見出し行がありません",
        "see whether the export was cut off",
        "エクスポートが途中で切れていないか確かめてください",
    ),
    "file_is_a_zip": Message(
        "'{file}' is an XLSX or ZIP file, not text",
        "'{file}' はテキストではなく XLSX か ZIP です",
        "declare format: xlsx, or unpack it",
        "format: xlsx と宣言するか、展開してください",
    ),
    "file_is_an_old_excel": Message(
        "'{file}' is an old Excel file (.xls), not text",
        "'{file}' はテキストではなく古い Excel ファイル (.xls) です",
        "export it as CSV or XLSX",
        "CSV か XLSX で出力してください",
    ),
    "wrong_encoding": Message(
        "'{file}' is {actual}, and {declared} is declared",
        "'{file}' の文字コードは {actual} ですが、{declared} と宣言されています",
        "declare encoding: {actual}",
        "encoding: {actual} と宣言してください",
    ),
    "utf16_without_bom": Message(
        "'{file}' does not begin with the mark of UTF-16",
        "'{file}' の先頭に UTF-16 の BOM がありません",
        "declare the encoding it has",
        "実際の文字コードを宣言してください",
    ),
    "undecodable": Message(
        "'{file}' is not {declared}: byte {offset}, line {line}",
        "'{file}' は {declared} として読めません (バイト位置 {offset}、{line} 行目)",
        "export it again; no other known encoding reads it either",
        "もう一度出力してください。ほかの文字コードでも読めません",
    ),
    "undecodable_other": Message(
        "'{file}' is not {declared}: byte {offset}, line {line}; this file is {actual}",
        "'{file}' は {declared} として読めません (バイト位置 {offset}、{line} 行目)。{actual} なら読めます",
        "declare encoding: {actual}",
        "encoding: {actual} と宣言してください",
    ),
    "file_cut_off": Message(
        "'{file}' ends in the middle of a {encoding} character: byte {offset}, line {line}",
        "'{file}' は {encoding} の文字の途中で終わっています (バイト位置 {offset}、{line} 行目)",
        "the export was cut off; fetch it again",
        "ファイルが途中で切れています。取得し直してください",
    ),
    "compressed_file_damaged": Message(
        "the compressed file '{file}' cannot be unpacked: {problem}",
        "圧縮ファイル '{file}' を展開できません: {problem}",
        "fetch it again",
        "取得し直してください",
    ),
    "nul_byte": Message(
        "'{file}' holds a NUL byte at byte {offset}",
        "'{file}' のバイト位置 {offset} に NUL があります",
        "text has none: declare encoding: utf-16, or export it again",
        "encoding: utf-16 と宣言するか、出力し直してください",
    ),
    "quote_not_closed": Message(
        "a quote that opens in line {line} of '{file}' is never closed",
        "'{file}' の {line} 行目で始まる引用符が閉じられていません",
        "mend that line, or export the file again",
        "その行を直すか、出力し直してください",
    ),
    "header_unreadable": Message(
        "the header of '{file}' cannot be read: its quotes are wrong (line {line})",
        "'{file}' の見出し行の引用符が正しくありません ({line} 行目)",
    ),
    "one_column_found": Message(
        "'{file}' has one column when split by {declared}; it looks split by {other}",
        "'{file}' を {declared} で区切ると 1 列になります。{other} で区切られているようです",
        "mend dialect.delimiter in the declaration",
        "宣言の dialect.delimiter を直してください",
    ),
    "header_doubled": Message(
        "'{file}' has two columns called '{first}' and '{second}'",
        "'{file}' に '{first}' と '{second}' という見出しが重複しています",
        "rename one of them in the export; names that differ only in letter case count as equal",
        "一方の見出しを変えてください (大文字と小文字の違いだけでは区別しません)",
    ),
    "header_reserved": Message(
        "'{file}' has a column '{header}', a name that the log keeps for itself",
        "'{file}' の見出し '{header}' は取り込み記録が使う予約名です",
    ),
    "columns_missing": Message(
        "'{file}' lacks {count} columns that '{table}' declares: {columns}",
        "'{file}' に、'{table}' で宣言された列が {count} 個ありません: {columns}",
        "the nearest header of the file stands behind each; add it to aliases if it is the same column",
        "~ の後はファイルの中で近い見出しです。同じ列なら aliases に加えてください",
    ),
    "jsonl_line": Message(
        "line {line} of '{file}' is not one JSON object: {problem}",
        "'{file}' の {line} 行目が JSON オブジェクトではありません: {problem}",
    ),
    "xlsx_unreadable": Message(
        "'{file}' cannot be read as XLSX: {problem}",
        "'{file}' を XLSX として読めません: {problem}",
    ),
    "parquet_unreadable": Message(
        "'{file}' cannot be read as Parquet: {problem}",
        "'{file}' を Parquet として読めません: {problem}",
    ),
}

_THRESHOLDS = {
    "too_many_rejects": Message(
        "{rejected} of {read} records of '{file}' were rejected; {max_rows} and {max_percent} are allowed ({rules})."
        " First: {first}",
        "'{file}' の {read} 件のうち {rejected} 件が読めませんでした (上限 {max_rows} 件・{max_percent}。{rules})。最初: {first}",
        "nothing of the file was stored; mend the export or the declaration of {table}",
        "このファイルからは何も取り込んでいません。エクスポートか {table} の宣言を直してください",
    ),
    "too_few_rows": Message(
        "'{file}' has {read} records; {table} wants at least {min_rows}",
        "'{file}' は {read} 件です。{table} には {min_rows} 件以上が必要です",
        "see whether the export was cut off, or lower min_rows",
        "エクスポートが途中で切れていないか確かめるか、min_rows を下げてください",
    ),
    "too_many_gone": Message(
        "'{file}' has {keys} keys where the snapshot before had {before}; {table} may lose {max_percent}",
        "'{file}' のキーは {keys} 件で、前回は {before} 件でした。{table} で減ってよいのは {max_percent} までです",
        "see whether the export is whole; if so, raise max_drop_ratio for this load",
        "全件のエクスポートか確かめ、正しければ max_drop_ratio を上げてください",
    ),
}

_TYPING = {
    "records_rejected": Message(
        "{records} records of '{table}' are left out: {column} {rule}",
        "'{table}' の {records} 件を除外しました: {column} {rule}",
        "see source.{rejects}",
        "source.{rejects} を見てください",
    ),
    "merge_circle": Message(
        "{records} records of '{table}' are merged in a circle; each circle survives as its lowest key",
        "'{table}' の {records} 件の統合先が循環しています。循環ごとに最小のキーを残しました",
    ),
}

_SPEC = {
    "source_filename_date": Message(
        "'{key}' is {value}, which names no whole day",
        "'{key}' の値 {value} では日付が一日に定まりません",
        "write a pattern with %Y, %m and %d: '%Y%m%d'",
        "%Y、%m、%d を含む形で書いてください (例: '%Y%m%d')",
    ),
    "source_not_a_regex": Message(
        "'{key}' is {value}, which is no regular expression: {problem}",
        "'{key}' の値 {value} は正規表現として読めません: {problem}",
    ),
    "source_shift_jis": Message(
        "'{key}' is {value}; that codec cannot read characters like ①, ㈱ and 髙",
        "'{key}' の値 {value} では ①、㈱、髙 などの文字を読めません",
    ),
    "source_order_by_column": Message(
        "a column of order_by does not say which row is newer: that has a key of its own",
        "order_by の column では行の新旧は決まりません (専用のキーがあります)",
        "write `updated_at: {column}`",
        "`updated_at: {column}` と書いてください",
    ),
    "source_outside_inbox": Message(
        "'{key}' is {value}, which leads out of the inbox",
        "'{key}' の値 {value} は受け取りフォルダの外を指しています",
        "write a pattern inside the inbox, with / and without ..",
        "受け取りフォルダの中のパスを、/ 区切りで .. を使わずに書いてください",
    ),
    "source_needs_record_key": Message(
        "mode {mode} needs `key`: the columns that name a record",
        "mode {mode} には `key` (レコードを特定する列) が必要です",
    ),
    "source_needs_order_by": Message(
        "mode snapshot needs `order_by`: which file is newer",
        "mode snapshot には `order_by` (どのファイルが新しいか) が必要です",
        "write `order_by: {{filename_date: '%Y%m%d'}}` or `order_by: loaded`",
        "`order_by: {{filename_date: '%Y%m%d'}}` か `order_by: loaded` を書いてください",
    ),
    "source_snapshot_updated_at": Message(
        "`updated_at` belongs to the modes delta and append; which snapshot is newer is said by `order_by`",
        "`updated_at` は mode delta と append のキーです (snapshot の新旧は `order_by` で決まります)",
        "remove `updated_at`",
        "`updated_at` を消してください",
    ),
    "source_unknown_directive": Message(
        "'{directive}' in the format '{format}' is not read here",
        "書式 '{format}' の '{directive}' は読めません",
        "directives: {known}",
        "使える指定: {known}",
    ),
    "source_format_without_day": Message(
        "the format '{format}' names no whole day",
        "書式 '{format}' では日付が一日に定まりません",
        "write a format with %Y, %m and %d",
        "%Y、%m、%d を含む書式を書いてください",
    ),
    "source_unknown_notation": Message(
        "'{name}' is not a notation that can be accepted; these are: {known}",
        "'{name}' という表記はありません (使える表記: {known})",
    ),
    "source_meta_outside_config": Message(
        "`kgi` stands under `meta`, where it is not read",
        "`meta` の下の `kgi` は読まれません",
        "write it under `config: {{meta: {{kgi: ...}}}}`",
        "`config: {{meta: {{kgi: ...}}}}` の下に書いてください",
    ),
}

MESSAGES: dict[str, Message] = {**_DECLARATION, **_SPEC, **_FILES, **_READING, **_THRESHOLDS, **_TYPING}
