"""Logs a pilot together with the number that should move: both floors, one transaction."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.oneline import KpiLine
from pilots.access.models import Event, Program
from pilots.actions.by import By
from pilots.actions.pilot import NewPilot, log_pilots
from pilots.models import Pilot

ONCE_FOR = timedelta(days=1)


def log_pilot_with_kpi(
    new: NewPilot,
    *,
    kpi: KpiLine | None,
    more: Sequence[KpiLine] = (),
    by: By,
    once: uuid.UUID | None = None,
) -> Pilot:
    """Log a pilot and, where one is agreed, its first KPI, then `more` of them; all or nothing.

    Of `more`, one that is called like a number before it is left out.
    `once` marks one sending of a form: sent again within a day it returns the pilot it logged before.
    Raises what `log_pilot` and `define_kpi` raise.
    """
    with transaction.atomic():
        if once is not None:
            earlier = _logged_before(new.program, once, by=by)
            if earlier is not None:
                return earlier
        pilot = log_pilots([new], by=by, batch=once)[0]
        lines = {line.name.casefold(): line for line in reversed([kpi, *more]) if line is not None}
        for line in reversed(list(lines.values())):
            pilot = define_kpi(NewKpi(pilot=pilot, line=line), by=by).pilot
    return pilot


def _logged_before(program: Program, once: uuid.UUID, *, by: By) -> Pilot | None:
    # The lock makes the second of two simultaneous sendings wait until the first is written.
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    events = Event.objects.filter(
        at__gte=by.at - ONCE_FOR, batch=once, actor=by.user, program=program, verb="pilot.created"
    )
    return Pilot.objects.visible_to(by.user).filter(pk__in=events.values("pilot_id")).first()
