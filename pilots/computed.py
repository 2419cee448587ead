"""The requirements that the record itself can tell, each one condition over pilots.

The gate, the page and the count of a portfolio use the same condition. Upper floors register theirs when
the site starts; a code of the playbook without one, or one without a code, stops the start.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.models import BooleanField, Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.lookups import GreaterThan

from pilots.access.permissions import OwnerRole
from pilots.design import ConnectionKind, ConnectionState, RolloutKind
from pilots.lifecycle import Stage
from pilots.models.ownership import OwnerKind, Ownership, OwnershipQuerySet
from pilots.models.pilot import Pilot
from pilots.models.production import Connection, ConnectionQuerySet, RolloutStep
from pilots.playbook import PLAYBOOK

REVIEWED_FOR = timedelta(days=365)
Condition = Callable[[date], Q]
Until = Callable[[Sequence[int]], dict[int, date]]


class ComputedRequirements:
    """A condition for each computed requirement, by its code."""

    def __init__(self) -> None:
        self._conditions: dict[str, Condition] = {}
        self._until: dict[str, Until] = {}

    def add(self, code: str, condition: Condition, *, until: Until | None = None) -> None:
        """Register a condition. One that goes by the day it is asked of tells by `until` the last such day.

        `until` takes ids and returns it by pilot; one that is left out meets it on no day.
        """
        if code in self._conditions:
            raise ValueError(f"“{code}” has a condition already.")
        self._conditions[code] = condition
        if until is not None:
            self._until[code] = until

    def until(self, ids: Sequence[int]) -> dict[int, dict[str, date]]:
        """Return up to which day each pilot meets those that go by the day, by its id and their codes."""
        found: dict[int, dict[str, date]] = {}
        for code, read in self._until.items():
            for pk, day in read(ids).items():
                found.setdefault(pk, {})[code] = day
        return found

    @property
    def by_day(self) -> frozenset[str]:
        """The codes of those that go by the day."""
        return frozenset(self._until)

    def met(self, ids: Sequence[int], *, today: date) -> dict[int, frozenset[str]]:
        """Return which of them each pilot meets, by its id; one query for any number of pilots."""
        if not ids:
            return {}
        codes, sql, params = self._statement(today, len(ids), connection.vendor)
        with connection.cursor() as cursor:
            cursor.execute(sql, [*params, *ids])
            rows = cursor.fetchall()
        return {
            pk: frozenset(code for code, is_met in zip(codes, answers, strict=True) if is_met)
            for pk, *answers in rows
        }

    @lru_cache(maxsize=256)  # noqa: B019 -- there is one registry, for as long as the process lives
    def _statement(self, today: date, count: int, vendor: str) -> tuple[list[str], str, tuple[Any, ...]]:
        """Return the codes, and the query with its parameters but for the ids, which come last.

        Building it costs ten times what running it does, so a day's is built once.
        """
        codes = sorted(self._conditions)
        told = {
            f"met_{place}": Case(
                When(self._conditions[code](today), then=Value(value=True)),
                default=Value(value=False),
                output_field=BooleanField(),
            )
            for place, code in enumerate(codes)
        }
        wanted = list(range(-count, 0))
        rows = Pilot.objects.filter(pk__in=wanted).annotate(**told).values_list("pk", *told)
        sql, params = rows.query.sql_with_params()
        if list(params[-count:]) != wanted:
            raise AssertionError("The ids no longer come last in this query.")
        return codes, sql, params[:-count]

    def assert_complete(self, expected: Iterable[str]) -> None:
        wanted, there = set(expected), set(self._conditions)
        if wanted != there:
            odd = ", ".join(sorted(wanted ^ there))
            raise ImproperlyConfigured(f"Playbook and computed requirements differ: {odd}.")


COMPUTED = ComputedRequirements()


def assert_computed() -> None:
    """Raise `ImproperlyConfigured` unless every computed requirement of the playbook has its condition."""
    COMPUTED.assert_complete(code for code, requirement in PLAYBOOK.items() if requirement.has_condition)


# --- People -------------------------------------------------------------------------


def _held(role: OwnerRole) -> OwnershipQuerySet:
    """Return who holds a role now; a deputy stands in for somebody and holds nothing."""
    there = Ownership.objects.active().principals().there()
    return there.filter(pilot=OuterRef("pk"), role=role.value)


def _has(role: OwnerRole) -> Condition:
    return lambda today: Q(Exists(_held(role)))


def _run_owner(today: date) -> Q:
    agreed = _held(OwnerRole.RUN_OWNER).filter(accepted_on__isnull=False, owner__kind=OwnerKind.PERSON.value)
    return Q(Exists(agreed))


COMPUTED.add("business-owner", _has(OwnerRole.BUSINESS_OWNER))
COMPUTED.add("production-owner", _has(OwnerRole.PRODUCTION_OWNER))
COMPUTED.add("on-call", _has(OwnerRole.ON_CALL))
COMPUTED.add("run-owner", _run_owner)

# --- How it is made -----------------------------------------------------------------

COMPUTED.add("serving-pattern", lambda today: ~Q(serving_pattern=""))
COMPUTED.add("privacy-regime", lambda today: ~Q(regime=""))

# --- Connections --------------------------------------------------------------------

STANDS_ALONE = ~Q(stands_alone_because="")


def _connections(**fields: object) -> ConnectionQuerySet:
    return Connection.objects.filter(pilot=OuterRef("pk"), **fields)


def _every(rows: QuerySet[Connection], lacking: Q) -> Q:
    """Say that there is one, and none lacks something."""
    return Q(Exists(rows)) & ~Q(Exists(rows.filter(lacking)))


def _sources() -> ConnectionQuerySet:
    return _connections(kind=ConnectionKind.SOURCE.value)


LINEAGE = ("origin", "transformations", "approved_by", "constraints")


def _lineage(today: date) -> Q:
    lacking = Q()
    for part in LINEAGE:
        lacking |= Q(**{part: ""})
    return _every(_sources(), lacking)


def _access_reviewed(today: date) -> Q:
    lacking = Q(access_reviewed_on__isnull=True) | Q(access_reviewed_on__lt=today - REVIEWED_FOR)
    return _every(_sources(), lacking)


def _access_reviewed_until(ids: Sequence[int]) -> dict[int, date]:
    rows = Connection.objects.filter(pilot__in=ids, kind=ConnectionKind.SOURCE.value)
    reviewed = rows.order_by("pilot_id").values_list("pilot_id", "access_reviewed_on")
    first: dict[int, date] = {}
    never = set()
    for pk, on in reviewed:
        if on is None:
            never.add(pk)
        else:
            first[pk] = min(on, first.get(pk, on))
    return {pk: on + REVIEWED_FOR for pk, on in first.items() if pk not in never}


def _live_source(today: date) -> Q:
    working = [ConnectionState.CONNECTED.value, ConnectionState.TESTED.value]
    return Q(Exists(_sources().filter(is_live=True, state__in=working)))


COMPUTED.add("integrations-listed", lambda today: Q(Exists(_connections())) | STANDS_ALONE)
COMPUTED.add(
    "contracts-agreed",
    lambda today: _every(_connections(), Q(contract_agreed_on__isnull=True)) | STANDS_ALONE,
)
COMPUTED.add(
    "connections-tested",
    lambda today: _every(_connections(), ~Q(state=ConnectionState.TESTED.value)) | STANDS_ALONE,
)
COMPUTED.add("live-source", _live_source)
COMPUTED.add("lineage", _lineage)
COMPUTED.add("access-reviewed", _access_reviewed, until=_access_reviewed_until)

# --- Rollout ------------------------------------------------------------------------


def _rollout_planned(today: date) -> Q:
    small = RolloutStep.objects.filter(
        pilot=OuterRef("pk"), kind__in=[RolloutKind.SHADOW.value, RolloutKind.CANARY.value]
    )
    return Q(Exists(small.filter(ends_on__isnull=False).exclude(rollback_when="")))


def _shadow_result(today: date) -> Q:
    shadows = RolloutStep.objects.filter(pilot=OuterRef("pk"), kind=RolloutKind.SHADOW.value)
    return Q(Exists(shadows.exclude(result="")))


def _limited_live(today: date) -> Q:
    return Q(GreaterThan(F("reached_mask").bitand(Stage.LIMITED.bit), 0))


COMPUTED.add("rollout-planned", _rollout_planned)
COMPUTED.add("shadow-result", _shadow_result)
COMPUTED.add("limited-live", _limited_live)
