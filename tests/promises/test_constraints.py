"""The database refuses what the form refuses (promise D8), by CHECK constraints of its own.

`bulk_create` runs none of Python's validation, so what it cannot store the database refused. The control:
the same row without its one fault is stored.
"""

import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.db.models import CheckConstraint

from tests.faults.place import LONG
from tests.promises.rows import NOW, TODAY, Rows, our_models

TIMES = 24 if LONG else 3
YESTERDAY, BEFORE = TODAY - timedelta(days=1), NOW - timedelta(days=1)
STRANGE = ["x", "ZZ", "Idea", "none of these", " ", "0", "G9", "true"]


def known(*columns):
    """Faults of columns whose words are listed."""
    return [{column: word} for column in columns for word in STRANGE]


# For each constraint, values that break it and nothing else.
FAULTS = {
    "membership_role_known": known("role"),
    "event_source_known": known("source"),
    "owner_has_name": [{"name": ""}],
    "ownership_ends_after_start": [{"until": YESTERDAY}],
    "ownership_role_known": known("role"),
    "ownership_deputy_has_last_day": [{"ends_on": TODAY}, {"ends_on": YESTERDAY}],
    "ownership_delivers_something": [{"delivered_on": TODAY}],
    "pilot_has_name": [{"name": ""}],
    "pilot_stage_known": known("stage"),
    "pilot_risk_known": known("risk"),
    "pilot_how_built_known": known("how_built"),
    "pilot_serving_pattern_known": known("serving_pattern"),
    "pilot_serving_location_known": known("serving_location"),
    "pilot_model_tier_known": known("model_tier"),
    "pilot_regime_known": known("regime"),
    "pilot_complexity_known": known("complexity"),
    "pilot_review_needs_hold": [{"hold_review_on": TODAY}],
    "flag_severity_known": known("severity"),
    "flag_snooze_has_reason": [{"snoozed_until": NOW}],
    "flag_dispute_has_reason": [{"disputed_until": NOW}],
    "flag_closes_after_opening": [{"closed_at": BEFORE}],
    "program_line_hit_of_eligible": [{"hit": 3}],
    "answer_kind_known": known("kind"),
    "backtest_has_days": [{"last_on": YESTERDAY}],
    "answer_settled_whole": [{"is_accepted": True}, {"settled_at": NOW}],
    "custom_field_has_label": [{"label": ""}],
    "custom_field_kind_known": known("kind"),
    "decision_asks_something": [{"question": ""}],
    "decision_decided_whole": [{"choice": "Go on"}, {"decided_at": NOW}, {"decided_on": TODAY}],
    "decision_decided_after_asked": [{"decided_at": BEFORE, "decided_on": YESTERDAY, "choice": "Go on"}],
    "transition_names_stage_or_voids": [{"to_stage": ""}, *known("to_stage")],
    "transition_precision_fits": [
        {"precision": "day"},
        {"happened_on": TODAY},
        {"happened_on": TODAY, "precision": "week"},
        {"happened_on": TODAY, "precision": "day", "latest_on": YESTERDAY},
    ],
    "hold_ends_after": [{"until": YESTERDAY}],
    "hold_review_after": [{"review_on": YESTERDAY}],
    "hold_has_reason": [{"reason": ""}],
    "ending_cause_known": known("cause"),
    "ending_money_has_currency": [
        {"released_amount": 5},
        {"released_currency": "EUR"},
        {"released_amount": -5, "released_currency": "EUR"},
    ],
    "invitation_accepted_by_somebody": [{"accepted_at": NOW}],
    "invitation_accepted_after_sending": [{"accepted_at": BEFORE, "accepted_by": "access.User"}],
    "log_kind_known": known("kind"),
    "log_says_something": [{"text": ""}],
    "phase_ends_after_start": [{"planned_end": YESTERDAY}],
    "milestone_has_title": [{"title": ""}],
    "connection_has_name": [{"name": ""}],
    "connection_kind_known": known("kind"),
    "connection_state_known": known("state"),
    "rollout_kind_known": known("kind"),
    "rollout_share_to_100": [{"share_percent": share, "number": 2} for share in (101, 200, 32_000)],
    "rollout_shadow_decides_nothing": [{"kind": "shadow", "share_percent": share} for share in (1, 50)],
    "rollout_never_all_first": [{"number": 1, "share_percent": 100}],
    "rollout_ends_after": [{"ends_on": YESTERDAY}],
    "rollout_decided_whole": [
        {"decided_on": TODAY},
        {"outcome": "hold"},
        {"decided_on": TODAY, "outcome": "maybe"},
    ],
    "model_version_has_label": [{"label": ""}],
    "evidence_kind_known": known("kind"),
    "evidence_audience_known": known("audience"),
    "evidence_stage_known": known("stage"),
    "approval_role_known": known("role"),
    "playbook_entry_unblocker_known": known("unblocker"),
    "phase_code_known": known("code"),
    "owner_kind_known": known("kind"),
    "kpi_direction_known": known("direction"),
    "evidence_says_something": [{"text": ""}],
    "evidence_link_is_web": [
        {"link": link} for link in ("javascript:alert(1)", "ftp://x", "//x", "data:,x", "https:/x", "x")
    ],
    "evidence_withdrawn_whole": [{"withdrawn_at": NOW}, {"withdrawn_because": "It was wrong."}],
    "requirement_met_or_reopened": [{"met_on": TODAY, "reopened_on": TODAY}],
    "waiting_ends_after_start": [{"until": YESTERDAY}],
    "waiting_role_known": known("on_role"),
    "waiver_has_reason": [{"reason": ""}],
    "waiver_has_subject": [{"subject": ""}],
    "approval_gate_known": [{"gate": ""}, *known("gate")],
    "playbook_entry_gate_known": known("gate"),
    "gate_setting_gate_known": [{"gate": ""}, *known("gate")],
    "gate_setting_approving_known": known("approving"),
    "gate_setting_joins": [{"before_go_live": True, "gate": gate} for gate in ("G0", "G1", "G6")],
    "register_reference_given": [{"reference": ""}],
    "view_has_name": [{"name": ""}],
    "view_shared_with_program": [{"is_shared": True}],
    "pilot_template_has_name": [{"name": ""}],
    "freeze_ends_after_start": [{"last_on": YESTERDAY}],
    "freeze_has_reason": [{"reason": ""}],
    "kpi_target_differs": [{"baseline": number, "target": number} for number in (0, 9, -3)],
    "kpi_kind_known": known("kind"),
    "kpi_baseline_provenance_known": known("baseline_provenance"),
    "kpi_primary_is_business": [
        {"is_primary": True, "kind": "latency"},
        {"is_primary": True, "kind": "model_quality"},
        {"is_primary": True, "retired_on": TODAY},
    ],
    "kpi_has_target": [{"target": None}],
    "kpi_range_whole": [
        {"direction": "range"},
        {"target_low": 3},
        {"direction": "lower", "target_low": 3},
        {"direction": "range", "target_low": 3, "target": None, "threshold": 5},
    ],
    "kpi_range_order": [{"direction": "range", "target_low": low} for low in (9, 10)],
    "kpi_window_positive": [{"window_days": 0}],
    "kpi_cadence_positive": [{"cadence_days": 0}],
    "kpi_value_whole": [
        {"value_per_unit": 5},
        {"value_per_unit": 0, "value_currency": "EUR"},
        {"value_per_unit": -5, "value_currency": "EUR"},
        {"value_currency": "EUR"},
    ],
    "kpi_version_counted": [{"number": 0}],
    "sign_off_link_is_web": [{"link": link} for link in ("javascript:alert(1)", "ftp://x", "//x", "x")],
    "measurement_provenance_known": known("provenance"),
    "measurement_entry_known": known("entry"),
    "measurement_sample_counted": [{"sample_size": 0}],
    "measurement_revision_counted": [{"revision": 0}],
    "measurement_withdrawn_whole": [
        {"withdrawn_at": NOW},
        {"withdrawn_because": "It was wrong."},
        {"withdrawn_at": NOW, "is_current": False},
        {"withdrawn_at": NOW, "withdrawn_because": "It was wrong.", "is_current": True},
    ],
    "ledger_kind_and_category": [
        *known("kind"),
        {"category": ""},
        {"category": "efficiency"},
        {"kind": "benefit"},
        {"kind": "budget"},
    ],
    "ledger_phase_known": known("phase"),
    "ledger_basis_known": [*known("basis"), {"kind": "budget", "category": "", "basis": "actual"}],
    "ledger_amount_not_negative": [{"amount": -1}, {"amount": "-0.01"}],
    "ledger_has_currency": [{"currency": ""}],
    "ledger_period_in_order": [{"period_to": YESTERDAY}],
    "ledger_commitment_of_budget": [
        {"commitment": "committed", "decided_on": TODAY},
        {"kind": "budget", "category": "", "decided_on": TODAY},
        {"kind": "budget", "category": "", "commitment": "committed"},
        {"kind": "budget", "category": "", "commitment": "maybe", "decided_on": TODAY},
    ],
    "ledger_finding_of_benefit": [
        {"finding": "verified", "checked_on": TODAY},
        {"kind": "benefit", "category": "efficiency", "finding": "verified", "checked_on": TODAY},
        {"kind": "benefit", "category": "efficiency", "basis": "actual", "finding": "verified"},
        {"kind": "benefit", "category": "efficiency", "basis": "actual", "checked_on": TODAY},
        {"kind": "benefit", "category": "efficiency", "basis": "actual", "finding": "x", "checked_on": TODAY},
    ],
    "program_has_currency": [{"currency": ""}],
    "rate_has_currency": [{"currency": ""}],
    "rate_positive": [{"rate": 0}, {"rate": -1}],
    "loop_counted_whole": [
        {"labelled": 3},
        {"answered": 3},
        {"labelled": 4, "answered": 3, "counted_on": TODAY},
        {"labelled": 0, "answered": 0, "counted_on": TODAY},
        {"labelled": 3, "answered": 3},
        {"answered": 3, "counted_on": TODAY},
        {"labelled": 3, "counted_on": TODAY},
    ],
    "loop_cadence_positive": [{"retrain_every_days": 0}],
    "report_kind_known": known("kind"),
    "report_period_in_order": [{"period_to": YESTERDAY}],
    "report_verdict_of_kind": [
        *known("verdict"),
        {"kind": "month", "verdict": "expand"},
        {"kind": "window", "verdict": "held"},
        {"kind": "year", "verdict": "roll_back"},
        {"kind": "three_years", "verdict": "hold"},
    ],
    "report_concluded": [{"kind": kind, "published_at": NOW} for kind in ("window", "year", "three_years")],
    "message_state_known": known("state"),
    "message_lease_while_sending": [{"state": "sending"}, {"lease_token": "0" * 32}],
    "restore_backup_comes_first": [{"noted_at": BEFORE}],
    "digest_weekday_known": [{"weekday": day} for day in (7, 8, 32_000)],
    "digest_hour_known": [{"hour": hour} for hour in (24, 25, 32_000)],
    "digest_scope_known": known("scope"),
    "digest_form_known": known("as_form"),
    "digest_note_known": known("note"),
    "escalation_level_known": known("level"),
    "import_step_known": known("step"),
    "import_wanted_known": known("wanted"),
    "forecast_in_order": [{"low": 2}, {"middle": 3}, {"open": 1}],
    "forecast_before_its_quarter": [{"quarter": TODAY}, {"quarter": YESTERDAY}],
    "pack_has_title": [{"title": ""}],
    "pack_known_by_freeze": [{"frozen_at": BEFORE}],
    "share_expires_later": [{"expires_at": NOW}, {"expires_at": BEFORE}],
    "sharing_is_one_row": [{"id": 2}],
}


