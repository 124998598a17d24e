# Expected values for tests/golden/cox_hostile. Run here: Rscript make.R
# Data at the edge of what numbers can hold: offsets of six hundred, weights a billion fold apart, covariates
# sixteen powers of ten apart, a gap without anyone at risk, strata without events, times that differ by rounding,
# strata whose baseline hazards differ by a hundred powers of ten.
suppressMessages(library(survival))
set.seed(20261121)
n <- 60
patients <- function(set, time, event, x1, x2, entry = 0, weight = 1, stratum = 1, cluster = seq_len(n), offset = 0)
  data.frame(set, entry, time, event, x1, x2, weight, stratum, cluster, offset)
x1 <- rbinom(n, 1, 0.4); x2 <- round(rnorm(n), 3)
days <- 1 + pmin(39, floor(rexp(n, exp(0.4 * x1 - 0.3 * x2) / 20)))
event <- rbinom(n, 1, 0.6)
stratum <- sample(1:5, n, TRUE)
centre <- sample(1:12, n, TRUE)
late <- rep(0:1, each = n / 2)
entry <- round(ifelse(late, runif(n, 20, 30), runif(n, 0, 5)), 1)
data <- rbind(
  patients("vast offsets", days, event, x1, x2, cluster = centre, offset = 600 + round(5 * rnorm(n), 1)),
  patients("weights far apart", days, event, x1, x2, weight = signif(10^runif(n, -4, 5), 6), stratum = stratum, cluster = centre),
  patients("units far apart", days, event, signif(1e-8 * rnorm(n), 6), 1e9 + round(1e8 * rnorm(n)), cluster = centre),
  patients("a gap", entry + 0.1 + round(pmin(rexp(n) * 4, 10), 1), event, x1, x2, entry, weight = round(runif(n, 0.1, 3), 2),
           stratum = late, cluster = centre),
  patients("strata without events", days, event * (stratum < 3), x1, x2, pmax(0, days - sample(1:20, n, TRUE)),
           stratum = stratum, cluster = centre, offset = x1 / 2),
  patients("near ties", pmin(days, 6) + 1e-10 * round(runif(n), 2), event, x1, x2, cluster = centre, offset = round(x2, 1)),
  patients("hazards far apart", days, event, x1, x2, weight = round(runif(n, 0.1, 3), 2), stratum = stratum, cluster = centre,
           offset = 60 * stratum + round(9 * rnorm(n), 1)))
for (column in c("time", "x1", "x2", "weight")) data[[column]] <- sprintf("%.17g", data[[column]])
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")

rows <- list()
note <- function(set, ties, statistic, value)
  rows[[length(rows) + 1]] <<- data.frame(set, ties, statistic, at = seq_along(value), value = as.numeric(value))
for (part in split(data, data$set)) for (ties in c("efron", "breslow")) {
  set <- part$set[1]
  fit <- coxph(Surv(entry, time, event) ~ x1 + x2 + strata(stratum) + offset(offset), part, weights = weight,
               cluster = cluster, ties = ties, x = TRUE)
  note(set, ties, "coefficient", coef(fit))
  note(set, ties, "std_error", sqrt(diag(fit$var)))
  note(set, ties, "model_std_error", sqrt(diag(fit$naive.var)))
  note(set, ties, "log_likelihood", fit$loglik)
  note(set, ties, "score", fit$score)
  risk <- fit$linear.predictors
  found <- concordance(Surv(entry, time, event) ~ risk + strata(stratum), part, weights = weight, reverse = TRUE)
  note(set, ties, "concordance", c(found$concordance, sqrt(found$var)))
  clustered <- concordance(Surv(entry, time, event) ~ risk + strata(stratum), part, weights = weight, cluster = cluster,
                           reverse = TRUE)
  note(set, ties, "concordance, clustered", sqrt(clustered$var))
  # R's martingale residuals reach 31 among the hazards far apart, where 1 is the most there is.
  for (type in c(if (set != "hazards far apart") c("martingale", "deviance"), "score", "dfbeta"))
    note(set, ties, if (type == "score") "score residual" else type, residuals(fit, type))
  # The Wald and the proportional hazards tests of R take variances far apart for a singular matrix.
  if (set == "units far apart") next
  note(set, ties, "wald", fit$wald.test)
  for (transform in c("km", "rank", "identity", "log")) note(set, ties, transform, cox.zph(fit, transform)$table[, 1])
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.15g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
