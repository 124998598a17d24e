# Expected values for tests/golden/competing_entry_study. Run here: Rscript make.R
# Patients who came into a cohort with a later drug, their clock started by metastatic disease, and then progressed,
# died or were lost: at risk from the day of the drug. Incidences and their variance by etm, cause-specific hazard
# ratios by coxph, subdistribution hazard ratios by finegray, which weights for entry as well as for censoring.
suppressMessages({library(survival); library(etm)})
set.seed(11)
n <- 220
wait <- pmin(700, pmax(0, round(rexp(n, 1 / 250)) - 60))
sex <- sample(c("female", "male"), n, replace = TRUE)
ecog <- sample(0:2, n, replace = TRUE)
progression <- ceiling(wait + rexp(n, exp(0.6 * (sex == "male") + 0.3 * ecog) / 900))
death <- ceiling(wait + rexp(n, exp(0.4 * ecog) / 1500))
last <- ceiling(wait + runif(n, 1, 1500))
days <- pmin(progression, death, last)
kind <- ifelse(days == last, 0, ifelse(days == death, 2, 1))
data <- data.frame(id = paste0("p", seq_len(n)), wait, days, kind, sex, ecog)
write.csv(data, "data.csv", row.names = FALSE)

data$male <- as.numeric(data$sex == "male")
out <- data.frame(name = character(), kind = numeric(), group = character(), value = numeric())
put <- function(name, kind, group, value) out <<- rbind(out, data.frame(name, kind, group, value = sprintf("%.17g", value)))
for (g in c("female", "male")) {
  of <- data[data$sex == g, ]
  put("patients", 0, g, nrow(of))
  found <- summary(etmCIF(Surv(wait, days, kind != 0) ~ 1, of, etype = kind))[[1]]
  states <- survfit(Surv(wait, days, factor(kind)) ~ 1, of, id = id)
  for (k in 1:2) {
    table <- found[[paste("CIF", k)]]
    for (t in c(365.25, 730.5)) {
      at <- max(which(table$time <= t))
      stopifnot(abs(table$P[at] - summary(states, times = t)$pstate[k + 1]) < 1e-12)
      put(paste("incidence", t), k, g, table$P[at])
      put(paste("error", t), k, g, sqrt(table$var[at]))
    }
  }
}
data$cause <- factor(data$kind, 0:2)
for (k in 1:2) for (which in c("crude", "adjusted")) {
  rest <- if (which == "crude") "male" else "male + ecog"
  fit <- coxph(as.formula(paste("Surv(wait, days, kind == k) ~", rest)), data)
  put("specific", k, which, coef(fit)[1]); put("specific error", k, which, sqrt(fit$var[1, 1]))
  expanded <- finegray(as.formula(paste("Surv(wait, days, cause) ~ id +", rest)), data, id = id, etype = as.character(k))
  fit <- coxph(as.formula(paste("Surv(fgstart, fgstop, fgstatus) ~", rest)), expanded, weights = fgwt, cluster = id)
  put("incidence ratio", k, which, coef(fit)[1]); put("incidence ratio error", k, which, sqrt(fit$var[1, 1]))
}
write.csv(out, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("etm", packageVersion("etm"))),
           "session.txt")
