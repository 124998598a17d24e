# Expected values for tests/golden/cox. Run here: Rscript make.R
suppressMessages(library(survival))
columns <- paste0("x", 1:8)
patients <- function(set, x, time, event, entry = NA, weight = 1, stratum = 1, cluster = seq_along(time)) {
  x <- as.data.frame(x)
  for (column in seq_along(columns)) if (column > ncol(x)) x[[column]] <- NA
  names(x) <- columns
  cbind(data.frame(set = set, entry = entry, time = time, event = as.integer(event), weight = weight,
                   stratum = as.integer(stratum), cluster = as.integer(cluster)), x)
}
set.seed(11)
n <- 250
begin <- sample(0:15, n, TRUE)
known <- lung[complete.cases(lung[c("inst", "age", "ph.ecog")]), ]
tied <- cbind(rbinom(n, 1, 0.4), round(rnorm(n), 3), sample(0:3, n, TRUE))
data <- rbind(
  patients("lung", with(known, cbind(age, sex, ph.ecog)), known$time, known$status == 2,
           weight = 1 + known$sex * 0.5, stratum = known$inst, cluster = known$inst),
  patients("lung by sex", lung$sex, lung$time, lung$status == 2),
  patients("freireich", rep(0:1, each = 21),
           c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
             1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
           c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21))),
  patients("heart", with(heart, cbind(age, year, as.integer(surgery), as.integer(transplant) - 1)),
           heart$stop, heart$event, heart$start, cluster = heart$id),
  patients("heart, transplant only", as.integer(heart$transplant) - 1, heart$stop, heart$event, heart$start,
           cluster = heart$id),
  patients("veteran", with(veteran, cbind(trt, celltype == "smallcell", celltype == "adeno", celltype == "large", karno)),
           veteran$time, veteran$status, stratum = veteran$prior),
  patients("gbsg", with(gbsg, cbind(hormon, age, meno, size, grade, nodes, pgr, er)), gbsg$rfstime, gbsg$status,
           stratum = gbsg$nodes > 4),
  patients("months", with(known, cbind(age, sex, ph.ecog)), known$time / 30.4375, known$status == 2),
  patients("ties, entry, weights, strata, clusters", tied, begin + sample(1:12, n, TRUE), rbinom(n, 1, 0.7), begin,
           weight = round(runif(n, 0.2, 3), 2), stratum = rep(1:5, n / 5), cluster = rep(1:50, 5)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, variant, ties, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, variant, ties, statistic, at, value)
for (part in split(data, data$set)) {
  x <- as.matrix(part[columns])
  x <- x[, colSums(is.na(x)) == 0, drop = FALSE]
  y <- if (all(is.na(part$entry))) with(part, Surv(time, event)) else with(part, Surv(entry, time, event))
  for (ties in c("efron", "breslow")) for (variant in c("plain", "strata", "weights", "cluster", "all")) {
    if (variant %in% c("strata", "all") && length(unique(part$stratum)) == 1) next
    if (variant %in% c("weights", "all") && all(part$weight == 1)) next
    frame <- list(y = y, x = x, stratum = part$stratum, weight = part$weight, cluster = part$cluster)
    formula <- if (variant %in% c("strata", "all")) y ~ x + strata(stratum) else y ~ x
    if (variant %in% c("weights", "all")) {
      if (variant == "all") fit <- coxph(formula, frame, weights = weight, cluster = cluster, ties = ties)
      else fit <- coxph(formula, frame, weights = weight, robust = FALSE, ties = ties)
    } else if (variant == "cluster") fit <- coxph(formula, frame, cluster = cluster, ties = ties)
    else fit <- coxph(formula, frame, ties = ties)
    set <- part$set[1]
    model_variance <- if (is.null(fit$naive.var)) fit$var else fit$naive.var
    for (j in seq_along(coef(fit))) {
      note(set, variant, ties, "coefficient", j, coef(fit)[j])
      note(set, variant, ties, "std_error", j, sqrt(fit$var[j, j]))
      note(set, variant, ties, "model_std_error", j, sqrt(model_variance[j, j]))
      note(set, variant, ties, "p_value", j, 2 * pnorm(-abs(coef(fit)[j]) / sqrt(fit$var[j, j])))
      note(set, variant, ties, "low", j, confint(fit)[j, 1])
      note(set, variant, ties, "high", j, confint(fit)[j, 2])
    }
    note(set, variant, ties, "log_likelihood_null", 0, fit$loglik[1])
    note(set, variant, ties, "log_likelihood", 0, fit$loglik[2])
    note(set, variant, ties, "score_statistic", 0, fit$score)
    note(set, variant, ties, "wald_statistic", 0, fit$wald.test)
    note(set, variant, ties, "iterations", 0, fit$iter)
    if (ncol(x) == 1) next
    part_of <- coef(fit)[-1]
    note(set, variant, ties, "wald_of_all_but_the_first", 0, sum(part_of * solve(fit$var[-1, -1], part_of)))
    if (!(variant %in% c("plain", "strata"))) next
    frame$x <- x[, 1, drop = FALSE]
    note(set, variant, ties, "likelihood_ratio_of_all_but_the_first", 0,
         2 * (fit$loglik[2] - coxph(formula, frame, ties = ties)$loglik[2]))
  }
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
