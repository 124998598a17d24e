# Expected values for tests/golden/summary_t_test: R's t.test on the values. Run here: Rscript make.R
samples <- list(
  "equal spread" = list(c(51, 47, 62, 58, 55, 49), c(44, 52, 41, 47, 50)),
  "unequal spread" = list(c(10, 90, 35, 61, 2, 77, 54, 8), c(30, 31, 29, 33)),
  "no difference" = list(c(1, 2, 3), c(0, 2, 4, 2)),
  "two values" = list(c(5, 9), c(1, 2)),
  "far apart" = list(c(100, 101, 99, 100), c(1, 2, 3, 2, 1)))
long <- do.call(rbind, lapply(names(samples), function(set) do.call(rbind, lapply(1:2, function(k)
  data.frame(set = set, sample = k, value = samples[[set]][[k]])))))
write.csv(long, "data.csv", row.names = FALSE)
expected <- do.call(rbind, lapply(names(samples), function(set) do.call(rbind, lapply(c(TRUE, FALSE), function(equal) {
  test <- t.test(samples[[set]][[1]], samples[[set]][[2]], var.equal = equal)
  data.frame(set = set, test = if (equal) "Student" else "Welch",
             attribute = c("statistic", "degrees_of_freedom", "p_value"),
             value = c(test$statistic, test$parameter, test$p.value))
}))))
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
