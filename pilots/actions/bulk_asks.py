"""What can be asked of many pilots at once, and what would become of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilots.access.permissions import Deed, OwnerRole, may
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import FORBIDDEN_WORDS, refuse_unstorable
from pilots.actions.custom import checked_values, fields_of
from pilots.actions.description import past_decision, read_tags
from pilots.actions.owner import MAKERS, Contact, builder_as_owner
from pilots.calendar import Day
from pilots.custom import FieldKind, Value, told
from pilots.models import Owner, Ownership, Pilot, PilotTag
from pilots.models.pilot import relations

LONGEST_UNIT, LONGEST_NAME, LONGEST_REASON = 200, 200, 500


@dataclass(frozen=True, kw_only=True)
class SetOwner:
    """Who brings them into production; nobody where there is no contact.

    `reason` says why somebody who is accountable now is replaced.
    """

    contact: Contact | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class SetTags:
    """Words to put on them and to take off them."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def of(self, now: Sequence[str]) -> list[str]:
        """Return the tags of a pilot afterwards."""
        gone = set(read_tags(self.remove))
        return [name for name in dict.fromkeys([*now, *read_tags(self.add)]) if name not in gone]


@dataclass(frozen=True, kw_only=True)
class PutOnHold:
    reason: str
    agreed_by: str
    review_on: date


@dataclass(frozen=True, kw_only=True)
class SetValues:
    """New values for `unit` and `decide_by`, and for custom fields by code as JSON; None empties one."""

    plain: Mapping[str, Any] = field(default_factory=dict)
    custom: Mapping[str, Value | None] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        return {**self.plain, **({"custom": dict(self.custom)} if self.custom else {})}


Asked = SetOwner | SetTags | PutOnHold | SetValues
PLAIN = frozenset({"unit", "decide_by"})


@dataclass(frozen=True)
class Foreseen:
    """Which pilots would change, which are so already, and which may not be changed, each with why.

    `instead`: whom the change takes out of which pilot, by its id.
    """

    will: list[Pilot]
    same: list[Pilot]
    refused: list[tuple[Pilot, str]]
    instead: dict[int, str] = field(default_factory=dict)

    @property
    def all(self) -> list[Pilot]:
        return [*self.will, *self.same, *(pilot for pilot, _ in self.refused)]


def deed_of(asked: Asked) -> Deed:
    match asked:
        case SetOwner():
            return Deed.ASSIGN_OWNERS
        case PutOnHold():
            return Deed.HOLD
    return Deed.EDIT


def foresee(pilots: Sequence[Pilot], asked: Asked, *, by: By) -> Foreseen:
    """Say what would become of each pilot; a fixed number of queries.

    Raises `Refused` for what no pilot could be given, such as a day that is past.
    """
    _check(pilots, asked, by=by)
    found = Foreseen([], [], [])
    judge = _judge_of(pilots, asked, found.instead)
    deed, standing = deed_of(asked), relations(by.user, list(pilots))
    for pilot in pilots:
        if not may(deed, standing[pilot.pk]):
            found.refused.append((pilot, f"You may not {FORBIDDEN_WORDS[deed]}."))
            continue
        try:
            (found.will if judge(pilot) else found.same).append(pilot)
        except Refused as refused:
            found.refused.append((pilot, str(refused)))
            found.instead.pop(pilot.pk, None)
    return found


def _check(pilots: Sequence[Pilot], asked: Asked, *, by: By) -> None:
    days = [by.today(program) for program in {pilot.program for pilot in pilots}]
    today = max(days) if days else by.at.date()
    reasons: list[Reason] = []
    match asked:
        case SetOwner():
            refuse_unstorable({"reason": asked.reason})
            if len(asked.reason) > LONGEST_REASON:
                reasons.append(Reason(f"Write at most {LONGEST_REASON} characters.", "reason", "length"))
        case PutOnHold():
            reasons += _faults_of_hold(asked, today)
        case SetTags():
            if not read_tags(asked.add) and not read_tags(asked.remove):
                reasons.append(Reason("Write a tag to add, or one to remove.", "tags", "required"))
            if set(read_tags(asked.add)) & set(read_tags(asked.remove)):
                reasons.append(Reason("A tag is both to be added and removed.", "tags", "both"))
        case SetValues():
            reasons += _faults_of(asked, today)
    if reasons:
        raise Refused(reasons)


def _faults_of_hold(asked: PutOnHold, today: date) -> list[Reason]:
    refuse_unstorable({"reason": asked.reason, "agreed_by": asked.agreed_by})
    reasons = []
    if not asked.reason.strip():
        reasons.append(Reason("Say why they are put on hold.", "reason", "reason"))
    if not asked.agreed_by.strip():
        reasons.append(Reason("Say who agreed to the hold.", "agreed_by", "agreed-by"))
    elif len(asked.agreed_by.strip()) > LONGEST_NAME:
        reasons.append(Reason(f"This has at most {LONGEST_NAME} characters.", "agreed_by", "length"))
    if asked.review_on <= today:
        sentence = "Choose a review day after today: a hold without one hides a stall."
        reasons.append(Reason(sentence, "review_on", "past"))
    return reasons


