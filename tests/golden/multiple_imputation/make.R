# Expected values for tests/golden/multiple_imputation. Run here: Rscript make.R
# Three covariates with gaps that hang on what is known; pooled Cox models of 400 completed data sets, and Rubin's rules.
suppressMessages({library(survival); library(mice)})
set.seed(5)
n <- 300
group <- rbinom(n, 1, 0.5)
age <- round(rnorm(n, 60 + 4 * group, 10))
marker <- rbinom(n, 1, plogis(-0.5 + 0.04 * (age - 60) + 0.6 * group))
kind <- sample(0:2, n, replace = TRUE, prob = c(0.5, 0.3, 0.2))
kind <- ifelse(marker == 1 & runif(n) < 0.3, 2, kind)
death <- ceiling(rexp(n, exp(0.4 * group + 0.03 * (age - 60) + 0.6 * marker + 0.5 * (kind == 2)) / 700))
last <- ceiling(runif(n, 200, 2000))
days <- pmin(death, last)
event <- as.integer(death <= last)
age[runif(n) < plogis(-1.6 + 0.8 * event)] <- NA
marker[runif(n) < plogis(-1.4 + 0.8 * group)] <- NA
kind[runif(n) < 0.2] <- NA
data <- data.frame(days, event, group, age, marker, kind)
write.csv(data, "data.csv", row.names = FALSE, na = "")

data$hazard <- nelsonaalen(data, days, event)
data$marker <- factor(data$marker); data$kind <- factor(data$kind)
predictors <- make.predictorMatrix(data)
predictors[, "days"] <- 0
filled <- mice(data, m = 400, maxit = 10, predictorMatrix = predictors, seed = 11, printFlag = FALSE)
found <- summary(pool(with(filled, coxph(Surv(days, event) ~ group + age + marker + kind))))
whole <- coxph(Surv(days, event) ~ group + age + marker + kind, data)
rows <- data.frame(statistic = "pooled", item = as.character(found$term), value = found$estimate, error = found$std.error)
rows <- rbind(rows, data.frame(statistic = "complete", item = names(coef(whole)), value = coef(whole),
                               error = sqrt(diag(vcov(whole)))))
q <- c(0.31, 0.42, 0.25, 0.50, 0.37); u <- c(0.040, 0.045, 0.038, 0.050, 0.041)
for (df in c(Inf, 60)) {
  one <- pool.scalar(q, u, n = df + 1, k = 1)
  half <- qt(0.975, one$df) * sqrt(one$t)
  values <- c(value = one$qbar, within = one$ubar, between = one$b, error = sqrt(one$t), df = one$df, fmi = one$fmi,
              low = one$qbar - half, high = one$qbar + half, p = 2 * pt(-abs(one$qbar) / sqrt(one$t), one$df))
  rows <- rbind(rows, data.frame(statistic = paste("rules", df), item = names(values), value = values, error = NA))
}
write.csv(rows, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("mice", packageVersion("mice"))),
           "session.txt")
