"""What the time to production says in words: shares are estimates, counts are counted."""

from pilots.lifecycle import Stage
from pilots.web.spoken import months, number_word
from portfolio.dashboards.funnel import Funnel, share
from portfolio.dashboards.words import percent, pilots
from portfolio.flow.lives import FEWEST, End
from portfolio.pace.sections.counting import (
    capital,
    count_of,
    day_of,
    months_of,
    percent_of,
    whole_months,
)
from portfolio.pace.sections.time_count import TimeCounted

SINCE = {
    Stage.IDEA: "they were proposed",
    Stage.CHARTERED: "they were approved",
    Stage.PILOTING: "they entered Piloting",
    Stage.PROVEN: "they were proven",
    Stage.TRANSITION: "their 90-day plan began",
    Stage.LIMITED: "their limited go-live",
}
NOTE = (
    "Cumulative incidence (Aalen–Johansen); production and stopping compete. Under each month stand the "
    "pilots at risk: still watched by then. The curve ends where they are fewer than ten; below ten pilots "
    "in all, nothing is drawn."
)
PUBLISHED = (
    "These are times of those that arrived, counted from a prototype. The curves count every pilot from its "
    "first day in Piloting, so they are no marks on them."
)
NO_GOAL = "These pilots have reached production already"
NO_GOAL_WHY = (
    "This curve tells how long pilots take to reach production. Choose an earlier stage to begin from, "
    "such as Piloting."
)
TOO_FEW = "Too few pilots to tell how long they take to production"
ALIKE = 0.0005  # shares closer than this read the same
_ROUND = {0.5: "Half", 1 / 3: "One in three", 0.25: "One in four", 0.2: "One in five", 0.1: "One in ten"}
_TIMES = {2: "twice", 3: "three times", 4: "four times"}


def share_words(value: float) -> str:
    """Return an estimated share as words where they are as exact as a percent: “One in five”, “17 %”."""
    if value == 1:
        return "All"
    for round_, words in _ROUND.items():
        if abs(value - round_) < 0.005:
            return words
    return percent_of(value)


def finding(counted: TimeCounted) -> str:
    """Return what the curves come to at their end."""
    end = counted.end.point
    within = months_of(counted.until)
    if not end.arrived and not end.stopped:
        return f"None reached production within {within}, and {_none_stopped(counted)}"
    stopped = _stopped(end.arrived, end.stopped) if end.stopped else _none_stopped(counted)
    arrived = f"{share_words(end.arrived)} reached" if end.arrived else "None reached"
    return f"{arrived} production within {within}; {stopped}"


def _none_stopped(counted: TimeCounted) -> str:
    """Say that none stopped; of a register, or where days are unknown, that nothing else is recorded."""
    unseen = _is_register(counted) or counted.lives.unknown
    return "no stop is on record with its day" if unseen else "none stopped"


def _is_register(counted: TimeCounted) -> bool:
    """Whether most of the pilots came from a register, which lists survivors."""
    return 2 * counted.funnel.imported > counted.funnel.denominator > 0


def _stopped(arrived: float, stopped: float) -> str:
    if arrived:
        for times, words in _TIMES.items():
            if abs(stopped - times * arrived) < 0.005:
                return f"{words} as many stopped"
        if abs(stopped - arrived) < 0.005:
            return "as many stopped"
    told = share_words(stopped)
    return f"{told[0].lower()}{told[1:]} stopped"


def sub(counted: TimeCounted) -> str:
    unit = "months" if counted.in_months else "days"
    return (
        f"Share of pilots by {unit} since {SINCE[counted.entry]}, n = {counted.lives.total:,}. Estimated so "
        "that pilots still open count for as long as they have been watched. Bands are 95 % intervals."
    )


def refusal(counted: TimeCounted) -> str:
    """Return why nothing is drawn."""
    total = counted.lives.total
    if total >= FEWEST:
        return (
            f"Of {pilots(total)} fewer than {number_word(FEWEST)} were watched for as much as a day; "
            f"Headway draws a curve from {number_word(FEWEST)} on."
        )
    if not total:
        return f"No pilot here has days to count. Headway draws a curve from {number_word(FEWEST)} on."
    return (
        f"{capital(count_of(total, 'pilot is', 'pilots are'))} too few for a curve; "
        f"Headway draws one from {number_word(FEWEST)} on."
    )


def points(counted: TimeCounted) -> list[str]:
    """Return what the curves say beside them, most important first."""
    return [
        said
        for said in (_by_month(counted), _stopping(counted), naive(counted.funnel), *beside(counted))
        if said
    ]


