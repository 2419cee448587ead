"""What the sample's pilots show before each gate and at the end of each phase, by the actions people use."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from kpis.actions.measurement import NewReading, record_readings
from kpis.actions.sign import SignKpi, sign_kpi
from kpis.models import Kpi, KpiVersion
from kpis.terms import Entry, Provenance
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.evidence import NewEvidence, bring_all
from pilots.actions.owner import Contact, NewOwnership, add_owners
from pilots.actions.pilot import Edit, edit_pilots
from pilots.actions.rollout import NewStep, StepDecision, add_step, decide_step
from pilots.actions.waiver import NewWaiver, waive_all
from pilots.design import ConnectionKind, Regime, RolloutKind, RolloutOutcome, ServingPattern
from pilots.lifecycle import Missing
from pilots.models import Owner, Pilot, RolloutStep
from pilots.playbook import PLAYBOOK, EvidenceKind

# What was seen, by what it shows. The rest says that it stands on the team's page.
SEEN = {
    "use-case": "The desk that decides today uses it, at the moment a case comes in.",
    "data-flow": "Source, prediction, who acts on it and the outcome, drawn on one page.",
    "evaluation": "400 cases with known answers, run by itself on this version.",
    "fallback-miss": "Asked about a case that is not there: it says so and hands over to a person.",
    "fallback-timeout": "Taken away for an hour: the desk worked by hand and nothing was lost.",
    "fallback-nonsense": "Twelve wrong answers put in: all were caught at the daily sample.",
    "monitoring": "Latency, answers and drift on one board, with last night's data.",
    "alert-acknowledged": "Test alert on a Sunday at 06:10, acknowledged at 06:19.",
    "feedback": "The first users miss a search and would not go back.",
}
PLAIN = "Seen, and written down on the team's page."
KINDS = (EvidenceKind.TEST, EvidenceKind.SHADOW, EvidenceKind.SIGNATURE, EvidenceKind.DOCUMENT)
# What this company let pass, and why.
LET_PASS = {
    "metric-chosen": "The steering group wanted to see it work first. A number follows in the pilot.",
    "kpi-baseline": "Nobody has ever measured it. The first month with it becomes the baseline.",
    "three-kpis": "One number is enough for this one, the steering group agreed.",
    "run-owner": "A team runs it, and its head answers for it.",
    "limited-live": "It goes live the day after, with everything else in place.",
}
WAIVED_FOR = timedelta(days=365)
SHADOW_WAY = Decimal("0.9")


def supply(
    missing: Mapping[Pilot, Sequence[Missing]], *, owner: By, manager: By, business: Contact, day: date
) -> None:
    """Bring what these pilots lack: the owner evidence, the manager the rest."""
    shown = [
        _evidence(pilot, item.code, day)
        for pilot, items in missing.items()
        for item in items
        if item.code in PLAYBOOK and not PLAYBOOK[item.code].is_computed
    ]
    if shown:
        bring_all(shown, by=owner)
    named = [
        NewOwnership(pilot=pilot, contact=business, role=OwnerRole.BUSINESS_OWNER)
        for pilot, items in missing.items()
        if _lacks(items, "business-owner")
    ]
    if named:
        add_owners(named, by=manager)
    for pilot, items in missing.items():
        for needs, bring in RECORDED:
            if any(_lacks(items, code) for code in needs):
                bring(pilot, manager, day)
    _let_pass(missing, manager, day + WAIVED_FOR)


def _let_pass(missing: Mapping[Pilot, Sequence[Missing]], by: By, until: date) -> None:
    news = [
        NewWaiver(pilot=pilot, subject=item.code, reason=LET_PASS[item.code], until=until)
        for pilot, items in missing.items()
        for item in items
        if item.code in LET_PASS
    ]
    if news:
        waive_all(news, by=by)


def _lacks(items: Sequence[Missing], code: str) -> bool:
    return any(item.code == code for item in items)


def _evidence(pilot: Pilot, code: str, day: date) -> NewEvidence:
    kinds = PLAYBOOK[code].kinds
    kind = next((kind for kind in KINDS if kind in kinds), EvidenceKind.LIVE)
    return NewEvidence(pilot=pilot, requirement=code, kind=kind, dated=day, text=SEEN.get(code, PLAIN))


def _design(pilot: Pilot, by: By, _day: date) -> None:
    fields = {"serving_pattern": ServingPattern.BATCH.value, "regime": Regime.GDPR.value}
    edit_pilots([Edit(pilot=pilot, fields=fields)], by=by)


def _connect(pilot: Pilot, by: By, day: date) -> None:
    if pilot.connections.filter(kind=ConnectionKind.SOURCE.value).exists():
        return
    fields = {
        "owner": "Platform team",
        "state": "tested",
        "is_live": True,
        "tested_on": day,
        "contract_agreed_on": day,
        "origin": "The system the desk works in",
        "transformations": "Names are replaced before anything is read",
        "approved_by": "Data protection",
        "constraints": "Not outside the company, kept for a year",
        "access_reviewed_on": day,
        "quality_checked_on": day,
    }
    new = NewConnection(pilot=pilot, name="Case system", kind=ConnectionKind.SOURCE, fields=fields)
    add_connection(new, by=by)


def _roll_out(pilot: Pilot, by: By, day: date) -> None:
    step = RolloutStep.objects.filter(pilot=pilot).order_by("number").first() or add_step(
        NewStep(
            pilot=pilot,
            kind=RolloutKind.SHADOW,
            share_percent=0,
            starts_on=day - timedelta(days=14),
            ends_on=day,
            audience="Nobody acts on it yet",
            rollback_when="More than one in ten differs from today's way",
        ),
        by=by,
    )
    if not step.outcome:
        result = "Compared with the desk for two weeks: one in twenty differs, mostly old letter types."
        decide_step(StepDecision(step=step, outcome=RolloutOutcome.PROCEED, result=result), by=by)


def sign_main(pilot: Pilot, by: By, _day: date) -> None:
    """Note the signature of the business owner under the main KPI as it is."""
    signer = Owner.objects.get(
        ownerships__pilot=pilot,
        ownerships__role=OwnerRole.BUSINESS_OWNER.value,
        ownerships__until__isnull=True,
    )
    for version in KpiVersion.objects.filter(kpi__pilot=pilot, kpi__is_primary=True).order_by("-number")[:1]:
        paper = "One page with baseline and target, kept with the papers of the steering group."
        sign_kpi(SignKpi(kpi=version.kpi, version_number=version.number, signer=signer, text=paper), by=by)


def _measure(pilot: Pilot, by: By, _day: date) -> None:
    """Log what the shadow run showed: nearly nine tenths of the way for each KPI."""
    readings = [
        NewReading(
            kpi=kpi,
            value=_seen_in_shadow(kpi),
            provenance=Provenance.SHADOW,
            measured_at=by.at,
            note="Shadow run, two weeks beside the desk.",
        )
        for kpi in Kpi.objects.in_use().filter(pilot=pilot).order_by("pk")
    ]
    if readings:
        record_readings(readings, entry=Entry.FILE, by=by)


def _seen_in_shadow(kpi: Kpi) -> Decimal:
    end = kpi.threshold if kpi.target is None else kpi.target
    if end is None:
        raise ValueError(f"{kpi} has neither target nor threshold.")
    start = kpi.baseline if kpi.baseline is not None else end
    return (start + (end - start) * SHADOW_WAY).quantize(Decimal("0.1"))


# Which action brings what, for what the record itself tells.
RECORDED: tuple[tuple[frozenset[str], Callable[[Pilot, By, date], None]], ...] = (
    (frozenset({"serving-pattern", "privacy-regime"}), _design),
    (
        frozenset(
            {
                "integrations-listed",
                "contracts-agreed",
                "connections-tested",
                "live-source",
                "lineage",
                "access-reviewed",
            }
        ),
        _connect,
    ),
    (frozenset({"rollout-planned", "shadow-result"}), _roll_out),
    (frozenset({"kpi-signed"}), sign_main),
    (frozenset({"real-readings"}), _measure),
)
