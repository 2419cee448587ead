from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from pilots.access.models import Event
from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import Flag
from tests.conftest import NOW

LATER = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
FIELDS = {
    "kind": "stall",
    "pattern": "purgatory",
    "severity": "high",
    "since": date(2026, 5, 1),
    "crossed_on": date(2026, 10, 29),
    "limit_name": "high",
    "limit": 180,
    "next_action": "Decide what result would prove or end this pilot, and by when.",
    "opened_at": NOW,
}


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def make_flag():
    def make(pilot, rule="R-08", **fields):
        return Flag.objects.create(**{"pilot": pilot, "rule": rule} | FIELDS | fields)

    return make


@pytest.fixture
def flag(make_pilot, make_flag):
    return make_flag(make_pilot())


def ids(response):
    assert response.status_code == 200, response.data
    return [row["id"] for row in response.data["results"]]


# --- Read ----------------------------------------------------------------------------


def test_a_flag_says_what_why_and_who(api, flag, by_system):
    add_owner(
        NewOwnership(pilot=flag.pilot, contact=Contact(name="S. Keller"), role=OwnerRole.SPONSOR),
        by=by_system,
    )

    assert api.get(f"flags/{flag.pk}/").data == {
        "id": flag.pk,
        "pilot": "CLM-1",
        "rule": "R-08",
        "title": "Never proven",
        "kind": "stall",
        "pattern": "purgatory",
        "severity": "high",
        "fact": "In Piloting for 201 days without proof (limit 180 days).",
        "since": "2026-05-01",
        "crossed_on": "2026-10-29",
        "days": 20,
        "limit": {"name": "high", "value": 180, "unit": "days"},
        "details": {},
        "next_action": "Decide what result would prove or end this pilot, and by when.",
        "clears_when": "It moves on to Proven, is stopped, or goes on hold.",
        "who_can_unblock": [{"name": "S. Keller", "is_you": False}],
        "assignee": None,
        "is_starting": False,
        "is_widespread": False,
        "is_counting": True,
        "opened_at": "2026-11-18T09:00:00Z",
        "escalated_at": None,
        "closed_at": None,
        "snoozed_until": None,
        "snoozed_until_day": None,
        "snooze_reason": None,
        "disputed_until": None,
        "disputed_until_day": None,
        "dispute_reason": None,
    }


def test_the_reader_is_told_that_it_is_up_to_them(api, flag):
    assert api.get(f"flags/{flag.pk}/").data["who_can_unblock"] == [{"name": "Maren", "is_you": True}]


def test_a_closed_flag_speaks_of_the_day_it_closed_and_asks_nobody(api, flag):
    Flag.objects.update(closed_at=NOW)

    with time_machine.travel(LATER, tick=False):
        found = api.get(f"flags/{flag.pk}/").data

    assert found["fact"] == "In Piloting for 201 days without proof (limit 180 days)."
    assert (found["days"], found["who_can_unblock"], found["is_counting"]) == (20, [], False)


def test_days_are_those_of_the_program(api, flag, program):
    program.zone = "Pacific/Kiritimati"
    program.save(update_fields=["zone"])

    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert api.get(f"flags/{flag.pk}/").data["days"] == 21


def test_a_flag_of_a_rule_that_is_gone_still_speaks(api, make_pilot, make_flag):
    flag = make_flag(make_pilot(), rule="R-999", subject="old")

    found = api.get(f"flags/{flag.pk}/").data

    assert (found["rule"], found["title"], found["clears_when"]) == ("R-999-old", "R-999-old", None)
    assert found["fact"] == "Flagged by R-999-old since 2026-05-01."
    assert found["limit"] == {"name": "high", "value": 180, "unit": None}


def test_a_flag_is_seen_by_whoever_sees_its_pilot(
    make_api, manager, viewer, stranger, executive, make_pilot, make_flag, other_program
):
    here = make_flag(make_pilot("Here"))
    hidden = make_flag(make_pilot("Hidden", is_confidential=True))
    there = make_flag(make_pilot("There", program=other_program))

    seen = {user.name: ids(make_api(user).get("flags/")) for user in (manager, viewer, stranger, executive)}

    assert seen == {
        "Maren": [here.pk, hidden.pk],
        "Vic": [here.pk],
        "Stranger": [],
        "Exe": [here.pk, there.pk],
    }
    assert make_api(viewer).get(f"flags/{hidden.pk}/").status_code == 404
    assert ids(make_api(manager, programs=[other_program]).get("flags/")) == []


