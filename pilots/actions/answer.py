"""Takes what people answer by the link in their mail, and lets managers settle it.

A link proves nothing but that somebody has the mail. With a session of the very person it was sent to,
an answer takes effect at once; without one it is a request, and only a manager makes it count.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from pilots.access.models import Event, Movement, Source, User
from pilots.access.permissions import Deed, may
from pilots.actions.by import By, Reason, Refused
from pilots.actions.change import Change, changing, refuse_unstorable
from pilots.actions.decision import LONGEST_QUESTION, NewDecision, add_decision
from pilots.actions.event import event
from pilots.actions.log import NewLine, add_lines
from pilots.models import Answer, AnswerKind, Flag, LogKind, Pilot
from pilots.models.log import Going
from pilots.models.pilot import relations

LONGEST_TEXT, LONGEST_NAME = 4000, 200
# Whoever has a link can rewrite its request for ever; history, which nobody can shorten, tells it so often.
TOLD_EVERY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True)
class GivenAnswer:
    """What somebody answers. `named` is who blocks or can help, or whose it is instead."""

    pilot: Pilot
    person: User
    kind: AnswerKind
    flag: Flag | None = None
    text: str = ""
    named: str = ""
    signed_in: bool = False


def give_answer(given: GivenAnswer, *, by: By) -> Answer:
    """Take an answer: at once from whoever is signed in and may check in, as a request from anybody else.

    A second answer of a person on a pilot replaces the one that still waits. Raises `Pilot.DoesNotExist`
    when the person may no longer see the pilot.
    """
    _check(given)
    is_theirs = given.signed_in and by.user is not None and by.user.pk == given.person.pk
    by = By(user=by.user if is_theirs else None, at=by.at, source=Source.REPLY)
    with transaction.atomic():
        pilot = _lock(given)
        if pilot.is_ended:
            stage = pilot.at_stage.label.lower()
            raise Refused.because(f"It is {stage} meanwhile, so nothing is asked any longer.", code="ended")
        acts = is_theirs and may(Deed.CHECK_IN, relations(given.person, [pilot])[pilot.pk])
        if acts and given.kind is not AnswerKind.NOT_MINE:
            return _take_effect(given, pilot, by=by)
        return _request(given, pilot, by=by)


def _check(given: GivenAnswer) -> None:
    refuse_unstorable({"text": given.text, "named": given.named})
    reasons = [
        Reason(f"This has at most {limit:,} characters.", name, "length")
        for name, limit, words in (("text", LONGEST_TEXT, given.text), ("named", LONGEST_NAME, given.named))
        if len(words.strip()) > limit
    ]
    if given.kind is AnswerKind.BLOCKED and not given.named.strip():
        reasons.append(Reason("Say who or what it waits for.", "named", "required"))
    if reasons:
        raise Refused(reasons)


def _lock(given: GivenAnswer) -> Pilot:
    """Return the pilot as the person may see it, so that two answers of theirs come one after the other."""
    if not given.person.is_active:
        raise Pilot.DoesNotExist("The account of the person is closed.")
    visible = Pilot.objects.visible_to(given.person).select_related("program")
    return visible.select_for_update(of=("self",), no_key=True).get(pk=given.pilot.pk)


def _request(given: GivenAnswer, pilot: Pilot, *, by: By) -> Answer:
    """Keep the answer for a manager. Nothing else changes: no clock, no column of the pilot."""
    answer, is_worth_telling = _row(given, pilot, by=by)
    if is_worth_telling:
        told = event(
            "answer.given",
            by=by,
            program=pilot.program,
            pilot=pilot,
            subject=str(given.person),
            after=_told(answer),
        )
        Event.objects.bulk_create([told])
    return answer


def _row(given: GivenAnswer, pilot: Pilot, *, by: By) -> tuple[Answer, bool]:
    """Return the person's open answer as it now reads, and whether history has to tell of it."""
    fields = {
        "kind": given.kind.value,
        "text": given.text.strip(),
        "named": given.named.strip(),
        "was_signed_in": by.user is not None,
    }
    answer = Answer.objects.unconfirmed().filter(pilot=pilot, person=given.person).first()
    if answer is None:
        made = Answer.objects.create(
            pilot=pilot, person=given.person, flag=given.flag, given_at=by.at, **fields
        )
        return made, True
    if all(getattr(answer, name) == value for name, value in fields.items()):
        return answer, False
    by_link_again = not answer.was_signed_in and by.user is None
    for name, value in {**fields, "flag": given.flag, "given_at": by.at}.items():
        setattr(answer, name, value)
    answer.save(update_fields=[*fields, "flag", "given_at"])
    return answer, not (by_link_again and _told_lately(answer, by.at))


