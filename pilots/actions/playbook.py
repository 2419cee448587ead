"""Changes what one program asks of its pilots: its requirements, and who passes a gate."""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from pilots.access.models import Event, Program
from pilots.access.permissions import SEATS, Deed, OwnerRole, relation_to_program
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import refuse_unstorable, require
from pilots.actions.event import event
from pilots.models import GateSetting, PlaybookEntry
from pilots.models.readiness import Approving
from pilots.playbook import MAY_JOIN, PLAYBOOK, READY, EvidenceKind, Gate, PhaseCode

MOST_OWN = 50
LONGEST = {"title": 200, "missing": 300, "next_action": 300}
WORDS = ("title", "missing", "next_action", "unblocker")
OF_EVERY = ("is_used", *WORDS)
OF_OWN = (*OF_EVERY, "gate", "phase", "kinds")
APPROVERS = tuple(role for role in OwnerRole if role in SEATS | {OwnerRole.SPONSOR})
# Codes of a program's own ones never meet those of the playbook, of gates or of other waivers.
OWN = "own-"


@dataclass(frozen=True, kw_only=True)
class NewRequirement:
    """A requirement of one program's own, shown by evidence. `gate`, `phase` or both say when it matters."""

    program: Program
    title: str
    kinds: frozenset[EvidenceKind]
    gate: Gate | None = None
    phase: PhaseCode | None = None
    missing: str = ""
    next_action: str = ""
    unblocker: OwnerRole | None = None


@dataclass(frozen=True, kw_only=True)
class RequirementEdit:
    """New values for some of `OF_EVERY`, or of `OF_OWN` where it is the program's own; the rest stays.

    Empty words go back to those of the playbook.
    """

    program: Program
    code: str
    fields: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GateEdit:
    """Who has to agree to a gate beyond its evidence, and whether it counts before go-live (G7, G8)."""

    program: Program
    gate: Gate
    approving: Approving
    roles: frozenset[OwnerRole] = frozenset()
    before_go_live: bool = False


# --- Requirements ------------------------------------------------------------------


def add_requirement(new: NewRequirement, *, by: By) -> PlaybookEntry:
    """Add one of the program's own.

    Raises `Refused` with every fault, `Forbidden` for whoever may not, and `Program.DoesNotExist`
    where they do not see the program.
    """
    with transaction.atomic():
        there = _lock(new.program, by=by)
        title = " ".join(new.title.split())
        entry = PlaybookEntry(
            program=new.program,
            code=_free_code(title, there),
            title=title,
            gate=new.gate.value if new.gate else "",
            phase=new.phase.value if new.phase else "",
            kinds=_ordered(new.kinds),
            missing=new.missing.strip() or f"Nobody has shown this: {title}"[:299] + ".",
            next_action=new.next_action.strip() or "Bring evidence of it.",
            unblocker=new.unblocker.value if new.unblocker else OwnerRole.PRODUCTION_OWNER.value,
        )
        _check(entry, there.values())
        if sum(_is_own(code) for code in there) >= MOST_OWN:
            raise Refused.because(
                f"A program has at most {MOST_OWN} requirements of its own.", code="too-many"
            )
        entry.save(force_insert=True)
        _tell("playbook.requirement_added", entry, after=_state(entry), by=by)
    return entry


def edit_requirement(edit: RequirementEdit, *, by: By) -> PlaybookEntry:
    """Write what is new of a requirement; one of the playbook keeps everything that is not named.

    Raises `Refused` for a code nobody knows, and as `add_requirement` does.
    """
    with transaction.atomic():
        there = _lock(edit.program, by=by)
        _refuse_unknown(edit, there)
        entry = there.get(edit.code) or PlaybookEntry(program=edit.program, code=edit.code)
        before = _state(entry)
        for name, value in edit.fields.items():
            setattr(entry, name, _stored(edit.code, name, value))
        _check(entry, [other for other in there.values() if other.code != entry.code])
        after = _state(entry)
        changed = [name for name in OF_OWN if before[name] != after[name]]
        if changed:
            _keep(entry)
            _tell(
                "playbook.requirement_edited",
                entry,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
                by=by,
            )
    return entry


