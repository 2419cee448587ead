"""Notes what is changed after day 15 of a plan although it was settled: use case, KPI, serving pattern."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pilots.access.models import Source
from pilots.access.permissions import Deed
from pilots.actions.by import Reason, Refused
from pilots.actions.change import Change, refuse_unstorable
from pilots.lifecycle import Stage
from pilots.models import Pilot, Plan, ScopeChange
from pilots.pauses import own_today
from pilots.plans import SETTLED
from pilots.workdays import read_pauses

FOLLOWED = (Stage.TRANSITION, Stage.LIMITED)
LONGEST_REASON = 1000
PROBLEM, SERVING_PATTERN = "the use case", "the serving pattern"
OF_PILOT = {"problem": PROBLEM, "serving_pattern": SERVING_PATTERN}


@dataclass(frozen=True, kw_only=True)
class ScopeNote:
    """Something settled that is about to read otherwise. What had no value before was not settled."""

    pilot: Pilot
    what: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True)
class Settled:
    """The plan of a pilot that is past day 15, and which day of it today is, what paused it taken out."""

    plan: Plan
    day: int


def settled(pilots: Iterable[Pilot], *, at: datetime) -> dict[int, Settled]:
    """Return, by pilot id, the plan of each whose scope is settled by now; three queries at most.

    Each pilot comes with its `program`.
    """
    followed = {pilot.pk: pilot for pilot in pilots if pilot.at_stage in FOLLOWED}
    if not followed:
        return {}
    plans = {
        plan.pilot_id: plan for plan in Plan.objects.live().filter(pilot__in=list(followed)).order_by("pk")
    }
    if not plans:
        return {}
    pauses = read_pauses({pk: followed[pk].program_id for pk in plans})
    found = {}
    for pk, plan in plans.items():
        pilot = followed[pk]
        day = pauses[pk].plan_day(plan.start, own_today(pilot.program.today(at), pilot.held_since))
        if day > SETTLED:
            found[pk] = Settled(plan, day)
    return found


def settled_words(pilot: Pilot) -> dict[str, str]:
    """Return what of a pilot is settled by day 15, as it reads now."""
    return {name: getattr(pilot, name) for name in OF_PILOT}


def notes_of(pilot: Pilot, was: Mapping[str, str], after: Mapping[str, Any], reason: str) -> list[ScopeNote]:
    """Return what of an edit changes the scope; `after` holds what is new."""
    return [
        ScopeNote(pilot=pilot, what=what, before=was[name], after=str(after[name]), reason=reason)
        for name, what in OF_PILOT.items()
        if name in after and was[name]
    ]


def note_scope(change: Change, notes: Sequence[ScopeNote], *, deed: Deed) -> None:
    """Write down each change of scope with its reason; an import may have none.

    Raises `Refused` beside `scope_reason` where somebody changes what is settled and does not say why.
    """
    if not notes:
        return
    by = change.by
    plans = settled({note.pilot.pk: note.pilot for note in notes}.values(), at=by.at)
    told = [note for note in notes if note.pilot.pk in plans]
    is_import = deed is Deed.IMPORT or by.source is Source.IMPORT
    for note in told:
        _check(note, plans[note.pilot.pk], needs_reason=not is_import)
    ScopeChange.objects.bulk_create(
        [
            ScopeChange(
                pilot=note.pilot,
                plan=plans[note.pilot.pk].plan,
                day=plans[note.pilot.pk].day,
                what=note.what,
                before=note.before,
                after=note.after,
                reason=note.reason.strip(),
                made_at=by.at,
                made_by=by.user,
            )
            for note in told
        ]
    )
    for note in told:
        change.record(
            note.pilot,
            "scope.changed",
            before={"scope": note.before},
            after={"scope": note.after, "what": note.what, "day": plans[note.pilot.pk].day},
            reason=note.reason.strip(),
        )


def _check(note: ScopeNote, at: Settled, *, needs_reason: bool) -> None:
    refuse_unstorable({"scope_reason": note.reason})
    if needs_reason and not note.reason.strip():
        sentence = (
            f"It is day {at.day} of its plan, and {note.what} was settled by day {SETTLED}. "
            "Say why the scope changes."
        )
        raise Refused([Reason(sentence, "scope_reason", "scope")])
    if len(note.reason) > LONGEST_REASON:
        sentence = f"Write at most {LONGEST_REASON:,} characters; these are {len(note.reason):,}."
        raise Refused([Reason(sentence, "scope_reason", "length")])
