# The resamples of benchmarks/bootstrap.py in R: Rscript bootstrap.R FOLDER SAMPLES
suppressMessages(library(survival))
given <- commandArgs(TRUE)
read <- function(name) {
  path <- file.path(given[1], paste0(name, ".bin"))
  readBin(path, "double", file.size(path) / 8)
}
time <- read("time")
event <- read("event")
x <- matrix(read("x"), length(time), byrow = TRUE, dimnames = list(NULL, paste0("x", 1:10)))
frame <- data.frame(x, time = time, event = event)
drawn <- matrix(read("drawn"), ncol = length(time), byrow = TRUE) + 1
formula <- as.formula(paste("Surv(time, event) ~", paste(colnames(x), collapse = "+")))
invisible(coxph(formula, frame))
for (what in c("coxph", "core")) {
  before <- sum(proc.time()[1:2])
  for (i in seq_len(as.integer(given[2]))) {
    rows <- drawn[i, ]
    if (what == "coxph") fit <- coxph(formula, frame[rows, ])
    else fit <- coxph.fit(x[rows, ], Surv(time[rows], event[rows]), NULL, NULL, rep(0, 10), coxph.control(), NULL, "efron",
                          NULL, resid = FALSE)
  }
  cat(what, sum(proc.time()[1:2]) - before, sprintf("%.17g", fit$coefficients), "\n")
}
