# Expected values for tests/golden/strategies_over_time. Run here: Rscript make.R
# Clones spelled out as one row per patient, strategy and interval; the g-formula summed over every possible course.
set.seed(77)
n <- 400; K <- 4; grace <- 2
x <- round(rnorm(n), 3)
ill <- matrix(NA, n, K)
time <- rep(NA, n); event <- rep(0, n); started <- rep(Inf, n)
for (i in 1:n) {
  end <- runif(1, 1, 6)
  l <- rbinom(1, 1, 0.4)
  stop <- end
  for (k in 0:(K - 1)) {
    if (k > 0) l <- rbinom(1, 1, plogis(-0.9 + 1.8 * l - 0.9 * (started[i] < k) + 0.3 * x[i]))
    ill[i, k + 1] <- l
    if (is.infinite(started[i]) && rbinom(1, 1, plogis(-2 + 1.5 * l + 0.4 * (k == 0)))) started[i] <- k + round(runif(1), 3)
    t <- if (runif(1) < plogis(-2.3 + l + 0.3 * x[i] - 0.4 * (started[i] < k + 0.5))) k + round(runif(1, 0.01, 1), 3) else Inf
    if (t < end) { stop <- t; event[i] <- 1; break }
    if (end <= k + 1) break
  }
  time[i] <- round(if (event[i] == 1) stop else min(end, K), 3)
  if (started[i] >= time[i]) started[i] <- Inf
}
data <- data.frame(time, event, started = ifelse(is.finite(started), started, NA), x, ill)
for (k in 0:(K - 1)) data[data$time <= k, paste0("X", k + 1)] <- NA
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")
data$started[is.na(data$started)] <- Inf
L <- as.matrix(data[, paste0("X", 1:K)])
tight <- glm.control(epsilon = 1e-14, maxit = 60)
out <- list()
note <- function(statistic, at, value)
  out[[length(out) + 1]] <<- data.frame(statistic, at, value = format(value, digits = 17, trim = TRUE))

# who starts in an interval
starts <- do.call(rbind, lapply(1:n, function(i) do.call(rbind, lapply(0:(K - 1), function(k) with(data[i, ], {
  if (time <= k || started < k) return(NULL)
  yes <- started < k + 1 && started <= time
  data.frame(i, k, yes = as.integer(yes), share = if (yes) 1 else min(time - k, 1), x, ill = L[i, k + 1], first = as.integer(k == 0))
})))))
begin <- glm(yes ~ x + ill + first + k, quasibinomial, starts, weights = share, control = tight)
starts$p <- fitted(begin)
marginal <- sapply(0:(K - 1), function(k) with(starts[starts$k == k, ], sum(yes) / sum(share)))
on <- data$started[is.finite(data$started)]
waited <- c(mean(on[on < 1]), mean(on[on >= 1] %% 1))
p_of <- function(i, k) starts$p[starts$i == i & starts$k == k]

rows <- list()
add <- function(i, start, until, happened, weight_of) for (k in 0:(K - 1)) {
  here <- happened && ceiling(until) - 1 == k
  share <- if (here) 1 else min(max(until - k, 0), 1)
  if (share > 0) rows[[length(rows) + 1]] <<- data.frame(i, start, k, middle = k + 0.5, share, event = as.integer(here), w = weight_of(k))
}
there <- data$time > grace
share_in_time <- mean(data$started[there] < grace)
for (i in 1:n) with(data[i, ], {
  in_time <- started < grace
  left <- time > grace && !in_time
  add(i, 1, if (left) grace else time, event == 1 && !left, function(k) {
    if (k < grace) return(1)
    if (started >= grace - 1) share_in_time / p_of(i, grace - 1) else share_in_time
  })
  gone <- started <= time && !(event == 1 && started == time)
  add(i, 0, min(time, started), event == 1 && !gone, function(k)
    prod(sapply(0:k, function(j) {
      lacks <- if (j < k) 1 else 1 - waited[min(k, 1) + 1]
      (1 - marginal[j + 1] * lacks) / (1 - p_of(i, j) * lacks)
    })))
})
d <- do.call(rbind, rows)
for (s in 0:1) {
  mine <- d[d$start == s, ]
  note("rows", s, nrow(mine)); note("events", s, sum(mine$event)); note("heaviest", s, max(mine$w)); note("mean_weight", s, mean(mine$w))
}
fit <- glm(event ~ start * middle, quasibinomial, d, weights = share * w, control = tight)
for (s in 0:1) {
  h <- predict(fit, data.frame(start = s, middle = 0:(K - 1) + 0.5), type = "response")
  for (k in 1:K) note(paste0("structural", s), k, cumprod(1 - h)[k])
}
plain <- glm(event ~ start + middle, quasibinomial, d, weights = share * w, control = tight)
note("log_odds_ratio", 0, coef(plain)[["start"]])

