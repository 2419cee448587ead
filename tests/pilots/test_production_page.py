from datetime import date, timedelta

import pytest
import time_machine

from pilots.actions.connection import NewConnection, add_connection
from pilots.actions.model_version import NewModelVersion, add_model_version
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.rollout import NewStep, StepDecision, add_step, decide_step
from pilots.design import ConnectionKind, RolloutKind, RolloutOutcome
from pilots.lifecycle import Stage
from pilots.models import Connection, ModelVersion, Pilot, RolloutStep
from tests.conftest import NOW, TODAY

PAGE = "/pilots/CLM-1/production/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot()


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=PAGE: client.get(url)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(url, **fields):
        fields.setdefault("version", Pilot.objects.get(key="CLM-1").version)
        return client.post(PAGE + url, fields, follow=True)

    return send


@pytest.fixture
def connect(pilot, by):
    def connect(name="Claims database", kind=ConnectionKind.SOURCE, **fields) -> Connection:
        return add_connection(NewConnection(pilot=pilot, name=name, kind=kind, fields=fields), by=by)

    return connect


@pytest.fixture
def plan(pilot, by):
    def plan(kind, share, starts_on=TODAY, **fields) -> RolloutStep:
        fields.setdefault("rollback_when", "2 % wrong")
        new = NewStep(pilot=pilot, kind=RolloutKind(kind), share_percent=share, starts_on=starts_on, **fields)
        return add_step(new, by=by)

    return plan


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def _facts(row) -> list[tuple[str, str]]:
    return [(fact.words, fact.kind) for fact in row.facts]


# --- The page ------------------------------------------------------------------------


def test_connections_say_how_far_they_are_and_what_nobody_knows(page, connect):
    connect(origin="Policy system", transformations="None", approved_by="Law", is_live=False)
    connect(
        "Mailbox",
        ConnectionKind.API,
        state="tested",
        is_live=True,
        owner="IT",
        tested_on=date(2026, 11, 16),
        contract_agreed_on=date(2026, 11, 2),
        freshness_hours=24,
    )
    connect("Old", owner="IT", access_reviewed_on=date(2025, 11, 17), quality_checked_on=TODAY)

    record = page().context["record"]
    rows = record.connection_rows

    assert [(row.of, row.state, sum(row.rungs)) for row in rows] == [
        ("Data source", "Listed", 1),
        ("API · IT", "Tested Mon 16 Nov", 4),
        ("Data source · IT", "Listed", 1),
    ]
    assert _facts(rows[0]) == [
        ("A copy or a sandbox", ""),
        ("No contract is agreed", "unknown"),
        ("Lineage 3 of 4: constraints unknown", "unknown"),
        ("Nobody has reviewed who may read it", "unknown"),
        ("Quality was not checked", "unknown"),
        ("Nobody is named on the other side", "unknown"),
    ]
    assert _facts(rows[1]) == [
        ("The real thing", ""),
        ("Contract agreed Mon 2 Nov", ""),
        ("Its data may be 24 hours old", ""),
    ]
    assert _facts(rows[2])[3:] == [
        ("Access reviewed Mon 17 Nov 2025, 366 days ago: a year is over", "late"),
        ("Quality checked Wed 18 Nov, today", ""),
    ]
    assert record.connections_sum == "1 of 3 tested · contracts 1 of 3 · lineage whole for 0 of 2 sources"


def test_steps_say_where_they_are_and_what_they_wait_for(page, plan, by):
    shadow = plan("shadow", 0, date(2026, 11, 2), ends_on=date(2026, 11, 15))
    plan("canary", 5, date(2026, 11, 20), ends_on=date(2026, 12, 3))
    plan("limited", 60, date(2026, 12, 4))

    rows = page().context["record"].step_rows
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        later = page().context["record"]
    decide_step(StepDecision(step=shadow, outcome=RolloutOutcome.ROLLED_BACK, result="9 % wrong"), by=by)
    after = page().context["record"].step_rows

    assert [(row.title, row.dates, row.state.words, row.warnings) for row in rows] == [
        ("1 Shadow run", "Mon 2 Nov to Sun 15 Nov", "over, and not decided for 3 days", []),
        ("2 Canary", "Fri 20 Nov to Thu 3 Dec", "starts in 2 days", []),
        ("3 Limited group", "from Fri 4 Dec", "starts in 16 days", []),
    ]
    assert [(row.state.words, len(row.warnings)) for row in later.step_rows[:2]] == [
        ("over, and not decided for 5 days", 0),
        ("runs, day 1 of 14", 1),
    ]
    assert later.big_bang.startswith("From 5 % to 60 % in one step is a big bang.")
    assert after[0].state.words == "Rolled back, decided Wed 18 Nov"
    assert [len(row.warnings) for row in after] == [0, 1, 0]


