"""Reads how long pilots stay in each stage: in the program of each pilot, else on the whole site.

Asked of pilots that somebody keeps up: of which a word or a move was told here. A register that was
imported and left alone is none of them, though its stays are compared with.

Stays are as the history tells them today, those that ended later than the day as lasting. Rough days count
from the first day of their period, at both ends. Ended holds are taken out; freezes are not.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db.models import Q, QuerySet

from pilots.floors import Floor, kept
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models import Pilot, PilotQuerySet, StageSpan
from pilots.rules.facts import Facts
from pilots.rules.pace_facts import PACED, Curve, Pace, curve

_COLUMNS = (
    "pilot_id",
    "pilot__program_id",
    "pilot__program__is_sample",
    "stage",
    "entered_on",
    "left_on",
    "held_days",
    "pilot__held_since",
)


class _Row(NamedTuple):
    pilot_id: int
    program_id: int
    is_sample: bool
    stage: str
    entered_on: date | None
    left_on: date | None
    held_days: int
    held_since: date | None


@dataclass(frozen=True, slots=True)
class _Stay:
    """A stay whose first day is known, and its last where it ended; `forward`: by moving on."""

    program_id: int
    is_sample: bool
    stage: Stage
    entered: date
    left: date | None
    forward: bool
    held_days: int
    held_since: date | None

    def until(self, day: date) -> tuple[int, bool] | None:
        """Return how many days it had lasted by a day, and whether it had ended by moving on."""
        if self.entered > day:
            return None
        if self.left is not None and self.left <= day:
            last, has_moved = self.left, self.forward
        else:
            held = self.held_since if self.left is None else None
            last, has_moved = min(day, held or day), False
        return max((last - self.entered).days - self.held_days, 0), has_moved


@dataclass
class _Known:
    """The curves read so far in one look: of which programs, and of the site if it was asked."""

    own: dict[tuple[int, Stage], Curve] = field(default_factory=dict)
    programs: set[int] = field(default_factory=set)
    site: dict[Stage, Curve] | None = None


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return how long others stay in the stage of each pilot that is compared; three queries at most."""
    paced, samples = _kept([fact for fact in facts if _is_paced(fact)])
    if not paced:
        return {}
    programs = {fact.program_id: days[fact.pilot_id] for fact in paced}
    known = kept(_Known)
    unread = {pk: day for pk, day in programs.items() if pk not in known.programs}
    if unread:
        known.own |= _curves(_stays(_spans(unread)), unread)
        known.programs |= unread.keys()
    is_thin = any(not _is_enough(known.own.get((fact.program_id, fact.stage))) for fact in paced)
    if is_thin and known.site is None:
        real = (stay for stay in _stays(_spans()) if not stay.is_sample)
        known.site = _curves_of_all(real, max(programs.values()))
    site = known.site or {}
    return {
        fact.pilot_id: _pace(fact, known.own, {} if fact.program_id in samples else site) for fact in paced
    }


