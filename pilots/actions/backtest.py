"""Asks for a backtest: limits are tried on the past by a worker, and nothing is set."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from pilots.access.models import Event, Program, User
from pilots.actions.bell import ring_soon
from pilots.actions.by import By, Reason, Refused
from pilots.actions.event import event
from pilots.actions.limits import faults_of, require_to_set, whole_limits
from pilots.limits import limits_in_force
from pilots.models import Backtest
from pilots.models.backtest import BacktestQuerySet
from pilots.rules.registry import Rule

YEAR = 365
FEWEST_DAYS, MOST_DAYS = 28, 3 * YEAR
MOST_WAITING = 5


def ask_backtest(
    rule: Rule, limits: Mapping[str, int], *, program: Program | None, days: int = YEAR, by: By
) -> Backtest:
    """Ask a worker to try limits on the days up to today, for a program or for the whole site.

    Limits that are not named are kept as they hold without a setting there. Who asks for the same again
    before it is done gets the one that waits. Raises as `set_limits`, and `Refused` for fewer than 28 or
    more than 1,095 days, or where five of theirs wait already.
    """
    require_to_set(program, by=by)
    in_force = limits_in_force()
    asked = whole_limits(rule, limits, program, in_force)
    reasons = faults_of(rule, limits, asked) + faults_of_days(days)
    if reasons:
        raise Refused(reasons)
    last = by.today(program) if program else by.at.date()
    wanted = {
        "rule": rule.key,
        "program": program,
        "limits": asked,
        "in_force": in_force.of(rule, program.pk) if program else in_force.for_site(rule),
        "first_on": last - timedelta(days=days - 1),
        "last_on": last,
    }
    with transaction.atomic():
        waiting = _hold(by.user)
        for same in waiting:
            if all(getattr(same, name) == value for name, value in wanted.items()):
                return same
        if len(waiting) >= MOST_WAITING:
            sentence = f"{MOST_WAITING} of your backtests wait already. Look at them first."
            raise Refused.because(sentence, code="busy")
        row = Backtest.objects.create(**wanted, asked_by=by.user, asked_at=by.at)
        after = {"limits": asked, "days": days, "backtest": row.pk}
        told = event("rule.backtest_asked", by=by, program=program, subject=rule.key, after=after)
        Event.objects.bulk_create([told])
        ring_soon()
    return row


def _hold(user: User | None) -> list[Backtest]:
    """Return what somebody waits for; who asks twice at once waits for themselves."""
    if user is not None:
        User.objects.select_for_update().get(pk=user.pk)
    waiting: BacktestQuerySet = Backtest.objects.unfinished().filter(asked_by=user)
    return list(waiting.select_related("program").order_by("pk"))


def faults_of_days(days: int) -> list[Reason]:
    """Return what is wrong with the number of days somebody wants to look back."""
    if isinstance(days, int) and not isinstance(days, bool) and FEWEST_DAYS <= days <= MOST_DAYS:
        return []
    return [Reason(f"Write a whole number of days from {FEWEST_DAYS} to {MOST_DAYS:,}.", "days", "days")]
