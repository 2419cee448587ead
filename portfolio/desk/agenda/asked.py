"""What only the reader can settle: decisions, decision days, hold reviews, owners' answers."""

from datetime import date

from django.db.models import F, Q
from django.urls import reverse

from pilots.models import Answer, Decision, Hold
from pilots.models.answer import AnswerKind
from pilots.web.pilot_order import leads_of
from pilots.web.spoken import ago, ahead, spoken
from pilots.web.waiting import Waiting
from portfolio.desk.agenda import gates as gates_of
from portfolio.desk.agenda.context import Reading, first
from portfolio.desk.agenda.shapes import AT_MOST, Chapter, Line

DECISIONS = "Decisions and gates only you can settle"
DECISION_DAYS = "Decision day passed or near"
REVIEWS = "Holds past their review day"
ANSWERS = "Owners’ answers to confirm"


def decisions(reading: Reading) -> Chapter:
    """Questions, gates and requirements that wait for this person, the nearest day first.

    Questions are put to them, or to any manager of a program they manage; gates lack only their approval.
    """
    mine = Decision.objects.visible_to(reading.reader).waiting().for_decider(reading.reader)
    of_program = (
        Q(program__slug=reading.scope.program) if reading.scope.program else Q(program__is_sample=False)
    )
    mine = mine.filter(Q(pilot__in=reading.scope.pilots) | Q(pilot__isnull=True) & of_program)
    rows = mine.select_related("program", "pilot", "asked_by").order_by(
        F("needed_by").asc(nulls_last=True), "asked_at", "pk"
    )
    asked = [(row.needed_by, _decision(reading, row)) for row in rows[:AT_MOST]]
    gates, to_approve = gates_of.approvals(reading)
    waiting, to_answer = gates_of.waits(reading)
    nearest = sorted([*asked, *to_approve, *to_answer], key=lambda pair: pair[0] or date.max)
    count = mine.count() + gates + waiting
    return Chapter(DECISIONS, count, [line for _, line in nearest[:AT_MOST]])


def _decision(reading: Reading, row: Decision) -> Line:
    today = row.program.today(reading.now)
    asked_on = row.program.today(row.asked_at)
    by = f" by {row.asked_by}" if row.asked_by else ""
    url = reverse("pilots:decision_detail", args=[row.pk])
    return Line(
        name=row.pilot.name if row.pilot else row.program.name,
        key=row.pilot.key if row.pilot else "",
        href=url,
        title=row.question,
        icon="decide",
        why=f"Asked{by} {ago(asked_on, today)}.",
        action="Decide",
        url=url,
        when=_needed(row.needed_by, today),
        is_late=row.needed_by is not None and row.needed_by < today,
    )


def _needed(day: date | None, today: date) -> str:
    if day is None:
        return "no day given"
    return f"{spoken(day, today)}, {ahead(day, today)}" if day <= today else f"needed by {spoken(day, today)}"


def decision_days(reading: Reading) -> Chapter:
    pilots = reading.waiting(Waiting.DECISION)
    nearest = first(pilots, "decide_by")
    leads = leads_of(nearest)
    lines = [
        Line(
            pilot.name,
            pilot.key,
            pilot.get_absolute_url(),
            f"{reading.stage(pilot)} {leads.get(pilot.pk, 'Nobody')} is accountable.",
            "Go on or stop",
            reverse("pilots:pilot_move", args=[pilot.key]),
            icon="decide",
            when=f"{spoken(pilot.decide_by, today)}, {ahead(pilot.decide_by, today)}",
            is_late=pilot.decide_by < today,
        )
        for pilot, today in reading.with_today(nearest)
        if pilot.decide_by
    ]
    url = reading.list_url(waits=Waiting.DECISION.value, ordering="decide_by")
    return Chapter(DECISION_DAYS, pilots.count(), lines, url)


def reviews(reading: Reading) -> Chapter:
    pilots = reading.waiting(Waiting.REVIEW)
    longest = first(pilots, "hold_review_on")
    holds = {hold.pilot_id: hold for hold in Hold.objects.filter(pilot__in=longest, until__isnull=True)}
    lines = [
        Line(
            pilot.name,
            pilot.key,
            pilot.get_absolute_url(),
            f"{holds[pilot.pk].reason} Agreed by {holds[pilot.pk].agreed_by}.",
            "Review",
            pilot.get_absolute_url(),
            icon="hold",
            when=f"{spoken(pilot.hold_review_on, today)}, {ahead(pilot.hold_review_on, today)}",
            is_late=True,
        )
        for pilot, today in reading.with_today(longest)
        if pilot.hold_review_on
    ]
    return Chapter(REVIEWS, pilots.count(), lines, reading.list_url(waits=Waiting.REVIEW.value))


def answers(reading: Reading) -> Chapter:
    """What owners answered by mail, which changes nothing until a manager confirms it; oldest first."""
    managed = reading.scope.pilots.managed_by(reading.reader)
    open_ones = Answer.objects.unconfirmed().filter(pilot__in=managed)
    rows = open_ones.select_related("pilot__program", "person").order_by("given_at", "pk")
    note = "Answered from the mail; nothing changes until you confirm"
    return Chapter(ANSWERS, open_ones.count(), [_answer(reading, row) for row in rows[:AT_MOST]], note=note)


def _answer(reading: Reading, row: Answer) -> Line:
    today = row.pilot.program.today(reading.now)
    kind = AnswerKind(row.kind)
    title = f"{kind.label} by {row.named}" if kind is AnswerKind.BLOCKED and row.named else kind.label
    url = reverse("pilots:answer_settle", args=[row.pk])
    return Line(
        name=row.pilot.name,
        key=row.pilot.key,
        href=url,
        title=title,
        icon="comment",
        why=f"{row.person}: “{row.text}”" if row.text else f"{row.person}, without a word.",
        action="Confirm",
        url=url,
        when=ago(row.pilot.program.today(row.given_at), today),
    )
