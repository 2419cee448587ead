"""The pages of steering packs: the list, freezing one, its agenda with deciding, and removing it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.actions.decision import Settlement, decide, require_to_decide
from pilots.forms.decision import DecideForm
from pilots.models import Decision
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.steering.access import may_freeze_any, require_to_freeze, require_to_remove
from portfolio.steering.actions.freeze import NewPack, as_preview, freeze, last_like
from portfolio.steering.actions.remove import Removal, remove_pack
from portfolio.steering.forms import FreezeForm, RemoveForm
from portfolio.steering.listed import line_of, packs_of
from portfolio.steering.models import Pack
from portfolio.steering.out.views import find_pack
from portfolio.steering.page import PackPage, decide_form
from portfolio.steering.scope import PackScope, Unreadable, read_scope

ON_A_PAGE = 50
OFFERED = 30  # earlier packs to compare with


@require_safe
def pack_list(request: UserRequest) -> HttpResponseBase:
    """Show the packs somebody reads, and the way to freeze one."""
    today = timezone.localdate()
    asked = request.GET.copy()
    asked.pop("page", None)
    page = Paginator(packs_of(request.user), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [line_of(pack, today) for pack in page],
        "may_freeze": may_freeze_any(request.user),
        "query": f"?{asked.urlencode()}" if asked else "",
    }
    return TemplateResponse(request, "steering/pack_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def pack_new(request: UserRequest) -> HttpResponseBase:
    """Show what a pack of the funnel's address would hold; POST freezes it."""
    now = timezone.now()
    try:
        scope = read_scope(request.user, request.GET, at=now)
    except Unreadable as unreadable:
        return TemplateResponse(request, "steering/pack_unreadable.html", {"sentences": unreadable.sentences})
    require_to_freeze(request.user, scope.programs)
    last = last_like(scope)
    earlier = list(Pack.objects.visible_to(request.user).nearest_first().defer("content")[:OFFERED])
    form = FreezeForm(
        request.POST if request.method == "POST" else None,
        title=f"Steering meeting, {scope.program}" if scope.program else "Steering meeting",
        last=last,
        earlier=earlier,
    )
    if form.is_valid():
        made: list[Pack] = []
        if carried_out(form, lambda: made.append(freeze(_new(request, form), by=by_web(request)))):
            # Its head says that it is frozen; a message would lie over the first question.
            return redirect(made[0])
    context = {
        "form": form,
        "page": PackPage(as_preview(scope, last), request.user, at=now),
        "query": _query(scope),
    }
    return TemplateResponse(request, "steering/pack_new.html", context)


def _new(request: UserRequest, form: FreezeForm) -> NewPack:
    cleaned = form.cleaned_data
    return NewPack(
        title=cleaned["title"],
        meeting_on=cleaned["meeting_on"].first,
        query=request.GET.urlencode(),
        before=form.chosen,
        is_first=form.is_first,
        nonce=cleaned["nonce"],
    )


def _query(scope: PackScope) -> str:
    return f"?{scope.query}" if scope.query else ""


@require_safe
def pack_detail(request: UserRequest, pk: int) -> HttpResponseBase:
    """Show the agenda of a pack."""
    return _show(request, find_pack(request.user, pk))


def _show(
    request: UserRequest, pack: Pack, sent: dict[int, DecideForm] | None = None, code: int = 200
) -> HttpResponseBase:
    page = PackPage(pack, request.user, at=timezone.now(), sent=sent)
    return TemplateResponse(request, "steering/pack_detail.html", {"page": page, "pack": pack}, status=code)


@require_POST
@translating
def pack_decide(request: UserRequest, pk: int, row: int) -> HttpResponseBase:
    """Settle a question of a pack in the meeting; the question as it was frozen stays."""
    pack = find_pack(request.user, pk)
    decision = _find_decision(request, pack, row)
    require_to_decide(decision, request.user)
    form = decide_form(pack, decision, request.POST)
    if form.is_valid() and carried_out(form, lambda: decide(_settlement(decision, form), by=by_web(request))):
        messages.success(request, f"Decided: {form.cleaned_data['choice']}.")
        return redirect(f"{pack.get_absolute_url()}#decision-{row}")
    if Decision.objects.filter(pk=row, decided_on__isnull=False).exists():
        # Somebody was faster: the agenda says who, and there is nothing left to send.
        messages.error(
            request, " ".join(map(str, form.non_field_errors())) or "Somebody has decided it already."
        )
        return redirect(f"{pack.get_absolute_url()}#decision-{row}")
    return _show(request, pack, {row: form})


def _settlement(decision: Decision, form: DecideForm) -> Settlement:
    cleaned = form.cleaned_data
    return Settlement(
        decision=decision,
        choice=cleaned["choice"],
        reason=cleaned["reason"],
        authority=cleaned["authority"],
    )


def _find_decision(request: UserRequest, pack: Pack, row: int) -> Decision:
    """Return a question of this pack that the person may see."""
    rows = Decision.objects.visible_to(request.user).select_related("program", "pilot__program", "decider")
    is_asked = any(line["id"] == row for line in pack.content["decisions"])
    found = rows.filter(pk=row).first() if is_asked else None
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def pack_remove(request: UserRequest, pk: int) -> HttpResponseBase:
    """Ask why a pack is removed, then remove it."""
    pack = find_pack(request.user, pk)
    require_to_remove(request.user, pack)
    form = RemoveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        removal = Removal(pack=pack, reason=form.cleaned_data["reason"])
        if carried_out(form, lambda: remove_pack(removal, by=by_web(request))):
            messages.success(request, f"“{pack.title}” was removed.")
            return redirect(reverse("steering:pack_list"))
    return TemplateResponse(request, "steering/pack_remove.html", {"pack": pack, "form": form})
