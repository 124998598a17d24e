# Expected values for tests/golden/balance. Run here: Rscript make.R
# MatchIt's standardised mean differences: numbers, yes or no, and levels, before and after weights by subclasses.
suppressMessages(library(MatchIt))
set.seed(1)
n <- 50
data <- data.frame(exposed = rbinom(n, 1, 0.5), yes = rbinom(n, 1, 0.3), x = round(rnorm(n), 3), rare = rep(c(1, 0), c(2, n - 2)))
level <- sample(c("p", "q", "r"), n, TRUE)
for (name in unique(level)) data[[name]] <- as.integer(level == name)
found <- matchit(exposed ~ yes + x + rare + q + r + p, data, method = "subclass", subclass = 3, estimand = "ATE")
data$weight <- found$weights
written <- data
for (column in c("x", "weight")) written[[column]] <- sprintf("%.17g", written[[column]])
write.csv(written, "data.csv", row.names = FALSE, quote = FALSE)
both <- summary(found, subclass = FALSE)
columns <- c("yes", "x", "rare", "p", "q", "r")
expected <- data.frame(column = columns, before = sprintf("%.17g", both$sum.all[columns, "Std. Mean Diff."]),
                       after = sprintf("%.17g", both$sum.across[columns, "Std. Mean Diff."]),
                       ratio = sprintf("%.17g", both$sum.across[columns, "Var. Ratio"]))
write.csv(expected, "expected.csv", row.names = FALSE, quote = FALSE)
writeLines(c(R.version.string, paste("MatchIt", packageVersion("MatchIt"))), "session.txt")