@pytest.mark.parametrize("count", [1, 100])
def test_queries_do_not_grow_with_flags(
    api, make_pilot, make_flag, by_system, count, django_assert_num_queries
):
    for number in range(count):
        pilot = make_pilot(f"Pilot {number}", by=by_system)
        make_flag(pilot, details={"cadence": 14})
    # token, its user, flags, owners, programs of the pilots without one, their managers
    with django_assert_num_queries(5):
        found = api.get("flags/?limit=100")

    assert len(ids(found)) == count


# --- Narrow ----------------------------------------------------------------------------


def test_filters_keep_exactly_what_they_say(api, make_pilot, make_flag, program, manager):
    first, second = make_pilot("First"), make_pilot("Second")
    plain = make_flag(first)
    heard = make_flag(
        first,
        rule="R-04",
        subject="heard",
        kind="risk",
        severity="warning",
        opened_at=NOW - timedelta(days=9),
        details={"cadence": 14},
    )
    moved = make_flag(
        second, rule="R-04", subject="moved", kind="risk", escalated_at=NOW + timedelta(hours=1)
    )
    vacuum = make_flag(second, rule="R-10", pattern="ownership_vacuum", is_starting=True, is_widespread=True)
    asleep = make_flag(second, snoozed_until=NOW + timedelta(days=1), snooze_reason="x")
    woken = make_flag(second, rule="R-07", snoozed_until=NOW, snooze_reason="x")
    denied = make_flag(second, rule="R-79", disputed_until=NOW + timedelta(days=1), dispute_reason="x")
    closed = make_flag(
        second,
        rule="R-01",
        opened_at=NOW - timedelta(days=9),
        closed_at=NOW - timedelta(days=8),
        snoozed_until=NOW + timedelta(days=1),
        snooze_reason="x",
    )
    every = [plain, heard, moved, vacuum, asleep, woken, denied, closed]

    def kept(query):
        found = ids(api.get(f"flags/?{query}"))
        return [flag for flag in every if flag.pk in found]

    assert kept("pilot=CLM-1") == [plain, heard]
    assert kept("program=claims") == every
    assert kept("rule=R-04") == [heard, moved]
    assert kept("rule=R-04-heard") == [heard]
    assert kept("rule=R-08") == [plain, asleep]
    assert kept("subject=moved") == [moved]
    assert kept("pattern=ownership_vacuum") == [vacuum]
    assert kept("severity=warning") == [heard]
    assert kept("kind=risk") == [heard, moved]
    Flag.objects.filter(pk=plain.pk).update(assignee=manager)
    assert kept("assignee=me") == kept(f"assignee={manager.pk}") == [plain]
    assert kept("assignee=nobody") == every[1:]
    assert kept("open=true") == every[:-1]
    assert kept("open=false") == [closed]
    assert kept("snoozed=true") == [asleep]
    assert kept("snoozed=false") == [flag for flag in every if flag != asleep]
    assert kept("disputed=true") == [denied]
    assert kept("starting=true") == [vacuum]
    assert kept("widespread=false") == [flag for flag in every if flag != vacuum]
    assert kept("counting=true") == [plain, heard, moved, woken]
    assert kept("counting=false") == [vacuum, asleep, denied, closed]
    assert kept("opened_since=2026-11-18") == [flag for flag in every if flag not in (heard, closed)]
    assert kept("updated_since=2026-11-18T09:30:00Z") == [moved]
    assert kept("updated_since=2026-11-10T09:00:00Z&open=false") == [closed]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("rule=R-1000", "?rule"),
        ("severity=awful", "?severity"),
        ("kind=x", "?kind"),
        ("assignee=somebody", "?assignee"),
        ("pattern=x", "?pattern"),
        ("open=maybe", "?open"),
        ("pilot=FIN-1", "?pilot"),
        ("program=nowhere", "?program"),
        ("updated_since=yesterday", "?updated_since"),
        ("ordering=severity", "?ordering"),
        ("colour=red", "?colour"),
    ],
)
def test_what_cannot_be_read_is_an_error(api, flag, query, pointer):
    response = api.get(f"flags/?{query}")

    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.data["errors"]] == [pointer]


