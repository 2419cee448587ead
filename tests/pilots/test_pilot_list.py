import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pilots.access.models import Program, Role, Source
from pilots.access.permissions import Deed, OwnerRole, may
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import By
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact
from pilots.actions.owner_end import end_ownership
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.actions.stage import Move, move_pilot
from pilots.api import codes
from pilots.calendar import Day, month
from pilots.columns import judged
from pilots.lifecycle import Stage
from pilots.models import Health, Owner, Ownership, Pilot
from pilots.models.pilot import relations
from pilots.rules.registry import Severity
from pilots.web.chips import SENTENCES
from pilots.web.pilot_filters import PilotFilterSet
from pilots.web.pilot_order import ORDERS
from tests.conftest import NOW, TODAY

LIST = "/pilots/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


def keys(response) -> list[str]:
    return [row.pilot.key for row in response.context["listing"].rows]


def sentences(response) -> list[str]:
    return [problem.sentence for problem in response.context["listing"].problems]


def said(response) -> list[str]:
    return [f"{chip.says} {chip.value}" for chip in response.context["listing"].chips]


def markup(response) -> str:
    """Return the page without its CSRF tokens, which are masked anew each time."""
    return re.sub(r"[A-Za-z0-9]{64}", "", response.content.decode())


def hold(pilot, by) -> Pilot:
    return hold_pilot(
        NewHold(pilot=pilot, reason="no budget", agreed_by="S. Keller", review_on=date(2026, 12, 1)), by=by
    )


def test_list_shows_what_is_known_of_each_active_pilot(client, make_pilot, by):
    make_pilot("Late", decide_by=date(2026, 11, 18), owner=Contact(name="Tomasz"), since=date(2026, 11, 2))
    make_pilot("Rough", since=None, stage=Stage.PROVEN)
    hold(make_pilot("Held", since=date(2026, 10, 19)), by)

    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        response = client.get(LIST)

    rows = {row.pilot.name: row for row in response.context["listing"].rows}
    assert {
        name: (row.stage, row.pilot.health, row.decide_by, row.is_late, row.lead, row.moved)
        for name, row in rows.items()
    } == {
        "Late": ("Piloting", "on_track", "Wed 18 Nov, 2 days late", True, "Tomasz", "18 days"),
        "Rough": ("Proven", "not_known", "", False, None, ""),
        "Held": ("Piloting", "on_hold", "", False, None, "32 days"),
    }
    assert response.context["listing"].size == "3 active pilots"


def test_last_moved_is_told_in_days_then_years(client, make_pilot):
    make_pilot("Two years", since=TODAY - timedelta(days=730))
    make_pilot("Nearly", since=TODAY - timedelta(days=729))
    make_pilot("Yesterday", since=TODAY - timedelta(days=1))
    make_pilot("Today", since=TODAY)

    moved = [row.moved for row in client.get(LIST).context["listing"].rows]

    assert moved == ["today", "1 day", "729 days", "2 years"]


def test_last_moved_says_a_rough_day_as_it_is_known(client, make_pilot, program, by_system):
    log_pilots([NewPilot(program=program, name="Rough", problem="…", since=month(2025, 10))], by=by_system)

    assert [row.moved for row in client.get(LIST).context["listing"].rows] == ["Oct 2025"]


def test_tabs_count_what_they_open(client, make_pilot, manager, by):
    make_pilot("Active")
    hold(make_pilot("Held"), by)
    mine = make_pilot("Mine", owner=Contact(name="Maren", email=manager.email), by=by)
    move_pilot(Move(pilot=make_pilot("Ended"), to=Stage.STOPPED, reason="no data"), by=by)

    tabs = client.get(LIST).context["listing"].tabs

    assert [(tab.label, tab.count, tab.is_current) for tab in tabs] == [
        ("All active", 3, True),
        ("Mine", 1, False),
        ("On hold", 1, False),
        ("Ended", 1, False),
    ]
    for tab in tabs:
        opened = client.get(tab.url).context["listing"]
        assert len(opened.rows) == tab.count
        assert [other.is_current for other in opened.tabs] == [other.name == tab.name for other in tabs]
    assert keys(client.get(tabs[1].url)) == [mine.key]


def test_filters_narrow_and_are_said_in_sentences(client, make_pilot):
    make_pilot("Sorting", unit="Claims", vendor="Parity", tags=("mail",), stage=Stage.PROVEN)
    make_pilot("Reading", unit="Claims")

    response = client.get(LIST, {"stage": "proven", "unit": "claims", "tag": "mail", "search": "sort"})

    assert keys(response) == ["CLM-1"]
    assert said(response) == ["Search finds sort", "Stage is Proven", "Unit is claims", "Tag is mail"]
    chip = response.context["listing"].chips[1]
    assert chip.url == "/pilots/?unit=claims&tag=mail&search=sort"
    assert response.context["listing"].size == "1 of 2 pilots"


