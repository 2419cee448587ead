"""Saved views of the list: keeping one, changing, sharing and removing it."""

from django.contrib import messages
from django.http import Http404, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.access.models import Program
from pilots.access.permissions import Deed, may, relation_to_program
from pilots.actions.by import Forbidden, Refused
from pilots.actions.view import NewView, ViewEdit, edit_view, remove_view, save_view
from pilots.forms.view import ViewForm
from pilots.models import SavedView
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from pilots.web.saved_views import asked_in_words, question, unreadable


@require_safe
def view_list(request: UserRequest) -> HttpResponseBase:
    """Show the views the reader has, and those shared with them."""
    views = list(SavedView.objects.visible_to(request.user).in_order().select_related("program", "owner"))
    run = set(Program.objects.run_by(request.user).values_list("pk", flat=True))
    rows = [
        {
            "view": view,
            "url": address(view),
            "is_mine": view.owner_id == request.user.pk,
            "may_remove": view.owner_id == request.user.pk or view.program_id in run,
        }
        for view in views
    ]
    return TemplateResponse(request, "pilots/view_list.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def view_new(request: UserRequest) -> HttpResponseBase:
    """Keep the question an address of the list asks; it comes along as `query`."""
    asked = (request.POST if request.method == "POST" else request.GET).get("query", "")
    faults = unreadable(request, asked)
    form = ViewForm(request.POST if request.method == "POST" else None, reader=request.user)
    if request.method == "POST" and faults:
        form.add_error(None, f"The list cannot be asked this: {' '.join(faults)}")
    if form.is_valid():
        new = NewView(
            name=form.cleaned_data["name"], query=question(QueryDict(asked)), program=form.shared_with
        )
        made: list[SavedView] = []
        if carried_out(form, lambda: made.append(save_view(new, by=by_web(request)))):
            messages.success(request, f"{made[0].name} is a view now.")
            return redirect(address(made[0]))
    context = {"form": form, "query": asked, "asks": asked_in_words(request, asked), "view": None}
    return TemplateResponse(request, "pilots/view_edit.html", {**context, "back": _list_of(asked)})


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def view_edit(request: UserRequest, row: int) -> HttpResponseBase:
    """Call one's view something else, or share it with others."""
    view = _find(request, row)
    form = ViewForm(
        request.POST if request.method == "POST" else None,
        reader=request.user,
        now=view.program,
        initial={"name": view.name, "program": view.program.slug if view.program else ""},
    )
    if form.is_valid():
        fields = {"name": form.cleaned_data["name"]}
        if "program" in form.fields:
            fields["program"] = form.shared_with
        if carried_out(form, lambda: edit_view(ViewEdit(view=view, fields=fields), by=by_web(request))):
            messages.success(request, f"{form.cleaned_data['name']} is saved.")
            return redirect(address(view))
    context = {"form": form, "query": None, "asks": asked_in_words(request, view.query), "view": view}
    return TemplateResponse(request, "pilots/view_edit.html", {**context, "back": address(view)})


@require_POST
@translating
def view_save(request: UserRequest, row: int) -> HttpResponseBase:
    """Let one's view ask what the list asks now."""
    view, asked = _find(request, row), request.POST.get("query", "")
    faults = unreadable(request, asked)
    if faults:
        messages.error(request, f"The view stays as it was. {' '.join(faults)}")
        return redirect(address(view))
    query = question(QueryDict(asked))
    try:
        view = edit_view(ViewEdit(view=view, fields={"query": query}), by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{view.name} asks this from now on.")
    return redirect(address(view))


@require_POST
@translating
def view_remove(request: UserRequest, row: int) -> HttpResponseBase:
    """Remove a view: one's own, or one shared with a program one runs."""
    view = _find(request, row, removing=True)
    if request.POST.get("name") == view.name:  # what the page showed: it may be called otherwise by now
        remove_view(view, by=by_web(request))
        messages.success(request, f"The view {view.name} is removed. No pilot changed.")
    else:
        messages.error(request, f"The view is called {view.name} now, so it was not removed.")
    return redirect("pilots:view_list")


def address(view: SavedView) -> str:
    """Return the list as a view asks it."""
    asked = f"{view.query}&view={view.pk}" if view.query else f"view={view.pk}"
    return f"{reverse('pilots:pilot_list')}?{asked}"


def _list_of(query: str) -> str:
    path = reverse("pilots:pilot_list")
    return f"{path}?{query}" if query else path


def _find(request: UserRequest, row: int, *, removing: bool = False) -> SavedView:
    """Return a view the reader is shown; 404 for others, 403 where it is not theirs to change."""
    views = SavedView.objects.visible_to(request.user).select_related("owner", "program")
    view = views.filter(pk=row).first() if row < 2**63 else None
    if view is None:
        raise Http404
    if view.owner_id != request.user.pk:
        relation = relation_to_program(request.user, view.program) if view.program else None
        if not removing or relation is None or not may(Deed.CONFIGURE, relation):
            who = f"{view.owner}, who saved it, can"
            raise Forbidden(f"You may not change this view: {who}.")
    return view
