"""Which patient gets which of the printed numbers of regimens: long histories hold more of them."""

import numpy as np

from sequela.evidence.printed import Printed
from sequela.evidence.template import Template


def deal_lines(room: np.ndarray, least: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Give the larger numbers of lines to patients with more room, nobody fewer than he needs.

    Parameters
    ----------
    room : int array, shape (n,)
        Days to fill.
    least : int array, shape (n,)
        Fewest lines; where the numbers cannot meet them all, the patients with most room come first.
    lines : array, shape (n,)
        The numbers to deal out.
    """
    dealt = np.zeros(room.size, dtype=int)
    left = sorted(lines.astype(int).tolist())
    for patient in np.lexsort((np.arange(room.size), -room, -least)):
        if least[patient] == 0:
            break
        enough = next((k for k, number in enumerate(left) if number >= least[patient]), len(left) - 1)
        dealt[patient] = left.pop(enough)
    for patient in np.lexsort((np.arange(room.size), room)):
        if least[patient] == 0:
            dealt[patient] = left.pop(0)
    return dealt


def dealt_values(printed: Printed, template: Template | None, values: np.ndarray) -> np.ndarray:
    """Return the values with the numbers of regimens exchanged inside each group so that histories have room.

    Medians, ranges and rank tests of every covariate stay what they were.
    """
    if template is None or not template.regimens:
        return values
    names = [item.name for item in printed.continuous]
    found, group = values.copy(), np.repeat(np.arange(len(printed.sizes)), printed.sizes)
    for g, name in enumerate(printed.groups):
        history = template.histories.get(name)
        if history is None:
            continue
        member = group == g
        days = {
            drug: np.nan_to_num(values[names.index(drug), member]) if drug else np.zeros(member.sum())
            for drug in (history.backbone, history.added, history.replaced_by)
        }
        room = days[history.backbone] + days[history.replaced_by] - days[history.added]
        row = names.index(template.regimens)
        found[row, member] = deal_lines(room, np.where(days[history.replaced_by] > 0, 2, 0), values[row, member])
    return found
