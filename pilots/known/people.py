"""Reads who answers for pilots, what they may decide and what waits for them, for any number of pilots.

Who held which role is replayed by its days, what was asked by its moment. Contacts, accounts, what was
agreed with them and what is waived are read as they are today.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q

from pilots.access.models import Event
from pilots.access.roles import SEATS, OwnerRole
from pilots.columns import read_holds
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models.decision import Decision
from pilots.models.ownership import OwnerKind, Ownership
from pilots.models.pilot import Pilot
from pilots.models.readiness import Waiver
from pilots.pauses import Pauses
from pilots.rules.facts import Facts
from pilots.rules.people_facts import Holder, People, Question
from pilots.workdays import read_freezes

LEAD, RUN = OwnerRole.PRODUCTION_OWNER.value, OwnerRole.RUN_OWNER.value
SEAT = "seat:"
LET_PASS = ("business-owner", "run-owner", "G0", "G6")
ASKED_BY_FLAG = "flag:"  # Headway's own question about what a rule found: no meeting left it open
# A sign-in of this week is word enough; deeds further back than a year say nothing that it does not.
A_WEEK, A_YEAR = timedelta(days=7), timedelta(days=366)
LAST_ZONE = ZoneInfo("Etc/GMT+12")  # where a day ends last
AT_WORK = MAIN_PATH[MAIN_PATH.index(Stage.PILOTING) :]


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return the people of each pilot that does not rest, by its id; nine queries at most."""
    running = [fact for fact in facts if not fact.rests]
    if not running:
        return {}
    there, pauses = _there(running, days), _pauses(running, days)
    rows, passes, questions = _rows(there), _passes(there), _questions(there)
    leads = {
        pk: lead
        for pk, own in rows.items()
        if (lead := next((row for row in own if row.role == LEAD and row.holds_on(days[pk])), None))
    }
    seen, loads = _seen(leads, there), _loads(running, leads, there)
    found: dict[int, object] = {}
    for pk, place in there.items():
        own, day, let = rows.get(pk, []), place.day, passes.get(pk, [])
        deputised = {row.deputises_id for row in own if row.lasts_on(day)}
        seats = [row.since for row in own if row.role in SEATS and row.deputises_id is None]
        seats += [since for subject, since, _ in let if subject.startswith(SEAT)]
        left = [row.until for row in own if row.role == RUN and row.until is not None and row.until <= day]
        paused = pauses[pk]
        found[pk] = People(
            holders=tuple(_holder(row, deputised) for row in own if row.holds_on(day)),
            let_pass=frozenset(subject for subject, _, until in let if until is not None and until >= day),
            has_plan=place.planned_on is not None and place.planned_on <= day,
            seats_since=min(seats, default=None),
            lead_seen_on=seen[pk] + timedelta(days=paused.days(seen[pk], day)) if pk in seen else None,
            lead_loads=tuple(loads.get(pk, ())),
            production_on=place.production_on,
            run_left_on=max(left, default=None),
            questions=tuple(_shifted(question, paused, day) for question in questions.get(pk, ())),
        )
    return found


class _Place(NamedTuple):
    """Where a pilot is read: the day there, the zone that makes days of moments, and what is known of it."""

    day: date
    zone: ZoneInfo
    is_sample: bool
    production_on: date | None
    planned_on: date | None

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


Places = Mapping[int, _Place]


def _there(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, _Place]:
    rows = (
        Pilot.objects.filter(pk__in=[fact.pilot_id for fact in facts])
        .annotate(planned_at=Min("plans__made_at"))
        .order_by("pk")
        .values_list("pk", "program__zone", "program__is_sample", "reached_production_on", "planned_at")
    )
    found = {}
    for pk, zone, is_sample, production_on, planned_at in rows:
        there = ZoneInfo(zone)
        planned_on = planned_at.astimezone(there).date() if planned_at else None
        arrived = production_on if production_on and production_on <= days[pk] else None
        found[pk] = _Place(days[pk], there, is_sample, arrived, planned_on)
    return found


def _pauses(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, Pauses]:
    """Return what paused each pilot up to its day."""
    programs = {fact.pilot_id: fact.program_id for fact in facts}
    freezes, holds = read_freezes(set(programs.values())), read_holds(list(programs))
    return {
        pk: Pauses([hold for hold in holds[pk] if hold.until and hold.until <= days[pk]], freezes[program])
        for pk, program in programs.items()
    }


# --- Who holds what ---------------------------------------------------------------------


class _Row(NamedTuple):
    """An ownership with what counts of its contact and of the account that belongs to it."""

    pilot_id: int
    pk: int
    role: str
    owner_id: int
    kind: str
    in_use: bool
    user_id: int | None
    has_way_in: bool | None
    signed_in_at: datetime | None
    since: date
    until: date | None
    deputises_id: int | None
    reason: str
    authority: str
    budget_authority: str
    deliverable: str

    def lasts_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or self.until > day)

    def holds_on(self, day: date) -> bool:
        return self.deputises_id is None and self.lasts_on(day)

    @property
    def is_there(self) -> bool:
        return self.in_use and self.has_way_in is not False


COLUMNS = (
    "pilot_id",
    "pk",
    "role",
    "owner_id",
    "owner__kind",
    "owner__is_active",
    "owner__user_id",
    "owner__user__is_active",
    "owner__user__last_login",
    "since",
    "until",
    "deputises_id",
    "reason",
    "authority",
    "budget_authority",
    "deliverable",
)


