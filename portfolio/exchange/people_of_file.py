"""Tells the people of a whole file apart, and together. Plain rules.

An address finds its owner here, and so does a name that one person bears. In a list of many rows that would
make one person of all who share a mailbox, and two of somebody whose address stands in some rows only.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pilots.actions.owner import Contact, shared_addresses
from portfolio.exchange.findings import CellWarning
from portfolio.exchange.folding import fold
from portfolio.exchange.more_cells import MilestoneCells, told_milestone, told_people
from portfolio.exchange.understood import Told, Understood


def settle_people(result: Understood) -> None:
    """Take shared addresses from names, and give a name the one address it bears elsewhere in the file."""
    everybody = [person for row in result.rows for told in row.more.values() for person in people_of(told)]
    shared = shared_addresses(person for person in everybody if not _is_mailbox(person))
    _tell_shared(result, shared)
    _change(result, lambda person: _without_shared(person, shared))
    known = _addresses(result)
    _change(result, lambda person: _with_address(person, known))


def people_of(told: Told) -> tuple[Contact, ...]:
    """Return the people a row names under one key."""
    if isinstance(told.value, MilestoneCells):
        return (told.value.owner,) if told.value.owner else ()
    if isinstance(told.value, tuple) and told.value and isinstance(told.value[0], Contact):
        return told.value
    return ()


def _is_mailbox(person: Contact) -> bool:
    """Return whether somebody is known by an address only: the mailbox itself, and nobody's name."""
    return bool(person.email) and person.name == person.email.partition("@")[0]


def _without_shared(person: Contact, shared: Mapping[str, Sequence[str]]) -> Contact:
    if person.email not in shared or _is_mailbox(person):
        return person
    return replace(person, email="")


def _addresses(result: Understood) -> dict[str, str]:
    """Return the address of every name that bears exactly one in this file."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in result.rows:
        for told in row.more.values():
            for person in people_of(told):
                if person.email:
                    found[fold(person.name)].add(person.email)
    return {name: addresses.pop() for name, addresses in found.items() if len(addresses) == 1}


def _with_address(person: Contact, known: Mapping[str, str]) -> Contact:
    address = "" if person.email else known.get(fold(person.name), "")
    return replace(person, email=address) if address else person


def _change(result: Understood, change: Callable[[Contact], Contact]) -> None:
    for place, row in enumerate(result.rows):
        more = {key: _changed(told, change) for key, told in row.more.items()}
        if any(more[key] is not told for key, told in row.more.items()):
            result.rows[place] = replace(row, more=more)


def _changed(told: Told, change: Callable[[Contact], Contact]) -> Told:
    people = people_of(told)
    changed = tuple(dict.fromkeys(change(person) for person in people))
    if changed == people:
        return told
    if isinstance(told.value, MilestoneCells):
        return told_milestone(replace(told.value, owner=changed[0]))
    return told_people(changed)


def _tell_shared(result: Understood, shared: Mapping[str, Sequence[str]]) -> None:
    told_of: set[str] = set()
    for row in result.rows:
        for person in (person for told in row.more.values() for person in people_of(told)):
            if person.email in shared and person.email not in told_of:
                told_of.add(person.email)
                reason = (
                    f"It stands beside {len(shared[person.email])} names, so it may be a mailbox they share. "
                    "The names are kept, the address is not."
                )
                result.warnings.append(CellWarning(row.line, "", person.email, reason))
