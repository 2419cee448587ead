"""What the filters offer: values of visible pilots, bounded, and harmless in the page."""

import re

import pytest

from pilots.models import Pilot
from portfolio.dashboards import known
from portfolio.dashboards.known import known_of

KNOWN = "/funnel/known/"


@pytest.fixture
def client(client, manager):
    client.force_login(manager)
    return client


def offered(client):
    page = client.get(KNOWN).text
    return {
        name: re.findall(r'value="([^"]*)"', options)
        for name, options in re.findall(r'<datalist id="known-(\w+)">(.*?)</datalist>', page, re.DOTALL)
    }


def test_filters_offer_what_visible_pilots_have(client, make_pilot, other_program):
    make_pilot("One", vendor="Acme", unit="Motor", tags=("voice", "Voice"))
    make_pilot("Two", vendor="Acme")
    make_pilot("Three", vendor="ACME")
    make_pilot("Four", vendor='<img onerror="x">')
    make_pilot("Secret", vendor="Hush", unit="Hush", tags=("hush",), is_confidential=True)
    make_pilot("Elsewhere", program=other_program, vendor="Unseen", tags=("unseen",))

    found = offered(client)
    assert (found["unit"], found["vendor"]) == (["Motor"], ["&lt;img onerror=&quot;x&quot;&gt;", "Acme"])
    assert set(found["tag"]) == {"voice", "Voice"}
    assert "Unseen" not in client.get(KNOWN).text
    assert "Hush" not in client.get(KNOWN).text
    for page in ("/funnel/", "/pace/"):
        shown = client.get(page).text
        assert f'hx-get="{KNOWN}"' in shown
        assert len(re.findall(r'<input[^>]* list="known-(?:unit|vendor|tag)"', shown)) == 3
        assert "The whole name; capitals do not matter." in shown


def test_only_the_most_frequent_are_offered(make_pilot, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(known, "MOST", 2)
    for number, vendor in enumerate(["Zeta", "Zeta", "Beta", "Alpha", "Alpha"]):
        make_pilot(f"Pilot {number}", vendor=vendor)

    with django_assert_num_queries(3):
        found = known_of(Pilot.objects.all())

    assert {each.name: each.values for each in found}["vendor"] == ["Alpha", "Zeta"]
