from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Program, Role, Source, User
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import By
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.judge import scan
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Move, Past, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import (
    Answer,
    Decision,
    Flag,
    Heartbeat,
    LogEntry,
    LogKind,
    Origin,
    Owner,
    Ownership,
    Pilot,
)
from pilots.rules.registry import Severity
from tests.conftest import NOW, TODAY
from tests.passing import waive_gates

TODAY_PAGE = "/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


def ago(days: int, user=None) -> By:
    return By(user=user, at=NOW - timedelta(days=days), source=Source.WEB)


def chapters(response) -> dict[str, list[tuple[str, str, str]]]:
    return {
        chapter.title: [(line.name, line.why, line.when) for line in chapter.lines]
        for chapter in response.context["agenda"].chapters
    }


def figures(response) -> dict[str, int]:
    return {figure.label: figure.count for figure in response.context["agenda"].figures}


def own(pilot, user) -> None:
    """Make somebody the pilot's production owner, who has agreed to it."""
    owner, _ = Owner.objects.get_or_create(program=pilot.program, user=user, defaults={"name": user.name})
    Ownership.objects.create(
        pilot=pilot,
        owner=owner,
        role=OwnerRole.PRODUCTION_OWNER.value,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )


def listed(client, chapter) -> set[str]:
    """Return the names on the list that a chapter opens."""
    listing = client.get(chapter.url).context["listing"]
    assert listing.problems == []
    return {row.pilot.name for row in listing.rows}


def hold(pilot, by, *, review_on: date) -> Pilot:
    return hold_pilot(
        NewHold(pilot=pilot, reason="No budget.", agreed_by="S. Keller", review_on=review_on), by=by
    )


# --- The counts --------------------------------------------------------------------------


def test_each_count_opens_exactly_its_pilots(client, make_pilot, make_flag, by):
    make_flag(make_pilot("Stuck"), health="stalled")
    make_flag(make_pilot("Warned"), health="at_risk", severity=Severity.WARNING)
    blocked = make_pilot("Waits for Legal")
    Pilot.objects.filter(pk=blocked.pk).update(health="blocked", blocked_on=TODAY, blocked_by="Legal")
    make_pilot("Well")
    make_pilot("Well too", stage=Stage.PRODUCTION)
    make_pilot("Unknown", since=None)
    hold(make_pilot("Held"), by, review_on=date(2026, 12, 1))
    move_pilot(Move(pilot=make_pilot("Over"), to=Stage.STOPPED, reason="no data"), by=by)

    response = client.get(TODAY_PAGE)

    assert figures(response) == {
        "Active pilots": 7,
        "On track": 2,
        "At risk": 1,
        "Stalled": 1,
        "Blocked": 1,
        "On hold": 1,
        "Not known": 1,
    }
    for figure in response.context["agenda"].figures:
        assert len(client.get(figure.url).context["listing"].rows) == figure.count, figure.label
        if figure.beside:
            assert figure.beside == "1 ended"
            assert [row.pilot.name for row in client.get(figure.beside_url).context["listing"].rows] == [
                "Over"
            ]
    assert [(part.health, part.width) for part in response.context["agenda"].pulse.bar] == [
        ("on_track", "28.32%"),
        ("at_risk", "14.04%"),
        ("stalled", "14.04%"),
        ("blocked", "14.04%"),
        ("on_hold", "14.04%"),
        ("not_known", "14.04%"),
    ]


def test_stalled_and_blocked_are_as_many_here_as_on_their_page(client, make_pilot, make_flag):
    for name in ("One", "Two", "Hidden"):
        make_flag(make_pilot(name, is_confidential=name == "Hidden"), health="stalled")

    page = client.get("/stalled/").context["page"]

    assert figures(client.get(TODAY_PAGE))["Stalled"] == page.counts["stalled"] == 2
    assert (page.total, page.confidential) == (3, 1)


