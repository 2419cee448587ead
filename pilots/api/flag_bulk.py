"""The bodies that say who sees to flags, and that answer for several flags at once."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from pilots.access.models import User
from pilots.actions.assign import assign_flags
from pilots.actions.by import By, Refused
from pilots.actions.flag import LONGEST_REASON, Snooze, snooze_flags, wake_flags
from pilots.models import Flag
from pilots.web.assignees import may_see_to
from pilots.web.serializers import DayField, StrictSerializer, TextField, VisibleIdField, WholeNumberField

MOST = 200
MOST_NAMED = 10  # ids in one sentence
SNOOZE, ASSIGN, WAKE = "snooze", "assign", "wake"
NEEDS: dict[str, set[str]] = {SNOOZE: {"until", "reason"}, ASSIGN: {"person"}, WAKE: set()}


def _people(_user: User) -> QuerySet[User]:
    """Return who can be named by their id, if they see the flag."""
    return User.objects.filter(is_active=True)


class AssignSerializer(StrictSerializer):
    """Who sees to it; null for nobody."""

    person = VisibleIdField(among=_people, noun="person", allow_null=True, help_text="An id, as in `me/`.")


class FlagsBulkSerializer(StrictSerializer):
    """Which flags, and what is done with all: `snooze` takes until and reason, `assign` a person."""

    ids = serializers.ListField(
        child=WholeNumberField(min_value=1, max_value=2**63 - 1), min_length=1, max_length=MOST
    )
    action = serializers.ChoiceField([SNOOZE, ASSIGN, WAKE])
    until = DayField(required=False)
    reason = TextField(max_length=LONGEST_REASON, required=False)
    person = VisibleIdField(among=_people, noun="person", allow_null=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        action: str = attrs["action"]
        sent = set(attrs) - {"ids", "action"}
        faults = {
            name: ErrorDetail(f"To {action}, send it.", code="required") for name in NEEDS[action] - sent
        }
        faults |= {
            name: ErrorDetail(f"To {action}, leave it out.", code="unknown-field")
            for name in sent - NEEDS[action]
        }
        if faults:
            raise ValidationError(faults)
        return attrs


def assign(flags: Sequence[Flag], person: User | None, *, by: By) -> list[Flag]:
    """Assign flags to somebody the page would offer; of others no name is told, only that nobody is there."""
    if person is not None and person not in may_see_to(flags):
        sentence = f"There is no person “{person.pk}” that you can see."
        raise ValidationError({"person": ErrorDetail(sentence, code="does_not_exist")})
    return assign_flags(flags, to=person, by=by)


def answer_many(seen: QuerySet[Flag], asked: dict[str, Any], *, by: By) -> list[Flag]:
    """Do what is asked to all of these flags or to none; `seen` are those of the caller."""
    wanted = list(dict.fromkeys(asked["ids"]))
    found = {flag.pk: flag for flag in seen.filter(pk__in=wanted)}
    missing = [str(pk) for pk in wanted if pk not in found]
    if missing:
        named = ", ".join(missing[:MOST_NAMED])
        raise Refused.because(f"There is no flag {named} that you can see.", field="ids", code="unknown")
    flags = [found[pk] for pk in wanted]
    match asked["action"]:
        case "snooze":
            until, reason = asked["until"], asked["reason"]
            return snooze_flags([Snooze(flag=flag, until=until, reason=reason) for flag in flags], by=by)
        case "assign":
            return assign(flags, asked["person"], by=by)
        case _:
            return wake_flags(flags, by=by)
