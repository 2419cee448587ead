"""The feed another system follows: every change, in an order in which nothing is ever inserted before."""

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
from pilots.models.feed import events_visible_to
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


class FeedPagination(BasePagination):
    """Follows the feed forwards. `next` is always there: at the end it is where to ask again later."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        limit = read_limit(request)
        self.place = self._read_cursor()
        xact, pk = self.place
        # The first condition is implied by the second; it is the one the index serves.
        queryset = queryset.filter(Q(xact__gte=xact) & (Q(xact__gt=xact) | Q(pk__gt=pk)))
        rows = list(queryset[:limit])
        if rows:
            self.place = (rows[-1].xact, rows[-1].pk)
        return rows

    def _read_cursor(self) -> tuple[int, int]:
        text = self.request.query_params.get("cursor")
        if text is None:
            return 0, 0
        try:
            if len(text) > LONGEST_CURSOR:
                raise signing.BadSignature
            xact, pk = SIGNER.unsign_object(text)
        except (signing.BadSignature, ValueError, TypeError):
            raise BadQuery.because(
                "cursor", "This cursor is not one the feed gave out. Start again without it.", code="cursor"
            ) from None
        return int(xact), int(pk)

    def get_paginated_response(self, data: Any) -> Response:
        cursor = SIGNER.sign_object(list(self.place))
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