def test_confidential_pilots_are_in_no_count_and_said_to_be(client, make_pilot, viewer):
    make_pilot("Hush", is_confidential=True)
    make_pilot("Open")

    to_manager = client.get(TODAY_PAGE)
    client.force_login(viewer)
    to_viewer = client.get(TODAY_PAGE)

    assert figures(to_manager)["Active pilots"] == figures(to_viewer)["Active pilots"] == 1
    assert "1 confidential pilot that you may see is in none of these counts." in to_manager.content.decode()
    assert "confidential" not in to_viewer.content.decode()


# --- What waits ----------------------------------------------------------------------------


def test_decisions_are_those_passed_or_near_that_are_mine_to_take(
    client, make_pilot, other_program, by_system
):
    make_pilot("Near", decide_by=date(2026, 11, 25), owner=Contact(name="Tomasz"))
    make_pilot("Far", decide_by=date(2026, 11, 26))
    make_pilot("Passed", decide_by=date(2026, 11, 16), by=ago(10))
    make_pilot("Answered", decide_by=date(2026, 11, 16), stage=Stage.PROVEN, by=ago(10))
    resting = make_pilot("Resting", decide_by=date(2026, 11, 16), by=ago(10))
    hold(resting, ago(10), review_on=date(2026, 12, 1))
    add_member(
        program=other_program,
        user=User.objects.get(email="maren@example.com"),
        role=Role.VIEWER,
        by=by_system,
    )
    make_pilot("Theirs", decide_by=date(2026, 11, 20), program=other_program)

    response = client.get(TODAY_PAGE)

    assert chapters(response)["Decision day passed or near"] == [
        ("Passed", "Piloting since Tue 1 Sep. Nobody is accountable.", "Mon 16 Nov, 2 days late"),
        ("Near", "Piloting since Tue 1 Sep. Tomasz is accountable.", "Wed 25 Nov, in 7 days"),
    ]
    assert response.context["agenda"].greeting == "Wednesday 18 November 2026. Five things wait for you."


def test_more_than_five_lead_to_the_whole_list(client, make_pilot):
    for number in range(7):
        make_pilot(f"Near {number}", decide_by=date(2026, 11, 20), owner=Contact(name="Tomasz"))

    response = client.get(TODAY_PAGE)

    chapter = response.context["agenda"].chapters[0]
    assert (chapter.count, len(chapter.lines), chapter.has_more) == (7, 5, True)
    assert "All 7 as a list" in response.content.decode()
    assert len(client.get(chapter.url).context["listing"].rows) == 7


def test_holds_past_their_review_day_wait_for_who_may_resume(client, make_pilot, viewer):
    hold(make_pilot("Late", by=ago(30)), ago(20), review_on=date(2026, 11, 17))
    hold(make_pilot("Due today", by=ago(30)), ago(20), review_on=TODAY)

    to_manager = client.get(TODAY_PAGE)
    client.force_login(viewer)
    to_viewer = client.get(TODAY_PAGE)

    assert chapters(to_manager)["Holds past their review day"] == [
        ("Late", "No budget. Agreed by S. Keller.", "Tue 17 Nov, 1 day late")
    ]
    assert to_manager.context["agenda"].greeting.endswith("One thing waits for you.")
    assert chapters(to_viewer) == {}
    assert "Nothing waits for you" in to_viewer.content.decode()


def test_pilots_on_their_way_without_an_owner_are_named_furthest_first(client, make_pilot):
    make_pilot("Piloting")
    make_pilot("Proven", stage=Stage.PROVEN)
    make_pilot("Led", owner=Contact(name="Tomasz"))
    make_pilot("Idea", stage=Stage.IDEA)

    response = client.get(TODAY_PAGE)

    assert chapters(response)["Nobody is accountable"] == [
        ("Proven", "Proven since Tue 1 Sep. No production owner is named.", ""),
        ("Piloting", "Piloting since Tue 1 Sep. No production owner is named.", ""),
    ]
    chapter = next(part for part in response.context["agenda"].chapters if part.title.startswith("Nobody"))
    rows = client.get(chapter.url).context["listing"].rows
    assert [row.pilot.name for row in rows] == ["Proven", "Piloting"]


