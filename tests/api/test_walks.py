from datetime import date

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.oneline import read_kpi
from pilots.access.permissions import OwnerRole
from pilots.actions.hold import NewHold, hold_pilots
from pilots.actions.log import NewLine, write_log
from pilots.actions.owner import Contact, NewOwnership, add_owners
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import LogKind, Pilot, PilotTag


@pytest.fixture
def make_pilots(program, by_system):
    def make(count: int, start: int = 0) -> list[Pilot]:
        news = [
            NewPilot(
                program=program,
                name=f"Pilot {number}",
                problem="x",
                stage=Stage.PILOTING,
                since=Day(date(2026, 1, 1 + number % 28)) if number % 3 else None,
                tags=(f"tag {number % 2}",),
            )
            for number in range(start, start + count)
        ]
        return log_pilots(news, by=by_system)

    return make


def walk(api, path: str, *, backwards: bool = False) -> list:
    """Follow next (or previous) to the end; return every row."""
    rows, link = [], path
    while link:
        data = api.get(link).data
        rows = data["results"] + rows if backwards else rows + data["results"]
        link = data["previous" if backwards else "next"]
    return rows


@pytest.mark.parametrize("ordering", ["id", "-id", "created_at", "-created_at", "key", "-key"])
def test_walk_sees_every_pilot_once_in_order(api, make_pilots, ordering):
    make_pilots(23)
    keys = sorted(Pilot.objects.values_list("key", "pk"), key=lambda row: row[0 if "key" in ordering else 1])
    if ordering.startswith("-"):
        keys.reverse()

    rows = walk(api, f"pilots/?limit=5&ordering={ordering}")

    assert [row["key"] for row in rows] == [key for key, _ in keys]


@pytest.mark.parametrize("ordering", ["happened_on", "-happened_on"])
def test_rows_without_a_value_stand_last_and_are_walked_too(api, make_pilots, ordering):
    make_pilots(20)

    rows = walk(api, f"transitions/?limit=3&ordering={ordering}")

    days = [row["happened_on"] for row in rows]
    known = [day for day in days if day]
    assert len({row["id"] for row in rows}) == 20
    assert known == sorted(known, reverse=ordering.startswith("-"))
    assert days == known + [None] * (20 - len(known))


@pytest.mark.parametrize("ordering", ["id", "-id", "happened_on", "-happened_on"])
def test_walk_back_is_the_walk_forth(api, make_pilots, ordering):
    make_pilots(17)
    forth = walk(api, f"transitions/?limit=4&ordering={ordering}")
    last = api.get(f"transitions/?limit=4&ordering={ordering}").data
    while last["next"]:
        last = api.get(last["next"]).data

    back = walk(api, last["previous"], backwards=True) + last["results"]

    assert back == forth


def test_walk_misses_and_repeats_nothing_that_stood_still(api, make_pilots):
    make_pilots(30)
    first = api.get("pilots/?limit=10&ordering=-id").data
    make_pilots(10, start=100)
    Pilot.objects.filter(key="CLM-15").update(name="Renamed")

    rest = walk(api, first["next"])

    assert [row["key"] for row in first["results"] + rest] == [f"CLM-{number}" for number in range(30, 0, -1)]


def test_ends_have_no_links(api, make_pilots):
    make_pilots(3)

    data = api.get("pilots/?limit=3").data
    assert (data["next"], data["previous"], len(data["results"])) == (None, None, 3)

    first = api.get("pilots/?limit=2").data
    assert first["previous"] is None
    second = api.get(first["next"]).data
    assert (second["next"], len(second["results"])) == (None, 1)
    back = api.get(second["previous"]).data
    assert (back["previous"], [row["key"] for row in back["results"]]) == (None, ["CLM-1", "CLM-2"])


def test_links_keep_the_filters(api, make_pilots):
    make_pilots(6)

    rows = walk(api, "pilots/?limit=1&tag=tag%201")

    assert [row["name"] for row in rows] == ["Pilot 1", "Pilot 3", "Pilot 5"]


