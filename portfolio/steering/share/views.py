"""The pages about links: making and revoking them, the site's switch, and what a link opens."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pilots.access.models import Source
from pilots.actions.account import require_administrator
from pilots.actions.by import By, Refused
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.steering.access import require_to_share
from portfolio.steering.models import Pack, PackShare, Sharing
from portfolio.steering.out.limits import Field
from portfolio.steering.out.paper import sheets
from portfolio.steering.out.views import find_pack
from portfolio.steering.share.actions import (
    IS_OFF,
    NewShare,
    count_opening,
    revoke_share,
    share_pack,
    sharing_is_on,
    switch_sharing,
)
from portfolio.steering.share.forms import ShareForm
from portfolio.steering.share.opened import Dead, is_backed, open_share


@dataclass(frozen=True)
class Line:
    """One link as the list tells it; `ended` says why it opens nothing, "" while it works."""

    id: int
    shows: str
    maker: str
    made_at: datetime
    expires_at: datetime
    opened: int
    last_opened_at: datetime | None
    ended: str


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def pack_share(request: UserRequest, pk: int) -> HttpResponseBase:
    """Show the links of a pack, and make another. Its address stands in this one answer, and nowhere else."""
    pack = find_pack(request.user, pk)
    require_to_share(request.user, pack)
    form = ShareForm(request.POST if request.method == "POST" else None, pack=pack)
    made: list[tuple[PackShare, str]] = []
    if form.is_valid() and carried_out(form, lambda: made.append(_shared(request, pack, form))):
        share, token = made[0]
        context = {"pack": pack, "share": share, "shows": shows(share), "address": address_of(token)}
        response = TemplateResponse(request, "steering/share/made.html", context)
        add_never_cache_headers(response)
        return response
    context = {
        "pack": pack,
        "form": form,
        "lines": lines(pack, timezone.now()),
        "off": "" if sharing_is_on() else IS_OFF,
    }
    return TemplateResponse(request, "steering/share/share.html", context)


def _shared(request: UserRequest, pack: Pack, form: ShareForm) -> tuple[PackShare, str]:
    new = NewShare(pack=pack, fields=form.chosen, days=form.cleaned_data["days"])
    return share_pack(new, by=by_web(request))


@require_POST
@translating
def pack_share_revoke(request: UserRequest, pk: int, row: int) -> HttpResponseBase:
    """End a link, at once."""
    found = get_object_or_404(PackShare, pk=row, pack=find_pack(request.user, pk))
    try:
        revoke_share(found, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, "The link is revoked: it opens nothing any longer.")
    return redirect("steering:pack_share", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_sharing(request: UserRequest) -> HttpResponseBase:
    """Show whether packs may be shared by link, and switch it."""
    require_administrator(request.user, "say whether packs may be shared by link")
    if request.method == "POST":
        is_on = request.POST.get("on") == "true"
        ended = switch_sharing(is_on=is_on, by=by_web(request))
        messages.success(request, _switched(ended, is_on=is_on))
        return redirect("steering:settings_sharing")
    now = timezone.now()
    working = PackShare.objects.filter(revoked_at=None, expires_at__gt=now)
    context = {
        "is_on": sharing_is_on(),
        "switch": Sharing.objects.select_related("changed_by").filter(pk=1).first(),
        "working": working.count(),
    }
    return TemplateResponse(request, "steering/share/settings.html", context)


def _switched(ended: int, *, is_on: bool) -> str:
    if is_on:
        return "Packs may be shared by link from now on."
    if not ended:
        return "Sharing by link is off."
    links = "one link opens" if ended == 1 else f"{ended:,} links open"
    return f"Sharing by link is off, and {links} nothing any longer."


@login_not_required
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show what a link shows, to whoever holds it; every link that opens nothing is answered alike."""
    at = timezone.now()
    try:
        opened = open_share(token, at)
    except Dead:
        return _kept_to_itself(TemplateResponse(request, "steering/share/gone.html", status=404))
    if request.method == "GET":
        count_opening(opened.share, By(user=None, at=at, source=Source.WEB))
    context = {
        "document": opened.document,
        "sheets": sheets(opened.document.parts),
        "until": timezone.localdate(opened.share.expires_at),
    }
    return _kept_to_itself(TemplateResponse(request, "steering/share/shared.html", context))


def _kept_to_itself(response: HttpResponse) -> HttpResponse:
    """Let no search engine find it, no cache keep it, and no other site learn its address."""
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def address_of(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('steering:shared', args=[token])}"


def lines(pack: Pack, at: datetime) -> list[Line]:
    """Return the links of a pack, the newest first. Each of their makers is asked about once."""
    rows = PackShare.objects.filter(pack=pack).select_related("made_by").order_by("-made_at", "-pk")
    makers: dict[int | None, bool] = {}
    found = []
    for row in rows:
        if row.made_by_id not in makers:
            makers[row.made_by_id] = is_backed(pack, row.made_by)
        found.append(_line(row, at, backed=makers[row.made_by_id]))
    return found


def _line(row: PackShare, at: datetime, *, backed: bool) -> Line:
    ended = ""
    if row.revoked_at is not None:
        ended = "revoked"
    elif row.expires_at <= at:
        ended = "expired"
    elif not backed:
        ended = "its maker sees this pack no longer"
    return Line(
        id=row.pk,
        shows=shows(row),
        maker=str(row.made_by or "nobody"),
        made_at=row.made_at,
        expires_at=row.expires_at,
        opened=row.opened,
        last_opened_at=row.last_opened_at,
        ended=ended,
    )


def shows(share: PackShare) -> str:
    """Return what a link shows, in words."""
    labels = [field.label for field in Field if field.value in share.sections]
    said = ["Title, filters, counts and charts", *(label[:1].lower() + label[1:] for label in labels)]
    return ", ".join(said) if len(said) > 1 else "Title, filters, counts and charts alone"
