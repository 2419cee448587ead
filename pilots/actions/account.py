"""Opens and closes accounts, opens programs, names members, makes tokens.

Each leaves an event; none of them sends mail.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from knox.models import AbstractAuthToken

from pilots.access.models import ApiToken, Event, Membership, Program, Role, User
from pilots.access.permissions import may_name_members, runs_the_site
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.event import event
from pilots.actions.flag_giving import free_flags, free_unseen, hold_flagged

SCOPES = ("read", "write", "measure")
LONGEST_ADDRESS = 254
LONGEST_NAME = 200
LONGEST_SUBJECT = 200
PROGRAM_REMOVED = "program.removed"  # its subject is the prefix, whose keys are spent

OWN_ACCOUNT = "You cannot close your own account. Another administrator can."
_TAKEN = {
    "name": "A program has this name already. Choose another one.",
    "prefix": "A program has this prefix already. Choose another one.",
    "slug": "A program has this address already. Choose another one.",
}
_NOT_ON_A_LINE = {"Cc", "Zl", "Zp"}  # control characters, line and paragraph separators

# --- Who may ---------------------------------------------------------------------


def require_administrator(user: User | None, deed: str) -> None:
    """Raise `Forbidden` for whoever may not do what concerns the whole site."""
    if runs_the_site(user):
        return
    if user is not None and user.is_administrator:
        raise Forbidden(f"This token may not {deed}: it is limited to some programs or pilots.")
    raise Forbidden(f"You may not {deed}: an administrator can.")


def require_naming(user: User | None, program: Program) -> None:
    """Raise `Forbidden` for whoever may not say who is in a program."""
    if not may_name_members(user, program):
        raise Forbidden(
            f"You may not name members of {program}: one of its managers or an administrator can."
        )


# --- Accounts ----------------------------------------------------------------------


def read_address(text: str) -> str:
    """Return an e-mail address as accounts keep it; raise `Refused` for text that is none."""
    address = text.strip().lower()
    if len(address) > LONGEST_ADDRESS:
        raise Refused.because(
            f"An address has at most {LONGEST_ADDRESS} characters; this one has {len(address)}.",
            field="email",
            code="length",
        )
    try:
        validate_email(address)
    except ValidationError:
        raise Refused.because(
            "This is no e-mail address. Write one, such as ada@example.com.", field="email", code="email"
        ) from None
    return address


def find_account(email: str) -> User | None:
    """Return the account with an address, if there is one; raise `Refused` for text that is no address."""
    return User.objects.filter(email__iexact=read_address(email)).first()


def account_of(email: str) -> User:
    """Return the account with an address; raise `Refused` where nobody has one."""
    user = find_account(email)
    if user is None:
        raise Refused.because(
            "Nobody has an account with this address. An administrator can open one.",
            field="email",
            code="no-account",
        )
    return user


def create_user(*, email: str, name: str, by: By, password: str | None = None, **roles: bool) -> User:
    """Open an account; without a password its holder sets one by the reset link."""
    require_administrator(by.user, "open accounts")
    with _all_or_nothing():
        address, name = read_address(email), _one_line(name)
        if User.objects.filter(email__iexact=address).exists():
            raise Refused.because("This address has an account already.", field="email", code="taken")
        try:
            user = User.objects.create_user(address, password, name=name, **roles)
        except ValidationError as error:
            raise _refusal(error) from error
        given = sorted(role for role, is_on in roles.items() if is_on)
        _record(event("user.created", by=by, subject=_short(user.email), after={"roles": given}))
    return user


def open_own_account(*, email: str, name: str, password: str, by: By) -> User:
    """Open an account, without roles, for whoever showed that an address is theirs.

    `actions.invitation` asks for that proof. An account that is there already stays as it is.
    """
    with _all_or_nothing():
        address, name = read_address(email), _one_line(name)
        if User.objects.filter(email__iexact=address).exists():
            raise Refused.because(
                "This address has an account already. Sign in with it to accept.", code="has-account"
            )
        try:
            validate_password(password, User(email=address, name=name))
            user = User.objects.create_user(address, password, name=name)
        except ValidationError as error:
            raise _refusal(error) if hasattr(error, "error_dict") else _weak(error) from error
        own = By(user=user, at=by.at, source=by.source)
        _record(event("user.created", by=own, subject=_short(user.email), after={"roles": []}))
    return user


def _weak(error: ValidationError) -> Refused:
    return Refused(Reason(sentence, "password", "weak") for sentence in error.messages)


def allow_password_link(user: User, *, by: By) -> None:
    """Record that somebody is handed a link that sets the password of an account.

    The link itself is made where it is shown, and kept nowhere.
    """
    require_administrator(by.user, "make links that set passwords")
    _refuse_demo(user)
    if not _is_open(user):
        raise Refused.because(f"The account of {user} is closed. Open it again first.", code="closed")
    _record(event("password-link.created", by=by, subject=_short(user.email)))


def deactivate_user(user: User, *, by: By) -> User:
    """Close an account: from now on its sessions and tokens are refused. What it did stays.

    Nobody sees any longer to the flags it saw to; `close_account` hands them over first.
    """
    return _set_active(user, is_active=False, by=by)


def reactivate_user(user: User, *, by: By) -> User:
    """Open a closed account again, with the roles, sessions and tokens it had."""
    return _set_active(user, is_active=True, by=by)


def _set_active(user: User, *, is_active: bool, by: By) -> User:
    require_administrator(by.user, "open or close accounts")
    _refuse_demo(user)
    if by.user is not None and by.user.pk == user.pk:
        raise Refused.because(OWN_ACCOUNT, code="own-account")
    with transaction.atomic():
        if not is_active:
            hold_flagged([user])  # pilots before accounts, as whoever changes a pilot locks them
        # Both rows, in one order: of two administrators who close each other's account, one is too late.
        concerned = {user.pk, by.user.pk} if by.user else {user.pk}
        locked = {
            row.pk: row for row in User.objects.order_by("pk").select_for_update().filter(pk__in=concerned)
        }
        if by.user and not (locked[by.user.pk].is_active and locked[by.user.pk].is_administrator):
            raise Forbidden("You may not open or close accounts: an administrator can.")
        account = locked[user.pk]
        if account.is_active == is_active:
            word = "open" if is_active else "closed"
            raise Refused.because(f"The account of {account} is {word} already.", code="unchanged")
        account.is_active = is_active
        account.save(update_fields=["is_active"])
        if not is_active:
            free_flags(account, by=by)
        verb = "user.reactivated" if is_active else "user.deactivated"
        _record(event(verb, by=by, subject=_short(account.email)))
    return account


def _is_open(user: User) -> bool:
    """Return whether an account is open now: the one in hand may have been read a while ago."""
    return User.objects.filter(pk=user.pk, is_active=True).exists()


def _refuse_demo(user: User) -> None:
    if user.is_sample:
        raise Refused.because(
            f"{user} is a demo log-in: it comes and goes with the sample portfolio.", code="sample"
        )


# --- Programs ----------------------------------------------------------------------


def create_programs(programs: Sequence[Program], *, by: By) -> list[Program]:
    """Open each program, or none of them; names, slugs and prefixes are taken once on a site."""
    require_administrator(by.user, "open programs")
    with _all_or_nothing():
        for program in programs:
            _check(program)
        _go_on_with_keys(programs)
        created = Program.objects.bulk_create(programs)
        _record(
            *(event("program.created", by=by, program=program, subject=program.name) for program in created)
        )
    return created


def _go_on_with_keys(programs: Sequence[Program]) -> None:
    """Number on where a program of the same prefix ended that was removed: a key is given once."""
    prefixes = [program.prefix for program in programs]
    gone = Event.objects.filter(verb=PROGRAM_REMOVED, subject__in=prefixes).values_list("before", flat=True)
    ended: dict[str, int] = {}
    for told in gone:
        ended[told["prefix"]] = max(ended.get(told["prefix"], 0), told["last_number"])
    for program in programs:
        program.last_number = max(program.last_number, ended.get(program.prefix, 0))


def edit_program(program: Program, *, name: str, zone: str, by: By) -> Program:
    """Give a program another name or time zone; its slug and its prefix stay for good."""
    require_administrator(by.user, "edit programs")
    with _all_or_nothing():
        row = Program.objects.select_for_update().get(pk=program.pk)
        before = {"name": row.name, "zone": row.zone}
        row.name, row.zone = name, zone
        _check(row)
        after = {"name": row.name, "zone": row.zone}
        changed = [field for field in before if before[field] != after[field]]
        if changed:
            row.save(update_fields=changed)
            _record(
                event(
                    "program.edited",
                    by=by,
                    program=row,
                    subject=row.name,
                    before={field: before[field] for field in changed},
                    after={field: after[field] for field in changed},
                )
            )
    return row


def _check(program: Program) -> None:
    program.name = _one_line(program.name)
    try:
        program.full_clean()
    except ValidationError as error:
        raise _refusal(error) from error


# --- Members -----------------------------------------------------------------------


def add_member(*, program: Program, user: User, role: Role, by: By) -> Membership:
    """Give a person a role in a program, in place of the one they had there."""
    with _naming(program, user, by=by):
        if not _is_open(user):
            raise Refused.because(
                f"The account of {user} is closed. An administrator can open it again.",
                field="email",
                code="closed",
            )
        if user.is_sample and not program.is_sample:
            raise Refused.because(
                f"{user} is a demo log-in and sees the sample portfolio only.", field="email", code="sample"
            )
        known = (
            Membership.objects.select_related("user", "program").filter(program=program, user=user).first()
        )
        if known is not None:
            return _give(known, role, by=by)
        membership = Membership.objects.create(program=program, user=user, role=role.value)
        _record(
            event(
                "member.added", by=by, program=program, subject=_short(user.email), after={"role": role.value}
            )
        )
    return membership


def change_role(membership: Membership, role: Role, *, by: By) -> Membership:
    """Give a member another role; raise `Membership.DoesNotExist` for one who was removed meanwhile."""
    with _naming(membership.program, membership.user, by=by):
        return _give(_again(membership), role, by=by)


def remove_member(membership: Membership, *, by: By) -> None:
    """Take a person out of a program; what they did there stays.

    Raises `Refused` for the only manager, `Membership.DoesNotExist` for one who was removed meanwhile.
    """
    with _naming(membership.program, membership.user, by=by):
        row = _again(membership)
        _keep_a_manager(row)
        row.delete()
        free_flags(row.user, by=by, programs=[row.program], to=row.user)
        _record(
            event(
                "member.removed",
                by=by,
                program=membership.program,
                subject=_short(row.user.email),
                before={"role": row.role},
            )
        )


@contextmanager
def _naming(program: Program, user: User, *, by: By) -> Iterator[None]:
    """Hold the program, so that of two managers who leave at once one stays, and ask the permission.

    Not its key: whoever holds a pilot of it and writes an event waits for nobody here. The pilots whose flags
    this person may be taken off come first, as everywhere.
    """
    with transaction.atomic():
        hold_flagged([user])
        Program.objects.select_for_update(no_key=True).get(pk=program.pk)
        require_naming(by.user, program)
        yield


def _again(membership: Membership) -> Membership:
    return Membership.objects.select_related("user", "program").get(pk=membership.pk)


def _give(membership: Membership, role: Role, *, by: By) -> Membership:
    before = membership.role
    if before == role.value:
        return membership
    _keep_a_manager(membership)
    membership.role = role.value
    membership.save(update_fields=["role"])
    free_unseen(by=by, user=membership.user, program=membership.program)
    _record(
        event(
            "member.changed",
            by=by,
            program=membership.program,
            subject=_short(membership.user.email),
            before={"role": before},
            after={"role": role.value},
        )
    )
    return membership


def _keep_a_manager(membership: Membership) -> None:
    """Refuse that the only manager who can sign in stops being one."""
    if membership.role != Role.MANAGER.value or not membership.user.is_active:
        return
    managers = membership.program.memberships.filter(role=Role.MANAGER.value, user__is_active=True)
    if not managers.exclude(pk=membership.pk).exists():
        raise Refused.because(
            f"{membership.user} is the only manager of {membership.program}. Name another manager first.",
            field="role",
            code="last-manager",
        )


# --- Tokens ------------------------------------------------------------------------


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
    """Make a token; return its row and the secret, which is shown this once and kept as a hash only.

    A person makes tokens of their own rights only; the command line makes those of anybody.
    """
    _require_own(by, user, "make")
    if not scopes or not scopes.issubset(SCOPES):
        raise Refused.because(
            "A token's scopes are read, write and measure. Give it one or more.",
            field="scopes",
            code="scopes",
        )
    if scopes == {"read", "measure"}:
        raise Refused.because(
            "“measure” stands alone: such a token reads nothing else.", field="scopes", code="scopes"
        )
    if not name.strip() or len(name) > 80:
        raise Refused.because("Give the token a name of up to 80 characters.", field="name", code="name")
    with transaction.atomic():
        token, secret = ApiToken.objects.create(
            user=user,
            expiry=lifetime,
            name=name.strip(),
            may_write="write" in scopes,
            may_measure=scopes == {"measure"},
            program_ids=[program.pk for program in programs],
            pilot_ids=list(pilot_ids),
        )
        _record(
            event(
                "token.created",
                by=by,
                subject=_short(f"{user.email}: {name}"),
                after={"scopes": sorted(scopes)},
            )
        )
    return token, secret


def revoke_token(token: ApiToken, *, by: By) -> None:
    """End a token: from now on it opens nothing. Raises `ApiToken.DoesNotExist` for one that is gone."""
    _require_own(by, token.user, "revoke")
    with transaction.atomic():
        row = ApiToken.objects.select_for_update().get(pk=token.pk)
        subject = _short(f"{token.user.email}: {row.name}")
        _record(event("token.revoked", by=by, subject=subject, before={"scopes": row.scopes}))
        row.delete()


def _require_own(by: By, user: User, deed: str) -> None:
    if by.user is not None and by.user.pk != user.pk:
        raise Forbidden(f"You may not {deed} tokens of other people: each person does so for themselves.")


# --- What they share ---------------------------------------------------------------


def _record(*events: Event) -> None:
    Event.objects.bulk_create(events)


def _short(subject: str) -> str:
    """Return what an event was about as far as its column reaches: an address may be longer."""
    return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"


def _one_line(name: str) -> str:
    """Return a name without the space around it; raise `Refused` for one that is none."""
    line = name.strip()
    if not line:
        raise Refused.because("Write a name.", field="name", code="blank")
    if len(line) > LONGEST_NAME:
        raise Refused.because(
            f"A name has at most {LONGEST_NAME} characters; this one has {len(line)}.",
            field="name",
            code="length",
        )
    if any(unicodedata.category(letter) in _NOT_ON_A_LINE for letter in line):
        raise Refused.because(
            "A name stands on one line, without control characters.", field="name", code="line"
        )
    return line


def _refusal(error: ValidationError) -> Refused:
    """Return what a model refuses; where something is taken already, in our words."""
    return Refused(
        Reason(
            _TAKEN[field] if fault.code == "unique" and field in _TAKEN else " ".join(fault.messages),
            "" if field == NON_FIELD_ERRORS else field,
            "taken" if fault.code == "unique" else "invalid",
        )
        for field, faults in error.error_dict.items()
        for fault in faults
    )


@contextmanager
def _all_or_nothing() -> Iterator[None]:
    """Open a transaction; what somebody else took in the same moment is a refusal, not a fault."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise
        raise Refused.because(
            "Somebody took this name, prefix or address in the same moment. Look, then try again.",
            code="simultaneous",
        ) from error
