# One variant of benchmarks/cox.py in R: Rscript cox.R FOLDER VARIANT REPEATS [coxph]
# Prints what was timed, CPU seconds, coefficients and standard errors, one line each.
suppressMessages(library(survival))
given <- commandArgs(TRUE)
variant <- given[2]
read <- function(name) {
  path <- file.path(given[1], paste0(name, ".bin"))
  readBin(path, "double", file.size(path) / 8)
}
load <- function(prefix) {
  d <- lapply(c(time = "time", event = "event", entry = "entry", stratum = "stratum", weight = "weight", x = "x"),
              function(name) read(paste0(prefix, name)))
  d$x <- matrix(d$x, length(d$time), byrow = TRUE, dimnames = list(NULL, paste0("x", 1:10)))
  d
}
late <- variant %in% c("lt", "all")
weighted <- variant %in% c("wr", "all")
within <- variant %in% c("st", "all")
call_coxph <- function(d) {
  frame <- data.frame(d$x, time = d$time, event = d$event, entry = d$entry, s = d$stratum, w = d$weight, id = seq_along(d$time))
  terms <- paste(c(colnames(d$x), if (within) "strata(s)"), collapse = "+")
  formula <- as.formula(paste(if (late) "Surv(entry,time,event)" else "Surv(time,event)", "~", terms))
  function() if (weighted) coxph(formula, frame, weights = w, cluster = id) else coxph(formula, frame)
}
call_core <- function(d) {
  y <- if (late) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  fit <- if (late) agreg.fit else coxph.fit
  function() fit(d$x, y, if (within) d$stratum else NULL, NULL, rep(0, 10), coxph.control(),
                 weights = if (weighted) d$weight else NULL, method = "efron", rownames = NULL, resid = FALSE)
}
small <- load("small-")
large <- load("")
for (what in intersect(c("core", "coxph"), c("core", given[4]))) {
  prepare <- if (what == "core") call_core else call_coxph
  invisible(prepare(small)())
  run <- prepare(large)
  taken <- c()
  for (i in seq_len(as.integer(given[3]))) {
    before <- sum(proc.time()[1:2])
    fit <- run()
    taken <- c(taken, sum(proc.time()[1:2]) - before)
  }
  cat(what, median(taken), sprintf("%.17g", c(fit$coefficients, sqrt(diag(fit$var)))), sep = " ")
  cat("\n")
}
cat("version", as.character(packageVersion("survival")), "\n")
