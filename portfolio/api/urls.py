"""Version 1 of the API: every address other systems may rely on."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from pilots.api.answers import AnswerResource
from pilots.api.custom_fields import CustomFieldResource
from pilots.api.decisions import DecisionResource
from pilots.api.flags import FlagResource
from pilots.api.history import HoldResource, LogResource, TransitionResource
from pilots.api.members import MemberResource
from pilots.api.milestones import MilestoneResource
from pilots.api.people import OwnerResource, OwnershipResource
from pilots.api.plans import PhaseResource, PlanResource
from pilots.api.programs import ProgramResource
from pilots.api.rules import RuleLimits, RuleList, RuleRead
from portfolio.api.description import Schema, docs
from portfolio.api.events import EventResource
from portfolio.api.funnel import funnel
from portfolio.api.me import Me
from portfolio.api.pilots import PilotWithKpisResource
from portfolio.exchange.api.imports import ImportResource

app_name = "api"

router = SimpleRouter()
router.register("programs", ProgramResource, "program")
router.register("members", MemberResource, "member")
router.register("custom-fields", CustomFieldResource, "custom_field")
router.register("pilots", PilotWithKpisResource, "pilot")
router.register("owners", OwnerResource, "owner")
router.register("ownerships", OwnershipResource, "ownership")
router.register("transitions", TransitionResource, "transition")
router.register("holds", HoldResource, "hold")
router.register("plans", PlanResource, "plan")
router.register("phases", PhaseResource, "phase")
router.register("milestones", MilestoneResource, "milestone")
router.register("log", LogResource, "log")
router.register("flags", FlagResource, "flag")
router.register("decisions", DecisionResource, "decision")
router.register("answers", AnswerResource, "answer")
router.register("imports", ImportResource, "import")
router.register("events", EventResource, "event")


urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", Me.as_view(), name="me"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("funnel/", funnel, name="funnel"),
    path("rules/", RuleList.as_view(), name="rule_list"),
    path("rules/<slug:rule>/", RuleRead.as_view(), name="rule"),
    path("rules/<slug:rule>/limits/", RuleLimits.as_view(), name="rule_limits"),
    *router.urls,
]
