"""What stands on the page of a replicated paper."""

from sequela.analyses.report_card import Status
from sequela.analyses.results import Survival
from sequela.analyses.study_result import StudyResult
from sequela.replicate.cases import timelines
from sequela.replicate.clocks import delayed_entry_curves
from sequela.replicate.compare import ReplicationRow, Verdict
from sequela.replicate.curves import curves
from sequela.replicate.paper import MAIN_STUDY
from sequela.replicate.replication import Replication
from sequela.report.answer import answer, card_summary
from sequela.report.display_table import DisplayTable
from sequela.report.figures.kaplan_meier import comparison_lines, group_lines, kaplan_meier_figure
from sequela.report.figures.timeline import timeline_figure
from sequela.report.page import PageFigure
from sequela.report.replication_page import ComparedRow, ReplicationPage, StudyAnswer

MARKS = {Verdict.AGREES: Status.OK, Verdict.DIFFERS: Status.WARN, Verdict.CONTRADICTS: Status.ERROR}
APART = (
    (Verdict.CONTRADICTS.value, "Where the paper contradicts itself"),
    (Verdict.DIFFERS.value, "Where another number is computed"),
)


def page_of(done: Replication, clocks: DisplayTable | None, figures: tuple[PageFigure, ...]) -> ReplicationPage:
    """Return the content of the page; `clocks` is None where no clock starts too early."""
    paper, result = done.paper, done.result
    kinds = [done.material.records.kind] + ([result.records.kind] if result is not None else [])
    return ReplicationPage(
        name=paper.name,
        title=paper.title,
        citation=paper.citation,
        doi=paper.doi,
        kinds=tuple(dict.fromkeys(kinds)),
        sentences=_sentences(done),
        refused=result is not None and result.card.grade is Status.ERROR,
        rows=tuple(_row(row) for row in done.rows),
        apart=APART,
        card=result.card if result is not None else None,
        several=result is not None and len(result.cohort.groups) > 2,
        tables=(clocks,) if clocks is not None else (),
        figures=figures,
        notes=done.notes,
        links=_links(done, clocks),
        studies=tuple(_answer(name, run.result) for name, run in done.material.runs.items()),
    )


def figures_of(done: Replication) -> tuple[PageFigure, ...]:
    """Draw the curves of the paper under its own clocks, or the timeline of each patient of a case report."""
    stem, drawn = done.paper.name, []
    for timeline in timelines(done.material):
        title = f"Timeline of {timeline.patient}"
        figure = timeline_figure(timeline, done.material.records.kind)
        drawn.append(PageFigure(f"{stem}-{timeline.patient}", title, f"{title}: drugs, lines and responses.", figure))
    for printed in done.paper.curves:
        run = done.material.runs[MAIN_STUDY]
        found = curves(run, printed)
        words = ". ".join([f"Kaplan-Meier curves. {printed.title}", *group_lines(found), *comparison_lines(found)])
        figure = kaplan_meier_figure(found, run.result.records.kind, since=printed.start)
        drawn.append(PageFigure(f"{stem}-{printed.name}", printed.title, f"{words}.", figure))
    late = delayed_entry_curves(done.result) if done.result is not None else None
    if late is not None and done.result is not None:
        drawn.insert(1, _delayed(f"{stem}-delayed-entry", late, done.result))
    return tuple(drawn)


def _delayed(name: str, found: Survival, result: StudyResult) -> PageFigure:
    words = ". ".join([f"Kaplan-Meier curves. {found.label}", *group_lines(found), *comparison_lines(found)])
    title = f"{found.label}: at risk only from entry on; no curve of the paper, and a description"
    figure = kaplan_meier_figure(found, result.records.kind, since=str(result.study.time_zero))
    return PageFigure(name, title, f"{words}.", figure)


def report_folder(name: str) -> str:
    """Return the folder of the report of a study by its name."""
    return "report" if name == MAIN_STUDY else f"report-{name}"


def _sentences(done: Replication) -> tuple[str, ...]:
    """Return what heads the page: the verdict, else the answer of the main study, else how many rows agree."""
    if done.sentences:
        return done.sentences
    return (answer(done.result).sentence if done.result is not None else done.notes[0],)


def _answer(name: str, result: StudyResult) -> StudyAnswer:
    return StudyAnswer(
        title=result.study.title,
        sentence=answer(result).sentence,
        card=card_summary(result.card),
        grade=result.card.grade,
        link=f"{report_folder(name)}/index.html",
        text=result.study_text,
    )


def _row(row: ReplicationRow) -> ComparedRow:
    words = (row.id, row.where, row.quantity, row.printed, row.computed, row.verdict.value, row.reason)
    return ComparedRow(*words, status=MARKS[row.verdict])


def _links(done: Replication, clocks: DisplayTable | None) -> tuple[tuple[str, str], ...]:
    stem = done.paper.name
    links = [(f"{stem}.csv", "Every row as CSV"), (f"{stem}.txt", "Every row as text, with the reason")]
    links += [(f"{stem}-{clocks.name}.csv", clocks.title)] if clocks is not None else []
    return tuple(links)
