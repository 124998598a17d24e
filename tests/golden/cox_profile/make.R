# Expected values for tests/golden/cox_profile. Run here: Rscript make.R
# The profile is searched by bisection on coxph with the coefficient held as an offset.
suppressMessages(library(survival))
set.seed(3)
n <- 40
few <- data.frame(time = sample(1:25, n, TRUE), event = rbinom(n, 1, 0.4), x1 = rbinom(n, 1, 0.5), x2 = round(rnorm(n), 2))
apart <- data.frame(time = c(1, 2, 3, 4, 5, 6, 7, 8), event = c(1, 1, 1, 0, 0, 1, 0, 0), x1 = c(1, 1, 1, 1, 0, 1, 0, 0),
                    x2 = c(0.3, -1, 0.5, 0.1, -0.4, 0.8, 1.1, -0.2))
known <- lung[complete.cases(lung[c("age", "ph.ecog")]), ]
data <- rbind(
  cbind(set = "lung", with(known, data.frame(time, event = as.integer(status == 2), x1 = sex, x2 = age))),
  cbind(set = "few events", few),
  cbind(set = "every event in one group", apart))
write.csv(data, "data.csv", row.names = FALSE)

strict <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
profile <- function(part, held, other, value)
  coxph(Surv(time, event) ~ part[[other]] + offset(value * part[[held]]), part, control = strict)$loglik[2]
limit <- function(part, held, other, from, side, top, level) {
  goal <- top - qchisq(level, 1) / 2
  to <- from
  repeat { to <- to + side * 0.5; if (profile(part, held, other, to) < goal) break; if (abs(to) > 40) return(side * Inf) }
  uniroot(function(b) profile(part, held, other, b) - goal, sort(c(from, to)), tol = 1e-12)$root
}
rows <- list()
for (part in split(data, data$set)) for (j in 1:2) for (level in c(0.9, 0.95)) {
  held <- c("x1", "x2")[j]; other <- c("x2", "x1")[j]
  fit <- suppressWarnings(coxph(Surv(time, event) ~ x1 + x2, part, control = strict))
  apart <- part$set[1] == "every event in one group"
  if (apart && j == 1) {
    low <- uniroot(function(b) profile(part, held, other, b) - fit$loglik[2] + qchisq(level, 1) / 2, c(-5, 15), tol = 1e-12)$root
    high <- Inf
  } else if (apart) next else {
    low <- limit(part, held, other, coef(fit)[j], -1, fit$loglik[2], level)
    high <- limit(part, held, other, coef(fit)[j], 1, fit$loglik[2], level)
  }
  rows[[length(rows) + 1]] <- data.frame(set = part$set[1], index = j, level = level, low = low, high = high)
}
expected <- do.call(rbind, rows)
for (column in c("low", "high")) expected[[column]] <- sprintf("%.17g", expected[[column]])
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
