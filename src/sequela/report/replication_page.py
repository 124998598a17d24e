"""The page of a replicated paper: what its patients can tell, then printed beside computed."""

from collections.abc import Iterable, Mapping
from itertools import groupby

from sequela.analyses.report_card import ReportCard, Status
from sequela.frozen import frozen
from sequela.records.bundle import Kind
from sequela.report.answer import card_summary
from sequela.report.display_table import DisplayTable
from sequela.report.manifest import versions
from sequela.report.page import BANNERS, KINDS, STATUS_CLASSES, PageFigure, answer_under, printed_figure
from sequela.report.templates import template


@frozen
class ComparedRow:
    """One printed quantity beside the computed one, in words.

    Attributes
    ----------
    id, where, quantity, printed, computed, verdict, reason : str
        `where` is the place in the paper.
    status : Status
        How the verdict is marked.
    """

    id: str
    where: str
    quantity: str
    printed: str
    computed: str
    verdict: str
    reason: str
    status: Status


@frozen
class StudyAnswer:
    """What one study of a paper answers.

    Attributes
    ----------
    title, sentence, card : str
        Its title, its answer, and its audit in one sentence.
    grade : Status
    link : str
        Its report, from the folder of the page.
    text : str
        The study file.
    """

    title: str
    sentence: str
    card: str
    grade: Status
    link: str
    text: str


@frozen
class ReplicationPage:
    """What stands on the page of a paper.

    Attributes
    ----------
    name, title, citation, doi : str
        `doi` is empty where it could not be confirmed.
    kinds : tuple of Kind
        Of the records behind the rows.
    sentences : tuple of str
        The first says what the patients of the paper can and cannot tell.
    refused : bool
        Whether the audit refuses the comparison of the paper.
    rows : tuple of ComparedRow
    apart : tuple of (str, str)
        Verdicts whose rows also stand together at the head of the page, each with its heading.
    card : ReportCard or None
        Of the main study; None for case reports.
    several : bool
        Whether the card compares more than two groups.
    tables : tuple of DisplayTable
        The endpoint under each clock.
    figures : tuple of PageFigure
    notes : tuple of str
    links : tuple of (str, str)
        Files beside the page, and what they are.
    studies : tuple of StudyAnswer
    """

    name: str
    title: str
    citation: str
    doi: str
    kinds: tuple[Kind, ...]
    sentences: tuple[str, ...]
    refused: bool
    rows: tuple[ComparedRow, ...]
    apart: tuple[tuple[str, str], ...]
    card: ReportCard | None
    several: bool
    tables: tuple[DisplayTable, ...]
    figures: tuple[PageFigure, ...]
    notes: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    studies: tuple[StudyAnswer, ...]


def replication_page(page: ReplicationPage, drawn: Mapping[str, bytes]) -> str:
    """Return the page as one HTML text: styles and figures inside, nothing loaded from elsewhere.

    `drawn` holds the files of the figures, of `sequela.report.page.drawings`.
    """
    unreal = next((kind for kind in page.kinds if kind in BANNERS), None)
    marks = {row.verdict: STATUS_CLASSES[row.status.value] for row in page.rows}
    return template("replication.html").render(
        page=page,
        banner=(KINDS[unreal], BANNERS[unreal]) if unreal is not None else None,
        kind_words=[KINDS[kind] for kind in page.kinds],
        tally=_tally(page.rows),
        apart=[(title, found) for verdict, title in page.apart if (found := _with(page.rows, verdict))],
        places=_by_place(page.rows),
        css=marks | STATUS_CLASSES,
        card_summary=card_summary(page.card) if page.card is not None else "",
        written=answer_under,
        drawn={figure.name: printed_figure(figure, drawn) for figure in page.figures},
        versions=versions(),
    )


def _with(rows: Iterable[ComparedRow], verdict: str) -> list[ComparedRow]:
    return [row for row in rows if row.verdict == verdict]


def _tally(rows: tuple[ComparedRow, ...]) -> list[tuple[str, int]]:
    """Return how many rows got each verdict, what is in order first."""
    verdicts = dict.fromkeys(row.verdict for row in sorted(rows, key=lambda row: row.status.rank))
    return [(verdict, len(_with(rows, verdict))) for verdict in verdicts]


def _by_place(rows: Iterable[ComparedRow]) -> list[tuple[str, list[ComparedRow]]]:
    """Return the rows by their place in the paper, in the order of each place's first row."""
    places: dict[str, list[ComparedRow]] = {}
    for place, found in groupby(rows, key=lambda row: row.where):
        places.setdefault(place, []).extend(found)
    return list(places.items())


def is_page(text: str) -> bool:
    """Return whether a text is a page of a replication, of any version."""
    return '<meta name="generator" content="sequela ' in text and "Printed beside computed" in text
