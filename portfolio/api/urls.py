"""Version 1 of the API: every address other systems may rely on."""

from importlib.util import find_spec

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt
from rest_framework.routers import SimpleRouter

from pilots.api.history import HoldResource, LogResource, TransitionResource
from pilots.api.people import OwnerResource, OwnershipResource
from pilots.api.programs import ProgramResource
from pilots.web.problems import plain_problem
from portfolio.api.description import Schema, docs
from portfolio.api.errors import nothing_at
from portfolio.api.events import EventResource
from portfolio.api.me import Me
from portfolio.api.pilots import PilotWithKpisResource

app_name = "api"

router = SimpleRouter()
router.register("programs", ProgramResource, "program")
router.register("pilots", PilotWithKpisResource, "pilot")
router.register("owners", OwnerResource, "owner")
router.register("ownerships", OwnershipResource, "ownership")
router.register("transitions", TransitionResource, "transition")
router.register("holds", HoldResource, "hold")
router.register("log", LogResource, "log")
router.register("events", EventResource, "event")


@csrf_exempt
@login_not_required
def unknown(request: HttpRequest) -> HttpResponse:
    """Answer 404 here, so that no address without a slash is redirected and loses its body."""
    return plain_problem(404, nothing_at(request.path))


urlpatterns: list[URLPattern | URLResolver] = [
    path("me/", Me.as_view(), name="me"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", docs, name="docs"),
    *router.urls,
]
if find_spec("portfolio.api.funnel"):
    urlpatterns.append(path("funnel/", import_string("portfolio.api.funnel.funnel"), name="funnel"))
urlpatterns.append(re_path(r"^.*$", unknown, name="unknown"))
