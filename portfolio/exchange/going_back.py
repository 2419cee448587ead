"""What goes back of one pilot that was there before an import, and why something of it stays.

A value goes back where it still says what the import wrote, and where what it said before can stand there
today: a choice may have left its list since, and a person may hold the role again.
"""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from kpis.actions.kpi import EDITABLE
from kpis.models import Kpi
from pilots.access.models import User
from pilots.access.permissions import Deed, may
from pilots.access.roles import OwnerRole
from pilots.actions.by import Refused
from pilots.actions.change import as_json
from pilots.actions.custom import Known, checked_values, fields_of
from pilots.actions.restore import is_there
from pilots.lifecycle import effective
from pilots.models import Evidence, Milestone, Owner, Ownership, Pilot, StageTransition
from pilots.models.pilot import relations
from portfolio.exchange.stored import AT_ONCE

SAYS_ELSE = "It says something else by now."
MOVED = "It was moved or its history corrected since."
NAMED_AGAIN = "Somebody whom it ended was named again since."
ROLE_TAKEN = "Somebody else has the role by now."
OWNER_GONE = "Who was to do it then is no contact any longer."
SHOWN = "Somebody brought evidence of it since."
NOT_YOURS = "It is not yours to change."
NUMBERS = {"baseline", "target"}
# Whatever else can be agreed about a number: no import writes it, so a person did.
NOT_IMPORTED = {*EDITABLE, "owner_id", "retired_on"} - {
    "name",
    "kind",
    "unit",
    "direction",
    "owner",
    *NUMBERS,
}


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

    @property
    def changes_pilot(self) -> bool:
        parts = (self.fields, self.custom, self.steps, self.owners_added, self.owners_ended)
        return any(parts) or bool(self.kpis or self.milestones)


@dataclass(frozen=True)
class There:
    """What stands beside these pilots as it is now, by id.

    `holding` are the active ownerships by pilot and role, `programs_of` the program of each active contact
    that a milestone may get back, `custom` the fields of each program, `shown` the milestones with
    evidence, `open_to` the pilots of which the person may say who sees them.
    """

    owners: Mapping[int, Ownership]
    holding: Mapping[tuple[int, str], Sequence[Ownership]]
    kpis: Mapping[int, Kpi]
    milestones: Mapping[int, Milestone]
    shown: AbstractSet[int]
    past: Mapping[int, Sequence[StageTransition]]
    programs_of: Mapping[int, int]
    custom: Mapping[int, Known]
    open_to: frozenset[int]


