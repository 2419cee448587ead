"""Forms of a KPI's definition: its parts, its signature, and retiring it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

from kpis.actions.kpi import EDITABLE
from kpis.actions.kpi_rules import told
from kpis.actions.kpi_versions import LONGEST_REASON as LONGEST_OF_VERSION
from kpis.actions.retire import LONGEST_REASON as LONGEST_OF_RETIRING
from kpis.actions.sign import LONGEST_TEXT
from kpis.models import Kpi
from kpis.oneline import LONGEST_NAME, LONGEST_UNIT, NO_NAME
from kpis.reading import Unreadable, read_number
from kpis.terms import Direction, KpiKind, Provenance
from kpis.web.definition import GROUPS, LABELS, UPPER_END
from pilots.actions.by import Refused
from pilots.actions.owner import Contact, read_contact
from pilots.actions.scope import LONGEST_REASON, settled
from pilots.calendar import Day
from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords, VersionField, Words
from pilots.forms.production import WholeField
from pilots.models import Owner

NOT_IN_LIST = {"invalid_choice": "Choose one of the list."}


class NumberField(Words):
    """A number as people write it, with a point or a comma; a `Decimal`, or None where it is left empty."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return read_number(text) if text else None
        except Unreadable as error:
            raise ValidationError(str(error), code="unreadable") from error

    def prepare_value(self, value: Any) -> Any:
        return told(value)


def _choices(codes: Iterable[Any], unset: str = "") -> list[tuple[str, str]]:
    named = [(code.value, code.label[0].upper() + code.label[1:]) for code in codes]
    return [("", unset), *named] if unset else named


class DefinitionForm(ChangeForm):
    """All parts of a KPI; what is left empty is said to be not known."""

    name = Words(label=LABELS["name"], max_length=LONGEST_NAME, error_messages={"required": NO_NAME})
    kind = forms.ChoiceField(label=LABELS["kind"], choices=_choices(KpiKind), error_messages=NOT_IN_LIST)
    definition = LongWords(
        label=LABELS["definition"],
        required=False,
        max_length=500,
        rows=2,
        help_text="Exactly: from which moment to which, of which cases",
    )
    unit = Words(
        label=LABELS["unit"], required=False, max_length=LONGEST_UNIT, help_text="min, %, EUR a claim"
    )
    owner = Words(
        label=LABELS["owner"], required=False, help_text="Who answers for it. Name or e-mail. Not mailed"
    )
    direction = forms.ChoiceField(
        label=LABELS["direction"],
        required=False,
        choices=_choices(Direction, "Follows from the numbers"),
        error_messages=NOT_IN_LIST,
    )
    baseline = NumberField(label=LABELS["baseline"], help_text="Where it stands without the pilot")
    baseline_on = DayField(
        label=LABELS["baseline_on"], is_exact=True, required=False, help_text="The day it was measured"
    )
    baseline_provenance = forms.ChoiceField(
        label=LABELS["baseline_provenance"],
        required=False,
        choices=_choices(Provenance, "Not known"),
        error_messages=NOT_IN_LIST,
    )
    target_low = NumberField(
        label=LABELS["target_low"], help_text="For a range alone; the target is then its upper end"
    )
    target = NumberField(label=LABELS["target"], help_text="The number it should come to")
    threshold = NumberField(
        label=LABELS["threshold"],
        help_text="The worst that is accepted: a budget, or the improvement that justifies the money",
    )
    window_days = WholeField(
        label=LABELS["window_days"], required=False, help_text="Over how many days a reading is taken"
    )
    method = LongWords(
        label=LABELS["method"],
        required=False,
        max_length=500,
        rows=2,
        help_text="Source system, formula, sample, and who measures",
    )
    cadence_days = WholeField(
        label=LABELS["cadence_days"], required=False, help_text="A reading is expected every so many days"
    )
    value_per_unit = NumberField(
        label=LABELS["value_per_unit"], help_text="What one unit better is worth in a month"
    )
    value_currency = Words(
        label=LABELS["value_currency"], required=False, help_text="Three letters, such as EUR"
    )

    def __init__(self, kpi: Kpi, data: Any = None) -> None:
        now = {name: getattr(kpi, name) for name in EDITABLE}
        now["owner"] = kpi.owner.name if kpi.owner else ""
        super().__init__(data, initial=now | {"version": kpi.pilot.version})
        if kpi.direction == Direction.RANGE.value:
            self.fields["target"].label = UPPER_END

    def ask_why(self, kpi: Kpi, *, at: datetime, is_signed: bool) -> None:
        """Ask why it changes where day 15 settled it, or where somebody signed it; else nobody asks."""
        found = settled([kpi.pilot], at=at).get(kpi.pilot_id)
        if found is not None:
            self.fields["scope_reason"] = LongWords(
                label="Why the scope changes",
                required=False,
                max_length=LONGEST_REASON,
                rows=2,
                help_text=f"Day {found.day} of the plan: what its KPIs say is settled. "
                "Only where you change what was known",
            )
        elif is_signed:
            self.fields["reason"] = LongWords(
                label="Why it changes",
                required=False,
                max_length=LONGEST_OF_VERSION,
                rows=2,
                help_text="It is signed. A change makes a new version, which nobody has signed",
            )

    def clean_owner(self) -> Contact | None:
        try:
            return read_contact(self.cleaned_data["owner"])
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused

    @property
    def parts(self) -> list[tuple[str, list[BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in GROUPS.items()]

    @property
    def why(self) -> BoundField | None:
        """The field that asks why, where one does."""
        return next((self[name] for name in ("scope_reason", "reason") if name in self.fields), None)

    @property
    def values(self) -> dict[str, Any]:
        """The fields as the action takes them; an owner whose name was left as it is stays that one."""
        cleaned = {name: self.cleaned_data[name] for name in EDITABLE}
        if "owner" not in self.changed_data:
            del cleaned["owner"]
        return {name: value.first if isinstance(value, Day) else value for name, value in cleaned.items()}


class SignForm(ChangeForm):
    """Whose signature it is, of which version; paper is named where one notes what others signed."""

    version_number = VersionField()
    signer = forms.TypedChoiceField(
        label="Who signed",
        coerce=int,
        error_messages={"required": "Choose who signed.", **NOT_IN_LIST},
    )
    signed_on = DayField(
        label="Signed on", is_exact=True, error_messages={"required": "Choose the day of the signature."}
    )
    link = Words(
        label="Link",
        required=False,
        help_text="To what was signed",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    text = LongWords(
        label="Or where it is kept",
        required=False,
        max_length=LONGEST_TEXT,
        rows=2,
        help_text="Needed where somebody else signed, and there is no link",
    )

    def for_signers(self, signers: Sequence[Owner], *, oneself: Owner | None, notes: bool) -> None:
        """Ask who signed of one who notes signatures; whoever signs for themself is asked nothing more."""
        if notes:
            self.fields["signer"].choices = [(owner.pk, owner.name) for owner in signers]  # type: ignore[attr-defined]
            self.fields["signer"].initial = oneself.pk if oneself else None
        else:
            for name in ("signer", "signed_on", "link", "text"):
                del self.fields[name]

    def is_of(self, number: int) -> None:
        """Carry the version that the page shows now, so that pressing again signs that one."""
        if self.is_bound:
            self.data = {**dict(self.data.items()), "version_number": str(number)}


class RetireForm(ChangeForm):
    reason = LongWords(
        label="Why it is measured no longer", required=False, max_length=LONGEST_OF_RETIRING, rows=2
    )


class RemoveKpiForm(ChangeForm):
    """Asks nothing but whether it is meant."""
