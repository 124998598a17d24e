# Expected values for tests/golden/weighted_log_rank. Run here: Rscript make.R
# survdiff knows rho only, and neither delayed entry nor case weights: the tests are written out as loops over event
# times and held against survdiff, and against the score tests of coxph, where those exist.
suppressMessages(library(survival))
patients <- function(set, group, time, event, stratum = 1, entry = 0, weight = 1, cluster = NA)
  data.frame(set = set, group = as.integer(group), stratum = as.integer(stratum), entry = entry, time = time,
             event = as.integer(event), weight = round(weight, 4), cluster = cluster)
set.seed(19)
n <- 120
begin <- sample(0:6, n, TRUE)
known <- lung[!is.na(lung$ph.ecog), ]
data <- rbind(
  patients("lung by sex", lung$sex, lung$time, lung$status == 2),
  patients("lung by performance status", known$ph.ecog, known$time, known$status == 2),
  patients("lung by sex within performance status", known$sex, known$time, known$status == 2, known$ph.ecog),
  patients("heavy ties", rep(1:4, 30), sample(1:6, n, TRUE), rbinom(n, 1, 0.7)),
  patients("delayed entry", rep(1:3, n / 3), begin + sample(1:12, n, TRUE), rbinom(n, 1, 0.6), 1, begin),
  patients("delayed entry within strata", rep(1:2, n / 2), begin + sample(1:12, n, TRUE), rbinom(n, 1, 0.6),
           rep(1:3, each = n / 3), begin),
  patients("weights", rep(1:3, n / 3), sample(1:12, n, TRUE), rbinom(n, 1, 0.6), 1, 0, runif(n, 0.2, 3)),
  patients("weights, clusters and strata", rep(1:2, n / 2), sample(1:12, n, TRUE), rbinom(n, 1, 0.6),
           rep(1:2, each = n / 2), 0, runif(n, 0.2, 3), rep(1:40, 3)),
  patients("weights and delayed entry", rep(1:2, n / 2), begin + sample(1:12, n, TRUE), rbinom(n, 1, 0.6), 1, begin,
           runif(n, 0.2, 3)),
  patients("clusters", rep(1:2, n / 2), sample(1:12, n, TRUE), rbinom(n, 1, 0.6), 1, 0, 1, rep(1:30, 4)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

weightings <- list(
  "log-rank" = function(Y, d, S, P) 1,
  "gehan" = function(Y, d, S, P) Y,
  "tarone-ware" = function(Y, d, S, P) sqrt(Y),
  "peto-peto" = function(Y, d, S, P) P,
  "modified peto-peto" = function(Y, d, S, P) P * Y / (Y + 1),
  "fleming-harrington(1, 0)" = function(Y, d, S, P) S,
  "fleming-harrington(0, 1)" = function(Y, d, S, P) 1 - S,
  "fleming-harrington(0.5, 2)" = function(Y, d, S, P) S^0.5 * (1 - S)^2)

compare <- function(part, weighting) {
  groups <- sort(unique(part$group))
  g <- length(groups)
  member <- outer(part$group, groups, "==") * 1
  O <- E <- rep(0, g)
  V <- matrix(0, g, g)
  moved <- matrix(0, nrow(part), g)
  for (stratum in unique(part$stratum)) {
    own <- part$stratum == stratum
    S <- P <- 1
    for (t in sort(unique(part$time[own & part$event == 1]))) {
      here <- own & part$entry < t & part$time >= t
      dies <- own & part$time == t & part$event == 1
      Y <- colSums(part$weight * here * member)
      d <- colSums(part$weight * dies * member)
      P <- P * (1 - sum(d) / (sum(Y) + 1))
      w <- weighting(sum(Y), sum(d), S, P)
      S <- S * (1 - sum(d) / sum(Y))
      p <- Y / sum(Y)
      O <- O + w * d
      E <- E + w * sum(d) * p
      if (sum(Y) > 1) V <- V + w^2 * sum(d) * (sum(Y) - sum(d)) / (sum(Y) - 1) * (diag(p) - outer(p, p))
      moved <- moved + w * (dies - here * sum(d) / sum(Y)) * (member - rep(p, each = nrow(part)))
    }
  }
  if (any(part$weight != 1) || !all(is.na(part$cluster))) {
    cluster <- if (all(is.na(part$cluster))) seq_len(nrow(part)) else part$cluster
    V <- crossprod(rowsum(part$weight * moved, cluster))
  }
  z <- (O - E)[-1]
  list(O = O, E = E, V = V, chisq = drop(z %*% solve(V[-1, -1, drop = FALSE], z)))
}

rows <- list()
note <- function(set, test, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, at, value)
for (part in split(data, data$set)) for (test in names(weightings)) {
  set <- part$set[1]
  groups <- sort(unique(part$group))
  found <- compare(part, weightings[[test]])
  robust <- any(part$weight != 1) || !all(is.na(part$cluster))
  if (all(part$entry == 0) && !robust && test %in% c("log-rank", "fleming-harrington(1, 0)")) {
    known <- survdiff(Surv(time, event) ~ group + strata(stratum), part, rho = as.integer(test != "log-rank"))
    stopifnot(all.equal(known$chisq, found$chisq))
  }
  if (robust && test == "log-rank") {
    part$id <- if (all(is.na(part$cluster))) seq_len(nrow(part)) else part$cluster
    known <- coxph(Surv(entry, time, event) ~ factor(group) + strata(stratum), part, weights = weight,
                   cluster = id, ties = "breslow", robust = TRUE)
    stopifnot(all.equal(as.numeric(known$rscore), found$chisq))
  }
  note(set, test, "chi_square", 0, found$chisq)
  note(set, test, "p_value", 0, pchisq(found$chisq, length(groups) - 1, lower.tail = FALSE))
  score <- seq_along(groups)
  z <- sum(score * (found$O - found$E)) / sqrt(drop(score %*% found$V %*% score))
  note(set, test, "trend z", 0, z)
  note(set, test, "trend p", 0, 2 * pnorm(-abs(z)))
  for (i in seq_along(groups)) {
    note(set, test, "observed", groups[i], found$O[i])
    note(set, test, "expected", groups[i], found$E[i])
    note(set, test, "variance", groups[i], found$V[i, i])
  }
  if (length(groups) < 3) next
  pairs <- combn(groups, 2)
  raw <- apply(pairs, 2, function(two) {
    chosen <- compare(part[part$group %in% two, ], weightings[[test]])
    pchisq(chosen$chisq, 1, lower.tail = FALSE)
  })
  for (i in seq_along(raw)) {
    note(set, test, "pair p", paste(pairs[, i], collapse = ":"), raw[i])
    note(set, test, "pair Holm p", paste(pairs[, i], collapse = ":"), p.adjust(raw, "holm")[i])
  }
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
