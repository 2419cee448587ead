"""Filters that read exactly what they are given: a wrong value is an error, never a wider list."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field

LARGEST_ID = 2**63 - 1
FIRST_YEAR, LAST_YEAR = 1990, 2100
YES_NO = {"true": True, "false": False}

_ID = re.compile(r"[1-9][0-9]{0,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(rf"{_DAY.pattern}(T[0-9:]{{4,8}}(\.[0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?)?")

DateT = TypeVar("DateT", date, datetime, date | None)


class CodeFilter(django_filters.ChoiceFilter):  # type: ignore[misc]  # django-filter is untyped
    """One code out of a list; the label of nothing chosen is “Any …”."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        codes = ", ".join(str(code) for code, _ in kwargs["choices"])
        kwargs.setdefault(
            "error_messages", {"invalid_choice": f"“%(value)s” is not known here. Known: {codes}."}
        )
        super().__init__(*args, **kwargs)


class YesNoFilter(django_filters.TypedChoiceFilter):  # type: ignore[misc]  # django-filter is untyped
    """true or false; anything else is an error, where Django's own boolean field would read nothing."""

    def __init__(
        self, *args: Any, nothing: str = "Any", yes: str = "Yes", no: str = "No", **kwargs: Any
    ) -> None:
        super().__init__(
            *args,
            choices=[("", nothing), ("true", yes), ("false", no)],
            coerce=YES_NO.__getitem__,
            empty_value=None,
            error_messages={"invalid_choice": "“%(value)s” is neither true nor false."},
            **kwargs,
        )


class _DayField(forms.DateField):
    def to_python(self, value: Any) -> date | None:
        if isinstance(value, str) and value.strip() and not _DAY.fullmatch(value.strip()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return _within_reach(super().to_python(value))


class DayFilter(django_filters.DateFilter):  # type: ignore[misc]  # django-filter is untyped
    """A calendar day, 2026-10-05."""

    field_class = _DayField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%Y-%m-%d"])
        kwargs.setdefault("error_messages", {"invalid": "This is not a day. Write it like 2026-10-05."})
        kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))
        super().__init__(*args, **kwargs)


class _MomentField(forms.CharField):
    default_error_messages = {
        "unreadable": "This is not a moment. Write it like 2026-10-05T08:00:00Z.",
    }

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        # The "+" of an offset that nobody escaped arrives as a space.
        text = text.replace(" ", "+") if "T" in text else text
        try:
            moment = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
        except ValueError:
            moment = None
        if moment is None:
            raise ValidationError(self.error_messages["unreadable"], code="unreadable")
        _within_reach(moment)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _within_reach(value: DateT) -> DateT:
    if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValidationError(f"The year is outside {FIRST_YEAR} to {LAST_YEAR}.", code="year")
    return value


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """A moment in time, 2026-10-05T08:00:00Z; one without an offset is UTC."""

    field_class = _MomentField


class _IdField(forms.CharField):
    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        if not _ID.fullmatch(text) or int(text) > LARGEST_ID:
            raise ValidationError("This is not an id. An id is a whole number above zero.", code="invalid")
        return int(text)


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST_ID})
class IdFilter(django_filters.Filter):  # type: ignore[misc]  # django-filter is untyped
    """The id of something: digits, no larger than the database can hold."""

    field_class = _IdField


@extend_schema_field(OpenApiTypes.STR)
class SlugFilter(django_filters.ModelChoiceFilter):  # type: ignore[misc]  # django-filter is untyped
    """Something addressed by its slug or key, among what the person may see."""

    def __init__(self, *args: Any, visible: Callable[[Any], QuerySet[Any]], noun: str, **kwargs: Any) -> None:
        kwargs.setdefault(
            "error_messages", {"invalid_choice": f"There is no {noun} “%(value)s” that you can see."}
        )
        super().__init__(*args, queryset=visible, **kwargs)


def choices_of(codes: type[StrEnum]) -> list[tuple[str, str]]:
    """Return code and label of each member of an enumeration whose members have labels."""
    return [(code.value, getattr(code, "label", code.value)) for code in codes]
