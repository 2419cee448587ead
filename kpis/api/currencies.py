"""The currency of a program, and the rates somebody entered."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.actions.currency import NewRate, add_rate, remove_rate, set_currency
from kpis.api.money_shapes import (
    CurrencySerializer,
    NewRateSerializer,
    ProgramMoneySerializer,
    RateSerializer,
    shape_rate,
)
from kpis.models import ProgramMoney, Rate
from kpis.money.terms import DEFAULT_CURRENCY
from pilots.access.models import Program
from pilots.api.program_settings import OfProgram
from pilots.web.tokens import by_api


def shape_program_money(program: Program) -> dict[str, Any]:
    chosen = ProgramMoney.objects.filter(program=program).first()
    rates = Rate.objects.filter(program=program).order_by("-since", "currency", "-pk")
    return {
        "currency": chosen.currency if chosen else DEFAULT_CURRENCY,
        "rates": [shape_rate(row) for row in rates],
    }


class ProgramMoneyView(OfProgram):
    @extend_schema(
        operation_id="program_money_retrieve",
        summary="Read the currency and the rates of a program",
        responses=ProgramMoneySerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(shape_program_money(self.program))

    @extend_schema(
        operation_id="program_money_edit",
        summary="Say in which currency a program adds up",
        description="For managers and administrators. Rates say what others are worth in the one before: "
        "remove them first.",
        request=CurrencySerializer,
        responses=ProgramMoneySerializer,
        examples=[OpenApiExample("Francs", request_only=True, value={"currency": "CHF"})],
    )
    def patch(self, request: Request, slug: str) -> Response:
        values = self.read(CurrencySerializer, request)
        set_currency(self.program, values["currency"], by=by_api(request))
        return Response(shape_program_money(self.program))


class RatesView(OfProgram):
    @extend_schema(
        operation_id="program_rate_create",
        summary="Enter a rate",
        description="It holds for periods that end on `since` or later, until a newer one.",
        request=NewRateSerializer,
        responses={201: RateSerializer},
        examples=[
            OpenApiExample(
                "Dollars in euros",
                request_only=True,
                value={"currency": "USD", "rate": "0.92", "since": "2026-10-01", "note": "Central bank"},
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        new = NewRate(program=self.program, **self.read(NewRateSerializer, request))
        return Response(shape_rate(add_rate(new, by=by_api(request))), status=201)


class RateView(OfProgram):
    @extend_schema(operation_id="program_rate_remove", summary="Remove a rate", responses={204: None})
    def delete(self, request: Request, slug: str, row: int) -> Response:
        rates = Rate.objects.filter(program=self.program).select_related("program")
        remove_rate(get_object_or_404(rates, pk=row), by=by_api(request))
        return Response(status=204)
