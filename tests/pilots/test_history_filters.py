from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Source
from pilots.actions.by import By
from pilots.actions.log import NewLine, check_in
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import LogKind, Pilot
from pilots.web.history import KINDS, HistoryPage, kind_of
from pilots.web.told import VERBS
from pilots.web.told_apart import APART
from tests.conftest import NOW

URL = "/pilots/CLM-1/history/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW + timedelta(hours=20), tick=False):
        yield


@pytest.fixture
def pilot(make_pilot, by, contributor) -> Pilot:
    """Logged by a command, moved in the browser, commented through the API late on the 18th."""
    pilot = make_pilot()
    move = Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="91 %")
    move_pilot(move, by=replace(by, at=NOW + timedelta(hours=1)))
    late = By(user=contributor, at=NOW.replace(hour=23, minute=30), source=Source.API)
    check_in(NewLine(pilot=pilot, kind=LogKind.COMMENT, text="=1+1"), by=late)
    return pilot


def verbs(response) -> list[str]:
    return [event.verb for event in response.context["page"].events]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["pilot.commented", "pilot.moved", "pilot.created"]),
        ("kind=stage", ["pilot.moved", "pilot.created"]),
        ("kind=words", ["pilot.commented"]),
        ("kind=facts", []),
        ("kind=plan", []),
        ("source=api", ["pilot.commented"]),
        ("who=headway", ["pilot.created"]),
        ("from_day=2026-11-18&to_day=2026-11-18", ["pilot.commented", "pilot.moved", "pilot.created"]),
        ("from_day=2026-11-19", []),
        ("to_day=2026-11-17", []),
        ("source=web&kind=stage", ["pilot.moved"]),
    ],
)
def test_history_is_narrowed_by_its_address(client, viewer, pilot, query, found):
    client.force_login(viewer)

    assert verbs(client.get(f"{URL}?{query}")) == found


def test_days_are_those_of_the_reader(client, viewer, pilot):
    viewer.zone = "Asia/Tokyo"  # where 23:30 UTC is the next morning
    viewer.save()
    client.force_login(viewer)

    assert verbs(client.get(f"{URL}?from_day=2026-11-19")) == ["pilot.commented"]


def test_history_is_narrowed_to_one_person(client, viewer, manager, contributor, pilot):
    client.force_login(viewer)

    response = client.get(f"{URL}?who={contributor.pk}")

    assert verbs(response) == ["pilot.commented"]
    assert response.context["page"].form.fields["who"].choices == [
        ("", "Anybody"),
        (str(contributor.pk), "Cora"),
        (str(manager.pk), "Maren"),
        ("headway", "Headway"),
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("who=999", "Who: Nobody of this number has done anything here."),
        ("kind=gossip", "What: “gossip” is not known here. Known: stage, facts, words, plan,"),
        ("source=fax", "From where: “fax” is not known here. Known: web, api,"),
        ("from_day=soon", "From day: This is not a day. Write it like 2026-10-05."),
        ("from_day=2026-11-02&to_day=2026-11-01", "Up to day: This is before the first day."),
        ("before=minus", "What is older cannot be found from here."),
        ("colour=red", "This history has no filter “colour”."),
    ],
)
def test_what_the_address_cannot_mean_is_said(client, viewer, pilot, query, sentence):
    client.force_login(viewer)

    response = client.get(f"{URL}?{query}")

    page = response.context["page"]
    assert (len(page.problems), page.problems[0].startswith(sentence), page.lines) == (1, True, [])


def test_every_verb_of_a_pilot_is_of_one_kind():
    apart = {verb for verb in VERBS if not kind_of(verb)}

    assert apart <= set(APART)
    assert {kind_of(verb) for verb in VERBS if kind_of(verb)} == set(KINDS)


def test_move_that_was_corrected_since_is_marked(client, viewer, pilot, by):
    row = pilot.transitions.get(to_stage="proven")
    change = Correction(transition=row, happened=Day(date(2026, 10, 5)), reason="wrong month")
    correct_transition(change, by=replace(by, at=NOW + timedelta(hours=15)))
    client.force_login(viewer)

    lines = client.get(f"{URL}?kind=stage").context["page"].lines

    assert [(line.told.what, line.gone) for line in lines] == [
        ("corrected the date of Proven, from Mon 2 Nov 2026 to Mon 5 Oct 2026", ""),
        ("moved it from Piloting to Proven, dated Mon 2 Nov 2026", "corrected since"),
        ("logged it as Piloting, since Tue 1 Sep 2026", ""),
    ]


def exported(response) -> list[str]:
    return b"".join(response.streaming_content).decode().removeprefix("\ufeff").splitlines()


def test_history_is_exported_as_it_is_shown_and_no_cell_is_a_formula(client, viewer, pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Acme"}), by=replace(by, at=NOW + timedelta(hours=16)))
    client.force_login(viewer)

    rows = exported(client.get(f"{URL}export/?kind=words"))
    edits = exported(client.get(f"{URL}export/?kind=facts"))

    assert rows == [
        "When,Who,What,Kind,Words,From where,Before,After,Since then,Version",
        "2026-11-18 23:30,Cora,left a comment,Check-ins and comments,'=1+1,through the API,,Text: =1+1,,3",
    ]
    assert edits[1] == "2026-11-19 01:00,Maren,edited it,Facts of it,,in the browser,,Vendor: Acme,,4"
    taken = Event.objects.filter(verb="list.exported").first()
    assert (taken.subject, taken.after) == (
        "history-clm-1",
        {"rows": 1, "format": "csv", "asked": "kind=words"},
    )


def test_export_that_is_not_understood_leads_to_the_page(client, viewer, pilot):
    client.force_login(viewer)

    assert client.get(f"{URL}export/?kind=gossip&format=csv").url == f"{URL}?kind=gossip"


@pytest.mark.parametrize("count", [1, 40])
def test_history_costs_the_same_for_any_number(client, viewer, make_pilot, by, count):
    pilot = make_pilot()
    for minute in range(count):
        line = NewLine(pilot=pilot, kind=LogKind.COMMENT, text="…")
        check_in(line, by=replace(by, at=NOW + timedelta(minutes=minute)))
    transitions = list(pilot.transitions.in_order())

    with CaptureQueriesContext(connection) as queries:
        page = HistoryPage(pilot, QueryDict(""), transitions)
        shown = (len(page.lines), page.total)

    assert shown == (count + 1, count + 1)
    assert len(queries) == 3
