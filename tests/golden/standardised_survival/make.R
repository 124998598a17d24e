# Expected values for tests/golden/standardised_survival. Run here: Rscript make.R
# No tied times: with ties riskRegression's influence function is another one than the derivative of its estimate.
suppressMessages({library(survival); library(riskRegression)})
set.seed(19)
n <- 150
data <- data.frame(group = rbinom(n, 1, 0.5), x = round(rnorm(n), 2), z = sample(0:2, n, TRUE))
data$time <- round(rexp(n) * exp(-0.5 * data$group - 0.4 * data$x) * 400 + 1, 4)
data$event <- rbinom(n, 1, 0.7)
stopifnot(!anyDuplicated(data$time))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
rows <- list()
for (model in c("group", "group + x", "group + x + z")) {
  part <- transform(data, group = factor(group))
  fit <- coxph(as.formula(paste("Surv(time, event) ~", model)), part, x = TRUE, y = TRUE)
  found <- ate(fit, treatment = "group", data = part, times = c(50, 200, 500), se = TRUE, verbose = FALSE, cause = 1)
  mean <- as.data.frame(found$meanRisk)
  apart <- as.data.frame(found$diffRisk)
  rows[[length(rows) + 1]] <- rbind(
    data.frame(model, time = mean$time, scenario = as.character(mean$treatment), statistic = "survival", value = 1 - mean$estimate,
               std_error = mean$se),
    data.frame(model, time = apart$time, scenario = "1", statistic = "difference", value = -apart$estimate,
               std_error = apart$se))
}
expected <- do.call(rbind, rows)
for (column in c("value", "std_error")) expected[[column]] <- sprintf("%.17g", expected[[column]])
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")),
             paste("riskRegression", packageVersion("riskRegression"))), "session.txt")
