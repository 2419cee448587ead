"""What every page of one import shows and asks first."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponseBase
from django.template.response import TemplateResponse

from pilots.actions.by import Refused
from pilots.web.http import UserRequest
from pilots.web.refusals import translating
from portfolio.exchange.models import Import
from portfolio.exchange.pages.access import find_import
from portfolio.exchange.pages.road import OVER, PLACES, reachable, road, url_of
from portfolio.exchange.pages.told import as_of

Page = Callable[[UserRequest, Import], HttpResponseBase]
View = Callable[[UserRequest, int], HttpResponseBase]


def of_import(page: Page) -> View:
    """Find the import of the address for a page, and say so where its file is not kept any longer."""

    @wraps(page)
    @translating
    def view(request: UserRequest, pk: int) -> HttpResponseBase:
        import_ = find_import(request.user, pk)
        try:
            return page(request, import_)
        except Refused as refused:
            context = {"import_": import_, "said": str(refused)}
            return TemplateResponse(request, "exchange/import_forgotten.html", context, status=410)

    return view


def has_left(import_: Import, place: str) -> bool:
    """Return whether a step is not open any more, or not yet."""
    return place not in reachable(import_)


def context_of(
    import_: Import, here: str, *, heading: str, says: str = "", form_id: str = "step"
) -> dict[str, Any]:
    """Return what `exchange/frame.html` shows; `form_id` is "" on a page without a form to be kept."""
    return {
        "heading": heading,
        "says": says,
        "form_id": form_id,
        "import_": import_,
        "road": road(import_, here),
        "as_of": as_of(import_),
        "may_drop": import_.at_step not in OVER,
    }


def pressed(request: UserRequest, *, otherwise: str) -> str:
    """Return the step somebody pressed, or the one that comes next."""
    to = request.POST.get("to", "")
    return to if to in PLACES else otherwise


def going_to(request: UserRequest, import_: Import, *, otherwise: str) -> str:
    return url_of(import_, pressed(request, otherwise=otherwise))
