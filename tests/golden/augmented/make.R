# Expected values for tests/golden/augmented. Run here: Rscript make.R
# The score by glm, the outcome by lm on R's own pseudo-values of each group, put together by the formula.
suppressMessages(library(survival))
data <- gbsg[, c("hormon", "age", "size", "nodes", "rfstime", "status")]
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")
z <- data$hormon == 1
e <- fitted(glm(hormon ~ age + size + nodes, binomial, data, control = glm.control(epsilon = 1e-14, maxit = 60)))
rows <- list()
note <- function(statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(statistic, at, value = format(value, digits = 17, trim = TRUE))
cut <- function(w) {
  for (side in list(z, !z)) {
    limits <- quantile(w[side], c(0.01, 0.99))
    w[side] <- pmin(pmax(w[side], limits[1]), limits[2])
  }
  w
}
weights <- list(overlap = ifelse(z, 1 - e, e), ate = cut(ifelse(z, 1 / e, 1 / (1 - e))),
                att = cut(ifelse(z, 1, e / (1 - e))))
population <- list(overlap = e * (1 - e), ate = rep(1, length(e)), att = as.numeric(z))
horizon <- 1461
for (type in c("survival", "rmst")) {
  y <- numeric(nrow(data))
  for (side in list(z, !z))
    y[side] <- pseudo(survfit(Surv(rfstime, status) ~ 1, data[side, ]), times = horizon, type = type)
  frame <- cbind(data, y)
  predicted <- lapply(list(z, !z), function(side) predict(lm(y ~ age + size + nodes, frame[side, ]), frame))
  for (name in names(weights)) {
    w <- weights[[name]]
    mean_of <- function(k, side)
      weighted.mean(predicted[[k]], population[[name]]) + weighted.mean((y - predicted[[k]])[side], w[side])
    note(paste(type, name), "exposed", mean_of(1, z))
    note(paste(type, name), "reference", mean_of(2, !z))
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = TRUE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
