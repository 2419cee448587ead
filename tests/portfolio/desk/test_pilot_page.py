from datetime import UTC, date, datetime

import pytest
import time_machine
from django.utils.html import escape

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import Kpi
from kpis.oneline import read_kpi
from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.by import By
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import LogKind, Pilot
from pilots.models.log import Going
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


def _notes(response) -> list[tuple[str, str]]:
    return [(step.state, step.note) for step in response.context["head"].road.steps]


def test_page_shows_problem_owners_kpi_and_log(client, manager, make_pilot, by):
    pilot = make_pilot(owner=Contact(name="Tomasz Zieliński"), unit="Motor claims")
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9.50 min")), by=by)
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, going=Going.BLOCKED, text="No access yet."), by=by)
    client.force_login(manager)

    response = client.get("/pilots/CLM-1/")

    content = response.content.decode()
    assert "It takes nine days to sort a claim." in content
    assert '<span class="k">Production owner</span> <bdi>Tomasz Zieliński</bdi>' in content
    assert [(row.kpi.name, row.what, row.target) for row in response.context["kpis"].rows] == [
        ("Handling time", "Primary, lower is better.", "Target 9.5 min.")
    ]
    assert "The primary one is not yet measured." in content
    assert "<b>Blocked.</b> No access yet." in content
    assert [told.what for told in response.context["done"]] == [
        "checked in: blocked",
        "agreed the KPI Handling time, baseline 14 min, target 9.5 min, lower is better",
        "logged it as Piloting, since Tue 1 Sep 2026",
    ]


def test_stepper_tells_dates_as_exactly_as_they_are_known(client, manager, make_pilot, by):
    pilot = make_pilot(since=date(2025, 9, 1))
    move_pilot(Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="91 %"), by=by)
    client.force_login(manager)

    assert _notes(client.get("/pilots/CLM-1/")) == [
        ("done", "not known"),
        ("done", "not known"),
        ("done", "1 Sep 2025, stated"),
        ("now", "since 2 Nov"),
        ("later", ""),
        ("later", ""),
        ("later", ""),
        ("later", ""),
    ]


def test_stepper_counts_the_time_box_while_piloting_as_its_flags_count_its_age(client, manager, make_pilot):
    make_pilot(since=date(2026, 10, 12), decide_by=date(2027, 1, 10))
    client.force_login(manager)

    response = client.get("/pilots/CLM-1/")

    step = response.context["head"].road.steps[2]
    assert (step.note, step.share) == ("12 Oct, stated, 37 of 90 days", 41)
    assert "In 53 days: go on, extend or stop." in response.content.decode()


def test_stage_of_unknown_date_is_said_to_be_unknown(client, manager, make_pilot):
    make_pilot(since=None, stage=Stage.PRODUCTION)
    client.force_login(manager)

    response = client.get("/pilots/CLM-1/")

    assert _notes(response)[6] == ("now", "since when is not known")
    assert '<span class="health">' in response.content.decode()
    assert "Not known" in response.content.decode()


def test_stage_left_backwards_says_it_was_there(client, manager, make_pilot, by):
    pilot = make_pilot(stage=Stage.PROVEN)
    move_pilot(Move(pilot=pilot, to=Stage.PILOTING, reason="The sample was too small."), by=by)
    client.force_login(manager)

    notes = _notes(client.get("/pilots/CLM-1/"))

    assert notes[2:4] == [("now", "18 Nov, 0 of 90 days"), ("later", "was there 1 Sep, stated")]


def test_health_stands_beside_the_name_with_shape_word_and_day(client, manager, make_pilot, make_flag):
    make_flag(make_pilot(), health="stalled", crossed_on=date(2026, 11, 3))
    client.force_login(manager)

    content = client.get("/pilots/CLM-1/").content.decode()

    assert content.count('class="mark h-stalled"') == 2  # beside the name, and beside the flag
    assert '<span class="k">since Tue 3 Nov</span>' in content


