"""The shapes of readings: as the API shows them, and as it describes what may be sent."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kpis.actions.measurement import LONGEST_REASON, MOST_READINGS, Outcome, Recorded
from kpis.api import codes
from kpis.api.reading_fields import ADDRESS, LONGEST_LABEL
from kpis.models import Measurement
from kpis.reading import MOST_CASES, TEXTS, plain
from pilots.actions.by import Reason
from pilots.api.history import PersonSerializer, shape_person
from pilots.web.serializers import DayField, PlainSerializer, StrictSerializer, TextField, day, moment

NUMBER = {
    "type": ["number", "string"],
    "pattern": r"^-?[0-9]{1,14}(\.[0-9]{1,6})?$",
    "examples": ["9.4"],
}


class MeasurementSerializer(PlainSerializer):
    """A reading of a KPI. null always means: not known, or not there."""

    id = serializers.IntegerField()
    kpi = serializers.CharField(help_text="Such as CLM-12/handling-time.")
    kind = serializers.ChoiceField(codes.KPI_KIND, help_text="Of the KPI.")
    value = serializers.DecimalField(max_digits=20, decimal_places=6)
    unit = serializers.CharField(allow_null=True)
    measured_at = serializers.DateTimeField()
    window_from = serializers.DateField(allow_null=True)
    sample_size = serializers.IntegerField(allow_null=True, help_text="How many cases it rests on.")
    provenance = serializers.ChoiceField(codes.PROVENANCE)
    model_version = serializers.CharField(allow_null=True)
    entry = serializers.ChoiceField(codes.ENTRY, help_text="How it came in.")
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]  # a field
    external_id = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True)
    revision = serializers.IntegerField()
    corrects = serializers.IntegerField(allow_null=True, help_text="The id of what it replaced.")
    is_current = serializers.BooleanField(help_text="Neither corrected nor withdrawn.")
    recorded_at = serializers.DateTimeField()
    recorded_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_by = PersonSerializer(allow_null=True)
    withdrawn_because = serializers.CharField(allow_null=True)

    def shape(self, instance: Measurement) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "kpi": f"{instance.kpi.pilot.key}/{instance.kpi.code}",
            "kind": instance.kpi.kind,
            "value": plain(instance.value),
            "unit": instance.kpi.unit or None,
            "measured_at": moment(instance.measured_at),
            "window_from": day(instance.window_from),
            "sample_size": instance.sample_size,
            "provenance": instance.provenance,
            "model_version": instance.model_version.label if instance.model_version else None,
            "entry": instance.entry,
            "source": instance.source or None,
            "external_id": instance.external_id or None,
            "note": instance.note or None,
            "revision": instance.revision,
            "corrects": instance.corrects_id,
            "is_current": instance.is_current,
            "recorded_at": moment(instance.recorded_at),
            "recorded_by": shape_person(instance.recorded_by),
            "withdrawn_at": moment(instance.withdrawn_at),
            "withdrawn_by": shape_person(instance.withdrawn_by),
            "withdrawn_because": instance.withdrawn_because or None,
        }


class PushedMeasurementSerializer(MeasurementSerializer):
    """A reading that was sent, and what became of it."""

    outcome = serializers.ChoiceField(codes.READING_OUTCOME)

    def shape(self, instance: Measurement) -> dict[str, Any]:
        raise TypeError("shape_pushed knows the outcome too.")


def shape_pushed(recorded: Recorded) -> dict[str, Any]:
    assert recorded.measurement is not None  # noqa: S101 -- only a refused one has none
    return {"outcome": recorded.outcome.value, **MeasurementSerializer().shape(recorded.measurement)}


# --- What may be sent ----------------------------------------------------------------------


@extend_schema_field(NUMBER)
class NumberField(serializers.Field[Any, Any, Any, Any]):
    """A number as JSON's or as text, exact to the last digit."""


@extend_schema_field(
    {"type": ["string", "null"], "examples": ["2026-10-26T12:00:00Z", "2026-10-26"], "maxLength": 40}
)
class MomentOrDayField(serializers.Field[Any, Any, Any, Any]):
    """A moment, or a day: noon of it in the program's zone."""


