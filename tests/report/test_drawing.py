"""The drawing layer: scales, letters, lines of text, SVG and PDF, each against a witness that is not our code."""

import re
import subprocess
import sys
import zlib
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequela.report.drawing.letters import UNITS, drawable, laid_out
from sequela.report.drawing.marks import (
    Area,
    Circle,
    Drawing,
    Face,
    Line,
    Panel,
    Pen,
    Rectangle,
    Ribbon,
    Scale,
    Text,
    Ticks,
)
from sequela.report.drawing.pdf import pdf_bytes
from sequela.report.drawing.svg import svg_bytes
from sequela.report.drawing.words import balanced, text, width_of, wrapped
from sequela.report.figures.axes import bands, bottom_axis, left_axis, plot, steps, straight
from sequela.report.page import inline_svg

from .read_drawing import box

SVG = "{http://www.w3.org/2000/svg}"
LINK = "{http://www.w3.org/1999/xlink}href"
FACE, BOLD = Face(10, "#000000"), Face(10, "#000000", bold=True)
PEN = Pen("#123456", 2.0, (3, 1), 0.5)


def drawing(*marks):
    return Drawing(200, 100, marks, "title")


def elements(*marks):
    root = ElementTree.fromstring(svg_bytes(drawing(*marks)))
    return [child for child in root if child.tag.removeprefix(SVG) not in ("title", "desc", "defs")]


@given(st.floats(0.01, 100), st.booleans())
def test_a_number_comes_back_from_its_place(number, logarithmic):
    scale = Scale(0.01, 100, 400, 20, logarithmic)
    assert scale.number(scale.at(number)) == pytest.approx(number)
    assert scale.all_at(np.array([number]))[0] == pytest.approx(scale.at(number))
    assert (scale.at(number) > scale.at(number * 1.01)) and scale.within(1000) == 100


def test_the_ends_of_a_scale_stand_at_its_ends():
    assert [Scale(2, 4, 10, 30).at(number) for number in (2, 3, 4, 5)] == [10, 20, 30, 40]
    assert Scale(1, 100, 0, 2, logarithmic=True).at(10) == pytest.approx(1)


