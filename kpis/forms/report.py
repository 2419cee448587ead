"""Forms of the reports about a pilot, and of how it learns from its outcomes."""

from collections.abc import Iterable, Sequence

from django import forms

from kpis.terms import VERDICTS, ReportKind, Verdict
from pilots.forms.change import ChangeForm
from pilots.forms.fields import DayField, LongWords, Words
from pilots.forms.production import NOT_IN_LIST, RowForm, WholeField


class NewReportForm(ChangeForm):
    """Which look back to begin; `offered` are the kinds with the days each would cover."""

    kind = forms.ChoiceField(
        label="Which report",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose which report to begin.", **NOT_IN_LIST},
    )

    def __init__(self, offered: Iterable[tuple[ReportKind, str]], *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # what Form takes
        self.fields["kind"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (kind.value, f"{kind.label}: {words}") for kind, words in offered
        ]


class ReportForm(RowForm):
    """What people say beside the figures."""

    summary = LongWords(
        label="What was seen", required=False, max_length=4000, rows=3, help_text="Against the baseline"
    )
    incidents = LongWords(label="Incidents", required=False, max_length=2000, rows=2)
    next_steps = LongWords(label="What comes next", required=False, max_length=2000, rows=2)

    def __init__(self, kind: ReportKind, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]  # what Form takes
        self.expands = Verdict.EXPAND in VERDICTS[kind]
        if VERDICTS[kind]:
            self.fields["verdict"] = forms.ChoiceField(
                label="Verdict",
                choices=_verdicts(kind),
                required=False,
                widget=forms.RadioSelect,
                error_messages=NOT_IN_LIST,
            )
            self.order_fields(["verdict", "summary", "incidents", "next_steps"])

    def mind(self, words: str) -> None:
        """Say beside the verdict what speaks against expanding, unless another is chosen."""
        if self.expands and self["verdict"].value() in {None, "", Verdict.EXPAND.value}:
            self["verdict"].help_text = words


def _verdicts(kind: ReportKind) -> Sequence[tuple[str, str]]:
    return [(item.value, item.label) for item in Verdict if item in VERDICTS[kind]]


class LoopForm(RowForm):
    truth_source = Words(
        label="Where outcomes are known",
        required=False,
        max_length=200,
        help_text="The system in which it shows whether an answer was right",
    )
    linkage_key = Words(
        label="By what an outcome finds its answer",
        required=False,
        max_length=200,
        help_text="Such as the number of the case",
    )
    answered = WholeField(label="Answers in the period", required=False)
    labelled = WholeField(label="Of these, with a known outcome", required=False)
    counted_on = DayField(label="Counted on", is_exact=True, required=False)
    retrain_every_days = WholeField(
        label="Trained anew every", required=False, help_text="Days; empty where there is no rhythm"
    )
    retrained_on = DayField(label="Trained last on", is_exact=True, required=False)
    retrain_when = Words(
        label="Earlier when", required=False, max_length=300, help_text="The sign that does not wait"
    )

    @property
    def parts(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields under headings."""
        named = {
            "Outcomes": ("truth_source", "linkage_key"),
            "How many are known": ("answered", "labelled", "counted_on"),
            "Training": ("retrain_every_days", "retrained_on", "retrain_when"),
        }
        return [(title, [self[name] for name in names]) for title, names in named.items()]