def _told_lately(answer: Answer, at: datetime) -> bool:
    """Return whether history told of this request within the hour; settling it tells how it read at last."""
    told = Event.objects.filter(verb="answer.given", pilot_id=answer.pilot_id, after__answer=answer.pk)
    return told.filter(at__gt=at - TOLD_EVERY).exists()


def _take_effect(given: GivenAnswer, pilot: Pilot, *, by: By) -> Answer:
    with changing([pilot], deed=Deed.CHECK_IN, by=by) as change:
        answer, _ = _row(given, pilot, by=by)
        _close(answer, accepted=True, by=by)
        change.record(
            change.pilots[pilot.pk],
            "answer.given",
            after=_told(answer),
            movement=Movement.HEARD,
        )
        EFFECTS[given.kind](change, answer, answer.text)
    return answer


def _told(answer: Answer) -> dict[str, Any]:
    return {
        "answer": answer.pk,
        "person": str(answer.person),
        "kind": answer.kind,
        "named": answer.named,
        "text": answer.text,
        "waits": answer.settled_at is None,
    }


def _close(answer: Answer, *, accepted: bool, by: By) -> None:
    answer.settled_at, answer.settled_by, answer.is_accepted = by.at, by.user, accepted
    answer.save(update_fields=["settled_at", "settled_by", "is_accepted"])


def settle_answer(answer: Answer, *, accept: bool, by: By, given_at: datetime | None = None) -> Answer:
    """Confirm what somebody answered, which does it in the manager's name, or set it aside.

    `given_at` is when the answer was given that the manager read: if the person answered anew since,
    nothing is settled. “Not mine” ends nobody's role; that is done on the people page.
    """
    with changing([answer.pilot], deed=Deed.CONFIRM_ANSWER, by=by) as change:
        pilot = change.pilots[answer.pilot_id]
        row = Answer.objects.select_related("person", "settled_by").get(pk=answer.pk, pilot=pilot)
        _check_open(row, given_at)
        if accept and pilot.is_ended:
            sentence = f"It is {pilot.at_stage.label.lower()} meanwhile. Set the answer aside."
            raise Refused.because(sentence, code="ended")
        _close(row, accepted=accept, by=by)
        effect = EFFECTS.get(AnswerKind(row.kind)) if accept else None
        change.record(
            pilot,
            "answer.settled",
            before=_told(row) | {"waits": True},
            after={"answer": row.pk, "accepted": accept},
            movement=Movement.HEARD if effect else Movement.NONE,
        )
        if effect:
            effect(change, row, in_words(row))
    row.pilot = pilot
    return row


def _check_open(row: Answer, given_at: datetime | None) -> None:
    if row.settled_at is not None:
        done = "confirmed it" if row.is_accepted else "set it aside"
        who = str(row.settled_by or "Headway")
        raise Refused.because(f"{who} has {done} already.", code="settled")
    if given_at is not None and row.given_at != given_at:
        raise Refused.because(
            f"{row.person} has answered anew since you opened this. Read the new answer first.",
            code="answered-anew",
        )


def in_words(answer: Answer) -> str:
    """Return an answer as the log quotes it."""
    kind = AnswerKind(answer.kind)
    said = f"blocked by {answer.named}" if kind is AnswerKind.BLOCKED else kind.label.lower()
    words = f"{said}. {answer.text}" if answer.text else f"{said}."
    return f"{answer.person} answered by mail: {words}"


def _say_moving(change: Change, answer: Answer, text: str) -> None:
    add_lines(change, [_line(change, answer, text, Going.MOVING)])


def _say_blocked(change: Change, answer: Answer, text: str) -> None:
    line = _line(change, answer, text, Going.BLOCKED)
    add_lines(change, [replace(line, blocked_by=answer.named)])


def _line(change: Change, answer: Answer, text: str, going: Going) -> NewLine:
    pilot = change.pilots[answer.pilot_id]
    return NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text=text[:LONGEST_TEXT], going=going)


def _propose_stop(change: Change, answer: Answer, text: str) -> None:
    """Ask the managers; nothing stops by it."""
    said = f" {answer.text}" if answer.text else ""
    question = f"Stop it? {answer.person} proposes it.{said}"
    if len(question) > LONGEST_QUESTION:
        question = f"{question[: LONGEST_QUESTION - 1]}…"
    new = NewDecision(pilot=change.pilots[answer.pilot_id], question=question, origin=f"answer:{answer.pk}")
    add_decision(change, new)


EFFECTS: dict[AnswerKind, Callable[[Change, Answer, str], None]] = {
    AnswerKind.MOVING: _say_moving,
    AnswerKind.BLOCKED: _say_blocked,
    AnswerKind.STOP: _propose_stop,
}
