"""Asks for decisions and settles them: asked first, then decided, by whom and on what authority.

Deciding is movement, and keeps the pilot as it is then; it does nothing else. Whoever decides to stop a
pilot then stops it on the move page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Movement, Program, User
from pilots.access.permissions import Deed, may, relation_to_program
from pilots.actions.bell import ring_soon
from pilots.actions.by import By, Forbidden, Reason, Refused
from pilots.actions.change import FORBIDDEN_WORDS, Change, changing, refuse_unstorable, require
from pilots.actions.event import event
from pilots.frozen import as_it_is
from pilots.models import Decision, Pilot

GO_ON, EXTEND, STOP = "Go on", "Extend", "Stop"
PROPOSED_OPTIONS = (GO_ON, EXTEND, STOP)
LONGEST_QUESTION, LONGEST_OPTION, LONGEST_REASON, MOST_OPTIONS = 300, 200, 4000, 8


@dataclass(frozen=True, kw_only=True)
class NewDecision:
    """A question about a pilot, or about a program where there is no pilot.

    No options means that the answer is free. No decider means any manager. `origin` names what asks where
    no person does, as `flag:12` or `answer:7`: it asks once while its question waits.
    """

    question: str
    pilot: Pilot | None = None
    program: Program | None = None
    options: Sequence[str] = PROPOSED_OPTIONS
    decider: User | None = None
    needed_by: date | None = None
    origin: str = ""


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What somebody decides. `decided_on` is None for today."""

    decision: Decision
    choice: str
    reason: str = ""
    authority: str = ""
    decided_on: date | None = None


def ask_decision(new: NewDecision, *, by: By) -> Decision:
    return ask_decisions([new], by=by)[0]


def ask_decisions(news: Sequence[NewDecision], *, by: By) -> list[Decision]:
    """Ask each question, or none of them; one whose origin has asked already is returned as it waits.

    Raises `Refused` for a question nobody could settle as it stands, and `Forbidden` for whoever may not ask.
    """
    of_pilots = [new.pilot for new in news if new.pilot is not None]
    with changing(of_pilots, deed=Deed.ASK_DECISION, by=by) as change:
        return [
            add_decision(change, new) if new.pilot is not None else _ask_of_program(new, by=by)
            for new in news
        ]


def add_decision(change: Change, new: NewDecision) -> Decision:
    """Ask about a pilot as part of a change of it; the caller has asked the permission."""
    if new.pilot is None:
        raise ValueError("Name the pilot.")
    pilot = change.pilots[new.pilot.pk]
    waiting = Decision.objects.waiting().filter(pilot=pilot, origin=new.origin)
    known = waiting.first() if new.origin else None
    if known is not None:
        return known
    _check(new, today=change.by.today(pilot.program), sees=Pilot.objects, pk=pilot.pk)
    decision = _create(new, program=pilot.program, pilot=pilot, by=change.by)
    change.record(pilot, "decision.asked", after=_asked(decision))
    return decision


def _ask_of_program(new: NewDecision, *, by: By) -> Decision:
    if new.program is None:
        raise Refused.because("Say which pilot or program it is about.", field="pilot", code="required")
    program = Program.objects.select_for_update(no_key=True).get(pk=new.program.pk)
    relation = relation_to_program(by.user, program)
    if not may(Deed.SEE, relation):
        raise Program.DoesNotExist("The program is not visible to the person who asked.")
    require(Deed.ASK_DECISION, relation)
    waiting = Decision.objects.waiting().filter(program=program, pilot__isnull=True, origin=new.origin)
    known = waiting.first() if new.origin else None
    if known is not None:
        return known
    _check(new, today=by.today(program), sees=Program.objects, pk=program.pk)
    decision = _create(new, program=program, pilot=None, by=by)
    Event.objects.bulk_create([event("decision.asked", by=by, program=program, after=_asked(decision))])
    return decision


def _create(new: NewDecision, *, program: Program, pilot: Pilot | None, by: By) -> Decision:
    ring_soon()
    return Decision.objects.create(
        program=program,
        pilot=pilot,
        question=new.question.strip(),
        options=[option.strip() for option in new.options],
        decider=new.decider,
        needed_by=new.needed_by,
        asked_by=by.user,
        asked_at=by.at,
        origin=new.origin,
    )


def _asked(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.pk,
        "question": decision.question,
        "options": decision.options,
        "decider": str(decision.decider or ""),
        "needed_by": str(decision.needed_by or ""),
    }


def _check(new: NewDecision, *, today: date, sees: Any, pk: int) -> None:
    refuse_unstorable({"question": new.question})
    for option in new.options:
        refuse_unstorable({"options": option})
    reasons = [*_question_faults(new.question), *_option_faults(new.options)]
    if new.needed_by is not None and new.needed_by < today:
        reasons.append(
            Reason("Choose today or a later day: nobody can decide it before.", "needed_by", "past")
        )
    if new.decider is not None and not (
        new.decider.is_active and sees.visible_to(new.decider).filter(pk=pk).exists()
    ):
        about = "pilot" if sees is Pilot.objects else "program"
        reasons.append(
            Reason(f"{new.decider} cannot see this {about}. Name somebody who can.", "decider", "cannot-see")
        )
    if reasons:
        raise Refused(reasons)


def _question_faults(question: str) -> list[Reason]:
    if not question.strip():
        return [Reason("Write the question in a sentence.", "question", "required")]
    if len(question.strip()) > LONGEST_QUESTION:
        return [Reason(f"A question has at most {LONGEST_QUESTION} characters.", "question", "length")]
    return []


