"""Shapes of the API: what comes in is read strictly, what goes out is plain values."""

import re
from abc import abstractmethod
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.core.validators import MaxLengthValidator, MinLengthValidator
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from pilots.access.models import User
from pilots.calendar import Day, UnreadableDay, read_day
from pilots.web.filter_fields import FIRST_YEAR, LARGEST_ID, LAST_YEAR

CodeT = TypeVar("CodeT", bound=StrEnum)

_YEAR = "(199[0-9]|20[0-9]{2}|2100)"  # as FIRST_YEAR and LAST_YEAR say
_MONTH = "(0[1-9]|1[0-2])"
_DAY = "(0[1-9]|[12][0-9]|3[01])"
DAY = f"^{_YEAR}-{_MONTH}-{_DAY}$"
LOOSE_DAY = f"^{_YEAR}(-{_MONTH}(-{_DAY})?|-Q[1-4])?$"
LOOSE_DAY_SCHEMA = {
    "type": "string",
    "pattern": LOOSE_DAY,
    "examples": ["2026-10-05", "2026-10", "2026-Q4", "2026"],
}


_MISSING = {
    "required": "This is missing. Send it.",
    "null": "This cannot be null. Send a value, or leave it out where it may be.",
}


def _say_lengths(field: Any) -> None:
    """Say how long a list may be in words of ours; its limits were bound to others when it was made."""
    for limit in field.validators:
        if isinstance(limit, MinLengthValidator):
            one = "Send at least one." if limit.limit_value == 1 else f"Send at least {limit.limit_value:,}."
            limit.message = one
        elif isinstance(limit, MaxLengthValidator):
            limit.message = f"These are too many. Send at most {limit.limit_value:,}."


class StrictSerializer(serializers.Serializer[Any]):
    """Reads a JSON object whose every field is known; a field nobody reads is refused, not dropped."""

    default_error_messages = {"invalid": "This is no JSON object. Send one: names and values in braces."}

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for field in fields.values():
            field.error_messages = {**field.error_messages, **_MISSING}
            if isinstance(field, serializers.ListField):
                _say_lengths(field)
        return fields

    def to_internal_value(self, data: Any) -> Any:
        """Return the values; one refusal names every fault, unknown fields first."""
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise ValidationError({**unknown, **error.detail}) from None
            raise
        if unknown:
            raise ValidationError(unknown)
        return values

    def _unknown(self, data: Mapping[str, Any]) -> dict[str, ErrorDetail]:
        known = sorted(str(field.field_name) for field in self._writable_fields)
        listed = f"Known here: {', '.join(known)}." if known else "Nothing is read here."
        return {
            name: ErrorDetail(f"“{str(name)[:40]}” cannot be written. {listed}", code="unknown-field")
            for name in data
            if name not in known
        }


class NothingSerializer(StrictSerializer):
    """For verbs that need no words: an empty object, or no body."""


