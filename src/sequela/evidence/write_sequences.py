"""A reconstructed cohort of sequences as a folder: records, patients, constraints, each saying what it is."""

from pathlib import Path

import polars as pl
import yaml

from sequela.evidence.sequence_reconstruct import SequenceReconstruction
from sequela.evidence.sequence_records import INVENTED_OF_SEQUENCES, patients_of_sequences, records_of_sequences
from sequela.records.write import write_records


def write_sequences(found: SequenceReconstruction, folder: Path, seed: int | None = None) -> Path:
    """Write a reconstruction and return its folder; the same reconstruction gives the same bytes.

    `constraints.csv` (every printed number with its verdict), `reconstruction.yaml` (what this is, the seed, the
    counts of verdicts), `reconstructed_patients.csv`, and `records/`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found.constraints.write_csv(folder / "constraints.csv")
    patients_of_sequences(found).write_csv(folder / "reconstructed_patients.csv")
    verdicts = found.constraints.group_by("verdict").agg(pl.len()).sort("verdict")
    content = {
        "kind": "reconstructed",
        "notice": found.notice,
        "paper": found.printed.citation,
        "printed": found.printed.file,
        "seed": seed,
        "conventions": "median interval SPSS, hazard ratio interval Wald, breslow",
        "constraints": dict(verdicts.iter_rows()),
        "invented": INVENTED_OF_SEQUENCES,
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    (folder / "reconstruction.yaml").write_text(text, encoding="utf-8")
    write_records(records_of_sequences(found), folder / "records")
    return folder
