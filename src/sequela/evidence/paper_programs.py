"""Which intervals a statistical program prints, where it leaves its user no choice."""

from sequela.evidence.paper_tables import ANY, SYMMETRIC, WALD

PROGRAMS = {"SPSS": (SYMMETRIC, WALD), "R": (ANY, ANY), "SAS": (ANY, ANY), "Stata": (ANY, ANY)}
"""Intervals of medians and of hazard ratios. SPSS: the median plus and minus 1.96 standard errors (IBM's
algorithms), and Wald limits of Exp(B). The others offer several."""


def program_conventions(text: str) -> tuple[str, str]:
    """Return the conventions of a program as a paper names it (`SPSS 21`); "any" where it leaves a choice."""
    words = text.lower().replace(",", " ").split()
    return next((found for name, found in PROGRAMS.items() if name.lower() in words), (ANY, ANY))
