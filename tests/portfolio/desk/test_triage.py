"""Going through what is stuck: narrowing by flags, saying who sees to them, and going on with the next."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Role
from pilots.actions.account import add_member
from pilots.models import Flag, Pilot
from pilots.rules.registry import Severity
from tests.conftest import NOW

PAGE = "/stalled/"


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def stuck(make_pilot, make_flag):
    def make(name, **fields):
        pilot = Pilot.objects.filter(name=name).first() or make_pilot(name)
        return make_flag(pilot, **{"health": "stalled", **fields})

    return make


def names(response) -> list[str]:
    return [row.pilot.name for row in response.context["page"].rows]


# --- Narrowing by flags ---------------------------------------------------------------------


def test_one_flag_has_to_fit_everything_that_is_asked_of_flags(client, stuck, manager, contributor):
    both = stuck("Both", severity=Severity.CRITICAL, assignee=manager)
    stuck("Both", rule="R-10", severity=Severity.HIGH, assignee=contributor)
    stuck("Apart", severity=Severity.CRITICAL)
    stuck("Apart", rule="R-10", severity=Severity.HIGH, assignee=manager)

    assert names(client.get(PAGE, {"assignee": "me"})) == ["Both", "Apart"]
    assert names(client.get(PAGE, {"assignee": "nobody"})) == ["Apart"]
    assert names(client.get(PAGE, {"assignee": contributor.pk})) == ["Both"]
    narrowed = client.get(PAGE, {"assignee": "me", "severity": "critical", "kind": "stall"})
    assert names(narrowed) == ["Both"]
    page = narrowed.context["page"]
    assert [(state.words, state.count) for state in page.states][:2] == [
        ("Stalled or blocked", 1),
        ("At risk", 0),
    ]
    assert [chip[:2] for chip in page.chips] == [
        ("Severity is", "critical"),
        ("Class is", "stall"),
        ("Seen to by", "you"),
    ]
    [row] = client.get(PAGE, {"assignee": contributor.pk, "rule": "R-10"}).context["page"].rows
    assert (row.lead.title, row.others, row.seen_to_by) == ("No production owner", 1, contributor)
    assert row.pick == ("flag", str(row.lead.flag.pk)) != ("flag", str(both.pk))


def test_rule_counts_say_how_many_pilots_their_list_holds(client, stuck):
    stuck("Counts")
    stuck("Rests", rule="R-10")
    stuck("Rests", snoozed_until=NOW + timedelta(days=1), snooze_reason="x")

    [link] = [link for link in client.get(PAGE).context["page"].by_rule if link.words == "Proven, no users"]

    assert names(client.get(link.url)) == ["Counts"]
    assert link.count == 1


def test_any_flag_is_listed_whatever_the_health_and_resting_ones_apart(client, stuck):
    stuck("Warned", severity=Severity.WARNING, health="at_risk")
    stuck("Rests", health="on_track", snoozed_until=NOW + timedelta(days=1), snooze_reason="x")
    stuck("Denied", health="on_track", disputed_until=NOW + timedelta(days=1), dispute_reason="x")

    every = client.get(PAGE, {"show": "flagged"})
    assert names(every) == ["Warned"]
    assert [state.words for state in every.context["page"].states][-1] == "Any flag"
    assert "Any flag" not in [state.words for state in client.get(PAGE).context["page"].states]
    assert names(client.get(PAGE, {"show": "snoozed", "rest": "disputed"})) == ["Denied"]
    assert names(client.get(PAGE, {"show": "snoozed", "rest": "snoozed"})) == ["Rests"]


def test_name_of_an_assignee_nobody_sees_is_not_told(client, stuck, stranger):
    stuck("Open")

    response = client.get(PAGE, {"assignee": stranger.pk})

    assert response.context["page"].chips[0][:2] == ("Seen to by", "somebody you cannot see")


# --- Who sees to it -----------------------------------------------------------------------------


def test_flag_is_assigned_and_one_goes_on_with_the_next(client, stuck, manager, contributor, viewer):
    first, _ = stuck("First", severity=Severity.CRITICAL), stuck("Second")
    row, last = client.get(f"{PAGE}?rule=R-01").context["page"].rows

    asked = client.get(row.assign_url)
    form = asked.context["form"]
    assert [name for _, name in form.fields["person"].choices] == ["Nobody", "Cora", "Maren, you"]
    assert form.initial == {"person": str(manager.pk)}
    assert asked.context["back"] == "/stalled/?rule=R-01#pilot-CLM-1"
    hidden = {name: asked.context[name] for name in ("back", "then")}
    answer = client.post(
        f"/stalled/flags/{first.pk}/assign/",
        {"person": contributor.pk, "next": hidden["back"], "then": hidden["then"]},
    )

    assert answer["Location"] == "/stalled/?rule=R-01#pilot-CLM-2"
    assert Flag.objects.get(pk=first.pk).assignee == contributor
    content = client.get(PAGE).content.decode()
    assert "Seen to by <bdi>Cora</bdi>" in content
    assert 'id="pilot-CLM-2"' in content
    assert last.then == "last"


def test_present_assignee_stays_where_nobody_else_is_chosen(client, stuck, viewer):
    """They need not be one of those who would be asked: a viewer may have taken it over."""
    flag = stuck("First", assignee=viewer)

    form = client.get(f"/stalled/flags/{flag.pk}/assign/").context["form"]
    client.post(f"/stalled/flags/{flag.pk}/assign/", form.initial)

    assert form.initial == {"person": str(viewer.pk)}
    assert Flag.objects.get().assignee == viewer


@pytest.mark.parametrize("then", ["", "x y", '"><b>', "//evil", "9"])
def test_place_to_go_on_is_a_plain_name(client, stuck, then):
    flag = stuck("First")

    answer = client.post(
        f"/stalled/flags/{flag.pk}/assign/",
        {"person": "nobody", "next": "/stalled/#pilot-CLM-1", "then": then},
    )

    assert answer["Location"] == "/stalled/#pilot-CLM-1"


def test_nobody_has_to_be_said(client, stuck, contributor):
    flag = stuck("First", assignee=contributor)

    answer = client.post(f"/stalled/flags/{flag.pk}/assign/", {})

    assert answer.context["form"].errors == {"person": ["Choose somebody, or nobody."]}
    assert Flag.objects.get().assignee == contributor


def test_several_are_assigned_to_somebody_who_sees_them_all(client, stuck, contributor, program):
    stuck("Open")
    stuck("Hidden")
    Pilot.objects.filter(name="Hidden").update(is_confidential=True)
    flags = [str(flag.pk) for flag in Flag.objects.order_by("pk")]

    asked = client.get("/stalled/flags/assign/?pilot=CLM-1&pilot=CLM-2&next=/stalled/&then=first")
    refused = client.post("/stalled/flags/assign/", {"flag": flags, "person": contributor.pk})
    none = client.post("/stalled/flags/assign/", {"person": contributor.pk})
    done = client.post(
        "/stalled/flags/assign/",
        {"flag": flags[:1], "person": contributor.pk, "next": "/stalled/", "then": "first"},
    )

    assert [row.flag.pilot.name for row in asked.context["rows"]] == ["Open", "Hidden"]
    assert [name for _, name in asked.context["form"].fields["person"].choices] == ["Nobody", "Maren, you"]
    assert refused.context["form"].errors["person"] == [
        "This person cannot see it, or is not here any longer."
    ]
    assert none.context["form"].errors["__all__"] == ["No flag is chosen. Choose at least one, or go back."]
    assert done["Location"] == "/stalled/#first"
    assert Flag.objects.filter(assignee=contributor).count() == 1


def test_bulk_of_what_is_not_theirs_is_refused(
    client, make_pilot, make_flag, other_program, manager, by_system
):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    flag = make_flag(make_pilot("Theirs", program=other_program))

    assert client.post("/stalled/flags/assign/", {"flag": flag.pk, "person": "nobody"}).status_code == 403
    for deed in ("assign", "snooze"):  # nor is a form shown that could only be refused
        assert client.get(f"/stalled/flags/{deed}/?flag={flag.pk}").status_code == 403


def test_viewer_is_told_of_no_key_that_answers(client, stuck, viewer):
    stuck("First")
    assert "<kbd>s</kbd>" in client.get(PAGE).content.decode()
    client.force_login(viewer)

    page = client.get(PAGE).content.decode()

    assert "<kbd>j</kbd>" in page
    assert not [key for key in "sax" if f"<kbd>{key}</kbd>" in page]
    assert "what a refused move lacked is not there" in page


def test_who_sees_to_it_is_chosen_from_the_start_and_not_said_to_be_needed(client, stuck):
    stuck("First")
    flag = Flag.objects.get()

    page = client.get(f"/stalled/flags/{flag.pk}/assign/").content.decode()
    sent = client.post(f"/stalled/flags/{flag.pk}/assign/", {"person": ""})

    assert "needed" not in page
    assert sent.context["form"].errors == {"person": ["Choose somebody, or nobody."]}


def test_today_leads_to_the_flags_one_sees_to(client, stuck, manager):
    stuck("Stalled", assignee=manager)
    stuck("Warned", severity=Severity.WARNING, health="at_risk", assignee=manager)
    stuck("Rests", assignee=manager, snoozed_until=NOW + timedelta(days=1), snooze_reason="x")

    content = client.get("/").content.decode()

    assert "You see to flags of 2 pilots." in content
    assert names(client.get(PAGE, {"show": "flagged", "assignee": "me"})) == ["Stalled", "Warned"]


# --- Snoozing without counting days ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "day"),
    [({"weeks": "1"}, 25), ({"weeks": "2", "until": "20 Nov 2026"}, 20), ({"until": "19 Nov 2026"}, 19)],
)
def test_weeks_or_a_day_of_ones_own_which_goes_first(client, stuck, sent, day):
    flag = stuck("First")

    client.post(f"/stalled/flags/{flag.pk}/snooze/", {"reason": "Freeze.", **sent})

    assert Flag.objects.get().snoozed_until.day == day


@pytest.mark.parametrize("sent", [{}, {"weeks": "3"}])
def test_neither_weeks_nor_day_is_asked_for(client, stuck, sent):
    flag = stuck("First")

    answer = client.post(f"/stalled/flags/{flag.pk}/snooze/", {"reason": "Freeze.", **sent})

    assert answer.context["form"].errors
    assert Flag.objects.get().snoozed_until is None


# --- Many --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 100])
def test_assigning_several_costs_the_same_for_any_number(client, make_pilot, make_flag, by_system, count):
    for number in range(count):
        make_flag(make_pilot(f"Pilot {number}", by=by_system))
    keys = "&".join(f"pilot={pilot.key}" for pilot in Pilot.objects.all())
    client.get(PAGE)

    with CaptureQueriesContext(connection) as asked:
        assert len(client.get(f"/stalled/flags/assign/?{keys}").context["rows"]) == count
    with CaptureQueriesContext(connection) as sent:
        flags = list(Flag.objects.values_list("pk", flat=True))
        client.post("/stalled/flags/assign/", {"flag": flags, "person": "nobody"})

    assert (len(asked), len(sent)) == (10, 15)
