# Expected values for tests/golden/conditional_survival. Run here: Rscript make.R
# survfit(start.time = s) counts an event at s itself, so it is given a time just after s.
suppressMessages(library(survival))
set.seed(5)
n <- 80
begin <- sample(0:9, n, TRUE)
patients <- function(set, time, event, weight = 1, entry = NA)
  data.frame(set = set, entry = entry, time = time, event = as.integer(event), weight = round(weight, 4))
data <- rbind(
  patients("lung", lung$time, lung$status == 2),
  patients("delayed entry", begin + sample(1:20, n, TRUE), rbinom(n, 1, 0.7), 1, begin),
  patients("weights", sample(1:20, n, TRUE), rbinom(n, 1, 0.7), runif(n, 0.2, 3)),
  patients("weights and delayed entry", begin + sample(1:20, n, TRUE), rbinom(n, 1, 0.7), runif(n, 0.2, 3), begin),
  patients("risk set dies out", c(1, 2, 8, 9, 9, 11), rep(1, 6), 1, c(0, 0, 5, 6, 4, 5)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")
starts <- list(lung = c(30, 180, 364), "delayed entry" = c(2, 5, 9), weights = c(3, 8), "risk set dies out" = c(2, 5, 6),
               "weights and delayed entry" = c(4, 9))
rows <- list()
note <- function(set, start, interval, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, start, interval, statistic, at, value)
for (part in split(data, data$set)) for (start in starts[[part$set[1]]]) for (interval in c("log-log", "log")) {
  y <- if (all(is.na(part$entry))) Surv(part$time, part$event) else Surv(part$entry, part$time, part$event)
  fit <- suppressWarnings(survfit(y ~ 1, weights = part$weight, start.time = start + 1e-6, conf.type = interval))
  error <- if (fit$logse) fit$std.err * fit$surv else fit$std.err
  steps <- seq_along(fit$time)
  for (i in steps[steps %% ceiling(length(steps) / 8) == 0 | steps == length(steps)]) {
    at <- fit$time[i]
    above <- fit$surv[i] > 1e-12
    note(part$set[1], start, interval, "low", at, if (above) fit$lower[i] else NA)
    note(part$set[1], start, interval, "high", at, if (above) fit$upper[i] else NA)
    if (interval == "log") next
    note(part$set[1], start, interval, "survival", at, if (above) fit$surv[i] else 0)
    note(part$set[1], start, interval, "std_error", at, if (above) error[i] else NA)
  }
  q <- quantile(fit, 0.5)
  note(part$set[1], start, interval, "quantile", 0.5, q$quantile)
  note(part$set[1], start, interval, "quantile low", 0.5, q$lower)
  note(part$set[1], start, interval, "quantile high", 0.5, q$upper)
}
expected <- do.call(rbind, rows)
for (column in c("at", "value")) expected[[column]] <- ifelse(is.na(expected[[column]]), "", sprintf("%.17g", expected[[column]]))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
