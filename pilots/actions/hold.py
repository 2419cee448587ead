"""Puts a pilot to rest and wakes it. A hold is a period, never a stage; its clocks stop meanwhile."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.models import Hold, Pilot

GRACE = timedelta(days=7)  # after a hold nothing is held against a pilot, so that people can pick it up


@dataclass(frozen=True, kw_only=True)
class NewHold:
    pilot: Pilot
    reason: str
    agreed_by: str
    review_on: date
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Resume:
    pilot: Pilot
    note: str = ""
    version: int | None = None


def hold_pilot(hold: NewHold, *, by: By) -> Pilot:
    return hold_pilots([hold], by=by)[0]


def hold_pilots(holds: Sequence[NewHold], *, by: By) -> list[Pilot]:
    """Start a hold on each pilot, today, or on none of them."""
    versions = {hold.pilot.pk: hold.version for hold in holds if hold.version is not None}
    with changing([hold.pilot for hold in holds], deed=Deed.HOLD, by=by, versions=versions) as change:
        rows = []
        for hold in holds:
            pilot = change.pilots[hold.pilot.pk]
            today = by.today(pilot.program)
            _check_hold(hold, pilot, today)
            rows.append(
                Hold(
                    pilot=pilot,
                    since=today,
                    reason=hold.reason.strip(),
                    agreed_by=hold.agreed_by.strip(),
                    review_on=hold.review_on,
                )
            )
        Hold.objects.bulk_create(rows)
        change.apply_history()
        for row in rows:
            change.record(
                change.pilots[row.pilot_id],
                "pilot.held",
                after={"since": str(row.since), "review_on": str(row.review_on), "agreed_by": row.agreed_by},
                reason=row.reason,
            )
    return [change.pilots[hold.pilot.pk] for hold in holds]


def _check_hold(hold: NewHold, pilot: Pilot, today: date) -> None:
    refuse_unstorable({"reason": hold.reason, "agreed_by": hold.agreed_by})
    reasons = []
    if pilot.is_ended:
        reasons.append(
            Reason(f"It is {pilot.at_stage.label.lower()}, so there is nothing to hold.", "", "ended")
        )
    if pilot.is_on_hold:
        reasons.append(Reason("It is on hold already. Resume it first, then hold it again.", "", "on-hold"))
    if not hold.reason.strip():
        reasons.append(Reason("Say why it is put on hold.", "reason", "reason"))
    if not hold.agreed_by.strip():
        reasons.append(Reason("Say who agreed to the hold.", "agreed_by", "agreed-by"))
    if hold.review_on <= today:
        reasons.append(
            Reason("Choose a review day after today: a hold without one hides a stall.", "review_on", "past")
        )
    if reasons:
        raise Refused(reasons)


def resume_pilot(resume: Resume, *, by: By) -> Pilot:
    return resume_pilots([resume], by=by)[0]


def resume_pilots(resumes: Sequence[Resume], *, by: By) -> list[Pilot]:
    """End the open hold of each pilot, today, or of none of them."""
    versions = {resume.pilot.pk: resume.version for resume in resumes if resume.version is not None}
    with changing([resume.pilot for resume in resumes], deed=Deed.HOLD, by=by, versions=versions) as change:
        since = {}
        for resume in resumes:
            pilot = change.pilots[resume.pilot.pk]
            refuse_unstorable({"note": resume.note})
            if pilot.held_since is None:
                raise Refused.because("It is not on hold, so there is nothing to resume.", code="not-on-hold")
            since[pilot.pk] = pilot.held_since
            today = by.today(pilot.program)
            Hold.objects.filter(pilot=pilot, until__isnull=True).update(until=today)
            change.set(pilot, quiet_until=max(pilot.quiet_until or today, today + GRACE))
        change.apply_history()
        for resume in resumes:
            pilot = change.pilots[resume.pilot.pk]
            change.record(
                pilot,
                "pilot.resumed",
                before={"on_hold_since": str(since[pilot.pk])},
                after={"until": str(by.today(pilot.program))},
                reason=resume.note.strip(),
            )
    return [change.pilots[resume.pilot.pk] for resume in resumes]
