"""What the form for a new pilot begins with: nothing, a template, or another pilot."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from kpis.models import Kpi
from kpis.oneline import KpiLine, UnreadableKpi, read_kpi
from pilots.access.models import Program, User
from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact
from pilots.actions.owner_set import Named
from pilots.models import Ownership, Pilot, PilotTemplate, RiskTier
from pilots.starts import STARTS, Start, start_of

BLANK = ""


@dataclass(frozen=True)
class Choice:
    """One way to begin, as a chip."""

    label: str
    url: str
    is_on: bool


def starts_for(programs: Sequence[Program]) -> dict[str, tuple[Start, Program | None]]:
    """Return the starts open to somebody who logs in these programs, their own first; one query."""
    rows = PilotTemplate.objects.filter(program__in=programs).select_related("program").order_by("name", "pk")
    own: dict[str, tuple[Start, Program | None]] = {
        str(row.pk): (start_of(str(row.pk), row.name, row.values), row.program) for row in rows
    }
    return own | {code: (start, None) for code, start in STARTS.items()}


def choices(
    starts: dict[str, tuple[Start, Program | None]], programs: Sequence[Program], *, chosen: str, slug: str
) -> list[Choice]:
    """Return the chips; a template of one program says whose it is where somebody logs in several."""

    def url(**query: str) -> str:
        return reverse("desk:pilot_new", query={name: value for name, value in query.items() if value})

    found = [Choice("Blank", url(program=slug), chosen == BLANK)]
    for code, (start, program) in starts.items():
        label = f"{start.name}, {program}" if program and len(programs) > 1 else start.name
        found.append(
            Choice(label, url(template=code, program=program.slug if program else slug), code == chosen)
        )
    return found


# --- Another pilot --------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What a new pilot takes over from another beyond what the form shows, and how to say it."""

    source: Pilot
    owners: tuple[Named, ...]
    numbers: tuple[KpiLine, ...]

    def owners_in(self, program: Program) -> tuple[Named, ...]:
        """Return who else answers for it; an address stays in the program that knows it."""
        if program.pk == self.source.program_id:
            return self.owners
        return tuple((role, Contact(name=contact.name)) for role, contact in self.owners)

    @property
    def said(self) -> list[str]:
        pilot = self.source
        plain = [("Unit", pilot.unit), ("Vendor", pilot.vendor), ("Contract", pilot.contract)]
        risk = [("Risk, EU AI Act", pilot.get_risk_display())] if pilot.risk else []
        hidden = [("Confidential", "as this one is")] if pilot.is_confidential else []
        people = [(role.label, contact.name) for role, contact in self.owners]
        numbers = [("Number", _target(line)) for line in self.numbers]
        told = [*plain, *risk, *hidden, *people, *numbers]
        return [f"{label}: {text}" for label, text in told if text]

    def fields_in(self, program: Program) -> dict[str, Any]:
        """Return what of it `NewPilot` takes; never its stage, its days or its evidence."""
        pilot = self.source
        return {
            "unit": pilot.unit,
            "vendor": pilot.vendor,
            "contract": pilot.contract,
            "risk": RiskTier(pilot.risk) if pilot.risk else None,
            "is_confidential": pilot.is_confidential,
            "owners": self.owners_in(program),
        }


def find_source(user: User, key: str) -> Pilot | None:
    """Return the pilot to begin with, if this person may see it."""
    visible = Pilot.objects.visible_to(user).select_related("program")
    return visible.filter(key=key.strip().upper()).first() if key.strip() else None


def taken_from(source: Pilot) -> Taken:
    """Return what another pilot gives beyond the form; two queries."""
    rows = Ownership.objects.active().principals().there().filter(pilot=source)
    owners = tuple(
        (OwnerRole(row.role), Contact(name=row.owner.name, email=row.owner.email))
        for row in rows.select_related("owner").order_by("pk")
        if row.role != OwnerRole.PRODUCTION_OWNER.value
    )
    # A range, or a threshold in place of a target, is more than a line says.
    others = Kpi.objects.in_use().filter(pilot=source, is_primary=False, target__isnull=False)
    numbers = tuple(_unmeasured(kpi) for kpi in others.filter(target_low__isnull=True).order_by("pk"))
    return Taken(source, owners, numbers)


def _target(line: KpiLine) -> str:
    target = f"{line.target.normalize():f} {line.unit}".strip() if line.target is not None else "not known"
    return f"{line.name}, target {target}"


def _unmeasured(kpi: Kpi) -> KpiLine:
    """Return the definition alone: from where a number starts is measured anew for each pilot."""
    return KpiLine(kpi.name, None, kpi.target, kpi.unit, None)


def start_from(source: Pilot, programs: Sequence[Program]) -> tuple[Start, dict[str, Any]]:
    """Return another pilot as a start, and what it puts into the fields; three queries.

    The address of its owner is shown to whoever logs pilots in its program, to nobody else.
    """
    primary = Kpi.objects.filter(pilot=source, is_primary=True).first()
    lead = (
        Ownership.objects.active()
        .principals()
        .there()
        .filter(pilot=source, role=OwnerRole.PRODUCTION_OWNER.value)
        .select_related("owner")
        .first()
    )
    tags = tuple(source.tags.order_by("name").values_list("name", flat=True))
    start = Start(
        code=source.key,
        name=source.name,
        number=_line(primary) if primary else "",
        how_built=source.how_built,
        tags=tags,
        custom=source.custom,
    )
    knows = source.program_id in {program.pk for program in programs}
    owner = _written(lead, with_address=knows)
    return start, {"name": source.name, "problem": source.problem, "owner": owner}


def _line(kpi: Kpi) -> str:
    """Return a number in one line with its start left open; nothing for one the line cannot say."""
    if kpi.target is None or kpi.target_low is not None:
        return ""
    text = f"{kpi.name} ? → {kpi.target.normalize():f} {kpi.unit}".strip()
    try:
        read = read_kpi(text)
    except UnreadableKpi:
        return ""
    return text if read and read.name == kpi.name else ""


def _written(lead: Ownership | None, *, with_address: bool) -> str:
    if lead is None or not lead.owner.is_active:
        return ""
    owner = lead.owner
    return f"{owner.name} <{owner.email}>" if owner.email and with_address else owner.name
