# Expected values for tests/golden/stanford_heart. Run here: Rscript make.R
# The Stanford heart transplant programme (Crowley & Hu 1977). Days are doubled, so that the half days that
# `heart` uses for patients who died on the day of their transplant are whole.
suppressMessages(library(survival))
last <- aggregate(stop ~ id, data = heart, FUN = max)
died <- aggregate(event ~ id, data = heart, FUN = max)
given <- heart[heart$transplant == 1, c("id", "start")]
data <- merge(merge(last, died), given, all.x = TRUE)
data <- data.frame(id = data$id, days = as.integer(2 * data$stop), death = data$event, transplant = as.integer(2 * data$start))
write.csv(data, "data.csv", row.names = FALSE, na = "")

naive <- coxph(Surv(days, death) ~ !is.na(transplant), data = data)
dependent <- coxph(Surv(start, stop, event) ~ transplant, data = heart)
limits <- function(fit) exp(c(coef(fit), confint(fit)))
rows <- rbind(c(limits(naive)), limits(dependent))
write.csv(data.frame(label = c("as asked", "time-dependent"), value = rows[, 1], low = rows[, 2], high = rows[, 3]),
          "expected.csv", row.names = FALSE)
writeLines(paste(R.version.string, "survival", packageVersion("survival")), "session.txt")
