# Expected values for tests/golden/staying_weights. Run here: Rscript make.R
# Every censoring is a loss. On one day events come before losses, so losses are half a day later in the model of loss.
suppressMessages(library(survival))
data <- gbsg[1:300, c("hormon", "age", "nodes", "rfstime", "status")]
data$patient <- seq_len(nrow(data))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
rows <- list()
note <- function(cuts, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(cuts, statistic, at, value = format(value, digits = 17, trim = TRUE))
lost <- 1 - data$status
later <- data$rfstime + lost / 2
fit <- coxph(Surv(later, lost) ~ age + nodes + strata(hormon), data, ties = "breslow",
             control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
note("all", "loss", names(coef(fit)), coef(fit))
risk <- exp(as.matrix(data[, c("age", "nodes")]) %*% coef(fit))
hazard <- function(group, t, weight) {
  side <- data$hormon == group
  times <- sort(unique(later[side & lost == 1]))
  times <- times[times <= t + 0.5]
  sum(vapply(times, function(s) sum(side & later == s & lost == 1) / sum(weight[side & later >= s]), 0))
}
one <- rep(1, nrow(data))
every <- sort(unique(data$rfstime[lost == 1]))
for (name in c("all", "40")) {
  cuts <- if (name == "all") every else every[round(seq(0, length(every) - 1, length.out = 40)) + 1]
  split <- survSplit(Surv(rfstime, status) ~ ., data, cut = cuts, start = "start")
  starts <- sort(unique(split$start))
  plain <- sapply(0:1, function(g) sapply(starts, function(s) hazard(g, s, one)))
  given <- sapply(0:1, function(g) sapply(starts, function(s) hazard(g, s, risk)))
  at <- cbind(match(split$start, starts), split$hormon + 1)
  weight <- exp(given[at] * risk[split$patient] - plain[at])
  limits <- quantile(tapply(seq_along(weight), split$patient, function(i) weight[i[which.max(split$start[i])]]),
                     c(0.01, 0.99))
  weight <- pmin(pmax(weight, limits[1]), limits[2])
  note(name, "rows", "", nrow(split))
  note(name, "weight", "sum", sum(weight))
  note(name, "weight", "largest", max(weight))
  note(name, "weight", "of row 3000", weight[order(split$patient, split$start)][3000])
  outcome <- coxph(Surv(start, rfstime, status) ~ hormon, split, weights = weight, cluster = patient,
                   control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
  note(name, "outcome", c("coefficient", "std_error"), c(coef(outcome), sqrt(outcome$var[1, 1])))
  curve <- summary(survfit(Surv(start, rfstime, status) ~ hormon, split, weights = weight, id = patient),
                   times = c(500, 1500, 2200))
  note(name, "survival", paste(curve$strata, curve$time), curve$surv)
  note(name, "std_error", paste(curve$strata, curve$time), curve$std.err)
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = TRUE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
