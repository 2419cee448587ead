"""The mail to somebody who was named to decide: it goes out when the question is asked, not on Monday."""

from datetime import datetime

from pilots.access.models import Event
from pilots.models import Decision
from pilots.web.spoken import spoken
from portfolio.digests.links import absolute, decide_url
from portfolio.outbox.drain import on_event
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.kinds import Letter, Skip, register
from portfolio.outbox.models import Message

DECISION_ASKED = "decision_asked"


def register_notices() -> None:
    register(DECISION_ASKED, write_decision_asked)
    on_event("decision.asked", queue_decision_asked)


def queue_decision_asked(event: Event) -> None:
    """Queue the mail to the decider; any manager is told by Today and the digest instead.

    Nobody reads the mail of a demo log-in.
    """
    decision = Decision.objects.filter(pk=event.after.get("decision")).select_related("decider").first()
    if decision is None or decision.decider is None or decision.decider.is_sample:
        return
    if decision.decider_id == decision.asked_by_id:
        return
    enqueue(
        DECISION_ASKED,
        key=f"{DECISION_ASKED}:{decision.pk}",
        at=event.at,
        person=decision.decider,
        ref=str(decision.pk),
    )


def write_decision_asked(message: Message, at: datetime) -> Letter | Skip:
    """Write it as things stand when it is sent; nothing for what was decided or is hidden by then."""
    person = message.person
    if person is None:
        return Skip("The account is gone.")
    visible = Decision.objects.visible_to(person).select_related("program", "pilot", "asked_by")
    decision = visible.filter(pk=int(message.ref), decider=person).first()
    if decision is None:
        return Skip("The decision is gone, or they may no longer see it.")
    if decision.is_decided:
        return Skip("It is decided already.")
    today = decision.program.today(at)
    about = f"{decision.pilot.key} {decision.pilot}" if decision.pilot else str(decision.program)
    needed = f"Needed by {spoken(decision.needed_by, today)}.\n" if decision.needed_by else ""
    options = "".join(f"- {option}\n" for option in decision.options)
    choices = f"\nThe answers to choose from:\n{options}" if options else ""
    text = (
        f"{decision.question}\n\n"
        f"About {about}. Asked by {decision.asked_by or 'Headway'}.\n{needed}"
        f"{choices}\nDecide: {decide_url(person, decision, at)}\n"
        "The link works for 14 days; you sign in to decide. Always there: "
        f"{absolute(f'/decisions/{decision.pk}/')}\n"
    )
    subject = f"Decision for you: {about}: {decision.question}"
    return Letter(to=person.email, subject=" ".join(subject.split()), text=text)
