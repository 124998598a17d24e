"""Arguments in, exit code out: every command by its name."""

import sys
from typing import Annotated

import typer

from sequela import __version__
from sequela.cli import curves, endpoints, evidence, lines, papers, records, response, studies
from sequela.cli.printing import stderr, stdout
from sequela.cli.simulate import simulation
from sequela.errors import SequelaError, UsageError

app = typer.Typer(
    name="sequela",
    help="Does a drug work less well after another drug, and is that biology or the way the patients were chosen?",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def main() -> None:
    """Run the command line; a mistake of the user ends with one letter and an exit code, never a traceback."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except SequelaError as problem:
        stderr().print(str(problem), markup=False, highlight=False, soft_wrap=True)
        sys.exit(problem.exit_code)
    except typer.TyperException as problem:
        stderr().print(f"{problem.format_message()} See: sequela --help", markup=False, soft_wrap=True)
        sys.exit(UsageError.exit_code)
    except typer.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)


@app.callback(invoke_without_command=True)
def _start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    if version:
        stdout().print(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        stdout().print(context.get_help(), markup=False)


app.command()(studies.run)
app.command()(studies.check)
app.command()(lines.lines)
app.command()(lines.rules)
app.command()(response.response)
app.command(name="endpoints")(endpoints.print_endpoints)
app.command(name="replicate")(papers.replicate_paper)
app.command()(papers.paper)
app.command(name="reconstruct")(papers.reconstruct_patients)
app.command()(evidence.pool)
app.command()(curves.curve)
app.command(name="import")(records.import_records)
app.command(name="export")(records.export_records)
app.add_typer(simulation, name="simulate")
app.command()(studies.schema)
app.command()(studies.demo)
