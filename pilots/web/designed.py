"""How a pilot is made to run, as facts for its page; what nobody decided is said to be so."""

from collections.abc import Callable
from enum import StrEnum

from pilots.actions.description import HIGH_STAKES
from pilots.design import Complexity, ModelTier, Regime, ServingLocation, ServingPattern
from pilots.models import Pilot, RiskTier


def design_facts(pilot: Pilot) -> list[tuple[str, str]]:
    """Return label and value of each fact; the value is "" where nobody knows."""
    return [
        ("How it answers", _label(ServingPattern, pilot.serving_pattern)),
        ("Where it runs", _label(ServingLocation, pilot.serving_location)),
        ("What decides", _label(ModelTier, pilot.model_tier)),
        ("How hard to bring into production", _label(Complexity, pilot.complexity)),
        ("Personal data", _label(Regime, pilot.regime)),
        ("Who looks at answers", pilot.human_oversight),
    ]


def _label(codes: Callable[[str], StrEnum], code: str) -> str:
    return str(getattr(codes(code), "label", code)) if code else ""


def tier_notice(pilot: Pilot) -> str:
    """Return what to say about risk and model: unwatched high stakes, or more model than is needed."""
    if pilot.model_tier != ModelTier.LARGEST.value:
        return ""
    if pilot.risk in HIGH_STAKES and not pilot.human_oversight:
        return "Its risk is high and a most capable model decides, but nobody is said to look at answers."
    if pilot.risk == RiskTier.MINIMAL.value:
        return "Its risk is minimal: a small model, or rules, may do the same for less and answer sooner."
    return ""
