"""Behind the link of an invitation, and what its holder answers for after. Opening a page changes nothing."""

from urllib.parse import urlencode

from allauth.account.utils import perform_login
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pilots.access.models import Source, User
from pilots.actions.by import By, Refused
from pilots.actions.invitation import accept_invitation, accept_with_new_account
from pilots.actions.owner import accept_ownerships, decline_ownership
from pilots.calendar import Day
from pilots.models import Invitation, Lapse, Ownership, Pilot
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.people.asked import asked_of, waiting
from portfolio.desk.people.forms import NewAccountForm
from portfolio.desk.people.links import read_invitation

GONE = 410
_HAS_ACCOUNT = "has-account"

# What a link that opens nothing says: a heading and a sentence. A link we did not make has none of them.
_LAPSED = {
    None: ("This link is not complete", "Copy the whole link from the mail, or open it there again."),
    Lapse.ACCEPTED: (
        "This invitation was accepted",
        "A link works once. Sign in with the account it was accepted with.",
    ),
    Lapse.WITHDRAWN: (
        "This invitation was withdrawn",
        "If you think that is a mistake, ask whoever invited you.",
    ),
    Lapse.EXPIRED: (
        "This invitation has expired",
        "It was open for 14 days. Ask whoever invited you for another one.",
    ),
    Lapse.OTHER_ADDRESS: (
        "This link works no more",
        "If you think that is a mistake, ask whoever invited you.",
    ),
    Lapse.LINKED: ("This link works no more", "An account is linked already. Sign in with yours."),
    Lapse.INACTIVE: ("This link works no more", "If you think that is a mistake, ask whoever invited you."),
}


@login_not_required
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: UserRequest, token: str) -> HttpResponseBase:
    """Show who invites, for what, and the two ways in; on POST, go one of them."""
    invitation = read_invitation(token)
    is_known = bool(request.user.is_authenticated)
    lapse = invitation.lapse(invitation.program.today(timezone.now())) if invitation else None
    if invitation is not None and lapse is None:
        if is_known:
            return _with_own_account(request, invitation)
        return _with_new_account(request, invitation, token)
    if invitation is not None and is_known and invitation.accepted_by == request.user:
        return redirect("people:yours")
    return _gone(request, lapse)


def _gone(request: UserRequest, lapse: Lapse | None) -> TemplateResponse:
    title, sentence = _LAPSED[lapse]
    return TemplateResponse(
        request, "people/lapsed.html", {"title": title, "sentence": sentence}, status=GONE
    )


def _with_own_account(request: UserRequest, invitation: Invitation) -> HttpResponseBase:
    refusal = ""
    if request.method == "POST":
        try:
            accept_invitation(invitation, by=by_web(request))
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect("people:yours")
    return _invited(request, invitation, refusal=refusal)


def _with_new_account(request: UserRequest, invitation: Invitation, token: str) -> HttpResponseBase:
    form = NewAccountForm(
        request.POST if request.method == "POST" else None, initial={"name": invitation.owner.name}
    )
    sign_in = f"{reverse('account_login')}?{urlencode({'next': reverse('people:accept', args=[token])})}"
    by = By(user=None, at=timezone.now(), source=Source.WEB)
    if form.is_valid():
        made: list[User] = []
        ways_out = {_HAS_ACCOUNT: ("Sign in", sign_in)}

        def act() -> None:
            made.append(accept_with_new_account(invitation, **form.cleaned_data, by=by))

        if carried_out(form, act, ways_out=ways_out):
            answer: HttpResponseBase = perform_login(
                request, made[0], email_verification="none", redirect_url=reverse("people:yours")
            )
            return answer
    return _invited(request, invitation, form=form, sign_in=sign_in)


def _invited(
    request: UserRequest,
    invitation: Invitation,
    *,
    form: NewAccountForm | None = None,
    sign_in: str = "",
    refusal: str = "",
) -> TemplateResponse:
    context = {
        "who": invitation.invited_by,
        "program": invitation.program,
        "address": invitation.sent_to,
        "asked": asked_of(invitation.owner),
        "until": Day(invitation.expires_on),
        "form": form,
        "sign_in": sign_in,
        "refusal": refusal,
    }
    return TemplateResponse(request, "people/accept.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def yours(request: UserRequest) -> HttpResponseBase:
    """Show what waits for the agreement of whoever is signed in, and record it."""
    asked = waiting(Ownership.objects.filter(owner__user=request.user))
    if request.method == "POST" and "not_mine" in request.POST:
        return _decline(request, [item.ownership for item in asked])
    if request.method == "POST":
        return _agree(request, [item.ownership for item in asked])
    answers_for = Pilot.objects.visible_to(request.user).active().owned_by(request.user).count()
    return TemplateResponse(request, "people/yours.html", {"asked": asked, "answers_for": answers_for})


def _agree(request: UserRequest, rows: list[Ownership]) -> HttpResponseBase:
    """Agree to the rows that were shown, or to the one whose button was pressed."""
    meant = {int(pk) for pk in _meant(request) if pk.isascii() and pk.isdecimal()}
    chosen = [row for row in rows if row.pk in meant]
    if not chosen:
        messages.error(request, "Nothing was agreed to: it was accepted or ended before.")
        return redirect("people:yours")
    try:
        accept_ownerships(chosen, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("people:yours")
    pilots = len({row.pilot_id for row in chosen})
    messages.success(request, f"You answer for {pilots} more pilot{'' if pilots == 1 else 's'}.")
    return redirect(
        "people:yours" if len(chosen) < len(rows) else f"{reverse('pilots:pilot_list')}?mine=true"
    )


def _decline(request: UserRequest, rows: list[Ownership]) -> HttpResponseBase:
    """Tell the managers that what was shown is not theirs."""
    row = next((row for row in rows if str(row.pk) == request.POST["not_mine"]), None)
    try:
        if row is None:
            raise Refused.because("It was accepted, refused or ended before.", code="not-open")
        decline_ownership(row, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"The managers of {row.owner.program} can read that it is not yours.")
    return redirect("people:yours")


def _meant(request: UserRequest) -> list[str]:
    return request.POST.getlist("ownership") or request.POST.getlist("shown")
