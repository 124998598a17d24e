# Expected values for tests/golden/cox_residuals. Run here: Rscript make.R
suppressMessages(library(survival))
set.seed(13)
n <- 60
begin <- sample(0:6, n, TRUE)
small <- function(set, x1, x2, time, event, entry = NA, weight = 1, stratum = 1)
  data.frame(set, row = seq_along(time), entry, time, event = as.integer(event), weight, stratum, x1, x2)
some <- veteran[1:50, ]
data <- rbind(
  small("veteran", some$karno, some$age, some$time, some$status),
  small("ties, entry, weights, strata", rbinom(n, 1, 0.4), round(rnorm(n), 3), begin + sample(1:8, n, TRUE),
        rbinom(n, 1, 0.7), begin, round(runif(n, 0.2, 3), 2), rep(1:3, n / 3)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, ties, residual, row, column, value)
  rows[[length(rows) + 1]] <<- data.frame(set, ties, residual, row, column, value = sprintf("%.17g", value))
for (part in split(data, data$set)) for (ties in c("efron", "breslow")) {
  set <- part$set[1]
  formula <- if (all(is.na(part$entry))) Surv(time, event) ~ x1 + x2
             else Surv(entry, time, event) ~ x1 + x2 + strata(stratum)
  fit <- coxph(formula, part, weights = weight, robust = FALSE, ties = ties)
  for (type in c("martingale", "deviance")) note(set, ties, type, part$row, 0, residuals(fit, type = type))
  for (type in c("score", "dfbeta")) for (j in 1:2) note(set, ties, type, part$row, j, residuals(fit, type = type)[, j])
  events <- part[part$event == 1, ]
  events <- events[order(events$stratum, events$time, events$row), ]
  for (type in c("schoenfeld", "scaledsch")) {
    found <- residuals(fit, type = type)
    for (j in 1:2) note(set, ties, type, events$row, j, found[, j])
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