@pytest.mark.parametrize("ordering", ["id", "-id", "opened_at", "-opened_at"])
def test_a_walk_sees_every_flag_once(api, make_pilot, make_flag, ordering):
    pilot = make_pilot()
    for number in range(7):
        make_flag(pilot, rule=f"R-999{number}", opened_at=NOW - timedelta(days=number % 3))

    seen, link = [], f"flags/?limit=2&ordering={ordering}"
    while link:
        page = api.get(link).data
        seen += page["results"]
        link = page["next"]

    name = ordering.removeprefix("-")
    wanted = sorted(seen, key=lambda row: (row[name], row["id"]), reverse=ordering.startswith("-"))
    assert len(seen) == len({row["id"] for row in seen}) == 7
    assert seen == wanted


# --- Say something of one ----------------------------------------------------------------


def test_snooze_rests_until_the_day_and_says_why(api, flag):
    response = api.post(f"flags/{flag.pk}/snooze/", {"until": "2026-12-01", "reason": " Owner starts then. "})

    assert response.status_code == 200
    assert response.data["snoozed_until"] == "2026-12-01T00:00:00Z"
    assert response.data["snoozed_until_day"] == "2026-12-01"
    assert response.data["snooze_reason"] == "Owner starts then."
    assert (response.data["is_counting"], response.data["closed_at"]) == (False, None)
    noted = Event.objects.get(verb="flag.snoozed")
    assert (noted.pilot_key, noted.source, noted.reason) == ("CLM-1", "api", "Owner starts then.")


def test_dispute_and_wake(api, flag):
    disputed = api.post(f"flags/{flag.pk}/dispute/", {"reason": "It was live in October."})
    assert (disputed.status_code, disputed.data["dispute_reason"]) == (200, "It was live in October.")
    assert (disputed.data["disputed_until"], disputed.data["is_counting"]) == ("2026-12-16T00:00:00Z", False)

    woken = api.post(f"flags/{flag.pk}/wake/")
    assert (woken.status_code, woken.data["disputed_until"], woken.data["is_counting"]) == (200, None, True)
    assert (woken.data["disputed_until_day"], woken.data["dispute_reason"]) == (None, None)

    again = api.post(f"flags/{flag.pk}/wake/")
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "awake")


def test_assign_names_who_sees_to_it_and_null_frees_it(api, flag, contributor):
    given = api.post(f"flags/{flag.pk}/assign/", {"person": contributor.pk})
    assert (given.status_code, given.data["assignee"]) == (
        200,
        {"id": contributor.pk, "name": contributor.name},
    )
    assert given.data["is_counting"] is True

    freed = api.post(f"flags/{flag.pk}/assign/", {"person": None})
    assert (freed.status_code, freed.data["assignee"]) == (200, None)
    assert Event.objects.filter(verb="flag.assigned", source="api").count() == 2


def test_name_of_somebody_who_does_not_see_the_flag_is_not_told(api, flag, stranger):
    refused = api.post(f"flags/{flag.pk}/assign/", {"person": stranger.pk})

    assert refused.status_code == 400
    [fault] = refused.data["errors"]
    assert (fault["pointer"], fault["code"]) == ("/person", "does_not_exist")
    assert stranger.name not in str(refused.data)
    assert api.post(f"flags/{flag.pk}/assign/", {}).status_code == 400


def test_one_may_choose_whom_the_page_offers_and_nobody_else(api, flag, viewer):
    refused = api.post(f"flags/{flag.pk}/assign/", {"person": viewer.pk})
    Flag.objects.update(assignee=viewer)
    kept = api.post(f"flags/{flag.pk}/assign/", {"person": viewer.pk})

    assert (refused.status_code, refused.data["errors"][0]["code"]) == (400, "does_not_exist")
    assert (kept.status_code, kept.data["assignee"]["id"]) == (200, viewer.pk)


# --- Several at once ---------------------------------------------------------------------


