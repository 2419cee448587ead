"""A pack is frozen whole: numbers agree with the funnel reopened, and nothing changes it afterwards."""

import json
import sqlite3
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pilots.access.models import Event, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.by import Forbidden, Refused
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from portfolio.benchmarks.actions import switch_benchmark
from portfolio.benchmarks.catalogue import PILOT_TO_PRODUCTION
from portfolio.dashboards.benchmarks import LEFT_OUT
from portfolio.steering import content as content_module
from portfolio.steering import lines
from portfolio.steering.actions import freeze as freezing
from portfolio.steering.actions.freeze import NewPack, freeze
from portfolio.steering.actions.remove import Removal, remove_pack
from portfolio.steering.models import Pack
from portfolio.steering.scope import read_scope
from portfolio.steering.shown import UNSHOWN, shown_to
from tests.conftest import NOW, TODAY
from tests.portfolio.dashboards.invented import invent
from tests.portfolio.steering.conftest import MEETING, acting


def numbers(body):
    names = ("stage", "reached", "there_now", "open", "on_hold", "ended", "median_days")
    return [[stage[name] for name in names] for stage in body["stages"]]


def test_a_pack_is_what_the_funnel_says_reopened_at_its_time(program, manager, client, clock, frozen):
    invent(program, seed=3, size=30)
    pack = frozen(query="program=claims&vendor=Acme&matured_months=8")
    kept = json.dumps(pack.content, sort_keys=True)
    assert pack.content["funnel"]["denominator"] > 0
    assert (pack.query, pack.as_of, pack.known_at) == (
        "program=claims&vendor=Acme&matured_months=8",
        TODAY,
        NOW,
    )

    at = clock(3)
    for pilot in Pilot.objects.filter(program=program, stage=Stage.PILOTING.value, held_since=None):
        move_pilot(
            Move(pilot=pilot, to=Stage.STOPPED, happened=Day(at.date()), reason="Done."), by=acting(manager)
        )
    client.force_login(manager)
    address = "/api/v1/funnel/?"
    pack.refresh_from_db()
    assert json.dumps(pack.content, sort_keys=True) == kept
    assert numbers(client.get(address + pack.funnel_query).json()) == numbers(pack.content["funnel"])
    assert numbers(client.get(address + pack.query).json()) != numbers(pack.content["funnel"])


def test_a_pack_of_now_is_read_as_the_page_of_now_is_and_reopens_the_same(
    program, manager, client, make_pilot, clock, frozen
):
    invent(program, seed=4, size=40)
    moved = make_pilot("Moved")
    client.force_login(manager)
    asked = "program=claims"
    scope = read_scope(manager, QueryDict(asked), at=NOW)
    assert not scope.filters.cohort.reads_history
    assert (scope.as_of, scope.known_at) == (TODAY, NOW)

    def told(query):
        funnel = client.get(f"/api/v1/funnel/?{query}").json()
        pace = client.get(f"/api/v1/pace/?view=time&{query}").json()["sections"]
        return numbers(funnel), funnel["denominator"], funnel["undated"], pace["time"]

    pack = frozen(query=asked)
    funnel = pack.content["funnel"]
    kept = numbers(funnel), funnel["denominator"], funnel["undated"], pack.content["time"]["numbers"]
    assert told(asked) == kept
    assert told(pack.funnel_query) == kept

    # What is recorded after the moment of freezing stands in the columns, so then history is read.
    clock(1)
    move_pilot(Move(pilot=moved, to=Stage.STOPPED, happened=Day(TODAY), reason="Done."), by=acting(manager))
    assert told(pack.funnel_query) == kept
    assert told(asked) != kept
    assert read_scope(manager, QueryDict(asked), at=NOW).filters.cohort.known_at == NOW
    yesterday = read_scope(manager, QueryDict("as_of=2026-11-18"), at=timezone.now())
    assert yesterday.filters.cohort.known_at == timezone.now()


def test_content_is_read_before_anybody_has_to_wait(frozen, make_pilot, manager, clock, monkeypatch):
    make_pilot()
    read, depths, outside = freezing.read_content, [], len(connection.savepoint_ids)

    def watched(*args, **options):
        depths.append(len(connection.savepoint_ids) - outside)
        return read(*args, **options)

    monkeypatch.setattr(freezing, "read_content", watched)
    frozen()
    assert depths == [0]


