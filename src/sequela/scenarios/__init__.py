"""Invented cohorts whose truth is known: the audit's exam, and the null worlds a finding is held against."""
