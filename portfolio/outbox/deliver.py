"""Sends what is due: one message at a time, each written, sent and marked before the next is taken.

Between the server's 250 and our mark lies the one line where a kill repeats a mail; it then carries the
same Message-ID. Losing one there instead would go unnoticed.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from billiard.exceptions import SoftTimeLimitExceeded
from django.core.mail import EmailMessage
from django.db.models import F

from portfolio.outbox import kinds
from portfolio.outbox.claim import MOST_FAULTS, claim, mark, renew
from portfolio.outbox.failpoints import fp
from portfolio.outbox.kinds import Skip
from portfolio.outbox.letter import Undeliverable, mail_from
from portfolio.outbox.models import Message, State
from portfolio.outbox.route import Interrupted, Route, TurnedDown, Unreachable

logger = logging.getLogger(__name__)

MINUTE = timedelta(minutes=1)
PAUSES = (1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE)  # then an hour each
MOST_ATTEMPTS = 8
MOST_INTERRUPTIONS = 2


@dataclass
class Delivered:
    """What one round came to. `stopped` says why it ended early, or is empty."""

    sent: int = 0
    skipped: int = 0
    again: int = 0
    dead: int = 0
    stopped: str = ""


def pause_after(attempts: int) -> timedelta:
    """Return how long a message rests after its n-th attempt."""
    return PAUSES[min(attempts, len(PAUSES)) - 1]


def deliver(
    *, now: Callable[[], datetime], budget: timedelta, should_stop: Callable[[], bool] = lambda: False
) -> Delivered:
    """Send what is due until nothing is, the time is over, or nothing can be sent at all.

    A worker that is told to end says so by `should_stop`, which is asked between two messages.
    """
    ends, told, route = now() + budget, Delivered(), Route()
    interruptions = 0
    try:
        while not should_stop() and now() < ends and (message := claim(now())) is not None:
            fp("after_lease")
            try:
                _send(message, route, told, at=now())
            except Interrupted as error:
                interruptions += 1
                _again(message, str(error), told, at=now())
                # A server that took a mail just now may have a word with one recipient only.
                if interruptions == MOST_INTERRUPTIONS or not told.sent:
                    told.stopped = str(error)
                    break
            except Unreachable as error:
                _keep(message, str(error), at=now())
                told.stopped = str(error)
                break
            else:
                interruptions = 0
    finally:
        route.close()
    if told.stopped:
        logger.warning("Mail stopped: %s", told.stopped)
    return told


def _send(message: Message, route: Route, told: Delivered, *, at: datetime) -> None:
    """Write one message and send it; raises what concerns every other message too."""
    mail = _written(message, told, at=at)
    if mail is None:
        return
    route.open()
    if not renew(message):
        return  # somebody else has it: this worker was away for longer than its lease
    fp("before_send")
    try:
        route.send(mail)
    except TurnedDown as error:
        if error.is_final:
            _park(message, str(error), told)
        else:
            _again(message, str(error), told, at=at)
        return
    fp("after_send")
    mark(message, State.SENT, sent_at=at, last_error="")
    fp("after_mark")
    told.sent += 1


def _written(message: Message, told: Delivered, *, at: datetime) -> EmailMessage | None:
    """Return the mail, or None when what became of the message is settled without one."""
    try:
        letter = kinds.write(message, at)
        if not isinstance(letter, Skip):
            return mail_from(letter, message)
        mark(message, State.SKIPPED, last_error=letter.reason, skip_code=letter.code)
        told.skipped += 1
    except Undeliverable as error:
        _park(message, str(error), told)
    except SoftTimeLimitExceeded:
        raise  # not the message's doing: its lease runs out, and it is taken again
    except Exception as error:
        # Whatever a kind may raise: one bad message never stops the others.
        logger.exception("Could not write message %s of kind %s", message.pk, message.kind)
        _fault(message, f"It could not be written: {type(error).__name__}: {error}", told, at=at)
    return None


def _again(message: Message, error: str, told: Delivered, *, at: datetime) -> None:
    """Let the message rest, longer each time; park it after the last attempt."""
    if message.attempts >= MOST_ATTEMPTS:
        _park(message, error, told)
        return
    mark(message, State.QUEUED, next_try=at + pause_after(message.attempts), last_error=error)
    told.again += 1


def _keep(message: Message, error: str, *, at: datetime) -> None:
    """Put the message back without counting the attempt: it was never offered to anybody."""
    mark(
        message,
        State.QUEUED,
        attempts=F("attempts") - 1,
        next_try=at + MINUTE,
        last_error=error,
    )


def _fault(message: Message, error: str, told: Delivered, *, at: datetime) -> None:
    faults = message.faults + 1
    if faults >= MOST_FAULTS:
        _park(message, error, told, faults=faults)
        return
    mark(message, State.QUEUED, next_try=at + pause_after(faults), last_error=error, faults=faults)
    told.again += 1


def _park(message: Message, error: str, told: Delivered, **fields: int) -> None:
    mark(message, State.DEAD, last_error=error, **fields)
    told.dead += 1
    logger.error("Parked message %s of kind %s: %s", message.pk, message.kind, error)
