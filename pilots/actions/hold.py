"""Puts a pilot to rest and wakes it. A hold is a period, never a stage; its clocks stop meanwhile."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.calendar import Day
from pilots.models import Hold, Pilot

LONGEST_NAME = 200
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


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A hold lasts longer, in one step. Empty `agreed_by` leaves who agreed as it is."""

    pilot: Pilot
    review_on: date
    reason: str
    agreed_by: str = ""
    version: int | None = None


def hold_pilot(hold: NewHold, *, by: By) -> Pilot:
    return hold_pilots([hold], by=by)[0]


def hold_pilots(holds: Sequence[NewHold], *, by: By, batch: uuid.UUID | None = None) -> list[Pilot]:
    """Start a hold on each pilot, today, or on none of them."""
    versions = {hold.pilot.pk: hold.version for hold in holds if hold.version is not None}
    pilots = [hold.pilot for hold in holds]
    with changing(pilots, deed=Deed.HOLD, by=by, versions=versions, batch=batch) as change:
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
        reasons.append(Reason("It is on hold already. Extend that hold instead.", "", "on-hold"))
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


def extend_hold(extension: Extension, *, by: By) -> Pilot:
    """Give the open hold a later review day, and say why it goes on; the hold stays one."""
    pilot = extension.pilot
    versions = {pilot.pk: extension.version} if extension.version is not None else None
    with changing([pilot], deed=Deed.HOLD, by=by, versions=versions) as change:
        pilot = change.pilots[pilot.pk]
        today = by.today(pilot.program)
        hold = Hold.objects.filter(pilot=pilot, until__isnull=True).first()
        if hold is None:
            raise Refused.because("It is not on hold, so there is nothing to extend.", code="not-on-hold")
        _check_extension(extension, hold, today)
        before = {"review_on": str(hold.review_on), "agreed_by": hold.agreed_by}
        hold.review_on = extension.review_on
        hold.agreed_by = extension.agreed_by.strip() or hold.agreed_by
        hold.save(update_fields=["review_on", "agreed_by"])
        change.apply_history()
        change.record(
            pilot,
            "hold.extended",
            before=before,
            after={
                "hold": hold.pk,
                "review_on": str(hold.review_on),
                "agreed_by": hold.agreed_by,
                "held_days": (today - hold.since).days,
            },
            reason=extension.reason.strip(),
        )
    return pilot


def _check_extension(extension: Extension, hold: Hold, today: date) -> None:
    refuse_unstorable({"reason": extension.reason, "agreed_by": extension.agreed_by})
    reasons = []
    if not extension.reason.strip():
        reasons.append(Reason("Say why it stays on hold.", "reason", "reason"))
    if len(extension.agreed_by.strip()) > LONGEST_NAME:
        reasons.append(Reason(f"This has at most {LONGEST_NAME} characters.", "agreed_by", "length"))
    if extension.review_on <= max(today, hold.review_on):
        later = f"after {Day(max(today, hold.review_on))}"
        reasons.append(
            Reason(f"Choose a day {later}: extending moves the review on.", "review_on", "not-later")
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
