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
# A covariate with a heavy tail and late entries: on the way up one patient has e^40 times the risk of another.
heavy <- data.frame(
  set = "one patient outweighs all", entry = c(0, 5, 0, 7, 3, 0, 4, 0, 1, 3, 10, 22, 1, 3, 20),
  time = c(1, 16, 7, 17, 48, 6, 9, 2, 5, 5, 32, 43, 12, 4, 27), event = c(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
  x1 = c(0.317344, 1.33637, -1.12682, -1.77392, -0.50628, 0.526154, 1.05503, -1.07818, 0.0125705, 0.680708, -0.804561, 0.107188, -0.947078, -1.93068, -0.585153),
  x2 = c(0.952098, 253.699, 0.66166, 17.6435, 0.901764, 0.0804045, 0.128679, 1.53674, 0.116657, 0.0587561, 0.000432255, 6.90754, 0.276271, 16.1134, 8.56744e-05),
  weight = 1, stratum = c(3, 2, 3, 3, 1, 1, 3, 3, 2, 1, 2, 3, 1, 2, 2), cluster = 1:15,
  offset = c(-0.463861, 0.0771654, 0.853783, -1.19144, 1.27743, -0.237828, -1.911, 0.574019, -0.763196, 1.24855, 0.157358, -0.689686, -0.0189012, -0.280034, 0.445978))
data <- rbind(data, heavy)
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
  # Its deviance residuals take the logarithm of 1 less a martingale residual that is nearly 1.
  exact <- c(if (set != "hazards far apart") "martingale",
             if (!(set %in% c("hazards far apart", "one patient outweighs all"))) "deviance")
  for (type in c(exact, "score", "dfbeta"))
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
