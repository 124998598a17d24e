# Expected values for tests/golden/calibration. Run here: Rscript make.R
# Schuemie 2014: errors normal about mu with variance sigma^2 + s^2; both numbers by maximum likelihood (optim).
set.seed(20)
sets <- list(wide = list(error = rnorm(12, 0.2, 0.3), s = runif(12, 0.1, 0.4)),
             five = list(error = c(0.31, -0.05, 0.22, 0.44, 0.1), s = c(0.2, 0.15, 0.3, 0.25, 0.12)),
             alike = list(error = c(0.1, 0.12, 0.09, 0.11, 0.1, 0.13), s = rep(0.3, 6)))
sets <- lapply(sets, function(x) lapply(x, round, 6))
data <- do.call(rbind, lapply(names(sets), function(n) data.frame(set = n, error = sets[[n]]$error, std_error = sets[[n]]$s)))
write.csv(data, "data.csv", row.names = FALSE)
rows <- list()
note <- function(set, statistic, value)
  rows[[length(rows) + 1]] <<- data.frame(set, statistic, value = format(value, digits = 17, trim = TRUE))
for (name in names(sets)) {
  e <- sets[[name]]$error
  s <- sets[[name]]$s
  minus <- function(theta) -sum(dnorm(e, theta[1], sqrt(exp(2 * theta[2]) + s^2), log = TRUE))
  profile <- function(sigma) { w <- 1 / (sigma^2 + s^2); sum(w * e) / sum(w) }
  fits <- lapply(c(-4, -2, -1, 0), function(start)
    optim(c(mean(e), start), minus, method = "BFGS", control = list(reltol = 1e-16, maxit = 1000)))
  best <- fits[[which.min(vapply(fits, function(f) f$value, 0))]]$par
  sigma <- exp(best[2])
  zero <- -sum(dnorm(e, profile(0), s, log = TRUE))
  if (zero <= minus(best) + 1e-12 || sigma < 1e-4) sigma <- 0
  mu <- profile(sigma)
  note(name, "mean", mu)
  note(name, "spread", sigma)
  note(name, "log_likelihood", sum(dnorm(e, mu, sqrt(sigma^2 + s^2), log = TRUE)))
  estimate <- log(1.8)
  error <- 0.21
  z <- (estimate - mu) / sqrt(sigma^2 + error^2)
  note(name, "p_value", 2 * min(pnorm(z), 1 - pnorm(z)))
  note(name, "value", exp(estimate - mu))
  note(name, "low", exp(estimate - mu - qnorm(0.975) * sqrt(sigma^2 + error^2)))
  note(name, "high", exp(estimate - mu + qnorm(0.975) * sqrt(sigma^2 + error^2)))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = TRUE)
writeLines(R.version.string, "session.txt")
