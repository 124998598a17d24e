# Expected values for tests/golden/selection_weights. Run here: Rscript make.R
# Patients with monoclonal gammopathy (mgus2) who are found to have a plasma cell malignancy (pstat) stand for those who
# come into a cohort; the dead are kept at risk until the close. Nobody could come before 1975.
suppressMessages(library(survival))
data <- mgus2[!is.na(mgus2$hgb) & !is.na(mgus2$mspike), c("sex", "age", "hgb", "dxyr", "ptime", "pstat", "futime", "death")]
data <- data[1:1100, ]
close <- (1997 - data$dxyr) * 12 + 24
opened <- pmax(0, (1975 - data$dxyr) * 12)
came <- data$pstat == 1 & data$ptime <= close & data$ptime > opened
lost <- !came & data$death == 0 & data$futime < close
time <- ifelse(came, data$ptime, ifelse(lost, data$futime, close))
out <- data.frame(opened, time, came = as.integer(came), closed = close, group = as.integer(data$sex == "M"),
                  age = data$age, hgb = data$hgb, year = data$dxyr - 1980)
write.csv(out, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
rows <- list()
note <- function(group, statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(group, statistic, at, value = format(value, digits = 17, trim = TRUE))
probability <- rep(NA, nrow(data))
weight <- rep(NA, nrow(data))
for (g in 0:1) {
  side <- which(data$group == g)
  d <- data[side, ]
  seen <- d$time[d$came == 1 & d$time > d$opened]
  pieces <- max(1, min(5, length(seen) %/% 10))
  cuts <- unique(quantile(seen, seq_len(pieces - 1) / pieces, type = 1))
  edges <- c(-Inf, cuts, Inf)
  long <- do.call(rbind, lapply(seq_len(nrow(d)), function(i) {
    found <- NULL
    for (k in seq_len(length(edges) - 1)) {
      last <- d$came[i] == 1 && d$time[i] > edges[k] && d$time[i] <= edges[k + 1]
      until <- if (d$came[i] == 1) d$closed[i] else d$time[i]
      spent <- min(until, edges[k + 1]) - max(d$opened[i], edges[k])
      if (spent > 0) found <- rbind(found, data.frame(i, k, spent, yes = as.integer(last)))
      if (last) break
    }
    found
  }))
  long <- cbind(long, d[long$i, c("age", "hgb", "year")])
  fit <- glm(yes ~ 0 + factor(k) + age + hgb + year, binomial("cloglog"), long, offset = log(spent),
             control = glm.control(epsilon = 1e-14, maxit = 100))
  note(g, "coefficient", c(seq_along(edges[-1]), "age", "hgb", "year"), coef(fit))
  note(g, "std_error", c(seq_along(edges[-1]), "age", "hgb", "year"), sqrt(diag(vcov(fit))))
  note(g, "log_likelihood", "", as.numeric(logLik(fit)))
  b <- coef(fit)
  size <- exp(as.matrix(d[, c("age", "hgb", "year")]) %*% tail(b, 3))
  hazard <- rowSums(sapply(seq_len(length(edges) - 1), function(k)
    pmax(pmin(d$closed, edges[k + 1]) - pmax(d$opened, edges[k]), 0) * exp(b[k])))
  probability[side] <- 1 - exp(-hazard * size)
  here <- side[data$came[side] == 1 & data$time[side] > data$opened[side]]
  raw <- mean(probability[side][probability[side] > 0]) / probability[here]
  raw <- pmin(pmax(raw, quantile(raw, 0.01)), quantile(raw, 0.99))
  weight[here] <- raw / mean(raw)
}
note("", "probability", "sum", sum(probability))
note("", "probability", c(1, 100, 500, 899), probability[c(1, 100, 500, 899)])
note("", "weight", "largest", max(weight, na.rm = TRUE))
note("", "weight", "sum of squares", sum(weight^2, na.rm = TRUE))
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = TRUE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
