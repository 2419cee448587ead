"""The end of a pilot and the extension of a hold, as the API reads and shows them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from pilots.actions.ending import LONGEST_NAME, LONGEST_WORDS, Legacy
from pilots.api import codes
from pilots.custom import FieldKind, UnreadableValue, check_value
from pilots.design import Cause
from pilots.models import Ending
from pilots.web.serializers import (
    CodeField,
    DayField,
    LooseDayField,
    NullableText,
    StrictSerializer,
    TextField,
)

LEGACY = ("cause", "lessons", "reusable", "decided_by", "released_amount", "released_currency")


@extend_schema_field({"type": ["string", "null"], "examples": ["61000.50"]})
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """An amount of money as text, so that no decimal is lost; null where nobody knows."""

    def to_internal_value(self, data: Any) -> Decimal | None:
        try:
            found = check_value(FieldKind.MONEY, data)
        except UnreadableValue as error:
            raise ValidationError(str(error), code="invalid") from None
        return None if found is None else Decimal(str(found))


class StopSerializer(StrictSerializer):
    """Why a pilot ends, and what it leaves behind. Money nobody knows of stays null."""

    reason = TextField(max_length=4000)
    cause = CodeField(Cause)
    lessons = NullableText(required=False, max_length=LONGEST_WORDS)
    reusable = NullableText(required=False, max_length=LONGEST_WORDS)
    decided_by = NullableText(required=False, max_length=LONGEST_NAME)
    released_amount = AmountField(required=False, allow_null=True)
    released_currency = NullableText(required=False, max_length=10)
    happened_on = LooseDayField(required=False, allow_null=True, help_text="Today when left out.")


def legacy_of(values: dict[str, Any]) -> Legacy:
    """Return what a pilot leaves behind, taking it out of what was read."""
    found = {name: values.pop(name) for name in LEGACY if name in values}
    return Legacy(**{name: value for name, value in found.items() if value is not None})


class ExtensionSerializer(StrictSerializer):
    """A later review day of the hold that lasts."""

    review_on = DayField()
    reason = TextField(max_length=4000)
    agreed_by = NullableText(required=False, max_length=LONGEST_NAME)


class EndingSerializer(serializers.Serializer[Any]):
    """What was left behind with the move to Stopped or Retired."""

    cause = serializers.ChoiceField(codes.CAUSE)
    lessons = serializers.CharField(allow_null=True)
    reusable = serializers.CharField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    released_amount = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    released_currency = serializers.CharField(allow_null=True)


def shape_ending(ending: Ending | None) -> dict[str, Any] | None:
    if ending is None:
        return None
    amount = ending.released_amount
    return {
        "cause": ending.cause,
        "lessons": ending.lessons or None,
        "reusable": ending.reusable or None,
        "decided_by": ending.decided_by or None,
        "released_amount": None if amount is None else f"{amount:.2f}",
        "released_currency": ending.released_currency or None,
    }
