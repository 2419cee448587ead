"""Saved views: questions about the list of pilots, kept under a name."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import Forbidden
from pilots.actions.change import require
from pilots.actions.view import (
    LONGEST_NAME,
    LONGEST_QUERY,
    NewView,
    ViewEdit,
    edit_view,
    remove_view,
    save_view,
)
from pilots.models import SavedView
from pilots.web.problems import PreconditionFailed, PreconditionRequired
from pilots.web.resources import ReadResource
from pilots.web.saved_views import canonical, unreadable
from pilots.web.serializers import PlainSerializer, StrictSerializer, TextField, VisibleField
from pilots.web.tokens import caller

_ANY_VERSION = OpenApiParameter(
    "If-Match",
    {"type": "string", "enum": ["*"]},
    OpenApiParameter.HEADER,
    required=True,
    description="`*`: a view has no versions.",
)


class ViewSerializer(PlainSerializer):
    """A question about the list; whoever asks it finds the pilots they may see."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    query = serializers.CharField(allow_blank=True, help_text="As the address of the list writes it.")
    shared_with = serializers.SlugField(allow_null=True, help_text="The program; null: only its owner.")
    owner = serializers.CharField(help_text="Who saved it.")
    is_yours = serializers.BooleanField()

    def shape(self, instance: SavedView) -> dict[str, Any]:
        raise TypeError("Views are shaped for their reader: `_shape`.")


class QueryField(TextField):
    """What the list is asked; refused where the list would not understand it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_QUERY, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        query = super().to_internal_value(data).removeprefix("?")
        faults = unreadable(self.context["request"], query)
        if faults:
            raise ValidationError(faults, code="unreadable")
        return canonical(query)


class NewViewSerializer(StrictSerializer):
    """A view to keep."""

    name = TextField(max_length=LONGEST_NAME)
    query = QueryField()
    shared_with = VisibleField(
        "slug", among=Program.objects.visible_to, noun="program", required=False, allow_null=True
    )


@extend_schema_view(
    list=extend_schema(summary="List views", description="The caller's own, and those shared with them."),
    retrieve=extend_schema(summary="Read a view"),
)
class ViewResource(ReadResource):
    orderings: ClassVar[dict[str, str]] = {"id": "pk"}
    queryset = SavedView.objects.none()
    serializer_class = ViewSerializer
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def queryset_for(self, request: Request) -> QuerySet[SavedView]:
        return SavedView.objects.visible_to(caller(request)).select_related("program", "owner")

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        is_write = self.action in {"create", "partial_update"}
        return NewViewSerializer if is_write else super().get_serializer_class()

    def shape_all(self, rows: Any) -> list[dict[str, Any]]:
        return [self._shape(row) for row in rows]

    def check_deed(self) -> None:
        """Another's view is not there to be changed, whatever the body says; one shared may be removed."""
        if self.action not in {"partial_update", "destroy"}:
            return
        view, user = self.get_object(), caller(self.request)
        if view.owner_id == user.pk:
            return
        if self.action == "partial_update":
            raise Forbidden(f"You may not change this view: {view.owner}, who saved it, can.")
        require(Deed.CONFIGURE, relation_to_program(user, view.program))

    def _check_precondition(self, request: Request) -> None:
        if request.method != "DELETE":
            super()._check_precondition(request)
        elif "If-Match" not in request.headers:
            raise PreconditionRequired("Send If-Match: * to say that you mean it.")
        elif request.headers["If-Match"].strip() != "*":
            raise PreconditionFailed("A view has no versions. Send If-Match: *.")

    @extend_schema(
        summary="Save a view",
        responses={201: ViewSerializer},
        examples=[
            OpenApiExample(
                "Waiting for Legal",
                request_only=True,
                value={"name": "Waiting for Legal", "query": "waiting=legal", "shared_with": "claims"},
            )
        ],
    )
    def create(self, request: Request) -> Response:
        values = self.read()
        new = NewView(name=values["name"], query=values["query"], program=values.get("shared_with"))
        view = save_view(new, by=self.by())
        return self.created(self._shape(view), view.pk)

    @extend_schema(
        summary="Change some of a view",
        responses={200: ViewSerializer},
        examples=[OpenApiExample("Another name", request_only=True, value={"name": "Legal"})],
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        view = self.get_object()
        serializer = self.get_serializer(data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        fields = dict(serializer.validated_data)
        if "shared_with" in fields:
            fields["program"] = fields.pop("shared_with")
        return Response(self._shape(edit_view(ViewEdit(view=view, fields=fields), by=self.by())))

    @extend_schema(summary="Remove a view", parameters=[_ANY_VERSION], responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        remove_view(self.get_object(), by=self.by())
        return Response(status=204)

    def _shape(self, view: SavedView) -> dict[str, Any]:
        return {
            "id": view.pk,
            "name": view.name,
            "query": view.query,
            "shared_with": view.program.slug if view.program else None,
            "owner": view.owner.name,
            "is_yours": view.owner_id == caller(self.request).pk,
        }
