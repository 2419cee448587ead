"""Keeps forecasts: once for each program and quarter, and for the site, in the month before the quarter."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import IntegrityError, transaction

from pilots.access.models import Event, Program, Source
from pilots.actions.by import By
from pilots.actions.event import event
from pilots.models import Pilot
from pilots.models.cohort import Cohort
from portfolio.pace.models import Forecast
from portfolio.pace.quarters import Quarter, quarter_to_keep
from portfolio.pace.say import say
from portfolio.pace.scopes import SITE, Scope, days_to, of_program, read_scopes, seed_of, together, too_little

METHOD = "incidence-and-one-rate-1"  # raised when the method changes, so that scores are of one method


def keep_forecasts(at: datetime) -> dict[str, Any]:
    """Keep the forecasts that are due at a moment and not kept yet; safe to run twice or beside itself.

    A program too young for one in the first days of the month gets it on the day it has enough.
    """
    day = at.astimezone(UTC).date()
    quarter = quarter_to_keep(day)
    if quarter is None:
        return {"kept": 0}
    by = By(user=None, at=at, source=Source.JOB)
    kept = set(Forecast.objects.filter(quarter=quarter.first).values_list("program", flat=True))
    programs = {program.pk: program for program in Program.objects.all()}
    scopes = read_scopes(Pilot.objects.filter(is_confidential=False), Cohort(today=day))
    made = [
        _keep(programs[pk], scope, quarter, day, by) for pk, scope in sorted(scopes.items()) if pk not in kept
    ]
    real = {pk: scope for pk, scope in scopes.items() if not programs[pk].is_sample}
    # One program alone says it all; said twice it would count twice among the intervals.
    if None not in kept and len(real) > 1:
        made.append(_keep(None, together(real), quarter, day, by))
    return {"quarter": str(quarter), "kept": sum(row is not None for row in made)}


def kept_in_words(outcome: Mapping[str, Any]) -> str:
    if "quarter" not in outcome:
        return "Nothing is due before the last month of the quarter."
    kept = outcome["kept"]
    told = "1 forecast" if kept == 1 else f"{kept:,} forecasts"
    return f"Kept {told} for {outcome['quarter']}."


def replay_forecasts(program: Program, quarters: int, *, by: By) -> list[Forecast]:
    """Keep the forecasts of this quarter and those before it, oldest first; see `replay_forecast`."""
    wanted = [Quarter.of(by.today(program))]
    while len(wanted) < quarters:
        wanted.append(wanted[-1].before)
    made = [replay_forecast(program, quarter, by=by) for quarter in reversed(wanted)]
    return [row for row in made if row]


def replay_forecast(program: Program, quarter: Quarter, *, by: By) -> Forecast | None:
    """Keep the forecast of a past quarter, computed now from what was recorded on the day it was due.

    None where that is too little, or where there is one already. It says of itself that it is replayed.
    """
    day = quarter.kept_from
    cohort = Cohort(today=by.today(program), as_of=day, known_at=datetime.combine(day, time.max, tzinfo=UTC))
    pilots = Pilot.objects.filter(program=program, is_confidential=False)
    scope = read_scopes(pilots, cohort).get(program.pk)
    return _keep(program, scope, quarter, day, by, is_replayed=True) if scope else None


def _keep(
    program: Program | None, scope: Scope, quarter: Quarter, day: date, by: By, *, is_replayed: bool = False
) -> Forecast | None:
    """Compute and insert one forecast; None where it is refused, or somebody was quicker."""
    if too_little(scope.total, scope.arrived, len(scope.ages)):
        return None
    first, last = days_to(day, quarter)
    seed = seed_of(name_of(program), quarter)
    ids, ages = list(scope.ages), list(scope.ages.values())
    said = say(scope.lives, ages, first, last, seed=seed)
    row = Forecast(
        program=program,
        program_ids=sorted(scope.programs),
        quarter=quarter.first,
        as_of=day,
        low=said.low,
        middle=said.middle,
        high=said.high,
        level=said.level,
        lives=scope.total,
        open=len(ids),
        untold=said.untold,
        seed=seed,
        runs=said.runs,
        method=METHOD,
        chances={str(pk): round(chance, 6) for pk, chance in zip(ids, said.chances, strict=True)},
        constant=round(said.constant, 6),
        is_replayed=is_replayed,
        made_at=by.at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            after = {"quarter": str(quarter), "low": row.low, "high": row.high, "open": row.open}
            kept = event("forecast.kept", by=by, program=program, subject=row.of, after=after)
            Event.objects.bulk_create([kept])
    except IntegrityError as error:
        # Another worker kept it in the same moment; anything else is a fault and stays one.
        if Forecast.objects.filter(program=program, quarter=quarter.first).exists():
            return None
        raise error
    return row


def name_of(program: Program | None) -> str:
    """Return what the seed of a scope is made of; the page uses the same, so both draw the same."""
    return of_program(program.slug) if program else SITE
