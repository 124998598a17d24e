# Expected values for tests/golden/meta_analysis. Run here: Rscript make.R
# Packages: metafor (every pooled effect), lme4 behind metafor's rma.glmm; base R integrals for the
# binomial-normal model and for the posterior with a half-normal prior.
suppressMessages(library(metafor))
bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
z <- qnorm(1 - 0.005 / 2)
ata <- sqrt(1 / 31 + 1 / 34)
four_y <- c(log(3.07), log(2.0), log(1.23), z * ata)
four_s <- c(log(6.54 / 1.46), log(3.6 / 1.1), log(1.67 / 1.00)) / (2 * qnorm(0.975))
set.seed(11)
sets <- list(
  bcg = cbind(as.numeric(bcg$yi), sqrt(as.numeric(bcg$vi))),
  four = cbind(four_y, c(four_s, ata)),
  alike = cbind(c(0.30, 0.31, 0.29, 0.305, 0.30), c(0.2, 0.1, 0.3, 0.15, 0.25)),
  two = cbind(c(0.1, 0.9), c(0.2, 0.3)),
  simulated = cbind(rnorm(30, 0.2, 0.4), runif(30, 0.05, 0.6)))
counts <- list(
  response = cbind(c(2, 14, 3), c(18, 78, 21)),
  apart = cbind(c(2, 14, 3, 30), c(18, 78, 21, 60)),
  sparse = cbind(c(0, 1, 0, 4, 9), c(10, 25, 12, 30, 31)),
  many = cbind(rbinom(25, 40, plogis(rnorm(25, -1, 0.8))), rep(40, 25)))
write.csv(rbind(
  do.call(rbind, lapply(names(sets), function(n) data.frame(set = n, effect = sets[[n]][, 1],
    std_error = sets[[n]][, 2], count = NA, total = NA))),
  do.call(rbind, lapply(names(counts), function(n) data.frame(set = n, effect = NA, std_error = NA,
    count = counts[[n]][, 1], total = counts[[n]][, 2])))), "data.csv", row.names = FALSE, na = "")
rows <- list()
note <- function(set, method, statistic, value, left = "") rows[[length(rows) + 1]] <<-
  data.frame(set, method, statistic, left, value = as.numeric(value))
tight <- list(threshold = 1e-14, maxiter = 10000, stepadj = 1)
fit <- function(y, s, method, test = "z")
  rma(yi = y, sei = s, method = method, test = test, control = if (method == "REML") tight else list(tol = 1e-15))
