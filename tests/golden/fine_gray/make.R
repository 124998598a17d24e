# Expected values for tests/golden/fine_gray. Run here: Rscript make.R
# Coefficients and the variance with known weights by survival's finegray and coxph; the variance of Fine and Gray
# by cmprsk's crr, where no times are tied (crr counts events tied with a censoring as at risk of it).
suppressMessages({library(survival); library(cmprsk)})
set.seed(16)
patients <- function(set, x, time, cause, entry = NA, group = 1)
  data.frame(set, entry, time, cause, group, x1 = x[, 1], x2 = x[, 2], x3 = if (ncol(x) > 2) x[, 3] else NA)
n <- 120
x <- function() cbind(round(rnorm(n), 2), rbinom(n, 1, 0.5))
causes <- function() sample(0:2, n, TRUE, c(0.3, 0.4, 0.3))
begin <- sample(0:3, n, TRUE)
late <- round(runif(n) * 2, 3)
known <- mgus2[!is.na(mgus2$mspike), ]
data <- rbind(
  with(known, patients("mgus2", cbind(age, sex == "M", mspike), ifelse(pstat == 1, ptime, futime),
                       ifelse(pstat == 1, 1, 2 * death))),
  patients("no ties", x(), rexp(n) * 5 + 0.001, causes(), group = sample(1:2, n, TRUE)),
  patients("ties", x(), sample(1:12, n, TRUE), causes()),
  patients("entry", x(), late + rexp(n) * 5 + 0.001, causes(), late),
  patients("entry, ties", x(), begin + sample(1:12, n, TRUE), causes(), begin))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, ties, groups, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, ties, groups, statistic, at, value = sprintf("%.17g", value))
for (part in split(data, data$set)) {
  set <- part$set[1]
  part$id <- seq_len(nrow(part))
  part$kind <- factor(part$cause, 0:2)
  columns <- if (all(is.na(part$x3))) c("x1", "x2") else c("x1", "x2", "x3")
  at <- seq_along(columns)
  rest <- paste(c("id", columns), collapse = "+")
  expanded <- if (all(is.na(part$entry))) finegray(as.formula(paste("Surv(time, kind) ~", rest)), part, etype = "1")
              else finegray(as.formula(paste("Surv(entry, time, kind) ~", rest)), part, id = id, etype = "1")
  for (ties in c("efron", "breslow")) {
    fit <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", paste(columns, collapse = "+"))), expanded,
                 weights = fgwt, cluster = id, ties = ties)
    note(set, ties, 0, "coefficient", at, coef(fit))
    note(set, ties, 0, "std_error_known_weights", at, sqrt(diag(fit$var)))
    note(set, ties, 0, "log_likelihood", 0, fit$loglik[2])
    note(set, ties, 0, "log_likelihood_null", 0, fit$loglik[1])
  }
  # Its own tolerance leaves the fifth digit open.
  if (all(is.na(part$entry))) {
    fit <- crr(part$time, part$cause, part[columns], gtol = 1e-12)
    note(set, "crr", 0, "coefficient", at, fit$coef)
    note(set, "crr", 0, "std_error", at, sqrt(diag(fit$var)))
    note(set, "crr", 0, "log_likelihood", 0, fit$loglik)
  }
  if (set != "no ties") next
  # finegray weights each stratum for its own events only, so that crr is the witness of groups of censoring.
  for (grouped in 0:1) {
    fit <- crr(part$time, part$cause, part[columns], cengroup = if (grouped) part$group else rep(1, nrow(part)))
    # crr's variance with groups is another one than the derivative of its estimate; a test takes that derivative.
    if (!grouped) note(set, "breslow", grouped, "std_error", at, sqrt(diag(fit$var)))
    note(set, "breslow", grouped, "coefficient", at, fit$coef)
    note(set, "breslow", grouped, "log_likelihood", 0, fit$loglik)
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("cmprsk", packageVersion("cmprsk"))),
           "session.txt")
