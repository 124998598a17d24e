# Expected values for tests/golden/gray_test. Run here: Rscript make.R
suppressMessages({library(survival); library(cmprsk)})
set.seed(15)
patients <- function(set, time, cause, group, stratum = 1) data.frame(set, time, cause, group, stratum)
some <- function(set, n, groups, strata = 1, continuous = FALSE)
  patients(set, if (continuous) round(rexp(n) * 500) + runif(n) else sample(1:15, n, TRUE),
           sample(0:2, n, TRUE, c(0.3, 0.4, 0.3)), sample(seq_len(groups), n, TRUE), sample(seq_len(strata), n, TRUE))
mgus <- mgus2[seq(1, nrow(mgus2), 3), ]
data <- rbind(
  with(mgus, patients("mgus2", ifelse(pstat == 1, ptime, futime), ifelse(pstat == 1, 1, 2 * death), as.integer(sex),
                      1 + (age > 70))),
  some("two groups, ties", 90, 2), some("three groups, ties", 120, 3), some("four groups", 150, 4, 1, TRUE),
  some("two groups, strata", 150, 2, 3), some("three groups, strata", 200, 3, 2, TRUE))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
rows <- list()
for (part in split(data, data$set)) for (stratified in unique(c(FALSE, length(unique(part$stratum)) > 1))) {
  found <- cuminc(part$time, part$cause, part$group, if (stratified) part$stratum else rep(1, nrow(part)))$Tests
  for (cause in 1:2) rows[[length(rows) + 1]] <- data.frame(
    set = part$set[1], stratified = as.integer(stratified), cause, statistic = sprintf("%.17g", found[cause, "stat"]),
    df = found[cause, "df"], p_value = sprintf("%.17g", found[cause, "pv"]))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("cmprsk", packageVersion("cmprsk"))), "session.txt")