class TextField(serializers.CharField):
    """Text: no number and no truth value stands in for it. White space around it is taken off."""

    default_error_messages = {
        "invalid": "This is not text. Send it in quotation marks.",
        "blank": "This is empty. Write it.",
        "max_length": "This is too long. Write at most {max_length} characters.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if self.max_length is not None and len(data) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return super().to_internal_value(data)


class LineField(serializers.Field[Any, Any, Any, Any]):
    """A line that people write and `understand` reads; null and "" for nothing."""

    longest = 500

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        text = TextField(allow_blank=True, max_length=self.longest).run_validation(data)
        return self.understand(text)

    @abstractmethod
    def understand(self, text: str) -> Any:
        """Return what the line means; raise `ValidationError` for one that cannot be read."""


class NullableText(TextField):
    """Text that may be unknown: null and "" both say so, and null is what goes out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(allow_null=True, allow_blank=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return (True, "") if data is None else super().validate_empty_values(data)


class TextsField(serializers.ListField):
    """A list of texts of at most `longest` characters each."""

    default_error_messages = {
        "not_a_list": "This is not a list. Send one, in square brackets.",
        "max_length": "These are too many. Send at most {max_length}.",
    }

    def __init__(self, *, longest: int, **kwargs: Any) -> None:
        super().__init__(child=TextField(max_length=longest), **kwargs)


class TruthField(serializers.BooleanField):
    """true or false as JSON knows them; neither "true" nor 1."""

    default_error_messages = {"invalid": "Send true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class WholeNumberField(serializers.IntegerField):
    """A whole number as JSON knows it; neither "5", 5.0 nor true."""

    default_error_messages = {
        "invalid": "Send a whole number.",
        "min_value": "Send {min_value} or more.",
        "max_value": "Send {max_value} or less.",
    }

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class CodeField(serializers.ChoiceField, Generic[CodeT]):
    """One member of an enumeration, read as that member."""

    default_error_messages = {"invalid_choice": "“{input}” is not known here. Known: {known}."}

    def __init__(self, codes: type[CodeT], **kwargs: Any) -> None:
        self.codes = codes
        super().__init__([(code.value, getattr(code, "label", code.value)) for code in codes], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in list(self.codes):
            known = ", ".join(code.value for code in self.codes)
            self.fail("invalid_choice", input=str(data)[:40], known=known)
        return self.codes(data)


@extend_schema_field({"type": "string", "format": "date", "pattern": DAY})
class DayField(serializers.DateField):
    """A calendar day, 2026-10-05."""

    default_error_messages = {"invalid": "This is not a day. Write it like 2026-10-05."}

    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            self.fail("invalid")
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValidationError(f"{value} is outside {FIRST_YEAR} to {LAST_YEAR}.", code="year")
        return day


@extend_schema_field(LOOSE_DAY_SCHEMA)
class LooseDayField(serializers.Field[Day, str, str, Any]):
    """A day as exactly as it is known: 2026-10-05, 2026-10, 2026-Q4 or 2026."""

    def to_internal_value(self, data: Any) -> Day:
        if not isinstance(data, str) or not re.fullmatch(LOOSE_DAY, data):
            raise ValidationError("Write the day like 2026-10-05, 2026-10, 2026-Q4 or 2026.", code="invalid")
        try:
            return read_day(data)
        except UnreadableDay as error:
            raise ValidationError(str(error), code="invalid") from None


@extend_schema_field({"type": "string", "minLength": 1})
class VisibleField(serializers.Field[Any, Any, Any, Any]):
    """Something named by its key or slug, among what the caller may see."""

    default_error_messages = {
        "invalid": "Send a string.",
        "does_not_exist": "There is no {noun} “{value}” that you can see.",
    }

    def __init__(self, by: str, *, among: Callable[[User], QuerySet[Any]], noun: str, **kwargs: Any) -> None:
        self.by = by
        self.among = among
        self.noun = noun
        super().__init__(**kwargs)

    def is_readable(self, data: Any) -> bool:
        return isinstance(data, str)

    def to_internal_value(self, data: Any) -> Any:
        if not self.is_readable(data):
            self.fail("invalid")
        found = self.among(self.context["request"].user).filter(**{self.by: data}).first()
        if found is None:
            self.fail("does_not_exist", noun=self.noun, value=str(data)[:80])
        return found


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST_ID})
class VisibleIdField(VisibleField):
    """Something named by its id, among what the caller may see."""

    default_error_messages = {"invalid": "Send an id: a whole number above zero."}

    def __init__(self, *, among: Callable[[User], QuerySet[Any]], noun: str, **kwargs: Any) -> None:
        super().__init__("pk", among=among, noun=noun, **kwargs)

    def is_readable(self, data: Any) -> bool:
        return isinstance(data, int) and not isinstance(data, bool) and 1 <= data <= LARGEST_ID


class PlainSerializer(serializers.Serializer[Any]):
    """Describes an answer; `shape` makes it, because reading field by field is many times slower.

    tests/api/test_schema.py holds the two together.
    """

    @abstractmethod
    def shape(self, instance: Any) -> dict[str, Any]:
        """Return an instance as the API shows it."""


def moment(at: datetime | None) -> str | None:
    """Return a moment as the API writes it: ISO 8601 in UTC."""
    return at.isoformat().replace("+00:00", "Z") if at else None


def day(on: date | None) -> str | None:
    return on.isoformat() if on else None
