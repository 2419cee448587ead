"""What a link is to show, and for how long."""

from django import forms

from portfolio.steering.out.limits import Field
from portfolio.steering.share.actions import MOST_DAYS, USUAL_DAYS


class ShareForm(forms.Form):
    fields_shown = forms.MultipleChoiceField(
        label="What it shows beside the numbers",
        choices=[(field.value, field.label) for field in Field],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Nothing ticked: counts and charts alone, and no name of anybody or anything.",
    )
    days = forms.IntegerField(
        label="Works for",
        min_value=1,
        max_value=MOST_DAYS,
        initial=USUAL_DAYS,
        help_text=f"Days, at most {MOST_DAYS}. Then it opens nothing.",
    )

    @property
    def chosen(self) -> list[Field]:
        return [Field(code) for code in self.cleaned_data["fields_shown"]]
