"""What the OpenAPI description says of every operation: how to come in, how errors look."""

from collections.abc import Mapping
from typing import Any, Literal

from django.conf import settings
from drf_spectacular.drainage import get_override, has_override
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiFilterExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_basic_type
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from pilots.web.filter_fields import DayFilter, YesNoFilter
from pilots.web.problems import PROBLEM
from pilots.web.serializers import StrictSerializer

_REPEAT_KEY = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
_TAG = '(W/)?"[!#-~]*"'
_TAGS = {"type": "string", "pattern": rf"^(\*|{_TAG}(, *{_TAG})*)$", "examples": ['"v17"']}
_ID = {"type": "integer", "minimum": 1, "maximum": 10**18 - 1}


class FaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong."""

    pointer = serializers.CharField(help_text="`/field` in the body, `?name` in the query, or empty.")
    code = serializers.CharField(help_text="A word for programs; it does not change.")
    detail = serializers.CharField(help_text="A sentence for people.")


class ProblemSerializer(serializers.Serializer[Any]):
    """An error, after RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = FaultSerializer(many=True)  # type: ignore[assignment]  # a field, not the property


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "pilots.web.tokens.BearerTokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token that starts with hw_; `manage.py create_token` makes one.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "rest_framework.authentication.SessionAuthentication"
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A signed-in browser; unsafe methods need the CSRF token as well.",
        }


class FilterParameters(OpenApiFilterExtension):  # type: ignore[no-untyped-call]
    """Describes each filter by what it reads, not by the column behind it."""

    target_class = "pilots.web.filters.StrictFilterBackend"
    priority = 1

    def get_schema_operation_parameters(self, auto_schema: Any, *_: Any, **__: Any) -> list[dict[str, Any]]:
        filterset = getattr(auto_schema.view, "filterset_class", None)
        filters = filterset.base_filters.items() if filterset else ()
        return [
            {"name": name, "in": "query", "description": found.label, "schema": _filter_schema(found)}
            for name, found in filters
        ]


def parameters_of(filterset: Any, words: Mapping[str, str]) -> list[OpenApiParameter]:
    """Return the same for a view that is no list; `words` say more of a parameter than its label does."""
    return [
        OpenApiParameter(
            name,
            _filter_schema(found),
            OpenApiParameter.QUERY,
            description=words.get(name, found.label),
        )
        for name, found in filterset.base_filters.items()
    ]


def _filter_schema(found: Any) -> dict[str, Any]:
    schema = _declared(found)
    if schema["type"] == "string" and not {"enum", "format"} & schema.keys():
        schema.setdefault("minLength", 1)
    return schema


def _declared(found: Any) -> dict[str, Any]:
    if has_override(found, "field"):
        told = get_override(found, "field")
        return dict(told) if isinstance(told, dict) else dict(build_basic_type(told) or {})
    match found:
        case YesNoFilter():
            return {"type": "boolean"}
        case DayFilter():
            return {"type": "string", "format": "date"}
    schema: dict[str, Any] = {"type": "string"}
    if "choices" in found.extra:
        schema["enum"] = [code for code, _ in found.extra["choices"] if code]
    if "max_length" in found.extra:
        schema["maxLength"] = found.extra["max_length"]
    return schema


class HeadwaySchema(AutoSchema):
    """Adds the errors each operation can answer, and the headers it reads."""

    def get_override_parameters(self) -> list[Any]:
        found = [*super().get_override_parameters()]
        if "{id}" in self.path:
            found.append(OpenApiParameter("id", _ID, OpenApiParameter.PATH))
        if self.method == "POST":
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    _REPEAT_KEY,
                    OpenApiParameter.HEADER,
                    description="Sent again with the same body, it brings the first answer again.",
                )
            )
        if (
            getattr(self.view, "has_versions", False)
            and self.method in {"POST", "PUT", "PATCH"}
            and "{" in self.path
        ):
            found.append(
                OpenApiParameter(
                    "If-Match",
                    _TAGS,
                    OpenApiParameter.HEADER,
                    required=self.method == "PUT",
                    description="The ETag you read; when the pilot changed since, the answer is 412.",
                )
            )
        return found

    def _map_basic_serializer(
        self, serializer: Any, direction: Literal["request", "response"]
    ) -> dict[str, Any]:
        """Say that what nobody reads is refused."""
        schema: dict[str, Any] = super()._map_basic_serializer(  # type: ignore[no-untyped-call]
            serializer, direction
        )
        if isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        return schema

    def get_response_serializers(self) -> Any:
        """Return what a view says it shows, whatever the verb; else what the serializer of the verb is."""
        return getattr(self.view, "shown_serializer_class", None) or super().get_response_serializers()

    def get_operation_id(self) -> str:
        """Call a verb by its name: `pilots_move` rather than `pilots_move_create`."""
        name = str(super().get_operation_id())
        is_verb = self.method == "POST" and getattr(self.view, "action", "create") != "create"
        return name.removesuffix("_create") if is_verb else name

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, words in self._errors().items():
            bodies.setdefault(status, self._problem(words))
        return bodies

    def _problem(self, words: str) -> dict[str, Any]:
        component = self.resolve_serializer(ProblemSerializer, "response")
        return {"description": words, "content": {PROBLEM: {"schema": component.ref}}}

    def _errors(self) -> dict[str, str]:
        errors = {
            "400": "The request cannot be read; each fault is named.",
            "401": "No token, or one that is unknown, expired or whose account is closed.",
            "403": "You may see this, but not do it; the sentence says who can.",
            "default": "Any other refusal: the method, the format, a body that is too large.",
        }
        if "{" in self.path:
            errors["404"] = "There is nothing here that you can see."
        if self.method in {"POST", "PUT", "PATCH", "DELETE"}:
            errors |= {
                "409": "It was refused and nothing was written; each reason is named.",
                "412": "It changed since the version named in If-Match.",
            }
        if self.method == "POST":
            errors["422"] = "The Idempotency-Key was used for another request."
        if self.method in {"PUT", "DELETE"}:
            errors["428"] = "If-Match is missing."
        return dict(sorted(errors.items()))