def prepare(pilots: Sequence[int], first: date, last: date) -> Floor:
    """Return a reader for many days, which asks the database once."""
    stays = list(_stays(_spans())) if pilots else []
    real = [stay for stay in stays if not stay.is_sample]
    told = dict(_kept_up(pilots)) if pilots else {}
    samples = {stay.program_id for stay in stays if stay.is_sample}

    def on(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
        paced = [fact for fact in facts if _is_paced(fact) and fact.pilot_id in told]
        if not paced:
            return {}
        programs = {fact.program_id: days[fact.pilot_id] for fact in paced}
        own = _curves((stay for stay in stays if stay.program_id in programs), programs)
        site = _curves_of_all(real, max(programs.values()))
        return {fact.pilot_id: _pace(fact, own, {} if fact.program_id in samples else site) for fact in paced}

    return on


def curves_of(pilots: PilotQuerySet, day: date) -> dict[Stage, Curve]:
    """Return the curve of each stage over pilots that somebody sees and counts; one query."""
    return _curves_of_all(_stays(_ordered(StageSpan.objects.filter(pilot__in=pilots))), day)


def _is_paced(fact: Facts) -> bool:
    return not fact.rests and fact.stage in PACED and fact.stage_clock is not None


def _is_enough(found: Curve | None) -> bool:
    return found is not None and found.is_enough


def _pace(fact: Facts, own: Mapping[tuple[int, Stage], Curve], site: Mapping[Stage, Curve]) -> Pace:
    found, others = own.get((fact.program_id, fact.stage)), site.get(fact.stage)
    if _is_enough(found):
        return Pace(found)
    return Pace(others, is_of_site=True) if _is_enough(others) else Pace()


def _kept(paced: Sequence[Facts]) -> tuple[list[Facts], frozenset[int]]:
    """Return those of these pilots that somebody keeps up, and which of their programs are a sample."""
    if not paced:
        return [], frozenset()
    told = dict(_kept_up([fact.pilot_id for fact in paced]))
    found = [fact for fact in paced if fact.pilot_id in told]
    return found, frozenset(fact.program_id for fact in found if told[fact.pilot_id])


def _kept_up(pilots: Sequence[int]) -> "QuerySet[Pilot, tuple[int, bool]]":
    """Return each pilot of which a word or a move was told here, and whether it is of the sample."""
    was_told = Q(heard_at__isnull=False) | Q(moved_at__isnull=False)
    return Pilot.objects.filter(was_told, pk__in=pilots).order_by().values_list("pk", "program__is_sample")


def _spans(programs: Iterable[int] | None = None) -> Iterator[_Row]:
    spans = StageSpan.objects.filter(pilot__is_confidential=False)
    return _ordered(spans if programs is None else spans.filter(pilot__program__in=list(programs)))


def _ordered(spans: "QuerySet[StageSpan]") -> Iterator[_Row]:
    """Spans are written in the order of history, so their ids tell which came next."""
    rows = spans.order_by("pilot_id", "pk").values_list(*_COLUMNS)
    return (_Row(*row) for row in rows.iterator())


def _stays(rows: Iterable[_Row]) -> Iterator[_Stay]:
    for _, spans in groupby(rows, key=attrgetter("pilot_id")):
        own = list(spans)
        for span, following in zip(own, [*own[1:], None], strict=True):
            stage = Stage(span.stage)
            # A stay that ended on a day nobody knows was neither so long nor shorter.
            if stage not in PACED or span.entered_on is None or (following and span.left_on is None):
                continue
            yield _Stay(
                program_id=span.program_id,
                is_sample=span.is_sample,
                stage=stage,
                entered=span.entered_on,
                left=span.left_on,
                forward=following is not None and _is_forward(stage, Stage(following.stage)),
                held_days=span.held_days,
                held_since=span.held_since,
            )


def _is_forward(stage: Stage, to: Stage) -> bool:
    return to in MAIN_PATH and MAIN_PATH.index(to) > MAIN_PATH.index(stage)


def _curves(stays: Iterable[_Stay], days: Mapping[int, date]) -> dict[tuple[int, Stage], Curve]:
    """Return a curve for each program and stage, by the day it is in that program."""
    counts: dict[tuple[int, Stage], Counter[tuple[int, bool]]] = {}
    for stay in stays:
        lasted = stay.until(days[stay.program_id])
        if lasted is not None:
            counts.setdefault((stay.program_id, stay.stage), Counter())[lasted] += 1
    return {key: curve(found) for key, found in counts.items()}


def _curves_of_all(stays: Iterable[_Stay], day: date) -> dict[Stage, Curve]:
    counts: dict[Stage, Counter[tuple[int, bool]]] = {}
    for stay in stays:
        lasted = stay.until(day)
        if lasted is not None:
            counts.setdefault(stay.stage, Counter())[lasted] += 1
    return {stage: curve(found) for stage, found in counts.items()}
