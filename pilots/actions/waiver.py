"""Lets a pilot pass without something, for a time and with a reason, and takes that back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.access.permissions import SEATS, Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.calendar import Day
from pilots.gates import Playbook
from pilots.lifecycle import THIRTY_DAYS
from pilots.models import Evidence, Pilot, Waiver
from pilots.playbook import Gate
from pilots.readiness import in_force, playbooks_of
from pilots.rollout import EXPAND_EARLY

LONGEST_REASON = 1000
LONGEST = timedelta(days=365)  # a waiver that never ends is a rule nobody wrote down

# What stands in a way besides requirements and gates, and how a person calls it.
OTHER_SUBJECTS = {
    THIRTY_DAYS: "Production before 30 days of limited go-live",
    EXPAND_EARLY: "Expanding before 30 days with the first users",
    **{f"seat:{role.value}": f"Nobody in the seat {role.label.lower()}" for role in sorted(SEATS)},
}


@dataclass(frozen=True, kw_only=True)
class NewWaiver:
    """`subject` is a requirement's code, a gate, or one of `OTHER_SUBJECTS`; `until` its last day."""

    pilot: Pilot
    subject: str
    reason: str
    until: date
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Revocation:
    waiver: Waiver
    version: int | None = None


def name_of(subject: str, playbook: Playbook) -> str | None:
    """Return how a person calls what is waived, None where there is no such thing."""
    if subject in OTHER_SUBJECTS:
        return OTHER_SUBJECTS[subject]
    if subject in set(Gate):
        return f"{subject} {Gate(subject).label}"
    requirement = playbook.requirements.get(subject)
    return requirement.title if requirement else None


def waive(new: NewWaiver, *, by: By) -> Waiver:
    return waive_all([new], by=by)[0]


def waive_all(news: Sequence[NewWaiver], *, by: By) -> list[Waiver]:
    """Waive each, or none. Nobody waives that for which they themselves brought the evidence."""
    versions = {new.pilot.pk: new.version for new in news if new.version is not None}
    with changing([new.pilot for new in news], deed=Deed.WAIVE, by=by, versions=versions) as change:
        playbooks = playbooks_of({pilot.program_id for pilot in change.pilots.values()})
        standing = _standing(change)
        brought = _brought(change)
        rows = []
        for new in news:
            pilot = change.pilots[new.pilot.pk]
            _check(new, pilot, playbooks[pilot.program_id], standing[pilot.pk], brought[pilot.pk], by=by)
            standing[pilot.pk].add(new.subject)
            rows.append(_row(new, pilot, by=by))
        Waiver.objects.bulk_create(rows)
        for row in rows:
            change.record(
                change.pilots[row.pilot_id],
                "waiver.granted",
                after=_told(row, playbooks[change.pilots[row.pilot_id].program_id]),
                reason=row.reason,
            )
    return rows


def _row(new: NewWaiver, pilot: Pilot, *, by: By) -> Waiver:
    return Waiver(
        pilot=pilot,
        subject=new.subject,
        reason=new.reason.strip(),
        until=new.until,
        waived_by=by.user,
        waived_at=by.at,
    )


def _check(
    new: NewWaiver, pilot: Pilot, playbook: Playbook, standing: set[str], brought: set[str], *, by: By
) -> None:
    refuse_unstorable({"reason": new.reason, "subject": new.subject})
    today, reasons = by.today(pilot.program), []
    if pilot.is_ended:
        sentence = f"It is {pilot.at_stage.label.lower()}, so there is nothing to waive."
        reasons.append(Reason(sentence, "", "ended"))
    if name_of(new.subject, playbook) is None:
        sentence = f"There is nothing called “{new.subject[:60]}” to waive here."
        reasons.append(Reason(sentence, "subject", "unknown"))
    elif new.subject in standing:
        sentence = "It is waived already. Revoke that waiver first to give it another day."
        reasons.append(Reason(sentence, "subject", "repeated"))
    elif brought & _codes(new.subject, playbook):
        sentence = "You brought evidence for it yourself, so somebody else has to waive it."
        reasons.append(Reason(sentence, "subject", "own-evidence"))
    reasons += _faults(new, today=today)
    if reasons:
        raise Refused(reasons)


