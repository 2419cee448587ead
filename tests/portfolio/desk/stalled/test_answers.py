import pytest

from pilots.access.models import Event, Role
from pilots.actions.account import add_member
from pilots.models import Flag, Pilot
from tests.conftest import NOW
from tests.portfolio.desk.stalled.reading import PAGE, TOMORROW, names


def form(**fields) -> dict[str, str]:
    return {"until": "1 Dec 2026", "reason": "The file comes on Thursday.", **fields}


def test_flag_is_snoozed_and_the_way_leads_back(client, stuck):
    stuck()
    flag = Flag.objects.get()

    shown = client.get(f"/stalled/flags/{flag.pk}/snooze/", {"next": "/stalled/?rule=R-01"})
    answer = client.post(f"/stalled/flags/{flag.pk}/snooze/", form(next="/stalled/?rule=R-01"))

    assert 'value="/stalled/?rule=R-01"' in shown.content.decode()
    assert "2 weeks, to Wed 2 Dec 2026" in shown.content.decode()
    assert (answer.status_code, answer["Location"]) == (302, "/stalled/?rule=R-01")
    assert Flag.objects.get().snooze_reason == "The file comes on Thursday."
    assert "Snoozed until Tue 1 Dec 2026: Stuck." in client.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_way_back_never_leaves_the_site(client, stuck, elsewhere):
    stuck()
    flag = Flag.objects.get()

    answer = client.post(f"/stalled/flags/{flag.pk}/dispute/", form(next=elsewhere))

    assert answer["Location"] == "/pilots/CLM-1/"


def test_past_day_is_said_beside_the_field_and_nothing_is_lost(client, stuck):
    stuck()
    flag = Flag.objects.get()

    response = client.post(f"/stalled/flags/{flag.pk}/snooze/", form(until="16 Nov 2026"))

    assert response.context["form"].errors == {
        "until": ["Mon 16 Nov 2026 has passed. Choose a day from tomorrow on."]
    }
    assert "The file comes on Thursday." in response.content.decode()
    assert Flag.objects.get().snoozed_until is None


def test_dispute_without_a_reason_asks_for_one(client, stuck):
    stuck()

    response = client.post(f"/stalled/flags/{Flag.objects.get().pk}/dispute/", {"reason": ""})

    assert response.context["form"].errors == {"reason": ["Say why, so that others can follow it."]}


def test_cleared_flag_is_said_to_have_cleared(client, stuck):
    stuck(closed_at=NOW)

    response = client.post(f"/stalled/flags/{Flag.objects.get().pk}/snooze/", form())

    assert "It cleared on Wed 18 Nov 2026, so there is nothing to snooze." in response.content.decode()


def test_wake_needs_something_that_rests(client, stuck):
    stuck(health="on_track", snoozed_until=TOMORROW, snooze_reason="known")
    flag = Flag.objects.get()

    first = client.post(f"/stalled/flags/{flag.pk}/wake/", {"next": "/stalled/"})
    second = client.post(f"/stalled/flags/{flag.pk}/wake/", follow=True)

    assert first["Location"] == "/stalled/"
    assert Event.objects.filter(verb="flag.woken").count() == 1
    assert "It is neither snoozed nor disputed now." in second.content.decode()


def test_ticked_pilots_rest_together(client, stuck):
    stuck("One")
    stuck(pilot=Pilot.objects.get(name="One"), rule="R-08")
    stuck("Two")
    stuck("Three")

    asked = client.get("/stalled/flags/snooze/?pilot=CLM-1&pilot=CLM-2&next=/stalled/")
    chosen = [row.flag.pk for row in asked.context["rows"]]
    answer = client.post("/stalled/flags/snooze/", form(flag=chosen, next="/stalled/"))

    assert [row.flag.pilot.name for row in asked.context["rows"]] == ["One", "One", "Two"]
    assert answer["Location"] == "/stalled/"
    assert names(client.get(PAGE)) == ["Three"]
    assert Event.objects.filter(verb="flag.snoozed", reason="The file comes on Thursday.").count() == 3


def test_nothing_ticked_is_said(client, stuck):
    stuck()

    asked = client.get("/stalled/flags/snooze/")
    sent = client.post("/stalled/flags/snooze/", form())

    assert "No flag is chosen" in asked.content.decode()
    assert "No flag is chosen. Choose at least one, or go back." in sent.content.decode()


def test_bulk_leaves_out_what_is_not_theirs_and_refuses_it_when_sent(
    client, stuck, other_program, manager, by_system
):
    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    stuck("Ours")
    stuck("Theirs", program=other_program)
    flags = list(Flag.objects.order_by("pk").values_list("pk", flat=True))

    asked = client.get("/stalled/flags/snooze/?pilot=CLM-1&pilot=FIN-1")
    sent = client.post("/stalled/flags/snooze/", form(flag=flags))

    assert [row.flag.pilot.name for row in asked.context["rows"]] == ["Ours"]
    assert asked.context["others"] == ["Theirs"]
    assert sent.status_code == 403
    assert not Flag.objects.filter(snoozed_until__isnull=False).exists()


def test_bulk_does_not_tell_of_pilots_nobody_sees(client, stuck, other_program):
    stuck("Theirs", program=other_program)

    asked = client.get("/stalled/flags/snooze/?pilot=FIN-1")

    assert (asked.context["rows"], asked.context["others"]) == ([], [])
    assert client.post("/stalled/flags/snooze/", form(flag=[Flag.objects.get().pk])).context["form"].errors


def test_huge_or_odd_ids_are_no_flags(client):
    asked = client.get("/stalled/flags/snooze/?flag=99999999999999999999&flag=x&flag=²&pilot=claims")

    assert asked.context["rows"] == []
    assert client.get("/stalled/flags/99999999999999999999/snooze/").status_code == 404


def test_viewer_sees_the_list_and_no_way_to_answer(client, stuck, viewer):
    stuck()
    client.force_login(viewer)

    content = client.get(PAGE).content.decode()

    assert "Stuck" in content
    assert "Snooze" not in content.split("<main")[1].replace("Snoozed or disputed", "")


def test_rail_leads_here_and_marks_the_pages_below(client, stuck):
    stuck()

    def current(address):
        frame = client.get(address).context["frame"]
        return {place.label: place.current for place in frame.nav if place.current}

    assert current(PAGE) == {"Stalled": "page"}
    assert current(f"/stalled/flags/{Flag.objects.get().pk}/snooze/") == {"Stalled": "true"}
