"""The only place that formats for a terminal: findings, steps, tables, the summary of a run."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.words import NAMES_JA, WORDS
from pipeline.findings import Finding, Severity, as_record, describe
from pipeline.messages import Language

if TYPE_CHECKING:
    from pipeline.export import Exported
    from pipeline.history import History
    from pipeline.listing import MetricCard
    from pipeline.metrics import Heading
    from pipeline.plan import Plan
    from pipeline.project import Project
    from pipeline.records import RunRecord, StepResult
    from pipeline.shapes import Column, Table

_COLOURS = {
    Severity.ERROR: "red",
    Severity.UNSOUND: "red",
    Severity.ALARM: "magenta",
    Severity.WARNING: "yellow",
    Severity.INFO: "blue",
}
_spoken: list[Language] = ["ja" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("ja") else "en"]


def speak(language: Language) -> None:
    """Choose the language of everything that is shown from now on."""
    _spoken[0] = language


def language() -> Language:
    """Return the language that is spoken: the company's once a project is open, LANG's before."""
    return _spoken[0]


def show_findings(findings: Iterable[Finding]) -> None:
    """Write findings to standard error, one block each."""
    for each in findings:
        head, *rest = describe(each, language()).split("\n")
        label, _, sentence = head.partition(": ")
        click.echo(click.style(label, fg=_COLOURS[each.severity], bold=True) + f": {sentence}", err=True)
        for line in rest:
            click.echo(line, err=True)


def show_step(result: StepResult, number: int, of: int) -> None:
    """Write one line for a step that was carried out, and what it found."""
    rows = "" if result.rows is None else f" {result.rows:,}"
    colour = {"done": "green", "unchanged": "white", "blocked": "yellow"}.get(result.outcome, "red")
    outcome = click.style(f"{result.outcome:<9}", fg=colour)
    click.echo(f"{number:>4}/{of} {outcome} {result.kind:<7} {result.name}{rows}  ({result.reason}, {result.seconds:.2f} s)")
    show_findings(each for each in result.findings if each.severity is not Severity.INFO)


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """Write the steps of a plan and why each is there."""
    steps = [{"kind": type(step).__name__.lower(), "name": step.name, "reason": step.reason} for step in plan.steps]
    if as_json:
        click.echo(json.dumps({"as_of_date": plan.as_of.isoformat(), "steps": steps}, ensure_ascii=False, indent=1))
        return
    for number, step in enumerate(steps, start=1):
        click.echo(f"{number:>4} {step['kind']:<7} {step['name']}  ({step['reason']})")
    click.echo(_words("plan_end").format(steps=len(steps), as_of=plan.as_of))


def show_table(table: Table, style: str) -> None:
    """Write a result as an aligned table, CSV, JSON or the bytes of a Parquet file to standard output."""
    match style:
        case "csv":
            out = io.StringIO()
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(table.names)
            writer.writerows([["" if value is None else text_of(value) for value in row] for row in table.rows])
            sys.stdout.write(out.getvalue())
        case "parquet":
            from pipeline.query import parquet_of

            sys.stdout.buffer.write(parquet_of(table))
            sys.stdout.flush()
        case "json":
            click.echo(json.dumps([{k: jsonable(v) for k, v in row.items()} for row in table.records()], ensure_ascii=False))
        case _:
            print_table(table.names, [[text_of(value, grouped=True) for value in row] for row in table.rows])


def show_exported(done: Exported) -> None:
    """Write where the tables of the published file were written to, and how much it is."""
    rows = sum(count for _, count in done.rows)
    click.echo(_words("exported").format(tables=len(done.rows), rows=f"{rows:,}", path=_near(done.path)))


def show_labelled(table: Table, headings: Sequence[Heading], style: str) -> None:
    """Write a result under headings in words. A terminal's table shows rates as percent and fiscal periods by their names."""
    if style != "table":
        show_table(replace(table, columns=_renamed(table, headings)), style)
        return
    rows = [
        [heading.shown(value) or text_of(value, grouped=True) for value, heading in zip(row, headings, strict=True)]
        for row in table.rows
    ]
    print_table([each.text for each in headings], rows)


