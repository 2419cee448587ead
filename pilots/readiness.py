"""Reads the record by which pilots are judged ready, in a fixed number of queries for any number of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from django.db.models import Max, Model, QuerySet

from pilots.access.permissions import OwnerRole
from pilots.computed import COMPUTED
from pilots.gates import (
    GateRule,
    Given,
    Pass,
    Past,
    Piece,
    Playbook,
    Readiness,
    Record,
    Stretch,
    Wait,
    judge,
)
from pilots.models import (
    Approval,
    Approving,
    Evidence,
    GateSetting,
    ModelVersion,
    Phase,
    Pilot,
    PlaybookEntry,
    RequirementState,
    Waiting,
    Waiver,
)
from pilots.playbook import PLAYBOOK, Area, Audience, EvidenceKind, Gate, PhaseCode, Requirement, Traits
from pilots.rules.registry import Pattern
from pilots.workdays import read_pauses

RowT = TypeVar("RowT", bound=Model)


def readiness_of(pilots: Sequence[Pilot], *, at: datetime) -> dict[int, Readiness]:
    """Return where each pilot stands with its playbook, by its id; twelve queries at most.

    Each pilot comes with its `program`.
    """
    playbooks = playbooks_of({pilot.program_id for pilot in pilots})
    return {
        pk: judge(record, playbooks[pilot.program_id])
        for pk, (pilot, record) in records_of(pilots, at=at).items()
    }


# --- The playbook of a program ------------------------------------------------------


def playbooks_of(programs: Iterable[int]) -> dict[int, Playbook]:
    """Return the playbook of each program: what comes with Headway, as it changed it; two queries."""
    wanted = set(programs)
    entries = _by(PlaybookEntry.objects.filter(program__in=wanted).order_by("pk"), "program_id")
    settings = _by(GateSetting.objects.filter(program__in=wanted).order_by("gate"), "program_id")
    return {
        pk: Playbook(
            requirements=_requirements(entries.get(pk, [])),
            rules={Gate(row.gate): _gate_rule(row) for row in settings.get(pk, [])},
        )
        for pk in wanted
    }


def _requirements(entries: Sequence[PlaybookEntry]) -> dict[str, Requirement]:
    found = dict(PLAYBOOK)
    for entry in entries:
        if not entry.is_used:
            found.pop(entry.code, None)
        elif entry.code in PLAYBOOK:
            found[entry.code] = reworded(PLAYBOOK[entry.code], entry)
        else:
            found[entry.code] = own_requirement(entry)
    return found


def reworded(requirement: Requirement, entry: PlaybookEntry) -> Requirement:
    """Return a requirement that comes with Headway in a program's own words, gate and phase."""
    unblockers = (OwnerRole(entry.unblocker),) if entry.unblocker else requirement.unblockers
    return replace(
        requirement,
        title=entry.title or requirement.title,
        gate=Gate(entry.gate) if entry.gate else requirement.gate,
        phase=PhaseCode(entry.phase) if entry.phase else requirement.phase,
        missing=entry.missing or requirement.missing,
        next_action=entry.next_action or requirement.next_action,
        unblockers=unblockers,
    )


def own_requirement(entry: PlaybookEntry) -> Requirement:
    """Return a requirement that a program added; somebody has to bring evidence of it."""
    return Requirement(
        code=entry.code,
        title=entry.title,
        area=Area.GOVERNANCE,
        gate=Gate(entry.gate) if entry.gate else None,
        phase=PhaseCode(entry.phase) if entry.phase else None,
        kinds=frozenset(EvidenceKind(kind) for kind in entry.kinds),
        pattern=Pattern.PURGATORY,
        missing=entry.missing or f"There is no evidence of “{entry.title}”.",
        next_action=entry.next_action or "Bring the evidence that this program asks for.",
        unblockers=(OwnerRole(entry.unblocker),) if entry.unblocker else (),
        source="this program",
    )


def _gate_rule(row: GateSetting) -> GateRule:
    approvers = tuple(OwnerRole(role) for role in row.roles) if row.approving != Approving.NOBODY else ()
    return GateRule(
        approvers=approvers,
        needs_all=row.approving == Approving.ALL,
        before_go_live=row.before_go_live,
    )


# --- The record of a pilot ----------------------------------------------------------


def records_of(pilots: Sequence[Pilot], *, at: datetime) -> dict[int, tuple[Pilot, Record]]:
    """Return each pilot with what is known of it, by its id; ten queries and one for each other day."""
    return records_on(pilots, {pilot.pk: pilot.program.today(at) for pilot in pilots})


def records_on(pilots: Sequence[Pilot], days: Mapping[int, date]) -> dict[int, tuple[Pilot, Record]]:
    """Return the same as it is known now, judged by a day of each pilot."""
    met = _computed(days)
    return {
        pk: (known.pilot, known.on(days[pk], met.get(pk, frozenset())))
        for pk, known in read_known(pilots).items()
    }


