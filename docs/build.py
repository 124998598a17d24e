"""Make the pictures of the documents from the demo's report and the register: `make docs`."""

import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import numpy as np

from sequela.analyses.answer import answer
from sequela.audit.card import audited
from sequela.evidence.load_register import DEFAULT, load_register
from sequela.evidence.selection import select
from sequela.evidence.synthesis import synthesise
from sequela.report.card_page import card_document, explanations
from sequela.report.drawing.svg import svg_bytes
from sequela.report.figures.forest import forest_figure
from sequela.report.figures.moves import moves_figure
from sequela.report.figures.weighted_curves import weighted_curves_figure
from sequela.report.moves import moves
from sequela.run import run_and_report
from sequela.scenarios.cohort import simulate_cohort
from sequela.scenarios.records import records_of, studies_of
from sequela.scenarios.worlds import WORLDS
from sequela.study.cohort import build_cohort
from sequela.study.spec import Study

HERE = Path(__file__).parent
NAME = "noda-narita-2019"


def main() -> None:
    """Run the demo study and copy its curve; draw the pool of the register."""
    study = Path(str(files("sequela.replicate"))) / "papers" / NAME / "study.yaml"
    images = HERE / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run_and_report(study, Path(folder) / "report")
        curve = next((Path(folder) / "report" / "figures").glob("*ttp*.svg"))
        shutil.copyfile(curve, images / f"{NAME}.svg")
    for each in explanations():
        if each.svg:
            (images / f"card-{each.name}.svg").write_text(each.svg, encoding="utf-8")
    (HERE / "audit.md").write_text(card_document(), encoding="utf-8")
    draw_groups_made_alike(images)
    draw_how_an_answer_moves(images)
    pool = synthesise(select(load_register(), "pfs"))
    (images / f"{DEFAULT}.svg").write_bytes(svg_bytes(forest_figure(pool)))
    sys.stdout.write(f"Written: {(images / DEFAULT).relative_to(HERE.parent)}.svg\n")
    sys.stdout.write(f"Written: {(images / NAME).relative_to(HERE.parent)}.svg\n")


def draw_groups_made_alike(images: Path) -> None:
    """Draw the curves of world C1 as observed and with the groups made alike, for the page of propensity scores."""
    records = records_of(simulate_cohort(WORLDS["C1"], np.random.default_rng(5), 600))
    asked = {"propensity": "pfs.ema", "by": ["ecog"], "horizon": 12, "bootstrap": 200}
    study = Study(**{**studies_of(WORLDS["C1"])["naive"], "analyses": [asked]})
    (found,) = answer(study, records, build_cohort(study, records)).analyses
    figure = weighted_curves_figure(found, found.comparisons[0], records.kind)
    (images / "made-alike.svg").write_bytes(svg_bytes(figure))


def draw_how_an_answer_moves(images: Path) -> None:
    """Draw the answers of a study in world N2, where pertuzumab changes nothing on T-DM1, for the first page."""
    records = records_of(simulate_cohort(WORLDS["N2"], np.random.default_rng(3), 371))
    study = Study(**studies_of(WORLDS["N2"])["study"])
    result = audited(answer(study, records, build_cohort(study, records)))
    (images / "moves.svg").write_bytes(svg_bytes(moves_figure(moves(result), records.kind)))


if __name__ == "__main__":
    main()
