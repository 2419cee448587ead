"""Who is in a program, and as what."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from pilots.access.models import Membership, Program, Role, User
from pilots.access.models.program import ROLE_CHOICES
from pilots.access.permissions import runs_the_site
from pilots.actions.account import (
    account_of,
    add_member,
    change_role,
    create_user,
    find_account,
    remove_member,
    require_naming,
)
from pilots.actions.by import By, Refused
from pilots.views.attempt import carried_out
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio.desk.settings_forms import MemberForm, RoleForm
from portfolio.desk.settings_link import hand_over, password_link

_ORDER = [Role.MANAGER, Role.CONTRIBUTOR, Role.VIEWER]


@dataclass(frozen=True)
class Named:
    """A member who was named; `link` sets the password of an account that was opened for them."""

    user: User
    link: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@translating
def settings_program(request: UserRequest, slug: str) -> HttpResponseBase:
    """Show the members of a program, and name one."""
    program = _find(request, slug)
    form = MemberForm(
        request.POST if request.method == "POST" else None, may_open_accounts=runs_the_site(request.user)
    )
    if form.is_valid():
        done: list[Named] = []
        if carried_out(form, lambda: done.append(_name(form, program, by=by_web(request)))):
            return _answer(request, program, done[0], form.cleaned_data["role"])
    members = program.memberships.select_related("user")
    context = {
        "program": program,
        "members": sorted(members, key=lambda row: (_ORDER.index(Role(row.role)), row.user.name, row.pk)),
        "roles": ROLE_CHOICES,
        "form": form,
    }
    return TemplateResponse(request, "desk/settings_program.html", context)


def _name(form: MemberForm, program: Program, *, by: By) -> Named:
    """Name a member; open an account first where there is none and whoever asks may open one."""
    email, role = form.cleaned_data["email"], form.cleaned_data["role"]
    with transaction.atomic():
        known = find_account(email) if runs_the_site(by.user) else account_of(email)
        if known is None and not form.cleaned_data["name"]:
            raise Refused.because(
                "Nobody has an account with this address. Write the person’s name to open one.",
                field="name",
                code="no-account",
            )
        user = known or create_user(email=email, name=form.cleaned_data["name"], by=by)
        add_member(program=program, user=user, role=role, by=by)
        return Named(user) if known else Named(user, password_link(user, by=by))


def _answer(request: UserRequest, program: Program, named: Named, role: Role) -> HttpResponseBase:
    said = f"{named.user} is {role.label.lower()} of {program}."
    address = reverse("desk:settings_program", args=[program.slug])
    if named.link:
        return hand_over(request, named.user, named.link, said=said, back=(f"Back to {program}", address))
    messages.success(request, said)
    return redirect(address)


@require_POST
@translating
def settings_role(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Give a member another role."""
    program = _find(request, slug)
    membership = get_object_or_404(program.memberships.select_related("user", "program"), pk=row)
    form = RoleForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for error in form.errors["role"]))
        return redirect("desk:settings_program", slug=slug)
    role: Role = form.cleaned_data["role"]
    said = f"{membership.user} is {role.label.lower()} of {program}."
    return _settle(request, membership, lambda: change_role(membership, role, by=by_web(request)), said)


@require_POST
@translating
def settings_remove(request: UserRequest, slug: str, row: int) -> HttpResponseBase:
    """Take a member out of a program."""
    program = _find(request, slug)
    membership = get_object_or_404(program.memberships.select_related("user", "program"), pk=row)
    said = f"{membership.user} is no longer a member of {program}."
    return _settle(request, membership, lambda: remove_member(membership, by=by_web(request)), said)


def _settle(
    request: UserRequest, membership: Membership, act: Callable[[], object], said: str
) -> HttpResponseBase:
    """Do it, say so, and show the program again, unless who did it has left it."""
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused))
    except Membership.DoesNotExist as missing:
        raise Http404 from missing
    else:
        messages.success(request, said)
    program = membership.program
    if Program.objects.run_by(request.user).filter(pk=program.pk).exists():
        return redirect("desk:settings_program", slug=program.slug)
    return redirect("desk:today")


def _find(request: UserRequest, slug: str) -> Program:
    """Return a program whose members the reader names; 404 for one they may not know of."""
    program = get_object_or_404(Program.objects.visible_to(request.user), slug=slug)
    require_naming(request.user, program)
    return program
