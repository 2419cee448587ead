"""What became of the pilots a rule flagged, against those it could have flagged and did not. Plain functions.

Both groups are looked at on one index day, by the same rule with the same limits, and followed until the
same later day: so neither had longer to move than the other. It describes; it proves no cause.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from math import sqrt
from statistics import median

from pilots.calendar import Day
from pilots.lifecycle import ENDS, MAIN_PATH, Entry, Stage

FEWEST = 10  # a share of fewer pilots is not told
ALIKE = 0.1  # shares are told to be alike when their difference surely lies within this; ours
Z = 1.959963984540054  # the 97.5th percentile of the normal distribution: 95 % lie between −Z and Z


class Fate(StrEnum):
    """What became of a pilot since the index day. Whoever moved on and ended afterwards had moved on."""

    MOVED_ON = "moved_on"
    ENDED = "ended"
    STILL_THERE = "still_there"


@dataclass(frozen=True)
class Interval:
    """Two shares between which the true one lies, 95 times of 100; 0 to 1, differences −1 to 1."""

    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        return self.low <= 0 <= self.high

    def is_within(self, reach: float) -> bool:
        return -reach <= self.low and self.high <= reach


def wilson(part: int, whole: int) -> Interval:
    """Return the 95 % score interval of a share, without correction for continuity.

    E. B. Wilson, “Probable inference, the law of succession, and statistical inference”, J. Am. Stat.
    Assoc. 22 (1927), 209–212; tested against R. G. Newcombe, Stat. Med. 17 (1998), 857–872, method 3.
    Raises `ValueError` unless 0 ≤ part ≤ whole and whole ≥ 1.
    """
    if not 0 <= part <= whole or whole < 1:
        raise ValueError(f"{part} of {whole} is no share.")
    share, square = part / whole, Z * Z
    middle = share + square / (2 * whole)
    reach = Z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    below = 1 + square / whole
    # Rounding must not lead below nothing or beyond all.
    return Interval(max((middle - reach) / below, 0.0), min((middle + reach) / below, 1.0))


def difference(part: int, whole: int, other_part: int, other_whole: int) -> Interval:
    """Return the 95 % interval of one share less another, each from its own group.

    R. G. Newcombe, “Interval estimation for the difference between independent proportions”, Stat. Med. 17
    (1998), 873–890, method 10. Raises `ValueError` as `wilson`.
    """
    first, second = wilson(part, whole), wilson(other_part, other_whole)
    one, two = part / whole, other_part / other_whole
    apart = one - two
    return Interval(
        apart - sqrt((one - first.low) ** 2 + (second.high - two) ** 2),
        apart + sqrt((first.high - one) ** 2 + (two - second.low) ** 2),
    )


# --- What became of one pilot -------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became of a pilot, and on which day; None where it is still there or nobody knows the day."""

    fate: Fate
    on: date | None = None


def outcome(stage: Stage, later: Sequence[Entry]) -> Outcome:
    """Return what became of a pilot in `stage`, from the rows of its history after the index day, in order.

    A later stage of the main path counts, not one that an end only implies. Whoever went back, or is on
    hold, is still there.
    """
    beyond = MAIN_PATH[MAIN_PATH.index(stage) + 1 :] if stage in MAIN_PATH else ()
    for row in later:
        if row.to_stage in beyond:
            return Outcome(Fate.MOVED_ON, row.happened.latest if row.happened else None)
    if later and later[-1].to_stage in ENDS:
        return Outcome(Fate.ENDED, later[-1].happened.latest if later[-1].happened else None)
    return Outcome(Fate.STILL_THERE)


def was_there(stage: Stage, history: Sequence[Entry], day: date) -> bool:
    """Return whether a pilot surely still stood in `stage` at the end of `day`, by its effective history.

    Nobody can tell where the next row has no known day, or one in a period that had begun: it may have
    moved before. Unless somebody saw or said on that very day where it was.
    """
    moved = next((row for row in history if row.latest_on > day and row.to_stage is not stage), None)
    if moved is None:
        return True
    if any(row.latest_on == day and row.to_stage is stage for row in history):
        return True
    return moved.happened is not None and moved.happened.first > day


# --- One rule -----------------------------------------------------------------------


@dataclass
class Side:
    """The pilots of one group, by what became of them."""

    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))

    def add(self, fate: Fate) -> None:
        self.counts[fate] += 1

    @property
    def of(self) -> int:
        return sum(self.counts.values())

    @property
    def moved_on(self) -> int:
        return self.counts[Fate.MOVED_ON]

    @property
    def ended(self) -> int:
        return self.counts[Fate.ENDED]

    @property
    def still_there(self) -> int:
        return self.counts[Fate.STILL_THERE]

    @property
    def is_enough(self) -> bool:
        return self.of >= FEWEST

    def share(self, fate: Fate) -> float | None:
        """Return which part of them came to this; None where they are too few to say."""
        return self.counts[fate] / self.of if self.is_enough else None

    def interval(self, fate: Fate) -> Interval | None:
        return wilson(self.counts[fate], self.of) if self.is_enough else None


