"""The published file: whole or not at all, in a format that every BI client reads, with nothing in it that is not a number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.engines.duckdb import Engine
from pipeline.findings import KgiError
from pipeline.profile import Target
from pipeline.publishing import Manifest, PublishedTable, PublishedView, publish, read_manifest
from pipeline.shapes import Relation
from pipeline.warehouse import open_warehouse

NOW = dt.datetime(2026, 11, 21, 1, 0)


def manifest(run_id: str) -> Manifest:
    return Manifest(run_id, dt.date(2026, 11, 20), NOW, "0.1.0", 2)


def table(query: str, name: str = "t") -> PublishedTable:
    return PublishedTable(Relation("main", name), query, "表 / a table", (("x", "値 / a value [count]"),))


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Engine]:
    with open_warehouse(Target("dev", tmp_path / "w.duckdb", tmp_path / "kgi.duckdb", tmp_path), now=NOW) as engine:
        yield engine


def test_a_file_is_published_with_its_comments_views_and_manifest(warehouse: Engine, tmp_path: Path) -> None:
    path = tmp_path / "out" / "kgi.duckdb"
    view = PublishedView(Relation("main", "v_t"), "select x + 1 as y from main.t", "見る / a view")
    publish(warehouse, path, [table("select 41::bigint as x")], [view], manifest("r1"))
    assert read_manifest(path) == manifest("r1")
    with duckdb.connect(str(path), read_only=True) as reader:
        assert reader.execute("select y from v_t").fetchall() == [(42,)]
        assert reader.execute("select comment from duckdb_tables() where table_name = 't'").fetchall() == [("表 / a table",)]
        comments = reader.execute("select comment from duckdb_columns() where table_name = 't'").fetchall()
        assert comments == [("値 / a value [count]",)]
    assert [each.name for each in path.parent.iterdir()] == ["kgi.duckdb"]


def test_the_format_is_one_that_clients_older_than_2_0_can_open(warehouse: Engine, tmp_path: Path) -> None:
    path = tmp_path / "kgi.duckdb"
    publish(warehouse, path, [table("select 1::bigint as x")], [], manifest("r1"))
    with duckdb.connect() as reader:
        reader.execute(f"attach '{path}' as pub (read_only)")
        tags = reader.execute("select tags from duckdb_databases() where database_name = 'pub'").fetchone()
    assert tags is not None and "v1.2.0" in str(tags[0])


def test_a_reader_keeps_the_old_night_whole_while_the_new_one_is_published(warehouse: Engine, tmp_path: Path) -> None:
    path = tmp_path / "kgi.duckdb"
    publish(warehouse, path, [table("select 1::bigint as x")], [], manifest("r1"))
    with duckdb.connect() as reader:
        reader.execute(f"attach '{path}' as pub (read_only)")
        publish(warehouse, path, [table("select 2::bigint as x")], [], manifest("r2"))
        assert reader.execute("select x, run_id from pub.main.t, pub.ops.manifest").fetchall() == [(1, "r1")]
    assert read_manifest(path) == manifest("r2")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select 1 / 0::double as x", "not_finite"),
        ("select 'nan'::double as x", "not_finite"),
        ("select sum(1::bigint) as x", "published_type"),
        ("select now() as x", "published_type"),
        ("select null as x", "published_type"),
    ],
)
def test_what_bi_cannot_use_is_not_published_and_the_old_file_stays(
    warehouse: Engine, tmp_path: Path, query: str, code: str
) -> None:
    path = tmp_path / "kgi.duckdb"
    publish(warehouse, path, [table("select 1::bigint as x")], [], manifest("r1"))
    before = path.read_bytes()
    with pytest.raises(KgiError) as caught:
        publish(warehouse, path, [table(query)], [], manifest("r2"))
    assert caught.value.findings[0].code == code
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".kgi.*"))


def test_a_wal_beside_the_published_path_stops_publishing(warehouse: Engine, tmp_path: Path) -> None:
    path = tmp_path / "kgi.duckdb"
    publish(warehouse, path, [table("select 1::bigint as x")], [], manifest("r1"))
    (tmp_path / "kgi.duckdb.wal").write_bytes(b"left by somebody")
    with pytest.raises(KgiError) as caught:
        publish(warehouse, path, [table("select 2::bigint as x")], [], manifest("r2"))
    assert caught.value.findings[0].code == "wal_beside"


def test_what_a_killed_run_left_is_swept(warehouse: Engine, tmp_path: Path) -> None:
    left = tmp_path / ".kgi.r0.building"
    left.write_bytes(b"half a file")
    publish(warehouse, tmp_path / "kgi.duckdb", [table("select 1::bigint as x")], [], manifest("r1"))
    assert not left.exists()
