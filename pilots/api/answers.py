"""What people answered by the links in their mail, for managers to confirm."""

from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.permissions import Deed
from pilots.actions.answer import settle_answer
from pilots.api import codes
from pilots.api.history import PersonSerializer, shape_person
from pilots.models import Answer
from pilots.web.filter_fields import CodeFilter, MomentFilter, SlugFilter, YesNoFilter
from pilots.web.pilot_filters import pilots_in_reach
from pilots.web.resources import ReadResource
from pilots.web.serializers import PlainSerializer, StrictSerializer, TruthField, moment
from pilots.web.tokens import caller


class AnswerSerializer(PlainSerializer):
    """An answer by link. Without a session it is a request, and changes nothing until it is confirmed."""

    id = serializers.IntegerField()
    pilot = serializers.CharField()
    kind = serializers.ChoiceField(codes.ANSWER_KIND)
    text = serializers.CharField(allow_null=True)
    named = serializers.CharField(allow_null=True, help_text="Who or what it waits for, or whose it is.")
    person = PersonSerializer(help_text="Whom the link was mailed to.")
    was_signed_in = serializers.BooleanField()
    given_at = serializers.DateTimeField()
    settled_at = serializers.DateTimeField(allow_null=True, help_text="null while it waits for a manager.")
    settled_by = PersonSerializer(allow_null=True)
    is_accepted = serializers.BooleanField(allow_null=True)

    def shape(self, instance: Answer) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "pilot": instance.pilot.key,
            "kind": instance.kind,
            "text": instance.text or None,
            "named": instance.named or None,
            "person": shape_person(instance.person),
            "was_signed_in": instance.was_signed_in,
            "given_at": moment(instance.given_at),
            "settled_at": moment(instance.settled_at),
            "settled_by": shape_person(instance.settled_by),
            "is_accepted": instance.is_accepted,
        }


class SettlingSerializer(StrictSerializer):
    """Whether an answer is confirmed. With `given_at` as it was read, a newer one is not settled unseen."""

    accept = TruthField()
    given_at = serializers.DateTimeField(
        required=False,
        error_messages={"invalid": "This is not a moment. Send back the `given_at` you read."},
    )


class AnswerFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    kind = CodeFilter(label="Kind", choices=codes.ANSWER_KIND)
    waiting = YesNoFilter(label="Waits", field_name="settled_at", lookup_expr="isnull")
    given_since = MomentFilter(label="Given since", field_name="given_at", lookup_expr="gte")


@extend_schema_view(
    list=extend_schema(summary="List answers"), retrieve=extend_schema(summary="Read an answer")
)
class AnswerResource(ReadResource):
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {"settle": (Deed.CONFIRM_ANSWER,)}
    filterset_class = AnswerFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "given_at": "given_at"}
    queryset = Answer.objects.none()
    serializer_class = AnswerSerializer
    http_method_names = ["get", "head", "post"]

    def queryset_for(self, request: Request) -> QuerySet[Answer]:
        return Answer.objects.visible_to(caller(request)).select_related("pilot", "person", "settled_by")

    @extend_schema(
        summary="Settle an answer",
        description="For managers: confirm it, which does it in your name, or set it aside.",
        request=SettlingSerializer,
        responses={200: AnswerSerializer},
        examples=[OpenApiExample("Confirm", request_only=True, value={"accept": True})],
    )
    @action(detail=True, methods=["post"], serializer_class=SettlingSerializer)
    def settle(self, request: Request, pk: str) -> Response:
        answer = self.get_object()
        settled = settle_answer(answer, **self.read(), by=self.by())
        return Response(AnswerSerializer().shape(self.get_queryset().get(pk=settled.pk)))
