import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event, Role, Source
from pilots.actions.account import add_member
from pilots.actions.by import By
from pilots.actions.event import event
from pilots.actions.log import NewLine, write_log
from pilots.actions.owner import Contact
from pilots.lifecycle import Stage
from pilots.models import LogKind
from portfolio.api.events import SIGNER
from tests.api.conftest import PATIENCE, settle

# The feed shows what is committed, so these tests commit.
pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)


def test_event_is_shown_with_all_it_holds(api, make_pilot, manager):
    make_pilot(stage=Stage.IDEA, since=None)
    api.patch("pilots/CLM-1/", {"vendor": "Acme"})
    settle()

    shown = api.get("events/?verb=pilot.edited").data["results"]

    stored = Event.objects.get(verb="pilot.edited")
    assert shown == [
        {
            "id": stored.pk,
            "at": stored.at.isoformat().replace("+00:00", "Z"),
            "verb": "pilot.edited",
            "program": "claims",
            "pilot": "CLM-1",
            "actor": {"id": manager.pk, "name": "Maren"},
            "source": "api",
            "subject": None,
            "before": {"vendor": ""},
            "after": {"vendor": "Acme"},
            "reason": None,
            "movement": None,
            "batch": None,
        }
    ]


def test_feed_goes_on_where_it_stopped(api, make_pilot, by):
    pilot = make_pilot()
    seen, link = follow_up_to(3, api, "events/?limit=2")
    assert seen == theirs()

    assert follow(api, link)[0] == []
    write_log([NewLine(pilot=pilot, kind=LogKind.COMMENT, text="x")], by=by)
    fresh, _ = follow_up_to(1, api, link)

    assert fresh == [Event.objects.get(verb="pilot.commented").pk]


def theirs() -> list[int]:
    """The events a manager sees, in feed order; their own token belongs to no program."""
    return list(Event.objects.exclude(verb="token.created").in_feed_order().values_list("pk", flat=True))


def follow(api, link):
    """Read until a page is empty; return the ids and the address to ask again later."""
    seen = []
    while True:
        data = api.get(link).data
        link = data["next"]
        if not data["results"]:
            return seen, link
        seen += [row["id"] for row in data["results"]]


def follow_up_to(count, api, link):
    """Follow until `count` events were seen, for as long as patience lasts."""
    seen, deadline = [], time.monotonic() + PATIENCE
    while len(seen) < count and time.monotonic() < deadline:
        fresh, link = follow(api, link)
        seen += fresh
    return seen, link


def test_feed_shows_visible_pilots_and_managed_programs(make_api, manager, viewer, administrator, make_pilot):
    make_pilot()
    make_pilot("Hidden", is_confidential=True)

    def verbs(user):
        reader = make_api(user)
        settle()
        return [(row["verb"], row["pilot"]) for row in reader.get("events/").data["results"]]

    created = [("pilot.created", "CLM-1"), ("pilot.created", "CLM-2")]
    assert [row for row in verbs(viewer) if row[1]] == created[:1]
    assert [row for row in verbs(viewer) if not row[1]] == []
    assert [row for row in verbs(manager) if row[1]] == created
    assert ("program.created", None) in verbs(manager)
    assert ("token.created", None) not in verbs(manager)
    assert ("token.created", None) in verbs(administrator)


def test_feed_filters(api, make_pilot, other_program):
    make_pilot()
    make_pilot("Other")
    settle()

    assert {row["pilot"] for row in api.get("events/?pilot=CLM-2").data["results"]} == {"CLM-2"}
    assert {row["program"] for row in api.get("events/?program=claims").data["results"]} == {"claims"}
    assert api.get("events/?pilot=FIN-1").status_code == 400
    assert api.get("events/?ordering=id").status_code == 400
    assert api.get("events/?count=true").status_code == 400


@pytest.mark.parametrize("cursor", ["", "x", "WzAsMF0"])
def test_cursor_that_was_not_given_out_is_400(api, cursor):
    assert api.get(f"events/?cursor={cursor}").status_code == 400


