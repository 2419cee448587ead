"""Names, accepts and ends who answers for what. Naming somebody sends no mail and opens no account."""

import re
import uuid
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed, OwnerRole
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.change import changing, refuse_unstorable
from pilots.actions.event import event
from pilots.actions.owner_held import hold_named, inactive
from pilots.models import Owner, OwnerKind, Ownership, Pilot

NOBODY = frozenset({"", "nobody", "nobody yet", "unknown", "not known"})
DECLINED = "owner.declined"
MAKERS = frozenset({OwnerRole.BUILDER, OwnerRole.INFRASTRUCTURE})
_noting: ContextVar[list[int] | None] = ContextVar("noting", default=None)


@dataclass(frozen=True, kw_only=True)
class Contact:
    """A person or team as somebody wrote it down."""

    name: str
    email: str = ""
    kind: OwnerKind = OwnerKind.PERSON


@dataclass(frozen=True, kw_only=True)
class NewOwnership:
    """Who is to answer for what: a `contact` as somebody wrote it down, or an `owner` already listed.

    `version` is that of the pilot as it was read.
    """

    pilot: Pilot
    role: OwnerRole
    contact: Contact | None = None
    owner: Owner | None = None
    reason: str = ""
    version: int | None = None


def read_contact(text: str) -> Contact | None:
    """Read `Name`, `name@example.com` or `Name <name@example.com>`; None for “nobody yet”.

    Raises `Refused` for an address that is none.
    """
    cleaned = " ".join(text.split())
    if cleaned.lower() in NOBODY:
        return None
    match = re.fullmatch(r"(?P<name>[^<>]*)<(?P<email>[^<>]+)>", cleaned)
    name, email = (match["name"].strip(' "'), match["email"].strip()) if match else (cleaned, "")
    if not match and "@" in cleaned and " " not in cleaned:
        name, email = "", cleaned
    if email:
        try:
            validate_email(email)
        except ValidationError:
            raise Refused.because(
                f"“{email[:60]}” is no e-mail address. Write a name, an address, or “nobody yet”.",
                field="owner",
                code="email",
            ) from None
    contact = Contact(name=name or email.partition("@")[0], email=email.lower())
    _check_length(contact)
    return contact


def _check_length(contact: Contact) -> None:
    if len(contact.name) > 200 or len(contact.email) > 254:
        sentence = "A name has at most 200 characters, an address 254."
        raise Refused.because(sentence, field="owner", code="length")


def shared_addresses(contacts: Iterable[Contact]) -> dict[str, list[str]]:
    """Return the addresses that stand beside several names, with these names as first written.

    An address finds its owner whatever the name beside it: forty projects with one mailbox would all
    get the first one's owner. So whoever takes in a list says this before it is written.
    """
    names: dict[str, dict[str, str]] = {}
    for contact in contacts:
        if contact.email:
            found = names.setdefault(contact.email.lower(), {})
            found.setdefault(" ".join(contact.name.casefold().split()), contact.name)
    return {email: list(found.values()) for email, found in names.items() if len(found) > 1}


def ensure_owners(program: Program, contacts: Iterable[Contact], *, by: By) -> dict[Contact, Owner]:
    """Return the program's owner for each contact, made where there is none; three queries at most.

    An address finds its owner; a name does so where exactly one active owner bears it. People who
    name themselves are linked to their account, since they are signed in with that address; what
    they may then do with it is for the caller to ask.
    """
    wanted = list(dict.fromkeys(contacts))
    known = list(Owner.objects.filter(program=program))
    by_email = {owner.email: owner for owner in known if owner.email}
    by_name: dict[str, list[Owner]] = {}
    for owner in known:
        if owner.is_active:
            by_name.setdefault(owner.name.casefold(), []).append(owner)

    found: dict[Contact, Owner] = {}
    fresh: dict[tuple[str, str], Owner] = {}
    for contact in wanted:
        refuse_unstorable({"owner": contact.name})
        _check_length(contact)
        namesakes = by_name.get(contact.name.casefold(), [])
        match = by_email.get(contact.email) if contact.email else _only(namesakes)
        mark = (contact.email, "" if contact.email else contact.name.casefold())
        found[contact] = match or fresh.setdefault(mark, Owner(program=program, **_fields(contact)))
    if by.user and (by.user.email, "") in fresh and all(owner.user_id != by.user.pk for owner in known):
        fresh[by.user.email, ""].user = by.user
    Owner.objects.bulk_create(fresh.values(), batch_size=1000)
    noted = _noting.get()
    if noted is not None:
        noted += [owner.pk for owner in fresh.values()]
    return found


