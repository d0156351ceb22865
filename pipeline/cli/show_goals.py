"""Goals for a terminal, or as JSON: their trees with numbers, why they stand where they do, what would be if."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from pipeline.board.sentences import difference, shown
from pipeline.board.wording import ROLES, worded
from pipeline.cli.show import jsonable, language, print_table
from pipeline.cli.words import BOARD

if TYPE_CHECKING:
    from pipeline.board import GoalBoard, Row, Sentence, Supposed


def show_boards(boards: Sequence[GoalBoard], *, as_json: bool) -> None:
    """Write each goal: where it stands and lands, its guardrails, and its tree with numbers."""
    if as_json:
        said = [
            {
                "kgi_id": each.name,
                "kgi": _plain(each.kgi),
                **{table: [_plain(row) for row in rows] for table, rows in each.tables.items()},
            }
            for each in boards
        ]
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for board in boards:
        _show_standing(board)
        _show_tree(board)
        _show_guardrails(board)
        click.echo()
    click.echo(_word("next" if boards else "no_goals").format(kgi=boards[0].name if boards else ""))


def show_why(explained: Mapping[str, Sequence[Sentence]], *, as_json: bool) -> None:
    """Write the sentences of each goal; behind each stand the rows that say so."""
    if as_json:
        click.echo(json.dumps([_told(name, each) for name, each in explained.items()], ensure_ascii=False))
        return
    for name, sentences in explained.items():
        click.echo(click.style(name, bold=True))
        for each in sentences:
            references = "".join(click.style(f" [{reference}]", dim=True) for reference in each.references)
            click.echo(f"- {each.text(language())}{references}")
        click.echo()


def show_supposed(supposed: Sequence[Supposed], *, as_json: bool) -> None:
    """Write each goal before and after: what is needed, what the plan reaches, where it lands, and by what."""
    if as_json:
        click.echo(json.dumps([_record(each) for each in supposed], ensure_ascii=False))
        return
    for each in supposed:
        click.echo(click.style(_label(each.kgi), bold=True) + f"  ({each.kgi['kgi_id']}, {each.kgi['as_of_date']})")
        rows = [
            [
                "  " * int(node.node["depth"]) + _label(node.node),
                "*" if node.is_given else "",
                *(_bare(each, node.node["unit"]) for each in (node.needed_before, node.needed_after, node.reached)),
            ]
            for node in each.nodes
        ]
        print_table(_word("supposed_columns").split("|"), rows)
        if each.landing:
            click.echo(f"\n{_word('landing')}")
            unit = each.kgi["unit"]
            parts = [[_word(part.component), _bare(part.before, unit), _bare(part.after, unit)] for part in each.landing]
            print_table(_word("landing_columns").split("|"), parts)
        for scaled in each.scaled:
            click.echo(_scaled(each, scaled.name))
        click.echo()
    click.echo(_word("changed_nothing"))


def _show_standing(board: GoalBoard) -> None:
    goal, unit = board.kgi, board.kgi["unit"]
    click.echo(
        click.style(_label(goal), bold=True)
        + f"  {board.name}  {goal['period_start']} - {goal['period_end']}  ({goal['as_of_date']})"
    )
    lines = [
        ("status", worded(goal["status"])[_at()]),
        ("days_left", str(goal["business_days_left"])),
        ("per_day", _number(goal["required_per_business_day"], unit)),
    ]
    if goal.get("landing_expected") is not None:
        low, high = _number(goal["landing_p10"], unit), _number(goal["landing_p90"], unit)
        lines += [("lands", f"{_number(goal['landing_expected'], unit)} ({low} .. {high})")]
        lines += [("gap_landing", _number(goal["gap_landing"], difference(unit)))]
    if goal.get("p_attain") is not None:
        lines += [("p_attain", f"{_number(goal['p_attain'], 'chance')} ({worded(goal['outlook'])[_at()]})")]
    if goal.get("verdict") is not None:
        lines += [("verdict", worded(goal["verdict"])[_at()])]
    if goal.get("eta_p50") is not None:
        lines += [("eta", str(goal["eta_p50"]))]
    if goal["direction"] == "down":
        click.echo(f"  {_word('less')}")
    for key, value in lines:
        click.echo(f"  {_word(key)}: {value or _word('none')}")


def _show_tree(board: GoalBoard) -> None:
    rows = [
        [
            "  " * int(row["depth"]) + (_word("beside") if row["operator"] == "beside" else "") + _label(row),
            *(_bare(row[column], row["unit"]) for column in ("target", "target_to_date", "actual")),
            _ratio(row["actual"], row["target_to_date"]),
            "" if row["elasticity"] is None else f"{row['elasticity']:.2f}",
            worded(row["controllable_by"], ROLES)[_at()] if row["controllable_by"] else "",
        ]
        for row in board.rows("kgi_tree")
    ]
    if rows:
        print_table(_word("tree_columns").split("|"), rows)


def _show_guardrails(board: GoalBoard) -> None:
    rows = [row for row in board.rows("guardrail") if row["channel"] == "total" or row["state"] in ("watch", "breach")]
    said = ", ".join(
        f"{_label(row)}" + ("" if row["channel"] == "total" else f" {row['channel']}") + f" {worded(row['state'])[_at()]}"
        for row in rows
    )
    click.echo(f"  {_word('guardrails')}: {said or _word('none')}")


def _scaled(supposed: Supposed, name: str) -> str:
    """Say what one supposed number did to the landing."""
    scaled = next(each for each in supposed.scaled if each.name == name)
    node = next(each.node for each in supposed.nodes if each.node["node"] == name)
    given, source = _number(scaled.given, node["unit"]), scaled.source[_at()]
    if not scaled.components:
        return "  " + _word("unmoved").format(name=_label(node), given=given, source=source)
    if scaled.factor is None:
        return "  " + _word("unscaled").format(name=_label(node), given=given, source=source)
    components = ", ".join(_word(each) for each in scaled.components)
    now = _number(scaled.now, node["unit"])
    so_far = _number(scaled.so_far, node["unit"])
    words = _word("scaled" if scaled.so_far is None else "scaled_to_come").format(
        name=_label(node),
        given=given,
        now=now,
        so_far=so_far,
        source=source,
        components=components,
        factor=f"{scaled.factor:.3f}",
    )
    return f"  {words}"


def _told(name: str, sentences: Sequence[Sentence]) -> dict[str, object]:
    return {
        "kgi_id": name,
        "sentences": [
            {
                "code": each.code,
                "text_ja": each.text_ja,
                "text_en": each.text_en,
                "sources": [
                    {
                        "table": cited.table,
                        "key": _plain(cited.key),
                        "column": cited.column,
                        "value": jsonable(cited.value),
                        "shown_ja": cited.shown[0],
                        "shown_en": cited.shown[1],
                    }
                    for cited in each.cited
                ],
            }
            for each in sentences
        ],
    }


def _record(supposed: Supposed) -> dict[str, object]:
    return {
        "kgi_id": supposed.kgi["kgi_id"],
        "as_of_date": jsonable(supposed.kgi["as_of_date"]),
        "given": dict(supposed.given),
        "target": {"before": supposed.target_before, "after": supposed.target_after},
        "nodes": [
            {
                "node": each.node["node"],
                "is_given": each.is_given,
                "needed_before": each.needed_before,
                "needed_after": each.needed_after,
                "reached": each.reached,
            }
            for each in supposed.nodes
        ],
        "landing": [vars(each) for each in supposed.landing],
        "scaled": [
            {
                "name": each.name,
                "given": each.given,
                "now": each.now,
                "so_far": each.so_far,
                "factor": each.factor,
                "components": each.components,
            }
            for each in supposed.scaled
        ],
    }


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {name: jsonable(value) for name, value in row.items()}


def _label(row: Row) -> str:
    return str(row["label_ja" if language() == "ja" else "label_en"])


def _number(value: float | None, unit: object) -> str:
    return "" if value is None else shown(value, str(unit or ""))[_at()]


def _bare(value: float | None, unit: object) -> str:
    """Write a number for a column: without its unit, but a rate as percent."""
    if value is None:
        return ""
    return shown(value, "rate" if unit == "rate" else "")[0] if unit in ("rate", "count") else f"{value:,.0f}"


def _ratio(actual: float | None, due: float | None) -> str:
    return f"{actual / due:.1%}" if actual is not None and due else ""


def _at() -> int:
    return 0 if language() == "ja" else 1


def _word(key: str) -> str:
    return BOARD[language()][key]
