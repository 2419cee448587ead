"""What every page of one import shows and asks first."""

from typing import Any

from pilots.web.http import UserRequest
from portfolio.exchange.models import Import
from portfolio.exchange.pages.road import OVER, PLACES, reachable, road, url_of
from portfolio.exchange.pages.told import as_of


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


def going_to(request: UserRequest, import_: Import, *, otherwise: str) -> str:
    """Return the address of the step somebody pressed, or of the one that comes next."""
    to = request.POST.get("to", "")
    return url_of(import_, to if to in PLACES else otherwise)
