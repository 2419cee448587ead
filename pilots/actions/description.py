"""Checks what describes a pilot, one by one or ten thousand at a time."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError

from pilots.actions.by import Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.calendar import Day
from pilots.models import HowBuilt, Pilot, RiskTier

DESCRIPTION = ("name", "problem", "unit", "vendor", "contract", "how_built", "risk", "decide_by")

_LONGEST: dict[str, int] = {
    field.name: field.max_length or 0
    for field in Pilot._meta.concrete_fields
    if field.name in {"name", "unit", "vendor", "contract"}
}
_CHOICES = {"how_built": {"", *HowBuilt}, "risk": {"", *RiskTier}}


def check_description(pilot: Pilot, reasons: Sequence[Reason] = ()) -> None:
    """Raise `Refused` with these reasons and whatever the fields of `DESCRIPTION` do not allow."""
    if not reasons and is_plainly_valid(pilot):
        return
    refuse_unstorable({name: getattr(pilot, name) for name in DESCRIPTION})
    found = list(reasons)
    try:
        pilot.clean_fields(exclude={field.name for field in pilot._meta.fields} - set(DESCRIPTION))
    except ValidationError as error:
        found += Refused.invalid(error).reasons
    if found:
        raise Refused(found)


def is_plainly_valid(pilot: Pilot) -> bool:
    """Return whether the description is fine at first sight, as nearly all are.

    That costs a tenth of asking the fields, which is left for the words about one that is not.
    """
    for name, longest in _LONGEST.items():
        text = getattr(pilot, name)
        if type(text) is not str or len(text) > longest or "\x00" in text:
            return False
    if type(pilot.problem) is not str or "\x00" in pilot.problem:
        return False
    if not pilot.name or not pilot.problem:
        return False
    if any(
        type(code := getattr(pilot, name)) is not str or code not in known for name, known in _CHOICES.items()
    ):
        return False
    return pilot.decide_by is None or type(pilot.decide_by) is date


def past_decision(decide_by: date, today: date) -> Reason:
    later = Day(today + timedelta(days=90))
    return Reason(
        f"{Day(decide_by)} is past. Choose a later day; 90 days on is {later}.", "decide_by", "past"
    )


def read_tags(names: Sequence[str]) -> list[str]:
    """Return the words once each, without white space around them; raise `Refused` for a long one."""
    cleaned = list(dict.fromkeys(" ".join(name.split()) for name in names if name.strip()))
    for name in cleaned:
        refuse_unstorable({"tags": name})
        if len(name) > 60:
            raise Refused.because(
                f"“{name[:30]}…” is too long for a tag: 60 characters.", field="tags", code="length"
            )
    return cleaned
