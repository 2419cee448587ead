"""Deleting a person never deletes a pilot, a KPI or history (promise D10): CASCADE only where listed here."""

import pytest
from django.apps import apps
from django.db import models
from django.db.models.deletion import ProtectedError

from pilots.access.models import User
from pilots.models import Owner, Pilot

# Whoever is gone takes these along, and they hold nothing that anybody else needs.
GOES_WITH = {
    "access.User": {
        "access.ApiToken.user",
        "access.IdempotencyKey.user",
        "account.EmailAddress.user",
        "digests.DigestSetting.user",
        "digests.DigestWeek.user",
        "pilots.SavedView.owner",
        "visits.Visit.user",
    },
    "account.EmailAddress": {"account.EmailConfirmation.email_address"},
    "contenttypes.ContentType": {"auth.Permission.content_type"},
    "access.Program": {
        "access.Membership.program",
        "exchange.SavedMapping.program",
        "kpis.ProgramMoney.program",
        "kpis.Rate.program",
        "pace.Forecast.program",
        "pilots.Backtest.program",
        "pilots.Freeze.program",
        "pilots.GateSetting.program",
        "pilots.Holiday.program",
        "pilots.Invitation.program",
        "pilots.PilotTemplate.program",
        "pilots.PlanTemplate.program",
        "pilots.PlaybookEntry.program",
        "pilots.ProgramLine.program",
        "pilots.SavedView.program",
        "steering.Pack.program",
    },
    "steering.Pack": {"steering.PackShare.pack"},
    "pilots.Owner": {"pilots.Invitation.owner"},
    # A pilot is removed as a whole, under a permit, by taking an import back or clearing the sample.
    "pilots.Pilot": {
        "exchange.ImportedPilot.pilot",
        "kpis.FeedbackLoop.pilot",
        "kpis.Kpi.pilot",
        "kpis.LedgerEntry.pilot",
        "kpis.Report.pilot",
        "pilots.Answer.pilot",
        "pilots.Approval.pilot",
        "pilots.Connection.pilot",
        "pilots.Decision.pilot",
        "pilots.Evidence.pilot",
        "pilots.Flag.pilot",
        "pilots.Hold.pilot",
        "pilots.LogEntry.pilot",
        "pilots.Milestone.pilot",
        "pilots.ModelVersion.pilot",
        "pilots.Ownership.pilot",
        "pilots.PilotTag.pilot",
        "pilots.Plan.pilot",
        "pilots.RegisterEntry.pilot",
        "pilots.RequirementState.pilot",
        "pilots.RolloutStep.pilot",
        "pilots.ScopeChange.pilot",
        "pilots.StageSpan.pilot",
        "pilots.StageTransition.pilot",
        "pilots.Waiting.pilot",
        "pilots.Waiver.pilot",
    },
    # A KPI with readings is refused to be removed; without any, its versions and signatures are part of it.
    "kpis.Kpi": {"kpis.KpiVersion.kpi", "kpis.Measurement.kpi"},
    "kpis.KpiVersion": {"kpis.SignOff.version"},
    "pilots.StageTransition": {"pilots.Ending.transition"},
    "pilots.Plan": {"pilots.Phase.plan", "pilots.ScopeChange.plan"},
    "pilots.Flag": {"digests.Escalation.flag"},
    "exchange.Import": {"exchange.ImportedPilot.of_import"},
}
# What nobody loses because a person leaves.
KEPT = {
    "pilots.Pilot",
    "kpis.Kpi",
    "kpis.KpiVersion",
    "kpis.SignOff",
    "kpis.Measurement",
    "kpis.LedgerEntry",
    "kpis.Report",
    "access.Event",
    "pilots.StageTransition",
    "pilots.LogEntry",
    "pilots.Ownership",
    "pilots.Evidence",
    "pilots.Approval",
    "pilots.Waiver",
    "pilots.Decision",
    "pilots.Answer",
    "exchange.Import",
}


def cascades():
    """Return every relation that deletes, as “app.Model.field”, by the model whose deletion it follows."""
    found = {}
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.is_relation and field.remote_field.on_delete is models.CASCADE:
                name = f"{model._meta.label}.{field.name}"
                found.setdefault(field.related_model._meta.label, set()).add(name)
    return found


def swept_away_with(label, found):
    """Return the labels of all models whose rows a deletion reaches, step by step."""
    reached, ahead = set(), [label]
    while ahead:
        for name in found.get(ahead.pop(), ()):
            child = name.rsplit(".", 1)[0]
            if child not in reached:
                reached.add(child)
                ahead.append(child)
    return reached


def test_cascades_stand_in_the_list_and_nowhere_else():
    assert cascades() == GOES_WITH


@pytest.mark.parametrize("label", ["access.User", "pilots.Owner", "access.Program"])
def test_nobody_who_leaves_takes_pilots_numbers_or_history_along(label):
    assert swept_away_with(label, cascades()) & KEPT == set()


def test_a_new_cascade_would_be_noticed(monkeypatch):
    """The control."""
    monkeypatch.setattr(Pilot._meta.get_field("program").remote_field, "on_delete", models.CASCADE)

    assert cascades() != GOES_WITH
    assert "kpis.Kpi" in swept_away_with("access.Program", cascades())


def test_a_person_with_history_is_not_deleted_at_all(make_pilot, by, manager):
    make_pilot(by=by)

    with pytest.raises(ProtectedError):
        User.objects.get(pk=manager.pk).delete()
    with pytest.raises(ProtectedError):
        Pilot.objects.get().program.delete()

    assert Pilot.objects.count() == 1
    assert Owner.objects.count() == 0
