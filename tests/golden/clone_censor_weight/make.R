# Expected values for tests/golden/clone_censor_weight. Run here: Rscript make.R
# Clones spelled out as person-days, one row per patient, strategy and day; no weights are cut.
suppressMessages(library(survival))
set.seed(21)
n <- 300
age <- round(rnorm(n), 3)
frail <- rbinom(n, 1, 0.4)
death <- pmax(1, ceiling(rexp(n, 0.01 * exp(0.5 * frail + 0.2 * age))))
wait <- ceiling(rexp(n, 0.03 * exp(-0.7 * frail)))
end <- sample(100:400, n, TRUE)
data <- data.frame(time = pmin(death, end), event = as.integer(death <= end), started = ifelse(wait <= pmin(death, end), wait, NA),
                   age, frail)
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")
g <- 30
days <- 1:200
started <- ifelse(is.na(data$started), Inf, data$started)
rows <- list()
note <- function(strategy, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(strategy, statistic, at, value = format(value, digits = 17, trim = TRUE))

curve <- function(time, event, weight_on) {
  s <- 1
  sapply(days, function(d) {
    w <- weight_on(d)
    at_risk <- time >= d
    s <<- s * (1 - sum(w[time == d & event == 1]) / sum(w[at_risk]))
    s
  })
}
summaries <- function(strategy, s) {
  for (d in c(20, 30, 31, 60, 120, 200)) note(strategy, "survival", d, s[d])
  note(strategy, "mean", 200, 1 + sum(s[1:199]))
}
# start within g
late <- data$time > g & started > g
time <- ifelse(late, g, data$time)
event <- ifelse(late, 0, data$event)
known <- data$time > g
data$begun <- as.integer(started <= g)
fit <- glm(begun ~ age + frail, binomial, data, subset = known, control = glm.control(epsilon = 1e-14))
w <- rep(1, n)
w[known & started <= g] <- 1 / predict(fit, data[known & started <= g, ], type = "response")
note("start", "censored", "", sum(late))
note("start", "heaviest", "", max(w))
summaries("start", curve(time, event, function(d) if (d > g) w else rep(1, n)))
# do not start within g
left <- started <= g & !(data$event == 1 & started == data$time)
time <- ifelse(left, started, data$time)
event <- ifelse(left, 0, data$event)
until <- pmin(time, g)
fit <- coxph(Surv(until, left) ~ age + frail, data, ties = "breslow",
             control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
score <- exp(as.matrix(data[, c("age", "frail")]) %*% coef(fit))[, 1]
hazard <- sapply(1:g, function(d) sum(left & until == d) / sum(score[until >= d]))
so_far <- cumsum(hazard)
note("do not start", "censored", "", sum(left))
note("do not start", "heaviest", "", max(exp(so_far[g] * score)))
# the weight of a day rests on the starts before it
summaries("do not start", curve(time, event, function(d) {
  passed <- min(d - 1, g)
  exp((if (passed > 0) so_far[passed] else 0) * score)
}))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
