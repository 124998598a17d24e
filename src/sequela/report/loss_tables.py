"""What the models lose to missing covariates, as a printed table."""

from sequela.analyses.complete_cases import CompleteCases
from sequela.analyses.wording import count_percent, inside_sentence
from sequela.report.display_table import DisplayTable, Row, slug
from sequela.report.table_words import sentence, sized

NOTE = (
    "A model holds only patients with every covariate; nothing is imputed in it. A patient may lack several "
    "covariates; “only this” counts those whom one covariate alone keeps out."
)


def loss_tables(endpoint: str, label: str, losses: tuple[CompleteCases, ...]) -> tuple[DisplayTable, ...]:
    """Print who is left out of each model, by covariate and by group; no table where nobody is left out."""
    lost = [cases for cases in losses if not cases.complete]
    if not lost:
        return ()
    columns = ("", *sized(lost[0].groups, lost[0].sizes))
    rows = [row for cases in lost for row in _rows(cases)]
    whole = [f"{sentence(cases.model, stop='')}: no covariate is missing." for cases in losses if cases.complete]
    title = f"{label}: who is left out of the models"
    return (DisplayTable(f"missing-{slug(endpoint)}", title, columns, tuple(rows), (NOTE, *whole)),)


def complete_notes(losses: tuple[CompleteCases, ...]) -> list[str]:
    """Say which models lose nobody."""
    return [
        f"{sentence(cases.model, stop='')}: no covariate is missing, all {cases.sizes[-1]} patients are in it."
        for cases in losses
        if cases.complete and cases.covariates
    ]


def _rows(cases: CompleteCases) -> list[Row]:
    def cells(counts: tuple[int, ...]) -> tuple[str, ...]:
        return tuple(count_percent(count, size) for count, size in zip(counts, cases.sizes, strict=True))

    rows = [Row((f"Left out of the {cases.model}", *cells(cases.left_out)))]
    rows.append(Row(("of them with the event", *(str(count) for count in cases.events_left_out)), indent=1))
    for item in cases.covariates:
        rows.append(Row((f"{inside_sentence(item.label)} missing", *cells(item.counts)), indent=1))
        if item.counts[-1] != item.alone[-1] or len(cases.covariates) > 1:
            alone = (str(count) for count in item.alone)
            rows.append(Row((f"only {inside_sentence(item.label)} missing", *alone), indent=1))
    return rows
