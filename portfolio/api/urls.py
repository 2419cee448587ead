"""Version 1 of the API: every address other systems may rely on."""

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from pilots.api.history import HoldResource, LogResource, TransitionResource
from pilots.api.members import MemberResource
from pilots.api.people import OwnerResource, OwnershipResource
from pilots.api.programs import ProgramResource
from portfolio.api.description import Schema, docs
from portfolio.api.events import EventResource
from portfolio.api.funnel import funnel
from portfolio.api.me import Me
from portfolio.api.pilots import PilotWithKpisResource

app_name = "api"

router = SimpleRouter()
router.register("programs", ProgramResource, "program")
router.register("members", MemberResource, "member")
router.register("pilots", PilotWithKpisResource, "pilot")
router.register("owners", OwnerResource, "owner")
router.register("ownerships", OwnershipResource, "ownership")
router.register("transitions", TransitionResource, "transition")
router.register("holds", HoldResource, "hold")
router.register("log", LogResource, "log")
router.register("events", EventResource, "event")


urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", Me.as_view(), name="me"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    path("funnel/", funnel, name="funnel"),
    *router.urls,
]
