"""Estimators and tests on arrays; this room knows no patient."""
