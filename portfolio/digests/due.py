"""Notes for everybody, once a local ISO week, that their digest is due, and queues it.

What is queued is a person and a week; the text is written when it is sent, of what they may see then.
The number of queries is the same for one person and for five hundred.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from pilots.access.models import Membership, User
from pilots.models import Ownership
from portfolio.digests.models import DigestSetting, DigestWeek, WeekNote
from portfolio.digests.week import Rhythm, is_due, local, moment_in, week_at, weeks_missed
from portfolio.outbox.enqueue import enqueue_for
from portfolio.outbox.hold import FELL_DUE, lost_times
from portfolio.outbox.models import Message, State

DIGEST, SIGN_OF_LIFE = "digest", "sign_of_life"
NOTHING_TO_SAY = "nothing-to-say"
QUIET_FOR = timedelta(weeks=4)


class Why(StrEnum):
    """Why somebody's digest is not queued now, in the words of the command's answer."""

    NOT_DUE = "not due yet"
    KNOWN = "queued before"
    OFF = "switched off"
    PAUSED = "paused"
    NO_PROGRAM = "no program and no pilot"
    SAMPLE = "sample log-in"
    CLOSED = "account closed"


@dataclass(frozen=True)
class Queued:
    """How many digests were queued, and how many people got none, by reason."""

    queued: int
    skipped: dict[str, int]


@dataclass
class _Plan:
    """What is to be written: message keys with whom they are for, and a note per person and week.

    `lost` are the times of which a restored copy does not know what was sent; `held`, by key, is what may
    have gone out then.
    """

    lost: list[tuple[datetime, datetime]] = field(default_factory=list)
    digests: dict[str, int] = field(default_factory=dict)
    weeks: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    due: list[DigestWeek] = field(default_factory=list)
    others: list[DigestWeek] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def enqueue_due(at: datetime, *, dry_run: bool = False) -> Queued:
    """Queue every digest that is due and not queued yet. Safe to run twice, late, or beside itself."""
    plan = _plan(at)
    if not dry_run:
        _write(plan, at)
        _enqueue_signs_of_life(at, plan.lost)
    return Queued(len(plan.digests), dict(sorted(plan.skipped.items())))


def recipients() -> QuerySet[User]:
    """Return everybody with an account: an address that somebody only typed is no recipient."""
    return User.objects.select_related("digest_setting")


def digest_key(user_id: int, week: str) -> str:
    return f"{DIGEST}:{user_id}:{week}"


def _plan(at: datetime) -> _Plan:
    plan = _Plan(lost=lost_times())
    noted = _last_notes()
    has_any = Exists(Membership.objects.filter(user=OuterRef("pk")))
    owns_any = Exists(
        Ownership.objects.active().filter(
            owner__user=OuterRef("pk"), owner__is_active=True, accepted_on__isnull=False
        )
    )
    people = recipients().annotate(is_concerned=Q(has_any) | Q(owns_any) | Q(is_executive=True))
    for user in people.order_by("pk"):
        _plan_one(plan, user, at, *noted.get(user.pk, (None, None)))
    return plan


def _last_notes() -> dict[int, tuple[str | None, str | None]]:
    """Return by person the last week noted at all, and the last that is settled."""
    settled = Max("week", filter=~Q(note=WeekNote.OFF.value))
    rows = DigestWeek.objects.values("user").annotate(last=Max("week"), settled=settled)
    return {row["user"]: (row["last"], row["settled"]) for row in rows.order_by("user")}


def _plan_one(plan: _Plan, user: User, at: datetime, last: str | None, settled: str | None) -> None:
    setting = _setting(user)
    rhythm = Rhythm(setting.weekday, setting.hour, user.zone)
    week = week_at(at, rhythm)
    why = _why_not(user, setting, rhythm, at, week, settled)
    is_wanted = why in {None, Why.KNOWN, Why.NOT_DUE}
    if last is not None:
        gone = WeekNote.MISSED if is_wanted else WeekNote.OFF
        plan.others += [_note(user, key, gone, at) for key in weeks_missed(last, week)]
    if why is None:
        key = digest_key(user.pk, week)
        plan.digests[key], plan.weeks[key] = user.pk, week
        plan.due.append(_note(user, week, WeekNote.DUE, at))
        moment = moment_in(week, rhythm)
        if any(first <= moment <= last for first, last in plan.lost):
            plan.held[key] = FELL_DUE
        return
    plan.skipped[why.value] += 1
    # A week that was off is no missed one; it stays open until it ends, should they want it after all.
    if not is_wanted and last is not None and last < week:
        plan.others.append(_note(user, week, WeekNote.OFF, at))


def _why_not(
    user: User, setting: DigestSetting, rhythm: Rhythm, at: datetime, week: str, settled: str | None
) -> Why | None:
    reasons = (
        (user.is_sample, Why.SAMPLE),
        (not user.is_active, Why.CLOSED),
        (not getattr(user, "is_concerned", True), Why.NO_PROGRAM),
        (settled is not None and settled >= week, Why.KNOWN),
        (not setting.is_on, Why.OFF),
        (is_paused(setting, local(at, rhythm.zone).date()), Why.PAUSED),
        (not is_due(at, rhythm), Why.NOT_DUE),
    )
    return next((why for applies, why in reasons if applies), None)


def is_paused(setting: DigestSetting, today: date) -> bool:
    return setting.paused_until is not None and today < setting.paused_until


def _setting(user: User) -> DigestSetting:
    """Return what somebody chose, as it was loaded with them."""
    found: DigestSetting | None = getattr(user, "digest_setting", None)
    return found or DigestSetting(user=user)


def _note(user: User, week: str, note: WeekNote, at: datetime) -> DigestWeek:
    return DigestWeek(user=user, week=week, note=note.value, noted_at=at)


def _write(plan: _Plan, at: datetime) -> None:
    if not plan.due and not plan.others:
        return
    with transaction.atomic():
        DigestWeek.objects.bulk_create(plan.others, ignore_conflicts=True, batch_size=500)
        _settle(plan.due)
        enqueue_for(plan.digests, DIGEST, at=at, period=plan.weeks, held=plan.held)


def _settle(due: Iterable[DigestWeek]) -> None:
    """Note weeks as due, also those that were noted as off before."""
    DigestWeek.objects.bulk_create(
        due,
        update_conflicts=True,
        unique_fields=["user", "week"],
        update_fields=["note", "noted_at"],
        batch_size=500,
    )


def _enqueue_signs_of_life(at: datetime, lost: list[tuple[datetime, datetime]]) -> None:
    """Tell those who had no mail for four weeks, because there was nothing to say, that all is running."""
    since = at - QUIET_FOR
    lately = Message.objects.filter(person=OuterRef("person"), kind__in=[DIGEST, SIGN_OF_LIFE])
    heard = lately.filter(state=State.SENT.value, sent_at__gt=since)
    asked = lately.filter(kind=SIGN_OF_LIFE, queued_at__gt=since)
    silent = Message.objects.filter(
        ~Exists(heard),
        ~Exists(asked),
        kind=DIGEST,
        state=State.SKIPPED.value,
        skip_code=NOTHING_TO_SAY,
        queued_at__gt=at - timedelta(days=7),
        person__is_active=True,
    )
    found = dict(silent.order_by("pk").values_list("person", "person__zone"))
    if not found:
        return
    first = DigestWeek.objects.filter(user__in=found).values("user").annotate(first=Min("noted_at"))
    long_here = set(first.filter(first__lte=since).values_list("user", flat=True))
    people = {f"alive:{pk}:{local(at, zone):%Y-%m}": pk for pk, zone in found.items() if pk in long_here}
    # One a month: what was lost within four weeks may be this month's.
    held = dict.fromkeys(people, FELL_DUE) if any(last > since for _, last in lost) else {}
    with transaction.atomic():
        enqueue_for(people, SIGN_OF_LIFE, at=at, held=held)
