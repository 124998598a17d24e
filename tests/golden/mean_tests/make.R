# Expected values for tests/golden/mean_tests. Run here: Rscript make.R
suppressMessages(library(survival))
sample_of <- function(set, group, value) data.frame(set = set, group = group, value = value)
set.seed(8)
data <- rbind(
  sample_of("two and two", c(1, 1, 2, 2), c(1, 2, 4, 9)),
  sample_of("sleep", sleep$group, sleep$extra),
  sample_of("unequal", rep(1:2, c(6, 30)), round(rnorm(36, rep(c(1, 0), c(6, 30)), rep(c(4, 1), c(6, 30))), 4)),
  sample_of("one constant", rep(1:2, c(4, 5)), c(3, 3, 3, 3, 1, 5, 2, 2, 6)),
  sample_of("missing", rep(1:2, 7), c(NA, 3, 1, 4, 1, 5, 9, 2, 6, NA, 5, 3, 5, 8)),
  sample_of("plants", as.integer(PlantGrowth$group), PlantGrowth$weight),
  sample_of("lung age by performance status", lung$ph.ecog[lung$ph.ecog %in% 0:2], lung$age[lung$ph.ecog %in% 0:2]))
write.csv(data, "data.csv", row.names = FALSE, na = "")
rows <- list()
note <- function(set, test, statistic, value) rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, value)
for (part in split(data, data$set)) {
  set <- part$set[1]
  for (equal in c(FALSE, TRUE)) {
    name <- if (equal) "pooled" else "Welch"
    constant <- any(tapply(part$value, part$group, function(v) var(v, na.rm = TRUE)) == 0)
    if (equal || !constant) {
      f <- oneway.test(value ~ group, part, var.equal = equal)
      values <- c(statistic = f$statistic[[1]], between = f$parameter[[1]], within = f$parameter[[2]], p_value = f$p.value)
      for (what in names(values)) note(set, paste(name, "F"), what, values[[what]])
    }
    if (length(unique(part$group)) > 2) next
    t <- t.test(value ~ group, part, var.equal = equal)
    values <- c(value = t$estimate[[1]] - t$estimate[[2]], low = t$conf.int[1], high = t$conf.int[2],
                statistic = t$statistic[[1]], degrees_of_freedom = t$parameter[[1]], p_value = t$p.value)
    for (what in names(values)) note(set, paste(name, "t"), what, values[[what]])
  }
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
