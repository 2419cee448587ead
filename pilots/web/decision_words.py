"""Decisions as pages show them: a line each, nearest first, for whoever reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, QuerySet

from pilots.access.models import User
from pilots.models import Answer, AnswerKind, Decision, Pilot
from pilots.web.spoken import ahead, spoken

SETTLED = 3


@dataclass(frozen=True)
class DecisionLine:
    """One decision. `when` is empty when nobody said by when; `is_theirs`: the reader can settle it."""

    decision: Decision
    about: str
    key: str
    when: str
    is_late: bool
    is_theirs: bool
    says: str


def nearest_first(decisions: QuerySet[Decision]) -> QuerySet[Decision]:
    """Order waiting decisions by the day they are needed; those without one come last, oldest first."""
    return decisions.order_by(F("needed_by").asc(nulls_last=True), "asked_at", "pk")


def waiting_for(user: User) -> QuerySet[Decision]:
    """Return the decisions a person can settle, nearest first, with all that a line shows."""
    waiting = Decision.objects.visible_to(user).waiting().for_decider(user)
    return nearest_first(waiting).select_related("pilot", "program", "decider", "asked_by")


def line(decision: Decision, *, at: datetime, reader: User, manages: bool) -> DecisionLine:
    """Return a decision as one line; load its program, pilot and people along with it."""
    today = decision.program.today(at)
    needed = decision.needed_by
    return DecisionLine(
        decision=decision,
        about=str(decision.pilot or decision.program),
        key=decision.pilot.key if decision.pilot else "",
        when=f"{spoken(needed, today)}, {ahead(needed, today)}" if needed else "",
        is_late=needed is not None and needed < today,
        is_theirs=not decision.is_decided and (manages or decision.decider_id == reader.pk),
        says=_says(decision, at=at),
    )


def _says(decision: Decision, *, at: datetime) -> str:
    today = decision.program.today(at)
    if decision.decided_on is not None:
        who = f" by {decision.decided_by}" if decision.decided_by else ""
        return f"{decision.choice}, decided {spoken(decision.decided_on, today)}{who}."
    asker = decision.asked_by or "Headway"
    return f"Asked by {asker} of {decision.decider or 'the managers'}."


@dataclass(frozen=True)
class AnswerLine:
    """An answer that waits for a manager."""

    answer: Answer
    says: str
    given: str


@dataclass(frozen=True)
class PilotDecisions:
    """What is to be decided about one pilot, what was, and which answers wait for the reader."""

    waiting: list[DecisionLine]
    settled: list[DecisionLine]
    answers: list[AnswerLine]
    may_ask: bool

    @property
    def is_shown(self) -> bool:
        return bool(self.waiting or self.settled or self.answers or self.may_ask)


def of_pilot(pilot: Pilot, *, at: datetime, reader: User, may_ask: bool, manages: bool) -> PilotDecisions:
    """Return the section of a pilot's page: three queries at most. The reader sees the pilot."""
    rows = Decision.objects.filter(pilot=pilot).select_related(
        "program", "pilot", "decider", "asked_by", "decided_by"
    )
    settled = rows.filter(decided_on__isnull=False).order_by("-decided_on", "-pk")[:SETTLED]
    return PilotDecisions(
        waiting=_lines(nearest_first(rows.waiting()), at=at, reader=reader, manages=manages),
        settled=_lines(settled, at=at, reader=reader, manages=manages),
        answers=_answers(pilot, at=at) if manages else [],
        may_ask=may_ask,
    )


def _lines(rows: Iterable[Decision], *, at: datetime, reader: User, manages: bool) -> list[DecisionLine]:
    return [line(row, at=at, reader=reader, manages=manages) for row in rows]


def _answers(pilot: Pilot, *, at: datetime) -> list[AnswerLine]:
    today = pilot.program.today(at)
    rows = (
        Answer.objects.unconfirmed().filter(pilot=pilot).select_related("person").order_by("given_at", "pk")
    )
    return [AnswerLine(row, said(row), spoken(pilot.program.today(row.given_at), today)) for row in rows]


def said(answer: Answer) -> str:
    """Return an answer in few words: “Blocked by Legal”."""
    kind = AnswerKind(answer.kind)
    return f"Blocked by {answer.named}" if kind is AnswerKind.BLOCKED else kind.label