def of_the_font(words, bold):
    """Width of a text by matplotlib's own layout, in sizes of the font."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    weight = "bold" if bold else "normal"
    path = TextPath((0, 0), words, size=100, prop=FontProperties(family="DejaVu Sans", weight=weight))
    return path.get_extents().width / 100


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("words", ["Tmab/Pmab 18 (0)", "AVATAR To Te", "χ² ≥ 0,5 – Ünïcode", "Лечение", "5.5–15.9%"])
def test_letters_are_as_wide_as_the_fonts(words, bold):
    letters, _ = laid_out(words, bold)
    edges = [x + letter.x for letter in letters for x in across(letter.outline)]
    assert (max(edges) - min(edges)) / UNITS == pytest.approx(of_the_font(words, bold), abs=0.002 * len(words))


def across(outline):
    """The places of an outline from left to right, in units."""
    found, x = [], 0.0
    for command, numbers in re.findall("([MLHVQCZ])([^MLHVQCZ]*)", outline):
        values = [float(number) for number in re.findall(r"-?\d+", numbers)]
        if command == "H":
            x = values[-1]
        elif command != "V" and values:
            x = values[-2]
        found.append(x)
    return found


@pytest.mark.parametrize("bold", [False, True])
def test_a_text_with_a_letter_beyond_the_tables_is_laid_out_as_the_others_are(bold):
    letters, width = laid_out("Wave 18 (0) ⴰ", bold)
    known, short = laid_out("Wave 18 (0) ", bold)
    assert len(letters) == len(known) + 1 and width > short
    assert [letter.x for letter in letters[:-1]] == pytest.approx([letter.x for letter in known], abs=UNITS / 100)
    for ours, fonts in zip(known, letters, strict=False):
        edges, witness = across(ours.outline), across(fonts.outline)
        assert (min(edges), max(edges)) == pytest.approx((min(witness), max(witness)), abs=UNITS / 100)
    assert len(laid_out("אב", bold)[0]) == 2


def test_what_the_font_lacks_is_a_square_and_signs_are_composed():
    assert drawable("ⴰ漢") == "ⴰ□" and width_of("ⴰⴱ", FACE) > 5
    assert drawable("After 漢方 (β)") == "After □□ (β)"
    assert drawable("e\u0301") == "é" and drawable("a\nb") == "a b"


@pytest.mark.parametrize("words", ["plain", "a\tb", "\x00\x0b", "</title><script>", "🙂 & co"])
def test_any_text_makes_a_well_formed_file(words):
    figure = Drawing(200, 100, (text(5, 50, words, FACE),), words, words)
    root = ElementTree.fromstring(svg_bytes(figure))
    assert root.find(f"{SVG}title") is not None and len(root) == 4


@settings(max_examples=60)
@given(st.text("abc de-/fgh ijklmnop", max_size=80), st.floats(30, 200))
def test_lines_fit_and_lose_nothing(words, room):
    for lines in (wrapped(words, room, FACE), balanced(words, room, FACE)):
        assert all(width_of(line, FACE) <= room + 0.01 for line in lines.split("\n"))
        assert lines.replace("\n", "").replace(" ", "") == words.replace(" ", "")
    assert balanced(words, room, FACE).count("\n") == wrapped(words, room, FACE).count("\n")


def test_a_text_that_is_cut_says_so():
    cut = wrapped("one two three four five", 50, FACE, 2)
    assert cut.startswith("one two\n") and cut.endswith("…") and cut.count("\n") == 1
    assert wrapped("one two", 50, FACE, 2) == "one two"
    assert wrapped("20\N{NO-BREAK SPACE}% of all", 30, FACE).split("\n")[0] == "20\N{NO-BREAK SPACE}%"


def test_sides_and_lines_of_a_text():
    width = width_of("word", FACE)
    starts = []
    for side in ("left", "middle", "right"):
        (group,) = elements(text(100, 50, "word", FACE, side, "base"))
        starts.append([float(number) for number in re.findall(r"[\d.]+", group.get("transform"))[:2]])
    assert starts == [pytest.approx([100 - share * width, 50], abs=0.01) for share in (0, 0.5, 1)]
    first, second = elements(text(0, 50, "a\nb", FACE, at="base", leading=1.5))
    assert "translate(0 50)" in first.get("transform") and "translate(0 65)" in second.get("transform")
    (turned,) = elements(text(10, 50, "word", FACE, turned=True))
    assert "rotate(-90)" in turned.get("transform")
    (upwards,) = elements(text(10, 50, "word", FACE, "middle", turned=True))
    place = [float(number) for number in re.findall(r"[\d.]+", upwards.get("transform"))[:2]]
    assert place == pytest.approx([10 + 0.729 / 2 * 10, 50 + width / 2], abs=0.01)
    assert {each.get("fill") for each in (first, turned)} == {"#000000"}


def test_every_letter_is_written_once_and_placed_where_it_belongs():
    root = ElementTree.fromstring(svg_bytes(drawing(text(0, 50, "abab", FACE), text(0, 80, "a", BOLD))))
    known = {path.get("id"): path.get("d") for path in root.find(f"{SVG}defs")}
    assert len(known) == 3
    used = [use.get(LINK).removeprefix("#") for use in root.iter(f"{SVG}use")]
    assert used == ["r61", "r62", "r61", "r62", "b61"] and set(used) == set(known)
    places = [float(use.get("x", 0)) for use in root.iter(f"{SVG}use")]
    assert places[:4] == [letter.x for letter in laid_out("abab")[0]]


def test_marks_are_written_as_they_are():
    line, ticks, area, box, circle, ribbon = elements(
        Line(((1, 2), (3, 2), (3, 4), (5, 6)), PEN),
        Ticks(((10, 20), (30, 40)), 4, PEN),
        Area(((0, 0), (10, 0), (10, 10)), "red", 0.25),
        Rectangle(1, 2, 3, 4, None, PEN),
        Circle(5, 6, 7, "white", PEN),
        Ribbon((0, 10), (100, 30), 8, "blue"),
    )
    assert line.get("d") == "M1 2H3V4L5 6" and line.get("fill") == "none"
    assert (line.get("stroke"), line.get("stroke-width"), line.get("stroke-dasharray")) == ("#123456", "2", "6 2")
    assert ticks.get("d") == "M10 18V22M30 38V42"
    assert area.get("d") == "M0 0H10V10Z" and area.get("fill-opacity") == "0.25" and area.get("stroke") is None
    assert [box.get(name) for name in ("x", "y", "width", "height", "fill")] == ["1", "2", "3", "4", "none"]
    assert [circle.get(name) for name in ("cx", "cy", "r")] == ["5", "6", "7"]
    assert ribbon.get("d") == "M0 10C50 10 50 30 100 30V38C50 38 50 18 0 18Z"


def test_points_that_print_the_same_are_written_once():
    (line,) = elements(Line(tuple((n / 1000, 5.0) for n in range(1000)), PEN))
    assert line.get("d").count("H") <= 101


def test_two_figures_of_one_page_share_no_name():
    panel = Panel(10, 10, 50, 50, Scale(0, 1, 10, 60), Scale(0, 1, 60, 10), (Line(((0, 0), (99, 99)), PEN),))
    content = svg_bytes(drawing(panel, text(5, 90, "a", FACE)))
    page = inline_svg(content, "one", "first") + inline_svg(content, "two", "second")
    named = re.findall(r'\bid="([^"]+)"', page)
    assert len(named) == len(set(named)) == 4
    pointed = re.findall(r'(?:href="#|url\(#)([^")]+)', page)
    assert set(pointed) == set(named)
    assert "<title" not in page and page.count('role="img"') == 2


EVERYTHING = (
    Panel(10, 10, 50, 50, Scale(0, 1, 10, 60), Scale(0, 1, 60, 10), (Line(((0, 0), (99, 99)), PEN),)),
    Ticks(((10, 20),), 4, PEN),
    Ticks((), 4, PEN),
    Area(((0, 0), (10, 0), (10, 10)), "#ff0000", 0.25),
    Rectangle(1, 2, 3, 4, "white", PEN),
    Circle(5, 6, 7, "white", PEN),
    Ribbon((0, 10), (100, 30), 8, "#0000ff"),
    Text(100, 50, "Tmab β\n18 patients", FACE, "middle", 12),
    text(20, 90, "upwards", BOLD, "middle", turned=True),
)


def test_axes_stand_at_their_numbers_and_more_is_higher():
    panel = plot(50, 10, 100, 80, (0, 10), (0, 2))
    assert (panel.x.at(0), panel.x.at(10), panel.y.at(0), panel.y.at(2)) == (50, 150, 90, 10)
    below = bottom_axis(panel, [(0, "none"), (5, "half")], "Title")
    ticks = next(mark for mark in below if isinstance(mark, Ticks))
    assert [x for x, _ in ticks.points] == [50, 100] and all(y > 90 for _, y in ticks.points)
    assert [(mark.words, mark.x) for mark in below if isinstance(mark, Text)] == [
        ("none", 50),
        ("half", 100),
        ("Title", 100),
    ]
    beside = [mark for mark in left_axis(panel, [(0, "0"), (2, "2")], "Title") if isinstance(mark, Text)]
    assert beside[0].y - beside[1].y == pytest.approx(80) and beside[2].turned and beside[2].x < 50
    assert all(box(mark)[2] < 50 for mark in beside)


def test_steps_hold_until_the_next_time_and_bands_end_where_a_limit_is_unknown():
    panel = plot(0, 0, 10, 1, (0, 10), (0, 1))
    time, value = np.array([0.0, 3, 7]), np.array([1.0, 0.5, 0.25])
    assert steps(panel, time, value, PEN).points == ((0, 0), (3, 0), (3, 0.5), (7, 0.5), (7, 0.75))
    assert straight(panel, time, value, PEN).points == ((0, 0), (3, 0.5), (7, 0.75))
    low, high = np.array([0.5, np.nan, 0.0]), np.array([1.0, 1.0, 1.0])
    (band,) = bands(panel, time, low, high, "red")
    assert band.points == ((0, 0), (3, 0), (3, 0.5), (0, 0.5))
    assert len(bands(panel, np.arange(4.0), np.array([0, np.nan, 0, 0]), np.ones(4), "red")) == 2


def content_of(pdf):
    """The commands that draw a page."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    unpacked = [zlib.decompress(each) for each in packed]
    return next(each for each in unpacked if b" m\n" in each or b" m " in each).decode("latin-1")


