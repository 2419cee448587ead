"""The one most useful thing a pilot lacks, and the field itself where one field is enough."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.models import Kpi
from kpis.oneline import NEEDED, UnreadableKpi, read_kpi
from pilots.access.permissions import Deed, OwnerRole, may
from pilots.actions.by import By, Refused
from pilots.actions.owner import NewOwnership, add_owner, read_contact
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.design import Regime, ServingPattern
from pilots.forms.change import ChangeForm
from pilots.forms.custom import ValueField
from pilots.forms.fields import DayField, Words
from pilots.lifecycle import Missing, Stage
from pilots.models import Pilot, RiskTier
from pilots.playbook import GATES_BEFORE, PLAYBOOK
from pilots.web.head import PilotHead
from pilots.web.named import named_run_owner, with_name


class What(StrEnum):
    """What one field can fill; the codes are those of the requirements, where there is one."""

    METRIC = "metric-chosen"
    BASELINE = "kpi-baseline"
    PRODUCTION_OWNER = "production-owner"
    BUSINESS_OWNER = "business-owner"
    RUN_OWNER = "run-owner"
    SERVING_PATTERN = "serving-pattern"
    REGIME = "privacy-regime"
    DECIDE_BY = "decide-by"
    RISK = "risk"


ROLES = {
    What.PRODUCTION_OWNER: OwnerRole.PRODUCTION_OWNER,
    What.BUSINESS_OWNER: OwnerRole.BUSINESS_OWNER,
    What.RUN_OWNER: OwnerRole.RUN_OWNER,
}
CHOSEN: dict[What, tuple[str, type[StrEnum]]] = {
    What.SERVING_PATTERN: ("serving_pattern", ServingPattern),
    What.REGIME: ("regime", Regime),
    What.RISK: ("risk", RiskTier),
}


@dataclass(frozen=True)
class Next:
    """What is missing, in a sentence, and where to fill it in; `form` where one field on the spot will do."""

    sentence: str
    verb: str
    url: str
    form: "FillForm | None" = None


class FillForm(ChangeForm):
    """One field of one pilot, with the version that was read."""

    what = forms.ChoiceField(choices=[(item.value, item.value) for item in What], widget=forms.HiddenInput)

    def __init__(self, what: What, pilot: Pilot, data: Any = None) -> None:
        super().__init__(data, initial={"what": what.value, "version": pilot.version})
        self.fields["value"] = _field(what, pilot)

    def clean_value(self) -> Any:
        what, value = What(self.cleaned_data["what"]), self.cleaned_data["value"]
        try:
            if what is What.METRIC:
                line = read_kpi(value, example=NEEDED)
                if line is None:
                    raise ValidationError("Nothing to save while no number is agreed.")
                return line
            if what in ROLES:
                contact = read_contact(value)
                if contact is None:
                    raise ValidationError("Write a name or an address.")
                return contact
        except UnreadableKpi as error:
            raise ValidationError(str(error)) from error
        except Refused as refused:
            raise ValidationError([reason.sentence for reason in refused.reasons]) from refused
        return value


def _field(what: What, pilot: Pilot) -> forms.Field:
    if what in ROLES:
        wanted = {"required": "Write a name or an address."}
        return Words(label=ROLES[what].label, help_text="Name or e-mail. Not mailed", error_messages=wanted)
    if what in CHOSEN:
        choices = [("", "Choose one"), *[(item.value, item.label) for item in CHOSEN[what][1]]]  # type: ignore[attr-defined]  # all have labels
        wanted = {"required": "Choose one of the list.", "invalid_choice": "Choose one of the list."}
        return forms.ChoiceField(label=LABELS[what], choices=choices, error_messages=wanted)
    if what is What.DECIDE_BY:
        return DayField(label="Decide by", is_exact=True, error_messages={"required": "Choose a day."})
    if what is What.BASELINE:
        kpi = _primary(pilot)
        unit = f", {kpi.unit}" if kpi and kpi.unit else ""
        field = ValueField(FieldKind.NUMBER, label=f"{kpi.name if kpi else 'The number'} today{unit}")
        field.required = True
        field.error_messages["required"] = "Write the number."
        return field
    return Words(label="The number that should move", help_text=NEEDED, error_messages={"required": NEEDED})


SIGNATURE = "kpi-signed"
LABELS = {
    What.SERVING_PATTERN: "How it answers",
    What.REGIME: "Personal data",
    What.RISK: "Risk, EU AI Act",
}


def _primary(pilot: Pilot) -> Kpi | None:
    return Kpi.objects.filter(pilot=pilot, is_primary=True).first()


def deed_for(what: What) -> Deed:
    return Deed.ASSIGN_OWNERS if what in ROLES else Deed.EDIT


def fill(form: FillForm, pilot: Pilot, *, by: By) -> object:
    """Save what was filled in, through the action that every other way takes."""
    what = What(form.cleaned_data["what"])
    value, version = form.cleaned_data["value"], form.cleaned_data["version"]
    if what in ROLES:
        return add_owner(NewOwnership(pilot=pilot, contact=value, role=ROLES[what], version=version), by=by)
    if what is What.METRIC:
        return define_kpi(NewKpi(pilot=pilot, line=value, version=version), by=by)
    if what is What.BASELINE:
        return _fill_baseline(pilot, Decimal(value), version, by=by)
    name = "decide_by" if what is What.DECIDE_BY else CHOSEN[what][0]
    stored = value.first if what is What.DECIDE_BY else value
    return edit_pilot(Edit(pilot=pilot, fields={name: stored}, version=version), by=by)


def _fill_baseline(pilot: Pilot, value: Decimal, version: int, *, by: By) -> object:
    """Fill in from where the number starts; what somebody filled in meanwhile stays as it is."""
    kpi = _primary(pilot)
    if kpi is None:
        raise Refused.because("No number is agreed yet. Agree one first.", code="no-kpi")
    if kpi.baseline is not None:
        known = f"{kpi.baseline.normalize():f} {kpi.unit}".strip()
        raise Refused.because(f"Somebody filled it in meanwhile: {known}.", field="value", code="known")
    return edit_kpis([KpiEdit(kpi=kpi, fields={"baseline": value}, version=version)], by=by)


# --- What helps most --------------------------------------------------------------------


def next_to_fill(head: PilotHead, *, kpis: list[Kpi]) -> Next | None:
    """Return what refuses the next step first, else what would help most; nothing the reader may not fill.

    Nothing for a pilot that has ended, and nothing for viewers.
    """
    if head.pilot.is_ended:
        return None
    for find in (_refusing(head), _helping(head, kpis=kpis)):
        for item in find:
            found = _as_next(head, item)
            if found is not None:
                return found
    return None


def _refusing(head: PilotHead) -> Iterable[Missing]:
    """Yield what keeps it from the next stage: the person first, then gate by gate."""
    way = head.way_on
    to = way.stage if way and way.kind == "next" else None
    if to in {Stage.TRANSITION, Stage.LIMITED} and not head.lead:
        yield Missing(What.PRODUCTION_OWNER.value, head.without_lead)
    if to in GATES_BEFORE:  # else nothing has to be read to know that no gate is in its way
        yield from head.readiness.missing_before(to)


def _helping(head: PilotHead, *, kpis: list[Kpi]) -> Iterable[Missing]:
    pilot = head.pilot
    if not head.lead:
        yield Missing(What.PRODUCTION_OWNER.value, head.without_lead)
    if pilot.has_reached(Stage.PROVEN) and (gate := head.readiness.next_gate) is not None:
        yield from gate.missing()
    if not kpis:
        yield Missing(What.METRIC.value, "No number is agreed that should move.")
    if pilot.at_stage is Stage.PILOTING and pilot.decide_by is None:
        yield Missing(What.DECIDE_BY.value, "Nobody knows by when it is to be decided.")
    if not pilot.risk:
        yield Missing(What.RISK.value, "Its risk under the EU AI Act is not classified yet.")


VERBS: dict[What, str] = {
    **dict.fromkeys(ROLES, "Name them"),
    What.METRIC: "Agree it",
    What.DECIDE_BY: "Save the day",
}


def _as_next(head: PilotHead, item: Missing) -> Next | None:
    """Return how this reader fills it in: on the spot, or on the page where it is brought."""
    pilot, what = head.pilot, _what(item.code)
    if what is not None:
        if not may(deed_for(what), head.relation):
            return None
        if what is What.RUN_OWNER and (named := named_run_owner(head.ownerships, head.today)):
            people = reverse("pilots:pilot_people", args=[pilot.key])
            return Next(with_name(item.sentence, named), "See the people", people)
        address = reverse("pilots:pilot_fill", args=[pilot.key])
        return Next(item.sentence, VERBS.get(what, "Save"), address, FillForm(what, pilot))
    if item.code == SIGNATURE and (kpi := _primary(pilot)) is not None:
        if not may(Deed.SIGN_KPI, head.relation):
            return None
        return Next(item.sentence, "Sign it…", reverse("pilots:kpi_sign", args=[pilot.key, kpi.code]))
    if not may(Deed.BRING_EVIDENCE, head.relation):
        return None
    known = PLAYBOOK.get(item.code)
    if known is not None and known.is_computed:
        readiness = reverse("pilots:pilot_readiness", args=[pilot.key])
        return Next(item.sentence, "See what it needs", f"{readiness}#{item.code}")
    if known is None and not item.code.startswith("own-"):
        return None  # an approval that is lacking: nothing to fill in
    evidence = reverse("pilots:evidence_new", args=[pilot.key], query={"requirement": item.code})
    return Next(item.sentence, "Bring evidence…", evidence)


def _what(code: str) -> What | None:
    return What(code) if code in set(What) else None
