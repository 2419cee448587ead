"""Reads what findings across the portfolio go by, from the pilots one reader sees; fixed queries."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Trim
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from kpis.models import Kpi, SignOff
from kpis.terms import KpiKind
from kpis.versions import is_signed
from pilots.chunks import in_chunks
from pilots.health import Health
from pilots.lifecycle import Stage
from pilots.models import Flag, PilotQuerySet, StageTransition
from pilots.models.cohort import Cohort, from_here_on
from pilots.replays import Then
from pilots.rules import RULES
from pilots.rules.time import waits_for_users
from portfolio.benchmarks.actions import shown
from portfolio.dashboards.benchmarks import MATURE, overlay
from portfolio.dashboards.funnel import count_funnel
from portfolio.findings.rules import (
    NAMED,
    RISES,
    SHARED,
    Finding,
    NotKnown,
    Signed,
    Told,
    Weight,
    ageing,
    by_spelling,
    conversion,
    shared,
)
from portfolio.findings.rules import spread_thin as spread


@dataclass(frozen=True)
class Findings:
    """What is so across the portfolio, and what cannot be said; each in the order of the rules."""

    found: list[Finding]
    not_known: list[NotKnown]

    @property
    def said(self) -> str:
        """Return “Across the portfolio: 1 warning, 2 to know”."""
        warnings = sum(one.weight is Weight.WARNING for one in self.found)
        told = len(self.found) - warnings
        parts = [f"{warnings} warning{'' if warnings == 1 else 's'}"] if warnings else []
        parts += [f"{told} to know"] if told else []
        if not parts:
            parts = [f"{len(self.not_known)} cannot be said yet"]
        return f"Across the portfolio: {', '.join(parts)}"


def read_findings(pilots: PilotQuerySet, *, at: datetime, program: str = "") -> Findings:
    """Return the findings over pilots that start from `visible_to(user)` and are in its totals.

    About 18 queries, and ten more for each thousand pilots that were proven. Confidential pilots must have
    been left out already.
    """
    today = timezone.localdate(at)
    told = [
        spread_thin(pilots),
        ageing(read_waits(pilots, today)),
        read_shared(pilots, at=at, program=program),
        read_conversion(pilots, today),
    ]
    return Findings(
        [one for one in told if isinstance(one, Finding)],
        [one for one in told if isinstance(one, NotKnown)],
    )


def spread_thin(pilots: PilotQuerySet) -> Told | None:
    running = pilots.active().filter(stage__in=[stage.value for stage in from_here_on(Stage.PILOTING)])
    of_pilot = Kpi.objects.in_use().filter(pilot=OuterRef("pk"), kind=KpiKind.BUSINESS.value)
    ever = SignOff.objects.filter(version__kpi__pilot__in=pilots.values("pk"))
    signing = set(ever.order_by().values_list("version__kpi__pilot__program", flat=True).distinct())
    rows = (
        running.alias(has_signed=Exists(of_pilot.filter(is_signed())))
        .order_by()
        .values_list("program")
        .annotate(pilots=Count("pk"), signed=Count("pk", filter=Q(has_signed=True)))
    )
    return spread([Signed(count, signed, program in signing) for program, count, signed in rows])


def read_waits(pilots: PilotQuerySet, today: date) -> dict[date, list[int]]:
    """Return how many days each proven pilot had waited for its first users at the last month-ends.

    A pilot waits as rule R-01 says it does.
    """
    ends = month_ends(today, RISES + 1)
    beyond = [stage.value for stage in from_here_on(Stage.LIMITED)]
    arrived = StageTransition.objects.filter(pilot=OuterRef("pk"), to_stage__in=beyond, latest_on__gt=ends[0])
    waited = (
        pilots.that_reached(Stage.PROVEN)
        .alias(users=F("reached_mask").bitand(Stage.LIMITED.bit))
        .filter(Q(users=0) | Exists(arrived))
    )
    found: dict[date, list[int]] = {day: [] for day in ends}
    for some in in_chunks(waited):
        then = Then(some, first=ends[0], last=ends[-1], floors=frozenset(), from_history=True)
        for day in ends:
            found[day] += (
                (day - facts.proven_clock).days
                for facts in then.on(day)
                if waits_for_users(facts) and facts.proven_clock
            )
    return found


def month_ends(today: date, count: int) -> list[date]:
    """Return the last days of the last months that are over, earliest first."""
    ends = []
    day = today.replace(day=1) - timedelta(days=1)
    for _ in range(count):
        ends.append(day)
        day = day.replace(day=1) - timedelta(days=1)
    return ends[::-1]


def read_shared(pilots: PilotQuerySet, *, at: datetime, program: str = "") -> Finding | None:
    """Count the flags that bear on health, by rule, and what people say blocks them; quiet days hold none."""
    judged = pilots.active().exclude(quiet_until__gte=timezone.localdate(at))
    flags = Flag.objects.counting(at).filter(pilot__in=judged.values("pk")).order_by()
    by_rule: dict[str, int] = {}
    keys: dict[str, str] = {}
    for code, subject, count in flags.values_list("rule", "subject").annotate(count=Count("pilot")):
        rule = RULES.of(code, subject)
        if rule is not None:
            by_rule[rule.title], keys[rule.title] = count, rule.key
    blocked = pilots.in_health(Health.BLOCKED).exclude(blocked_by="").order_by()
    spelled = blocked.annotate(words=Trim("blocked_by")).values_list("words").annotate(count=Count("pk"))
    found = shared(by_rule, by_spelling(spelled))
    often = sorted(((title, count) for title, count in by_rule.items() if count >= SHARED), key=_most)
    ways = ((title, count, _way(keys[title], program)) for title, count in often[:NAMED])
    return found and replace(found, ways=tuple(ways))


def _most(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _way(key: str, program: str) -> str:
    """Return where the pilots stand that a rule flags, whatever their health."""
    query = {"show": "flagged", "rule": key, **({"program": program} if program else {})}
    return f"{reverse('stalled:stalled')}?{urlencode(query)}"


def read_conversion(pilots: PilotQuerySet, today: date) -> Told | None:
    """Count as the funnel does: the pilots that began long enough ago to have arrived."""
    cohort = Cohort(today=today, matured_months=MATURE)
    funnel = count_funnel(pilots, cohort)
    compared = overlay(funnel, cohort, shown())
    return conversion(
        funnel.arrived,
        funnel.denominator,
        base=float(compared.benchmark.value),
        months=MATURE,
        absent=compared.absent,
        caveat=compared.benchmark.caveat,
    )