def test_silence_is_told_with_the_last_word(client, make_pilot, manager):
    quiet = make_pilot("Quiet", by=ago(60), owner=Contact(name="Tomasz"))
    check_in(
        NewLine(pilot=quiet, kind=LogKind.CHECK_IN, text="Waiting for the file."), by=ago(40, user=manager)
    )
    make_pilot("Never heard", by=ago(15), owner=Contact(name="Tomasz"))
    make_pilot("At the edge", by=ago(14), owner=Contact(name="Tomasz"))
    make_pilot("In production", by=ago(29), owner=Contact(name="Tomasz"), stage=Stage.PRODUCTION)
    make_pilot("Only an idea", by=ago(90), stage=Stage.IDEA, since=None)

    response = client.get(TODAY_PAGE)

    assert chapters(response)["Overdue check-ins"] == [
        ("Quiet", "Last word on Fri 9 Oct: “Waiting for the file.”", "last word 9 Oct, 40 days"),
        ("Never heard", "No check-in yet.", "logged 3 Nov, 15 days"),
    ]
    assert chapters(response)["Due in 7 days"] == [
        ("At the edge", "No check-in yet.", "today"),
        ("In production", "No check-in yet.", "Thu 19 Nov, in 1 day"),
    ]
    overdue, due = response.context["agenda"].chapters[-2:]
    assert listed(client, overdue) == {"Quiet", "Never heard"}
    assert listed(client, due) == {"At the edge", "In production"}


def test_silence_after_a_move_says_that_it_counts_from_the_move(client, make_pilot, manager):
    quiet = make_pilot("Quiet", by=ago(90), since=date(2026, 7, 1))
    check_in(NewLine(pilot=quiet, kind=LogKind.CHECK_IN, text="Soon."), by=ago(80, user=manager))
    move_pilot(Move(pilot=quiet, to=Stage.PROVEN, evidence="91 %"), by=ago(40))

    assert chapters(client.get(TODAY_PAGE))["Overdue check-ins"] == [
        ("Quiet", "Last word on Sun 30 Aug: “Soon.”", "last moved 9 Oct, 40 days")
    ]


def test_unknown_starts_are_counted_only_where_there_are_some(client, make_pilot):
    make_pilot()

    assert "Start not known" not in figures(client.get(TODAY_PAGE))


def test_owner_is_asked_about_their_own_pilots_only(client, make_pilot, contributor):
    mine = make_pilot("Mine", stage=Stage.IDEA, by=ago(60))
    own(mine, contributor)
    for pilot in Pilot.objects.all():
        waive_gates(pilot, "G0")
        move_pilot(Move(pilot=pilot, to=Stage.CHARTERED), by=ago(50))
        move_pilot(Move(pilot=pilot, to=Stage.PILOTING), by=ago(40))
    make_pilot("Somebody else’s", by=ago(60))
    client.force_login(contributor)

    response = client.get(TODAY_PAGE)

    assert [name for name, _, _ in chapters(response)["Overdue check-ins"]] == ["Mine"]
    assert "Nobody is accountable" not in chapters(response)
    assert chapters(response)["Yours"] == [("Mine", "Piloting since Fri 9 Oct. No check-in yet.", "")]


@pytest.fixture
def theirs(make_pilot, manager, other_program, by_system):
    """A program the manager only looks at, with a pilot for every chapter, and one that is theirs."""
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)

    def make(name: str, **fields) -> Pilot:
        return make_pilot(name, program=other_program, by=ago(60), **fields)

    make("Their decision", decide_by=date(2026, 11, 16))
    hold(make("Their review"), ago(50), review_on=date(2026, 11, 10))
    mine = make("Mine over there", decide_by=date(2026, 11, 20))
    own(mine, manager)


