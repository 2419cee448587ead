"""The page of one pilot: what it is for, its number, who answers for it, what was said and done last."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kpis.models import Kpi
from pilots.access.models import Event, Source
from pilots.access.permissions import Deed, OwnerRole, may
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, Pilot, RiskTier
from pilots.models.pilot import UNDECIDED
from pilots.views.find import find_pilot
from pilots.web.custom import shown_fields
from pilots.web.decision_words import of_pilot
from pilots.web.head import ROLE_WORDS, PilotHead
from pilots.web.http import UserRequest
from pilots.web.spoken import ahead, spoken
from pilots.web.told import tell

SAID, DONE = 5, 6


@dataclass(frozen=True)
class KpiRow:
    """A KPI as the page shows it; `baseline` is empty when unknown."""

    name: str
    note: str
    baseline: str
    target: str


@dataclass(frozen=True)
class Decide:
    """When it is to be decided, whether anybody is asked to, and whether that day has passed."""

    day: str
    sentence: str
    is_asked: bool
    is_late: bool


@dataclass(frozen=True)
class Next:
    """The one most useful thing that is missing, and where to fill it in."""

    sentence: str
    verb: str
    url: str


@require_safe
def pilot_detail(request: UserRequest, key: str) -> HttpResponseBase:
    pilot, relation = find_pilot(request, key)
    head = PilotHead(pilot, relation, tab="pilots:pilot_detail", reader=request.user)
    kpis = list(pilot.kpis.order_by("-is_primary", "name", "pk"))
    # What the rules noticed stands in the panel above; the history tells it too.
    noticed = {"verb__startswith": "flag.", "source": Source.JOB.value}
    done = Event.objects.filter(pilot_id=pilot.pk).exclude(**noticed).select_related("actor")
    context = {
        "pilot": pilot,
        "head": head,
        "kpis": [kpi_row(kpi) for kpi in kpis],
        "decide": decide(pilot, head.today),
        "next": next_to_fill(head, kpis=kpis),
        "how_built": HowBuilt(pilot.how_built).label if pilot.how_built else "",
        "risk": RiskTier(pilot.risk).label if pilot.risk else "",
        "owners": [(ROLE_WORDS[OwnerRole(row.role)], row.owner.name) for row in head.ownerships],
        "tags": list(pilot.tags.order_by("name").values_list("name", flat=True)),
        "custom": shown_fields(pilot),
        "said": pilot.log.select_related("author").order_by("-written_at", "-id")[:SAID],
        "done": [tell(event) for event in done.order_by("-id")[:DONE]],
        "decisions": of_pilot(
            pilot,
            at=timezone.now(),
            reader=request.user,
            may_ask=may(Deed.ASK_DECISION, relation) and not pilot.is_ended,
            manages=may(Deed.DECIDE, relation),
        ),
    }
    return TemplateResponse(request, "pilots/pilot_detail.html", context)


def kpi_row(kpi: Kpi) -> KpiRow:
    way = f"{kpi.get_direction_display()}." if kpi.direction else ""
    note = f"{'Primary, ' if kpi.is_primary else ''}{way}" or "Which way is better is not known."
    baseline = with_unit(kpi.baseline, kpi.unit) if kpi.baseline is not None else ""
    return KpiRow(kpi.name, note[0].upper() + note[1:], baseline, with_unit(kpi.target, kpi.unit))


def with_unit(value: Decimal, unit: str) -> str:
    """Return a stored number without the zeros its column adds: 14.000000 min is 14 min."""
    whole, _, decimals = f"{value:,f}".partition(".")
    number = f"{whole}.{decimals.rstrip('0')}".removesuffix(".").replace("-", "−")
    return f"{number} {unit}".strip()


def decide(pilot: Pilot, today: date) -> Decide | None:
    """Return the decision day while the pilot is still to be decided, else None."""
    if pilot.decide_by is None or pilot.at_stage not in UNDECIDED:
        return None
    distance = ahead(pilot.decide_by, today)
    sentence = f"{distance[0].upper()}{distance[1:]}: go on, extend or stop."
    if pilot.is_on_hold:
        sentence = "It is on hold, so nobody is asked to decide."
    is_late = pilot.decide_by < today and not pilot.is_on_hold
    day = spoken(pilot.decide_by, today)
    return Decide(day=day, sentence=sentence, is_asked=pilot.is_undecided, is_late=is_late)


def next_to_fill(head: PilotHead, *, kpis: list[Kpi]) -> Next | None:
    """Return what would help most, if the reader may fill it in; nothing for a pilot that has ended."""
    pilot = head.pilot
    if pilot.is_ended:
        return None
    people = reverse("pilots:pilot_people", args=[pilot.key])
    edit = reverse("pilots:pilot_edit", args=[pilot.key])
    if head.may_assign and not head.lead:
        return Next(head.without_lead, "Name somebody", people)
    if head.may_edit and not kpis:
        number = reverse("pilots:kpi_new", args=[pilot.key])
        return Next("No number is agreed that should move.", "Agree a number", number)
    if head.may_edit and pilot.at_stage is Stage.PILOTING and pilot.decide_by is None:
        return Next("Nobody knows by when it is to be decided.", "Choose a day", edit)
    if head.may_edit and not pilot.risk:
        return Next("Its risk under the EU AI Act is not classified yet.", "Classify it", edit)
    return None
