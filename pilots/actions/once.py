"""Does what a request asks for once, however often it is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from pilots.access.models import IdempotencyKey, User

KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    """What was answered: the status, the headers worth repeating, the body as text."""

    status: int
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks, under which key, and the digest of what they ask for."""

    user: User
    caller: str
    key: str
    digest: str
    at: datetime


class OtherRequest(Exception):
    """The key was used before, for something else."""

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was sent with another request. Take a new key for a new request."
        )


def answer_once(asked: Asked, act: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Return the answer and whether it is a repetition; `act` runs for the first of equal requests only.

    The key is stored in the transaction of what `act` does: of two at once the second waits for the
    first, and when `act` raises, or the process dies, neither key nor effect is left behind.
    """
    with transaction.atomic():
        IdempotencyKey.objects.filter(user=asked.user, kept_at__lt=asked.at - KEPT).delete()
        row, is_new = IdempotencyKey.objects.get_or_create(
            user=asked.user,
            caller=asked.caller,
            key=asked.key,
            defaults={"digest": asked.digest, "kept_at": asked.at},
        )
        if not is_new:
            if row.digest != asked.digest:
                raise OtherRequest
            return Answer(row.status, row.headers, row.body), True
        answer = act()
        row.status, row.headers, row.body = answer.status, answer.headers, answer.body
        row.save(update_fields=["status", "headers", "body"])
    return answer, False
