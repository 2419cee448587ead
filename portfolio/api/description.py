"""The API described for machines (OpenAPI), and that description laid out for people."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer2, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.web.resources import ApiView


class OpenApiJson(OpenApiJsonRenderer2):
    """The description as JSON, which is also what `*/*` gets."""

    media_type = "application/vnd.oai.openapi+json"


class Schema(ApiView):
    """The same for everybody: it says which operations there are, not which are the caller's."""

    renderer_classes = [OpenApiJson, JSONRenderer, OpenApiYamlRenderer]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(description())


@cache
def description() -> dict[str, Any]:
    """Return the OpenAPI document; drawing it takes a second, and it does not change while running."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    drawn: dict[str, Any] = generator.get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return drawn


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "portfolio/api_docs.html")
