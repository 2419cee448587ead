"""What is said of how pilots ended, and of how long they ran."""

from pilots.web.spoken import number_word
from portfolio.flow.lives import FEWEST
from portfolio.pace.sections.counting import capital, count_of, percent_of
from portfolio.pace.sections.ends_count import YEARS, Causes, Runs

CAUSES_NOTE = (
    "A cause is what somebody chose when the pilot was stopped or retired. Of an end that came with an "
    "imported list nobody chose one."
)
RUNS_NOTE = (
    "From the first day in production to the day it was retired (Kaplan–Meier, band 95 %); what still runs "
    "counts for as long as it has been watched. The curve ends where fewer than ten are left. That a pilot "
    "runs does not say that its value holds."
)


def causes_finding(causes: Causes, of: int) -> str:
    if not causes.total:
        return f"None of {number_word(of)} has ended" if of > 1 else "It has not ended"
    if not causes.ranked:
        return f"{capital(count_of(causes.total, 'pilot', 'pilots'))} ended, and nobody said why"
    cause, count = causes.ranked[0]
    told = causes.total - causes.untold
    if told == 1:
        return f"The one end that was explained: “{cause.label}”"
    tied = [label for label, many in causes.ranked if many == count]
    if len(tied) > 1:
        return f"No cause stands out among {number_word(told)} ends that were explained"
    return f"“{cause.label}” is behind {number_word(count)} of {number_word(told)} ends that were explained"


def causes_sub(causes: Causes, of: int) -> str:
    without = f"; of {number_word(causes.untold)} nobody said why" if causes.untold else ""
    return f"{causes.total:,} of {of:,} pilots ended, stopped or retired{without}."


def causes_refused(causes: Causes) -> str:
    if not causes.total:
        return "Whoever stops or retires a pilot says why; here the causes are added up."
    return "The cause is asked for when a pilot is stopped here; a list that was imported tells none."


def runs_finding(runs: Runs) -> str:
    for day in reversed(YEARS):
        running = runs.running(day)
        if running is not None:
            return f"{percent_of(running[0])} still run {_after(day)} they reached production"
    retired = f"{number_word(runs.retired)} of {number_word(runs.total)}"
    return f"{capital(retired)} that reached production {_was(runs.retired)} retired since"


def runs_sub(runs: Runs) -> str:
    unknown = ""
    if runs.unknown:
        verb = "is" if runs.unknown == 1 else "are"
        unknown = f" {capital(number_word(runs.unknown))} with a day nobody knows {verb} not in the curve."
    return f"n = {runs.total:,}, {runs.retired:,} retired.{unknown}"


def runs_refused(runs: Runs) -> str:
    if not runs.total:
        return "None has reached production on a day that is known."
    few = capital(count_of(runs.total, "pilot is", "pilots are"))
    return f"{few} too few for a curve; Headway draws one from {number_word(FEWEST)} on."


def runs_points(runs: Runs) -> list[str]:
    said = []
    for day in YEARS:
        running = runs.running(day)
        if running is None:
            said.append(f"How many run {_after(day)} cannot be told: fewer than ten were watched so long.")
        else:
            share, low, high, watched = running
            said.append(
                f"{capital(_after(day))}: {percent_of(share)} run, 95 % interval {100 * low:.0f} to "
                f"{100 * high:.0f}; {watched:,} were watched so long."
            )
    if runs.lost:
        they, them = ("it counts", "it") if runs.lost == 1 else ("they count", "them")
        said.append(
            f"Of {number_word(runs.lost)} nobody has spoken here since a register named {them}: {they} as "
            "running to that day and no further."
        )
    if 2 * runs.imported > runs.total + runs.unknown:
        said.append(
            f"{runs.imported:,} of them came from a register. Registers list survivors: what was retired "
            "before it was written down is missing, so fewer run in truth."
        )
    return said


def _after(day: int) -> str:
    return "a year after" if day == YEARS[0] else "three years after"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"
