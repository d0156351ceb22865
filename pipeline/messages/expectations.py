"""Messages of the room `expectations`."""

from __future__ import annotations

from pipeline.messages.shape import Message

MESSAGES: dict[str, Message] = {
    "suite_empty": Message(
        "the suite '{name}' expects nothing",
        "スイート '{name}' に期待値が 1 つもありません",
        "write an expectation, or take the file away",
        "期待値を書くか、ファイルを消してください",
    ),
    "suite_twice": Message(
        "two suites are called '{name}'; the other is {other}",
        "スイート名 '{name}' が重複しています (もう一方は {other})",
        "rename one of the two files and name its table with on:",
        "どちらかのファイル名を変え、対象の表を on: で示してください",
    ),
    "suite_on_unreadable": Message(
        "'{value}' is not the name of a table",
        "'{value}' は表の名前として読めません",
        "write the name of a model, <source>.<table> for an export, or the name of a goal table",
        "モデル名、エクスポートなら <ソース>.<表>、または目標の表の名前を書いてください",
    ),
    "expectation_not_a_mapping": Message(
        "expectation {position} is not written as keys and values",
        "{position} 番目の期待値がキーと値の形で書かれていません",
        "write {{type: expect_..., column: ...}}",
        "{{type: expect_..., column: ...}} のように書いてください",
    ),
    "expectation_unknown_type": Message(
        "there is no expectation '{type}'",
        "'{type}' という期待値はありません",
        "the types are listed in docs/expectations.md",
        "使える種類は docs/expectations.md にあります",
    ),
    "expectation_needs_order": Message(
        "'{type}' cannot run in a database: the rows of a table have no order",
        "'{type}' はデータベースでは使えません (表の行に順序がないため)",
        "write an unexpected_rows_expectation with lag(...) over (order by ...)",
        "unexpected_rows_expectation に lag(...) over (order by ...) を使って書いてください",
    ),
    "expectation_no_dateutil": Message(
        "'{type}' cannot run in a database",
        "'{type}' はデータベースでは使えません",
        "write expect_column_values_to_match_strftime_format,"
        " or an unexpected_rows_expectation with try_cast(... as timestamp) is null",
        "expect_column_values_to_match_strftime_format か、"
        "unexpected_rows_expectation に try_cast(... as timestamp) is null を使って書いてください",
    ),
    "expectation_no_json_schema": Message(
        "'{type}' cannot run in a database",
        "'{type}' はデータベースでは使えません",
        "write expect_column_values_to_be_json_parseable, or an unexpected_rows_expectation with json_extract(...)",
        "expect_column_values_to_be_json_parseable か、unexpected_rows_expectation に json_extract(...) を使って書いてください",
    ),
    "expectation_multicolumn_unique": Message(
        "'{type}' does not run in Great Expectations 1.24",
        "'{type}' は Great Expectations 1.24 では動きません",
        "write expect_compound_columns_to_be_unique for keys,"
        " expect_select_column_values_to_be_unique_within_record for values of one row",
        "キーの重複なら expect_compound_columns_to_be_unique、"
        "1 行の中の値なら expect_select_column_values_to_be_unique_within_record と書いてください",
    ),
    "expectation_severity": Message(
        "'{value}' is not a severity",
        "'{value}' は severity に使えません",
        "write critical, warning or info",
        "critical、warning、info のいずれかを書いてください",
    ),
    "expectation_needs_bound": Message(
        "'{type}' has neither min_value nor max_value",
        "'{type}' に min_value も max_value もありません",
        "write at least one of the two; without them it always passes",
        "少なくとも一方を書いてください (どちらもないと必ず合格します)",
    ),
    "expectation_mostly": Message(
        "mostly is {value}; it is the share of rows that must pass, from 0 to 1",
        "mostly が {value} です。合格すべき行の割合を 0 から 1 で書きます",
        "write 0.995 for 99.5 percent",
        "99.5% なら 0.995 と書いてください",
    ),
    "expectation_not_text": Message(
        "'{key}' must be text, it is {value}",
        "'{key}' には文字列を書きます (今は {value})",
    ),
    "expectation_not_a_list": Message(
        "'{key}' must be a list, it is {value}",
        "'{key}' にはリストを書きます (今は {value})",
        "write [{value}]",
        "[{value}] のように書いてください",
    ),
    "expectation_needs_batch": Message(
        "'{key}' does not read {{batch}}, so it would not look at the table under check",
        "'{key}' が {{batch}} を読んでいないため、検査対象の表を見ません",
        "write from {{batch}} where the table under check stands; other tables by ref()",
        "検査対象の表は from {{batch}}、他の表は ref() と書いてください",
    ),
    "expectation_description": Message(
        "a description is text, or one text per language: {{ja: ..., en: ...}}",
        "description は文字列か、言語ごとの文字列 {{ja: ..., en: ...}} です",
    ),
    "expectation_name_twice": Message(
        "two expectations of this suite are called '{name}'; the other is on line {line}",
        "このスイートに '{name}' という名前の期待値が 2 つあります (もう一方は {line} 行目)",
        "a name stands for one expectation; rename one of the two",
        "どちらかの名前を変えてください",
    ),
    "expectation_takes_no_condition": Message(
        "'{type}' takes no row_condition",
        "'{type}' に row_condition は使えません",
        "write the condition into the query, or choose another type",
        "クエリの中に条件を書くか、別の種類を選んでください",
    ),
    "expectation_condition_shape": Message(
        "a row_condition is a list of comparisons",
        "row_condition は比較のリストです",
        'write [[stage, "==", won]]; several are joined by AND',
        '[[stage, "==", won]] のように書いてください (複数は AND で結ばれます)',
    ),
    "expectation_condition_operator": Message(
        "'{operator}' is not an operator of a row_condition",
        "'{operator}' は row_condition の演算子ではありません",
        "operators: {known}",
        "使える演算子: {known}",
    ),
    "expectation_condition_value": Message(
        "the comparison of '{column}' with '{operator}' has no value that fits",
        "'{column}' と '{operator}' の比較に合う値がありません",
        "is_null and is_not_null take none, in and not_in a list of texts or of numbers, the others one value",
        "is_null と is_not_null は値なし、in と not_in は文字列か数値のリスト、他は値 1 つです",
    ),
    # what became of a check
    "expectation_failed_rows": Message(
        "{title_en} failed on '{table}': {failed} of {checked} rows ({percent} %)",
        "'{table}' の検査「{title_ja}」が不合格です: {checked} 行中 {failed} 行 ({percent} %)",
    ),
    "expectation_failed_rows_kept": Message(
        "{title_en} failed on '{table}': {failed} of {checked} rows ({percent} %)",
        "'{table}' の検査「{title_ja}」が不合格です: {checked} 行中 {failed} 行 ({percent} %)",
        'the rows are in the warehouse: select * from quarantine."{suite}" where position = {position}',
        'その行はウェアハウスにあります: select * from quarantine."{suite}" where position = {position}',
    ),
    "expectation_failed_query": Message(
        "{title_en} failed on '{table}': {failed} rows",
        "'{table}' の検査「{title_ja}」が不合格です: {failed} 行",
    ),
    "expectation_failed_query_kept": Message(
        "{title_en} failed on '{table}': {failed} rows",
        "'{table}' の検査「{title_ja}」が不合格です: {failed} 行",
        'the rows are in the warehouse: select * from quarantine."{suite}" where position = {position}',
        'その行はウェアハウスにあります: select * from quarantine."{suite}" where position = {position}',
    ),
    "expectation_failed_number": Message(
        "{title_en} failed on '{table}': the value is {observed}",
        "'{table}' の検査「{title_ja}」が不合格です: 値は {observed}",
    ),
    "expectation_failed": Message(
        "{title_en} failed on '{table}'",
        "'{table}' の検査「{title_ja}」が不合格です",
    ),
    "expectation_error": Message(
        "{title_en} could not be checked on '{table}': {problem_en}",
        "'{table}' の検査「{title_ja}」を実行できませんでした: {problem_ja}",
        "a check that did not run counts as failed",
        "実行できなかった検査は不合格として扱います",
    ),
    # why a check could not run
    "check_no_table": Message(
        "the table {table} does not exist",
        "表 {table} がありません",
    ),
    "check_no_column": Message(
        "the table has no column '{column}'; its columns are {known}",
        "表に列 '{column}' がありません (ある列: {known})",
    ),
    "check_no_column_near": Message(
        "the table has no column '{column}'; did you mean '{near}'?",
        "表に列 '{column}' がありません ('{near}' のことですか?)",
    ),
    "check_arguments": Message(
        "its arguments are not accepted: {problem}",
        "引数が受け付けられません: {problem}",
    ),
    "check_query": Message(
        "{problem}",
        "{problem}",
    ),
    "check_values": Message(
        "the database stopped at a value ({kind} error); values are not shown here, run the query in the warehouse to see it",
        "データベースがある値で止まりました ({kind} エラー)。"
        "値はここには表示しません。ウェアハウスでクエリを実行して確かめてください",
    ),
    "check_comparison_long": Message(
        "one side of the comparison has more than {limit} rows, and no more are compared;"
        " aggregate it, or write an unexpected_rows_expectation with EXCEPT",
        "比較の一方が {limit} 行を超えていますが、それ以上は比較されません。"
        "集計するか、unexpected_rows_expectation に EXCEPT を使って書いてください",
    ),
    "check_not_kept": Message(
        "the failing rows could not be kept in the quarantine ({kind} error)",
        "不合格の行を quarantine に保存できませんでした ({kind} エラー)",
    ),
    "check_unclear": Message(
        "Great Expectations gave up: {problem}",
        "Great Expectations が処理できませんでした: {problem}",
    ),
}
