# Expected values for tests/golden/uneven_weights. Run here: Rscript make.R
# Robust curves of patients whose weights lie between one millionth and a million: what remains of a running sum after
# a heavy patient has left is rounding, and R's survfit keeps none.
suppressMessages(library(survival))
set.seed(41)
n <- 40
weight <- function() signif(10^runif(n, -6, 6), 6)
begin <- sample(0:3, n, TRUE)
patients <- function(set, time, cluster = NA, entry = NA)
  data.frame(set = set, entry = entry, time = time, event = rbinom(n, 1, 0.6), weight = weight(), cluster = cluster)
data <- rbind(
  patients("from the start", sample(1:20, n, TRUE)),
  patients("clusters", sample(1:20, n, TRUE), rep(1:8, 5)),
  patients("delayed entry", begin + sample(1:20, n, TRUE), NA, begin),
  patients("delayed entry and clusters", begin + sample(1:20, n, TRUE), rep(1:8, 5), begin))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, variance = "robust", statistic, at, value = sprintf("%.17g", value))
for (part in split(data, data$set)) {
  set <- part$set[1]
  if (all(is.na(part$cluster))) part$cluster <- seq_len(nrow(part))
  y <- if (all(is.na(part$entry))) Surv(part$time, part$event) else Surv(part$entry, part$time, part$event)
  fit <- survfit(y ~ 1, weights = part$weight, cluster = part$cluster, robust = TRUE)
  above <- fit$surv > 1e-12
  error <- if (fit$logse) fit$std.err * fit$surv else fit$std.err
  note(set, "exposed", fit$time, fit$n.risk)
  note(set, "survival", fit$time[above], fit$surv[above])
  note(set, "std_error", fit$time[above], error[above])
  note(set, "hazard", fit$time, fit$cumhaz)
  note(set, "hazard error", fit$time, fit$std.chaz)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
