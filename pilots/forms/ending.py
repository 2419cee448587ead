"""Forms about the end of a pilot: why, what was learned, what others can take over, what money is free."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from pilots.actions.ending import LONGEST_NAME, LONGEST_WORDS, Legacy
from pilots.custom import FieldKind, UnreadableValue, read_value
from pilots.design import Cause
from pilots.forms.change import ChangeForm, MoveForm
from pilots.forms.fields import LongWords, Words
from pilots.lifecycle import Stage, reason_wanted

NOT_CHOSEN = ("", "Choose what came between")


class AmountField(Words):
    """An amount of money as people write it, exactly; None where it is left empty."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        try:
            found = read_value(FieldKind.MONEY, text)
        except UnreadableValue as error:
            raise ValidationError(str(error), code="unreadable") from error
        return None if found is None else Decimal(str(found))


class LegacyFields(forms.Form):
    """What a pilot leaves behind; only the cause is needed."""

    cause = forms.ChoiceField(
        label="What came between",
        choices=[NOT_CHOSEN, *[(cause.value, cause.label) for cause in Cause]],
        error_messages={
            "required": "Choose what came between: the next team looks for it.",
            "invalid_choice": "There is no such cause. Choose one of the list.",
        },
    )
    lessons = LongWords(label="What was learned", required=False, max_length=LONGEST_WORDS, rows=2)
    reusable = LongWords(
        label="What others can take over",
        required=False,
        max_length=LONGEST_WORDS,
        rows=2,
        help_text="Such as data, connections, labels, a contract",
    )
    decided_by = Words(
        label="Who decided", required=False, max_length=LONGEST_NAME, help_text="A person or a meeting"
    )
    released_amount = AmountField(label="Money released", help_text="Leave it empty where nobody knows")
    released_currency = Words(
        label="Currency", required=False, max_length=10, help_text="Three letters, such as EUR"
    )

    @property
    def legacy(self) -> Legacy:
        cleaned = self.cleaned_data
        return Legacy(
            cause=Cause(cleaned["cause"]),
            lessons=cleaned["lessons"],
            reusable=cleaned["reusable"],
            decided_by=cleaned["decided_by"],
            released_amount=cleaned["released_amount"],
            released_currency=cleaned["released_currency"],
        )


class EndForm(LegacyFields, MoveForm):
    """Stops or retires a pilot."""

    field_order = ("version", "to", "reason", "cause", "lessons", "reusable", "decided_by", "happened_on")

    def clean(self) -> dict[str, Any]:
        """Miss the reason together with what else is amiss; where nothing is, the action says it."""
        cleaned = super().clean() or self.cleaned_data
        to = cleaned.get("to")
        if self.errors and to and not cleaned.get("reason"):
            self.add_error("reason", reason_wanted(Stage(to)))
        return cleaned


class LegacyForm(LegacyFields, ChangeForm):
    """Says afterwards what a pilot left behind."""