def test_versions_say_how_old_what_they_learned_from_is(page, pilot, by):
    for label, fields in {
        "v1": {"changed_on": date(2026, 3, 2), "training_data_through": date(2025, 12, 31)},
        "v2": {"changed_on": date(2026, 11, 2), "provider": "Acme", "is_pinned": False, "is_live": True},
    }.items():
        add_model_version(NewModelVersion(pilot=pilot, label=label, **fields), by=by)

    response = page()

    assert [
        (row.version.label, row.since, _facts(row)) for row in response.context["record"].version_rows
    ] == [
        (
            "v2",
            "live since Mon 2 Nov, 16 days ago",
            [("The provider may change it", ""), ("How old its training data is: not known", "unknown")],
        ),
        (
            "v1",
            "came Mon 2 Mar, 261 days ago",
            [("Learned from data up to Wed 31 Dec 2025, 322 days old", "")],
        ),
    ]
    assert "Evidence of quality counts from Mon 2 Nov on" in response.content.decode()


def test_the_tab_is_there_from_the_plan_on_or_once_anything_is_written(page, pilot, make_pilot, by, connect):
    def tabs(url="/pilots/CLM-1/people/") -> list[str]:
        return [tab.label for tab in page(url).context["head"].tabs]

    make_pilot("Planned", stage=Stage.TRANSITION)
    hidden, planned = tabs(), tabs("/pilots/CLM-2/people/")
    edit_pilot(Edit(pilot=pilot, fields={"regime": "gdpr"}), by=by)
    designed = tabs()
    edit_pilot(Edit(pilot=pilot, fields={"regime": ""}), by=by)
    connect()

    assert ["Production" in found for found in (hidden, planned, designed, tabs())] == [
        False,
        True,
        True,
        True,
    ]


@pytest.mark.parametrize("who", ["manager", "contributor", "viewer"])
def test_everybody_is_offered_what_they_may(client, who, request, connect, plan):
    connect()
    plan("shadow", 0)
    client.force_login(request.getfixturevalue(who))

    text = client.get(PAGE).content.decode()

    assert ("List a connection" in text, "Plan the next step" in text) == {
        "manager": (True, True),
        "contributor": (True, False),
        "viewer": (False, False),
    }[who]


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(count, page, pilot, django_assert_max_num_queries):
    Connection.objects.bulk_create(
        Connection(pilot=pilot, kind="source", name=f"C{number}") for number in range(count)
    )
    ModelVersion.objects.bulk_create(
        ModelVersion(pilot=pilot, label=f"v{number}", changed_on=TODAY) for number in range(count)
    )
    RolloutStep.objects.bulk_create(
        RolloutStep(pilot=pilot, number=number + 1, kind="canary", share_percent=5, starts_on=TODAY)
        for number in range(count)
    )
    page("/")  # what is counted once for a person is counted
    with django_assert_max_num_queries(16):
        assert len(page().context["record"].connections) == count


# --- Forms ---------------------------------------------------------------------------


def test_connections_by_the_forms(send, pilot):
    listed = send("connections/new/", name="Claims", kind="source", owner="IT", is_live="yes")
    row = Connection.objects.get()
    sandbox = {"name": "Claims", "kind": "source", "state": "tested", "is_live": "no"}
    wrong = send(f"connections/{row.pk}/edit/", **sandbox, freshness_hours="a day", tested_on="17 Nov 2026")
    refused = send(f"connections/{row.pk}/edit/", **sandbox, tested_on="17 Nov 2026")
    saved = send(f"connections/{row.pk}/edit/", **sandbox | {"is_live": "yes"}, tested_on="17 Nov 2026")
    removed = send(f"connections/{row.pk}/remove/")
    gone = send(f"connections/{row.pk}/remove/")

    assert (row.name, row.owner, row.is_live, row.state) == ("Claims", "IT", True, "listed")
    assert _errors(wrong) == {"freshness_hours": ["Write a whole number."]}
    assert list(_errors(refused)) == ["is_live"]
    assert [_messages(done) for done in (listed, saved, removed)] == [
        ["“Claims” is listed."],
        ["“Claims” is saved."],
        ["“Claims” is off the list."],
    ]
    assert gone.status_code == 404


