# Expected values for tests/golden/rates. Run here: Rscript make.R
data <- data.frame(events = c(0, 1, 3, 45, 45, 400), person_time = c(10, 7.5, 20.5, 312.4, 0.5, 12000))
write.csv(data, "data.csv", row.names = FALSE)
rows <- list()
for (i in seq_len(nrow(data))) for (level in c(0.9, 0.95, 0.99)) {
  d <- data$events[i]
  t <- data$person_time[i]
  z <- qnorm(0.5 + level / 2)
  exact <- poisson.test(d, t, conf.level = level)$conf.int
  # a Poisson model with the logarithm of person-time as offset: Wald limits of its intercept
  logs <- c(NA, NA)
  if (d > 0) {
    fit <- glm(d ~ 1, family = poisson, offset = log(t), control = glm.control(epsilon = 1e-14))
    logs <- exp(coef(fit) + c(-1, 1) * z * sqrt(vcov(fit)[1, 1]))
  }
  # Byar: the cube root of a gamma variable is nearly normal (Wilson and Hilferty)
  cube <- function(shape, sign) shape * (1 - 1 / (9 * shape) + sign * z / (3 * sqrt(shape)))^3 / t
  byar <- c(if (d > 0) cube(d, -1) else 0, cube(d + 1, 1))
  wald <- pmax(d / t + c(-1, 1) * z * sqrt(d / t^2), 0)
  rows[[length(rows) + 1]] <- data.frame(events = d, person_time = t, level = level,
    exact_low = exact[1], exact_high = exact[2], log_low = logs[1], log_high = logs[2],
    byar_low = byar[1], byar_high = byar[2], wald_low = wald[1], wald_high = wald[2])
}
expected <- do.call(rbind, rows)
for (column in names(expected)) expected[[column]] <- ifelse(is.na(expected[[column]]), "", sprintf("%.17g", expected[[column]]))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