def restore_requirement(program: Program, code: str, *, by: By) -> None:
    """Let a requirement be as the playbook has it; one of the program's own counts again.

    Raises `Refused` where nothing was changed.
    """
    with transaction.atomic():
        entry = _lock(program, by=by).get(code)
        if entry is None or (_is_own(code) and entry.is_used):
            raise Refused.because("This is as the playbook has it already.", code="nothing-changed")
        before = _state(entry)
        if _is_own(code):
            entry.is_used = True
            entry.save(update_fields=["is_used"])
        else:
            entry.delete()
        _tell("playbook.requirement_restored", entry, before=before, by=by)


def _lock(program: Program, *, by: By) -> dict[str, PlaybookEntry]:
    """Return what the program changed, by code; nobody else changes any until this is written."""
    visible = Program.objects.visible_to(by.user).filter(pk=program.pk).values("pk")
    locked = Program.objects.filter(pk__in=visible).select_for_update(no_key=True).first()
    if locked is None:
        raise Program.DoesNotExist("The program is gone, or not visible to the person who asked.")
    require(Deed.CONFIGURE, relation_to_program(by.user, locked))
    rows = PlaybookEntry.objects.filter(program=locked).select_related("program").order_by("pk")
    return {row.code: row for row in rows}


def _refuse_unknown(edit: RequirementEdit, there: Mapping[str, PlaybookEntry]) -> None:
    unknown = set(edit.fields) - set(OF_OWN)
    if unknown:
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    if not _is_own(edit.code):
        if edit.code not in PLAYBOOK:
            raise _no_such(edit.code)
        fixed = sorted(set(edit.fields) - set(OF_EVERY))
        if fixed:
            sentence = "The playbook says this. Switch the requirement off and add one of your own instead."
            raise Refused(Reason(sentence, name, "fixed") for name in fixed)
    elif edit.code not in there:
        raise _no_such(edit.code)


def _no_such(code: str) -> Refused:
    return Refused.because(f"There is no requirement “{code[:60]}”.", code="unknown")


def _stored(code: str, name: str, value: Any) -> Any:
    """Return a value as its column keeps it; words the playbook has anyway are not kept twice."""
    if name == "kinds":
        return _ordered(value)
    if name == "is_used":
        return bool(value)
    text = " ".join(value.split()) if value else ""
    return "" if not _is_own(code) and text == _standard_words(code)[name] else text


def _standard_words(code: str) -> dict[str, str]:
    known = PLAYBOOK[code]
    unblocker = known.unblockers[0].value if len(known.unblockers) == 1 else ""
    return {
        "title": known.title,
        "missing": known.missing,
        "next_action": known.next_action,
        "unblocker": unblocker,
    }


def _keep(entry: PlaybookEntry) -> None:
    """Write an entry; one that changes nothing any longer goes."""
    if not _is_own(entry.code) and entry.is_used and not any(getattr(entry, name) for name in WORDS):
        if entry.pk:
            PlaybookEntry.objects.filter(pk=entry.pk).delete()
        return
    entry.save()


def _check(entry: PlaybookEntry, others: Iterable[PlaybookEntry]) -> None:
    refuse_unstorable({name: getattr(entry, name) for name in LONGEST})
    reasons = [
        Reason(f"Write at most {longest} characters.", name, "length")
        for name, longest in LONGEST.items()
        if len(getattr(entry, name)) > longest
    ]
    if _is_own(entry.code):
        reasons += _own_faults(entry, others)
    reasons += _emptied(entry, others)
    if reasons:
        raise Refused(reasons)


def _emptied(entry: PlaybookEntry, others: Iterable[PlaybookEntry]) -> list[Reason]:
    """Refuse to switch off the last thing that one of the six gates asks for: everybody would pass it."""
    if entry.is_used:
        return []
    changed = {other.code: other for other in others} | {entry.code: entry}
    gates = {code: known.gate for code, known in PLAYBOOK.items()} | {
        code: Gate(other.gate) for code, other in changed.items() if _is_own(code) and other.gate
    }
    gate = gates.get(entry.code)
    asked = [
        code for code, of in gates.items() if of is gate and (code not in changed or changed[code].is_used)
    ]
    if gate not in READY or asked:
        return []
    sentence = f"It is the last that {gate.value} {gate.label} asks for. Add one of your own first."
    return [Reason(sentence, "is_used", "last-of-gate")]


