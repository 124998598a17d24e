# Expected values for tests/golden/contingency. Run here: Rscript make.R
tables <- list(
  "lady tasting tea" = rbind(c(3, 1), c(1, 3)),
  "a zero" = rbind(c(0, 9), c(6, 4)),
  "equally probable tables" = rbind(c(2, 8), c(8, 2)),
  "18 and 24" = rbind(c(7, 11), c(5, 19)),
  "large" = rbind(c(200, 150), c(180, 260)),
  "small difference" = rbind(c(5, 5), c(5, 6)),
  "three rows" = rbind(c(4, 10), c(7, 3), c(1, 8)),
  "five rows, sparse" = rbind(c(1, 0), c(3, 2), c(0, 5), c(4, 1), c(2, 2)),
  "two rows, four columns" = rbind(c(3, 5, 1, 9), c(8, 2, 2, 4)),
  "three by three" = rbind(c(5, 2, 9), c(3, 8, 4), c(6, 6, 1)),
  "three by three, ties" = rbind(c(2, 0, 1), c(0, 2, 1), c(1, 1, 2)),
  "four by three, sparse" = rbind(c(1, 0, 3), c(3, 2, 0), c(0, 5, 1), c(2, 0, 2)),
  "three rows, 1438 patients" = rbind(c(197, 1038), c(34, 111), c(12, 46)))
cells <- do.call(rbind, lapply(names(tables), function(set) {
  table <- tables[[set]]
  data.frame(set = set, row = as.vector(row(table)), column = as.vector(col(table)), count = as.vector(table))
}))
write.csv(cells, "data.csv", row.names = FALSE)
rows <- list()
note <- function(set, test, statistic, value) rows[[length(rows) + 1]] <<- data.frame(set, test, statistic, value)
for (set in names(tables)) {
  table <- tables[[set]]
  plain <- suppressWarnings(chisq.test(table, correct = FALSE))
  note(set, "pearson", "statistic", plain$statistic)
  note(set, "pearson", "p_value", plain$p.value)
  ratio <- loglin(table, list(1, 2), print = FALSE)$lrt
  note(set, "likelihood ratio", "statistic", ratio)
  note(set, "likelihood ratio", "p_value", pchisq(ratio, prod(dim(table) - 1), lower.tail = FALSE))
  if (ncol(table) == 2 && nrow(table) > 2) {
    trend <- suppressWarnings(prop.trend.test(table[, 2], rowSums(table), seq_len(nrow(table))))
    note(set, "trend", "statistic", trend$statistic)
    note(set, "trend", "p_value", trend$p.value)
    long <- as.data.frame(as.table(table))
    long <- long[rep(seq_len(nrow(long)), long$Freq), ]
    linear <- (sum(table) - 1) * cor(as.integer(long$Var1), as.integer(long$Var2))^2
    note(set, "linear-by-linear", "statistic", linear)
    note(set, "linear-by-linear", "p_value", pchisq(linear, 1, lower.tail = FALSE))
  }
  note(set, "fisher", "p_value", fisher.test(table, workspace = 2e7)$p.value)
  if (all(dim(table) == 2)) {
    yates <- suppressWarnings(chisq.test(table))
    note(set, "yates", "statistic", yates$statistic)
    note(set, "yates", "p_value", yates$p.value)
    observed <- dhyper(table[1, 1], sum(table[, 1]), sum(table[, 2]), sum(table[1, ]))
    note(set, "mid-p", "p_value", fisher.test(table)$p.value - observed / 2)
  }
}
expected <- do.call(rbind, rows)
expected$value <- sprintf("%.17g", expected$value)
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
