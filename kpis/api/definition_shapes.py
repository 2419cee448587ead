"""KPIs as the API reads and shows them: all parts of the definition, its versions and signatures."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from kpis.actions.kpi_rules import MOST_DAYS
from kpis.api import codes
from kpis.api.reading_fields import Unfit, read_decimal
from kpis.api.reading_shapes import NUMBER
from kpis.attainment import rounded
from kpis.definition import missing_parts
from kpis.models import Kpi, KpiVersion, Measurement, SignOff
from kpis.oneline import KpiLine, UnreadableKpi, read_kpi
from kpis.reading import plain
from kpis.standing import KpiStanding
from kpis.terms import Direction, KpiKind, Provenance
from pilots.api.history import PersonSerializer, shape_person
from pilots.api.pilot_shapes import ContactField
from pilots.models import Owner, Pilot
from pilots.web.serializers import (
    CodeField,
    DayField,
    LineField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    VisibleField,
    VisibleIdField,
    WholeNumberField,
    day,
    moment,
)

NUMBER_OR_NULL = {**NUMBER, "type": [*NUMBER["type"], "null"]}


# --- Out -----------------------------------------------------------------------------


class KpiOwnerSerializer(serializers.Serializer[Any]):
    """The contact who answers for the number."""

    id = serializers.IntegerField()
    name = serializers.CharField()


def _decimal(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True, **options)


class KpiPartsSerializer(serializers.Serializer[Any]):
    """A number that should move, as a pilot shows it. null always means: not known."""

    code = serializers.SlugField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(codes.KPI_KIND)
    definition = serializers.CharField(allow_null=True, help_text="What exactly is counted.")
    unit = serializers.CharField(allow_null=True)
    direction = serializers.ChoiceField(codes.DIRECTION, allow_null=True, help_text="Which way is better.")
    baseline = _decimal()
    baseline_on = serializers.DateField(allow_null=True)
    baseline_provenance = serializers.ChoiceField(codes.PROVENANCE, allow_null=True)
    target = _decimal(help_text="The upper end, within a range.")
    target_low = _decimal(help_text="The lower end of a range; null for any other direction.")
    threshold = _decimal(help_text="The worst that is accepted.")
    window_days = serializers.IntegerField(allow_null=True)
    method = serializers.CharField(allow_null=True)
    cadence_days = serializers.IntegerField(
        allow_null=True, help_text="A reading is expected every so many days."
    )
    owner = KpiOwnerSerializer(allow_null=True)
    value_per_unit = _decimal(help_text="What one unit better is worth in a month.")
    value_currency = serializers.CharField(allow_null=True)
    is_primary = serializers.BooleanField()
    retired_on = serializers.DateField(allow_null=True, help_text="null: it is measured.")


class LatestReadingSerializer(serializers.Serializer[Any]):
    """A reading in short; all of it is under measurements."""

    id = serializers.IntegerField()
    value = serializers.DecimalField(max_digits=20, decimal_places=6)
    measured_at = serializers.DateTimeField()
    provenance = serializers.ChoiceField(codes.PROVENANCE)
    sample_size = serializers.IntegerField(allow_null=True)
    model_version = serializers.CharField(allow_null=True)


class KpiSerializer(KpiPartsSerializer, PlainSerializer):
    """A number that should move. null always means: not known."""

    id = serializers.CharField(help_text="Its address: the pilot's key and the KPI's code.")
    pilot = serializers.CharField()
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Which of the seven parts are not known; empty: complete."
    )
    version = serializers.IntegerField(help_text="Of the definition; the ETag is of the pilot.")
    is_signed = serializers.BooleanField(help_text="Whether somebody signed that version.")
    latest = LatestReadingSerializer(allow_null=True, help_text="The newest reading; null: not yet measured.")
    latest_real = LatestReadingSerializer(
        allow_null=True, help_text="The newest on real data: shadow, limited or live."
    )
    attainment = serializers.DecimalField(
        max_digits=30,
        decimal_places=6,
        allow_null=True,
        help_text="How far latest_real is: 0 at the baseline, 1 at the target, beyond either as it is.",
    )

    def shape(self, instance: Kpi) -> dict[str, Any]:
        return {
            "id": f"{instance.pilot.key}/{instance.code}",
            "pilot": instance.pilot.key,
            **shape_parts(instance),
            "missing": missing_parts(instance),
            "version": instance.version_number,  # type: ignore[attr-defined]  # annotated
            "is_signed": instance.is_signed,  # type: ignore[attr-defined]  # annotated
        }


def shape_standing(standing: KpiStanding) -> dict[str, Any]:
    """Return where a KPI stands; attainment to six places."""
    share = standing.attainment
    return {
        "latest": _shape_latest(standing.latest),
        "latest_real": _shape_latest(standing.latest_real),
        "attainment": None if share is None else plain(rounded(share)),
    }


def _shape_latest(reading: Measurement | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "id": reading.pk,
        "value": plain(reading.value),
        "measured_at": moment(reading.measured_at),
        "provenance": reading.provenance,
        "sample_size": reading.sample_size,
        "model_version": reading.model_version.label if reading.model_version else None,
    }


def shape_parts(kpi: Kpi) -> dict[str, Any]:
    """Return the parts of a definition as values of JSON; `kpi` comes with its `owner`."""
    return {
        "code": kpi.code,
        "name": kpi.name,
        "kind": kpi.kind,
        "definition": kpi.definition or None,
        "unit": kpi.unit or None,
        "direction": kpi.direction or None,
        "baseline": _out(kpi.baseline),
        "baseline_on": day(kpi.baseline_on),
        "baseline_provenance": kpi.baseline_provenance or None,
        "target": _out(kpi.target),
        "target_low": _out(kpi.target_low),
        "threshold": _out(kpi.threshold),
        "window_days": kpi.window_days,
        "method": kpi.method or None,
        "cadence_days": kpi.cadence_days,
        "owner": {"id": kpi.owner.pk, "name": kpi.owner.name} if kpi.owner else None,
        "value_per_unit": _out(kpi.value_per_unit),
        "value_currency": kpi.value_currency or None,
        "is_primary": kpi.is_primary,
        "retired_on": day(kpi.retired_on),
    }


def _out(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


class KpiVersionSerializer(PlainSerializer):
    """A definition as it was agreed from a moment on; the highest number is in force."""

    number = serializers.IntegerField()
    since = serializers.DateTimeField()
    made_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    reason = serializers.CharField(allow_null=True)
    parts = serializers.DictField(help_text="What a signature covers; what is not known is left out.")
    digest = serializers.CharField(help_text="SHA-256 of the parts.")

    def shape(self, instance: KpiVersion) -> dict[str, Any]:
        return {
            "number": instance.number,
            "since": moment(instance.since),
            "made_by": shape_person(instance.made_by),
            "reason": instance.reason or None,
            "parts": instance.parts,
            "digest": instance.digest,
        }


class SignOffSerializer(PlainSerializer):
    """Who agreed to which version of a definition."""

    id = serializers.IntegerField()
    kpi = serializers.CharField(help_text="CLM-12/handling-time.")
    version = serializers.IntegerField()
    is_current = serializers.BooleanField(help_text="false: the definition changed since.")
    signer = KpiOwnerSerializer()
    signed_on = serializers.DateField()
    link = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_null=True)
    recorded_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    recorded_at = serializers.DateTimeField()

    def shape(self, instance: SignOff) -> dict[str, Any]:
        version = instance.version
        return {
            "id": instance.pk,
            "kpi": f"{version.kpi.pilot.key}/{version.kpi.code}",
            "version": version.number,
            "is_current": version.number == instance.newest_number,  # type: ignore[attr-defined]  # annotated
            "signer": {"id": instance.signer.pk, "name": instance.signer.name},
            "signed_on": day(instance.signed_on),
            "link": instance.link or None,
            "text": instance.text or None,
            "recorded_by": shape_person(instance.recorded_by),
            "recorded_at": moment(instance.recorded_at),
        }


# --- In ------------------------------------------------------------------------------


@extend_schema_field(NUMBER_OR_NULL)
class PartField(serializers.Field[Any, Any, Any, Any]):
    """A number of a definition, as JSON's or as text, exact to the last digit; null: not known."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, allow_null=True, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return read_decimal(data)
        except Unfit as fault:
            raise ValidationError(fault.detail) from None


