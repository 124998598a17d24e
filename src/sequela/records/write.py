"""Records as a folder of canonical tables: integer days, the same bytes for the same records."""

from pathlib import Path

import polars as pl
import yaml

from sequela.records.bundle import Records
from sequela.records.drug_rows import COLUMNS, DrugName, Ingredient
from sequela.records.drugs import JOINER, DrugVocabulary, default_vocabulary
from sequela.records.schema import TABLES


def write_records(records: Records, folder: Path) -> Path:
    """Write the records so that reading the folder gives equal tables, and return the folder.

    One CSV per table that has rows (and `patients.csv` always), `records.yaml`, `drugs.csv` where the
    vocabulary was extended, `quarantine.csv` and `notices.csv` as the first reading left them,
    `imputations.csv` and `incomplete.csv`, which the next reading takes up. Rows are numbered
    anew: `row` is the row of the file written, and imputations point there; the quarantine
    points to the files that were read first. Tables of an earlier writing are replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in records.tables.items():
        path = folder / f"{name}.csv"
        if table.height or name == "patients":
            table.select(TABLES[name].names).write_csv(path)
        else:
            path.unlink(missing_ok=True)
    (folder / "records.yaml").write_text(_description(records), encoding="utf-8")
    beside = {
        "quarantine": records.quarantine,
        "imputations": readdressed(records),
        "incomplete": records.incomplete,
        "notices": records.notices,
        "drugs": added_drugs(records.drugs),
    }
    for name, frame in beside.items():
        path = folder / f"{name}.csv"
        if frame.height or name in ("quarantine", "imputations"):
            frame.write_csv(path)
        else:
            path.unlink(missing_ok=True)
    return folder


def _description(records: Records) -> str:
    content = {"kind": str(records.kind), "title": records.title, "source": records.citation, "time": "days"}
    given = {key: value for key, value in content.items() if value}
    return yaml.safe_dump(given, sort_keys=False, allow_unicode=True, width=1000)


def readdressed(records: Records) -> pl.DataFrame:
    """Return the imputations with the rows that `write_records` gives to the tables."""
    rows = [
        pl.DataFrame({"row": table["row"], "written": range(2, table.height + 2)}).select(
            pl.lit(name).alias("table"), pl.col("row").cast(pl.Int32), pl.col("written").cast(pl.Int32)
        )
        for name, table in records.tables.items()
    ]
    moved = records.imputations.join(pl.concat(rows), on=["table", "row"], how="inner", maintain_order="left")
    return moved.with_columns(row="written").drop("written")


def added_drugs(drugs: DrugVocabulary) -> pl.DataFrame:
    """Return what a vocabulary knows beyond the built-in one, as rows of `drugs.csv`."""
    built_in = default_vocabulary()
    ingredients = [drugs.ingredients[name] for name in drugs.ingredients if name not in built_in.ingredients]
    own = {ingredient.name for ingredient in ingredients}
    names = [drugs.names[key] for key in sorted(drugs.names) if key not in built_in.names]
    lines = [_ingredient_row(ingredient) for ingredient in ingredients]
    lines += [_name_row(name) for name in names if not (name.kind == "ingredient" and name.ingredients[0] in own)]
    return pl.DataFrame(lines, schema=dict.fromkeys(COLUMNS, pl.String), orient="row")


def _ingredient_row(ingredient: Ingredient) -> tuple[str, ...]:
    cycle = "" if ingredient.cycle_days is None else str(ingredient.cycle_days)
    routes = "; ".join(ingredient.routes)
    described = (ingredient.drug_class, ingredient.modality, routes, cycle, ingredient.schedule, ingredient.source)
    return (ingredient.name, "ingredient", ingredient.name, *described)


def _name_row(name: DrugName) -> tuple[str, ...]:
    meanings = name.alternatives or (name.ingredients,)
    return (
        name.written,
        name.kind,
        " | ".join(JOINER.join(part) for part in meanings),
        "",
        "",
        "",
        "",
        "",
        name.source,
    )
