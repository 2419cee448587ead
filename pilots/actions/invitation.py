"""Invites the holders of addresses that managers wrote down, and links them to accounts.

A contact is no recipient: this letter is the only mail an address gets before its holder agrees.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import IntegrityError, transaction

from pilots.access.address import plain_address
from pilots.access.models import Event, User
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.account import open_own_account, require_administrator
from pilots.actions.bell import ring_soon
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import require
from pilots.actions.event import event
from pilots.calendar import Day
from pilots.models import Invitation, Lapse, Owner, OwnerKind
from pilots.models.invitation import DAYS_OPEN

MOST_UNANSWERED = 2

_LAPSED = {
    Lapse.ACCEPTED: "This invitation was accepted before.",
    Lapse.WITHDRAWN: "This invitation was withdrawn.",
    Lapse.EXPIRED: "This invitation has expired.",
    Lapse.OTHER_ADDRESS: "This invitation went to an address that is not theirs any more.",
    Lapse.LINKED: "This contact has an account already.",
    Lapse.INACTIVE: "This contact is not active any longer.",
}

# --- Inviting ----------------------------------------------------------------------


def invite_owners(owners: Sequence[Owner], *, by: By) -> list[Invitation]:
    """Invite each contact, or none of them; the letters are written when they are sent.

    Raises `Refused` with a reason for every contact who cannot be invited, `Forbidden` for whoever
    does not manage the program, `Owner.DoesNotExist` for a contact they cannot see.
    """
    with transaction.atomic():
        locked = _hold(owners, by=by)
        for program in {owner.program for owner in locked}:
            require(Deed.INVITE, relation_to_program(by.user, program))
        if by.user is None:
            raise Refused.because("An invitation says who invites. Sign in to send one.", code="nobody")
        reasons = reasons_against(locked, by=by)
        if reasons:
            raise Refused(reasons.values())
        expired = Invitation.objects.open().filter(owner__in=locked)
        expired.update(withdrawn_at=by.at)  # none of them is open any more but in name: see above
        invitations = [
            Invitation(
                owner=owner,
                program=owner.program,
                sent_to=owner.email,
                invited_by=by.user,
                invited_at=by.at,
                expires_on=by.today(owner.program) + timedelta(days=DAYS_OPEN),
            )
            for owner in locked
        ]
        _insert(invitations)
        ring_soon()
        Event.objects.bulk_create(
            [
                event(
                    "owner.invited",
                    by=by,
                    program=invitation.program,
                    subject=invitation.owner.name,
                    after={
                        "invitation": invitation.pk,
                        "owner": invitation.owner.name,
                        "email": invitation.sent_to,
                        "until": invitation.expires_on.isoformat(),
                    },
                )
                for invitation in invitations
            ]
        )
    return invitations


def _hold(owners: Sequence[Owner], *, by: By) -> list[Owner]:
    wanted = {owner.pk for owner in owners}
    visible = Owner.objects.visible_to(by.user).filter(pk__in=wanted).select_related("program").order_by("pk")
    locked = list(visible.select_for_update(of=("self",), no_key=True))
    if len(locked) != len(wanted):
        raise Owner.DoesNotExist("A contact is gone, or not visible to the person who asked.")
    return locked


def _insert(invitations: Sequence[Invitation]) -> None:
    try:
        with transaction.atomic():
            Invitation.objects.bulk_create(invitations)
    except IntegrityError as error:
        # PostgreSQL names the constraint, SQLite the columns it covers.
        if "invitation_one_open" in str(error) or "pilots_invitation.owner_id" in str(error):
            raise Refused.because(
                "Somebody invited one of them in the same moment. Look, then try again.", code="simultaneous"
            ) from error
        raise


def reasons_against(owners: Sequence[Owner], *, by: By) -> dict[int, Reason]:
    """Return why contacts cannot be invited now, by their id; two queries for any number of them."""
    before: dict[int, list[Invitation]] = {}
    sent = Invitation.objects.filter(owner__in=owners).select_related("program").order_by("invited_at", "pk")
    for invitation in sent:
        before.setdefault(invitation.owner_id, []).append(invitation)
    closed = set(User.objects.filter(owners__in=owners, is_active=False).values_list("owners__pk", flat=True))
    found = {}
    for owner in owners:
        today = by.today(owner.program)
        reason = (
            _not_a_recipient(owner, is_closed=owner.pk in closed)
            or _no_address(owner)
            or _invited_before(owner, before.get(owner.pk, []), today)
        )
        if reason:
            found[owner.pk] = reason
    return found


def _not_a_recipient(owner: Owner, *, is_closed: bool) -> Reason | None:
    if owner.program.is_sample:
        sentence = f"{owner} is part of the sample: invented contacts are never mailed."
        return Reason(sentence, "owners", "sample")
    if owner.kind != OwnerKind.PERSON.value:
        sentence = f"{owner} is a team. Name a person of it, who can agree and sign in."
        return Reason(sentence, "owners", "team")
    if not owner.is_active:
        return Reason(f"{owner} is not active any longer.", "owners", "inactive")
    if is_closed:
        sentence = f"The account of {owner} is closed. An administrator can open it again."
        return Reason(sentence, "owners", "closed")
    if owner.user_id is not None:
        return Reason(f"{owner} has an account already.", "owners", "linked")
    return None


def _no_address(owner: Owner) -> Reason | None:
    if not owner.email:
        return Reason(f"{owner} has no address. Write one first.", "owners", "no-address")
    if not plain_address(owner.email):
        sentence = f"The address of {owner} cannot be mailed. Write one such as ada@example.com."
        return Reason(sentence, "owners", "email")
    return None


def _invited_before(owner: Owner, before: Sequence[Invitation], today: date) -> Reason | None:
    """Refuse a second letter while the first may be answered, and a third to the same address for good."""
    letters = [row for row in before if row.sent_to == owner.email]
    if not letters:
        return None
    last = letters[-1]
    on = Day(last.program.today(last.invited_at))
    if len(letters) >= MOST_UNANSWERED:
        sentence = (
            f"{owner} was invited twice, last on {on}, and did not answer. "
            "Ask them in person; an administrator can link their account."
        )
        return Reason(sentence, "owners", "unanswered")
    if today <= last.expires_on:
        was = "withdrawn since; one more can go out after" if last.withdrawn_at else "until"
        return Reason(f"{owner} was invited on {on}, {was} {Day(last.expires_on)}.", "owners", "open")
    return None


def withdraw_invitation(invitation: Invitation, *, by: By) -> Invitation:
    """Close an invitation that was not answered: its link leads nowhere, its letter is not sent any more."""
    with transaction.atomic():
        row = _hold_invitation(invitation)
        require(Deed.INVITE, relation_to_program(by.user, row.program))
        if row.accepted_at is not None or row.withdrawn_at is not None:
            raise Refused.because("It was accepted or withdrawn before.", code="not-open")
        row.withdrawn_at = by.at
        row.save(update_fields=["withdrawn_at"])
        _record(row.owner, "invitation.withdrawn", by=by, before={"owner": row.owner.name})
    return row


# --- Linking -----------------------------------------------------------------------


def accept_invitation(invitation: Invitation, *, by: By) -> Owner:
    """Link the contact to the account of whoever is signed in; what they answer for they accept after.

    Whoever holds the letter may take it with an account under another address: it is theirs to say.
    """
    if by.user is None:
        raise Refused.because("Sign in to accept.", code="nobody")
    with transaction.atomic():
        row = _hold_open(invitation, by=by)
        _take(row, by.user, by=by)
    return row.owner


def accept_with_new_account(invitation: Invitation, *, name: str, password: str, by: By) -> User:
    """Open an account for the address that was invited, without roles, and link the contact to it.

    An account that has this address already is never touched: its holder signs in.
    """
    with transaction.atomic():
        row = _hold_open(invitation, by=by)
        user = open_own_account(email=row.sent_to, name=name, password=password, by=by)
        _take(row, user, by=By(user=user, at=by.at, source=by.source))
    return user


def link_owner(owner: Owner, user: User, *, by: By) -> Owner:
    """Link a contact to an account by hand; administrators only."""
    require_administrator(by.user, "link contacts to accounts")
    with transaction.atomic():
        held = Owner.objects.select_related("program").select_for_update(of=("self",), no_key=True)
        row = held.get(pk=owner.pk)
        if row.user_id is not None:
            raise Refused.because(f"{row} is linked to an account already.", field="email", code="linked")
        if row.kind != OwnerKind.PERSON.value:
            raise Refused.because(f"{row} is a team, not a person.", field="email", code="team")
        Invitation.objects.open().filter(owner=row).update(withdrawn_at=by.at)
        _link(row, user, by=by)
    return row


def unlink_owner(owner: Owner, *, by: By) -> Owner:
    """Take the account from a contact again, as after a mistake; administrators only.

    From now on nothing of the contact's is theirs to see or do; what they agreed to stays written down.
    """
    require_administrator(by.user, "take accounts from contacts")
    with transaction.atomic():
        held = Owner.objects.select_related("program", "user").select_for_update(of=("self",), no_key=True)
        row = held.get(pk=owner.pk)
        if row.user is None:
            raise Refused.because(f"{row} is linked to no account.", code="not-linked")
        account, row.user = row.user, None
        row.save(update_fields=["user"])
        before = {"owner": row.name, "account": account.email}
        _record(row, "owner.unlinked", by=by, before=before)
    return row


def _hold_invitation(invitation: Invitation) -> Invitation:
    """Lock contact and invitation, in the order in which inviting locks them."""
    Owner.objects.select_for_update(no_key=True).get(pk=invitation.owner_id)
    rows = Invitation.objects.select_related("owner__program", "program", "invited_by")
    return rows.select_for_update(of=("self",), no_key=True).get(pk=invitation.pk)


def _hold_open(invitation: Invitation, *, by: By) -> Invitation:
    row = _hold_invitation(invitation)
    lapse = row.lapse(by.today(row.program))
    if lapse is not None:
        raise Refused.because(_LAPSED[lapse], code=lapse.value)
    return row


def _take(row: Invitation, user: User, *, by: By) -> None:
    row.accepted_at, row.accepted_by = by.at, user
    row.save(update_fields=["accepted_at", "accepted_by"])
    _link(row.owner, user, by=by, invitation=row.pk)


def _link(owner: Owner, user: User, *, by: By, invitation: int | None = None) -> None:
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        raise Refused.because(
            f"The account of {user} is closed. Open it again first.", field="email", code="closed"
        )
    if user.is_sample and not owner.program.is_sample:
        raise Refused.because(
            f"{user} is a demo log-in and sees the sample portfolio only.", field="email", code="sample"
        )
    other = Owner.objects.filter(program=owner.program, user=user).exclude(pk=owner.pk).first()
    if other is not None:
        raise Refused.because(
            f"{user} is linked to the contact “{other}” of {owner.program} already, and can be only one of "
            f"its contacts. A manager of {owner.program} can name “{other}” instead.",
            field="email",
            code="linked-elsewhere",
        )
    owner.user = user
    owner.save(update_fields=["user"])
    after = {"owner": owner.name, "account": user.email} | ({"invitation": invitation} if invitation else {})
    _record(owner, "owner.linked", by=by, after=after)


def _record(
    owner: Owner,
    verb: str,
    *,
    by: By,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    row = event(verb, by=by, program=owner.program, subject=owner.name, before=before, after=after)
    Event.objects.bulk_create([row])
