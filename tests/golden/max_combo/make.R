# Expected values for tests/golden/max_combo. Run here: Rscript make.R
# Statistics written out as loops over event times; the p-value by mvtnorm (Debian: r-cran-mvtnorm), whose quasi-random
# integration is given ten million points. The permutation p-value re-draws the groups 2000 times.
suppressMessages({library(survival); library(mvtnorm)})
patients <- function(set, group, time, event, stratum = 1, entry = 0, weight = 1)
  data.frame(set = set, group = as.integer(group), stratum = as.integer(stratum), entry = entry, time = time,
             event = as.integer(event), weight = round(weight, 4))
set.seed(31)
n <- 100
begin <- sample(0:4, n, TRUE)
late <- ifelse(rep(1:2, n / 2) == 1, rexp(n, 1 / 10), 4 + rexp(n, 1 / 20) * rbinom(n, 1, 0.7))
known <- lung[!is.na(lung$ph.ecog), ]
data <- rbind(
  patients("lung by sex", lung$sex, lung$time, lung$status == 2),
  patients("veteran", veteran$trt, veteran$time, veteran$status),
  patients("late effect", rep(1:2, n / 2), pmin(30, ceiling(late)), late < 30),
  patients("strata", known$sex, known$time, known$status == 2, known$ph.ecog),
  patients("delayed entry", rep(1:2, n / 2), begin + sample(1:20, n, TRUE), rbinom(n, 1, 0.7), 1, begin),
  patients("weights", rep(1:2, n / 2), sample(1:20, n, TRUE), rbinom(n, 1, 0.7), 1, 0, runif(n, 0.3, 2)))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
powers <- list(c(0, 0), c(1, 0), c(0, 1), c(1, 1))

statistics <- function(part, group = part$group) {
  second <- group == 2
  U <- rep(0, 4)
  V <- matrix(0, 4, 4)
  moved <- matrix(0, nrow(part), 4)
  for (stratum in unique(part$stratum)) {
    own <- part$stratum == stratum
    S <- 1
    for (t in sort(unique(part$time[own & part$event == 1]))) {
      here <- own & part$entry < t & part$time >= t
      dies <- own & part$time == t & part$event == 1
      Y <- sum(part$weight[here]); d <- sum(part$weight[dies]); p <- sum(part$weight[here & second]) / Y
      w <- sapply(powers, function(x) S^x[1] * (1 - S)^x[2])
      S <- S * (1 - d / Y)
      U <- U + w * (sum(part$weight[dies & second]) - d * p)
      if (Y > 1) V <- V + outer(w, w) * p * (1 - p) * d * (Y - d) / (Y - 1)
      moved <- moved + outer((dies - here * d / Y) * (second - p) * part$weight, w)
    }
  }
  if (any(part$weight != 1)) V <- crossprod(moved)
  list(z = U / sqrt(diag(V)), correlation = cov2cor(V))
}
rows <- list()
note <- function(set, statistic, at, value) rows[[length(rows) + 1]] <<- data.frame(set, statistic, at, value)
for (part in split(data, data$set)) {
  set <- part$set[1]
  found <- statistics(part)
  largest <- max(abs(found$z))
  p <- 1 - pmvnorm(rep(-largest, 4), rep(largest, 4), corr = found$correlation,
                   algorithm = GenzBretz(maxpts = 1e7, abseps = 1e-9))
  note(set, "statistic", 0, largest)
  note(set, "p_value", 0, p)
  for (i in 1:4) {
    note(set, "z", i, found$z[i])
    note(set, "correlation", i, found$correlation[1, i])
  }
}
# The permutation of one small set, by the largest |z| with the covariance of each assignment.
part <- data[data$set == "late effect", ]
largest <- max(abs(statistics(part)$z))
drawn <- replicate(2000, max(abs(statistics(part, sample(part$group))$z)))
note("late effect", "permutation p", length(drawn), mean(drawn >= largest))
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("mvtnorm", packageVersion("mvtnorm"))),
           "session.txt")