def _rows(there: Places) -> dict[int, list[_Row]]:
    """Return who answers for each pilot on its day, or did before."""
    found: dict[int, list[_Row]] = {}
    for row in Ownership.objects.filter(pilot__in=list(there)).order_by("since", "pk").values_list(*COLUMNS):
        read = _Row(*row)
        if read.since <= there[read.pilot_id].day:
            found.setdefault(read.pilot_id, []).append(read)
    return found


def _holder(row: _Row, deputised: Collection[int | None]) -> Holder:
    return Holder(
        role=OwnerRole(row.role),
        owner_id=row.owner_id,
        since=row.since,
        is_person=row.kind == OwnerKind.PERSON.value,
        is_there=row.is_there,
        reason=row.reason,
        has_authority=bool(row.authority),
        has_budget=bool(row.budget_authority),
        has_deliverable=bool(row.deliverable),
        has_deputy=row.pk in deputised,
    )


def _seen(leads: Mapping[int, _Row], there: Places) -> dict[int, date]:
    """Return when the production owner of each pilot was last here, where their account can tell.

    Who never signed in cannot be known by it, nor who did so after the day: the sign-in before it is lost.
    Deeds by mail or by another tool are deeds.
    """
    last = max(place.day for place in there.values())
    over = datetime.combine(last + timedelta(days=1), time(), tzinfo=LAST_ZONE)
    users = {pk: row.user_id for pk, row in leads.items() if row.user_id is not None}
    moments = {
        row.user_id: row.signed_in_at
        for row in leads.values()
        if row.user_id is not None and row.signed_in_at is not None and row.signed_in_at < over
    }
    # Who signed in this week is not asked for more.
    asked = [user for user, at in moments.items() if at < over - A_WEEK]
    if asked:
        deeds = Event.objects.filter(actor__in=asked, at__lt=over, at__gte=over - A_YEAR)
        for user, at in deeds.order_by("actor").values_list("actor").annotate(last=Max("at")):
            moments[user] = max(at, moments[user])
    return {
        pk: min(there[pk].day_of(moments[user]), there[pk].day)
        for pk, user in users.items()
        if user in moments
    }


def _loads(facts: Sequence[Facts], leads: Mapping[int, _Row], there: Places) -> dict[int, list[date]]:
    """Return since when those who lead a pilot on its way have led each of theirs.

    A contact is one program's; an account ties together those of several. What is confidential is in no
    count, and a sample counts by itself.
    """
    on_the_way = {fact.pilot_id for fact in facts if fact.stage in {Stage.TRANSITION, Stage.LIMITED}}
    known = {pk: row for pk, row in leads.items() if pk in on_the_way and row.is_there}
    if not known:
        return {}
    owners = {row.owner_id for row in known.values()}
    users = {row.user_id for row in known.values() if row.user_id is not None}
    led = (
        Ownership.objects.principals()
        .there()
        .filter(Q(owner__in=owners) | Q(owner__user__in=users), role=LEAD)
        .filter(
            pilot__stage__in=[stage.value for stage in AT_WORK],
            pilot__held_since__isnull=True,
            pilot__is_confidential=False,
        )
        .order_by("since", "pk")
        .values_list("owner_id", "owner__user_id", "since", "until", "pilot__program__is_sample")
    )
    of_owner: dict[tuple[str, int, bool], list[tuple[date, date | None]]] = {}
    for owner, user, since, until, is_sample in led:
        who = ("owner", owner) if user is None else ("user", user)
        of_owner.setdefault((*who, is_sample), []).append((since, until))
    found = {}
    for pk, row in known.items():
        day = there[pk].day
        who = ("owner", row.owner_id) if row.user_id is None else ("user", row.user_id)
        rows = of_owner.get((*who, there[pk].is_sample), [])
        found[pk] = [since for since, until in rows if since <= day and (until is None or until > day)]
    return found


# --- What is let pass, and what waits ------------------------------------------------------


def _passes(there: Places) -> dict[int, list[tuple[str, date, date | None]]]:
    """Return what was waived, since when, and until when where nobody took it back."""
    rows = Waiver.objects.filter(Q(subject__startswith=SEAT) | Q(subject__in=LET_PASS), pilot__in=list(there))
    found: dict[int, list[tuple[str, date, date | None]]] = {}
    for pk, subject, at, until, revoked_at in rows.order_by("pk").values_list(
        "pilot_id", "subject", "waived_at", "until", "revoked_at"
    ):
        since = there[pk].day_of(at)
        if since <= there[pk].day:
            found.setdefault(pk, []).append((subject, since, None if revoked_at else until))
    return found


def _questions(there: Places) -> dict[int, list[Question]]:
    """Return what somebody asked and nobody had decided by the day."""
    first = min(place.day for place in there.values())
    open_then = Q(decided_on__isnull=True) | Q(decided_on__gt=first)
    rows = Decision.objects.filter(open_then, pilot__in=list(there)).exclude(origin__startswith=ASKED_BY_FLAG)
    found: dict[int, list[Question]] = {}
    for pk, asked_at, needed_by, decided_on in rows.order_by("asked_at", "pk").values_list(
        "pilot_id", "asked_at", "needed_by", "decided_on"
    ):
        place = there[pk]
        asked_on = place.day_of(asked_at)
        if asked_on <= place.day and (decided_on is None or decided_on > place.day):
            found.setdefault(pk, []).append(Question(asked_on=asked_on, needed_by=needed_by))
    return found


def _shifted(question: Question, pauses: Pauses, day: date) -> Question:
    paused = timedelta(days=pauses.days(question.asked_on, day))
    needed_by = question.needed_by + paused if question.needed_by else None
    return Question(asked_on=question.asked_on + paused, needed_by=needed_by)
