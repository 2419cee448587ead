"""One's own digest in the browser, and the link that stops it."""

import os
from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from pilots.access.models import Event, User
from pilots.models import Flag, Pilot
from portfolio.digests import views
from portfolio.digests.links import answer_url, read_unsubscribe, unsubscribe_url
from portfolio.digests.models import DigestSetting, DigestWeek
from tests.portfolio.digests.conftest import MONDAY

ADDRESS = "/digest/"
FORM = {
    "is_on": "on",
    "weekday": "2",
    "hour": "17",
    "zone": "Europe/Berlin",
    "scope": "everything",
    "as_form": "work",
    "paused_until": "",
}


@pytest.fixture
def on_monday(monkeypatch):
    monkeypatch.setattr(views.timezone, "now", lambda: MONDAY)


def stop_path(person):
    return (
        unsubscribe_url(person, "digest").partition("/digest/")[1]
        + unsubscribe_url(person, "digest").partition("/digest/")[2]
    )


def is_on(person):
    setting = DigestSetting.objects.filter(user=person).first()
    return setting is None or setting.is_on


# --- The page ------------------------------------------------------------------------------


def test_page_shows_what_one_would_get_now(client, portfolio, manager, on_monday):
    client.force_login(manager)

    page = client.get(ADDRESS).content.decode()

    assert "Claims AI, week 47: 2 decisions, 1 stalled since before" in page
    assert "STALLED SINCE BEFORE (1)\nCLM-3 Invoice triage" in page
    assert "If it went out now" not in page
    assert "1 owner gets no mail yet." in page
    assert "The next one is due now; it comes within minutes" in page
    assert not DigestWeek.objects.exists()  # looking sends nothing


def test_preview_says_which_week_it_is_for_while_the_next_is_to_come(client, portfolio, manager, on_monday):
    DigestWeek.objects.create(user=manager, week="2026-W47", note="due", noted_at=MONDAY)
    client.force_login(manager)

    page = client.get(ADDRESS).content.decode()

    assert "If it went out now, for week 47; the next comes Mon 23 Nov, 09:00, for week 48." in page


def test_page_says_that_there_is_nothing_to_say(client, manager):
    client.force_login(manager)

    assert "There is nothing to say this week" in client.get(ADDRESS).content.decode()


def test_nothing_to_say_names_those_that_nobody_judged_yet(client, manager, make_pilot):
    make_pilot("Came lately")
    Pilot.objects.update(health="on_track", quiet_until=date(2026, 12, 4))
    client.force_login(manager)

    page = client.get(ADDRESS).content.decode()

    assert "nothing is known to be stalled" in page
    assert "One pilot came here lately; nothing is judged before Sat 5 Dec." in page


def test_page_tells_missed_weeks_and_an_unknown_zone(client, manager, on_monday):
    DigestWeek.objects.create(user=manager, week="2026-W45", note="missed", noted_at=MONDAY)
    User.objects.filter(pk=manager.pk).update(zone="Mars/Olympus")
    client.force_login(User.objects.get(pk=manager.pk))

    page = client.get(ADDRESS).content.decode()

    assert "No digest came in one week, because nothing ran to send it: week 45, from Mon 2 Nov." in page
    assert "This machine does not know your time zone, Mars/Olympus." in page


def test_choices_are_kept_and_recorded(client, manager, program, on_monday):
    client.force_login(manager)
    sent = FORM | {"scope": "chosen", "programs": ["claims"], "paused_until": "9 Dec 2026"}

    assert client.post(ADDRESS, sent).status_code == 302

    setting = DigestSetting.objects.get(user=manager)
    assert (setting.weekday, setting.hour, setting.scope) == (2, 17, "chosen")
    assert (setting.as_form, str(setting.paused_until)) == ("", "2026-12-09")
    assert list(setting.programs.all()) == [program]
    assert User.objects.get(pk=manager.pk).zone == "Europe/Berlin"
    told = Event.objects.get(verb="digest.set")
    assert (told.actor, told.before["weekday"], told.after["weekday"]) == (manager, 0, 2)
    assert (told.before["zone"], told.after["zone"]) == ("UTC", "Europe/Berlin")
    assert "It is paused. The next one comes Wed 9 Dec at 17:00" in client.get(ADDRESS).content.decode()


