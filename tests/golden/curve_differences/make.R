# Expected values for tests/golden/curve_differences. Run here: Rscript make.R
# Differences of survival at a time and of restricted means: survfit of each group, then the formulas.
suppressMessages(library(survival))
set.seed(3)
n <- 100
patients <- function(set, group, time, event, weight = 1)
  data.frame(set = set, group = as.integer(group), time = time, event = as.integer(event), weight = round(weight, 4))
data <- rbind(
  patients("lung", lung$sex, lung$time, lung$status == 2),
  patients("gbsg", gbsg$hormon + 1, gbsg$rfstime, gbsg$status),
  patients("weights", rep(1:2, n / 2), sample(1:20, n, TRUE), rbinom(n, 1, 0.7), runif(n, 0.2, 3)))
write.csv(data, "data.csv", row.names = FALSE)
times <- list(lung = c(3, 182, 365, 600), gbsg = c(365, 1500), weights = c(5, 12))
rows <- list()
note <- function(set, what, at, value, error, log = FALSE) {
  z <- value / error
  ends <- value + c(-1, 1) * qnorm(0.975) * error
  if (log) { value <- exp(value); ends <- exp(ends) }
  rows[[length(rows) + 1]] <<- data.frame(set, what, at, value, std_error = error, low = ends[1], high = ends[2],
                                          p_value = 2 * pnorm(-abs(z)))
}
for (part in split(data, data$set)) for (at in times[[part$set[1]]]) {
  read <- lapply(1:2, function(g) {
    own <<- part[part$group == g, ]  # residuals() looks for it there
    fit <- survfit(Surv(time, event) ~ 1, own, weights = own$weight)
    s <- summary(fit, times = at, extend = TRUE)
    if (at < min(own$time[own$event == 1])) return(c(1, NA, at, NA))  # nothing has happened: no standard error
    error <- if (fit$logse) summary(fit, rmean = at)$table["se(rmean)"] else
      sqrt(sum((residuals(fit, times = at, type = "rmst") * own$weight)^2))
    c(s$surv, s$std.err, summary(fit, rmean = at)$table["rmean"], error)
  })
  a <- read[[2]]; b <- read[[1]]
  note(part$set[1], "survival", at, a[1] - b[1], sqrt(a[2]^2 + b[2]^2))
  note(part$set[1], "mean", at, a[3] - b[3], sqrt(a[4]^2 + b[4]^2))
  note(part$set[1], "ratio of means", at, log(a[3] / b[3]), sqrt((a[4] / a[3])^2 + (b[4] / b[3])^2), TRUE)
}
expected <- do.call(rbind, rows)
for (column in names(expected)[-(1:3)]) expected[[column]] <- ifelse(is.na(expected[[column]]), "", sprintf("%.17g", expected[[column]]))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
