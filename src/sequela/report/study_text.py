"""The study as it was understood: every choice in the words of the study language."""

from sequela.study.spec import Study

OTHERWISE = "otherwise"

_WRITTEN = {"changes": "with", "source": "from"}
"""How the study file spells a field."""
_UNSAID: tuple[object, ...] = (None, [], (), {})


def study_text(study: Study) -> str:
    """Return the study as plain text, one choice a line, defaults spelled out; the same text for the same study."""
    lines = [
        f"title: {study.title}",
        f"time zero: {study.time_zero}",
        f"accrual: {study.accrual if study.accrual else 'any time'}",
        *_block("population", [str(criterion) for criterion in study.population], none="everybody with a time zero"),
        *_block("groups", [f"{name}: {rule}" for name, rule in study.groups.items()], none="none"),
        f"reference: {study.reference or 'none'}",
        f"endpoints: {_comma(study.endpoints)}",
        f"adjusted for: {_comma(study.adjust)}",
        *_block("analyses", [_analysis(analysis) for analysis in study.analyses], none="none"),
        *([f"hidden confounder: {study.confounder}"] if study.confounder else []),
        *([f"recording: {study.recording}"] if study.recording else []),
        *(_block("controls", [str(control) for control in study.controls], none="none") if study.controls else []),
        f"visceral sites: {study.definitions.visceral}",
        f"HER2 by: {study.definitions.her2}",
        *_block("changed line rules", [f"{rule}: {value}" for rule, value in sorted(study.lines.items())], none="none"),
        *_block("changed thresholds of RECIST", [f"{k}: {v:g}" for k, v in sorted(study.recist.items())], none="none"),
        f"baseline by RECIST: {study.definitions.recist_baseline}",
        f"dialect: {study.dialect}" + ("" if study.ties == "dialect" else f", {study.ties} ties"),
        f"seed: {study.seed}",
    ]
    return "\n".join(lines) + "\n"


def population_words(study: Study) -> tuple[str, ...]:
    """Return the criteria of the population in words."""
    return tuple(str(criterion) for criterion in study.population)


def group_words(study: Study) -> tuple[tuple[str, str], ...]:
    """Return each group with its criterion in words; the rest is `all others`."""
    return tuple((name, "all others" if rule == OTHERWISE else str(rule)) for name, rule in study.groups.items())


def _analysis(analysis: object) -> str:
    options = analysis.model_dump(mode="json")  # type: ignore[attr-defined]
    kind = options.pop("kind")
    said = [f"{_WRITTEN.get(name, name)} {_option(value)}" for name, value in options.items() if value not in _UNSAID]
    return f"{kind}: {'; '.join(said)}"


def _option(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {one}" for name, one in value.items())
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)


def _block(name: str, items: list[str], none: str) -> list[str]:
    return [f"{name}:", *(f"  - {item}" for item in items)] if items else [f"{name}: {none}"]


def _comma(parts: tuple[str, ...]) -> str:
    return ", ".join(parts) or "none"
