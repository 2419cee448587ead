"""What a digest says, in the shape of the design's example, of what its reader may see at that moment."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Membership, Source, User
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.flag import Snooze, snooze_flags
from pilots.actions.stage import Move, move_pilot
from pilots.lifecycle import Stage
from pilots.models import Flag, Owner, Ownership, Pilot, ProgramLine
from portfolio.digests.compose import compose
from portfolio.digests.mail import as_html
from portfolio.digests.models import DigestScope, DigestSetting
from portfolio.digests.parts import AT_MOST
from portfolio.digests.text import as_text
from tests.portfolio.digests.conftest import EARLY, LAST_MONDAY, MONDAY

WEEK = timedelta(weeks=1)
CANARY = "Canary-7f3a"


def plain(text):
    """The text with its signed links as short as the example writes them."""
    return re.sub(r"(/[ad]/|/decisions/)[^/\s]+/", r"\1…", text)


@pytest.fixture
def full(portfolio, manager, make_pilot, early, scanned, by_system):
    """The example's digest: one pilot recovers between the two Mondays."""
    back = make_pilot("Call routing", since=date(2026, 3, 1), by=early)
    Pilot.objects.update(quiet_until=None)
    scanned(LAST_MONDAY)
    moved = By(user=manager, at=datetime(2026, 11, 12, 9, 0, tzinfo=UTC), source=Source.WEB)
    prove(back, by=moved)
    scanned(MONDAY)
    return portfolio


def prove(pilot, *, by):
    move = Move(
        pilot=Pilot.objects.get(pk=pilot.pk),
        to=Stage.PROVEN,
        reason="It works.",
        evidence="It beats the baseline.",
    )
    move_pilot(move, by=by)


def test_digest_reads_word_for_word(portfolio, manager):
    digest = compose(manager, MONDAY)

    assert digest.subject == "Claims AI, week 47: 2 decisions, 1 stalled since before"
    assert (
        plain(as_text(digest))
        == """\
5 pilots you may see, as of Mon 16 Nov 2026, 09:30 CET
3 on track, 2 stalled

DECISIONS FOR YOU (2)
CLM-2 Fraud letters: the decision day, Fri 6 Nov 2026, passed 10 days ago.
  Next: go, extend or stop.
  Decide: https://headway.example/pilots/CLM-2/move/
CLM-4 Underwriting help: Extend to 26 weeks? Needed by Thu 19 Nov.
  Decide: https://headway.example/d/…

STALLED SINCE BEFORE (1)
CLM-3 Invoice triage: in Piloting for 229 days without proof (limit 180 days).
  Next: decide what result would prove or end this pilot, and by when. Can unblock: you
  Answer: https://headway.example/a/…

DUE BY SUN 22 NOV (1): CLM-5 Claims chat, Fri 20 Nov

1 owner gets no mail yet. Invite: https://headway.example/people/
Same list and totals: https://headway.example/stalled/?week=2026-W47
Day, hour, stop: https://headway.example/digest/
"""
    )


def test_what_was_told_before_is_one_line_with_its_name(portfolio, viewer):
    text = as_text(compose(viewer, MONDAY, since=LAST_MONDAY))

    assert "STILL STALLED (1): CLM-3 Invoice triage, 6 weeks\n" in text
    assert "NEWLY STALLED (1)\nCLM-2 Fraud letters" in text


def test_html_says_what_the_text_says(portfolio, manager):
    digest = compose(manager, MONDAY)
    html, text = as_html(digest), as_text(digest)

    links = re.findall(r"https://headway\.example\S+", text)
    assert len(links) == 6
    for link in links:
        assert f'href="{link}"' in html.replace("&amp;", "&")
    for words in (
        digest.about,
        digest.seen,
        digest.as_of,
        "Extend to 26 weeks?",
        "Invoice triage",
        "Claims chat",
        "Fri 20 Nov",
        "go, extend or stop.",
    ):
        assert words in html
        assert words in text or words == digest.about
    for total in digest.totals:
        assert f'href="{total.url}"' in html.replace("&amp;", "&")


def test_totals_are_those_of_the_list(portfolio, manager, client):
    client.force_login(manager)

    for total in compose(manager, MONDAY).totals:
        path = total.url.removeprefix("https://headway.example")
        assert client.get(path).context["listing"].page.paginator.count == total.count


def test_recovered_says_what_happened_and_when(full, manager):
    digest = compose(manager, MONDAY)

    assert digest.subject == "Claims AI, week 47: 2 decisions, 1 stalled since before, 1 recovered"
    assert "RECOVERED (1): CLM-6 Call routing, now Proven Thu 12 Nov" in as_text(digest)


def test_what_was_told_is_not_told_as_news_again(portfolio, viewer, scanned):
    scanned(MONDAY + WEEK)

    next_week = compose(viewer, MONDAY + WEEK, since=MONDAY)

    assert not next_week.newly
    assert [item.key for item in next_week.still.entries] == ["CLM-3", "CLM-2"]


