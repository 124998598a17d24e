"""Small symbols around a point."""

from sequela.report.drawing.marks import Area

_CORNERS = {
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "diamond": ((0, -1.414), (1.414, 0), (0, 1.414), (-1.414, 0)),
    "left": ((-1, 0), (1, -1), (1, 1)),
    "right": ((1, 0), (-1, -1), (-1, 1)),
    "down": ((0, 1), (-1, -1), (1, -1)),
    "cross": (
        *((-1, -0.5), (-0.5, -1), (0, -0.5), (0.5, -1), (1, -0.5), (0.5, 0)),
        *((1, 0.5), (0.5, 1), (0, 0.5), (-0.5, 1), (-1, 0.5), (-0.5, 0)),
    ),
}
"""Corners of each symbol two units wide; a diamond is a square on its corner."""


def symbol(form: str, x: float, y: float, size: float, fill: str, part: str = "") -> Area:
    """Return a symbol with its middle in a point.

    Parameters
    ----------
    form : str
        square, diamond, cross, or a triangle that points left, right or down.
    x, y : float
    size : float
        Width in points; of a diamond, the length of a side.
    fill : str
    part : str
    """
    return Area(tuple((x + size / 2 * dx, y + size / 2 * dy) for dx, dy in _CORNERS[form]), fill, part=part)
