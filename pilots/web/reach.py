"""Whom mail reaches: whoever has an open account of their own, and nobody else; the sample never."""

from datetime import date

from django.db.models import (
    Case,
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    When,
)
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from pilots.access.models import Program, Role, User
from pilots.models import Invitation, Owner, OwnerKind, Ownership, Pilot

RECEIVES_MAIL = Q(is_active=True, user__isnull=False, user__is_active=True, user__is_sample=False)


def unreached(owners: QuerySet[Owner]) -> QuerySet[Owner]:
    """Keep the people named now on a pilot that has not ended who get no mail.

    The sample's are left out: they are invented, and nobody may mail them.
    """
    ended = Pilot.objects.ended().values("pk")
    named = Ownership.objects.active().filter(owner=OuterRef("pk")).exclude(pilot__in=ended)
    people = owners.filter(Exists(named), is_active=True, kind=OwnerKind.PERSON.value)
    return people.filter(program__is_sample=False).exclude(RECEIVES_MAIL)


def accounts_apart(owners: QuerySet[Owner]) -> dict[int, bool]:
    """Return by the key of each contact whether somebody signs in with its address and is not linked to it.

    For managers only: nobody else learns who has an account. The address alone links nothing.
    """
    same = User.objects.filter(email=OuterRef("email"), is_active=True)
    apart = Case(When(Exists(same), user=None, then=True), default=False)
    return dict(owners.annotate(apart=apart).values_list("pk", "apart"))


def has_account_apart(owner: Owner) -> bool:
    """Return whether the address of a contact is that of an account it is not linked to."""
    return any(accounts_apart(Owner.objects.filter(pk=owner.pk)).values())


def account_apart(owner: Owner) -> SafeString:
    """Say so to a manager, with the page from where they are invited."""
    return format_html(
        '{} has an account, but is not linked to this contact: <a href="{}?owner={}">invite them</a>, '
        "or let an administrator link it.",
        owner,
        reverse("people:invite"),
        owner.pk,
    )


def invited(owners: QuerySet[Owner], today: date) -> QuerySet[Owner]:
    """Keep those who can still accept an invitation."""
    letters = Invitation.objects.open().filter(owner=OuterRef("pk"), sent_to=OuterRef("email"))
    return owners.filter(Exists(letters.filter(expires_on__gte=today)), user__isnull=True)


def owners_without_mail(user: User) -> int:
    """Return how many owners get no mail in the programs somebody manages; one query."""
    managed = Program.objects.where(user, Role.MANAGER)
    return unreached(Owner.objects.filter(program__in=managed)).count()


def with_reach(owners: QuerySet[Owner]) -> QuerySet[Owner]:
    """Give each contact `receives_mail`, and `invited_at`: when the last letter to them was asked for."""
    letters = Invitation.objects.filter(owner=OuterRef("pk")).order_by("-invited_at", "-pk")
    return owners.annotate(
        receives_mail=Case(When(RECEIVES_MAIL, then=True), default=False),
        invited_at=Subquery(letters.values("invited_at")[:1]),
    )
