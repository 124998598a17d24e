"""Organs: where a lesion, a metastasis or a treatment is."""

from functools import cache
from pathlib import Path

from sequela.records.lexicon import Lexicon, read_lexicon

AROUND = (
    *("metastasis", "metastases", "metastatic", "metastase", "metastasen", "metastatique", "met", "mets"),
    *("lesion", "lesions", "nodule", "nodules", "mass", "masses", "deposit", "deposits", "involvement", "disease"),
    *("tumor", "tumour", "recurrence", "relapse", "secondary", "secondaries", "progression", "only", "site", "organ"),
    *("left", "right", "bilateral", "both", "contralateral", "ipsilateral", "single", "solitary", "multiple"),
    *("of", "the", "in", "new", "local", "regional", "locoregional", "distant", "upper", "lower", "lobe", "small"),
)
"""Words that say what it is and on which side."""

REGIONS = (
    *("axillary", "supraclavicular", "infraclavicular", "mediastinal", "cervical", "hilar", "inguinal", "jugular"),
    *("internal", "mammary", "parasternal", "retroperitoneal", "para", "aortic", "paraaortic", "abdominal"),
    *("thoracic", "lumbar", "sacral", "mesenteric", "coeliac", "celiac", "iliac", "pelvic", "periportal", "portal"),
)
"""Words that say in which region: `axillary lymph nodes` are lymph nodes."""


@cache
def organs() -> Lexicon:
    """Return the vocabulary of organs that comes with the program."""
    return read_lexicon(Path(__file__).with_name("organs.csv"), AROUND, REGIONS)


def organ(name: str) -> str | None:
    """Return the canonical organ of a written one, None where it is unknown or ambiguous."""
    return organs().find(name)


def organ_candidates(name: str, n: int = 3) -> tuple[str, ...]:
    """Return up to `n` canonical organs that were perhaps meant, best first."""
    return organs().candidates(name, n)
