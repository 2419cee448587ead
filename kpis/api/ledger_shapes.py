"""The shapes of a ledger: entries as the API shows them, and as they may be sent."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from kpis.actions.ledger import MOST_AT_ONCE
from kpis.actions.ledger_rules import AMOUNT_LIKE
from kpis.api import codes
from kpis.models import LedgerEntry
from kpis.money.terms import Basis, Commitment, Finding, LedgerKind, MoneyPhase
from pilots.api.endings import AmountField
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import Pilot
from pilots.web.serializers import (
    CodeField,
    DayField,
    NullableText,
    PlainSerializer,
    StrictSerializer,
    TextField,
    VisibleField,
    day,
    moment,
)

# --- Entries, going out ----------------------------------------------------------------


class LedgerEntrySerializer(PlainSerializer):
    """Money of a pilot over a period. null always means: not known, or not there."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    kind = serializers.ChoiceField(codes.LEDGER_KIND)
    category = serializers.ChoiceField(codes.MONEY_CATEGORY, allow_null=True, help_text="null: a budget.")
    phase = serializers.ChoiceField(codes.MONEY_PHASE)
    basis = serializers.ChoiceField(codes.BASIS)
    amount = serializers.DecimalField(max_digits=17, decimal_places=2)
    currency = serializers.CharField()
    period_from = serializers.DateField()
    period_to = serializers.DateField(help_text="The last day of it.")
    note = serializers.CharField(allow_null=True)
    kpi = serializers.CharField(allow_null=True, help_text="Such as CLM-12/handling-time.")
    commitment = serializers.ChoiceField(
        codes.COMMITMENT, allow_null=True, help_text="null: nobody decided, or no budget."
    )
    decided_on = serializers.DateField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    decided_because = serializers.CharField(allow_null=True)
    finding = serializers.ChoiceField(
        codes.FINDING, allow_null=True, help_text="null: nobody checked, or no actual benefit."
    )
    checked_by = PersonSerializer(allow_null=True)
    checked_on = serializers.DateField(allow_null=True)
    checked_note = serializers.CharField(allow_null=True)
    entered_by = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    entered_at = serializers.DateTimeField()

    def shape(self, instance: LedgerEntry) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "kind": instance.kind,
            "category": instance.category or None,
            "phase": instance.phase,
            "basis": instance.basis,
            "amount": f"{instance.amount:.2f}",
            "currency": instance.currency,
            "period_from": day(instance.period_from),
            "period_to": day(instance.period_to),
            "note": instance.note or None,
            "kpi": f"{instance.pilot.key}/{instance.kpi.code}" if instance.kpi else None,
            "commitment": instance.commitment or None,
            "decided_on": day(instance.decided_on),
            "decided_by": instance.decided_by or None,
            "decided_because": instance.decided_because or None,
            "finding": instance.finding or None,
            "checked_by": shape_person(instance.checked_by),
            "checked_on": day(instance.checked_on),
            "checked_note": instance.checked_note or None,
            "entered_by": shape_person(instance.entered_by),
            "entered_at": moment(instance.entered_at),
        }


class LedgerEntriesSerializer(serializers.Serializer[Any]):
    """The entries that were written down, in the order they were sent."""

    entries = LedgerEntrySerializer(many=True)


# --- Entries, coming in ------------------------------------------------------------------


@extend_schema_field({"type": "string", "pattern": r"^[0-9]{1,13}(\.[0-9]{1,2})?$", "examples": ["61000.50"]})
class MoneyField(AmountField):
    """An amount of money as text, which is wanted."""

    def to_internal_value(self, data: Any) -> Decimal:
        found = super().to_internal_value(data)
        if found is None:
            raise ValidationError(AMOUNT_LIKE, code="invalid")
        return found


class CategoryField(serializers.ChoiceField):
    """A category of costs or of benefits; null and "" for a budget, which has none."""

    default_error_messages = {"invalid_choice": "“{input}” is not known here. Known: {known}."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(codes.MONEY_CATEGORY, allow_null=True, allow_blank=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        known = dict(codes.MONEY_CATEGORY)
        if data == "":
            return ""
        if not isinstance(data, str) or data not in known:
            self.fail("invalid_choice", input=str(data)[:40], known=", ".join(known))
        return data


class EntryEditSerializer(StrictSerializer):
    """What is new of an entry."""

    category = CategoryField(required=False, help_text="Of its kind; a budget has none.")
    phase = CodeField(MoneyPhase)
    basis = CodeField(Basis, required=False, help_text="Planned, when left out.")
    amount = MoneyField()
    currency = TextField(max_length=3, help_text="A code of ISO 4217.")
    period_from = DayField()
    period_to = DayField(help_text="The last day of it.")
    note = NullableText(required=False, max_length=500)
    kpi = NullableText(required=False, max_length=120, help_text="Such as CLM-12/handling-time.")


class NewEntrySerializer(EntryEditSerializer):
    """Money to write down."""

    pilot = VisibleField("key", among=Pilot.objects.visible_to, noun="pilot")
    kind = CodeField(LedgerKind)


class BulkPilotField(VisibleField):
    """A pilot among those that were found for all entries at once."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        found = self.context["pilots"].get(data)
        if found is None:
            self.fail("does_not_exist", noun=self.noun, value=data[:80])
        return found


class BulkEntrySerializer(EntryEditSerializer):
    """One of several entries."""

    pilot = BulkPilotField("key", among=Pilot.objects.visible_to, noun="pilot")
    kind = CodeField(LedgerKind)


class NewEntriesSerializer(StrictSerializer):
    """Entries to write down, all or none."""

    entries = serializers.ListField(
        child=BulkEntrySerializer(),
        min_length=1,
        max_length=MOST_AT_ONCE,
        error_messages={
            "not_a_list": "This is not a list. Send one, in square brackets.",
            "min_length": "Send at least one entry.",
            "max_length": f"These are too many. Send at most {MOST_AT_ONCE}.",
        },
    )


class CheckSerializer(StrictSerializer):
    """What somebody found of a claimed benefit; a rejection needs the note."""

    finding = CodeField(Finding)
    checked_note = NullableText(required=False, max_length=500)


class DecideBudgetSerializer(StrictSerializer):
    """What became of a budget; the reason is wanted unless it is committed."""

    commitment = CodeField(Commitment)
    decided_by = TextField(max_length=200)
    decided_on = DayField(required=False, allow_null=True, help_text="Today when left out.")
    decided_because = NullableText(required=False, max_length=500)
