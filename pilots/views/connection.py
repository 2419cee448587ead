"""The connections of a pilot: listing one, saying how far it is, and taking it off the list."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from pilots.access.permissions import Deed
from pilots.actions.change import require
from pilots.actions.connection import (
    EDITABLE,
    ConnectionEdit,
    NewConnection,
    RemoveConnection,
    add_connection,
    edit_connection,
    remove_connection,
)
from pilots.design import ConnectionKind
from pilots.forms.change import ChangeForm
from pilots.forms.production import ConnectionForm, NewConnectionForm, RemoveRowForm
from pilots.models import Connection
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating


@require_http_methods(["GET", "POST"])
@translating
def connection_new(request: UserRequest, key: str) -> HttpResponseBase:
    """Ask what it connects to, and list it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    form = NewConnectionForm(request.POST or None, initial={"version": pilot.version})
    if form.is_valid():
        values = form.values
        new = NewConnection(
            pilot=pilot,
            name=values.pop("name"),
            kind=ConnectionKind(values.pop("kind")),
            fields=values,
            version=form.cleaned_data["version"],
        )
        if carried_out(form, lambda: add_connection(new, by=by_web(request))):
            messages.success(request, f"“{new.name}” is listed.")
            return redirect("pilots:pilot_production", key=pilot.key)
    return form_page(request, "pilots/connection_new.html", pilot, form)


@require_http_methods(["GET", "POST"])
@translating
def connection_edit(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Show what is known of it, and write what is new."""
    connection = _find(request, key, row)
    now = {name: getattr(connection, name) for name in EDITABLE}
    form = ConnectionForm(request.POST or None, initial=now | {"version": connection.pilot.version})

    def edit() -> None:
        version = form.cleaned_data["version"]
        asked = ConnectionEdit(connection=connection, fields=form.values, version=version)
        edit_connection(asked, by=by_web(request))

    return _page(request, "pilots/connection_edit.html", form, connection, edit, "is saved")


@require_http_methods(["GET", "POST"])
@translating
def connection_remove(request: UserRequest, key: str, row: int) -> HttpResponseBase:
    """Ask once, and take it off the list."""
    connection = _find(request, key, row)
    form = RemoveRowForm(request.POST or None, initial={"version": connection.pilot.version})

    def remove() -> None:
        asked = RemoveConnection(connection=connection, version=form.cleaned_data["version"])
        remove_connection(asked, by=by_web(request))

    return _page(request, "pilots/connection_remove.html", form, connection, remove, "is off the list")


def _find(request: UserRequest, key: str, row: int) -> Connection:
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    connection = get_object_or_404(pilot.connections, pk=row)
    connection.pilot = pilot
    return connection


def _page(
    request: UserRequest,
    template: str,
    form: ChangeForm,
    connection: Connection,
    act: Callable[[], None],
    done: str,
) -> HttpResponseBase:
    pilot, name = connection.pilot, connection.name
    if form.is_valid() and carried_out(form, act):
        messages.success(request, f"“{name}” {done}.")
        return redirect("pilots:pilot_production", key=pilot.key)
    return form_page(request, template, pilot, form, connection=connection)
