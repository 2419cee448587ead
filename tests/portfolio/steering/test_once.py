"""One form makes one pack for its maker, also when it is sent twice at once."""

import uuid

from pilots.access.models import Event
from portfolio.steering.actions import freeze as freezing
from portfolio.steering.models import Pack
from tests.portfolio.steering.conftest import MEETING, acting


def test_two_clicks_at_once_make_one_pack(frozen, manager, program, clock, monkeypatch):
    nonce = uuid.uuid4()
    new = freezing.NewPack(title="Steering", meeting_on=MEETING, nonce=nonce)
    read = freezing.read_content

    def overtaken(*args, **asked):
        # While the first click reads, the second has read and kept its pack.
        monkeypatch.setattr(freezing, "read_content", read)
        freezing.freeze(new, by=acting(manager))
        return read(*args, **asked)

    monkeypatch.setattr(freezing, "read_content", overtaken)
    pack = freezing.freeze(new, by=acting(manager))
    assert pack == Pack.objects.get()
    assert Event.objects.filter(verb="pack.frozen").count() == 1
    assert frozen("Again", nonce=nonce) == pack


def test_the_number_of_somebody_elses_form_is_no_hindrance(frozen, manager, administrator, client, clock):
    nonce = uuid.uuid4()
    pack = frozen(nonce=nonce)
    client.force_login(administrator)
    sent = {"title": "Theirs", "meeting_on": "24 Nov 2026", "nonce": str(nonce)}
    answer = client.post("/steering-pack/freeze/?program=claims", sent)
    theirs = Pack.objects.exclude(pk=pack.pk).get()
    assert answer.headers["Location"] == theirs.get_absolute_url()
    assert theirs.frozen_by == administrator
