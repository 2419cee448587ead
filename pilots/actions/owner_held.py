"""Holds contacts till the commit, so that nobody is named while somebody else takes them out of use."""

from collections.abc import Iterable

from pilots.actions.by import Refused
from pilots.models import Owner


def inactive(owner: Owner) -> Refused:
    sentence = f"{owner} is not active any longer. Name somebody else."
    return Refused.because(sentence, field="owner", code="inactive")


def held_owners(ids: Iterable[int]) -> list[Owner]:
    """Hold contacts till the commit, in the order everybody does, and return them as they are now.

    Call it after the pilots are locked: then nobody takes these contacts out of use meanwhile.
    """
    rows = Owner.objects.filter(pk__in=set(ids)).select_related("user").order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def hold_named(ids: Iterable[int]) -> None:
    """Hold contacts who are named for something; refuse one who is, or was just now, taken out of use."""
    wanted = set(ids)
    for owner in held_owners(wanted) if wanted else ():
        if not owner.is_active:
            raise inactive(owner)
