from datetime import timedelta

import pytest

from portfolio.jobs import INTEGRITY
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message, State
from portfolio.outbox.prune import KEPT
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
OLD, YOUNG = NOW - KEPT - timedelta(seconds=1), NOW - KEPT


def put(state: State, *, at, sent_at=None) -> None:
    key = f"{state.value}:{at}:{sent_at}"
    enqueue("test", key=key, at=at)
    Message.objects.filter(key=key).update(state=state.value, sent_at=sent_at)


def left() -> list[tuple[str, bool]]:
    rows = Message.objects.order_by("state", "queued_at")
    return [(row.state, row.queued_at == OLD) for row in rows]


def test_mail_that_is_settled_is_kept_for_ninety_days_and_what_waits_for_good():
    for at in (OLD, YOUNG):
        put(State.SENT, at=at, sent_at=at)
        for state in (State.SKIPPED, State.QUEUED, State.DEAD, State.HELD):
            put(state, at=at)
    put(State.SENT, at=OLD, sent_at=YOUNG)

    INTEGRITY.offer(NOW)

    assert left() == [
        ("dead", True),
        ("dead", False),
        ("held", True),
        ("held", False),
        ("queued", True),
        ("queued", False),
        ("sent", True),
        ("sent", False),
        ("skipped", False),
    ]


def test_mail_is_looked_through_once_for_each_run():
    INTEGRITY.offer(NOW)
    put(State.SENT, at=OLD, sent_at=OLD)

    INTEGRITY.offer(NOW)

    assert left() == [("sent", True)]
