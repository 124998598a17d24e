# Expected values for tests/golden/rate_ratios. Run here: Rscript make.R
data <- data.frame(events = c(0, 5, 3, 12, 45, 400, 7), time = c(10, 8.5, 20.5, 60, 312.4, 12000, 30),
                   events_0 = c(4, 0, 3, 30, 60, 350, 7), time_0 = c(12, 9, 20.5, 75, 280, 11000, 10))
write.csv(data, "data.csv", row.names = FALSE)
rows <- list()
for (i in seq_len(nrow(data))) for (level in c(0.9, 0.95)) {
  d <- data[i, ]
  found <- poisson.test(c(d$events, d$events_0), c(d$time, d$time_0), conf.level = level)
  rows[[length(rows) + 1]] <- data.frame(d, level, value = found$estimate, low = found$conf.int[1],
                                         high = found$conf.int[2], p_value = found$p.value)
}
expected <- do.call(rbind, rows)
for (column in c("value", "low", "high", "p_value")) expected[[column]] <- sprintf("%.17g", expected[[column]])
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