def _own_faults(entry: PlaybookEntry, others: Iterable[PlaybookEntry]) -> list[Reason]:
    reasons = []
    if not entry.title:
        reasons.append(Reason("Say in a few words what has to be there.", "title", "required"))
    elif entry.title.casefold() in _titles(others):
        sentence = f"This program asks for “{entry.title}” already. Give this one another name."
        reasons.append(Reason(sentence, "title", "repeated"))
    if not entry.missing:
        reasons.append(Reason("Say what a refusal tells people: what is not there.", "missing", "required"))
    if not (entry.gate or entry.phase):
        sentence = "Choose the gate before which, or the phase in which, it has to be there."
        reasons.append(Reason(sentence, "gate", "required"))
    if EvidenceKind.DEMO.value in entry.kinds:
        reasons.append(Reason("A demo never counts. Choose other evidence.", "kinds", "demo"))
    elif not entry.kinds:
        reasons.append(Reason("Choose at least one kind of evidence that counts.", "kinds", "required"))
    return reasons


def _titles(others: Iterable[PlaybookEntry]) -> set[str]:
    entries = {other.code: other for other in others}
    own = {entry.title.casefold() for entry in entries.values() if entry.title}
    kept = {
        known.title.casefold()
        for known in PLAYBOOK.values()
        if known.code not in entries or not entries[known.code].title
    }
    return own | kept


def _free_code(title: str, there: Mapping[str, PlaybookEntry]) -> str:
    code = first = OWN + (slugify(title)[:50].strip("-_") or "requirement")
    number = 2
    while code in there:
        code, number = f"{first}-{number}", number + 1
    return code


def _is_own(code: str) -> bool:
    return code.startswith(OWN)


def _ordered(kinds: Iterable[EvidenceKind]) -> list[str]:
    chosen = set(kinds)
    return [kind.value for kind in EvidenceKind if kind in chosen]


def _state(entry: PlaybookEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in OF_OWN}


def _tell(
    verb: str,
    entry: PlaybookEntry,
    *,
    by: By,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    told = event(verb, by=by, program=entry.program, subject=entry.code, before=before, after=after)
    Event.objects.bulk_create([told])


# --- Gates -------------------------------------------------------------------------


def set_gate(edit: GateEdit, *, by: By) -> None:
    """Write who has to agree to a gate and whether it counts before go-live.

    Approvals that were given stay; what counts is asked anew each time. Raises as `add_requirement` does.
    """
    with transaction.atomic():
        _lock(edit.program, by=by)
        reasons = _gate_faults(edit)
        if reasons:
            raise Refused(reasons)
        row = GateSetting.objects.filter(program=edit.program, gate=edit.gate.value).first()
        row = row or GateSetting(program=edit.program, gate=edit.gate.value)
        before = _gate_state(row)
        row.approving = edit.approving.value
        asked = edit.roles if edit.approving is not Approving.NOBODY else frozenset()
        row.roles = [role.value for role in APPROVERS if role in asked]
        row.before_go_live = edit.before_go_live
        after = _gate_state(row)
        changed = [name for name, value in before.items() if value != after[name]]
        if not changed:
            return
        row.save()
        told = event(
            "playbook.gate_set",
            by=by,
            program=edit.program,
            subject=edit.gate.value,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
        Event.objects.bulk_create([told])


def _gate_faults(edit: GateEdit) -> list[Reason]:
    reasons = []
    if edit.approving is not Approving.NOBODY and not edit.roles:
        reasons.append(Reason("Choose at least one role that approves.", "roles", "required"))
    strange = sorted(role.label for role in edit.roles - set(APPROVERS))
    if strange:
        names = ", ".join(strange)
        reasons.append(Reason(f"{names}: only a sponsor or a seat approves gates.", "roles", "cannot"))
    if edit.before_go_live and edit.gate not in MAY_JOIN:
        sentence = "Only G7 and G8 can join. G1 to G6 stand before go-live anyway, and G0 before approval."
        reasons.append(Reason(sentence, "before_go_live", "cannot"))
    return reasons


def _gate_state(row: GateSetting) -> dict[str, Any]:
    return {"approving": row.approving, "roles": list(row.roles), "before_go_live": row.before_go_live}
