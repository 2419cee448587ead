"""Checks what describes a pilot, one by one or ten thousand at a time."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError

from pilots.actions.by import Reason, Refused
from pilots.actions.change import refuse_unstorable
from pilots.calendar import Day
from pilots.design import Complexity, ModelTier, Regime, ServingLocation, ServingPattern
from pilots.models import HowBuilt, Pilot, RiskTier

DESCRIPTION = ("name", "problem", "unit", "vendor", "contract", "how_built", "risk", "decide_by")
# How it is made to run: asked on the page of the production record, and kept by the same action.
DESIGN = (
    "serving_pattern",
    "serving_location",
    "model_tier",
    "human_oversight",
    "regime",
    "complexity",
    "stands_alone_because",
)
# A person has to look at the answers where these are decided by a most capable model (S0-11).
HIGH_STAKES = frozenset({RiskTier.HIGH.value, RiskTier.PROHIBITED.value})

_LONGEST: dict[str, int] = {
    field.name: field.max_length or 0
    for field in Pilot._meta.concrete_fields
    if field.name in {"name", "unit", "vendor", "contract", "human_oversight", "stands_alone_because"}
}
_CHOICES = {
    "how_built": {"", *HowBuilt},
    "risk": {"", *RiskTier},
    "serving_pattern": {"", *ServingPattern},
    "serving_location": {"", *ServingLocation},
    "model_tier": {"", *ModelTier},
    "regime": {"", *Regime},
    "complexity": {"", *Complexity},
}


def check_description(pilot: Pilot, reasons: Sequence[Reason] = ()) -> None:
    """Raise `Refused` with these reasons and whatever `DESCRIPTION` and `DESIGN` do not allow."""
    if not reasons and is_plainly_valid(pilot):
        return
    checked = {*DESCRIPTION, *DESIGN}
    refuse_unstorable({name: getattr(pilot, name) for name in sorted(checked)})
    found = list(reasons)
    try:
        pilot.clean_fields(exclude={field.name for field in pilot._meta.fields} - checked)
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


def unwatched(pilot: Pilot, changed: Iterable[str]) -> list[Reason]:
    """Return why a change may not leave high stakes to a most capable model that nobody watches."""
    if not {"risk", "model_tier", "human_oversight"} & set(changed):
        return []
    is_large = pilot.model_tier == ModelTier.LARGEST.value
    if pilot.risk not in HIGH_STAKES or not is_large or pilot.human_oversight:
        return []
    sentence = (
        "Its risk is high and a most capable model decides: say under “How it runs” who looks at which "
        "answers, and when."
    )
    return [Reason(sentence, "human_oversight", "oversight")]


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