def test_search_finds_who_owns_a_pilot_now(client, make_pilot, by):
    make_pilot("Sorting", owner=Contact(name="Tomasz Lis"))
    left = make_pilot("Reading", owner=Contact(name="Tomasz Lis"))
    end_ownership(left.ownerships.get(), by=by)

    assert keys(client.get(LIST, {"search": "lis"})) == ["CLM-1"]
    assert keys(client.get(LIST, {"search": "tomasz sort"})) == ["CLM-1"]


def test_pilots_without_an_owner_are_two_presses_away(client, make_pilot):
    make_pilot("Led", owner=Contact(name="Tomasz"))
    make_pilot("Left alone")

    page = client.get(LIST)
    found = client.get(LIST, {"production_owner": "false"})

    assert [tuple(choice) for choice in page.context["listing"].fields[-2].field.choices] == [
        ("", "Anybody"),
        ("true", "Named"),
        ("false", "Nobody"),
    ]
    assert page.context["listing"].fields[-2].label == "Owner"
    assert '<span class="unknown">nobody</span>' in page.content.decode()
    assert (keys(found), said(found)) == (["CLM-2"], ["Owner is nobody"])
    assert said(client.get(LIST, {"production_owner": "true"})) == ["Owner is named"]


def test_decision_days_that_are_asked_no_more_are_not_found(client, make_pilot):
    make_pilot("Asked", decide_by=date(2026, 12, 1))
    make_pilot("Answered", decide_by=date(2026, 12, 1), stage=Stage.PROVEN)
    make_pilot("Ended", decide_by=date(2026, 12, 1), stage=Stage.STOPPED)

    assert keys(client.get(LIST, {"decide_by_before": "2026-12-02"})) == ["CLM-1"]
    assert keys(client.get(LIST, {"decide_by_before": "2026-12-01"})) == []


def test_every_filter_of_the_list_has_a_sentence():
    assert set(SENTENCES) == set(PilotFilterSet.base_filters)


def test_numbers_of_a_cohort_are_said_in_words(client, make_pilot, by):
    old = make_pilot("Old", since=date(2025, 6, 2))
    move_pilot(Move(pilot=old, to=Stage.STOPPED, reason="no data"), by=by)
    make_pilot("Young", since=date(2026, 10, 5))

    response = client.get(LIST, {"entry": "piloting", "matured_months": "8", "now": "ended"})

    assert keys(response) == ["CLM-1"]
    assert said(response) == [
        "Entered Piloting",
        "Entered at least 8 months ago",
        "Is stopped or retired",
    ]
    assert not any(tab.is_current for tab in response.context["listing"].tabs)


def test_owner_in_a_filter_is_named_only_to_those_who_may_see_it(
    client, make_pilot, other_program, by_system
):
    make_pilot("Ours", owner=Contact(name="Tomasz"))
    make_pilot("Theirs", owner=Contact(name="Hidden Person"), program=other_program)
    ours, theirs = Owner.objects.get(name="Tomasz"), Owner.objects.get(name="Hidden Person")

    assert said(client.get(LIST, {"owner": ours.pk})) == ["Owner is Tomasz"]
    hidden = client.get(LIST, {"owner": theirs.pk})
    assert said(hidden) == ["Owner is somebody you cannot see"]
    assert "Hidden Person" not in hidden.content.decode()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "stage=nix",
            "Stage: “nix” is not known here. Known: idea, chartered, piloting, proven, transition,",
        ),
        ("program=finance", "Program: There is no program “finance” that you can see."),
        ("colour=red", "This list has no filter “colour”."),
        ("stage=idea&stage=proven", "“stage” stands in the address more than once. Leave one of them."),
        ("ordering=salary", "The list cannot be ordered by “salary”. Known: key, name, stage, decide_by,"),
        ("ordering=--key", "The list cannot be ordered by “--key”."),
        ("page=1e9", "There is no page “1e9”. There is one page only."),
        ("page=1000000000", "There is no page “1000000000”. There is one page only."),
        ("page=0", "There is no page “0”."),
        ("page=%C2%B2", "There is no page “²”."),
        ("decide_by_before=20026-01-01", "Decide by, before: This is not a day."),
        ("owner=99999999999999999999", "Owner: This is not an id."),
        ("search=" + "x" * 5000, "Search: Ensure this value has at most 200 characters"),
    ],
)
def test_what_the_address_cannot_mean_is_said_and_nothing_is_listed(client, make_pilot, query, sentence):
    make_pilot("Secret of the list")

    response = client.get(f"{LIST}?{query}")

    assert response.status_code == 200
    assert len(sentences(response)) == 1
    assert sentences(response)[0].startswith(sentence)
    assert "Secret of the list" not in response.content.decode()
    assert "nothing is listed" in response.content.decode()


