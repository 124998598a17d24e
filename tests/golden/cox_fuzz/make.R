# Expected values for tests/golden/cox_fuzz. Run here: Rscript make.R
#
# data.csv holds one row per data set: a seed, the number of patients and of distinct days. The
# patients are drawn from the seed by the generator below, whose every step is exact in double
# precision, so that any program that follows it has the same patients. tests/stats/fuzz.py does.
suppressMessages(library(survival))
if (!file.exists("data.csv")) {
  set.seed(60)
  write.csv(data.frame(set = 1:60, seed = sample(1:99999, 60), n = sample(60:300, 60),
                       days = round(exp(runif(60, log(6), log(200))))), "data.csv", row.names = FALSE)
}
# Park & Miller's minimal standard generator: s <- 16807 s mod (2^31 - 1).
draw <- function(seed, count) {
  values <- numeric(count)
  for (i in seq_len(count + 20)) {
    seed <- (16807 * seed) %% 2147483647
    if (i > 20) values[i - 20] <- seed / 2147483647
  }
  values
}
patients <- function(seed, n, days) {
  u <- matrix(draw(seed, 12 * n), n, 12)  # by column: the first n draws are column 1
  x1 <- as.numeric(u[, 1] < 0.4)
  x2 <- floor(1000 * (u[, 2] + u[, 3] + u[, 4] - 1.5)) / 1000
  x3 <- floor(4 * u[, 5])
  time <- 1 + pmin(days - 1, floor(days * u[, 6] / (0.6 + 0.6 * x1 + 0.2 * x3)))
  data.frame(x1, x2, x3, time, continuous = time - 0.999 * u[, 7], event = as.numeric(u[, 8] < 0.7),
             entry = floor(time * u[, 9] * 0.95), stratum = floor(5 * u[, 10]), weight = 0.2 + floor(28 * u[, 11]) / 10,
             centre = floor(12 * u[, 12]), offset = floor(100 * u[, 4]) / 100, id = seq_len(n))
}
# Everybody who is followed for two days or more is described anew after half of it.
changing <- function(d) {
  half <- floor(d$time / 2)
  first <- transform(d, entry = 0, time = ifelse(half > 0, half, time), event = ifelse(half > 0, 0, event))
  second <- transform(d, entry = half, x1 = 1 - x1)[half > 0, ]
  rbind(first, second)
}
risk_sets <- function(d) {
  happened <- unique(d[d$event == 1, c("stratum", "time")])
  do.call(rbind, lapply(seq_len(nrow(happened)), function(k) {
    t <- happened$time[k]
    at_risk <- d[d$stratum == happened$stratum[k] & d$entry < t & t <= d$time, ]
    transform(at_risk, set = k, one = 1, case = as.numeric(event == 1 & time == t))
  }))
}
rows <- list()
sets <- read.csv("data.csv")
for (i in seq_len(nrow(sets))) {
  d <- patients(sets$seed[i], sets$n[i], sets$days[i])
  fits <- list(
    "right-censored" = coxph(Surv(time, event) ~ x1 + x2 + x3, d),
    "left-truncated" = coxph(Surv(entry, time, event) ~ x1 + x2 + x3, d),
    "strata" = coxph(Surv(time, event) ~ x1 + x2 + x3 + strata(stratum), d),
    "weights" = coxph(Surv(time, event) ~ x1 + x2 + x3, d, weights = weight, robust = TRUE),
    "all" = coxph(Surv(entry, time, event) ~ x1 + x2 + x3 + strata(stratum) + offset(offset), d, weights = weight, cluster = centre),
    "continuous" = coxph(Surv(continuous, event) ~ x1 + x2 + x3, d),
    "changing" = coxph(Surv(entry, time, event) ~ x1 + x2 + x3, changing(d), cluster = id),
    "all with breslow" = coxph(Surv(entry, time, event) ~ x1 + x2 + x3 + strata(stratum) + offset(offset), d, weights = weight,
                           cluster = centre, ties = "breslow"),
    "exact" = coxph(Surv(time, event) ~ x1 + x2 + x3, d, ties = "exact"),
    # coxph with entry and exact ties lists all subsets; a stratum for each risk set asks the same of clogit.
    "exact with late entry" = coxph(Surv(one, case) ~ x1 + x2 + x3 + strata(set), risk_sets(d), ties = "exact"))
  for (variant in names(fits)) {
    v <- vcov(fits[[variant]])
    numbers <- sprintf("%.15g", c(coef(fits[[variant]]), v[lower.tri(v, TRUE)], fits[[variant]]$loglik[2]))
    names(numbers) <- c("b1", "b2", "b3", "v11", "v21", "v31", "v22", "v32", "v33", "log_likelihood")
    rows[[length(rows) + 1]] <- data.frame(set = i, variant = variant, as.list(numbers))
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
