"""What undoing an import would do, in words, before it is done.

What somebody touched since is theirs: a pilot the import made stays when anybody worked on it, and a value
it changed stays when it says something else by now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q

from kpis.models import Kpi
from pilots.access.models import Event, Program, Source, User
from pilots.actions.change import as_json
from pilots.actions.remove import is_untouched
from pilots.lifecycle import effective
from pilots.models import Answer, Milestone, Origin, Owner, Ownership, Pilot, StageTransition
from portfolio.exchange.models import Import, ImportedPilot, Step
from portfolio.exchange.stored import AT_ONCE

NOT_YOURS = "It is not yours to change."
WORKED_ON = "It was worked on since."
MOVED = "It was moved or its history corrected since."
NUMBERS = {"baseline", "target"}


@dataclass(frozen=True)
class Stays:
    """Something that is not taken back: a pilot, or what the import wrote of it (`what`), and why."""

    key: str
    name: str
    why: str
    what: str = ""


@dataclass
class Back:
    """What goes back of one pilot that was there before; ids of rows, and fields as `Edit` takes them."""

    fields: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    steps: list[int] = field(default_factory=list)
    owners_added: list[int] = field(default_factory=list)
    owners_ended: list[int] = field(default_factory=list)
    kpis: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    milestones: dict[int, dict[str, Any] | None] = field(default_factory=dict)
    entry: dict[str, Any] | None = None
    has_entry: bool = False

    @property
    def changes_pilot(self) -> bool:
        parts = (self.fields, self.custom, self.steps, self.owners_added, self.owners_ended)
        return any(parts) or bool(self.kpis or self.milestones)


@dataclass
class UndoPlan:
    """`goes` are ids of pilots. While `blocked` says why, nothing is undone."""

    goes: list[int] = field(default_factory=list)
    stays: list[Stays] = field(default_factory=list)
    back: dict[int, Back] = field(default_factory=dict)
    kept: list[Stays] = field(default_factory=list)
    programs: list[Program] = field(default_factory=list)
    contacts: list[int] = field(default_factory=list)
    blocked: str = ""

    @property
    def sentences(self) -> list[str]:
        """What happens, for the person who is asked whether it should."""
        if self.blocked:
            return [self.blocked]
        restored = sum(item.changes_pilot for item in self.back.values())
        told = [
            _counted(len(self.goes), "pilot goes, with its history", "pilots go, with their history"),
            _counted(len(self.stays), "pilot it made stays", "pilots it made stay"),
            _counted(restored, "pilot gets back what it changed", "pilots get back what it changed"),
            _counted(len(self.kept), "change stays", "changes stay"),
            _counted(len(self.contacts), "contact goes", "contacts go"),
            _counted(len(self.programs), "empty program goes", "empty programs go"),
        ]
        return [sentence for sentence in told if sentence] or ["It changed nothing that could be taken back."]

    def as_json(self) -> dict[str, Any]:
        return {
            "removed": len(self.goes),
            "restored": sum(item.changes_pilot for item in self.back.values()),
            "stayed": [[item.key, item.why] for item in self.stays],
            "kept": [[item.key, item.what, item.why] for item in self.kept],
            "contacts": len(self.contacts),
            "programs": [program.prefix for program in self.programs],
        }


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}." if count else ""


def plan_undo(import_: Import, user: User | None) -> UndoPlan:
    """Say what undoing would do as things stand; the same number of queries for any few thousand pilots."""
    plan = UndoPlan(blocked=_blocked(import_, user))
    if plan.blocked:
        return plan
    written = list(ImportedPilot.objects.filter(of_import=import_).order_by("pk"))
    pilots = _pilots([item.pilot_id for item in written], user)
    worked_on = _worked_on(import_, [item.pilot_id for item in written if item.is_new])
    for item in written:
        pilot = pilots.get(item.pilot_id)
        if not item.is_new:
            continue
        if pilot is None:
            plan.stays.append(Stays("", "A pilot that you cannot see", NOT_YOURS))
        elif pilot.pk in worked_on:
            plan.stays.append(Stays(pilot.key, pilot.name, WORKED_ON))
        else:
            plan.goes.append(pilot.pk)
    _plan_back(plan, import_, [item for item in written if not item.is_new], pilots)
    plan.contacts = _contacts(import_, plan)
    plan.programs = _programs(import_, plan)
    return plan


def _blocked(import_: Import, user: User | None) -> str:
    """Say which later import was built upon this one, if any was."""
    ours = ImportedPilot.objects.filter(of_import=import_).values("pilot")
    later = Import.objects.filter(
        Q(applied_at__gt=import_.applied_at) | Q(applied_at=import_.applied_at, pk__gt=import_.pk),
        Exists(ImportedPilot.objects.filter(of_import=OuterRef("pk"), pilot__in=ours)),
        step=Step.APPLIED.value,
    )
    newest = later.light().order_by("-applied_at", "-pk").first()
    if newest is None:
        return ""
    seen = user is None or Import.objects.visible_to(user).filter(pk=newest.pk).exists()
    name = f"“{newest.file_name}”" if seen else "an import that you cannot see"
    return f"A later import built upon this one: {name}. Undo that one first."


def _pilots(ids: Sequence[int], user: User | None) -> dict[int, Pilot]:
    found: dict[int, Pilot] = {}
    for some in chunks(ids):
        visible = Pilot.objects.visible_to(user).filter(pk__in=some).select_related("program")
        found |= {pilot.pk: pilot for pilot in visible.prefetch_related("tags").order_by("pk")}
    return found


def chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _worked_on(import_: Import, ids: Sequence[int]) -> dict[int, datetime]:
    """Return the pilots on which anything happened since, and when last, by id.

    What Headway notices by itself is nobody's work, and what an undone import did is undone.
    """
    undone = Import.objects.filter(step=Step.UNDONE.value).values("batch")
    noticed = Q(source=Source.JOB.value, actor__isnull=True)
    found: dict[int, datetime] = {}
    for some in chunks(ids):
        events = Event.objects.filter(pilot_id__in=some).exclude(batch=import_.batch).exclude(noticed)
        events = events.exclude(batch__isnull=False, batch__in=undone)
        found |= dict(events.order_by().values_list("pilot_id").annotate(last=Max("at")))
        answers = Answer.objects.filter(pilot__in=some).order_by().values_list("pilot_id")
        found |= dict(answers.annotate(last=Max("given_at")))
    return found


# --- Pilots that were there before ---------------------------------------------------


@dataclass(frozen=True)
class _There:
    """The rows beside these pilots as they are now, by id."""

    owners: Mapping[int, Ownership]
    kpis: Mapping[int, Kpi]
    milestones: Mapping[int, Milestone]
    past: Mapping[int, list[StageTransition]]


def _plan_back(
    plan: UndoPlan, import_: Import, written: Sequence[ImportedPilot], pilots: Mapping[int, Pilot]
) -> None:
    there = _rows_beside([item.pilot_id for item in written])
    for item in written:
        pilot = pilots.get(item.pilot_id)
        if pilot is None:
            if item.written:
                plan.kept.append(Stays("", "A pilot that you cannot see", NOT_YOURS))
            continue
        back = Back(entry=item.entry_before, has_entry=True)
        for name, (before, after) in item.written.items():
            if not _goes_back(back, pilot, there, name, before, after):
                plan.kept.append(Stays(pilot.key, pilot.name, "It says something else by now.", _what(name)))
        back.steps, fits = _steps(there.past.get(pilot.pk, []), import_)
        if not fits:
            plan.kept.append(Stays(pilot.key, pilot.name, MOVED, "history"))
        plan.back[pilot.pk] = back


def _rows_beside(ids: Sequence[int]) -> _There:
    owners: dict[int, Ownership] = {}
    kpis: dict[int, Kpi] = {}
    milestones: dict[int, Milestone] = {}
    past: dict[int, list[StageTransition]] = {}
    for some in chunks(ids):
        owners |= {row.pk: row for row in Ownership.objects.filter(pilot__in=some).order_by("pk")}
        kpis |= {row.pk: row for row in Kpi.objects.filter(pilot__in=some).order_by("pk")}
        milestones |= {row.pk: row for row in Milestone.objects.filter(pilot__in=some).order_by("pk")}
        for row in StageTransition.objects.filter(pilot__in=some).order_by("pk"):
            past.setdefault(row.pilot_id, []).append(row)
    return _There(owners, kpis, milestones, past)


def _what(name: str) -> str:
    return name.partition(".")[0].replace("_", " ")


def _goes_back(back: Back, pilot: Pilot, there: _There, name: str, before: Any, after: Any) -> bool:
    """Note what goes back of one key of `ImportedPilot.written`; False where somebody wrote over it since."""
    kind, _, part = name.partition(".")
    match kind:
        case "custom":
            return _if(pilot.custom.get(part) == after, back.custom, part, before)
        case "owner":
            return _owner_goes_back(back, there, before, after)
        case "kpi":
            return _if(_says(there.kpis.get(int(part)), after), back.kpis, int(part), before)
        case "milestone":
            return _if(_says(there.milestones.get(int(part)), after), back.milestones, int(part), before)
    told = sorted(after) if name == "tags" else after
    return _if(_present(pilot, name) == told, back.fields, name, before)


def _if(same: object, backs: dict[Any, Any], key: Any, before: Any) -> bool:
    if same:
        backs[key] = before
    return bool(same)


def _owner_goes_back(back: Back, there: _There, ended: list[int], added: list[int]) -> bool:
    rows = [there.owners.get(pk) for pk in added]
    same = all(row and row.until is None and row.accepted_on is None for row in rows)
    same = same and all((row := there.owners.get(pk)) and row.until is not None for pk in ended)
    if same:
        back.owners_added += added
        back.owners_ended += ended
    return same


def _present(pilot: Pilot, name: str) -> Any:
    if name == "tags":
        return sorted(tag.name for tag in pilot.tags.all())
    return as_json(getattr(pilot, name))


def _says(row: Kpi | Milestone | None, after: Mapping[str, Any]) -> bool:
    """Return whether a row still says what was written; numbers are compared as numbers."""
    if row is None:
        return False
    for name, value in after.items():
        now = getattr(row, name)
        if name in NUMBERS:
            now, value = as_number(now), as_number(value)
        if as_json(now) != value:
            return False
    return True


def as_number(value: Any) -> str | None:
    """Return a decimal as text without what its column adds; None stays None."""
    if value is None:
        return None
    text = f"{value:f}" if not isinstance(value, str) else value
    return text.rstrip("0").rstrip(".") if "." in text else text


def _steps(rows: Sequence[StageTransition], import_: Import) -> tuple[list[int], bool]:
    """Return the steps of a history that this import recorded, and whether they can be taken back.

    They cannot where somebody moved the pilot or corrected its history since.
    """
    ours = [
        row
        for row in rows
        if row.recorded_at == import_.applied_at and row.origin == Origin.IMPORTED.value and row.to_stage
    ]
    if not ours:
        return [], True
    newest = max(row.pk for row in ours)
    counting = {entry.id for entry in effective(row.as_entry() for row in rows)}
    is_last = all(row.pk <= newest for row in rows)
    stand_for = {row.pk for row in ours if row.supersedes_id is not None}
    leaves_some = bool(counting - {row.pk for row in ours} or stand_for)
    if is_last and leaves_some and all(row.pk in counting for row in ours):
        return [row.pk for row in ours], True
    return [], False


# --- What it made besides pilots --------------------------------------------------------


def _contacts(import_: Import, plan: UndoPlan) -> list[int]:
    """Return the contacts it made on whom nothing depends once the pilots are gone."""
    going, added = set(plan.goes), {pk for back in plan.back.values() for pk in back.owners_added}
    found: list[int] = []
    for some in chunks(import_.made.get("contacts", [])):
        unlinked = Owner.objects.filter(pk__in=some, user=None, job_title="", function="", invitations=None)
        if import_.program is not None:
            unlinked = unlinked.filter(program=import_.program)
        ids = set(unlinked.values_list("pk", flat=True))
        named = Ownership.objects.filter(owner__in=some).values_list("owner_id", "pilot_id", "pk")
        ids -= {owner for owner, pilot, pk in named if pilot not in going and pk not in added}
        with_milestones = Milestone.objects.filter(owner__in=some).values_list("owner_id", "pilot_id", "pk")
        taken_out = {
            pk for back in plan.back.values() for pk, before in back.milestones.items() if before is None
        }
        ids -= {owner for owner, pilot, pk in with_milestones if pilot not in going and pk not in taken_out}
        found += sorted(ids)
    return found


def _programs(import_: Import, plan: UndoPlan) -> list[Program]:
    """Return the programs it opened that are empty once its pilots and contacts are gone."""
    opened = Program.objects.filter(pk__in=import_.made.get("programs", [])).order_by("pk")
    return [
        program
        for program in opened
        if not _not_going(Pilot, program, plan.goes)
        and not _not_going(Owner, program, plan.contacts)
        and is_untouched(program, made_by=import_.made_by_id, but={Pilot, Owner})
    ]


def _not_going(model: type[Pilot | Owner], program: Program, going: Sequence[int]) -> bool:
    ids = set(model.objects.filter(program=program).values_list("pk", flat=True))
    return bool(ids - set(going))