@pytest.mark.parametrize(
    ("decide_by", "sentence", "is_late"),
    [
        pytest.param(date(2026, 11, 30), "In 12 days: go on, extend or stop.", False, id="ahead"),
        pytest.param(date(2026, 11, 18), "Today: go on, extend or stop.", False, id="today"),
    ],
)
def test_decision_day_says_how_far_it_is(client, manager, make_pilot, decide_by, sentence, is_late):
    make_pilot(decide_by=decide_by)
    client.force_login(manager)

    decide = client.get("/pilots/CLM-1/").context["decide"]

    assert (decide.sentence, decide.is_late) == (sentence, is_late)


def test_decision_day_that_has_passed_is_late(client, manager, make_pilot):
    make_pilot(decide_by=date(2026, 11, 20))
    client.force_login(manager)

    with time_machine.travel(datetime(2026, 11, 23, 9, 0, tzinfo=UTC), tick=False):
        response = client.get("/pilots/CLM-1/")

    assert response.context["decide"].is_late
    assert '<span class="late">3 days late: go on, extend or stop.</span>' in response.content.decode()


def test_hold_panel_says_why_who_and_when_it_is_looked_at_again(client, manager, make_pilot, by):
    pilot = make_pilot(decide_by=date(2026, 11, 19))
    hold_pilot(
        NewHold(pilot=pilot, reason="Storm season", agreed_by="Marguerite", review_on=date(2026, 11, 25)),
        by=by,
    )
    client.force_login(manager)

    with time_machine.travel(datetime(2026, 11, 28, 9, 0, tzinfo=UTC), tick=False):
        response = client.get("/pilots/CLM-1/")

    rest = response.context["head"].rest
    assert rest.title == "On hold since Wed 18 Nov, 10 days"
    assert rest.facts == [
        ("Why", "Storm season", False),
        ("Agreed by", "Marguerite", False),
        ("Review", "Wed 25 Nov, 3 days late", True),
    ]
    assert not response.context["decide"].is_late
    assert "/pilots/CLM-1/resume/" in response.content.decode()


def test_stopped_pilot_says_when_and_why(client, manager, make_pilot, by):
    pilot = make_pilot()
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, reason="Too few labelled cases."), by=by)
    client.force_login(manager)

    response = client.get("/pilots/CLM-1/")

    rest = response.context["head"].rest
    assert (rest.title, rest.facts) == ("Stopped on Wed 18 Nov", [("Why", "Too few labelled cases.", False)])
    assert [step.state for step in response.context["head"].road.steps] == ["done"] * 3 + ["later"] * 5
    assert "/pilots/CLM-1/move/" not in response.content.decode()


@pytest.mark.parametrize(
    ("who", "links"),
    [
        pytest.param("manager", ["check-in", "edit", "hold", "kpis/new", "move"], id="manager"),
        pytest.param("contributor", ["check-in", "edit", "kpis/new"], id="contributor"),
        pytest.param("viewer", [], id="viewer"),
    ],
)
def test_only_what_a_person_may_do_is_offered(request, client, make_pilot, who, links):
    make_pilot(owner=Contact(name="Tomasz"))
    client.force_login(request.getfixturevalue(who))

    content = client.get("/pilots/CLM-1/").content.decode()

    offered = ["check-in", "edit", "hold", "kpis/new", "move", "resume"]
    assert [link for link in offered if f'href="/pilots/CLM-1/{link}/' in content] == links


def test_next_thing_to_fill_is_one_thing(client, manager, make_pilot, by):
    pilot = make_pilot()
    client.force_login(manager)

    def ask() -> str:
        following = client.get("/pilots/CLM-1/").context["next"]
        return following.sentence if following else ""

    asked = [ask()]
    add_owner(
        NewOwnership(pilot=pilot, contact=Contact(name="Tomasz"), role=OwnerRole.PRODUCTION_OWNER), by=by
    )
    asked.append(ask())
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    asked.append(ask())

    assert asked == [
        "Nobody is accountable for bringing it into production yet.",
        "No number is agreed that should move.",
        "Nobody knows by when it is to be decided.",
    ]


def test_invisible_and_missing_pilots_are_the_same_404(client, viewer, stranger, make_pilot):
    make_pilot(is_confidential=True)
    make_pilot("Ordinary")
    client.force_login(viewer)
    seen = [
        client.get(f"/pilots/{key}/").status_code for key in ("CLM-1", "CLM-2", "CLM-3", "no-key", "CLM-1x")
    ]
    client.force_login(stranger)
    unseen = client.get("/pilots/CLM-2/").status_code

    assert (seen, unseen) == ([404, 200, 404, 404, 404], 404)


