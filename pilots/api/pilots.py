"""Pilots: list, read, log, edit, and the verbs that change them."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.access.permissions import Deed
from pilots.actions.description import DESIGN
from pilots.actions.ending import End, end_pilot
from pilots.actions.hold import Extension, NewHold, Resume, extend_hold, hold_pilot, resume_pilot
from pilots.actions.log import NewLine, check_in
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilot
from pilots.actions.refusal import note_refusal
from pilots.actions.stage import Move, MoveRefused, move_pilot
from pilots.api.endings import ExtensionSerializer, StopSerializer, legacy_of
from pilots.api.pilot_shapes import (
    CheckInSerializer,
    DescriptionSerializer,
    HoldPilotSerializer,
    MoveSerializer,
    NewPilotSerializer,
    PilotSerializer,
    ResumeSerializer,
    shape_pilots,
)
from pilots.models import LogKind, Pilot
from pilots.replay import replay
from pilots.web.etags import etag, is_unchanged, read_version
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.resources import ReadResource
from pilots.web.tokens import caller

KEY = "[A-Z][A-Z0-9]{1,7}-[1-9][0-9]{0,9}"
MOVED = OpenApiExample(
    "Shown to work",
    request_only=True,
    value={"to": "proven", "happened_on": "2026-10-05", "evidence": "91 % of 400 files sorted right"},
)
STOPPED = OpenApiExample(
    "Too few cases",
    request_only=True,
    value={
        "reason": "40 cases a month do not carry it",
        "cause": "value_not_shown",
        "reusable": "The labelled letters",
        "released_amount": "61000.00",
        "released_currency": "EUR",
    },
)
LOGGED = OpenApiExample(
    "A running pilot",
    request_only=True,
    value={
        "program": "claims",
        "name": "Claims triage",
        "problem": "It takes nine days to sort a claim.",
        "stage": "piloting",
        "since": "2026-09",
        "owner": "Maren <maren@example.com>",
    },
)


@extend_schema_view(
    list=extend_schema(
        summary="List pilots",
        description=(
            "Those the caller may see. With `as_of` or `known_at` alone, those that were there on the past "
            "day, with its stage, dates, hold and owners; what describes them is today’s, and health is "
            "not known. By custom fields too: `field.<code>=` for text that holds it, or for exactly this "
            "value; `field.<code>.from=` and `field.<code>.to=` for numbers, amounts and days; "
            "`field.<code>.known=` is true or false."
        ),
    ),
    retrieve=extend_schema(summary="Read a pilot"),
)
class PilotResource(ReadResource):
    lookup_field = "key"
    lookup_value_regex = KEY
    has_versions = True
    deeds: ClassVar[dict[str, tuple[Deed, ...]]] = {
        "update": (Deed.EDIT,),
        "partial_update": (Deed.EDIT,),
        "move": (Deed.MOVE, Deed.STOP),
        "stop": (Deed.STOP, Deed.MOVE),
        "hold": (Deed.HOLD,),
        "extend_hold": (Deed.HOLD,),
        "resume": (Deed.HOLD,),
        "check_in": (Deed.CHECK_IN,),
    }
    filterset_class = PilotFilterSet
    filterset: PilotFilterSet | None = None  # of the list, once it was narrowed
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "created_at": "created_at", "key": "key"}
    queryset = Pilot.objects.none()  # names the model for the schema; queryset_for is what is read
    shown_serializer_class: type[BaseSerializer[Any]] = PilotSerializer
    new_serializer_class: type[BaseSerializer[Any]] = NewPilotSerializer
    http_method_names = ["get", "head", "post", "put", "patch"]

    def queryset_for(self, request: Request) -> QuerySet[Pilot]:
        return Pilot.objects.visible_to(caller(request)).select_related("program")

    def shape_all(self, rows: Sequence[Pilot]) -> list[dict[str, Any]]:
        then = self.filterset.replayed if self.filterset else None
        return shape_pilots(replay(rows, then), then) if then else shape_pilots(rows)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        match self.action:
            case "create":
                return self.new_serializer_class
            case "update" | "partial_update":
                return DescriptionSerializer
            case "list" | "retrieve":
                return self.shown_serializer_class
        return super().get_serializer_class()

    def retrieve(self, request: Request, **lookup: str) -> Response:
        pilot = self.get_object()
        if is_unchanged(request, pilot):
            return Response(status=304, headers={"ETag": etag(pilot)})
        return self._shown(pilot)

    @extend_schema(summary="Log a pilot", examples=[LOGGED])
    def create(self, request: Request) -> Response:
        pilot = self._again(self.log(self.read()))
        return self.created(self._shape(pilot), pilot.key, ETag=etag(pilot))

    def log(self, values: dict[str, Any]) -> Pilot:
        """Log what `new_serializer_class` has read."""
        return log_pilot(NewPilot(**named(values)), by=self.by())

    @extend_schema(
        summary="Replace what describes a pilot",
        description="Every field is sent. Stage, owners and hold change by their verbs.",
    )
    def update(self, request: Request, key: str) -> Response:
        return self._edit(self.read)

    @extend_schema(
        summary="Change some of what describes a pilot",
        examples=[OpenApiExample("A vendor", request_only=True, value={"vendor": "Acme"})],
    )
    def partial_update(self, request: Request, key: str) -> Response:
        return self._edit(self._read_partly)

    @extend_schema(
        summary="Move to another stage",
        description="By the rules of the stage machine; a refusal (409) names everything that is missing.",
        request=MoveSerializer,
        examples=[MOVED],
    )
    @action(detail=True, methods=["post"], serializer_class=MoveSerializer)
    def move(self, request: Request, key: str) -> Response:
        pilot, values = self._asked()
        happened = values.pop("happened_on", None)
        return self._done(
            move_pilot(
                Move(pilot=pilot, happened=happened, **self._with_version(pilot, values)), by=self.by()
            )
        )

    def handle_exception(self, exc: Exception) -> Response:
        """Note a refused move here, outside the transaction that keeps an Idempotency-Key."""
        if isinstance(exc, MoveRefused):
            note_refusal(exc, by=self.by())
        return super().handle_exception(exc)

    @extend_schema(
        summary="Stop, or retire",
        description="Before production it is stopped, afterwards retired; with what it leaves behind.",
        request=StopSerializer,
        examples=[STOPPED],
    )
    @action(detail=True, methods=["post"], serializer_class=StopSerializer)
    def stop(self, request: Request, key: str) -> Response:
        pilot, values = self._asked()
        end = End(
            pilot=pilot,
            legacy=legacy_of(values),
            happened=values.get("happened_on"),
            reason=values["reason"],
            version=read_version(request, pilot),
        )
        return self._done(end_pilot(end, by=self.by()))

    @extend_schema(
        summary="Put on hold",
        request=HoldPilotSerializer,
        examples=[
            OpenApiExample(
                "Budget",
                request_only=True,
                value={"reason": "No budget before May", "agreed_by": "S. Keller", "review_on": "2027-05-03"},
            )
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=HoldPilotSerializer)
    def hold(self, request: Request, key: str) -> Response:
        pilot, values = self._asked()
        return self._done(hold_pilot(NewHold(pilot=pilot, **self._with_version(pilot, values)), by=self.by()))

    @extend_schema(
        summary="Extend a hold",
        description="The hold stays one, with a later review day.",
        request=ExtensionSerializer,
        examples=[
            OpenApiExample(
                "Two more months",
                request_only=True,
                value={"review_on": "2027-07-05", "reason": "The budget comes in July"},
            )
        ],
    )
    @action(detail=True, methods=["post"], url_path="hold/extend", serializer_class=ExtensionSerializer)
    def extend_hold(self, request: Request, key: str) -> Response:
        pilot, values = self._asked()
        extension = Extension(pilot=pilot, **self._with_version(pilot, values))
        return self._done(extend_hold(extension, by=self.by()))

    @extend_schema(summary="Resume from hold", request=ResumeSerializer)
    @action(detail=True, methods=["post"], serializer_class=ResumeSerializer)
    def resume(self, request: Request, key: str) -> Response:
        pilot, values = self._asked()
        return self._done(
            resume_pilot(Resume(pilot=pilot, **self._with_version(pilot, values)), by=self.by())
        )

    @extend_schema(
        summary="Check in",
        description="Says that somebody was heard from; a comment in the log does not.",
        request=CheckInSerializer,
        examples=[
            OpenApiExample("Waiting", request_only=True, value={"going": "waiting", "text": "Data on Monday"})
        ],
    )
    @action(detail=True, methods=["post"], url_path="check-in", serializer_class=CheckInSerializer)
    def check_in(self, request: Request, key: str) -> Response:
        pilot, values = self._asked()
        line = NewLine(pilot=pilot, kind=LogKind.CHECK_IN, **self._with_version(pilot, values))
        check_in(line, by=self.by())
        return self._done(pilot)

    # --- Steps the verbs share ---

    def _asked(self) -> tuple[Pilot, dict[str, Any]]:
        """Return the pilot first: of one that is not visible, nothing is said about the body."""
        return self.get_object(), self.read()

    def _with_version(self, pilot: Pilot, values: dict[str, Any]) -> dict[str, Any]:
        return {**named(values), "version": read_version(self.request, pilot)}

    def _read_partly(self) -> dict[str, Any]:
        serializer = self.get_serializer(data=self.request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        values: dict[str, Any] = serializer.validated_data
        return values

    def _edit(self, read: Callable[[], dict[str, Any]]) -> Response:
        pilot = self.get_object()
        fields = {name: _stored(name, value) for name, value in read().items()}
        edit = Edit(
            pilot=pilot,
            scope_reason=fields.pop("scope_reason", ""),
            fields=fields,
            version=read_version(self.request, pilot),
        )
        edit_pilot(edit, by=self.by())
        return self._done(pilot)

    def _again(self, pilot: Pilot) -> Pilot:
        """Read a pilot after a change: what it shows comes from several tables."""
        found: Pilot = self.get_queryset().get(pk=pilot.pk)
        return found

    def _done(self, pilot: Pilot) -> Response:
        return self._shown(self._again(pilot))

    def _shown(self, pilot: Pilot) -> Response:
        return Response(self._shape(pilot), headers={"ETag": etag(pilot)})

    def _shape(self, pilot: Pilot) -> dict[str, Any]:
        return self.shape_all([pilot])[0]


def _stored(name: str, value: Any) -> Any:
    """Return a value as the column keeps it: a code as text, an unknown one as none."""
    if value is None and name in {"how_built", "risk", *DESIGN}:
        return ""
    return value.value if isinstance(value, StrEnum) else value


def named(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that say something; what is null keeps the action's own default."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not None
    }
