"""What the funnel says in words: whole sentences, numbers to twelve as words, nothing that is not counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from pilots.lifecycle import ENDS, MAIN_PATH, RUNNING, Stage
from pilots.models.cohort import Cohort, Now
from pilots.web.spoken import months, number_word
from portfolio.dashboards.funnel import Bar, Funnel

NBSP = "\N{NO-BREAK SPACE}"
Asks = Mapping[str, tuple[str, ...]]

# The name of each bar.
NAMES = {
    Stage.IDEA: "Ideas",
    Stage.CHARTERED: "Approved",
    Stage.PILOTING: "Piloted",
    Stage.PROVEN: "Proven",
    Stage.TRANSITION: "90-day plan",
    Stage.LIMITED: "Limited go-live",
    Stage.PRODUCTION: "In production",
    Stage.SUSTAINED: "Value held",
}
_FIRST = {
    Stage.IDEA: "proposed",
    Stage.CHARTERED: "approved",
    Stage.PILOTING: "piloted",
    Stage.PROVEN: "proven",
    Stage.TRANSITION: "began a 90-day plan",
    Stage.LIMITED: "reached limited go-live",
    Stage.PRODUCTION: "reached production",
    Stage.SUSTAINED: "held value for 12 months",
}
_THEN = {**_FIRST, Stage.SUSTAINED: "held value"}
_ENTERED = {
    Stage.IDEA: "proposed",
    Stage.CHARTERED: "approved",
    Stage.PILOTING: "that entered Piloting",
    Stage.PROVEN: "shown to work",
    Stage.TRANSITION: "that began a 90-day plan",
    Stage.LIMITED: "that reached limited go-live",
    Stage.PRODUCTION: "that reached production",
    Stage.SUSTAINED: "that held value for 12 months",
}
_NOT_YET = {
    Stage.IDEA: "has been proposed",
    Stage.CHARTERED: "has been approved",
    Stage.PILOTING: "has entered Piloting",
    Stage.PROVEN: "has been proven",
    Stage.TRANSITION: "has begun a 90-day plan",
    Stage.LIMITED: "has reached limited go-live",
    Stage.PRODUCTION: "has reached production",
    Stage.SUSTAINED: "has held value for 12 months",
}
_NOT = {
    Stage.PILOTING: "not piloted",
    Stage.PROVEN: "not proven",
    Stage.LIMITED: "not live",
    Stage.PRODUCTION: "not in production",
}
_STILL = {
    Stage.IDEA: "still ideas",
    Stage.CHARTERED: "approved",
    Stage.PILOTING: "open",
    Stage.PROVEN: "proven without a plan",
    Stage.TRANSITION: "in the 90-day plan",
    Stage.LIMITED: "still limited",
}
_ENDED_WHERE = {
    Stage.IDEA: "before {they} {were} piloted",
    Stage.CHARTERED: "before {they} {were} piloted",
    Stage.PILOTING: "before {they} {were} proven",
    Stage.PROVEN: "after {they} {were} proven",
    Stage.TRANSITION: "in the 90-day plan",
    Stage.LIMITED: "in limited go-live",
    Stage.PRODUCTION: "before {their} value was held",
}
_WORTH_SAYING = Decimal("0.1")  # fewer ended than this share: they are not what the chart shows
_PLURAL = {"they": "they", "were": "were", "their": "their"}
_SINGULAR = {"they": "it", "were": "was", "their": "its"}
# Asks the list for those in production now of which a part of the feedback loop is missing.
_ONLY_DEPLOYED = {"there_now": (Stage.PRODUCTION.value,), "deployed": ("true",)}
_ARRIVED = {Stage.PRODUCTION: "reached production", Stage.SUSTAINED: "held value for 12 months"}


@dataclass(frozen=True)
class Piece:
    """A number and the words after it; `asks` names its pilots as parameters of the list."""

    number: str
    words: str
    asks: Asks | None = field(default=None)


def percent(part: Decimal | None, places: int = 0) -> str:
    """Return “17 %”, or “12.1 %” with places=1; “–” for None. What is not quite 0 or 100 does not read so."""
    if part is None:
        return "–"
    step = Decimal(1).scaleb(-places)
    rounded = (part * 100).quantize(step, ROUND_HALF_UP)
    if part > 0 and rounded == 0:
        return f"<{step}{NBSP}%"
    if part < 1 and rounded == 100:
        return f">{100 - step}{NBSP}%"
    shown = f"{rounded:f}"
    return f"{shown.rstrip('0').rstrip('.') if places else shown}{NBSP}%"


def state(funnel: Funnel) -> list[Piece]:
    """Return the counts as one sentence: “36 piloted, 24 proven, none limited yet; 14 undecided.”"""
    pieces = []
    for place, bar in enumerate(funnel.bars):
        lead = ", " if place else ""
        said = _THEN[bar.stage] if place else _FIRST[bar.stage]
        if bar.reached == 0:
            pieces.append(Piece("", f"{lead}none {_THEN[bar.stage]} yet"))
            break
        # The comma belongs to the words before, so that a link holds the number alone.
        if lead:
            pieces.append(Piece("", lead))
        pieces.append(Piece(f"{bar.reached:,}", f" {said}", {"reached": (bar.stage.value,)}))
    if funnel.goal is None:
        return [*pieces, Piece("", ".")]
    if funnel.still_open == 0:
        return [*pieces, Piece("", "; none undecided.")]
    return [*pieces, Piece("", "; "), Piece(f"{funnel.still_open:,}", " undecided.", asks_open(funnel))]


def asks_open(funnel: Funnel) -> Asks:
    """Name the pilots that have neither arrived nor ended."""
    short = MAIN_PATH[: MAIN_PATH.index(funnel.goal)] if funnel.goal else MAIN_PATH
    return {"furthest": _codes(*short), "now": _codes(Now.OPEN, Now.ON_HOLD)}


def finding(funnel: Funnel) -> str:
    """Return what the chart shows: where most ended, and how many arrived. Needs at least one pilot."""
    of = funnel.denominator
    if funnel.goal is None:
        there = funnel.bars[0].there_now
        return f"{_of(there, of)} {_has(there, 'holds', 'hold')} value today"
    if of == 1:
        return _only(funnel)
    short = [bar for bar in funnel.bars if bar.following and bar.stage not in _after(funnel.goal)]
    worst = max(short, key=lambda bar: bar.ended)
    arrived, came = funnel.arrived, _ARRIVED[funnel.goal]
    waiting = f"{number_word(funnel.still_open)} {_has(funnel.still_open, 'is', 'are')} undecided"
    if worst.ended and worst.ended >= _WORTH_SAYING * of:
        reached = number_word(arrived) if arrived else "none"
        yet = " yet" if funnel.still_open and not arrived else ""
        return f"{_of(worst.ended, of)} {_stopped(worst)}; {reached} {came}{yet}"
    if arrived == of:
        return f"All {number_word(of)} {came}"
    if arrived:
        return f"{_of(arrived, of)} {came}; {waiting}"
    open_still = "all are undecided" if funnel.still_open == of else waiting
    return f"None of {number_word(of)} {came} yet; {open_still}"


def _only(funnel: Funnel) -> str:
    if funnel.goal and funnel.arrived:
        return f"The only pilot {_ARRIVED[funnel.goal]}"
    if funnel.still_open:
        return "The only pilot is undecided"
    return f"The only pilot {_stopped(next(bar for bar in funnel.bars if bar.ended))}"


def _stopped(bar: Bar) -> str:
    verb = ("was retired" if bar.ended == 1 else "were retired") if bar.stage in RUNNING else "stopped"
    return f"{verb} {_ENDED_WHERE[bar.stage].format(**(_SINGULAR if bar.ended == 1 else _PLURAL))}"


def _of(count: int, of: int) -> str:
    word = number_word(count) if count else "none"
    return f"{word[0].upper()}{word[1:]} of {number_word(of)}"


def _has(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _after(goal: Stage) -> tuple[Stage, ...]:
    return MAIN_PATH[MAIN_PATH.index(goal) :]


def rate(funnel: Funnel) -> str:
    """Return the one rate, with the undecided beside it: “16.7 % reached production, 14 undecided.”"""
    if funnel.goal is None:
        return f"{funnel.bars[0].there_now:,} still there."
    arrived = next(bar for bar in funnel.bars if bar.stage is funnel.goal)
    return f"{percent(arrived.from_entry, 1)} {_ARRIVED[funnel.goal]}, {funnel.still_open:,} undecided."


def method(funnel: Funnel, cohort: Cohort) -> str:
    """Return which pilots these are: “36 pilots that entered Piloting, since Jan 2025, by furthest stage.”"""
    said = [f"{pilots(funnel.denominator)} {_ENTERED[cohort.entry]}"]
    if cohort.cohort_from or cohort.cohort_to:
        said.append(period(cohort.cohort_from, cohort.cohort_to))
    if cohort.matured_months:
        return f"{', '.join(said)}, {months(cohort.matured_months)} ago or longer."
    return f"{', '.join(said)}, by furthest stage."


def period(start: date | None, end: date | None) -> str:
    """Return “Jan 2025 to Feb 2026” for whole months, days otherwise."""
    whole = (start is None or start.day == 1) and (end is None or (end + timedelta(days=1)).day == 1)
    first, last = (_day(day, whole=whole) if day else "" for day in (start, end))
    if first and last:
        return first if first == last else f"{first} to {last}"
    return f"since {first}" if first else f"up to {last}"


def _day(day: date, *, whole: bool) -> str:
    return f"{day:%b %Y}" if whole else f"{day.day} {day:%b %Y}"


def sentence(funnel: Funnel, *, is_filtered: bool) -> str:
    """Return what stands over the chart, or instead of it."""
    return finding(funnel) if funnel.denominator else nothing(funnel, is_filtered=is_filtered)


def nothing(funnel: Funnel, *, is_filtered: bool) -> str:
    """Return what to say instead of a chart."""
    if funnel.undated or funnel.young:
        return "Nothing to count yet"
    return "No pilot fits" if is_filtered else f"No pilot {_NOT_YET[funnel.entry]} yet"


def pilots(count: int) -> str:
    return "1 pilot" if count == 1 else f"{count:,} pilots"


def rest_line(bar: Bar) -> list[Piece]:
    """Return where those under a bar are now: “12 not proven: 1 open, 1 on hold, 10 stopped”."""
    if bar.reached == 0:
        return []
    if bar.stage in RUNNING or bar.following is None:
        return _ever(bar)
    resting = bar.reached - bar.moved_on
    if resting == 0:
        return [Piece("", "all moved on" if bar.reached > 1 else "moved on")]
    furthest = {"furthest": _codes(*bar.stages)}
    parts = [*_open_parts(bar, furthest), *_other_parts(bar.rest, furthest)]
    return [Piece(f"{resting:,}", f" {_NOT[bar.following]}: ", furthest), *_joined(parts)]


def _open_parts(bar: Bar, furthest: Asks) -> list[Piece]:
    where = {at: count for (now, at), count in bar.rest.items() if now is Now.OPEN}
    ordered = [*bar.stages, *(stage for stage in MAIN_PATH if stage not in bar.stages)]
    return [
        Piece(
            f"{where[at]:,}",
            f" {_STILL[at] if at in bar.stages else f'back in {at.label}'}",
            {**furthest, "now": _codes(Now.OPEN), "at": _codes(at)},
        )
        for at in ordered
        if at in where
    ]


def _other_parts(where: Mapping[tuple[Now, Stage], int], asks: Asks) -> list[Piece]:
    parts = []
    held = sum(count for (now, _), count in where.items() if now is Now.ON_HOLD)
    if held:
        parts.append(Piece(f"{held:,}", " on hold", {**asks, "now": _codes(Now.ON_HOLD)}))
    for end in (Stage.STOPPED, Stage.RETIRED):
        count = where.get((Now.ENDED, end), 0)
        if count:
            parts.append(Piece(f"{count:,}", f" {end.label.lower()}", {**asks, "at": _codes(end)}))
    return parts


def _ever(bar: Bar) -> list[Piece]:
    """“6 ever, 5 now here or later, two of them with value held; 1 retired”: what was there once stays so."""
    asks = {"reached": _codes(bar.stage)}
    pieces = [
        Piece(f"{bar.reached:,}", " ever, ", asks),
        Piece(
            f"{bar.there_now:,}",
            " now here or later" if bar.following else " there now",
            {"there_now": _codes(bar.stage)},
        ),
    ]
    held = sum(count for (_, at), count in bar.everyone.items() if at is Stage.SUSTAINED)
    if bar.stage is Stage.PRODUCTION and held:
        pieces += [
            Piece("", ", "),
            Piece(number_word(held), " of them with value held", {"there_now": _codes(Stage.SUSTAINED)}),
        ]
    if bar.deployed:
        pieces += [
            Piece("", ", "),
            Piece(number_word(bar.deployed), " of them only deployed", _ONLY_DEPLOYED),
        ]
    earlier = MAIN_PATH[: MAIN_PATH.index(bar.stage)]
    back = sum(count for (_, at), count in bar.everyone.items() if at in earlier)
    ended = {key: count for key, count in bar.everyone.items() if key[1] in ENDS}
    parts = _other_parts(ended, asks)
    if back:
        parts.append(Piece(f"{back:,}", " gone back", {**asks, "at": _codes(*earlier)}))
    return [*pieces, Piece("", "; "), *_joined(parts)] if parts else pieces


def _joined(parts: list[Piece]) -> list[Piece]:
    return [
        Piece(part.number, f"{part.words}{', ' if place < len(parts) else ''}", part.asks)
        for place, part in enumerate(parts, start=1)
    ]


def _codes(*members: Stage | Now) -> tuple[str, ...]:
    return tuple(member.value for member in members)


def still_open(funnel: Funnel) -> str:
    """Return what “undecided” means here: “…: eleven at work, three on hold.”; empty when none is.

    The sums under the table count those that arrived too, so the sentence says how many these are.
    """
    if funnel.goal is None or funnel.still_open == 0:
        return ""
    at_work, held = funnel.undecided(Now.OPEN), funnel.undecided(Now.ON_HOLD)
    parts = [
        f"{number_word(count)} {words}" for count, words in ((at_work, "at work"), (held, "on hold")) if count
    ]
    arrive = {Stage.PRODUCTION: "reached production", Stage.SUSTAINED: "held value"}[funnel.goal]
    lead = "The one" if funnel.still_open == 1 else f"The {number_word(funnel.still_open)}"
    verb = _has(funnel.still_open, "has", "have")
    told = f"{lead} undecided {verb} neither {arrive} nor ended: {', '.join(parts)}."
    counted = sum(bar.resting(now) for bar in funnel.bars for now in (Now.OPEN, Now.ON_HOLD))
    more = counted - funnel.still_open
    if not more:
        return told
    besides = f"{number_word(more)} more {_has(more, 'has', 'have')} {arrive}"
    return f"{told} {besides[0].upper()}{besides[1:]}, and the sums of open and on hold count them too."


def deployed(funnel: Funnel) -> list[Piece]:
    """Return “Of the five in production, 2 are only deployed: …”; empty where none is in production."""
    running = next((bar for bar in funnel.bars if bar.stage is Stage.PRODUCTION), None)
    if running is None or running.there_now == 0:
        return []
    count, there = running.deployed, running.there_now
    if count is None:
        words = "Which of those in production were only deployed on a past day, nobody kept."
        return [Piece("", words)]
    if count == 0:
        none = (
            f"Of the {number_word(there)} in production, none is"
            if there > 1
            else "The one in production is not"
        )
        return [Piece("", f"{none} known to be only deployed.")]
    why = "only deployed: a part of the feedback loop is missing."
    if there == 1:
        return [Piece("", "The "), Piece("one", f" in production is {why}", _ONLY_DEPLOYED)]
    lead = f"Of the {number_word(there)} in production, "
    return [Piece("", lead), Piece(f"{count:,}", f" {_has(count, 'is', 'are')} {why}", _ONLY_DEPLOYED)]


def stuck_of(stuck: int, active: int, not_known: int) -> str:
    """Return of how many active pilots these are, and of how many nobody can say."""
    if active == 0:
        return "No pilot is active."
    word = f"active {_has(active, 'pilot', 'pilots')}"
    if not_known == active:
        return f"Nobody can say how the {number_word(active)} {word} {_has(active, 'is', 'are')}."
    told = (
        f"{_of(stuck, active)} {word}, by the pattern behind their worst flag."
        if stuck
        else f"{'The one' if active == 1 else f'None of {number_word(active)}'} {word} is "
        f"{'not ' if active == 1 else ''}stalled or blocked."
    )
    if not not_known:
        return told
    how = "how it is" if not_known == 1 else "how they are"
    whom = "more" if stuck else "of them"
    return f"{told} Of {number_word(not_known)} {whom} nobody can say {how}."
