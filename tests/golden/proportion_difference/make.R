# Expected values for tests/golden/proportion_difference. Run here: Rscript make.R (about two minutes)
# Likeliest proportions are roots of the derivative of the likelihood, tails are sums of dbinom over all tables.
data <- data.frame(
  set = c("Newcombe's first", "small", "none of either", "all of one", "nobody of many", "unequal sizes", "large"),
  x = c(56, 9, 0, 8, 0, 3, 150), n_x = c(70, 10, 10, 8, 12, 5, 400),
  y = c(48, 3, 0, 2, 4, 9, 110), n_y = c(80, 10, 15, 9, 6, 20, 350))
write.csv(data, "data.csv", row.names = FALSE)
rows <- list()
note <- function(set, method, level, statistic, value)
  rows[[length(rows) + 1]] <<- data.frame(set, method, level, statistic, value)
term <- function(k, p) if (k == 0) 0 else k / p
likeliest <- function(x, n_x, y, n_y, d) {
  slope <- function(p) term(x, p + d) - term(n_x - x, 1 - p - d) + term(y, p) - term(n_y - y, 1 - p)
  low <- max(0, -d); high <- min(1, 1 - d)
  near <- 1e-13 * (high - low)
  if (slope(low + near) <= 0) return(low)
  if (slope(high - near) >= 0) return(high)
  uniroot(slope, c(low + near, high - near), tol = 1e-15)$root
}
score <- function(x, n_x, y, n_y, d) {
  apart <- x / n_x - y / n_y - d
  if (abs(apart) < 1e-9) return(0)
  p <- likeliest(x, n_x, y, n_y, d)
  q <- p + d
  apart / sqrt(max(q * (1 - q), 0) / n_x + max(p * (1 - p), 0) / n_y)
}
largest <- function(f, low, high) {
  edges <- seq(low, high, length.out = 61)
  max(f(low), f(high), sapply(1:60, function(i) optimize(f, edges[i + 0:1], maximum = TRUE, tol = 1e-9)$objective))
}
tail_of <- function(tables, n_x, n_y, d) {
  a <- tables$a; b <- tables$b
  largest(Vectorize(function(p) sum(dbinom(a, n_x, min(p + d, 1)) * dbinom(b, n_y, p))), max(0, -d), min(1, 1 - d))
}
exact_low <- function(x, n_x, y, n_y, tail) {
  tables <- expand.grid(a = 0:n_x, b = 0:n_y)
  kept <- function(d) {
    z <- mapply(function(a, b) score(a, n_x, b, n_y, d), tables$a, tables$b)
    tail_of(tables[z >= score(x, n_x, y, n_y, d) - 1e-7, ], n_x, n_y, d) > tail
  }
  value <- x / n_x - y / n_y
  if (kept(-1 + 1e-9)) return(-1)
  tried <- seq(-1 + 1e-9, value, length.out = 90)
  at <- which(sapply(tried, kept))[1]
  out <- tried[at - 1]; inside <- tried[at]
  for (i in 1:28) { middle <- (out + inside) / 2; if (kept(middle)) inside <- middle else out <- middle }
  (out + inside) / 2
}
for (i in seq_len(nrow(data))) for (level in c(0.9, 0.95)) {
  s <- data$set[i]; x <- data$x[i]; n_x <- data$n_x[i]; y <- data$y[i]; n_y <- data$n_y[i]
  note(s, "any", level, "value", x / n_x - y / n_y)
  plain <- suppressWarnings(prop.test(c(x, y), c(n_x, n_y), correct = FALSE, conf.level = level))$conf.int
  note(s, "wald", level, "low", plain[1]); note(s, "wald", level, "high", plain[2])
  one <- suppressWarnings(prop.test(x, n_x, correct = FALSE, conf.level = level))$conf.int
  two <- suppressWarnings(prop.test(y, n_y, correct = FALSE, conf.level = level))$conf.int
  p <- x / n_x; q <- y / n_y
  note(s, "newcombe", level, "low", p - q - sqrt((p - one[1])^2 + (two[2] - q)^2))
  note(s, "newcombe", level, "high", p - q + sqrt((one[2] - p)^2 + (q - two[1])^2))
  z <- qnorm(0.5 + level / 2) * sqrt((n_x + n_y) / (n_x + n_y - 1))
  to_limit <- function(sign) function(d) sign * score(x, n_x, y, n_y, d) - z
  at_edge <- function(f, d) f(d) <= 0
  low <- if (at_edge(to_limit(1), -1 + 1e-12)) -1 else uniroot(to_limit(1), c(-1 + 1e-12, p - q), tol = 1e-14)$root
  high <- if (at_edge(to_limit(-1), 1 - 1e-12)) 1 else uniroot(to_limit(-1), c(p - q, 1 - 1e-12), tol = 1e-14)$root
  note(s, "score", level, "low", low); note(s, "score", level, "high", high)
  if (n_x <= 15 && n_y <= 15 && level == 0.95) {
    note(s, "exact", level, "low", exact_low(x, n_x, y, n_y, 0.025))
    note(s, "exact", level, "high", -exact_low(y, n_y, x, n_x, 0.025))
  }
  if (level == 0.95 && n_x < 200) {
    tables <- expand.grid(a = 0:n_x, b = 0:n_y)
    pooled <- (tables$a + tables$b) / (n_x + n_y)
    error <- sqrt(pooled * (1 - pooled) * (1 / n_x + 1 / n_y))
    z <- ifelse(error == 0, 0, (tables$a / n_x - tables$b / n_y) / error)
    seen <- z[tables$a == x & tables$b == y]
    note(s, "barnard", level, "statistic", seen)
    note(s, "barnard", level, "p_value", min(1, tail_of(tables[abs(z) >= abs(seen) - 1e-9, ], n_x, n_y, 0)))
  }
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
