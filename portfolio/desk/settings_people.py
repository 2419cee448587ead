"""All accounts, for administrators: opening, closing, and links that set a password."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Membership, User
from pilots.actions.account import OWN_ACCOUNT, create_user, reactivate_user, require_administrator
from pilots.actions.by import By, Refused
from pilots.actions.deactivate import Closing, close_account
from pilots.actions.holdings import holdings
from pilots.models import Owner
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.people.leaving import LeavingForm, leaving_page
from portfolio.desk.settings_forms import OpenAccountForm
from portfolio.desk.settings_link import hand_over, password_link

PER_PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_people(request: UserRequest) -> HttpResponseBase:
    """Show who has an account, and open one."""
    require_administrator(request.user, "see all accounts")
    form = OpenAccountForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        opened: list[tuple[User, str]] = []
        if carried_out(form, lambda: opened.append(_open(form, by=by_web(request)))):
            user, link = opened[0]
            return _hand_over(request, user, link, said=f"{user} has an account.")
    context = {"page": Paginator(_accounts(), PER_PAGE).get_page(request.GET.get("page")), "form": form}
    return TemplateResponse(request, "desk/settings_people.html", context)


def _accounts() -> QuerySet[User]:
    """Return the accounts of real people; demo log-ins belong to the sample."""
    memberships = Membership.objects.select_related("program").order_by("program__name", "pk")
    return (
        User.objects.filter(is_sample=False)
        .prefetch_related(Prefetch("memberships", memberships))
        .order_by("name", "pk")
    )


def _open(form: OpenAccountForm, *, by: By) -> tuple[User, str]:
    with transaction.atomic():
        user = create_user(**form.cleaned_data, by=by)
        return user, password_link(user, by=by)


@require_POST
@translating
def settings_link(request: UserRequest, person: int) -> HttpResponseBase:
    """Show a fresh link that sets the password of an account."""
    user = _find(request, person, "make links that set passwords")
    try:
        link = password_link(user, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("desk:settings_people")
    return _hand_over(request, user, link, said="A link made before works until its hour is over.")


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_deactivate(request: UserRequest, person: int) -> HttpResponseBase:
    """Show what somebody holds, ask who takes it over, and close the account."""
    user = _find(request, person, "open or close accounts")
    if user == request.user:
        messages.error(request, OWN_ACCOUNT)
        return redirect("desk:settings_people")
    contacts = list(Owner.objects.filter(user=user, is_active=True))
    held = holdings(contacts, reader=request.user, user=user)
    form = LeavingForm(request.POST if request.method == "POST" else None)
    form.ask_for(held)
    if form.is_valid():
        asked = Closing(
            user=user,
            heirs=form.heirs,
            reason=form.cleaned_data["reason"],
            leave_beyond=form.cleaned_data.get("leave_beyond", False),
        )
        if carried_out(form, lambda: close_account(asked, by=by_web(request))):
            said = f"The account of {user} is closed: sessions and tokens are refused from now on."
            messages.success(request, said)
            return redirect("desk:settings_people")
    return leaving_page(request, form, held, who=str(user), back=reverse("desk:settings_people"), closes=True)


@require_POST
@translating
def settings_reactivate(request: UserRequest, person: int) -> HttpResponseBase:
    """Open a closed account again."""
    user = _find(request, person, "open or close accounts")
    said = f"The account of {user} is open again."
    return _settle(request, lambda: reactivate_user(user, by=by_web(request)), said)


def _find(request: UserRequest, person: int, deed: str) -> User:
    require_administrator(request.user, deed)
    return get_object_or_404(User.objects.filter(is_sample=False), pk=person)


def _settle(request: UserRequest, act: Callable[[], object], said: str) -> HttpResponseBase:
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("desk:settings_people")


def _hand_over(request: UserRequest, user: User, link: str, *, said: str) -> HttpResponseBase:
    back = ("Back to people", reverse("desk:settings_people"))
    return hand_over(request, user, link, said=said, back=back)
