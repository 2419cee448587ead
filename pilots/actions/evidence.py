"""Brings evidence of a requirement or a milestone, and withdraws it. Evidence is never changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pilots.access.models import Movement
from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.calendar import EARLIEST, Day
from pilots.gates import Playbook
from pilots.models import Evidence, Milestone, Pilot
from pilots.playbook import Audience, EvidenceKind
from pilots.readiness import playbooks_of

LONGEST_LINK, LONGEST_TEXT, LONGEST_REASON = 500, 4000, 500


@dataclass(frozen=True, kw_only=True)
class NewEvidence:
    """What shows that a requirement is met, or a milestone done: a link or a text, dated.

    `requirement` is its code; `dated` the day of what it shows.
    """

    pilot: Pilot
    kind: EvidenceKind
    dated: date
    requirement: str = ""
    milestone: Milestone | None = None
    link: str = ""
    text: str = ""
    audience: Audience | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """Somebody says that a piece of evidence does not hold."""

    evidence: Evidence
    reason: str
    version: int | None = None


def bring_evidence(new: NewEvidence, *, by: By) -> Evidence:
    return bring_all([new], by=by)[0]


def bring_all(news: Sequence[NewEvidence], *, by: By) -> list[Evidence]:
    """Bring each piece of evidence, or none of them; it counts as movement, unless it is a demo."""
    versions = {new.pilot.pk: new.version for new in news if new.version is not None}
    pilots = [new.pilot for new in news]
    with changing(pilots, deed=Deed.BRING_EVIDENCE, by=by, versions=versions) as change:
        return add_evidence(change, news)


def add_evidence(change: Change, news: Sequence[NewEvidence]) -> list[Evidence]:
    """Add evidence as part of a change of its pilots; the caller has asked the permission."""
    by = change.by
    playbooks = playbooks_of({pilot.program_id for pilot in change.pilots.values()})
    rows = []
    for new in news:
        pilot = change.pilots[new.pilot.pk]
        _check(new, pilot, playbooks[pilot.program_id], today=by.today(pilot.program))
        rows.append(_row(new, pilot, by=by))
    Evidence.objects.bulk_create(rows)
    for row in rows:
        is_demo = row.kind == EvidenceKind.DEMO.value
        change.record(
            change.pilots[row.pilot_id],
            "evidence.brought",
            after=_told(row, playbooks[change.pilots[row.pilot_id].program_id]),
            movement=Movement.NONE if is_demo else Movement.MOVED,
        )
    return rows


def _row(new: NewEvidence, pilot: Pilot, *, by: By) -> Evidence:
    return Evidence(
        pilot=pilot,
        requirement=new.requirement,
        milestone=new.milestone,
        kind=new.kind.value,
        link=_web(new.link),
        text=new.text.strip(),
        dated=new.dated,
        audience=new.audience.value if new.audience else "",
        stage=pilot.stage,
        brought_by=by.user,
        brought_at=by.at,
    )


def _web(link: str) -> str:
    """Return a link with its scheme in small letters, as the database knows it."""
    scheme, colon, rest = link.strip().partition(":")
    return f"{scheme.lower()}{colon}{rest}"


def _check(new: NewEvidence, pilot: Pilot, playbook: Playbook, *, today: date) -> None:
    refuse_unstorable({"link": new.link, "text": new.text})
    reasons = faults_of_link(new.link)
    if pilot.is_ended:
        sentence = f"It is {pilot.at_stage.label.lower()}, so nothing has to be shown any longer."
        reasons.append(Reason(sentence, "", "ended"))
    if new.milestone is not None and new.milestone.pilot_id != pilot.pk:
        reasons.append(Reason("That is a milestone of another pilot.", "milestone", "other-pilot"))
    if not new.requirement and new.milestone is None:
        reasons.append(Reason("Say what it shows.", "requirement", "required"))
    elif new.requirement:
        reasons += _faults_of_requirement(new, playbook)
    if not new.link.strip() and not new.text.strip():
        sentence = "Give a link, or say in a few lines what was seen."
        reasons.append(Reason(sentence, "text", "required"))
    if len(new.text) > LONGEST_TEXT:
        sentence = f"Write at most {LONGEST_TEXT:,} characters; these are {len(new.text):,}."
        reasons.append(Reason(sentence, "text", "length"))
    if new.dated > today:
        reasons.append(Reason(f"{Day(new.dated)} has not come yet.", "dated", "future"))
    elif new.dated < EARLIEST:
        reasons.append(Reason(f"{Day(new.dated)} is before 1990.", "dated", "year"))
    if reasons:
        raise Refused(reasons)


def _faults_of_requirement(new: NewEvidence, playbook: Playbook) -> list[Reason]:
    requirement = playbook.requirements.get(new.requirement)
    if requirement is None:
        sentence = f"This program's playbook has no requirement “{new.requirement[:60]}”."
        return [Reason(sentence, "requirement", "unknown")]
    if requirement.is_computed:
        sentence = (
            f"“{requirement.title}” follows from the record, so evidence cannot show it. "
            f"{requirement.next_action}"
        )
        return [Reason(sentence, "requirement", "computed")]
    if new.kind is not EvidenceKind.DEMO and new.kind not in requirement.kinds:
        counts = ", ".join(kind.label.lower() for kind in EvidenceKind if kind in requirement.kinds)
        return [Reason(f"For “{requirement.title}” only this counts: {counts}.", "kind", "kind")]
    return []


def faults_of_link(link: str) -> list[Reason]:
    """Return what is wrong with a link; only addresses of the web are links here."""
    link = link.strip()
    if not link:
        return []
    if len(link) > LONGEST_LINK:
        sentence = f"A link has at most {LONGEST_LINK} characters; this one has {len(link):,}."
        return [Reason(sentence, "link", "length")]
    if not re.fullmatch(r"https?://[^\s/?#]+[^\s]*", link, re.IGNORECASE) or re.search(r"[\x00-\x20]", link):
        sentence = (
            "A link begins with https:// or http:// and names a place. Write where it is in words instead."
        )
        return [Reason(sentence, "link", "not-web")]
    return []


def withdraw_evidence(withdrawal: Withdrawal, *, by: By) -> Evidence:
    """Take back a piece of evidence: what rested on it is open again; the row stays to be seen."""
    pilot = withdrawal.evidence.pilot
    versions = {pilot.pk: withdrawal.version} if withdrawal.version is not None else None
    with changing([pilot], deed=Deed.BRING_EVIDENCE, by=by, versions=versions) as change:
        refuse_unstorable({"reason": withdrawal.reason})
        row = Evidence.objects.get(pk=withdrawal.evidence.pk)
        reason = withdrawal.reason.strip()
        if row.withdrawn_at is not None:
            raise Refused.because("It was withdrawn before.", code="withdrawn")
        if not reason:
            raise Refused.because("Say why it does not hold.", field="reason", code="reason")
        if len(reason) > LONGEST_REASON:
            sentence = f"Write at most {LONGEST_REASON} characters."
            raise Refused.because(sentence, field="reason", code="length")
        row.withdrawn_at, row.withdrawn_by, row.withdrawn_because = by.at, by.user, reason
        row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdrawn_because"])
        before = _told(row, playbooks_of([pilot.program_id])[pilot.program_id])
        change.record(change.pilots[pilot.pk], "evidence.withdrawn", before=before, reason=reason)
    return row


def _told(row: Evidence, playbook: Playbook) -> dict[str, Any]:
    known = playbook.requirements.get(row.requirement)
    told = {
        "evidence": row.pk,
        "requirement": row.requirement,
        "title": known.title if known else "",
        "milestone": row.milestone.title if row.milestone else "",
        "kind": row.kind,
        "dated": row.dated.isoformat(),
        "link": row.link,
        "text": row.text,
        "audience": row.audience,
    }
    return {name: value for name, value in told.items() if value != ""}
