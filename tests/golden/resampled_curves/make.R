# Expected values for tests/golden/resampled_curves. Run here: Rscript make.R
# Bootstrap samples that R draws: medians and mean times of each, and the limits that boot.ci makes of their differences.
suppressMessages({library(survival); library(boot)})
set.seed(31)
n <- 60
group <- rep(c("a", "b"), c(34, 26))
death <- ceiling(rexp(n, ifelse(group == "a", 1 / 14, 1 / 24)))
last <- sample(8:50, n, TRUE)
data <- data.frame(time = pmin(death, last), event = as.integer(death <= last), group)
horizon <- 20
read <- function(part) {
  if (!nrow(part)) return(c(NA, NA))
  curve <- survfit(Surv(time, event) ~ 1, part)
  median <- unname(quantile(curve, 0.5)$quantile)
  reached <- max(part$time) >= horizon || min(curve$surv) == 0
  c(if (is.na(median)) Inf else median, if (reached) summary(curve, rmean = horizon)$table[["rmean"]] else NA)
}
both <- function(part) c(read(part[part$group == "a", ]), read(part[part$group == "b", ]))
draws <- NULL
found <- boot(data, function(of, index) { draws <<- rbind(draws, index); both(of[index, ]) }, 149)
draws <- draws[-1, ]
write.csv(data, "data.csv", row.names = FALSE)
counts <- t(apply(draws, 1, tabulate, nbins = n))
write.table(counts, "draws.csv", sep = ",", row.names = FALSE, col.names = FALSE)

out <- data.frame(name = character(), sample = numeric(), value = character())
put <- function(name, sample, value) out <<- rbind(out, data.frame(name, sample, value = sprintf("%.17g", value)))
names <- c("median a", "mean a", "median b", "mean b")
for (j in 1:4) put(names[j], seq_len(149), found$t[, j])
influence <- numeric(n)
for (g in c("a", "b")) {
  of <- data$group == g
  curve <- survfit(Surv(time, event) ~ 1, data[of, ])
  influence[of] <- residuals(curve, times = horizon, type = "rmst")
}
put("influence", seq_len(n), influence)
t <- found$t[, 2] - found$t[, 4]
t0 <- found$t0[2] - found$t0[4]
known <- !is.na(t)
put("difference", 0, t0)
move <- ifelse(group == "a", influence, -influence)
for (type in c("perc", "bca")) {
  limits <- boot.ci(found, type = type, t0 = t0, t = t[known], L = move)
  put(paste(type, "low"), 0, tail(c(limits[[4]]), 2)[1]); put(paste(type, "high"), 0, tail(c(limits[[4]]), 2)[2])
}
# The places of the corrected percentiles, by the formula behind boot.ci.
w <- qnorm(mean(t[known] < t0))
a <- sum(move^3) / (6 * sum(move^2)^1.5)
for (share in c(0.025, 0.975)) {
  z <- w + qnorm(share)
  put("bca share", share, pnorm(w + z / (1 - a * z)))
}
write.csv(out, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival")), paste("boot", packageVersion("boot"))),
           "session.txt")
