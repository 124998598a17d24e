# Expected values for tests/golden/myeloma. Run here: Rscript make.R
# `myeloma` of the R package survival: patients seen at a centre, whose time from diagnosis begins before they came.
suppressMessages(library(survival))
data <- myeloma[myeloma$entry < myeloma$futime, c("id", "entry", "futime", "death")]
write.csv(data, "data.csv", row.names = FALSE)
naive <- survfit(Surv(futime, death) ~ 1, data = myeloma, conf.type = "log-log")
entered <- survfit(Surv(entry, futime, death) ~ 1, data = data, conf.type = "log-log")
own <- survfit(Surv(futime - entry, death) ~ 1, data = data, conf.type = "log-log")
rows <- rbind(summary(naive)$table, summary(entered)$table, summary(own)$table)[, c("median", "0.95LCL", "0.95UCL")]
write.csv(data.frame(label = c("as asked", "with delayed entry", "from entry"), value = rows[, 1], low = rows[, 2],
                     high = rows[, 3]), "expected.csv", row.names = FALSE)
writeLines(c(paste(R.version.string, "survival", packageVersion("survival")), paste("rows of myeloma:", nrow(myeloma))), "session.txt")
