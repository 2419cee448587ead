"""The filters of every list and chart of pilots: pages and API read the same addresses."""

from datetime import date, datetime
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from pilots.access.models import Program
from pilots.access.roles import OwnerRole
from pilots.conditions import CONDITIONS
from pilots.design import Regime, ServingPattern
from pilots.lifecycle import Stage
from pilots.models import CustomField, Flag, Health, Ownership, Pilot, PilotQuerySet, PilotTag, RiskTier
from pilots.models import Waiting as Wait
from pilots.models.cohort import reached_then
from pilots.models.pilot import ENDED, UNDECIDED
from pilots.replay import answering
from pilots.rules import RULES
from pilots.rules.registry import Pattern
from pilots.web.cohort_filters import CohortFilterSet
from pilots.web.field_filters import PREFIX, field_filters, fields_in_reach
from pilots.web.filter_fields import (
    CodeFilter,
    DayFilter,
    IdFilter,
    MomentFilter,
    SlugFilter,
    YesNoFilter,
    choices_of,
)
from pilots.web.stalls import with_flag
from pilots.web.waiting import Waiting, program_days, waiting

STATES = [("active", "Active"), ("ended", "Stopped or retired")]
SEARCHED = ("key", "name", "problem", "unit", "vendor")


def programs_in_reach(request: Any) -> QuerySet[Program]:
    """Return the programs that may be named in a filter; none for nobody, as when a schema is drawn."""
    if request is None or not request.user.is_authenticated:
        return Program.objects.none()
    return Program.objects.visible_to(request.user).order_by("name")


def pilots_in_reach(request: Any) -> PilotQuerySet:
    """Return the pilots that may be named in a filter, by the same rule."""
    if request is None or not request.user.is_authenticated:
        return Pilot.objects.none()
    return Pilot.objects.visible_to(request.user)


def search_pilots(pilots: PilotQuerySet, text: str) -> PilotQuerySet:
    """Keep those in which every word occurs: key, name, problem, unit, vendor, a present owner’s name."""
    owned = Ownership.objects.active().there().filter(pilot=OuterRef("pk"))
    for word in text.split():
        found = Q(Exists(owned.filter(owner__name__icontains=word)))
        for column in SEARCHED:
            found |= Q(**{f"{column}__icontains": word})
        pilots = pilots.filter(found)
    return pilots


