"""What new pilots of a program can begin with: keeping templates, changing and removing them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.change import require
from pilots.actions.pilot_template import (
    NewTemplate,
    TemplateEdit,
    add_template,
    edit_template,
    remove_template,
)
from pilots.models import PilotTemplate
from pilots.starts import STARTS, start_of
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.settings_template_form import TemplateForm


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_pilot_templates(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show the templates of a program and those that come with Headway, and keep one more."""
    program = _find(request, slug)
    form = _form(request, program, {})
    if form.is_valid():
        new = NewTemplate(program=program, name=form.cleaned_data["name"], values=form.values)
        if carried_out(form, lambda: add_template(new, by=by_web(request))):
            messages.success(request, f"{form.cleaned_data['name']} is a template of {program} now.")
            return redirect("desk:settings_pilot_templates", slug=slug)
    rows = program.pilot_templates.order_by("name", "pk")
    context = {
        "program": program,
        "form": form,
        "own": [(row, start_of(str(row.pk), row.name, row.values)) for row in rows],
        "built_in": list(STARTS.values()),
    }
    return TemplateResponse(request, "desk/settings_pilot_templates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_pilot_template(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Change what a template begins with."""
    template = _find_template(request, slug, row)
    program, values = template.program, template.values
    tags = ", ".join(values.get("tags", ()))
    custom = {f"custom/{code}": value for code, value in values.get("custom", {}).items()}
    form = _form(request, program, {**values, **custom, "name": template.name, "tags": tags})
    if form.is_valid():
        edit = TemplateEdit(template=template, name=form.cleaned_data["name"], values=form.values)
        if carried_out(form, lambda: edit_template(edit, by=by_web(request))):
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect("desk:settings_pilot_templates", slug=slug)
    context = {"program": program, "template": template, "form": form}
    return TemplateResponse(request, "desk/settings_pilot_template.html", context)


@require_POST
@translating
def settings_pilot_template_remove(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Keep a template no longer; pilots that began with it stay as they are."""
    template = _find(request, slug).pilot_templates.select_related("program").filter(pk=row).first()
    if template is not None:  # else somebody pressed twice, or another manager was faster
        remove_template(template, by=by_web(request))
        messages.success(request, f"{template} is no template any longer. Pilots that began with it stay.")
    return redirect("desk:settings_pilot_templates", slug=slug)


def _form(request: UserRequest, program: Program, initial: dict[str, Any]) -> TemplateForm:
    fields = list(program.custom_fields.in_use().in_order())
    return TemplateForm(request.POST if request.method == "POST" else None, initial=initial, custom=fields)


def _find(request: UserRequest, slug: str) -> Program:
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require(Deed.CONFIGURE, relation_to_program(request.user, program))
    return program


def _find_template(request: UserRequest, slug: str, row: int) -> PilotTemplate:
    program = _find(request, slug)
    return get_object_or_404(program.pilot_templates.select_related("program"), pk=row)
