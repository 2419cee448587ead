"""The least a Django site does for a list and a page: a session, one or two queries, a short template.

`measure` modules ask for these addresses in turn with Headway's own. The list shows 50 pilots and the page
one pilot with its last 50 log entries, both as rows of a table, for somebody who is signed in.
"""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template import Context, Engine
from django.urls import path

from pilots.models import LogEntry, Pilot

ROWS = 50
# What `startproject` puts into a new site.
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
_LIST = Engine().from_string(
    "<!doctype html><title>Pilots</title><p>{{ user }}</p><table>{% for pilot in pilots %}<tr><td>"
    '<a href="/plain/{{ pilot.pk }}/">{{ pilot.key }}</a><td>{{ pilot.name }}<td>{{ pilot.stage }}'
    "<td>{{ pilot.program }}<td>{{ pilot.vendor }}<td>{{ pilot.stage_since }}</tr>{% endfor %}</table>"
)
_PAGE = Engine().from_string(
    "<!doctype html><title>{{ pilot.name }}</title><p>{{ user }}</p><h1>{{ pilot.name }}</h1>"
    "<p>{{ pilot.problem }}</p><p>{{ pilot.stage }} since {{ pilot.stage_since }}</p>"
    "<ul>{% for entry in log %}<li>{{ entry.written_at }} {{ entry.author }} {{ entry.text }}"
    "{% endfor %}</ul>"
)


@login_required
def plain_list(request: HttpRequest) -> HttpResponse:
    pilots = Pilot.objects.select_related("program").order_by("-created_at", "-pk")[:ROWS]
    return HttpResponse(_LIST.render(Context({"user": request.user, "pilots": pilots})))


@login_required
def plain_page(request: HttpRequest, pk: int) -> HttpResponse:
    pilot = get_object_or_404(Pilot.objects.select_related("program"), pk=pk)
    log = LogEntry.objects.filter(pilot=pilot).select_related("author").order_by("-written_at", "-pk")[:ROWS]
    return HttpResponse(_PAGE.render(Context({"user": request.user, "pilot": pilot, "log": log})))


urlpatterns = [path("plain/", plain_list), path("plain/<int:pk>/", plain_page)]
