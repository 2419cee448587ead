"""Forms of a pilot's ledger: money to write down, and what somebody found or decided about it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms

from kpis.models import Kpi
from kpis.money.terms import CATEGORIES, Basis, Commitment, Finding, LedgerKind, MoneyPhase
from pilots.forms.change import ChangeForm
from pilots.forms.ending import AmountField
from pilots.forms.fields import DayField, LongWords, Words
from pilots.forms.production import NOT_IN_LIST, RowForm

BASES = {
    LedgerKind.COST: [(Basis.ACTUAL.value, "It is spent"), (Basis.PLANNED.value, "It is planned")],
    LedgerKind.BENEFIT: [(Basis.ACTUAL.value, "It has come"), (Basis.PLANNED.value, "It is planned")],
}
CATEGORY_LABELS = {LedgerKind.COST: "What it is spent on", LedgerKind.BENEFIT: "What kind of benefit"}
AMOUNT_WANTED = "Write the amount, such as 12000."
CURRENCY_WANTED = "Write the currency in three letters, such as EUR."


class CurrencyField(Words):
    """A currency by its code; small letters will do."""

    def __init__(self, *, label: str = "Currency") -> None:
        super().__init__(
            label=label,
            max_length=3,
            help_text="Three letters, such as EUR",
            error_messages={"required": CURRENCY_WANTED, "max_length": CURRENCY_WANTED},
        )
        self.widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self, value: Any) -> str:
        return str(super().clean(value)).upper()


class RequiredAmountField(AmountField):
    """An amount that is wanted."""

    default_error_messages = {"required": AMOUNT_WANTED}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.required = True

    def clean(self, value: Any) -> Decimal:
        found = super().clean(value)
        if found is None:
            raise forms.ValidationError(AMOUNT_WANTED, code="required")
        return found


class EntryForm(RowForm):
    """An entry of one kind: a budget has neither category nor basis."""

    category = forms.ChoiceField(error_messages=NOT_IN_LIST)
    basis = forms.ChoiceField(label="Planned or actual", error_messages=NOT_IN_LIST)
    amount = RequiredAmountField(label="Amount")
    currency = CurrencyField()
    phase = forms.ChoiceField(
        label="What part of its life",
        choices=[(phase.value, phase.label) for phase in MoneyPhase],
        error_messages=NOT_IN_LIST,
    )
    period_from = DayField(
        label="From", is_exact=True, error_messages={"required": "Write the first day of the period."}
    )
    period_to = DayField(
        label="Up to and including",
        is_exact=True,
        error_messages={"required": "Write the last day of the period."},
        help_text="It is spread evenly over the days between",
    )
    kpi = forms.ChoiceField(label="The KPI behind it", required=False, error_messages=NOT_IN_LIST)
    note = LongWords(
        label="Note",
        required=False,
        max_length=500,
        rows=2,
        help_text="Such as an invoice, or how it is counted",
    )

    def __init__(self, *args: Any, kind: LedgerKind, kpis: Sequence[Kpi], **options: Any) -> None:
        super().__init__(*args, **options)
        self._kpis = {str(kpi.pk): kpi for kpi in kpis}
        if kind is LedgerKind.BUDGET:
            del self.fields["category"], self.fields["basis"]
        else:
            category, basis = self.fields["category"], self.fields["basis"]
            category.label = CATEGORY_LABELS[kind]
            category.choices = list(CATEGORIES[kind].items())  # type: ignore[attr-defined]  # a ChoiceField
            basis.choices = BASES[kind]  # type: ignore[attr-defined]  # as above
        if kpis:
            choices = [("", "None"), *((pk, kpi.name) for pk, kpi in self._kpis.items())]
            self.fields["kpi"].choices = choices  # type: ignore[attr-defined]  # as above
        else:
            del self.fields["kpi"]

    @property
    def values(self) -> dict[str, Any]:
        values = super().values
        if "kpi" in values:
            values["kpi"] = self._kpis.get(values["kpi"])
        if "basis" in values:
            values["basis"] = Basis(values["basis"])
        return values | {"phase": MoneyPhase(values["phase"])}


class CheckForm(ChangeForm):
    finding = forms.ChoiceField(
        label="What you found",
        choices=[
            (Finding.VERIFIED.value, "It came: it counts in ROI"),
            (Finding.REJECTED.value, "It did not: it counts nowhere"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what you found.", "invalid_choice": "Choose one of the two."},
    )
    checked_note = LongWords(
        label="Where you saw it, or why not",
        required=False,
        max_length=500,
        rows=3,
        help_text="Whoever claimed it reads this; a rejection needs it",
    )


class BudgetForm(RowForm):
    commitment = forms.ChoiceField(
        label="What became of it",
        choices=[
            (Commitment.COMMITTED.value, "Committed: the money is there"),
            (Commitment.DEFERRED.value, "Deferred: later, if at all"),
            (Commitment.REDIRECTED.value, "Redirected: it goes to something else"),
            (Commitment.RELEASED.value, "Released: it is not needed any more"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what became of it.", "invalid_choice": "Choose one of the four."},
    )
    decided_by = Words(
        label="Who decided",
        max_length=200,
        help_text="A person or a committee",
        error_messages={"required": "Say who decided: a person or a committee."},
    )
    decided_on = DayField(
        label="Decided on", is_exact=True, error_messages={"required": "Choose the day of the decision."}
    )
    decided_because = LongWords(
        label="Why",
        required=False,
        max_length=500,
        rows=2,
        help_text="Wanted unless it is committed",
    )


class RemoveEntryForm(ChangeForm):
    """Asks nothing but whether it is meant."""
