# Expected values for tests/golden/propensity. Run here: Rscript make.R
suppressMessages(library(survival))
data <- gbsg[, c("hormon", "age", "meno", "size", "grade", "nodes", "pgr", "er", "rfstime", "status")]
data$patient <- seq_len(nrow(data))
write.csv(data, "data.csv", row.names = FALSE)
data <- read.csv("data.csv")

rows <- list()
note <- function(statistic, at, value)
  rows[[length(rows) + 1]] <<- data.frame(statistic, at, value = format(value, digits = 17, trim = TRUE))
formula <- hormon ~ age + meno + size + grade + nodes + pgr + er
fit <- glm(formula, binomial, data, control = glm.control(epsilon = 1e-14, maxit = 60))
note("coefficient", names(coef(fit)), coef(fit))
note("std_error", names(coef(fit)), sqrt(diag(vcov(fit))))
note("log_likelihood", "", as.numeric(logLik(fit)))
e <- fitted(fit)
z <- data$hormon == 1
cut <- function(w) {
  for (side in list(z, !z)) {
    limits <- quantile(w[side], c(0.01, 0.99))
    w[side] <- pmin(pmax(w[side], limits[1]), limits[2])
  }
  w
}
scaled <- function(w) {
  for (side in list(z, !z)) w[side] <- w[side] / mean(w[side])
  w
}
weights <- list(overlap = scaled(ifelse(z, 1 - e, e)), ate = scaled(cut(ifelse(z, 1 / e, 1 / (1 - e)))),
                att = scaled(cut(ifelse(z, 1, e / (1 - e)))))
# Nearest on the logit, one by one, within the caliper. MatchIt 4.5.1, Debian's, is no witness here: it passes over
# nearer references and matches beyond its caliper.
distance <- qlogis(e)
width <- 0.2 * sqrt((var(distance[z]) + var(distance[!z])) / 2)
free <- which(!z)
first <- second <- integer(0)
for (i in which(z)[order(-distance[z])]) {
  gap <- abs(distance[free] - distance[i])
  if (length(free) && min(gap) <= width) {
    first <- c(first, i)
    second <- c(second, free[which.min(gap)])
    free <- free[-which.min(gap)]
  }
}
note("pairs", "", length(first))
note("pair", first, second)
weights$matching <- as.numeric(seq_along(z) %in% c(first, second))
for (name in names(weights)) {
  w <- weights[[name]]
  use <- w > 0
  cx <- coxph(Surv(rfstime, status) ~ hormon, data[use, ], weights = w[use], robust = TRUE,
              control = coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 50))
  note(paste(name, "coefficient"), "hormon", coef(cx))
  note(paste(name, "robust std_error"), "hormon", sqrt(cx$var[1, 1]))
  for (column in c("age", "size", "nodes", "pgr")) {
    x <- data[[column]]
    spread <- sqrt((var(x[z]) + var(x[!z])) / 2)
    note(paste(name, "difference"), column, (weighted.mean(x[z], w[z]) - weighted.mean(x[!z], w[!z])) / spread)
  }
  note(paste(name, "effective"), "exposed", sum(w[z])^2 / sum(w[z]^2))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE, quote = TRUE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))),
           "session.txt")
