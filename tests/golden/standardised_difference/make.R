# Expected values for tests/golden/standardised_difference. Run here: Rscript make.R
# The categorical distance is computed from 0/1 indicators of the levels, the continuous one from sd().
suppressMessages(library(survival))
known <- lung[!is.na(lung$ph.ecog), ]
variable <- function(set, kind, group, value) data.frame(set = set, kind = kind, group = group, value = as.numeric(value))
data <- rbind(
  variable("age", "continuous", lung$sex, lung$age),
  variable("weight loss, with missing values", "continuous", lung$sex, lung$wt.loss),
  variable("performance status", "categorical", known$sex, known$ph.ecog),
  variable("a level in one group only", "categorical", rep(1:2, c(6, 5)), c(1, 1, 2, 2, 3, 3, 1, 2, 2, 2, 1)),
  variable("two levels", "categorical", veteran$trt, veteran$prior))
write.csv(data, "data.csv", row.names = FALSE, na = "")
rows <- list()
for (part in split(data, data$set)) {
  part <- part[!is.na(part$value), ]
  x <- part$value[part$group == 1]
  y <- part$value[part$group == 2]
  if (part$kind[1] == "continuous") value <- (mean(x) - mean(y)) / sqrt((sd(x)^2 + sd(y)^2) / 2)
  else {
    levels <- sort(unique(part$value))[-1]
    indicate <- function(v) sapply(levels, function(level) as.numeric(v == level))
    share_x <- colMeans(indicate(x)); share_y <- colMeans(indicate(y))
    population <- function(v) cov(indicate(v)) * (length(v) - 1) / length(v)
    middle <- (population(x) + population(y)) / 2
    value <- sqrt(mahalanobis(share_x, share_y, middle))
  }
  rows[[length(rows) + 1]] <- data.frame(set = part$set[1], value = sprintf("%.17g", value), n_x = length(x), n_y = length(y))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
