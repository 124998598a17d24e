# Expected values for tests/golden/competing_risks. Run here: Rscript make.R
# Without delayed entry by survival; with it by etm, whose variance is Greenwood's, as for one kind of event.
suppressMessages({library(survival); library(etm)})
set.seed(14)
n <- 80
begin <- sample(0:5, n, TRUE)
begin[1:4] <- 0
mgus <- mgus2[seq(1, nrow(mgus2), 12), ]
data <- rbind(
  with(mgus, data.frame(set = paste("mgus2", sex), entry = NA, time = ifelse(pstat == 1, ptime, futime),
                        cause = ifelse(pstat == 1, 1, 2 * death))),
  data.frame(set = "ties", entry = NA, time = sample(1:9, n, TRUE), cause = sample(0:3, n, TRUE)),
  data.frame(set = "ties, entry", entry = begin, time = begin + sample(1:9, n, TRUE), cause = sample(0:2, n, TRUE)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, interval, cause, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, interval, cause, statistic, at, value = sprintf("%.17g", value))
for (part in split(data, data$set)) {
  set <- part$set[1]
  causes <- sort(unique(part$cause[part$cause > 0]))
  if (all(is.na(part$entry))) for (interval in c("log-log", "log", "plain")) {
    curve <- survfit(Surv(time, factor(cause, c(0, causes))) ~ 1, part, conf.type = interval)
    for (j in seq_along(causes)) {
      at <- curve$time
      if (interval == "log") {
        note(set, "", causes[j], "incidence", at, curve$pstate[, j + 1])
        note(set, "", causes[j], "std_error", at, curve$std.err[, j + 1])
        note(set, "", causes[j], "events", at, curve$n.event[, j + 1])
        note(set, "", causes[j], "survival", at, curve$pstate[, 1])
      }
      # R gives no limits where nothing has happened yet, and carries a lower limit of 0 as missing.
      known <- curve$pstate[, j + 1] > 0
      note(set, interval, causes[j], "low", at[known], curve$lower[known, j + 1])
      note(set, interval, causes[j], "high", at[known], curve$upper[known, j + 1])
    }
  } else {
    found <- summary(etmCIF(Surv(entry, time, cause != 0) ~ 1, part, etype = cause))[[1]]
    for (j in seq_along(causes)) {
      table <- found[[paste("CIF", causes[j])]]
      note(set, "", causes[j], "incidence", table$time, table$P)
      note(set, "", causes[j], "std_error", table$time, sqrt(table$var))
    }
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("etm", packageVersion("etm"))),
           "session.txt")
