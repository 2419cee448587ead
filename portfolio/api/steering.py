"""Steering packs for machines: list, read, freeze, remove. What a pack says is what its page says."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import User
from pilots.actions.by import Forbidden, Reason, Refused
from pilots.api.history import PersonSerializer, shape_person
from pilots.web.pagination import PARAMETERS as PAGING
from pilots.web.pagination import KeysetPagination
from pilots.web.resources import ApiView
from pilots.web.serializers import (
    DayField,
    NullableText,
    StrictSerializer,
    TextField,
    VisibleIdField,
    moment,
)
from pilots.web.tokens import by_api, caller
from portfolio.dashboards.filters import PARAMETERS
from portfolio.steering.access import WHO_CAN, may_freeze_any, require_to_remove
from portfolio.steering.actions.freeze import LONGEST_TITLE, NewPack, freeze
from portfolio.steering.actions.remove import Removal, remove_pack
from portfolio.steering.models import Pack, PackQuerySet
from portfolio.steering.shown import shown_to

# --- What goes out -----------------------------------------------------------------


class PackSerializer(serializers.Serializer[Any]):
    """What a steering meeting had before it, frozen on a day; nothing changes it."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    meeting_on = serializers.DateField()
    program = serializers.SlugField(allow_null=True, help_text="null: all programs its maker saw.")
    filters = serializers.DictField(
        child=serializers.CharField(), help_text="The filters of the funnel by name, as they are sent."
    )
    as_of = serializers.DateField()
    known_at = serializers.DateTimeField()
    frozen_at = serializers.DateTimeField()
    frozen_by = PersonSerializer(allow_null=True)
    before = serializers.IntegerField(allow_null=True, help_text="The pack it is compared with.")


class WholePackSerializer(PackSerializer):
    """A pack with all that it keeps."""

    content = serializers.DictField(
        help_text="Format 1: funnel, decisions, stalled, changes, age, time, forecast, benchmarks."
    )
    not_shown = serializers.IntegerField(help_text="Lines about pilots the caller may not see any longer.")


class PacksSerializer(serializers.Serializer[Any]):
    """Some packs, and where the list goes on."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    count = serializers.IntegerField(required=False, help_text="How many there are; with count=true only.")
    results = PackSerializer(many=True)


def shape_pack(pack: Pack) -> dict[str, Any]:
    return {
        "id": pack.pk,
        "title": pack.title,
        "meeting_on": pack.meeting_on.isoformat(),
        "program": pack.program.slug if pack.program else None,
        "filters": QueryDict(pack.query).dict(),
        "as_of": pack.as_of.isoformat(),
        "known_at": moment(pack.known_at),
        "frozen_at": moment(pack.frozen_at),
        "frozen_by": shape_person(pack.frozen_by),
        "before": pack.before_id,
    }


def shape_whole(pack: Pack, reader: User) -> dict[str, Any]:
    shown = shown_to(reader, pack.content)
    return shape_pack(pack) | {"content": shown.content, "not_shown": shown.hidden}


# --- What comes in -----------------------------------------------------------------


FiltersSerializer: Any = type(
    "FiltersSerializer",
    (StrictSerializer,),
    {
        "__doc__": "The filters of the funnel by name; each as it stands in the funnel's address.",
        **{name: TextField(required=False, max_length=200) for name in PARAMETERS},
    },
)


class FreezeSerializer(StrictSerializer):
    """A pack to freeze now. Without `before` it is compared with the last of the same filters; null: none."""

    title = TextField(max_length=LONGEST_TITLE)
    meeting_on = DayField()
    filters = FiltersSerializer(required=False)
    before = VisibleIdField(among=Pack.objects.visible_to, noun="pack", required=False, allow_null=True)


class RemoveSerializer(StrictSerializer):
    reason = NullableText()


def _rows(request: Request) -> PackQuerySet:
    return Pack.objects.visible_to(caller(request)).select_related("program", "frozen_by")


def _new(values: Mapping[str, Any]) -> NewPack:
    asked = QueryDict(mutable=True)
    asked.update(values.get("filters") or {})
    return NewPack(
        title=values["title"],
        meeting_on=values["meeting_on"],
        query=asked.urlencode(),
        before=values.get("before"),
        is_first="before" in values and values["before"] is None,
    )


class PackList(ApiView):
    orderings: ClassVar = {"id": "pk", "meeting_on": "meeting_on", "frozen_at": "frozen_at"}

    def known_parameters(self) -> set[str]:
        return set(PAGING) if self.request.method != "POST" else set()

    def check_deed(self) -> None:
        if self.request.method == "POST" and not may_freeze_any(caller(self.request)):
            raise Forbidden(f"You may not freeze steering packs: {WHO_CAN}.")

    @extend_schema(
        operation_id="steering_packs_list",
        summary="List steering packs",
        description="Those of which the caller sees every program.",
        parameters=[
            OpenApiParameter("limit", int, description="Rows per page, 1 to 100; 50 unless told."),
            OpenApiParameter("cursor", str, description="Where to go on; copied from next or previous."),
            OpenApiParameter("count", bool, description="Also count all rows."),
            OpenApiParameter(
                "ordering",
                str,
                description="id unless told; -meeting_on: the latest meeting first.",
                enum=[sign + name for name in orderings for sign in ("", "-")],
            ),
        ],
        responses=PacksSerializer,
    )
    def get(self, request: Request) -> Response:
        pages = KeysetPagination()
        rows = pages.paginate_queryset(_rows(request).defer("content"), request, self)
        return pages.get_paginated_response([shape_pack(row) for row in rows])

    @extend_schema(
        operation_id="steering_packs_freeze",
        summary="Freeze a steering pack",
        description="Keeps what the caller sees now. Send an Idempotency-Key to freeze once.",
        request=FreezeSerializer,
        responses={201: WholePackSerializer},
        examples=[
            OpenApiExample(
                "One program",
                request_only=True,
                value={
                    "title": "Steering, November",
                    "meeting_on": "2026-11-24",
                    "filters": {"program": "claims", "matured_months": "8"},
                },
            )
        ],
    )
    def post(self, request: Request) -> Response:
        serializer = FreezeSerializer(data=request.data, context={"request": request})
        serializer.is_valid(raise_exception=True)
        pack = freeze(_new(serializer.validated_data), by=by_api(request))
        address = request.build_absolute_uri(reverse("api:steering_pack", args=[pack.pk]))
        return Response(shape_whole(pack, caller(request)), status=201, headers={"Location": address})


class PackRead(ApiView):
    @extend_schema(
        operation_id="steering_packs_retrieve",
        summary="Read a steering pack",
        responses=WholePackSerializer,
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(shape_whole(get_object_or_404(_rows(request), pk=pk), caller(request)))


class PackRemove(ApiView):
    def check_deed(self) -> None:
        self.pack = get_object_or_404(_rows(self.request), pk=self.kwargs["pk"])
        require_to_remove(caller(self.request), self.pack)

    @extend_schema(
        operation_id="steering_packs_remove",
        summary="Remove a steering pack frozen by mistake",
        description="Links to it stop working; the event says what it was and why it went.",
        request=RemoveSerializer,
        responses={204: None},
    )
    def post(self, request: Request, pk: int) -> Response:
        serializer = RemoveSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        reason = serializer.validated_data["reason"]
        try:
            remove_pack(Removal(pack=self.pack, reason=reason), by=by_api(request))
        except Pack.DoesNotExist as gone:
            raise Refused([Reason("It was removed already.", "", "removed")]) from gone
        return Response(status=204)
