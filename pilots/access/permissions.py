"""Who may do what to a pilot: one table of predicates (docs/glossary.md, "Relation").

A predicate reads a `Relation`, which holds everything about one person and one pilot that matters.
Whoever may not see a pilot may do nothing with it. Pages, API and templates all ask `may`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from pilots.access.models.program import Program, Role
from pilots.access.models.user import User
from pilots.access.roles import SEATS, OwnerRole

__all__ = [
    "MAY",
    "SEATS",
    "Deed",
    "OwnerRole",
    "Relation",
    "may",
    "may_create_in",
    "may_name_members",
    "relation_to_program",
    "roles_anywhere",
    "runs_the_site",
]


class Deed(StrEnum):
    """What a person can ask to do with one pilot."""

    SEE = "see"
    CREATE = "create"
    CREATE_IDEA = "create_idea"
    EDIT = "edit"
    CHECK_IN = "check_in"
    MOVE = "move"
    HOLD = "hold"
    STOP = "stop"
    ASSIGN_OWNERS = "assign_owners"
    MARK_CONFIDENTIAL = "mark_confidential"
    IMPORT = "import"
    PLAN = "plan"
    SNOOZE = "snooze"
    ASK_DECISION = "ask_decision"
    DECIDE = "decide"
    CONFIRM_ANSWER = "confirm_answer"
    SET_LIMITS = "set_limits"
    INVITE = "invite"
    DEFINE_FIELDS = "define_fields"
    BRING_EVIDENCE = "bring_evidence"
    APPROVE_GATE = "approve_gate"
    WAIVE = "waive"
    HAND_OVER = "hand_over"
    CONFIGURE = "configure"
    MEASURE = "measure"
    SIGN_KPI = "sign_kpi"
    ENTER_MONEY = "enter_money"
    CHECK_BENEFIT = "check_benefit"
    CONCLUDE = "conclude"


@dataclass(frozen=True, kw_only=True)
class Relation:
    """How one person stands to one pilot (or, before it exists, to its program)."""

    program_role: Role | None = None
    owner_roles: frozenset[OwnerRole] = frozenset()
    is_executive: bool = False
    is_administrator: bool = False
    is_confidential: bool = False
    is_system: bool = False


def _contributes(relation: Relation) -> bool:
    return relation.program_role in {Role.CONTRIBUTOR, Role.MANAGER}


def _manages(relation: Relation) -> bool:
    return relation.program_role is Role.MANAGER


def _sees(relation: Relation) -> bool:
    if _manages(relation) or relation.owner_roles:
        return True
    if relation.is_confidential:
        return False
    return relation.program_role is not None or relation.is_executive or relation.is_administrator


def _answers_for(role: OwnerRole) -> Callable[[Relation], bool]:
    return lambda relation: _manages(relation) or role in relation.owner_roles


def _settles_gates(relation: Relation) -> bool:
    return _manages(relation) or bool(relation.owner_roles & (SEATS | {OwnerRole.SPONSOR}))


MAY: dict[Deed, Callable[[Relation], bool]] = {
    Deed.SEE: _sees,
    Deed.CREATE: _manages,
    Deed.CREATE_IDEA: _contributes,
    Deed.EDIT: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    Deed.CHECK_IN: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    Deed.MOVE: _answers_for(OwnerRole.PRODUCTION_OWNER),
    Deed.HOLD: _answers_for(OwnerRole.PRODUCTION_OWNER),
    Deed.STOP: _answers_for(OwnerRole.SPONSOR),
    Deed.ASSIGN_OWNERS: _manages,
    Deed.MARK_CONFIDENTIAL: _manages,
    Deed.IMPORT: lambda relation: _manages(relation) or relation.is_administrator,
    Deed.PLAN: _answers_for(OwnerRole.PRODUCTION_OWNER),
    Deed.SNOOZE: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    Deed.ASK_DECISION: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    # Whoever is named as decider may too: `actions.decision` asks who that is.
    Deed.DECIDE: _manages,
    Deed.CONFIRM_ANSWER: _manages,
    Deed.SET_LIMITS: lambda relation: _manages(relation) or relation.is_administrator,
    Deed.INVITE: _manages,
    Deed.DEFINE_FIELDS: lambda relation: _manages(relation) or relation.is_administrator,
    Deed.BRING_EVIDENCE: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    Deed.APPROVE_GATE: _settles_gates,
    Deed.WAIVE: _settles_gates,
    # Whoever accepted a role may hand it over too: `actions.hand_over` asks whose it is.
    Deed.HAND_OVER: _manages,
    Deed.CONFIGURE: lambda relation: _manages(relation) or relation.is_administrator,
    Deed.MEASURE: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    # The number is the business owner's to agree to; what was signed on paper a manager may note.
    Deed.SIGN_KPI: lambda relation: OwnerRole.BUSINESS_OWNER in relation.owner_roles or _manages(relation),
    Deed.ENTER_MONEY: lambda relation: _contributes(relation) or bool(relation.owner_roles),
    # Never of one's own entry: `actions.ledger` asks whose it is.
    Deed.CHECK_BENEFIT: lambda relation: (
        _manages(relation)
        or relation.is_executive
        or bool(relation.owner_roles & {OwnerRole.SPONSOR, OwnerRole.BUSINESS_OWNER})
    ),
    Deed.CONCLUDE: lambda relation: (
        _manages(relation)
        or bool(
            relation.owner_roles
            & {OwnerRole.PRODUCTION_OWNER, OwnerRole.RUN_OWNER, OwnerRole.BUSINESS_OWNER, OwnerRole.SPONSOR}
        )
    ),
}


def may(deed: Deed, relation: Relation) -> bool:
    return relation.is_system or (_sees(relation) and MAY[deed](relation))


def relation_to_program(user: User | None, program: Program) -> Relation:
    """Return how a person stands to a program; costs one query."""
    if user is None:
        return Relation(is_system=True)
    membership = user.memberships.filter(program=program).first()
    return Relation(
        program_role=Role(membership.role) if membership else None,
        is_executive=user.is_executive,
        is_administrator=user.is_administrator,
    )


def may_create_in(user: User) -> bool:
    """Return whether there is any program in which this person may log a pilot; costs one query."""
    return Program.objects.where(user, Role.CONTRIBUTOR, Role.MANAGER).exists()


def runs_the_site(user: User | None) -> bool:
    """Return whether somebody may open accounts and programs; a token with limits may not."""
    return user is None or (user.is_administrator and user.reach is None)


def may_name_members(user: User | None, program: Program) -> bool:
    """Return whether somebody decides who is in a program; costs one query."""
    return Program.objects.run_by(user).filter(pk=program.pk).exists()


def roles_anywhere(user: User) -> set[Role]:
    """Return the roles a person holds in one program or another; costs one query."""
    visible = Program.objects.visible_to(user).values("pk")
    return {
        Role(role) for role in user.memberships.filter(program__in=visible).values_list("role", flat=True)
    }
