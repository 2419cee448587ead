"""What the rules about people go by: who holds which role, and what waits for an answer. A plain module."""

from dataclasses import dataclass
from datetime import date

from pilots.access.roles import OwnerRole


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds a role now; deputies hold none."""

    role: OwnerRole
    owner_id: int
    since: date
    is_person: bool = True
    is_there: bool = True  # the contact is in use, and its account, where it has one, is open
    reason: str = ""  # why who makes it may own it
    has_authority: bool = False
    has_budget: bool = False
    has_deliverable: bool = False
    has_deputy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something that waits to be decided; both days are shifted by what paused the pilot since."""

    asked_on: date
    needed_by: date | None = None  # the day somebody set for it


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Who answers for one pilot, and what is known of them."""

    holders: tuple[Holder, ...] = ()
    let_pass: frozenset[str] = frozenset()  # requirements, gates and seats that are waived on the day
    has_plan: bool = False  # a plan was ever made here
    seats_since: date | None = None  # when the first seat was taken, or said to be needless
    # The last sign-in or deed of the production owner, shifted by pauses; None where nobody can know.
    lead_seen_on: date | None = None
    lead_paused: int = 0  # the days held or frozen since the production owner was named
    # Since when the production owner has led each pilot they lead now; confidential ones are in no count.
    lead_loads: tuple[date, ...] = ()
    production_on: date | None = None  # when it came to production, the earliest day it can have been
    run_left_on: date | None = None  # when the last run owner of those before was taken off
    questions: tuple[Question, ...] = ()

    def holding(self, *roles: OwnerRole) -> tuple[Holder, ...]:
        """Return who holds one of these roles and is there."""
        return tuple(holder for holder in self.holders if holder.role in roles and holder.is_there)

    @property
    def lead(self) -> Holder | None:
        """The production owner, there or not."""
        return next((row for row in self.holders if row.role is OwnerRole.PRODUCTION_OWNER), None)
