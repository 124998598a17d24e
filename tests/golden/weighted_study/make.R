# Expected values for tests/golden/weighted_study. Run here: Rscript make.R
# Patients who count by a weight, and models that add a score of another model to the log hazard. Some have no weight,
# one has a weight of zero, some have no score.
suppressMessages(library(survival))
set.seed(8)
n <- 130
sex <- sample(c("female", "male"), n, replace = TRUE)
ecog <- sample(0:2, n, replace = TRUE)
age <- round(runif(n, 30, 80))
score <- round(0.6 * rnorm(n) + 0.3 * ecog, 2)
weight <- round(0.3 + 2 * runif(n) + (sex == "male"), 2)
death <- ceiling(rexp(n, exp(0.5 * (sex == "male") + score) / 700))
last <- round(runif(n, 200, 1500))
data <- data.frame(id = paste0("p", seq_len(n)), sex, ecog, age, score, weight, days = pmin(death, last),
                   event = as.integer(death <= last))
data$weight[c(3, 40)] <- NA
data$weight[77] <- 0
data$score[c(5, 6, 90)] <- NA
write.csv(data, "data.csv", row.names = FALSE, na = "")

data$male <- as.numeric(data$sex == "male")
out <- data.frame(set = character(), name = character(), group = character(), value = character())
put <- function(set, name, group, value) out <<- rbind(out, data.frame(set, name, group, value = sprintf("%.17g", value)))
counted <- data[!is.na(data$weight) & data$weight > 0, ]
for (g in c("female", "male")) {
  of <- counted[counted$sex == g, ]
  put("weights", "patients", g, nrow(of))
  put("weights", "effective", g, sum(of$weight)^2 / sum(of$weight^2))
  curve <- survfit(Surv(days, event) ~ 1, of, weights = weight, robust = TRUE, conf.type = "log-log")
  median <- quantile(curve, 0.5)
  put("weights", "median", g, median$quantile)
  put("weights", "median low", g, median$lower); put("weights", "median high", g, median$upper)
  at <- summary(curve, times = 365.25)
  put("weights", "survival", g, at$surv); put("weights", "survival low", g, at$lower)
  put("weights", "survival high", g, at$upper)
}
models <- list(weights = list(counted, ""), offset = list(data[!is.na(data$score), ], " + offset(score)"),
               both = list(counted[!is.na(counted$score), ], " + offset(score)"))
for (set in names(models)) for (which in c("crude", "adjusted")) {
  part <- models[[set]][[1]]
  if (set == "offset") part$weight <- 1
  formula <- as.formula(paste("Surv(days, event) ~ male", if (which == "adjusted") "+ ecog + age", models[[set]][[2]]))
  fit <- if (set == "offset") coxph(formula, part) else coxph(formula, part, weights = weight, cluster = id)
  put(set, "ratio", which, exp(coef(fit))[1])
  put(set, "ratio low", which, exp(confint(fit))[1, 1]); put(set, "ratio high", which, exp(confint(fit))[1, 2])
  put(set, "n", which, fit$n)
  if (set == "offset") put(set, "proportional", which, cox.zph(fit)$table["male", "chisq"])
  put(set, "concordance", which,
      concordance(Surv(days, event) ~ predict(fit, type = "lp"), part, weights = weight, reverse = TRUE)$concordance)
}
# Residuals of the adjusted model with weights and offset; those of Schoenfeld by event, in the order of time.
part <- counted[!is.na(counted$score), ]
fit <- coxph(Surv(days, event) ~ male + ecog + age + offset(score), part, weights = weight, cluster = id)
for (type in c("martingale", "deviance")) put("residuals", type, part$id, residuals(fit, type = type))
for (type in c("score", "dfbeta", "dfbetas")) for (j in 1:3) put("residuals", paste(type, j), part$id, residuals(fit, type = type)[, j])
events <- part[part$event == 1, ]
events <- events[order(events$days), ]
for (type in c("schoenfeld", "scaledsch")) for (j in 1:3) put("residuals", paste(type, j), events$id, residuals(fit, type = type)[, j])
write.csv(out, "expected.csv", row.names = FALSE)
writeLines(paste(R.version.string, "survival", packageVersion("survival")), "session.txt")
