# Curves with known truth for tests/golden/digitised_curves. Run here: Rscript make.R
# survival::lung by sex: the Kaplan-Meier curve read at 100 places with noise of 0.2 %, five times;
# the patients at risk every 100 days; and what the real patients give.
suppressMessages(library(survival))
lung2 <- transform(lung, event = status == 2, group = ifelse(sex == 1, "men", "women"))
rows <- list()
set.seed(5)
for (g in c("men", "women")) {
  part <- subset(lung2, group == g)
  fit <- survfit(Surv(time, event) ~ 1, part)
  grid <- seq(0, max(part$time), length.out = 100)
  exact <- summary(fit, times = grid)$surv
  for (round in 1:5) {
    noisy <- pmin(pmax(exact + runif(100, -0.002, 0.002), 0), 1)
    rows[[length(rows) + 1]] <- data.frame(what = "points", round, group = g, time = round(grid, 2),
      value = round(noisy, 4))
  }
  at <- seq(0, max(part$time), by = 100)
  rows[[length(rows) + 1]] <- data.frame(what = "at_risk", round = 0, group = g, time = at,
    value = sapply(at, function(t) sum(part$time >= t)))
}
write.csv(do.call(rbind, rows), "data.csv", row.names = FALSE)
median_of <- function(g) unname(quantile(survfit(Surv(time, event) ~ 1, subset(lung2, group == g)), 0.5)$quantile)
expected <- data.frame(quantity = c("median men", "median women", "events men", "events women", "hazard ratio"),
  value = c(median_of("men"), median_of("women"), tapply(lung2$event, lung2$group, sum),
    exp(coef(coxph(Surv(time, event) ~ I(group == "women"), lung2)))))
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
