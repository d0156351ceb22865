"""`kgi export` on a small project: hostile and large values, files that are there or not, words of the command."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from openpyxl.utils.escape import unescape

from pipeline.cli import kgi
from pipeline.export import PASSED_ON, Style, export
from pipeline.findings import Finding, KgiError, MachineError
from tests.export.files import changing, csv_of, formulas, left_behind, notes, opened, rows, table_of
from tests.project_builder import deliver, night, replace_in, write

HOSTILE = (
    *("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\tx", "\rx", "＝1+1", "＋1", "－1", "＠x", " =1+1", "　=1"),
    *("<script>alert(1)</script>", '"', 'a"b', "a\nb", "a,b", "😀", "全角", "<r><t>x</t></r>", "<r>&</r>", "_x0041_", "\x01"),
    *("https://example.com", "mailto:a", "{=1}", "-5", "007", "1-2", "true", "NULL", "'", " ", "&amp;", "]]>"),
    *("\ufeff=1+1", "\u200b+1", "\u2060\u00ad-1", "\x02@SUM(1)", "\u3164=1", "\ufe0f=1", "\u2800=1", "﹦1", "\u202e\u200f=1"),
    *("\u200bplain", "\x1b[31mred", "a\x00b", "\x7f", "a\x85b"),
)
FORMULAS = (*HOSTILE[:12], "-5", *HOSTILE[-14:-5])
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(tmp_path_factory.mktemp("made"))
    deliver(folder)
    night(folder)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A project with one night, to be changed."""
    return Path(shutil.copytree(made, tmp_path / "project"))


@pytest.fixture
def published(folder: Path) -> Path:
    return folder / "target/kgi.duckdb"


@pytest.fixture
def hostile(published: Path) -> Path:
    """A table whose name, comment, column names and texts are what somebody else chose."""
    with changing(published) as writer:
        writer.execute('create table main.hostile (number bigint, "=1+1" varchar, null_reason varchar)')
        writer.execute("""comment on column main.hostile."=1+1" is '<b>=cmd</b> & "x" / </t></r>'""")
        for number, text in enumerate(HOSTILE):
            writer.execute("insert into main.hostile values (?, ?, ?)", [number, text, f"number={text}"])
    return published


def refused(published: Path, *named: str, style: Style = "xlsx", output: Path | None = None) -> list[Finding]:
    with pytest.raises(KgiError) as caught:
        export(published, named, style=style, output=output, language="en")
    assert left_behind(published.parent) == []
    return list(caught.value.findings)


