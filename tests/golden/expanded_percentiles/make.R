# Expected values for tests/golden/expanded_percentiles. Run here: Rscript make.R
# The mean of 12 numbers: what leaving each out moves it by, 2000 bootstrap means, and the percentiles that Hesterberg
# (2015) expands, with order statistics from the inside out. Degrees of freedom: Lipsitz, Ibrahim & Parzen (1999).
set.seed(31)
x <- round(c(rnorm(9, 5, 1), 9.5, 0.25, 12), 2)
n <- length(x)
means <- round(sort(replicate(2000, mean(sample(x, n, TRUE)))), 10)
left <- sapply(seq_len(n), function(i) mean(x[-i]))
write.csv(data.frame(left), "left_out.csv", row.names = FALSE)
write.csv(data.frame(means), "data.csv", row.names = FALSE)
left <- read.csv("left_out.csv")$left; means <- read.csv("data.csv")$means
v <- (left - mean(left))^2
freedom <- 3 * sum(v)^2 / sum(v^2) - 2
out <- data.frame(statistic = "freedom", level = 0, value = freedom)
for (level in c(0.9, 0.95, 0.99)) {
  share <- pnorm(-sqrt((freedom + 1) / freedom) * qt((1 + level) / 2, freedom))
  h <- (length(means) - 1) * share
  out <- rbind(out, data.frame(statistic = c("low", "high"), level,
    value = c(sort(means)[floor(h) + 1], sort(means)[length(means) - floor(h)])))
}
out$value <- format(out$value, digits = 17, trim = TRUE)
write.csv(out, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
