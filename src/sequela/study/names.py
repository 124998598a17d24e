"""The names a study may use, and the nearest known one to a name that is none."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from sequela.derive.baseline import COVARIATES, PREFIXES, VALUE, covariate_named, drug_or_class
from sequela.derive.endpoint_files import PROFILES, SUFFIXES, changed, read_endpoint
from sequela.derive.endpoints import Endpoint
from sequela.derive.her2_guidelines import HER2_GUIDELINES
from sequela.derive.line_rule_sets import RULE_SETS
from sequela.derive.metastases import VISCERAL
from sequela.derive.recist_lesions import OTHER_SITE, SITES
from sequela.derive.recist_rules import RECIST_1_1
from sequela.derive.rules import BREAST
from sequela.derive.sequences import SEQUENCES
from sequela.derive.specimen_pairs import PAIRED
from sequela.derive.stops import STOPPED
from sequela.errors import NotEstimableError, StudyError, UsageError
from sequela.frozen import frozen
from sequela.records.drugs import DrugVocabulary, default_vocabulary
from sequela.records.organs import organ, organ_candidates
from sequela.stats.weightings import NAMES, weighting_named
from sequela.study.phrases import Moment, Refusal, did_you_mean, nearest

SPOKEN = {
    "chemotherapy": "cytotoxic",
    "endocrine therapy": "endocrine",
    "hormonal therapy": "endocrine",
    "antibody-drug conjugate": "ADC",
}
"""Modalities as they are spoken of."""

TESTS = (*NAMES, "fleming-harrington(0, 1)", "maxcombo", "permutation")
"""Tests of curves by name; Fleming-Harrington with any two powers."""

CATEGORIES, QUANTITIES = "categories", "quantities"
"""What stands for every covariate of a kind where the tests of a table are named."""
CATEGORY_TESTS = ("pearson", "yates", "fisher", "mid-p", "barnard", "likelihood ratio", "trend")
"""Tests of a covariate with levels, by name."""
QUANTITY_TESTS = (
    "wilcoxon",
    "wilcoxon exact",
    "wilcoxon corrected",
    "wilcoxon uncorrected",
    "kruskal-wallis",
    "welch",
    "pooled",
)
"""Tests of a quantity, by name."""
NO_TEST = "none"

VISCERAL_SITE, OTHERWISE = "visceral", "otherwise"


def unknown_name(kind: str, name: str, known: Iterable[str]) -> Refusal:
    """Return the refusal of a name, with its nearest candidates or else all known names."""
    known = tuple(known)
    near = nearest(name, known)
    return Refusal(f"unknown {kind} '{name}'", "" if near else f"one of: {', '.join(known)}", did_you_mean(near))


def drug_or_group(name: str, vocabulary: DrugVocabulary) -> str | None:
    """Return the ingredient, class or modality that a name means, also in the plural; None where it means none."""
    for written in (name, name.removesuffix("s")):
        spoken = SPOKEN.get(written.lower(), written)
        if found := drug_or_class(spoken, vocabulary):
            return found
    return None


def reason_stopped(name: str) -> str:
    """Return the reason for which a drug was stopped; refuse it with candidates where there is none of that name."""
    if name in STOPPED:
        return name
    raise unknown_name("reason for stopping", name, STOPPED)


@frozen
class Names:
    """What a study's names are checked against.

    Attributes
    ----------
    drugs : DrugVocabulary
        The built-in vocabulary, with what the records add to it.
    folder : Path
        From which files that a study names are seen.
    """

    drugs: DrugVocabulary = field(default_factory=default_vocabulary)
    folder: Path = Path()

    def drug(self, name: str) -> str:
        """Return the name where it is a drug, a class or a modality; refuse it with candidates otherwise."""
        if self.drugs.resolve(name) or drug_or_group(name, self.drugs):
            return name
        groups = {item.drug_class for item in self.drugs.ingredients.values()}
        groups |= {item.modality for item in self.drugs.ingredients.values()}
        near = (*self.drugs.candidates(name), *nearest(name, sorted(groups), 2))
        remedy = did_you_mean(dict.fromkeys(near)) or "Add it to drugs.csv beside the records."
        raise Refusal(f"unknown drug or class '{name}'", remedy=remedy)

    def moment(self, moment: Moment) -> Moment:
        """Return the moment where its drug is one drug or one class."""
        if moment.kind == "first drug":
            self.drug(moment.drug)
            if not drug_or_group(moment.drug, self.drugs):
                parts = " and ".join(self.drugs.resolve(moment.drug) or ())
                raise Refusal(f"'{moment.drug}' is {parts}", "one drug or one class", "Name one of them.")
        return moment

    def paired(self, name: str) -> str:
        """Return the name where it is a covariate that two specimens of one patient can tell."""
        if name in PAIRED:
            return name
        raise unknown_name("covariate of specimens", name, PAIRED)

    def endpoint(self, name: str) -> str:
        """Return the name where it is an endpoint, or a file with one."""
        self.defined_endpoint(name, {})
        return name

    def defined_endpoint(self, name: str, changes: Mapping[str, Any]) -> Endpoint:
        """Return an endpoint with its changes; refuse an unknown name, a file in error, a change it does not take."""
        try:
            if name in PROFILES:
                found = PROFILES[name]
            elif Path(name).suffix in SUFFIXES:
                found = read_endpoint(self.folder / name)
            else:
                raise unknown_name("endpoint", name, PROFILES)
            return changed(found, changes)
        except (StudyError, UsageError) as problem:
            first, *others = problem.problems
            more = " ".join(str(one) for one in others)
            remedy = " ".join(part for part in (first.remedy, more) if part)
            raise Refusal(f"{first.where}: {first.found}", first.expected, remedy) from None

    def covariate(self, name: str) -> str:
        """Return the name where it is a covariate."""
        if covariate_named(name, self.drugs):
            return name
        refusal = unknown_name("covariate", name, (*COVARIATES, *(f"{p}<drug>" for p in PREFIXES), f"{VALUE}<marker>"))
        for prefix in PREFIXES:
            if name.startswith(prefix):
                self.drug(name.removeprefix(prefix).strip())
        raise refusal

    def quantity(self, name: str) -> str:
        """Return the name where it is a covariate that is a number."""
        self.covariate(name)
        covariate = covariate_named(name, self.drugs)
        if covariate is not None and covariate.kind != "continuous":
            raise Refusal(f"'{name}' has levels", "a quantity, such as 'value of <marker>'")
        return name

    def stratum(self, name: str) -> str:
        """Return the name where it is a covariate with levels."""
        self.covariate(name)
        covariate = covariate_named(name, self.drugs)
        if covariate is not None and covariate.kind == "continuous":
            raise Refusal(f"'{name}' is a quantity, which has no strata", "a covariate with levels")
        return name

    def test(self, name: str) -> str:
        """Return the name where it is a test of curves."""
        if name not in TESTS:
            try:
                weighting_named(name)
            except NotEstimableError:
                raise unknown_name("test of curves", name, TESTS) from None
        return name

    def table_test(self, covariate: str, test: str) -> str:
        """Return the test where it is one for a covariate, or for `quantities` or `categories`."""
        if covariate in (QUANTITIES, CATEGORIES):
            known: tuple[str, ...] = QUANTITY_TESTS if covariate == QUANTITIES else CATEGORY_TESTS
        else:
            found = covariate_named(covariate, self.drugs)
            known = QUANTITY_TESTS if found and found.kind != "categorical" else ()
            known += CATEGORY_TESTS if found and found.kind != "continuous" else ()
        if test not in (*known, NO_TEST):
            raise unknown_name(f"test of {covariate}", test, (*known, NO_TEST))
        return test

    def site(self, name: str) -> str:
        """Return the name where it is an organ or `visceral`."""
        if name.lower() == VISCERAL_SITE or organ(name):
            return name
        raise Refusal(f"unknown organ '{name}'", remedy=did_you_mean((*organ_candidates(name),)))

    def visceral(self, name: str) -> str:
        """Return the name where it is a definition of visceral disease."""
        if name in VISCERAL:
            return name
        raise unknown_name("definition of visceral disease", name, VISCERAL)

    def her2(self, name: str) -> str:
        """Return the name where it is a guideline on HER2."""
        if name in HER2_GUIDELINES:
            return name
        raise unknown_name("guideline on HER2", name, HER2_GUIDELINES)

    def sequence(self, name: str) -> str:
        """Return the name where it is a definition of sequence groups."""
        if name in SEQUENCES:
            return name
        raise unknown_name("definition of sequence groups", name, SEQUENCES)

    def line_rules(self, name: str) -> str:
        """Return the name where it is a rule set for lines of therapy."""
        if name in RULE_SETS:
            return name
        raise unknown_name("rule set for lines", name, RULE_SETS)

    def site_group(self, name: str) -> str:
        """Return the site of that name, or the one that an organ belongs to."""
        known = organ(name)
        found = next((site for site, organs in SITES.items() if name == site or known in organs), None)
        if found or name == OTHER_SITE:
            return found or name
        raise unknown_name("site", name, (*SITES, OTHER_SITE))

    def recist_threshold(self, name: str) -> str:
        """Return the name where it is a threshold of RECIST."""
        if name in RECIST_1_1.names:
            return name
        raise unknown_name("threshold of RECIST", name, RECIST_1_1.names)

    def line_rule(self, name: str) -> str:
        """Return the name where it is a rule that lines of therapy are built by."""
        known = tuple(rule.id for rule in BREAST.rules)
        if name in known:
            return name
        raise unknown_name("line rule", name, known)