def test_each_chapter_counts_exactly_the_pilots_of_its_list(client, make_pilot, theirs):
    make_pilot("Our decision", decide_by=date(2026, 11, 16), by=ago(10))
    hold(make_pilot("Our review", by=ago(60)), ago(50), review_on=date(2026, 11, 10))
    make_pilot("Our silence", by=ago(60), owner=Contact(name="Tomasz"))

    found = client.get(TODAY_PAGE).context["agenda"].chapters

    assert {chapter.title: (chapter.count, listed(client, chapter)) for chapter in found} == {
        "Decision day passed or near": (2, {"Our decision", "Mine over there"}),
        "Holds past their review day": (1, {"Our review"}),
        "Nobody is accountable": (1, {"Our decision"}),
        "Overdue check-ins": (2, {"Our silence", "Mine over there"}),
        "Due in 7 days": (1, {"Our decision"}),
        "Yours": (1, {"Mine over there"}),
    }


def test_list_of_a_chapter_says_what_it_holds_and_stays_in_its_program(client, make_pilot, theirs):
    make_pilot("Our decision", decide_by=date(2026, 11, 16), by=ago(10))

    first = client.get("/?program=claims").context["agenda"].chapters[0]
    listing = client.get(first.url).context["listing"]

    assert first.url == "/pilots/?program=claims&waits=decision&ordering=decide_by"
    assert (first.count, listed(client, first)) == (1, {"Our decision"})
    assert [f"{chip.says} {chip.value}" for chip in listing.chips] == [
        "Program is Claims AI",
        "Waits for my decision, now or within 7 days",
    ]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Honolulu", "Pacific/Kiritimati"])
def test_days_pass_where_the_program_is_and_not_where_the_reader_is(
    client, make_pilot, manager, program, other_program, by_system, zone
):
    """At 11:30 in Greenwich it is the 19th on Kiritimati, UTC+14, and the 18th in UTC and Honolulu."""
    User.objects.filter(pk=manager.pk).update(zone=zone)
    Program.objects.filter(pk=program.pk).update(zone="Pacific/Kiritimati")
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    for there, where in (("East", program), ("West", other_program)):
        tomasz = {"program": where, "owner": Contact(name="Tomasz"), "by": ago(10)}
        make_pilot(f"{there} passed", decide_by=TODAY, **tomasz)
        make_pilot(f"{there} near", decide_by=date(2026, 11, 26), **tomasz)
        hold(make_pilot(f"{there} held", **tomasz), ago(10), review_on=TODAY)
        # Said to be silent since the same day, whatever day it was there.
        quiet = make_pilot(f"{there} quiet", **tomasz)
        Pilot.objects.filter(pk=quiet.pk).update(silence_clock_on=date(2026, 11, 4))

    with time_machine.travel(NOW.replace(hour=11, minute=30), tick=False):
        response = client.get(TODAY_PAGE)
        lists = [listed(client, chapter) for chapter in response.context["agenda"].chapters]

    assert {
        title: [(name, when) for name, _, when in rows] for title, rows in chapters(response).items()
    } == {
        "Decision day passed or near": [
            ("East passed", "Wed 18 Nov, 1 day late"),
            ("West passed", "Wed 18 Nov, today"),
            ("East near", "Thu 26 Nov, in 7 days"),
        ],
        "Holds past their review day": [("East held", "Wed 18 Nov, 1 day late")],
        "Overdue check-ins": [("East quiet", "logged 8 Nov, 15 days")],
        "Due in 7 days": [
            ("West held", "today"),
            ("West quiet", "today"),
            ("East passed", "Sun 22 Nov, in 3 days"),
            ("East near", "Sun 22 Nov, in 3 days"),
            ("West passed", "Sun 22 Nov, in 4 days"),
        ],
    }
    assert lists == [
        {"East passed", "West passed", "East near"},
        {"East held"},
        {"East quiet"},
        {"West held", "West quiet", "East passed", "East near", "West passed", "West near"},
    ]


