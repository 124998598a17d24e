"""Make the pictures of the documents from the demo's report and the register: `make docs`."""

import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from sequela.evidence.load_register import DEFAULT, load_register
from sequela.evidence.selection import select
from sequela.evidence.synthesis import synthesise
from sequela.report.card_page import card_document, explanations
from sequela.report.figures.canvas import svg_bytes
from sequela.report.figures.forest import forest_figure
from sequela.run import run_and_report

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
    pool = synthesise(select(load_register(), "pfs"))
    (images / f"{DEFAULT}.svg").write_bytes(svg_bytes(forest_figure(pool)))
    sys.stdout.write(f"Written: {(images / DEFAULT).relative_to(HERE.parent)}.svg\n")
    sys.stdout.write(f"Written: {(images / NAME).relative_to(HERE.parent)}.svg\n")


if __name__ == "__main__":
    main()
