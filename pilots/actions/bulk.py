"""Changes many pilots at once, all of them or none, and keeps what it takes to undo it.

What would happen is foreseen before it is asked for: which pilots change, which are so already, and
which may not be changed and why. The same is asked again under the lock.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from pilots.access.permissions import OwnerRole
from pilots.actions.bulk_asks import Asked, Foreseen, PutOnHold, SetOwner, SetTags, SetValues, foresee, words
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import as_json
from pilots.actions.hold import NewHold, hold_pilots
from pilots.actions.owner_set import OwnersOf, set_owners
from pilots.actions.pilot import Edit, edit_pilots
from pilots.models import BulkEdit, Hold, Ownership, Pilot, PilotTag

MOST = 500
NAMED = 20  # pilots a refusal names one by one


@dataclass(frozen=True, kw_only=True)
class Bulk:
    """One change of several pilots. `versions` maps ids to the versions the person was shown."""

    pilots: Sequence[Pilot]
    asked: Asked
    versions: Mapping[int, int] = field(default_factory=dict)


def change_many(bulk: Bulk, *, by: By) -> BulkEdit:
    """Make the change on each pilot, or on none. Those that are so already stay untouched.

    Raises `Pilot.DoesNotExist` for one the person does not see, and `Refused` that names every pilot
    that may not be changed: not theirs to change, not fit for it, or changed by somebody else meanwhile.
    """
    if by.user is None:
        raise Forbidden("Only a person changes several pilots at once.")
    check_size(len(bulk.pilots))
    with transaction.atomic():
        pilots = lock_visible([pilot.pk for pilot in bulk.pilots], by=by)
        foreseen = foresee(pilots, bulk.asked, by=by)
        _refuse(foreseen, bulk)
        if not foreseen.will:
            raise Refused.because("All of them are so already, so nothing would change.", code="unchanged")
        batch = uuid.uuid4()
        before = _held(foreseen.will, bulk.asked)
        _apply(foreseen.will, bulk.asked, by=by, batch=batch)
        steps = _steps(foreseen.will, bulk.asked, before)
        said = words(bulk.asked, custom_labels(foreseen.will, bulk.asked))
        return BulkEdit.objects.create(id=batch, made_by=by.user, made_at=by.at, what=said[:300], steps=steps)


def check_size(count: int) -> None:
    if not count:
        raise Refused.because("No pilot is chosen. Choose at least one.", code="nothing-chosen")
    if count > MOST:
        sentence = f"At most {MOST} pilots change at once; these are {count:,}. Narrow the list first."
        raise Refused.because(sentence, code="too-many")


def lock_visible(ids: Sequence[int], *, by: By) -> list[Pilot]:
    """Return these pilots locked, as far as the person sees them; raise `Pilot.DoesNotExist` for others."""
    visible = Pilot.objects.visible_to(by.user).filter(pk__in=ids).values("pk")
    rows = Pilot.objects.filter(pk__in=visible).select_related("program").order_by("pk")
    found = list(rows.select_for_update(of=("self",), no_key=True))
    if len(found) != len(set(ids)):
        raise Pilot.DoesNotExist("A pilot is gone, or not visible to the person who asked.")
    return found


def named(pilot: Pilot, sentence: str) -> str:
    """Return a sentence that says of which pilot it is."""
    return f"{pilot.key}, {pilot.name}: {sentence[:1].lower()}{sentence[1:]}"


def refusing(refused: Sequence[tuple[Pilot, str]], *, code: str) -> Refused:
    """Return the refusal that names these pilots, the first of them one by one."""
    reasons = [Reason(named(pilot, sentence), "pilots", code) for pilot, sentence in refused[:NAMED]]
    if len(refused) > NAMED:
        reasons.append(Reason(f"And {len(refused) - NAMED:,} more.", "pilots", code))
    return Refused(reasons)


def _refuse(foreseen: Foreseen, bulk: Bulk) -> None:
    changed = [
        (pilot, "Somebody else changed it meanwhile.")
        for pilot in foreseen.all
        if bulk.versions.get(pilot.pk, pilot.version) != pilot.version
    ]
    if changed:
        raise refusing(changed, code="stale")
    if foreseen.refused:
        raise refusing(foreseen.refused, code="not-allowed")
    if foreseen.instead and isinstance(bulk.asked, SetOwner) and not bulk.asked.reason.strip():
        sentence = "Somebody is accountable already. Say why they are replaced."
        raise Refused.because(sentence, field="reason", code="reason")


def custom_labels(pilots: Sequence[Pilot], asked: Asked) -> Mapping[str, str]:
    """Return the labels of the custom fields that are asked for, by code."""
    if not isinstance(asked, SetValues) or not asked.custom or not pilots:
        return {}
    fields = pilots[0].program.custom_fields.filter(code__in=list(asked.custom))
    return dict(fields.values_list("code", "label"))


def _apply(pilots: Sequence[Pilot], asked: Asked, *, by: By, batch: uuid.UUID) -> None:
    match asked:
        case SetOwner(contact=contact, reason=reason):
            contacts = (contact,) if contact else ()
            lead = OwnerRole.PRODUCTION_OWNER
            wanted = [OwnersOf(pilot=pilot, role=lead, contacts=contacts) for pilot in pilots]
            set_owners(wanted, by=by, batch=batch, reason=reason)
        case PutOnHold(reason=reason, agreed_by=agreed_by, review_on=review_on):
            holds = [
                NewHold(pilot=pilot, reason=reason, agreed_by=agreed_by, review_on=review_on)
                for pilot in pilots
            ]
            hold_pilots(holds, by=by, batch=batch)
        case SetTags():
            now = tags_of(pilots)
            edits = [Edit(pilot=pilot, fields={"tags": asked.of(now[pilot.pk])}) for pilot in pilots]
            edit_pilots(edits, by=by, batch=batch)
        case SetValues():
            edit_pilots([Edit(pilot=pilot, fields=asked.fields) for pilot in pilots], by=by, batch=batch)


def tags_of(pilots: Sequence[Pilot]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {pilot.pk: [] for pilot in pilots}
    for pk, name in PilotTag.objects.filter(pilot__in=pilots).order_by("name").values_list("pilot", "name"):
        found[pk].append(name)
    return found


# --- What was there, and what is since ---------------------------------------------


def _held(pilots: Sequence[Pilot], asked: Asked) -> dict[int, Any]:
    """Return of each pilot what the change will touch, by its id."""
    match asked:
        case SetTags():
            return {pk: {"tags": names} for pk, names in tags_of(pilots).items()}
        case SetValues():
            return {pilot.pk: _values(pilot, asked) for pilot in pilots}
        case SetOwner():
            return _seats(pilots)
    return {pilot.pk: None for pilot in pilots}


def _values(pilot: Pilot, asked: SetValues) -> dict[str, Any]:
    held: dict[str, Any] = {name: as_json(getattr(pilot, name)) for name in asked.plain}
    if asked.custom:
        held["custom"] = {code: pilot.custom.get(code) for code in asked.custom}
    return held


def _seats(pilots: Sequence[Pilot]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {pilot.pk: [] for pilot in pilots}
    rows = Ownership.objects.active().filter(pilot__in=pilots).order_by("pk")
    for pk, row in rows.values_list("pilot_id", "pk"):
        found[pk].append(row)
    return found


def _steps(pilots: Sequence[Pilot], asked: Asked, before: Mapping[int, Any]) -> list[dict[str, Any]]:
    """Return a step for each pilot: which it is, its version since, and what puts it back."""
    now = dict(Pilot.objects.filter(pk__in=[pilot.pk for pilot in pilots]).values_list("pk", "version"))
    return [
        {"pilot": pilot.pk, "key": pilot.key, "version": now[pilot.pk], **back}
        for pilot, back in zip(pilots, _ways_back(pilots, asked, before), strict=True)
    ]


def _ways_back(pilots: Sequence[Pilot], asked: Asked, before: Mapping[int, Any]) -> list[dict[str, Any]]:
    match asked:
        case SetOwner():
            after = _seats(pilots)
            return [
                {
                    "added": sorted(set(after[pilot.pk]) - set(before[pilot.pk])),
                    "ended": sorted(set(before[pilot.pk]) - set(after[pilot.pk])),
                }
                for pilot in pilots
            ]
        case PutOnHold():
            holds = Hold.objects.filter(pilot__in=pilots, until__isnull=True)
            of_pilot = dict(holds.values_list("pilot_id", "pk"))
            return [{"hold": of_pilot[pilot.pk]} for pilot in pilots]
    return [{"before": before[pilot.pk]} for pilot in pilots]
