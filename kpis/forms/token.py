"""The form that makes a token for readings of one pilot."""

from collections.abc import Sequence
from typing import Any

from django import forms

from kpis.models import Kpi
from pilots.forms.production import NOT_IN_LIST
from pilots.forms.token import TokenForm
from pilots.models import Pilot


class ReadingsTokenForm(TokenForm):
    """The KPI decides only which line is shown to copy: the token is good for all of the pilot's."""

    kpi = forms.ChoiceField(
        label="KPI of the line to copy",
        help_text="The token is good for every KPI of this pilot",
        error_messages={"required": "Choose the KPI.", **NOT_IN_LIST},
    )

    def __init__(self, data: Any = None, *, pilot: Pilot, kpis: Sequence[Kpi]) -> None:
        super().__init__(data, initial={"name": f"Readings of {pilot.key}", "kpi": kpis[0].code})
        self._kpis = {kpi.code: kpi for kpi in kpis}
        if len(kpis) == 1:
            del self.fields["kpi"]
        else:
            self.fields["kpi"].choices = [(kpi.code, kpi.name) for kpi in kpis]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> Kpi:
        return (
            self._kpis[self.cleaned_data["kpi"]] if "kpi" in self.fields else next(iter(self._kpis.values()))
        )
