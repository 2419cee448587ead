"""The form behind each of the four buttons of an answer link."""

from django import forms

from pilots.actions.answer import LONGEST_NAME, LONGEST_TEXT
from pilots.forms.fields import LongWords, Words
from pilots.models import AnswerKind


class AnswerForm(forms.Form):
    """What one of the four buttons asks for. Nothing has to be written but who blocks."""

    text = LongWords(label="In a line", required=False, max_length=LONGEST_TEXT, rows=2)
    named = Words(required=False, max_length=LONGEST_NAME)

    labels = {
        AnswerKind.MOVING: ("What moved", ""),
        AnswerKind.BLOCKED: ("What is missing", "Who or what it waits for"),
        AnswerKind.STOP: ("Why", ""),
        AnswerKind.NOT_MINE: ("Anything else", "Whose it is"),
    }

    def __init__(self, kind: AnswerKind, data: object = None) -> None:
        super().__init__(data, prefix=kind.value)  # type: ignore[arg-type]  # a QueryDict or None
        self.kind = kind
        text, named = self.labels[kind]
        self.fields["text"].label = text
        if not named:
            del self.fields["named"]
            return
        self.fields["named"].label = named
        self.fields["named"].widget.attrs.update(list="people", autocomplete="off")
        self.fields["named"].required = kind is AnswerKind.BLOCKED
        self.fields["named"].error_messages["required"] = "Say who or what it waits for."
        self.order_fields(["named", "text"])
