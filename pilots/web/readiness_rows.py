"""Requirements of one pilot in words: how far each is, what shows it, what is missing and who can help."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from pilots.access.permissions import Deed, OwnerRole, Relation, may
from pilots.gates import Piece, Standing, State
from pilots.models import Evidence, Pilot, Waiver
from pilots.playbook import Audience
from pilots.web.named import CODE as NAMED
from pilots.web.spoken import any_of, days, spoken

STATE_WORDS = {
    State.NOT_STARTED: "Not started",
    State.PARTIAL: "Partly there",
    State.MET: "Met",
    State.MET_LATE: "Met late",
    State.WAIVED: "Waived",
    State.REOPENED: "Open again",
}
# Where what the record tells by itself is written down: words, and the page that takes it.
_PEOPLE = ("Name them", "pilots:pilot_people")
_DESCRIBE = ("Write it down", "pilots:pilot_edit")
_RECORD = ("To the production record", "pilots:pilot_production")
_NUMBER = ("To its KPIs", "pilots:pilot_kpis")
_MONEY = ("To its money", "pilots:pilot_money")
PLACES: dict[str, tuple[str, str]] = {
    "business-owner": _PEOPLE,
    "production-owner": _PEOPLE,
    "run-owner": _PEOPLE,
    "on-call": _PEOPLE,
    "metric-chosen": _NUMBER,
    "kpi-baseline": _NUMBER,
    "kpi-signed": _NUMBER,
    "three-kpis": _NUMBER,
    "real-readings": _NUMBER,
    "evaluation": _NUMBER,
    "latency-budget": _NUMBER,
    "cost-budget": _NUMBER,
    "production-budget": _MONEY,
    "run-budget": _MONEY,
    "serving-pattern": _DESCRIBE,
    "privacy-regime": _DESCRIBE,
    "integrations-listed": _RECORD,
    "contracts-agreed": _RECORD,
    "connections-tested": _RECORD,
    "live-source": _RECORD,
    "lineage": _RECORD,
    "access-reviewed": _RECORD,
    "rollout-planned": _RECORD,
    "shadow-result": _RECORD,
    "limited-live": ("Move it on", "pilots:pilot_move"),
}
ASK_THEM = "Ask them to accept, or name somebody else."
_AUDIENCE = {
    Audience.TEAM: "the team",
    Audience.FRIENDLY: "friendly testers",
    Audience.ORDINARY: "ordinary users",
}


def state_words(state: State) -> str:
    return STATE_WORDS[state]


@dataclass(frozen=True)
class EvidenceRow:
    """One piece of evidence; `why_not` says why it does not count, "" where it does."""

    evidence: Evidence
    kind: str
    audience: str
    dated: str
    who: str
    why_not: str
    may_withdraw: bool


@dataclass(frozen=True)
class RequirementRow:
    """One requirement of one pilot in words."""

    code: str
    title: str
    state: State
    told: str
    due: str
    is_late: bool
    missing: str
    next_action: str
    helpers: str
    waits: str
    evidence: list[EvidenceRow]
    caveat: str
    waiver: Waiver | None
    waived: str
    wait_id: int | None
    place: tuple[str, str] | None
    may_bring: bool
    may_waive: bool
    may_wait: bool
    may_revoke: bool

    @property
    def word(self) -> str:
        return state_words(self.state)

    @property
    def is_open(self) -> bool:
        return not self.state.lets_pass


class Rows:
    """Turns standings of one pilot into rows for one reader; asks the database nothing."""

    def __init__(
        self,
        pilot: Pilot,
        *,
        relation: Relation,
        owners: Mapping[OwnerRole, Sequence[str]],
        today: date,
        evidence: Mapping[int, Evidence],
        waivers: Mapping[int, Waiver],
        named: str = "",
    ) -> None:
        self._named = named  # that somebody was named to run it, and has not agreed yet
        self.waivers = waivers
        self._pilot, self._owners, self._today, self._evidence = pilot, owners, today, evidence
        self._brings = may(Deed.BRING_EVIDENCE, relation) and not pilot.is_ended
        self._waives = may(Deed.WAIVE, relation) and not pilot.is_ended

    def of(self, standings: Iterable[Standing]) -> list[RequirementRow]:
        return [self.row(standing) for standing in standings]

    def row(self, standing: Standing) -> RequirementRow:
        requirement, is_open = standing.requirement, not standing.state.lets_pass
        waiver = self.waivers.get(standing.waiver.id) if standing.waiver else None
        is_waited_for = is_open and standing.code == NAMED and bool(self._named)
        is_own = waiver is not None and waiver.subject == standing.code
        return RequirementRow(
            code=standing.code,
            title=requirement.title,
            state=standing.state,
            told=self._told(standing),
            due=self._due(standing),
            is_late=is_open and standing.days_late(self._today) > 0,
            missing=self._named if is_waited_for else requirement.missing,
            next_action=ASK_THEM if is_waited_for else requirement.next_action,
            helpers=self._helpers(requirement.unblockers),
            waits=self._waits(standing),
            evidence=self._pieces(standing),
            caveat=_caveat(standing),
            waiver=waiver if is_own else None,
            waived=self._waived(waiver) if is_own and waiver else "",
            wait_id=standing.waiting.id if standing.waiting else None,
            place=self._place(standing) if is_open and self._brings else None,
            may_bring=self._brings and not requirement.is_computed,
            may_waive=self._waives and is_open,
            may_wait=self._brings and is_open,
            may_revoke=self._waives and is_own,
        )

    def _told(self, standing: Standing) -> str:
        """Return how far it is, with the day where one is known."""
        word = state_words(standing.state)
        if standing.state.is_met and standing.met_on:
            late = standing.days_late(self._today)
            met = f"Met {spoken(standing.met_on, self._today)}"
            return f"{met}, {days(late)} late" if standing.state is State.MET_LATE and late else met
        if standing.state is State.WAIVED and standing.waiver:
            return f"Waived until {spoken(standing.waiver.until, self._today)}"
        return word

    def _due(self, standing: Standing) -> str:
        """Return its last day by the plan: “due Mon 16 Nov, 3 days late”."""
        if standing.due_on is None or standing.state.lets_pass:
            return ""
        late = standing.days_late(self._today)
        due = f"due {spoken(standing.due_on, self._today)}"
        return f"{due}, {days(late)} late" if late else due

    def _waits(self, standing: Standing) -> str:
        if standing.waiting is None:
            return ""
        since = standing.waiting.since
        passed = (self._today - since).days
        waited = f"since {spoken(since, self._today)}, {days(passed)}" if passed > 0 else "since today"
        note = f": {standing.waiting.note}" if standing.waiting.note else ""
        return f"waits for {standing.waiting.on.label} {waited}{note}"

    def _helpers(self, roles: Sequence[OwnerRole]) -> str:
        """Return who can unblock it: people by name, and which roles nobody has."""
        people = list(dict.fromkeys(name for role in roles for name in self._owners.get(role, ())))
        if people:
            return any_of(people)
        if not roles:
            return ""
        return f"{any_of([role.label.lower() for role in roles]).capitalize()}: nobody is named yet"

    def _pieces(self, standing: Standing) -> list[EvidenceRow]:
        counting = [self._piece(piece, "") for piece in standing.counting]
        return counting + [self._piece(piece, why) for piece, why in standing.beside]

    def _piece(self, piece: Piece, why_not: str) -> EvidenceRow:
        row = self._evidence[piece.id]
        return EvidenceRow(
            evidence=row,
            kind=piece.kind.label,
            audience=_AUDIENCE[piece.audience] if piece.audience else "",
            dated=spoken(piece.dated, self._today),
            who=row.brought_by.name if row.brought_by else "Headway",
            why_not=why_not,
            may_withdraw=self._brings,
        )

    def _waived(self, waiver: Waiver) -> str:
        who = waiver.waived_by.name if waiver.waived_by else "Headway"
        on = spoken(self._pilot.program.today(waiver.waived_at), self._today)
        return f"{who} waived it {on}: {waiver.reason}"

    def _place(self, standing: Standing) -> tuple[str, str] | None:
        place = PLACES.get(standing.code)
        if place is None:
            return None
        words, name = place
        if standing.code == NAMED and self._named:
            words = "See the people"
        return words, reverse(name, args=[self._pilot.key])


def _caveat(standing: Standing) -> str:
    """Return what to know of the evidence that counts: who has tried it (S4-28)."""
    if not standing.is_only_friendly:
        return ""
    tried = {piece.audience for piece in standing.counting if piece.audience}
    who = "friendly testers" if Audience.FRIENDLY in tried else "the team"
    return f"Only {who} tried it so far: ordinary users may do otherwise."
