# Expected values for tests/golden/proportional_hazards. Run here: Rscript make.R
suppressMessages(library(survival))
columns <- paste0("x", 1:8)
patients <- function(set, x, time, event, entry = NA, weight = 1, stratum = 1, terms = seq_len(ncol(x))) {
  force(terms)
  x <- as.data.frame(x)
  for (column in seq_along(columns)) if (column > ncol(x)) x[[column]] <- NA
  names(x) <- columns
  cbind(data.frame(set = set, terms = paste(terms, collapse = " "), entry = entry, time = time,
                   event = as.integer(event), weight = weight, stratum = as.integer(stratum)), x)
}
set.seed(12)
n <- 200
begin <- sample(0:15, n, TRUE)
known <- lung[complete.cases(lung[c("age", "ph.ecog")]), ]
known$inst[is.na(known$inst)] <- 0
tied <- cbind(rbinom(n, 1, 0.4), round(rnorm(n), 3), sample(0:3, n, TRUE))
data <- rbind(
  patients("lung", with(known, cbind(age, sex, ph.ecog)), known$time, known$status == 2,
           weight = 1 + known$sex * 0.5, stratum = known$inst),
  patients("veteran", with(veteran, cbind(trt, celltype == "smallcell", celltype == "adeno", celltype == "large", karno)),
           veteran$time, veteran$status, stratum = veteran$prior, terms = c(1, 2, 2, 2, 3)),
  patients("heart", with(heart, cbind(age, year, as.integer(surgery), as.integer(transplant) - 1)),
           heart$stop, heart$event, heart$start),
  patients("gbsg", with(gbsg, cbind(hormon, age, meno, size, grade, nodes, pgr, er)), gbsg$rfstime, gbsg$status),
  patients("ties, entry, weights, strata", tied, begin + sample(1:12, n, TRUE), rbinom(n, 1, 0.7), begin,
           weight = round(runif(n, 0.2, 3), 2), stratum = rep(1:5, n / 5)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")

rows <- list()
for (part in split(data, data$set)) {
  x <- as.matrix(part[columns])
  x <- x[, colSums(is.na(x)) == 0, drop = FALSE]
  of <- as.integer(strsplit(part$terms[1], " ")[[1]])
  y <- if (all(is.na(part$entry))) with(part, Surv(time, event)) else with(part, Surv(entry, time, event))
  frame <- list(y = y, stratum = part$stratum, weight = part$weight)
  for (term in unique(of)) frame[[paste0("t", term)]] <- x[, of == term, drop = FALSE]
  named <- paste(paste0("t", unique(of)), collapse = " + ")
  for (ties in c("efron", "breslow")) for (variant in c("plain", "strata", "weights", "all")) {
    if (variant %in% c("strata", "all") && length(unique(part$stratum)) == 1) next
    if (variant %in% c("weights", "all") && all(part$weight == 1)) next
    formula <- as.formula(paste("y ~", named, if (variant %in% c("strata", "all")) "+ strata(stratum)"))
    if (variant %in% c("weights", "all")) fit <- coxph(formula, frame, weights = weight, robust = FALSE, ties = ties)
    else fit <- coxph(formula, frame, ties = ties)
    for (transform in c("km", "rank", "identity", "log")) {
      tested <- cox.zph(fit, transform)
      table <- tested$table
      # Residuals of a term of several columns are another thing in R, and so are those of strata or weights.
      correlation <- rep(NA, nrow(table))
      if (variant == "plain") for (j in which(table[, "df"] == 1 & rownames(table) != "GLOBAL"))
        correlation[j] <- cor(tested$x, cox.zph(fit, transform, terms = FALSE)$y[, which(of == unique(of)[j])])
      rows[[length(rows) + 1]] <- data.frame(set = part$set[1], variant, ties, transform, term = rownames(table),
                                             statistic = sprintf("%.17g", table[, "chisq"]), df = table[, "df"],
                                             p_value = sprintf("%.17g", table[, "p"]),
                                             correlation = ifelse(is.na(correlation), "", sprintf("%.17g", correlation)))
    }
  }
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
