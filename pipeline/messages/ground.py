"""Messages of the ground floor: YAML, templates, SQL, profiles."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "file_not_found": Message(
        "there is no file '{path}'",
        "ファイル '{path}' がありません",
    ),
    "file_not_utf8": Message(
        "this file is not UTF-8: byte {offset} is 0x{byte}",
        "このファイルは UTF-8 ではありません (バイト位置 {offset} に 0x{byte})",
        "save it as UTF-8; only export files may have another encoding",
        "UTF-8 で保存してください。他の文字コードが使えるのはエクスポートファイルだけです",
    ),
    "yaml_syntax": Message(
        "this is not YAML: {problem}",
        "YAML として読めません: {problem}",
    ),
    "yaml_duplicate_key": Message(
        "the key '{key}' stands twice; its first place is line {first_line}",
        "キー '{key}' が二重に書かれています (最初は {first_line} 行目)",
        "keep one of the two",
        "どちらか一方を残してください",
    ),
    "yaml_unknown_key": Message(
        "'{key}' is not a key of {owner}",
        "'{key}' は {owner} のキーではありません",
        "keys here: {known}",
        "使えるキー: {known}",
    ),
    "yaml_missing_key": Message(
        "{owner} needs the key '{key}'",
        "{owner} にはキー '{key}' が必要です",
    ),
    "yaml_wrong_value": Message(
        "'{key}' is {value}: {problem}",
        "'{key}' の値 {value} が正しくありません: {problem}",
    ),
    "yaml_not_text": Message(
        "'{key}' is {value}; text is needed here",
        "'{key}' の値 {value} は文字列ではありません",
        "put it in quotes if it is meant as text",
        "文字列のつもりなら引用符で囲んでください",
    ),
    "yaml_not_whole_number": Message(
        "'{key}' is {value}; a whole number is needed here",
        "'{key}' の値 {value} は整数ではありません",
        "write it in digits without quotes: 10",
        "引用符を付けずに数字で書いてください (例: 10)",
    ),
    "yaml_not_number": Message(
        "'{key}' is {value}; a number is needed here",
        "'{key}' の値 {value} は数値ではありません",
        "write it in digits without quotes: 0.5",
        "引用符を付けずに数字で書いてください (例: 0.5)",
    ),
    "yaml_not_boolean": Message(
        "'{key}' is {value}; true or false is needed here",
        "'{key}' の値 {value} は真偽値ではありません",
        "write true or false without quotes",
        "true か false を引用符なしで書いてください",
    ),
    "yaml_not_list": Message(
        "'{key}' is {value}; a list is needed here",
        "'{key}' の値 {value} はリストではありません",
        "write [a, b], or one item a line with a dash in front",
        "[a, b] と書くか、1 行に 1 項目ずつ先頭に - を付けてください",
    ),
    "yaml_not_mapping": Message(
        "'{key}' is {value}; keys with values are needed here",
        "'{key}' の値 {value} はキーと値の組ではありません",
        "write {{key: value}}, or one key a line, indented",
        "{{キー: 値}} と書くか、1 行に 1 つずつ字下げして書いてください",
    ),
    "yaml_not_date": Message(
        "'{key}' is {value}; a date is needed here",
        "'{key}' の値 {value} は日付ではありません",
        "write it as 2026-04-01 without quotes",
        "2026-04-01 の形で、引用符を付けずに書いてください",
    ),
    "yaml_wrong_kind": Message(
        "'{key}' is {value}; it can be: {expected}",
        "'{key}' の値 {value} は使えません (使えるもの: {expected})",
    ),
    "yaml_not_one_of": Message(
        "'{key}' is {value}, which is none of: {known}",
        "'{key}' の値 {value} は使えません (使える値: {known})",
    ),
    "yaml_out_of_range": Message(
        "'{key}' is {value}; it must be {bound}",
        "'{key}' の値 {value} は範囲外です ({bound} にしてください)",
    ),
    "yaml_wrong_length": Message(
        "'{key}' is {value}; its length must be {bound}",
        "'{key}' の値 {value} の長さが合いません ({bound} にしてください)",
    ),
    "yaml_pattern": Message(
        "'{key}' is {value}, which does not fit the pattern {pattern}",
        "'{key}' の値 {value} は決められた形 ({pattern}) に合いません",
    ),
    "unknown_time_zone": Message(
        "there is no time zone named '{name}'",
        "タイムゾーン '{name}' はありません",
        "write a name of the tz database: Asia/Tokyo",
        "tz データベースの名前で書いてください (例: Asia/Tokyo)",
    ),
    "profile_fiscal_start": Message(
        "'{key}' is {value}; a fiscal year starts on the first day of a month",
        "'{key}' の値 {value} は月の初日ではありません",
        'write MM-01 in quotes: "04-01"',
        '"04-01" のように MM-01 の形で引用符を付けて書いてください',
    ),
    "profile_not_a_day": Message(
        "'{text}' is no day of the year",
        "'{text}' という日はありません",
        'write MM-DD in quotes: "12-29"',
        '"12-29" のように MM-DD の形で引用符を付けて書いてください',
    ),
    "profile_not_duckdb": Message(
        "'{key}' is {value}; a DuckDB file is needed here",
        "'{key}' の値 {value} は DuckDB のファイルではありません",
        "write a path that ends in .duckdb",
        ".duckdb で終わるパスを書いてください",
    ),
    "template_syntax": Message(
        "this template cannot be read: {problem}",
        "テンプレートの文法エラーです: {problem}",
    ),
    "template_undefined": Message(
        "'{name}' is not defined in this template",
        "テンプレートの中の '{name}' は定義されていません",
    ),
    "template_failed": Message(
        "this template cannot be filled: {problem}",
        "テンプレートを展開できません: {problem}",
    ),
    "env_var_missing": Message(
        "the environment variable '{name}' is not set",
        "環境変数 '{name}' が設定されていません",
        "set it, or write env_var('{name}', 'a default')",
        "設定するか、env_var('{name}', '既定値') と書いてください",
    ),
    "var_missing": Message(
        "there is no variable '{name}'",
        "変数 '{name}' がありません",
        "declare it under vars: in profiles.yml, pass --vars, or write var('{name}', 'a default')",
        "profiles.yml の vars: に書くか、--vars で渡すか、var('{name}', '既定値') と書いてください",
    ),
    "profile_missing": Message(
        "there is no profile '{name}' in this file",
        "このファイルにプロファイル '{name}' がありません",
        "profiles here: {known}",
        "定義されているプロファイル: {known}",
    ),
    "target_missing": Message(
        "the profile '{profile}' has no target '{name}'",
        "プロファイル '{profile}' にターゲット '{name}' がありません",
        "targets here: {known}",
        "定義されているターゲット: {known}",
    ),
    "profiles_not_found": Message(
        "there is no profiles.yml in '{folder}'",
        "'{folder}' に profiles.yml がありません",
        "name its folder with --profiles-dir, or run kgi in a project",
        "--profiles-dir で場所を示すか、プロジェクトの中で実行してください",
    ),
}