def _faults(new: NewWaiver, *, today: date) -> list[Reason]:
    reasons = []
    if not new.reason.strip():
        sentence = "Say why it may pass without this: whoever reads it later decides on that."
        reasons.append(Reason(sentence, "reason", "reason"))
    elif len(new.reason.strip()) > LONGEST_REASON:
        reasons.append(Reason(f"Write at most {LONGEST_REASON:,} characters.", "reason", "length"))
    if new.until < today:
        reasons.append(Reason(f"{Day(new.until)} has passed. Choose a later last day.", "until", "past"))
    elif new.until > today + LONGEST:
        sentence = f"A waiver holds for a year at most, until {Day(today + LONGEST)}."
        reasons.append(Reason(sentence, "until", "far"))
    return reasons


def _told(row: Waiver, playbook: Playbook) -> dict[str, str]:
    title = name_of(row.subject, playbook) or row.subject
    return {"subject": row.subject, "title": title, "until": row.until.isoformat()}


def _codes(subject: str, playbook: Playbook) -> set[str]:
    """Return the requirements that a waiver of this lets pass."""
    own = {
        code
        for code, requirement in playbook.requirements.items()
        if requirement.gate is not None and requirement.gate.value == subject
    }
    return own | {subject}


def _standing(change: Change) -> dict[int, set[str]]:
    """Return what is waived now for each pilot of a change."""
    found: dict[int, set[str]] = {pk: set() for pk in change.pilots}
    days = {pk: change.by.today(pilot.program) for pk, pilot in change.pilots.items()}
    for row in Waiver.objects.filter(pilot__in=change.pilots, revoked_at__isnull=True).order_by("pk"):
        if row.until >= days[row.pilot_id]:
            found[row.pilot_id].add(row.subject)
    return found


def _brought(change: Change) -> dict[int, set[str]]:
    """Return of what requirements of each pilot this person brought evidence."""
    found: dict[int, set[str]] = {pk: set() for pk in change.pilots}
    if change.by.user is not None:
        own = Evidence.objects.standing().filter(pilot__in=change.pilots, brought_by=change.by.user)
        for pk, code in own.order_by("pk").values_list("pilot_id", "requirement"):
            found[pk].add(code)
    return found


def revoke_waiver(revocation: Revocation, *, by: By) -> Waiver:
    """End a waiver at once; the row stays as history."""
    pilot = revocation.waiver.pilot
    versions = {pilot.pk: revocation.version} if revocation.version is not None else None
    with changing([pilot], deed=Deed.WAIVE, by=by, versions=versions) as change:
        row = Waiver.objects.get(pk=revocation.waiver.pk)
        if row.revoked_at is not None:
            raise Refused.because("It was revoked before.", code="revoked")
        row.revoked_at, row.revoked_by = by.at, by.user
        row.save(update_fields=["revoked_at", "revoked_by"])
        before = _told(row, playbooks_of([pilot.program_id])[pilot.program_id])
        change.record(change.pilots[pilot.pk], "waiver.revoked", before=before)
    return row


def waived_subjects(ids: Iterable[int], *, on: date) -> dict[int, set[str]]:
    """Return what is waived for each pilot on a day, by its id; one query."""
    found: dict[int, set[str]] = {}
    rows = Waiver.objects.filter(pilot__in=list(ids), revoked_at__isnull=True).order_by("pk")
    grouped: dict[int, list[Waiver]] = {}
    for row in rows:
        grouped.setdefault(row.pilot_id, []).append(row)
    for pk, standing in grouped.items():
        found[pk] = set(in_force(standing, on))
    return found
