"""The doors Celery knocks on: each task is one call and holds no rule."""

from django.utils import timezone

from pilots.actions.job import record_heartbeat
from portfolio.celery import app


@app.task(name="portfolio.ring")
def ring() -> None:
    """Do what is due this minute. Safe to run twice, late, or beside itself."""
    record_heartbeat(job="ring", at=timezone.now())
