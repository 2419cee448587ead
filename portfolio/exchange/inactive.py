"""People who are no longer active here, whom a list still names."""

from collections.abc import Sequence
from dataclasses import replace

from pilots.access.models import Program
from pilots.models import Owner
from portfolio.exchange.findings import CellWarning
from portfolio.exchange.more_cells import MilestoneCells, told_milestone, told_people
from portfolio.exchange.people_of_file import people_of
from portfolio.exchange.understood import Told, UnderstoodRow


def without_inactive(
    rows: Sequence[UnderstoodRow], into: Program | None
) -> tuple[list[UnderstoodRow], list[CellWarning]]:
    """Return the rows without people who are not active here any longer, and a word on each; one query."""
    if into is None:
        return list(rows), []
    gone = Owner.objects.filter(program=into, is_active=False).exclude(email="")
    addresses = set(gone.values_list("email", flat=True))
    if not addresses:
        return list(rows), []
    kept, warnings = [], []
    for row in rows:
        told = {key: _without(item, addresses) for key, item in row.more.items()}
        kept.append(replace(row, more={key: item for key, item in told.items() if item is not None}))
        for person in (person for item in row.more.values() for person in people_of(item)):
            if person.email in addresses:
                reason = f"{person.name} is not active here any longer, so nobody is named."
                warnings.append(CellWarning(row.line, "", person.email, reason))
    return kept, warnings


def _without(told: Told, addresses: set[str]) -> Told | None:
    people = people_of(told)
    left = [person for person in people if person.email not in addresses]
    if len(left) == len(people):
        return told
    if isinstance(told.value, MilestoneCells):
        return told_milestone(replace(told.value, owner=None))
    return told_people(left) if left else None
