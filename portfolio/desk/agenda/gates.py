"""What waits for the reader's seat: gates that lack only their approval, requirements that wait for them."""

from datetime import date

from django.db.models import Exists, OuterRef
from django.urls import reverse

from pilots.access.permissions import OwnerRole
from pilots.gates import GateStanding
from pilots.models import Approving, GateSetting, Ownership, Pilot, PlaybookEntry
from pilots.models.readiness import Waiting
from pilots.playbook import PLAYBOOK
from pilots.readiness import readiness_of
from pilots.web.spoken import days, spoken
from portfolio.desk.agenda.context import Reading
from portfolio.desk.agenda.shapes import AT_MOST, Line

Dated = tuple[date | None, Line]


def waits(reading: Reading) -> tuple[int, list[Dated]]:
    """Return how many requirements wait for the reader's role, and the longest; three queries at most."""
    mine = Ownership.objects.accepted_by(reading.reader).filter(
        pilot=OuterRef("pilot"), role=OuterRef("on_role")
    )
    asked = Waiting.objects.open().filter(Exists(mine), pilot__in=reading.scope.pilots.active())
    count = asked.count()
    if not count:
        return 0, []
    rows = list(asked.select_related("pilot__program").order_by("since", "pk")[:AT_MOST])
    own = PlaybookEntry.objects.filter(program__in={row.pilot.program_id for row in rows})
    titles = {(entry.program_id, entry.code): entry.title for entry in own.order_by("pk") if entry.title}
    return count, [(None, _wait(reading, row, titles)) for row in rows]


def _wait(reading: Reading, row: Waiting, titles: dict[tuple[int, str], str]) -> Line:
    pilot, today = row.pilot, row.pilot.program.today(reading.now)
    known = PLAYBOOK.get(row.requirement)
    title = titles.get((pilot.program_id, row.requirement)) or (known.title if known else row.requirement)
    role = OwnerRole(row.on_role).label
    waited = (today - row.since).days
    return Line(
        name=pilot.name,
        key=pilot.key,
        href=f"{reverse('pilots:pilot_readiness', args=[pilot.key])}#{row.requirement}",
        title=title,
        icon="hourglass",
        why=row.note or f"It waits for you as {role}.",
        action="Settle",
        url=f"{reverse('pilots:pilot_readiness', args=[pilot.key])}#{row.requirement}",
        when=f"since {spoken(row.since, today)}{f', {days(waited)}' if waited > 0 else ''}",
    )


def approvals(reading: Reading) -> tuple[int, list[Dated]]:
    """Return the gates that lack nothing but the reader's approval; none where no program asks for any.

    One query where nothing is asked, fourteen at most, however many pilots there are.
    """
    asking = GateSetting.objects.exclude(approving=Approving.NOBODY.value).filter(
        program=OuterRef("pilot__program")
    )
    held = Ownership.objects.accepted_by(reading.reader).filter(
        Exists(asking), pilot__in=reading.scope.pilots.active()
    )
    roles: dict[int, set[OwnerRole]] = {}
    for pilot_id, role in held.values_list("pilot_id", "role"):
        roles.setdefault(pilot_id, set()).add(OwnerRole(role))
    if not roles:
        return 0, []
    pilots = list(Pilot.objects.filter(pk__in=roles).select_related("program").order_by("pk"))
    readiness = readiness_of(pilots, at=reading.now)
    found = [
        _approval(pilot, gate)
        for pilot in pilots
        for gate in readiness[pilot.pk].gates.values()
        if gate.is_settled_but_for_approval
        and set(gate.lacking) & roles[pilot.pk]
        and reading.reader.pk not in gate.brought_by
    ]
    return len(found), [(None, line) for line in found[:AT_MOST]]


def _approval(pilot: Pilot, gate: GateStanding) -> Line:
    address = reverse("pilots:gate_approve", args=[pilot.key, gate.gate.value])
    others = "You are the only one who is asked." if len(gate.lacking) == 1 else "Others are asked as well."
    return Line(
        name=pilot.name,
        key=pilot.key,
        href=address,
        title=f"{gate.gate.value} {gate.gate.label}",
        icon="check",
        why=f"All it asks for is there. {others}",
        action="Review",
        url=address,
        when="",
    )