def _renamed(table: Table, headings: Sequence[Heading]) -> tuple[Column, ...]:
    return tuple(replace(column, name=each.text) for column, each in zip(table.columns, headings, strict=True))


def show_history(found: History, style: str) -> None:
    """Write what differs between two nights: sentences, the numbers as CSV or Parquet, or all of it as one JSON document."""
    if style == "json":
        numbers = [{name: jsonable(value) for name, value in row.items()} for row in found.table.records()]
        goals = [
            {
                "kgi_id": each.kgi_id,
                "grain": each.window.grain,
                "period_start": each.window.start.isoformat(),
                "period_end": each.window.end.isoformat(),
                "what": each.what,
                "before": each.before,
                "after": each.after,
            }
            for each in found.goals
        ]
        said = {"before": found.before.isoformat(), "after": found.after.isoformat(), "numbers": numbers, "goals": goals}
        click.echo(json.dumps(said, ensure_ascii=False))
    elif style == "table":
        from pipeline.cli.sentences import sentences

        for line in sentences(found, language()):
            click.echo(line)
    else:
        show_table(found.table, style)


def show_metric_cards(cards: Sequence[MetricCard], style: str) -> None:
    """Write metrics for a reader: what each says of itself, its inputs as a tree, what it can be cut by."""
    if style == "json":
        said = [{**vars(card), "definition": dict(card.definition), "dimensions": card.dimensions.records()} for card in cards]
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    for card in cards:
        if style == "csv":
            show_table(card.dimensions, style)
            continue
        click.echo(click.style(card.metric, bold=True) + f"  {card.label_ja} / {card.label_en}  ({card.place})")
        lines = (("description", card.description), ("unit", card.unit), ("direction", card.direction), ("owner", card.owner))
        for key, value in (*lines, ("type", card.type), *card.definition):
            if value:
                click.echo(f"  {key + ':':<20} {value}")
        for depth, text in card.inputs:
            click.echo(f"  {'  ' * depth}- {text}")
        print_table(card.dimensions.names, [[text_of(value) for value in row] for row in card.dimensions.rows])
        click.echo()


def show_validated(project: Project) -> None:
    """Say how much was read and bound."""
    counts = _words("validated").format(
        models=len(project.models),
        sources=len(project.source_tables),
        suites=len(project.suites),
        metrics=len(project.semantics.metrics),
        goals=len(project.goals),
    )
    click.echo(counts)


def show_words(key: str, **arguments: object) -> None:
    """Write a sentence of the terminal's words."""
    click.echo(_words(key).format(**arguments))


def show_record_json(record: RunRecord) -> None:
    """Write the record of a run as one JSON object."""
    said: dict[str, Any] = {
        "run_id": record.run_id,
        "as_of_date": record.as_of.isoformat(),
        "outcome": record.outcome,
        "exit_code": record.exit_code,
        "published_file": str(record.published) if record.published else None,
        "steps": [
            {"kind": s.kind, "name": s.name, "reason": s.reason, "outcome": s.outcome, "rows": s.rows, "seconds": s.seconds}
            for s in record.steps
        ],
        "findings": [as_record(each) for each in record.findings],
    }
    click.echo(json.dumps(said, ensure_ascii=False))


_CAUSES = (Severity.ERROR, Severity.UNSOUND)


def show_record(record: RunRecord, project: Project) -> None:
    """Write how a run ended: the goals, the funnel, rejects and checks, where to look next; or once more why it was unsound."""
    show_findings(record.notes)
    published = record.published or project.target.publish
    if record.outcome == "unsound":
        if any(step.outcome == "blocked" for step in record.steps):  # what was not built has pushed the causes off the screen
            show_findings(each for step in record.steps for each in step.findings if each.severity in _CAUSES)
        click.echo(click.style(_words("unsound").format(path=_near(published)), fg="red"), err=True)
        return
    click.echo()
    click.echo(click.style(_words(record.outcome).format(as_of=record.as_of, path=_near(published)), fg="green", bold=True))
    if record.outcome != "built" and published.exists():
        show_summary(published)
        show_findings(each for each in record.findings if each.code == "numbers_restated")
        from pipeline.records import report_paths

        report = report_paths(project.target.report)[language()]
        click.echo(_words("next").format(path=_near(published), metric=_first_metric(project), report=_near(report)))


