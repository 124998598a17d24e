# Expected values for tests/golden/concordance. Run here: Rscript make.R
suppressMessages(library(survival))
set.seed(17)
patients <- function(set, risk, time, event, entry = NA, weight = 1, stratum = 1)
  data.frame(set, entry, time, event = as.integer(event), risk, weight, stratum)
n <- 150
begin <- sample(0:8, n, TRUE)
known <- lung[complete.cases(lung[c("age", "ph.ecog")]), ]
fit <- coxph(Surv(time, status) ~ age + sex + ph.ecog, known)
data <- rbind(
  patients("lung, fitted", predict(fit), known$time, known$status == 2),
  patients("lung, ECOG", known$ph.ecog, known$time, known$status == 2, weight = 1 + 0.5 * known$sex, stratum = known$sex),
  patients("ties, entry, weights, strata", sample(0:6, n, TRUE), begin + sample(1:10, n, TRUE), rbinom(n, 1, 0.6), begin,
           round(runif(n, 0.2, 3), 2), rep(1:3, n / 3)),
  patients("continuous", rnorm(n), rexp(n), rbinom(n, 1, 0.7)))
write.csv(data, "data.csv", row.names = FALSE, na = "")
data <- read.csv("data.csv")
rows <- list()
for (part in split(data, data$set)) for (variant in c("plain", "strata", "weights", "all")) {
  if (variant %in% c("strata", "all") && length(unique(part$stratum)) == 1) next
  if (variant %in% c("weights", "all") && all(part$weight == 1)) next
  left <- if (all(is.na(part$entry))) "Surv(time, event)" else "Surv(entry, time, event)"
  formula <- as.formula(paste(left, "~ risk", if (variant %in% c("strata", "all")) "+ strata(stratum)"))
  found <- if (variant %in% c("weights", "all")) concordance(formula, part, reverse = TRUE, weights = weight)
           else concordance(formula, part, reverse = TRUE)
  count <- if (is.matrix(found$count)) colSums(found$count) else found$count
  value <- c(value = unname(found$concordance), std_error = sqrt(found$var), concordant = unname(count["concordant"]),
             discordant = unname(count["discordant"]), tied = unname(count["tied.x"]))
  rows[[length(rows) + 1]] <- data.frame(set = part$set[1], variant, statistic = names(value), value = sprintf("%.17g", value))
}
write.csv(do.call(rbind, rows), "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