def test_small_letters_find_the_same_pilot(client, viewer, make_pilot):
    make_pilot()
    client.force_login(viewer)

    assert client.get("/pilots/clm-1/").context["pilot"].key == "CLM-1"


def test_text_is_escaped_everywhere(client, manager, make_pilot, by):
    text = "<script>alert(1)</script>"
    pilot = make_pilot(
        text, problem=text, unit=text, vendor=text, contract=text, owner=Contact(name=text), tags=(text,)
    )
    check_in(NewLine(pilot=pilot, kind=LogKind.COMMENT, text=text), by=by)
    client.force_login(manager)

    pages = [client.get(f"/pilots/CLM-1/{page}").content.decode() for page in ("", "people/", "history/")]

    assert [text in page for page in pages] == [False, False, False]
    assert all("&lt;script&gt;alert(1)" in page for page in pages)


@pytest.mark.parametrize(("page", "queries"), [("", 26), ("people/", 17), ("history/", 15)])
def test_page_costs_the_same_for_any_number_of_rows(
    client, manager, make_pilot, by, page, queries, django_assert_num_queries
):
    pilot = make_pilot(owner=Contact(name="Tomasz"))
    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="One."), by=by)
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    client.force_login(manager)

    with django_assert_num_queries(queries):
        client.get(f"/pilots/CLM-1/{page}")
    for number in range(30):
        later = By(user=by.user, at=datetime(2026, 11, 18, 10, number, tzinfo=UTC), source=by.source)
        add_owner(
            NewOwnership(pilot=pilot, contact=Contact(name=f"B{number}"), role=OwnerRole.BUILDER), by=later
        )
        check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="More."), by=later)
        define_kpi(NewKpi(pilot=pilot, line=read_kpi(f"Number {number} letters 2 → 1")), by=later)

    with django_assert_num_queries(queries):
        client.get(f"/pilots/CLM-1/{page}")


def test_tags_are_shown_in_order(client, viewer, make_pilot):
    make_pilot(tags=("triage", "claims"))
    client.force_login(viewer)

    response = client.get("/pilots/CLM-1/")

    assert response.context["tags"] == ["claims", "triage"]
    assert (
        '<span class="badge"><bdi>claims</bdi></span> <span class="badge"><bdi>triage</bdi></span>'
        in response.content.decode()
    )


def test_reading_the_pages_changes_nothing(client, manager, make_pilot):
    pilot = make_pilot()
    client.force_login(manager)

    for page in ("", "people/", "history/", "move/", "hold/", "resume/", "check-in/", "edit/", "kpis/new/"):
        assert client.get(f"/pilots/CLM-1/{page}").status_code == 200

    stored = Pilot.objects.get()
    assert (stored.version, stored.updated_at) == (pilot.version, pilot.updated_at)
    assert Event.objects.filter(pilot_id=pilot.pk).count() == 1


def test_number_is_agreed_later(client, contributor, make_pilot):
    make_pilot()
    client.force_login(contributor)

    response = client.post("/pilots/CLM-1/kpis/new/", {"kpi": "Handling time 14 → 9 min"})

    assert response.url == "/pilots/CLM-1/kpis/handling-time/"
    assert Kpi.objects.values_list("pilot__key", "code").get() == ("CLM-1", "handling-time")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        pytest.param("", "Write the number. Write it like", id="empty"),
        pytest.param("not agreed yet", "Nothing to save while no number is agreed.", id="not-agreed"),
        pytest.param("faster", "Headway cannot find a name and two numbers", id="no-numbers"),
        pytest.param("Handling time 9 → 8", "CLM-1 has a KPI called Handling time already.", id="repeated"),
    ],
)
def test_number_that_cannot_be_agreed_is_refused_in_words(client, manager, make_pilot, by, line, sentence):
    pilot = make_pilot()
    define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)
    client.force_login(manager)

    response = client.post("/pilots/CLM-1/kpis/new/", {"kpi": line})

    assert response.context["form"].errors["kpi"][0].startswith(sentence)
    assert Kpi.objects.count() == 1


