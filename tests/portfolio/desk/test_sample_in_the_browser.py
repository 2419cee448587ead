"""Loading, seeing and clearing the sample portfolio in the browser."""

import pytest
import time_machine
from django.contrib.messages import get_messages

from pilots.access.models import Event, Membership, Program, Role, User
from pilots.actions.account import add_member, create_programs
from pilots.models import Pilot
from portfolio.desk.sample.people import MANAGER
from tests.conftest import NOW
from tests.portfolio.desk.test_today import TODAY_PAGE, figures


@pytest.fixture(autouse=True)
def a_fixed_now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


@pytest.fixture
def small_sample(by_system, make_user, make_pilot) -> Program:
    """A sample of one pilot and one demo log-in: quicker than the whole one."""
    sample = create_programs(
        [Program(name="Sample portfolio", slug="sample", prefix="SMP", is_sample=True)], by=by_system
    )[0]
    add_member(program=sample, user=make_user(MANAGER.email, is_sample=True), role=Role.MANAGER, by=by_system)
    make_pilot("Invented", program=sample)
    return sample


def test_manager_loads_the_sample_and_may_clear_it(client, manager, few_stories):
    loaded = client.post("/sample/load/")
    today = client.get(loaded["Location"])
    again = client.post("/sample/load/")
    asked = client.get("/sample/clear/")
    cleared = client.post("/sample/clear/")

    assert (loaded.status_code, loaded["Location"]) == (302, "/?program=sample")
    assert figures(today)["Active pilots"] == 3
    assert "Clear the sample…" in today.content.decode()
    assert again.status_code == 302
    assert "3 pilots of Sample portfolio go" in asked.content.decode()
    assert [str(message) for message in get_messages(cleared.wsgi_request)] == [
        "3 sample pilots and 4 demo log-ins are gone."
    ]
    assert list(Membership.objects.filter(user=manager).values_list("program__slug", flat=True)) == ["claims"]
    trail = Event.objects.get(verb="sample.cleared")
    assert (trail.actor, trail.source) == (manager, "web")
    assert client.get("/sample/clear/").status_code == 404


def test_sample_that_is_loaded_lets_the_next_manager_in(client, manager, small_sample):
    client.post("/sample/load/")

    assert Membership.objects.get(user=manager, program__slug="sample").role == "manager"
    assert Pilot.objects.count() == 1


@pytest.mark.parametrize("who", ["contributor", "viewer", "stranger", "executive"])
def test_others_may_neither_load_nor_clear_the_sample(client, request, who, small_sample):
    client.force_login(request.getfixturevalue(who))

    assert client.post("/sample/load/").status_code == 403
    assert client.get("/sample/clear/").status_code == 403
    assert client.post("/sample/clear/").status_code == 403
    assert Pilot.objects.count() == 1


def test_demo_manager_clears_the_sample_and_is_signed_out(client, small_sample):
    client.force_login(User.objects.get(email=MANAGER.email))

    cleared = client.post("/sample/clear/")

    assert (cleared.status_code, cleared["Location"]) == (302, "/accounts/login/")
    assert not User.objects.filter(is_sample=True).exists()
    assert [str(message) for message in client.get(cleared["Location"]).context["messages"]] == [
        "The sample is gone, and its demo log-ins with it."
    ]
    assert client.get(TODAY_PAGE)["Location"].startswith("/accounts/login/")


def test_loading_by_a_link_is_refused(client):
    assert client.get("/sample/load/").status_code == 405


def test_sample_is_counted_nowhere_once_a_real_pilot_exists(client, make_pilot, small_sample):
    client.post("/sample/load/")
    make_pilot("Real")

    together, chosen = client.get(TODAY_PAGE), client.get("/?program=sample")

    assert figures(together)["Active pilots"] == 1
    assert "1 invented pilot is kept apart, and in no total." in together.content.decode()
    assert figures(chosen)["Active pilots"] == 1  # asked for by name, it counts itself


def test_pilots_a_reader_cannot_see_change_nothing_of_the_sample(
    client, make_pilot, viewer, program, other_program, small_sample, by_system
):
    """Whether the sample counts must not tell that a confidential or a foreign pilot is there."""
    add_member(program=small_sample, user=viewer, role=Role.VIEWER, by=by_system)
    client.force_login(viewer)

    def seen() -> tuple[object, ...]:
        today, listing = client.get(TODAY_PAGE), client.get("/pilots/").context["listing"]
        behind = client.get("/pilots/?entry=piloting").context["listing"]
        funnel = client.get("/funnel/").context["page"].funnel
        names = [row.pilot.name for row in (*listing.rows, *behind.rows)]
        return (figures(today)["Active pilots"], listing.hidden_samples, names, funnel.denominator)

    before = seen()
    make_pilot("Hush", is_confidential=True, program=program)
    make_pilot("Theirs", program=other_program)

    assert before == seen() == (1, 0, ["Invented", "Invented"], 1)

    make_pilot("Real", program=program)

    assert seen() == (1, 1, ["Real", "Real"], 1)


def test_sign_in_offers_the_demo_log_ins(client, small_sample, settings):
    client.logout()
    settings.SITE_IS_LOOPBACK = True
    offered = client.get("/accounts/login/").content.decode()
    settings.SITE_IS_LOOPBACK = False
    hidden = client.get("/accounts/login/").content.decode()

    assert MANAGER.email in offered
    assert "demo.headway.example" not in hidden
