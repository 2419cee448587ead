"""Who was named for what a person has to agree to, and has not agreed yet: said instead of “nobody has”."""

from collections.abc import Sequence
from datetime import date

from pilots.access.permissions import OwnerRole
from pilots.models import Ownership
from pilots.models.ownership import OwnerKind
from pilots.web.declined import declined
from pilots.web.spoken import spoken

CODE = "run-owner"  # the one requirement that asks for a person's word, not only for a name


def named_run_owner(ownerships: Sequence[Ownership], today: date) -> str:
    """Return “Luka was named on Tue 3 Nov and has not agreed yet.” of the last one named; "" of nobody.

    `ownerships` are those in force, with their owners: the names anybody reads who sees the pilot. Who said
    that it is not theirs is not waited for. One query, none where nobody is waited for.
    """
    held = [
        row
        for row in ownerships
        if row.role == OwnerRole.RUN_OWNER.value
        and row.deputises_id is None
        and row.owner.is_active
        and row.owner.kind == OwnerKind.PERSON.value
    ]
    if any(row.accepted_on is not None for row in held):
        return ""
    refused = declined(held)
    waited_for = [row for row in held if row.pk not in refused]
    if not waited_for:
        return ""
    last = waited_for[-1]
    return f"{last.owner} was named on {spoken(last.since, today)} and has not agreed yet."


def with_name(sentence: str, named: str) -> str:
    """Put the name into a sentence of a gate: “G6 Run owner: Luka was named on …”."""
    gate, colon, _ = sentence.partition(": ")
    return f"{gate}: {named}" if colon else named
