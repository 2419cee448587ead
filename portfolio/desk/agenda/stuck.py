"""What has come to a stand: newly stalled pilots, and those for which nobody is accountable."""

from datetime import timedelta

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from pilots.models import Pilot
from pilots.models.flag import SEVERITY_RANK
from pilots.web.flag_words import by_pilot, worst_first
from pilots.web.pilot_order import STAGE_PLACE
from pilots.web.spoken import ago, spoken
from pilots.web.stalls import newly_stalled, stalling
from pilots.web.waiting import Waiting
from portfolio.desk.agenda.context import Reading
from portfolio.desk.agenda.shapes import AT_MOST, Chapter, Line

NEWS = timedelta(days=7)
NEWLY_STALLED = f"Newly stalled in the last {NEWS.days} days"


def newly(reading: Reading) -> Chapter:
    """Pilots that passed a limit lately, worst, then longest. When somebody was here last is not kept."""
    after = reading.today - NEWS
    pilots = newly_stalled(reading.scope.pilots, after, at=reading.now)
    news = stalling(reading.now)
    worst = news.filter(pilot=OuterRef("pk")).annotate(rank=SEVERITY_RANK).order_by("-rank", "pk")
    ranked = pilots.annotate(rank=Subquery(worst.values("rank")[:1]))
    shown = list(ranked.select_related("program").order_by("-rank", "health_since", "pk")[:AT_MOST])
    flags = by_pilot(news.filter(pilot__in=[pilot.pk for pilot in shown]).order_by("pk"))
    lines = []
    for pilot, today in reading.with_today(shown):
        flag = worst_first(flags[pilot.pk])[0]
        began = pilot.health_since or flag.counted_from
        since = ago(began, today) if (today - began).days in {0, 1} else spoken(began, today)
        lines.append(
            Line(
                pilot.name,
                pilot.key,
                pilot.get_absolute_url(),
                flag.fact(today),
                "See why",
                pilot.get_absolute_url(),
                health="stalled",
                when=f"since {since}",
            )
        )
    url = reading.stalled_url(new_since=after.isoformat())
    return Chapter(NEWLY_STALLED, pilots.count(), lines, url, is_asked=False)


def unled(reading: Reading) -> Chapter:
    pilots = reading.waiting(Waiting.OWNER)
    shown: list[Pilot] = list(
        pilots.select_related("program").order_by(STAGE_PLACE.desc(), "stage_since", "pk")[:AT_MOST]
    )
    lines = [
        Line(
            pilot.name,
            pilot.key,
            pilot.get_absolute_url(),
            f"{reading.stage(pilot)} No production owner is named.",
            "Name an owner",
            reverse("pilots:pilot_people", args=[pilot.key]),
            icon="person",
        )
        for pilot in shown
    ]
    url = reading.list_url(waits=Waiting.OWNER.value, ordering="-stage")
    return Chapter("Nobody is accountable", pilots.count(), lines, url)
