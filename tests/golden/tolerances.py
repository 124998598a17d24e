"""How far a number may be from its witness, and why. There is no other place for this."""

IMPUTED_ERROR = 0.1
"""Relative. The standard error of estimates pooled over 60 and over 400 draws; the variance between draws, a third
of the whole, is itself known to a fifth only, and R's draws of three levels take their coefficients for known."""

SUMMATION = 1e-11
"""Relative. The same formula, summed in another order: closed forms, products and sums of up to some
thousand terms. The largest difference seen is below 1e-13; two powers of ten are left for other machines."""

UNEVEN = 1e-9
"""Relative. Sums of terms twelve powers of ten apart, of both signs within a cluster: the largest difference from R,
and of either from the sum of fractions, is 1e-11. Running sums that subtract err by up to a thousandfold."""

NEWTON = 1e-9
"""Relative. Coefficients after the same number of Newton steps from the same start. A step more or less
would move them by up to 1e-8 of a standard error; a wrong tie rule moves them by 1e-4 and more."""

LAST_DIGIT = 4.5e-16
"""Relative: two units of the last binary digit. The largest difference seen is one."""

PATHS = 1e-10
"""Relative, and of the largest number of an array. The same sums in another order, of terms that partly cancel:
residuals are differences of cumulative sums over the event times. The largest difference seen is 1e-12."""

FUZZ = 1e-11
"""Absolute, relative above 1. Coefficients, variances and likelihoods of small data after the same Newton steps;
the largest difference seen is 1e-14, and no variant of Cox's regression may be further from R than 1e-8."""

ROOT = 1e-7
"""Relative. Limits that both sides search for numerically, each to 1e-10 of its own scale."""

DISTRIBUTION = 1e-10
"""Relative. Tails and quantiles of distributions, computed by other series than R's."""

LAST_DIGITS = 2e-13
"""Relative. Tails and quantiles of `stats.distributions` beside R's and scipy's: an error of one unit in the last digit
of z moves a tail of 1e-280 by z squared of them, 1e-13; nearer the middle all agree to 2e-14."""

DIFFERENCE = 1e-5
"""Of a derivative from its central difference with steps of 1e-5, whose own error is of that order."""

CENTRED = 1e-6
"""Relative. A covariate of size 1e9 that varies by 1e6 has lost three of its sixteen digits before we see it,
and twice that in its square."""

MERGED = 1e-6
"""Relative. R's `fisher.test` of larger tables takes ways whose probabilities differ by some 1e-7 for one way."""

FAR_APART = 1e-7
"""Relative. Offsets of six hundred leave thirteen of sixteen digits, weights a billion fold apart cancel as many, and
both programs stop when the likelihood rises by less than 1e-9."""

ASYMPTOTE = 1e-6
"""Relative. A likelihood that rises for ever is left when it rises by less than 1e-9 per step."""

PRINTED = 0.5
"""In units of the last printed digit."""

SIMULATED_MEDIAN = 0.08
"""Relative. A median of some thousand simulated patients against a printed median of other simulated patients:
its standard error is about 2 % here, and the printed ones are rounded to a tenth of a month or to a month."""

SIMULATED_RATIO = 0.07
"""Relative. A hazard ratio of 8,000 patients with some 5,000 events has a standard error of about 2.9 %."""

OTHER_SEARCH = 5e-5
"""Relative. Summits of a likelihood that the witness leaves when its slope falls below 2e-3 (lme4 behind
metafor's binomial-normal model); the same summits found by integrals in R agree to `FLAT`."""

FLAT = 1e-6
"""Relative. Where a witness finds a summit from heights alone, half of the sixteen digits are lost in the place."""

STEPPED = 5e-5
"""Relative. Quantiles read by straight lines between 4000 steps of a distribution."""

QUASI_RANDOM = 1e-6
"""Absolute. A probability that R integrates with quasi-random points and we on a grid; R errs by about 2e-7."""

DRAWN = 0.2
"""Relative. A p-value near 0.12 from 2000 permutations has a standard error of 6 %; the joint normal distribution is
itself an approximation. Forgetting the correlation of four tests moves it by half and more."""

DIGITISED_RATIO, DIGITISED_MEDIAN = 0.05, 0.03
"""Relative. A curve read with noise of 0.2 % and a table of patients at risk: what reconstruction promises."""

PUBLISHED_RATIO = 0.10
"""Relative. A published hazard ratio is often stratified or adjusted, and the curve it stands beside is neither."""

SEARCHED_VARIANCE = 1e-3
"""Relative. The variance of a frailty at the top of a flat likelihood, which R searches for until the likelihood
changes by less than 1e-4 or so; ours is at least as high."""

DRAWN_COURSES = 2.5e-3
"""Absolute. The mean of 200,000 drawn courses, whose survival has a standard deviation of about 0.25, errs by 6e-4."""
