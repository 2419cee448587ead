"""`Idempotency-Key`: a POST sent again with the same key and body answers as it did the first time."""

import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from pilots.access.models import ApiToken
from pilots.actions.once import Answer, Asked, answer_once
from pilots.web.tokens import caller

REPEATED_HEADERS = ("ETag", "Location")
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def answer_repeatably(
    handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    """Run a handler under the request's key, or return what it answered before."""
    key = request.headers["Idempotency-Key"]
    if not _KEY.fullmatch(key):
        raise ParseError("An Idempotency-Key has 1 to 255 visible ASCII characters, such as a UUID.")

    def act() -> Answer:
        response = handler(request, *args, **kwargs)
        headers = {name: response[name] for name in REPEATED_HEADERS if name in response}
        body = JSONRenderer().render(response.data).decode() if response.data is not None else ""
        return Answer(response.status_code, headers, body)

    asked = Asked(
        user=caller(request),
        caller=request.auth.digest if isinstance(request.auth, ApiToken) else "session",
        key=key,
        digest=_digest(request),
        at=timezone.now(),
    )
    answer, is_repeated = answer_once(asked, act)
    headers = answer.headers | ({"Idempotent-Replayed": "true"} if is_repeated else {})
    return HttpResponse(answer.body, status=answer.status, headers=headers, content_type="application/json")


def _digest(request: Request) -> str:
    """Return what makes two requests the same: method, address, precondition and body."""
    parts = (request.method, request.get_full_path(), request.headers.get("If-Match", ""))
    digest = hashlib.sha256("\n".join(map(str, parts)).encode() + b"\n")
    if request.content_type and request.content_type.startswith("multipart/"):
        for piece in _pieces(request):
            digest.update(piece)
    else:
        digest.update(request.body)
    return digest.hexdigest()


def _pieces(request: Request) -> Iterator[bytes]:
    """Yield the parts of a form in their order: a file too large for memory lies on disk by now."""
    for name, value in cast("QueryDict", request.data).items():
        yield f"{name}\n".encode()
        yield from value.chunks() if isinstance(value, UploadedFile) else [str(value).encode()]
    for file in request.FILES.values():
        file.seek(0)
