# Expected values for tests/golden/permutation_log_rank. Run here: Rscript make.R
# Every assignment by combn, with the scores written out; where the package coin (Debian: r-cran-coin) has the same
# test it must agree. Three groups and strata: nested combn.
suppressMessages({library(survival); library(coin)})
patients <- function(set, group, time, event, stratum = 1)
  data.frame(set = set, group = as.integer(group), stratum = as.integer(stratum), time = time, event = as.integer(event))
set.seed(4)
data <- rbind(
  patients("no ties", rep(1:2, 6), c(3, 9, 5, 12, 6, 20, 1, 14, 8, 17, 2, 11), c(1, 1, 1, 0, 1, 1, 1, 1, 0, 0, 1, 1)),
  patients("ties", rep(1:2, c(5, 9)), sample(1:6, 14, TRUE), rbinom(14, 1, 0.8)),
  patients("four and five", rep(1:2, c(4, 5)), c(1, 2, 2, 4, 5, 6, 7, 8, 9), c(1, 1, 1, 1, 0, 1, 1, 1, 0)),
  patients("three groups", rep(1:3, 3), sample(1:9, 9, TRUE), rbinom(9, 1, 0.9)),
  patients("strata", rep(1:2, 6), sample(1:7, 12, TRUE), rbinom(12, 1, 0.8), rep(1:2, each = 6)))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
weightings <- list("log-rank" = function(Y, S) 1, "gehan" = function(Y, S) Y, "fleming-harrington(0, 1)" = function(Y, S) 1 - S)
scores <- function(part, weighting) {
  u <- rep(0, nrow(part))
  for (stratum in unique(part$stratum)) {
    own <- part$stratum == stratum
    S <- 1
    for (t in sort(unique(part$time[own & part$event == 1]))) {
      here <- own & part$time >= t
      dies <- own & part$time == t & part$event == 1
      u <- u + weighting(sum(here), S) * (dies - here * sum(dies) / sum(here))
      S <- S * (1 - sum(dies) / sum(here))
    }
  }
  u
}
assignments <- function(rows, groups) {  # every way to give the rows their groups, one per column
  labels <- sort(unique(groups))
  if (length(labels) == 1) return(matrix(labels, length(rows), 1))
  chosen <- combn(length(rows), sum(groups == labels[1]))
  do.call(cbind, lapply(seq_len(ncol(chosen)), function(i) {
    rest <- assignments(rows[-chosen[, i]], groups[groups != labels[1]])
    whole <- matrix(labels[1], length(rows), ncol(rest))
    whole[-chosen[, i], ] <- rest
    whole
  }))
}
rows <- list()
note <- function(set, test, statistic, value) rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, value)
for (part in split(data, data$set)) for (test in names(weightings)) {
  u <- scores(part, weightings[[test]])
  blocks <- split(seq_len(nrow(part)), part$stratum)
  ways <- lapply(blocks, function(block) assignments(block, part$group[block]))
  grid <- expand.grid(lapply(ways, function(way) seq_len(ncol(way))))
  groups <- sort(unique(part$group))
  sums <- t(apply(grid, 1, function(which) {
    given <- integer(nrow(part))
    for (b in seq_along(blocks)) given[blocks[[b]]] <- ways[[b]][, which[b]]
    sapply(groups, function(g) sum(u[given == g]))
  }))
  own <- sapply(groups, function(g) sum(u[part$group == g]))
  # The average over all assignments is the covariance, whatever the formula.
  V <- crossprod(sums)[-1, -1, drop = FALSE] / nrow(sums)
  form <- function(s) drop(s[-1] %*% solve(V, s[-1]))
  all <- apply(sums, 1, form)
  p <- mean(all >= form(own) - 1e-9)
  if (length(groups) == 2 && length(blocks) == 1 && test == "log-rank") {
    known <- coin::logrank_test(Surv(time, event) ~ factor(group), part, distribution = "exact",
                                ties.method = "mid-ranks")
    stopifnot(all.equal(as.numeric(pvalue(known)), p))
  }
  note(part$set[1], test, "p_value", p)
  note(part$set[1], test, "statistic", form(own))
  note(part$set[1], test, "assignments", nrow(sums))
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("coin", packageVersion("coin"))), "session.txt")
