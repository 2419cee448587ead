"""Fields that read what people write, and say in whole sentences what they could not read."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pilots.calendar import Day, Precision, UnreadableDay, read_day

NOT_KNOWN = frozenset({"not known", "unknown", "nobody knows", "?"})


class Words(forms.CharField):
    """Text. The browser gets no maximum length, since it would cut off what is pasted without a word."""

    default_error_messages = {
        "max_length": "Write at most %(limit_value)d characters; these are %(show_value)d.",
        "null_characters_not_allowed": "This text holds a NUL character. Remove it.",
    }

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n")  # browsers send the first, everybody else writes the second

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return attrs


class LongWords(Words):
    """Text that may take several lines."""

    def __init__(self, *, rows: int = 3, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows, "cols": False}), **options)


class DayField(forms.Field):
    """A day as people write it, to the precision they know; gives a `Day`, or None for “not known”.

    With `is_exact` a month or a year is not enough.
    """

    widget = forms.TextInput

    def __init__(self, *, is_exact: bool = False, **options: Any) -> None:
        self.is_exact = is_exact
        super().__init__(**options)
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> Day | None:
        text = str(value or "").strip()
        if text in self.empty_values or (not self.required and text.lower() in NOT_KNOWN):
            return None
        try:
            day = read_day(text)
        except UnreadableDay as error:
            sentence = error.of_one_day if self.is_exact else str(error)
            raise ValidationError(sentence, code="unreadable") from error
        if self.is_exact and day.precision is not Precision.DAY:
            raise ValidationError(
                f"{day} names no single day. Write one such as {Day(day.latest)}.", code="precision"
            )
        return day

    def prepare_value(self, value: Any) -> Any:
        return str(Day(value)) if isinstance(value, date) else str(value) if isinstance(value, Day) else value


class VersionField(forms.IntegerField):
    """The version of the pilot that the person read, carried by the form they send."""

    widget = forms.HiddenInput
    default_error_messages = {
        "required": "This form was cut short on its way. Load the page again.",
        "invalid": "This form was changed on its way. Load the page again.",
        "min_value": "This form was changed on its way. Load the page again.",
        "max_value": "This form was changed on its way. Load the page again.",
    }

    def __init__(self) -> None:
        super().__init__(min_value=1, max_value=2**31 - 1)
