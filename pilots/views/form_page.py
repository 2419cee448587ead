"""Shows a form about one pilot, and beside it what happened meanwhile when somebody else was faster."""

from django.template.response import TemplateResponse

from pilots.forms.change import ChangeForm
from pilots.models import Pilot
from pilots.views.conflict import conflict
from pilots.web.http import UserRequest


def form_page(
    request: UserRequest, template: str, pilot: Pilot, form: ChangeForm, **more: object
) -> TemplateResponse:
    if form.stale:
        pilot.refresh_from_db()
    context = {
        "pilot": pilot,
        "form": form,
        "conflict": conflict(pilot, form.stale) if form.stale else None,
        **more,
    }
    return TemplateResponse(request, template, context, status=409 if form.stale else 200)