@extend_schema_field({"type": "string", "maxLength": 500, "examples": ["Handling time 14 → 9 min"]})
class KpiLineField(LineField):
    """`Handling time 14 → 9 min`; null or "not agreed yet" for none."""

    def understand(self, text: str) -> KpiLine | None:
        try:
            return read_kpi(text)
        except UnreadableKpi as error:
            raise ValidationError(str(error), code="kpi") from None


def _days(**options: Any) -> WholeNumberField:
    return WholeNumberField(required=False, allow_null=True, min_value=1, max_value=MOST_DAYS, **options)


class KpiEditSerializer(StrictSerializer):
    """What is new of a KPI; what is left out stays. A change of a signed part makes a version."""

    name = TextField(max_length=200, required=False)
    kind = CodeField(KpiKind, required=False)
    definition = NullableText(required=False, max_length=500, help_text="What exactly is counted.")
    unit = NullableText(required=False, max_length=40)
    direction = CodeField(
        Direction, required=False, allow_null=True, help_text="Left out or null: it follows from the numbers."
    )
    baseline = PartField()
    baseline_on = DayField(required=False, allow_null=True)
    baseline_provenance = CodeField(Provenance, required=False, allow_null=True)
    target = PartField(help_text="The upper end, within a range.")
    target_low = PartField(help_text="The lower end, for a range alone.")
    threshold = PartField(help_text="The worst that is accepted. One of it and the target is needed.")
    window_days = _days(help_text="Measured over.")
    method = NullableText(
        required=False, max_length=500, help_text="Source system, formula, sample, and who measures."
    )
    cadence_days = _days(help_text="A reading is expected every so many days.")
    owner = ContactField(required=False, help_text="Who answers for the number. Not mailed.")
    value_per_unit = PartField(help_text="What one unit better is worth in a month.")
    value_currency = NullableText(required=False, max_length=3)


