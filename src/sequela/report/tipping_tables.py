"""Which hidden confounders would explain the answer, as a printed table."""

import math

from sequela.analyses.report_card import ReportCard, TippingGrid
from sequela.analyses.wording import rounded, share
from sequela.report.display_table import DisplayTable, Row, slug

NOTES = (
    "First number: the share of the group that would have to have the confounder for the hazard ratio to be 1 without "
    "it; second: for its interval to reach 1.",
    "–, no share would do. Shares and risk ratios speak of a yes-or-no property that acts alike in both groups.",
)


def tipping_tables(card: ReportCard) -> tuple[DisplayTable, ...]:
    """Print each grid of tipping points of the card."""
    grids = [grid for item in card.items for grid in item.grids]
    return tuple(_table(grid, several=len(grids) > 1) for grid in grids)


def _table(grid: TippingGrid, several: bool) -> DisplayTable:
    title = f"Confounders that would explain the difference between {grid.group} and {grid.reference}"
    columns = (f"Share of {grid.reference}", *(f"Risk ratio {rounded(size, 1)}" for size in grid.strengths))
    rows = tuple(
        Row((f"{share(own, 0)}%", *(_cell(*pair) for pair in zip(one, limit, strict=True))))
        for own, one, limit in zip(grid.shares, grid.to_one, grid.to_limit, strict=True)
    )
    settled = any(math.isfinite(value) for line in grid.to_limit for value in line)
    name = f"tipping-points-{slug(grid.group)}" if several else "tipping-points"
    return DisplayTable(name, title, columns, rows, NOTES if settled else (_LIMIT_HOLDS, NOTES[1]))


_LIMIT_HOLDS = (
    "The share of the group that would have to have the confounder for the hazard ratio to be 1 without it; where one "
    "number stands, the interval holds 1 already, or no share brings it there."
)


def _cell(to_one: float, to_limit: float) -> str:
    if math.isnan(to_one) and math.isnan(to_limit):
        return "–"
    if math.isnan(to_limit):
        return f"{share(to_one, 0)}%"
    return f"{share(to_one, 0)}% / {share(to_limit, 0)}%" if math.isfinite(to_one) else f"– / {share(to_limit, 0)}%"
