"""What the people tab shows: every role and its meaning, who holds it, and the six seats."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from pilots.access.models import User
from pilots.access.permissions import SEATS, Deed, OwnerRole, may
from pilots.models import Owner, Ownership, Waiver
from pilots.readiness import in_force
from pilots.web.declined import declined
from pilots.web.head import ROLE_WORDS, PilotHead
from pilots.web.reach import accounts_apart, unreached
from pilots.web.spoken import ahead, days, spoken

LEAD = OwnerRole.PRODUCTION_OWNER
MEANINGS = {
    LEAD: (
        "The AI integration lead: the one person accountable for bringing it into production. "
        "Decides on edge cases, accuracy and shipping; has not built it."
    ),
    OwnerRole.BUSINESS_OWNER: "Owns the number that should move, and signs it.",
    OwnerRole.SPONSOR: "Stands up for it, releases money, and is asked when nobody else answers.",
    OwnerRole.TECHNICAL_LEAD: "Owns the system while it is a pilot.",
    OwnerRole.RUN_OWNER: "Watches it after launch: the number, drift, incidents.",
    OwnerRole.BUILDER: "Made the model. Not accountable in production.",
    OwnerRole.INFRASTRUCTURE: "Runs the machines below it. Not accountable in production.",
    OwnerRole.ON_CALL: "Is called when it fails.",
}
SEAT_ORDER = (
    OwnerRole.ENGINEERING,
    OwnerRole.OPERATIONS,
    OwnerRole.DATA_ENGINEERING,
    OwnerRole.SECURITY,
    OwnerRole.LEGAL,
    OwnerRole.BUSINESS,
)
# Who needs an authority in writing before they can settle anything (requirement rows S0-9, S1-9).
NEED_AUTHORITY = frozenset({LEAD, OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD, OwnerRole.SPONSOR})
NEED_MONEY = frozenset({OwnerRole.BUSINESS_OWNER, OwnerRole.TECHNICAL_LEAD, OwnerRole.SPONSOR})
ALWAYS_SHOWN = frozenset({LEAD, OwnerRole.RUN_OWNER} | NEED_MONEY)


@dataclass(frozen=True)
class Person:
    """One row: who it is, since when, what was agreed, and what the reader may do with it."""

    row: Ownership
    facts: str
    authority: str
    due: str
    is_late: bool
    deputy: "Person | None"
    is_readers: bool
    has_declined: bool
    gets_no_mail: bool
    has_account: bool
    may_edit: bool
    may_hand_over: bool
    may_end: bool

    @property
    def role(self) -> str:
        return self.row.role_in_words

    @property
    def has_menu(self) -> bool:
        return self.may_edit or self.may_hand_over or self.may_end


@dataclass(frozen=True)
class RolePart:
    """A role, what it means, and everybody who has it now."""

    code: str
    role: str
    meaning: str
    people: list[Person]
    without: str


@dataclass(frozen=True)
class Seat:
    """One of the six seats: who, what they deliver by when, or why nobody is needed."""

    code: str
    role: str
    people: list[Person]
    waiver: Waiver | None
    until: str

    @property
    def is_filled(self) -> bool:
        """Whether somebody sits there and it is known what they deliver (requirement row S1-11)."""
        return any(person.row.deliverable for person in self.people)


class PilotPeople:
    """The people of one pilot for one reader; the same queries for any number of them."""

    def __init__(self, head: PilotHead, reader: User) -> None:
        self._head, self._reader = head, reader
        self._rows = head.ownerships
        self.pilot = head.pilot

    @cached_property
    def roles(self) -> list[RolePart]:
        found = []
        for role, meaning in MEANINGS.items():
            people = self._people(role)
            if people or (role in ALWAYS_SHOWN and not self.pilot.is_ended) or role is LEAD:
                without = self._head.without_lead if role is LEAD else "Nobody is named."
                found.append(RolePart(role.value, ROLE_WORDS[role], meaning, people, without))
        return found

    @cached_property
    def seats(self) -> list[Seat]:
        waivers = self._waivers
        return [
            Seat(
                role.value,
                ROLE_WORDS[role],
                self._people(role),
                waiver := waivers.get(role.value),
                spoken(waiver.until, self._head.today) if waiver else "",
            )
            for role in SEAT_ORDER
        ]

    @property
    def seats_settled(self) -> str:
        settled = sum(seat.is_filled or seat.waiver is not None for seat in self.seats)
        return f"{settled} of {len(self.seats)} settled"

    @property
    def may_waive(self) -> bool:
        return may(Deed.WAIVE, self._head.relation) and not self.pilot.is_ended

    # --- Reading -----------------------------------------------------------------------

    @cached_property
    def _waivers(self) -> dict[str, Waiver]:
        """Return by seat why nobody is needed in it, as far as that holds today."""
        rows = Waiver.objects.filter(pilot=self.pilot, revoked_at__isnull=True, subject__startswith="seat:")
        known = {row.pk: row for row in rows.select_related("waived_by")}
        passes = in_force(known.values(), self._head.today)
        return {subject.removeprefix("seat:"): known[held.id] for subject, held in passes.items()}

    @cached_property
    def _declined(self) -> set[int]:
        return set(declined([row for row in self._rows if row.accepted_on is None]))

    @cached_property
    def addressed(self) -> set[int]:
        """The keys of the contacts whose address the reader may know."""
        named = Owner.objects.addressed_to(self._reader).filter(pk__in=[row.owner_id for row in self._rows])
        return set(named.values_list("pk", flat=True))

    @cached_property
    def _unreached(self) -> dict[int, bool]:
        """The keys of the contacts whom mail does not reach, where the reader may invite them.

        Each with whether they have an account that is not linked.
        """
        if not self._head.may_assign:
            return {}
        named = Owner.objects.filter(pk__in=[row.owner_id for row in self._rows])
        return accounts_apart(unreached(named).filter(user=None))

    @property
    def unreached_count(self) -> int:
        return len(self._unreached)

    # --- One person ---------------------------------------------------------------------

    def _people(self, role: OwnerRole) -> list[Person]:
        held = [row for row in self._rows if row.role == role.value]
        deputies = {row.deputises_id: row for row in held if row.deputises_id is not None}
        return [self._person(row, deputies.get(row.pk)) for row in held if row.deputises_id is None]

    def _person(self, row: Ownership, deputy: Ownership | None, *, is_held: bool = False) -> Person:
        is_readers = row.owner.user_id == self._reader.pk
        holds = is_readers and row.accepted_on is not None and row.owner.is_active
        runs, manages = not self.pilot.is_ended, self._head.may_assign
        is_deputy = row.deputises_id is not None
        due, is_late = _due(row, self._head.today)
        return Person(
            row=row,
            facts=self._facts(row),
            authority=self._authority(row),
            due=due,
            is_late=is_late,
            deputy=self._person(deputy, None, is_held=holds) if deputy else None,
            is_readers=is_readers,
            has_declined=row.pk in self._declined,
            gets_no_mail=row.owner_id in self._unreached,
            has_account=self._unreached.get(row.owner_id, False),
            may_edit=runs and not is_deputy and (manages or holds),
            may_hand_over=runs and not is_deputy and (manages or holds),
            may_end=manages or (is_deputy and is_held),
        )

    def _facts(self, row: Ownership) -> str:
        today = self._head.today
        parts = [row.owner.email] if row.owner.email and row.owner_id in self.addressed else []
        if row.ends_on is not None:
            parts.append(f"stands in until {spoken(row.ends_on, today)}")
        else:
            parts.append(f"since {spoken(row.since, today)}")
            if self._days_after_start(row):
                parts.append(f"named {days(self._days_after_start(row))} after day 1 of the plan")
        agreed = row.accepted_on
        parts.append(f"agreed on {spoken(agreed, today)}" if agreed else "has not agreed yet")
        if not row.owner.is_active:
            parts.append("not active any longer")
        if row.reason:
            parts.append(f"builds it too: {row.reason}")
        return " · ".join(parts)

    def _days_after_start(self, row: Ownership) -> int:
        """Return how long after the plan began a seat was taken; 0 for other roles, and where in time."""
        if OwnerRole(row.role) not in SEATS or self._head.plan is None:
            return 0
        return max((row.since - self._head.plan[0]).days, 0)

    def _authority(self, row: Ownership) -> str:
        role = OwnerRole(row.role)
        if row.deputises_id is not None:
            return ""
        parts = []
        if row.authority:
            parts.append(f"May decide: {row.authority}")
        elif role in NEED_AUTHORITY:
            parts.append("What they may decide is not written down")
        if row.budget_authority:
            parts.append(f"Money: {row.budget_authority}")
        elif role in NEED_MONEY:
            parts.append("What money they release is not known")
        return " · ".join(parts)


def _due(row: Ownership, today: date) -> tuple[str, bool]:
    """Return when a deliverable came or is due, and whether it is late."""
    if row.delivered_on is not None:
        late = (row.delivered_on - row.due_on).days if row.due_on else 0
        return (
            f"delivered {spoken(row.delivered_on, today)}{f', {days(late)} late' if late > 0 else ''}",
            False,
        )
    if row.due_on is None:
        return ("no day agreed", False) if row.deliverable else ("", False)
    return f"{spoken(row.due_on, today)}, {ahead(row.due_on, today)}", row.due_on < today
