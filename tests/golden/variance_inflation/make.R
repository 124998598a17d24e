# Expected values for tests/golden/variance_inflation. Run here: Rscript make.R
# Generalised variance inflation (Fox & Monette 1992) from determinants of correlation matrices; terms of one column
# are checked against 1 / (1 - R squared) of lm() here.
suppressMessages(library(survival))
known <- na.omit(lung[, c("age", "sex", "ph.ecog", "ph.karno", "pat.karno")])
known$ecog1 <- as.numeric(known$ph.ecog == 1); known$ecog2 <- as.numeric(known$ph.ecog >= 2)
columns <- as.matrix(known[, c("sex", "age", "ecog1", "ecog2", "ph.karno", "pat.karno")])
terms <- list(sex = 1, age = 2, ecog = 3:4, ph.karno = 5, pat.karno = 6)
r <- cor(columns)
rows <- lapply(names(terms), function(name) {
  at <- terms[[name]]
  value <- det(r[at, at, drop = FALSE]) * det(r[-at, -at]) / det(r)
  if (length(at) == 1) stopifnot(all.equal(value, 1 / (1 - summary(lm(columns[, at] ~ columns[, -at]))$r.squared)))
  data.frame(term = name, columns = length(at), value = sprintf("%.17g", value^(1 / length(at))))
})
write.csv(columns, "data.csv", row.names = FALSE)
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
