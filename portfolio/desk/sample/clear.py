"""Takes the sample away: its pilots with everything that happened to them, its program, its log-ins."""

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q, QuerySet

from kpis.models import Rate
from pilots.access.guards import permit_deletes
from pilots.access.models import Event, Membership, Program, User
from pilots.actions.by import By, Refused
from pilots.actions.event import event
from pilots.models import CustomField, Decision, Owner, Pilot, RuleSetting, StageTransition
from portfolio.outbox.models import Message
from portfolio.steering.models import Pack


@dataclass(frozen=True)
class Cleared:
    """How much went."""

    pilots: int
    events: int
    logins: int


def sample_program() -> Program | None:
    return Program.objects.filter(is_sample=True).first()


def clear_sample(*, by: By) -> Cleared:
    """Delete the sample portfolio and its demo log-ins; raise `Refused` if it is not loaded.

    What real people added to the sample goes as well; nothing outside it is touched.
    """
    program = sample_program()
    if program is None:
        raise Refused.because("No sample portfolio is loaded here.", code="not-loaded")
    demos = User.objects.filter(is_sample=True)
    who = replace(by, user=None) if by.user and by.user.is_sample else by
    with transaction.atomic(), permit_deletes():
        _delete_history(program)
        pilots = Pilot.objects.filter(program=program).delete()[1].get("pilots.Pilot", 0)
        Decision.objects.filter(program=program).delete()
        RuleSetting.objects.filter(program=program).delete()
        CustomField.objects.filter(program=program).delete()
        # Before the log-ins: whoever entered a rate or froze a pack is protected by it.
        Rate.objects.filter(program=program).delete()
        Pack.objects.filter(programs=program).delete()
        Owner.objects.filter(program=program).delete()
        Message.objects.filter(person__in=demos).delete()
        events = _events(program, demos).delete()[0]
        Membership.objects.filter(user__in=demos).delete()
        logins = demos.delete()[1].get("access.User", 0)
        program.delete()
        Event.objects.bulk_create([event("sample.cleared", by=who, subject=program.name)])
    return Cleared(pilots, events, logins)


def _delete_history(program: Program) -> None:
    """Delete the newest corrections first: a row that another one corrects is protected by it."""
    rows = StageTransition.objects.filter(pilot__program=program)
    while rows.filter(superseded_by__isnull=True, voided_by__isnull=True).delete()[0]:
        pass


def _events(program: Program, demos: QuerySet[User]) -> QuerySet[Event]:
    """Return what happened in the sample, and to its log-ins; a log-in's address starts the subject."""
    about = Q(program=program) | Q(program=None, actor__in=demos)
    for email in demos.values_list("email", flat=True):
        about |= Q(program=None, pilot_id=None, subject__startswith=email)
    return Event.objects.filter(about)
