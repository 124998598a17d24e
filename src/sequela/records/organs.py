"""Organs: where a lesion, a metastasis or a treatment is."""

from functools import cache
from pathlib import Path

from sequela.records.lexicon import Lexicon, read_lexicon

AROUND = (
    *("metastasis", "metastases", "metastatic", "metastase", "metastasen", "metastatique", "met", "mets"),
    *("lesion", "lesions", "nodule", "nodules", "mass", "masses", "deposit", "deposits", "involvement", "disease"),
    *("tumor", "tumour", "recurrence", "relapse", "secondary", "secondaries", "progression", "only", "site", "organ"),
    *("left", "right", "bilateral", "both", "contralateral", "ipsilateral", "single", "solitary", "multiple"),
    *("metastasi", "metastatica", "metastatico", "secondarismi", "secondarismo", "mts", "lesioni", "lesione", "sede"),
    *("metastatiche", "metastatici", "metastatiques", "metastasico", "metastasicas", "lesionen", "filiae", "herde"),
    *("metastasierung", "metastatisch", "uitzaaiingen", "lesao", "lesoes", "lesiones", "sites", "organen"),
    *("転移", "再発", "病変", "浸潤", "多発", "単発", "左", "右", "両側", "対側", "同側", "遠隔", "转移", "复发"),
    *("of", "the", "in", "new", "local", "regional", "locoregional", "distant", "upper", "lower", "lobe", "small"),
)
"""Words that say what it is and on which side, in the languages of those who keep spreadsheets, without accents."""

REGIONS = (
    *("axillary", "supraclavicular", "infraclavicular", "mediastinal", "cervical", "hilar", "inguinal", "jugular"),
    *("internal", "mammary", "parasternal", "retroperitoneal", "para", "aortic", "paraaortic", "abdominal"),
    *("ascellari", "ascellare", "mediastinici", "mediastinico", "sovraclaveari", "axillaire", "axillaires", "axilar"),
    *("axilares", "mediastinales", "mediastinais", "axillar", "axillare", "mediastinale", "supraklavikular"),
    *("腋窩", "鎖骨上", "鎖骨下", "縦隔", "傍胸骨", "肺門", "頸部", "傍大動脈", "腋下", "锁骨上", "纵隔"),
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
