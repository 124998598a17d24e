# Expected values for tests/golden/sequential_trials. Run here: Rscript make.R
# Trials spelled out as one row per patient, trial and interval, fitted by glm; nothing is cut.
suppressMessages({library(sandwich); library(geepack)})
set.seed(31)
n <- 220; m <- 9; trials <- 4; K <- 5
age <- round(rnorm(n), 3)
# ill[i, j]: halves of intervals 0, 0.5, 1, ..: an illness that comes, makes starting likelier and the event likelier
ill <- matrix(0, n, 2 * m + 1)
ill[, 1] <- rbinom(n, 1, 0.3)
for (j in 2:(2 * m + 1)) ill[, j] <- ifelse(ill[, j - 1] == 1, rbinom(n, 1, 0.9), rbinom(n, 1, 0.12))
time <- started <- rep(NA, n)
event <- rep(0, n)
for (i in 1:n) {
  end <- runif(1, 2, 12); on <- Inf; stop <- end; dead <- 0; t <- 0
  while (t < end) {
    sick <- ill[i, min(floor(2 * t) + 1, 2 * m + 1)]
    if (is.infinite(on) && runif(1) < 0.02 + 0.05 * sick) on <- t
    if (runif(1) < 0.02 * exp(0.8 * sick + 0.3 * age[i] - 0.5 * (on <= t))) { stop <- t + 0.25; dead <- 1; break }
    t <- t + 0.25
  }
  time[i] <- round(stop + runif(1, -0.1, 0.1), 3); event[i] <- dead; started[i] <- if (on < time[i]) on else Inf
}
data <- data.frame(time, event, started = ifelse(is.finite(started), started, NA), age, ill)
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")
data$started[is.na(data$started)] <- Inf
known <- function(i, when) c(age = data$age[i], ill = ill[i, min(floor(2 * when) + 1, 2 * m + 1)])

rows <- list()
add <- function(i, trial, begun, treated, until, happened, leaves) {
  L <- known(i, begun)
  for (k in 0:(K - 1)) {
    share <- min(max(until - k, 0), 1)
    here <- happened && ceiling(until) - 1 == k
    if (here) share <- 1
    if (share > 0) rows[[length(rows) + 1]] <<-
      data.frame(person = i, trial, begun, treated, k, middle = k + 0.5, share, event = as.integer(here), t(L))
  }
}
stack <- function(per_protocol) {
  rows <<- list()
  for (i in 1:n) with(data[i, ], if (started < min(time, trials))
    add(i, floor(started), started, 1, time - started, event == 1, Inf))
  for (o in 0:(trials - 1)) for (i in 1:n) with(data[i, ], if (time > o && started > o) {
    until <- if (per_protocol) min(time, started) - o else time - o
    add(i, o, o, 0, until, event == 1 && (!per_protocol || time <= started), started - o)
  })
  do.call(rbind, rows)
}
# probability of starting in an interval
starts <- list()
for (i in 1:n) for (j in 0:(m - 1)) with(data[i, ], if (time > j && started >= j && started > 0) {
  yes <- started < j + 1 && started <= time
  L <- known(i, if (yes) started else if (time > j + 0.5) j + 0.5 else j)
  starts[[length(starts) + 1]] <<- data.frame(person = i, j, middle = j + 0.5, yes = as.integer(yes),
                                              share = if (yes) 1 else min(time - j, 1), t(L))
})
starts <- do.call(rbind, starts)
tight <- glm.control(epsilon = 1e-14, maxit = 50)
above <- glm(yes ~ middle, quasibinomial, starts, weights = share, control = tight)
below <- glm(yes ~ age + ill + middle, quasibinomial, starts, weights = share, control = tight)
starts$ratio <- (1 - fitted(above)) / (1 - fitted(below))
lacks <- 1 - mean(data$started[starts$person[starts$yes == 1]] %% 1)
starts$within <- (1 - fitted(above) * lacks) / (1 - fitted(below) * lacks)
weight_of <- function(person, from, k) {
  mine <- starts$person == person
  passed <- starts$ratio[mine & starts$j >= from & starts$j < from + k]
  prod(passed) * if (k > 0) starts$within[mine & starts$j == from + k] else 1
}
out <- list()
note <- function(analysis, statistic, at, value)
  out[[length(out) + 1]] <<- data.frame(analysis, statistic, at, value = format(value, digits = 17, trim = TRUE))
for (analysis in c("assignment", "following")) {
  d <- stack(analysis == "following")
  d$w <- d$share
  if (analysis == "following") {
    staying <- rep(1, nrow(d))
    free <- d$treated == 0
    staying[free] <- mapply(weight_of, d$person[free], d$trial[free], d$k[free])
    note(analysis, "heaviest", 0, max(staying))
    d$w <- d$share * staying
  }
  note(analysis, "rows", 0, nrow(d))
  note(analysis, "events", 0, sum(d$event))
  fit <- glm(event ~ treated + age + ill + begun + middle + treated:middle, quasibinomial, d, weights = w, control = tight)
  for (name in names(coef(fit))) note(analysis, "coefficient", name, coef(fit)[[name]])
  plain <- glm(event ~ treated + age + ill + begun + middle, quasibinomial, d, weights = w, control = tight)
  note(analysis, "log_odds_ratio", 0, coef(plain)[["treated"]])
  robust <- vcovCL(plain, cluster = d$person, type = "HC0", cadjust = FALSE)
  note(analysis, "robust_error", 0, sqrt(robust["treated", "treated"]))
  ordered <- d[order(d$person), ]
  gee <- suppressWarnings(geeglm(event ~ treated + age + ill + begun + middle, binomial, ordered, weights = w, id = person, scale.fix = TRUE))
  stopifnot(abs(sqrt(gee$geese$vbeta[2, 2]) / sqrt(robust["treated", "treated"]) - 1) < 1e-4)
  entries <- d[d$k == 0, ]
  for (arm in 1:0) {
    s <- rep(1, nrow(entries))
    for (step in 0:(K - 1)) {
      s <- s * (1 - predict(fit, transform(entries, treated = arm, middle = step + 0.5), type = "response"))
      note(analysis, paste0("curve", arm), step + 1, mean(s))
    }
  }
}
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("sandwich", packageVersion("sandwich")), paste("geepack", packageVersion("geepack"))), "session.txt")
