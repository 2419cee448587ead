"""The versions of a pilot's model: keeping one, letting it go live, and forgetting it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.model_version import (
    EDITABLE,
    GoLive,
    ModelVersionEdit,
    NewModelVersion,
    RemoveModelVersion,
    add_model_version,
    edit_model_version,
    go_live,
    remove_model_version,
)
from pilots.forms.change import ChangeForm
from pilots.forms.production import GoLiveForm, ModelVersionForm, NewModelVersionForm, RemoveRowForm
from pilots.models import ModelVersion
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def version_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask which version it is and since when it is there, and keep it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    today = by_web(request).today(pilot.program)
    initial = {"version": pilot.version, "changed_on": today, "is_live": True}
    form = NewModelVersionForm(request.POST or None, initial=initial)
    if form.is_valid():
        new = NewModelVersion(pilot=pilot, version=form.cleaned_data["version"], **form.values)
        if carried_out(form, lambda: add_model_version(new, by=by_web(request))):
            messages.success(request, f"“{new.label}” is kept{' as the live one' if new.is_live else ''}.")
            return redirect("pilots:pilot_production", key=pilot.key)
    return form_page(request, "pilots/version_edit.html", pilot, form, model_version=None)


@require_http_methods(["GET", "POST"])
@translating
def version_edit(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Show what is known of it, and write what is new."""
    model_version = _find(request, key, row)
    now = {name: getattr(model_version, name) for name in EDITABLE}
    form = ModelVersionForm(request.POST or None, initial=now | {"version": model_version.pilot.version})

    def edit() -> None:
        version = form.cleaned_data["version"]
        asked = ModelVersionEdit(model_version=model_version, fields=form.values, version=version)
        edit_model_version(asked, by=by_web(request))

    return _page(request, "pilots/version_edit.html", form, model_version, edit, "is saved")


@require_http_methods(["GET", "POST"])
@translating
def version_live(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask since when it is live, and put it in place of the one that was."""
    model_version = _find(request, key, row)
    pilot = model_version.pilot
    initial = {"version": pilot.version, "changed_on": by_web(request).today(pilot.program)}
    form = GoLiveForm(request.POST or None, initial=initial)

    def live() -> None:
        asked = GoLive(
            model_version=model_version,
            changed_on=form.values["changed_on"],
            version=form.cleaned_data["version"],
        )
        go_live(asked, by=by_web(request))

    return _page(request, "pilots/version_live.html", form, model_version, live, "is live")


@require_http_methods(["GET", "POST"])
@translating
def version_remove(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and forget it."""
    model_version = _find(request, key, row)
    form = RemoveRowForm(request.POST or None, initial={"version": model_version.pilot.version})

    def remove() -> None:
        asked = RemoveModelVersion(model_version=model_version, version=form.cleaned_data["version"])
        remove_model_version(asked, by=by_web(request))

    return _page(request, "pilots/version_remove.html", form, model_version, remove, "is forgotten")


def _find(request: UserRequest, key: str, row: int) -> ModelVersion:
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    model_version = get_object_or_404(pilot.model_versions, pk=row)
    model_version.pilot = pilot
    return model_version


def _page(
    request: UserRequest,
    template: str,
    form: ChangeForm,
    model_version: ModelVersion,
    act: Callable[[], None],
    done: str,
) -> HttpResponseBase:
    pilot, label = model_version.pilot, model_version.label
    if form.is_valid() and carried_out(form, act):
        messages.success(request, f"“{label}” {done}.")
        return redirect("pilots:pilot_production", key=pilot.key)
    return form_page(request, template, pilot, form, model_version=model_version)
