"""The doors Celery knocks on: each task is one call and holds no rule."""

from django.utils import timezone

from portfolio.celery import app, is_stopping
from portfolio.ringing import ring as do_what_is_due


@app.task(name="portfolio.ring")
def ring() -> None:
    """Do what is due this minute. Safe to run twice, late, or beside itself."""
    do_what_is_due(timezone.now, should_stop=is_stopping)