@pytest.mark.gap_free
def test_feed_misses_nothing_while_others_write(api, make_pilot, program):
    """An early writer commits late: its event has the smaller id and must not be skipped.

    PostgreSQL hands out ids before the commit, SQLite lets the second writer wait; the reader that
    follows the feed all the while sees every event once, in one order, on both.
    """
    pilot = make_pilot()
    by = By(user=None, at=NOW, source=Source.COMMAND)
    early_wrote, may_commit = threading.Event(), threading.Event()

    def write(verb, *, wait):
        with transaction.atomic():
            Event.objects.bulk_create([event(verb, by=by, program=program, pilot=pilot)])
            if wait:
                early_wrote.set()
                may_commit.wait(PATIENCE)
        connection.close()

    early = threading.Thread(target=write, args=("early",), kwargs={"wait": True})
    late = threading.Thread(target=write, args=("late",), kwargs={"wait": False})
    early.start()
    assert early_wrote.wait(PATIENCE)
    late.start()
    late.join(1)  # on PostgreSQL it is through by now, on SQLite it waits
    seen, link = follow(api, "events/")
    may_commit.set()
    early.join()
    late.join()
    more, _ = follow_up_to(5 - len(seen), api, link)

    assert Event.objects.get(verb="late").pk not in seen
    assert Event.objects.get(verb="early").pk not in seen
    assert seen + more == theirs()
    assert {"early", "late"} <= set(Event.objects.filter(pk__in=more).values_list("verb", flat=True))


@pytest.mark.gap_free
def test_feed_misses_nothing_under_many_writers(api, make_pilot, program):
    pilot = make_pilot()
    by = By(user=None, at=NOW, source=Source.COMMAND)

    def write(writer):
        for turn in range(10):
            with transaction.atomic():
                Event.objects.bulk_create([event(f"w{writer}.{turn}.a", by=by, program=program, pilot=pilot)])
                Event.objects.bulk_create([event(f"w{writer}.{turn}.b", by=by, program=program, pilot=pilot)])
        connection.close()

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    seen, link = [], "events/?limit=7"
    while any(thread.is_alive() for thread in threads):
        fresh, link = follow(api, link)
        seen += fresh
    total = 4 * 10 * 2 + 3
    seen += follow_up_to(total - len(seen), api, link)[0]

    assert seen == theirs()
    assert len(seen) == total


def test_rows_numbered_by_another_cluster_are_shown(api, make_pilot):
    """After a restore into a new cluster old rows bear larger numbers than any transaction here."""
    make_pilot()
    Event.objects.create(at=NOW, source="command", verb="old", pilot_id=None, program_id=None, xact=2**60)

    assert "old" in set(Event.objects.settled().values_list("verb", flat=True))


def test_page_costs_the_same_for_any_number_of_rows(api, make_pilot, program, by):
    """The token, rows of another cluster and our own; with a cursor on PostgreSQL, where its numbers end."""
    pilot = make_pilot()
    costs = set()
    for count in (1, 60):
        Event.objects.bulk_create(event("x", by=by, program=program, pilot=pilot) for _ in range(count))
        settle()
        first = api.get("events/?limit=100")
        for path in ("events/?limit=100", first.data["next"]):
            with CaptureQueriesContext(connection) as queries:
                assert api.get(path).status_code == 200
            costs.add((path == first.data["next"], len(queries)))

    assert costs == {(False, 3), (True, 3 if connection.vendor == "postgresql" else 2)}


def restored(verb, program, number):
    """A row that came with a dump of a cluster that was far ahead of this one."""
    return Event.objects.create(at=NOW, source="command", verb=verb, program=program, xact=2**60 + number)


def test_feed_after_a_restore_shows_old_rows_first_and_then_all_that_follow(api, make_pilot, program, by):
    old = [restored(f"old.{number}", program, number) for number in range(3)]
    pilot = make_pilot()
    settle()

    seen, link = follow(api, "events/?limit=2")
    write_log([NewLine(pilot=pilot, kind=LogKind.COMMENT, text="x")], by=by)
    fresh, link = follow_up_to(1, api, link)

    created = list(
        Event.objects.filter(verb__in=["program.created", "member.added", "pilot.created"])
        .in_feed_order()
        .values_list("pk", flat=True)
    )
    assert seen == [row.pk for row in old] + created
    assert fresh == [Event.objects.get(verb="pilot.commented").pk]


def test_feed_of_nothing_but_restored_rows_goes_on_with_the_first_new_one(make_api, viewer, program, by):
    Event.objects.create(at=NOW, source="command", verb="pilot.hidden", program=program, xact=2**60)
    reader = make_api(viewer)
    seen, link = follow(reader, "events/")
    assert len(seen) == 1

    stone = Event.objects.create(at=NOW, source="command", verb="pilot.hidden", program=program)

    assert follow_up_to(1, reader, link)[0] == [stone.pk]


def test_cursor_of_another_cluster_says_start_over(api, make_pilot):
    make_pilot()
    cursor = SIGNER.sign_object([2**60, 1, False])

    answer = api.get(f"events/?cursor={cursor}")

    assert answer.status_code == 400
    assert answer.data["errors"] == [
        {
            "pointer": "?cursor",
            "code": "cursor-restored",
            "detail": "This cursor was given out before the database was restored. Start over without it.",
        }
    ]


