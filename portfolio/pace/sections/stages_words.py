"""What time in stage says in words: which stage takes longest, and where too few have moved on to tell."""

from collections.abc import Sequence

from pilots.rules.pace_facts import FEWEST
from pilots.web.spoken import any_of, days, number_word
from portfolio.dashboards.words import pilots
from portfolio.pace.sections.counting import capital, count_of, percent_of
from portfolio.pace.sections.stages_count import HALF, PLAN_DAYS, StageTime

APART = (
    "The funnel’s median days are another thing: they run from the entry to a stage, over the pilots that "
    "got there. Here each stage stands by itself, and whoever is still in it counts as at least so long."
)


def finding(stages: Sequence[StageTime]) -> str:
    """Return which stage takes longest, and by which day half move on."""
    known = [(stage.day_by(HALF), stage) for stage in stages]
    told = [(day, stage) for day, stage in known if day is not None]
    blank = [stage.stage.label for stage in stages if stage.is_enough and stage.day_by(HALF) is None]
    if not told:
        if blank:
            return f"By which day half move on from {any_of(blank)} cannot be told yet"
        return "Too few have moved on to tell how long a stage takes"
    longest = max(day for day, _ in told)
    slowest = [stage.stage.label for day, stage in told if day == longest]
    if blank:
        return (
            f"Half move on from {_and(slowest)} by day {longest:,}; for {any_of(blank)} it cannot be told yet"
        )
    if len(told) == 1:
        return f"Half move on from {slowest[0]} by day {longest:,}"
    return (
        f"{_and(slowest)} {'takes' if len(slowest) == 1 else 'take'} longest: half move on by day {longest:,}"
    )


def sub(stages: Sequence[StageTime], denominator: int) -> str:
    stays = sum(stage.stays for stage in stages)
    return (
        f"{capital(count_of(stays, 'stay', 'stays'))} of {pilots(denominator)}, by days in the stage. "
        "Estimated so that stays that still last, or ended by stopping or going back, count for as long as "
        "they were watched (Kaplan–Meier)."
    )


def refusal(stages: Sequence[StageTime]) -> str:
    """Return why nothing is drawn."""
    some = [stage for stage in stages if stage.curve.moved_on]
    if not some:
        return (
            "No stay whose days are known has ended by moving on yet. "
            f"Headway tells the days of a stage from {number_word(FEWEST)} on."
        )
    told = "; ".join(f"{stage.stage.label}: {number_word(stage.curve.moved_on)} moved on" for stage in some)
    return f"{told}. That is too few; Headway tells the days of a stage from {number_word(FEWEST)} on."


def note(stages: Sequence[StageTime]) -> str:
    """Return how to read one of the days; empty where none is told."""
    day = next((day for stage in stages if (day := stage.day_by(HALF)) is not None), None)
    if day is None:
        return ""
    told = (
        f"“Half by day {day:,}”: by estimate half of those stays had ended by moving on within {days(day)}. "
        "Rough days count from the first day of their period; days on hold are left out."
    )
    if any(stage.curve.moved_on < stage.moved_on for stage in stages):
        told += " The picture counts those that moved on by known days, the table all of them."
    return told


def points(stages: Sequence[StageTime]) -> list[str]:
    said = []
    for stage in stages:
        if stage.is_enough and stage.stage.value == "transition":
            share = percent_of(stage.over_by(PLAN_DAYS))
            said.append(f"By day {PLAN_DAYS}, {share} of the 90-day plans have moved on.")
    thin = [stage for stage in stages if not stage.is_enough and stage.stays]
    if len(thin) < len(stages):
        said += [_thin(stage) for stage in thin]
    unknown = sum(stage.unknown for stage in stages)
    if unknown:
        verb = "begins or ends" if unknown == 1 else "begin or end"
        said.append(
            f"{capital(count_of(unknown, 'stay', 'stays'))} {verb} on a day nobody knows, "
            f"and {'is' if unknown == 1 else 'are'} in no curve."
        )
    return [*said, APART]


def _thin(stage: StageTime) -> str:
    rests = count_of(stage.curve.moved_on, "stay", "stays")
    if stage.curve.moved_on < stage.moved_on:
        rests += " of known days"
    return (
        f"{stage.stage.label} rests on {rests} that ended by moving on: too few to tell its days, "
        f"which takes {number_word(FEWEST)}."
    )


def row_words(stage: StageTime) -> str:
    """Return what stands in a row without a range."""
    if not stage.is_enough:
        moved = "none has" if not stage.curve.moved_on else f"{number_word(stage.curve.moved_on)} have"
        moved = "one has" if stage.curve.moved_on == 1 else moved
        if stage.curve.moved_on < stage.moved_on:
            return f"{moved} moved on by known days: too few to tell"
        return f"{moved} moved on: too few to tell"
    return "by which day half move on cannot be told yet"


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