def test_starting_position_is_no_news(portfolio, viewer):
    Flag.objects.filter(rule="R-79").update(is_starting=True)

    digest = compose(viewer, MONDAY)

    assert not digest.newly
    assert [item.key for item in digest.before.entries] == ["CLM-3", "CLM-2"]


def test_snoozed_flags_raise_no_item(portfolio, manager):
    for flag in Flag.objects.filter(rule__in=["R-79", "R-08"]):
        snooze_flags(
            [Snooze(flag=flag, until=date(2026, 11, 30), reason="We know.")],
            by=By(user=manager, at=MONDAY, source=Source.WEB),
        )

    digest = compose(manager, MONDAY)

    assert (len(digest.newly.every), len(digest.still.every)) == (0, 0)


def test_quiet_pilots_raise_no_item(portfolio, manager, scanned):
    Pilot.objects.update(quiet_until=date(2026, 11, 30))
    scanned(MONDAY)

    digest = compose(manager, MONDAY)

    assert (digest.newly.every, digest.still.every) == ([], [])


def test_shared_flag_is_told_once_for_the_program(portfolio, program, manager):
    Flag.objects.filter(rule="R-08").update(is_widespread=True)
    ProgramLine.objects.create(program=program, rule="R-08", eligible=5, hit=1, counted_at=MONDAY)

    digest = compose(manager, MONDAY)

    assert [line.sentence for line in digest.lines] == [
        "1 of 5 pilots run without ever having been proven: fix it once"
    ]
    assert not digest.still


def test_a_long_list_is_cut_and_counted(program, viewer, make_pilot, early, scanned):
    for number in range(AT_MOST + 7):
        make_pilot(f"Pilot {number}", decide_by=date(2026, 11, 6), by=early)
    for number in range(30):
        make_pilot(f"Other {number}", decide_by=date(2027, 2, 6), since=date(2026, 9, 14), by=early)
    Pilot.objects.update(quiet_until=None)
    scanned()

    digest = compose(viewer, MONDAY)

    assert "NEWLY STALLED (17)" in as_text(digest)
    assert len(digest.newly.entries) == AT_MOST
    assert "And 7 more: http" in as_text(digest)
    assert "And 7 more: " in as_html(digest)
    assert "new_since=2026-11-09" in digest.newly.url


def test_worst_comes_first_then_longest(portfolio, viewer):
    Pilot.objects.update(health_since=date(2026, 11, 10))
    Flag.objects.filter(rule="R-79").update(severity="critical")

    assert [item.key for item in compose(viewer, MONDAY).newly.entries] == ["CLM-2", "CLM-3"]


# --- Who sees what ------------------------------------------------------------------------


def test_confidential_pilots_are_items_for_those_who_may_see_them_and_in_no_total(
    portfolio, manager, viewer, executive
):
    Pilot.objects.filter(key="CLM-2").update(is_confidential=True, name=CANARY)

    ours, theirs = compose(manager, MONDAY), compose(viewer, MONDAY)

    assert ours.pilots == theirs.pilots == 4
    assert "DECISIONS FOR YOU (1, and 1 confidential)" in as_text(ours)
    assert ours.news == "1 decision, 1 stalled since before"
    assert CANARY in as_text(ours)
    for reader in (viewer, executive):
        digest = compose(reader, MONDAY)
        assert CANARY not in as_text(digest) + as_html(digest) + digest.subject


@pytest.mark.parametrize("reader", ["viewer", "contributor", "executive", "stranger"])
def test_nobody_reads_what_they_may_not_see(
    portfolio, request, other_program, make_pilot, early, scanned, reader
):
    """Another program's pilots and a confidential one carry a canary in every text of theirs."""
    person = request.getfixturevalue(reader)
    hidden = make_pilot(CANARY, program=other_program, decide_by=date(2026, 11, 6), by=early)
    ask_decision(NewDecision(pilot=hidden, question=f"{CANARY}?", needed_by=date(2026, 11, 19)), by=early)
    Pilot.objects.update(quiet_until=None)
    scanned()
    if reader == "executive":
        Pilot.objects.filter(pk=hidden.pk).update(is_confidential=True)
    assert Pilot.objects.get(pk=hidden.pk).health == "stalled"  # there is something that could leak

    digest = compose(person, MONDAY)

    assert CANARY not in as_text(digest) + as_html(digest) + digest.subject


def test_an_accepted_owner_reads_of_their_own_pilot_only(portfolio, program, make_user):
    owner = make_user("olga@example.com")
    row = Owner.objects.create(program=program, name="Olga", user=owner)
    Ownership.objects.create(
        pilot=portfolio["late"],
        owner=row,
        role=OwnerRole.PRODUCTION_OWNER.value,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )

    digest = compose(owner, MONDAY)

    assert (digest.pilots, [item.key for item in digest.newly.entries]) == (1, ["CLM-2"])
    assert digest.newly.entries[0].unblock == "you or S. Keller"
    assert digest.newly.entries[0].verb == "Answer"
    assert not digest.decisions


