"""Reads what earlier imports left behind, as plain values."""

from collections.abc import Iterable
from datetime import date

from pilots.access.models import Program, User
from pilots.models import Origin, Pilot, RegisterEntry, StageTransition
from portfolio.exchange.identity import KnownEntry
from portfolio.exchange.mapping import Mapping
from portfolio.exchange.merging import PastRow
from portfolio.exchange.present import present_texts

AT_ONCE = 5000  # ids in one query: SQLite takes at most 32,766


def known_entries(register: str, mapping: Mapping, user: User | None, *, lock: bool) -> list[KnownEntry]:
    """Return every entry of a register, in a number of queries that does not grow with theirs.

    With `lock` nobody else changes these pilots before the transaction ends.
    """
    entries = RegisterEntry.objects.filter(register=register).select_related("pilot")
    entries = entries.order_by("pilot_id", "pk")  # actions lock pilots in this order too
    if lock:
        entries = entries.select_for_update(of=("pilot",))
    found = list(entries)
    present = present_texts([entry.pilot for entry in found], mapping)
    visible = set(
        Pilot.objects.visible_to(user)
        .filter(register_entries__register=register)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    return [
        KnownEntry(
            id=entry.pk,
            pilot=entry.pilot_id,
            key=entry.pilot.key,
            program=entry.pilot.program_id,
            reference=entry.reference,
            family=entry.family,
            digest=entry.digest,
            as_of=entry.as_of,
            values=entry.values,
            present=present[entry.pilot_id],
            present_stage=entry.pilot.stage,
            version=entry.pilot.version,
            is_visible=entry.pilot_id in visible,
        )
        for entry in found
    ]


def strangers(
    program: Program, mapping: Mapping, user: User | None, entries: Iterable[KnownEntry], *, lock: bool
) -> list[KnownEntry]:
    """Return the pilots of a program that a person may see and this register has not met yet, as entries."""
    met = {entry.pilot for entry in entries}
    pilots = Pilot.objects.visible_to(user).filter(program=program).order_by("pk")
    if lock:
        pilots = pilots.select_for_update(of=("self",))
    unmet = [pilot for pilot in pilots if pilot.pk not in met]
    present = present_texts(unmet, mapping)
    return [
        KnownEntry(
            id=0,
            pilot=pilot.pk,
            key=pilot.key,
            program=pilot.program_id,
            reference="",
            family="",
            digest="",
            as_of=date.min,
            values={},
            present=present[pilot.pk],
            present_stage=pilot.stage,
            version=pilot.version,
            is_visible=True,
        )
        for pilot in unmet
    ]


def histories(pilots: Iterable[int]) -> dict[int, list[PastRow]]:
    """Return every row of the past of these pilots, by the pilot's id."""
    ids = sorted(set(pilots))
    found: dict[int, list[PastRow]] = {pk: [] for pk in ids}
    for start in range(0, len(ids), AT_ONCE):
        rows = StageTransition.objects.filter(pilot__in=ids[start : start + AT_ONCE]).order_by("pk")
        for row in rows:
            found[row.pilot_id].append(PastRow(row.as_entry(), Origin(row.origin)))
    return found


def pilots(ids: Iterable[int]) -> dict[int, Pilot]:
    """Return these pilots with their programs, by id."""
    wanted = sorted(set(ids))
    found: dict[int, Pilot] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = Pilot.objects.filter(pk__in=wanted[start : start + AT_ONCE]).select_related("program")
        found |= {pilot.pk: pilot for pilot in rows.order_by("pk")}
    return found
