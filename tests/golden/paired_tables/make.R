# Expected values for tests/golden/paired_tables. Run here: Rscript make.R
suppressMessages(library(coin))
set.seed(12)
tables <- list(
  "approval of the Prime Minister" = rbind(c(794, 150), c(86, 570)),
  "few changed" = rbind(c(5, 1), c(6, 9)),
  "as many each way" = rbind(c(3, 4), c(4, 7)),
  "one changed" = rbind(c(9, 0), c(1, 4)),
  "nobody changed back" = rbind(c(9, 0), c(7, 4)),
  "difference of one" = rbind(c(2, 3), c(4, 8)),
  "three, drawn" = matrix(rpois(9, 6), 3),
  "HER2 of three levels" = rbind(c(40, 9, 3), c(2, 18, 11), c(1, 4, 25)),
  "unaided vision of women" = rbind(c(1520, 266, 124, 66), c(234, 1512, 432, 78),
                                    c(117, 362, 1772, 205), c(36, 82, 179, 492)),
  "a level without exchange" = rbind(c(4, 0, 0), c(0, 8, 5), c(0, 1, 6)),
  "two pairs apart" = rbind(c(4, 3, 0, 0), c(1, 8, 0, 0), c(0, 0, 5, 2), c(0, 0, 6, 9)))
cells <- do.call(rbind, lapply(names(tables), function(set) {
  table <- tables[[set]]
  data.frame(set = set, row = as.vector(row(table)), column = as.vector(col(table)), count = as.vector(table))
}))
write.csv(cells, "data.csv", row.names = FALSE)
rows <- list()
note <- function(set, test, statistic, value) rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, value)
whole <- function(set, test, found) {
  note(set, test, "statistic", found$statistic)
  note(set, test, "degrees_of_freedom", found$parameter)
  note(set, test, "p_value", found$p.value)
}
for (set in names(tables)) {
  table <- tables[[set]]
  both <- table + t(table)
  if (all(both[upper.tri(both)] > 0)) whole(set, "bowker", mcnemar.test(table, correct = FALSE))
  if (set == "two pairs apart") {
    # Pairs of categories without exchange make NaN of R's sum; here it is the sum of two tests of McNemar.
    parts <- list(mcnemar.test(table[1:2, 1:2], correct = FALSE), mcnemar.test(table[3:4, 3:4], correct = FALSE))
    sum <- parts[[1]]$statistic + parts[[2]]$statistic
    for (test in c("bowker", "stuart-maxwell"))
      whole(set, test, list(statistic = sum, parameter = 2, p.value = pchisq(sum, 2, lower.tail = FALSE)))
  } else {
    labels <- paste0("L", seq_len(nrow(table)))
    found <- mh_test(as.table(structure(table, dimnames = list(before = labels, after = labels))))
    whole(set, "stuart-maxwell", list(statistic = statistic(found), parameter = found@statistic@df, p.value = pvalue(found)))
  }
  if (nrow(table) > 2) next
  whole(set, "mcnemar", mcnemar.test(table, correct = FALSE))
  whole(set, "mcnemar corrected", mcnemar.test(table))
  b <- table[1, 2]; n <- b + table[2, 1]
  note(set, "mcnemar exact", "p_value", binom.test(b, n)$p.value)
  note(set, "mcnemar exact", "probability", dbinom(b, n, 0.5))
  k <- 0:n
  far <- abs(k - n / 2) - abs(b - n / 2)
  note(set, "mcnemar mid-p", "p_value", sum(dbinom(k, n, 0.5)[far > 0]) + sum(dbinom(k, n, 0.5)[far == 0]) / 2)
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("coin", packageVersion("coin"))), "session.txt")