class PilotFilterSet(CohortFilterSet):
    """Narrows a queryset that starts from `visible_to`; bind it to the query of the address.

    Pages show `.form` and, while it has errors, say so beside the field; the API answers 400.
    """

    search = django_filters.CharFilter(
        label="Search",
        method="find_words",
        max_length=200,
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "Key, name, problem, unit, vendor, owner"}
        ),
    )
    program = SlugFilter(
        label="Program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
        empty_label="Any program",
    )
    stage = CodeFilter(label="Stage", choices=choices_of(Stage), empty_label="Any stage", method="in_stage")
    reached = CodeFilter(
        label="Has reached", choices=choices_of(Stage), empty_label="Any stage", method="has_reached"
    )
    state = CodeFilter(label="Active or ended", choices=STATES, empty_label="Any", method="in_state")
    on_hold = YesNoFilter(label="On hold", method="is_held")
    unit = django_filters.CharFilter(label="Unit", lookup_expr="iexact", max_length=200)
    vendor = django_filters.CharFilter(label="Vendor", lookup_expr="iexact", max_length=200)
    risk = CodeFilter(label="Risk tier", choices=choices_of(RiskTier), empty_label="Any risk tier")
    tag = django_filters.CharFilter(label="Tag", method="with_tag", max_length=60)
    owner = IdFilter(label="Owner", method="owned_by")
    mine = YesNoFilter(label="Mine", method="owned_by_me", yes="Mine", no="Not mine", nothing="Anybody’s")
    waits = CodeFilter(
        label="Waits for my", choices=choices_of(Waiting), empty_label="Anything", method="waits_for_me"
    )
    waiting = CodeFilter(
        label="Waits for",
        choices=choices_of(OwnerRole),
        empty_label="Anybody or nobody",
        method="waits_for_role",
    )
    serving_pattern = CodeFilter(
        label="How it answers", choices=choices_of(ServingPattern), empty_label="Any"
    )
    regime = CodeFilter(label="Personal data", choices=choices_of(Regime), empty_label="Any law or none")
    decide_by_before = DayFilter(label="Decide by, before", method="decides_before")
    undecided = YesNoFilter(label="Decision open", method="awaits_decision")
    production_owner = YesNoFilter(
        label="Owner", method="has_lead", yes="Named", no="Nobody", nothing="Anybody"
    )
    silent_since = DayFilter(label="Nothing heard since", field_name="silence_clock_on", lookup_expr="lt")
    health = CodeFilter(
        label="Health", choices=choices_of(Health), empty_label="Any health", method="in_health"
    )
    pattern = CodeFilter(label="Failure pattern", choices=choices_of(Pattern), empty_label="Any pattern")
    rule = CodeFilter(
        label="Flagged by the rule",
        choices=[(rule.key, rule.title) for rule in RULES],
        empty_label="Any rule or none",
        method="flagged_by_rule",
    )
    flagged = YesNoFilter(label="Flagged now", method="has_flag")
    shared = YesNoFilter(label="Flag told once for its program", method="has_shared_flag")
    deployed = YesNoFilter(label="Only deployed: a part of the loop is missing", method="only_deployed")
    updated_since = MomentFilter(label="Changed since", method="updated_from")

    # Whether the fields of the one program that is named are asked for in a form too.
    offers_fields = False
    # The API too takes what begins like this for a filter; `field_filters` says which field there is not.
    prefix_of_fields = PREFIX

    class Meta:
        model = Pilot
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = field_filters(self.data, self.known_fields, offered=self.offered_fields)
        for each in found.values():
            each.parent, each.model = self, Pilot
        self.filters |= found

    @cached_property
    def known_fields(self) -> list[CustomField]:
        """The custom fields an address may name here; read only where it names one, or a form offers them."""
        if not self.offers_fields and not any(name.startswith(PREFIX) for name in self.data):
            return []
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        return fields_in_reach(user, self.data.get("program", ""))

    @property
    def offered_fields(self) -> list[CustomField]:
        if not self.offers_fields or not self.data.get("program"):
            return []
        return [field for field in self.known_fields if field.is_active]

    def find_words(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return search_pilots(pilots, value)

    def in_stage(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(**{"stage_then" if self.replayed else "stage": value})

    def is_held(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        return (
            pilots.filter(Q(held_then=value))
            if self.replayed
            else pilots.filter(held_since__isnull=not value)
        )

    def has_reached(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        """Of a cohort it counts by the cohort's day, together with the rest."""
        if self.replayed:
            return reached_then(pilots, Stage(value))
        return pilots if self.names_cohort else pilots.that_reached(Stage(value))

    def in_state(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        if self.replayed:
            ended = Q(stage_then__in=ENDED)
            return pilots.filter(~ended if value == "active" else ended)
        return pilots.active() if value == "active" else pilots.ended()

    def with_tag(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.filter(Exists(PilotTag.objects.filter(pilot=OuterRef("pk"), name=value)))

    def owned_by(self, pilots: PilotQuerySet, name: str, value: int) -> PilotQuerySet:
        answering_then = answering(self.replayed).principals()
        return pilots.filter(Exists(answering_then.filter(pilot=OuterRef("pk"), owner_id=value)))

    def owned_by_me(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        mine = pilots.owned_by(self.request.user)
        return mine if value else pilots.exclude(pk__in=mine.values("pk"))

    def waits_for_me(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        days = program_days(timezone.now())
        return waiting(pilots, Waiting(value), reader=self.request.user, days=days)

    def waits_for_role(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        """Whatever of it waits for somebody in this role: a requirement of a gate or of a phase."""
        return pilots.filter(Exists(Wait.objects.open().filter(pilot=OuterRef("pk"), on_role=value)))

    def decides_before(self, pilots: PilotQuerySet, name: str, value: date) -> PilotQuerySet:
        """Where it is decided, the day stays written down and is asked no more."""
        return pilots.filter(stage__in=[stage.value for stage in UNDECIDED], decide_by__lt=value)

    def awaits_decision(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        return pilots.undecided() if value else pilots.exclude(pk__in=pilots.undecided().values("pk"))

    def has_lead(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        leads = (
            answering(self.replayed)
            .principals()
            .there()
            .filter(pilot=OuterRef("pk"), role=OwnerRole.PRODUCTION_OWNER.value)
        )
        return pilots.filter(Exists(leads) if value else ~Exists(leads))

    def in_health(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        return pilots.in_health(Health(value))

    def flagged_by_rule(self, pilots: PilotQuerySet, name: str, value: str) -> PilotQuerySet:
        rule, is_shared = RULES.get(value), self.form.cleaned_data.get("shared")
        return with_flag(pilots, rule, is_shared=is_shared) if rule else pilots.none()

    def has_flag(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        """A flag that is snoozed, disputed or told once for its program bears on nothing."""
        flags = Flag.objects.counting(timezone.now()).filter(pilot=OuterRef("pk"))
        return pilots.filter(Exists(flags) if value else ~Exists(flags))

    def has_shared_flag(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        """Beside a rule it says which flags of that rule are meant; `flagged_by_rule` reads it."""
        if self.form.cleaned_data.get("rule"):
            return pilots
        flags = Flag.objects.open().filter(pilot=OuterRef("pk"), is_widespread=True)
        return pilots.filter(Exists(flags) if value else ~Exists(flags))

    def only_deployed(self, pilots: PilotQuerySet, name: str, value: bool) -> PilotQuerySet:  # noqa: FBT001 -- django-filter calls it so
        condition = CONDITIONS.of("deployed")
        return pilots.filter(condition if value else ~condition)

    def updated_from(self, pilots: PilotQuerySet, name: str, value: datetime) -> PilotQuerySet:
        return pilots.filter(updated_at__gte=value)
