"""Papers printed from simulated patients, as the paper checker reads them, and misprints of their cells.

Every number of a paper follows from its patients by one of the conventions that programs and authors
use, so that whatever the checker reports about it is a false alarm.
"""

from fractions import Fraction

import numpy as np

from sequela.evidence.check_proportions import METHODS
from sequela.evidence.count_tests import p_value
from sequela.evidence.misprints import slips
from sequela.stats.contingency import expected_counts
from sequela.stats.kruskal_wallis import kruskal_wallis
from sequela.stats.summary_t_test import one_way_from_summary
from sequela.stats.wilcoxon import wilcoxon_rank_sum
from tests.evidence.invented_statements import statements
from tests.evidence.invented_styles import a_style, fixed, p_text
from tests.evidence.invented_times import survival

SITES = {"bone": 0.6, "liver": 0.4, "brain": 0.15}


def invented_paper(rng):
    """Return a paper as nested dictionaries and lists of texts, and the style it is written in."""
    style = a_style(rng)
    sizes = rng.integers(12, 220, int(rng.choice([2, 2, 3])))
    group = np.repeat(np.arange(sizes.size), sizes)
    rows = {f"Characteristic {k}": _categorical(rng, style, group) for k in range(int(rng.integers(3, 8)))}
    (ages, age), (_, other) = _number(rng, style, group), _number(rng, style, group)
    age_group, cut = _ages(style, group, ages)
    rows |= {
        "Age": age,
        "Number": other,
        "Age group": age_group,
        "Lines": _ordered(rng, style, group),
        "Sites": _sites(rng, style, group),
    }
    sets, union = _sets(rng, style, group)
    names = dict(zip("ABC", map(str, sizes), strict=False))
    paper = {
        "paper_tables": "1",
        "citation": "simulated",
        "year": "2024",
        "patients": str(group.size),
        "groups": names,
        "tables": {"T": {"n": str(group.size), "columns": dict(names), "rows": rows | sets}},
        "unions": [union],
        "proportions": [_rate(rng, style, int(size)) for size in sizes],
        "text": _sentences(style, rows | sets, group.size),
    }
    said = statements(rng, style, group)
    ratios = said.pop("ratios")
    times = survival(rng, style, group)
    times["ratios"] = [*times.get("ratios", ()), *ratios]
    paper["tables"]["T"]["rows"] |= said.pop("rows")
    if style.total:
        paper["tables"]["T"] |= {"total": "All", "columns": dict(names) | {"All": str(group.size)}}
    return paper | {"cuts": [cut]} | ({"program": "SPSS 21"} if style.spss else {}) | times | said, style


def _counts(values, group, levels):
    return [[int(((values == level) & (group == g)).sum()) for g in range(group[-1] + 1)] for level in range(levels)]


def _cells(style, counts, sizes):
    """Print counts with percentages of the columns, or of the row; a bare style prints percentages only."""
    of = [sum(counts)] * len(counts) if style.across else sizes
    if style.total:
        counts, of = [*counts, sum(counts)], [*of, of[0] if style.across else sum(of)]
    cells = []
    for count, size in zip(counts, of, strict=True):
        if not size:
            cells.append(str(count))
            continue
        percent = fixed(Fraction(100 * count, size), style.percent_decimals, style.percent_rounding)
        bare = style.bare and not style.across and style.unknown != "dropped"
        cells.append(f"{percent}%" if bare else f"{count} ({percent})")
    return cells


def _p_of(style, table):
    test = style.test
    if test.startswith("Pearson,"):
        kept = [row for row in table if sum(row)]
        test = "Fisher" if len(kept) > 1 and expected_counts(kept).min() < 5 else "Pearson"
    if test == "Fisher of two by two":
        test = "Fisher" if len(table) == len(table[0]) == 2 else "Pearson"
    found = p_value(test, table)
    return found if found == found else p_value("Pearson", table)


def _with_p(style, row, table):
    found = _p_of(style, table)
    return row | ({"p": p_text(style, found)} if found == found else {})


def _categorical(rng, style, group):
    levels, groups = int(rng.integers(2, 5)), int(group[-1]) + 1
    shares = rng.dirichlet(np.full(levels, 3.0), groups)
    values = np.array([rng.choice(levels, p=shares[g if rng.random() < 0.5 else 0]) for g in group])
    missing = rng.random(group.size) < rng.choice([0.0, 0.0, 0.05, 0.15])
    values[missing] = levels
    counts = _counts(values, group, levels)
    (unknown,) = _counts(~missing, group, 1)
    known = [sum(row[g] for row in counts) for g in range(groups)]
    sizes = [a + b for a, b in zip(known, unknown, strict=True)]
    of = known if style.unknown == "dropped" else sizes
    printed = {f"level {k}": _cells(style, row, of) for k, row in enumerate(counts)}
    if style.unknown == "level" and any(unknown):
        printed["unknown"] = _cells(style, unknown, of)
    return _with_p(style, {"levels": printed}, counts)


