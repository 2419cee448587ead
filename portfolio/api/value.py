"""Value for machines: the numbers of the page, from the same lines."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.api import codes
from kpis.money.sums import Total
from pilots.models import Pilot
from pilots.web.filters import faults_of
from pilots.web.problems import BadQuery
from pilots.web.resources import ApiView
from pilots.web.schema import parameters_of
from pilots.web.tokens import caller
from portfolio.dashboards.value.filters import PARAMETERS, ValueFilterSet
from portfolio.dashboards.value.groups import Group, Place, Progress
from portfolio.dashboards.value.page import ValuePage
from portfolio.dashboards.value.sums import Sums


class AmountField(serializers.DecimalField):
    """Money, to the cent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=20, decimal_places=2, **options)


class RatioField(serializers.DecimalField):
    """A share; null where it cannot be told."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=12, decimal_places=4, allow_null=True, **options)


class TotalSerializer(serializers.Serializer[Any]):
    """A sum; `unconverted` is what no rate was entered for, by currency, and is not in `amount`."""

    amount = AmountField(allow_null=True, help_text="null: nothing is written down.")
    unconverted = serializers.DictField(child=AmountField())


class SpentSerializer(serializers.Serializer[Any]):
    """Actual cost by where the pilots are."""

    production = TotalSerializer()
    before = TotalSerializer(help_text="On the way there.")
    never = TotalSerializer(help_text="Stopped before production.")
    retired = TotalSerializer()


class DelaySerializer(serializers.Serializer[Any]):
    """Pilots that were shown to work and wait for their first users."""

    pilots = serializers.IntegerField()
    unknown = serializers.IntegerField(help_text="Of how many nobody wrote down what they are worth.")
    cost = AmountField(allow_null=True)
    monthly = AmountField(allow_null=True)


class BudgetSerializer(serializers.Serializer[Any]):
    commitment = serializers.ChoiceField(codes.COMMITMENT, allow_null=True, help_text="null: undecided.")
    total = TotalSerializer()


class MoneySerializer(serializers.Serializer[Any]):
    """What adds up in one currency."""

    currency = serializers.CharField()
    cost = TotalSerializer()
    verified = TotalSerializer()
    unchecked = TotalSerializer()
    rejected = TotalSerializer()
    roi = RatioField(
        help_text="(verified − cost) ÷ cost; null without cost, before any benefit is verified or "
        "rejected, or while part of either has no rate."
    )
    verified_share = RatioField(help_text="Read ROI only with this.")
    spent = SpentSerializer()
    budgets = BudgetSerializer(many=True)
    delay = DelaySerializer()


class AttainmentSerializer(serializers.Serializer[Any]):
    """Pilots with users, by how far their primary KPI came in real use."""

    reached = serializers.IntegerField()
    on_the_way = serializers.IntegerField()
    no_better = serializers.IntegerField()
    not_known = serializers.IntegerField()


class ValueSerializer(serializers.Serializer[Any]):
    """What pilots cost, what they brought and how far they came."""

    as_of = serializers.DateField()
    as_seen_by = serializers.CharField()
    denominator = serializers.IntegerField()
    with_money = serializers.IntegerField()
    attainment = AttainmentSerializer()
    breached = serializers.IntegerField(help_text="Slower or dearer than was agreed.")
    deployed = serializers.IntegerField(help_text="In production, and a part of the loop is missing.")
    money = MoneySerializer(many=True)
    pilots = serializers.ListField(child=serializers.CharField(), help_text="Keys of `group`, or of all.")


class ValueView(ApiView):
    parameters = frozenset(PARAMETERS)

    @extend_schema(
        summary="Add up what pilots are worth",
        description="Of what the caller may see; confidential pilots are in no total. Currencies never mix.",
        parameters=parameters_of(ValueFilterSet, {"group": "Whose keys are listed in `pilots`."}),
        responses=ValueSerializer,
    )
    def get(self, request: Request) -> Response:
        filters = ValueFilterSet(
            request.query_params, Pilot.objects.visible_to(caller(request)), request=request
        )
        if not filters.is_valid():
            raise BadQuery(faults_of(filters))
        return Response(shape_value(ValuePage(caller(request), filters)))


def shape_value(page: ValuePage) -> dict[str, Any]:
    return {
        "as_of": page.today.isoformat(),
        "as_seen_by": str(page.user),
        "denominator": page.denominator,
        "with_money": page.with_money,
        "attainment": {progress.value: page.counted(Group(progress.value)) for progress in Progress},
        "breached": page.counted(Group.BREACHED),
        "deployed": page.counted(Group.DEPLOYED),
        "money": [_shape_sums(sums) for sums in page.sums],
        "pilots": [line.pilot.key for line in page.listed_lines],
    }


def _shape_sums(sums: Sums) -> dict[str, Any]:
    delay = sums.delay
    return {
        "currency": sums.currency,
        "cost": _total(sums.cost),
        "verified": _total(sums.verified),
        "unchecked": _total(sums.unchecked),
        "rejected": _total(sums.rejected),
        "roi": _ratio(sums.roi),
        "verified_share": _ratio(sums.verified_share),
        "spent": {place.value: _total(sums.spent[place]) for place in Place},
        "budgets": [
            {"commitment": commitment.value if commitment else None, "total": _total(amount)}
            for commitment, amount in sums.budgets.items()
        ],
        "delay": {
            "pilots": len(delay.lines),
            "unknown": delay.unknown,
            "cost": _amount(delay.cost),
            "monthly": _amount(delay.monthly),
        },
    }


def _total(total: Total) -> dict[str, Any]:
    return {
        "amount": _amount(total.amount) if total.count else None,
        "unconverted": {code: _amount(amount) for code, amount in total.unconverted.items()},
    }


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.2f}"


def _ratio(ratio: Decimal | None) -> str | None:
    return None if ratio is None else f"{ratio:.4f}"


value = ValueView.as_view()
