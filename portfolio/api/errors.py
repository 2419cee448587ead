"""Errors outside every view: below /api/ they are problems, elsewhere pages."""

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt, requires_csrf_token

from pilots.web.problems import plain_problem

_BROKEN = "Something went wrong on our side. It is noted; try again, and tell an administrator if it stays."


@csrf_exempt
@login_not_required
def unknown_address(request: HttpRequest) -> HttpResponseBase:
    """Answer 404 to any other address below /api: without it, one that lacks its slash would be
    redirected and lose its body.
    """
    return plain_problem(404, nothing_at(request.path))


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return plain_problem(413, "The body is larger than 1 MB. Send less at a time.")
    return plain_problem(400, "The request cannot be read. Look at its address and its headers.")


@requires_csrf_token
def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.permission_denied(request, exception)
    return plain_problem(403, "You may not do this.")


@requires_csrf_token
def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if not _is_api(request):
        return defaults.page_not_found(request, exception)
    return plain_problem(404, nothing_at(request.path))


@requires_csrf_token
def server_error(request: HttpRequest) -> HttpResponseBase:
    return plain_problem(500, _BROKEN) if _is_api(request) else defaults.server_error(request)


def nothing_at(path: str) -> str:
    if path.endswith("/"):
        return "There is nothing at this address. The description is at /api/v1/schema/."
    return "There is nothing at this address. Addresses of the API end in a slash."
