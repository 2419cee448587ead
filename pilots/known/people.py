"""Reads who answers for pilots, what they may decide and what waits for them, for any number of pilots.

Who held which role is replayed by its days, what was asked by its moment. Contacts, accounts, what was
agreed with them and what is waived are read as they are today.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q

from pilots.access.models import Event
from pilots.access.roles import SEATS, OwnerRole
from pilots.columns import read_holds
from pilots.floors import Floor
from pilots.lifecycle import MAIN_PATH, Stage
from pilots.models.decision import Decision
from pilots.models.ownership import OwnerKind, Ownership
from pilots.models.pilot import Pilot
from pilots.models.readiness import Waiver
from pilots.pauses import Frozen, Pauses, Period
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
    rows = _read([fact.pilot_id for fact in running], [fact.pilot_id for fact in running if _is_coming(fact)])
    return _on(rows, running, days)


def prepare(pilots: Sequence[int], first: date, last: date) -> Floor:
    """Return a reader for many days; beyond one read, each day asks only who was here last by then."""
    rows = _read(pilots, pilots)
    return lambda facts, days: _on(rows, [fact for fact in facts if not fact.rests], days)


def _is_coming(fact: Facts) -> bool:
    return fact.stage in {Stage.TRANSITION, Stage.LIMITED}


def _on(rows: "_Rows", facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    leads: dict[int, _Row] = {}
    for fact in facts:
        held = (row for row in rows.of[fact.pilot_id] if row.role == LEAD)
        if (lead := next((row for row in held if row.holds_on(days[fact.pilot_id])), None)) is not None:
            leads[fact.pilot_id] = lead
    seen = _seen(leads, rows.there, days)
    found: dict[int, object] = {}
    for fact in facts:
        pk, day = fact.pilot_id, days[fact.pilot_id]
        place, paused = rows.there[pk], rows.there[pk].pauses(day)
        own = [row for row in rows.of[pk] if row.since <= day]
        let = [given for given in rows.passes.get(pk, ()) if given.since <= day]
        deputised = {row.deputises_id for row in own if row.lasts_on(day)}
        seats = [row.since for row in own if row.role in SEATS and row.deputises_id is None]
        seats += [given.since for given in let if given.subject.startswith(SEAT)]
        left = [row.until for row in own if row.role == RUN and row.until is not None and row.until <= day]
        here = seen.get(pk)
        found[pk] = People(
            holders=tuple(_holder(row, deputised) for row in own if row.holds_on(day)),
            let_pass=frozenset(given.subject for given in let if given.holds_on(day)),
            has_plan=_is_by(place.planned_on, day),
            seats_since=min(seats, default=None),
            lead_seen_on=here + timedelta(days=paused.days(here, day)) if here else None,
            lead_paused=paused.days(leads[pk].since, day) if pk in leads else 0,
            lead_loads=tuple(rows.led_by(leads.get(pk), place, day)) if _is_coming(fact) else (),
            production_on=place.production_on if _is_by(place.production_on, day) else None,
            run_left_on=max(left, default=None),
            questions=tuple(
                asked.shifted(paused, day) for asked in rows.questions.get(pk, ()) if asked.waits_on(day)
            ),
        )
    return found


def _is_by(on: date | None, day: date) -> bool:
    return on is not None and on <= day


# --- The pilots, and what paused them --------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """One pilot: the zone that makes days of moments, what paused it, and what is known of its way."""

    zone: ZoneInfo
    is_sample: bool
    production_on: date | None
    planned_on: date | None
    holds: Sequence[Period]
    freezes: Sequence[Frozen]

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def pauses(self, day: date) -> Pauses:
        return Pauses([hold for hold in self.holds if hold.until and hold.until <= day], self.freezes)


Places = Mapping[int, _Place]


def _there(ids: Sequence[int]) -> dict[int, _Place]:
    told = ("pk", "program_id", "program__zone", "program__is_sample", "reached_production_on", "planned_at")
    pilots = Pilot.objects.filter(pk__in=ids).annotate(planned_at=Min("plans__made_at"))
    rows = list(pilots.order_by("pk").values_list(*told))
    freezes, holds = read_freezes({row[1] for row in rows}), read_holds(ids)
    found = {}
    for pk, program, name, is_sample, production_on, planned_at in rows:
        zone = ZoneInfo(name)
        planned_on = planned_at.astimezone(zone).date() if planned_at else None
        found[pk] = _Place(zone, is_sample, production_on, planned_on, holds[pk], freezes[program])
    return found


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


Who = tuple[str, int, bool]  # an account, or a contact without one, and whether it is a sample's


@dataclass(frozen=True)
class _Rows:
    """What the rows say of some pilots, whatever the day; `led` is since and until when who leads what."""

    there: Places
    of: Mapping[int, Sequence[_Row]]
    led: Mapping[Who, Sequence[tuple[date, date | None]]]
    passes: Mapping[int, Sequence["_Pass"]]
    questions: Mapping[int, Sequence["_Asked"]]

    def led_by(self, lead: _Row | None, place: _Place, day: date) -> list[date]:
        """Return since when somebody who is there has led each pilot they lead on a day."""
        if lead is None or not lead.is_there:
            return []
        rows = self.led.get(_who(lead.owner_id, lead.user_id, is_sample=place.is_sample), ())
        return [since for since, until in rows if since <= day and (until is None or until > day)]


def _read(ids: Sequence[int], coming: Sequence[int]) -> _Rows:
    """Return the rows of these pilots; what else their owners lead, of those that are on their way."""
    there = _there(ids)
    of = _owners(ids)
    leads = [row for pk in coming for row in of[pk] if row.role == LEAD]
    return _Rows(there, of, _led(leads), _passes(there), _questions(there))


def _owners(ids: Iterable[int]) -> dict[int, list[_Row]]:
    """Return who answers for each pilot, or did before, in the order of their days."""
    found: dict[int, list[_Row]] = {pk: [] for pk in ids}
    for row in Ownership.objects.filter(pilot__in=list(found)).order_by("since", "pk").values_list(*COLUMNS):
        found[row[0]].append(_Row(*row))
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


def _seen(leads: Mapping[int, _Row], there: Places, days: Mapping[int, date]) -> dict[int, date]:
    """Return when the production owner of each pilot was last here, where their account can tell; one query.

    Who never signed in cannot be known by it, nor who did so after the day: the sign-in before it is lost.
    Deeds by mail or by another tool are deeds.
    """
    users = {pk: row.user_id for pk, row in leads.items() if row.user_id is not None}
    if not users:
        return {}
    last = max(days[pk] for pk in users)
    over = datetime.combine(last + timedelta(days=1), time(), tzinfo=LAST_ZONE)
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
        pk: min(there[pk].day_of(moments[user]), days[pk]) for pk, user in users.items() if user in moments
    }


def _led(leads: Iterable[_Row]) -> dict[Who, list[tuple[date, date | None]]]:
    """Return since and until when these people have led each of their pilots.

    A contact is one program's; an account ties together those of several. What is confidential is in no
    count, and a sample counts by itself.
    """
    known = [row for row in leads if row.is_there]
    if not known:
        return {}
    owners = {row.owner_id for row in known}
    users = {row.user_id for row in known if row.user_id is not None}
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
    found: dict[Who, list[tuple[date, date | None]]] = {}
    for owner, user, since, until, is_sample in led:
        found.setdefault(_who(owner, user, is_sample=is_sample), []).append((since, until))
    return found


def _who(owner: int, user: int | None, *, is_sample: bool) -> Who:
    return ("owner", owner, is_sample) if user is None else ("user", user, is_sample)


# --- What is let pass, and what waits ------------------------------------------------------


class _Pass(NamedTuple):
    """What was waived, since when, and until when where nobody took it back."""

    subject: str
    since: date
    until: date | None

    def holds_on(self, day: date) -> bool:
        return self.until is not None and self.until >= day


class _Asked(NamedTuple):
    """What somebody asked, the day they set for it, and when it was decided."""

    on: date
    needed_by: date | None
    decided_on: date | None

    def waits_on(self, day: date) -> bool:
        return self.on <= day and (self.decided_on is None or self.decided_on > day)

    def shifted(self, pauses: Pauses, day: date) -> Question:
        paused = timedelta(days=pauses.days(self.on, day))
        return Question(
            asked_on=self.on + paused, needed_by=self.needed_by + paused if self.needed_by else None
        )


def _passes(there: Places) -> dict[int, list[_Pass]]:
    subjects = Q(subject__startswith=SEAT) | Q(subject__in=LET_PASS)
    rows = Waiver.objects.filter(subjects, pilot__in=list(there))
    found: dict[int, list[_Pass]] = {}
    told = ("pilot_id", "subject", "waived_at", "until", "revoked_at")
    for pk, subject, at, until, revoked_at in rows.order_by("pk").values_list(*told):
        given = _Pass(subject, there[pk].day_of(at), None if revoked_at else until)
        found.setdefault(pk, []).append(given)
    return found


def _questions(there: Places) -> dict[int, list[_Asked]]:
    rows = Decision.objects.filter(pilot__in=list(there)).exclude(origin__startswith=ASKED_BY_FLAG)
    found: dict[int, list[_Asked]] = {}
    told = ("pilot_id", "asked_at", "needed_by", "decided_on")
    for pk, asked_at, needed_by, decided_on in rows.order_by("asked_at", "pk").values_list(*told):
        found.setdefault(pk, []).append(_Asked(there[pk].day_of(asked_at), needed_by, decided_on))
    return found