def test_a_pdf_has_the_places_of_the_drawing_counted_from_below():
    drawn = content_of(pdf_bytes(drawing(Rectangle(10, 20, 30, 40, "#ff0000"), text(7, 25, "A", FACE, at="base"))))
    corners = re.findall(r"^([\d.]+) ([\d.]+) [ml]$", drawn, re.MULTILINE)
    assert [(float(x), float(y)) for x, y in corners] == [(10, 80), (40, 80), (40, 40), (10, 40)]
    assert re.search(r"1 0 -?0 1 7 75 cm", drawn) and "1 0 0 rg" in drawn


@pytest.mark.parametrize("write", [svg_bytes, pdf_bytes])
def test_the_same_drawing_has_the_same_bytes_and_another_has_others(write):
    first, again = (write(drawing(*EVERYTHING)) for _ in range(2))
    assert first == again
    assert write(drawing(*EVERYTHING[1:])) != first
    assert write(drawing(replace(EVERYTHING[3], points=((0, 0), (10, 0), (10, 11))))) != write(drawing(EVERYTHING[3]))


def test_a_pdf_embeds_its_letters_and_has_the_size_of_the_drawing():
    content = pdf_bytes(drawing(*EVERYTHING))
    assert content.startswith(b"%PDF") and b"/MediaBox [ 0 0 200 100 ]" in content
    assert b"/FontFile2" in content and b"DejaVuSans" in content and b"DejaVuSans-Bold" in content
    assert b"/Type3" not in content and not re.search(rb"CreationDate|ModDate|Producer", content)