def test_steps_by_the_forms(send, page, pilot):
    first = send("steps/new/", kind="full", share_percent="100", starts_on="18 Nov 2026")
    few = {"kind": "limited", "share_percent": "20", "starts_on": "18 Nov 2026", "rollback_when": "2 % wrong"}
    planned = send("steps/new/", **few)
    proposed = page(PAGE + "steps/new/").context["form"].initial
    early = send("steps/new/", kind="expanded", share_percent="60", starts_on="19 Nov 2026")
    row = RolloutStep.objects.get()
    saved = send(f"steps/{row.pk}/edit/", **few | {"audience": "One team"})
    answer = {"outcome": "proceed", "result": "1 % wrong", "decided_on": "18 Nov 2026"}
    undecided = send(f"steps/{row.pk}/decide/", **answer | {"outcome": ""})
    decided = send(f"steps/{row.pk}/decide/", **answer)

    assert _errors(first) == {
        "share_percent": ["Nobody starts with everybody. Begin with a shadow run or a canary."]
    }
    assert (proposed["kind"], proposed["starts_on"]) == ("expanded", date(2026, 11, 19))
    assert 'href="/pilots/CLM-1/waive/?subject=expand-early"' in _errors(early)["starts_on"][0]
    assert _errors(undecided) == {"outcome": ["Choose what follows."]}
    assert [_messages(done) for done in (planned, saved, decided)] == [
        ["Step 1, limited group, is planned."],
        ["Step 1, limited group, is saved."],
        ["Step 1, limited group, is decided."],
    ]
    assert RolloutStep.objects.values_list("audience", "outcome").get() == ("One team", "proceed")


def test_versions_by_the_forms(send, pilot):
    first = send("versions/new/", label="v1", changed_on="2 Nov 2026", is_live="on")
    send("versions/new/", label="v2", changed_on="17 Nov 2026", is_pinned="no")
    old, new = ModelVersion.objects.order_by("pk")
    edited = send(f"versions/{old.pk}/edit/", label="v1", changed_on="19 Nov 2026")
    live = send(f"versions/{new.pk}/live/", changed_on="18 Nov 2026")
    removed = send(f"versions/{old.pk}/remove/")

    assert _errors(edited) == {"changed_on": ["Thu 19 Nov 2026 has not come yet."]}
    assert [_messages(done) for done in (first, live, removed)] == [
        ["“v1” is kept as the live one."],
        ["“v2” is live."],
        ["“v1” is forgotten."],
    ]
    assert ModelVersion.objects.values_list("label", "changed_on", "is_live", "is_pinned").get() == (
        "v2",
        TODAY,
        True,
        False,
    )


def test_how_it_runs_is_kept_and_two_people_lose_nothing(send, pilot, by):
    read = Pilot.objects.get(key="CLM-1").version
    edit_pilot(Edit(pilot=pilot, fields={"regime": "gdpr"}), by=by)

    conflict = send("design/", version=read, serving_pattern="batch")
    form = conflict.context["form"]
    saved = send("design/", version=form.data["version"], serving_pattern="batch", regime=form.data["regime"])

    assert conflict.status_code == 409
    assert [
        (field.label, field.now, field.is_yours_kept) for field in conflict.context["conflict"].doubled
    ] == [("Personal data", "Personal data, GDPR", False)]
    assert _messages(saved) == ["How Claims triage runs is saved."]
    assert Pilot.objects.values_list("serving_pattern", "regime").get() == ("batch", "gdpr")


def test_what_was_typed_survives_a_conflict(send, connect, pilot, by):
    row = connect()
    read = Pilot.objects.get(key="CLM-1").version
    edit_pilot(Edit(pilot=pilot, fields={"regime": "gdpr"}), by=by)

    typed = {"name": "Claims", "kind": "source", "state": "designed", "origin": "The policy system"}
    conflict = send(f"connections/{row.pk}/edit/", version=read, **typed)
    saved = send(f"connections/{row.pk}/edit/", version=conflict.context["form"].data["version"], **typed)

    assert conflict.status_code == 409
    assert "The policy system" in conflict.content.decode()
    assert _messages(saved) == ["“Claims database” is saved."]