@contextmanager
def noting_new_owners() -> Iterator[list[int]]:
    """Collect the ids of the contacts that `ensure_owners` makes in this block, whichever action calls it.

    Nothing else tells them from contacts that other people make at the same time.
    """
    noted: list[int] = []
    token = _noting.set(noted)
    try:
        yield noted
    finally:
        _noting.reset(token)


def _only(owners: Sequence[Owner]) -> Owner | None:
    return owners[0] if len(owners) == 1 else None


def _fields(contact: Contact) -> dict[str, str]:
    return {"name": contact.name, "email": contact.email, "kind": contact.kind.value}


def add_owner(new: NewOwnership, *, by: By) -> Ownership:
    return add_owners([new], by=by)[0]


def add_owners(
    news: Sequence[NewOwnership],
    *,
    by: By,
    deed: Deed = Deed.ASSIGN_OWNERS,
    batch: uuid.UUID | None = None,
) -> list[Ownership]:
    """Name an owner on each pilot, or on none of them.

    Raises `Refused` for a second production owner, a repetition, an ended pilot, or a builder who
    is to own production without a recorded reason (requirement row S0-5, contradiction C-10).
    """
    versions = {new.pilot.pk: new.version for new in news if new.version is not None}
    with changing([new.pilot for new in news], deed=deed, by=by, versions=versions, batch=batch) as change:
        owners = {}
        for program_id in {pilot.program_id for pilot in change.pilots.values()}:
            pilots = {pk for pk, pilot in change.pilots.items() if pilot.program_id == program_id}
            contacts = [new.contact for new in news if new.pilot.pk in pilots and new.contact]
            program = next(change.pilots[pk].program for pk in pilots)
            for contact, owner in ensure_owners(program, contacts, by=by).items():
                owners[program_id, contact] = owner
        rows = []
        for new in news:
            pilot = change.pilots[new.pilot.pk]
            owner = new.owner or owners[pilot.program_id, _contact(new)]
            refuse_unstorable({"reason": new.reason})
            check_owner(pilot, owner)
            today = by.today(pilot.program)
            accepted = today if by.user and owner.user_id == by.user.pk else None
            rows.append(
                Ownership(
                    pilot=pilot,
                    owner=owner,
                    role=new.role.value,
                    since=today,
                    accepted_on=accepted,
                    reason=new.reason,
                )
            )
        check_builders(rows)
        insert_owners(rows)
        for row in rows:
            change.record(
                change.pilots[row.pilot_id],
                "owner.added",
                after={"owner": row.owner.name, "role": row.role},
                reason=row.reason,
            )
    return rows


def _contact(new: NewOwnership) -> Contact:
    if new.contact is None:
        raise ValueError("Name a contact or an owner.")
    return new.contact


def check_owner(pilot: Pilot, owner: Owner) -> None:
    """Refuse somebody of another program, somebody inactive, and anybody for a pilot that has ended."""
    if owner.program_id != pilot.program_id:
        raise Refused.because(
            f"{owner} is a contact of another program. Add them to {pilot.program} first.",
            field="owner",
            code="other-program",
        )
    if pilot.is_ended:
        raise Refused.because(
            f"It is {pilot.at_stage.label.lower()}: it needs no owner any longer.", code="ended"
        )
    if not owner.is_active:
        raise inactive(owner)


def check_builders(rows: Sequence[Ownership]) -> None:
    """Refuse one who makes a pilot as its production owner, whichever role came first, without a reason."""
    pilots, owners = {row.pilot_id for row in rows}, {row.owner_id for row in rows}
    held: dict[tuple[int, int], set[str]] = {}
    active = Ownership.objects.active().filter(pilot__in=pilots, owner__in=owners)
    for pilot_id, owner_id, role in active.values_list("pilot_id", "owner_id", "role"):
        held.setdefault((pilot_id, owner_id), set()).add(role)
    for row in rows:
        held.setdefault((row.pilot_id, row.owner_id), set()).add(row.role)
    for row in rows:
        roles = held[row.pilot_id, row.owner_id]
        if makes_and_owns(roles) and not row.reason.strip():
            raise builder_as_owner(row.owner)


