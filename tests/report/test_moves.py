"""How the answer moves: what is counted as another way, the range on the first screen, and the figure."""

from dataclasses import replace

import pytest

from sequela.analyses.report_card import AnswerUnder, CardItem, Premise, ReportCard, Status
from sequela.analyses.results import Estimate
from sequela.records.bundle import Kind
from sequela.report.answer import answer
from sequela.report.drawing.marks import Circle, Line
from sequela.report.figures.canvas import COLOURS, MUTED
from sequela.report.figures.moves import PLOT, SUPPOSED, moves_figure
from sequela.report.figures.ratio_rows import ratio_scale
from sequela.report.moves import in_short, in_words, moves

from . import inputs
from .read_drawing import apart, inside, numbers, parts, texts

NAN = float("nan")


def under(label, value, low, high, premise=Premise.RECORDED, **changes):
    found = AnswerUnder(label, "Tmab/Pmab", "Tmab", Estimate(value, low, high, "Cox"), 42, 38, premise=premise)
    return replace(found, **changes)


AS_ASKED = under("as asked", 2.83, 1.38, 5.84)
WITHIN = under("within lines", 2.59, 0.92, 7.32)
EVERYTHING = under("adjusted for everything measured", 3.34, 1.52, 7.34)
HIDDEN = under("with another confounder like age", 1.93, 0.78, 4.68, Premise.SUPPOSED)
LINES = CardItem("B5", "lines", "Patients of several lines", Status.WARN, ".", answers=(AS_ASKED, WITHIN))


def result(*items, **changes):
    return replace(inputs.RESULT, card=ReportCard(items), **changes)


def item(status, *answers):
    return CardItem("B0", "item", "An item", status, "Found.", answers=answers)


def only(*found):
    """The moves of a result of two groups."""
    (moved,) = moves(result(*found))
    return moved


def labels(found):
    return [way.label for way in found.ways]


def test_the_answer_as_asked_by_another_method_is_no_other_way():
    assert not moves(result(item(Status.WARN, AS_ASKED)))
    assert not moves(result(inputs.FINE))
    found = only(LINES, item(Status.WARN, WITHIN, under("as asked", 2.83, 0.5, 16.0)))
    assert labels(found) == ["within lines", "as asked"]
    assert [one.estimate.value for one in found.asked] == [2.83, 3.07]


@pytest.mark.parametrize(
    "other",
    [
        under("up to 6 months", 9.9, 5.0, 20.0, Premise.PART),
        under("nobody at risk", NAN, NAN, NAN),
        under("of the incidence", 9.9, 5.0, 20.0, quantity="subdistribution hazard ratio"),
        under("another group", 9.9, 5.0, 20.0, group="Lapatinib"),
        under("a median", 9.9, 5.0, 20.0, reference=""),
    ],
)
def test_what_asks_something_else_is_left_out(other):
    found = only(LINES, item(Status.ERROR, other))
    assert labels(found) == ["within lines"]


def test_the_worst_items_come_first_and_calm_ones_show_their_ends():
    calm = [under(f"if {share}%", 2.9 + share / 100, 1.3, 6.0, Premise.SUPPOSED) for share in (5, 1, 20, 10)]
    found = only(item(Status.OK, *calm), LINES)
    assert labels(found) == ["within lines", "if 1%", "if 20%"]


def test_without_a_comparison_nothing_moves():
    survival = replace(inputs.SURVIVAL, hazard_ratios=())
    assert not moves(result(LINES, analyses=(survival,)))
    assert not moves(result(LINES, analyses=(inputs.RESPONSE,)))
    assert not moves(result(LINES, cohort=inputs.cohort(guard=inputs.LATE)))


