"""What a milestone may be, for the person who writes it down."""

from collections.abc import Sequence
from datetime import date

from pilots.access.permissions import Deed
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.calendar import EARLIEST, Day
from pilots.models import Evidence, Milestone, Pilot

LATEST = date(2100, 12, 31)
LONGEST_TITLE = 200
MOST_MILESTONES = 200


def one_line(title: str) -> str:
    return " ".join(title.split())


def check_milestone(
    row: Milestone,
    pilot: Pilot,
    others: Sequence[Milestone],
    *,
    deed: Deed,
    by: By,
    plan_start: date | None = None,
) -> None:
    """Refuse what a milestone cannot be; `plan_start` is day 1 of the plan it has to lie in, if any."""
    refuse_unstorable({"title": row.title})
    if deed is not Deed.IMPORT:  # a register tells what was there before the end
        refuse_ended(pilot)
    reasons = []
    if not row.title:
        reasons.append(Reason("Say what is to be there.", "title", "required"))
    elif len(row.title) > LONGEST_TITLE:
        sentence = f"Write at most {LONGEST_TITLE} characters; these are {len(row.title):,}."
        reasons.append(Reason(sentence, "title", "length"))
    elif any(other.title.casefold() == row.title.casefold() for other in others):
        sentence = f"It has a milestone “{row.title}” already. Give this one another title."
        reasons.append(Reason(sentence, "title", "repeated"))
    faults = faults_of_days(row, by.today(pilot.program))
    if not faults and plan_start and row.due_on and row.due_on < plan_start:
        sentence = f"The plan begins on {Day(plan_start)}. Choose that day or a later one, or plan anew."
        faults.append(Reason(sentence, "due_on", "before-plan"))
    reasons += faults
    if reasons:
        raise Refused(reasons)


def refuse_too_many(rows: Sequence[Milestone]) -> None:
    if len(rows) > MOST_MILESTONES:
        sentence = f"A pilot has at most {MOST_MILESTONES} milestones. Remove some of them first."
        raise Refused.because(sentence, code="too-many")


def faults_of_days(row: Milestone, today: date) -> list[Reason]:
    reasons = [
        Reason(f"{Day(day)} is outside 1990 to 2100.", name, "year")
        for name, day in (("due_on", row.due_on), ("done_on", row.done_on))
        if day is not None and not EARLIEST <= day <= LATEST
    ]
    if not reasons and row.done_on is not None and row.done_on > today:
        reasons.append(Reason(f"{Day(row.done_on)} has not come yet.", "done_on", "future"))
    return reasons


def refuse_ended(pilot: Pilot) -> None:
    if pilot.is_ended:
        sentence = f"It is {pilot.at_stage.label.lower()}, so its milestones are not followed any longer."
        raise Refused.because(sentence, code="ended")


def refuse_shown(ids: Sequence[int]) -> None:
    """Refuse to remove milestones of which somebody brought evidence: it stays, with what it showed."""
    shown = Evidence.objects.filter(milestone__in=ids).order_by("pk")
    title = shown.values_list("milestone__title", flat=True).first()
    if title is not None:
        sentence = (
            f"Somebody brought evidence of “{title}”, so it stays. "
            "Removing is for milestones that were added by mistake."
        )
        raise Refused.because(sentence, code="has-evidence")