def _faults_of(asked: SetValues, today: date) -> list[Reason]:
    unknown = set(asked.plain) - PLAIN
    if unknown:
        raise ValueError(f"Not for many at once: {', '.join(sorted(unknown))}.")
    reasons, day, unit = [], asked.plain.get("decide_by"), asked.plain.get("unit", "")
    refuse_unstorable({"unit": unit})
    if not asked.plain and not asked.custom:
        reasons.append(Reason("Say what is to change.", "", "required"))
    if day is not None and day < today:
        reasons.append(past_decision(day, today))
    if len(unit) > LONGEST_UNIT:
        reasons.append(Reason(f"Write at most {LONGEST_UNIT} characters.", "unit", "length"))
    return reasons


# --- Pilot by pilot ----------------------------------------------------------------


def _judge_of(pilots: Sequence[Pilot], asked: Asked, instead: dict[int, str]) -> Any:
    """Return what says of a pilot whether it would change; it raises `Refused` where it cannot.

    It notes in `instead` whom the change would take out.
    """
    match asked:
        case SetOwner():
            return _judge_owner(pilots, asked, instead)
        case PutOnHold():
            return _judge_hold
        case SetTags():
            tags: dict[int, list[str]] = {}
            for pk, name in PilotTag.objects.filter(pilot__in=list(pilots)).values_list("pilot", "name"):
                tags.setdefault(pk, []).append(name)
            return lambda pilot: sorted(asked.of(tags.get(pilot.pk, []))) != sorted(tags.get(pilot.pk, []))
        case SetValues():
            known = fields_of({pilot.program_id for pilot in pilots if asked.custom})
            return lambda pilot: _changes(pilot, asked, known.get(pilot.program_id, {}))


def _changes(pilot: Pilot, asked: SetValues, known: Mapping[str, Any]) -> bool:
    is_other = any(getattr(pilot, name) != value for name, value in asked.plain.items())
    return bool(checked_values(known, asked.custom, pilot.custom)) or is_other


def _judge_hold(pilot: Pilot) -> bool:
    if pilot.is_ended:
        raise Refused.because(f"It is {pilot.at_stage.label.lower()}, so there is nothing to hold.")
    if pilot.is_on_hold:
        raise Refused.because("It is on hold already.")
    return True


def _judge_owner(pilots: Sequence[Pilot], asked: SetOwner, instead: dict[int, str]) -> Any:
    lead, makers = OwnerRole.PRODUCTION_OWNER.value, {role.value for role in MAKERS}
    rows = Ownership.objects.active().filter(pilot__in=list(pilots), role__in=[lead, *makers])
    leads: dict[int, Owner] = {}
    made_by: dict[int, Owner] = {}
    for row in rows.filter(deputises__isnull=True).select_related("owner").order_by("pk"):
        if row.role == lead:
            leads[row.pilot_id] = row.owner
        elif asked.contact and _is(row.owner, asked.contact):
            made_by[row.pilot_id] = row.owner

    def judge(pilot: Pilot) -> bool:
        now = leads.get(pilot.pk)
        if now is not None and (asked.contact is None or not _is(now, asked.contact)):
            instead[pilot.pk] = now.name
        if asked.contact is None or (now is not None and pilot.pk not in instead):
            return pilot.pk in instead
        if pilot.is_ended:
            raise Refused.because(f"It is {pilot.at_stage.label.lower()}: it needs no owner any longer.")
        if pilot.pk in made_by:
            raise builder_as_owner(made_by[pilot.pk])
        return True

    return judge


def _is(owner: Owner, contact: Contact) -> bool:
    if contact.email:
        return owner.email.casefold() == contact.email.casefold()
    return owner.name.casefold() == contact.name.casefold()


# --- In words ----------------------------------------------------------------------


def words(asked: Asked, labels: Mapping[str, str] | None = None) -> str:
    """Return what is asked, as it follows on “12 pilots:”. `labels` are those of custom fields, by code."""
    match asked:
        case SetOwner(contact=contact):
            return f"{contact.name or contact.email if contact else 'nobody'} is production owner"
        case PutOnHold():
            return f"on hold until a review on {Day(asked.review_on)}"
        case SetTags():
            added, gone = ", ".join(read_tags(asked.add)), ", ".join(read_tags(asked.remove))
            said = [f"tagged {added}" if added else "", f"no longer tagged {gone}" if gone else ""]
            return ", ".join(part for part in said if part)
    parts = [_said(name.replace("_", " "), value) for name, value in asked.plain.items()]
    parts += [_said((labels or {}).get(code, code), value) for code, value in asked.custom.items()]
    return ", ".join(parts)


def _said(label: str, value: Any) -> str:
    if isinstance(value, bool):
        value = told(FieldKind.YES_NO, value)
    return f"{label} is {Day(value) if isinstance(value, date) else value if value else 'not known'}"
