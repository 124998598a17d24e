# Expected values for tests/golden/fisher_tables. Run here: Rscript make.R
# Tables of three to five rows whose tables with the same margins are too many to be listed one by one.
set.seed(4)
tables <- list()
for (shape in list(c(3, 3, 25), c(4, 3, 15), c(4, 4, 6), c(5, 3, 8), c(5, 4, 2.5), c(5, 5, 1.2), c(6, 2, 10), c(3, 4, 9), c(4, 4, 1), c(2, 5, 12)))
  tables[[length(tables) + 1]] <- matrix(rpois(shape[1] * shape[2], shape[3] * runif(shape[1] * shape[2], 0.3, 1.7)), shape[1])
data <- do.call(rbind, lapply(seq_along(tables), function(i)
  data.frame(table = i, row = as.vector(row(tables[[i]])), column = as.vector(col(tables[[i]])), count = as.vector(tables[[i]]))))
write.csv(data, "data.csv", row.names = FALSE)
expected <- data.frame(table = seq_along(tables),
                       p_value = sapply(tables, function(t) sprintf("%.15g", fisher.test(t, workspace = 2e7)$p.value)))
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(R.version.string, "session.txt")
