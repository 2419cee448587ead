"""Forms that freeze a pack and remove one."""

import uuid
from collections.abc import Sequence

from django import forms

from pilots.forms.fields import DayField, LongWords, Words
from portfolio.steering.actions.freeze import LONGEST_TITLE
from portfolio.steering.actions.remove import LONGEST_REASON
from portfolio.steering.models import Pack

LAST, NONE = "", "none"


class FreezeForm(forms.Form):
    """What a pack is called, for which meeting, and what it is compared with."""

    title = Words(
        label="Title", max_length=LONGEST_TITLE, error_messages={"required": "Give the pack a title."}
    )
    meeting_on = DayField(
        label="Meeting on",
        is_exact=True,
        help_text="Such as 24 Nov 2026",
        error_messages={"required": "Say on which day the meeting is."},
    )
    before = forms.ChoiceField(
        label="Compare with",
        required=False,
        help_text="What is new is counted from that pack on",
        error_messages={"invalid_choice": "There is no such pack that you can read. Choose one of these."},
    )
    nonce = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), "Nothing was frozen: this page was sent without its number. Press again."
        ),
    )

    def __init__(self, data: object, *, title: str, last: Pack | None, earlier: Sequence[Pack]) -> None:
        super().__init__(data, initial={"title": title, "nonce": uuid.uuid4()})  # type: ignore[arg-type]
        first = f"The last of these filters: {named(last)}" if last else "No earlier pack: the last 30 days"
        choices = [(LAST, first)]
        if last:
            choices.append((NONE, "No earlier pack: the last 30 days"))
        choices += [(str(pack.pk), named(pack)) for pack in earlier if pack != last]
        self.fields["before"].choices = choices  # type: ignore[attr-defined]
        self._earlier = {str(pack.pk): pack for pack in earlier}

    @property
    def chosen(self) -> Pack | None:
        """The pack somebody chose; None for the last of these filters, or none at all."""
        return self._earlier.get(self.cleaned_data["before"])

    @property
    def is_first(self) -> bool:
        return bool(self.cleaned_data["before"] == NONE)


class RemoveForm(forms.Form):
    reason = LongWords(
        label="Why",
        max_length=LONGEST_REASON,
        rows=2,
        help_text="Stands in the log of this site",
        error_messages={"required": "Say why it is removed."},
    )


def named(pack: Pack) -> str:
    day = pack.meeting_on
    return f"{pack.title}, meeting on {day.day} {day:%b} {day.year}"
