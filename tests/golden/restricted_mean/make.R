# Expected values for tests/golden/restricted_mean. Run here: Rscript make.R
suppressMessages(library(survival))
patients <- function(set, time, event, entry = NA)
  data.frame(set = set, entry = entry, time = time, event = as.integer(event))
set.seed(2)
begin <- sample(0:10, 80, TRUE)
data <- rbind(
  patients("lung, men", lung$time[lung$sex == 1], lung$status[lung$sex == 1] == 2),
  patients("lung, women", lung$time[lung$sex == 2], lung$status[lung$sex == 2] == 2),
  patients("down to zero", c(1, 2, 2, 4, 6), c(1, 1, 0, 1, 1)),
  patients("left truncation", begin + sample(1:20, 80, TRUE), rbinom(80, 1, 0.6), begin))
write.csv(data, "data.csv", row.names = FALSE, na = "")
rows <- list()
for (part in split(data, data$set)) for (horizon in list(c(365, 600), c(365, 600), c(3, 4, 5, 9), c(5, 10, 20))[[
    match(part$set[1], c("lung, men", "lung, women", "down to zero", "left truncation"))]]) {
  y <- if (all(is.na(part$entry))) Surv(part$time, part$event) else Surv(part$entry, part$time, part$event)
  s <- summary(survfit(y ~ 1), rmean = horizon)$table
  rows[[length(rows) + 1]] <- data.frame(set = part$set[1], horizon, value = s["rmean"], std_error = s["se(rmean)"])
}
expected <- do.call(rbind, rows)
for (column in c("value", "std_error")) expected[[column]] <- sprintf("%.17g", expected[[column]])
write.csv(expected, "expected.csv", row.names = FALSE)
writeLines(c(R.version.string, paste("survival", packageVersion("survival"))), "session.txt")