def constraints():
    """Return the model of every CHECK constraint, by its name."""
    return {
        constraint.name: model
        for model in our_models()
        for constraint in model._meta.constraints
        if isinstance(constraint, CheckConstraint)
    }


@pytest.fixture
def rows(db):
    return Rows()


def made(rows, model, fault):
    """Return a row with these values; a model's label stands for a stored row of it."""
    fields = {}
    for name, value in fault.items():
        field = model._meta.get_field(name)
        is_label = field.is_relation and isinstance(value, str)
        fits = not isinstance(field, models.CharField) or not field.max_length
        value = rows.kept(field.related_model) if is_label else value
        fields[name] = value if fits else value[: field.max_length]
    return rows.sound(model, **fields)


def refusal(row):
    """Store a row past all validation; return what the database said, or "" when it took the row."""
    try:
        with transaction.atomic():
            type(row)._default_manager.bulk_create([row])
            transaction.set_rollback(True)
    except IntegrityError as error:
        return str(error)
    return ""


def test_every_constraint_has_a_row_that_breaks_it():
    assert sorted(FAULTS) == sorted(constraints())


def test_rows_without_a_fault_are_stored(rows):
    """The control: what the database refuses below, it refuses for the fault and nothing else."""
    assert {model._meta.label: refusal(rows.sound(model)) for model in our_models()} == {
        model._meta.label: "" for model in our_models()
    }


