"""How a pilot is made to run, on one small form."""

from enum import StrEnum
from typing import Any

from django import forms

from pilots.actions.description import DESIGN
from pilots.design import Complexity, ModelTier, Regime, ServingLocation, ServingPattern
from pilots.forms.edit import DescribingForm
from pilots.forms.fields import LongWords
from pilots.models import Pilot


def _one_of(codes: type[StrEnum], label: str, help_text: str = "") -> forms.ChoiceField:
    listed = [(code.value, getattr(code, "label", code.value)) for code in codes]
    return forms.ChoiceField(
        label=label,
        required=False,
        choices=[("", "Not decided yet"), *listed],
        help_text=help_text,
        error_messages={"invalid_choice": "Choose one of the list."},
    )


class DesignForm(DescribingForm):
    serving_pattern = _one_of(ServingPattern, "How it answers", "It shapes everything after it")
    serving_location = _one_of(ServingLocation, "Where it runs")
    model_tier = _one_of(ModelTier, "What decides")
    complexity = _one_of(Complexity, "How hard it is to bring into production")
    human_oversight = LongWords(
        label="Who looks at which answers, and when",
        required=False,
        max_length=500,
        rows=2,
        help_text="Needed where the risk is high and a most capable model decides",
    )
    regime = _one_of(Regime, "Personal data", "And the law it falls under")
    stands_alone_because = LongWords(
        label="It stands alone because",
        required=False,
        max_length=500,
        rows=2,
        help_text="Only where it connects to nothing at all",
    )


def design_of(pilot: Pilot) -> dict[str, Any]:
    """Return what the form starts from."""
    return {name: getattr(pilot, name) for name in DESIGN} | {"version": pilot.version}