@pytest.mark.parametrize("kind", ["viewer", "contributor", "executive"])
def test_who_neither_owns_nor_manages_gets_a_link_to_the_pilot(portfolio, request, kind):
    item = compose(request.getfixturevalue(kind), MONDAY).newly.entries[0]

    assert (item.verb, item.url) == ("Open", "https://headway.example/pilots/CLM-2/")


def test_executives_read_counts_decisions_news_and_conversion(portfolio, executive):
    digest = compose(executive, MONDAY)

    assert (
        plain(as_text(digest))
        == """\
5 pilots you may see, as of Mon 16 Nov 2026, 08:30 UTC
3 on track, 2 stalled
5 piloted, none proven yet; 5 undecided.

WAITING FOR A DECISION (1)
CLM-4 Underwriting help: Extend to 26 weeks? Needed by Thu 19 Nov. Asked of Maren.
  Open: https://headway.example/decisions/…

NEWLY STALLED (1)
CLM-2 Fraud letters: the decision day, Fri 6 Nov 2026, passed 10 days ago.
  Next: go, extend or stop. Can unblock: S. Keller
  Open: https://headway.example/pilots/CLM-2/

STUCK: 2 stalled; most often: pilot purgatory (2 of 2 stalled): https://headway.example/stalled/?week=2026-W47

Same list and totals: https://headway.example/stalled/?week=2026-W47
Day, hour, stop: https://headway.example/digest/
"""
    )


def test_scope_narrows_to_what_somebody_chose(portfolio, program, other_program, manager, make_pilot, early):
    make_pilot("Ledger", program=other_program, by=early)
    Membership.objects.create(user=manager, program=other_program, role="viewer")
    setting = DigestSetting.objects.create(user=manager, scope=DigestScope.CHOSEN.value)

    assert compose(manager, MONDAY).pilots == 0
    setting.programs.set([other_program])
    assert (compose(manager, MONDAY).pilots, compose(manager, MONDAY).name) == (1, "Finance AI")
    setting.programs.set([program, other_program])
    assert (compose(manager, MONDAY).pilots, compose(manager, MONDAY).name) == (6, "Headway")
    DigestSetting.objects.update(scope=DigestScope.MINE.value)
    assert compose(manager, MONDAY).pilots == 0


def test_sample_pilots_are_in_no_digest_but_a_demo_log_ins_preview(portfolio, program, manager, make_user):
    type(program).objects.update(is_sample=True)
    demo = make_user("demo@example.com", is_executive=True, is_sample=True)

    assert compose(manager, MONDAY).is_empty
    assert compose(manager, MONDAY).pilots == 0
    assert compose(demo, MONDAY).pilots == 5


def test_no_user_text_breaks_a_line_or_the_page(portfolio, manager):
    nasty = 'Bold <b>x</b>\r\nBcc: a@b.example\u2028"quoted"'
    Pilot.objects.filter(key="CLM-2").update(name=nasty)

    digest = compose(manager, MONDAY)

    assert "\nBcc:" not in as_text(digest)
    assert "<b>x</b>" not in as_html(digest)
    assert 'CLM-2 Bold <b>x</b> Bcc: a@b.example "quoted": the decision day' in as_text(digest)


def test_a_zone_without_a_name_is_told_by_its_distance(portfolio, manager):
    manager.zone = "America/Sao_Paulo"

    assert compose(manager, MONDAY).as_of == "Mon 16 Nov 2026, 05:30 UTC-03"


@pytest.mark.parametrize("kind", ["manager", "executive"])
def test_hundred_pilots_cost_as_many_queries_as_one(request, portfolio, make_pilot, early, scanned, kind):
    person = User.objects.get(pk=request.getfixturevalue(kind).pk)
    with CaptureQueriesContext(connection) as of_few:
        as_html(compose(person, MONDAY))
    for number in range(95):
        make_pilot(f"Pilot {number}", decide_by=date(2026, 11, 6), by=early)
    Pilot.objects.update(quiet_until=None)
    scanned()
    Flag.objects.update(is_widespread=False)
    Pilot.objects.filter(flags__rule="R-79").update(health="stalled", health_since=date(2026, 11, 14))

    with CaptureQueriesContext(connection) as of_many:
        digest = compose(person, MONDAY)
        as_html(digest)

    assert (digest.decisions if kind == "manager" else digest.newly).count > 90
    assert len(of_many) == len(of_few)


def test_nothing_to_say(manager, make_pilot):
    make_pilot(since=date(2026, 11, 10), by=By(user=None, at=EARLY + 8 * WEEK, source=Source.COMMAND))

    digest = compose(manager, MONDAY)

    assert digest.is_empty
    assert digest.news == "nothing new"


def test_pilot_that_is_blocked_since_today_says_so(portfolio, manager):
    Pilot.objects.filter(pk=portfolio["fine"].pk).update(health="blocked", blocked_on=MONDAY.date())

    [item] = compose(manager, MONDAY).blocked.entries

    assert (item.key, item.age) == (portfolio["fine"].key, "today")
