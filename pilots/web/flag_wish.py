"""What a list of pilots asks of their flags: one and the same flag has to fit all of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import django_filters
from django import forms
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

from pilots.access.models import User
from pilots.models import Flag
from pilots.models.flag import FlagQuerySet
from pilots.rules.registry import Rule
from pilots.web.filter_fields import LARGEST_ID

ME: Literal["me"] = "me"
NOBODY: Literal["nobody"] = "nobody"
SNOOZED, DISPUTED = "snoozed", "disputed"
RESTS = [(SNOOZED, "Snoozed"), (DISPUTED, "Disputed")]

Assignee = int | Literal["me", "nobody"]


class _AssigneeField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text or text in (ME, NOBODY):
            return text or None
        if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= LARGEST_ID):
            raise forms.ValidationError("This is nobody. Write me, nobody, or an id.", code="invalid")
        return int(text)


@extend_schema_field(OpenApiTypes.STR)
class AssigneeFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """Who sees to a flag: `me`, `nobody`, or somebody's id."""

    field_class = _AssigneeField


def assigned(flags: FlagQuerySet, to: Assignee, reader: User) -> FlagQuerySet:
    """Keep the flags that somebody sees to, or nobody."""
    if to == NOBODY:
        return flags.filter(assignee__isnull=True)
    return flags.filter(assignee=reader.pk if to == ME else to)


@dataclass(frozen=True, kw_only=True)
class FlagWish:
    """None asks for nothing. `fits` says of a flag in hand what `narrow` asks the database."""

    reader: User
    at: datetime
    rule: Rule | None = None
    severity: str = ""
    kind: str = ""
    assignee: Assignee | None = None
    rest: str = ""

    @property
    def is_any(self) -> bool:
        return not (self.rule or self.severity or self.kind or self.assignee or self.rest)

    def narrow(self, flags: FlagQuerySet) -> FlagQuerySet:
        if self.rule is not None:
            flags = flags.filter(rule=self.rule.code, subject=self.rule.subject)
        if self.severity:
            flags = flags.filter(severity=self.severity)
        if self.kind:
            flags = flags.filter(kind=self.kind)
        if self.assignee is not None:
            flags = assigned(flags, self.assignee, self.reader)
        if self.rest:
            flags = flags.filter(**{f"{self.rest}_until__gt": self.at})
        return flags

    def fits(self, flag: Flag) -> bool:
        return (
            (self.rule is None or (flag.rule, flag.subject) == (self.rule.code, self.rule.subject))
            and self.severity in ("", flag.severity)
            and self.kind in ("", flag.kind)
            and self._fits_person(flag)
            and (self.rest != SNOOZED or flag.is_snoozed(self.at))
            and (self.rest != DISPUTED or flag.is_disputed(self.at))
        )

    def _fits_person(self, flag: Flag) -> bool:
        if self.assignee is None:
            return True
        if self.assignee == NOBODY:
            return flag.assignee_id is None
        return flag.assignee_id == (self.reader.pk if self.assignee == ME else self.assignee)
