"""How the API says no: every error is a problem (RFC 9457) with a sentence a person can act on."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import IntegrityError
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from pilots.actions.by import Forbidden, Refused, Stale
from pilots.actions.once import OtherRequest
from pilots.web.clashes import find_clash

PROBLEM = "application/problem+json"
LARGEST_BODY = 1024 * 1024

_OWN_WORDS: dict[type[Exception], str] = {
    exceptions.NotAuthenticated: "Say who you are: send “Authorization: Bearer hw_…” with a token.",
    exceptions.MethodNotAllowed: "This cannot be done here. The header Allow names what can.",
    exceptions.NotAcceptable: "Only JSON is answered here. Accept application/json, or leave Accept out.",
    exceptions.UnsupportedMediaType: "Only JSON is read here. Send Content-Type: application/json.",
}
_NOT_FOUND = "There is nothing here that you can see."
_TOO_LARGE = "The body is larger than 1 MB. Send less at a time."


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. `pointer` is `/field` in the body, `?name` in the query, or empty."""

    pointer: str
    code: str
    detail: str

    def as_json(self) -> dict[str, str]:
        return {"pointer": self.pointer, "code": self.code, "detail": self.detail}


class NotThere(Http404):
    """Something that is there for nobody, and what was meant perhaps. Only what everybody may know."""


class BadQuery(Exception):
    """The query of the address holds what this address does not know or cannot read."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(" ".join(fault.detail for fault in self.faults))

    @classmethod
    def because(cls, name: str, detail: str, *, code: str = "invalid") -> "BadQuery":
        return cls([Fault(f"?{name}", code, detail)])


class PreconditionRequired(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_detail = "Send If-Match with the ETag you read, so that nobody's change is overwritten unseen."
    default_code = "if-match-required"


class PreconditionFailed(exceptions.APIException):
    status_code = HTTPStatus.PRECONDITION_FAILED
    default_detail = "If-Match names none of the versions there are. Read it again, then retry."
    default_code = "stale"


class TooLarge(exceptions.APIException):
    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_detail = _TOO_LARGE
    default_code = "too-large"


class LengthRequired(exceptions.APIException):
    status_code = HTTPStatus.LENGTH_REQUIRED
    default_detail = "Send Content-Length: a body of unknown length is not read."
    default_code = "length-required"


def problem(
    status: int, detail: str, faults: Iterable[Fault] = (), *, code: str | None = None
) -> dict[str, Any]:
    """Return the body of an error answer. A problem that names no single fault has one with its code."""
    listed = list(faults) or ([Fault("", code, detail)] if code else [])
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": [fault.as_json() for fault in listed],
    }


def plain_problem(status: int, detail: str) -> JsonResponse:
    """Return a problem outside the REST framework: an address nobody serves, a request Django refused."""
    return JsonResponse(problem(status, detail), status=status, content_type=PROBLEM)


def answer_problem(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """Translate an error into its answer; None for what nobody foresaw, which stays an error of ours."""
    found = _foreseen(error) or _framework(error)
    if found is None:
        return None
    request = context.get("request")
    if request is not None:  # a problem is JSON even where the answer would have been something else
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type
    return Response(found, status=found["status"], content_type=PROBLEM, headers=_headers(error))


def _foreseen(error: Exception) -> dict[str, Any] | None:
    """Our own refusals, and what the database refused by a constraint we know."""
    match error:
        case Refused():
            faults = [
                Fault(f"/{reason.field}" if reason.field else "", reason.code, reason.sentence)
                for reason in error.reasons
            ]
            noted = getattr(error, "noted", "")  # a refused move that blocks its pilot
            return problem(409, f"{error} {noted}".rstrip(), faults)
        case Forbidden():
            return problem(403, str(error), code="forbidden")
        case Stale():
            versions = f"{error.key} is at version {error.current}; you sent version {error.read}."
            return problem(412, f"{versions} Read it again, then retry.", code="stale")
        case BadQuery():
            return problem(400, str(error), error.faults)
        case OtherRequest():
            return problem(422, str(error), code="idempotency-key-reused")
        case IntegrityError():
            clash = find_clash(error)
            return problem(409, clash.sentence, code=clash.code) if clash else None
    return None


def _framework(error: Exception) -> dict[str, Any] | None:
    """What Django and the REST framework refuse."""
    match error:
        case exceptions.ValidationError():
            faults = list(_faults(error.detail, ""))
            return problem(400, " ".join(dict.fromkeys(fault.detail for fault in faults)), faults)
        case NotThere():
            return problem(404, str(error))
        case exceptions.NotFound() | Http404() | ObjectDoesNotExist():
            return problem(404, _NOT_FOUND)
        case exceptions.APIException():
            codes = error.get_codes()
            sentence = _OWN_WORDS.get(type(error), str(error.detail))
            return problem(error.status_code, sentence, code=codes if isinstance(codes, str) else None)
        case PermissionDenied():
            return problem(403, str(error) or "You may not do this.", code="forbidden")
        case RequestDataTooBig():
            return problem(413, _TOO_LARGE, code="too-large")
        case SuspiciousOperation() | BadRequest():
            return problem(400, str(error) or "The request cannot be read.")
    return None


def _headers(error: Exception) -> dict[str, str]:
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(error, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _faults(detail: Any, pointer: str) -> Iterator[Fault]:
    """Flatten the REST framework's nested errors into pointers."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _faults(inner, pointer if name == "non_field_errors" else f"{pointer}/{_escape(name)}")
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            # A list of sentences is about one field; a list of mappings is about one item each.
            yield from _faults(inner, f"{pointer}/{place}" if isinstance(inner, Mapping) else pointer)
    else:
        yield Fault(pointer, getattr(detail, "code", None) or "invalid", str(detail))


def _escape(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
