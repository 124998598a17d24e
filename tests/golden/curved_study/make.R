# Expected values for tests/golden/curved_study. Run here: Rscript make.R
# North Central Cancer Treatment Group lung cancer data: sex, adjusted for age as a curve.
suppressMessages({library(survival); library(Hmisc)})
data <- data.frame(id = seq_len(nrow(lung)), days = lung$time, died = lung$status - 1, sex = lung$sex, age = lung$age)
write.csv(data, "data.csv", row.names = FALSE)
data$bent <- rcspline.eval(data$age, nk = 4, inclx = TRUE)
data$man <- as.numeric(data$sex == 1)
fit <- coxph(Surv(days, died) ~ man + bent, data)
zph <- cox.zph(fit)$table
out <- c(ratio = exp(coef(fit)[["man"]]), low = exp(confint(fit)["man", 1]), high = exp(confint(fit)["man", 2]),
         groups = zph["man", "chisq"], age = zph["bent", "chisq"], age_df = zph["bent", "df"],
         concordance = concordance(fit)$concordance)
write.csv(data.frame(name = names(out), value = sprintf("%.17g", out)), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("Hmisc", packageVersion("Hmisc"))),
           "session.txt")