def test_a_pack_before_that_is_removed_meanwhile_is_compared_with_none(frozen, manager, clock, monkeypatch):
    first, read = frozen(), freezing.read_content

    def slowly(*args, **options):
        remove_pack(Removal(pack=first, reason="Mistake."), by=acting(manager))
        return read(*args, **options)

    monkeypatch.setattr(freezing, "read_content", slowly)
    second = frozen("Second")
    assert (Pack.objects.get().before, second.before) == (None, None)


def test_a_preview_counts_no_pace(make_pilot, manager, client, clock, monkeypatch):
    make_pilot()
    client.force_login(manager)
    with monkeypatch.context() as patch:
        patch.setattr(content_module, "read_pace", lambda reading: pytest.fail("Pace was counted."))
        answer = client.get("/steering-pack/freeze/")
        again = client.post("/steering-pack/freeze/", {"title": ""})
    assert (answer.status_code, again.status_code) == (200, 200)
    assert answer.context["page"].content["funnel"]["denominator"] == 1


@pytest.mark.parametrize(
    ("zone", "moment"),
    [
        ("Europe/Berlin", datetime(2026, 11, 17, 23, 30, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 17, 11, 30, tzinfo=UTC)),
    ],
)
def test_after_midnight_a_pack_holds_who_is_held_since_today(make_pilot, manager, by_system, zone, moment):
    pilot = make_pilot(by=replace(by_system, at=NOW - timedelta(days=30)))
    hold = NewHold(pilot=pilot, reason="No budget.", agreed_by="S. Keller", review_on=date(2026, 12, 1))
    hold_pilot(hold, by=by_system)
    with time_machine.travel(moment, tick=False), timezone.override(ZoneInfo(zone)):
        assert timezone.localdate() == TODAY
        asked = f"program=claims&known_at={moment:%Y-%m-%dT%H:%M:%SZ}"
        for query in ("program=claims", asked):
            pack = freeze(NewPack(title="Steering", meeting_on=MEETING, query=query), by=acting(manager))
            stages = pack.content["funnel"]["stages"]
            assert [sum(stage[now] for stage in stages) for now in ("open", "on_hold")] == [0, 1], query


def test_a_published_figure_that_is_left_out_is_in_no_pack_either(
    program, administrator, make_pilot, clock, frozen
):
    for number in range(10):
        make_pilot(f"Pilot {number}", since=date(2025, 1, 6))
    asked = "program=claims&matured_months=8"
    kept = frozen("With", query=asked).content
    assert (len(kept["benchmarks"]), kept["funnel"]["words"]["benchmark_absent"]) == (1, "")

    switch_benchmark(PILOT_TO_PRODUCTION, is_on=False, by=acting(administrator))

    kept = frozen("Without", query=asked).content
    assert (kept["benchmarks"], kept["funnel"]["words"]["benchmark_absent"]) == ([], LEFT_OUT)


@pytest.fixture
def stalled(make_pilot, make_flag):
    """A pilot that became stalled on a day."""

    def make(name, on, **fields):
        pilot = make_pilot(name, **fields)
        make_flag(pilot, "R-08", since=on - timedelta(days=90), crossed_on=on)
        Pilot.objects.filter(pk=pilot.pk).update(health="stalled", health_since=on, pattern="purgatory")
        return pilot

    return make


