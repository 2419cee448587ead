"""Writes the one mail that asks the holder of an address to link an account."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string

from pilots.access.models import Event
from pilots.access.permissions import Deed, may, relation_to_program
from pilots.calendar import Day
from pilots.models import Invitation, Lapse
from portfolio.desk.people.asked import asked_of
from portfolio.desk.people.links import invitation_url
from portfolio.outbox import drain, kinds
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.letter import one_line
from portfolio.outbox.models import Message

KIND = "invitation"
VERB = "owner.invited"

_NOT_NEEDED = {
    Lapse.ACCEPTED: "It was accepted.",
    Lapse.WITHDRAWN: "It was withdrawn.",
    Lapse.EXPIRED: "It has expired.",
    Lapse.OTHER_ADDRESS: "The contact has another address now.",
    Lapse.LINKED: "The contact has an account.",
    Lapse.INACTIVE: "The contact is not active any longer.",
}


def write_invitation(message: Message, at: datetime) -> kinds.Letter | kinds.Skip:
    """Write the letter of `message.ref`, unless something in between made it wrong."""
    found = Invitation.objects.select_related("owner__program", "program", "invited_by")
    invitation = found.filter(pk=int(message.ref)).first()
    if invitation is None:
        return kinds.Skip("The invitation is gone.")
    lapse = invitation.lapse(invitation.program.today(at))
    if lapse is not None:
        return kinds.Skip(_NOT_NEEDED[lapse])
    inviter = invitation.invited_by
    if not inviter.is_active or not may(Deed.INVITE, relation_to_program(inviter, invitation.program)):
        return kinds.Skip(f"{inviter} may not invite any longer.")
    if inviter.is_sample or invitation.program.is_sample:
        return kinds.Skip("Invented contacts are never mailed.")
    context = {
        "who": one_line(str(inviter)),
        "name": one_line(invitation.owner.name),
        "program": one_line(invitation.program.name),
        "asked": [one_line(asked.words) for asked in asked_of(invitation.owner)],
        "link": invitation_url(invitation),
        "until": str(Day(invitation.expires_on)),
        "address": invitation.sent_to,
        "site": settings.SITE_URL,
    }
    return kinds.Letter(
        to=invitation.sent_to,
        subject=f"{context['who']} invites you to Headway, for {context['program']}",
        text=render_to_string("people/mail/invitation.txt", context),
        html=render_to_string("people/mail/invitation.html", context),
    )


def queue_invitation(event: Event) -> None:
    pk = event.after["invitation"]
    enqueue(KIND, key=f"{KIND}:{pk}", at=event.at, ref=str(pk))


def register() -> None:
    """Called when the app is ready."""
    kinds.register(KIND, write_invitation)
    drain.on_event(VERB, queue_invitation)
