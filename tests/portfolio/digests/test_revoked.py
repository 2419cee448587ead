"""Whatever somebody may no longer see when their mail is written, in no mail of theirs (J14)."""

import re
from datetime import date, timedelta

import pytest
from django.core import mail

from pilots.access.models import Membership, User
from pilots.access.permissions import OwnerRole
from pilots.actions.decision import NewDecision, ask_decision
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.models import Flag, Owner, Ownership, Pilot
from portfolio.digests import parts
from portfolio.digests.compose import compose
from portfolio.digests.due import enqueue_due
from portfolio.digests.mail import as_html
from portfolio.digests.text import as_text
from portfolio.outbox.deliver import deliver
from portfolio.outbox.drain import drain_events
from tests.portfolio.digests.conftest import MONDAY as EARLIER

MONDAY = EARLIER + timedelta(hours=1)
LATE, BLOCKED, ASKED = range(20), range(20, 30), range(30, 40)
CANARY = re.compile(r"Canary-\d+-[a-z]+")


def canary(number, what):
    return f"Canary-{number}-{what}"


EXPECTED = {
    *(canary(number, "name") for number in (*LATE, *BLOCKED, *ASKED)),
    *(canary(number, "owner") for number in LATE),
    *(canary(number, "blocker") for number in BLOCKED),
    *(canary(number, "question") for number in ASKED),
}


def canaries(text):
    return set(CANARY.findall(text))


@pytest.fixture
def pilots(portfolio, viewer, make_pilot, early, scanned, monkeypatch):
    """Forty pilots that are told of, each by itself, in what the reader gets."""
    monkeypatch.setattr(parts, "AT_MOST", 100)
    made = [
        make_pilot(canary(number, "name"), decide_by=date(2026, 11, 6), by=early)
        for number in (*LATE, *BLOCKED, *ASKED)
    ]
    for number in LATE:
        contact = Contact(name=canary(number, "owner"))
        add_owner(NewOwnership(pilot=made[number], contact=contact, role=OwnerRole.SPONSOR), by=early)
    for number in ASKED:
        question = f"{canary(number, 'question')}?"
        ask_decision(NewDecision(pilot=made[number], question=question, decider=viewer), by=early)
    Pilot.objects.update(quiet_until=None)
    scanned()
    Flag.objects.update(is_widespread=False)
    ours = Pilot.objects.filter(pk__in=[pilot.pk for pilot in made])
    ours.update(health="stalled", health_since=date(2026, 11, 10))
    for number in BLOCKED:
        blocked = {"health": "blocked", "blocked_by": canary(number, "blocker")}
        ours.filter(pk=made[number].pk).update(blocked_on=date(2026, 11, 10), **blocked)
    return ours


def as_viewer(viewer, pilots):
    pass


def as_owner(viewer, pilots):
    Membership.objects.filter(user=viewer).delete()
    owner = Owner.objects.create(program=pilots[0].program, name="Vic", user=viewer)
    Ownership.objects.bulk_create(
        Ownership(
            pilot=pilot,
            owner=owner,
            role=OwnerRole.PRODUCTION_OWNER.value,
            since=date(2026, 9, 1),
            accepted_on=date(2026, 9, 1),
        )
        for pilot in pilots
    )


def made_confidential(viewer, pilots):
    pilots.update(is_confidential=True)


def membership_ends(viewer, pilots):
    Membership.objects.filter(user=viewer).delete()


def ownership_ends(viewer, pilots):
    Ownership.objects.filter(owner__user=viewer).update(until=date(2026, 11, 16))


def contact_is_unlinked(viewer, pilots):
    Owner.objects.filter(user=viewer).update(user=None)


def account_is_closed(viewer, pilots):
    User.objects.filter(pk=viewer.pk).update(is_active=False)


def test_there_are_two_hundred_cases_and_more():
    assert len(EXPECTED) == 80


@pytest.mark.parametrize(
    ("stands", "revoke"),
    [
        (as_viewer, made_confidential),
        (as_viewer, membership_ends),
        (as_viewer, account_is_closed),
        (as_owner, ownership_ends),
        (as_owner, contact_is_unlinked),
    ],
)
def test_access_that_ends_between_queue_and_sending_shows_nothing(viewer, pilots, stands, revoke):
    """Each canary is in the digest that would have been sent; after, in no mail of the reader's."""
    stands(viewer, pilots)
    reader = User.objects.get(pk=viewer.pk)
    enqueue_due(MONDAY)
    drain_events(MONDAY)
    digest = compose(reader, MONDAY)
    assert canaries(digest.subject + as_text(digest) + as_html(digest)) == EXPECTED

    revoke(viewer, pilots)
    deliver(now=lambda: MONDAY, budget=timedelta(minutes=1))

    theirs = [letter for letter in mail.outbox if letter.to == [viewer.email]]
    shown = [letter.subject + letter.body for letter in theirs]
    shown += [part.content for letter in theirs for part in letter.alternatives]
    assert canaries("".join(shown)) == set()
