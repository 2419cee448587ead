"""What is said of waits by function, and of the patterns behind stuck pilots."""

from pilots.web.spoken import days, number_word
from portfolio.dashboards.stuck import Behind, Stuck
from portfolio.dashboards.words import percent, pilots
from portfolio.flow.lives import FEWEST
from portfolio.pace.sections.counting import capital, count_of
from portfolio.pace.waits import Function, Waits

HALF_OVER = (
    "Half over: the days by which half are over, open ones counted for as long as they have been open; not "
    "known where not half are over, or fewer than ten still waited then. Fewer than ten waits are too few."
)
NOT_NOTED = (
    "A wait that nobody noted is not here. Approvals that a gate lacks are not either: on which day somebody "
    "was asked for one is not recorded."
)
REPLAYED = (
    "Waits carry the days they began and ended, not the day they were noted, so this is the past as it is "
    "noted now."
)
TODAY_ONLY = (
    "Flags are of now: which pilots were stuck on a past day, and why, cannot be told. Look at today."
)
NOBODY_WAITS = (
    "Nobody noted that a requirement of these pilots waits for anybody. What nobody noted may wait all the "
    "same."
)


def finding(waits: Waits) -> str:
    """Return “Most waits for legal: three of five open ones, the longest for 41 days”."""
    first, *rest = waits.waited_for
    count, role = len(first.open), first.role.label.lower()
    longest = days(first.longest or 0)
    if not rest:
        wait = count_of(count, "requirement waits", "requirements wait")
        return f"{capital(wait)} for {role}, {_long(count)}{longest}"
    if len(rest[0].open) == count:
        also = [function for function in rest if len(function.open) == count]
        functions = f"{number_word(len(also) + 1)} functions"
        return f"{capital(functions)} have {number_word(count)} open {_waits(count)} each, the most"
    of = f"{number_word(count)} of {number_word(waits.open)} open waits"
    return f"Most waits for {role}: {of}, {_long(count)}{longest}"


def _long(count: int) -> str:
    return "for " if count == 1 else "the longest for "


def _waits(count: int) -> str:
    return "wait" if count == 1 else "waits"


def sub(waits: Waits) -> str:
    if not waits.open:
        return f"{capital(count_of(waits.ended, 'wait has', 'waits have'))} ended."
    told = f"{count_of(waits.open, 'open wait', 'open waits')} of {pilots(waits.pilots)}"
    return f"{capital(told)}, by whom a requirement waits for; {waits.ended:,} more have ended."


def over(function: Function) -> str:
    """Return the days by which half are over, or why that is not told."""
    if function.total < FEWEST:
        return "too few"
    return f"{function.half_by:,}" if function.half_by is not None else "not known"


def took(function: Function) -> str:
    """Return how many days half of the ended ones took at most, or why that is not told."""
    if function.ended_half is None:
        return "too few" if function.ended else "none"
    return f"{function.ended_half:,}"


def of_ended(waits: Waits) -> str:
    if not waits.of_ended:
        return ""
    wait = count_of(waits.of_ended, "wait that nobody ended is", "waits that nobody ended are")
    return f"{capital(wait)} left out, because the pilot has ended."


# --- Patterns ---------------------------------------------------------------------------


def pattern_finding(stuck: Stuck) -> str:
    """Return “Pilot purgatory and ownership vacuum are behind six of ten stuck pilots”."""
    named = [row for row in stuck.rows if row.pattern]
    if not named:
        return f"{capital(_stuck(stuck.count))} {'is' if stuck.count == 1 else 'are'} blocked by a word alone"
    fewest = next((place for place, sum_ in enumerate(stuck.running, 1) if sum_ * 2 >= stuck.count), 1)
    lead = [row for row in stuck.rows[:fewest] if row.pattern]
    reach = sum(row.count for row in lead)
    behind = f"behind {number_word(reach)} of {_stuck(stuck.count)}"
    if reach == stuck.count:
        behind = f"behind {_all(stuck.count)}"
    if len(lead) == 1:
        return f"{lead[0].label} is {behind}"
    if len(lead) == 2:
        return f"{lead[0].label} and {_inside(lead[1].label)} are {behind}"
    return f"{capital(number_word(len(lead)))} patterns are {behind}"


def _inside(label: str) -> str:
    """Return a label inside a sentence; one that begins with an abbreviation stays as it is."""
    return label if label[:2].isupper() else f"{label[:1].lower()}{label[1:]}"


def _stuck(count: int) -> str:
    return count_of(count, "stuck pilot", "stuck pilots")


def _all(count: int) -> str:
    return "the only stuck pilot" if count == 1 else f"all {_stuck(count)}"


def pattern_sub(stuck: Stuck) -> str:
    told = f"{count_of(stuck.count, 'pilot', 'pilots')} of {stuck.active:,} active ones {_are(stuck.count)}"
    told = f"{capital(told)} stalled or blocked, by the pattern behind their worst flag."
    if stuck.not_known:
        how = "how it is" if stuck.not_known == 1 else "how they are"
        told += f" Of {number_word(stuck.not_known)} more nobody can say {how}."
    return told


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def nothing_stuck(stuck: Stuck) -> str:
    if not stuck.active:
        return "No pilot is active, so none is stuck."
    if stuck.not_known == stuck.active:
        return "Nobody can say yet how the active pilots are, so nothing is counted."
    told = f"None of {number_word(stuck.active)} active pilots is stalled or blocked."
    if stuck.not_known:
        told += f" Of {number_word(stuck.not_known)} of them nobody can say how they are."
    return told


def label(row: Behind, running: int, stuck: Stuck) -> str:
    """Return “4, 40 % so far”; below ten stuck pilots the count alone."""
    share = so_far(running, stuck)
    return f"{row.count:,}, {share} so far" if share else f"{row.count:,}"


def so_far(running: int, stuck: Stuck) -> str:
    """Return which share the patterns make together up to one; “” below ten stuck pilots."""
    from_ten = stuck.count >= FEWEST
    return percent(stuck.share(running)) if from_ten else ""
