# Expected values for tests/golden/ranks. Run here: Rscript make.R
suppressMessages({library(survival); library(coin)})
sample_of <- function(set, group, value) data.frame(set = set, group = group, value = value)
set.seed(5)
data <- rbind(
  sample_of("small, no ties", rep(1:2, c(5, 7)), round(rnorm(12), 4)),
  sample_of("at the mean", rep(1:2, c(2, 2)), c(1, 4, 2, 3)),
  sample_of("49 and 49, no ties", rep(1:2, 49), round(rnorm(98, rep(c(0, 0.4), 49)), 6)),
  sample_of("50, no ties", rep(1:2, c(50, 4)), round(rnorm(54), 6)),
  sample_of("ties, unequal sizes", rep(1:2, c(4, 9)), c(1, 1, 2, 5, 1, 2, 2, 3, 3, 3, 5, 8, 8)),
  sample_of("ties", rep(1:2, c(18, 24)), sample(1:6, 42, TRUE)),
  sample_of("missing", rep(1:2, 10), c(NA, 3, 1, 4, 1, 5, 9, 2, 6, NA, 5, 3, 5, 8, 9, 7, 9, 3, 2, NA)),
  sample_of("lung age by performance status", lung$ph.ecog[!is.na(lung$ph.ecog)], lung$age[!is.na(lung$ph.ecog)]),
  sample_of("four groups, no ties", rep(1:4, 6), round(rnorm(24), 5)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
rows <- list()
note <- function(set, test, statistic, value) rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, value)
for (part in split(data, data$set)) {
  set <- part$set[1]
  k <- kruskal.test(value ~ group, part)
  note(set, "kruskal", "statistic", k$statistic)
  note(set, "kruskal", "p_value", k$p.value)
  if (length(unique(part$group)) > 2) next
  x <- part$value[part$group == 1]
  y <- part$value[part$group == 2]
  for (test in c("default", "corrected", "plain")) {
    w <- suppressWarnings(switch(test, default = wilcox.test(x, y), corrected = wilcox.test(x, y, exact = FALSE),
                                 plain = wilcox.test(x, y, exact = FALSE, correct = FALSE)))
    note(set, test, "statistic", w$statistic)
    note(set, test, "p_value", w$p.value)
  }
  known <- part[!is.na(part$value), ]
  exact <- wilcox_test(value ~ factor(group), known, distribution = "exact")
  note(set, "exact", "p_value", pvalue(exact))
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste(c("survival", "coin"), sapply(c("survival", "coin"), function(p) paste(packageVersion(p))))), "session.txt")
