"""Commands that invent patients whose truth is known."""

import datetime
import re
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from sequela.analyses.null_worlds import in_worlds
from sequela.cli.printing import stdout
from sequela.errors import Problem, UsageError
from sequela.report.null_world_tables import null_world_table
from sequela.scenarios.cohort import simulate_cohort, simulate_starters
from sequela.scenarios.pattern import COMPARISONS, SEPHER, Calendar, read_condition
from sequela.scenarios.records import write_scenario
from sequela.scenarios.worlds import WORLDS, World, world_named

simulation = typer.Typer(
    help="Invent patients whose truth is known.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)


@simulation.command(name="worlds")
def list_worlds() -> None:
    """List the worlds: what happens in each, what is true, what nobody measured."""
    table = Table("world", "what happens", "true hazard ratio", "unmeasured")
    for world in WORLDS.values():
        table.add_row(world.name, world.title, f"{world.hazard_ratio:.2f}", world.unmeasured)
    stdout().print(table)


@simulation.command(name="scenario")
def simulate_scenario(
    name: Annotated[str, typer.Argument(help=f"One of: {', '.join(WORLDS)}.", metavar="WORLD")],
    out: Annotated[Path, typer.Argument(help="A new folder: records, studies and the truth.", metavar="FOLDER")],
    patients: Annotated[int, typer.Option("--patients", help="How many start T-DM1.", min=2, max=1_000_000)] = 371,
    starters: Annotated[
        int | None,
        typer.Option("--starters", help="Instead: how many start a first line; all are kept.", min=2, max=1_000_000),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed makes the same patients.", min=0)] = 1,
    number: Annotated[
        list[str] | None, typer.Option("--set", help="Another number for the world.", metavar="NAME=VALUE")
    ] = None,
) -> None:
    """Write the records of patients from a world, a study that asks rightly, one that does not, and the truth."""
    world = _with_numbers(world_named(name), number or [])
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        found = "there is something of that name already"
        raise UsageError(Problem(out.name, found, "a new or empty folder", "Name another one; nothing was written."))
    rng = np.random.default_rng(seed)
    cohort, never = (
        simulate_starters(world, rng, starters) if starters else (simulate_cohort(world, rng, patients), None)
    )
    write_scenario(cohort, out, seed, never)
    stdout().print(f"{world.name}: {world.title}.", markup=False, soft_wrap=True)
    stdout().print(f"True: {world.truth}", markup=False, soft_wrap=True)
    for study in ("study", "naive"):
        stdout().print(f"Try: sequela run {out / f'{study}.yaml'}", markup=False, soft_wrap=True)


@simulation.command(name="pattern")
def simulate_pattern(
    where: Annotated[
        list[str] | None,
        typer.Option("--where", help=f"Such as 'os.diagnosis < 0.05'; of {', '.join(COMPARISONS)}.", metavar="P"),
    ] = None,
    opened: Annotated[str, typer.Option("--opened", help="First metastatic diagnosis.", metavar="DATE")] = "2003-01-01",
    closed: Annotated[str, typer.Option("--closed", help="Last day of the records.", metavar="DATE")] = "2018-09-01",
    drugs: Annotated[
        str, typer.Option("--available", help="First day of the earlier and the later drug.", metavar="DATE,DATE")
    ] = "2013-10-01,2013-07-01",
    groups: Annotated[
        str, typer.Option("--groups", help="Patients without and with the earlier drug.", metavar="N,N")
    ] = "194,177",
    runs: Annotated[int, typer.Option("--runs", help="Cohorts of each world.", min=50, max=10_000)] = 500,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same numbers.", min=0)] = 1,
) -> None:
    """Say how likely a pattern of p-values is in worlds without any effect; as it stands, SePHER's pattern."""
    pattern = tuple(read_condition(text) for text in where) if where else SEPHER
    days = [_day(text, option) for text, option in ((opened, "--opened"), (closed, "--closed"))]
    available = [_day(text, "--available") for text in drugs.split(",")]
    if len(available) != 2:
        raise UsageError(Problem("--available", f"'{drugs}'", "two dates: 2013-10-01,2013-07-01"))
    found = in_worlds(("pertuzumab", "T-DM1"), _sizes(groups), Calendar(*days, *available), pattern, runs, seed)
    printed = null_world_table(found)
    table = Table(*printed.columns)
    for row in printed.rows:
        table.add_row(*row.cells)
    stdout().print(table)
    for note in printed.notes:
        stdout().print(note, markup=False, soft_wrap=True)


def _day(text: str, option: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            Problem(option, f"'{text}' is not a full date", "year-month-day, such as 2014-04-01")
        ) from None


def _sizes(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*", text)
    if found is None:
        raise UsageError(Problem("--groups", f"'{text}' is no pair of numbers", "such as 194,177"))
    return int(found[1]), int(found[2])


def _with_numbers(world: World, given: list[str]) -> World:
    values: dict[str, float] = {}
    for text in given:
        key, _, value = text.partition("=")
        try:
            values[key.strip()] = float(value)
        except ValueError:
            found = f"'{text}' is no name with a number"
            raise UsageError(Problem("--set", found, "NAME=VALUE, such as tdm1_median=9")) from None
    return world.with_values(**values)