def test_drawing_needs_no_matplotlib_and_leaves_its_settings_alone():
    code = (
        "import sys; from sequela.records.bundle import Kind; from tests.report import inputs;"
        "from sequela.report.figures.kaplan_meier import kaplan_meier_figure;"
        "from sequela.report.drawing.svg import svg_bytes;"
        "svg_bytes(kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED));"
        "assert not {'matplotlib', 'fontTools'} & set(sys.modules);"
        "import matplotlib; before = dict(matplotlib.rcParams);"
        "from sequela.report.drawing.pdf import pdf_bytes;"
        "pdf_bytes(kaplan_meier_figure(inputs.SURVIVAL, Kind.OBSERVED));"
        "assert dict(matplotlib.rcParams) == before"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_tables_of_letters_are_those_the_script_makes():
    from pathlib import Path

    from matplotlib import get_data_path

    import sequela.report.drawing
    from sequela.report.drawing.make_letters import FILES, table

    here, fonts = Path(sequela.report.drawing.__file__).parent, Path(get_data_path()) / "fonts" / "ttf"
    for name, font in FILES.items():
        assert (here / name).read_text(encoding="utf-8") == table(fonts / font)
    assert (here / "LICENSE_DEJAVU.txt").read_bytes() == (fonts / "LICENSE_DEJAVU").read_bytes()
