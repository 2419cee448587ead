"""Tells what plans asked for on many days: the rows are read once, and a pilot is judged anew only on days
on which something changes for it.

Those days are: what it is at (stage, plan, owner) changes; evidence counts from then on, or no longer;
a waiver or what the record tells ends; a phase begins or is over; its plan was paused the day before.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q

from pilots.computed import COMPUTED
from pilots.floors import Floor
from pilots.gates import Playbook
from pilots.known.asked import answer
from pilots.models import Phase, Pilot
from pilots.pauses import ONE, Pauses
from pilots.readiness import Known, playbooks_of, read_known
from pilots.rules.asked_facts import Asked
from pilots.rules.facts import Facts
from pilots.rules.marks import has_a_plan


def prepare(pilots: Sequence[int], first: date, last: date) -> Floor:
    """Return a reader that answers in memory what `asked.read` asks the database; fourteen queries."""
    told = _told(pilots, last) if pilots else {}

    def on(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
        found: dict[int, object] = {}
        for fact in facts:
            own = told.get(fact.pilot_id)
            if own is None or fact.rests:
                continue
            day = days[fact.pilot_id]
            is_planned, is_wanted = has_a_plan(fact), own.is_wanted(day)
            if is_planned or is_wanted:
                found[fact.pilot_id] = own.on(fact, day, is_planned, is_wanted)
        return found

    return on


def _told(pilots: Sequence[int], last: date) -> dict[int, "_Told"]:
    """Return what is known of the pilots with a plan, and of those that were refused a move."""
    planned = Phase.objects.filter(plan__pilot=OuterRef("pk"), plan__replaced_at__isnull=True)
    asked = Pilot.objects.filter(Q(Exists(planned)) | Q(wanted_on__lte=last), pk__in=pilots)
    rows = list(asked.select_related("program").order_by("pk"))
    ids = [row.pk for row in rows]
    if not ids:
        return {}
    playbooks = playbooks_of({row.program_id for row in rows})
    met, until = COMPUTED.met(ids, today=last), COMPUTED.until(ids)
    return {
        pk: _Told(
            known=known,
            playbook=playbooks[known.pilot.program_id],
            met=met.get(pk, frozenset()) - COMPUTED.by_day,
            until=until.get(pk, {}),
        )
        for pk, known in read_known(rows).items()
    }


@dataclass(slots=True)
class _Told:
    """One pilot; the last answer is kept for as long as nothing changes for it."""

    known: Known
    playbook: Playbook
    met: frozenset[str]  # whatever the day
    until: Mapping[str, date]  # up to which day it meets the others
    _breaks: list[date] = field(init=False)
    _pauses: Pauses | None = field(init=False)
    _paused: int | None = None
    _phase_breaks: list[date] = field(default_factory=list)
    _key: tuple[object, ...] = ()
    _answer: Asked = field(default_factory=Asked)

    def __post_init__(self) -> None:
        self._breaks = sorted(set(self._days()))
        phases = self.known.record.phases
        pauses = phases[0].pauses if phases else Pauses()
        is_paused = bool(pauses.freezes) or any(hold.until is not None for hold in pauses.holds)
        self._pauses = pauses if is_paused else None

    def is_wanted(self, day: date) -> bool:
        on = self.known.pilot.wanted_on
        return on is not None and on <= day

    def on(self, fact: Facts, day: date, is_planned: bool, is_wanted: bool) -> Asked:  # noqa: FBT001
        paused = self._pauses.days(date.min, day) if self._pauses else 0
        if paused != self._paused:
            # Only a day on which its plan was paused moves the days of its phases.
            self._paused, self._phase_breaks = paused, sorted(set(self._days_of_phases(day)))
        key = (
            bisect_right(self._breaks, day),
            paused,
            bisect_right(self._phase_breaks, day),
            fact.stage,
            fact.plan,
            fact.plan is not None and fact.plan.end < day,
            fact.has_production_owner,
            is_planned,
            is_wanted,
        )
        if key != self._key:
            computed = self.met | {code for code, until in self.until.items() if day <= until}
            record = self.known.on(day, computed)
            self._answer = answer(self.known.pilot, fact, record, self.playbook, is_planned, is_wanted)
            self._key = key
        return self._answer

    def _days(self) -> Iterator[date]:
        """Yield the first days on which the record is another than the day before."""
        record = self.known.record
        yield from (waiver.until + ONE for waiver in self.known.waivers)
        yield from (until + ONE for until in self.until.values())
        for piece in record.pieces:
            yield piece.dated
            good_for = self._good_for(piece.requirement)
            if good_for is not None:
                yield piece.dated + timedelta(days=good_for) + ONE
        # What is met was due when its phase was over as it stood on the day it was met.
        for code, requirement in self.playbook.requirements.items():
            ends = [phase for phase in record.phases if phase.code and phase.code == requirement.phase][:1]
            met = {piece.dated for piece in record.pieces if piece.requirement == code}
            if code in record.past and (met_on := record.past[code].met_on):
                met.add(met_on)
            yield from (phase.end_on(day) + ONE for phase in ends for day in met)

    def _good_for(self, code: str) -> int | None:
        requirement = self.playbook.requirements.get(code)
        return requirement.good_for if requirement else None

    def _days_of_phases(self, day: date) -> Iterator[date]:
        for phase in self.known.record.phases:
            yield phase.start_on(day)
            yield phase.end_on(day) + ONE
