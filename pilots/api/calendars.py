"""The calendar of a program: its working days, holidays and freezes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import Program
from pilots.actions.calendar import (
    LONGEST_NAME,
    LONGEST_REASON,
    NewFreeze,
    NewHoliday,
    add_freeze,
    add_holiday,
    remove_freeze,
    remove_holiday,
    set_working_days,
)
from pilots.api.program_settings import OfProgram
from pilots.models import Freeze, Holiday
from pilots.web.serializers import DayField, StrictSerializer, TextField, WholeNumberField, day
from pilots.web.tokens import by_api


class HolidaySerializer(serializers.Serializer[Any]):
    """A day on which nobody in the program works."""

    id = serializers.IntegerField()
    day = serializers.DateField()
    name = serializers.CharField()


class FreezeSerializer(serializers.Serializer[Any]):
    """A stretch in which the clocks of the program stand still; both days belong to it."""

    id = serializers.IntegerField()
    first_on = serializers.DateField()
    last_on = serializers.DateField()
    reason = serializers.CharField()


class CalendarSerializer(serializers.Serializer[Any]):
    """On which days a program works, and when its clocks stand still."""

    working_days = serializers.ListField(
        child=serializers.IntegerField(), help_text="Days of the week, Monday being 1."
    )
    holidays = HolidaySerializer(many=True)
    freezes = FreezeSerializer(many=True)


class WorkingDaysSerializer(StrictSerializer):
    """The days of the week on which people work, Monday being 1."""

    working_days = serializers.ListField(
        child=WholeNumberField(min_value=1, max_value=7), min_length=1, max_length=7
    )


class NewHolidaySerializer(StrictSerializer):
    """A holiday to add."""

    day = DayField()
    name = TextField(max_length=LONGEST_NAME)


class NewFreezeSerializer(StrictSerializer):
    """A freeze to add; it may lie back."""

    first_on = DayField()
    last_on = DayField()
    reason = TextField(max_length=LONGEST_REASON)


def shape_holiday(row: Holiday) -> dict[str, Any]:
    return {"id": row.pk, "day": day(row.day), "name": row.name}


def shape_freeze(row: Freeze) -> dict[str, Any]:
    return {
        "id": row.pk,
        "first_on": day(row.first_on),
        "last_on": day(row.last_on),
        "reason": row.reason,
    }


def shape_calendar(program: Program) -> dict[str, Any]:
    return {
        "working_days": [int(digit) for digit in program.working_days],
        "holidays": [shape_holiday(row) for row in program.holidays.order_by("day")],
        "freezes": [shape_freeze(row) for row in program.freezes.order_by("first_on")],
    }


class CalendarView(OfProgram):
    @extend_schema(
        operation_id="calendar_retrieve",
        summary="Read the calendar of a program",
        responses=CalendarSerializer,
    )
    def get(self, request: Request, slug: str) -> Response:
        return Response(shape_calendar(self.program))

    @extend_schema(
        operation_id="calendar_edit",
        summary="Say on which days of the week people work",
        description="Days of grace count working days only. For managers and administrators.",
        request=WorkingDaysSerializer,
        responses=CalendarSerializer,
        examples=[
            OpenApiExample("Sunday to Thursday", request_only=True, value={"working_days": [7, 1, 2, 3, 4]})
        ],
    )
    def patch(self, request: Request, slug: str) -> Response:
        values = self.read(WorkingDaysSerializer, request)
        return Response(
            shape_calendar(set_working_days(self.program, values["working_days"], by=by_api(request)))
        )


class HolidaysView(OfProgram):
    @extend_schema(
        operation_id="calendar_holiday_create",
        summary="Add a holiday",
        request=NewHolidaySerializer,
        responses={201: HolidaySerializer},
        examples=[
            OpenApiExample(
                "Christmas", request_only=True, value={"day": "2026-12-25", "name": "Christmas Day"}
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        new = NewHoliday(program=self.program, **self.read(NewHolidaySerializer, request))
        return Response(shape_holiday(add_holiday(new, by=by_api(request))), status=201)


class HolidayView(OfProgram):
    @extend_schema(operation_id="calendar_holiday_remove", summary="Remove a holiday", responses={204: None})
    def delete(self, request: Request, slug: str, row: int) -> Response:
        rows = self.program.holidays.select_related("program")
        remove_holiday(get_object_or_404(rows, pk=row), by=by_api(request))
        return Response(status=204)


class FreezesView(OfProgram):
    @extend_schema(
        operation_id="calendar_freeze_create",
        summary="Freeze a stretch of days",
        description="Plans, stages and silence stand still in it: the days are taken out of every count.",
        request=NewFreezeSerializer,
        responses={201: FreezeSerializer},
        examples=[
            OpenApiExample(
                "Close of the year",
                request_only=True,
                value={
                    "first_on": "2026-12-21",
                    "last_on": "2027-01-03",
                    "reason": "Close of the year",
                },
            )
        ],
    )
    def post(self, request: Request, slug: str) -> Response:
        new = NewFreeze(program=self.program, **self.read(NewFreezeSerializer, request))
        return Response(shape_freeze(add_freeze(new, by=by_api(request))), status=201)


class FreezeView(OfProgram):
    @extend_schema(operation_id="calendar_freeze_remove", summary="Remove a freeze", responses={204: None})
    def delete(self, request: Request, slug: str, row: int) -> Response:
        rows = self.program.freezes.select_related("program")
        remove_freeze(get_object_or_404(rows, pk=row), by=by_api(request))
        return Response(status=204)
