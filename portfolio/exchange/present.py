"""What pilots say now, in the words in which an import compares it (`UnderstoodRow.texts`)."""

from collections.abc import Iterable, Iterator, Sequence

from kpis.models import Kpi
from kpis.oneline import KpiLine
from pilots.access.roles import OwnerRole
from pilots.custom import FieldKind, as_text
from pilots.models import CustomField, Milestone, Ownership, Pilot, PilotTag
from portfolio.exchange.mapping import Mapping
from portfolio.exchange.more_cells import kpi_text, milestone_text, person_text
from portfolio.exchange.understood import (
    CONFIDENTIAL,
    DECIDE_BY,
    FIELDS,
    TAGS,
    custom_key,
    kpi_key,
    milestone_key,
    owner_key,
)

AT_ONCE = 5000  # ids in one query: SQLite takes at most 32,766
Texts = dict[str, str]


def present_texts(pilots: Sequence[Pilot], mapping: Mapping) -> dict[int, Texts]:
    """Return key to text for each pilot, by its id: descriptions, and the rest the mapping speaks of."""
    found = {pilot.pk: _own(pilot) for pilot in pilots}
    ids = sorted(found)
    wants_kpis = bool(mapping.kpis) or any(sheet.kpi for sheet in mapping.more)
    wants_milestones = bool(mapping.milestones) or any(sheet.milestone for sheet in mapping.more)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        if mapping.tags:
            _add(found, _tags(some))
        if mapping.owners:
            _add(found, _owners(some))
        if wants_kpis:
            _add(found, _kpis(some))
        if wants_milestones:
            _add(found, _milestones(some))
    if mapping.custom:
        _add(found, _custom(pilots))
    return found


def _own(pilot: Pilot) -> Texts:
    texts = {name: getattr(pilot, name) for name in FIELDS}
    texts[DECIDE_BY] = pilot.decide_by.isoformat() if pilot.decide_by else ""
    texts[CONFIDENTIAL] = "yes" if pilot.is_confidential else "no"
    return texts


def _add(found: dict[int, Texts], told: Iterable[tuple[int, str, str]]) -> None:
    for pilot, key, text in told:
        found[pilot][key] = text


def _tags(ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    rows = PilotTag.objects.filter(pilot__in=ids).order_by("pilot", "name").values_list("pilot", "name")
    for pilot, names in _grouped(rows).items():
        yield pilot, TAGS, ", ".join(sorted(names))


def _owners(ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    there = Ownership.objects.active().principals().there()
    rows = there.filter(pilot__in=ids).order_by("pk")
    people: dict[tuple[int, str], list[str]] = {}
    for pilot, role, name, email in rows.values_list("pilot", "role", "owner__name", "owner__email"):
        people.setdefault((pilot, role), []).append(person_text(name, email))
    for (pilot, role), texts in people.items():
        yield pilot, owner_key(OwnerRole(role)), "; ".join(sorted(texts))


def _kpis(ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    for kpi in Kpi.objects.filter(pilot__in=ids).order_by("pk"):
        line = KpiLine(kpi.name, kpi.baseline, kpi.target, kpi.unit, None)
        yield kpi.pilot_id, kpi_key(kpi.name), kpi_text(line)


def _milestones(ids: Sequence[int]) -> Iterator[tuple[int, str, str]]:
    rows = Milestone.objects.filter(pilot__in=ids).select_related("owner").order_by("pk")
    for row in rows:
        owner = person_text(row.owner.name, row.owner.email) if row.owner else ""
        text = milestone_text(row.title, row.due_on, row.done_on, owner)
        yield row.pilot_id, milestone_key(row.title), text


def _custom(pilots: Sequence[Pilot]) -> Iterator[tuple[int, str, str]]:
    fields = CustomField.objects.filter(program__in={pilot.program_id for pilot in pilots})
    kinds = {(field.program_id, field.code): FieldKind(field.kind) for field in fields}
    for pilot in pilots:
        for code, value in pilot.custom.items():
            kind = kinds.get((pilot.program_id, code))
            if kind is not None:
                yield pilot.pk, custom_key(code), as_text(kind, value)


def _grouped(rows: Iterable[tuple[int, str]]) -> dict[int, list[str]]:
    grouped: dict[int, list[str]] = {}
    for pilot, text in rows:
        grouped.setdefault(pilot, []).append(text)
    return grouped
