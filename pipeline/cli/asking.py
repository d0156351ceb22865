"""kgi query."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipeline.cli.options import names_given, open_target_from, project_options

if TYPE_CHECKING:
    from pipeline.messages import Language
    from pipeline.metrics import Basis, Question
    from pipeline.query import Desk

FORMATS = ("table", "csv", "json")
QUERY_FORMATS = (*FORMATS, "parquet")
BASES = ("previous_period", "previous_year", "previous_fiscal_year")


@click.command("query")
@project_options
@click.option("--metrics", multiple=True, callback=names_given, help="Metric names, joined by commas.")
@click.option("--group-by", multiple=True, callback=names_given, help="Dimensions: metric_time__month, opportunity__channel.")
@click.option("--where", multiple=True, help="A filter; may be given several times.")
@click.option("--start-time", default=None, help="First date that counts.")
@click.option("--end-time", default=None, help="Last date that counts.")
@click.option("--order-by", multiple=True, callback=names_given, help="Columns; a minus sign sorts downwards.")
@click.option("--limit", type=click.IntRange(min=0), default=None)
@click.option("--saved-query", default=None)
@click.option("--min-max", is_flag=True, help="Smallest and largest value of each dimension.")
@click.option("--no-dedupe", is_flag=True, help="Without metrics: every row, not every distinct one.")
@click.option("--database", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Ask this DuckDB file.")
@click.option("--schema", default=None, help="Where the models' tables stand in it.")
@click.option("--format", "style", type=click.Choice(QUERY_FORMATS), default="table")
@click.option("--compare", type=click.Choice(BASES), default=None, help="Put an earlier time, difference and ratio beside.")
@click.option("--cohort", metavar="GRAIN", default=None, help="Follow a conversion by month of entry and age: --cohort month.")
@click.option("--age", metavar="GRAIN", default=None, help="The step of the age; else month, or day for cohorts of days.")
@click.option("--parts", is_flag=True, help="Put numerator and denominator beside each rate.")
@click.option("--labels", type=click.Choice(("ja", "en")), default=None, help="Head columns with labels and units, not names.")
@click.option("--draft", is_flag=True, help="Ask the warehouse: what the next publishing would say.")
@click.option("--explain", is_flag=True, help="Show the SQL instead of the rows.")
@click.option("--serve", is_flag=True, help="Answer JSON lines on standard input.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=600, help="Seconds that a question may run.")
def query_command(
    project_dir: Path,
    profiles_dir: Path | None,
    target: str | None,
    variables: str | None,
    database: Path | None,
    schema: str | None,
    style: str,
    explain: bool,
    serve: bool,
    draft: bool,
    labels: Language | None,
    timeout: float,
    **asked: Any,
) -> None:
    """Ask for any metrics by any dimensions and grain, from the published file."""
    from pipeline.cli import show
    from pipeline.metrics import headings
    from pipeline.query import open_desk

    if database is not None and draft:
        raise click.UsageError("--draft asks the warehouse of the target; leave --database out")
    if asked["age"] and not asked["cohort"]:
        raise click.UsageError("--age is the step of a cohort's age; give --cohort too")
    file, fiscal_start = database, None
    if file is None:
        chosen = open_target_from(project_dir=project_dir, profiles_dir=profiles_dir, target=target, variables=variables)
        file, fiscal_start = (chosen.warehouse if draft else chosen.publish), chosen.company.fiscal_year_start
    with open_desk(project_dir, file, schema=schema, timeout_seconds=timeout) as desk:
        if serve:
            _serve(desk)
        elif explain:
            click.echo(desk.compile(_question(**asked)).sql)
        else:
            answer = desk.answer(_question(**asked))
            if labels:
                show.show_labelled(answer.table, headings(desk.semantics, answer.table.names, labels, fiscal_start), style)
            else:
                show.show_table(answer.table, style)
            show.show_findings(answer.notes)


def _question(
    *, min_max: bool, no_dedupe: bool, compare: Basis | None, cohort: str | None, age: str | None, **asked: Any
) -> Question:
    from pipeline.metrics import Cohorts, Comparison, Question

    return Question(
        min_max=min_max,
        dedupe=not no_dedupe,
        compare=Comparison(compare) if compare else None,
        cohorts=Cohorts(cohort, age or _default_age(cohort)) if cohort is not None else None,
        **asked,
    )


def _default_age(cohort: str) -> str:
    return cohort if cohort in ("day", "week") else "month"


def _serve(desk: Desk) -> None:
    """Answer one JSON question per line with {"columns", "rows"} or {"error"}; no question ends the server."""
    for line in sys.stdin.buffer:
        if line.strip():
            click.echo(_reply(desk, line))


def _reply(desk: Desk, line: bytes) -> str:
    from pipeline.cli.show import jsonable, language
    from pipeline.findings import KgiError
    from pipeline.metrics import question_of

    reply: dict[str, object]
    try:
        answer = desk.answer(question_of(json.loads(line)))
        rows = [[jsonable(value) for value in row] for row in answer.table.rows]
        reply = {"columns": answer.table.names, "rows": rows}
        if answer.notes:
            reply["notes"] = [each.text(language()) for each in answer.notes]
    except KgiError as error:
        reply = {"error": str(error)}
    except (ValueError, RecursionError) as error:
        reply = {"error": f"not a question: {error}"}
    except Exception as error:  # our bug: the next question may still be answered
        traceback.print_exception(error)
        reply = {"error": f"bug: {type(error).__name__}: {error}"}
    return json.dumps(reply, ensure_ascii=False).encode(errors="replace").decode()
