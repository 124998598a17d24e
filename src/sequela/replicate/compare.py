"""The replication table: printed beside computed, with a verdict and its reason.

Three verdicts. `agrees`: every computed number rounds to the printed one. `paper contradicts
itself`: arithmetic on what the paper printed, and nothing else, cannot be satisfied. `differs`:
the run finds another number, and the paper may be right.
"""

import csv
import io
from collections.abc import Iterable
from enum import StrEnum

from sequela.frozen import frozen
from sequela.replicate.arithmetic import percentage
from sequela.replicate.computations import COMPUTATIONS
from sequela.replicate.material import Computed, Material
from sequela.replicate.paper import Claim, PrintedRow
from sequela.replicate.printed_numbers import numbers, written_like

CSV_COLUMNS = ("id", "quantity", "printed", "computed", "verdict")


class Verdict(StrEnum):
    """What the comparison of a row says."""

    AGREES = "agrees"
    DIFFERS = "differs"
    CONTRADICTS = "paper contradicts itself"


@frozen
class ReplicationRow:
    """One printed quantity beside the computed one.

    Attributes
    ----------
    id, where, quantity, printed, computed : str
        `where` is the place in the paper; the computed text is written with the printed decimals.
    verdict : Verdict
    reason : str
        The arithmetic behind the verdict, in a sentence; empty where the two texts say it all.
    """

    id: str
    where: str
    quantity: str
    printed: str
    computed: str
    verdict: Verdict
    reason: str


@frozen
class _Outcome:
    """One claim after its computation: its text, whether that is the printed one, and why."""

    text: str
    agrees: bool
    within_paper: bool
    note: str


def compare(rows: Iterable[PrintedRow], material: Material) -> tuple[ReplicationRow, ...]:
    """Compute every row and compare it with what was printed.

    Raises
    ------
    StudyError
        Where a row names a result that the run does not have.
    """
    return tuple(_compared(row, material) for row in rows)


def _compared(row: PrintedRow, material: Material) -> ReplicationRow:
    claims = (row.claim, *row.also)
    outcomes = [_outcome(claim, material) for claim in claims]
    checks = [_computed(claim, material) for claim in row.checks] + _percentages(claims)
    verdict = _verdict(outcomes, checks)
    reasons = [check.note for check in checks if not check.holds]
    reasons += [outcomes[0].note, *map(_said, row.also, outcomes[1:])]
    reasons += [check.note for check in checks[: len(row.checks)] if check.holds]
    reasons += [_remark(claim, material) for claim in row.remarks]
    printed, computed = row.claim.printed, outcomes[0].text
    return ReplicationRow(row.id, row.where, row.quantity, printed, computed, verdict, _sentence(reasons))


def _verdict(outcomes: list[_Outcome], checks: list[Computed]) -> Verdict:
    """Let broken arithmetic on the print decide first, then what the computation found."""
    disagreeing = [one for one in outcomes if not one.agrees]
    if any(not check.holds for check in checks) or any(one.within_paper for one in disagreeing):
        return Verdict.CONTRADICTS
    return Verdict.DIFFERS if disagreeing else Verdict.AGREES


def _computed(claim: Claim, material: Material) -> Computed:
    return COMPUTATIONS[claim.computation](material, claim.given)


def _outcome(claim: Claim, material: Material) -> _Outcome:
    computed = _computed(claim, material)
    text = _text(claim, computed)
    same = text == (claim.expects or claim.printed) if computed.holds is None else computed.holds
    other = f"{computed.of} in the run, {claim.of} printed" if claim.of and computed.of != claim.of else ""
    note = "; ".join(part for part in (other, computed.note) if part)
    return _Outcome(text, same and not other, computed.within_paper, note)


def _text(claim: Claim, computed: Computed) -> str:
    if claim.form:
        return claim.form.format(*computed.values)
    return written_like(claim.printed, tuple(value for value in computed.values if not isinstance(value, str)))


def _percentages(claims: Iterable[Claim]) -> list[Computed]:
    """Check each printed percentage against its printed count."""
    checks = []
    for claim in claims:
        if claim.of:
            count, size = (int(part) for part in numbers(claim.of))
            checks.append(percentage(None, {"count": count, "of": size, "percent": numbers(claim.printed)[-1]}))
    return checks


def _said(claim: Claim, outcome: _Outcome) -> str:
    return f"{claim.printed} agrees" if outcome.agrees else f"{claim.printed} printed, {outcome.text} computed"


def _remark(claim: Claim, material: Material) -> str:
    computed = _computed(claim, material)
    return claim.form.format(*computed.values) if claim.form else computed.note


def _sentence(parts: Iterable[str]) -> str:
    """Join clauses, each once, into one sentence."""
    joined = "; ".join(dict.fromkeys(part for part in parts if part))
    return joined[:1].upper() + joined[1:] + "." if joined else ""


def to_csv(rows: Iterable[ReplicationRow]) -> str:
    """Return the rows as CSV with the columns id, quantity, printed, computed, verdict."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows([row.id, row.quantity, row.printed, row.computed, str(row.verdict)] for row in rows)
    return text.getvalue()


def tally(rows: Iterable[ReplicationRow]) -> dict[Verdict, int]:
    """Return how many rows got each verdict, in the order of `Verdict`."""
    verdicts = [row.verdict for row in rows]
    return {verdict: verdicts.count(verdict) for verdict in Verdict}


def to_text(rows: Iterable[ReplicationRow]) -> str:
    """Return the rows as text: identifier, printed, computed, verdict, and the reason below."""
    blocks = []
    for row in rows:
        head = f"{row.id}  {row.verdict}: printed {row.printed}, computed {row.computed}"
        blocks.append("\n".join(part for part in (head, f"  {row.quantity}", f"  {row.reason}") if part.strip()))
    return "\n".join(blocks) + "\n"
