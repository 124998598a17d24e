# Expected values for tests/golden/selection_bound. Run here: Rscript make.R
# Smith & VanderWeele 2019: the bound is written out and inverted by uniroot, never by a closed form.
bound <- function(y1, s1, y0, s0) (y1 * s1 / (y1 + s1 - 1)) * (y0 * s0 / (y0 + s0 - 1))
solve <- function(f) uniroot(f, c(1 + 1e-13, 1e7), tol = 1e-13, maxiter = 10000)$root
rows <- list()
note <- function(statistic, ratio, outcome, value)
  rows[[length(rows) + 1]] <<- data.frame(statistic, ratio, outcome, value = format(value, digits = 17, trim = TRUE))
# The first two are the estimate and the limit of the paper's first example (Zika virus and microcephaly).
for (ratio in c(73.1, 13.0, 1.5, 1.22, 1.05, 4)) {
  note("e_value", ratio, "", solve(function(x) log(bound(x, x, x, x)) - log(ratio)))
  for (outcome in c(1.3, 2, 3, 20))
    if (outcome > sqrt(ratio)) note("explains", ratio, outcome, solve(function(s) log(bound(outcome, s, outcome, s)) - log(ratio)))
}
note("bound", "", "", bound(2.5, 1.25, 3, 2))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = TRUE)
writeLines(R.version.string, "session.txt")
