"""The door: reads arguments, calls one story, shows the result, chooses the exit code.

Exit codes: 0 sound and published (or nothing to do); 1 ran, not sound, nothing published; 2 arguments, project or profile to be
mended; 3 another process holds the warehouse; 4 the environment (disk, memory, time limit, permissions); 70 our bug, with its
traceback; 130 interrupted.
"""

from __future__ import annotations

import errno
import sys
import traceback

import click

from pipeline import __version__
from pipeline.cli.asking import query_command
from pipeline.cli.digest import digest_command
from pipeline.cli.export import export_command
from pipeline.cli.goals import goals_command
from pipeline.cli.loads import loads_group
from pipeline.cli.looking import compile_command, diff_command, ls_command
from pipeline.cli.nightly import plan_command, run_command, validate_command
from pipeline.cli.report import report_command
from pipeline.cli.schema import schema_command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kgi", message="%(prog)s %(version)s")
def kgi() -> None:
    """From raw CRM and MA exports to KGI and KPI tables that marketing and sales both trust."""


for command in (
    run_command,
    plan_command,
    validate_command,
    query_command,
    goals_command,
    report_command,
    digest_command,
    ls_command,
    compile_command,
    diff_command,
    export_command,
    loads_group,
    schema_command,
):
    kgi.add_command(command)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    sys.exit(_run())


def _run() -> int:
    try:
        result = kgi.main(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return 130
    except BrokenPipeError:
        return 0
    except Exception as error:
        return _explain(error)


def _explain(error: Exception) -> int:
    from pipeline.cli.show import show_findings
    from pipeline.findings import KgiError, finding

    if isinstance(error, KgiError):
        show_findings(error.findings)
        return error.exit_code
    if isinstance(error, MemoryError):
        show_findings([finding("out_of_memory", problem=str(error) or "Python")])
        return 4
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        show_findings([finding("disk_full", problem=str(error))])
        return 4
    traceback.print_exception(error)
    return 70
