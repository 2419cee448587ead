"""Freezes a steering pack: reads everything at one moment and keeps it."""

import uuid
from dataclasses import dataclass
from datetime import date

from django.db import IntegrityError, transaction
from django.http import QueryDict
from django.utils import timezone

from pilots.access.models import Event, Program, User
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.actions.event import event
from portfolio.steering.access import require_to_freeze
from portfolio.steering.content import read_content
from portfolio.steering.models import Pack
from portfolio.steering.scope import PackScope, Unreadable, read_scope
from portfolio.steering.snapshot import one_moment

LONGEST_TITLE = 200
AHEAD = 730  # days; a meeting further away is a slip of the finger


@dataclass(frozen=True, kw_only=True)
class NewPack:
    """A pack to freeze. `query` is the address of the funnel, `before` the pack to compare it with.

    With `is_first` it is compared with none; otherwise no `before` means the last pack of the same filters.
    """

    title: str
    meeting_on: date
    query: str = ""
    before: Pack | None = None
    is_first: bool = False
    nonce: uuid.UUID | None = None


def last_like(scope: PackScope) -> Pack | None:
    """Return the last pack of the same program and filters that the maker may read."""
    packs = Pack.objects.visible_to(scope.maker).filter(program=scope.program, query=scope.query)
    return packs.order_by("-frozen_at", "-pk").first()


def freeze(new: NewPack, *, by: By) -> Pack:
    """Freeze a pack, once for one nonce: the same form sent again gets the pack it made.

    Raises `Refused` for a title or day that will not do, or filters that cannot be read, and `Forbidden`
    for whoever runs none of the programs.
    """
    maker = by.user
    if maker is None:
        raise Forbidden("A pack is frozen by a person: it shows what they see.")
    made = _made(new, maker)
    if made:
        return made
    # Reading takes seconds on a large site, so nobody waits for it: only what keeps the pack takes a lock.
    with one_moment():
        pack, programs = _read(new, maker, by=by)
    try:
        with transaction.atomic():
            return _keep(pack, programs, by=by)
    except IntegrityError:
        # The form was sent twice at once, and the other was faster.
        made = _made(new, maker)
        if made is None:
            raise
        return made


def _made(new: NewPack, maker: User) -> Pack | None:
    return Pack.objects.filter(nonce=new.nonce, frozen_by=maker).first() if new.nonce else None


def _read(new: NewPack, maker: User, *, by: By) -> tuple[Pack, list[Program]]:
    """Return the pack, not kept yet, and the programs it covers."""
    try:
        scope = read_scope(maker, QueryDict(new.query), at=by.at)
    except Unreadable as unreadable:
        raise Refused(Reason(one, "filters", "filters") for one in unreadable.sentences) from unreadable
    require_to_freeze(maker, scope.programs)
    _check(new, scope, by=by)
    before = None if new.is_first else new.before or last_like(scope)
    pack = Pack(
        program=scope.program,
        title=new.title.strip(),
        meeting_on=new.meeting_on,
        frozen_at=by.at,
        frozen_by=maker,
        query=scope.query,
        as_of=scope.as_of,
        known_at=scope.known_at,
        content=read_content(scope, before),
        before=before,
        nonce=new.nonce or uuid.uuid4(),
    )
    return pack, scope.programs


def _keep(pack: Pack, programs: list[Program], *, by: By) -> Pack:
    # The pack before may have been removed while this one was read; then it is compared with none.
    if pack.before_id is not None and not Pack.objects.filter(pk=pack.before_id).exists():
        pack.before = None
    pack.save(force_insert=True)
    pack.programs.set(programs)
    told = event(
        "pack.frozen",
        by=by,
        program=pack.program,
        subject=pack.title,
        after={
            "pack": pack.pk,
            "meeting_on": pack.meeting_on.isoformat(),
            "filters": pack.query,
            "as_of": pack.as_of.isoformat(),
            "known_at": pack.known_at.isoformat(),
        },
    )
    Event.objects.bulk_create([told])
    return pack


def _check(new: NewPack, scope: PackScope, *, by: By) -> None:
    refuse_unstorable({"title": new.title})
    reasons = []
    if not new.title.strip():
        reasons.append(Reason("Give the pack a title.", "title", "required"))
    if len(new.title.strip()) > LONGEST_TITLE:
        sentence = f"Write at most {LONGEST_TITLE} characters; these are {len(new.title.strip())}."
        reasons.append(Reason(sentence, "title", "length"))
    today = timezone.localdate(by.at)
    if new.meeting_on < today:
        sentence = "Choose today or a later day: a pack tells what is known now."
        reasons.append(Reason(sentence, "meeting_on", "past"))
    elif (new.meeting_on - today).days > AHEAD:
        reasons.append(Reason("This is more than two years away.", "meeting_on", "far"))
    if new.before is not None and not Pack.objects.visible_to(by.user).filter(pk=new.before.pk).exists():
        reasons.append(Reason("There is no such pack that you can read.", "before", "unknown"))
    if reasons:
        raise Refused(reasons)


def as_preview(scope: PackScope, before: Pack | None) -> Pack:
    """Return the pack as it would be frozen now, without keeping it and without Pace, which takes longest."""
    return Pack(
        program=scope.program,
        title="Preview",
        meeting_on=scope.filters.cohort.today,
        frozen_at=scope.at,
        frozen_by=scope.maker,
        query=scope.query,
        as_of=scope.as_of,
        known_at=scope.known_at,
        content=read_content(scope, before, has_pace=False),
        before=before,
    )
