"""The judgement of one drug on one day: whether it opens a line, and by which rule."""

from sequela.derive.line_columns import (
    ANTIBODY,
    CDK,
    CYTOTOXIC,
    ENDOCRINE,
    EXCHANGEABLE,
    HER2,
    PERTUZUMAB,
    STOPPED_COMPLETED,
    STOPPED_TOXICITY,
    TAXANE,
    TRASTUZUMAB,
    Lines,
    Record,
    World,
)
from sequela.derive.line_events import REVIEWED, progressed, progressed_between
from sequela.derive.line_memory import Bag, Past


def _antibody_goes_on(world: World, lines: Lines, past: Past, patient: Record, i: int) -> bool:
    """Return whether a HER2 antibody is given beside the drug of a row."""
    rows, day = world.rows, world.rows[i].start
    if past.state.antibody_until > day:
        return True
    hi = patient.end_row
    while i > patient.first_row and rows[i - 1].start == day:
        i -= 1
    while i < hi and rows[i].start <= day + world.choices.window:
        if lines.place[i] >= 0 and world.drugs[rows[i].drug].role & ANTIBODY:
            return True
        i += 1
    return False


def abandoned(world: World, lines: Lines, bag: Bag, patient: Record, i: int) -> bool:
    """Return whether all drugs of a stretch are known to have ended when another begins (L23)."""
    rows, day = world.rows, world.rows[i].start
    if not bag.state.closed or bag.state.until >= day:
        return False
    hi = patient.end_row
    while i > patient.first_row and rows[i - 1].start == day:
        i -= 1
    while i < hi and rows[i].start <= day + world.choices.window:
        if lines.place[i] >= 0 and bag.member[rows[i].drug] == bag.state.stamp:
            return False
        i += 1
    return True


def _lacks_progression(world: World, patient: Record, day: int) -> bool:
    """Return whether a drug opens a line only with a progression (L04), and there is none."""
    return world.choices.needs_progression and not progressed_between(world, patient, day - 30, day + 31)


def _partner(world: World, bag: Bag, past: Past, patient: Record, day: int) -> int:
    """Return the verdict of a chemotherapy that is new beside a continued HER2 antibody."""
    if progressed(world, patient, day, past.state.latest):
        return -9 if world.choices.partner_stays else 9
    if past.state.partner_until >= day or not bag.state.roles & CYTOTOXIC:
        return -4 if _lacks_progression(world, patient, day) else 4
    reason = past.state.partner_reason
    if reason in (STOPPED_TOXICITY, STOPPED_COMPLETED):
        return 11 if world.choices.partner_exchange_opens else -11
    return -4 if _lacks_progression(world, patient, day) else REVIEWED + 11


def _exchange(world: World, bag: Bag, past: Past, patient: Record, row: Record) -> int:
    """Return the verdict of a drug that takes the place of another, 0 where it does not."""
    about, day, state = world.drugs[row.drug], row.start, bag.state
    role = about.role
    joinable = role & PERTUZUMAB and state.roles & TRASTUZUMAB and state.roles & TAXANE
    if joinable and day - state.before <= world.choices.pertuzumab_joins:
        return -16
    if progressed(world, patient, day, past.state.latest):
        return 0
    if role & EXCHANGEABLE and bag.drug_class[about.drug_class] == state.stamp:
        return 10 if world.choices.class_exchange_opens else -10
    if state.toxic and state.until < day and state.until - state.since < world.choices.single_cycle:
        return -23
    return 0


def _new_drug(world: World, lines: Lines, bag: Bag, past: Past, patient: Record, i: int) -> int:
    """Return the verdict of a drug that the stretch or line has not seen."""
    row = world.rows[i]
    code = _exchange(world, bag, past, patient, row)
    if code != 0:
        return code
    day, role, held = row.start, world.drugs[row.drug].role, bag.state.roles
    if role & HER2 and held & HER2:
        return 15
    if held & ANTIBODY:
        if role & ENDOCRINE and not progressed(world, patient, day, past.state.latest):
            return 7 if world.choices.endocrine_opens else -7
        if role & CDK:
            return REVIEWED + 27
        if role & CYTOTOXIC and _antibody_goes_on(world, lines, past, patient, i):
            return _partner(world, bag, past, patient, day)
    return -4 if _lacks_progression(world, patient, day) else 4


def going_on(world: World, bag: Bag, past: Past, row: Record) -> bool:
    """Return whether a row merely goes on with a drug of the stretch or line, without a holiday."""
    drug = row.drug
    return bag.member[drug] == bag.state.stamp and row.start - past.drugs[drug].stop <= world.choices.holiday


def verdict(world: World, lines: Lines, bag: Bag, past: Past, patient: Record, i: int) -> int:
    """Return the rule by which a row opens a line (positive), stays by a rule (negative), or just stays (0)."""
    drug, day = world.rows[i].drug, world.rows[i].start
    course = past.drugs[drug]
    resumed = course.owner == past.state.owner and day - course.stop > world.choices.holiday
    if resumed and progressed_between(world, patient, course.stop + 1, day + 1):
        return 14
    if bag.member[drug] == bag.state.stamp:
        return 0
    return _new_drug(world, lines, bag, past, patient, i)
