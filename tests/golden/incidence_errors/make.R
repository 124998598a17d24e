# Expected values for tests/golden/incidence_errors. Run here: Rscript make.R
# The infinitesimal jackknife by survival, with delayed entry and weights; the counting process variance by cmprsk,
# which knows neither.
suppressMessages({library(survival); library(cmprsk)})
set.seed(43)
n <- 60
begin <- sample(0:8, n, TRUE)
late <- round(runif(n) * 3, 3)
patients <- function(set, time, cause, entry = NA, weight = NA) data.frame(set, entry, time, cause, weight)
causes <- function() sample(0:2, n, TRUE, c(0.4, 0.3, 0.3))
few <- colon[colon$etype == 1 & colon$id %% 12 == 0, ]
death <- colon[colon$etype == 2, ][match(few$id, colon$id[colon$etype == 2]), ]
data <- rbind(
  patients("colon", few$time, ifelse(few$status == 1, 1, 2 * death$status)),
  patients("ties", sample(1:9, n, TRUE), causes()),
  patients("everyone has an event", rexp(n), sample(1:3, n, TRUE)),
  patients("delayed entry", late + rexp(n) + 0.001, causes(), late),
  patients("delayed entry, ties", begin + sample(1:7, n, TRUE), causes(), begin),
  patients("weights", sample(1:30, n, TRUE), causes(), NA, round(exp(rnorm(n)), 3)),
  patients("weights, delayed entry", begin + sample(1:7, n, TRUE), causes(), begin, round(exp(rnorm(n)), 3)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, variance, cause, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, variance, cause, statistic, at, value = sprintf("%.17g", value))
for (part in split(data, data$set)) {
  set <- part$set[1]
  causes <- sort(unique(part$cause[part$cause > 0]))
  part$kind <- factor(part$cause, c(0, causes))
  part$id <- seq_len(nrow(part))
  part$w <- if (all(is.na(part$weight))) 1 else part$weight
  y <- if (all(is.na(part$entry))) Surv(part$time, part$kind) else Surv(part$entry, part$time, part$kind)
  curve <- suppressWarnings(survfit(y ~ 1, part, weights = w, id = id, conf.type = "log-log"))
  for (j in seq_along(causes)) {
    third <- seq_along(curve$time) %% 3 == 0 | seq_along(curve$time) > length(curve$time) - 4
    some <- curve$pstate[, j + 1] > 0 & third
    note(set, "robust", causes[j], "incidence", curve$time[third], curve$pstate[third, j + 1])
    note(set, "robust", causes[j], "std_error", curve$time[third], curve$std.err[third, j + 1])
    note(set, "robust", causes[j], "low", curve$time[some], curve$lower[some, j + 1])
    note(set, "robust", causes[j], "high", curve$time[some], curve$upper[some, j + 1])
  }
  if (!all(is.na(part$entry)) || !all(is.na(part$weight))) next
  found <- cuminc(part$time, part$cause)
  for (j in seq_along(causes)) {
    steps <- found[[paste(1, causes[j])]]
    last <- !duplicated(steps$time, fromLast = TRUE) & steps$time > 0
    note(set, "cmprsk", causes[j], "std_error", steps$time[last], sqrt(steps$var[last]))
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("cmprsk", packageVersion("cmprsk"))),
           "session.txt")
