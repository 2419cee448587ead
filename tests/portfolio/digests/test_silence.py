from datetime import UTC, date, datetime, timedelta

from pilots.access.models import Source
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.log import NewLine, check_in
from pilots.models import Decision, Flag, LogKind, Owner, Ownership, Pilot
from portfolio.digests.compose import compose
from portfolio.digests.models import DigestScope, DigestSetting, Escalation
from portfolio.digests.silence import ask_overdue_decisions, carry_silence, escalate_silence
from tests.portfolio.digests.conftest import LAST_MONDAY, MONDAY

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def own(pilot, user, role):
    owner = Owner.objects.create(program=pilot.program, name=user.name, user=user)
    Ownership.objects.create(
        pilot=pilot, owner=owner, role=role.value, since=date(2026, 9, 1), accepted_on=date(2026, 9, 1)
    )


def levels(pilot):
    rows = Escalation.objects.filter(flag__pilot=pilot).order_by("pk")
    return [(row.level, row.person and row.person.name) for row in rows]


def test_silence_goes_from_owner_to_manager_to_sponsor_with_a_week_between(portfolio, manager, make_user):
    pilot = portfolio["late"]
    own(pilot, make_user("olga@example.com"), OwnerRole.PRODUCTION_OWNER)
    Ownership.objects.filter(role=OwnerRole.SPONSOR.value).delete()
    own(pilot, make_user("sam@example.com"), OwnerRole.SPONSOR)

    escalate_silence(MONDAY)
    escalate_silence(MONDAY + WEEK - DAY)
    assert levels(pilot) == [("owner", "Olga")]
    escalate_silence(MONDAY + WEEK)
    escalate_silence(MONDAY + WEEK)
    assert levels(pilot) == [("owner", "Olga"), ("manager", "Maren")]
    escalate_silence(MONDAY + 2 * WEEK - DAY)
    escalate_silence(MONDAY + 2 * WEEK)
    escalate_silence(MONDAY + 9 * WEEK)
    assert levels(pilot) == [("owner", "Olga"), ("manager", "Maren"), ("sponsor", "Sam")]


def test_a_word_puts_the_next_level_off_by_a_week(portfolio, manager, make_user):
    pilot = portfolio["late"]
    own(pilot, make_user("olga@example.com"), OwnerRole.PRODUCTION_OWNER)
    escalate_silence(MONDAY)
    spoken = By(user=manager, at=MONDAY + 3 * DAY, source=Source.WEB)
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="We wait for Legal."), by=spoken)

    escalate_silence(MONDAY + WEEK)
    assert levels(pilot) == [("owner", "Olga")]
    escalate_silence(MONDAY + WEEK + 3 * DAY)
    assert levels(pilot) == [("owner", "Olga"), ("manager", "Maren")]


def test_an_owner_who_gets_no_mail_is_passed_over(portfolio, manager):
    escalate_silence(MONDAY + WEEK)

    assert levels(portfolio["late"]) == [("owner", None), ("manager", "Maren")]


def test_what_was_put_before_somebody_stands_in_their_digest_once_as_far_as_they_narrowed_it(
    portfolio, manager, other_program
):
    escalate_silence(MONDAY + WEEK)

    digest = compose(manager, MONDAY + WEEK + DAY)

    assert [item.name for item in digest.unanswered.entries] == ["Invoice triage"]
    assert "CLM-2" in [asked.key for asked in digest.decisions.entries]  # asked as a question instead
    assert not compose(manager, MONDAY + 3 * WEEK).unanswered  # it was told; it stays in the lists
    setting = DigestSetting.objects.create(user=manager, scope=DigestScope.MINE.value)
    assert not compose(manager, MONDAY + WEEK + DAY).unanswered
    setting.scope = DigestScope.CHOSEN.value
    setting.save(update_fields=["scope"])
    setting.programs.set([other_program])
    assert not compose(manager, MONDAY + WEEK + DAY).unanswered


def test_four_weeks_without_a_new_fact_become_a_decision(portfolio, manager):
    pilot = portfolio["old"]
    assert ask_overdue_decisions(MONDAY) == 0  # seen here for a week only

    at = LAST_MONDAY + 4 * WEEK
    assert carry_silence(at)["asked"] == 1
    assert carry_silence(at + 4 * DAY)["asked"] == 0
    assert carry_silence(at + 5 * DAY)["asked"] == 1  # the other one passed its limit on 14 Nov
    assert carry_silence(at + 6 * DAY)["asked"] == 0

    asked = Decision.objects.get(pilot=pilot, asked_by=None, origin__startswith="flag:")
    assert asked.origin == f"flag:{Flag.objects.get(pilot=pilot, rule='R-08').pk}"
    assert asked.question == "Nothing new for 4 weeks. Go on, extend or stop?"
    assert asked.needed_by == at.date() + 2 * WEEK
    digest = compose(manager, at, since=LAST_MONDAY)
    assert digest.still.entries[0].note == "No new fact since week 46; it becomes a decision."


def test_at_most_ten_questions_that_nobody_asked_wait_in_a_program(program, make_pilot, early, scanned):
    for number in range(12):
        make_pilot(f"Pilot {number}", since=date(2026, 4, 1), by=early)
    Pilot.objects.update(quiet_until=None)
    scanned(LAST_MONDAY)
    Flag.objects.update(is_widespread=False)  # so many alike would be told once for the program
    Pilot.objects.update(health="stalled")

    assert ask_overdue_decisions(LAST_MONDAY + 5 * WEEK) == 10
    assert ask_overdue_decisions(LAST_MONDAY + 5 * WEEK) == 0


def test_the_sample_asks_nobody(portfolio, program):
    type(program).objects.update(is_sample=True)

    assert carry_silence(datetime(2027, 1, 4, tzinfo=UTC)) == {"escalated": 0, "asked": 0}
