"""Reads how pilots are made to run: twelve queries at most for any number, and one for each other day.

Steps, decisions, evidence and versions count by their day, and the days on which the pilot was held or frozen
since count for none. Connections, and whether the record tells an
evaluation, are read as they are today.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from pilots.computed import COMPUTED
from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.lifecycle import THIRTY_DAYS, Stage
from pilots.models import Connection, Decision, Evidence, ModelVersion, Pilot, RolloutStep, Waiver
from pilots.pauses import Pauses
from pilots.playbook import PLAYBOOK
from pilots.rollout import EXPAND_EARLY, LARGE, small_group
from pilots.rules.facts import Facts
from pilots.rules.marks import has_a_plan, is_there
from pilots.rules.production_facts import Link, Production, ProviderModel, Step
from pilots.workdays import read_pauses

EVALUATION = "evaluation"
WORKING = frozenset({ConnectionState.CONNECTED.value, ConnectionState.TESTED.value})
EARLY = frozenset({THIRTY_DAYS, EXPAND_EARLY})
NEVER = Pauses()


def read(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
    """Return what was written down of each pilot on its way to production and there, by its id."""
    there = {fact.pilot_id: fact for fact in facts if is_there(fact, Stage.PILOTING)}
    planned = [pk for pk, fact in there.items() if has_a_plan(fact)]
    rolled = [pk for pk, fact in there.items() if is_there(fact, Stage.TRANSITION)]
    few = [pk for pk, fact in there.items() if fact.stage is Stage.LIMITED]
    links = _links(planned) if planned else {}
    steps = _steps(rolled) if rolled else {}
    models = _models(list(there), days) if there else {}
    decided = _decided(few, days) if few else {}
    wanted = {*planned, *steps, *models}
    waivers = _waivers(wanted) if wanted else {}
    timed = {pk: there[pk].program_id for pk in {*steps, *decided}}
    paused = _paused(timed, days) if timed else {}
    alone = set(_alone(planned)) if planned else set()
    return {
        pk: Production(
            links=tuple(links.get(pk, ())),
            stands_alone=pk in alone,
            steps=tuple(_told(steps.get(pk, ()), paused.get(pk, NEVER), days[pk])),
            decided_on=_shifted(
                [*_outcomes(steps.get(pk, ()), days[pk]), *decided.get(pk, ())],
                paused.get(pk, NEVER),
                days[pk],
            ),
            model=models.get(pk),
            let_pass=frozenset(row.subject for row in waivers.get(pk, ()) if row.until >= days[pk]),
            may_expand_early=_may_expand_early(waivers.get(pk, ()), steps.get(pk, ())),
        )
        for pk in {*wanted, *decided}
    }


# --- Connections ----------------------------------------------------------------------


def _links(ids: Sequence[int]) -> dict[int, list[Link]]:
    found: dict[int, list[Link]] = {}
    for row in Connection.objects.filter(pilot__in=ids).order_by("pilot_id", "pk"):
        is_connected = row.state in WORKING
        link = Link(
            name=row.name,
            is_source=row.kind == ConnectionKind.SOURCE.value,
            is_live=row.is_live is True and is_connected,
            is_connected=is_connected,
            is_tested=row.state == ConnectionState.TESTED.value,
            has_contract=row.contract_agreed_on is not None,
            is_checked=row.quality_checked_on is not None,
        )
        found.setdefault(row.pilot_id, []).append(link)
    return found


def _alone(ids: Sequence[int]) -> Iterable[int]:
    alone = Pilot.objects.filter(pk__in=ids).exclude(stands_alone_because="")
    return alone.order_by("pk").values_list("pk", flat=True)


# --- The way to everybody -----------------------------------------------------------------


def _steps(ids: Sequence[int]) -> dict[int, list[RolloutStep]]:
    found: dict[int, list[RolloutStep]] = {}
    for row in RolloutStep.objects.filter(pilot__in=ids).order_by("pilot_id", "number"):
        found.setdefault(row.pilot_id, []).append(row)
    return found


def _told(rows: Sequence[RolloutStep], pauses: Pauses, day: date) -> Iterable[Step]:
    """Yield the steps as they were on a day: what was decided later was open then."""
    for place, row in enumerate(rows):
        few_since = _few_since(rows[:place], row)
        is_decided = row.decided_on is not None and row.decided_on <= day
        yield Step(
            number=row.number,
            share=row.share_percent,
            starts_on=row.starts_on,
            is_shadow=row.kind == RolloutKind.SHADOW.value,
            has_result=row.result != "" and (is_decided or row.decided_on is None),
            is_decided=is_decided,
            is_rolled_back=is_decided and row.outcome == RolloutOutcome.ROLLED_BACK.value,
            few_since=few_since,
            few_paused=pauses.days(few_since, day) if few_since else 0,
        )


def _few_since(before: Sequence[RolloutStep], row: RolloutStep) -> date | None:
    """Return since when it was tried with few before this step gave it to more.

    A limited group after a canary is still few.
    """
    base = small_group(before)
    if base is None or row.share_percent <= before[-1].share_percent:
        return None
    is_more = row.kind in LARGE or base.kind == RolloutKind.LIMITED.value
    return base.starts_on if is_more else None


def _outcomes(rows: Sequence[RolloutStep], day: date) -> Iterable[date]:
    return (row.decided_on for row in rows if row.decided_on is not None and row.decided_on <= day)


def _paused(programs: Mapping[int, int], days: Mapping[int, date]) -> dict[int, Pauses]:
    """Return what paused each pilot, holds that ended by its day among it."""
    return {
        pk: Pauses([hold for hold in known.holds if hold.until and hold.until <= days[pk]], known.freezes)
        for pk, known in read_pauses(programs).items()
    }


def _shifted(found: Iterable[date], pauses: Pauses, day: date) -> date | None:
    """Return the last of these days, later by what paused the pilot since, as its other clocks are."""
    last = max(found, default=None)
    return last + timedelta(days=pauses.days(last, day)) if last else None


def _decided(ids: Sequence[int], days: Mapping[int, date]) -> dict[int, list[date]]:
    """Return when other decisions about those pilots were made."""
    found: dict[int, list[date]] = {}
    rows = Decision.objects.filter(pilot__in=ids, decided_on__isnull=False).order_by("pk")
    for pk, on in rows.values_list("pilot_id", "decided_on"):
        if on is not None and pk is not None and on <= days[pk]:
            found.setdefault(pk, []).append(on)
    return found


def _waivers(ids: Iterable[int]) -> dict[int, list[Waiver]]:
    found: dict[int, list[Waiver]] = {}
    for row in Waiver.objects.filter(pilot__in=list(ids), revoked_at__isnull=True).order_by("pk"):
        found.setdefault(row.pilot_id, []).append(row)
    return found


def _may_expand_early(waivers: Sequence[Waiver], steps: Sequence[RolloutStep]) -> bool:
    """Whether somebody let it pass without the thirty days when its last step began, or later."""
    last = max((row.starts_on for row in steps), default=None)
    return last is not None and any(row.subject in EARLY and row.until >= last for row in waivers)


# --- The model of a provider ------------------------------------------------------------------


def _models(ids: Sequence[int], days: Mapping[int, date]) -> dict[int, ProviderModel]:
    """Return the live version of those that a provider may change, and that were evaluated before."""
    rows = ModelVersion.objects.filter(pilot__in=ids, is_live=True, is_pinned=False).exclude(provider="")
    live = {row.pilot_id: row for row in rows.order_by("pilot_id") if row.changed_on <= days[row.pilot_id]}
    if not live:
        return {}
    evidence = Evidence.objects.standing().filter(
        pilot__in=list(live), requirement=EVALUATION, kind__in=list(PLAYBOOK[EVALUATION].kinds)
    )
    dated_rows = evidence.order_by("dated").values_list("pilot_id", "dated")
    seen = {pk: dated for pk, dated in dated_rows if dated <= days[pk]}  # the newest stays
    told: dict[int, frozenset[str]] = {}
    late = [pk for pk, dated in seen.items() if dated < live[pk].changed_on]
    for day in sorted({days[pk] for pk in late}):
        told |= COMPUTED.met([pk for pk in late if days[pk] == day], today=day)
    return {
        pk: ProviderModel(
            label=live[pk].label,
            provider=live[pk].provider,
            changed_on=live[pk].changed_on,
            evaluated_on=dated,
            is_evaluated=EVALUATION in told.get(pk, ()),
        )
        for pk, dated in seen.items()
    }
