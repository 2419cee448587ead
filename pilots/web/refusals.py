"""How pages say no: every refusal of an action becomes a page or a sentence beside a field, here once."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.html import format_html

from pilots.access.models import Role, User
from pilots.actions.by import Forbidden, Reason, Refused
from pilots.models import Decision, Milestone, Pilot
from pilots.web.http import UserRequest

P = ParamSpec("P")
View = Callable[Concatenate[UserRequest, P], HttpResponseBase]


def translating(view: View[P]) -> View[P]:
    """Answer `Forbidden` with a page that says who can, and a pilot nobody may see with 404."""

    @wraps(view)
    def answer(request: UserRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Forbidden as refusal:
            return forbidden(request, str(refusal), key=str(kwargs.get("key", "")))
        except (Pilot.DoesNotExist, Decision.DoesNotExist, Milestone.DoesNotExist) as missing:
            raise Http404 from missing

    return answer


def forbidden(request: UserRequest, sentence: str, *, key: str = "") -> TemplateResponse:
    """Return the 403 page; where it is about a pilot, with the managers who could let somebody in."""
    pilot = Pilot.objects.visible_to(request.user).select_related("program").filter(key=key).first()
    managers = User.objects.none()
    if pilot is not None:
        managers = User.objects.filter(
            memberships__program=pilot.program, memberships__role=Role.MANAGER.value, is_active=True
        ).order_by("name", "pk")
    context = {"sentence": sentence, "pilot": pilot, "managers": managers}
    return TemplateResponse(request, "pilots/pilot_forbidden.html", context, status=403)


def add_refusal(
    form: BaseForm, refused: Refused, *, ways_out: Mapping[str, tuple[str, str]] | None = None
) -> None:
    """Put each reason beside its field; one without a field of this form goes into the summary.

    `ways_out` maps a reason's code to the words and the address of the page where it can be put right.
    """
    for reason in refused.reasons:
        field = reason.field if reason.field in form.fields else None
        form.add_error(field, ValidationError(_sentence(reason, ways_out or {}), code=reason.code))


def _sentence(reason: Reason, ways_out: Mapping[str, tuple[str, str]]) -> str:
    if reason.code not in ways_out:
        return reason.sentence
    words, address = ways_out[reason.code]
    return format_html('{} <a href="{}">{}</a>', reason.sentence, address, words)
