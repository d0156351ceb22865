"""Messages about tables that are written for people."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "not_of_kgi": Message(
        "'{path}' is no published file of kgi",
        "'{path}' は kgi の公開ファイルではありません",
        "name the file that `publish` of the target names",
        "プロファイルの `publish` にあるファイルを指定してください",
    ),
    "export_unknown_table": Message(
        "there is no table or view '{name}' in main",
        "main に '{name}' という表・ビューはありません",
        "tables here: {known}",
        "あるもの: {known}",
    ),
    "export_not_xlsx": Message(
        "a workbook cannot be written to '{path}'",
        "'{path}' にはブックを書き出せません",
        "name a file that ends in .xlsx, or write CSV with --format csv",
        ".xlsx で終わるファイルを指定するか、--format csv で CSV にしてください",
    ),
    "export_not_a_folder": Message(
        "'{path}' is a file; CSV goes into a folder, one file per table",
        "'{path}' はファイルです。CSV はフォルダーに、表ごとに 1 つのファイルで書き出します",
        "name a folder, or a new one",
        "フォルダー、またはまだない名前を指定してください",
    ),
    "export_too_large": Message(
        "'{name}' has {rows} rows; a sheet of Excel holds {most}",
        "'{name}' は {rows} 行あります。Excel のシートに入るのは {most} 行までです",
        "write it with --format csv",
        "--format csv で書き出してください",
    ),
    "export_sheet_name": Message(
        "no sheet of Excel can be named '{name}': at most {most} characters, none of [ ] : * ? / \\, and each name once",
        "'{name}' は Excel のシート名に使えません ({most} 文字まで、[ ] : * ? / \\ と重複は不可)",
        "write it with --format csv",
        "--format csv で書き出してください",
    ),
    "export_file_name": Message(
        "no file can be named after the table '{name}'",
        "表 '{name}' の名前はファイル名に使えません",
        "write it with --format xlsx",
        "--format xlsx で書き出してください",
    ),
    "export_text_too_long": Message(
        "row {row} of the sheet '{sheet}' has a text of {length} characters; a cell of Excel holds 32,767",
        "シート '{sheet}' の {row} 行目に {length} 文字の文字列があります。Excel のセルに入るのは 32,767 文字までです",
        "write it with --format csv",
        "--format csv で書き出してください",
    ),
    "export_digits": Message(
        "{cells} numbers of {table}.{column} stand as texts, because Excel would change digits after the fifteenth",
        "{table}.{column} の {cells} 件は文字列として書き出しました。Excel は 15 桁を超える数値の桁を変えてしまうためです",
    ),
    "export_no_number": Message(
        "{cells} values of {table}.{column} are no numbers (infinity or NaN): they stand as texts",
        "{table}.{column} の {cells} 件は数値ではないため (無限大か NaN)、文字列として書き出しました",
    ),
}
