# Expected values for tests/golden/log_rank. Run here: Rscript make.R
# survdiff knows no delayed entry. Without tied events the score test of coxph is the log-rank test, so the
# sets with an entry time have none.
suppressMessages(library(survival))
patients <- function(set, group, time, event, stratum = 1, entry = NA)
  data.frame(set = set, group = as.integer(group), stratum = as.integer(stratum), entry = entry, time = time,
             event = as.integer(event))
set.seed(7)
known <- lung[!is.na(lung$ph.ecog), ]
n <- 120
entry <- round(runif(n, 0, 3), 3)
data <- rbind(
  patients("lung by sex", lung$sex, lung$time, lung$status == 2),
  patients("lung by performance status", known$ph.ecog, known$time, known$status == 2),
  patients("lung by sex within performance status", known$sex, known$time, known$status == 2, known$ph.ecog),
  patients("freireich", rep(1:2, each = 21),
           c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35,
             1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23),
           c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, rep(1, 21))),
  patients("ovarian", ovarian$rx, ovarian$futime, ovarian$fustat),
  patients("veteran", veteran$trt, veteran$time, veteran$status),
  patients("veteran by cell type within treatment", as.integer(veteran$celltype), veteran$time, veteran$status, veteran$trt),
  patients("gbsg", gbsg$hormon, gbsg$rfstime, gbsg$status),
  patients("heavy ties", rep(1:4, 30), sample(1:4, 120, TRUE), rbinom(120, 1, 0.8)),
  patients("delayed entry", rep(1:2, n / 2), entry + 0.001 + round(rexp(n), 6), rbinom(n, 1, 0.7), 1, entry),
  patients("delayed entry within strata", rep(1:3, n / 3), entry + 0.001 + round(rexp(n), 6), rbinom(n, 1, 0.7),
           rep(1:4, each = n / 4), entry))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
note <- function(set, statistic, at, value) rows[[length(rows) + 1]] <<- data.frame(set, statistic, at, value)
for (part in split(data, data$set)) {
  set <- part$set[1]
  if (all(is.na(part$entry))) {
    fit <- survdiff(Surv(time, event) ~ group + strata(stratum), data = part)
    groups <- sort(unique(part$group))
    note(set, "statistic", 0, fit$chisq)
    note(set, "p_value", 0, fit$pvalue)
    for (g in seq_along(groups)) {
      note(set, "observed", groups[g], sum(as.matrix(fit$obs)[g, ]))
      note(set, "expected", groups[g], sum(as.matrix(fit$exp)[g, ]))
      note(set, "variance", groups[g], fit$var[g, g])
    }
  } else {
    stopifnot(!anyDuplicated(part$time[part$event == 1]))
    fit <- coxph(Surv(entry, time, event) ~ factor(group) + strata(stratum), data = part)
    note(set, "statistic", 0, fit$score)
    note(set, "p_value", 0, pchisq(fit$score, length(coef(fit)), lower.tail = FALSE))
  }
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