def test_several_flags_are_answered_at_once(api, make_pilot, make_flag, manager):
    flags = [make_flag(make_pilot(f"Pilot {number}")) for number in range(3)]
    ids = [flag.pk for flag in flags]

    def send(**body):
        response = api.post("flags/bulk/", {"ids": [*ids, ids[0]], **body})
        assert response.status_code == 200, response.data
        assert [row["id"] for row in response.data["flags"]] == ids
        return response.data["flags"]

    snoozed = send(action="snooze", until="2026-12-01", reason="Code freeze.")
    assert {row["snooze_reason"] for row in snoozed} == {"Code freeze."}
    assert {row["assignee"]["id"] for row in send(action="assign", person=manager.pk)} == {manager.pk}
    assert {row["snoozed_until"] for row in send(action="wake")} == {None}


@pytest.mark.parametrize(
    ("body", "status", "faults"),
    [
        ({"action": "snooze", "until": "2026-12-01"}, 400, [("/reason", "required")]),
        ({"action": "wake", "person": None}, 400, [("/person", "unknown-field")]),
        ({"action": "assign"}, 400, [("/person", "required")]),
        ({"action": "hide"}, 400, [("/action", "invalid_choice")]),
        ({"action": "wake", "ids": []}, 400, [("/ids", "min_length")]),
        ({"action": "wake", "ids": [99]}, 409, [("/ids", "unknown")]),
        ({"action": "wake"}, 409, [("", "awake")]),
    ],
)
def test_several_are_answered_whole_or_not_at_all(api, make_pilot, make_flag, body, status, faults):
    resting = make_flag(make_pilot(), snoozed_until=NOW + timedelta(days=3), snooze_reason="x")
    awake = make_flag(make_pilot("Second"))

    response = api.post("flags/bulk/", {"ids": [resting.pk, awake.pk], **body})

    assert response.status_code == status, response.data
    assert [(fault["pointer"], fault["code"]) for fault in response.data["errors"]] == faults
    assert ("min_length" not in str(faults)) or response.data["detail"] == "Send at least one."
    assert not Event.objects.filter(verb__startswith="flag.").exists()
    assert Flag.objects.filter(snoozed_until__isnull=False).count() == 1


def test_several_are_answered_by_whoever_may_answer_each(make_api, viewer, stranger, flag):
    body = {"ids": [flag.pk], "action": "assign", "person": None}

    assert make_api(viewer).post("flags/bulk/", body).status_code == 403
    assert make_api(stranger).post("flags/bulk/", body).status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "faults"),
    [
        ({"until": "2026-12-01"}, 400, [("/reason", "required")]),
        ({"reason": "x"}, 400, [("/until", "required")]),
        ({"until": "soon", "reason": "x"}, 400, [("/until", "invalid")]),
        ({"until": "2026-12-01", "reason": "  "}, 400, [("/reason", "blank")]),
        ({"until": "2026-12-01", "reason": "x" * 501}, 400, [("/reason", "max_length")]),
        ({"until": "2026-12-01", "reason": "x", "for": 3}, 400, [("/for", "unknown-field")]),
        ({"until": "2026-11-18", "reason": "x"}, 409, [("/until", "past")]),
        ({"until": "2027-06-01", "reason": "x"}, 409, [("/until", "too-far")]),
    ],
)
def test_a_snooze_that_makes_no_sense_is_refused(api, flag, body, status, faults):
    response = api.post(f"flags/{flag.pk}/snooze/", body)

    assert response.status_code == status
    assert [(fault["pointer"], fault["code"]) for fault in response.data["errors"]] == faults
    assert not Event.objects.filter(verb="flag.snoozed").exists()


def test_of_a_flag_that_cleared_nothing_can_be_said(api, flag):
    Flag.objects.update(closed_at=NOW)

    response = api.post(f"flags/{flag.pk}/snooze/", {"until": "2026-12-01", "reason": "x"})

    assert (response.status_code, response.data["errors"][0]["code"]) == (409, "cleared")


def test_whoever_may_not_is_told_who_can(make_api, viewer, stranger, flag):
    body = {"until": "2026-12-01", "reason": "x"}

    refused = make_api(viewer).post(f"flags/{flag.pk}/snooze/", body)

    assert (refused.status_code, refused.data["detail"]) == (
        403,
        "You may not snooze, dispute or assign flags here: a contributor, a manager or its owner can.",
    )
    assert make_api(stranger).post(f"flags/{flag.pk}/snooze/", body).status_code == 404
