"""What the page about one's own digest shows."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from pilots.access.models import User
from pilots.calendar import Day
from pilots.web.spoken import ahead, spoken
from pilots.web.unjudged import unjudged
from portfolio.desk.freshness import freshness
from portfolio.digests.compose import compose
from portfolio.digests.due import is_paused
from portfolio.digests.models import DigestSetting, DigestWeek, WeekNote, setting_of
from portfolio.digests.parts import Digest
from portfolio.digests.scope import DigestPilots
from portfolio.digests.text import as_text
from portfolio.digests.week import (
    MOST_TOLD,
    knows_zone,
    local,
    moment_in,
    monday_of,
    next_moment,
    number_of,
    week_at,
    week_key,
)


@dataclass(frozen=True)
class DigestPage:
    """One person's digest as it would be now, when the next one comes, and the weeks it was missed."""

    person: User
    at: datetime

    @cached_property
    def setting(self) -> DigestSetting:
        setting = setting_of(self.person)
        setting.user = self.person
        return setting

    @cached_property
    def digest(self) -> Digest:
        return compose(self.person, self.at)

    @cached_property
    def unjudged(self) -> str:
        """Say of how many of its pilots nobody knows yet how they are; nothing where all are judged."""
        counted = DigestPilots(self.person, self.setting).counted
        found = unjudged(counted, at=self.at, looked_at=freshness(self.at).at)
        return found.said(local(self.at, self.person.zone).date())

    @property
    def text(self) -> str:
        return as_text(self.digest)

    @cached_property
    def _weeks(self) -> list[DigestWeek]:
        return list(DigestWeek.objects.filter(user=self.person).order_by("-week")[: MOST_TOLD * 2])

    @property
    def knows_zone(self) -> bool:
        return knows_zone(self.person.zone)

    @property
    def is_paused(self) -> bool:
        return is_paused(self.setting, local(self.at, self.person.zone).date())

    @property
    def coming(self) -> str:
        """Return when the next digest comes, in words."""
        if self.person.is_sample:
            return "A sample log-in receives no mail."
        if not self.setting.is_on:
            return "It is switched off."
        moment, today = self._next(), local(self.at, self.person.zone).date()
        day = local(moment, self.person.zone)
        if moment <= self.at:
            return "The next one is due now; it comes within minutes, if there is anything to say."
        when = f"{spoken(Day(day.date()), today)} at {day:%H:%M}, {ahead(day.date(), today)}"
        pause = "It is paused. " if self.is_paused else ""
        return f"{pause}The next one comes {when}, if there is anything to say."

    @property
    def if_now(self) -> str:
        """Return what week the preview is for, while the next digest is still to come; else nothing."""
        if self.person.is_sample or not self.setting.is_on:
            return ""
        moment, zone = self._next(), self.person.zone
        if moment <= self.at:
            return ""
        today, day = local(self.at, zone).date(), local(moment, zone)
        this, coming = number_of(self.digest.week), number_of(week_key(day.date()))
        of_week = "" if coming == this else f", for week {coming}"
        return (
            f"If it went out now, for week {this}; the next comes "
            f"{spoken(Day(day.date()), today)}, {day:%H:%M}{of_week}."
        )

    def _next(self) -> datetime:
        rhythm = self.setting.rhythm
        settled = next((row.week for row in self._weeks if row.note != WeekNote.OFF.value), None)
        moment = next_moment(self.at, rhythm, last=settled)
        paused = self.setting.paused_until
        if paused is None or local(moment, rhythm.zone).date() >= paused:
            return moment
        start = datetime.combine(paused, datetime.min.time(), local(self.at, rhythm.zone).tzinfo)
        return max(start, moment_in(week_at(start, rhythm), rhythm))

    @property
    def missed(self) -> list[str]:
        """Return the weeks nothing ran in, newest first, as “week 47, from Mon 16 Nov”."""
        today = local(self.at, self.person.zone).date()
        return [
            f"week {number_of(row.week)}, from {spoken(monday_of(row.week), today)}"
            for row in self._weeks
            if row.note == WeekNote.MISSED.value
        ][:MOST_TOLD]