def test_the_first_screen_says_range_and_what_holds_one():
    several = item(Status.WARN, WITHIN, EVERYTHING, HIDDEN)
    assert in_short(only(several)) == (
        "Hazard ratio in 2 other ways",
        "2.59 to 3.34",
        "1 of the 2 intervals includes a ratio of 1; supposing what is not recorded, 1.93",
    )
    assert in_short(only(LINES))[1:] == ("2.59", "95% CI 0.92–7.32")
    beyond = item(Status.WARN, EVERYTHING, under("weighted", 3.0, 1.1, 7.0))
    assert in_short(only(beyond))[2] == "no interval includes a ratio of 1"
    unsure = item(Status.WARN, WITHIN, under("weighted", 1.5, 0.7, 3.0))
    assert in_short(only(unsure))[2] == "every interval includes a ratio of 1"
    open_ended = item(Status.WARN, WITHIN, under("weighted", 1.5, 1.1, NAN))
    assert in_short(only(open_ended))[2] == "1 of the 2 intervals includes a ratio of 1"
    guessed = in_short(only(item(Status.WARN, HIDDEN)))
    assert guessed == ("Hazard ratio, supposing what is not recorded", "1.93", "95% CI 0.78–4.68")
    last = answer(result(several)).numbers[-1]
    assert (last.label, last.value) == ("Hazard ratio in 2 other ways", "2.59 to 3.34")


def test_the_figure_shows_every_way_at_its_place():
    found = only(LINES, item(Status.WARN, EVERYTHING, HIDDEN))
    drawing = moves_figure((found,), Kind.OBSERVED)
    said = texts(drawing)
    assert {"within lines", "2.59 (0.92–7.32)", "1.93 (0.78–4.68)", "An item", SUPPOSED} <= set(said)
    assert said.count("An item") == 1
    scale = ratio_scale([one.estimate for one in (*found.asked, *found.ways)], *PLOT)
    lines = [mark for mark in parts(drawing, "interval") if isinstance(mark, Line)]
    ends = [tuple(numbers(scale, [x for x, _ in line.points])) for line in lines]
    known = [(one.estimate.low, one.estimate.high) for one in (*found.asked, *found.ways)]
    assert [pytest.approx(pair) for pair in known] == ends
    assert [line.pen.colour for line in lines][2:] == [COLOURS[0], COLOURS[0], MUTED]
    assert len(parts(drawing, "ratio")) == 5 and not any(isinstance(m, Circle) for m in parts(drawing, "ratio"))
    assert inside(drawing) and apart(drawing)


def test_several_groups_stand_below_one_another():
    third = [replace(item, group="Lapatinib") for item in (*inputs.SURVIVAL.hazard_ratios,)]
    groups = (*inputs.SURVIVAL.groups, replace(inputs.DOUBLE, name="Lapatinib"))
    survival = replace(inputs.SURVIVAL, groups=groups, hazard_ratios=(*inputs.SURVIVAL.hazard_ratios, *third))
    others = [WITHIN, under("within lines", 0.5, 0.2, 0.9, group="Lapatinib")]
    study = result(item(Status.WARN, *others), analyses=(survival,))
    found = moves(study)
    assert [one.asked[0].group for one in found] == ["Tmab/Pmab", "Lapatinib"]
    last = answer(study).numbers[-1]
    assert last.label == "Hazard ratio Lapatinib vs Tmab in 1 other way" and last.value == "0.50"
    drawing = moves_figure(found, Kind.OBSERVED)
    assert {"Tmab/Pmab against Tmab", "Lapatinib against Tmab", "0.50 (0.20–0.90)"} <= set(texts(drawing))
    assert inside(drawing) and apart(drawing)
    assert "Lapatinib against Tmab" in in_words(found)


def test_long_names_and_wide_intervals_stay_inside():
    wide = under("weighted for the date of the first line " * 4, 30.0, 0.001, 900.0)
    drawing = moves_figure(moves(result(item(Status.WARN, wide, under("short", 1.2, NAN, NAN)))), Kind.SIMULATED)
    assert inside(drawing) and apart(drawing)


def test_without_suppositions_nothing_is_grey():
    assert SUPPOSED not in texts(moves_figure(moves(result(LINES)), Kind.OBSERVED))


def test_the_words_hold_every_number_of_the_figure():
    said = in_words((only(LINES, item(Status.WARN, HIDDEN)),))
    assert said == (
        "Hazard ratios of Tmab/Pmab against Tmab. as asked: 2.83 (1.37–5.89); as asked, adjusted: 3.07 (1.46–6.54); "
        "within lines (Patients of several lines): 2.59 (0.92–7.32); "
        "with another confounder like age (An item): 1.93 (0.78–4.68)."
    )