def test_rows_with_a_fault_are_refused_by_the_constraint_that_names_it(rows):
    tried, stored, by_another = 0, [], []
    dice = random.Random(8)
    for name, model in constraints().items():
        for fault in FAULTS[name] if LONG else dice.sample(FAULTS[name], k=min(3, len(FAULTS[name]))):
            for _ in range(TIMES if len(FAULTS[name]) < 5 else 3):
                said = refusal(made(rows, model, fault))
                tried += 1
                if not said:
                    stored.append((name, fault))
                elif name not in said:
                    by_another.append((name, fault, said))

    assert (stored, by_another) == ([], [])
    print(f"{tried} rows with a fault, {len(constraints())} constraints, {connection.vendor}: 0 stored")


def test_a_constraint_that_is_gone_would_be_noticed(rows):
    """The control of the harness: without its constraint, the row with the fault is stored."""
    model = constraints()["freeze_has_reason"]
    constraint = next(item for item in model._meta.constraints if item.name == "freeze_has_reason")
    fault = {"reason": "", "first_on": date(2026, 1, 1)}
    assert "freeze_has_reason" in refusal(made(rows, model, fault))

    row = made(rows, model, fault)
    if connection.vendor == "postgresql":
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
    else:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = 1")
    try:
        assert refusal(row) == ""
    finally:
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA ignore_check_constraints = 0")