def test_the_lines_of_a_pack_and_what_is_news_to_the_next(
    program, other_program, manager, make_pilot, stalled, clock, frozen
):
    moved = make_pilot("Moved", by=acting(manager))
    hidden = stalled("Hidden", TODAY, is_confidential=True)
    late, early = stalled("Late", TODAY), stalled("Early", TODAY - timedelta(days=9))
    stalled("Long ago", TODAY - timedelta(days=31))
    question = {"question": "Stop it, or start a plan?", "options": ["Stop", "Plan"]}
    by_day = ask_decision(
        NewDecision(pilot=late, needed_by=TODAY + timedelta(days=5), **question), by=acting(manager)
    )
    any_day = ask_decision(NewDecision(program=program, **question), by=acting(manager))
    ask_decision(NewDecision(pilot=hidden, **question), by=acting(manager))

    # Asking has judged the pilots anew, from a flag of long ago.
    Pilot.objects.filter(pk__in=[late.pk, hidden.pk]).update(health="stalled", health_since=TODAY)

    pack = frozen()
    content = pack.content
    assert [(line["id"], line["key"], line["needed_by"]) for line in content["decisions"]] == [
        (by_day.pk, late.key, "2026-11-23"),
        (any_day.pk, "", None),
    ]
    assert content["decisions"][0]["options"] == ["Stop", "Plan"]
    assert [(line["name"], line["days"], line["pattern"]) for line in content["stalled"]] == [
        ("Early", 9, "Pilot purgatory"),
        ("Late", 0, "Pilot purgatory"),
    ]
    assert content["stalled"][0]["owners"] == ["Maren"]
    assert "Hidden" not in json.dumps(content)
    assert content["since"] == {"on": "2026-10-19", "said": "in 30 days"}

    clock(2)
    move_pilot(Move(pilot=moved, to=Stage.STOPPED, happened=Day(TODAY), reason="Done."), by=acting(manager))
    fresh = stalled("Fresh", TODAY + timedelta(days=1))
    afternoon = stalled("Afternoon", TODAY)
    later = frozen("Later", meeting_on=MEETING + timedelta(days=7))
    assert later.before == pack
    # What the first pack told of its own day is no news; what became stalled after it on that day is.
    assert [line["pilot"] for line in later.content["stalled"]] == [afternoon.pk, fresh.pk]
    assert [(line["label"], line["sign"], line["count"]) for line in later.content["changes"]] == [
        ("Stopped", "+", 1)
    ]
    assert later.content["changes"][0]["pilots"] == [{"pilot": moved.pk, "key": moved.key, "name": "Moved"}]
    assert frozen("Other filters", query="vendor=Acme").before is None
    assert frozen("First again", is_first=True).before is None

    Pilot.objects.filter(pk=early.pk).update(is_confidential=True)
    assert shown_to(manager, content).hidden == 0
    shown = shown_to(None, content)
    assert (shown.hidden, shown.note) == (1, "1 line is not shown to you.")
    assert [line["name"] for line in shown.content["stalled"]] == ["Late"]
    # Wherever it stands, in Pace too: nothing of it is left.
    assert early.pk in {line["pilot"] for line in content["age"]["numbers"]["oldest"]}
    assert early.key not in json.dumps(shown.content)
    assert "Early" not in json.dumps(shown.content)


def test_what_a_list_was_too_long_to_show_is_no_news_to_the_next_packs(stalled, clock, frozen, monkeypatch):
    monkeypatch.setattr(lines, "MOST", 1)
    for name in ("First", "Second", "Third"):
        stalled(name, TODAY)
    content = frozen().content
    assert (len(content["stalled"]), content["stalled_total"]) == (1, 3)
    assert UNSHOWN not in shown_to(None, content).content
    assert frozen("Same day").content["stalled_total"] == 0

    clock(1)
    fresh = stalled("Fresh", TODAY)
    later = frozen("Later").content
    assert ([line["pilot"] for line in later["stalled"]], later["stalled_total"]) == ([fresh.pk], 1)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL takes any number of values.")
def test_what_is_stalled_is_asked_for_in_few_values(stalled, manager, clock, monkeypatch):
    monkeypatch.setattr(lines, "MOST", 2)
    for number in range(60):
        stalled(f"Stalled {number}", TODAY)
    scope = read_scope(manager, QueryDict(""), at=NOW)
    limit = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 50)
    try:
        assert lines.read_stalled(scope, lines.since(None, at=NOW)).total == 60
    finally:
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, limit)


def test_who_freezes_and_who_reads(
    program, other_program, manager, contributor, viewer, executive, administrator, stranger, make_user, clock
):
    both = make_user("both@example.com")
    by_system = acting(None)
    add_member(program=program, user=both, role=Role.MANAGER, by=by_system)
    add_member(program=other_program, user=both, role=Role.VIEWER, by=by_system)
    new = NewPack(title="Steering", meeting_on=MEETING)
    for person in (contributor, viewer, executive, stranger):
        with pytest.raises(Forbidden, match="a manager of one of its programs or an administrator can"):
            freeze(new, by=acting(person))
    with pytest.raises(Forbidden):
        freeze(NewPack(title="Steering", meeting_on=MEETING, query="program=finance"), by=acting(both))
    whole = freeze(new, by=acting(both))
    own = freeze(new, by=acting(manager))
    assert [one.slug for one in whole.programs.order_by("pk")] == ["claims", "finance"]
    assert [one.slug for one in own.programs.all()] == ["claims"]

    def read(person):
        return set(Pack.objects.visible_to(person))

    assert read(both) == read(executive) == read(administrator) == {whole, own}
    assert read(manager) == read(viewer) == read(contributor) == {own}
    assert read(stranger) == set()


