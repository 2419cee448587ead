"""The one way to change pilots: lock, permission, version, change, history and event in one transaction.

Every action opens `changing(…)` for its set of pilots, sets what it sets through the `Change`, and
leaves the rest to the end of the block: versions go up, one UPDATE names the changed columns, the
events are inserted. The form for one pilot is the form for a set of one.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Movement
from pilots.access.permissions import Deed, Relation, may
from pilots.actions.by import By, Forbidden, Refused, Stale
from pilots.actions.check import check_after_commit
from pilots.actions.event import event_row
from pilots.columns import derive, judged, write_spans
from pilots.models import Flag, Pilot
from pilots.models.pilot import relations
from pilots.rows import insert_rows, update_rows

FORBIDDEN_WORDS: dict[Deed, str] = {
    Deed.CREATE: "log pilots in this program: a manager can",
    Deed.CREATE_IDEA: "log ideas in this program: a contributor or manager can",
    Deed.EDIT: "edit this pilot: a contributor, a manager or its owner can",
    Deed.CHECK_IN: "check in here: a contributor, a manager or its owner can",
    Deed.MOVE: "move this pilot: a manager or its production owner can",
    Deed.HOLD: "hold or resume this pilot: a manager or its production owner can",
    Deed.STOP: "stop this pilot: a manager or its sponsor can",
    Deed.ASSIGN_OWNERS: "name owners: a manager can",
    Deed.MARK_CONFIDENTIAL: "change who may see this pilot: a manager can",
    Deed.IMPORT: "import into this program: a manager or an administrator can",
    Deed.PLAN: "change the plan of this pilot: a manager or its production owner can",
    Deed.SNOOZE: "snooze, dispute or assign flags here: a contributor, a manager or its owner can",
    Deed.ASK_DECISION: "ask for decisions here: a contributor, a manager or its owner can",
    Deed.DECIDE: "decide this: a manager or the person it was asked of can",
    Deed.CONFIRM_ANSWER: "confirm answers: a manager can",
    Deed.SET_LIMITS: "set limits here: a manager or an administrator can",
    Deed.INVITE: "invite owners: a manager can",
    Deed.DEFINE_FIELDS: "set up custom fields here: a manager or an administrator can",
    Deed.BRING_EVIDENCE: "bring evidence here: a contributor, a manager or its owner can",
    Deed.APPROVE_GATE: "approve gates here: a manager, its sponsor or somebody in a seat can",
    Deed.WAIVE: "waive anything here: a manager, its sponsor or somebody in a seat can",
    Deed.HAND_OVER: "hand this over: a manager or the one who accepted it can",
    Deed.CONFIGURE: "change how this program works: a manager or an administrator can",
    Deed.MEASURE: "log readings here: a contributor, a manager or its owner can",
    Deed.SIGN_KPI: "sign KPIs here: its business owner can, and a manager notes what was signed on paper",
    Deed.ENTER_MONEY: "write down money here: a contributor, a manager or its owner can",
    Deed.CHECK_BENEFIT: "check benefits here: a manager, an executive, its sponsor or business owner can",
    Deed.CONCLUDE: "conclude this: a manager, or one of those who answer for it, can",
}
# What people say and ask about a pilot: no requirement and no gate reads it, so none is asked anew.
SETTLES_NOTHING = {
    "pilot.checked_in",
    "pilot.commented",
    "pilot.move_refused",
    "flag.snoozed",
    "flag.disputed",
    "flag.assigned",
    "flag.woken",
    "answer.given",
    "answer.settled",
    "decision.asked",
    "decision.passed_on",
}


def require(deed: Deed, relation: Relation) -> None:
    """Raise `Forbidden` with a sentence that says who could."""
    if not may(deed, relation):
        raise Forbidden(f"You may not {FORBIDDEN_WORDS[deed]}.")


def as_json(value: Any) -> Any:
    """Return a value as an event keeps it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return value


def refuse_unstorable(texts: Mapping[str, Any]) -> None:
    """Refuse text with NUL characters: PostgreSQL cannot hold them, and nobody types one."""
    for name, text in texts.items():
        if isinstance(text, str) and "\x00" in text:
            raise Refused.because(
                "This text holds a NUL character. Remove it.", field=name, code="null-character"
            )