def test_last_words_are_read_without_the_earlier_ones(client, make_pilot, manager):
    for name in ("Quiet", "Quieter"):
        pilot = make_pilot(name, by=ago(70), owner=Contact(name="Tomasz"))
        for days in (60, 50, 40):
            line = NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text=f"{name}, {days} days ago.")
            check_in(line, by=ago(days, user=manager))
    read = []

    def note(instance, **_) -> None:
        read.append(instance.text)

    post_init.connect(note, sender=LogEntry)
    try:
        response = client.get(TODAY_PAGE)
    finally:
        post_init.disconnect(note, sender=LogEntry)

    assert sorted(read) == ["Quiet, 40 days ago.", "Quieter, 40 days ago."]
    assert [why for _, why, _ in chapters(response)["Overdue check-ins"]] == [
        "Last word on Fri 9 Oct: “Quiet, 40 days ago.”",
        "Last word on Fri 9 Oct: “Quieter, 40 days ago.”",
    ]


# --- What stands still, and what was asked and answered ---------------------------------------


def test_newly_stalled_are_told_worst_first_and_open_the_same_list(client, make_pilot, make_flag):
    high = {"health": "stalled", "crossed_on": date(2026, 11, 12), "since": date(2026, 6, 30)}
    make_flag(make_pilot("High"), **high)
    make_flag(
        make_pilot("Critical"), **high | {"severity": Severity.CRITICAL, "crossed_on": date(2026, 11, 17)}
    )
    make_flag(make_pilot("Long known"), **high | {"crossed_on": date(2026, 11, 11)})
    make_flag(make_pilot("From the start"), **high | {"is_starting": True})
    make_flag(
        make_pilot("Asleep"), **high | {"snoozed_until": NOW + timedelta(days=3), "snooze_reason": "known"}
    )
    make_flag(make_pilot("A warning"), **high | {"severity": Severity.WARNING})

    agenda = client.get(TODAY_PAGE).context["agenda"]

    chapter = next(part for part in agenda.chapters if part.title == "Newly stalled in the last 7 days")
    assert [(line.name, line.why, line.when) for line in chapter.lines] == [
        ("Critical", "Proven 141 days ago, no go-live (limit 180 days).", "since yesterday"),
        ("High", "Proven 141 days ago, no go-live (limit 180 days).", "since Thu 12 Nov"),
    ]
    assert chapter.url == "/stalled/?new_since=2026-11-11"
    assert {row.pilot.name for row in client.get(chapter.url).context["page"].rows} == {"Critical", "High"}


def test_decisions_stand_first_nearest_day_first_and_only_for_whom_they_are(
    client, make_pilot, program, manager, contributor
):
    pilot = make_pilot("Sorting")
    asked = {"program": program, "pilot": pilot, "asked_by": contributor, "asked_at": NOW - timedelta(days=1)}
    Decision.objects.create(question="Any manager?", **asked)
    Decision.objects.create(question="By tomorrow?", needed_by=date(2026, 11, 19), decider=manager, **asked)
    Decision.objects.create(question="Late?", needed_by=date(2026, 11, 16), **asked)
    Decision.objects.create(question="Not mine?", decider=contributor, **asked)
    Decision.objects.create(question="The program?", **asked | {"pilot": None})

    to_manager = client.get(TODAY_PAGE).context["agenda"].chapters[0]
    client.force_login(contributor)
    to_contributor = client.get(TODAY_PAGE).context["agenda"].chapters[0]

    assert to_manager.title == "Decisions and gates only you can settle"
    assert [(line.title, line.name, line.when, line.is_late) for line in to_manager.lines] == [
        ("Late?", "Sorting", "Mon 16 Nov, 2 days late", True),
        ("By tomorrow?", "Sorting", "needed by Thu 19 Nov", False),
        ("Any manager?", "Sorting", "no day given", False),
        ("The program?", "Claims AI", "no day given", False),
    ]
    assert to_manager.lines[0].why == "Asked by Cora yesterday."
    assert [line.title for line in to_contributor.lines] == ["Not mine?"]


