"""Commands that turn a published curve into patients."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.markup import escape
from rich.table import Table

from sequela.cli.printing import stdout
from sequela.errors import Problem, UsageError
from sequela.evidence.curve import ENDPOINTS, OS, CurveReconstruction, reconstruct_curves, write_curve
from sequela.evidence.curve_points import ONLY_GROUP, read_curves
from sequela.evidence.digitised import GOOD_FIT, PLACES, SAMPLED
from sequela.evidence.reconstruct import NEVER_EVIDENCE
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.curve_overlay import curve_figure
from sequela.stats.cox import wald_interval


def curve(
    points: Annotated[Path, typer.Argument(help="Columns: months (days …), survival, group.", metavar="POINTS.csv")],
    out: Annotated[Path, typer.Argument(help="Folder for the patients and the picture.", metavar="OUT")],
    risk: Annotated[
        Path | None, typer.Option("--risk", help="Table: the same time, at_risk, group.", metavar="RISK.csv")
    ] = None,
    events: Annotated[
        list[str] | None, typer.Option("--events", help="Events in total: a number, or GROUP=NUMBER.")
    ] = None,
    patients: Annotated[
        list[str] | None, typer.Option("--patients", help="Without --risk: a number, or GROUP=NUMBER.")
    ] = None,
    drug: Annotated[str, typer.Option("--drug", help="Everybody's drug on day 0, for the records.")] = "",
    endpoint: Annotated[
        str, typer.Option("--endpoint", help="What an event is written as: os (death) or pfs (progression).")
    ] = OS,
    points_at: Annotated[
        str, typer.Option("--points-at", help="sampled: anywhere on the curve; steps: at the foot of each step.")
    ] = SAMPLED,
) -> None:
    """Reconstruct patients from a digitised survival curve; for testing and re-reading, never evidence."""
    _check_words(endpoint, points_at)
    read = read_curves(points, risk, events=_numbers("--events", events), patients=_numbers("--patients", patients))
    found = reconstruct_curves(read.curves, unit=read.unit, source=points.name, place=points_at)
    write_curve(found, out, endpoint, drug)
    (out / "curve.svg").write_bytes(svg_bytes(curve_figure(found)))
    _print_curves(found)
    _say(f"Every event is written as {'a death' if endpoint == OS else 'a radiologic progression'}.")
    _say(f"{NEVER_EVIDENCE} {out}")


def _check_words(endpoint: str, points_at: str) -> None:
    chosen = (("--endpoint", endpoint, ENDPOINTS), ("--points-at", points_at, PLACES))
    problems = [Problem(name, f"{word!r}", " | ".join(known)) for name, word, known in chosen if word not in known]
    if problems:
        raise UsageError(problems)


def _numbers(option: str, texts: list[str] | None) -> dict[str, int]:
    """Read `38` or `GROUP=38`."""
    found, problems = {}, []
    for text in texts or ():
        group, _, number = text.rpartition("=")
        if number.strip().isdecimal() and len(number.strip()) < 9 and int(number) > 0:
            found[group.strip() or ONLY_GROUP] = int(number)
        else:
            problems.append(Problem(option, f"{text!r}", "a whole number above zero, or GROUP=NUMBER"))
    if problems:
        raise UsageError(problems)
    return found


def _print_curves(found: CurveReconstruction) -> None:
    table = Table("group", "patients", "events", f"median, {found.unit}", "off by (root mean square)", "at most")
    for name in ("at risk off by", "points taken down", "rests on"):
        table.add_column(name)
    for group in found.groups:
        fit, median = group.fit, "not reached" if np.isnan(group.median) else f"{group.median:.2f}"
        cells = (group.name, group.patients.time.size, int(group.patients.event.sum()), median)
        told = (f"{fit.root_mean_square:.4f}", f"{fit.largest:.4f}", fit.at_risk, fit.rises, group.basis)
        table.add_row(*(escape(str(cell)) for cell in (*cells, *told)))
    stdout().print(table)
    for group in found.groups:
        if not group.fit.good:
            limits = (
                f"{GOOD_FIT['root mean square']} on the average, {GOOD_FIT['largest']} anywhere, one patient at risk"
            )
            stdout().print(
                f"{group.name}: farther from what was read than {limits}: doubtful.", markup=False, soft_wrap=True
            )
        wanted, events = group.curve.events, int(group.patients.event.sum())
        if wanted is not None and events != wanted:
            _say(f"{group.name}: {events} events, {wanted} printed: not met, curve and table would have to bend.")
    _print_ratio(found)


def _print_ratio(found: CurveReconstruction) -> None:
    ratio = found.ratio
    if ratio is None:
        return
    interval = wald_interval(ratio)
    for k, group in enumerate(found.groups[1:]):
        value, low, high = (np.exp(part[k]) for part in (ratio.coefficients, interval.low, interval.high))
        words = f"Hazard ratio of {group.name} against {found.groups[0].name}"
        stdout().print(
            f"{words}: {value:.2f} ({low:.2f}-{high:.2f}), Cox, Efron ties, Wald.", markup=False, soft_wrap=True
        )


def _say(text: str) -> None:
    stdout().print(text, markup=False, soft_wrap=True)