def chunks(ids: Sequence[int]) -> Iterable[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def rows_beside(
    pilots: Mapping[int, Pilot], written: Iterable[Mapping[str, Sequence[Any]]], user: User | None
) -> There:
    """Read what stands beside pilots; `written` is what an import wrote of each."""
    owners: dict[int, Ownership] = {}
    kpis: dict[int, Kpi] = {}
    milestones: dict[int, Milestone] = {}
    shown: set[int] = set()
    past: dict[int, list[StageTransition]] = {}
    programs_of: dict[int, int] = {}
    holding: dict[tuple[int, str], list[Ownership]] = {}
    for some in chunks(sorted(pilots)):
        named = Ownership.objects.filter(pilot__in=some).select_related("owner__user")
        owners |= {row.pk: row for row in named.order_by("pk")}
        kpis |= {row.pk: row for row in Kpi.objects.filter(pilot__in=some).order_by("pk")}
        milestones |= {row.pk: row for row in Milestone.objects.filter(pilot__in=some).order_by("pk")}
        shown |= set(
            Evidence.objects.filter(pilot__in=some, milestone__isnull=False)
            .order_by()
            .values_list("milestone_id", flat=True)
        )
        for row in StageTransition.objects.filter(pilot__in=some).order_by("pk"):
            past.setdefault(row.pilot_id, []).append(row)
    for held in owners.values():
        if held.until is None and held.deputises_id is None:
            holding.setdefault((held.pilot_id, held.role), []).append(held)
    for contacts in chunks(sorted(_contacts_before(written))):
        here = Owner.objects.filter(pk__in=contacts, is_active=True)
        programs_of |= dict(here.values_list("pk", "program"))
    standing = relations(user, list(pilots.values()))
    return There(
        owners=owners,
        holding=holding,
        kpis=kpis,
        milestones=milestones,
        shown=shown,
        past=past,
        programs_of=programs_of,
        custom=fields_of({pilot.program_id for pilot in pilots.values()}),
        open_to=frozenset(pk for pk, relation in standing.items() if may(Deed.MARK_CONFIDENTIAL, relation)),
    )


def _contacts_before(written: Iterable[Mapping[str, Sequence[Any]]]) -> set[int]:
    """Return the ids of those who were to do a milestone before."""
    return {
        owner
        for fields in written
        for key, (before, _) in fields.items()
        if key.startswith("milestone.") and before and (owner := before.get("owner_id"))
    }


def why_it_stays(back: Back, pilot: Pilot, there: There, name: str, before: Any, after: Any) -> str:
    """Note what goes back of one key of `ImportedPilot.written`; say why where it does not."""
    kind, _, part = name.partition(".")
    match kind:
        case "custom":
            return _custom(back, pilot, there, part, before, after)
        case "owner":
            return _owners(back, there, (pilot.pk, part), before, after)
        case "kpi":
            kpi = there.kpis.get(int(part))
            if before is None and kpi is not None and _is_worked_on(kpi):
                return SAYS_ELSE
            return _if(_says(kpi, after), back.kpis, int(part), before)
        case "milestone":
            return _milestone(back, pilot, there, int(part), before, after)
        case "steps":
            return _steps(back, there.past.get(pilot.pk, ()), set(after))
    told = sorted(after) if name == "tags" else after
    if name == "is_confidential" and pilot.pk not in there.open_to:
        return NOT_YOURS
    return _if(_present(pilot, name) == told, back.fields, name, before)


def _if(same: object, backs: dict[Any, Any], key: Any, before: Any) -> str:
    if not same:
        return SAYS_ELSE
    backs[key] = before
    return ""


def _custom(back: Back, pilot: Pilot, there: There, code: str, before: Any, after: Any) -> str:
    if pilot.custom.get(code) != after:
        return SAYS_ELSE
    try:
        checked_values(there.custom.get(pilot.program_id, {}), {code: before}, pilot.custom)
    except Refused as refused:
        return str(refused)
    back.custom[code] = before
    return ""


def _owners(
    back: Back, there: There, role: tuple[int, str], ended: Sequence[int], added: Sequence[int]
) -> str:
    """Let a role go back to whoever held it; `role` is the pilot's id and the role."""
    rows = [there.owners.get(pk) for pk in added]
    gone = [there.owners.get(pk) for pk in ended]
    if not all(row and row.until is None and row.accepted_on is None for row in rows):
        return SAYS_ELSE
    others = [row for row in there.holding.get(role, ()) if row.pk not in added]
    for row in gone:
        if row is None or row.until is None:
            return SAYS_ELSE
        if row.deputises_id is None and not is_there(row.owner):
            return f"{row.owner} is not active any longer."
        if any(other.owner_id == row.owner_id for other in others):
            return NAMED_AGAIN
    if gone and others and role[1] == OwnerRole.PRODUCTION_OWNER.value:
        return ROLE_TAKEN
    back.owners_added += added
    back.owners_ended += ended
    return ""


def _milestone(back: Back, pilot: Pilot, there: There, pk: int, before: Any, after: Any) -> str:
    owner = before.get("owner_id") if before else None
    if owner and there.programs_of.get(owner) != pilot.program_id:
        return OWNER_GONE
    if before is None and pk in there.shown:
        return SHOWN
    return _if(_says(there.milestones.get(pk), after), back.milestones, pk, before)


def _present(pilot: Pilot, name: str) -> Any:
    if name == "tags":
        return sorted(tag.name for tag in pilot.tags.all())
    return as_json(getattr(pilot, name))


def _is_worked_on(kpi: Kpi) -> bool:
    """Return whether somebody filled in what no import writes."""
    return any(getattr(kpi, name) not in (None, "") for name in sorted(NOT_IMPORTED))


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


def _steps(back: Back, rows: Sequence[StageTransition], recorded: set[int]) -> str:
    """Take the steps that an import recorded out of a history, unless that was changed since."""
    ours = [row for row in rows if row.pk in recorded]
    newest = max(recorded)
    counting = {entry.id for entry in effective(row.as_entry() for row in rows)}
    is_last = all(row.pk <= newest for row in rows)
    stand_for = {row.pk for row in ours if row.supersedes_id is not None}
    leaves_some = bool(counting - recorded or stand_for)
    if not (is_last and leaves_some and all(row.pk in counting for row in ours)):
        return MOVED
    back.steps += [row.pk for row in ours]
    return ""
