"""Reads what running plans have asked for by now, and whether what a move was refused for is still open.

Fourteen queries at most for any number of pilots, and one for each other day. Evidence counts by its day;
the playbook, the record and waivers are read as they are today.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from pilots.gates import Playbook, Readiness, Record, Standing, judge
from pilots.gates.standing import stage_after
from pilots.lifecycle import Stage
from pilots.models import Pilot
from pilots.playbook import READY, PhaseCode
from pilots.readiness import playbooks_of, records_on
from pilots.rules.asked import TOLD_ELSEWHERE
from pilots.rules.asked_facts import Asked, Overdue, Refusal
from pilots.rules.facts import Facts
from pilots.rules.marks import has_a_plan
from pilots.rules.registry import Pattern


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return what is asked of each pilot that runs a plan or was refused a move, by its id."""
    there = {fact.pilot_id: fact for fact in facts if not fact.rests}
    planned = {pk for pk, fact in there.items() if has_a_plan(fact)}
    wanted = _wanted(there, days) if there else set()
    if not planned and not wanted:
        return {}
    rows = Pilot.objects.filter(pk__in={*planned, *wanted}).select_related("program").order_by("pk")
    pilots = list(rows)
    playbooks = playbooks_of({pilot.program_id for pilot in pilots})
    return {
        pk: answer(pilot, there[pk], record, playbooks[pilot.program_id], pk in planned, pk in wanted)
        for pk, (pilot, record) in records_on(pilots, days).items()
    }


def answer(
    pilot: Pilot,
    fact: Facts,
    record: Record,
    playbook: Playbook,
    is_planned: bool,  # noqa: FBT001 -- said in the two places that call it
    is_wanted: bool,  # noqa: FBT001
) -> Asked:
    """Return what is asked of one pilot on the day of its record, as known today."""
    then = _as_it_was(record, fact.stage)
    readiness = judge(then, playbook)
    asked = _asked(fact, readiness, then) if is_planned else Asked()
    return replace(asked, refusal=_refusal(pilot, fact, readiness)) if is_wanted else asked


def _wanted(there: Mapping[int, Facts], days: Mapping[int, date]) -> set[int]:
    """Return the pilots that were refused a move by that day."""
    rows = Pilot.objects.filter(pk__in=list(there), wanted_on__isnull=False).order_by("pk")
    return {pk for pk, on in rows.values_list("pk", "wanted_on") if on is not None and on <= days[pk]}


def _as_it_was(record: Record, stage: Stage) -> Record:
    pieces = tuple(piece for piece in record.pieces if piece.dated <= record.today)
    return replace(record, stage=stage, pieces=pieces)


# --- What the plan waited for ---------------------------------------------------------


def _asked(fact: Facts, readiness: Readiness, record: Record) -> Asked:
    numbers = {phase.code: number for number, phase in enumerate(record.phases, 1) if phase.code}
    overdue: dict[Pattern, list[Overdue]] = {}
    due: set[Pattern] = set()
    for standing in readiness.standings:
        due_on = _due_on(standing, fact)
        if due_on is None or due_on >= record.today or standing.code in TOLD_ELSEWHERE:
            continue
        pattern = standing.requirement.pattern
        due.add(pattern)
        if not standing.state.lets_pass:
            item = _overdue(standing, due_on, numbers)
            overdue.setdefault(pattern, []).append(item)
    ships = [phase for phase in record.phases if phase.code is PhaseCode.SHIP]
    return Asked(
        overdue={
            pattern: tuple(sorted(items, key=lambda item: item.due_on)) for pattern, items in overdue.items()
        },
        due=frozenset(due),
        open_gates=tuple(
            f"{gate.value} {gate.label}" for gate in READY if not readiness.gates[gate].state.lets_pass
        ),
        ship_on=ships[0].start_on(record.today) if ships else None,
    )


def _due_on(standing: Standing, fact: Facts) -> date | None:
    """Return the end of its phase; of what stands before go-live here without one, the end of the plan."""
    if standing.due_on is not None:
        return standing.due_on
    is_before_go_live = standing.is_awake and standing.requirement.gate is not None
    return fact.plan.end if fact.plan is not None and is_before_go_live else None


def _overdue(standing: Standing, due_on: date, numbers: Mapping[PhaseCode, int]) -> Overdue:
    known = standing.requirement
    return Overdue(
        code=known.code,
        title=_inside(known.title),
        due_on=due_on,
        phase=numbers.get(known.phase, 0) if known.phase else 0,
        next_action=known.next_action,
    )


def _inside(title: str) -> str:
    """Return a title as it stands inside a sentence: “a live source”, but “DPIA”."""
    is_word = title[1:2].islower() or title[1:2] == " "
    return title[:1].lower() + title[1:] if is_word else title


# --- What a move was refused for --------------------------------------------------------


def _refusal(pilot: Pilot, fact: Facts, readiness: Readiness) -> Refusal | None:
    """Return what of it is still open; nothing where it has moved, or no longer goes there next."""
    if pilot.wanted_on is None or not pilot.wanted_stage:
        return None
    to = Stage(pilot.wanted_stage)
    lacks: list[str] = []
    next_action = ""
    if stage_after(fact.stage) is to:
        if to in {Stage.TRANSITION, Stage.LIMITED} and not fact.has_production_owner:
            lacks.append("nobody is accountable for bringing it into production")
            next_action = "Name a production owner."
        lacks += [missing.sentence for missing in readiness.missing_before(to)]
        opened = [standing for gate in readiness.gates_before(to) for standing in readiness.gates[gate].open]
        next_action = next_action or next((standing.requirement.next_action for standing in opened), "")
    return Refusal(to=to.label, on=pilot.wanted_on, lacks=tuple(lacks), next_action=next_action)
