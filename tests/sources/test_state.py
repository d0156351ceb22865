"""Any order of arrival, undoing and typing piecemeal give what a model gives that keeps every snapshot whole."""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.sources import redo_load
from tests.sources.inbox import DEALS, Inbox, declare

Row = tuple[object, ...]
KEYS = "abc"
VALUES = ("1", "2", "bad", "ragged")
FIRST = dt.date(2026, 11, 1)
settings.register_profile("sources", deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@dataclass(frozen=True)
class Night:
    """What a snapshot of one date says of each key; a key that is not in it is absent."""

    day: int
    says: tuple[tuple[str, str], ...]

    @property
    def known_at(self) -> dt.datetime:
        local_end = dt.datetime.combine(FIRST + dt.timedelta(days=self.day + 1), dt.time())
        return local_end - dt.timedelta(hours=9)

    def text(self) -> str:
        lines = [f"{key},{value}" if value != "ragged" else f"x,{key},y" for key, value in self.says]
        return "\n".join(["id,amount", *lines]) + "\n"


def model(nights: list[Night]) -> tuple[list[Row], list[Row]]:
    """The typed table and the history by going through whole snapshots, one key at a time."""
    current: list[Row] = []
    history: list[Row] = []
    for key in KEYS:
        known: list[tuple[str | None, dt.datetime]] = []
        for night in sorted(nights, key=lambda each: each.day):
            value = dict(night.says).get(key)
            if value in ("bad", "ragged"):
                continue
            if not known or known[-1][0] != value:
                known.append((value, night.known_at))
        seen = [at for value, at in known if value is not None]
        for number, (value, at) in enumerate(known):
            if value is None:
                continue
            end = known[number + 1][1] if number + 1 < len(known) else None
            row = (key, float(value), at, min(seen))
            history.append((*row, end))
            if end is None:
                current.append(row)
    return sorted(current), sorted(history, key=lambda row: (str(row[0]), str(row[2])))


def found(inbox: Inbox) -> tuple[list[Row], list[Row]]:
    columns = "id, amount::double, _known_at, _first_known_at"
    current = inbox.engine.rows(f"select {columns} from {inbox.table.relation} order by all")
    history = inbox.engine.rows(f"select {columns}, _valid_to from {inbox.table.history} order by id, _known_at")
    return current, history


def rejects(inbox: Inbox) -> list[Row]:
    columns = "l.file, column_name, value, rule, is_current"
    return inbox.engine.rows(f"select {columns} from {inbox.table.reject} r join state.load l using (load_id) order by all")


night_says = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES)).map(lambda says: tuple(sorted(says.items())))
night_lists = st.lists(night_says, min_size=1, max_size=5).map(lambda many: [Night(day, says) for day, says in enumerate(many)])


@settings(settings.get_profile("sources"), max_examples=10)
@given(nights=night_lists, data=st.data())
def test_any_arrival_and_any_undoing_give_the_state_of_whole_snapshots(nights: list[Night], data: st.DataObject) -> None:
    arrival = data.draw(st.permutations(nights))
    with tempfile.TemporaryDirectory() as folder:
        inbox = Inbox(Path(folder))
        active: list[Night] = []
        load_of: dict[int, int] = {}
        for night in arrival:
            load_of[night.day] = inbox.loaded(f"deals_202611{night.day + 1:02}.csv", night.text()).load_id
            active.append(night)
            if data.draw(st.booleans()):
                turned = data.draw(st.sampled_from(list(load_of)))
                is_active = any(each.day == turned for each in active)
                if is_active:
                    inbox.undo(load_of[turned])
                    active = [each for each in active if each.day != turned]
                else:
                    redo_load(inbox.engine, load_of[turned])
                    active.append(next(each for each in nights if each.day == turned))
            if data.draw(st.booleans()):
                inbox.type()
        inbox.type()
        assert found(inbox) == model(active)
        piecemeal = (found(inbox), rejects(inbox))
        inbox.engine.execute("delete from state.typed")
        inbox.type()
        assert (found(inbox), rejects(inbox)) == piecemeal


@settings(settings.get_profile("sources"), max_examples=7)
@given(nights=night_lists, data=st.data())
def test_undoing_a_load_leaves_what_loading_the_others_gives(nights: list[Night], data: st.DataObject) -> None:
    arrival = data.draw(st.permutations(nights))
    undone = data.draw(st.sampled_from(nights))
    results = []
    for is_with in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            inbox = Inbox(Path(folder))
            for night in arrival if is_with else sorted(nights, key=lambda each: each.day):
                if is_with or night != undone:
                    result = inbox.loaded(f"deals_202611{night.day + 1:02}.csv", night.text())
                    if is_with and night == undone:
                        inbox.undo(result.load_id)
            inbox.type()
            results.append((found(inbox), rejects(inbox)))
    assert results[0] == results[1]


DELTA = DEALS.replace("mode: snapshot", "mode: delta\nupdated_at: updated_at")
DELTA_COLUMNS = """
- {name: id, data_type: varchar}
- {name: amount, data_type: integer}
- {name: updated_at, data_type: integer}
"""
delta_rows = st.lists(st.tuples(st.sampled_from(KEYS), st.integers(0, 9), st.integers(0, 5)), max_size=5)


@settings(settings.get_profile("sources"), max_examples=8)
@given(files=st.lists(delta_rows, min_size=1, max_size=4), data=st.data())
def test_the_same_deltas_in_any_order_or_twice_give_the_same_table(
    files: list[list[tuple[str, int, int]]], data: st.DataObject
) -> None:
    texts = ["id,amount,updated_at\n" + "".join(f"{k},{a},{u}\n" for k, a, u in rows) for rows in files]
    newest: dict[str, tuple[int, int, int, int]] = {}
    for day, rows in enumerate(files):
        if texts.index(texts[day]) != day:
            continue  # the same bytes are one load
        for number, (key, amount, updated) in enumerate(rows):
            newest[key] = max(newest.get(key, (-1, -1, -1, -1)), (updated, day, number, amount))
    with tempfile.TemporaryDirectory() as folder:
        inbox = Inbox(Path(folder), declare(DELTA, DELTA_COLUMNS))
        arrival = data.draw(st.permutations(range(len(files))))
        first = {text: texts.index(text) for text in texts}
        for day in arrival:
            if first[texts[day]] == day:
                inbox.loaded(f"deals_202611{day + 1:02}.csv", texts[day])
            if data.draw(st.booleans()):
                inbox.type()
        for day in arrival:
            result = inbox.loaded(f"deals_202612{day + 1:02}.csv", texts[day])
            assert result.status == "already_loaded"
        assert inbox.rows("id, amount, updated_at") == [
            (key, amount, updated) for key, (updated, _, _, amount) in sorted(newest.items())
        ]