def test_count_is_of_all_rows_and_only_when_asked(api, make_pilots):
    make_pilots(7)

    assert api.get("pilots/?limit=2&count=true").data["count"] == 7
    assert api.get("pilots/?limit=2&count=true&tag=tag%200").data["count"] == 4
    assert "count" not in api.get("pilots/?limit=2").data


def forged(*place, path="/api/v1/pilots/") -> str:
    return signing.Signer(salt=f"headway.cursor:{path}").sign_object(list(place))


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "nonsense",
        "WyJpZCIsbnVsbCwzLGZhbHNlXQ",
        "x" * 5000,
        "%C3%A9",
        forged("id", None, 3, False, path="/api/v1/owners/"),
        forged("-id", None, 3, False),
        forged("id", None, 3),
        forged("id"),
    ],
)
def test_cursor_that_was_not_given_out_is_400(api, make_pilots, cursor):
    make_pilots(3)

    answer = api.get(f"pilots/?cursor={cursor}")

    assert answer.status_code == 400
    assert answer.data["errors"][0]["pointer"] == "?cursor"


def test_changed_cursor_is_400(api, make_pilots):
    make_pilots(3)
    link = api.get("pilots/?limit=1").data["next"]

    assert api.get(link).status_code == 200
    assert api.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 400
    assert api.get(link + "&ordering=-id").status_code == 400


@pytest.mark.parametrize("path", ["pilots/", "transitions/", "events/"])
def test_far_page_reads_no_more_rows_than_the_first(api, make_pilots, path):
    """A position, not an offset: the statement of a far page names where it starts."""
    make_pilots(40)
    link = f"{path}?limit=10"
    for _ in range(3):
        link = api.get(link).data["next"]

    with CaptureQueriesContext(connection) as queries:
        assert len(api.get(link).data["results"]) == 10

    assert not any("OFFSET" in query["sql"] for query in queries.captured_queries)


# --- Queries -----------------------------------------------------------------------

LISTS = {
    "programs/": 3,
    "pilots/": 5,
    "owners/": 2,
    "ownerships/": 2,
    "transitions/": 2,
    "holds/": 2,
    "log/": 2,
}


def fill(make_pilots, by, count: int, start: int = 0) -> None:
    """Give `count` pilots an owner, a hold, a log line, a tag and a KPI each."""
    pilots = make_pilots(count, start)
    add_owners(
        [
            NewOwnership(pilot=pilot, contact=Contact(name=f"Owner {pilot.key}"), role=OwnerRole.SPONSOR)
            for pilot in pilots
        ],
        by=by,
    )
    write_log([NewLine(pilot=pilot, kind=LogKind.COMMENT, text="x") for pilot in pilots], by=by)
    hold_pilots(
        [NewHold(pilot=pilot, reason="x", agreed_by="y", review_on=date(2026, 12, 1)) for pilot in pilots],
        by=by,
    )
    for pilot in pilots[:5]:
        define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=by)


def counted(api, path) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert api.get(path).status_code == 200
    return len(queries)


def test_lists_cost_the_same_for_any_number_of_rows(api, make_pilots, by):
    fill(make_pilots, by, 1)
    one = {path: counted(api, f"{path}?limit=100") for path in LISTS}
    fill(make_pilots, by, 99, start=1)
    hundred = {path: counted(api, f"{path}?limit=100") for path in LISTS}

    assert len(api.get("pilots/?limit=100").data["results"]) == 100
    assert one == hundred == LISTS


@pytest.mark.parametrize(
    ("path", "cost"),
    [
        ("pilots/CLM-1/", 5),
        ("me/", 2),
        ("programs/claims/", 3),
        ("transitions/{row}/", 2),
        ("owners/{owner}/", 2),
    ],
)
def test_details_cost_little(api, make_pilots, by, path, cost):
    fill(make_pilots, by, 3)
    pilot = Pilot.objects.get(key="CLM-1")
    filled = path.format(row=pilot.transitions.get().pk, owner=pilot.ownerships.get().owner_id)

    assert counted(api, filled) == cost


def test_count_costs_one_more(api, make_pilots):
    make_pilots(3)

    assert counted(api, "pilots/?count=true") == LISTS["pilots/"] + 1
    assert PilotTag.objects.count() == 3
