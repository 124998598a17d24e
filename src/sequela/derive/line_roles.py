"""What the line rules call a backbone, a directed drug, an exchangeable class: per disease, as data."""

from sequela.frozen import frozen


@frozen
class DrugRoles:
    """Classes of the drug vocabulary by their part in a line.

    Attributes
    ----------
    backbone : tuple of str
        Classes that are continued in maintenance and beyond progression (L06, L07, L09, L11, L27).
    directed : tuple of str
        Classes whose change is a new line even without progression (L15).
    exchangeable : tuple of str
        Classes within which one drug may take the place of another (L10).
    continued : tuple of str
        Cytotoxic ingredients that may go on in maintenance when the others have ended (L06).
    ignored : tuple of str
        Modalities that never start or join a line (L26).
    """

    backbone: tuple[str, ...]
    directed: tuple[str, ...]
    exchangeable: tuple[str, ...]
    continued: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ("supportive", "ovarian suppression")


BREAST_ROLES = DrugRoles(
    backbone=("HER2 antibody",),
    directed=("HER2 antibody", "HER2 ADC", "HER2 TKI"),
    exchangeable=(
        "taxane",
        "anthracycline",
        "platinum",
        "vinca alkaloid",
        "aromatase inhibitor",
        "SERM",
        "CDK4/6 inhibitor",
        "PD-1 antibody",
        "PD-L1 antibody",
    ),
)
"""Breast cancer; which classes are exchangeable is an expert default."""
