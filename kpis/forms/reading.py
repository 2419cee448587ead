"""Forms that bring readings in: one by hand, its correction, and its withdrawal."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from kpis.actions.measurement import CORRECTABLE, LONGEST_REASON
from kpis.csv_readings import read_value
from kpis.models import Kpi
from kpis.reading import MOST_CASES, TEXTS, Unreadable, plain
from kpis.terms import Provenance
from pilots.calendar import Day
from pilots.forms.fields import DayField, LongWords
from pilots.forms.production import NOT_IN_LIST, WholeField
from pilots.forms.token import explained
from pilots.lifecycle import Stage
from pilots.models import ModelVersion

# Where a reading comes from, in a line each, least real first.
MEANING: Mapping[Provenance, str] = {
    Provenance.DEMO: "Shown to somebody; satisfies no gate",
    Provenance.CURATED: "Cases that somebody chose; satisfies no gate",
    Provenance.SHADOW: "Real cases as they come, and nobody acts on the answer",
    Provenance.LIMITED: "In real use by some",
    Provenance.LIVE: "In real use by all it is meant for",
}
# What fits a stage; before there is real data, nothing is proposed.
USUAL: Mapping[Stage, Provenance] = {
    Stage.TRANSITION: Provenance.SHADOW,
    Stage.LIMITED: Provenance.LIMITED,
    Stage.PRODUCTION: Provenance.LIVE,
    Stage.SUSTAINED: Provenance.LIVE,
}
FOLDED = ("window_from", "sample_size", "model_version", "note")


class NumberField(forms.CharField):
    """A number as people write it, with a point or a comma and perhaps its unit; gives a `Decimal`."""

    def __init__(self, **options: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **options)
        self.kpi: Kpi | None = None

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return read_value(text, self.kpi)
        except Unreadable as error:
            raise ValidationError(str(error), code="unreadable") from error


class ReadingForm(forms.Form):
    """A reading of one of `kpis`; where there is one alone, it is not asked which.

    A refusal with the code "fraction" brings the question whether 0.91 % is meant.
    """

    kpi = forms.ChoiceField(label="KPI", error_messages={"required": "Choose the KPI.", **NOT_IN_LIST})
    value = NumberField(label="Reading", error_messages={"required": "Write the number."})
    provenance = forms.ChoiceField(
        label="Measured in",
        choices=[(item.value, explained(item.label, line)) for item, line in MEANING.items()],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose where it comes from.",
            "invalid_choice": "Choose one of the five.",
        },
    )
    measured_at = DayField(
        label="Day",
        is_exact=True,
        help_text="On which it was measured, or the last of those it covers",
        error_messages={"required": "Write the day on which it was measured."},
    )
    window_from = DayField(
        label="Covers the days since", is_exact=True, required=False, help_text="Empty: not known"
    )
    sample_size = WholeField(
        label="Cases",
        required=False,
        help_text=f"Calls, claims, test cases. Empty: not known; at most {MOST_CASES:,}",
    )
    model_version = forms.ChoiceField(
        label="Version of the model", required=False, error_messages=NOT_IN_LIST
    )
    note = LongWords(label="Note", required=False, max_length=TEXTS["note"], rows=2)
    is_meant = forms.BooleanField(required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        kpis: Sequence[Kpi],
        versions: Sequence[ModelVersion],
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self._kpis = {kpi.code: kpi for kpi in kpis}
        self._versions = {str(version.pk): version for version in versions}
        if len(kpis) == 1:
            del self.fields["kpi"]
        else:
            choices = [(kpi.code, f"{kpi.name}, {kpi.unit}" if kpi.unit else kpi.name) for kpi in kpis]
            self.fields["kpi"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        if versions:
            named = [
                (pk, f"{version}, live" if version.is_live else str(version))
                for pk, version in self._versions.items()
            ]
            self.fields["model_version"].choices = [("", "Not known"), *named]  # type: ignore[attr-defined]
            # Nothing is proposed: the day of the reading may lie before the one that is live today.
            live = (row for row in versions if row.is_live)
            self.fields["model_version"].help_text = "".join(
                f"{row} is live since {Day(row.changed_on)}" for row in live
            )
        else:
            del self.fields["model_version"]
        number = self.fields["value"]
        assert isinstance(number, NumberField)  # noqa: S101 -- for the type checker
        number.kpi = self.chosen

    @property
    def chosen(self) -> Kpi | None:
        """The KPI the reading is of: the only one, or the one chosen; None while none is."""
        if len(self._kpis) == 1:
            return next(iter(self._kpis.values()))
        return self._kpis.get(self.data.get("kpi", "") if self.is_bound else self.initial.get("kpi", ""))

    @property
    def unit(self) -> str:
        """The unit to stand beside the number; "" where the choice of the KPI says it."""
        return self.chosen.unit if self.chosen and len(self._kpis) == 1 else ""

    @property
    def folded(self) -> list[forms.BoundField]:
        """What can be left out."""
        return [self[name] for name in FOLDED if name in self.fields]

    @property
    def is_unfolded(self) -> bool:
        return any(field.errors or (self.is_bound and field.value()) for field in self.folded)

    @property
    def question(self) -> str:
        """What to tick where a fraction was refused, and may be meant; "" where there is no doubt."""
        if not self.is_bound or not (self.has_error("value", "fraction") or self.data.get("is_meant")):
            return ""
        try:
            return f"Yes, {plain(read_value(self.data.get('value', ''), self.chosen))} % is meant"
        except Unreadable:
            return ""

    @property
    def reading(self) -> dict[str, Any]:
        """The fields of a `NewReading` or of a `Correction`."""
        found = self.cleaned_data
        version = found.get("model_version")
        return {
            "value": found["value"],
            "provenance": Provenance(found["provenance"]),
            "measured_at": _day(found["measured_at"]),
            "window_from": _day(found["window_from"]),
            "sample_size": found["sample_size"],
            "model_version": self._versions[version] if version else None,
            "note": found["note"],
        }


def _day(day: Day | None) -> date | None:
    return day.first if day else None


class CorrectReadingForm(ReadingForm):
    """The same with what was recorded, and why that does not hold."""

    reason = LongWords(
        label="Why it is corrected",
        max_length=LONGEST_REASON,
        rows=2,
        help_text="Both stay to be seen",
        error_messages={"required": "Say why it does not hold."},
    )

    @property
    def changed(self) -> dict[str, Any]:
        """What differs from what was recorded, as `Correction.fields` takes it."""
        before = {name: self.get_initial_for_field(self.fields[name], name) for name in self.fields}
        before["value"] = Decimal(before["value"])
        before["model_version"] = self._versions.get(str(before.get("model_version") or ""))
        return {
            name: value
            for name, value in self.reading.items()
            if name in CORRECTABLE and value != before[name]
        }


class WithdrawReadingForm(forms.Form):
    reason = LongWords(
        label="Why it does not hold",
        max_length=LONGEST_REASON,
        rows=2,
        help_text="It stays to be seen, and counts for nothing",
        error_messages={"required": "Say why it does not hold."},
    )
