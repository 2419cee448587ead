"""Keeps a form that is not complete while somebody looks at another step; it comes back as they left it."""

from django.http import QueryDict

from pilots.web.http import UserRequest
from portfolio.exchange.models import Import


def keep(request: UserRequest, import_: Import, place: str) -> None:
    sent = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "to"):
        sent.pop(name, None)
    request.session[_name(import_, place)] = sent.urlencode()


def take(request: UserRequest, import_: Import, place: str) -> QueryDict | None:
    """Return the form as it was left, once."""
    kept = request.session.pop(_name(import_, place), None)
    return QueryDict(kept) if kept is not None else None


def remember(request: UserRequest, import_: Import, *, wanted: bool) -> None:
    """Keep whether the mapping is to be remembered for the next file; it is, until somebody says no."""
    request.session[_name(import_, "remember")] = wanted


def is_remembered(request: UserRequest, import_: Import) -> bool:
    return bool(request.session.get(_name(import_, "remember"), True))


def _name(import_: Import, place: str) -> str:
    return f"import:{import_.pk}:{place}"
