# Expected values for tests/golden/firth. Run here: Rscript make.R
#
# R's agreg.fit gives the likelihood, its slope and the information at any coefficients (no iterations); the penalty, half
# the log of the determinant of the information, is differentiated numerically here.
suppressMessages(library(survival))
set.seed(7)
rows <- function(set, x, time, event, entry = 0, stratum = 1) {
  x <- as.matrix(x)
  data.frame(set = set, entry = entry, time = time, event = event, stratum = stratum, x1 = x[, 1],
             x2 = if (ncol(x) > 1) x[, 2] else NA)
}
n <- 40
group <- rep(0:1, n / 2)
age <- round(rnorm(n), 2)
days <- sample(1:15, n, TRUE)
begin <- pmin(sample(0:6, n, TRUE), days - 1)
data <- rbind(
  rows("one event", group, 1 + seq_len(n), c(1, rep(0, n - 1))),
  rows("separated", cbind(group, age), days, as.numeric(group == 1 & runif(n) < 0.6)),
  rows("overlapping", cbind(group, age), days, as.numeric(runif(n) < 0.6)),
  rows("separated, entry and strata", cbind(group, age), days, as.numeric(group == 1 & runif(n) < 0.7), begin, rep(1:2, each = n / 2)),
  rows("help page of coxph", c(1, 0, 0, 1, 0, 1, 1, 1, 0, 0), c(2, 3, 6, 7, 8, 9, 9, 9, 14, 17),
       c(1, 1, 1, 1, 1, 1, 1, 0, 0, 0), c(1, 2, 5, 2, 1, 7, 3, 4, 8, 8)))
write.csv(data, "data.csv", row.names = FALSE, na = "")

likelihood <- function(d, ties) {
  p <- if (all(is.na(d$x2))) 1 else 2
  x <- as.matrix(d[c("x1", "x2")[seq_len(p)]])
  y <- with(d, Surv(entry, time, event))
  at <- function(b) agreg.fit(x, y, d$stratum, NULL, b, coxph.control(iter.max = 0), NULL, ties, seq_len(nrow(x)))
  information <- function(b) solve(at(b)$var)
  value <- function(b) { fit <- at(b); fit$loglik[1] - as.numeric(determinant(fit$var)$modulus) / 2 }
  slope <- function(b) {
    fit <- at(b)
    score <- colSums(x * fit$residuals)
    h <- 4e-3
    sapply(seq_len(p), function(j) {
      e <- h * (seq_len(p) == j)
      change <- (8 * (information(b + e) - information(b - e)) - (information(b + 2 * e) - information(b - 2 * e))) / (12 * h)
      score[j] + sum(fit$var * change) / 2
    })
  }
  list(p = p, value = value, slope = slope, information = information)
}
# Solve for slopes of zero in the free coefficients, Newton with differences of slopes.
climb <- function(l, b, free) {
  for (i in 1:60) {
    u <- l$slope(b)[free]
    if (max(abs(u)) < 1e-11) break
    bend <- sapply(free, function(j) { e <- 1e-4 * (seq_len(l$p) == j); (l$slope(b + e) - l$slope(b - e))[free] / 2e-4 })
    step <- -solve(matrix(bend, length(free)), u)
    b[free] <- b[free] + step * min(1, 1 / max(abs(step)))
  }
  b
}
found <- list()
note <- function(set, ties, statistic, at, value)
  found[[length(found) + 1]] <<- data.frame(set, ties, statistic, at, value = sprintf("%.15g", value))
for (part in split(data, data$set)) for (ties in c("efron", "breslow")) {
  l <- likelihood(part, ties)
  everything <- seq_len(l$p)
  best <- climb(l, rep(0, l$p), everything)
  top <- l$value(best)
  note(part$set[1], ties, "log_likelihood", 0, top)
  note(part$set[1], ties, "log_likelihood_null", 0, l$value(rep(0, l$p)))
  se <- sqrt(diag(solve(l$information(best))))
  for (j in everything) {
    held <- function(value) {
      b <- best
      b[j] <- value
      if (l$p > 1) b <- climb(l, b, setdiff(everything, j))
      2 * (top - l$value(b))
    }
    note(part$set[1], ties, "coefficient", j, best[j])
    note(part$set[1], ties, "std_error", j, se[j])
    note(part$set[1], ties, "likelihood_ratio", j, held(0))
    for (side in c(-1, 1)) {
      edge <- function(value) held(value) - qchisq(0.95, 1)
      limit <- uniroot(edge, sort(c(best[j], best[j] + side * 2 * se[j])), extendInt = if (side > 0) "upX" else "downX", tol = 1e-11)
      note(part$set[1], ties, if (side < 0) "low" else "high", j, limit$root)
    }
  }
}
write.csv(do.call(rbind, found), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