def test_a_wrong_filter_can_be_left_out(client, make_pilot):
    make_pilot()

    problem = client.get(f"{LIST}?stage=nix&unit=&tag=mail", follow=True).context["listing"].problems[0]

    assert problem.url == "/pilots/?tag=mail"


@pytest.mark.parametrize("ordering", [sign + name for name in ORDERS for sign in ("", "-")])
def test_every_order_can_be_asked_for(client, make_pilot, ordering):
    make_pilot("B", owner=Contact(name="Zoe"), decide_by=date(2026, 12, 1), since=date(2026, 10, 1))
    make_pilot("a", owner=Contact(name="Ann"), decide_by=date(2026, 12, 9), since=date(2026, 9, 1))
    make_pilot("Unknown", stage=Stage.PROVEN, since=None)

    names = [row.pilot.name for row in client.get(LIST, {"ordering": ordering}).context["listing"].rows]

    expected = {
        "key": ["B", "a", "Unknown"],
        "name": ["a", "B", "Unknown"],
        "stage": ["a", "B", "Unknown"],
        "decide_by": ["B", "a", "Unknown"],
        "owner": ["a", "B", "Unknown"],
        "moved": ["a", "B", "Unknown"],
        "-key": ["Unknown", "a", "B"],
        "-name": ["Unknown", "B", "a"],
        "-stage": ["Unknown", "B", "a"],
        "-decide_by": ["a", "B", "Unknown"],
        "-owner": ["B", "a", "Unknown"],
        "-moved": ["B", "a", "Unknown"],
    }
    assert names == expected[ordering]


def test_heads_turn_the_order_round(client, make_pilot):
    make_pilot()

    heads = {head.name: head for head in client.get(f"{LIST}?tag=x&ordering=name").context["listing"].heads}
    usual = {head.name: head for head in client.get(LIST).context["listing"].heads}

    assert (heads["name"].sorted, heads["name"].url) == ("ascending", "/pilots/?tag=x&ordering=-name")
    assert (heads["stage"].sorted, heads["stage"].url) == ("", "/pilots/?tag=x&ordering=stage")
    assert (heads["health"].sorted, heads["health"].url) == ("", "")
    assert usual["moved"].sorted == "ascending"  # the days it shows go up


def test_swap_makes_the_page_a_fresh_one_would_be(client, make_pilot, other_program, manager, by_system):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    make_pilot("Proven", stage=Stage.PROVEN, since=date(2026, 10, 1))
    make_pilot("Piloting", program=other_program)
    asked = f"{LIST}?stage=proven&ordering=-name"

    before, fresh = markup(client.get(LIST)), markup(client.get(asked))
    fragment = markup(client.get(asked, headers={"HX-Request": "true"}))

    old = markup(client.get(LIST, headers={"HX-Request": "true"})).strip()
    assert fragment.lstrip().startswith('<div id="pilots"')
    assert before.count(old) == 1
    assert before.replace(old, fragment.strip()) == fresh


