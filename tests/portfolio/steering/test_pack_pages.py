"""The pages of a pack: the list, freezing, the agenda, deciding in the meeting, and removing."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pilots.access.models import Event
from pilots.actions.decision import NewDecision, ask_decision
from pilots.lifecycle import Stage
from pilots.models import Pilot
from portfolio.steering.compared import HEADS
from portfolio.steering.models import Pack
from tests.portfolio.steering.conftest import acting

NONCE = re.compile(r'name="nonce" value="([^"]+)"')


@pytest.fixture
def open_as(client):
    def get(user, path):
        client.force_login(user)
        return client.get(path)

    return get


def test_freezing_keeps_what_was_typed_and_two_clicks_make_one_pack(
    program, manager, make_pilot, client, open_as, clock
):
    make_pilot("Claims <b>triage</b>")
    funnel = open_as(manager, "/funnel/?program=claims&as_of=2026-11-18")
    address = "/steering-pack/freeze/?program=claims&as_of=2026-11-18"
    there = "/steering-pack/?program=claims&as_of=2026-11-18"
    assert f'href="{there.replace("&", "&amp;")}"' in funnel.text
    assert f'href="{address.replace("&", "&amp;")}"' in client.get(there).text

    form = client.get(address)
    assert form.status_code == 200
    assert "What it will hold" in form.text
    assert "no earlier pack has these filters" in form.text
    nonce = NONCE.search(form.text)[1]
    wrong = client.post(address, {"title": "November", "meeting_on": "yesterday", "nonce": nonce})
    assert (wrong.status_code, Pack.objects.count()) == (200, 0)
    assert 'value="November"' in wrong.text
    assert f'value="{nonce}"' in wrong.text
    past = client.post(address, {"title": "November", "meeting_on": "2026-11-17", "nonce": nonce})
    assert "Choose today or a later day" in past.text

    sent = {"title": "November", "meeting_on": "24 Nov 2026", "nonce": nonce}
    answers = [client.post(address, sent) for _ in range(2)]
    pack = Pack.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [pack.get_absolute_url()] * 2
    assert (pack.title, pack.query, pack.frozen_by) == ("November", "program=claims", manager)
    assert "November" in client.get("/steering-pack/").text

    unknown = client.get("/steering-pack/freeze/?health=stalled")
    assert "The funnel has no filter “health”." in unknown.text
    assert "Nothing was frozen." in unknown.text


def test_a_question_is_decided_in_the_meeting_and_stays_as_it_was_asked(
    program, manager, viewer, executive, make_pilot, client, open_as, clock, frozen
):
    pilot = make_pilot("Claims <b>triage</b>")
    asked = {"question": "Stop it, or start a <plan>?", "options": ["Stop", "Plan"], "pilot": pilot}
    decision = ask_decision(NewDecision(**asked), by=acting(manager))
    pack = frozen("November")
    clock(6)
    page = pack.get_absolute_url()
    address = f"{page}decide/{decision.pk}/"
    assert address not in open_as(viewer, page).text
    assert "Waits for <bdi>any manager</bdi>" in client.get(page).text
    assert client.post(address, {"choice": "Stop"}).status_code == 403
    shown = open_as(manager, page)
    assert address in shown.text
    assert "Stop it, or start a &lt;plan&gt;?" in shown.text
    assert "<b>triage" not in shown.text

    wrong = client.post(address, {"choice": "", "reason": "No users since May."})
    assert wrong.status_code == 200
    assert "Choose one of the answers." in wrong.text
    assert "No users since May." in wrong.text
    done = client.post(address, {"choice": "Stop", "reason": "No users since May."})
    assert done.headers["Location"] == f"{page}#decision-{decision.pk}"
    again = client.post(address, {"choice": "Plan"})
    assert again.status_code == 302
    decision.refresh_from_db()
    assert (decision.choice, decision.decided_by) == ("Stop", manager)
    assert Event.objects.filter(verb="decision.decided").count() == 1

    after = open_as(executive, page).text
    assert "Decided in the meeting: Stop, by Maren." in after
    assert "Stop it, or start a &lt;plan&gt;?" in after
    pack.refresh_from_db()
    assert [line["question"] for line in pack.content["decisions"]] == [asked["question"]]
    assert client.post(f"{page}decide/999/", {"choice": "Stop"}).status_code == 404

    clock(13)
    later = frozen("December", meeting_on=clock(13).date())
    told = open_as(manager, later.get_absolute_url()).text
    assert "Compared with" in told
    assert all(f">{head}</th>" in told for head in HEADS)
    assert "Decided on Tue 24 Nov: Stop, by Maren." in told


def test_lines_a_reader_may_not_see_any_longer_are_left_out_and_counted(
    program, manager, viewer, make_pilot, open_as, clock, frozen
):
    pilot = make_pilot("Claims triage")
    ask_decision(NewDecision(pilot=pilot, question="Stop it?"), by=acting(manager))
    page = frozen("November").get_absolute_url()
    assert "Claims triage" in open_as(viewer, page).text
    Pilot.objects.update(is_confidential=True)
    shown = open_as(viewer, page).text
    assert "Claims triage" not in shown
    assert "Stop it?" not in shown
    assert "not shown to you." in shown
    assert "Claims triage" in open_as(manager, page).text


def test_no_address_of_a_pack_that_cannot_be_is_an_error(manager, client, open_as):
    whole = 99999999999999999999
    for path in ("", "print/", "pptx/", "remove/", "share/"):
        assert open_as(manager, f"/steering-pack/{whole}/{path}").status_code == 404
    for path in ("decide/1/", f"share/{whole}/revoke/"):
        assert client.post(f"/steering-pack/{whole}/{path}").status_code == 404
    assert client.get(f"/api/v1/steering-packs/{whole}/").status_code == 404


def test_the_questions_of_the_pack_before_name_nobody_either(
    program, manager, viewer, make_pilot, open_as, clock, frozen
):
    gone, other = make_pilot("Claims triage"), make_pilot("Other")
    ask_decision(NewDecision(pilot=other, question="Fold Claims triage into it?"), by=acting(manager))
    ask_decision(NewDecision(pilot=gone, question="Stop it?"), by=acting(manager))
    frozen("November")
    page = frozen("December").get_absolute_url()
    Pilot.objects.filter(pk=gone.pk).update(is_confidential=True)
    shown = open_as(viewer, page).text
    assert shown.count("Fold a pilot into it?") >= 2
    assert "Still waiting when this pack was frozen." in shown
    assert "Claims triage" not in shown
    assert "Stop it?" not in shown


def test_the_api_names_no_pilot_that_its_page_would_not(
    program, manager, viewer, make_pilot, client, clock, frozen
):
    pilot = make_pilot("Claims triage")
    ask_decision(NewDecision(pilot=pilot, question="Stop Claims triage?"), by=acting(manager))
    address = f"/api/v1/steering-packs/{frozen('November').pk}/"
    Pilot.objects.update(is_confidential=True)
    client.force_login(viewer)
    whole = client.get(address)
    assert whole.json()["not_shown"] > 0
    assert "Claims triage" not in whole.text
    assert pilot.key not in whole.text
    client.force_login(manager)
    assert [row["key"] for row in client.get(address).json()["content"]["age"]["numbers"]["oldest"]] == [
        pilot.key
    ]


def test_a_pack_is_removed_with_a_reason(program, manager, viewer, client, open_as, clock, frozen):
    pack = frozen("November")
    address = f"{pack.get_absolute_url()}remove/"
    assert open_as(viewer, address).status_code == 403
    assert "Remove this pack" not in client.get(pack.get_absolute_url()).text
    assert "Remove this pack" in open_as(manager, pack.get_absolute_url()).text
    assert "Say why it is removed." in client.post(address, {"reason": ""}).text
    assert client.post(address, {"reason": "Wrong filters."}).headers["Location"] == "/steering-pack/"
    assert not Pack.objects.exists()


def test_pages_cost_no_more_queries_for_more_packs_and_lines(
    program, manager, make_pilot, open_as, clock, frozen
):
    def cost(count):
        for number in range(count):
            pilot = make_pilot(f"Pilot {number}", stage=Stage.PILOTING, by=acting(manager))
            ask_decision(NewDecision(pilot=pilot, question="Stop it?"), by=acting(manager))
            pack = frozen("November")
        found = []
        for path in ("/steering-pack/", pack.get_absolute_url()):
            open_as(manager, path)
            with CaptureQueriesContext(connection) as asked:
                assert open_as(manager, path).status_code == 200
            found.append(len(asked))
        return found

    cost(1)
    assert cost(1) == cost(9)


def test_the_api_freezes_reads_and_removes(program, manager, viewer, make_pilot, client, clock):
    make_pilot("Claims triage")
    client.force_login(viewer)
    packs = "/api/v1/steering-packs/"
    body = {"title": "November", "meeting_on": "2026-11-24", "filters": {"program": "claims"}}
    json = "application/json"
    assert client.post(packs, body, content_type=json).status_code == 403
    client.force_login(manager)
    bad = client.post(packs, {**body, "filters": {"health": "stalled"}}, content_type=json)
    assert bad.status_code == 400
    made = client.post(packs, body, content_type=json)
    assert made.status_code == 201
    whole = made.json()
    assert whole["content"]["funnel"]["denominator"] == 1
    assert (whole["filters"], whole["as_of"], whole["before"]) == (body["filters"], "2026-11-18", None)
    client.force_login(viewer)
    assert [row["id"] for row in client.get(packs).json()["results"]] == [whole["id"]]
    assert client.get(f"{packs}{whole['id']}/").json()["not_shown"] == 0
    remove = f"{packs}{whole['id']}/remove/"
    assert client.post(remove, {"reason": "x"}, content_type=json).status_code == 403
    client.force_login(manager)
    assert client.post(remove, {"reason": ""}, content_type=json).status_code == 409
    assert client.post(remove, {"reason": "Wrong."}, content_type=json).status_code == 204
    assert client.get(f"{packs}{whole['id']}/").status_code == 404


def test_packs_are_listed_in_pages_and_refused_in_our_words(program, manager, make_pilot, client, frozen):
    make_pilot("Claims triage")
    made = [frozen(title).pk for title in ("One", "Two", "Three")]
    client.force_login(manager)
    packs = "/api/v1/steering-packs/"

    first = client.get(packs, {"limit": 2, "count": "true"}).json()
    assert ([row["id"] for row in first["results"]], first["count"], first["previous"]) == (made[:2], 3, None)
    assert [row["id"] for row in client.get(first["next"]).json()["results"]] == made[2:]
    assert client.get(packs, {"ordering": "-id", "limit": 1}).json()["results"][0]["id"] == made[2]
    assert client.get(packs, {"ordering": "title"}).status_code == 400
    body = {"title": "November", "meeting_on": "2026-11-24", "filters": "program=claims"}
    refused = client.post(packs, body, content_type="application/json")
    assert refused.status_code == 400
    assert "This is no JSON object. Send one: names and values in braces." in refused.text
    assert client.post(f"{packs}?limit=2", {}, content_type="application/json").status_code == 400
