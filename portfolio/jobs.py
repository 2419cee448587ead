"""The jobs: how often each runs, what it does, and how its outcome reads. `ringing` runs them when due.

A run is named by the hour or day it is for, so it is offered once however many schedulers ring; a night in
which nobody rang is caught up by one run, that of the hour in which somebody rings again.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pilots.access.guards import missing_guards
from pilots.access.models import Source
from pilots.actions.backtest_run import prune_backtests
from pilots.actions.by import By
from pilots.actions.hand_over import end_deputies
from pilots.actions.integrity import rebuild_columns
from pilots.actions.job import offer_run, prune_runs, record_heartbeat
from pilots.actions.judge import Outcome, Progress, scan
from pilots.actions.requirement import settle_requirements
from portfolio.digests.silence import carry_silence
from portfolio.exchange.waiting import prune_imports
from portfolio.outbox.prune import prune_messages
from portfolio.pace.actions import keep_forecasts, kept_in_words

Words = Callable[[Mapping[str, Any]], str]


@dataclass(frozen=True)
class Job:
    """One kind of scheduled work. `named` turns a moment into the key's second half."""

    code: str
    title: str
    note: str
    named: str
    every: timedelta
    late_after: timedelta
    work: Callable[[datetime], dict[str, Any]]
    words: Words

    def key(self, at: datetime) -> str:
        return f"{self.code}:{at.astimezone(UTC):{self.named}}"

    def offer(self, at: datetime) -> bool:
        """Put down the run of this hour or day, unless it is there; then forget old runs, mail and files."""
        is_new = offer_run(self.code, self.key(at), at)
        if is_new:
            prune_runs(at)
            prune_messages(at)
            prune_imports(at)
            prune_backtests(at)
        return is_new

    def next_due(self, at: datetime) -> datetime:
        """Return when the next run is named after another hour or day."""
        midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + self.every * ((at - midnight) // self.every + 1)


def scan_everybody(*, at: datetime, progress: Progress | None = None) -> Outcome:
    """Scan all pilots, and note that the rules were asked: their figures are as of this moment."""
    outcome, _ = _look_at_everybody(at, progress)
    record_heartbeat(job="rules", at=at)
    return outcome


def _look_at_everybody(at: datetime, progress: Progress | None = None) -> tuple[Outcome, int]:
    """Judge every pilot, settle what its gates ask, and end deputies whose last day is over; count these.

    They come last: what keeps them from ending keeps nobody from being judged.
    """
    outcome = scan(at=at, progress=progress)
    settle_requirements(None, at=at)
    return outcome, end_deputies(By(user=None, at=at, source=Source.JOB))


def _run_rules(at: datetime) -> dict[str, Any]:
    outcome, ended = _look_at_everybody(at)
    return outcome.as_json() | ({"deputies": ended} if ended else {})


def _rules_in_words(outcome: Mapping[str, Any]) -> str:
    told = [f"{outcome.get(name, 0):,} {name}" for name in ("opened", "escalated", "closed")]
    pilots = outcome.get("pilots", 0)
    looked = "1 pilot" if pilots == 1 else f"{pilots:,} pilots"
    deputies = outcome.get("deputies", 0)
    ended = f" Deputies whose last day is over: {deputies:,}." if deputies else ""
    return f"Looked at {looked}. Flags: {', '.join(told)}.{ended}"


def _check_integrity(_at: datetime) -> dict[str, Any]:
    """Compare columns with history. The outcome counts: values may be of pilots few may see."""
    columns = Counter(difference.column for difference in rebuild_columns(write=False))
    return {"columns": dict(sorted(columns.items())), "guards": missing_guards()}


def _integrity_in_words(outcome: Mapping[str, Any]) -> str:
    faults = []
    if outcome.get("columns"):
        told = ", ".join(f"{name} of {pilots:,}" for name, pilots in outcome["columns"].items())
        faults.append(f"These columns do not follow from history: {told}. manage.py rebuild_columns helps.")
    if outcome.get("guards"):
        faults.append(f"Triggers are missing: {', '.join(outcome['guards'])}. manage.py migrate helps.")
    return " ".join(faults) or "Columns, history and triggers agree."


def _silence_in_words(outcome: Mapping[str, Any]) -> str:
    put, asked = outcome.get("escalated", 0), outcome.get("asked", 0)
    decisions = "1 decision" if asked == 1 else f"{asked:,} decisions"
    return f"Put {put:,} before the next person. Asked for {decisions}."


def has_faults(outcome: Mapping[str, Any]) -> bool:
    """Return whether a run that ended well found something that somebody should look at."""
    return any(outcome.get(name) for name in ("failed", "columns", "guards"))


RULES = Job(
    code="rules",
    title="Rules",
    note="looks at every pilot and opens, escalates and closes flags",
    named="%Y-%m-%dT%H",
    every=timedelta(hours=1),
    late_after=timedelta(hours=2),
    work=_run_rules,
    words=_rules_in_words,
)
SILENCE = Job(
    code="silence",
    title="Silence",
    note="puts what nobody answers before the next person, and after four weeks asks for a decision",
    named="%Y-%m-%d",
    every=timedelta(days=1),
    late_after=timedelta(days=2),
    work=carry_silence,
    words=_silence_in_words,
)
INTEGRITY = Job(
    code="integrity",
    title="Integrity check",
    note="compares what is derived with the history it follows from",
    named="%Y-%m-%d",
    every=timedelta(days=1),
    late_after=timedelta(days=2),
    work=_check_integrity,
    words=_integrity_in_words,
)
FORECASTS = Job(
    code="forecasts",
    title="Forecasts",
    note="keeps the forecast of the coming quarter, once for each program and for all, a month before it",
    named="%Y-%m-%d",
    every=timedelta(days=1),
    late_after=timedelta(days=2),
    work=keep_forecasts,
    words=kept_in_words,
)
JOBS = (RULES, INTEGRITY, SILENCE, FORECASTS)


@dataclass(frozen=True)
class Step:
    """Work of every ring that leaves a heartbeat only."""

    code: str
    title: str
    note: str
    late_after: timedelta = timedelta(minutes=5)
    every: timedelta = timedelta(minutes=1)


RING = Step("ring", "Ring", "starts whatever is due, once a minute")
IMPORTS = Step("imports", "Imports", "looks through files that were brought, writes them and undoes them")
BACKTESTS = Step("backtests", "Backtests", "tries limits on the past, for whoever asked")
DIGESTS = Step("digests", "Digests", "puts each person’s weekly mail into the queue")
OUTBOX = Step("outbox", "Outbox", "sends the mail that waits")
STEPS = (RING, IMPORTS, DIGESTS, OUTBOX, BACKTESTS)
