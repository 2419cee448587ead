"""The shapes of sums: what a pilot cost and brought, and what a program adds up in."""

import re
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from kpis.actions.currency import LONGEST_NOTE, plain_rate
from kpis.models import Rate
from kpis.money.read import Benefits, Money
from kpis.money.sums import PlannedActual, Total
from pilots.web.serializers import DayField, NullableText, StrictSerializer, TextField, day

RATE = r"^[0-9]{1,8}(\.[0-9]{1,8})?$"

# --- What it comes to --------------------------------------------------------------------


class SumSerializer(serializers.Serializer[Any]):
    """A sum in the program's currency. `unconverted` had no rate and is in no sum, by currency."""

    amount = serializers.DecimalField(
        max_digits=30, decimal_places=2, allow_null=True, help_text="null: none."
    )
    unconverted = serializers.DictField(child=serializers.CharField())


class PlannedActualSerializer(serializers.Serializer[Any]):
    """Planned and actual; `over` is the share above the plan, 0.75 for 35 of 20."""

    planned = SumSerializer()
    actual = SumSerializer()
    over = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)


class BenefitsSerializer(serializers.Serializer[Any]):
    """Benefits by what somebody found of them; what was rejected counts nowhere."""

    planned = SumSerializer()
    unchecked = SumSerializer()
    verified = SumSerializer()
    rejected = SumSerializer()


class CostOfDelaySerializer(serializers.Serializer[Any]):
    """What waiting costs, and what that stands on; `missing` says why it is not known."""

    days = serializers.IntegerField(allow_null=True)
    is_over = serializers.BooleanField(help_text="It waits no longer.")
    monthly = serializers.DecimalField(max_digits=30, decimal_places=2, allow_null=True)
    cost = serializers.DecimalField(max_digits=30, decimal_places=2, allow_null=True)
    assumptions = serializers.ListField(child=serializers.CharField())
    missing = serializers.CharField(allow_null=True)


class PilotMoneySerializer(serializers.Serializer[Any]):
    """What a pilot cost and brought. `roi` counts verified benefit only: read it with `verified_share`."""

    pilot = serializers.CharField()
    currency = serializers.CharField()
    cost = PlannedActualSerializer()
    cost_by_phase = serializers.DictField(child=PlannedActualSerializer())
    cost_by_category = serializers.DictField(child=PlannedActualSerializer())
    benefits = BenefitsSerializer()
    benefits_by_category = serializers.DictField(child=BenefitsSerializer())
    budgets = serializers.DictField(
        child=serializers.DictField(child=SumSerializer()),
        help_text="By phase, then by commitment; “undecided” where nobody decided.",
    )
    roi = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    verified_share = serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True)
    payback_month = serializers.CharField(allow_null=True, help_text="Such as 2026-11.")
    delay = CostOfDelaySerializer()
    unconverted = serializers.DictField(child=serializers.CharField())


def shape_money(money: Money) -> dict[str, Any]:
    """Return the figures of one pilot's ledger, amounts and shares as text."""
    delay = money.delay
    return {
        "pilot": money.pilot.key,
        "currency": money.currency,
        "cost": _planned_actual(money.cost),
        "cost_by_phase": {of.value: _planned_actual(cost) for of, cost in money.cost_by_phase.items()},
        "cost_by_category": {of.value: _planned_actual(cost) for of, cost in money.cost_by_category.items()},
        "benefits": _benefits(money.benefits),
        "benefits_by_category": {of.value: _benefits(found) for of, found in money.benefits_by_kind.items()},
        "budgets": {
            phase.value: {
                (commitment.value if commitment else "undecided"): _total(total)
                for commitment, total in sums.items()
            }
            for phase, sums in money.budgets.items()
        },
        "roi": _share(money.roi),
        "verified_share": _share(money.verified_share),
        "payback_month": f"{money.payback:%Y-%m}" if money.payback else None,
        "delay": {
            "days": delay.days,
            "is_over": delay.is_over,
            "monthly": _amount(delay.monthly),
            "cost": _amount(delay.cost),
            "assumptions": list(delay.assumptions),
            "missing": delay.missing or None,
        },
        "unconverted": _apart(money.unconverted),
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _share(share: Decimal | None) -> str | None:
    return None if share is None else f"{share:.6f}"


def _apart(unconverted: Any) -> dict[str, str]:
    return {currency: f"{amount:.2f}" for currency, amount in unconverted.items()}


def _total(total: Total) -> dict[str, Any]:
    return {
        "amount": _amount(total.amount if total.count else None),
        "unconverted": _apart(total.unconverted),
    }


def _planned_actual(cost: PlannedActual) -> dict[str, Any]:
    return {"planned": _total(cost.planned), "actual": _total(cost.actual), "over": _share(cost.over)}


def _benefits(benefits: Benefits) -> dict[str, Any]:
    return {
        "planned": _total(benefits.planned),
        "unchecked": _total(benefits.unchecked),
        "verified": _total(benefits.verified),
        "rejected": _total(benefits.rejected),
    }


# --- Currency and rates --------------------------------------------------------------------


@extend_schema_field({"type": "string", "pattern": RATE, "examples": ["0.92"]})
class RateField(serializers.Field[Any, Any, Any, Any]):
    """A rate as text, exact to the last digit."""

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(RATE, data, re.ASCII):
            sentence = "Write a rate as text, with a point before decimals, such as “0.92”."
            raise ValidationError(sentence, code="invalid")
        return Decimal(data)


class RateSerializer(serializers.Serializer[Any]):
    """What one unit of a currency is worth in the program's, from a day on."""

    id = serializers.IntegerField()
    currency = serializers.CharField()
    rate = serializers.DecimalField(max_digits=16, decimal_places=8)
    since = serializers.DateField()
    note = serializers.CharField(allow_null=True)


class ProgramMoneySerializer(serializers.Serializer[Any]):
    """The currency in which a program adds up, and its rates, the newest first."""

    currency = serializers.CharField()
    rates = RateSerializer(many=True)


class CurrencySerializer(StrictSerializer):
    """The currency to add up in."""

    currency = TextField(max_length=3, help_text="A code of ISO 4217.")


class NewRateSerializer(StrictSerializer):
    """A rate to add."""

    currency = TextField(max_length=3, help_text="A code of ISO 4217.")
    rate = RateField()
    since = DayField()
    note = NullableText(required=False, max_length=LONGEST_NOTE, help_text="Where it is from.")


def shape_rate(row: Rate) -> dict[str, Any]:
    return {
        "id": row.pk,
        "currency": row.currency,
        "rate": plain_rate(row.rate),
        "since": day(row.since),
        "note": row.note or None,
    }