def _option_faults(options: Sequence[str]) -> list[Reason]:
    words = [option.strip() for option in options]
    sentence, code = "", ""
    if len(words) == 1:
        sentence, code = "Give at least two answers to choose from, or none for a free answer.", "too-few"
    elif len(words) > MOST_OPTIONS:
        sentence, code = f"Give at most {MOST_OPTIONS} answers to choose from.", "too-many"
    elif not all(words):
        sentence, code = "One of the answers is empty. Write it or take it out.", "required"
    elif len({word.casefold() for word in words}) < len(words):
        sentence, code = "Two of the answers are the same. Take one out.", "repeated"
    elif any(len(word) > LONGEST_OPTION for word in words):
        sentence, code = f"An answer has at most {LONGEST_OPTION} characters.", "length"
    return [Reason(sentence, "options", code)] if sentence else []


def may_decide(decision: Decision, user: User) -> bool:
    """Return whether a person who sees a decision may settle it; costs at most one query."""
    if decision.decider_id == user.pk:
        return True
    return may(Deed.DECIDE, relation_to_program(user, decision.program))


def decide(settlement: Settlement, *, by: By) -> Decision:
    """Settle a decision: managers may, and whoever it was asked of while they see what it is about.

    Raises `Decision.DoesNotExist` for one the person cannot see, and `Refused` when somebody decided
    first: it then says who, and what.
    """
    read = settlement.decision
    with transaction.atomic():
        if read.pilot is None:
            return _decide_of_program(settlement, by=by)
        _find(read, by=by)
        with changing([read.pilot], deed=Deed.SEE, by=by) as change:
            pilot = change.pilots[read.pilot.pk]
            decision = _lock(read, by=by)
            _require(decision, by=by)
            frozen = as_it_is(pilot, at=by.at)
            _settle(decision, settlement, by=by, frozen=frozen)
            change.record(
                pilot,
                "decision.decided",
                before={"question": decision.question},
                after=_decided(decision),
                reason=decision.reason,
                movement=Movement.MOVED,
            )
    return decision


def _decide_of_program(settlement: Settlement, *, by: By) -> Decision:
    decision = _lock(settlement.decision, by=by)
    _require(decision, by=by)
    _settle(decision, settlement, by=by)
    told = event(
        "decision.decided",
        by=by,
        program=decision.program,
        before={"question": decision.question},
        after=_decided(decision),
        reason=decision.reason,
    )
    Event.objects.bulk_create([told])
    return decision


def _find(read: Decision, *, by: By) -> None:
    if not Decision.objects.visible_to(by.user).filter(pk=read.pk).exists():
        raise Decision.DoesNotExist("The decision is gone, or not visible to the person who asked.")


def _lock(read: Decision, *, by: By) -> Decision:
    visible = Decision.objects.visible_to(by.user).select_related("program", "pilot", "decider", "decided_by")
    return visible.select_for_update(of=("self",), no_key=True).get(pk=read.pk)


def require_to_decide(decision: Decision, user: User) -> None:
    """Raise `Forbidden` with a sentence that says who could."""
    if not may_decide(decision, user):
        raise Forbidden(f"You may not {FORBIDDEN_WORDS[Deed.DECIDE]}.")


def _require(decision: Decision, *, by: By) -> None:
    if by.user is not None:
        require_to_decide(decision, by.user)


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "decision": decision.pk,
        "choice": decision.choice,
        "authority": decision.authority,
        "decided_on": str(decision.decided_on),
    }


def _settle(
    decision: Decision, settlement: Settlement, *, by: By, frozen: Mapping[str, Any] | None = None
) -> None:
    if decision.is_decided:
        who = str(decision.decided_by or "Headway")
        raise Refused.because(f"{who} has decided it already: “{decision.choice}”.", code="decided")
    today = by.today(decision.program)
    choice = _choice(decision, settlement.choice)
    _check_settlement(decision, settlement, choice, today)
    decision.choice = choice
    decision.reason = settlement.reason.strip()
    decision.authority = settlement.authority.strip()
    decision.decided_on = settlement.decided_on or today
    decision.decided_at = max(by.at, decision.asked_at)
    decision.decided_by = by.user
    decision.frozen = dict(frozen or {})
    decision.save(
        update_fields=["choice", "reason", "authority", "decided_on", "decided_at", "decided_by", "frozen"]
    )


def _choice(decision: Decision, text: str) -> str:
    """Return the option as it was written when it was asked."""
    wanted = text.strip()
    known = {str(option).casefold(): str(option) for option in decision.options}
    return known.get(wanted.casefold(), wanted)


def _check_settlement(decision: Decision, settlement: Settlement, choice: str, today: date) -> None:
    texts = {"choice": choice, "reason": settlement.reason, "authority": settlement.authority}
    refuse_unstorable(texts)
    reasons = []
    if not choice or (decision.options and choice not in decision.options):
        words = " · ".join(str(option) for option in decision.options)
        sentence = f"Choose one of: {words}." if words else "Write what is decided."
        reasons.append(Reason(sentence, "choice", "choice"))
    limits = {"choice": LONGEST_OPTION, "reason": LONGEST_REASON, "authority": LONGEST_OPTION}
    reasons += [
        Reason(f"This has at most {limit:,} characters.", name, "length")
        for name, limit in limits.items()
        if len(texts[name].strip()) > limit
    ]
    if settlement.decided_on is not None:
        asked_on = decision.program.today(decision.asked_at)
        if not asked_on <= settlement.decided_on <= today:
            reasons.append(
                Reason("Choose a day from when it was asked until today.", "decided_on", "out-of-range")
            )
    if reasons:
        raise Refused(reasons)
