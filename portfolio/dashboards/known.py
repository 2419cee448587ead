"""What somebody may type into the filters of a dashboard: units, vendors and tags that pilots have."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pilots.models import Pilot, PilotQuerySet, PilotTag
from pilots.web.http import UserRequest

MOST = 200  # of each; the rarer ones are typed
# How the filters of the list read what is typed.
HINTS = {
    "unit": "The whole name; capitals do not matter.",
    "vendor": "The whole name; capitals do not matter.",
    "tag": "The whole tag, with its capitals.",
}


@dataclass(frozen=True)
class Known:
    """The values of one filter in the order of the alphabet; `offered` is the id of its list."""

    name: str
    values: list[str]

    @property
    def offered(self) -> str:
        return offered(self.name)


def offered(name: str) -> str:
    """Return the id of the list that a filter offers."""
    return f"known-{name}"


@require_safe
def known(request: UserRequest) -> HttpResponse:
    """Answer what the filters may be set to; asked for when their panel opens."""
    pilots = Pilot.objects.visible_to(request.user).filter(is_confidential=False)
    return render(request, "dashboards/partials/offered.html", {"known": known_of(pilots)})


def known_of(pilots: PilotQuerySet) -> list[Known]:
    """Return the most frequent values of each filter; three queries. `pilots` start from `visible_to`."""
    tags = PilotTag.objects.filter(pilot__in=pilots.order_by().values("pk"))
    found = {
        **{name: (pilots.exclude(**{name: ""}), name) for name in ("unit", "vendor")},
        "tag": (tags, "name"),
    }
    lists = []
    for name, (rows, column) in found.items():
        counted = rows.order_by().values_list(column).annotate(n=Count("pk")).order_by("-n", column)
        values = [value for value, _ in counted[:MOST]]
        if name != "tag":
            values = _alike(values)
        lists.append(Known(name, sorted(values, key=str.casefold)))
    return lists


def _alike(values: list[str]) -> list[str]:
    """Keep each once as most write it, where the filter sees no difference between capitals."""
    kept: dict[str, str] = {}
    for value in values:
        kept.setdefault(value.casefold(), value)
    return list(kept.values())
