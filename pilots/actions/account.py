"""Opens accounts, programs, memberships and tokens. Each leaves an event; none of them sends mail."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from knox.models import AbstractAuthToken

from pilots.access.models import ApiToken, Event, Membership, Program, Role, User
from pilots.access.permissions import relation_to_program
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.change import event

SCOPES = {"read", "write"}


def _require_administrator(by: By, deed: str) -> None:
    if by.user is not None and not by.user.is_administrator:
        raise Forbidden(f"You may not {deed}: an administrator can.")


def create_user(*, email: str, name: str, by: By, password: str | None = None, **roles: bool) -> User:
    """Open an account; without a password its holder sets one by the reset link."""
    _require_administrator(by, "open accounts")
    with transaction.atomic():
        try:
            user = User.objects.create_user(email, password, name=name, **roles)
        except ValidationError as error:
            raise Refused.invalid(error) from error
        given = sorted(role for role, is_on in roles.items() if is_on)
        Event.objects.bulk_create([event("user.created", by=by, subject=user.email, after={"roles": given})])
    return user


def create_programs(programs: Sequence[Program], *, by: By) -> list[Program]:
    """Open each program, or none of them; names, slugs and prefixes are taken once on a site."""
    _require_administrator(by, "open programs")
    with transaction.atomic():
        for program in programs:
            try:
                program.full_clean()
            except ValidationError as error:
                raise Refused.invalid(error) from error
        created = Program.objects.bulk_create(programs)
        Event.objects.bulk_create(
            [event("program.created", by=by, program=program, subject=program.name) for program in created]
        )
    return created


def add_member(*, program: Program, user: User, role: Role, by: By) -> Membership:
    """Give a person a role in a program, in place of the one they had there."""
    if relation_to_program(by.user, program).program_role is not Role.MANAGER:
        _require_administrator(by, "name members of this program")
    with transaction.atomic():
        membership, _ = Membership.objects.update_or_create(
            program=program, user=user, defaults={"role": role.value}
        )
        Event.objects.bulk_create(
            [event("member.added", by=by, program=program, subject=user.email, after={"role": role.value})]
        )
    return membership


def create_token(
    *,
    user: User,
    name: str,
    scopes: set[str],
    by: By,
    programs: Sequence[Program] = (),
    pilot_ids: Sequence[int] = (),
    lifetime: timedelta | None = None,
) -> tuple[AbstractAuthToken, str]:
    """Make a token; return its row and the secret, which is shown this once and kept as a hash only."""
    if not scopes or scopes - SCOPES:
        raise Refused.because("A token's scopes are read, write or both.", field="scopes", code="scopes")
    if not name.strip() or len(name) > 80:
        raise Refused.because("Give the token a name of up to 80 characters.", field="name", code="name")
    with transaction.atomic():
        token, secret = ApiToken.objects.create(
            user=user,
            expiry=lifetime,
            name=name.strip(),
            may_write="write" in scopes,
            program_ids=[program.pk for program in programs],
            pilot_ids=list(pilot_ids),
        )
        Event.objects.bulk_create(
            [event("token.created", by=by, subject=f"{user.email}: {name}", after={"scopes": sorted(scopes)})]
        )
    return token, secret
