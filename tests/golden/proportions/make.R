# Expected values for tests/golden/proportions. Run here: Rscript make.R
data <- data.frame(count = c(0, 3, 11, 21, 1, 0, 1, 40, 500), n = c(21, 21, 21, 21, 1, 1, 1000, 42, 1000))
write.csv(data, "data.csv", row.names = FALSE)
rows <- list()
for (i in seq_len(nrow(data))) for (level in c(0.9, 0.95, 0.99)) {
  exact <- binom.test(data$count[i], data$n[i], conf.level = level)$conf.int
  wilson <- suppressWarnings(prop.test(data$count[i], data$n[i], conf.level = level, correct = FALSE))$conf.int
  corrected <- suppressWarnings(prop.test(data$count[i], data$n[i], conf.level = level))$conf.int
  z <- qnorm(0.5 + level / 2)
  wald <- function(p, n) pmin(pmax(p + c(-1, 1) * z * sqrt(p * (1 - p) / n), 0), 1)
  plain <- wald(data$count[i] / data$n[i], data$n[i])
  coull <- wald((data$count[i] + z^2 / 2) / (data$n[i] + z^2), data$n[i] + z^2)
  rows[[length(rows) + 1]] <- data.frame(count = data$count[i], n = data$n[i], level = level,
    exact_low = exact[1], exact_high = exact[2], wilson_low = wilson[1], wilson_high = wilson[2],
    corrected_low = corrected[1], corrected_high = corrected[2], wald_low = plain[1], wald_high = plain[2],
    coull_low = coull[1], coull_high = coull[2])
}
expected <- do.call(rbind, rows)
for (column in names(expected)) expected[[column]] <- sprintf("%.17g", expected[[column]])
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
