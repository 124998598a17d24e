"""B.0 and B.16: covariates that are a consequence of the earlier drug must not stand in the main model.

They lie on the way from the drug to the outcome and share unmeasured causes with it; adjusting
for them can make a difference where there is none.
"""

from sequela.analyses.report_card import CardItem, Status
from sequela.analyses.wording import listed, ratio
from sequela.audit.material import Material
from sequela.audit.model import answers_of, fitted
from sequela.derive.baseline import CONVERSION, DURATION, INTERVAL, REASON, covariate_named
from sequela.frozen import frozen
from sequela.study.spec import PropensityAnalysis

ID, NAME, TITLE = "B16a", "post_exposure_covariates", "Adjustment for consequences"


@frozen
class Consequence:
    """A covariate that the earlier drug changes.

    Attributes
    ----------
    name : str
        Of the covariate, or what it begins with.
    why : str
    """

    name: str
    why: str


CONSEQUENCES = (
    Consequence("duration_of_her2_therapy", "how long earlier therapy lasted is its effect"),
    Consequence("first_line_pfs", "how long the first line held is the effect of what it was"),
    Consequence(DURATION, "how long an earlier drug lasted is its effect"),
    Consequence(INTERVAL, "when an earlier drug ended is its effect"),
    Consequence(REASON, "why an earlier drug ended is its effect"),
    Consequence(CONVERSION, "what the tumour became under an earlier drug is its effect"),
    Consequence("her2_conversion", "what the tumour became between two specimens may be the effect of a drug between"),
)
"""In the order in which they are tried; a covariate is the first that its name begins with."""


def consequence(name: str) -> Consequence | None:
    """Return why a covariate must not stand in the main model; None where it may."""
    return next((item for item in CONSEQUENCES if name.startswith(item.name)), None)


def post_exposure_covariates(data: Material) -> CardItem:
    """B.16: refuse a main model that adjusts for what the earlier drug did; fit it without."""
    if not data.compares:
        return CardItem(ID, NAME, TITLE, Status.NOT_ASSESSABLE, "No comparison of times is reported.")
    refused = {name: found for name in data.adjust if (found := consequence(name))}
    if not refused and (scored := _scored(data)):
        return _in_a_score(data, scored)
    if not refused:
        finding = "No covariate of the model is a consequence of earlier treatment."
        return CardItem(ID, NAME, TITLE, Status.OK, finding if data.adjust else "Nothing is adjusted for.")
    kept = tuple(name for name in data.adjust if name not in refused)
    asked, without = fitted(data, data.adjust), fitted(data, kept)
    answers = (*(answers_of(data, asked, "as asked") if asked else ()),)
    answers += answers_of(data, without, "without them") if without else ()
    named = listed([_label(data, name) for name in refused])
    moved = listed([f"{ratio(item.estimate.value)} {item.label}" for item in answers if item.group == data.others[0]])
    why = listed([found.why for found in refused.values()])
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.ERROR,
        f"The model adjusts for {named}. Hazard ratio of {data.others[0]}: {moved}.",
        f"{why[:1].upper()}{why[1:]}: adjusting for it can take an effect away or make one where there is none.",
        "Leave them out of 'adjust'; the hazard ratio without them stands beside. Ask for them in a second survival "
        "analysis, as a sensitivity analysis.",
        answers=answers,
    )


def _scored(data: Material) -> tuple[str, ...]:
    """Return consequences that a propensity score of the study rests on."""
    scores = [item for item in data.result.study.analyses if isinstance(item, PropensityAnalysis)]
    return tuple(dict.fromkeys(name for item in scores for name in item.by if consequence(name)))


def _in_a_score(data: Material, scored: tuple[str, ...]) -> CardItem:
    named = listed([_label(data, name) for name in scored])
    return CardItem(
        ID,
        NAME,
        TITLE,
        Status.WARN,
        f"A propensity score rests on {named}, a consequence of earlier treatment.",
        "Making the groups alike in it can take an effect away or make one where there is none.",
        "Leave it out of 'by', or read that analysis as a sensitivity analysis.",
    )


def _label(data: Material, name: str) -> str:
    covariate = covariate_named(name, data.result.records.drugs)
    return covariate.label.lower() if covariate else name