def _by_month(counted: TimeCounted) -> str:
    whole = min(12, whole_months(counted.until))
    if not whole:
        return ""
    mark = counted.at(day_of(whole))
    came, total = counted.ended_by(End.ARRIVED, mark.day), counted.lives.total
    within = "a year" if whole == 12 else months(whole)
    lead = f"{percent_of(mark.point.arrived)} by month {whole}."
    fastest = counted.first(End.ARRIVED)
    if not came or fastest is None:
        return f"{lead} None of {total:,} pilots got there within {within}."
    got = f"{capital(number_word(came))} of {total:,} pilots got there within {within}"
    took = f"it took {months_of(fastest)}" if came == 1 else f"the fastest took {months_of(fastest)}"
    if not fastest:
        same_day = counted.ended_by(End.ARRIVED, 0)
        took = f"{number_word(same_day)} on the day of {'its' if same_day == 1 else 'their'} entry"
    return f"{lead} {got}; {took}."


def _stopping(counted: TimeCounted) -> str:
    stops, first = counted.ended_by(End.STOPPED, counted.until), counted.first(End.STOPPED)
    half = counted.half_of_stops
    if not stops or first is None or half is None:
        known = " on a known day" if counted.lives.unknown else ""
        return f"No pilot stopped{known} within {months_of(counted.until)}."
    if stops < FEWEST:
        one = f"One pilot stopped, after {months_of(first)}."
        return (
            one
            if stops == 1
            else f"{capital(number_word(stops))} pilots stopped, the first after {months_of(first)}."
        )
    lead = "Stopping is spread out."
    if half <= counted.until / 3:
        lead = "Most stopping comes early."
    elif half >= counted.until * 2 / 3:
        lead = "Most stopping comes late."
    return f"{lead} Half of the stopping within {months_of(counted.until)} had come after {months_of(half)}."


def naive(funnel: Funnel, *, is_drawn: bool = True) -> str:
    """Return what counting alone says, and whom it forgets; without a curve it stands alone."""
    rate = percent(share(funnel.arrived, funnel.denominator))
    counts = f"Counting {funnel.arrived:,} of {funnel.denominator:,} gives {rate}"
    if not funnel.denominator:
        return ""
    if not funnel.still_open:
        return f"{counts}; none is undecided, so nobody is taken for a failure too early."
    failures = "as a failure" if funnel.still_open == 1 else "as failures"
    told = f"{counts} and treats {number_word(funnel.still_open)} undecided {failures}."
    return f"{told} This curve does not." if is_drawn else told


def beside(counted: TimeCounted) -> list[str]:
    """Return who is in no curve, and whom a register forgot."""
    said = []
    unknown, imported, total = counted.lives.unknown, counted.funnel.imported, counted.funnel.denominator
    if unknown:
        them = "it" if unknown == 1 else "them"
        said.append(
            f"{capital(count_of(unknown, 'pilot', 'pilots'))} reached production or stopped on a day nobody "
            f"knows, so the funnel counts {them} and no curve can."
        )
    if _is_register(counted):
        said.append(
            f"{imported:,} of {total:,} came from a register. Registers list survivors: what was stopped "
            "long ago is often missing, so the real share that stopped is higher."
        )
    return said


def alone_finding(counted: TimeCounted) -> str:
    """Return what Kaplan–Meier says at the end, against the curve above."""
    end, at = counted.end, _at(counted)
    if not end.point.stopped or abs(end.alone.over - end.point.arrived) < ALIKE:
        return f"Kaplan–Meier says the same here: {percent_of(end.alone.over)} {at}"
    told, arrive = percent_of(end.alone.over), percent_of(end.point.arrived)
    return f"Kaplan–Meier would say {told} {at}, where {arrive} arrive"


def alone_why(counted: TimeCounted) -> str:
    """Return why it differs, with these pilots' numbers."""
    end, stops = counted.end, counted.ended_by(End.STOPPED, counted.until)
    if not stops:
        known = " on a known day" if counted.lives.unknown else ""
        return f"No pilot stopped{known}, and only stopped ones are counted otherwise."
    stopped = "the one stopped pilot" if stops == 1 else f"the {number_word(stops)} stopped pilots"
    they, them = ("it", "it") if stops == 1 else ("they", "them")
    as_if = f"It treats {stopped} as if {they} could still arrive"
    if abs(end.alone.over - end.point.arrived) < ALIKE:
        return f"{as_if}, which changes nothing here."
    return f"{as_if}, and lets those that are left stand for {them}; so it reads higher."


def _at(counted: TimeCounted) -> str:
    return f"after {months_of(counted.until)}"
