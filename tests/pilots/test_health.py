"""Health: the first answer that applies, and never green for what nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pilots.health import Finding, Health, dominant, health, since
from pilots.rules.registry import Kind, Pattern, Severity

AT = datetime(2026, 11, 18, 9, tzinfo=UTC)


def finding(kind=Kind.STALL, severity=Severity.HIGH, pattern=Pattern.PURGATORY, at=AT, **more):
    return Finding(kind, severity, pattern, at, **more)


def found(*findings, **facts):
    plain = {"is_ended": False, "is_held": False, "is_blocked": False, "is_quiet": False, "is_known": True}
    return health(**{**plain, **facts}, findings=findings)


def test_first_answer_that_applies_wins():
    stalled = finding()

    assert found(stalled, is_ended=True, is_held=True, is_blocked=True) is Health.ENDED
    assert found(stalled, is_held=True, is_blocked=True) is Health.ON_HOLD
    assert found(stalled, is_blocked=True) is Health.STALLED
    assert found(finding(Kind.RISK), is_blocked=True) is Health.BLOCKED
    assert found(finding(Kind.RISK), is_known=False) is Health.AT_RISK
    assert found(is_known=False) is Health.NOT_KNOWN
    assert found() is Health.ON_TRACK


@pytest.mark.parametrize(
    ("kind", "severity", "expected"),
    [
        (Kind.STALL, Severity.CRITICAL, Health.STALLED),
        (Kind.STALL, Severity.HIGH, Health.STALLED),
        (Kind.STALL, Severity.WARNING, Health.AT_RISK),
        (Kind.STALL, Severity.INFO, Health.ON_TRACK),
        (Kind.RISK, Severity.CRITICAL, Health.AT_RISK),
        (Kind.RISK, Severity.HIGH, Health.AT_RISK),
        (Kind.RISK, Severity.WARNING, Health.AT_RISK),
        (Kind.RISK, Severity.INFO, Health.ON_TRACK),
        (Kind.GATE, Severity.HIGH, Health.AT_RISK),
        (Kind.GATE, Severity.WARNING, Health.ON_TRACK),
        (Kind.HYGIENE, Severity.HIGH, Health.AT_RISK),
        (Kind.HYGIENE, Severity.WARNING, Health.ON_TRACK),
    ],
)
def test_only_a_serious_stall_makes_a_pilot_stalled(kind, severity, expected):
    assert found(finding(kind, severity)) is expected


def test_finding_that_blocks_stands_between_stalled_and_at_risk():
    gate = finding(Kind.GATE, blocks=True)

    assert found(gate) is Health.BLOCKED
    assert found(gate, finding()) is Health.STALLED
    assert found(replace(gate, counts=False)) is Health.ON_TRACK
    assert found(gate, is_quiet=True) is Health.NOT_KNOWN
    assert found(gate, is_held=True) is Health.ON_HOLD


@pytest.mark.parametrize(
    ("said_on", "found_on", "expected"),
    [(1, None, 1), (None, 3, 3), (1, 3, 1), (3, 1, 1), (None, None, None)],
)
def test_blocked_counts_from_the_first_word_or_flag(said_on, found_on, expected):
    def day(number):
        return number and AT.date().replace(day=number)

    blocking = finding(Kind.GATE, blocks=True, since=day(found_on))
    other = finding(Kind.RISK, since=day(2))

    assert since(Health.BLOCKED, blocked_on=day(said_on), findings=[blocking, other]) == day(expected)


def test_what_does_not_count_leaves_health():
    assert found(finding(counts=False)) is Health.ON_TRACK


def test_quiet_pilots_are_neither_accused_nor_called_well():
    assert found(finding(), is_quiet=True) is Health.NOT_KNOWN
    assert found(finding(), is_quiet=True, is_blocked=True) is Health.BLOCKED
    assert found(is_quiet=True) is Health.ON_TRACK


def test_what_is_told_once_gives_no_colour_and_so_no_green():
    shared = finding(counts=False, leaves_doubt=True)

    assert found(shared) is Health.NOT_KNOWN
    assert found(shared, finding()) is Health.STALLED


def test_dominant_pattern_is_the_most_severe_then_the_most_then_the_oldest():
    older = AT - timedelta(days=3)
    vacuum = Pattern.OWNERSHIP_VACUUM

    assert dominant([]) is None
    assert dominant([finding(counts=False)]) is None
    assert dominant([finding(), finding(), finding(severity=Severity.CRITICAL, pattern=vacuum)]) is vacuum
    assert dominant([finding(), finding(pattern=vacuum), finding(pattern=vacuum)]) is vacuum
    assert dominant([finding(), finding(pattern=vacuum, at=older)]) is vacuum
    assert dominant([finding(at=older), finding(pattern=vacuum)]) is Pattern.PURGATORY