def test_viewer_may_not_agree_a_number(client, viewer, make_pilot):
    make_pilot()
    client.force_login(viewer)

    response = client.post("/pilots/CLM-1/kpis/new/", {"kpi": "Handling time 14 → 9 min"})

    assert (response.status_code, Kpi.objects.count()) == (403, 0)


def test_text_is_never_read_as_a_template(client, manager, make_pilot):
    name = """{{ 7|add:1 }} {% csrf_token %} "a" 'b' & {{ pilot.key }}"""
    make_pilot(name, unit=name, owner=Contact(name=name))
    client.force_login(manager)

    for page in ("", "people/", "history/", "move/", "hold/", "check-in/", "edit/"):
        content = client.get(f"/pilots/CLM-1/{page}").content.decode()

        assert escape(name) in content
        assert "8 <input" not in content


EXTEND = 'href="/pilots/CLM-1/edit/#id_decide_by"'
LONGER = "Its review day has passed: extend it, resume it, or stop it."


def test_decision_day_may_be_extended_by_who_may_edit(client, manager, viewer, make_pilot):
    make_pilot(decide_by=date(2026, 11, 20))

    client.force_login(manager)
    assert EXTEND in client.get("/pilots/CLM-1/").content.decode()
    client.force_login(viewer)
    assert EXTEND not in client.get("/pilots/CLM-1/").content.decode()


def test_decision_day_of_a_pilot_on_hold_is_not_extended(client, manager, make_pilot, by):
    pilot = make_pilot(decide_by=date(2026, 11, 20))
    hold_pilot(
        NewHold(pilot=pilot, reason="Storms", agreed_by="Marguerite", review_on=date(2026, 11, 25)), by=by
    )
    client.force_login(manager)

    assert EXTEND not in client.get("/pilots/CLM-1/").content.decode()


def test_hold_past_its_review_day_says_how_it_goes_on(client, manager, viewer, make_pilot, by):
    hold_pilot(
        NewHold(pilot=make_pilot(), reason="Storms", agreed_by="Marguerite", review_on=date(2026, 11, 25)),
        by=by,
    )
    client.force_login(manager)
    assert LONGER not in client.get("/pilots/CLM-1/").content.decode()

    with time_machine.travel(datetime(2026, 11, 26, 9, tzinfo=UTC), tick=False):
        client.force_login(manager)
        assert LONGER in client.get("/pilots/CLM-1/").content.decode()
        client.force_login(viewer)
        assert LONGER not in client.get("/pilots/CLM-1/").content.decode()


@pytest.mark.parametrize(
    ("stage", "sentence", "word"),
    [
        (Stage.PILOTING, "Nobody is accountable for bringing it into production yet.", "nobody yet"),
        (Stage.PRODUCTION, "Nobody is accountable for it in production.", "nobody"),
        (Stage.STOPPED, "Nobody was accountable for bringing it into production.", "nobody"),
    ],
)
def test_missing_owner_is_said_as_fits_the_stage(client, manager, make_pilot, stage, sentence, word):
    make_pilot(stage=stage)
    client.force_login(manager)

    content = client.get("/pilots/CLM-1/").content.decode()

    assert content.count(f'<span class="unknown">{word}</span>') == 2
    assert (sentence in content) is (stage is not Stage.STOPPED)
    assert sentence in client.get("/pilots/CLM-1/people/").content.decode()


def test_ended_pilot_without_numbers_asks_for_none(client, manager, make_pilot):
    make_pilot(stage=Stage.STOPPED)
    client.force_login(manager)

    content = client.get("/pilots/CLM-1/").content.decode()

    assert "No number was agreed, so nobody can tell from figures whether it worked." in content
    assert "Nobody said how it went." in content
    assert "Agree one" not in content


def test_names_cannot_turn_the_words_round_them(client, manager, make_pilot):
    make_pilot("مساعد الفواتير", owner=Contact(name="سارة"), tags=("بريد",))
    client.force_login(manager)

    content = client.get("/pilots/CLM-1/").content.decode()

    assert "<h1><bdi>مساعد الفواتير</bdi></h1>" in content
    assert content.count("<bdi>سارة</bdi>") == 2
    assert '<span class="badge"><bdi>بريد</bdi></span>' in content