def test_answers_wait_for_the_managers_alone(client, make_pilot, contributor, make_user):
    owner = make_user("olga@example.com")
    blocked = {"kind": "blocked", "named": "Legal", "text": "The regime is open.", "was_signed_in": False}
    pilot = make_pilot("Sorting")
    Answer.objects.create(pilot=pilot, person=owner, given_at=NOW - timedelta(days=1), **blocked)
    Answer.objects.create(
        pilot=pilot,
        person=owner,
        given_at=NOW,
        settled_at=NOW,
        is_accepted=True,
        **blocked | {"kind": "moving"},
    )

    found = client.get(TODAY_PAGE).context["agenda"].chapters
    client.force_login(contributor)
    to_contributor = [chapter.title for chapter in client.get(TODAY_PAGE).context["agenda"].chapters]

    chapter = next(part for part in found if part.title == "Owners’ answers to confirm")
    assert [(line.title, line.name, line.why, line.when) for line in chapter.lines] == [
        ("Blocked by Legal", "Sorting", "Olga: “The regime is open.”", "yesterday")
    ]
    assert "Owners’ answers to confirm" not in to_contributor


def test_what_has_no_list_of_its_own_says_how_many_are_left(client, make_pilot, program):
    asked = {"program": program, "pilot": make_pilot(), "asked_at": NOW}
    for number in range(7):
        Decision.objects.create(question=f"Number {number}?", **asked)

    content = client.get(TODAY_PAGE).content.decode()

    assert "2 more come up as these are settled." in content


def test_it_says_as_of_when_the_flags_are(client, make_pilot):
    make_pilot()
    never = client.get(TODAY_PAGE).content.decode()
    Heartbeat.objects.create(job="rules", beat_at=NOW - timedelta(minutes=12))
    fresh = client.get(TODAY_PAGE).content.decode()
    Heartbeat.objects.update(beat_at=NOW - timedelta(hours=3))
    late = client.get(TODAY_PAGE).content.decode()

    assert "The rules have not looked yet" in never
    assert "Flags as of Wed 18 Nov 2026, 08:48" in fresh
    assert "Flags are old: as of Wed 18 Nov 2026, 06:00" in late


def test_flags_are_no_changes(client, make_pilot):
    make_pilot("Stuck", stage=Stage.PROVEN, since=date(2026, 1, 5))
    Pilot.objects.update(quiet_until=None)
    scan(at=NOW)

    changes = client.get(TODAY_PAGE).context["agenda"].changes

    assert Flag.objects.filter(rule="R-01").count() == 1
    assert [change.sentence for change in changes] == ["Headway logged it as Proven, since Mon 5 Jan 2026."]


# --- What changed ----------------------------------------------------------------------------


def test_changes_of_the_last_week_are_told_without_imports(client, make_pilot, manager, program):
    pilot = make_pilot("Sorting", by=ago(8))
    past = Past(stage=Stage.PILOTING, happened=Day(date(2026, 1, 5)), latest_on=TODAY, origin=Origin.IMPORTED)
    log_pilots(
        [NewPilot(program=program, name="Imported", problem="…", past=(past,))],
        by=By(user=manager, at=NOW, source=Source.IMPORT),
    )
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Five a day."), by=ago(6, user=manager))
    move_pilot(Move(pilot=pilot, to=Stage.PROVEN, evidence="91 % of 400"), by=ago(1, user=manager))

    changes = client.get(TODAY_PAGE).context["agenda"].changes

    assert [(change.name, change.under) for change in changes] == [
        ("Sorting", "CLM-1, yesterday, 09:00"),
        ("Sorting", "CLM-1, 6 days ago, 09:00"),
    ]
    assert changes[0].sentence.startswith("Maren moved it from Piloting to Proven")
    assert changes[1].sentence == "Maren checked in. “Five a day.”"


def test_changes_of_invisible_pilots_are_not_told(client, make_pilot, other_program):
    make_pilot("Ours")
    make_pilot("Theirs", program=other_program)

    response = client.get(TODAY_PAGE)

    assert [change.name for change in response.context["agenda"].changes] == ["Ours"]
    assert "Theirs" not in response.content.decode()


