# Expected values for tests/golden/paired. Run here: Rscript make.R
# With ties R's wilcox.test has no exact p-value; there all assignments of signs are written out.
set.seed(7)
sample_of <- function(set, before, after) data.frame(set = set, before = before, after = after)
data <- rbind(
  sample_of("four, all fall, ties", c(2, 2, 2, 3), c(0, 1, 1, 1)),
  sample_of("four, one unchanged", c(70, 30, 100, 100), c(0, 30, 15, 60)),
  sample_of("one pair", 1, 3),
  sample_of("twelve, no ties", round(rnorm(12), 4), round(rnorm(12, 0.5), 4)),
  sample_of("forty, no ties", round(rnorm(40), 5), round(rnorm(40, -0.3), 5)),
  sample_of("fourteen, ties", sample(1:4, 14, TRUE), sample(1:5, 14, TRUE)),
  sample_of("missing", c(1, NA, 3, 4, 5, 6), c(2.5, 1, NA, 1, 2, 6.5)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
rows <- list()
note <- function(set, test, statistic, value) rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, value)
enumerated <- function(d) {
  rank <- rank(abs(d))
  signs <- as.matrix(expand.grid(rep(list(0:1), length(d))))
  sums <- signs %*% rank
  seen <- sum(rank[d > 0])
  min(1, 2 * min(mean(sums <= seen + 1e-9), mean(sums >= seen - 1e-9)))
}
for (part in split(data, data$set)) {
  set <- part$set[1]
  d <- part$after - part$before
  d <- d[!is.na(d) & d != 0]
  fell <- sum(d < 0)
  note(set, "sign", "statistic", fell)
  note(set, "sign", "p_value", binom.test(fell, length(d))$p.value)
  w <- suppressWarnings(wilcox.test(d, exact = TRUE))
  note(set, "ranks", "statistic", w$statistic)
  note(set, "ranks", "p_value", if (any(duplicated(abs(d)))) enumerated(d) else w$p.value)
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
