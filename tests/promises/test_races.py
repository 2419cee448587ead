"""Two people at once (promises D1, D2): what one wrote is never lost without a word.

Both write from the version both have read, released together. With HEADWAY_LONG=1, 200 rounds each.
"""

import threading

import pytest

from pilots.models import Pilot
from tests.faults.place import LONG
from tests.pilots.test_concurrency import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

ROUNDS = 200 if LONG else 6


def form_of(client, key):
    """Return what the edit page would send if nothing were touched, with the version it was read at."""
    form = client.get(f"/pilots/{key}/edit/").context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) not in (None, False)}


def test_a_page_and_a_system_at_once_one_is_refused_and_keeps_what_was_typed(
    client, manager, make_pilot, api
):
    make_pilot()
    client.force_login(manager)
    won = {"page": 0, "system": 0}
    for number in range(ROUNDS):
        pilot = Pilot.objects.get()
        sent = form_of(client, "CLM-1") | {"vendor": f"Typed {number}"}

        page, system = at_once(
            lambda sent=sent: client.post("/pilots/CLM-1/edit/", sent),
            lambda pilot=pilot, number=number: api.patch(
                "pilots/CLM-1/", {"vendor": f"Sent {number}"}, If_Match=f'"v{pilot.version}"'
            ),
        )

        stored = Pilot.objects.get()
        assert stored.version == pilot.version + 1
        if page.status_code == 302:
            won["page"] += 1
            assert (system.status_code, stored.vendor) == (412, f"Typed {number}")
        else:
            won["system"] += 1
            assert (page.status_code, system.status_code, stored.vendor) == (409, 200, f"Sent {number}")
            shown = page.content.decode()
            assert f"Typed {number}" in shown, "both versions are shown"
            assert f"Sent {number}" in shown, "both versions are shown"
    print(f"{ROUNDS} rounds: {won['page']} by page, {won['system']} by API, as many refused, 0 lost")


def test_two_systems_that_change_different_fields_both_stay(make_pilot, api):
    make_pilot()
    for number in range(ROUNDS):
        answers = at_once(
            lambda number=number: api.patch("pilots/CLM-1/", {"vendor": f"vendor {number}"}),
            lambda number=number: api.patch("pilots/CLM-1/", {"unit": f"unit {number}"}),
        )

        stored = Pilot.objects.get()
        assert [answer.status_code for answer in answers] == [200, 200]
        assert (stored.vendor, stored.unit) == (f"vendor {number}", f"unit {number}")


def written_whole(together, field, value):
    """Write a pilot as a plain `save()` does: read all of it, change one field, write all of it."""
    pilot = Pilot.objects.get()
    together.wait(timeout=60)
    setattr(pilot, field, value)
    pilot.save()


@pytest.mark.parametrize("fields", [("vendor", "vendor"), ("vendor", "unit")])
def test_without_the_guard_changes_are_lost(make_pilot, fields):
    """The control: whole rows written from an old reading lose one of two changes, and nobody is told."""
    make_pilot()
    lost = 0
    for number in range(ROUNDS):
        together = threading.Barrier(2)
        errors = at_once(
            *[
                lambda field=field, who=who, together=together, number=number: written_whole(
                    together, field, f"{who} {number}"
                )
                for who, field in zip(("one", "two"), fields, strict=True)
            ]
        )
        stored = Pilot.objects.get()
        kept = {getattr(stored, field) for field in fields}
        assert errors == [None, None]
        lost += len({f"one {number}", f"two {number}"} - kept)

    assert lost > 0
    print(f"{lost} of {ROUNDS} lost without the guard")
