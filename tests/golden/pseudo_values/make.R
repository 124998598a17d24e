# Expected values for tests/golden/pseudo_values. Run here: Rscript make.R
suppressMessages(library(survival))
data <- lung[, c("time", "status")]
data$status <- data$status - 1
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
fit <- survfit(Surv(time, status) ~ 1, data)
rows <- list()
for (at in c(90, 365, 800)) for (type in c("survival", "rmst")) {
  value <- pseudo(fit, times = at, type = type)
  rows[[length(rows) + 1]] <- data.frame(statistic = type, at, patient = seq_along(value),
                                         value = format(as.numeric(value), digits = 17, trim = TRUE))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
