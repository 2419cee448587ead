"""What became of the pilots of a funnel, cohort beside cohort (docs/flow-method.md, Comparing cohorts).

One grouped query counts any number of pilots. For a past day the replayed ones come to it by their ids, and
one query more tells what describes them: a description is as it stands today, for it keeps no history.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import BooleanField, Count, F, Q
from django.db.models.expressions import Combinable, ExpressionWrapper
from django.db.models.functions import Upper

from pilots.calendar import Day, quarter
from pilots.lifecycle import ENDS, Stage
from pilots.models import PilotQuerySet, RiskTier
from pilots.models.cohort import Cohort, Part
from pilots.rules.scorecard import Interval, wilson
from portfolio.dashboards.funnel import goal_of
from portfolio.dashboards.past import stood_then
from portfolio.flow.lives import FEWEST

MOST = 25  # cohorts told by name; what is left makes one row
Kind = tuple[Any, Any]  # what makes pilots of one cohort, and how it is written
Counts = Counter[tuple[Kind, int, str]]  # with the stages reached, as bits, and the stage they are in


class CompareBy(StrEnum):
    """What tells the cohorts apart."""

    QUARTER = "quarter"
    PROGRAM = "program"
    UNIT = "unit"
    VENDOR = "vendor"
    RISK = "risk"
    TAG = "tag"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def unnamed(self) -> str:
        """How the cohort of those is called that have no value."""
        return {
            "quarter": "No quarter known",
            "program": "No program",
            "unit": "No unit",
            "vendor": "No vendor",
            "risk": "No risk tier",
            "tag": "No tag",
        }[self.value]

    @property
    def is_disjoint(self) -> bool:
        """Whether each pilot is in one cohort alone; one with two tags is in two."""
        return self is not CompareBy.TAG


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One cohort. still_open + ended + reached = denominator; `reached` is None where no stage follows.

    `value` is "" for pilots without one and None for the row of all cohorts that are not told by name.
    `has_rate` is False where pilots may be counted twice.
    """

    value: str | None
    label: str
    denominator: int
    reached: int | None
    ended: int
    has_rate: bool = True

    @property
    def still_open(self) -> int:
        return self.denominator - self.ended - (self.reached or 0)

    @property
    def is_enough(self) -> bool:
        return self.denominator >= FEWEST

    @property
    def rate(self) -> float | None:
        """The share that reached the goal, 0 to 1; None where they are too few to say."""
        if self.reached is None or not self.has_rate or not self.is_enough:
            return None
        return self.reached / self.denominator

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of the rate, after Wilson."""
        if self.rate is None or self.reached is None:
            return None
        return wilson(self.reached, self.denominator)


@dataclass
class _Sum:
    """What one cohort adds up to, and how often its name is written in which way."""

    denominator: int = 0
    reached: int = 0
    ended: int = 0
    written: Counter[str] = field(default_factory=Counter)

    def add(self, other: "_Sum") -> None:
        self.denominator += other.denominator
        self.reached += other.reached
        self.ended += other.ended
        self.written += other.written

    @property
    def name(self) -> str:
        """The way most write it; of two as frequent ones the first by the alphabet."""
        return min(self.written, key=lambda name: (-self.written[name], name))


def compare(pilots: PilotQuerySet, cohort: Cohort, by: CompareBy) -> list[Compared]:
    """Count a queryset that starts from `visible_to(user).countable(user)`, as `count_funnel` does.

    Returns quarters newest first, others by size; then those without a value, then the sum of those beyond
    `MOST`. One query; four for a past day.
    """
    sums: dict[str, _Sum] = {}
    goal = goal_of(cohort.entry)
    for (kind, mask, at), count in _counted(pilots, cohort, by).items():
        value, name = _cohort_of(by, kind)
        is_there = goal is not None and mask >= goal.bit
        has_ended = not is_there and Stage(at) in ENDS
        one = _Sum(count, count * is_there, count * has_ended, Counter({name: count}))
        sums.setdefault(value, _Sum()).add(one)
    without = sums.pop("", None)
    ordered = _ordered(sums, by)
    rows = [_row(by, _value(by, value, one), _label(by, one), one, goal) for value, one in ordered[:MOST]]
    if without:
        rows.append(_row(by, "", by.unnamed, without, goal))
    if ordered[MOST:]:
        rows.append(_others(by, [one for _, one in ordered[MOST:]], goal))
    return rows


# --- Counting -----------------------------------------------------------------------------


def _counted(pilots: PilotQuerySet, cohort: Cohort, by: CompareBy) -> Counts:
    if not cohort.reads_history:
        return _from_columns(cohort.place(pilots), cohort, by)
    counts: Counts = Counter()
    if cohort.known_at is None:
        counts = _from_columns(cohort.place_settled(cohort.settled(pilots)), cohort, by)
    for kind, mask, at in _replayed(pilots, cohort, by):
        counts[kind, mask, at] += 1
    return counts


def _from_columns(placed: PilotQuerySet, cohort: Cohort, by: CompareBy) -> Counts:
    kind, written = _columns(cohort, by)
    rows = (
        placed.filter(Q(part=Part.INSIDE.value))
        .order_by()
        .values(kind=kind, written=written, mask=F("path_mask"), at=F("stage_then"))
        .annotate(n=Count("pk"))
    )
    counts: Counts = Counter()
    for row in rows:
        counts[(row["kind"], row["written"]), row["mask"], row["at"]] += row["n"]
    return counts


def _columns(cohort: Cohort, by: CompareBy) -> tuple[Combinable, Combinable]:
    if by is CompareBy.QUARTER:
        # Days are fewer than pilots, and the database has no quarter of its own that is quick everywhere.
        return F("entered_first"), ExpressionWrapper(cohort.across_quarters(), BooleanField())
    return _described(by)


def _described(by: CompareBy) -> tuple[Combinable, Combinable]:
    match by:
        case CompareBy.PROGRAM:
            return F("program__slug"), F("program__name")
        case CompareBy.TAG:
            return F("tags__name"), F("tags__name")
        case CompareBy.RISK:
            return F("risk"), F("risk")
    # The lists find a unit or a vendor in any case, so the cohort is told apart by what they compare.
    return Upper(by.value), F(by.value)


def _replayed(pilots: PilotQuerySet, cohort: Cohort, by: CompareBy) -> Iterator[tuple[Kind, int, str]]:
    described: dict[int, list[Kind]] = {}
    if by is not CompareBy.QUARTER:
        moving = cohort.settled(pilots.filter(is_confidential=False), are=False).order_by()
        for pk, *kind in moving.values_list("pk", *_described(by)):
            described.setdefault(pk, []).append((kind[0], kind[1]))
    for one in stood_then(pilots, cohort, ()):
        if one.part is not Part.INSIDE:
            continue
        if by is CompareBy.QUARTER:
            kinds: Sequence[Kind] = [(one.entered, _is_across(one.entered, one.entered_by))]
        else:
            kinds = described[one.pilot]
        for kind in kinds:
            yield kind, one.mask, one.at


def _is_across(first: date | None, last: date | None) -> bool:
    return first is None or last is None or _quarter(first) != _quarter(last)


# --- Cohorts ------------------------------------------------------------------------------


def _cohort_of(by: CompareBy, kind: Kind) -> tuple[str, str]:
    """Return what makes these pilots one cohort, "" for no value, and how it is called."""
    what, written = kind
    if by is not CompareBy.QUARTER:
        return what or "", written or ""
    if written or what is None:
        return "", ""
    of = _quarter(what)
    return of.first.isoformat(), str(of)


def _quarter(day: date) -> Day:
    return quarter(day.year, (day.month + 2) // 3)


def _ordered(sums: Mapping[str, _Sum], by: CompareBy) -> list[tuple[str, _Sum]]:
    if by is CompareBy.QUARTER:
        return sorted(sums.items(), reverse=True)
    return sorted(sums.items(), key=lambda item: (-item[1].denominator, item[1].name.casefold(), item[0]))


def _value(by: CompareBy, value: str, one: _Sum) -> str:
    """Return a cohort as the filter of a list names it; of a quarter its first day."""
    return one.name if by in {CompareBy.UNIT, CompareBy.VENDOR} else value


def _label(by: CompareBy, one: _Sum) -> str:
    return RiskTier(one.name).label if by is CompareBy.RISK else one.name


def _others(by: CompareBy, sums: Sequence[_Sum], goal: Stage | None) -> Compared:
    whole, count = _Sum(), len(sums)
    for one in sums:
        whole.add(one)
    word = "earlier quarter" if by is CompareBy.QUARTER else "other"
    return _row(by, None, f"{count:,} {word}{'' if count == 1 else 's'}", whole, goal)


def _row(by: CompareBy, value: str | None, label: str, one: _Sum, goal: Stage | None) -> Compared:
    return Compared(
        value=value,
        label=label,
        denominator=one.denominator,
        reached=one.reached if goal else None,
        ended=one.ended,
        has_rate=by.is_disjoint or value is not None,
    )
