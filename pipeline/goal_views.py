"""The goal tables and the models beside them -> the views of `main`: v_latest_* of what is sealed, v_ja_* with Japanese names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pipeline.findings import Finding, finding
from pipeline.goals import TABLES, TableSpec
from pipeline.models import BESIDE_GOALS, DeclaredColumn, Model
from pipeline.project import Project
from pipeline.publishing import PublishedView
from pipeline.shapes import Relation, comma, quote

LATEST, JAPANESE = "v_latest_", "v_ja_"
_IN_MAIN = tuple(table for table in TABLES if table.kept != "itself")

Said = tuple[str, str, str]
"""A column in words: its name, its meaning in Japanese, its whole comment."""


def goal_views(project: Project) -> Iterator[PublishedView]:
    """Return the views of the schema main: the newest night of each sealed table, and every table under Japanese names."""
    for table in _IN_MAIN:
        said = _said_of_table(table)
        if table.sealed:
            yield _latest(table, said)
        yield _japanese(Relation(BESIDE_GOALS, table.name), table.ja, said)
    for model in beside_goals(project):
        said = _said_of_model(project.published_columns[model.relation])
        yield _japanese(model.relation, model.description.label_ja or model.name, said)


def beside_goals(project: Project) -> tuple[Model, ...]:
    """Return the models that are published in main, beside the goal tables."""
    return tuple(m for m in project.marts if m.relation.schema == BESIDE_GOALS and project.published_columns[m.relation])


def names_in_main(project: Project) -> Iterator[str]:
    """Name what the schema main holds beside the models themselves: the goal tables and every view."""
    for table in _IN_MAIN:
        yield from (table.name, f"{LATEST}{table.name}", f"{JAPANESE}{table.name}")
    for model in project.models:
        if model.relation.schema == BESIDE_GOALS:
            yield f"{JAPANESE}{model.name}"


def view_findings(project: Project) -> Iterator[Finding]:
    """Find models whose name stands in main already, and columns of a model that Japanese names could not tell apart."""
    taken = {table.name: f"main.{table.name}" for table in _IN_MAIN}
    for model in project.models:
        if model.relation.schema != BESIDE_GOALS:
            continue
        what = taken.get(model.name) or next((f"{view}*" for view in (LATEST, JAPANESE) if model.name.startswith(view)), None)
        if what:
            yield finding("goal_table_taken", model.description.place, name=model.name, what=what)
        columns = project.published_columns.get(model.relation, ())
        first: dict[str, str] = {}
        for column, ja in zip(columns, japanese_names(_said_of_model(columns)), strict=True):
            if (key := ja.casefold()) in first:
                where, other = column.place, first[key]
                yield finding("ja_name_twice", where, model=model.name, column=column.name, other=other, ja=ja)
            first.setdefault(key, column.name)


def japanese_names(said: Sequence[Said]) -> tuple[str, ...]:
    """Return a short Japanese name for each column: what stands before a bracket, or all of it where that is said twice.

    A column that nobody has described in Japanese keeps its own name.
    """
    short = [re.split(r"[(（、。]", ja, maxsplit=1)[0].strip() or name for name, ja, _ in said]
    times = Counter(each.casefold() for each in short)
    return tuple(each if times[each.casefold()] == 1 else ja or name for each, (name, ja, _) in zip(short, said, strict=True))


def comments(table: TableSpec) -> tuple[tuple[str, str], ...]:
    """Return the comment of each column of a goal table: ja, en and unit."""
    return tuple((c.name, f"{c.ja} / {c.en}" + (f" [{c.unit}]" if c.unit else "")) for c in table.columns)


def comments_of_model(columns: Iterable[DeclaredColumn]) -> tuple[tuple[str, str], ...]:
    """Return the comment of each published column of a model: label in ja, description and unit."""
    return tuple(
        (c.name, " / ".join(part for part in (c.label_ja, c.description) if part) + (f" [{c.unit}]" if c.unit else ""))
        for c in columns
    )


def _said_of_table(table: TableSpec) -> tuple[Said, ...]:
    return tuple((c.name, c.ja, said) for c, (_, said) in zip(table.columns, comments(table), strict=True))


def _said_of_model(columns: tuple[DeclaredColumn, ...]) -> tuple[Said, ...]:
    return tuple((c.name, c.label_ja, said) for c, (_, said) in zip(columns, comments_of_model(columns), strict=True))


def _latest(table: TableSpec, said: tuple[Said, ...]) -> PublishedView:
    """Give the rows of the file's own night: none where it had nothing to say, and not those of an older one."""
    name = quote(table.name)
    return PublishedView(
        Relation(BESIDE_GOALS, f"{LATEST}{table.name}"),
        f"select * from main.{name} where as_of_date = (select as_of_date from ops.manifest)",
        f"{table.ja} (最新の基準日) / {table.en} (newest as-of date)",
        tuple((column, comment) for column, _, comment in said),
    )


def _japanese(relation: Relation, ja: str, said: tuple[Said, ...]) -> PublishedView:
    """Give a table once more, every column under its Japanese name: nothing is computed, so it costs what the table costs."""
    names = japanese_names(said)
    renamed = [f"{quote(column)} as {quote(name)}" for (column, *_), name in zip(said, names, strict=True)]
    return PublishedView(
        Relation(BESIDE_GOALS, f"{JAPANESE}{relation.name}"),
        f"select {comma(renamed)} from {relation}",
        f"{ja}(日本語の列名) / {relation.name} with Japanese column names",
        tuple((name, comment) for name, (*_, comment) in zip(names, said, strict=True)),
    )
