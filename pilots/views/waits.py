"""What waits for whom, over all pilots somebody sees."""

from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from pilots.web.http import UserRequest
from pilots.web.scope import Scope
from pilots.web.waits import Waits


@require_safe
def waits(request: UserRequest) -> HttpResponse:
    """Show by function what waits, longest first; `?program=` narrows it."""
    scope = Scope(request.user, request.GET.get("program", ""))
    return TemplateResponse(request, "pilots/waits.html", {"page": Waits(scope, at=timezone.now())})
