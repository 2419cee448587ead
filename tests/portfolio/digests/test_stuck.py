"""Which reason a stuck pilot stands for in a digest, what is told in full, and who is asked to answer."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pilots.access.models import Membership, Program, Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.log import NewLine, check_in
from pilots.models import Flag, Owner, Ownership, Pilot
from pilots.models.log import Going, LogKind
from pilots.web.flag_wish import FlagWish
from portfolio.desk.stalled.rows import rows_of
from portfolio.digests.compose import compose
from portfolio.digests.mail import as_html
from portfolio.digests.models import DigestScope, setting_of
from portfolio.digests.text import as_text
from tests.portfolio.digests.conftest import LAST_MONDAY, MONDAY

WEEK = timedelta(weeks=1)


def keys(chapter):
    return [entry.key for entry in chapter.every]


@pytest.fixture
def own(program, make_user, portfolio):
    """Give somebody a pilot of their own."""

    def give(pilot, person, *, accepted_on=date(2026, 9, 1)):
        contact, _ = Owner.objects.get_or_create(program=program, user=person, defaults={"name": person.name})
        return Ownership.objects.create(
            pilot=pilot,
            owner=contact,
            role=OwnerRole.PRODUCTION_OWNER.value,
            since=date(2026, 9, 1),
            accepted_on=accepted_on,
        )

    return give


def blocked(pilot, *, by, text="No contract yet."):
    fresh = Pilot.objects.get(pk=pilot.pk)
    line = NewLine(pilot=fresh, kind=LogKind.CHECK_IN, going=Going.BLOCKED, text=text, blocked_by="Legal")
    check_in(line, by=by)
    Pilot.objects.filter(pk=pilot.pk).update(health="blocked")
    return Pilot.objects.get(pk=pilot.pk)


# --- The reason ----------------------------------------------------------------------------


def test_reason_is_the_one_of_the_page_of_what_is_stalled_not_the_newest(portfolio, viewer, scanned):
    late = portfolio["late"]
    Pilot.objects.filter(pk=late.pk).update(stage_clock_on=date(2026, 4, 1))
    old = Flag.objects.get(pilot=portfolio["old"], rule="R-08")
    old.pk, old.pilot, old.crossed_on = None, late, date(2026, 11, 13)
    old.serious_on = date(2026, 9, 28)
    old.save(force_insert=True)
    Pilot.objects.filter(pk=late.pk).update(health_since=date(2026, 9, 28), pattern=old.pattern)

    item = next(item for item in compose(viewer, MONDAY).before.every if item.key == "CLM-2")

    pilot = Pilot.objects.select_related("program").get(pk=late.pk)
    [row] = rows_of(
        [pilot], wish=FlagWish(reader=viewer, at=MONDAY), is_asleep=False, by_flag=False, address="/stalled/"
    )
    assert item.fact == row.fact == old.fact(MONDAY.date())
    assert item.age == "7 weeks"


def test_weeks_count_from_when_the_pilot_became_stalled(portfolio, viewer):
    Pilot.objects.filter(key="CLM-3").update(health_since=date(2026, 7, 27))

    digest = compose(viewer, MONDAY, since=LAST_MONDAY)

    assert "CLM-3 Invoice triage, 16 weeks" in as_text(digest)
    assert "Invoice triage</bdi>, 16 weeks" in as_html(digest)


def test_one_flag_more_on_a_stalled_pilot_is_no_news(portfolio, viewer):
    Pilot.objects.filter(key="CLM-2").update(health_since=date(2026, 9, 1))

    assert keys(compose(viewer, MONDAY, since=LAST_MONDAY).newly) == []


# --- In full, once -------------------------------------------------------------------------


def test_what_was_logged_late_is_told_in_full_with_its_answer(portfolio, manager, make_pilot, scanned):
    """A starting position is no news, but nobody was told of it before."""
    after = By(user=None, at=LAST_MONDAY + timedelta(hours=1), source=Source.COMMAND)
    make_pilot("Logged late", since=date(2026, 2, 1), by=after)
    Pilot.objects.update(quiet_until=None)
    scanned(MONDAY)
    Flag.objects.filter(pilot__name="Logged late").update(is_starting=True)

    digest = compose(manager, MONDAY, since=LAST_MONDAY)

    assert keys(digest.before) == ["CLM-6"]
    assert keys(digest.still) == ["CLM-3"]
    text, html = as_text(digest), as_html(digest)
    assert "STALLED SINCE BEFORE (1)\nCLM-6 Logged late: in Piloting for 288 days without proof" in text
    assert digest.before.every[0].verb == "Answer"
    assert "Stalled since before" in html
    assert digest.before.every[0].url in html


def test_what_was_quiet_or_snoozed_when_the_last_digest_went_out_is_told_in_full(portfolio, viewer):
    assert keys(compose(viewer, MONDAY, since=LAST_MONDAY).still) == ["CLM-3"]

    Pilot.objects.filter(key="CLM-3").update(quiet_until=LAST_MONDAY.date())
    assert keys(compose(viewer, MONDAY, since=LAST_MONDAY).before) == ["CLM-3"]

    Pilot.objects.update(quiet_until=None)
    Flag.objects.filter(pilot__key="CLM-3").update(
        snoozed_until=MONDAY - timedelta(days=1), snooze_reason="We know."
    )
    assert keys(compose(viewer, MONDAY, since=LAST_MONDAY).before) == ["CLM-3"]


# --- Blocked -------------------------------------------------------------------------------


def test_blocked_says_who_said_what_since_when_and_the_next_step(portfolio, manager, contributor):
    said_on = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
    blocked(portfolio["fine"], by=By(user=contributor, at=said_on, source=Source.WEB))

    digest = compose(manager, MONDAY)

    key = portfolio["fine"].key
    assert (
        f"BLOCKED (1)\n{key} Call summaries: blocked by Legal since Tue 10 Nov. "
        f"{contributor}: “No contract yet.”\n  Next: clear what blocks it, then check in.\n"
        f"  Check in: https://headway.example/pilots/{key}/check-in/\n"
    ) in as_text(digest)
    assert "No contract yet." in as_html(digest)
    assert compose(contributor, MONDAY).blocked.every[0].verb == "Open"


def test_pilot_that_a_gate_blocks_says_what_is_open_and_who_can_settle_it(portfolio, manager, make_flag):
    pilot = portfolio["fine"]
    make_flag(
        pilot,
        rule="R-gates",
        health="blocked",
        since=date(2026, 8, 1),
        crossed_on=date(2026, 11, 2),
        details={"count": 1, "gates": "G6 Run owner"},
    )

    [item] = compose(manager, MONDAY).blocked.every

    assert item.fact == "Day 108 of the plan, and G6 Run owner is still open (limit day 76)."
    assert item.next_action == "settle what the open gates lack, or have it waived with a reason."
    assert (item.age, item.unblock) == ("2 weeks", "you")


def test_blocked_pilot_with_a_flag_can_be_answered(portfolio, manager):
    pilot = blocked(portfolio["fine"], by=By(user=manager, at=LAST_MONDAY, source=Source.WEB), text="x" * 400)
    flag = Flag.objects.get(pilot=portfolio["old"], rule="R-08")
    flag.pk, flag.pilot, flag.severity = None, pilot, "warning"
    flag.save(force_insert=True)

    [item] = compose(manager, MONDAY).blocked.every

    assert item.url.startswith("https://headway.example/a/")
    assert item.fact.endswith(f"“{'x' * 160}…”")


# --- Who is asked --------------------------------------------------------------------------


def test_passed_decision_days_stand_once_and_with_who_manages(portfolio, manager, viewer):
    ours, theirs = compose(manager, MONDAY), compose(viewer, MONDAY)

    assert keys(ours.decisions) == ["CLM-2", "CLM-4"]
    assert as_text(ours).count("CLM-2 ") == 1
    assert keys(theirs.decisions) == []
    assert keys(theirs.newly) == ["CLM-2"]


def test_what_is_worse_than_a_passed_decision_day_stands_beside_it(portfolio, manager):
    old = Flag.objects.get(pilot=portfolio["old"], rule="R-08")
    old.pk, old.pilot, old.severity = None, portfolio["late"], "critical"
    old.save(force_insert=True)
    Pilot.objects.filter(key="CLM-2").update(pattern=old.pattern)

    digest = compose(manager, MONDAY)

    assert as_text(digest).count("CLM-2 ") == 1
    assert digest.decisions.every[0].question == (
        "The decision day, Fri 6 Nov 2026, passed 10 days ago. "
        "In Piloting for 229 days without proof (limit 180 days)."
    )


def test_a_pilot_of_which_a_question_is_asked_is_not_asked_twice(portfolio, manager, early):
    ask_decision(NewDecision(pilot=portfolio["late"], question="Stop it?", decider=manager), by=early)

    assert [row.question for row in compose(manager, MONDAY).decisions.every if row.key == "CLM-2"] == [
        "Stop it?"
    ]


def test_snoozed_decision_day_asks_nothing(portfolio, manager):
    Flag.objects.filter(rule="R-79").update(snoozed_until=MONDAY + WEEK, snooze_reason="We know.")

    assert keys(compose(manager, MONDAY).decisions) == ["CLM-4"]


def test_executives_read_what_waits_and_not_what_they_may_not_see(portfolio, executive, program):
    assert keys(compose(executive, MONDAY).waiting) == ["CLM-4"]
    Pilot.objects.filter(key="CLM-4").update(is_confidential=True)
    assert not compose(executive, MONDAY).waiting


def test_executives_are_not_told_that_nothing_is_stuck_while_something_is(portfolio, executive):
    Flag.objects.exclude(rule="R-08").delete()
    Pilot.objects.filter(key="CLM-2").update(health="on_track")

    Pilot.objects.filter(key__in=["CLM-4", "CLM-5"]).update(health="blocked")

    digest = compose(executive, MONDAY + 4 * WEEK, since=MONDAY)

    assert digest.in_short.sentence == "1 stalled and 2 blocked; most often: pilot purgatory (1 of 1 stalled)"
    assert not digest.is_empty


# --- Which pilots, where nobody chose ------------------------------------------------------


def test_who_only_owns_pilots_reads_of_them(own, portfolio, contributor):
    assert setting_of(contributor).scope == DigestScope.EVERYTHING.value
    own(portfolio["old"], contributor)

    digest = compose(contributor, MONDAY)

    assert setting_of(contributor).scope == DigestScope.MINE.value
    assert (digest.pilots, keys(digest.before), keys(digest.newly)) == (1, ["CLM-3"], [])
    assert digest.stalled_url == "https://headway.example/stalled/?mine=true&week=2026-W47"


@pytest.mark.parametrize("case", ["not accepted", "manages", "executive"])
def test_others_read_of_everything_they_may_see(own, portfolio, contributor, case):
    own(portfolio["old"], contributor, accepted_on=None if case == "not accepted" else date(2026, 9, 1))
    if case == "manages":
        other = Program.objects.create(name="Elsewhere", slug="elsewhere", prefix="ELS")
        Membership.objects.create(user=contributor, program=other, role="manager")
    contributor.is_executive = case == "executive"

    assert setting_of(contributor).scope == DigestScope.EVERYTHING.value
