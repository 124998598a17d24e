# Expected values for tests/golden/conversion_study. Run here: Rscript make.R
# Patients with a primary tumour and, most of them, a specimen of a metastasis: HER2 by IHC, ER and Ki-67 in per cent.
suppressMessages(library(coin))
set.seed(21)
n <- 90
group <- sample(c("P", "T"), n, replace = TRUE)
ihc <- c("0", "1+", "3+")
before <- sample(1:3, n, TRUE, c(0.2, 0.2, 0.6))
fall <- ifelse(group == "P", 0.4, 0.15)
after <- ifelse(runif(n) < fall, pmax(1, before - sample(1:2, n, TRUE)), ifelse(runif(n) < 0.15, pmin(3, before + 1), before))
er <- sample(c(0, 0, 20, 90), n, TRUE)
er_after <- ifelse(runif(n) < 0.2, 0, ifelse(runif(n) < 0.1, 50, er))
ki67 <- round(runif(n, 5, 60))
ki67_after <- pmax(1, ki67 + round(rnorm(n, 4, 8)))
place <- sample(c("liver", "metastasis", "lymph node", ""), n, TRUE, c(0.5, 0.2, 0.15, 0.15))
data <- data.frame(id = paste0("p", seq_len(n)), group, place, her2 = ihc[before], her2_after = ihc[after], er, er_after,
                   ki67, ki67_after)
write.csv(data, "data.csv", row.names = FALSE)

out <- data.frame(between = character(), marker = character(), group = character(), name = character(), value = character())
put <- function(between, marker, group, name, value)
  out <<- rbind(out, data.frame(between, marker, group, name, value = sprintf("%.17g", as.numeric(value))))
twoway <- function(between, marker, g, x, y, levels) {
  table <- table(factor(x, levels), factor(y, levels))
  for (i in levels) for (j in levels) put(between, marker, g, paste(i, "to", j), table[i, j])
  if (length(levels) == 2) {
    changed <- c(table[1, 2], table[2, 1])
    put(between, marker, g, "McNemar exact", binom.test(changed[1], sum(changed))$p.value)
    put(between, marker, g, "McNemar", mcnemar.test(table, correct = FALSE)$p.value)
  } else {
    used <- rowSums(table) + colSums(table) > 0
    put(between, marker, g, "Stuart-Maxwell", pvalue(mh_test(as.table(table[used, used]))))
    pairs <- combn(length(levels), 2)
    both <- sapply(seq_len(ncol(pairs)), function(k) table[pairs[1, k], pairs[2, k]] + table[pairs[2, k], pairs[1, k]])
    if (all(both > 0)) put(between, marker, g, "Bowker", mcnemar.test(table, correct = FALSE)$p.value)
  }
}
status <- function(x) ifelse(x == "3+", "positive", "negative")
expression <- function(x) c("0" = "zero", "1+" = "low", "3+" = "positive")[x]
for (between in c("first and latest", "primary and metastasis")) {
  there <- if (between == "first and latest") data$place != "" else data$place %in% c("liver", "metastasis")
  for (g in c("P", "T", "All")) {
    of <- data[there & (g == "All" | data$group == g), ]
    put(between, "her2", g, "pairs", nrow(of))
    twoway(between, "her2", g, status(of$her2), status(of$her2_after), c("negative", "positive"))
    twoway(between, "her2_low", g, expression(of$her2), expression(of$her2_after), c("zero", "low", "positive"))
    sign <- function(x) ifelse(x >= 1, "positive", "negative")
    twoway(between, "er", g, sign(of$er), sign(of$er_after), c("negative", "positive"))
    put(between, "ki67", g, "Wilcoxon signed rank",
        pvalue(wilcoxsign_test(ki67_after ~ ki67, of, distribution = "exact", zero.method = "Wilcoxon")))
    changed <- of$ki67_after[of$ki67_after != of$ki67] > of$ki67[of$ki67_after != of$ki67]
    put(between, "ki67", g, "sign test", binom.test(sum(changed), length(changed))$p.value)
    put(between, "ki67", g, "change", median(of$ki67_after - of$ki67))
    put(between, "ki67", g, "low change", quantile(of$ki67_after - of$ki67, 0.25))
  }
}
write.csv(out, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("coin", packageVersion("coin"))), "session.txt")
