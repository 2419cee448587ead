"""The Celery application and everything that rings by itself.

Celery is a doorbell and the database is the memory: a ring carries no data, may come twice,
late or never, and what is due is computed from rows. So the schedule is one line, and a second
beat or a lost message changes nothing.
"""

import mmap
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready, worker_shutting_down

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")

app = Celery("portfolio", include=["portfolio.tasks"])
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    # A ring that waited a minute is worth nothing: the next one is there.
    "ring": {"task": "portfolio.ring", "schedule": 60.0, "options": {"expires": 60}},
}


@setup_logging.connect
def keep_our_logging(**_signal: Any) -> None:
    """Leave the logs to Django's LOGGING; Celery sets up its own only when nobody listens here."""


@worker_init.connect
def protect_history(**_signal: Any) -> None:
    """Refuse to work on a database whose history is not protected."""
    from pilots.access.guards import assert_guards  # noqa: PLC0415 -- models exist once Django is set up

    assert_guards()


@worker_ready.connect
def ring_at_start(**_signal: Any) -> None:
    """Catch up at once after a pause instead of waiting for beat's next minute."""
    app.send_task("portfolio.ring", expires=60)


# The worker hears that it is to stop; the child process that has the task in hand does not. So a byte of
# memory that both share is written by the one and read by the other.
_IS_STOPPING = mmap.mmap(-1, 1)


@worker_shutting_down.connect
def stop_soon(**_signal: Any) -> None:
    _IS_STOPPING[0] = 1


def is_stopping() -> bool:
    """Return whether this worker was told to end: whoever does many things stops between two."""
    return _IS_STOPPING[0] == 1
