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
