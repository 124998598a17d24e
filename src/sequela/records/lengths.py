"""Diameters in the unit they were written in, brought to millimetres."""

import polars as pl

from sequela.records.reading import Reading

MM_PER_CM = 10.0


def in_millimetres(measurements: Reading) -> Reading:
    """Multiply the diameters whose row says centimetres; what then exceeds the column's limit is refused."""
    column = measurements.table.column("diameter_mm")
    given = pl.col("unit.value").is_not_null()
    length = pl.when(pl.col("unit.value") == "cm").then(MM_PER_CM).otherwise(1.0) * pl.col("diameter_mm.value")
    # 1.1 * 10 is 11.000000000000002; a tenth of a micrometre is beyond any calipers.
    frame = measurements.frame.with_columns(
        length.round(4).alias("diameter_mm.value"), pl.when(given).then(pl.lit("mm")).alias("unit.value")
    )
    too_long = pl.col("diameter_mm.value") > column.high
    return measurements.with_frame(frame).refuse("out_of_range", too_long, "diameter_mm")