# --- Who lands where ----------------------------------------------------------------------------


def test_executive_lands_on_the_funnel_unless_they_are_a_member(client, executive, program, by_system):
    client.force_login(executive)
    away = client.get(TODAY_PAGE)
    add_member(program=program, user=executive, role=Role.VIEWER, by=by_system)
    here = client.get(TODAY_PAGE)

    assert (away.status_code, away["Location"]) == (302, "/funnel/")
    assert here.status_code == 200


def test_program_narrows_today_and_an_invisible_one_is_not_there(
    client, make_pilot, other_program, manager, by_system
):
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    make_pilot("Ours")
    make_pilot("Theirs", program=other_program)
    Program.objects.create(name="Hidden AI", slug="hidden", prefix="HID")

    narrowed = client.get("/?program=finance")

    assert figures(client.get(TODAY_PAGE))["Active pilots"] == 2
    assert figures(narrowed)["Active pilots"] == 1
    assert narrowed.context["agenda"].figures[0].url == "/pilots/?program=finance&state=active"
    assert client.get("/?program=hidden").status_code == client.get("/?program=nothing").status_code == 404


@pytest.mark.parametrize("count", [1, 100])
def test_today_costs_the_same_for_any_number_of_pilots(client, program, manager, make_flag, count):
    news = [
        NewPilot(program=program, name=f"Pilot {n}", problem="…", decide_by=date(2026, 11, 16))
        for n in range(count)
    ]
    log_pilots(news, by=ago(60, user=manager))
    for pilot in Pilot.objects.all():
        make_flag(pilot, health="stalled", crossed_on=date(2026, 11, 17))

    with CaptureQueriesContext(connection) as queries:
        response = client.get(TODAY_PAGE)

    assert len(chapters(response)["Decision day passed or near"]) == min(count, 5)
    assert len(chapters(response)["Newly stalled in the last 7 days"]) == min(count, 5)
    assert len(queries) == 40


# --- The first day ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "ways"),
    [
        ("administrator", ["Import your spreadsheet", "Open a program", "Look round the sample"]),
        ("manager", ["Import your spreadsheet", "Log one pilot", "Look round the sample"]),
        ("contributor", ["Log one pilot"]),
        ("viewer", ["Nobody has logged a pilot in your program yet"]),
        ("stranger", ["You are in no program yet"]),
    ],
)
def test_first_day_offers_the_ways_in_that_are_open(client, request, who, ways):
    client.force_login(request.getfixturevalue(who))

    html = client.get(TODAY_PAGE).content.decode()

    every = {
        "Import your spreadsheet",
        "Log one pilot",
        "Open a program",
        "Look round the sample",
        "Nobody has logged a pilot in your program yet",
        "You are in no program yet",
    }
    assert {way for way in every if way in html} == set(ways)
    assert "Nothing needs you yet" in html
    assert "Newly stalled" in html
    assert "four weeks" not in html


@pytest.mark.parametrize(("days_ago", "asks"), [(3, False), (40, True)])
def test_what_was_imported_lately_asks_for_nothing_yet(client, program, days_ago, asks):
    """Nothing nags in the quiet days: neither a missing owner nor a check-in, due or overdue."""
    by = ago(days_ago)
    past = Past(stage=Stage.LIMITED, happened=None, latest_on=by.at.date(), origin=Origin.IMPORTED)
    log_pilots([NewPilot(program=program, name="From a list", problem="P", past=(past,))], by=by)

    response = client.get(TODAY_PAGE)
    found = chapters(response)

    assert ("Nobody is accountable" in found) is asks
    assert ("One pilot came here lately; nothing is judged before" in response.content.decode()) is not asks
    assert "missing owner" not in response.content.decode()
    assert ("Overdue check-ins" in found) is asks
    assert found.get("Due in 7 days", []) == []