def command(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(kgi, ["export", *arguments, "--project-dir", str(folder)])


def test_hostile_texts_stay_texts_in_the_workbook(hostile: Path, tmp_path: Path) -> None:
    path = export(hostile, ("hostile",), style="xlsx", output=tmp_path / "a.xlsx", language="en").path
    head, found = table_of(opened(path), "hostile")
    assert head == ["number", "=1+1", "null_reason"]
    assert [unescape(row[1]) for row in found] == list(HOSTILE)
    assert {cell.data_type for (cell,) in opened(path)["hostile"].iter_rows(min_row=2, min_col=2, max_col=2)} <= {
        "s",
        "inlineStr",
    }
    assert formulas(path) == []
    assert notes(opened(path)["hostile"])[1] == "=1+1\n</t></r>"


def test_a_computed_text_gets_an_apostrophe_in_the_csv_and_others_stay_as_they_are(hostile: Path, tmp_path: Path) -> None:
    path = export(hostile, ("hostile",), style="csv", output=tmp_path / "a", language="en").path
    head, found = csv_of(path / "hostile.csv")
    assert head == ["number", "'=1+1", "null_reason"]
    assert [row[0] for row in found] == [str(number) for number in range(len(HOSTILE))]
    shown = [CONTROLS.sub("\ufffd", text) for text in HOSTILE]
    assert [row[1] for row in found] == [
        f"'{seen}" if text in FORMULAS else seen for text, seen in zip(HOSTILE, shown, strict=True)
    ]
    assert [row[2] for row in found] == [f"number: {text.rstrip(';')}" for text in shown]


@pytest.mark.parametrize("style", ["xlsx", "csv"])
def test_what_is_no_number_and_times_of_a_zone_are_written_safely(published: Path, tmp_path: Path, style: Style) -> None:
    with changing(published) as writer:
        writer.execute(
            "create table main.odd as select * from (values"
            " ('inf'::double, 'nan'::float, 0.25, timestamptz '2026-04-01 09:00:00+09', [timestamptz '2026-04-01 09:00:00+09']),"
            " ('-inf'::double, 1.5, 'inf'::double, null, null)) t(a, b, c, at_zone, times)"
        )
        for column, unit in (("a", "count"), ("b", "USD"), ("c", "rate")):
            writer.execute(f"comment on column main.odd.{column} is '値 / value [{unit}]'")
    done = export(published, ("odd",), style=style, output=tmp_path / ("a.xlsx" if style == "xlsx" else "a"), language="en")
    if style == "csv":
        assert csv_of(done.path / "odd.csv")[1] == [
            ["Infinity", "NaN", "0.25", "2026-04-01 00:00:00", "['2026-04-01 00:00:00+00']"],
            ["'-Infinity", "1.5", "Infinity", "", ""],
        ]
    else:
        (_, first, second) = opened(done.path)["odd"].iter_rows(values_only=True)
        assert first == ("Infinity", "NaN", 0.25, dt.datetime(2026, 4, 1), "['2026-04-01 00:00:00+00']")
        assert second == ("-Infinity", 1.5, "Infinity", None, None)
    assert [each.text("en") for each in done.findings] == [
        f"{cells} values of odd.{column} are no numbers (infinity or NaN): they stand as texts"
        for column, cells in (("a", 2), ("b", 1), ("c", 1))
    ]
    assert done.findings[0].text("ja") == "odd.a の 2 件は数値ではないため (無限大か NaN)、文字列として書き出しました"


@pytest.mark.parametrize("style", ["xlsx", "csv"])
def test_numbers_dates_and_truths_keep_their_type_and_all_their_digits(published: Path, tmp_path: Path, style: Style) -> None:
    with changing(published) as writer:
        writer.execute(
            "create table main.kinds as select * from (values"
            " (-5, -5.25, 1e-9, 1e22, date '1899-12-31', timestamp '2026-04-01 12:34:56', true),"
            " (9007199254740993, 1234567890123456.78, 0.1, 0.0, date '2026-04-01', timestamp '1850-01-01', false),"
            " (null, null, null, null, null, null, null)) t(a, b, c, d, e, f, g)"
        )
        writer.execute("alter table main.kinds alter a type bigint")
        writer.execute("alter table main.kinds alter b type decimal(18,2)")
        writer.execute("comment on column main.kinds.b is '額 / amount [USD]'")
        writer.execute("comment on column main.kinds.e is 'only one language'")
    done = export(published, ("kinds",), style=style, output=tmp_path / ("a.xlsx" if style == "xlsx" else "a"), language="en")
    if style == "csv":
        assert done.findings == ()
        assert csv_of(done.path / "kinds.csv")[1] == [
            ["-5", "-5.25", "0.000000001", "10000000000000000000000", "1899-12-31", "2026-04-01 12:34:56", "true"],
            ["9007199254740993", "1234567890123456.78", "0.1", "0.0", "2026-04-01", "1850-01-01 00:00:00", "false"],
            [""] * 7,
        ]
        return
    sheet = opened(done.path)["kinds"]
    (_, first, second, *rest) = sheet.iter_rows(values_only=True)
    assert first == (-5, -5.25, 1e-9, 1e22, "1899-12-31", dt.datetime(2026, 4, 1, 12, 34, 56), True)
    assert second == ("9007199254740993", "1234567890123456.78", 0.1, 0, dt.datetime(2026, 4, 1), "1850-01-01 00:00:00", False)
    assert rest == []  # a row without values leaves no cells
    assert sheet["B2"].number_format == '#,##0.00 "USD"' and sheet["F2"].number_format == "yyyy-mm-dd hh:mm:ss"
    assert notes(sheet)[4] == "e\nonly one language"
    assert [each.text("en") for each in done.findings] == [
        "1 numbers of kinds.a stand as texts, because Excel would change digits after the fifteenth",
        "1 numbers of kinds.b stand as texts, because Excel would change digits after the fifteenth",
    ]


def test_a_project_without_goals_gives_its_kpis_and_empty_tables_their_headers(tmp_path: Path) -> None:
    folder = write(tmp_path, {"metrics/goals/fy2026.yml": None})
    deliver(folder)
    night(folder)
    published = folder / "target/kgi.duckdb"
    done = export(published, style="xlsx", output=tmp_path / "a.xlsx", language="en")
    there = {name for (name,) in rows(published, "select table_name from duckdb_tables() where schema_name = 'main'")}
    assert dict(done.rows) == {
        name: rows(published, f"select count(*) from main.{name}")[0][0] for name in PASSED_ON if name in there
    }
    assert dict(done.rows)["kgi"] == 0 and dict(done.rows)["kpi"] > 0
    book = opened(done.path)
    head, found = table_of(book, "kgi")
    assert found == [] and head[:2] == ["as_of_date", "kgi_id"] and book["kgi"].freeze_panes == "A2"
    folder_done = export(published, ("kgi",), style="csv", output=tmp_path / "a", language="en")
    assert csv_of(folder_done.path / "kgi.csv") == (head, [])


def test_what_cannot_be_read_is_told(published: Path, tmp_path: Path) -> None:
    (missing,) = refused(published.with_name("other.duckdb"))
    assert missing.code == "not_published_yet"
    (foreign,) = refused(published.with_name("warehouse.duckdb"))
    assert foreign.text("en").endswith("warehouse.duckdb' is no published file of kgi") and foreign.text("ja")


def test_all_unknown_tables_are_named_at_once_with_the_nearest_one(published: Path) -> None:
    first, second = refused(published, "kgii", "kpi", "xyz", "kgii")
    assert first.text("en") == "there is no table or view 'kgii' in main" and first.hint == "kgi"
    assert second.text("ja") == "main に 'xyz' という表・ビューはありません"
    hint = second.hint_text("en") or ""
    assert hint.startswith("tables here: ") and "kpi_target" in hint and "v_ja_" not in hint
    assert refused(published, "manifest")[0].code == "export_unknown_table"  # it stands in ops


def test_what_a_workbook_cannot_hold_is_told_before_anything_is_written(published: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    export(published, style="xlsx", output=path)
    before = path.read_bytes()
    with changing(published) as writer:
        writer.execute("create table main.large as select range as number from range(1048576)")
        writer.execute(f'create table main."{"long" * 8}" as select 1 as number')
        writer.execute('create table main."a/b" as select 1 as number')
        writer.execute("create table main.definitions as select 1 as number")
        writer.execute("create table main.wordy as select repeat('😀', 16384) as text")
    told = refused(published, "large", "long" * 8, "a/b", "definitions", output=path)
    assert [each.text("en").split(":")[0] for each in told] == [
        "'large' has 1,048,576 rows; a sheet of Excel holds 1,048,575",
        f"no sheet of Excel can be named '{'long' * 8}'",
        "no sheet of Excel can be named 'a/b'",
        "no sheet of Excel can be named 'definitions'",
    ]
    (long,) = refused(published, "wordy", output=path)
    assert long.text("en") == "row 2 of the sheet 'wordy' has a text of 32,768 characters; a cell of Excel holds 32,767"
    assert path.read_bytes() == before and left_behind(tmp_path) == []
    assert export(published, ("wordy",), style="csv", output=tmp_path / "csv").rows == (("wordy", 1),)
    (name,) = refused(published, "wordy", "a/b", style="csv", output=tmp_path / "csv")
    assert name.text("en") == "no file can be named after the table 'a/b'"


def test_a_path_that_something_else_has_is_refused(published: Path, tmp_path: Path) -> None:
    (tmp_path / "dir.xlsx").mkdir()
    for path in (published, tmp_path / "a.csv", tmp_path / "dir.xlsx"):
        (told,) = refused(published, output=path)
        assert told.text("en") == f"a workbook cannot be written to '{path}'"
    (told,) = refused(published, style="csv", output=published)
    assert told.text("en") == f"'{published}' is a file; CSV goes into a folder, one file per table"
    with pytest.raises(MachineError) as caught:
        export(published, style="xlsx", output=published / "a.xlsx")
    assert caught.value.findings[0].code == "no_permission"


def test_other_files_in_the_folder_stay(published: Path, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text("mine")
    (tmp_path / "kgi.csv").write_text("old")
    export(published, ("kgi",), style="csv", output=tmp_path)
    assert (tmp_path / "own.csv").read_text() == "mine" and (tmp_path / "kgi.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert left_behind(tmp_path) == []


def test_what_a_killed_export_left_is_swept_and_what_another_one_works_in_is_not(published: Path, tmp_path: Path) -> None:
    for name in (".kgi-export-dead", ".kgi-export-alive"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "piece").write_text("x")
    alive = os.open(tmp_path / ".kgi-export-alive", os.O_RDONLY)
    fcntl.flock(alive, fcntl.LOCK_EX)
    export(published, ("kgi",), style="xlsx", output=tmp_path / "a.xlsx")
    assert left_behind(tmp_path) == [".kgi-export-alive"]
    os.close(alive)
    export(published, ("kgi",), style="csv", output=tmp_path)
    assert left_behind(tmp_path) == []


def test_a_large_table_is_not_held_in_memory(published: Path, tmp_path: Path) -> None:
    """60,000 rows are more than 20 MB as Python values; a twentieth of that is held."""
    with changing(published) as writer:
        writer.execute("create table main.large as select range as number, repeat('x', 200) || range as text from range(60000)")
    export(published, ("kgi",), style="xlsx", output=tmp_path / "warm.xlsx")
    for style, output in (("csv", tmp_path / "a"), ("xlsx", tmp_path / "a.xlsx")):
        tracemalloc.start()
        export(published, ("large",), style="xlsx" if style == "xlsx" else "csv", output=output)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 8_000_000, (style, peak)


def test_the_command_writes_beside_the_published_file_in_the_companys_language(folder: Path) -> None:
    done = command(folder)
    assert done.exit_code == 0
    path = folder / "target/kgi_2026-11-20.xlsx"
    assert done.stdout.endswith(f": {path}\n") and "kgi" in opened(path).sheetnames
    replace_in(folder, "profiles.yml", "language: en", "language: ja")
    assert command(folder, "kgi", "kpi").stdout.startswith("表 2、行 ")
    assert opened(path).sheetnames == ["KGI進捗", "KPI実績", "定義"]
    assert command(folder, "kgi", "--language", "en").exit_code == 0
    assert opened(path).sheetnames == ["kgi", "Definitions"]
    assert command(folder, "kgi", "--format", "csv", "--language", "en").exit_code == 0
    assert csv_of(folder / "target/kgi_2026-11-20/kgi.csv")[0][0] == "as_of_date"


def test_the_command_takes_another_file_without_a_project(published: Path, tmp_path: Path) -> None:
    output = tmp_path / "deep/er/a.xlsx"
    arguments = ["--database", str(published), "kgi", "--language", "en", "--output", str(output)]
    done = command(tmp_path / "nowhere", *arguments)
    assert done.exit_code == 0 and opened(output).sheetnames == ["kgi", "Definitions"]


def ask(folder: Path, *arguments: str) -> tuple[int, str, set[str]]:
    """Run kgi in a process of its own; return exit code, what it said on standard error, and the modules it imported."""
    code = (
        "import sys\nfrom pipeline.cli import _run\n"
        f"sys.argv = ['kgi', *{list(arguments)!r}]\n"
        "code = _run()\nprint('\\n@' + ' '.join(sorted(sys.modules)))\nsys.exit(code)"
    )
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False, env=environment)
    return done.returncode, done.stderr, set(done.stdout.rpartition("@")[2].split())


def test_only_a_workbook_needs_the_library_that_writes_it(folder: Path) -> None:
    for arguments in (["--version"], ["validate"], ["query", "--metrics", "valid_opportunities"], ["export", "--format", "csv"]):
        code, _, modules = ask(folder, *arguments)
        assert code == 0 and not {"xlsxwriter", "pandas", "numpy", "great_expectations"} & modules, arguments
    code, _, modules = ask(folder, "export")
    assert code == 0 and "xlsxwriter" in modules and not {"pandas", "numpy", "great_expectations"} & modules


def test_mistakes_end_with_exit_code_two(folder: Path) -> None:
    code, said, _ = ask(folder, "export", "kgii", "kpii")
    assert code == 2 and "'kgii'" in said and "'kpii'" in said and "did you mean kgi?" in said
