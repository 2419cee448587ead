"""How pages say no: every refusal of an action becomes a page or a sentence beside a field, here once."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import Http404, HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join

from pilots.access.models import Role, User
from pilots.actions.by import Forbidden, Reason, Refused
from pilots.models import Connection, Decision, Milestone, ModelVersion, Pilot, RolloutStep
from pilots.web.http import UserRequest

# What a person may ask for that somebody else has removed, or that they may not see.
GONE = tuple(
    model.DoesNotExist for model in (Pilot, Decision, Milestone, Connection, RolloutStep, ModelVersion)
)
P = ParamSpec("P")
WaysOut = Mapping[str, "tuple[str, str] | list[tuple[str, str]]"]
View = Callable[Concatenate[UserRequest, P], HttpResponseBase]


def translating(view: View[P]) -> View[P]:
    """Answer `Forbidden` with a page that says who can, and a pilot nobody may see with 404."""

    @wraps(view)
    def answer(request: UserRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Forbidden as refusal:
            return forbidden(request, str(refusal), key=str(kwargs.get("key", "")))
        except GONE as missing:
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


def add_refusal(form: BaseForm, refused: Refused, *, ways_out: WaysOut | None = None) -> None:
    """Put each reason beside its field; one without a field of this form goes into the summary.

    `ways_out` maps a reason's code to the words and the address of the page where it can be put right, or
    to several of them.
    """
    for reason in refused.reasons:
        field = reason.field if reason.field in form.fields else None
        form.add_error(field, ValidationError(_sentence(reason, ways_out or {}), code=reason.code))


def _sentence(reason: Reason, ways_out: WaysOut) -> str:
    if reason.code not in ways_out:
        return reason.sentence
    found = ways_out[reason.code]
    ways = [found] if isinstance(found, tuple) else found
    links = format_html_join(" ", '<a href="{}">{}</a>', [(address, words) for words, address in ways])
    return format_html("{} {}", reason.sentence, links)
