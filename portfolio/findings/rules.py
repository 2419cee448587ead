"""The findings across the portfolio as plain functions: numbers in, a sentence out.

Rows R-90, R-93, R-94 and R-95 of the requirements. Below ten pilots nothing is said of a share; what cannot
be known is told as not known. Nothing here is a flag, has a colour or is mailed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from statistics import median

from pilots.rules.scorecard import between, percent, wilson

FEWEST = 10
SIGNED_PERCENT = 50  # of the active pilots; a default of ours
RISES = 3  # months running; a default of ours
SHARED = 3  # pilots; a default of ours
NAMED = 3  # rules or blockers that a sentence names


class Weight(StrEnum):
    """How a finding is meant: it asks for something, or only tells."""

    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is so across the portfolio. `note` says what the number cannot say."""

    code: str
    title: str
    weight: Weight
    sentence: str
    next_action: str = ""
    note: str = ""
    ways: tuple[tuple[str, int, str], ...] = ()  # words, how many pilots, where they are listed


@dataclass(frozen=True, kw_only=True)
class NotKnown:
    """One thing that cannot be said, and why."""

    code: str
    title: str
    sentence: str


Told = Finding | NotKnown
TITLES = {
    "R-90": "Spread thin",
    "R-93": "Backlog ageing",
    "R-94": "Shared blocker",
    "R-95": "Conversion and the base rate",
}


def _unknown(code: str, sentence: str) -> NotKnown:
    return NotKnown(code=code, title=TITLES[code], sentence=sentence)


# --- R-90 Spread thin ----------------------------------------------------------------


@dataclass(frozen=True)
class Signed:
    """The active pilots of a program from Piloting on, and how many have a business KPI that is signed."""

    pilots: int
    signed: int
    was_ever: bool  # whether any KPI of the program was ever signed


def spread_thin(programs: Sequence[Signed]) -> Told | None:
    """Tell when fewer than half of the active pilots have a signed business KPI.

    Only programs count in which a KPI was ever signed: elsewhere signatures are not kept here, and a
    missing one says nothing.
    """
    kept = [program for program in programs if program.was_ever]
    pilots, signed = sum(one.pilots for one in kept), sum(one.signed for one in kept)
    if not kept:
        if not any(one.pilots for one in programs):
            return None
        return _unknown("R-90", "No KPI was ever signed here, so nobody can tell who has signed for what.")
    if pilots < FEWEST:
        return _unknown("R-90", f"A share of fewer than {FEWEST} active pilots says too little.")
    if signed * 100 >= pilots * SIGNED_PERCENT:
        return None
    elsewhere = sum(one.pilots for one in programs if not one.was_ever)
    return Finding(
        code="R-90",
        title=TITLES["R-90"],
        weight=Weight.WARNING,
        sentence=(
            f"{signed:,} of {pilots:,} active pilots from Piloting on have a signed business KPI "
            f"({percent(signed / pilots)})."
        ),
        next_action="Stop or merge the pilots nobody has signed for.",
        note=f"{elsewhere:,} more are in programs where no KPI was ever signed." if elsewhere else "",
    )


# --- R-93 Backlog ageing -------------------------------------------------------------


def ageing(waiting: Mapping[date, Sequence[int]]) -> Told | None:
    """Tell when the median wait of proven pilots for their first users rose three months running.

    `waiting` has the days each had waited at month-ends, the earliest first: one more than `RISES`.
    """
    if len(waiting) != RISES + 1:
        raise ValueError(f"{len(waiting)} month-ends: {RISES} rises need {RISES + 1}.")
    waits = list(waiting.values())
    if not any(waits):
        return None
    if min(len(days) for days in waits) < FEWEST:
        said = f"Fewer than {FEWEST} proven pilots waited for their first users at one of the month-ends."
        return _unknown("R-93", said)
    middles = [median(days) for days in waits]
    if any(later <= earlier for earlier, later in pairwise(middles)):
        return None
    course = ", ".join(f"{days:,.0f}" for days in middles)
    return Finding(
        code="R-93",
        title=TITLES["R-93"],
        weight=Weight.WARNING,
        sentence=(
            f"Proven pilots wait longer for their first users every month: median {course} days at the last "
            f"{len(middles)} month-ends, {len(waits[-1]):,} pilots now."
        ),
        next_action="One common blocker explains most: look at what they share.",
        note="Of those still waiting; holds and freezes are taken out. Nobody joining makes it rise too.",
    )


# --- R-94 Shared blocker ---------------------------------------------------------------


def shared(rules: Mapping[str, int], blockers: Mapping[str, int]) -> Finding | None:
    """Tell which open rules, by title, and which blockers, in words, hold three pilots or more."""
    found = _often(rules) + [(f"waiting for {words}", count) for words, count in _often(blockers)]
    if not found:
        return None
    named = "; ".join(f"{words}: {count:,} pilots" for words, count in found[:NAMED])
    more = len(found) - NAMED
    return Finding(
        code="R-94",
        title=TITLES["R-94"],
        weight=Weight.INFO,
        sentence=f"{named}{f'; and {more} more like them' if more > 0 else ''}.",
        next_action="Fix it once, centrally.",
        note=(
            "Only flags that count: the page of the rules counts those too that are snoozed, disputed, told "
            "once for a program, or of pilots in their first days here."
        ),
    )


def by_spelling(spelled: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Count words together that differ in capitals alone; each is told as most people spelled it."""
    together: dict[str, list[tuple[str, int]]] = {}
    for words, count in spelled:
        together.setdefault(words.casefold(), []).append((words, count))
    found = {}
    for spellings in together.values():
        words, _ = min(spellings, key=lambda item: (-item[1], item[0]))
        found[words] = sum(count for _, count in spellings)
    return found


def _often(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    often = [(words, count) for words, count in counts.items() if count >= SHARED]
    return sorted(often, key=lambda item: (-item[1], item[0]))


# --- R-95 Conversion and the base rate ---------------------------------------------------


def conversion(arrived: int, of: int, *, base: float, months: int, absent: str, caveat: str) -> Told | None:
    """Tell which share of the matured cohort reached production, beside a published base rate.

    `absent` is why the two cannot be compared, if so. Only told, whichever way it points.
    """
    if not of:
        return None
    if absent or of < FEWEST:
        return _unknown("R-95", absent or f"A share of fewer than {FEWEST} pilots says too little.")
    interval = wilson(arrived, of)
    if interval.low > base:
        beside = f"lies above the published {percent(base)}"
    elif interval.high < base:
        beside = f"lies below the published {percent(base)}"
    else:
        beside = f"cannot be told from the published {percent(base)}"
    return Finding(
        code="R-95",
        title=TITLES["R-95"],
        weight=Weight.INFO,
        sentence=(
            f"Of {of:,} pilots that began {months} months ago or earlier, {arrived:,} reached production "
            f"({percent(arrived / of)}, {between(interval)}). That {beside}."
        ),
        note=caveat,
    )