@dataclass
class Score:
    """One rule on the index day: whom it flagged, whom it could have flagged and did not, and disputes.

    `unplaced` may have moved before already, on a day nobody knows; `failed` are those on which the rule
    itself failed: they are in neither group. `at_the_end` were in the last stage, so they could not move on.
    `lead` are the days from the day the rule's limit was passed to the move or the end, where that day is
    known. `opened` and `disputed` are of the flags that were really opened here, whenever that was.
    """

    flagged: Side = field(default_factory=Side)
    spared: Side = field(default_factory=Side)
    unplaced: int = 0
    failed: int = 0
    at_the_end: int = 0
    lead: list[int] = field(default_factory=list)
    opened: int = 0
    disputed: int = 0

    @property
    def eligible(self) -> int:
        return self.flagged.of + self.spared.of

    @property
    def is_enough(self) -> bool:
        return self.flagged.is_enough and self.spared.is_enough

    @property
    def has_verdict(self) -> bool:
        """Whether both groups are large enough to be compared, and could have moved on."""
        return self.is_enough and self.can_move_on

    @property
    def can_move_on(self) -> bool:
        return self.at_the_end < self.eligible

    @property
    def lead_of(self) -> int:
        """How many the median rests on: those that left, and not on a day nobody knows."""
        return len(self.lead)

    @property
    def lead_days(self) -> float | None:
        """The median; None of fewer than ten."""
        return float(median(self.lead)) if len(self.lead) >= FEWEST else None

    def apart(self, fate: Fate) -> Interval | None:
        """Return by how much the flagged came to this more often than the others; None of too few."""
        if not self.is_enough:
            return None
        flagged, spared = self.flagged, self.spared
        return difference(flagged.counts[fate], flagged.of, spared.counts[fate], spared.of)


# --- In words -----------------------------------------------------------------------


def percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def between(interval: Interval) -> str:
    """Return “6–30 %”, with as many decimals as keep the two ends apart: “99.4–100.0 %”."""
    low, high = interval.low * 100, interval.high * 100
    for decimals in range(5):
        ends = f"{low:.{decimals}f}", f"{high:.{decimals}f}"
        if ends[0] != ends[1]:
            break
    return f"{ends[0]}–{ends[1]} %"


def sentence(score: Score, *, days: int, on: date | None = None) -> str:
    """Return what became of both groups, in a sentence or two; of fewer than ten in either no share.

    `on` is the index day, where they are not followed to today and “days ago” would be wrong.
    """
    flagged, spared = score.flagged, score.spared
    ago = f"on {Day(on)}" if on else f"{days:,} days ago"
    start = ago[:1].upper() + ago[1:]
    if not score.eligible:
        return f"There was no pilot it could flag {ago}."
    if not spared.of:
        return f"{start} it flagged all {flagged.of:,} it could flag: nobody to compare with."
    if not flagged.of:
        return f"{start} it flagged none of the {spared.of:,} it could flag."
    if not score.is_enough:
        few = "it flagged" if not flagged.is_enough else "it did not flag"
        return (
            f"{start} it flagged {flagged.of:,} of {score.eligible:,} it could flag. "
            f"Of fewer than {FEWEST} that {few} nothing can be said."
        )
    return (
        f"Of {flagged.of:,} it flagged {ago}, {_moved(flagged, ' since')}, {flagged.ended:,} stopped, "
        f"{flagged.still_there:,} are still there; of {spared.of:,} it did not flag, {_moved(spared)}."
    )


def _moved(side: Side, since: str = "") -> str:
    share, interval = side.share(Fate.MOVED_ON), side.interval(Fate.MOVED_ON)
    said = f"{side.moved_on:,} moved on{since}"
    return said if share is None or interval is None else f"{said} ({percent(share)}, {between(interval)})"


def verdict(score: Score) -> str:
    """Return whether the rule told pilots apart that moved on from those that did not.

    A difference that can be chance is none that is not there: of few pilots nearly every one can be.
    """
    apart = score.apart(Fate.MOVED_ON)
    if score.eligible and not score.can_move_on:
        return "Nobody could move on."
    if score.flagged.of and not score.spared.of:
        return "It flagged all of them, so there is nobody to compare with."
    if score.spared.of and not score.flagged.of:
        return "It flagged nobody."
    if apart is None:
        return "Too few to say."
    if apart.holds_zero and apart.is_within(ALIKE):
        return "It tells nothing apart: both moved on about as often."
    if apart.holds_zero:
        shares = (side.share(Fate.MOVED_ON) for side in (score.flagged, score.spared))
        said = " and ".join(percent(share) for share in shares if share is not None)
        return f"The difference can be chance: {said}."
    if apart.high < 0:
        return "Those it flagged moved on less often."
    return "Those it flagged moved on more often: here it points the wrong way."
