"""The judgement of one drug on one day: whether it opens a line, and by which rule."""

from sequela.derive.line_columns import (
    ANTIBODY,
    CDK,
    CYTOTOXIC,
    ENDOCRINE,
    EXCHANGEABLE,
    HER2,
    PERTUZUMAB,
    PROGRESSION,
    STOPPED_COMPLETED,
    STOPPED_TOXICITY,
    TAXANE,
    TRASTUZUMAB,
    Lines,
    World,
)
from sequela.derive.line_events import REVIEWED, happened, progressed
from sequela.derive.line_memory import (
    ANTIBODY_UNTIL,
    BEFORE,
    CLOSED,
    LATEST,
    OWNER,
    PARTNER_REASON,
    PARTNER_UNTIL,
    ROLES,
    SINCE,
    STAMP,
    TOXIC,
    UNTIL,
    Bag,
    Past,
)


def _antibody_goes_on(world: World, lines: Lines, past: Past, patient: int, i: int) -> bool:
    """Return whether a HER2 antibody is given beside the drug of a row."""
    rows, day = world.rows, world.rows.start[i]
    if past.state[ANTIBODY_UNTIL] > day:
        return True
    hi = rows.offsets[patient + 1]
    while i > rows.offsets[patient] and rows.start[i - 1] == day:
        i -= 1
    while i < hi and rows.start[i] <= day + world.choices.window:
        if lines.place[i] >= 0 and world.drugs.role[rows.drug[i]] & ANTIBODY:
            return True
        i += 1
    return False


def abandoned(world: World, lines: Lines, bag: Bag, patient: int, i: int) -> bool:
    """Return whether all drugs of a stretch are known to have ended when another begins (L23)."""
    rows, day = world.rows, world.rows.start[i]
    if not bag.state[CLOSED] or bag.state[UNTIL] >= day:
        return False
    hi = rows.offsets[patient + 1]
    while i > rows.offsets[patient] and rows.start[i - 1] == day:
        i -= 1
    while i < hi and rows.start[i] <= day + world.choices.window:
        if lines.place[i] >= 0 and bag.member[rows.drug[i]] == bag.state[STAMP]:
            return False
        i += 1
    return True


def _unless_no_progression(world: World, patient: int, day: int, code: int) -> int:
    """Return the verdict of a drug that opens a line (L04), or opens it only with progression."""
    if world.choices.needs_progression and not happened(world, PROGRESSION, patient, day - 30, day + 30):
        return -4
    return code


def _partner(world: World, bag: Bag, past: Past, patient: int, day: int) -> int:
    """Return the verdict of a chemotherapy that is new beside a continued HER2 antibody."""
    if progressed(world, patient, day, past.state[LATEST]):
        return -9 if world.choices.partner_stays else 9
    if past.state[PARTNER_UNTIL] >= day or not bag.state[ROLES] & CYTOTOXIC:
        return _unless_no_progression(world, patient, day, 4)
    reason = past.state[PARTNER_REASON]
    if reason in (STOPPED_TOXICITY, STOPPED_COMPLETED):
        return 11 if world.choices.partner_exchange_opens else -11
    return _unless_no_progression(world, patient, day, REVIEWED + 11)


def _exchange(world: World, bag: Bag, past: Past, patient: int, i: int) -> int:
    """Return the verdict of a drug that takes the place of another, 0 where it does not."""
    drug, day, state = world.rows.drug[i], world.rows.start[i], bag.state
    role = world.drugs.role[drug]
    joinable = role & PERTUZUMAB and state[ROLES] & TRASTUZUMAB and state[ROLES] & TAXANE
    if joinable and day - state[BEFORE] <= world.choices.pertuzumab_joins:
        return -16
    if progressed(world, patient, day, past.state[LATEST]):
        return 0
    if role & EXCHANGEABLE and bag.drug_class[world.drugs.drug_class[drug]] == state[STAMP]:
        return 10 if world.choices.class_exchange_opens else -10
    if state[TOXIC] and state[UNTIL] < day and state[UNTIL] - state[SINCE] < world.choices.single_cycle:
        return -23
    return 0


def _new_drug(world: World, lines: Lines, bag: Bag, past: Past, patient: int, i: int) -> int:
    """Return the verdict of a drug that the stretch or line has not seen."""
    code = _exchange(world, bag, past, patient, i)
    if code != 0:
        return code
    day, role, held = world.rows.start[i], world.drugs.role[world.rows.drug[i]], bag.state[ROLES]
    if role & HER2 and held & HER2:
        return 15
    if held & ANTIBODY:
        if role & ENDOCRINE and not progressed(world, patient, day, past.state[LATEST]):
            return 7 if world.choices.endocrine_opens else -7
        if role & CDK:
            return REVIEWED + 27
        if role & CYTOTOXIC and _antibody_goes_on(world, lines, past, patient, i):
            return _partner(world, bag, past, patient, day)
    return _unless_no_progression(world, patient, day, 4)


def going_on(world: World, bag: Bag, past: Past, i: int) -> bool:
    """Return whether a row merely goes on with a drug of the stretch or line, without a holiday."""
    drug = world.rows.drug[i]
    return bag.member[drug] == bag.state[STAMP] and world.rows.start[i] - past.stop[drug] <= world.choices.holiday


def verdict(world: World, lines: Lines, bag: Bag, past: Past, patient: int, i: int) -> int:
    """Return the rule by which a row opens a line (positive), stays by a rule (negative), or just stays (0)."""
    drug, day = world.rows.drug[i], world.rows.start[i]
    resumed = past.owner[drug] == past.state[OWNER] and day - past.stop[drug] > world.choices.holiday
    if resumed and happened(world, PROGRESSION, patient, past.stop[drug] + 1, day):
        return 14
    if bag.member[drug] == bag.state[STAMP]:
        return 0
    return _new_drug(world, lines, bag, past, patient, i)
