"""The generated parts of docs/biomarkers.md; `python -m tests.derive.documented_biomarkers` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from sequela.derive.her2 import FLAGS, LOW_RULES
from sequela.derive.her2_conversion import CONVERSIONS
from sequela.derive.her2_guidelines import HER2_GUIDELINES
from sequela.records.her2_results import Amount, Her2Result, read_her2

from .generated_parts import table, with_parts_of

PAGE = Path(__file__).parents[2] / "docs" / "biomarkers.md"

EXAMPLES = {
    "HER2": (
        *("3+", "3", "score 3", "positive", "HER2-", "IHC 2+ / FISH amp", "IHC 2+ (FISH negative)", "IHC 2+/ISH-"),
        *("2+ / FISH non amplificato", "FISH positiv"),
        *("HER2/CEP17 2.4", "FISH ratio 2.4; copies 5.1", "3+ (80 %)", "0/1+", "HER2-low", "positive by FISH"),
        *("not done", "nicht bestimmt", "-", "indeterminate", "1", "FISH -", "not positive", "positive (1+)", "2.4"),
    ),
    "HER2 IHC": ("1", "negative", "positive", "+"),
    "HER2 ISH": ("amplified", "not amplified", "2.4"),
    "HER2 ISH ratio": ("2,4", "< 1.8"),
}


def _amount(amount: Amount) -> str:
    if amount.low == amount.high:
        return f"{amount.low:g}"
    return f"below {round(amount.high, 6):g}" if amount.low == 0 else f"from {round(amount.low, 6):g}"


def _said(result: Her2Result | None) -> str:
    if result is None:
        return "**not read**; a notice"
    names = {"score": "IHC ", "share": "stained cells ", "staining": "IHC ", "hybridisation": "ISH ", "low": "HER2-"}
    parts = []
    for name in result.__slots__:
        value = getattr(result, name)
        if value is None:
            continue
        if name == "score":
            value = " or ".join(f"{point}+" if point else "0" for point in sorted(value))
        text = _amount(value) if isinstance(value, Amount) else value
        parts.append(names.get(name, f"{name} ") + text + (" %" if name == "share" else ""))
    return ", ".join(parts) or "not done"


def reading() -> str:
    rows = [
        (marker, f"`{text}`", _said(read_her2(text, marker))) for marker, texts in EXAMPLES.items() for text in texts
    ]
    return table(("marker", "written", "read as"), rows)


def guidelines() -> str:
    rows = [(f"`{g.name}`", g.title, g.citation, g.remark) for g in HER2_GUIDELINES.values()]
    return table(("name", "guideline", "source", "remark"), rows)


def _years(lines: list[tuple[str, tuple[str, ...]]]) -> list[tuple[str, ...]]:
    """Join the years of equal lines."""
    years: dict[tuple[str, ...], list[str]] = {}
    for year, line in lines:
        years.setdefault(line, []).append(year)
    return [(", ".join(of), *line) for line, of in years.items()]


def hybridisation() -> str:
    lines = [
        (guideline.title.split()[-1], (row.probe, row.ratio, row.copies, row.group, row.result, row.source))
        for guideline in HER2_GUIDELINES.values()
        for row in guideline.hybridisations
    ]
    return table(("guideline", "probe", "ratio", "copies per cell", "line", "result", "source"), _years(lines))


def status() -> str:
    lines = []
    for guideline in HER2_GUIDELINES.values():
        for row in guideline.statuses:
            names = {-1: "none", 0: "0"} | {n: f"{n}+" for n in (1, 2, 3)}
            scores = ", ".join(names[score] for score in sorted(row.scores))
            told = (row.hybridisation, scores, row.status, row.waits_for, row.flag, row.source)
            lines.append((guideline.title.split()[-1], told))
    return table(("guideline", "ISH", "IHC", "status", "waits for", "flag", "source"), _years(lines))


def low() -> str:
    return table(
        ("level", "a HER2-negative specimen shows", "source"), [(r.level, r.shows, r.source) for r in LOW_RULES]
    )


def flags() -> str:
    rows = [(name, "discordant" if flag.discordant else "a remark", flag.meaning) for name, flag in FLAGS.items()]
    return table(("flag", "kind", "meaning"), rows)


def conversion() -> str:
    return table(("conversion", "meaning"), list(CONVERSIONS.items()))


PARTS: dict[str, Callable[[], str]] = {
    "guidelines": guidelines,
    "reading": reading,
    "hybridisation": hybridisation,
    "status": status,
    "low": low,
    "flags": flags,
    "conversion": conversion,
}


def with_parts(page: str) -> str:
    """Return the page with its generated parts made anew."""
    return with_parts_of(page, PARTS)


if __name__ == "__main__":
    PAGE.write_text(with_parts(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
