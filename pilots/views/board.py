"""The board: the pilots by stage, and moving one by its card."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url

from pilots.access.permissions import Deed, may
from pilots.actions.by import Refused, Stale
from pilots.actions.change import require
from pilots.actions.refusal import note_refusal
from pilots.actions.stage import Move, MoveRefused, move_pilot
from pilots.forms.board import CardForm
from pilots.lifecycle import ENDS, Stage
from pilots.models import Pilot
from pilots.views.find import find_pilot
from pilots.web.board import Board, Declined
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating

CHANGED = (
    "Somebody else changed it meanwhile. This is how it stands now; move it again if that is still right."
)


@require_safe
def pilot_board(request: UserRequest) -> HttpResponseBase:
    board = Board(request)
    if board.has_blanks and not request.htmx:
        return redirect(board.address)
    return _page(request, board)


@require_POST
@translating
def card_move(request: UserRequest, key: str) -> HttpResponseBase:
    """Move a pilot as its own page does, by the same action; a refusal stands on its card.

    The address keeps the filters of the board, so that it is the same board again.
    """
    pilot, relation = find_pilot(request, key)
    if not may(Deed.STOP, relation):
        require(Deed.MOVE, relation)
    form = CardForm(request.POST)
    if not form.is_valid():
        sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
        return _declined(request, Declined(pilot.key, sentences))
    to, by = Stage(form.cleaned_data["to"]), by_web(request)
    try:
        move_pilot(Move(pilot=pilot, to=to, version=form.cleaned_data["version"]), by=by)
    except Refused as refused:
        noted = ""
        if isinstance(refused, MoveRefused):
            note_refusal(refused, by=by)
            noted = refused.noted
        resume = reverse("pilots:pilot_resume", args=[pilot.key])
        can_resume = may(Deed.HOLD, relation) and any(reason.code == "on-hold" for reason in refused.reasons)
        sentences = [reason.sentence for reason in refused.reasons]
        return _declined(request, Declined(pilot.key, sentences, to, resume if can_resume else "", noted))
    except Stale:
        return _declined(request, Declined(pilot.key, [CHANGED], to), status=409)
    messages.success(request, _done(pilot, to))
    return redirect(f"{Board(request).address}#card-{pilot.key}")


def _done(pilot: Pilot, to: Stage) -> str:
    return f"{pilot} {f'was {to.label.lower()}' if to in ENDS else f'moved to {to.label}'}."


def _declined(request: UserRequest, declined: Declined, *, status: int = 200) -> HttpResponseBase:
    return _page(request, Board(request, declined=declined), status=status)


def _page(request: UserRequest, board: Board, *, status: int = 200) -> HttpResponseBase:
    is_swap = bool(request.htmx) and not request.htmx.history_restore_request
    name = "pilots/partials/pilot_board.html" if is_swap else "pilots/pilot_board.html"
    response = TemplateResponse(request, name, {"listing": board}, status=200 if is_swap else status)
    patch_vary_headers(response, ["HX-Request"])
    return push_url(response, board.address) if is_swap else response
