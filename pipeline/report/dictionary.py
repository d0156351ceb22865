"""Part two: what each metric means and how it is counted, and which table is made from which."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipeline.board.naming import same
from pipeline.board.reading import Row
from pipeline.report.blocks import Block, Code, DataTable, Facts, Fold, Note, Section, columns, row, text
from pipeline.report.edition import Cut, Edition

CUTS = (
    Cut("metrics", "ops.metric", ("metric",), order="metric"),
    Cut("reads", "ops.lineage", ("object",), (("reads", "string_agg(reads, ', ' order by reads)"),), order="object"),
    Cut("read_by", "ops.lineage", ("reads",), (("readers", "string_agg(object, ', ' order by object)"),), order="reads"),
)


def metrics(page: Edition) -> Section:
    """List the metrics: description, unit, owner, version, and folded the definition and the SQL that counts them."""
    rows = page.night.rows("metrics")
    blocks: tuple[Block, ...] = (Note(page.word("metrics_note" if rows else "no_metrics", count=len(rows))),)
    return Section("metrics", page.word("metrics_title"), (*blocks, *(_metric(page, each) for each in rows)))


def _metric(page: Edition, each: Row) -> Fold:
    label = str(each["label_ja" if page.language == "ja" else "label_en"])
    facts = [(page.word("meaning"), text(page.figure("metrics", each, f"description_{page.language}")))]
    facts += [
        (page.word(key), text(page.figure("metrics", each, column)))
        for key, column in (("unit", "unit"), ("owner_of", "owner"), ("version", "version"), ("valid_from", "valid_from"))
    ]
    better = page.pair(f"better_{each['direction']}") if each["direction"] in ("up", "down") else same(each["direction"])
    facts += [(page.word("better"), text(page.named("metrics", each, "direction", better)))]
    blocks: list[Block] = [Facts(tuple(facts))]
    if each["definition"]:
        blocks += [Code(_laid_out(str(each["definition"])))]
    if each["sql"]:
        blocks += [Code(str(each["sql"]))]
    return Fold(f"{label} ({each['metric']})", tuple(blocks), f"metric-{each['metric']}")


def _laid_out(definition: str) -> str:
    """Write a definition line by line; one that is no JSON as it is."""
    try:
        return json.dumps(json.loads(definition), ensure_ascii=False, indent=1)
    except json.JSONDecodeError:
        return definition


def lineage(page: Edition) -> Section:
    """Show which table reads which: from the exports to what is published."""
    reads = {str(each["object"]): each for each in page.night.rows("reads")}
    readers = {str(each["reads"]): each for each in page.night.rows("read_by")}
    lines = tuple(
        row(
            name,
            page.figure("reads", reads[name], "reads") if name in reads else page.word("is_export"),
            page.figure("read_by", readers[name], "readers") if name in readers else page.word("read_by_nobody"),
        )
        for name in sorted({*reads, *readers}, key=lambda name: (name in reads, name))
    )
    heads = [page.word(key) for key in ("table", "reads", "readers")]
    table = DataTable(page.word("lineage_caption"), columns(heads), lines, page.word("no_lineage"), folded=True)
    ends = tuple(row(name, ", ".join(_ends(name, readers))) for name in sorted(readers) if name not in reads)
    reached = DataTable(page.word("ends_caption"), columns([page.word(key) for key in ("export", "ends")]), ends, folded=True)
    return Section("lineage", page.word("lineage_title"), (Note(page.word("lineage_note")), table, *((reached,) if ends else ())))


def _ends(export: str, readers: Mapping[str, Row]) -> list[str]:
    """Return the tables that an export reaches in the end: those that no other table reads."""
    reached, ends = {export}, set()
    waiting = [export]
    while waiting:
        name = waiting.pop()
        if name not in readers:
            ends.add(name)
            continue
        new = set(str(readers[name]["readers"]).split(", ")) - reached
        reached |= new
        waiting += new
    return sorted(ends)