def test_going_back_restores_the_whole_page(client, make_pilot):
    make_pilot()

    response = client.get(LIST, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert response.content.decode().lstrip().startswith("<!doctype html>")
    assert "HX-Request" in response["Vary"]


def test_program_is_left_by_a_whole_page_since_the_rail_shows_it(client, make_pilot):
    make_pilot()

    html = client.get(f"{LIST}?program=claims&tag=x").content.decode()

    assert re.search(r'<span hx-boost="false">\s*<a class="chip" href="/pilots/\?tag=x">', html)


def test_blank_fields_of_the_form_leave_the_address(client, make_pilot):
    make_pilot()

    response = client.get(f"{LIST}?search=&stage=proven&unit=")
    swapped = client.get(f"{LIST}?search=&stage=proven&unit=", headers={"HX-Request": "true"})

    assert (response.status_code, response["Location"]) == (302, "/pilots/?stage=proven")
    assert swapped["HX-Push-Url"] == "/pilots/?stage=proven"


def test_form_passes_on_what_it_does_not_ask(client, make_pilot):
    make_pilot()

    listing = client.get(f"{LIST}?program=claims&on_hold=true&stage=proven&page=1&ordering=name").context[
        "listing"
    ]

    assert listing.passed_on == [("program", "claims"), ("on_hold", "true")]
    assert client.get(LIST).context["listing"].passed_on == [("state", "active")]


def test_list_goes_on_over_pages_of_fifty(client, program, by_system):
    news = [NewPilot(program=program, name=f"Pilot {n}", problem="…", since=Day(TODAY)) for n in range(51)]
    log_pilots(news, by=by_system)

    first = client.get(f"{LIST}?ordering=key")
    second = client.get(f"{LIST}?ordering=key&page=2")
    beyond = client.get(f"{LIST}?ordering=key&page=3")

    assert len(keys(first)) == 50
    assert keys(second) == ["CLM-51"]
    assert "51–51 of 51, by key" in second.content.decode()
    assert sentences(beyond) == ["There is no page “3”. There are 2 pages."]


@pytest.mark.parametrize("count", [1, 100])
def test_list_costs_the_same_for_any_number_of_pilots(client, program, by_system, count):
    news = [
        NewPilot(program=program, name=f"Pilot {n}", problem="…", owner=Contact(name=f"Person {n}"))
        for n in range(count)
    ]
    log_pilots(news, by=by_system)

    with CaptureQueriesContext(connection) as queries:
        client.get(LIST)

    # session, user, real or sample, size, rows, their leads, counts of the tabs, programs, may log,
    # custom fields, saved views
    assert len(queries) == 12


def test_only_visible_pilots_are_listed_and_counted(client, make_pilot, other_program):
    make_pilot("Ours")
    make_pilot("Theirs", program=other_program)

    response = client.get(LIST)

    assert keys(response) == ["CLM-1"]
    assert response.context["listing"].tabs[0].count == 1
    assert "Theirs" not in response.content.decode()


def test_confidential_pilots_are_listed_as_such_to_their_manager_only(client, make_pilot, viewer):
    make_pilot("Hush", is_confidential=True)
    make_pilot("Open")

    html = client.get(LIST).content.decode()
    client.force_login(viewer)
    seen = client.get(LIST)

    assert "2 active pilots, 1 of them confidential and in no total" in html
    assert keys(seen) == ["CLM-2"]
    assert "confidential" not in seen.content.decode().lower()


def test_sample_pilots_stand_apart_once_there_are_real_ones(client, make_pilot, manager, by_system):
    sample = create_programs(
        [Program(name="Sample portfolio", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    add_member(program=sample, user=manager, role=Role.VIEWER, by=by_system)
    make_pilot("Invented", program=sample)
    alone = client.get(LIST)
    make_pilot("Real")
    together, chosen = client.get(LIST), client.get(f"{LIST}?program=sample")

    assert keys(alone) == ["SMP-1"]
    assert keys(together) == ["CLM-1"]
    assert "1 sample pilot is not listed here." in together.content.decode()
    assert keys(chosen) == ["SMP-1"]


def test_nothing_found_offers_one_way_out(client, make_pilot):
    make_pilot()

    html = client.get(f"{LIST}?program=claims&search=zzz").content.decode()

    assert "No pilot matches" in html
    assert '<a class="btn" href="/pilots/?program=claims">Clear the filters</a>' in html


def test_long_and_strange_names_are_elided_not_lost(client, make_pilot):
    name = "עברית <script>alert(1)</script> 🚗 " + "x" * 150
    make_pilot(name)

    html = client.get(LIST).content.decode()

    assert "<script>alert(1)" not in html
    assert unescape(html).count(f'title="{name}"') == 1


def test_movable_by_says_what_the_permission_table_says(
    make_pilot, make_user, manager, contributor, viewer, executive, administrator, stranger, other_program, by
):
    led = make_pilot("Led")
    make_pilot("Other")
    make_pilot("Elsewhere", program=other_program)
    make_pilot("Hush", is_confidential=True)
    leader, sponsor, asked = (make_user(f"{name}@example.com") for name in ("lea", "spo", "ask"))
    for user, role, accepted in (
        (leader, OwnerRole.PRODUCTION_OWNER, TODAY),
        (sponsor, OwnerRole.SPONSOR, TODAY),
        (asked, OwnerRole.RUN_OWNER, None),
    ):
        owner = Owner.objects.create(program=led.program, name=user.name, user=user)
        Ownership.objects.create(pilot=led, owner=owner, role=role.value, since=TODAY, accepted_on=accepted)

    for user in (manager, contributor, viewer, executive, administrator, stranger, leader, sponsor, asked):
        table = relations(user, list(Pilot.objects.all()))
        allowed = {pk for pk, relation in table.items() if may(Deed.MOVE, relation)}
        found = Pilot.objects.visible_to(user).movable_by(user)
        assert set(found.values_list("pk", flat=True)) == allowed, user


@pytest.fixture
def of_every_health(make_pilot, make_flag, by) -> None:
    make_flag(make_pilot("Stuck"))
    make_flag(make_pilot("Warned"), severity=Severity.WARNING, rule="R-08")
    Pilot.objects.filter(pk=make_pilot("Stopped by Legal").pk).update(blocked_on=TODAY, blocked_by="Legal")
    Pilot.objects.update(quiet_until=None)
    for pilot in Pilot.objects.all():
        Pilot.objects.filter(pk=pilot.pk).update(**judged(pilot, pilot.flags.all(), at=NOW))
    make_pilot("Well")
    make_pilot("Unknown", since=None)
    hold(make_pilot("Held"), by)
    move_pilot(Move(pilot=make_pilot("Over"), to=Stage.STOPPED, reason="no data"), by=by)


@pytest.mark.parametrize("health", Health)
def test_list_of_a_health_holds_the_pilots_that_show_it(client, of_every_health, health):
    response = client.get(LIST, {"health": health.value})

    names = {
        Health.STALLED: "Stuck",
        Health.BLOCKED: "Stopped by Legal",
        Health.AT_RISK: "Warned",
        Health.ON_TRACK: "Well",
        Health.NOT_KNOWN: "Unknown",
        Health.ON_HOLD: "Held",
        Health.ENDED: "Over",
    }
    assert [(row.pilot.name, row.pilot.health) for row in response.context["listing"].rows] == [
        (names[health], health.value)
    ]
    assert said(response) == [f"Health is {health.label.lower()}"]


def listed(client, **filters) -> set[str]:
    return {row.pilot.name for row in client.get(LIST, filters).context["listing"].rows}


def test_list_filters_by_pattern_rule_and_flag(client, of_every_health, make_pilot, make_flag):
    make_flag(make_pilot("With many"), rule="R-01", is_widespread=True)
    make_flag(make_pilot("Cleared"), rule="R-01", closed_at=NOW)
    make_flag(make_pilot("Asleep"), rule="R-01", snoozed_until=NOW + timedelta(days=2), snooze_reason="known")

    assert listed(client, pattern="purgatory") == {"Stuck", "Warned"}
    assert listed(client, rule="R-01") == {"Stuck", "With many", "Asleep"}
    assert listed(client, rule="R-01", shared="true") == {"With many"}
    assert listed(client, rule="R-01", shared="false") == {"Stuck", "Asleep"}
    assert listed(client, shared="true") == {"With many"}
    assert listed(client, flagged="true") == {"Stuck", "Warned"}
    assert said(client.get(LIST, {"rule": "R-01", "shared": "true"})) == [
        "Flagged by Proven, no users",
        "Is flagged with many others of its program",
    ]


def test_unknown_rule_is_said_to_be_unknown(client, make_pilot):
    make_pilot()

    problems = client.get(LIST, {"rule": "R-999"}).context["listing"].problems

    assert len(problems) == 1
    assert problems[0].sentence.startswith("Flagged by the rule: “R-999” is not known here.")


def test_api_knows_the_same_healths():
    assert [code for code, _ in codes.HEALTH] == [health.value for health in Health]


def test_not_known_as_a_query_is_the_health_a_pilot_shows(make_pilot, by):
    make_pilot("Dated")
    unknown = make_pilot("Unknown", since=None)
    hold(make_pilot("Held", since=None), by)
    move_pilot(
        Move(pilot=make_pilot("Ended", since=None), to=Stage.STOPPED, reason="no data"),
        by=By(user=by.user, at=NOW, source=Source.WEB),
    )

    assert list(Pilot.objects.in_health(Health.NOT_KNOWN)) == [unknown]
    assert [pilot for pilot in Pilot.objects.all() if pilot.health == "not_known"] == [unknown]


def test_stranger_sees_an_empty_list_and_nobody_else_gets_in(client, make_pilot, stranger):
    make_pilot()
    client.force_login(stranger)
    empty = client.get(LIST)
    client.logout()
    outside = client.get(LIST)

    assert keys(empty) == []
    assert (outside.status_code, outside["Location"]) == (302, f"{reverse('account_login')}?next=/pilots/")