def test_saving_the_same_again_records_nothing(client, manager, on_monday):
    client.force_login(manager)
    client.post(ADDRESS, FORM)
    client.post(ADDRESS, FORM)

    assert Event.objects.filter(verb="digest.set").count() == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"zone": "Mars/Olympus"}, "“Mars/Olympus” is no time zone. Write one such as Europe/Berlin."),
        ({"zone": ""}, "Write a time zone such as Europe/Berlin."),
        ({"weekday": "9"}, "Choose a day of the week."),
        ({"hour": "24"}, "Choose an hour from 00:00 to 23:00."),
        ({"scope": "chosen"}, "Choose at least one program."),
        ({"scope": "chosen", "programs": ["finance"]}, "Choose among the programs you see."),
        ({"paused_until": "16 Nov 2026"}, "Choose a later day than today"),
        ({"paused_until": "soon"}, "is not a day Headway can read"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    client, manager, other_program, on_monday, sent, sentence
):
    client.force_login(manager)

    response = client.post(ADDRESS, FORM | sent)

    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert not DigestSetting.objects.exists()
    assert not Event.objects.filter(verb="digest.set").exists()


def test_page_costs_a_fixed_number_of_queries_for_weeks(client, manager, django_assert_max_num_queries):
    client.force_login(manager)

    with django_assert_max_num_queries(45):
        client.get(ADDRESS)


def test_digest_is_one_click_away(client, manager):
    client.force_login(manager)

    assert f'href="{reverse("digests:digest")}"' in client.get("/pilots/").content.decode()


# --- The link that stops it ------------------------------------------------------------------


@pytest.mark.long
def test_many_looks_change_nothing_and_one_post_stops_it(client, manager):
    path = stop_path(manager)

    for _ in range(334 if os.environ.get("HEADWAY_LONG") else 34):
        for method in ("get", "head", "options"):
            assert getattr(client, method)(path).status_code == 200
    assert is_on(manager)
    assert not Event.objects.filter(verb="digest.stopped").exists()

    strict = Client(enforce_csrf_checks=True)  # as RFC 8058 posts it: no cookie, no token
    response = strict.post(
        path, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )

    assert response.status_code == 200
    assert "The digest is stopped" in response.content.decode()
    assert not is_on(manager)
    strict.post(path)
    told = Event.objects.get(verb="digest.stopped")
    assert (told.actor, told.source, told.subject) == (None, "reply", manager.email)
    assert not response.cookies


def test_page_before_shows_a_button_and_after_it_the_way_back(client, manager):
    path = stop_path(manager)

    assert "Nothing has changed yet." in client.get(path).content.decode()
    client.post(path)
    after = client.get(path).content.decode()

    assert "Sign in to switch it on again" in after
    assert client.get(ADDRESS).status_code == 302  # which asks who it is


def test_stop_link_opens_nothing_else(client, manager, make_pilot):
    token = stop_path(manager).rstrip("/").rsplit("/", 1)[1]

    assert read_unsubscribe(token).user_id == manager.pk
    assert client.get(f"/a/{token}/").status_code in {400, 404, 410}
    assert client.get(f"/d/{token}/").status_code in {400, 404, 410}
    assert client.get("/digest/", headers={"Authorization": f"Bearer {token}"}).status_code == 302


@pytest.mark.parametrize("wrong", ["1.nobody-signed-this", "1-digest.x", "%00"])
def test_wrong_stop_link_says_so(client, manager, wrong):
    response = client.post(f"/digest/stop/{wrong}/")

    assert response.status_code in {400, 404}
    assert is_on(manager)


def test_answer_link_does_not_stop_the_digest(client, manager):
    token = answer_url(manager, Flag(pk=3), datetime.now(UTC)).rstrip("/").rsplit("/", 1)[1]

    assert client.post(f"/digest/stop/{token}/").status_code == 400
    assert is_on(manager)


def test_stop_page_may_not_be_kept_or_found(client, manager):
    response = client.get(stop_path(manager))

    assert response.headers["Cache-Control"] == "private, no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