class KpiChangeSerializer(KpiEditSerializer):
    """What is new of a KPI, and why."""

    reason = NullableText(required=False, max_length=500, help_text="Stands beside the version.")
    scope_reason = NullableText(
        required=False, max_length=1000, help_text="Needed where day 15 of its plan settled what changes."
    )


class NewKpiSerializer(KpiEditSerializer):
    """A KPI to define: one line in `kpi`, or a `name` and numbers; and any other part with either."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    kpi = KpiLineField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.get("kpi") is None:
            attrs.pop("kpi", None)
            if "name" not in attrs:
                sentence = "Send a `name`, or a line in `kpi` such as “Handling time 14 → 9 min”."
                raise ValidationError({"name": ErrorDetail(sentence, code="required")})
            return attrs
        doubled = [name for name in ("name", "unit", "baseline", "target") if name in attrs]
        if doubled:
            sentence = "The line in `kpi` says it already. Send one of the two."
            raise ValidationError({name: ErrorDetail(sentence, code="doubled") for name in doubled})
        return attrs


class SignKpiSerializer(StrictSerializer):
    """An agreement to one version. Without `signer` it is the caller's own, as a business owner.

    A manager who notes what a business owner signed on paper names them, and a `link` or `text`.
    """

    version = WholeNumberField(min_value=1, max_value=2**31 - 1, help_text="The one that was read.")
    signer = VisibleIdField(
        among=Owner.objects.visible_to, noun="owner", required=False, allow_null=True, help_text="An id."
    )
    signed_on = DayField(required=False, help_text="Left out: today.")
    link = NullableText(required=False, max_length=500)
    text = NullableText(required=False, max_length=500)


class RetireKpiSerializer(StrictSerializer):
    """Why it is measured no longer."""

    reason = NullableText(required=False, max_length=1000)
