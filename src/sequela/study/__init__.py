"""The question: its file, its criteria, its cohort, its time zero."""
