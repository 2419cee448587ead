"""The form that sets the limits of one rule."""

from django import forms
from django.http import QueryDict

from pilots.actions.limits import LONGEST, LONGEST_REASON
from pilots.forms.fields import LongWords
from pilots.rules.book import limit_help
from pilots.rules.registry import Limits, Rule


class LimitsForm(forms.Form):
    """One field for each limit, filled with what is in force. Whether they fit together, the action says."""

    def __init__(self, data: QueryDict | None, *, rule: Rule, limits: Limits, reason: str = "") -> None:
        super().__init__(data, initial={**limits, "reason": reason})
        self.rule = rule
        self.units = {limit.name: limit.unit for limit in rule.limits}
        for limit in rule.limits:
            sentence = f"Write a whole number from 0 to {LONGEST:,} ({limit.unit})."
            self.fields[limit.name] = forms.IntegerField(
                label=limit.severity.label,
                help_text=limit_help(limit),
                widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                min_value=0,
                max_value=LONGEST,
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), sentence),
            )
        self.fields["reason"] = LongWords(
            label="Why",
            required=False,
            max_length=LONGEST_REASON,
            rows=2,
            help_text="Stands in the history of the limits",
        )

    @property
    def limit_fields(self) -> list[tuple[forms.BoundField, str]]:
        """Each field with its unit."""
        return [(self[name], unit) for name, unit in self.units.items()]

    @property
    def limits(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in self.units}
