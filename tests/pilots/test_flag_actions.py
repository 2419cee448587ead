"""Flags rest, are contradicted and wake by people's word; every guard has a test that fails without it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pilots.access.models import Event, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.flag import Dispute, Snooze, dispute_flags, snooze_flags, wake_flags
from pilots.actions.judge import scan
from pilots.lifecycle import Stage
from pilots.models import Flag, Owner, Ownership, Pilot
from pilots.rules.registry import Severity
from tests.conftest import NOW, TODAY

TOMORROW, LAST = date(2026, 11, 19), date(2027, 2, 16)


@pytest.fixture
def stuck(make_pilot, make_flag):
    """A stalled pilot past its quiet days, and its flag."""
    pilot = make_pilot("Stuck")
    Pilot.objects.update(quiet_until=None)
    return make_flag(pilot, health="stalled")


def snooze(flag, by, *, until=TOMORROW, reason="The file comes on Thursday.") -> Flag:
    return snooze_flags([Snooze(flag=flag, until=until, reason=reason)], by=by)[0]


def reasons(act) -> list[tuple[str, str, str]]:
    with pytest.raises(Refused) as refused:
        act()
    return [(reason.field, reason.code, reason.sentence) for reason in refused.value.reasons]


def news() -> Event:
    return Event.objects.filter(verb__startswith="flag.").latest("pk")


# --- Snooze ------------------------------------------------------------------------------


def test_snooze_leaves_health_stays_open_and_is_told(stuck, by, manager):
    version = Pilot.objects.get().version

    flag = snooze(stuck, by, reason="  The file comes on Thursday. ")

    pilot = Pilot.objects.get()
    assert (flag.snoozed_until, flag.snooze_reason, flag.snoozed_by) == (
        datetime(2026, 11, 19, tzinfo=UTC),
        "The file comes on Thursday.",
        manager,
    )
    assert (pilot.health, pilot.pattern, pilot.version) == ("not_known", "", version)
    assert flag.closed_at is None
    told = news()
    assert (told.verb, told.subject, told.after, told.reason, told.movement) == (
        "flag.snoozed",
        "Proven, no users",
        {"rule": "R-01", "severity": "high", "until": "2026-11-19"},
        "The file comes on Thursday.",
        "",
    )
    assert (told.actor, told.source, told.pilot_key, told.batch) == (manager, Source.WEB.value, "CLM-1", None)


def test_snooze_ends_by_itself_at_the_beginning_of_its_day_where_the_program_is(stuck, by, program):
    program.zone = "Pacific/Auckland"  # UTC+13
    program.save(update_fields=["zone"])
    stuck.refresh_from_db()

    flag = snooze(stuck, by, until=date(2026, 11, 25))

    ends = datetime(2026, 11, 24, 11, tzinfo=UTC)
    assert flag.snoozed_until == ends
    assert not flag.counts(ends - timedelta(seconds=1))
    assert flag.counts(ends)


def test_scan_heals_health_when_a_snooze_is_over(make_pilot, by):
    make_pilot("Stuck", stage=Stage.PROVEN, since=date(2026, 1, 5))
    Pilot.objects.update(quiet_until=None)
    scan(at=NOW)
    for flag in Flag.objects.open():
        snooze(flag, by)
    rested = Pilot.objects.get().health

    scan(at=NOW + timedelta(days=1))

    assert (rested, Pilot.objects.get().health) == ("not_known", "stalled")


def test_escalation_wakes(make_pilot, by):
    make_pilot("Stuck", stage=Stage.PROVEN, since=date(2026, 6, 1))  # 135 days on 14 Oct, 180 on 28 Nov
    Pilot.objects.update(quiet_until=None)
    scan(at=NOW)
    snooze(Flag.objects.get(rule="R-01"), by, until=LAST)

    scan(at=NOW + timedelta(days=10))

    flag = Flag.objects.get(rule="R-01")
    assert (flag.severity, flag.snoozed_until) == ("critical", None)


def test_several_rest_with_one_reason_and_one_batch(stuck, make_pilot, make_flag, by):
    other = make_flag(make_pilot("Other"), health="stalled")
    Pilot.objects.update(quiet_until=None)

    snooze_flags([Snooze(flag=flag, until=TOMORROW, reason="Freeze week.") for flag in (stuck, other)], by=by)

    events = Event.objects.filter(verb="flag.snoozed")
    assert {event.reason for event in events} == {"Freeze week."}
    assert len(events) == 2
    assert len({event.batch for event in events} - {None}) == 1
    assert set(Pilot.objects.values_list("health", flat=True)) == {"not_known"}


def test_cost_does_not_grow_with_flags(make_pilot, make_flag, by, django_assert_num_queries):
    flags = [make_flag(make_pilot(f"Pilot {n}"), health="stalled") for n in range(30)]

    with django_assert_num_queries(9):
        snooze_flags([Snooze(flag=flags[0], until=TOMORROW, reason="…")], by=by)
    with django_assert_num_queries(9):
        snooze_flags([Snooze(flag=flag, until=TOMORROW, reason="…") for flag in flags], by=by)


@pytest.mark.parametrize(
    ("until", "code", "sentence"),
    [
        (TODAY, "past", "That is today. Choose a day from tomorrow on."),
        (date(2026, 11, 16), "past", "Mon 16 Nov 2026 has passed. Choose a day from tomorrow on."),
        (date(2027, 2, 17), "too-far", "That is too far ahead. Choose a day up to Tue 16 Feb 2027."),
        (date.max, "too-far", "That is too far ahead. Choose a day up to Tue 16 Feb 2027."),
    ],
)
@pytest.mark.parametrize("deed", [Snooze, Dispute])
def test_day_is_one_of_the_next_ninety(stuck, by, deed, until, code, sentence):
    answer = deed(flag=stuck, until=until, reason="known")
    act = snooze_flags if deed is Snooze else dispute_flags

    assert reasons(lambda: act([answer], by=by)) == [("until", code, sentence)]
    act([replace(answer, until=LAST)], by=by)


@pytest.mark.parametrize(
    ("reason", "code", "sentence"),
    [
        ("", "required", "Say why, so that others can follow it."),
        ("  \n", "required", "Say why, so that others can follow it."),
        ("a" * 501, "max_length", "Write at most 500 characters; these are 501."),
        ("a\x00b", "null-character", "This text holds a NUL character. Remove it."),
    ],
)
@pytest.mark.parametrize("deed", [Snooze, Dispute])
def test_reason_is_needed_and_storable(stuck, by, deed, reason, code, sentence):
    answer = deed(flag=stuck, until=TOMORROW, reason=reason)
    act = snooze_flags if deed is Snooze else dispute_flags

    assert reasons(lambda: act([answer], by=by)) == [("reason", code, sentence)]
    assert Event.objects.filter(verb__startswith="flag.").count() == 0
    assert Pilot.objects.get().health == "stalled"


def test_all_faults_are_named_at_once(stuck, by):
    found = reasons(lambda: snooze(stuck, by, until=TODAY, reason=""))

    assert [(field, code) for field, code, _ in found] == [("until", "past"), ("reason", "required")]


def test_cleared_flag_says_when_it_cleared(stuck, by):
    Flag.objects.update(closed_at=NOW)

    sentence = "It cleared on Wed 18 Nov 2026, so there is nothing to {}."
    assert reasons(lambda: snooze(stuck, by)) == [("", "cleared", sentence.format("snooze"))]
    assert reasons(lambda: dispute_flags([Dispute(flag=stuck, reason="known")], by=by)) == [
        ("", "cleared", sentence.format("dispute"))
    ]
    assert reasons(lambda: wake_flags([stuck], by=by)) == [("", "cleared", sentence.format("wake"))]


def test_one_refusal_leaves_all_as_they_were(stuck, make_pilot, make_flag, by):
    other = make_flag(make_pilot("Other"), closed_at=NOW)

    with pytest.raises(Refused):
        snooze_flags([Snooze(flag=flag, until=TOMORROW, reason="…") for flag in (stuck, other)], by=by)

    stuck.refresh_from_db()
    assert stuck.snoozed_until is None
    assert not Event.objects.filter(verb="flag.snoozed").exists()


# --- Dispute and wake --------------------------------------------------------------------


def test_dispute_lasts_four_weeks_unless_a_day_is_given(stuck, by):
    dispute_flags([Dispute(flag=stuck, reason="It went live on Monday.")], by=by)
    stuck.refresh_from_db()
    first = stuck.disputed_until
    dispute_flags([Dispute(flag=stuck, reason="It went live on Monday.", until=TOMORROW)], by=by)
    stuck.refresh_from_db()

    assert (first, stuck.disputed_until) == (
        datetime(2026, 12, 16, tzinfo=UTC),
        datetime(2026, 11, 19, tzinfo=UTC),
    )
    assert (stuck.dispute_reason, Pilot.objects.get().health) == ("It went live on Monday.", "not_known")
    assert (news().verb, news().reason) == ("flag.disputed", "It went live on Monday.")


def test_wake_ends_both_and_health_follows(stuck, by):
    snooze(stuck, by)
    dispute_flags([Dispute(flag=stuck, reason="known")], by=by)

    wake_flags([stuck], by=by)

    stuck.refresh_from_db()
    assert (stuck.snoozed_until, stuck.disputed_until) == (None, None)
    assert (Pilot.objects.get().health, Pilot.objects.get().pattern) == ("stalled", "purgatory")
    assert (news().verb, news().after) == ("flag.woken", {"rule": "R-01", "severity": "high"})


def test_what_is_awake_cannot_be_woken(stuck, by):
    assert reasons(lambda: wake_flags([stuck], by=by)) == [
        ("", "awake", "It is neither snoozed nor disputed now.")
    ]


# --- Who ------------------------------------------------------------------------------------


def test_contributors_managers_and_owners_may_and_nobody_else(
    stuck, manager, contributor, viewer, executive, administrator, make_user
):
    owner = make_user("olga@example.com")
    named = Owner.objects.create(program=stuck.pilot.program, name="Olga", user=owner)
    Ownership.objects.create(
        pilot=stuck.pilot, owner=named, role=OwnerRole.SPONSOR.value, since=TODAY, accepted_on=TODAY
    )

    for user in (manager, contributor, owner):
        snooze(stuck, By(user=user, at=NOW, source=Source.WEB))
    for user in (viewer, executive, administrator):
        with pytest.raises(Forbidden, match="snooze, dispute or assign flags here"):
            snooze(stuck, By(user=user, at=NOW, source=Source.WEB))


def test_flag_of_an_unseen_pilot_is_not_there(stuck, stranger):
    with pytest.raises(Pilot.DoesNotExist):
        snooze(stuck, By(user=stranger, at=NOW, source=Source.WEB))


def test_blocked_pilot_falls_back_to_blocked_when_its_flag_rests(stuck, by):
    Pilot.objects.update(blocked_on=TODAY, blocked_by="Legal")

    snooze(stuck, by)

    assert Pilot.objects.get().health == "blocked"


def test_other_flags_go_on_counting(stuck, make_flag, by):
    make_flag(stuck.pilot, rule="R-08", severity=Severity.WARNING)

    snooze(stuck, by)

    assert Pilot.objects.get().health == "at_risk"
