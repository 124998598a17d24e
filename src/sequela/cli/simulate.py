"""Commands that invent patients whose truth is known."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.table import Table

from sequela.cli.printing import stdout
from sequela.errors import Problem, UsageError
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import write_scenario
from sequela.scenarios.worlds import WORLDS, World, world_named

simulation = typer.Typer(help="Invent patients whose truth is known.", no_args_is_help=True)


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
    write_scenario(simulate_cohort(world, np.random.default_rng(seed), patients), out, seed)
    stdout().print(f"{world.name}: {world.title}.", markup=False, soft_wrap=True)
    stdout().print(f"True: {world.truth}", markup=False, soft_wrap=True)
    for study in ("study", "naive"):
        stdout().print(f"Try: sequela run {out / f'{study}.yaml'}", markup=False, soft_wrap=True)


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
