"""The feed another system follows: every change, in an order in which nothing is ever inserted before."""

from dataclasses import astuple, dataclass
from typing import Any

import django_filters
from django.core import signing
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from pilots.access.models import Event, Movement, Source
from pilots.api.history import PersonSerializer, shape_person
from pilots.models.feed import events_visible_to, is_of_another_cluster, written_elsewhere, written_here
from pilots.web.filter_fields import SlugFilter, choices_of
from pilots.web.filters import StrictFilterBackend
from pilots.web.pagination import LARGEST_LIMIT, LONGEST_CURSOR, parameter, read_limit
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.problems import BadQuery
from pilots.web.resources import ListResource
from pilots.web.serializers import PlainSerializer, moment
from pilots.web.tokens import caller

SIGNER = signing.Signer(salt="headway.feed")


class EventSerializer(PlainSerializer):
    """One change. What it holds in before and after depends on the verb."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    verb = serializers.CharField(help_text="Such as pilot.moved.")
    program = serializers.SlugField(allow_null=True)
    pilot = serializers.CharField(allow_null=True)
    actor = PersonSerializer(allow_null=True, help_text="null: Headway itself.")
    source = serializers.ChoiceField(choices_of(Source))  # type: ignore[assignment]  # a field
    subject = serializers.CharField(allow_null=True)
    before = serializers.DictField()
    after = serializers.DictField()
    reason = serializers.CharField(allow_null=True)
    movement = serializers.ChoiceField(
        [(item.value, item.value) for item in Movement if item.value],
        allow_null=True,
        help_text="Which of the pilot's clocks it reset.",
    )
    batch = serializers.UUIDField(
        allow_null=True, help_text="The same for all that one import or one sent form wrote."
    )

    def shape(self, instance: Event) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "at": moment(instance.at),
            "verb": instance.verb,
            "program": instance.program.slug if instance.program else None,
            "pilot": instance.pilot_key or None,
            "actor": shape_person(instance.actor),
            "source": instance.source,
            "subject": instance.subject or None,
            "before": instance.before,
            "after": instance.after,
            "reason": instance.reason or None,
            "movement": instance.movement or None,
            "batch": str(instance.batch) if instance.batch else None,
        }


class EventFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(
        label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key", method="of_pilot"
    )
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    verb = django_filters.CharFilter(label="Verb", max_length=40)

    def of_pilot(self, events: Any, name: str, value: Any) -> Any:
        return events.filter(pilot_id=value.pk)


@dataclass(frozen=True)
class Place:
    """A place in the feed: after the row with these numbers, among the rows of another cluster or our own."""

    xact: int
    pk: int
    is_elsewhere: bool = False

    def after(self, events: Any) -> Any:
        # The first condition is implied by the second; it is the one the index serves.
        return events.filter(Q(xact__gte=self.xact) & (Q(xact__gt=self.xact) | Q(pk__gt=self.pk)))


START = Place(0, 0, is_elsewhere=True)


class FeedPagination(BasePagination):
    """Follows the feed forwards. `next` is always there: at the end it is where to ask again later."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        limit = read_limit(request)
        self.place = self._read_cursor()
        rows: list[Event] = []
        if self.place.is_elsewhere:
            rows = list(written_elsewhere(self.place.after(queryset))[:limit])
            self._go_to(rows, is_elsewhere=True)
        if len(rows) < limit:
            place = Place(0, 0) if self.place.is_elsewhere else self.place
            more = list(written_here(place.after(queryset))[: limit - len(rows)])
            self._go_to(more, is_elsewhere=False)
            rows += more
        return rows

    def _go_to(self, rows: list[Event], *, is_elsewhere: bool) -> None:
        if rows:
            self.place = Place(rows[-1].xact, rows[-1].pk, is_elsewhere=is_elsewhere)

    def _read_cursor(self) -> Place:
        text = self.request.query_params.get("cursor")
        if text is None:
            return START
        try:
            if len(text) > LONGEST_CURSOR:
                raise signing.BadSignature
            xact, pk, is_elsewhere = SIGNER.unsign_object(text)
        except (signing.BadSignature, ValueError, TypeError):
            raise BadQuery.because(
                "cursor", "This cursor is not one the feed gave out. Start again without it.", code="cursor"
            ) from None
        place = Place(int(xact), int(pk), is_elsewhere=bool(is_elsewhere))
        if not place.is_elsewhere and is_of_another_cluster(place.xact):
            raise BadQuery.because(
                "cursor",
                "This cursor was given out before the database was restored. Start over without it.",
                code="cursor-restored",
            )
        return place

    def get_paginated_response(self, data: Any) -> Response:
        cursor = SIGNER.sign_object(list(astuple(self.place)))
        following = replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)
        return Response({"next": following, "previous": None, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": {"type": "string", "format": "uri", "description": "Where to go on, now or later."},
                "previous": {"type": "null"},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            parameter("limit", "Events per page.", type="integer", minimum=1, maximum=LARGEST_LIMIT),
            parameter("cursor", "Where to go on; copied from next.", type="string", minLength=1),
        ]


@extend_schema_view(
    list=extend_schema(
        summary="Follow every change",
        description=(
            "The events of the pilots the caller sees and of the programs they manage, oldest first. Keep "
            "the `next` of the last page and ask it again: nothing is missed, and nothing comes twice."
        ),
    )
)
class EventResource(ListResource):
    filterset_class = EventFilterSet
    queryset = Event.objects.none()
    serializer_class = EventSerializer
    pagination_class = FeedPagination
    http_method_names = ["get", "head"]

    def queryset_for(self, request: Request) -> QuerySet[Event]:
        events = events_visible_to(caller(request)).settled().in_feed_order()
        return events.select_related("program", "actor")

    def known_parameters(self) -> set[str]:
        return StrictFilterBackend.names(self) | {"limit", "cursor"}
