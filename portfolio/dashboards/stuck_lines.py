"""The patterns behind stuck pilots as the page lists them, each with the address of exactly these pilots."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from pilots.health import Health
from pilots.models import Pilot
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.spoken import number_word
from portfolio.dashboards import words
from portfolio.dashboards.filters import FunnelFilterSet
from portfolio.dashboards.stuck import Stuck

# Those blocked by a word alone: no flag of theirs counts.
_BLOCKED = {"state": "active", "health": Health.BLOCKED.value, "flagged": "false"}


@dataclass(frozen=True)
class StuckLine:
    """One pattern behind stuck pilots; url "" where no list can be narrowed to them."""

    label: str
    count: int
    says: str
    url: str


@dataclass(frozen=True)
class StuckOf:
    """“Ten of 41 active pilots, by the pattern behind their worst flag.”; `number` is the 41."""

    before: str
    number: str
    after: str
    url: str


def stuck_lines(stuck: Stuck, filters: FunnelFilterSet, described: Mapping[str, str]) -> list[StuckLine]:
    """Return a line for each pattern. `described`: what narrows the funnel by what pilots are, as texts."""
    found = []
    for row in stuck.rows:
        url = row.url(described) if row.pattern else _exactly(row.count, filters, {**described, **_BLOCKED})
        note = f"{row.note[:1].upper()}{row.note[1:].rstrip('.')}."
        found.append(StuckLine(row.label, row.count, f"{note} {row.where}.", url))
    return found


def stuck_of(stuck: Stuck, filters: FunnelFilterSet, described: Mapping[str, str]) -> StuckOf:
    """Return of how many active pilots these are."""
    told = words.stuck_of(stuck.count, stuck.active, stuck.not_known)
    word = number_word(stuck.active) if stuck.active else ""
    before, found, after = told.partition(f"{word} active pilot")
    if not word or not found:
        return StuckOf(told, "", "", "")
    url = _exactly(stuck.active, filters, {**described, "state": "active"})
    return StuckOf(before, word, f" active pilot{after}", url)


def _exactly(count: int, filters: FunnelFilterSet, asked: Mapping[str, str]) -> str:
    """Return the list with these filters; “” where it also shows pilots that are in no total."""
    query = urlencode(asked)
    pilots = Pilot.objects.visible_to(filters.request.user)
    listed = PilotFilterSet(QueryDict(query), pilots, request=filters.request)
    if not listed.is_valid() or listed.qs.count() != count:
        return ""
    return f"{reverse('pilots:pilot_list')}?{query}"