class Change:
    """What one action does to its pilots; written as a whole when the block ends."""

    def __init__(self, *, by: By, pilots: list[Pilot], batch: uuid.UUID | None = None) -> None:
        self.by = by
        self.pilots = {pilot.pk: pilot for pilot in pilots}
        self.batch = batch
        self._relations = relations(by.user, pilots)
        self._changed: dict[int, set[str]] = {}
        self._told: set[int] = set()
        self._events: list[dict[str, Any]] = []

    def require(self, deed: Deed, pilot: Pilot) -> None:
        require(deed, self._relations[pilot.pk])

    def set(self, pilot: Pilot, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Set fields of a pilot; return what they were and what they are, changed ones only."""
        before, after = {}, {}
        for name, value in fields.items():
            old = getattr(pilot, name)
            if old != value:
                setattr(pilot, name, value)
                self._changed.setdefault(pilot.pk, set()).add(name)
                before[name], after[name] = as_json(old), as_json(value)
        return before, after

    def apply_history(self) -> None:
        """Derive the columns and spans of all these pilots from their rows, in four queries."""
        found = derive(list(self.pilots.values()))
        for pk, values in found.values.items():
            self.set(self.pilots[pk], **values)
        write_spans(found.spans)

    def heard(self, pilot: Pilot, movement: Movement) -> None:
        """Set the clock a movement resets; a change that waited for its turn never sets it back."""
        today = self.by.today(pilot.program)
        field = "moved_at" if movement is Movement.MOVED else "heard_at"
        self.set(pilot, **{field: max(getattr(pilot, field) or self.by.at, self.by.at)})
        self.set(pilot, silence_clock_on=max(pilot.silence_clock_on or today, today))
        if movement is Movement.MOVED:
            self.set(pilot, moved_clock_on=max(pilot.moved_clock_on or today, today))

    def record(
        self,
        pilot: Pilot,
        verb: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
        movement: Movement = Movement.NONE,
        touches: bool = True,
    ) -> None:
        """Note one change of a pilot; what counts as movement also resets its clock.

        With `touches` false the version stays: a tool that sends a reading every minute must not make
        stale what somebody is typing. What is told then is of the pilot, and changes no column of it.
        """
        if touches:
            self._changed.setdefault(pilot.pk, set())
        self._told.add(pilot.pk)
        if movement is not Movement.NONE:
            self.heard(pilot, movement)
        self._events.append(
            event_row(
                verb,
                by=self.by,
                program=pilot.program,
                pilot=pilot,
                before=before,
                after=after,
                reason=reason,
                movement=movement,
                batch=self.batch,
            )
        )

    def write(self) -> None:
        touched = [self.pilots[pk] for pk in self._changed]
        self._judge(touched)
        columns = {"version", "updated_at"}.union(*self._changed.values()) if touched else set()
        for pilot in touched:
            pilot.version += 1
            pilot.updated_at = max(pilot.updated_at, self.by.at)
        for recorded in self._events:
            recorded["version"] = self.pilots[recorded["pilot_id"]].version
        if touched:
            update_rows(Pilot, touched, sorted(columns))
        insert_rows(Event, self._events)
        concerned = sorted({*self._changed, *self._told})
        check_after_commit(concerned, at=self.by.at, settled=self._settled())

    def _settled(self) -> Collection[int]:
        """Return the pilots of which nothing changed that a requirement reads, by what is told of them."""
        verbs: dict[int, list[str]] = {}
        for recorded in self._events:
            verbs.setdefault(recorded["pilot_id"], []).append(recorded["verb"])
        return {pk for pk, told in verbs.items() if SETTLES_NOTHING.issuperset(told)}

    def _judge(self, touched: list[Pilot]) -> None:
        """Keep health true at once: it follows from the flags known now; the rules look after the commit."""
        flags: dict[int, list[Flag]] = {}
        for flag in Flag.objects.open().filter(pilot__in=[pilot.pk for pilot in touched]).order_by("pk"):
            flags.setdefault(flag.pilot_id, []).append(flag)
        for pilot in touched:
            self.set(pilot, **judged(pilot, flags.get(pilot.pk, ()), at=self.by.at))


@contextmanager
def changing(
    pilots: Iterable[Pilot],
    *,
    deed: Deed,
    by: By,
    versions: Mapping[int, int] | None = None,
    batch: uuid.UUID | None = None,
) -> Iterator[Change]:
    """Open a change of these pilots by somebody who may do `deed` to each of them.

    `versions` maps a pilot's id to the version the person read. Raises `Pilot.DoesNotExist` for a
    pilot the person cannot see, `Forbidden` for one they may not change, `Stale` for one that
    changed meanwhile, and `Refused` from inside; in every case nothing is written.
    """
    wanted = {pilot.pk for pilot in pilots}
    with transaction.atomic():
        locked = list(
            Pilot.objects.visible_to(by.user)
            .filter(pk__in=wanted)
            .select_related("program")
            .order_by("pk")
            .select_for_update(of=("self",), no_key=True)
        )
        if len(locked) != len(wanted):
            raise Pilot.DoesNotExist("A pilot is gone, or not visible to the person who asked.")
        change = Change(by=by, pilots=locked, batch=batch)
        for pilot in locked:
            change.require(deed, pilot)
            read = (versions or {}).get(pilot.pk)
            if read is not None and read != pilot.version:
                raise Stale(pilot.key, read, pilot.version)
        yield change
        change.write()