def test_what_is_refused_names_its_field(frozen, manager, clock, other_program):
    def fields(**asked):
        with pytest.raises(Refused) as refused:
            frozen(**asked)
        return [(reason.field, reason.code) for reason in refused.value.reasons]

    assert fields(title="  ") == [("title", "required")]
    assert fields(title="x" * 201, meeting_on=TODAY - timedelta(days=1)) == [
        ("title", "length"),
        ("meeting_on", "past"),
    ]
    assert fields(meeting_on=date(2029, 1, 1)) == [("meeting_on", "far")]
    assert fields(query="health=stalled") == [("filters", "filters")]
    assert fields(query="program=finance") == [("filters", "filters")]
    assert fields(title="a\x00b") == [("title", "null-character")]
    assert not Pack.objects.exists()


def test_two_clicks_make_one_pack_and_no_column_of_it_changes(frozen, manager, make_user, program, clock):
    nonce = uuid.uuid4()
    pack = frozen(nonce=nonce)
    assert frozen("Again", nonce=nonce) == pack
    assert Event.objects.filter(verb="pack.frozen").count() == 1
    told = Event.objects.get(verb="pack.frozen")
    assert (told.program, told.actor, told.subject) == (None, manager, "Steering")
    for column, value in {"title": "Other", "content": {}, "query": "x", "meeting_on": TODAY}.items():
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            Pack.objects.filter(pk=pack.pk).update(**{column: value})


def test_a_pack_is_removed_with_a_reason_by_its_maker_or_who_runs_a_program(
    frozen, manager, viewer, administrator, stranger, clock
):
    first, second = frozen(), frozen("Second")
    assert second.before == first
    with pytest.raises(Forbidden, match="its maker, or a manager"):
        remove_pack(Removal(pack=first, reason="Mistake."), by=acting(viewer))
    with pytest.raises(Pack.DoesNotExist):
        remove_pack(Removal(pack=first, reason="Mistake."), by=acting(stranger))
    with pytest.raises(Refused, match="Say why"):
        remove_pack(Removal(pack=first, reason=" "), by=acting(manager))
    remove_pack(Removal(pack=first, reason="Wrong filters."), by=acting(administrator))
    told = Event.objects.get(verb="pack.removed")
    assert (told.subject, told.reason, told.actor) == ("Steering", "Wrong filters.", administrator)
    assert told.before["frozen_by"] == "Maren"
    second.refresh_from_db()
    assert second.before is None


def test_a_pack_of_many_lines_costs_no_more_queries(
    program, manager, make_pilot, stalled, clock, django_assert_max_num_queries
):
    def cost(count):
        for number in range(count):
            pilot = stalled(f"Stalled {number}", TODAY)
            ask_decision(NewDecision(pilot=pilot, question="Stop?"), by=acting(manager))
            make_pilot("Moved", by=acting(manager))
        with CaptureQueriesContext(connection) as asked:
            freeze(NewPack(title="Steering", meeting_on=MEETING, is_first=True), by=acting(manager))
        return len(asked)

    assert cost(1) == cost(12)


def test_what_its_maker_sees_as_an_owner_elsewhere_is_in_no_pack(
    program, other_program, manager, make_pilot, clock, frozen
):
    own, elsewhere = make_pilot("Own"), make_pilot("Elsewhere", program=other_program)
    contact = Contact(name=manager.name, email=manager.email)
    Owner.objects.create(program=other_program, name=manager.name, email=manager.email, user=manager)
    add_owner(
        NewOwnership(pilot=elsewhere, contact=contact, role=OwnerRole.PRODUCTION_OWNER), by=acting(None)
    )
    Ownership.objects.update(accepted_on=TODAY)
    assert set(Pilot.objects.visible_to(manager)) == {own, elsewhere}
    pack = frozen()
    assert pack.content["funnel"]["denominator"] == 1
    assert list(Pack.objects.visible_to(manager)) == [pack]