@dataclass(frozen=True)
class Known:
    """What is known of one pilot whatever the day: its record but for the day, and every waiver."""

    pilot: Pilot
    record: Record
    waivers: Sequence[Waiver]

    def on(self, day: date, computed: frozenset[str]) -> Record:
        return replace(self.record, today=day, computed=computed, passes=in_force(self.waivers, day))


def read_known(pilots: Sequence[Pilot]) -> dict[int, Known]:
    """Return what is known of each pilot, by its id; nine queries."""
    ids = [pilot.pk for pilot in pilots]
    evidence = _by(
        Evidence.objects.standing().filter(pilot__in=ids).exclude(requirement="").order_by("dated", "pk")
    )
    waivers = _by(Waiver.objects.filter(pilot__in=ids, revoked_at__isnull=True).order_by("until", "pk"))
    past = _by(RequirementState.objects.filter(pilot__in=ids).order_by("pk"))
    waits = _by(Waiting.objects.open().filter(pilot__in=ids).order_by("pk"))
    approvals = _by(Approval.objects.standing().filter(pilot__in=ids).order_by("pk"))
    phases = _phases(ids)
    live = ModelVersion.objects.filter(pilot__in=ids, is_live=True).order_by("pilot_id")
    changed = dict(live.values_list("pilot_id").annotate(last=Max("changed_on")))
    return {
        pilot.pk: Known(
            pilot=pilot,
            record=Record(
                stage=pilot.at_stage,
                today=date.min,
                traits=traits_of(pilot),
                pieces=tuple(_piece(row) for row in evidence.get(pilot.pk, ())),
                past={row.requirement: _past(row) for row in past.get(pilot.pk, ())},
                waits={row.requirement: _wait(row) for row in waits.get(pilot.pk, ())},
                approvals=tuple(_given(row) for row in approvals.get(pilot.pk, ())),
                phases=phases.get(pilot.pk, ()),
                live_since=changed.get(pilot.pk),
            ),
            waivers=waivers.get(pilot.pk, ()),
        )
        for pilot in pilots
    }


def traits_of(pilot: Pilot) -> Traits:
    return Traits(how_built=pilot.how_built, risk=pilot.risk, serving_pattern=pilot.serving_pattern)


def in_force(waivers: Iterable[Waiver], day: date) -> dict[str, Pass]:
    """Return the waivers that hold on a day, by what they waive; of two the one that holds longer."""
    return {
        row.subject: Pass(id=row.pk, subject=row.subject, until=row.until)
        for row in sorted(waivers, key=lambda row: row.until)
        if row.until >= day
    }


def _computed(days: Mapping[int, date]) -> dict[int, frozenset[str]]:
    found: dict[int, frozenset[str]] = {}
    for day in sorted(set(days.values())):
        found |= COMPUTED.met([pk for pk, today in days.items() if today == day], today=day)
    return found


def _phases(ids: Sequence[int]) -> dict[int, tuple[Stretch, ...]]:
    """Return the phases of each live plan, with what has paused it."""
    rows = Phase.objects.filter(plan__pilot__in=ids, plan__replaced_at__isnull=True)
    grouped: dict[int, list[Phase]] = {}
    for row in rows.select_related("plan__pilot").order_by("plan__pilot", "number"):
        grouped.setdefault(row.plan.pilot_id, []).append(row)
    if not grouped:
        return {}
    pauses = read_pauses({pk: phases[0].plan.pilot.program_id for pk, phases in grouped.items()})
    return {
        pk: tuple(
            Stretch(
                code=PhaseCode(row.code) if row.code else None,
                start=row.planned_start,
                end=row.planned_end,
                since=row.plan.start,
                pauses=pauses[pk],
            )
            for row in phases
        )
        for pk, phases in grouped.items()
    }


def _by(rows: QuerySet[RowT], column: str = "pilot_id") -> dict[int, list[RowT]]:
    grouped: dict[int, list[RowT]] = {}
    for row in rows:
        grouped.setdefault(getattr(row, column), []).append(row)
    return grouped


def _piece(row: Evidence) -> Piece:
    return Piece(
        id=row.pk,
        requirement=row.requirement,
        kind=EvidenceKind(row.kind),
        dated=row.dated,
        by=row.brought_by_id,
        audience=Audience(row.audience) if row.audience else None,
    )


def _past(row: RequirementState) -> Past:
    return Past(met_on=row.met_on, reopened_on=row.reopened_on, because=row.reopened_because)


def _wait(row: Waiting) -> Wait:
    return Wait(id=row.pk, on=OwnerRole(row.on_role), since=row.since, note=row.note)


def _given(row: Approval) -> Given:
    return Given(
        id=row.pk,
        gate=Gate(row.gate),
        role=OwnerRole(row.role) if row.role else None,
        by=row.approved_by_id,
        basis=row.basis,
    )
