"""The milestones of a pilot as its plan shows them: when each is due, and how late it is, in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from pilots.models import Milestone, Pilot
from pilots.playbook import PLAYBOOK
from pilots.templates import SAME_AS
from pilots.web.spoken import ahead, days, spoken


@dataclass(frozen=True)
class MilestoneRow:
    """One milestone; `due` is empty when nobody said a day, `of` names its phase and who sees to it.

    `same` is the title and address of the requirement that asks for the same, empty where none does.
    """

    milestone: Milestone
    due: str
    state: str
    of: str
    is_late: bool
    same: tuple[str, str] | None = None

    @property
    def is_done(self) -> bool:
        return self.milestone.done_on is not None


def milestone_rows(pilot: Pilot, milestones: Iterable[Milestone], today: date) -> list[MilestoneRow]:
    """Return what is open first, the nearest day on top, then what is done, the latest on top.

    While a pilot is on hold nothing gets later, and of one that has ended nothing is late.
    """
    rows = [_row(pilot, milestone, today) for milestone in milestones]
    done = [row for row in rows if row.is_done]
    done.sort(key=lambda row: row.milestone.done_on or today, reverse=True)
    return [row for row in rows if not row.is_done] + done


def _row(pilot: Pilot, milestone: Milestone, today: date) -> MilestoneRow:
    judged = min(today, pilot.held_since) if pilot.held_since else today
    late = milestone.days_late(judged)
    owner = milestone.owner.name if milestone.owner else ""
    phase = f"Phase {milestone.phase.number}, {milestone.phase.title}" if milestone.phase else ""
    return MilestoneRow(
        milestone=milestone,
        due=f"due {spoken(milestone.due_on, today)}" if milestone.due_on else "",
        state=_state(pilot, milestone, late, today=today),
        of=" · ".join(part for part in (phase, owner) if part),
        is_late=bool(late) and milestone.done_on is None and not pilot.is_ended,
        same=_same(pilot, milestone),
    )


def _same(pilot: Pilot, milestone: Milestone) -> tuple[str, str] | None:
    code = SAME_AS.get(milestone.title)
    if code is None or milestone.done_on or pilot.is_ended:
        return None
    return PLAYBOOK[code].title, f"{reverse('pilots:pilot_readiness', args=[pilot.key])}#{code}"


def _state(pilot: Pilot, milestone: Milestone, late: int, *, today: date) -> str:
    if milestone.done_on:
        told = f"done {spoken(milestone.done_on, today)}"
        return f"{told}, {days(late)} late" if late else told
    if pilot.is_ended:
        return "not done"
    if late:
        return f"{days(late)} late"
    return ahead(milestone.due_on, today) if milestone.due_on and not pilot.is_on_hold else ""
