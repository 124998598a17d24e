"""Arguments in, exit code out: every command by its name, imported when it is called."""

import sys
from importlib import import_module
from typing import Annotated, Any, cast

import typer
from typer.core import TyperGroup

from sequela import __version__
from sequela.cli.printing import stderr, stdout
from sequela.errors import SequelaError, UsageError

COMMANDS = {
    "run": "studies.run",
    "check": "studies.check",
    "lines": "lines.lines",
    "rules": "lines.rules",
    "response": "response.response",
    "endpoints": "endpoints.print_endpoints",
    "replicate": "replications.replicate_paper",
    "paper": "papers.paper",
    "reconstruct": "papers.reconstruct_patients",
    "pool": "evidence.pool",
    "curve": "curves.curve",
    "study": "studies.draft",
    "map": "records.map_spreadsheet",
    "import": "records.import_records",
    "export": "records.export_records",
    "schema": "studies.schema",
    "demo": "replications.demo",
    "simulate": "simulate.simulation",
}
"""Each command and where it is: a function of a module of this room, or a group of commands."""


class Commands(TyperGroup):
    """The commands; only the one that is called is imported, since all together take longer than a small study."""

    def __init__(self, **settings: Any) -> None:
        """Take the names, which are suggested where one is misspelt."""
        super().__init__(**settings)
        self.commands = cast(Any, dict.fromkeys(COMMANDS))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Import a command by its name; None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(".")
        found = getattr(import_module(f"sequela.cli.{module}"), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(add_completion=False, rich_markup_mode=None)
            alone.command(name=cmd_name)(found)
            found = alone
        return typer.main.get_command(found)


app = typer.Typer(
    name="sequela",
    cls=Commands,
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
    except OSError as problem:
        if problem.filename is not None:
            raise
        stderr().print(
            f"standard output cannot be written ({problem.strerror}). Name a place with room.", soft_wrap=True
        )
        sys.exit(SequelaError.exit_code)


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
