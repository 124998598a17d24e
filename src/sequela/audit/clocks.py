"""B.16: endpoints of one study that run on different clocks, and lines in which not everyone had the drug."""

import polars as pl

from sequela.analyses.report_card import CardItem, Measure, Status
from sequela.analyses.wording import inside_sentence, listed, percent
from sequela.audit.material import Material
from sequela.derive.endpoint_parts import LINE, TIME_ZERO, start_in_words
from sequela.derive.endpoints import Endpoint
from sequela.derive.lines import columns_of_lines
from sequela.derive.sequences import SEQUENCES
from sequela.study.grammar import InSequenceGroup
from sequela.study.spec import CompetingAnalysis, SurvivalAnalysis

ID, NAME, TITLE = "B16g", "several_clocks", "Clocks and drugs of the endpoints"


def several_clocks(data: Material) -> CardItem:
    """B.16: name the clocks of the endpoints, and count who had the index drug in the line an endpoint starts with."""
    asked = _endpoints(data)
    if not asked:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No time-to-event endpoint was asked for.")
    clocks = {label: _clock(data, endpoint) for label, endpoint in asked.items()}
    said, measures = [], [Measure("clocks", float(len(set(clocks.values()))))]
    if len(set(clocks.values())) > 1:
        said.append(f"{listed([f'{inside_sentence(label)} from {clock}' for label, clock in clocks.items()])}.")
    for label, endpoint in asked.items():
        mixed, shares = _other_drug(data, label, endpoint)
        said += [mixed] if mixed else []
        measures += shares
    if not said:
        finding = f"Every endpoint starts at {next(iter(clocks.values()))}."
        return CardItem(ID, NAME, TITLE, Status.OK, finding, measures=tuple(measures))
    found = " ".join(said)
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        found[:1].upper() + found[1:],
        "Times of different clocks, or under different drugs, are not stages of one story: their medians do not add "
        "up, and a difference in one is none in the other.",
        "Ask one question on one clock; give the others a study file of their own.",
        tuple(measures),
    )


def _endpoints(data: Material) -> dict[str, Endpoint]:
    kinds = (SurvivalAnalysis, CompetingAnalysis)
    found = [item.definition for item in data.result.study.analyses if isinstance(item, kinds)]
    return {item.label: item for item in found}


def _clock(data: Material, endpoint: Endpoint) -> str:
    return str(data.result.study.time_zero) if endpoint.start == TIME_ZERO else start_in_words(endpoint.start)


def _other_drug(data: Material, label: str, endpoint: Endpoint) -> tuple[str, list[Measure]]:
    """Say where an endpoint of a line mixes patients who had the index drug in it with others; nothing where not."""
    drugs = _index(data)
    if not endpoint.start.startswith(LINE) or not drugs:
        return "", []
    rules = data.result.definitions.line_rules
    lines = columns_of_lines(data.result.records, rules, "patient_id", "line", "ingredients")
    own = lines.filter(pl.col("line") == int(endpoint.start.removeprefix(LINE)))
    had = own.select("patient_id", (pl.col("ingredients").list.set_intersection(drugs).list.len() > 0).alias("had"))
    joined = data.result.cohort.patients.select("patient_id", "group").join(had, on="patient_id", how="inner")
    counts = [joined.filter(pl.col("group") == group)["had"] for group in data.groups]
    shares = [
        Measure("share_with_the_index_drug", float(values.sum()) / len(values), group, method=label)
        for values, group in zip(counts, data.groups, strict=True)
        if len(values)
    ]
    if not 0 < joined["had"].sum() < joined.height:
        return "", shares
    each = [
        f"{values.sum()} of {len(values)} ({percent(int(values.sum()), len(values), 0)}%) of {group}"
        for values, group in zip(counts, data.groups, strict=True)
    ]
    named = listed([drug.replace("trastuzumab emtansine", "T-DM1") for drug in drugs])
    return f"{label} is a time on {named} in {listed(each)} only.", shares


def _index(data: Material) -> list[str]:
    """Return the drug asked about: that of time zero, or of the definition of sequence groups."""
    study = data.result.study
    named = {study.time_zero.drug} if study.time_zero.drug else set()
    named |= {
        SEQUENCES[rule.sequence_group].index for rule in study.groups.values() if isinstance(rule, InSequenceGroup)
    }
    resolve = data.result.records.drugs.resolve
    return sorted({name for drug in named for name in (resolve(drug) or (drug,))})
