"""A replicated paper as one value."""

from sequela.analyses.study_result import StudyResult
from sequela.frozen import frozen
from sequela.replicate.compare import ReplicationRow
from sequela.replicate.material import Material
from sequela.replicate.paper import Paper


@frozen
class Replication:
    """A replicated paper.

    Attributes
    ----------
    paper : Paper
    rows : tuple of ReplicationRow
        In the order of `rows.yaml`.
    material : Material
        The records and the lines of therapy behind the rows.
    result : StudyResult or None
        The run of the paper's main study; None for case reports.
    notes : tuple of str
        What the reader must know: where the records come from, what is not computed, what the audit says.
    sentences : tuple of str
        What the patients of the paper can and cannot tell, the answer first; empty where `paper.yaml` holds no verdict
        and the audit does not refuse the comparison.
    """

    paper: Paper
    rows: tuple[ReplicationRow, ...]
    material: Material
    result: StudyResult | None
    notes: tuple[str, ...]
    sentences: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The paper's title."""
        return self.paper.title

    @property
    def headline(self) -> str:
        """The first sentence of all; empty where there is none."""
        return self.sentences[0] if self.sentences else ""