names_of <- c(REML = "REML", "Paule-Mandel" = "PM", "DerSimonian-Laird" = "DL", "common effect" = "FE")
for (set in names(sets)) {
  y <- sets[[set]][, 1]; s <- sets[[set]][, 2]
  common <- fit(y, s, "FE")
  for (method in names(names_of)) {
    m <- fit(y, s, names_of[[method]])
    note(set, method, "value", m$b); note(set, method, "std_error", m$se)
    note(set, method, "low", m$ci.lb); note(set, method, "high", m$ci.ub)
    note(set, method, "tau2", m$tau2)
    note(set, method, "weight of the first", weights(m)[1] / 100)
    if (method == "common effect") {
      note(set, method, "q", m$QE); note(set, method, "p_value", m$QEp)
      next
    }
    if (method == "DerSimonian-Laird") note(set, method, "i2", m$I2 / 100)
    k <- fit(y, s, names_of[[method]], "knha")
    guarded <- max(k$se, common$se)
    note(set, method, "guarded std_error", guarded)
    note(set, method, "guarded low", m$b - qt(0.975, m$k - 1) * guarded)
    note(set, method, "guarded high", m$b + qt(0.975, m$k - 1) * guarded)
    if (m$k > 2) note(set, method, "prediction_high", m$b + qt(0.975, m$k - 2) * sqrt(m$tau2 + m$se^2))
    profile <- suppressMessages(confint(m, control = list(tau2.max = 1000, tol = 1e-13)))$random
    note(set, method, "profile low", profile["tau^2", "ci.lb"])
    note(set, method, "profile high", profile["tau^2", "ci.ub"])
    if (m$k > 2) for (left in seq_along(y)) {
      note(set, method, "value", fit(y[-left], s[-left], names_of[[method]])$b, left)
    }
  }
  if (length(y) >= 10) {
    egger <- regtest(x = y, sei = s, model = "lm")
    note(set, "egger", "statistic", egger$zval); note(set, "egger", "p_value", egger$pval)
    note(set, "egger", "slope", coef(egger$fit)[2])
  }
  # Half-normal(0.5) on the standard deviation between studies, flat on the mean.
  if (set %in% c("two", "four", "alike")) {
    height <- Vectorize(function(t) {
      w <- 1 / (s^2 + t^2); mu <- sum(w * y) / sum(w)
      exp(0.5 * sum(log(w)) - 0.5 * log(sum(w)) - 0.5 * sum(w * (y - mu)^2) + dnorm(t, 0, 0.5, log = TRUE))
    })
    area <- function(f) integrate(f, 0, 6, rel.tol = 1e-12, subdivisions = 5000)$value
    total <- area(height)
    mass <- Vectorize(function(t) integrate(height, 0, t, rel.tol = 1e-12)$value / total)
    below <- function(x, extra) area(Vectorize(function(t) {
      w <- 1 / (s^2 + t^2); mu <- sum(w * y) / sum(w)
      height(t) * pnorm(x, mu, sqrt(1 / sum(w) + extra * t^2))
    })) / total
    quantile_of <- function(p, extra) uniroot(function(x) below(x, extra) - p, c(-6, 8), tol = 1e-12)$root
    note(set, "posterior", "value", quantile_of(0.5, 0)); note(set, "posterior", "low", quantile_of(0.025, 0))
    note(set, "posterior", "high", quantile_of(0.975, 0))
    note(set, "posterior", "prediction_high", quantile_of(0.975, 1))
    note(set, "posterior", "tau", uniroot(function(t) mass(t) - 0.5, c(1e-6, 4), tol = 1e-12)$root)
    note(set, "posterior", "tau_high", uniroot(function(t) mass(t) - 0.975, c(1e-6, 5), tol = 1e-12)$root)
  }
}
# The binomial-normal model by integrals, then as metafor and lme4 print it.
for (set in names(counts)) {
  x <- counts[[set]][, 1]; n <- counts[[set]][, 2]
  one <- function(mu, tau, x, n) {
    if (tau == 0) return(x * mu - n * log1p(exp(mu)))
    inside <- function(z) x * (mu + tau * z) - n * log1p(exp(mu + tau * z)) - z^2 / 2
    top <- optimize(inside, c(-12, 12), maximum = TRUE, tol = 1e-10)
    top$objective + log(integrate(function(z) exp(inside(z) - top$objective), top$maximum - 12, top$maximum + 12,
      rel.tol = 1e-12, subdivisions = 2000)$value / sqrt(2 * pi))
  }
  loss <- function(p) -sum(mapply(function(x, n) one(p[1], abs(p[2]), x, n), x, n))
  best <- optim(c(qlogis(sum(x) / sum(n)), 0.4), loss, control = list(reltol = 1e-15, maxit = 5000))
  best <- optim(best$par, loss, control = list(reltol = 1e-16, maxit = 5000))
  tau <- abs(best$par[2])
  zero <- tau < 1e-4
  note(set, "binomial-normal", "value", if (zero) sum(x) / sum(n) else plogis(best$par[1]))
  note(set, "binomial-normal", "tau2", if (zero) 0 else tau^2)
  m <- suppressWarnings(rma.glmm(measure = "PLO", xi = x, ni = n, nAGQ = 15))
  note(set, "metafor", "value", plogis(m$b)); note(set, "metafor", "low", plogis(m$ci.lb))
  note(set, "metafor", "high", plogis(m$ci.ub)); note(set, "metafor", "tau2", m$tau2)
  note(set, "metafor", "g", m$QE.LRT); note(set, "metafor", "p_value", m$QEp.LRT)
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("metafor", packageVersion("metafor")), paste("lme4", packageVersion("lme4"))),
  "session.txt")