def _first_metric(project: Project) -> str:
    """Return the metric that a person most likely wants to ask for: the first goal's, else the first of all."""
    names = [goal.metric for goal in project.goals] or [metric.name for metric in project.semantics.public_metrics()]
    return names[0] if names else "..."


def show_summary(published: Path) -> None:
    """Write the goals, the funnel of the fiscal year, rejected rows and checks of a published file."""
    from pipeline.summary import summarize

    found = summarize(published)
    labels = "label_ja" if language() == "ja" else "label_en"
    if found.goals.rows:
        click.echo(f"\n{_words('goals')} ({found.as_of})")
        print_table(
            _words("goal_columns").split("|"),
            [
                [
                    text_of(row[labels]),
                    f"{row['period_start']} - {row['period_end']}",
                    text_of(row["target"], grouped=True),
                    text_of(row["target_to_date"], grouped=True),
                    text_of(row["actual"], grouped=True),
                    _percent(row["attainment"]),
                    text_of(_whole(row["landing_p50"]), grouped=True),
                    _percent(row["p_attain"]),
                    _name(row["status"]),
                ]
                for row in found.goals.records()
            ],
        )
    if found.funnel.rows:
        click.echo(f"\n{_words('funnel')}")
        print_table(
            _words("funnel_columns").split("|"),
            [
                [_name(r["stage"]), text_of(r["entries"], grouped=True), text_of(r["amount"], grouped=True)]
                for r in found.funnel.records()
            ],
        )
    rejected = ", ".join(f"{r['source_table']} {r['rule']} {r['rejected']}" for r in found.rejects.records())
    click.echo(f"\n{_words('rejects')}: {rejected or '0'}")
    checks = ", ".join(f"{_name(r['status'])} ({_name(r['severity'])}) {r['checks']}" for r in found.checks.records())
    click.echo(f"{_words('checks')}: {checks or '0'}")


def _whole(value: object) -> object:
    """Round what is large enough that a person does not read its fraction."""
    return round(value) if isinstance(value, float) and abs(value) >= 100 else value


def text_of(value: object, *, grouped: bool = False) -> str:
    """Write one value: NULL as nothing, dates in ISO form, numbers plainly or in groups of three."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dt.datetime():
            return value.isoformat(sep=" ")
        case float() if grouped:
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.4g}"
        case decimal.Decimal() if grouped:
            return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,}"
        case int() if grouped:
            return f"{value:,}"
        case float():
            return repr(value)
        case _:
            return str(value)


def jsonable(value: object) -> object:
    """Return a value as JSON can hold it; decimals become numbers, dates ISO text."""
    match value:
        case dt.date() | dt.datetime():
            return value.isoformat()
        case decimal.Decimal():
            return float(value)
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _name(value: object) -> str:
    """Write a stage or a state in the language that is spoken."""
    text = text_of(value)
    return NAMES_JA.get(text, text) if language() == "ja" else text


def _percent(value: object) -> str:
    return f"{value:.1%}" if isinstance(value, float) else ""


def _near(path: Path) -> str:
    """Write a path as seen from here where that is shorter."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def print_table(names: Iterable[str], rows: list[list[str]]) -> None:
    """Write an aligned table; a column of numbers stands to the right."""
    from rich.console import Console
    from rich.table import Table as RichTable

    table = RichTable(box=None, pad_edge=False, show_edge=False, header_style="bold")
    columns = list(zip(*rows, strict=True)) if rows else []
    for position, name in enumerate(names):
        numeric = bool(rows) and all(_is_number(each) for each in columns[position])
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True, overflow="crop")
    for row in rows:
        table.add_row(*(each.replace("[", "\\[") for each in row))
    console = Console(highlight=False)
    console.width = console.width if console.is_terminal else 10_000
    console.print(table, crop=False)


def _is_number(text: str) -> bool:
    return text == "" or text.replace(",", "").replace(".", "").replace("-", "").replace("%", "").replace("e+", "").isdigit()


def _words(key: str) -> str:
    return WORDS[language()][key]