def _number(rng, style, group):
    """Print whole numbers as medians with ranges and everyone, or as means with deviations, errors and a test."""
    values = np.clip(np.round(rng.normal(60, 12, group.size)), 18, 99).astype(int)
    parts = [values[group == g] for g in range(group[-1] + 1)]
    if rng.random() < 0.5:
        texts = [f"{_half(np.median(v))} ({v.min()}-{v.max()})" for v in (*parts, values)]
        ranks = wilcoxon_rank_sum(*parts) if len(parts) == 2 else kruskal_wallis(parts)
        return values, _of_all(style, "median", texts) | {"p": p_text(style, ranks.p_value)}
    means = [Fraction(int(v.sum()), v.size) for v in (*parts, values)]
    deviations = [float(v.std(ddof=1)) for v in (*parts, values)]
    sizes = [v.size for v in parts]
    known = [float(m) for m in means[:-1]]
    test = one_way_from_summary(known, deviations[:-1], sizes, equal_variance=bool(rng.random() < 0.5))
    errors = rng.random() < 0.3
    spreads = [s / np.sqrt(n) for s, n in zip(deviations, (*sizes, group.size), strict=True)] if errors else deviations
    cells = [
        f"{fixed(m, 2, style.rounding)} ({fixed(s, 2, style.rounding)})" for m, s in zip(means, spreads, strict=True)
    ]
    row = _of_all(style, "mean", cells) | {"p": p_text(style, test.p_value)}
    return values, row | ({"spread": "se"} if errors else {})


def _of_all(style, kind, texts):
    """Print what is of everyone in a column of its own, or beside."""
    return {kind: texts, "whole": "yes"} if style.total else {kind: texts[:-1], "all": texts[-1], "whole": "yes"}


def _ages(style, group, values):
    """Print a number cut into levels, with the p-value of Pearson's test, and the medians of the number."""
    levels = np.digitize(values, (50, 65))
    counts, sizes = _counts(levels, group, 3), np.bincount(group).tolist()
    names = ("< 50", "50-64", "≥ 65")
    cells = {name: _cells(style, row, sizes) for name, row in zip(names, counts, strict=True)}
    medians = [_half(np.median(values[group == g])) for g in range(group[-1] + 1)]
    cut = {"where": "T", "levels": ["T", "Age group"], "medians": medians}
    return _with_p(style, {"levels": cells, "cut": "yes"}, counts), cut


def _ordered(rng, style, group):
    """Print ordered levels with the p-value of a test for them, which a paper may or may not name."""
    values = np.minimum(rng.poisson(1 + 0.3 * (group == 0)), 3)
    counts, sizes = _counts(values, group, 4), np.bincount(group).tolist()
    cells = {f"{level} lines": _cells(style, row, sizes) for level, row in enumerate(counts) if sum(row)}
    parts = [values[group == g] for g in range(group[-1] + 1)]
    kept = [row for row in counts if sum(row)]
    if len(parts) > 2:
        name, found = "rank", kruskal_wallis(parts).p_value
    elif len(kept) > 2 and rng.random() < 0.5:
        name, found = "trend", p_value(str(rng.choice(["trend", "linear-by-linear"])), kept)
    elif len(kept) > 2:
        name, found = "rank", wilcoxon_rank_sum(*parts, continuity=bool(rng.random() < 0.5), exact=False).p_value
    else:
        return {"levels": cells}
    return {"levels": cells, "p": p_text(style, found)} | ({"test": name} if rng.random() < 0.5 else {})


def _half(value):
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def _sites(rng, style, group):
    """Print sites of which a patient can have several."""
    sizes = np.bincount(group).tolist()
    counts = {site: _counts(rng.random(group.size) >= share, group, 1)[0] for site, share in SITES.items()}
    return {"levels": {site: _cells(style, row, sizes) for site, row in counts.items()}, "exclusive": "no"}


