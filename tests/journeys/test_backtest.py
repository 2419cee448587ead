"""Limits that are tried on the past before they are set, from the form to the setting."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pilots.actions.backtest_run import take_backtest, work_off_backtests
from pilots.actions.by import By
from pilots.actions.job import record_heartbeat
from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Backtest, RuleSetting
from portfolio.jobs import RING
from tests.journeys.conftest import press
from tests.journeys.test_pages_of_a_life import ANYWHERE, LONG, look_all_round

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lived(make_pilot, by):
    """Twelve pilots that have been running for longer and longer; the oldest was stopped."""
    today = timezone.now().date()
    now = By(user=None, at=timezone.now(), source=by.source)
    for place in range(12):
        since = today - timedelta(days=30 + 15 * place)
        pilot = make_pilot(f"{place} {LONG}" if place == 3 else f"Pilot {place}", since=since, by=now)
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too dear."), by=now)


@pytest.mark.usefixtures("lived")
def test_limits_are_tried_watched_and_set(make_visitor, manager):
    visitor = make_visitor()
    visitor.sign_in(manager.email)
    page = visitor.open("/stalled/rules/R-08/?program=claims")

    page.get_by_label("Warning").fill("60")
    press(page, "Try it on the past year")
    record_heartbeat(job=RING.code, at=timezone.now())
    row = take_backtest(timezone.now())
    Backtest.objects.filter(pk=row.pk).update(done=40, total=100)
    expect(page.get_by_text("Looking at every past day.")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "40")
    look_all_round(visitor, "a running backtest", ANYWHERE[1:])

    Backtest.objects.filter(pk=row.pk).update(lease_until=None, lease_token=None)
    work_off_backtests(timezone.now)

    expect(page.get_by_role("heading", name="By these limits 9 of 12 pilots")).to_be_visible()
    expect(page.get_by_role("row", name="Stopped or retired")).to_contain_text("1")
    look_all_round(visitor, "a backtest", ANYWHERE)
    page.get_by_label("Why").fill("It fits us.")
    press(page, "Set these limits")
    assert RuleSetting.objects.get().limits == {"warning": 60, "high": 180}
