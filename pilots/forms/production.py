"""Forms of a pilot's production record: connections, rollout steps and versions of the model."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from pilots.calendar import Day
from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords, Words

NOT_IN_LIST = {"invalid_choice": "Choose one of the list."}
TRUTHS = {"": None, "yes": True, "no": False}
WHOLE = "Write a whole number."


class KnownField(forms.TypedChoiceField):
    """Yes, no, or not known: True, False or None."""

    def __init__(self, *, yes: str = "Yes", no: str = "No", **options: Any) -> None:
        super().__init__(
            choices=[("", "Not known"), ("yes", yes), ("no", no)],
            coerce=TRUTHS.__getitem__,
            empty_value=None,
            required=False,
            error_messages=NOT_IN_LIST,
            **options,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no", None: ""}.get(value, value)


class WholeField(forms.IntegerField):
    """A whole number in a plain field: arrows that change it unasked are no help."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "numeric", "autocomplete": "off"}
        messages = {"invalid": WHOLE, **options.pop("error_messages", {})}
        super().__init__(widget=forms.TextInput(attrs=attrs), error_messages=messages, **options)


class RowForm(ChangeForm):
    """A form whose fields are those of a row; `values` are as the action takes them."""

    @property
    def values(self) -> dict[str, Any]:
        cleaned = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {name: value.first if isinstance(value, Day) else value for name, value in cleaned.items()}


def _kinds(codes: Sequence[Any]) -> list[tuple[str, str]]:
    return [(code.value, code.label) for code in codes]


# --- Connections ---------------------------------------------------------------------


class NewConnectionForm(RowForm):
    """What is known when a connection is listed; the rest is asked when it is there to be said."""

    name = Words(
        label="What it connects to",
        max_length=200,
        error_messages={"required": "Say what it connects to."},
    )
    kind = forms.ChoiceField(
        label="What that is", choices=_kinds(list(ConnectionKind)), error_messages=NOT_IN_LIST
    )
    owner = Words(
        label="Who answers for the other side", required=False, max_length=200, help_text="A person or a team"
    )
    is_live = KnownField(label="Is it the real thing?", no="No, a copy or a sandbox")


class ConnectionForm(NewConnectionForm):
    state = forms.ChoiceField(
        label="How far it is",
        choices=_kinds(list(ConnectionState)),
        error_messages=NOT_IN_LIST,
        help_text="Each includes the ones before it",
    )
    tested_on = DayField(
        label="Tested on",
        is_exact=True,
        required=False,
        help_text="Against the real thing: a sandbox does not count",
    )
    contract_agreed_on = DayField(
        label="Contract agreed on",
        is_exact=True,
        required=False,
        help_text="The day on which both sides agreed to schema, format and times",
    )
    freshness_hours = WholeField(label="How old its data may be", required=False)
    origin = LongWords(
        label="Origin", required=False, max_length=500, rows=2, help_text="Where the data comes from"
    )
    transformations = LongWords(
        label="Transformations",
        required=False,
        max_length=500,
        rows=2,
        help_text="What is done to it on the way",
    )
    approved_by = Words(
        label="Use approved by", required=False, max_length=200, help_text="Who allowed this use of it"
    )
    constraints = LongWords(
        label="Constraints",
        required=False,
        max_length=500,
        rows=2,
        help_text="Privacy, licence, retention; “none” where there are none",
    )
    access_reviewed_on = DayField(
        label="Access reviewed on",
        is_exact=True,
        required=False,
        help_text="When somebody last looked at who may read it",
    )
    quality_checked_on = DayField(label="Quality checked on", is_exact=True, required=False)

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under headings, as they are filled in over the months."""
        return [(title, [self[name] for name in names]) for title, names in PARTS.items()]


PARTS: Mapping[str, tuple[str, ...]] = {
    "What it is": ("name", "kind", "owner", "is_live"),
    "How far it is": ("state", "tested_on", "contract_agreed_on"),
    "Lineage": ("origin", "transformations", "approved_by", "constraints"),
    "Checks": ("access_reviewed_on", "quality_checked_on", "freshness_hours"),
}


# --- Rollout -------------------------------------------------------------------------


class StepForm(RowForm):
    kind = forms.ChoiceField(
        label="What kind of step", choices=_kinds(list(RolloutKind)), error_messages=NOT_IN_LIST
    )
    share_percent = WholeField(
        label="Share",
        error_messages={"required": "Write the share it decides: 0 for a shadow run."},
        help_text="Of the real work, 0 to 100",
    )
    starts_on = DayField(
        label="Starts on", is_exact=True, error_messages={"required": "Choose the day on which it starts."}
    )
    ends_on = DayField(
        label="Last day", is_exact=True, required=False, help_text="Empty: until it is decided"
    )
    audience = Words(
        label="With whom", required=False, max_length=200, help_text="Such as: one team, new claims only"
    )
    rollback_when = Words(
        label="Go back when",
        required=False,
        max_length=300,
        help_text="The sign, with a figure: more than 2 % wrong in a week",
    )


class DecideForm(RowForm):
    outcome = forms.ChoiceField(
        label="What follows",
        choices=_kinds(list(RolloutOutcome)),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what follows.", "invalid_choice": "Choose one of the three."},
    )
    result = LongWords(
        label="What was seen",
        max_length=4000,
        rows=3,
        help_text="Against the baseline: a figure, a sentence",
        error_messages={"required": "Write what was seen: a figure, a sentence."},
    )
    decided_on = DayField(
        label="Decided on", is_exact=True, error_messages={"required": "Choose the day of the decision."}
    )


# --- Versions of the model ------------------------------------------------------------


class ModelVersionForm(RowForm):
    label = Words(
        label="Version",
        max_length=100,
        help_text="As its makers call it",
        error_messages={"required": "Say which version it is."},
    )
    provider = Words(label="Provider", required=False, max_length=200, help_text="Empty where it is your own")
    changed_on = DayField(
        label="Since",
        is_exact=True,
        help_text="The day it came; for the live one, the day it went live",
        error_messages={"required": "Choose the day on which it came."},
    )
    training_data_through = DayField(
        label="Learned from data up to", is_exact=True, required=False, help_text="Empty: not known"
    )
    is_pinned = KnownField(label="Pinned", no="No, the provider may change it")


class NewModelVersionForm(ModelVersionForm):
    is_live = forms.BooleanField(label="It is live", required=False)


class GoLiveForm(RowForm):
    changed_on = DayField(
        label="Live since", is_exact=True, error_messages={"required": "Choose the day it went live."}
    )


class RemoveRowForm(ChangeForm):
    """Asks nothing but whether it is meant."""
