"""The templates that plans of one program are made from."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import Refused
from pilots.actions.change import require
from pilots.actions.plan_template import TemplateEdit, restore_template, set_template
from pilots.forms.plan_template import TemplateForm
from pilots.plans import Template
from pilots.shapes import shapes_of
from pilots.templates import TEMPLATES
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_safe
@translating
def settings_templates(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show every template with its phases and milestones."""
    program = _find(request, slug)
    rows = [(template, shape, shape != TEMPLATES[template]) for template, shape in shapes_of(program).items()]
    context = {"program": program, "rows": rows}
    return TemplateResponse(request, "desk/settings_templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_template(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Give a template other phases, other days or other milestones."""
    program, template = _find(request, slug), _template(code)
    shape = shapes_of(program)[template]
    form = TemplateForm(request.POST if request.method == "POST" else None, shape=shape)
    if form.is_valid() and carried_out(
        form,
        lambda: set_template(
            TemplateEdit(program=program, template=template, shape=form.shape), by=by_web(request)
        ),
    ):
        messages.success(request, f"{form.shape.label} is saved. Plans that are made already stay.")
        return redirect("desk:settings_templates", slug=slug)
    context = {"program": program, "template": template, "shape": shape, "form": form}
    return TemplateResponse(request, "desk/settings_template.html", context)


@require_POST
@translating
def settings_template_restore(request: UserRequest, slug: str, code: str) -> HttpResponseBase:
    """Let a template be as it comes."""
    program, template = _find(request, slug), _template(code)
    try:
        restore_template(program, template, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{template.label} is as it comes. Plans that are made already stay.")
    return redirect("desk:settings_templates", slug=slug)


def _template(code: str) -> Template:
    if code not in list(Template):
        raise Http404
    return Template(code)


def _find(request: UserRequest, slug: str) -> Program:
    """Return a program the reader sets up; 404 for one they may not know of."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require(Deed.CONFIGURE, relation_to_program(request.user, program))
    return program
