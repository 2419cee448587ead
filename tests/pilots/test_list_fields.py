"""The list by custom fields: filters, order, columns, and the file of exactly what is shown."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.custom import NewField, define_field
from pilots.actions.owner import Contact
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.custom import FieldKind
from pilots.models import Pilot, Waiting
from pilots.web.field_filters import fields_in_reach
from pilots.web.pilot_order import ordered
from tests.conftest import NOW

LIST, EXPORT = "/pilots/", "/pilots/export/"
NUMBERS = ["10", "9", "-0.5", "-1.5", "0.000001", "99999999999999.000002", "99999999999999.000001"]


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def fields(program, by):
    """Return a field of each kind, by the code that its label makes."""
    kinds = {
        "Cost": FieldKind.MONEY,
        "2024": FieldKind.NUMBER,  # a code that JSON paths take for a place in a list
        "contains": FieldKind.TEXT,  # and one that is a lookup's name
        "Council": FieldKind.YES_NO,
        "Due": FieldKind.DATE,
        "Page": FieldKind.LINK,
    }
    made = [
        define_field(NewField(program=program, label=label, kind=kind), by=by)
        for label, kind in kinds.items()
    ]
    choices = ("Small", "Middle", "Large")
    size = NewField(program=program, label="Size", kind=FieldKind.CHOICE, choices=choices)
    return [*made, define_field(size, by=by)]


@pytest.fixture
def three(fields, program, by):
    values = [
        {
            "cost": "12.5",
            "2024": "10",
            "contains": "Ada Lovelace",
            "council": True,
            "due": "2026-12-01",
            "size": "Large",
        },
        {
            "cost": "9",
            "2024": "9.5",
            "contains": "100 % done",
            "council": False,
            "due": "2027-01-05",
            "size": "Small",
        },
        {},
    ]
    news = [
        NewPilot(program=program, name=f"Pilot {n}", problem="…", custom=custom)
        for n, custom in enumerate(values)
    ]
    return log_pilots(news, by=by)


def keys(response) -> list[str]:
    return [row.pilot.key for row in response.context["listing"].rows]


def said(response) -> list[str]:
    listing = response.context["listing"]
    return [problem.sentence for problem in listing.problems] or [
        f"{c.says} {c.value}" for c in listing.chips
    ]


@pytest.mark.parametrize(
    ("query", "found", "chip"),
    [
        ("field.contains=love", ["CLM-1"], "contains contains love"),
        ("field.contains=%25", ["CLM-2"], "contains contains %"),
        ("field.council=no", ["CLM-2"], "Council is no"),
        ("field.size=large", ["CLM-1"], "Size is Large"),
        ("field.2024=9.50", ["CLM-2"], "2024 is 9.5"),
        ("field.2024.from=9.6", ["CLM-1"], "2024 is at least 9.6"),
        ("field.cost.to=9", ["CLM-2"], "Cost is at most 9"),
        ("field.cost.from=9&field.cost.to=12.5", ["CLM-1", "CLM-2"], "Cost is at least 9"),
        ("field.due.from=2 Dec 2026", ["CLM-2"], "Due is on or after Wed 2 Dec 2026"),
        ("field.due.to=2026-12-01", ["CLM-1"], "Due is on or before Tue 1 Dec 2026"),
        ("field.cost.known=false", ["CLM-3"], "Cost is not known"),
    ],
)
def test_custom_field_narrows_the_list(client, three, query, found, chip):
    response = client.get(f"{LIST}?program=claims&ordering=key&{query}")

    assert keys(response) == found
    assert chip in said(response)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("field.nix=1", "Custom field: No program here keeps a field “nix”."),
        ("field.cost.over=1", "Cost: No program here keeps a field “cost.over”."),
        (
            "field.cost=much",
            "Cost: “much” is not a number. Write digits, with a point before decimals: 12500.5.",
        ),
        ("field.size=huge", "Size: “huge” is not in the list. It has Small, Middle, Large."),
        ("field.cost.known=perhaps", "Cost is known: “perhaps” is neither true nor false."),
        (
            "field.contains.from=a",
            (
                "contains, from: contains is no number and no date, so nothing is from or up to it. "
                "Ask for field.contains."
            ),
        ),
        ("ordering=field.nix", "No program here keeps a field “nix”."),
        ("columns=nix", "This list has no column “nix”."),
        ("columns=field.nix", "No program here keeps a field “nix”."),
        ("view=nix", "“nix” names no view."),
    ],
)
def test_what_an_address_cannot_mean_of_fields_is_said(client, three, query, sentence):
    assert said(client.get(f"{LIST}?program=claims&{query}")) == [sentence]


def test_code_asks_every_program_that_keeps_it_and_no_other_value(
    client, three, other_program, manager, by_system
):
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    define_field(NewField(program=other_program, label="Cost", kind=FieldKind.TEXT), by=by_system)
    words = NewPilot(program=other_program, name="Words", problem="…", custom={"cost": "about 9"})
    log_pilots([words], by=by_system)

    assert keys(client.get(f"{LIST}?ordering=key&field.cost=9")) == ["CLM-2", "FIN-1"]
    assert keys(client.get(f"{LIST}?ordering=key&field.cost.from=0")) == ["CLM-1", "CLM-2"]
    assert said(client.get(f"{LIST}?ordering=field.cost")) == [
        "Cost holds different things in different programs. Choose one program to order by it."
    ]


@pytest.mark.parametrize("code", ["2024", "cost"])
def test_numbers_order_as_numbers_to_the_last_digit(program, fields, by, manager, code):
    log_pilots(
        [NewPilot(program=program, name=text, problem="…", custom={code: text}) for text in [*NUMBERS]], by=by
    )
    log_pilots([NewPilot(program=program, name="nothing", problem="…")], by=by)
    known = fields_in_reach(manager, "claims")

    names = [pilot.name for pilot in ordered(Pilot.objects.all(), f"field.{code}", known)]
    turned = [pilot.name for pilot in ordered(Pilot.objects.all(), f"-field.{code}", known)]

    upwards = sorted(NUMBERS, key=Decimal)
    assert (names, turned) == ([*upwards, "nothing"], [*reversed(upwards), "nothing"])


@pytest.mark.parametrize(
    ("ordering", "found", "words"),
    [
        ("field.size", ["CLM-2", "CLM-1", "CLM-3"], "by Size, as listed"),
        ("-field.due", ["CLM-2", "CLM-1", "CLM-3"], "by Due, latest first"),
        ("field.council", ["CLM-2", "CLM-1", "CLM-3"], "by Council, no first"),
        ("field.contains", ["CLM-2", "CLM-1", "CLM-3"], "by contains, A to Z"),
    ],
)
def test_other_fields_order_too_and_nothing_stands_last(client, three, ordering, found, words):
    response = client.get(f"{LIST}?program=claims&ordering={ordering}")

    assert keys(response) == found
    assert response.context["listing"].order == words


def test_menu_of_columns_leads_to_one_address(client, three):
    menu = client.get(LIST, {"program": "claims", "columns": ["name", "owner", "field.cost"]})
    page = client.get(menu.url, follow=True)

    assert menu.url == "/pilots/?program=claims&columns=name%2Cowner%2Cfield.cost"
    listing = page.context["listing"]
    assert [head.label for head in listing.heads] == ["Key", "Pilot", "Owner", "Cost"]
    assert [[cell.text for cell in row.more] for row in listing.rows] == [["12.50"], ["9"], [""]]


def test_what_waits_for_legal_is_one_click(client, make_pilot):
    waits, done = make_pilot("Waits"), make_pilot("Done")
    for pilot, until in ((waits, None), (done, date(2026, 11, 2))):
        Waiting.objects.create(
            pilot=pilot,
            requirement="privacy",
            on_role=OwnerRole.LEGAL.value,
            since=date(2026, 11, 1),
            until=until,
        )

    response = client.get(f"{LIST}?waiting=legal&columns=waits")

    assert (keys(response), said(response)) == (["CLM-1"], ["Waits for Legal"])
    assert response.context["listing"].rows[0].more[0].text == "Legal"


def test_file_holds_exactly_what_is_shown(client, three, by):
    columns = "columns=name,stage,field.cost,field.due,field.council"
    query = f"program=claims&{columns}&ordering=-field.cost&field.cost.known=true"

    answer = client.get(f"{EXPORT}?{query}&shown=true&format=csv")

    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows == [
        ["Key", "Pilot", "Stage", "Cost", "Council", "Due"],
        ["CLM-1", "Pilot 0", "Piloting", "12.5", "yes", "2026-12-01"],
        ["CLM-2", "Pilot 1", "Piloting", "9", "no", "2027-01-05"],
    ]


def test_ticked_pilots_are_exported_alone(client, three):
    answer = client.post(f"{EXPORT}chosen/?format=csv", {"pilot": ["CLM-2"], "query": "columns=name"})

    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert rows == [["Key", "Pilot"], ["CLM-2", "Pilot 1"]]


@pytest.mark.parametrize("picked", [{"pilot": ["CLM-2"]}, {"all": "1"}])
def test_ticked_pilots_of_a_past_day_are_no_file(client, three, picked):
    answer = client.post(f"{EXPORT}chosen/?format=csv", {**picked, "query": "as_of=2026-01-01"})

    assert (answer.status_code, answer.url) == (302, "/pilots/?as_of=2026-01-01")


@pytest.mark.parametrize("count", [1, 100])
def test_columns_and_filters_cost_the_same_for_any_number_of_pilots(client, fields, program, by, count):
    news = [
        NewPilot(
            program=program,
            name=f"P {n}",
            problem="…",
            owner=Contact(name=f"O {n}"),
            custom={"cost": str(n + 1)},
        )
        for n in range(count)
    ]
    log_pilots(news, by=by)
    query = "columns=tags,waits,owner,field.cost,field.size&field.cost.from=1&ordering=field.cost"

    with CaptureQueriesContext(connection) as queries:
        client.get(f"{LIST}?program=claims&{query}")

    # as the bare list, but real or sample is not asked: the program by its slug, tags and waits are
    assert len(queries) == 13