def makes_and_owns(roles: Set[str]) -> bool:
    """Return whether somebody with these roles on one pilot would bring into production what they make."""
    return OwnerRole.PRODUCTION_OWNER.value in roles and bool(roles & {role.value for role in MAKERS})


def builder_as_owner(owner: Owner) -> Refused:
    return Refused.because(
        f"{owner} would build it and bring it into production. "
        "Production needs somebody who did not build it, or a reason why not.",
        field="reason",
        code="builder-as-owner",
    )


def insert_owners(rows: Sequence[Ownership]) -> None:
    """Store new rows; refuse a second production owner, a repetition, and somebody who just went."""
    hold_named(row.owner_id for row in rows)
    try:
        with transaction.atomic():
            Ownership.objects.bulk_create(rows, batch_size=1000)
    except IntegrityError as error:
        # PostgreSQL names the constraint, SQLite the columns it covers.
        text = str(error)
        columns = text.rpartition("constraint failed: ")[2]
        if "one_production_owner" in text or columns == "pilots_ownership.pilot_id":
            sentence = (
                "This pilot has a production owner already, and only one is accountable. Hand over instead."
            )
            raise Refused.because(sentence, field="role", code="second-production-owner") from error
        if "ownership_once" in text or "pilots_ownership.owner_id" in columns:
            raise Refused.because(
                "They have this role on it already.", field="owner", code="repeated"
            ) from error
        raise


def accept_ownership(ownership: Ownership, *, by: By) -> Ownership:
    """Record that a person agrees to answer for it; only they can."""
    return accept_ownerships([ownership], by=by)[0]


def accept_ownerships(ownerships: Sequence[Ownership], *, by: By) -> list[Ownership]:
    """Record that a person agrees to answer for all of these, or for none.

    Who is named on a pilot and nothing else sees it from here on, so the agreement is written before
    the change asks who sees it. Raises `Forbidden` for another person's row on a pilot they can see.
    """
    wanted = {ownership.pk for ownership in ownerships}
    concerned = {ownership.pilot_id for ownership in ownerships}
    with transaction.atomic():
        list(Pilot.objects.filter(pk__in=concerned).order_by("pk").select_for_update(no_key=True))
        named = Ownership.objects.select_related("owner", "pilot__program").filter(pk__in=wanted)
        rows = list(named.order_by("pk"))
        if len(rows) != len(wanted):
            raise Ownership.DoesNotExist("Who answers for it was taken out meanwhile.")
        for row in rows:
            _check_acceptance(row, by=by)
            row.accepted_on = by.today(row.pilot.program)
        Ownership.objects.bulk_update(rows, ["accepted_on"])
        with changing([row.pilot for row in rows], deed=Deed.SEE, by=by) as change:
            for row in rows:
                pilot = change.pilots[row.pilot_id]
                change.record(pilot, "owner.accepted", after={"owner": row.owner.name, "role": row.role})
    return rows


def decline_ownership(ownership: Ownership, *, by: By) -> Ownership:
    """Record that somebody says it is not theirs. The row stays until a manager ends it or hands it over.

    They may not see the pilot, so it is no change of it.
    """
    with transaction.atomic():
        Pilot.objects.select_for_update(no_key=True).get(pk=ownership.pilot_id)
        row = Ownership.objects.select_related("owner", "pilot__program").get(pk=ownership.pk)
        _check_acceptance(row, by=by)
        said = Event.objects.filter(verb=DECLINED, pilot_id=row.pilot_id, after__ownership=row.pk)
        if said.exists():
            raise Refused.because("You said so before; a manager of it reads it.", code="declined")
        after = {"ownership": row.pk, "owner": row.owner.name, "role": row.role}
        told = event(DECLINED, by=by, program=row.pilot.program, pilot=row.pilot, after=after)
        Event.objects.bulk_create([told])
    return row


def _check_acceptance(row: Ownership, *, by: By) -> None:
    if by.user is None or row.owner.user_id != by.user.pk:
        if not Pilot.objects.visible_to(by.user).filter(pk=row.pilot_id).exists():
            raise Pilot.DoesNotExist("A pilot is gone, or not visible to the person who asked.")
        raise Forbidden(f"Only {row.owner} can accept this.")
    if row.until is not None or row.accepted_on is not None:
        raise Refused.because("It was accepted or ended before.", code="not-open")
    if not row.owner.is_active:
        raise Refused.because(f"{row.owner} is not active any longer.", code="inactive")
