# Expected values for tests/golden/kaplan_meier. Run here: Rscript make.R
suppressMessages(library(survival))

freireich <- data.frame(
  group = rep(c("6-MP", "placebo"), each = 21),
  time = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
           1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
  event = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21)))
patients <- function(set, group, time, event, entry = NA)
  data.frame(set = set, group = as.character(group), entry = entry, time = time, event = as.integer(event))

set.seed(20240229)
n <- 150
begin <- sample(0:20, n, TRUE)
data <- rbind(
  patients("lung", lung$sex, lung$time, lung$status == 2),
  patients("freireich", freireich$group, freireich$time, freireich$event),
  patients("gbsg", gbsg$hormon, gbsg$rfstime, gbsg$status),
  patients("flat at one half", "all", 1:4, rep(1, 4)),
  patients("flat at one half, then a drop", "all", c(1, 2, 3, 5, 8, 9), c(1, 1, 1, 0, 1, 0)),
  patients("flat at one half, never below", "all", c(54, 75, 77, 84, 87, 92, 100, 105, 112, 118), rep(1:0, each = 5)),
  patients("one patient", "all", 3, 1),
  patients("no events", "all", c(2, 5, 5), c(0, 0, 0)),
  patients("event at time 0", "all", c(0, 0, 1, 2, 2), c(1, 0, 1, 1, 0)),
  patients("near-ties", "all", c(0.3, 0.1 + 0.2, 0.7 - 0.4, 1, 1 + 1e-9, 1.5, 2, 3), c(1, 0, 1, 1, 1, 0, 1, 0)),
  patients("months", "all", lung$time / 30.4375, lung$status == 2),
  patients("left truncation by hand", "all", c(5, 3, 6, 8, 4, 9), c(1, 1, 1, 0, 1, 1), c(0, 0, 2, 3, 1, 4)),
  patients("risk set dies out", "all", c(1, 2, 8, 9), rep(1, 4), c(0, 0, 5, 6)),
  patients("left truncation with ties", rep(1:3, 50), begin + sample(1:30, n, TRUE), rbinom(n, 1, 0.7), begin))
write.csv(data, "data.csv", row.names = FALSE, na = "", quote = TRUE)
data <- read.csv("data.csv")  # what the test reads

rows <- list()
note <- function(set, group, interval, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, group, interval, statistic, at, value)
for (part in split(data, paste(data$set, data$group))) {
  response <- if (all(is.na(part$entry))) Surv(part$time, part$event) else Surv(part$entry, part$time, part$event)
  for (interval in c("log-log", "log", "plain", "logit", "arcsine")) {
    fit <- survfit(response ~ 1, conf.type = sub("ine", "in", interval))
    steps <- seq_along(fit$time)
    if (length(steps) > 40) steps <- steps[steps %% 9 == 1]
    for (i in steps) {
      note(part$set[1], part$group[1], interval, "low", fit$time[i], fit$lower[i])
      note(part$set[1], part$group[1], interval, "high", fit$time[i], fit$upper[i])
      if (interval != "log") next
      note(part$set[1], part$group[1], "", "survival", fit$time[i], fit$surv[i])
      note(part$set[1], part$group[1], "", "std_error", fit$time[i],
           if (fit$surv[i] > 0) fit$std.err[i] * fit$surv[i] else NA)
      note(part$set[1], part$group[1], "", "at_risk", fit$time[i], fit$n.risk[i])
    }
    for (p in c(0.25, 0.5, 0.75)) {
      q <- quantile(fit, p)
      note(part$set[1], part$group[1], interval, "quantile", p, q$quantile)
      note(part$set[1], part$group[1], interval, "quantile low", p, q$lower)
      note(part$set[1], part$group[1], interval, "quantile high", p, q$upper)
    }
  }
}
expected <- do.call(rbind, rows)
for (column in c("at", "value")) expected[[column]] <- ifelse(is.na(expected[[column]]), "", sprintf("%.17g", expected[[column]]))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
