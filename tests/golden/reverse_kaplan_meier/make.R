# Expected values for tests/golden/reverse_kaplan_meier. Run here: Rscript make.R
# Deaths leave before censorings at a tie: every censoring is moved a quarter of a month later, so that
# an ordinary survfit of the flipped indicator meets the deaths first; its times are then rounded down.
suppressMessages(library(survival))
data <- data.frame(group = lung$sex, time = round(lung$time / 30.4375), event = as.integer(lung$status == 2))
write.csv(data, "data.csv", row.names = FALSE)

rows <- list()
note <- function(rule, group, interval, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(rule, group, interval, statistic, at, value)
for (group in c("all", "1", "2")) {
  part <- if (group == "all") data else data[data$group == group, ]
  for (interval in c("log-log", "log", "plain")) {
    first <- survfit(Surv(part$time + ifelse(part$event == 1, 0, 0.25), 1 - part$event) ~ 1, conf.type = interval)
    flip <- survfit(Surv(part$time, 1 - part$event) ~ 1, conf.type = interval)
    q <- quantile(first, 0.5)
    note("deaths first", group, interval, "median", 0.5, floor(q$quantile))
    note("deaths first", group, interval, "median low", 0.5, floor(q$lower))
    note("deaths first", group, interval, "median high", 0.5, floor(q$upper))
    q <- quantile(flip, 0.5)
    note("flip", group, interval, "median", 0.5, q$quantile)
    for (i in which(first$n.event > 0)) {
      note("deaths first", group, interval, "survival", floor(first$time[i]), first$surv[i])
      note("deaths first", group, interval, "low", floor(first$time[i]), first$lower[i])
      note("deaths first", group, interval, "high", floor(first$time[i]), first$upper[i])
    }
  }
}
expected <- do.call(rbind, rows)
for (column in c("at", "value")) expected[[column]] <- ifelse(is.na(expected[[column]]), "", sprintf("%.17g", expected[[column]]))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
