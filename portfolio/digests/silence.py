"""Carries silence on: to the owner, then a manager, then the sponsor; and asks for a decision in the end.

Nothing here sends mail. What was put before somebody stands in their next digest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max

from pilots.access.models import Membership, Role, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.decision import NewDecision, ask_decisions
from pilots.health import Health
from pilots.models import Answer, Decision, Flag, Owner, Ownership, Pilot
from pilots.web.reach import RECEIVES_MAIL
from pilots.web.stalls import stalling
from portfolio.digests.models import Escalation, Level
from portfolio.digests.unchanged import FOUR_WEEKS, unchanged_since, worst

PAUSE = timedelta(weeks=1)
TIME_TO_DECIDE = timedelta(weeks=2)
# A manager can settle only so many questions that nobody asked in person; the worst come first.
MOST_WAITING = 10
ASKED_BY_FLAG = "flag:"


def carry_silence(at: datetime) -> dict[str, int]:
    """Do what silence asks for at a moment; return how much of it. Safe to run twice or beside itself."""
    return {"escalated": escalate_silence(at), "asked": ask_overdue_decisions(at)}


@dataclass(frozen=True)
class _People:
    """Who can be told of each pilot, as account ids, level by level; nobody stands where nobody gets mail."""

    owners: Mapping[int, int]
    managers: Mapping[int, int]
    sponsors: Mapping[int, int]

    def at(self, level: Level, pilot: Pilot) -> int | None:
        match level:
            case Level.OWNER:
                return self.owners.get(pilot.pk)
            case Level.MANAGER:
                return self.managers.get(pilot.program_id)
            case Level.SPONSOR:
                return self.sponsors.get(pilot.pk)


def escalate_silence(at: datetime) -> int:
    """Put each stalled pilot of which nobody said a word for a week before the next person up.

    Once for each flag and level; a level at which nobody gets mail is noted and passed over.
    """
    flags = [flag for flag in _stalling(at) if not flag.is_starting]
    people = _people(flags)
    reached = _reached(flags)
    answered = _answered(flags)
    rows = []
    for flag in flags:
        last_at = max(moment for moment in (*_words(flag), answered.get(flag.pilot_id)) if moment)
        done = reached.get(flag.pk, {})
        for level in Level:
            if level.value in done:
                last_at = max(last_at, done[level.value])
                continue
            is_first = level is Level.OWNER
            if not is_first and at - last_at < PAUSE:
                break
            person = people.at(level, flag.pilot)
            rows.append(Escalation(flag=flag, level=level.value, person_id=person, at=at))
            if person is not None:
                break
    Escalation.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return sum(row.person_id is not None for row in rows)


def _stalling(at: datetime) -> Iterable[Flag]:
    flags = stalling(at).filter(pilot__health=Health.STALLED.value, pilot__program__is_sample=False)
    return flags.select_related("pilot__program").order_by("pk")


def _words(flag: Flag) -> tuple[datetime | None, ...]:
    return flag.opened_at, flag.escalated_at, flag.pilot.heard_at, flag.pilot.moved_at


def _reached(flags: Iterable[Flag]) -> dict[int, dict[str, datetime]]:
    found: dict[int, dict[str, datetime]] = {}
    rows = Escalation.objects.filter(flag__in=[flag.pk for flag in flags])
    for flag_id, level, at in rows.order_by("pk").values_list("flag", "level", "at"):
        found.setdefault(flag_id, {})[level] = at
    return found


def _answered(flags: Iterable[Flag]) -> dict[int, datetime]:
    """Return when somebody last answered from their mail, by pilot; a request counts as a word here."""
    rows = Answer.objects.filter(pilot__in=[flag.pilot_id for flag in flags])
    return dict(rows.order_by().values_list("pilot").annotate(Max("given_at")))


def _people(flags: Iterable[Flag]) -> _People:
    pilots = {flag.pilot_id: flag.pilot for flag in flags}
    owners: dict[int, int] = {}
    sponsors: dict[int, int] = {}
    held = Ownership.objects.active().filter(pilot__in=list(pilots), accepted_on__isnull=False)
    held = held.filter(owner__in=Owner.objects.filter(RECEIVES_MAIL)).order_by("since", "pk")
    for pilot_id, role, user_id in held.values_list("pilot", "role", "owner__user"):
        if role == OwnerRole.SPONSOR.value:
            sponsors.setdefault(pilot_id, user_id)
        elif role in {OwnerRole.PRODUCTION_OWNER.value, OwnerRole.BUSINESS_OWNER.value}:
            owners.setdefault(pilot_id, user_id)
    programs = {pilot.program_id for pilot in pilots.values()}
    managing = Membership.objects.filter(
        program__in=programs, role=Role.MANAGER.value, user__is_active=True, user__is_sample=False
    )
    managers: dict[int, int] = {}
    for program_id, user_id in managing.order_by("pk").values_list("program", "user"):
        managers.setdefault(program_id, user_id)
    return _People(owners, managers, sponsors)


# --- The question in the end ---------------------------------------------------------------


def ask_overdue_decisions(at: datetime) -> int:
    """Ask what is to become of each pilot of which nothing new was known for four weeks; worst first.

    One question a pilot while it waits, none again within four weeks of the last, and at most ten waiting
    in a program.
    """
    stale: dict[int, Flag] = {}
    for flag in sorted(_stalling(at), key=worst):
        if (flag.pilot.program.today(at) - unchanged_since(flag)).days >= FOUR_WEEKS:
            stale.setdefault(flag.pilot_id, flag)
    known = Decision.objects.filter(origin__startswith=ASKED_BY_FLAG)
    waiting = Counter(known.waiting().order_by().values_list("program", flat=True))
    lately = at - timedelta(days=FOUR_WEEKS)
    asked = set(
        known.filter(pilot__in=list(stale), asked_at__gt=lately).values_list("pilot", flat=True)
    ) | set(Decision.objects.waiting().filter(pilot__in=list(stale)).values_list("pilot", flat=True))
    news = []
    for pilot_id, flag in stale.items():
        if pilot_id in asked or waiting[flag.pilot.program_id] >= MOST_WAITING:
            continue
        waiting[flag.pilot.program_id] += 1
        news.append(_question(flag, at))
    if news:
        ask_decisions(news, by=By(user=None, at=at, source=Source.JOB))
    return len(news)


def _question(flag: Flag, at: datetime) -> NewDecision:
    today = flag.pilot.program.today(at)
    weeks = (today - unchanged_since(flag)).days // 7
    return NewDecision(
        pilot=flag.pilot,
        question=f"Nothing new for {weeks} weeks. Go on, extend or stop?",
        needed_by=today + TIME_TO_DECIDE,
        origin=f"{ASKED_BY_FLAG}{flag.pk}",
    )
