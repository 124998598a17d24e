"""The methods a result may name, how the paragraph says each, and its references."""

import re

from sequela.frozen import frozen


@frozen
class Method:
    """A method a result may name.

    Attributes
    ----------
    needle : str
        Regular expression that finds it in the method or test named by a result.
    words : str
        How the paragraph says it.
    references : tuple of str
        Keys of `REFERENCES`.
    """

    needle: str
    words: str
    references: tuple[str, ...] = ()


METHODS: dict[str, Method] = {
    "limits.log_log": Method(
        r"log-log", "complementary log-log transformation of the survival function", ("kalbfleisch_prentice_2002",)
    ),
    "limits.log": Method(r"\blog\b(?!-)", "logarithm of the survival function", ("kalbfleisch_prentice_2002",)),
    "limits.plain": Method(r"plain|linear", "survival function itself"),
    "median.spss": Method(r"SPSS", "the normal quantile times the standard error of the median, as SPSS prints it"),
    "median": Method(r".", "inverting the limits of the curve", ("brookmeyer_crowley_1982",)),
    "ties.efron": Method(r"efron", "Efron's approximation", ("efron_1977",)),
    "ties.breslow": Method(r"breslow", "Breslow's approximation", ("breslow_1974",)),
    "ties.exact": Method(r"exact ties", "the exact partial likelihood of discrete times"),
    "ratio.weighted_centres": Method(
        r"weighted patients within centres",
        "Wald's method with a standard error robust to weights and to patients of one centre being alike",
        ("lin_wei_1989",),
    ),
    "ratio.weighted": Method(
        r"weighted patients", "Wald's method with a robust standard error, as weights ask for", ("lin_wei_1989",)
    ),
    "ratio.robust": Method(
        r"robust", "Wald's method with a standard error robust to patients of one centre being alike", ("lin_wei_1989",)
    ),
    "ratio.profile": Method(r"profile", "profile likelihood", ("venzon_moolgavkar_1988",)),
    "ratio.wald": Method(r"wald", "Wald's method on the log scale"),
    "limits.logit": Method(r"logit", "logit of the survival function"),
    "limits.arcsine": Method(
        r"arcsine", "arcsine of the square root of the survival function", ("borgan_liestol_1990",)
    ),
    "test.permutation": Method(r"permutation", "the permutation log-rank test", ("peto_peto_1972",)),
    "test.max_combo": Method(r"maxcombo", "the MaxCombo test", ("lin_2020",)),
    "test.gehan": Method(r"gehan", "the Gehan-Wilcoxon test", ("gehan_1965",)),
    "test.tarone_ware": Method(r"tarone-ware", "the Tarone-Ware test", ("tarone_ware_1977",)),
    "test.modified_peto": Method(r"modified peto", "the modified Peto-Peto test", ("peto_peto_1972",)),
    "test.peto": Method(r"peto-peto", "the Peto-Peto test", ("peto_peto_1972",)),
    "test.fleming_harrington": Method(
        r"fleming-harrington", "the Fleming-Harrington test", ("fleming_harrington_1991",)
    ),
    "test.log_rank": Method(r"log-?rank", "the log-rank test", ("mantel_1966",)),
    "test.gray": Method(r"gray's test", "Gray's test", ("gray_1988",)),
    "test.mcnemar_exact": Method(r"mcnemar exact", "McNemar's exact test", ("mcnemar_1947",)),
    "test.mcnemar": Method(r"mcnemar", "McNemar's test without correction", ("mcnemar_1947",)),
    "test.stuart_maxwell": Method(r"stuart-maxwell", "the test of Stuart and Maxwell", ("stuart_1955", "maxwell_1970")),
    "test.bowker": Method(r"bowker", "Bowker's test of symmetry", ("bowker_1948",)),
    "test.signed_rank": Method(r"signed rank", "Wilcoxon's exact signed-rank test", ("wilcoxon_1945",)),
    "test.sign": Method(r"sign test", "the exact sign test"),
    "test.wilcoxon": Method(r"wilcoxon|mann", "the Wilcoxon rank-sum test", ("wilcoxon_1945", "mann_whitney_1947")),
    "test.kruskal_wallis": Method(r"kruskal", "the Kruskal-Wallis test", ("kruskal_wallis_1952",)),
    "test.yates": Method(r"yates", "the chi-square test with Yates' correction", ("yates_1934",)),
    "test.mid_p": Method(r"mid-?p", "Fisher's exact test with mid-p", ("fisher_1922", "lancaster_1961")),
    "test.fisher": Method(r"fisher", "Fisher's exact test", ("fisher_1922",)),
    "test.barnard": Method(r"barnard", "Barnard's exact test", ("barnard_1947", "suissa_shuster_1985")),
    "test.likelihood_ratio": Method(r"likelihood ratio chi", "the likelihood ratio chi-square test", ("wilks_1938",)),
    "test.armitage": Method(r"armitage", "the Cochran-Armitage test of trend", ("cochran_1954", "armitage_1955")),
    "test.t_pooled": Method(r"t-test, pooled", "Student's t-test with pooled variance", ("student_1908",)),
    "test.t_welch": Method(r"t-test, welch", "Welch's t-test", ("welch_1947",)),
    "test.variance": Method(r"analysis of variance", "the analysis of variance", ("fisher_1925",)),
    "test.welch": Method(r"welch's test of several", "Welch's test of several means", ("welch_1951",)),
    "test.pearson": Method(r"pearson chi|chi-square", "Pearson's chi-square test", ("pearson_1900",)),
    "difference.score": Method(r"miettinen", "Miettinen and Nurminen's score limits", ("miettinen_nurminen_1985",)),
    "difference.newcombe": Method(r"newcombe", "limits made of Wilson's", ("newcombe_1998",)),
    "difference.exact": Method(r"unconditional", "exact unconditional limits", ("chan_zhang_1999",)),
    "difference.wald": Method(r"wald", "Wald's limits"),
    "rate.exact": Method(r"clopper|exact", "exact limits", ("clopper_pearson_1934",)),
}
"""In the order in which they are tried within their family, the part before the point."""


def find(family: str, named: str) -> Method | None:
    """Return the first method of a family that a result's own words name; None where no words do."""
    members = (method for key, method in METHODS.items() if key.split(".")[0] == family)
    return next((method for method in members if re.search(method.needle, named, re.IGNORECASE)), None)
