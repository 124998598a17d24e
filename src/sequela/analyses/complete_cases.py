"""Who enters a model of complete cases and who does not, by covariate and by group."""

from collections.abc import Mapping

import numpy as np

from sequela.frozen import frozen

EVERYONE = "All"


@frozen
class MissingCovariate:
    """Patients without a value of one covariate.

    Attributes
    ----------
    label : str
    counts : tuple of int
        Per group, then everyone.
    alone : tuple of int
        Those of them who lack nothing else, so that this covariate alone keeps them out.
    """

    label: str
    counts: tuple[int, ...]
    alone: tuple[int, ...]


@frozen
class CompleteCases:
    """What a model loses to missing covariates.

    Attributes
    ----------
    model : str
        The model in words, as "adjusted model".
    groups : tuple of str
        Then "All"; the counts below are in this order.
    sizes, left_out, events_left_out : tuple of int
        Patients with a value of the endpoint, those of them who are not in the model, and those again
        who had the event.
    covariates : tuple of MissingCovariate
        Every covariate of the model, also one that nobody lacks.
    """

    model: str
    groups: tuple[str, ...]
    sizes: tuple[int, ...]
    left_out: tuple[int, ...]
    events_left_out: tuple[int, ...]
    covariates: tuple[MissingCovariate, ...]

    @property
    def complete(self) -> bool:
        """Whether nobody is left out."""
        return not self.left_out[-1]


def complete_cases(
    model: str,
    groups: tuple[str, ...],
    member: np.ndarray,
    event: np.ndarray,
    missing: Mapping[str, np.ndarray],
) -> CompleteCases:
    """Count who lacks what.

    Parameters
    ----------
    model : str
    groups : tuple of str
    member : str array, shape (n,)
        The group of each patient.
    event : bool array, shape (n,)
    missing : mapping of str to bool array, shape (n,)
        Whether each patient lacks the covariate of that label.
    """
    chosen = [*(member == group for group in groups), np.ones(member.size, dtype=bool)]
    lacking = np.sum([*missing.values(), np.zeros(member.size, dtype=bool)], axis=0)

    def counted(which: np.ndarray) -> tuple[int, ...]:
        return tuple(int((which & of_group).sum()) for of_group in chosen)

    covariates = tuple(
        MissingCovariate(label, counted(absent), counted(absent & (lacking == 1))) for label, absent in missing.items()
    )
    out = lacking > 0
    whole = np.ones(member.size, dtype=bool)
    return CompleteCases(
        model, (*groups, EVERYONE), counted(whole), counted(out), counted(out & event.astype(bool)), covariates
    )
