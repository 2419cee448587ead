"""Keeps a program's list of contacts. A contact is no recipient: a typed address never receives mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from pilots.access.models import Event, Program
from pilots.access.permissions import Deed, relation_to_program
from pilots.actions.by import By, Refused
from pilots.actions.change import refuse_unstorable, require
from pilots.actions.event import event
from pilots.actions.holdings import holdings
from pilots.models import Owner, OwnerKind, Ownership, Pilot

EDITABLE = ("name", "email", "kind", "job_title", "function", "is_active")


@dataclass(frozen=True, kw_only=True)
class NewOwner:
    """A person or team to add to a program's contacts."""

    program: Program
    name: str
    email: str = ""
    kind: OwnerKind = OwnerKind.PERSON
    job_title: str = ""
    function: str = ""


@dataclass(frozen=True, kw_only=True)
class OwnerEdit:
    """New values for some of `EDITABLE`; what is not named stays."""

    owner: Owner
    fields: Mapping[str, Any] = field(default_factory=dict)


def create_owner(new: NewOwner, *, by: By) -> Owner:
    return create_owners([new], by=by)[0]


def create_owners(news: Sequence[NewOwner], *, by: By) -> list[Owner]:
    """Add each contact, or none of them; somebody with that address may be there once only."""
    owners = [
        Owner(
            program=new.program,
            name=new.name.strip(),
            email=new.email.strip().lower(),
            kind=new.kind.value,
            job_title=new.job_title.strip(),
            function=new.function.strip(),
        )
        for new in news
    ]
    with transaction.atomic():
        for program in {new.program for new in news}:
            require(Deed.ASSIGN_OWNERS, relation_to_program(by.user, program))
        for owner in owners:
            _check(owner)
        _store(lambda: Owner.objects.bulk_create(owners))
        Event.objects.bulk_create(
            [
                event("owner.created", by=by, program=owner.program, subject=owner.name, after=_told(owner))
                for owner in owners
            ]
        )
    return owners


def edit_owner(edit: OwnerEdit, *, by: By) -> Owner:
    """Write the named fields of a contact; fields that keep their value leave no trace.

    Pilots show their owners, so those it answers for go up a version. Raises `Owner.DoesNotExist`
    for a contact the person cannot see.
    """
    unknown = set(edit.fields) - set(EDITABLE)
    if unknown:
        raise ValueError(f"Not editable: {', '.join(sorted(unknown))}.")
    with transaction.atomic():
        named = Ownership.objects.active().filter(owner=edit.owner.pk).values("pilot")
        list(Pilot.objects.filter(pk__in=named).order_by("pk").select_for_update(no_key=True).values("pk"))
        visible = Owner.objects.visible_to(by.user).select_related("program")
        owner = visible.select_for_update(of=("self",), no_key=True).get(pk=edit.owner.pk)
        require(Deed.ASSIGN_OWNERS, relation_to_program(by.user, owner.program))
        before = _told(owner)
        if owner.is_active and edit.fields.get("is_active") is False:
            _refuse_while_named(owner, by=by)
        for name, value in edit.fields.items():
            setattr(owner, name, value.strip() if isinstance(value, str) else value)
        owner.email = owner.email.lower()
        _check(owner)
        after = _told(owner)
        changed = sorted(name for name in EDITABLE if before[name] != after[name])
        if changed:
            _store(lambda: owner.save(update_fields=changed))
            _touch_pilots(owner, by=by)
            Event.objects.bulk_create(
                [
                    event(
                        "owner.edited",
                        by=by,
                        program=owner.program,
                        subject=owner.name,
                        before={name: before[name] for name in changed},
                        after={name: after[name] for name in changed},
                    )
                ]
            )
    return owner


def _refuse_while_named(owner: Owner, *, by: By) -> None:
    if not holdings([owner], reader=by.user).is_nothing:
        raise Refused.because(
            f"{owner} answers for something still. Deactivate them where it says who takes over.",
            field="is_active",
            code="holds",
        )


def _told(owner: Owner) -> dict[str, Any]:
    return {name: getattr(owner, name) for name in EDITABLE}


def _check(owner: Owner) -> None:
    refuse_unstorable(_told(owner))
    try:
        owner.clean_fields(exclude={field.name for field in owner._meta.fields} - set(EDITABLE))
    except ValidationError as error:
        raise Refused.invalid(error) from error


def _store(write: Any) -> None:
    try:
        with transaction.atomic():
            write()
    except IntegrityError as error:
        # PostgreSQL names the constraint, SQLite the columns it covers.
        if "owner_email_once_per_program" in str(error) or "pilots_owner.email" in str(error):
            raise Refused.because(
                "This program has a contact with that address already.", field="email", code="repeated"
            ) from error
        raise


def _touch_pilots(owner: Owner, *, by: By) -> None:
    owned = Ownership.objects.active().filter(owner=owner).values("pilot")
    Pilot.objects.filter(pk__in=owned).update(version=F("version") + 1, updated_at=by.at)
