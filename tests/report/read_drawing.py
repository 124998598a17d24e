"""What a figure says and shows, read back from its marks."""

from sequela.report.drawing.marks import Text
from sequela.report.drawing.words import DEEPEST, TALLEST, width_of


def texts(drawing):
    return [mark.words for mark in drawing.shapes() if isinstance(mark, Text)]


def parts(drawing, name):
    return [mark for mark in drawing.shapes() if mark.part == name]


def box(text):
    """Left, top, right and bottom of a text."""
    width, size, lines = width_of(text.words, text.face), text.face.size, text.words.count("\n")
    before = {"left": 0.0, "middle": width / 2, "right": width}[text.side]
    if text.turned:
        return text.x - TALLEST * size, text.y + before - width, text.x + lines * text.leading, text.y + before
    left, top = text.x - before, text.y - TALLEST * size
    return left, top, left + width, text.y + lines * text.leading + DEEPEST * size


def inside(drawing):
    """Whether every text lies within the figure."""
    boxes = [box(mark) for mark in drawing.shapes() if isinstance(mark, Text)]
    return all(x0 >= 0 and y0 >= 0 and x1 <= drawing.width and y1 <= drawing.height for x0, y0, x1, y1 in boxes)


def apart(drawing):
    """Whether no text of a figure lies on another."""
    boxes = [box(mark) for mark in drawing.shapes() if isinstance(mark, Text)]
    pairs = [(a, b) for place, a in enumerate(boxes) for b in boxes[place + 1 :]]
    return not [1 for a, b in pairs if min(a[2], b[2]) - max(a[0], b[0]) > 1 and min(a[3], b[3]) - max(a[1], b[1]) > 3]


def numbers(scale, places):
    """The numbers that stand at places of a scale."""
    return [scale.number(place) for place in places]


def corners(line):
    """Where a step function changes: the place and height after each step down or up."""
    return line.points[2::2]
