# Expected values for tests/golden/frailty. Run here: Rscript make.R
# coxph with frailty(dist = "gamma", sparse = FALSE): at given variances, and at the variance R finds.
suppressMessages(library(survival))
lung <- na.omit(lung[, c("inst", "time", "status", "age", "sex", "ph.ecog")])
sets <- list(
  lung = data.frame(time = lung$time, event = lung$status - 1, cluster = lung$inst, x = lung$age, z = lung$sex),
  kidney = data.frame(time = kidney$time, event = kidney$status, cluster = kidney$id, x = kidney$age, z = kidney$sex))
rows <- list(); data <- list()
for (name in names(sets)) {
  d <- sets[[name]]
  data[[name]] <- cbind(set = name, d)
  for (theta in c(0.1, 0.5, NA)) {
    fit <- if (is.na(theta)) coxph(Surv(time, event) ~ x + z + frailty(cluster, dist = "gamma", sparse = FALSE), d)
           else coxph(Surv(time, event) ~ x + z + frailty(cluster, dist = "gamma", theta = theta, sparse = FALSE), d)
    at <- fit$history[[1]]
    whole <- if (is.null(at$c.loglik)) NA else at$c.loglik
    rows[[length(rows) + 1]] <- data.frame(set = name, theta = theta, found = at$theta, log_likelihood = whole,
      x = sprintf("%.17g", coef(fit)["x"]), z = sprintf("%.17g", coef(fit)["z"]),
      se_x = sprintf("%.17g", sqrt(fit$var[1, 1])), se_z = sprintf("%.17g", sqrt(fit$var[2, 2])))
  }
}
write.csv(do.call(rbind, data), "data.csv", row.names = FALSE)
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
