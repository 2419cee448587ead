"""What undoing an import would do, in words, before it is done.

What somebody touched since is theirs: a pilot the import made stays when anybody worked on it, and a value
it changed stays when it says something else by now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Q

from kpis.models import Kpi, SignOff
from pilots.access.models import Event, Program, Source, User
from pilots.actions.remove import is_untouched
from pilots.models import Answer, Milestone, Owner, Ownership, Pilot
from portfolio.exchange.going_back import NOT_YOURS, Back, chunks, rows_beside, why_it_stays
from portfolio.exchange.models import Import, ImportedPilot, Step

WORKED_ON = "It was worked on since."


@dataclass(frozen=True)
class Stays:
    """Something that is not taken back: a pilot, or what the import wrote of it (`what`), and why."""

    key: str
    name: str
    why: str
    what: str = ""


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
    _plan_back(plan, [item for item in written if not item.is_new], pilots, user)
    plan.contacts = _contacts(import_, plan)
    plan.programs = _programs(import_, plan)
    return plan


def _blocked(import_: Import, user: User | None) -> str:
    """Say which later import was built upon this one, if any was.

    Imports write one after the other, so what they wrote is numbered in that order; the time at which a
    worker took one says nothing of it.
    """
    written = ImportedPilot.objects.filter(of_import=import_)
    last = written.aggregate(last=Max("pk"))["last"] or 0
    later = ImportedPilot.objects.filter(pk__gt=last, pilot__in=written.values("pilot"))
    later = later.exclude(of_import=import_).filter(of_import__step=Step.APPLIED.value)
    newest = later.order_by("-pk").values_list("of_import", "of_import__file_name").first()
    if newest is None:
        return ""
    pk, file_name = newest
    seen = user is None or Import.objects.visible_to(user).filter(pk=pk).exists()
    name = f"“{file_name}”" if seen else "an import that you cannot see"
    return f"A later import built upon this one: {name}. Undo that one first."


def _pilots(ids: Sequence[int], user: User | None) -> dict[int, Pilot]:
    found: dict[int, Pilot] = {}
    for some in chunks(ids):
        visible = Pilot.objects.visible_to(user).filter(pk__in=some).select_related("program")
        found |= {pilot.pk: pilot for pilot in visible.prefetch_related("tags").order_by("pk")}
    return found


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


def _plan_back(
    plan: UndoPlan, written: Sequence[ImportedPilot], pilots: Mapping[int, Pilot], user: User | None
) -> None:
    ours = {item.pilot_id: pilots[item.pilot_id] for item in written if item.pilot_id in pilots}
    there = rows_beside(ours, [item.written for item in written], user)
    for item in written:
        pilot = ours.get(item.pilot_id)
        if pilot is None:
            if item.written:
                plan.kept.append(Stays("", "A pilot that you cannot see", NOT_YOURS))
            continue
        back = Back(entry=item.entry_before)
        for name, (before, after) in item.written.items():
            if why := why_it_stays(back, pilot, there, name, before, after):
                plan.kept.append(Stays(pilot.key, pilot.name, why, what_of(name)))
        plan.back[pilot.pk] = back


def what_of(name: str) -> str:
    """Return what a key of `ImportedPilot.written` speaks of, in words."""
    kind = name.partition(".")[0]
    return "history" if kind == "steps" else kind.replace("_", " ")


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
        # Who answers for a number or signed one is kept with it: a number of either kind is not taken out.
        owning = Kpi.objects.filter(owner__in=some).values_list("owner_id", "pilot_id")
        signing = SignOff.objects.filter(signer__in=some).values_list("signer_id", "version__kpi__pilot_id")
        ids -= {owner for owner, pilot in [*owning, *signing] if pilot not in going}
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
