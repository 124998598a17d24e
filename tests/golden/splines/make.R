# Expected values for tests/golden/splines. Run here: Rscript make.R
suppressMessages({library(survival); library(Hmisc)})
set.seed(18)
known <- lung[!is.na(lung$wt.loss), ]
data <- rbind(data.frame(set = "lung", time = known$time, event = known$status - 1, x = known$age),
              data.frame(set = "few", time = round(rexp(60) * 300), event = rbinom(60, 1, 0.7), x = round(rnorm(60), 3)),
              data.frame(set = "gbsg", time = gbsg$rfstime, event = gbsg$status, x = gbsg$age + gbsg$size / 100))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
rows <- list()
note <- function(set, knots, statistic, row, column, value)
  rows[[length(rows) + 1]] <<- data.frame(set, knots, statistic, row, column, value = sprintf("%.17g", value))
for (part in split(data, data$set)) for (number in 3:7) {
  knots <- rcspline.eval(part$x, nk = number, knots.only = TRUE)
  basis <- rcspline.eval(part$x, knots = knots, inclx = TRUE)
  attributes(basis) <- attributes(basis)["dim"]
  note(part$set[1], number, "knot", seq_along(knots), 0, knots)
  some <- c(1, 7, 20, which.min(part$x), which.max(part$x))
  for (j in seq_len(ncol(basis))) note(part$set[1], number, "basis", some, j, basis[some, j])
  straight <- coxph(Surv(time, event) ~ x, part)
  bent <- coxph(Surv(time, event) ~ basis, part)
  note(part$set[1], number, "linearity", 0, 0, 2 * (bent$loglik[2] - straight$loglik[2]))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("Hmisc", packageVersion("Hmisc"))),
           "session.txt")