class ReadingFieldsSerializer(StrictSerializer):
    """Describes what `reading_fields` reads."""

    value = NumberField()
    provenance = serializers.ChoiceField(codes.PROVENANCE)
    measured_at = MomentOrDayField(required=False, help_text="Now, when left out.")
    window_from = DayField(
        required=False, allow_null=True, help_text="The first day it counts; it ends with measured_at."
    )
    sample_size = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_CASES)
    model_version = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_LABEL, help_text="Its label."
    )
    source = serializers.CharField(  # type: ignore[assignment]  # a field
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=TEXTS["source"],
        help_text="The tool it comes from.",
    )
    external_id = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=TEXTS["external_id"],
        help_text="What that tool calls it: sent again, it is known again.",
    )
    note = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=TEXTS["note"])
    is_meant = serializers.BooleanField(
        required=False, help_text="Yes, 0.91 % is meant, where 91 % would be expected."
    )


class NewReadingSerializer(ReadingFieldsSerializer):
    """A reading of the KPI the address names."""


class NewMeasurementSerializer(ReadingFieldsSerializer):
    """A reading of any KPI."""

    kpi = serializers.RegexField(f"^{ADDRESS.pattern}$", help_text="Such as CLM-12/handling-time.")


class BulkMeasurementsSerializer(StrictSerializer):
    """Readings to record together."""

    measurements = serializers.ListField(
        child=NewMeasurementSerializer(), min_length=1, max_length=MOST_READINGS
    )


class BulkReasonSerializer(serializers.Serializer[Any]):
    """Why a row was refused."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class BulkRowSerializer(serializers.Serializer[Any]):
    """What became of one row, in the order in which they were sent."""

    outcome = serializers.ChoiceField(codes.READING_OUTCOME)
    id = serializers.IntegerField(allow_null=True)
    kpi = serializers.CharField(allow_null=True)
    external_id = serializers.CharField(allow_null=True)
    value = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    unit = serializers.CharField(allow_null=True)
    errors = BulkReasonSerializer(many=True)  # type: ignore[assignment]  # a field, not the property


class BulkResultSerializer(serializers.Serializer[Any]):
    """How many of each, and row by row."""

    created = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    superseded = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = BulkRowSerializer(many=True)


def shape_bulk(
    recorded: Sequence[Recorded], names: Sequence[tuple[str | None, str | None]]
) -> dict[str, Any]:
    """Return what became of each row; `names` is the KPI and the id that each was sent with."""
    outcomes = [one.outcome for one in recorded]
    return {
        **{outcome.value: outcomes.count(outcome) for outcome in Outcome},
        "results": [_shape_row(place, one, *names[place]) for place, one in enumerate(recorded)],
    }


def _shape_row(place: int, recorded: Recorded, kpi: str | None, external_id: str | None) -> dict[str, Any]:
    row = recorded.measurement
    return {
        "outcome": recorded.outcome.value,
        "id": row.pk if row else None,
        "kpi": f"{row.kpi.pilot.key}/{row.kpi.code}" if row else kpi,
        "external_id": row.external_id or None if row else external_id,
        "value": plain(row.value) if row else None,
        "unit": row.kpi.unit or None if row else None,
        "errors": [
            {"pointer": pointer_of(place, reason.field), "code": reason.code, "detail": of_row(place, reason)}
            for reason in recorded.reasons
        ],
    }


def of_row(place: int, reason: Reason) -> str:
    """Return why a row is refused, with its number: the first is 1, in a log as on the page."""
    return f"Row {place + 1:,}: {reason.sentence}"


def pointer_of(place: int, field: str) -> str:
    """Return where in a body of many readings something is wrong."""
    escaped = field.replace("~", "~0").replace("/", "~1")
    return f"/measurements/{place}/{escaped}" if field else f"/measurements/{place}"


class ReadingCorrectionSerializer(StrictSerializer):
    """New values for some of a reading, and why; what is left out stays."""

    reason = TextField(max_length=LONGEST_REASON)
    value = NumberField(required=False)
    provenance = serializers.ChoiceField(codes.PROVENANCE, required=False)
    measured_at = MomentOrDayField(required=False)
    window_from = DayField(required=False, allow_null=True)
    sample_size = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MOST_CASES)
    model_version = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_LABEL
    )
    note = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=TEXTS["note"])
    is_meant = serializers.BooleanField(required=False)


class ReadingWithdrawalSerializer(StrictSerializer):
    """Why a reading does not hold."""

    reason = TextField(max_length=LONGEST_REASON)


class CiteSerializer(StrictSerializer):
    """What a reading is to show."""

    requirement = TextField(max_length=60, help_text="The code of a requirement, such as evaluation.")
