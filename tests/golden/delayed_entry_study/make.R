# Expected values for tests/golden/delayed_entry_study. Run here: Rscript make.R
# Patients who came into a cohort with a later drug, their clock started by metastatic disease: at risk from the day of
# the drug. Some start on the day of metastatic disease; some die or are lost on the day of the drug, and are left out.
suppressMessages(library(survival))
set.seed(3)
n <- 150
wait <- pmax(0, round(rexp(n, 1 / 300)) - 60)
sex <- sample(c("female", "male"), n, replace = TRUE)
ecog <- sample(0:2, n, replace = TRUE)
death <- ceiling(rexp(n, exp(0.5 * (sex == "male") + 0.4 * ecog) / 1500))
last <- round(runif(n, 300, 3000))
days <- pmin(death, last)
seen <- days >= wait & days > 0
data <- data.frame(wait, days, event = as.integer(death <= last), sex, ecog)[seen, ]
data <- rbind(data, data.frame(wait = c(40, 90), days = c(40, 90), event = c(1, 0), sex = "male", ecog = 1))
data$id <- paste0("p", seq_len(nrow(data)))
write.csv(data, "data.csv", row.names = FALSE)

risk <- data[data$days > data$wait, ]
risk$male <- as.numeric(risk$sex == "male")
out <- data.frame(name = character(), group = character(), value = numeric())
put <- function(name, value, group = "") out <<- rbind(out, data.frame(name, group, value))
put("left out", nrow(data) - nrow(risk))
curves <- list()
for (g in c("female", "male")) {
  of <- risk[risk$sex == g, ]
  put("patients", nrow(of), g)
  curve <- survfit(Surv(wait, days, event) ~ 1, data = of, conf.type = "log-log")
  median <- quantile(curve, 0.5)
  put("median", median$quantile, g); put("median low", median$lower, g); put("median high", median$upper, g)
  at <- summary(curve, times = 730.5)
  put("survival", at$surv, g); put("survival low", at$lower, g); put("survival high", at$upper, g)
  put("difference error", at$std.err, g)
  mean <- summary(curve, rmean = 730.5)$table
  put("mean", mean["rmean"], g); put("mean error", mean["se(rmean)"], g)
  later <- summary(survfit(Surv(wait, days, event) ~ 1, data = of, conf.type = "log-log", start.time = 365.25), times = 730.5)
  put("given a year", later$surv, g); put("given a year low", later$lower, g); put("given a year high", later$upper, g)
  put("after a year", sum(of$wait <= 365.25 & of$days > 365.25), g)
  for (t in c(0, 365.25, 730.5)) put(paste("at risk", t), sum((of$wait < t | of$wait == 0) & of$days >= t), g)
}
for (which in c("crude", "adjusted")) {
  formula <- if (which == "crude") Surv(wait, days, event) ~ male else Surv(wait, days, event) ~ male + ecog
  fit <- coxph(formula, data = risk)
  put("ratio", exp(coef(fit))[1], which)
  put("ratio low", exp(confint(fit))[1, 1], which); put("ratio high", exp(confint(fit))[1, 2], which)
  put("proportional", cox.zph(fit)$table["male", "chisq"], which)
  put("concordance", concordance(fit)$concordance, which)
}
for (e in 0:2) put("ratio in ECOG", exp(coef(coxph(Surv(wait, days, event) ~ male, data = risk[risk$ecog == e, ]))), e)
whole <- coxph(Surv(wait, days, event) ~ male * factor(ecog), data = risk)
put("interaction", anova(coxph(Surv(wait, days, event) ~ male + factor(ecog), data = risk), whole)$Chisq[2])
write.csv(out, "expected.csv", row.names = FALSE)
writeLines(paste(R.version.string, "survival", packageVersion("survival")), "session.txt")
