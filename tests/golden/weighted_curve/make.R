# Expected values for tests/golden/weighted_curve. Run here: Rscript make.R
# Weighted and clustered curves: survfit(weights, cluster, robust). The restricted mean of a robust curve is taken
# from residuals(type = "rmst"), the influence of each patient; summary(rmean) has no robust variance.
suppressMessages(library(survival))
set.seed(11)
n <- 90
begin <- sample(0:12, n, TRUE)
complete <- lung[!is.na(lung$ph.ecog), ]
ps <- fitted(glm(sex == 2 ~ age + ph.ecog, binomial, complete))
patients <- function(set, time, event, weight = 1, cluster = NA, entry = NA)
  data.frame(set = set, entry = entry, time = time, event = as.integer(event), weight = round(weight, 4), cluster = cluster)
data <- rbind(
  patients("odds of women", complete$time, complete$status == 2, ifelse(complete$sex == 2, 1, ps / (1 - ps))),
  patients("ties", sample(1:9, n, TRUE), rbinom(n, 1, 0.6), runif(n, 0.2, 3)),
  patients("counts", sample(1:9, n, TRUE), rbinom(n, 1, 0.6), sample(1:4, n, TRUE)),
  patients("clusters alone", sample(1:30, n, TRUE), rbinom(n, 1, 0.6), 1, rep(1:15, 6)),
  patients("weights and clusters", sample(1:30, n, TRUE), rbinom(n, 1, 0.6), runif(n, 0.2, 3), rep(1:30, 3)),
  patients("delayed entry", begin + sample(1:20, n, TRUE), rbinom(n, 1, 0.7), runif(n, 0.2, 3), NA, begin),
  patients("delayed entry and clusters", begin + sample(1:20, n, TRUE), rbinom(n, 1, 0.7), runif(n, 0.2, 3),
           rep(1:9, 10), begin),
  patients("a limit that rises, then stays", c(421, 431, 448, 563, 638, 744, 803, 855, 1040, 1106, 1129, 1206, 329),
           c(0, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1), 1, c(3, 1, 5, 2, 4, 2, 2, 4, 3, 4, 4, 2, 5)),
  patients("six patients", c(1, 2, 2, 3, 4, 5), c(1, 1, 0, 1, 0, 1), c(.5, 1.5, 2, .7, 1, 1.2), c(1, 1, 2, 2, 3, 3)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")
horizon <- c("odds of women" = 365, ties = 5.5, counts = 5.5, "clusters alone" = 20, "weights and clusters" = 20,
             "delayed entry" = 20, "delayed entry and clusters" = 20, "a limit that rises, then stays" = 1000,
             "six patients" = 4.5)

rows <- list()
note <- function(set, variance, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, variance, statistic, at, value)
for (part in split(data, data$set)) for (variance in c("robust", "Greenwood")) {
  set <- part$set[1]
  robust <- variance == "robust"
  if (all(is.na(part$cluster))) part$cluster <- seq_len(nrow(part))
  y <- if (all(is.na(part$entry))) Surv(part$time, part$event) else Surv(part$entry, part$time, part$event)
  fit <- suppressWarnings(survfit(y ~ 1, weights = part$weight, cluster = if (robust) part$cluster,
                                  robust = robust, conf.type = "log-log"))
  above <- fit$surv > 1e-12
  error <- if (fit$logse) fit$std.err * fit$surv else fit$std.err
  for (i in which(rep_len(c(TRUE, FALSE, FALSE), length(fit$time)) | seq_along(fit$time) > length(fit$time) - 3)) {
    at <- fit$time[i]
    note(set, variance, "exposed", at, fit$n.risk[i])
    note(set, variance, "leaving", at, fit$n.event[i])
    note(set, variance, "survival", at, fit$surv[i] * above[i])
    note(set, variance, "std_error", at, if (above[i]) error[i] else NA)
    note(set, variance, "low", at, if (above[i]) fit$lower[i] else NA)
    note(set, variance, "high", at, if (above[i]) fit$upper[i] else NA)
    note(set, variance, "hazard", at, fit$cumhaz[i])
    note(set, variance, "hazard error", at, fit$std.chaz[i])
  }
  q <- quantile(fit, 0.5)
  note(set, variance, "quantile", 0.5, q$quantile)
  note(set, variance, "quantile low", 0.5, q$lower)
  note(set, variance, "quantile high", 0.5, q$upper)
  tau <- horizon[[set]]
  area <- summary(fit, rmean = tau)$table
  note(set, variance, "mean", tau, area["rmean"])
  if (robust) {
    influence <- residuals(fit, times = tau, type = "rmst") * part$weight
    note(set, variance, "mean error", tau, sqrt(sum(rowsum(influence, part$cluster)^2)))
  } else note(set, variance, "mean error", tau, area["se(rmean)"])
}
expected <- do.call(rbind, rows)
for (column in c("at", "value")) expected[[column]] <- ifelse(is.na(expected[[column]]), "", sprintf("%.17g", expected[[column]]))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
