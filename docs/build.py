"""Make the pictures of the documents from the demo's report: `make docs`."""

import shutil
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from sequela.run import run_and_report

HERE = Path(__file__).parent
NAME = "noda-narita-2019"


def main() -> None:
    """Run the demo study and copy its curve."""
    study = Path(str(files("sequela.replicate"))) / "papers" / NAME / "study.yaml"
    images = HERE / "images"
    images.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run_and_report(study, Path(folder) / "report")
        curve = next((Path(folder) / "report" / "figures").glob("*ttp*.svg"))
        shutil.copyfile(curve, images / f"{NAME}.svg")
    sys.stdout.write(f"Written: {(images / NAME).relative_to(HERE.parent)}.svg\n")


if __name__ == "__main__":
    main()
