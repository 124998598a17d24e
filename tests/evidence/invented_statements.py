"""What the sentences of an invented paper say: ratios of counts, flows, lengths of time, clocks, references."""

import numpy as np
from scipy.special import ndtr

from sequela.stats.contingency import pearson_chi_square
from sequela.stats.kaplan_meier import kaplan_meier, quantile
from tests.evidence.invented_styles import fixed, p_text

MONTH = 30.4375


def statements(rng, style, group):
    """Return sections of a paper as nested dictionaries and lists of texts."""
    ratios, response = _of_counts(rng, style, group)
    screened, excluded = int(group.size + rng.integers(5, 90)), 0
    excluded = screened - group.size
    late = int(rng.integers(0, excluded + 1))
    cycles = int(rng.integers(4, 40))
    first, last = sorted(rng.integers(100, 9000, 2).tolist())
    short = str(last)[-2:] if str(first)[:-2] == str(last)[:-2] else str(last)
    last = last if last - first < 40 else first + 9
    short = str(last)[-2:] if str(first)[:-2] == str(last)[:-2] else str(last)
    return {
        "rows": {"Response": response},
        "ratios": ratios,
        "doi": "10.1000/s00000-024-01797-3",
        "sums": [
            {"where": "Methods", "parts": [str(excluded), str(group.size)], "total": str(screened)},
            {"where": "Methods", "parts": [str(late)], "at_most": str(excluded)},
        ],
        "repeated": {"patients": {"Abstract": str(group.size), "Methods": str(group.size)}},
        "durations": [{"where": "Methods", "same": [f"{cycles} cycles of 3 weeks", f"{3 * cycles} weeks"]}],
        "clocks": _clocks(rng, style, group),
        "endpoints": ["response"],
        "references": {"1": f"J Invented. {rng.integers(1990, 2025)};{rng.integers(1, 80)}:{first}-{short}."},
    }


def _of_counts(rng, style, group):
    """Print a response with its odds ratio, crude and, in fewer patients, adjusted for nothing that matters."""
    two = group[group < 2]
    answered = rng.random(group.size) < np.where(group == 0, rng.uniform(0.2, 0.8), 0.5)
    counts = [int(answered[group == g].sum()) for g in range(group[-1] + 1)]
    sizes = np.bincount(group)
    row = {"count": [str(count) for count in (*counts, *([sum(counts)] if style.total else ()))]}
    cells = [counts[0], sizes[0] - counts[0], counts[1], sizes[1] - counts[1]]
    if min(cells) == 0 or len(counts) > 2:
        return [], row
    kind = str(rng.choice(["odds", "risk"]))
    ratio = _ratio(style, kind, cells)
    test = pearson_chi_square([[cells[0], cells[2]], [cells[1], cells[3]]]).p_value
    text, p = _printed(style, kind, ratio, rng), rng.choice([p_text(style, test), p_text(style, _wald(ratio))])
    crude = {"where": "Results", "name": "response", "endpoint": "response", "groups": ["A", "B"], kind: text}
    crude |= {"p": str(p), "patients": str(two.size), "counts": ["T", "Response"]}
    fewer = [int(x) - int(rng.random() < 0.5 and x > 3) for x in cells]
    other = _ratio(style, kind, fewer)
    adjusted = {"where": "Results", "name": "response adjusted", "endpoint": "response", "groups": ["A", "B"]}
    adjusted |= {kind: _printed(style, kind, other, rng), "p": p_text(style, _wald(other)), "adjusted": "yes"}
    return [crude, adjusted | {"patients": str(sum(fewer))}], row


def _ratio(style, kind, cells):
    """Return the log of a ratio of counts and its standard error."""
    a, b, c, d = (float(x) for x in cells)
    if kind == "odds":
        return np.log(a * d / (b * c)), np.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    return np.log(a * (c + d) / (c * (a + b))), np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def _wald(ratio):
    return 2 * float(ndtr(-abs(ratio[0]) / ratio[1]))


def _printed(style, kind, ratio, rng):
    numbers = [np.exp(ratio[0] + z * ratio[1]) for z in (0, -1.959963985, 1.959963985)]
    value, low, high = (fixed(float(x), max(style.ratio_decimals, 2), style.rounding) for x in numbers)
    label = {"odds": "OR ", "risk": "RR "}[kind] if rng.random() < 0.3 else ""
    return f"{label}{value} ({low}-{high})"


def _clocks(rng, style, group):
    """Print the medians of one group from an earlier and a later start, all of whom reached the later one."""
    size = int((group == 0).sum())
    between, later = rng.gamma(4, 3, size), rng.exponential(30, size)
    gone = rng.uniform(20, 90, size)
    time, event = np.minimum(later, gone), later <= gone
    medians = [quantile(kaplan_meier(t, event)) for t in (between + time, time)]
    if not all(np.isfinite([m.value for m in medians])) or not np.isfinite([medians[0].low, medians[0].high]).all():
        return []
    earlier = " ".join(fixed(float(x), 1, style.rounding) for x in (medians[0].value, medians[0].low, medians[0].high))
    value, low, high = earlier.split()
    return [
        {
            "where": "Results",
            "group": "A",
            "earlier": f"{value} ({low}-{high})",
            "later": fixed(float(medians[1].value), 1, style.rounding),
            "between": fixed(float(np.median(between)), 1, style.rounding),
        }
    ]
