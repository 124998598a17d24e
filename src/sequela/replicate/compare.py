"""The replication table: printed beside computed, with a verdict and its reason.

Three verdicts. `agrees`: every computed number rounds to the printed one. `paper contradicts
itself`: arithmetic on what the paper printed, and nothing else, cannot be satisfied. `differs`:
the run finds another number, and the paper may be right.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sequela.replicate.computations import COMPUTATIONS
from sequela.replicate.material import Computed, Material
from sequela.replicate.paper import Claim, PrintedRow
from sequela.replicate.printed_numbers import agrees, numbers, written_like

CSV_COLUMNS = ("id", "quantity", "printed", "computed", "verdict")


class Verdict(StrEnum):
    """What the comparison of a row says."""

    AGREES = "agrees"
    DIFFERS = "differs"
    CONTRADICTS = "paper contradicts itself"


@dataclass(frozen=True, slots=True)
class ReplicationRow:
    """One printed quantity beside the computed one.

    Attributes
    ----------
    id, quantity, printed, computed : str
        The computed text is written with the printed decimals.
    verdict : Verdict
    reason : str
        The arithmetic behind the verdict, in a sentence; empty where the two texts say it all.
    """

    id: str
    quantity: str
    printed: str
    computed: str
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One claim after its computation: the text, whether it is the printed one, and why."""

    text: str
    agrees: bool
    computed: Computed
    count_differs: str = ""


def compare(rows: Iterable[PrintedRow], material: Material) -> tuple[ReplicationRow, ...]:
    """Compute every row and compare it with what was printed.

    Raises
    ------
    StudyError
        Where a row names a result that the run does not have.
    """
    return tuple(_compared(row, material) for row in rows)


def _compared(row: PrintedRow, material: Material) -> ReplicationRow:
    outcome = _outcome(row.claim, material)
    also = [_outcome(claim, material) for claim in row.also]
    checks = [_computed(claim, material) for claim in row.checks]
    percentages = [sentence for claim in (row.claim, *row.also) if (sentence := _wrong_percentage(claim))]
    broken = [check.note for check in checks if check.holds is False] + percentages
    disagreeing = [one for one in (outcome, *also) if not one.agrees]
    own = [one.computed.note for one in disagreeing if one.computed.within_paper]
    verdict = _verdict(broken + own, disagreeing)
    reasons = [*broken, *_said(outcome), *_said_also(row.also, also)]
    reasons += [check.note for check in checks if check.holds] + [_remark(claim, material) for claim in row.remarks]
    computed_text = outcome.text
    return ReplicationRow(row.id, row.quantity, row.claim.printed, computed_text, verdict, _sentence(reasons))


def _verdict(contradictions: list[str], disagreeing: list[_Outcome]) -> Verdict:
    if contradictions:
        return Verdict.CONTRADICTS
    return Verdict.DIFFERS if disagreeing else Verdict.AGREES


def _computed(claim: Claim, material: Material) -> Computed:
    return COMPUTATIONS[claim.computation](material, claim.given)


def _outcome(claim: Claim, material: Material) -> _Outcome:
    computed = _computed(claim, material)
    text = _text(claim, computed)
    same = text == (claim.expects or claim.printed) if computed.holds is None else computed.holds
    other = f"{computed.of} in the run, {claim.of} printed" if claim.of and computed.of != claim.of else ""
    return _Outcome(text, same and not other, computed, other)


def _text(claim: Claim, computed: Computed) -> str:
    if claim.form:
        return claim.form.format(*computed.values)
    return written_like(claim.printed, tuple(value for value in computed.values if not isinstance(value, str)))


def _wrong_percentage(claim: Claim) -> str:
    """Return a sentence where a printed percentage is not that of its printed count."""
    if not claim.of:
        return ""
    count, size = (int(part) for part in numbers(claim.of))
    share = COMPUTATIONS["percentage"](None, {"count": count, "of": size, "percent": numbers(claim.printed)[-1]})
    return "" if share.holds else share.note


def _said(outcome: _Outcome) -> list[str]:
    return [part for part in (outcome.count_differs, outcome.computed.note) if part]


def _said_also(claims: Iterable[Claim], outcomes: Iterable[_Outcome]) -> list[str]:
    return [
        f"{claim.printed} agrees" if outcome.agrees else f"{claim.printed} printed, {outcome.text} computed"
        for claim, outcome in zip(claims, outcomes, strict=True)
    ]


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


__all__ = ["CSV_COLUMNS", "ReplicationRow", "Verdict", "agrees", "compare", "tally", "to_csv"]
