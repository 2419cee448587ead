"""The page of one pilot: what it is for, its number, who answers for it, what was said and done last."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kpis.web.kpi_rows import kpi_list
from pilots.access.models import Event, Source
from pilots.access.permissions import Deed, may
from pilots.actions.change import require
from pilots.actions.plan import PLANNED
from pilots.lifecycle import Stage
from pilots.models import HowBuilt, Milestone, Phase, Pilot, Plan, RiskTier
from pilots.models.pilot import UNDECIDED
from pilots.views.as_of import asks_for_a_past_day, pilot_then
from pilots.views.attempt import carried_out
from pilots.views.find import find_pilot
from pilots.views.form_page import form_page
from pilots.web.custom import shown_fields
from pilots.web.decision_words import of_pilot
from pilots.web.head import PilotHead
from pilots.web.holds import ledger
from pilots.web.http import UserRequest, by_web
from pilots.web.plan import Course
from pilots.web.readiness import gate_marks, headline
from pilots.web.refusals import translating
from pilots.web.spoken import ahead, spoken
from pilots.web.told import tell
from pilots.web.told_readiness import NOTICED
from pilots.workdays import pauses_of
from portfolio.desk.next_fill import FillForm, What, deed_for, fill, next_to_fill
from portfolio.pace.chance import is_asked

SAID, DONE = 5, 6
DRAWN = frozenset({*PLANNED, Stage.LIMITED})


@dataclass(frozen=True)
class Decide:
    """When it is to be decided, whether anybody is asked to, and whether that day has passed."""

    day: str
    sentence: str
    is_asked: bool
    is_late: bool


@require_safe
def pilot_detail(request: UserRequest, key: str) -> HttpResponseBase:
    pilot, relation = find_pilot(request, key)
    if asks_for_a_past_day(request):
        return pilot_then(request, pilot)
    head = PilotHead(pilot, relation, tab="pilots:pilot_detail", reader=request.user)
    kpis = list(pilot.kpis.order_by("-is_primary", "name", "pk"))
    may_log = may(Deed.MEASURE, relation) and not pilot.is_ended
    # What Headway noticed stands in the panels above; the history tells it too.
    noticed = Q(verb__startswith="flag.", source=Source.JOB.value) | Q(verb__in=NOTICED)
    done = Event.objects.filter(pilot_id=pilot.pk).exclude(noticed).select_related("actor")
    context = {
        "pilot": pilot,
        "head": head,
        "kpis": kpi_list(pilot, kpis, today=head.today, may_log=may_log),
        "decide": decide(pilot, head.today),
        "next": next_to_fill(head, kpis=kpis),
        "gates": gate_marks(head.readiness) if shows_readiness(head) else [],
        "headline": headline(head.readiness) if shows_readiness(head) else "",
        "course": overview_plan(pilot, head.today),
        "how_built": HowBuilt(pilot.how_built).label if pilot.how_built else "",
        "risk": RiskTier(pilot.risk).label if pilot.risk else "",
        "owners": [(row.role_in_words, row.owner.name) for row in head.ownerships],
        "tags": list(pilot.tags.order_by("name").values_list("name", flat=True)),
        "custom": shown_fields(pilot),
        "said": pilot.log.select_related("author").order_by("-written_at", "-id")[:SAID],
        "done": [tell(event) for event in done.order_by("-id")[:DONE]],
        "ledger": ledger(pilot, head.today),
        "asks_chance": is_asked(pilot),  # the numbers come by themselves: they take as long as the page
        "decisions": of_pilot(
            pilot,
            at=timezone.now(),
            reader=request.user,
            may_ask=may(Deed.ASK_DECISION, relation) and not pilot.is_ended,
            manages=may(Deed.DECIDE, relation),
        ),
    }
    return TemplateResponse(request, "pilots/pilot_detail.html", context)


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


def overview_plan(pilot: Pilot, today: date) -> Course | None:
    """Return the plan it goes by as a drawing; None outside a plan. Five queries."""
    if pilot.at_stage not in DRAWN:
        return None
    plans = list(Plan.objects.filter(pilot=pilot).prefetch_related("phases").order_by("-number"))
    if not plans:
        return None
    milestones = (
        Milestone.objects.filter(pilot=pilot).select_related("owner", "phase").order_by("due_on", "pk")
    )
    first = _in_order(plans[-1]) if len(plans) > 1 else []
    return Course(
        pilot,
        plans[0],
        _in_order(plans[0]),
        pauses_of(pilot),
        today,
        milestones=list(milestones),
        baseline=first,
    )


def _in_order(plan: Plan) -> list[Phase]:
    return sorted(plan.phases.all(), key=lambda phase: phase.number)


def shows_readiness(head: PilotHead) -> bool:
    """Whether its gates matter by now: before it is proven they are silent."""
    return not head.pilot.is_ended and head.pilot.has_reached(Stage.PROVEN)


@require_http_methods(["GET", "POST"])
@translating
def pilot_fill(request: UserRequest, key: str) -> HttpResponseBase:
    """Save the one field the pilot's page asks for; a refusal comes back beside it."""
    pilot, relation = find_pilot(request, key)
    require(Deed.EDIT, relation)
    asked = request.POST.get("what") or request.GET.get("what", "")
    if asked not in set(What):
        return redirect(pilot)
    what = What(asked)
    require(deed_for(what), relation)
    form = FillForm(what, pilot, request.POST if request.method == "POST" else None)
    full_form = reverse("pilots:pilot_edit", args=[pilot.key])
    ways_out = {"scope": ("Change it where the reason is asked for", full_form)}
    if form.is_valid() and carried_out(
        form, lambda: fill(form, pilot, by=by_web(request)), ways_out=ways_out
    ):
        messages.success(request, f"{form.fields['value'].label} is saved.")
        return redirect(pilot)
    return form_page(request, "pilots/pilot_fill.html", pilot, form)
