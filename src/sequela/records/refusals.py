"""Why a row is refused: every rule as data, printed in the quarantine and in the documentation."""

from sequela.frozen import frozen
from sequela.records.schema import Column


@frozen
class Refusal:
    """One reason to put a row into quarantine.

    Attributes
    ----------
    id : str
        Name of the rule, as the quarantine shows it.
    meaning : str
        What is wrong, in a phrase that follows "rows refused:".
    expected : str
        What should stand there; `{accepts}` stands for what the column accepts.
    remedy : str
        What to do.
    """

    id: str
    meaning: str
    expected: str
    remedy: str


_WRITE_A_DATE = "Write dates as 2019-12-31, 2019-12 or 2019."

REFUSALS: dict[str, Refusal] = {
    refusal.id: refusal
    for refusal in (
        Refusal(
            "no_place",
            "the row is of a kind that no entry of the map knows",
            "a kind of event or a value of the map",
            "Add it to the study's own sequela_events.csv or sequela_words.csv.",
        ),
        Refusal(
            "primary_site",
            "the tumour site is the organ of the primary tumour",
            "an organ of a metastasis",
            "Nothing; it is no metastasis.",
        ),
        Refusal(
            "perhaps_not_distant",
            "the tumour site may be regional, and no distant disease is known by that day",
            "a site that is certainly distant",
            "Nothing, or add the day of the metastatic diagnosis.",
        ),
        Refusal(
            "unclear_condition",
            "the cell that decides whether the row counts says neither yes nor no",
            "a word that the map takes for yes or for no",
            "Correct the cell, add the word to `is` or `is_not`, or write `empty: no` where an empty cell means no.",
        ),
        Refusal(
            "length_without_day",
            "a length of time cannot be placed: it is no number, or the day it counts from is not a full date",
            "a number of at least 0, and the full date it counts from",
            "Complete the date, or correct the number.",
        ),
        Refusal(
            "summary_row",
            "the row sums up others: it begins with a word such as total or mean",
            "a row of one patient",
            "Nothing, or delete the row; no patient is lost.",
        ),
        Refusal(
            "not_an_age",
            "the age is no number of years, or above 120",
            "years, with or without their unit (57, 57.4, 57y)",
            "Correct the age, or empty the cell.",
        ),
        Refusal("blank_row", "the row is empty", "a row with values", "Delete the row."),
        Refusal(
            "field_count",
            "the row has another number of fields than the header",
            "as many fields as the header",
            "Put quotation marks around cells that hold the separator, or add the missing separators.",
        ),
        Refusal("missing_value", "a required cell is empty", "{accepts}", "Fill in the cell."),
        Refusal(
            "not_a_number", "the cell is not a number", "{accepts}", "Write the number alone; put units elsewhere."
        ),
        Refusal(
            "ambiguous_number",
            "the comma may separate decimals or thousands",
            "{accepts}",
            "Write 1234 or 1.234, whichever is meant.",
        ),
        Refusal("not_whole", "the number is not whole", "{accepts}", "Write a whole number."),
        Refusal("out_of_range", "the number is out of range", "{accepts}", "Correct the number or empty the cell."),
        Refusal("unknown_value", "the value is not one the column knows", "{accepts}", "Use one of these values."),
        Refusal("not_a_flag", "the value is neither yes nor no", "{accepts}", "Write true or false."),
        Refusal("not_a_date", "the cell is neither a date nor a day", "{accepts}", _WRITE_A_DATE),
        Refusal("date_spelling", "the date is written in another order", "{accepts}", _WRITE_A_DATE),
        Refusal(
            "impossible_date",
            "the calendar has no such date",
            "{accepts}",
            "Correct the date, or write the month only.",
        ),
        Refusal(
            "unlikely_date",
            "the date lies before 1850 or after 2150",
            "{accepts}",
            "Leave the cell empty where there is no date.",
        ),
        Refusal(
            "serial_date",
            "the number looks like a date as a spreadsheet stores it",
            "{accepts}",
            "Format the column as a date (2019-12-31) in the spreadsheet, then save it again.",
        ),
        Refusal(
            "unlikely_day",
            "the day lies more than 150 years from day 0",
            "{accepts}",
            "Correct the day, or leave the cell empty where there is none.",
        ),
        Refusal("partial_origin", "day 0 needs a full date", "a full date (2019-12-31)", "Write year, month and day."),
        Refusal(
            "year_or_day",
            "the number may be a year or a day",
            "a date with its month (2014-03) or a day",
            "Write the month as well, or put `time: days` or `time: dates` into records.yaml.",
        ),
        Refusal(
            "day_without_origin",
            "the day counts from an unknown date, while the patient's other rows carry calendar dates",
            "a date, or the patient's origin_date",
            "Give patients.origin_date, the date of day 0, or write a date.",
        ),
        Refusal(
            "date_without_origin",
            "the date cannot be placed, because the patient's other rows carry days from an unknown date",
            "a day, or the patient's origin_date",
            "Give patients.origin_date, the date of day 0, or give age_at_origin in place of the birth.",
        ),
        Refusal(
            "start_missing",
            "the start is missing, which is allowed in the early setting only",
            "a start",
            "Give the date, the month or the year, or set the setting to early if it was.",
        ),
        Refusal(
            "stop_before_start", "the course stops before it starts", "a stop on or after the start", "Correct either."
        ),
        Refusal(
            "duplicate_row",
            "the row repeats an earlier one",
            "each thing once",
            "Delete the repeat; the first of the rows was kept.",
        ),
        Refusal(
            "conflicting_rows",
            "rows with the same key contradict each other",
            "each thing once",
            "Keep the row that is right; none was kept.",
        ),
        Refusal(
            "unknown_patient",
            "the patient is not in the table patients",
            "an identifier of the table patients",
            "Add the patient, or correct the identifier.",
        ),
        Refusal(
            "patient_refused",
            "the patient's row in the table patients was refused",
            "a patient whose own row was kept",
            "Mend the patient's row first.",
        ),
        Refusal(
            "unknown_lesion",
            "the lesion is not in the table lesions",
            "a lesion of the same patient in the table lesions",
            "Add the lesion, or correct its identifier.",
        ),
        Refusal(
            "last_contact_missing",
            "neither the last contact nor the death is known",
            "the last day known alive, or the death",
            "Give last_contact.",
        ),
        Refusal(
            "before_birth",
            "the record lies before the patient's birth",
            "a day on or after the birth",
            "Correct the record or the birth.",
        ),
        Refusal(
            "death_before_event",
            "the patient has a record after the death",
            "no record after the death",
            "Correct the death or the later record.",
        ),
    )
}
"""Every rule that can refuse a row, in the order a row meets them."""


def accepts(column: Column) -> str:
    """Say in a phrase what a column accepts."""
    if column.values:
        return "one of: " + ", ".join(column.values)
    if column.content == "day":
        return "a date (2019-12-31, 2019-12 or 2019) or a whole number of days"
    if column.content == "date":
        return "a full date (2019-12-31)"
    if column.content == "flag":
        return "true or false"
    if column.content == "text":
        return column.meaning
    name = "a whole number" if column.content == "integer" else "a number"
    if column.low is not None and column.high is not None:
        return f"{name} from {column.low:g} to {column.high:g}"
    return f"{name} of at least {column.low:g}" if column.low is not None else name


def expected(rule: str, column: Column | None) -> str:
    """Fill in what a rule expects of a column."""
    text = REFUSALS[rule].expected
    return text.replace("{accepts}", accepts(column)) if column else text


NO_LOSS = ("duplicate_row", "summary_row", "primary_site", "perhaps_not_distant")
"""Rules whose rows tell nothing that their patient's other rows do not: he is not incomplete for them."""
