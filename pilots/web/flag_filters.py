"""The filters of every list of flags."""

from typing import Any

import django_filters
from django.db.models import Q
from django.utils import timezone

from pilots.models.flag import KIND_CHOICES, PATTERN_CHOICES, SEVERITY_CHOICES, FlagQuerySet
from pilots.rules import RULES
from pilots.web.filter_fields import CodeFilter, MomentFilter, SlugFilter, YesNoFilter
from pilots.web.flag_wish import Assignee, AssigneeFilter, assigned
from pilots.web.pilot_filters import pilots_in_reach, programs_in_reach
from pilots.web.tokens import caller


def rule_choices() -> list[tuple[str, str]]:
    """Return each rule's key and title, and each code whose rule has several halves."""
    halves = {rule.code for rule in RULES if rule.subject}
    return sorted([(rule.key, rule.title) for rule in RULES] + [(code, code) for code in halves])


class FlagFilterSet(django_filters.FilterSet):  # type: ignore[misc]  # django-filter is untyped
    """Narrows flags that start from `visible_to`."""

    pilot = SlugFilter(label="Pilot", visible=pilots_in_reach, noun="pilot", to_field_name="key")
    program = SlugFilter(
        label="Program",
        field_name="pilot__program",
        visible=programs_in_reach,
        noun="program",
        to_field_name="slug",
    )
    rule = CodeFilter(label="Rule, by key or code", choices=rule_choices(), method="by_rule")
    subject = django_filters.CharFilter(label="What of the rule", max_length=60)
    kind = CodeFilter(label="Class", choices=KIND_CHOICES)
    pattern = CodeFilter(label="Pattern", choices=PATTERN_CHOICES)
    severity = CodeFilter(label="Severity", choices=SEVERITY_CHOICES)
    assignee = AssigneeFilter(label="Seen to by: me, nobody, or an id", method="seen_to_by")
    open = YesNoFilter(label="Still open", field_name="closed_at", lookup_expr="isnull")
    counting = YesNoFilter(label="Bears on health now", method="that_count")
    snoozed = YesNoFilter(label="Snoozed now", method="that_rest")
    disputed = YesNoFilter(label="Disputed now", method="that_rest")
    starting = YesNoFilter(label="Starting position", field_name="is_starting")
    widespread = YesNoFilter(label="Told once for its program", field_name="is_widespread")
    opened_since = MomentFilter(label="Opened since", field_name="opened_at", lookup_expr="gte")
    updated_since = MomentFilter(label="Opened, escalated or closed since", method="changed_since")

    def by_rule(self, flags: FlagQuerySet, name: str, value: str) -> FlagQuerySet:
        rule = RULES.get(value)
        if rule is None:
            return flags.filter(rule=value)
        return flags.filter(rule=rule.code, subject=rule.subject)

    def seen_to_by(self, flags: FlagQuerySet, name: str, value: Assignee) -> FlagQuerySet:
        return assigned(flags, value, caller(self.request))

    def that_count(self, flags: FlagQuerySet, name: str, value: bool) -> FlagQuerySet:  # noqa: FBT001 -- django-filter calls it so
        counting = flags.counting(timezone.now())
        return counting if value else flags.exclude(pk__in=counting.order_by().values("pk"))

    def that_rest(self, flags: FlagQuerySet, name: str, value: bool) -> FlagQuerySet:  # noqa: FBT001 -- django-filter calls it so
        rest = Q(closed_at__isnull=True, **{f"{name}_until__gt": timezone.now()})
        return flags.filter(rest) if value else flags.exclude(rest)

    def changed_since(self, flags: FlagQuerySet, name: str, value: Any) -> FlagQuerySet:
        return flags.filter(Q(opened_at__gte=value) | Q(escalated_at__gte=value) | Q(closed_at__gte=value))
