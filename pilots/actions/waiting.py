"""Notes for whom a requirement waits, and that it waits no longer."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.calendar import EARLIEST, Day
from pilots.gates import Standing, State
from pilots.models import Pilot, Waiting
from pilots.readiness import playbooks_of, readiness_of

LONGEST_NOTE = 500


@dataclass(frozen=True, kw_only=True)
class NewWait:
    """`since` is None for today."""

    pilot: Pilot
    requirement: str
    on_role: OwnerRole
    since: date | None = None
    note: str = ""
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class WaitOver:
    waiting: Waiting
    version: int | None = None


def wait_for(new: NewWait, *, by: By) -> Waiting:
    """Note that a requirement waits for a function; who it waited for before is ended the same day."""
    versions = {new.pilot.pk: new.version} if new.version is not None else None
    with changing([new.pilot], deed=Deed.BRING_EVIDENCE, by=by, versions=versions) as change:
        pilot = change.pilots[new.pilot.pk]
        standing = _check(new, pilot, by=by)
        since = new.since or by.today(pilot.program)
        for row in Waiting.objects.open().filter(pilot=pilot, requirement=new.requirement):
            row.until = max(row.since, since)
            row.save(update_fields=["until"])
        made = Waiting.objects.create(
            pilot=pilot,
            requirement=new.requirement,
            on_role=new.on_role.value,
            since=since,
            note=new.note.strip(),
        )
        change.record(
            pilot,
            "requirement.waits",
            after=_told(made, standing.requirement.title),
            reason=made.note,
        )
    return made


def _check(new: NewWait, pilot: Pilot, *, by: By) -> Standing:
    """Return where the requirement stands; refuse what cannot wait."""
    refuse_unstorable({"note": new.note, "requirement": new.requirement})
    today, reasons = by.today(pilot.program), []
    standing = readiness_of([pilot], at=by.at)[pilot.pk].of(new.requirement)
    if pilot.is_ended:
        reasons.append(Reason(f"It is {pilot.at_stage.label.lower()}, so it waits for nobody.", "", "ended"))
    if standing is None:
        sentence = f"Nothing called “{new.requirement[:60]}” is asked of this pilot."
        reasons.append(Reason(sentence, "requirement", "unknown"))
    elif standing.state.lets_pass:
        how = "waived" if standing.state is State.WAIVED else "there"
        sentence = f"“{standing.requirement.title}” is {how}, so it waits for nobody."
        reasons.append(Reason(sentence, "requirement", "settled"))
    if new.since and new.since > today:
        reasons.append(Reason(f"{Day(new.since)} has not come yet.", "since", "future"))
    elif new.since and new.since < EARLIEST:
        reasons.append(Reason(f"{Day(new.since)} is before 1990.", "since", "year"))
    if len(new.note.strip()) > LONGEST_NOTE:
        reasons.append(Reason(f"Write at most {LONGEST_NOTE} characters.", "note", "length"))
    open_for = Waiting.objects.open().filter(pilot=pilot, requirement=new.requirement)
    if open_for.filter(on_role=new.on_role.value).exists():
        sentence = f"It waits for {new.on_role.label.lower()} already."
        reasons.append(Reason(sentence, "on_role", "repeated"))
    if reasons or standing is None:
        raise Refused(reasons)
    return standing


def _told(row: Waiting, title: str) -> dict[str, Any]:
    told = {"requirement": row.requirement, "waits_for": row.on_role, "since": row.since.isoformat()}
    return {**told, "title": title} if title else told


def end_wait(over: WaitOver, *, by: By) -> Waiting:
    """Note that it waits no longer."""
    pilot = over.waiting.pilot
    versions = {pilot.pk: over.version} if over.version is not None else None
    with changing([pilot], deed=Deed.BRING_EVIDENCE, by=by, versions=versions) as change:
        row = Waiting.objects.get(pk=over.waiting.pk)
        if row.until is not None:
            raise Refused.because("It had stopped waiting before.", code="ended")
        row.until = max(row.since, by.today(change.pilots[pilot.pk].program))
        row.save(update_fields=["until"])
        known = playbooks_of([pilot.program_id])[pilot.program_id].requirements.get(row.requirement)
        change.record(
            change.pilots[pilot.pk],
            "requirement.waits_no_longer",
            before=_told(row, known.title if known else ""),
        )
    return row
