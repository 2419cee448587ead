"""What a link is to show, and for how long."""

from django import forms

from portfolio.steering.models import Pack
from portfolio.steering.out.limits import Field
from portfolio.steering.share.actions import MOST_DAYS, USUAL_DAYS


class ShareForm(forms.Form):
    fields_shown = forms.MultipleChoiceField(
        label="What it shows beside the numbers",
        choices=[(field.value, field.label) for field in Field],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    days = forms.IntegerField(
        label="Works for",
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
        help_text=f"Days, at most {MOST_DAYS}. Then it opens nothing.",
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"),
            f"Say for how many days: a whole number from 1 to {MOST_DAYS}.",
        ),
    )

    def __init__(self, data: object = None, *, pack: Pack) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        told = "; ".join(f"{label}: {value}" for label, value in pack.content["filters"])
        self.fields[
            "fields_shown"
        ].help_text = (
            f"Nothing ticked: counts and charts, under the title of the pack and its filters. {told}."
        )

    @property
    def chosen(self) -> list[Field]:
        return [Field(code) for code in self.cleaned_data["fields_shown"]]
