# Expected values for tests/golden/sepher_clocks. Run here: Rscript make.R
# data.csv is made from the stored cohort of the replication: days from metastatic diagnosis to T-DM1 and to the end.
suppressMessages(library(survival))
data <- read.csv("data.csv")
data$exposed <- as.numeric(data$group == "With pertuzumab")

under <- function(name, outcome) {
  fit <- coxph(outcome ~ exposed, data = data, ties = "efron")
  # The score test of the exact likelihood is the log-rank test, with delayed entry as well.
  exact <- coxph(outcome ~ exposed, data = data, ties = "exact")
  medians <- quantile(survfit(outcome ~ exposed, data = data, conf.type = "log-log"), 0.5)
  months <- function(row) c(medians$quantile[row], medians$lower[row], medians$upper[row]) / 30.4375
  limits <- exp(c(coef(fit), confint(fit)))
  data.frame(clock = name, with = t(months(2)), without = t(months(1)), ratio = t(unname(limits)),
             p = pchisq(exact$score, 1, lower.tail = FALSE), events = fit$nevent, patients = fit$n)
}

found <- rbind(under("asked", with(data, Surv(time, event))),
               under("delayed", with(data, Surv(entry, time, event))),
               under("entry", with(data, Surv(time - entry, event))))
names(found)[2:10] <- paste(rep(c("with", "without", "ratio"), each = 3), c("value", "low", "high"), sep = "_")
write.csv(found, "expected.csv", row.names = FALSE, na = "")
writeLines(paste(R.version.string, "survival", packageVersion("survival")), "session.txt")
