"""A reconstruction as a folder: records, constraints, conventions, each saying what it is."""

from pathlib import Path

import polars as pl
import yaml

from sequela.evidence.patients import INVENTED, records_from
from sequela.evidence.reconstruct import Reconstruction
from sequela.records.write import write_records


def write_reconstruction(reconstruction: Reconstruction, folder: Path, seed: int | None = None) -> Path:
    """Write a reconstruction and return its folder.

    `constraints.csv` (every printed number with its verdict), `conventions.csv`,
    `reconstruction.yaml` (what this is, the seed, the counts of verdicts),
    `reconstructed_patients.csv`, and `records/` where the printed file says how patients become
    records. The same reconstruction gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reconstruction.constraints.write_csv(folder / "constraints.csv")
    reconstruction.conventions.write_csv(folder / "conventions.csv")
    reconstruction.patients.write_csv(folder / "reconstructed_patients.csv")
    (folder / "reconstruction.yaml").write_text(_about(reconstruction, seed), encoding="utf-8")
    if reconstruction.printed.records is not None:
        write_records(records_from(reconstruction), folder / "records")
    return folder


def _about(reconstruction: Reconstruction, seed: int | None) -> str:
    verdicts = reconstruction.constraints.group_by("verdict").agg(pl.len()).sort("verdict")
    content = {
        "kind": "reconstructed",
        "notice": reconstruction.notice,
        "paper": reconstruction.printed.citation,
        "printed": reconstruction.printed.file,
        "seed": seed,
        "conventions": str(reconstruction.printed.conventions[0]),
        "constraints": dict(verdicts.iter_rows()),
        "invented": INVENTED,
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
