"""The page: one file that opens, prints and can be mailed without a network."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from markupsafe import Markup

from sequela.analyses.propensity_results import Propensity
from sequela.analyses.report_card import AnswerUnder, Status
from sequela.analyses.results import Competing, Sequence, Specifications, Subgroups, Survival, TargetTrial
from sequela.analyses.study_result import StudyResult
from sequela.analyses.wording import counted, ratio, rounded, with_interval
from sequela.frozen import frozen
from sequela.records.bundle import Kind
from sequela.report.answer import answer, card_summary, group_sizes, released
from sequela.report.checks import UNASSESSED, checks, counts_by
from sequela.report.display_table import DisplayTable
from sequela.report.drawing.marks import Drawing
from sequela.report.drawing.pdf import pdf_bytes
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.canvas import UNREAL
from sequela.report.figures.flow import flow_figure
from sequela.report.figures.kaplan_meier import comparison_lines, group_lines, kaplan_meier_figure
from sequela.report.figures.moves import moves_figure
from sequela.report.manifest import sha256, versions
from sequela.report.methods import methods_paragraph
from sequela.report.moves import in_words, moves
from sequela.report.propensity_tables import curve_in_words
from sequela.report.specification_tables import summary_of
from sequela.report.study_text import study_text
from sequela.report.tables import tables_of
from sequela.report.target_trial import trial_in_words
from sequela.report.templates import template

KINDS = {
    Kind.OBSERVED: "Observed records",
    Kind.TRANSCRIBED: "Records transcribed from published case reports",
    Kind.RECONSTRUCTED: "Reconstructed records",
    Kind.SIMULATED: "Simulated records",
}
BANNERS = {
    Kind.RECONSTRUCTED: "These are not real patients: they were rebuilt from the numbers a publication printed, for "
    "testing programs and re-reading papers, never evidence.",
    Kind.SIMULATED: "These are not real patients: a program invented them, for testing programs and re-reading papers, "
    "never evidence.",
}
STATUS_CLASSES = {
    Status.OK.value: "ok",
    Status.NOT_ASSESSABLE.value: "unknown",
    Status.WARN.value: "look",
    Status.ERROR.value: "stop",
}

BESIDE = ("pairs-", "models-", "standardised-", "missing-")
"""How the names of tables begin that belong to the one before them."""


@frozen
class PageFigure:
    """A figure of the report.

    Attributes
    ----------
    name : str
        Stem of its files.
    title : str
        Its caption.
    alternative : str
        What it shows, in words.
    figure : Drawing
    """

    name: str
    title: str
    alternative: str
    figure: Drawing


def figures_of(result: StudyResult) -> tuple[PageFigure, ...]:
    """Draw the flow of patients and one curve figure for each time-to-event analysis."""
    kind = result.records.kind
    flow = result.cohort.flow
    sizes = group_sizes(result)
    drawn = [PageFigure("flow", "Flow of patients", _flow_in_words(result), flow_figure(flow, sizes, kind))]
    survivals = [item for item in released(result) if isinstance(item, Survival)]
    names = [table.name for table in tables_of(survivals) if table.name.startswith("survival-")]
    for name, survival in zip(names, survivals, strict=True):
        words = ". ".join(
            [f"Kaplan-Meier curves of {survival.label}", *group_lines(survival), *comparison_lines(survival)]
        )
        drawn.append(PageFigure(name, survival.label, f"{words}.", kaplan_meier_figure(survival, kind)))
    moved = moves(result)
    if moved:
        drawn.append(PageFigure("moves", "How the answer moves", in_words(moved), moves_figure(moved, kind)))
    return (
        *drawn,
        *_made_alike(result),
        *_subgroups(result),
        *_incidences(result),
        *_transitions(result),
        *_trials(result),
        *_specifications(result),
    )


def _made_alike(result: StudyResult) -> list[PageFigure]:
    found = [item for item in released(result) if isinstance(item, Propensity)]
    if not found:
        return []
    from sequela.report.figures.balance import balance_figure  # noqa: PLC0415 (asked for by few)
    from sequela.report.figures.weighted_curves import weighted_curves_figure  # noqa: PLC0415 (asked for by few)

    tables = tables_of(found)
    of = [(item, one) for item in found for one in item.comparisons]
    kind, drawn = result.records.kind, []
    for curves, balance, (item, one) in zip(tables[::2], tables[1::2], of, strict=True):
        words = f"Curves. {curves.title}: {curve_in_words(one)}."
        drawn.append(PageFigure(curves.name, curves.title, words, weighted_curves_figure(item, one, kind)))
        words = "; ".join(f"{row.cells[0]}: {row.cells[3]}, then {row.cells[6]}" for row in balance.rows)
        words = f"Standardised differences. {balance.title}: {words}."
        drawn.append(PageFigure(balance.name, balance.title, words, balance_figure(item, one, kind)))
    return drawn


def _subgroups(result: StudyResult) -> list[PageFigure]:
    found = [item for item in released(result) if isinstance(item, Subgroups)]
    if not found:
        return []
    from sequela.report.figures.subgroups import subgroup_figure  # noqa: PLC0415 (asked for by few)

    tables = [table for table in tables_of(found) if table.name.startswith("subgroups-")]
    drawn = []
    for table, item in zip(tables, found, strict=True):
        words = "; ".join(f"{row.cells[0]}: {', '.join(filter(None, row.cells[1:]))}" for row in table.rows)
        figure = subgroup_figure(item, result.records.kind)
        drawn.append(PageFigure(table.name, table.title, f"Forest plot. {table.title}: {words}.", figure))
    return drawn


def _incidences(result: StudyResult) -> list[PageFigure]:
    found = [item for item in released(result) if isinstance(item, Competing)]
    if not found:
        return []
    from sequela.report.figures.incidence import incidence_figure  # noqa: PLC0415 (asked for by few)

    tables = [table for table in tables_of(found) if table.name.startswith("competing-")]
    drawn = []
    for table, competing in zip(tables, found, strict=True):
        words = "; ".join(f"{row.cells[0]}: {', '.join(row.cells[1:])}" for row in table.rows if any(row.cells[1:]))
        figure = incidence_figure(competing, result.records.kind)
        drawn.append(PageFigure(table.name, table.title, f"Cumulative incidence. {table.title}: {words}.", figure))
    return drawn


def _transitions(result: StudyResult) -> list[PageFigure]:
    sequences = [item for item in released(result) if isinstance(item, Sequence)]
    if not sequences:
        return []
    from sequela.report.figures.transitions import transitions_figure  # noqa: PLC0415 (asked for by few)

    tables = [table for table in tables_of(sequences) if table.name.startswith("sequence")]
    drawn = []
    for table, sequence in zip(tables, sequences, strict=True):
        words = "; ".join(", ".join((row.cells[0], row.cells[-1])) for row in table.rows)
        figure = transitions_figure(sequence, result.records.kind)
        drawn.append(PageFigure(table.name, table.title, f"{table.title}, all patients: {words}.", figure))
    return drawn


def _trials(result: StudyResult) -> list[PageFigure]:
    trials = [item for item in released(result) if isinstance(item, TargetTrial)]
    if not trials:
        return []
    from sequela.report.figures.strategies import strategies_figure  # noqa: PLC0415 (asked for by few)

    named = [table for table in tables_of(trials) if table.name.startswith("target-trial")]
    return [
        PageFigure(table.name, table.title, trial_in_words(trial), strategies_figure(trial, result.records.kind))
        for table, trial in zip(named, trials, strict=True)
    ]


def _specifications(result: StudyResult) -> list[PageFigure]:
    found = [item for item in released(result) if isinstance(item, Specifications)]
    if not found:
        return []
    from sequela.report.figures.specifications import specifications_figure  # noqa: PLC0415 (asked for by few)

    named = [table for table in tables_of(found) if table.name.startswith("specifications")]
    kind = result.records.kind
    return [
        PageFigure(table.name, table.title, " ".join(summary_of(item)), specifications_figure(item, kind))
        for table, item in zip(named, found, strict=True)
    ]


def drawings(figures: tuple[PageFigure, ...], pdf: bool = False) -> dict[str, bytes]:
    """Return each figure as the file `NAME.svg`, and where `pdf` asks for it as `NAME.pdf` as well."""
    named = {each.name: replace(each.figure, title=each.title, description=each.alternative) for each in figures}
    drawn = {f"{name}.svg": svg_bytes(drawing) for name, drawing in named.items()}
    return drawn | {f"{name}.pdf": pdf_bytes(drawing) for name, drawing in named.items() if pdf}


def page(
    result: StudyResult,
    tables: tuple[DisplayTable, ...],
    figures: tuple[PageFigure, ...],
    drawn: Mapping[str, bytes],
) -> str:
    """Return the report as one HTML text: styles and figures inside, nothing loaded from elsewhere.

    `drawn` holds the files of the figures, of `drawings`.
    """
    return template("page.html").render(_content(result, tables, figures, drawn))


def inline_svg(content: bytes, name: str, alternative: str) -> Markup:
    """Return an SVG file as an element of a page: scalable, with an alternative text, its ids made its own."""
    text = re.sub(r"<(title|desc)\b.*?</\1>\s*", "", content.decode(), flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', text)
    text = re.sub(r'\b(?:xlink:)?href="#([^"]+)"', rf'href="#{name}-\1"', text)
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", text)
    root = re.search(r'<svg\b[^>]*viewBox="([^"]+)"[^>]*>', text)
    if root is None:
        raise ValueError("not an SVG with a viewBox")
    opening = Markup('<svg viewBox="{}" role="img" aria-label="{}">').format(root.group(1), alternative)
    return opening + Markup(text[root.end() :])


def _content(
    result: StudyResult,
    tables: tuple[DisplayTable, ...],
    figures: tuple[PageFigure, ...],
    drawn: Mapping[str, bytes],
) -> dict[str, Any]:
    kind = result.records.kind
    understood = study_text(result.study)
    return {
        "study": result.study,
        "kind": kind.value,
        "kind_words": KINDS[kind],
        "unreal": kind in UNREAL,
        "banner": BANNERS.get(kind, ""),
        "answer": answer(result),
        "late": result.too_early,
        "card": result.card,
        "card_summary": card_summary(result.card),
        "several": len(result.cohort.groups) > 2,
        "written": answer_under,
        "css": STATUS_CLASSES,
        "checks": checks(result),
        "unassessed": UNASSESSED,
        "figures": {figure.name: printed_figure(figure, drawn) for figure in figures},
        "tables": tables,
        "beside": beside(tables),
        "definitions": tuple(table.name for table in tables if table.name.startswith("definition")),
        "methods": methods_paragraph(result),
        "records": result.records,
        "refused": counts_by(result.records.quarantine, "rule"),
        "understood": understood,
        "study_file": result.study_text,
        "study_sha256": sha256((result.study_text or understood).encode()),
        "versions": versions(),
        "pdf": any(name.endswith(".pdf") for name in drawn),
    }


def beside(tables: tuple[DisplayTable, ...]) -> dict[str, tuple[DisplayTable, ...]]:
    """Return, for each table by its name, the tables that stand beside it: those of pairs, models and missing values.

    They follow it in the order of the report.
    """
    found: dict[str, tuple[DisplayTable, ...]] = {}
    head = ""
    for table in tables:
        if table.name.startswith(BESIDE) and head:
            found[head] += (table,)
        elif not table.name.startswith("definition-"):
            head = table.name
            found[head] = ()
    return found


def answer_under(answer: AnswerUnder) -> str:
    """Write an answer of the card: a ratio with its interval, or another number."""
    return with_interval(answer.estimate, ratio if answer.reference else rounded)


def printed_figure(figure: PageFigure, drawn: Mapping[str, bytes]) -> dict[str, Any]:
    """Return title, drawing and alternative text of a figure for a template, and whether there is a PDF beside it."""
    svg = inline_svg(drawn[f"{figure.name}.svg"], figure.name, figure.alternative)
    pdf = f"{figure.name}.pdf" in drawn
    return {"title": figure.title, "svg": svg, "alternative": figure.alternative, "pdf": pdf}


def _flow_in_words(result: StudyResult) -> str:
    flow = result.cohort.flow
    parts = [f"{counted(flow[0].before, 'patient')} in the records"]
    for step in flow:
        parts += [f"{step.excluded} excluded at “{step.label}”"] if step.excluded else []
        parts += [f"{step.undecidable} not decidable at “{step.label}”"] if step.undecidable else []
    parts += [f"{size} in {group}" for group, size in group_sizes(result)]
    return f"{'; '.join(parts)}."
