"""The pattern of a study in worlds where nothing of what it seems to say is true: words and a table."""

from sequela.analyses.results import NullWorlds
from sequela.analyses.wording import listed, share
from sequela.report.display_table import DisplayTable, Row


def summary_of(result: NullWorlds) -> tuple[str, ...]:
    """Return the sentences that a reader needs before the table."""
    null, harm = result.shares[:-1], result.shares[-1]
    most = max(null, key=lambda found: found.hits / found.runs)
    conditions = listed([f"{condition}" for condition, _ in harm.each])
    calendar = result.calendar
    without, after = result.sizes
    likely, with_harm = most.hits / most.runs, harm.hits / harm.runs
    said = [
        f"Pattern: {conditions}. Where {result.earlier} does nothing to {result.later} it arises in up to "
        f"{share(likely, 0)}% of cohorts (world {most.world.name}); where {result.later} is truly worse after "
        f"{result.earlier}, in {share(with_harm, 0)}% (world {harm.world.name}).",
    ]
    if likely >= with_harm / 2:
        said.append(
            "It is about as likely without harm as with it, so by itself it is evidence of neither."
            if likely >= 0.05
            else "It is rare with harm and without; these worlds do not explain it."
        )
    else:
        said.append("It is much rarer without harm than with it in these worlds.")
    said.append(
        f"Cohorts of {without} and {after} patients, metastatic from {calendar.opened} on, records closed on "
        f"{calendar.closed}, {result.earlier} available from {calendar.earlier}, {result.later} from {calendar.later}. "
        "The course of the disease in these worlds was set by hand: they show what is possible, not what happened."
    )
    return tuple(said)


def null_world_table(result: NullWorlds) -> DisplayTable:
    """Print, for each world, how often the whole pattern and each of its conditions arose."""
    conditions = tuple(str(condition) for condition, _ in result.shares[0].each)
    columns = ("World", "What happens in it", "Pattern (95% CI)", *conditions)
    rows = tuple(
        Row(
            (
                found.world.name,
                found.world.title,
                f"{share(found.hits / found.runs, 0)}% ({share(found.low, 0)}–{share(found.high, 0)})",
                *(f"{share(each, 0)}%" for _, each in found.each),
            )
        )
        for found in result.shares
    )
    title = "How likely this is with no effect at all"
    return DisplayTable("null-worlds", title, columns, rows, summary_of(result))
