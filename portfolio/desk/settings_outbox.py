"""The outbox, for administrators: what waits, what was parked and why, and what can be done about it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pilots.actions.account import require_administrator
from pilots.actions.by import By, Refused
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.settings_outbox_keys import key_of, without_keys
from portfolio.lateness import how_long
from portfolio.outbox import actions, files
from portfolio.outbox.gauge import LATE_AFTER, counts, oldest_unsent
from portfolio.outbox.models import Message, State
from portfolio.outbox.route_words import way_out

PER_PAGE = 50
MOST_FILES = 20
ICONS = {
    State.QUEUED: "mail",
    State.SENDING: "up-down",
    State.SENT: "check",
    State.DEAD: "close",
    State.HELD: "hold",
    State.SKIPPED: "next",
}


@dataclass(frozen=True)
class Filter:
    """One state as a filter, with how many are in it."""

    says: str
    count: int
    href: str
    is_on: bool


@dataclass(frozen=True)
class Row:
    """One message with what can be done with it now."""

    message: Message

    @property
    def state(self) -> State:
        return State(self.message.state)

    @property
    def icon(self) -> str:
        return ICONS[self.state]

    @property
    def kind(self) -> str:
        return self.message.kind.replace("_", " ").capitalize()

    @property
    def is_wrong(self) -> bool:
        """Return whether the words beside it tell an error; else they tell why it is not needed, or held."""
        return self.state in {State.QUEUED, State.SENDING, State.DEAD}

    @property
    def may_try_again(self) -> bool:
        return self.state is State.DEAD

    @property
    def may_release(self) -> bool:
        return self.state is State.HELD

    @property
    def may_give_up(self) -> bool:
        return self.state in {State.QUEUED, State.DEAD, State.HELD}


@require_safe
@never_cache
@translating
def settings_outbox(request: UserRequest) -> HttpResponseBase:
    """Show how mail stands, message by message."""
    require_administrator(request.user, "see the outbox")
    now, by_state = timezone.now(), counts()
    wanted = request.GET.get("state", "")
    if wanted and wanted not in {state.value for state in State}:
        raise Http404
    rows = Message.objects.select_related("person").order_by("-pk")
    page = Paginator(rows.filter(state=wanted) if wanted else rows, PER_PAGE).get_page(
        request.GET.get("page")
    )
    waited = oldest_unsent(now)
    context = {
        "page": page,
        "rows": [Row(message) for message in page],
        "filters": _filters(by_state, wanted),
        "wanted": State(wanted).label if wanted else "",
        "held": by_state[State.HELD],
        "waited": how_long(waited) if waited is not None else "",
        "is_late": waited is not None and waited > LATE_AFTER,
        "last_error": _newest_error(),
        "way": way_out(),
        "sender": settings.DEFAULT_FROM_EMAIL,
        "files": files.newest(MOST_FILES),
    }
    return TemplateResponse(request, "desk/settings_outbox.html", context)


def _filters(by_state: dict[State, int], wanted: str) -> list[Filter]:
    every = Filter("All", sum(by_state.values()), "?", is_on=not wanted)
    return [every] + [
        Filter(state.label, by_state[state], f"?state={state.value}", is_on=state.value == wanted)
        for state in State
    ]


def _newest_error() -> str:
    """Return why the oldest unsent mail did not go out, where that is known."""
    errors = Message.objects.unsent().exclude(last_error="").order_by("queued_at", "pk")
    return errors.values_list("last_error", flat=True).first() or ""


@require_safe
@never_cache
@translating
def settings_outbox_file(request: UserRequest, name: str) -> HttpResponseBase:
    """Show the mails of one file as text; reading somebody's key there is noted, where it is possible."""
    require_administrator(request.user, "read mail files")
    file = files.read(name)
    if file is None:
        raise Http404
    if settings.SITE_IS_LOOPBACK:
        keys = [key for mail in file.mails if (key := key_of(mail))]
        actions.note_keys_read(keys, file=name, by=by_web(request))
    else:
        file = replace(file, mails=[without_keys(mail) for mail in file.mails])
    return TemplateResponse(request, "desk/settings_outbox_file.html", {"file": file})


@require_POST
@translating
def settings_outbox_retry(request: UserRequest, row: int) -> HttpResponseBase:
    """Queue a parked message again."""
    return _settle(request, row, actions.try_again, "It goes out within a minute.")


@require_POST
@translating
def settings_outbox_release(request: UserRequest, row: int) -> HttpResponseBase:
    """Let a held message go out."""
    return _settle(request, row, actions.release, "It goes out within a minute.")


@require_POST
@translating
def settings_outbox_give_up(request: UserRequest, row: int) -> HttpResponseBase:
    """Settle a message without sending it."""
    return _settle(request, row, actions.give_up, "It was given up and will not be sent.")


@require_POST
@translating
def settings_outbox_release_all(request: UserRequest) -> HttpResponseBase:
    """Let everything that is held go out."""
    many = actions.release_all(by=by_web(request))
    words = {0: "Nothing is held back any longer.", 1: "One mail goes out within a minute."}
    messages.success(request, words.get(many, f"{many:,} mails go out within minutes."))
    return redirect("desk:settings_outbox")


def _settle(request: UserRequest, row: int, act: Callable[..., None], said: str) -> HttpResponseBase:
    by: By = by_web(request)
    require_administrator(by.user, "change what is in the outbox")
    message = get_object_or_404(Message.objects.select_related("person"), pk=row)
    try:
        act(message, by=by)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("desk:settings_outbox")