def _sets(rng, style, group):
    """Print two receptors and the three kinds of tumour they make, nobody unknown."""
    first = rng.random(group.size) < 0.6
    second = np.where(first, rng.random(group.size) < 0.7, rng.random(group.size) < 0.1)
    kind = np.where(first & second, 0, np.where(first | second, 1, 2))
    sizes = np.bincount(group).tolist()
    tables = {"ER": (~first).astype(int), "PgR": (~second).astype(int), "Subtype": kind}
    names = {"ER": ["positive", "negative"], "PgR": ["positive", "negative"], "Subtype": ["both", "one", "neither"]}
    rows = {}
    for name, values in tables.items():
        counts = _counts(values, group, len(names[name]))
        cells = {level: _cells(style, row, sizes) for level, row in zip(names[name], counts, strict=True)}
        rows[name] = _with_p(style, {"levels": cells}, counts)
    union = {
        "where": "T",
        "either": [["T", "ER", "positive"], ["T", "PgR", "positive"]],
        "both": ["T", "Subtype", "both"],
        "neither": ["T", "Subtype", "neither"],
        "one": ["T", "Subtype", "one"],
    }
    return rows, union


def _sentences(style, rows, total):
    """Say of each first level how many of all patients have it."""
    said = []
    for name, row in rows.items():
        for level, cells in list(row.get("levels", {}).items())[:1]:
            if all("%" not in cell for cell in cells):
                count = sum(int(cell.split()[0]) for cell in (cells[:-1] if style.total else cells))
                percent = fixed(Fraction(100 * count, int(total)), style.percent_decimals, style.percent_rounding)
                words = f"{count} of the {total} patients ({percent}%)"
                said.append({"where": "Results", "says": words, "is": ["T", name, level]})
    return said


def _rate(rng, style, size):
    """Print a response rate with limits by one of the usual methods."""
    count = int(rng.binomial(size, rng.uniform(0.05, 0.95)))
    limits = METHODS[str(rng.choice(list(METHODS)))](count, size, 0.95)
    low, high = (fixed(100 * end, 1, style.rounding) for end in (limits.low, limits.high))
    percent = fixed(Fraction(100 * count, size), 1, style.rounding)
    known = {"count": str(count)} if rng.random() < 0.5 else {}
    return {"where": "Results", "percent": f"{percent} ({low}-{high})", "of": str(size)} | known


def cells_of(paper):
    """Yield the path of every printed cell, with its kind."""
    for name, row in paper["tables"]["T"]["rows"].items():
        yield from _cells_of_row(("tables", "T", "rows", name), row)
    sections = (
        ("proportions", "percent", "rate with limits"),
        ("ratios", "hazard", "hazard ratio"),
        ("ratios", "odds", "odds ratio"),
        ("person_time", "rate", "events per person-time"),
    )
    for section, key, kind in sections:
        for index, item in enumerate(paper.get(section, ())):
            if key in item:
                yield (section, index, key), kind
    yield from points_of(paper)


def points_of(paper):
    """Yield the path of every printed point of a curve, with its kind."""
    for number, curve in enumerate(paper.get("curves", ())):
        for name, group in curve["groups"].items():
            for key, kind in (("survival", "survival at a time"), ("at_risk", "patients at risk")):
                for index, cell in enumerate(group[key]):
                    if cell != "-":
                        yield ("curves", number, "groups", name, key, index), kind


def _cells_of_row(place, row):
    for level, cells in row.get("levels", {}).items():
        for index, cell in enumerate(cells):
            kinds = [kind for kind, sign in (("count", "%"), ("percentage", "(")) if (sign in cell) == (sign == "(")]
            for kind in kinds:
                yield (*place, "levels", level, index), kind
    for kind in ("median", "mean"):
        for index in range(len(row.get(kind, ()))):
            yield (*place, kind, index), kind
    if "p" in row and not row["p"].startswith("<"):
        yield (*place, "p"), "p-value"


def at(paper, path):
    for step in path:
        paper = paper[step]
    return paper


def misprinted(rng, text, kind):
    """Return a cell with one number of it misprinted: a slip of its digits, or for counts one to ten off."""
    parts = text.replace("(", " ( ").replace(")", " ) ").replace("-", " - ").split()
    numbers = [k for k, part in enumerate(parts) if part[0].isdigit()]
    chosen = {"count": numbers[0], "percentage": numbers[-1], "p-value": numbers[0]}.get(kind, rng.choice(numbers))
    whole = parts[chosen].replace(".", "")
    decimals = len(parts[chosen].partition(".")[2])
    slipped = [str(x).zfill(decimals + 1) for x in slips(int(whole))]
    if kind == "count":
        slipped += [str(int(whole) + step) for step in (*range(-10, 0), *range(1, 11)) if int(whole) + step >= 0]
    new = str(rng.choice([s for s in slipped if s.lstrip("0") != whole.lstrip("0")]))
    parts[chosen] = new if not decimals else f"{new[:-decimals]}.{new[-decimals:]}"
    return " ".join(parts).replace("( ", "(").replace(" )", ")").replace(" - ", "-")