# --- A pilot that becomes confidential ---------------------------------------------


def rows_of(reader):
    settle()
    return [(row["verb"], row["pilot"]) for row in reader.get("events/?limit=100").data["results"]]


@pytest.mark.parametrize("who", ["viewer", "contributor", "executive", "administrator"])
def test_pilot_that_becomes_confidential_leaves_its_key_and_nothing_else(
    request, who, api, make_api, make_pilot
):
    make_pilot("Canary", owner=Contact(name="Canary owner"))
    reader = make_api(request.getfixturevalue(who))
    settle()
    link = follow(reader, "events/")[1]

    answer = api.patch("pilots/CLM-1/", {"name": "Canary two", "is_confidential": True})

    assert answer.status_code == 200
    settle()
    shown = reader.get(link).data["results"]
    stone = Event.objects.get(verb="pilot.hidden")
    assert shown == [
        {
            "id": stone.pk,
            "at": stone.at.isoformat().replace("+00:00", "Z"),
            "verb": "pilot.hidden",
            "program": "claims",
            "pilot": "CLM-1",
            "actor": None,
            "source": "api",
            "subject": None,
            "before": {},
            "after": {},
            "reason": None,
            "movement": None,
            "batch": None,
        }
    ]
    assert reader.get("pilots/CLM-1/").status_code == 404
    assert "Canary" not in reader.get("events/?limit=100").content.decode()
    assert [row for row in rows_of(reader) if row[1]] == [("pilot.hidden", "CLM-1")]


def test_pilot_confidential_from_its_first_day_leaves_no_key(api, make_api, viewer, make_pilot):
    make_pilot("Canary", is_confidential=True)
    reader = make_api(viewer)

    assert api.patch("pilots/CLM-1/", {"vendor": "Acme", "is_confidential": True}).status_code == 200

    assert rows_of(reader) == []
    assert not Event.objects.filter(verb="pilot.hidden").exists()


def test_refused_edit_leaves_no_key(api, make_pilot):
    make_pilot()

    refused = api.patch("pilots/CLM-1/", {"is_confidential": True, "decide_by": "2020-01-01"})

    assert refused.status_code == 409
    assert not Event.objects.filter(verb="pilot.hidden").exists()


def test_key_left_behind_is_for_those_who_saw_the_pilot(
    api, make_api, make_user, make_pilot, stranger, other_program, viewer, program, by_system
):
    foreign = make_user("finn@example.com")
    add_member(program=other_program, user=foreign, role=Role.MANAGER, by=by_system)
    pilot, other = make_pilot("Canary"), make_pilot("Other")
    readers = {
        "member": make_api(viewer),
        "within the program": make_api(viewer, programs=[program]),
        "within the pilot": make_api(viewer, pilot_ids=[pilot.pk]),
        "within another pilot": make_api(viewer, pilot_ids=[other.pk]),
        "within another program": make_api(viewer, programs=[other_program]),
        "stranger": make_api(stranger),
        "manager elsewhere": make_api(foreign),
    }

    api.patch("pilots/CLM-1/", {"is_confidential": True})

    told = {name for name, reader in readers.items() if ("pilot.hidden", "CLM-1") in rows_of(reader)}
    assert told == {"member", "within the program", "within the pilot"}


def test_copy_that_follows_drops_the_pilot_and_takes_it_up_again(api, make_api, viewer, make_pilot):
    """The steps of docs/api.md, as somebody would write them."""
    make_pilot("Ours")
    make_pilot("Canary")
    reader = make_api(viewer)
    settle()
    link = follow(reader, "events/")[1]
    kept = {row["key"]: row["name"] for row in reader.get("pilots/").data["results"]}

    def catch_up(link):
        settle()
        data = reader.get(link).data
        for key in {row["pilot"] for row in data["results"]}:
            answer = reader.get(f"pilots/{key}/")
            if answer.status_code == 404:
                kept.pop(key, None)
            else:
                kept[key] = answer.data["name"]
        return data["next"]

    api.patch("pilots/CLM-2/", {"is_confidential": True})
    link = catch_up(link)
    assert kept == {"CLM-1": "Ours"}

    api.patch("pilots/CLM-2/", {"is_confidential": False})
    catch_up(link)
    assert kept == {"CLM-1": "Ours", "CLM-2": "Canary"}


def test_key_left_behind_is_no_part_of_the_history_of_the_pilot(api, make_pilot):
    pilot = make_pilot()
    api.patch("pilots/CLM-1/", {"is_confidential": True})

    verbs = Event.objects.filter(pilot_id=pilot.pk).order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["pilot.created", "pilot.edited"]
