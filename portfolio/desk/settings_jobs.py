"""What runs by itself, for administrators: when each job last ended, what it did, what is parked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib import messages
from django.db.models import Max
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from pilots.actions.account import require_administrator
from pilots.actions.bell import ring_soon
from pilots.actions.by import Refused
from pilots.actions.job import first_line, retry_run
from pilots.models import Heartbeat, JobRun
from pilots.rules import RULES as KNOWN_RULES
from pilots.web.http import UserRequest, by_web
from pilots.web.refusals import translating
from portfolio import jobs
from portfolio.jobs import JOBS, STEPS, Job, Step, has_faults
from portfolio.lateness import ended, how_long, lateness

MOST_PARKED = 50


@dataclass(frozen=True)
class Line:
    """One job as the page tells it. `late` and `error` are empty while it is well."""

    title: str
    note: str
    ended: str
    next_due: str
    late: str
    outcome: str
    error: str
    has_faults: bool = False

    @property
    def mark(self) -> str:
        if self.error:
            return "wrong"
        return "at_risk" if self.late or self.has_faults else "on_track"


@dataclass(frozen=True)
class FailedRule:
    """A rule that could not be asked at the last scan: its flags stay as they were."""

    key: str
    title: str
    error: str


@dataclass(frozen=True)
class ParkedRun:
    """A run that failed or died three times and waits for somebody."""

    id: int
    key: str
    title: str
    due: str
    error: str


@require_safe
@translating
def settings_jobs(request: UserRequest) -> HttpResponseBase:
    """Show every job."""
    require_administrator(request.user, "see what runs by itself")
    now = timezone.now()
    beats = {beat.job: beat for beat in Heartbeat.objects.order_by("job")}
    newest = _newest_outcomes()
    context = {
        "lines": [
            *(_job_line(job, beats.get(job.code), newest.get(job.code), now) for job in JOBS),
            *(_step_line(step, beats.get(step.code), now) for step in STEPS),
        ],
        "failed": _failed_rules(newest.get(jobs.RULES.code)),
        "parked": _parked(now),
    }
    return TemplateResponse(request, "desk/settings_jobs.html", context)


@require_POST
@translating
def settings_job_retry(request: UserRequest, run: int) -> HttpResponseBase:
    """Let a parked run be tried again, at once."""
    require_administrator(request.user, "run jobs again")
    parked = get_object_or_404(JobRun, pk=run)
    try:
        retry_run(parked, by=by_web(request))
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        ring_soon()
        messages.success(
            request, f"{parked.key} runs again within a minute. Reload to see what became of it."
        )
    return redirect("desk:settings_jobs")


def _newest_outcomes() -> dict[str, Mapping[str, object]]:
    """Return the outcome of each job's last finished run, by job; two queries."""
    finished = JobRun.objects.filter(finished_at__isnull=False)
    last = finished.values("job").annotate(last=Max("pk")).order_by("job").values_list("last", flat=True)
    return dict(JobRun.objects.filter(pk__in=list(last)).order_by("pk").values_list("job", "outcome"))


def _job_line(job: Job, beat: Heartbeat | None, outcome: Mapping[str, object] | None, now: datetime) -> Line:
    due = job.next_due(now)
    return Line(
        title=job.title,
        note=job.note,
        ended=ended(beat, now),
        next_due=f"in {how_long(due - now)}",
        late=lateness(beat, now, every=job.every, late_after=job.late_after),
        outcome="" if outcome is None else job.words(outcome),
        error=beat.error if beat else "",
        has_faults=outcome is not None and has_faults(outcome),
    )


def _step_line(step: Step, beat: Heartbeat | None, now: datetime) -> Line:
    return Line(
        title=step.title,
        note=step.note,
        ended=ended(beat, now),
        next_due="within a minute",
        late=lateness(beat, now, every=step.every, late_after=step.late_after),
        outcome="",
        error=beat.error if beat else "",
    )


def _failed_rules(outcome: Mapping[str, object] | None) -> list[FailedRule]:
    failed = (outcome or {}).get("failed") or {}
    if not isinstance(failed, Mapping):
        return []
    found = []
    for key, error in sorted(failed.items()):
        rule = KNOWN_RULES.get(key)
        found.append(FailedRule(key, rule.title if rule else "a rule of another release", first_line(error)))
    return found


def _parked(now: datetime) -> list[ParkedRun]:
    titles = {job.code: job.title for job in JOBS}
    return [
        ParkedRun(
            id=run.pk,
            key=run.key,
            title=titles.get(run.job, run.job),
            due=f"{how_long(max(now - run.due_at, timedelta()))} ago",
            error=first_line(run.last_error),
        )
        for run in JobRun.objects.parked(now).order_by("-due_at", "-pk")[:MOST_PARKED]
    ]
