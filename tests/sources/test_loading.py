"""Loading: what is stored, what is known already, what is refused, and that a load is whole or not at all."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipeline.engines.duckdb import Engine, EngineError, open_engine
from pipeline.findings import KgiError, Severity
from pipeline.sources import LoadResult, changed_keys, copy_log, declared_columns, log_fingerprint, redo_load
from pipeline.sources import loading as loading_module
from tests.sources.inbox import DEAL_COLUMNS, DEALS, Inbox, codes, declare

MONDAY, TUESDAY, WEDNESDAY = "deals_20261102.csv", "deals_20261103.csv", "deals_20261104.csv"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    return Inbox(tmp_path)


def counts(result: LoadResult) -> tuple[int, int, int, int]:
    return result.rows_read, result.rows_stored, result.rows_unchanged, result.rows_tombstoned


def test_a_snapshot_stores_only_what_changed(inbox: Inbox) -> None:
    assert counts(inbox.loaded(MONDAY, "id,amount\na,1\nb,2\n")) == (2, 2, 0, 0)
    assert counts(inbox.loaded(TUESDAY, "id,amount\nb,2\nc,3\n")) == (2, 1, 1, 1)
    assert counts(inbox.loaded(WEDNESDAY, "id,amount\nc,3\nb,2\n")) == (2, 0, 2, 0)
    assert inbox.engine.value(f"select count(*) from {inbox.table.raw}") == 4
    assert inbox.rows("id, amount::integer") == [("b", 2), ("c", 3)]


def test_a_known_file_is_not_offered_again_and_the_same_bytes_are_not_loaded_again(inbox: Inbox) -> None:
    path = inbox.put(MONDAY, "id,amount\na,1\n")
    assert [each.status for each in inbox.load_all()] == ["loaded"]
    assert inbox.new() == ()
    import os

    os.utime(path, ns=(1, 1))
    (again,) = inbox.load_all()
    assert (again.status, codes(again)) == ("already_loaded", ["already_loaded"])
    assert inbox.new() == ()
    inbox.put("deals_copy_20261102.csv", "id,amount\na,1\n")
    assert [each.status for each in inbox.load_all()] == ["already_loaded"]


def test_the_same_name_with_other_bytes_is_a_new_load_and_wins(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    assert inbox.loaded(MONDAY, "id,amount\na,25\n").status == "loaded"
    assert inbox.rows("id, amount::integer") == [("a", 25)]


def test_a_snapshot_that_returns_to_old_bytes_returns_to_the_old_state(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    inbox.loaded(TUESDAY, "id,amount\na,2\n")
    assert inbox.loaded(WEDNESDAY, "id,amount\na,1\n").status == "loaded"
    assert inbox.rows("id, amount::integer") == [("a", 1)]


def test_a_file_that_disappears_changes_nothing(inbox: Inbox) -> None:
    path = inbox.put(MONDAY, "id,amount\na,1\n")
    inbox.load_all()
    before = log_fingerprint(inbox.engine, inbox.table)
    path.unlink()
    assert inbox.new() == ()
    assert log_fingerprint(inbox.engine, inbox.table) == before
    assert len(inbox.rows()) == 1


def test_files_are_offered_in_declared_order(inbox: Inbox) -> None:
    for name in (WEDNESDAY, MONDAY, "deals_early_20261101.csv"):
        inbox.put(name, f"id,amount\n{name},1\n")
    assert [each.name for each in inbox.new()] == ["deals_early_20261101.csv", MONDAY, WEDNESDAY]


def test_a_file_without_a_date_in_its_name_is_refused(inbox: Inbox) -> None:
    assert codes(inbox.loaded("deals_x.csv", "id,amount\na,1\n")) == ["filename_date_missing"]
    assert codes(inbox.loaded("deals_20261301.csv", "id,amount\na,1\n")) == ["filename_date_missing"]
    assert codes(inbox.loaded("deals_20261101_20261102.csv", "id,amount\na,1\n")) == ["filename_date_ambiguous"]


def test_a_file_that_goes_or_changes_while_it_is_read_is_refused(inbox: Inbox) -> None:
    path = inbox.put(MONDAY, "id,amount\na,1\n")
    (file,) = inbox.new()
    path.write_text("id,amount\na,1\nb,2\n")
    assert codes(inbox.load(file)) == ["export_changing"]
    path.unlink()
    assert codes(inbox.load(file)) == ["export_gone"]


def test_undone_files_stay_undone_until_they_are_redone(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    second = inbox.loaded(TUESDAY, "id,amount\na,2\nb,1\n")
    inbox.undo(second.load_id)
    assert inbox.new() == ()
    assert inbox.rows("id, amount::integer") == [("a", 1)]
    inbox.put("deals_again_20261103.csv", "id,amount\na,2\nb,1\n")
    (again,) = inbox.load_all()
    assert codes(again) == ["already_undone"]
    redo_load(inbox.engine, second.load_id)
    assert inbox.rows("id, amount::integer") == [("a", 2), ("b", 1)]
    with pytest.raises(KgiError, match="no load 99"):
        inbox.undo(99)


def test_each_load_knows_the_keys_it_changed(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\nb,1\n")
    second = inbox.loaded(TUESDAY, "id,amount\na,1\nb,2\n")
    assert inbox.engine.rows(changed_keys(inbox.table, (second.load_id,))) == [("b",)]


def test_known_until_leaves_out_what_was_known_later(inbox: Inbox) -> None:
    inbox.loaded(TUESDAY, "id,amount\na,2\n")
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    end_of_monday = dt.datetime(2026, 11, 2, 15)
    assert inbox.rows("amount::integer, _known_at") == [(2, end_of_monday + dt.timedelta(days=1))]
    inbox.type(known_until=end_of_monday)
    assert inbox.engine.rows(f"select amount::integer, _known_at from {inbox.table.relation}") == [(1, end_of_monday)]
    inbox.type(known_until=end_of_monday - dt.timedelta(seconds=1))
    assert inbox.engine.value(f"select count(*) from {inbox.table.relation}") == 0
    assert log_fingerprint(inbox.engine, inbox.table) != log_fingerprint(inbox.engine, inbox.table, end_of_monday)


def test_known_until_holds_where_loads_were_not_known_in_their_order(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DEALS.replace('order_by: {filename_date: "%Y%m%d"}', "order_by: loaded")))
    inbox.loaded(TUESDAY, "id,amount\na,1\nb,1\n")
    inbox.loaded(MONDAY, "id,amount\na,1\nb,2\n")
    inbox.type(known_until=dt.datetime(2026, 11, 2, 15))
    assert inbox.engine.rows(f"select id, amount::integer from {inbox.table.relation} order by id") == [("a", 1), ("b", 2)]


def test_a_copy_of_the_log_as_known_then_gives_what_was_known_then(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(DEALS.replace('order_by: {filename_date: "%Y%m%d"}', "order_by: loaded")))
    inbox.loaded(TUESDAY, "id,amount\na,1\nb,1\n")
    inbox.loaded(MONDAY, "id,amount\na,1\nb,2\n")
    inbox.loaded(WEDNESDAY, "id,amount\na,5\n")
    inbox.engine.execute(f"attach '{tmp_path / 'apart.duckdb'}' as apart")
    copy_log(inbox.engine, "apart", dt.datetime(2026, 11, 2, 15))
    inbox.engine.execute("detach apart")
    apart = Inbox(tmp_path, declare(), engine=open_engine(tmp_path / "apart.duckdb"))
    assert apart.rows("id, amount::integer") == [("a", 1), ("b", 2)]
    assert apart.engine.value("select count(*) from state.load") == 2


def test_history_says_from_when_until_when_a_version_was_known(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\nb,1\n")
    inbox.loaded(TUESDAY, "id,amount\na,2\n")
    inbox.rows()
    first, second = dt.datetime(2026, 11, 2, 15), dt.datetime(2026, 11, 3, 15)
    history = inbox.engine.rows(f"select id, amount::integer, _known_at, _valid_to from {inbox.table.history} order by all")
    assert history == [("a", 1, first, second), ("a", 2, second, None), ("b", 1, first, second)]
    assert inbox.rows("_known_at, _first_known_at") == [(second, first)]


def test_a_table_without_a_load_is_empty_and_has_its_columns(inbox: Inbox) -> None:
    assert inbox.rows() == []
    assert inbox.engine.columns(inbox.table.relation) == declared_columns(inbox.table)
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    assert len(inbox.rows()) == 1
    assert inbox.engine.columns(inbox.table.relation) == declared_columns(inbox.table)


class Failing:
    """An engine that fails at the n-th statement that is run from now on."""

    def __init__(self, engine: Engine, at: int) -> None:
        self.engine, self.left = engine, at
        self.run = engine._run

    def __enter__(self) -> None:
        def run(sql: str, parameters: object) -> None:
            self.left -= 1
            if self.left == 0:
                if sql == "commit":
                    self.run("rollback", ())
                raise EngineError("IO", "the disk went away", None, (), "")
            self.run(sql, parameters)  # type: ignore[arg-type]

        self.engine._run = run  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        self.engine._run = self.run  # type: ignore[method-assign]


def whole(inbox: Inbox) -> list[list[tuple[object, ...]]]:
    names = ("state.load", "state.load_file", str(inbox.table.raw), str(inbox.table.relation))
    return [inbox.engine.rows(f"select * from {name} order by all") for name in names]


def test_a_fault_at_any_statement_leaves_the_log_as_it_was(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\nb,1\n")
    inbox.loaded(WEDNESDAY, "id,amount\na,1\nb,3\n")
    inbox.type()
    inbox.put(TUESDAY, "id,amount\na,2\nc,1\n")
    (file,) = inbox.new()
    before, at = whole(inbox), 0
    while True:
        at += 1
        try:
            with Failing(inbox.engine, at):
                assert inbox.load(file).status == "loaded"
        except EngineError:
            assert whole(inbox) == before
            assert not list(inbox.folder.glob("load-*"))
            continue
        break
    assert at > 10
    assert inbox.rows("id, amount::integer") == [("a", 1), ("b", 3)]


def test_a_process_that_is_killed_leaves_nothing_half(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys

    inbox = Inbox(tmp_path, engine=open_engine(tmp_path / "warehouse.duckdb"))
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    inbox.engine.close()
    inbox.put(TUESDAY, "id,amount\na,2\n")
    program = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from pipeline.engines.duckdb import open_engine\nfrom pipeline.sources import loading\n"
        "from tests.sources.inbox import Inbox\n"
        "def die(engine, table):\n    keep(engine, table)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "keep, loading.append_rows = loading.append_rows, die\n"
        "folder = Path(sys.argv[1])\n"
        "Inbox(folder, engine=open_engine(folder / 'warehouse.duckdb')).load_all()\n"
    )
    assert hasattr(loading_module, "append_rows")
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, cwd=Path.cwd())
    assert ended.returncode == -signal.SIGKILL
    again = Inbox(tmp_path, engine=open_engine(tmp_path / "warehouse.duckdb"))
    assert again.engine.value("select count(*) from state.load") == 1
    assert [each.status for each in again.load_all()] == ["loaded"]
    assert again.rows("id, amount::integer") == [("a", 2)]


LIMITS = "thresholds: {max_reject_rows: 2, max_reject_ratio: 0.5, min_rows: 2, max_drop_ratio: 0.5}"
LIMITED = DEALS[: DEALS.index("thresholds")] + LIMITS


def test_too_many_rejects_refuse_the_load_and_name_the_first_places(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(LIMITED))
    good = "".join(f"g{number},1\n" for number in range(9))
    result = inbox.loaded(MONDAY, f"id,amount\n{good}a,x\nb,y\nc,z\n")
    (fault,) = result.findings
    assert (result.status, fault.code, fault.severity) == ("refused", "too_many_rejects", Severity.UNSOUND)
    assert "3 of 12 records" in fault.text("en")
    assert "amount not_a_number: 3" in fault.text("en")
    assert "#10 (L11) amount not_a_number" in fault.text("ja")
    assert inbox.engine.rows("select status, rows_read, reason from state.load") == [("refused", 12, "too_many_rejects")]
    assert inbox.rows() == []


def test_a_refused_file_is_judged_again_and_may_then_pass(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(LIMITED))
    inbox.put(MONDAY, "id,amount\na,1\n")
    for _ in range(2):
        assert [codes(each) for each in inbox.load_all()] == [["too_few_rows"]]
    assert inbox.engine.value("select count(*) from state.load") == 1
    inbox.redeclare(declare(LIMITED.replace("min_rows: 2", "min_rows: 1")))
    assert [each.status for each in inbox.load_all()] == ["loaded"]
    assert inbox.engine.rows("select status from state.load") == [("loaded",)]


def test_a_snapshot_that_lost_too_many_keys_is_refused(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(LIMITED))
    inbox.loaded(MONDAY, "id,amount\na,1\nb,1\nc,1\nd,1\ne,1\n")
    result = inbox.loaded(TUESDAY, "id,amount\na,1\nb,1\n")
    assert codes(result) == ["too_many_gone"]
    assert "has 2 keys where the snapshot before had 5" in result.findings[0].text("en")
    assert inbox.loaded(WEDNESDAY, "id,amount\na,1\nb,1\nc,1\n").status == "loaded"


def test_a_rejected_record_is_counted_once_not_every_night(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, declare(LIMITED))
    rows = "".join(f"k{number},1\n" for number in range(8))
    assert inbox.loaded(MONDAY, f"id,amount\n{rows}a,x\nb,x\n").rows_rejected == 2
    assert inbox.loaded(TUESDAY, f"id,amount\n{rows}a,x\nb,x\nc,x\n").rows_rejected == 1


def test_an_empty_delta_is_a_quiet_night_and_an_empty_snapshot_is_not(tmp_path: Path) -> None:
    quiet = "files: 'deals_*.csv'\nmode: delta\nkey: id\n"
    inbox = Inbox(tmp_path, declare(quiet))
    assert inbox.loaded(MONDAY, "id,amount\n").status == "loaded"
    assert codes(inbox.loaded(TUESDAY, b"")) == ["file_empty"]
    inbox.redeclare(declare(DEALS[: DEALS.index("thresholds")], name="others"))
    assert codes(inbox.loaded(WEDNESDAY, "id,amount\n")) == ["too_few_rows"]


def test_a_key_that_is_not_the_logs_key_is_refused(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount\na,1\n")
    inbox.redeclare(declare(DEALS.replace("key: [id]", "key: [amount]")))
    with pytest.raises(KgiError, match="are not those its log was written with"):
        inbox.type()


def test_a_column_of_another_name_or_header_reads_the_old_records_too(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount,note\na,1,hello\n")
    columns = DEAL_COLUMNS.replace("name: amount", "name: amount_jpy").replace("accept: [comma]", "from: amount")
    columns += "- {name: remark, data_type: varchar, config: {meta: {kgi: {from: Note, aliases: [note]}}}}\n"
    inbox.redeclare(declare(DEALS, columns))
    result = inbox.loaded(TUESDAY, "id,amount,Note\na,1,hello\nb,2,bye\n")
    assert inbox.rows("id, amount_jpy::integer, remark") == [("a", 1, "hello"), ("b", 2, "bye")]
    assert result.rows_read == 2


def test_a_column_declared_later_changes_no_record(inbox: Inbox) -> None:
    first = inbox.loaded(MONDAY, "id,amount,note\na,1,hello\n")
    assert codes(first) == ["new_columns"]
    assert "note" in first.findings[0].text("en")
    inbox.redeclare(declare(DEALS, DEAL_COLUMNS + "- {name: remark, data_type: varchar, config: {meta: {kgi: {from: note}}}}\n"))
    assert inbox.loaded(TUESDAY, "note,id,amount\nhello,a,1\n").rows_unchanged == 1
    assert inbox.rows("id, remark") == [("a", "hello")]


def test_a_column_declared_since_the_last_load_can_be_typed_at_once(inbox: Inbox) -> None:
    inbox.loaded(MONDAY, "id,amount,gone\na,1,yes\nb,1,no\n")
    columns = DEAL_COLUMNS + "- {name: gone, data_type: varchar}\n"
    inbox.redeclare(declare(DEALS + "deleted_when: {column: gone, values: ['yes']}\n", columns))
    assert inbox.rows("id, gone, _is_deleted") == [("a", "yes", True), ("b", "no", False)]


def test_a_night_with_nothing_new_leaves_a_large_log_whole(tmp_path: Path) -> None:
    """Small nights after a large one: an empty INSERT behind a large one hides what is appended later (DuckDB 2.0.0)."""
    inbox = Inbox(tmp_path, engine=open_engine(tmp_path / "warehouse.duckdb", threads=2))
    rows = [f"k{number},{number}\n" for number in range(130_000)]
    for day, kept in enumerate((rows, rows, rows[5:], rows[5:], [*rows[5:], "new,1\n"]), start=1):
        result = inbox.loaded(f"deals_202611{day:02}.csv", "id,amount\n" + "".join(kept))
        assert result.status == "loaded"
        inbox.type()
        assert inbox.engine.value(f"select count(amount) from {inbox.table.relation}") == len(kept)
    counts_by_load = inbox.engine.rows(f"select _load_id, count(*) from {inbox.table.raw} group by all order by all")
    assert counts_by_load == [(1, 130_000), (3, 5), (5, 1)]
