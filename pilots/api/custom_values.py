"""The values of custom fields on the wire, inline in a pilot as `custom`."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from pilots.actions.custom import MOST_FIELDS
from pilots.custom import LONGEST_TEXT

EXAMPLE = {"cost-centre": "4711", "budget": "12500.5", "works-council": True}
_CODE = {"type": "string", "pattern": "^[-a-z0-9_]{1,60}$"}


@extend_schema_field(
    {
        "type": "object",
        "propertyNames": _CODE,
        "additionalProperties": {"type": ["string", "boolean"]},
        "examples": [EXAMPLE],
    }
)
class ShownValuesField(serializers.JSONField):
    """What stands in the custom fields, by code; a field that is not there is not known."""


@extend_schema_field(
    {
        "type": "object",
        "propertyNames": _CODE,
        "maxProperties": MOST_FIELDS,
        "additionalProperties": {"type": ["string", "boolean", "null"], "maxLength": LONGEST_TEXT},
        "examples": [EXAMPLE],
    }
)
class ValuesField(serializers.Field[Any, Any, Any, Any]):
    """Values to write, by code: only what is named changes, and null takes a value out.

    Whether a value fits its field is asked of the action, which knows the pilot's program.
    """

    default_error_messages = {
        "invalid": "Send an object: values by the code of their field.",
        "many": f"These are too many. Send at most {MOST_FIELDS}.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            self.fail("invalid")
        if len(data) > MOST_FIELDS:
            self.fail("many")
        faults = {
            code: ErrorDetail("Send text, true, false or null.", code="invalid")
            for code, value in data.items()
            if value is not None and not isinstance(value, str | bool)
        }
        if faults:
            raise ValidationError(faults)
        return dict(data)
