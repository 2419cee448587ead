"""Reads how pilots are made to run: twelve queries at most for any number of them, and of days if prepared.

Steps, decisions, evidence and versions count by their day, and the days on which the pilot was held or frozen
since count for none. Connections, and whether the record tells an evaluation, are read as they are today.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pilots.computed import COMPUTED
from pilots.design import ConnectionKind, ConnectionState, RolloutKind, RolloutOutcome
from pilots.floors import Floor
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
    groups = _Groups.of(facts)
    return _on(_read(groups, days=days), groups, days)


def prepare(pilots: Sequence[int], first: date, last: date) -> Floor:
    """Return a reader that answers in memory what `read` asks the database; twelve queries."""
    programs = dict(Pilot.objects.filter(pk__in=pilots).order_by("pk").values_list("pk", "program_id"))
    ids = list(programs)
    rows = _read(_Groups(programs, ids, ids, ids)) if ids else None

    def on(facts: Sequence[Facts], days: Mapping[int, date]) -> dict[int, object]:
        return _on(rows, _Groups.of(facts), days) if rows else {}

    return on


@dataclass(frozen=True)
class _Groups:
    """Which pilots are looked at, and of which of them what is asked."""

    there: Mapping[int, int]  # the program of each, by its id
    planned: Sequence[int]
    rolled: Sequence[int]
    few: Sequence[int]

    @classmethod
    def of(cls, facts: Sequence[Facts]) -> "_Groups":
        there = {fact.pilot_id: fact for fact in facts if is_there(fact, Stage.PILOTING)}
        return cls(
            there={pk: fact.program_id for pk, fact in there.items()},
            planned=[pk for pk, fact in there.items() if has_a_plan(fact)],
            rolled=[pk for pk, fact in there.items() if is_there(fact, Stage.TRANSITION)],
            few=[pk for pk, fact in there.items() if fact.stage is Stage.LIMITED],
        )


@dataclass(frozen=True)
class _Rows:
    """What the rows say of some pilots, whatever the day."""

    links: Mapping[int, Sequence[Link]]
    alone: Container[int]
    steps: Mapping[int, Sequence[RolloutStep]]
    decided: Mapping[int, Sequence[date]]
    waivers: Mapping[int, Sequence[Waiver]]
    pauses: Mapping[int, Pauses]
    live: Mapping[int, ModelVersion]
    evaluated: Mapping[int, Sequence[date]]  # the days of evidence, oldest first
    told: Mapping[int, frozenset[str]]  # what the record tells of those with a live version


def _read(groups: _Groups, *, days: Mapping[int, date] | None = None) -> _Rows:
    """Read the rows of these pilots; of models only what counts on their `days`, where these are known."""
    links = _links(groups.planned) if groups.planned else {}
    steps = _steps(groups.rolled) if groups.rolled else {}
    live = _live(list(groups.there), days) if groups.there else {}
    evaluated = _evaluated(list(live)) if live else {}
    decided = _decided(groups.few) if groups.few else {}
    wanted = {*groups.planned, *steps, *evaluated}
    timed = {pk: groups.there[pk] for pk in {*steps, *decided}}
    return _Rows(
        links=links,
        alone=set(_alone(groups.planned)) if groups.planned else set(),
        steps=steps,
        decided=decided,
        waivers=_waivers(wanted) if wanted else {},
        pauses=read_pauses(timed) if timed else {},
        live=live,
        evaluated=evaluated,
        told=_met(live, evaluated),
    )


def _on(rows: _Rows, groups: _Groups, days: Mapping[int, date]) -> dict[int, object]:
    steps = {pk: rows.steps[pk] for pk in groups.rolled if pk in rows.steps}
    models = {pk: model for pk in groups.there if (model := _model(rows, pk, days[pk]))}
    decided = {pk: on for pk in groups.few if (on := _until(rows.decided.get(pk, ()), days[pk]))}
    planned = set(groups.planned)
    found: dict[int, object] = {}
    for pk in {*planned, *steps, *models, *decided}:
        day, own = days[pk], steps.get(pk, ())
        pauses = _paused(rows.pauses.get(pk, NEVER), day)
        waivers = rows.waivers.get(pk, ()) if pk in planned or pk in steps or pk in models else ()
        found[pk] = Production(
            links=tuple(rows.links.get(pk, ())) if pk in planned else (),
            stands_alone=pk in planned and pk in rows.alone,
            steps=tuple(_told(own, pauses, day)),
            decided_on=_shifted([*_outcomes(own, day), *decided.get(pk, ())], pauses, day),
            model=models.get(pk),
            let_pass=frozenset(row.subject for row in waivers if row.until >= day),
            may_expand_early=_may_expand_early(waivers, own),
        )
    return found


def _until(days: Iterable[date], day: date) -> list[date]:
    return [on for on in days if on <= day]


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


def _paused(known: Pauses, day: date) -> Pauses:
    """Return what had paused a pilot by a day, holds that ended by then among it."""
    return Pauses([hold for hold in known.holds if hold.until and hold.until <= day], known.freezes)


def _shifted(found: Iterable[date], pauses: Pauses, day: date) -> date | None:
    """Return the last of these days, later by what paused the pilot since, as its other clocks are."""
    last = max(found, default=None)
    return last + timedelta(days=pauses.days(last, day)) if last else None


def _decided(ids: Sequence[int]) -> dict[int, list[date]]:
    """Return when other decisions about those pilots were made."""
    found: dict[int, list[date]] = {}
    rows = Decision.objects.filter(pilot__in=ids, decided_on__isnull=False).order_by("pk")
    for pk, on in rows.values_list("pilot_id", "decided_on"):
        if on is not None and pk is not None:
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


def _live(ids: Sequence[int], days: Mapping[int, date] | None) -> dict[int, ModelVersion]:
    """Return the live version of those that a provider may change."""
    rows = ModelVersion.objects.filter(pilot__in=ids, is_live=True, is_pinned=False).exclude(provider="")
    return {
        row.pilot_id: row
        for row in rows.order_by("pilot_id")
        if days is None or row.changed_on <= days[row.pilot_id]
    }


def _evaluated(ids: Sequence[int]) -> dict[int, list[date]]:
    evidence = Evidence.objects.standing().filter(
        pilot__in=ids, requirement=EVALUATION, kind__in=list(PLAYBOOK[EVALUATION].kinds)
    )
    found: dict[int, list[date]] = {}
    for pk, dated in evidence.order_by("dated").values_list("pilot_id", "dated"):
        found.setdefault(pk, []).append(dated)
    return found


def _met(
    live: Mapping[int, ModelVersion], evaluated: Mapping[int, Sequence[date]]
) -> dict[int, frozenset[str]]:
    """Return what the record tells of those with evidence older than their version, whatever the day."""
    late = [pk for pk, dated in evaluated.items() if dated[0] < live[pk].changed_on]
    return COMPUTED.met(late, today=max(live[pk].changed_on for pk in late)) if late else {}


def _model(rows: _Rows, pk: int, day: date) -> ProviderModel | None:
    """Return the version that was live on a day, where it or one before it was evaluated by then."""
    live, dated = rows.live.get(pk), _until(rows.evaluated.get(pk, ()), day)
    if live is None or live.changed_on > day or not dated:
        return None
    return ProviderModel(
        label=live.label,
        provider=live.provider,
        changed_on=live.changed_on,
        evaluated_on=dated[-1],
        is_evaluated=dated[-1] < live.changed_on and EVALUATION in rows.told.get(pk, ()),
    )