# what comes next
average <- function(i, k) mean(L[i, 1:(k + 1)]) - L[i, k + 1]
rows <- list()
for (i in 1:n) with(data[i, ], for (k in 0:(K - 1)) if (time > k) {
  here <- event == 1 && ceiling(time) - 1 == k
  treated <- started < time
  before <- min(max(min(time, started) - k, 0), 1); after <- min(max(time - k, 0), 1) - before
  if (here && !treated) before <- 1
  if (here && treated) after <- 1
  if (before > 0) rows[[length(rows) + 1]] <<- data.frame(event = as.integer(here && !treated), treated = 0, ill = L[i, k + 1], so_far = average(i, k), x, middle = k + 0.5, v = before)
  if (after > 0) rows[[length(rows) + 1]] <<- data.frame(event = as.integer(here && treated), treated = 1, ill = L[i, k + 1], so_far = average(i, k), x, middle = k + 0.5, v = after)
})
outcome <- glm(event ~ treated + ill + so_far + x + middle, quasibinomial, do.call(rbind, rows), weights = v, control = tight)
steps <- do.call(rbind, lapply(1:n, function(i) do.call(rbind, lapply(1:(K - 1), function(k) if (data$time[i] > k)
  data.frame(now = L[i, k + 1], ill = L[i, k], so_far = average(i, k - 1), treated = as.integer(data$started[i] < k), x = data$x[i], middle = k + 0.5)))))
goes_on <- glm(now ~ ill + so_far + treated + x + middle, binomial, steps, control = tight)
for (name in names(coef(outcome))) note("outcome", name, coef(outcome)[[name]])
for (name in names(coef(goes_on))) note("goes_on", name, coef(goes_on)[[name]])
hazard <- function(treated, h, k) predict(outcome, data.frame(treated, ill = h[k + 1], so_far = mean(h) - h[k + 1], x = data$x, middle = k + 0.5), type = "response")
chance <- function(h, k) predict(begin, data.frame(x = data$x, ill = h[k + 1], first = as.integer(k == 0), k), type = "response")
turns <- function(h, treated, k) predict(goes_on, data.frame(ill = h[k], so_far = mean(h) - h[k], treated, x = data$x, middle = k + 0.5), type = "response")
# The mean over every course: each history of the illness and whether treated, with each patient's probability of it
# times that of being event-free.
summed <- function(rule, all_start_at_end) {
  states <- list(list(h = 0, a = 0, mass = 1 - L[, 1]), list(h = 1, a = 0, mass = L[, 1]))
  survival <- numeric(K)
  for (k in 0:(K - 1)) {
    if (k > 0) states <- do.call(c, lapply(states, function(s) {
      p <- turns(s$h, s$a, k)
      list(list(h = c(s$h, 1), a = s$a, mass = s$mass * p), list(h = c(s$h, 0), a = s$a, mass = s$mass * (1 - p)))
    }))
    w <- waited[min(k, 1) + 1]
    states <- do.call(c, lapply(states, function(s) {
      h0 <- hazard(0, s$h, k); h1 <- hazard(1, s$h, k)
      if (s$a == 1) return(list(list(h = s$h, a = 1, mass = s$mass * (1 - h1))))
      p <- rule(k, chance(s$h, k))
      list(list(h = s$h, a = 1, mass = s$mass * p * (1 - h0)^w * (1 - h1)^(1 - w)),
           list(h = s$h, a = as.integer(all_start_at_end(k)), mass = s$mass * (1 - p) * (1 - h0)))
    }))
    survival[k + 1] <- mean(Reduce(`+`, lapply(states, function(s) s$mass)))
  }
  survival
}
courses <- list(start = function(k, p) if (k < grace) p else 0 * p,
                never = function(k, p) 0 * p, natural = function(k, p) p)
for (name in names(courses)) { s <- summed(courses[[name]], function(k) name == "start" && k == grace - 1); for (k in 1:K) note(name, k, s[k]) }
write.csv(do.call(rbind, out), "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
