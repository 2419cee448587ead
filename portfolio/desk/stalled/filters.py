"""The filters of the list of what is stuck, all in its address; a wrong one is said, never widened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from pilots.access.models import User
from pilots.calendar import Day
from pilots.health import Health
from pilots.models import Flag, Owner, Ownership, Pilot, PilotQuerySet
from pilots.models.flag import KIND_CHOICES, SEVERITY_CHOICES, FlagQuerySet
from pilots.rules import RULES
from pilots.rules.registry import Pattern
from pilots.web.filter_fields import CodeFilter, DayFilter, IdFilter, SlugFilter, YesNoFilter, choices_of
from pilots.web.flag_wish import ME, NOBODY, RESTS, AssigneeFilter, FlagWish
from pilots.web.pilot_filters import programs_in_reach
from pilots.web.stalls import asleep, newly_stalled

STALLED, AT_RISK, SNOOZED, NOT_KNOWN = "stalled", "at_risk", "snoozed", "not_known"
FLAGGED = "flagged"
SHOWS = [
    (STALLED, "Stalled or blocked"),
    (AT_RISK, "At risk"),
    (SNOOZED, "Snoozed or disputed"),
    (NOT_KNOWN, "Not known"),
    (FLAGGED, "Any flag"),  # overlaps with the others; among the states only where it is asked for
]
BY_FLAG = (SNOOZED, FLAGGED)  # listed for a flag, whatever the health
IN_HEALTH: dict[str, tuple[Health, ...]] = {
    STALLED: (Health.STALLED, Health.BLOCKED),
    AT_RISK: (Health.AT_RISK,),
    NOT_KNOWN: (Health.NOT_KNOWN,),
}
_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")


class _WeekField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        parts = _WEEK.fullmatch(text)
        try:
            return Week.of(int(parts[1]), int(parts[2])) if parts else _refuse()
        except ValueError as error:
            raise forms.ValidationError("This is not a week. Write it like 2026-W47.", code="week") from error


def _refuse() -> "Week":
    raise ValueError("This is no week.")


@dataclass(frozen=True)
class Week:
    """The week of a digest that a link names."""

    number: int
    monday: date

    @classmethod
    def of(cls, year: int, number: int) -> "Week":
        return cls(number, date.fromisocalendar(year, number, 1))

    @property
    def said(self) -> str:
        """Return “week 47, Mon 16 to Sun 22 Nov 2026”."""
        sunday = self.monday + timedelta(days=6)
        first = f"{self.monday:%a} {self.monday.day}"
        if self.monday.month != sunday.month:
            first += f" {self.monday:%b}"
        return f"week {self.number}, {first} to {Day(sunday)}"


@extend_schema_field(OpenApiTypes.STR)
class WeekFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """An ISO week, 2026-W47."""

    field_class = _WeekField


class StalledFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    """Narrows the pilots a reader sees; which of them are shown (`show`) is applied by the page."""

    show = CodeFilter(label="Show", choices=SHOWS, method="kept")
    program = SlugFilter(
        label="Program", visible=programs_in_reach, noun="program", to_field_name="slug", method="kept"
    )
    pattern = CodeFilter(label="Pattern", choices=choices_of(Pattern), method="in_pattern")
    owner = IdFilter(label="Owner", method="owned_by")
    mine = YesNoFilter(label="Mine", method="owned_by_me", yes="Mine", no="Not mine", nothing="Anybody’s")
    rule = CodeFilter(label="Rule", choices=[(rule.key, rule.title) for rule in RULES], method="kept")
    severity = CodeFilter(label="Severity", choices=SEVERITY_CHOICES, method="kept")
    kind = CodeFilter(label="Class", choices=KIND_CHOICES, method="kept")
    assignee = AssigneeFilter(label="Seen to by", method="kept")
    rest = CodeFilter(label="Resting", choices=RESTS, method="kept")
    starting = YesNoFilter(label="Starting position", method="from_start")
    new_since = DayFilter(label="Newly stalled since", method="new_from")
    week = WeekFilter(label="Digest of", method="kept")

    class Meta:
        model = Pilot
        fields: list[str] = []

    def kept(self, pilots: PilotQuerySet, name: str, value: object) -> PilotQuerySet:
        return pilots

    @property
    def qs(self) -> PilotQuerySet:
        """The pilots of the state that is shown, narrowed by everything else. The form must be valid."""
        found: PilotQuerySet = super().qs
        show = self.form.cleaned_data.get("show") or STALLED
        if not self.wish.is_any or show in BY_FLAG:
            found = found.filter(Exists(self.wish.narrow(self._flags)))
        return found if show in BY_FLAG else found.in_health(*IN_HEALTH[show])

    @property
    def wish(self) -> FlagWish:
        """What is asked of the flags themselves. The form must be valid."""
        read = self.form.cleaned_data
        return FlagWish(
            reader=self.request.user,
            at=timezone.now(),
            rule=RULES.get(read["rule"]) if read.get("rule") else None,
            severity=read.get("severity") or "",
            kind=read.get("kind") or "",
            assignee=read.get("assignee"),
            rest=read.get("rest") or "",
        )

    @property
    def _flags(self) -> FlagQuerySet:
        """The open flags of one pilot that count, or those that are asleep if these are shown."""
        now = timezone.now()
        if self.form.cleaned_data.get("show") == SNOOZED:
            return asleep(now).filter(pilot=OuterRef("pk"))
        return Flag.objects.counting(now).filter(pilot=OuterRef("pk"))

    def in_pattern(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        if self.form.cleaned_data.get("show") in BY_FLAG:
            return pilots.filter(Exists(self._flags.filter(pattern=value)))
        return pilots.filter(pattern=value)

    def owned_by(self, pilots: PilotQuerySet, name: str, value: int) -> PilotQuerySet:
        named = Ownership.objects.active().principals().filter(pilot=OuterRef("pk"), owner_id=value)
        return pilots.filter(Exists(named))

    def owned_by_me(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        mine = pilots.owned_by(self.request.user)
        return mine if value else pilots.exclude(pk__in=mine.values("pk"))

    def from_start(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        from_start = Exists(self._flags.filter(is_starting=True))
        return pilots.filter(from_start if value else ~from_start)

    def new_from(self, pilots: PilotQuerySet, name: str, value: date) -> PilotQuerySet:
        return newly_stalled(pilots, value, at=timezone.now())


def chip_words(name: str, value: Any, *, people: Mapping[int, str]) -> tuple[str, str]:
    """Return how the sentence of a filter's chip begins, and how it ends."""
    match name:
        case "pattern":
            return "Pattern is", Pattern(value).label
        case "owner":
            return "Owner is", people.get(value, "somebody you cannot see")
        case "mine":
            return "Is", "mine" if value else "not mine"
        case "rule":
            rule = RULES.get(value)
            return "Rule is", rule.title if rule else str(value)
        case "severity" | "kind" | "rest":
            label, choices = PLAIN[name]
            return label, dict(choices)[value].lower()
        case "assignee":
            words = {ME: "you", NOBODY: "nobody"}
            return "Seen to by", words.get(value) or people.get(value, "somebody you cannot see")
        case "starting":
            return "Is", "starting position" if value else "not starting position"
        case "new_since":
            return "Newly stalled after", str(Day(value))
        case _:
            return "Program is", str(value)


PLAIN = {
    "severity": ("Severity is", SEVERITY_CHOICES),
    "kind": ("Class is", KIND_CHOICES),
    "rest": ("Is", RESTS),
}


def name_of(name: str, value: Any, reader: User) -> dict[int, str]:
    """Return the name of the owner or assignee asked for, as far as the reader sees anything of theirs."""
    if not isinstance(value, int) or isinstance(value, bool):
        return {}
    if name == "owner":
        found: Any = Owner.objects.visible_to(reader).filter(pk=value).first()
        return {value: found.name} if found else {}
    if name == "assignee":
        flags = Flag.objects.visible_to(reader).open().filter(assignee=value).select_related("assignee")
        flag = flags.first()
        return {value: str(flag.assignee)} if flag else {}
    return {}
