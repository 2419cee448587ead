"""Links: off until allowed, limited to what was ticked, dead the moment anything is taken back."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from pilots.access.models import Event, Membership, Role
from pilots.actions.account import add_member
from pilots.actions.by import Forbidden, Refused
from pilots.actions.decision import NewDecision, ask_decision
from pilots.models import Pilot
from portfolio.steering.actions.remove import Removal, remove_pack
from portfolio.steering.models import PackShare, Sharing
from portfolio.steering.out.limits import Field
from portfolio.steering.share.actions import (
    NewShare,
    digest_of,
    revoke_share,
    share_pack,
    sharing_is_on,
    switch_sharing,
)
from tests.portfolio.steering.conftest import acting

SECRET = "Undisclosed merger desk"


@pytest.fixture
def pack(make_pilot, manager, frozen):
    """A pack with one decision about a pilot whose name must not slip out."""
    pilot = make_pilot(SECRET)
    question = NewDecision(pilot=pilot, question=f"Shall {SECRET} go on?")
    ask_decision(question, by=acting(manager))
    return frozen()


@pytest.fixture
def allowed(administrator):
    switch_sharing(is_on=True, by=acting(administrator))


def link(pack, manager, *fields, days=14):
    share, token = share_pack(NewShare(pack=pack, fields=fields, days=days), by=acting(manager))
    return share, reverse("steering:shared", args=[token])


def opened(client, address):
    response = client.get(address)
    return response.status_code, response.content.decode()


def test_sharing_is_off_until_an_administrator_allows_it(pack, manager, administrator, client):
    assert not sharing_is_on()
    with pytest.raises(Refused, match="switched off on this site"):
        link(pack, manager)
    with pytest.raises(Forbidden, match="an administrator can"):
        switch_sharing(is_on=True, by=acting(manager))

    client.force_login(administrator)
    assert b"Packs are read by people who sign in" in client.get("/settings/sharing/").content
    client.post("/settings/sharing/", {"on": "true"})
    _, address = link(pack, manager)
    client.logout()
    assert opened(client, address)[0] == 200

    client.force_login(administrator)
    page = client.post("/settings/sharing/", {"on": "false"}, follow=True)
    assert "Sharing by link is off, and one link opens nothing any longer." in page.content.decode()
    client.logout()
    assert opened(client, address)[0] == 404
    switch_sharing(is_on=True, by=acting(administrator))
    assert opened(client, address)[0] == 404  # off ends links for good
    switches = Event.objects.filter(verb="sharing.switched").order_by("pk")
    assert [event.after for event in switches] == [
        {"on": True, "ended": 0},
        {"on": False, "ended": 1},
        {"on": True, "ended": 0},
    ]


def test_a_link_shows_what_was_ticked_and_keeps_to_itself(pack, manager, allowed, client):
    share, address = link(pack, manager)
    token = address.split("/")[2]
    response = client.get(address)
    html = response.content.decode()

    assert SECRET not in html
    assert str(manager) not in html
    assert "Shall" not in html
    assert "One decision waits" in html
    assert 'href="/"' not in html
    assert "<a " not in html
    assert '<meta name="robots" content="noindex, nofollow">' in html
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"
    assert "<script" not in html
    assert client.post(address).status_code == 405
    assert client.head(address).status_code == 200

    share.refresh_from_db()
    assert (share.opened, share.last_opened_at) == (1, timezone.now())  # HEAD is not counted
    assert len(token) == 32
    assert share.digest == digest_of(token)
    assert token not in str(PackShare.objects.values()) + str(Event.objects.values())
    _, named = link(pack, manager, Field.NAMES, Field.DECISIONS)
    assert f"Shall {SECRET} go on?" in opened(client, named)[1]
    _, asked = link(pack, manager, Field.DECISIONS)
    assert "Shall a pilot go on?" in opened(client, asked)[1]


def test_the_page_of_a_link_says_what_stands_there_though_nothing_is_ticked(
    frozen, manager, allowed, client, make_pilot
):
    make_pilot("Claims triage", vendor="Acme & Sons")
    pack = frozen("For the merger", query="program=claims&vendor=Acme+%26+Sons")
    client.force_login(manager)
    page = client.get(f"/steering-pack/{pack.pk}/share/").content.decode()
    assert "under the title of the pack and its filters. Programs: Claims" in page
    assert "Vendor: Acme &amp; Sons" in page
    assert "no name of anybody" not in page
    _, address = link(pack, manager)
    shown = opened(client, address)[1]
    assert "For the merger" in shown
    assert "Acme &amp; Sons" in shown


def test_who_runs_one_of_the_programs_publishes_and_removes_nothing_of_the_others(
    pack, manager, administrator, allowed, make_user, make_pilot, other_program, program, frozen, client
):
    both = make_user("both@example.com")
    add_member(program=program, user=both, role=Role.MANAGER, by=acting(None))
    add_member(program=other_program, user=both, role=Role.VIEWER, by=acting(None))
    make_pilot("Elsewhere", program=other_program)
    own, whole = frozen("Own", by=both), frozen("Of the site", by=administrator)
    assert {one.slug for one in own.programs.all()} == {"claims", "finance"}

    with pytest.raises(Forbidden, match="a manager of every program it covers or an administrator can"):
        link(own, both, *Field)
    shared, _ = link(whole, administrator)
    with pytest.raises(Forbidden):
        revoke_share(shared, by=acting(both))
    with pytest.raises(Forbidden):
        remove_pack(Removal(pack=whole, reason="Mine."), by=acting(both))
    client.force_login(both)
    page = client.get(own.get_absolute_url()).content.decode()
    assert ("Remove this pack" in page, "Share by link" in page) == (True, False)
    assert client.get(f"/steering-pack/{own.pk}/share/").status_code == 403
    assert client.get(f"/api/v1/steering-packs/{own.pk}/shares/").status_code == 403

    Membership.objects.filter(user=both, program=other_program).update(role=Role.MANAGER.value)
    assert link(own, both)[0].pack == own
    assert "Share by link" in client.get(own.get_absolute_url()).content.decode()
    switch_sharing(is_on=False, by=acting(administrator))
    assert "Share by link" not in client.get(own.get_absolute_url()).content.decode()


def test_a_pilot_named_like_a_year_breaks_neither_link_nor_file(manager, allowed, client, make_pilot, frozen):
    make_pilot("2026")
    make_pilot("Piloting")
    pack = frozen("Steering 2026")
    for fields in ((), (Field.DECISIONS,), tuple(Field)):
        _, address = link(pack, manager, *fields)
        status, html = opened(client, address)
        assert status == 200
        assert "18 Nov 2026" in html
    Pilot.objects.update(is_confidential=True)
    client.force_login(manager)
    for path in ("print/", "pptx/"):
        assert client.get(f"{pack.get_absolute_url()}{path}").status_code == 200


def test_a_switch_that_is_off_closes_links_that_nobody_ended(pack, manager, allowed, client):
    _, address = link(pack, manager)
    # As after a backup of another day: the links work, the switch is off.
    Sharing.objects.update(is_on=False)
    assert opened(client, address)[0] == 404


def test_a_pilot_made_confidential_leaves_the_page(pack, manager, allowed, client):
    _, address = link(pack, manager, *Field)
    assert SECRET in opened(client, address)[1]

    Pilot.objects.filter(name=SECRET).update(is_confidential=True)

    status, html = opened(client, address)
    assert status == 200
    assert SECRET not in html
    assert "CLM-1" not in html


def test_every_dead_link_is_answered_alike(pack, manager, administrator, allowed, client, clock):
    def dead(address):
        status, html = opened(client, address)
        assert status == 404
        assert "This link opens nothing" in html
        return html

    revoked, address = link(pack, manager)
    revoke_share(revoked, by=acting(manager))
    pages = {dead("/s/no-such-token/"), dead(address)}
    with pytest.raises(Refused, match="has ended already"):
        revoke_share(revoked, by=acting(manager))

    _, address = link(pack, manager, days=1)
    clock(1)
    pages.add(dead(address))
    _, address = link(pack, manager)
    member = Membership.objects.get(user=manager)
    Membership.objects.filter(pk=member.pk).delete()
    pages.add(dead(address))
    member.save(force_insert=True)
    assert opened(client, address)[0] == 200
    type(manager).objects.filter(pk=manager.pk).update(is_active=False)
    pages.add(dead(address))
    assert len(pages) == 1


def test_a_link_is_made_listed_and_revoked_on_its_page(pack, manager, viewer, allowed, client):
    address = f"/steering-pack/{pack.pk}/share/"
    client.force_login(viewer)
    assert client.get(address).status_code == 403
    client.force_login(manager)
    assert b"This pack is shared with nobody" in client.get(address).content
    assert b"needs another look" in client.post(address, {"days": "91"}).content

    made = client.post(address, {"days": "7", "fields_shown": ["names"]})
    assert "no-store" in made["Cache-Control"]
    html = made.content.decode()
    assert "/s/" in html
    assert "Title, filters, counts and charts, names of pilots" in html
    share = PackShare.objects.get()
    assert share.expires_at - share.made_at == timedelta(days=7)
    listed = client.get(address).content.decode()
    assert "Never opened." in listed
    assert "/s/" not in listed
    client.post(f"/steering-pack/{pack.pk}/share/{share.pk}/revoke/")
    assert b"Opens nothing: revoked." in client.get(address).content
    assert [event.verb for event in Event.objects.filter(verb__contains="share").order_by("pk")] == [
        "pack.shared",
        "pack.share_revoked",
    ]


def test_machines_share_switch_and_revoke(pack, manager, administrator, client):
    address = f"/api/v1/steering-packs/{pack.pk}/shares/"
    client.force_login(manager)
    assert client.post("/api/v1/sharing/", {"on": True}, "application/json").status_code == 403
    refused = client.post(address, {}, "application/json")
    assert refused.status_code == 409
    assert "switched off" in refused.json()["detail"]

    client.force_login(administrator)
    assert client.post("/api/v1/sharing/", {"on": True}, "application/json").json() == {"on": True}
    assert client.get("/api/v1/sharing/").json() == {"on": True}
    client.force_login(manager)
    assert client.post(address, {"days": 91}, "application/json").status_code == 400
    assert client.post(address, {"shows": ["money"]}, "application/json").status_code == 400
    made = client.post(address, {"shows": ["names"]}, "application/json").json()
    assert made["shows"] == ["names"]
    assert "/s/" in made["address"]
    [listed] = client.get(address).json()
    assert listed == {key: value for key, value in made.items() if key != "address"}
    ended = client.post(f"{address}{made['id']}/revoke/", {}, "application/json")
    assert ended.status_code == 200
    assert ended.json()["revoked_at"]


@pytest.mark.parametrize("days", [0, 91])
def test_nobody_gets_a_link_for_longer(pack, manager, allowed, days):
    with pytest.raises(Refused, match="1 to 90 days"):
        link(pack, manager, days=days)
