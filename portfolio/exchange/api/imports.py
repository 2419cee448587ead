"""Imports by the API: bring a file, look at what it would do, decide, write, take back.

Every step that reads rows is the worker's, however small the file: a step is asked for, and the import is
read again until `wanted` is null. So there is one way to look through a file, to write and to take back.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import django_filters
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, UnsupportedMediaType, ValidationError
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from pilots.actions.by import Refused
from pilots.web.filter_fields import CodeFilter, SlugFilter, choices_of
from pilots.web.pilot_filters import programs_in_reach
from pilots.web.problems import LARGEST_BODY, BadQuery, TooLarge
from pilots.web.resources import ReadResource
from pilots.web.serializers import NothingSerializer
from pilots.web.tokens import caller
from portfolio.exchange import runs
from portfolio.exchange.api.paging import PARAMETERS, answer_page, page_of
from portfolio.exchange.api.shapes import (
    KINDS,
    AnswersSerializer,
    ApplySerializer,
    FindingSerializer,
    ImportSerializer,
    MappingSerializer,
    NewImportSerializer,
    UndoSerializer,
)
from portfolio.exchange.models import Import, Step, Wanted
from portfolio.exchange.pages.receiving import OneFile
from portfolio.exchange.reading.limits import MOST_BYTES
from portfolio.exchange.recognising import in_json
from portfolio.exchange.rights import require_import
from portfolio.exchange.told_to import hidden_from, summary_for
from portfolio.exchange.undo_plan import plan_undo

TOO_BIG = f"The file has more than {MOST_BYTES // 1024 // 1024} MB. Split it, or leave out columns."
AROUND_FILE = 64 * 1024 + LARGEST_BODY  # the other parts, the mapping among them


class NotAFile(UnsupportedMediaType):
    """A file comes as multipart/form-data."""

    def __init__(self, media_type: str) -> None:
        super().__init__(media_type, detail="Send the file as multipart/form-data, in a part named “file”.")


class FileParser(MultiPartParser):
    """Reads one file and the texts beside it."""


class ImportFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    program = SlugFilter(label="Program", visible=programs_in_reach, noun="program", to_field_name="slug")
    step = CodeFilter(label="Step", choices=choices_of(Step))


@extend_schema_view(
    list=extend_schema(
        summary="List imports",
        description="Into the programs the caller manages; for administrators, their own too.",
    ),
    retrieve=extend_schema(summary="Read an import"),
)
class ImportResource(ReadResource):
    filterset_class = ImportFilterSet
    orderings: ClassVar[dict[str, str]] = {"id": "pk", "made_at": "made_at"}
    queryset = Import.objects.none()
    serializer_class = ImportSerializer
    http_method_names = ["get", "head", "post"]
    _receiving: OneFile | None = None

    def queryset_for(self, request: Request) -> QuerySet[Import]:
        imports = Import.objects.visible_to(caller(request)).light()
        return imports.select_related("program", "made_by")

    def shape_all(self, rows: Sequence[Import]) -> Sequence[dict[str, Any]]:
        undone = any(row.summary.get("undone") for row in rows)
        hidden = hidden_from(caller(self.request)) if undone else frozenset()
        shape = ImportSerializer().shape
        return [{**shape(row), "summary": summary_for(row.summary, hidden)} for row in rows]

    def check_deed(self) -> None:
        """Ask the right to import for every verb; whoever only reads need not have it any longer."""
        if self.kwargs and self.request.method == "POST":
            require_import(self.get_object().program, caller(self.request))

    def known_parameters(self) -> set[str]:
        if self.action == "findings":
            return {"kind", *PARAMETERS}
        return super().known_parameters()

    # --- A file comes in ---

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        if request.content_type == "multipart/form-data":
            self._receiving = OneFile(request)
            request.upload_handlers = [self._receiving]
        return super().initialize_request(request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        file = getattr(self._receiving, "file", None)
        if file is not None:
            file.close()  # also one that was cut off in the middle
        return super().finalize_response(request, response, *args, **kwargs)

    def get_parsers(self) -> list[BaseParser]:
        # Asked before the action is known; then the method tells.
        action = getattr(self, "action", None) or self.action_map.get((self.request.method or "").lower())
        return [FileParser()] if action == "create" else super().get_parsers()

    def _check_body(self, request: Request) -> None:
        if self.action != "create":
            super()._check_body(request)
        elif int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES + AROUND_FILE:
            raise TooLarge(TOO_BIG)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return NewImportSerializer if self.action == "create" else super().get_serializer_class()

    @extend_schema(
        summary="Bring a file",
        description=(
            "Keeps what the file says and has a worker look through it. Read the import again until `wanted` "
            "is null; then `summary` counts what it would do, and `findings/` says it row by row. Where "
            "nobody knows how to read it, `error` says so: send a mapping."
        ),
        request={"multipart/form-data": NewImportSerializer},
        responses={201: ImportSerializer},
    )
    def create(self, request: Request) -> Response:
        values = self._read_file()
        file: TemporaryUploadedFile = values["file"]
        program = values.get("program")
        by = self.by()
        new = runs.NewImport(
            program=program,
            file_name=file.name or "",
            path=Path(file.temporary_file_path()),
            as_of=values.get("as_of") or (by.today(program) if program else timezone.localdate()),
        )
        plain = read_toml(values["mapping"]) if values.get("mapping") else None
        if plain is not None:
            runs.check_mapping(plain)
        begun = runs.begin(new, by=by)
        if plain is not None:
            begun = runs.choose(begun, plain, by=by)
        return self.created(self._shape(self._look(begun)), begun.pk)

    def _read_file(self) -> dict[str, Any]:
        try:
            self.request.data  # noqa: B018 -- this reads the file, and the handler counts it
        except UnsupportedMediaType as error:
            raise NotAFile(self.request.content_type or "") from error
        if self._receiving is not None and self._receiving.is_too_big:
            raise TooLarge(TOO_BIG)
        return self.read()

    def _look(self, import_: Import) -> Import:
        """Ask for a preview where the mapping can be used; else keep why not."""
        try:
            return runs.ask(import_, Wanted.PREVIEW, by=self.by())
        except Refused as refused:
            Import.objects.filter(pk=import_.pk).update(last_error=str(refused))
            return import_

    # --- What is decided ---

    @extend_schema(
        summary="Say how it is read",
        request=MappingSerializer,
        responses={200: ImportSerializer},
    )
    @action(detail=True, methods=["post"], serializer_class=MappingSerializer)
    def mapping(self, request: Request, pk: str) -> Response:
        import_, values = self.get_object(), self.read()
        plain = read_toml(values["mapping"])
        runs.check_mapping(plain)
        runs.choose(import_, plain, by=self.by(), remember=values.get("remember", False))
        return self._shown(runs.ask(import_, Wanted.PREVIEW, by=self.by()))

    @extend_schema(
        summary="Answer its questions",
        description="Added to the answers given before; then a worker looks through it again.",
        request=AnswersSerializer,
        responses={200: ImportSerializer},
        examples=[
            OpenApiExample("All new", request_only=True, value={"answers": {"alike:*": "new"}}),
        ],
    )
    @action(detail=True, methods=["post"], serializer_class=AnswersSerializer)
    def answers(self, request: Request, pk: str) -> Response:
        import_, values = self.get_object(), self.read()
        runs.answer(import_, values["answers"], by=self.by())
        return self._shown(runs.ask(import_, Wanted.PREVIEW, by=self.by()))

    @extend_schema(
        summary="Write it",
        description=(
            "All of it or nothing, by a worker. 409 with the code `changed` when another preview was made "
            "since; where what is stored changed, nothing is written either, and `error` says to look again."
        ),
        request=ApplySerializer,
        responses={200: ImportSerializer},
        examples=[OpenApiExample("As previewed", request_only=True, value={"data_version": "9f86d081884c"})],
    )
    @action(detail=True, methods=["post"], serializer_class=ApplySerializer)
    def apply(self, request: Request, pk: str) -> Response:
        import_, values = self.get_object(), self.read()
        asked = runs.ask(import_, Wanted.APPLY, by=self.by(), data_version=values["data_version"])
        return self._shown(asked)

    @extend_schema(summary="Give it up", request=NothingSerializer, responses={200: ImportSerializer})
    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def drop(self, request: Request, pk: str) -> Response:
        import_ = self.get_object()
        self.read()
        return self._shown(runs.drop(import_, by=self.by()))

    # --- What it says, and taking it back ---

    @extend_schema(
        summary="Read what it says of rows and cells",
        parameters=[
            OpenApiParameter("kind", str, enum=KINDS, description="Only of this kind."),
            OpenApiParameter("limit", int, description="Rows per page, 50 unless told."),
            OpenApiParameter("cursor", str, description="Where to go on; copied from next or previous."),
        ],
        responses=FindingSerializer(many=True),
        filters=False,
    )
    @action(detail=True, methods=["get"], serializer_class=FindingSerializer)
    def findings(self, request: Request, pk: str) -> Response:
        import_ = self.get_object()
        rows = runs.details_of(import_, caller(request))
        kind = request.query_params.get("kind")
        if kind is not None:
            if kind not in KINDS:
                raise BadQuery.because("kind", f"“{kind[:40]}” is not known here. Known: {', '.join(KINDS)}.")
            rows = [row for row in rows if row["kind"] == kind]
        page, start, limit = page_of(rows, request)
        shape = FindingSerializer().shape
        return answer_page([shape(row) for row in page], request, start, limit, len(rows))

    @extend_schema(
        methods=["GET"], summary="Read what undoing would do", responses=UndoSerializer, filters=False
    )
    @extend_schema(
        methods=["POST"],
        summary="Take it back",
        description="By a worker. What somebody worked on since stays; `summary.undone` says what.",
        request=NothingSerializer,
        responses={200: ImportSerializer},
    )
    @action(detail=True, methods=["get", "post"], serializer_class=NothingSerializer)
    def undo(self, request: Request, pk: str) -> Response:
        import_ = self.get_object()
        if request.method == "POST":
            self.read()
            return self._shown(runs.ask(import_, Wanted.UNDO, by=self.by()))
        if import_.at_step is not Step.APPLIED:
            raise Refused.because("It is not written, so there is nothing to undo.", code="step")
        return Response(_shape_undo(import_, request))

    def _shown(self, import_: Import) -> Response:
        return Response(self._shape(import_))

    def _shape(self, import_: Import) -> dict[str, Any]:
        return self.shape_all([self.get_queryset().get(pk=import_.pk)])[0]


def _shape_undo(import_: Import, request: Request) -> dict[str, Any]:
    plan = plan_undo(import_, caller(request))
    counts = plan.as_json()
    return {
        "says": plan.sentences,
        "is_blocked": bool(plan.blocked),
        "removed": counts["removed"],
        "restored": counts["restored"],
        "stays": [
            {"pilot": item.key or None, "what": item.what or None, "why": item.why}
            for item in [*plan.stays, *plan.kept]
        ],
    }


def read_toml(text: str) -> dict[str, Any]:
    """Return a mapping file's text as a plain dict; a 400 names the line that is wrong."""
    try:
        plain: dict[str, Any] = in_json(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        detail = ErrorDetail(f"This is no TOML: {error}.", code="toml")
        raise ValidationError({"mapping": detail}) from None
    except (RecursionError, ValueError):  # brackets by the thousand, numbers of thousands of digits
        detail = ErrorDetail(
            "This is no mapping: it is nested too deep, or a number is too long.", code="toml"
        )
        raise ValidationError({"mapping": detail}) from None
    return plain
