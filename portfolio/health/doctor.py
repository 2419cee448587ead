"""What is set up here, what is missing, and what to do about it, in words; for whoever runs this copy.

`checks` answers machines and strangers in fixed texts; here names and addresses are told, but no password.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef

from pilots.access.models import Membership, Program, Role, User
from pilots.models import Heartbeat, JobRun, Owner
from pilots.web.reach import unreached
from portfolio.bell import bell
from portfolio.health import checks
from portfolio.jobs import INTEGRITY, JOBS, RULES, STEPS, has_faults
from portfolio.lateness import ended, how_long, lateness
from portfolio.outbox.gauge import LATE_AFTER, counts, oldest_unsent
from portfolio.outbox.models import State
from portfolio.outbox.route_words import way_out
from portfolio.steering.out.pdf import why_no_pdf

MOST_NAMES = 5


class Verdict(StrEnum):
    """`look` is worth a look, and the site works; without what is `missing` it does not, or not whole."""

    OK = "ok"
    LOOK = "look"
    MISSING = "missing"


@dataclass(frozen=True)
class Line:
    """One thing that was looked at. `todo` is empty where there is nothing to do."""

    name: str
    verdict: Verdict
    words: str
    todo: str = ""


def ok(name: str, words: str) -> Line:
    return Line(name, Verdict.OK, words)


def look(name: str, words: str, todo: str) -> Line:
    return Line(name, Verdict.LOOK, words, todo)


def missing(name: str, words: str, todo: str) -> Line:
    return Line(name, Verdict.MISSING, words, todo)


def examine(now: datetime) -> list[Line]:
    """Look at everything; what rests on the database only while it answers and is up to date."""
    base = list(_base(now))
    lines = [*base, _broker()]
    if all(line.verdict is Verdict.OK for line in base):
        lines += [*_jobs(now), *_outbox(now), *_people()]
    return [*lines, _mail(), *_address(), _pdf()]


ADVICE = {
    "database": "DATABASE_URL says where it is; DATA_DIR when there is none. Is its server running?",
    "migrations": "Run manage.py migrate.",
    "guards": "Run manage.py migrate: it lays the triggers again.",
}


def _base(now: datetime) -> Iterator[Line]:
    database = connection.settings_dict
    place = f"{database['HOST']}/{database['NAME']}" if database["HOST"] else str(database["NAME"])
    for finding in checks.look(now):
        if finding.name in ADVICE:
            words = (
                f"{finding.words}, {connection.vendor} at {place}"
                if finding.name == "database"
                else finding.words
            )
            if finding.ok:
                yield ok(finding.name, words)
            else:
                yield missing(finding.name, words, ADVICE[finding.name])


def _broker() -> Line:
    kind = "Redis" if settings.REDIS_URL else "a folder"
    error = bell.trouble()
    if error:
        todo = "Start it, or set REDIS_URL right. Nothing is lost meanwhile: jobs go on when it is back."
        return missing("broker", f"{kind}, not reachable: {error}", todo)
    return ok("broker", f"{kind}, reachable")


def _jobs(now: datetime) -> Iterator[Line]:
    beats = {beat.job: beat for beat in Heartbeat.objects.order_by("job")}
    for job in (*STEPS, *JOBS):
        beat = beats.get(job.code)
        late = lateness(beat, now, every=job.every, late_after=job.late_after)
        words = f"ended well {ended(beat, now)}"
        if beat is not None and beat.error:
            yield look(job.code, f"{words}; failed since: {beat.error}", "The worker's log says more.")
        elif beat is None or beat.beat_at is None:
            yield look(
                job.code, "has not ended well yet", "Worker and beat run it: make run, or the containers."
            )
        elif late:
            yield look(
                job.code, f"{late}; {words}", "Are worker and beat running? manage.py readiness, their logs."
            )
        else:
            yield ok(job.code, words)
    yield from _runs(now)


def _runs(now: datetime) -> Iterator[Line]:
    newest = JobRun.objects.filter(job=RULES.code, finished_at__isnull=False).order_by("-pk").first()
    failed = sorted((newest.outcome if newest else {}).get("failed") or {})
    if failed:
        words = f"{', '.join(failed)} could not be asked at the last scan; their flags stay as they were"
        yield look("failed rules", words, "Settings, Jobs shows the errors.")
    checked = JobRun.objects.filter(job=INTEGRITY.code, finished_at__isnull=False).order_by("-pk").first()
    if checked is not None and has_faults(checked.outcome):
        yield look("integrity", INTEGRITY.words(checked.outcome), "manage.py check_integrity names them.")
    parked = list(JobRun.objects.parked(now).order_by("-pk").values_list("key", flat=True)[:MOST_NAMES])
    if parked:
        words = f"{', '.join(parked)} failed or died three times"
        yield look("parked runs", words, "Settings, Jobs shows why, and runs them again.")


def _outbox(now: datetime) -> Iterator[Line]:
    by_state, waited = counts(), oldest_unsent(now)
    if waited is None:
        yield ok("outbox", "nothing waits")
    elif waited > LATE_AFTER:
        words = f"the oldest unsent mail has waited {how_long(waited)}"
        yield look("outbox", words, "Settings, Outbox says why. Is the mail server there?")
    else:
        yield ok("outbox", f"the oldest unsent mail has waited {how_long(waited)}")
    for state, todo in (
        (State.DEAD, "Settings, Outbox shows why; send them again or give them up."),
        (State.HELD, "They were queued before a restore. Settings, Outbox lets them go or gives them up."),
    ):
        if by_state[state]:
            words = f"{_counted(by_state[state], 'mail')} {state.label.lower()}"
            yield look("outbox", words, todo)


def _people() -> Iterator[Line]:
    people = User.objects.filter(is_active=True, is_sample=False)
    count, chiefs = people.count(), people.filter(is_administrator=True).count()
    words = f"{_counted(count, 'account')}, {_counted(chiefs, 'administrator')}"
    demos = User.objects.filter(is_active=True, is_sample=True).exists()
    if not count and not demos:
        yield missing(
            "accounts", "nobody can sign in", "manage.py create_admin EMAIL opens the first account."
        )
    elif not chiefs:
        yield look("accounts", words, "manage.py create_admin EMAIL opens one; nobody else opens programs.")
    else:
        yield ok("accounts", words)
    if demos and not settings.SITE_IS_LOOPBACK:
        words = "they are there, with a published password; beyond this machine they are refused"
        yield look("demo log-ins", words, "manage.py sample clear takes them away.")
    yield from _programs()
    owners = unreached(Owner.objects.filter(program__is_sample=False)).count()
    if owners:
        words = "gets no mail" if owners == 1 else "get no mail"
        yield look(
            "owners",
            f"{_counted(owners, 'owner')} of running pilots {words}",
            "A manager invites them: Settings, People and invitations.",
        )
    else:
        yield ok("owners", "everybody who owns a running pilot gets mail")


def _programs() -> Iterator[Line]:
    managed = Membership.objects.filter(program=OuterRef("pk"), role=Role.MANAGER.value, user__is_active=True)
    programs = Program.objects.filter(is_sample=False)
    alone = programs.filter(~Exists(managed)).order_by("name")
    names = list(alone.values_list("name", flat=True)[: MOST_NAMES + 1])
    if names:
        more = " and more" if len(names) > MOST_NAMES else ""
        told = ", ".join(names[:MOST_NAMES])
        todo = "An administrator names one in Settings: without, nobody moves its pilots."
        yield look("programs", f"nobody manages {told}{more}", todo)
    else:
        count = programs.count()
        yield ok("programs", f"{_counted(count, 'program')}, each with a manager" if count else "none yet")


def _mail() -> Line:
    way = way_out()
    if way.reaches_people:
        return ok("mail", f"goes to {way.server}, from {settings.DEFAULT_FROM_EMAIL}")
    where = f": it is written into {way.folder}" if way.folder else ""
    return look(
        "mail",
        f"nobody receives mail{where}",
        "Set EMAIL_URL and SITE_URL, restart, manage.py send_test_mail.",
    )


def _address() -> Iterator[Line]:
    if settings.SITE_IS_LOOPBACK:
        todo = "Set SITE_URL to the address people use, once others than you do."
        yield look("address", f"{settings.SITE_URL} is reached from this machine only", todo)
    elif settings.SITE_IS_HTTPS:
        yield ok("address", settings.SITE_URL)
    else:
        yield look(
            "address",
            f"{settings.SITE_URL} is not encrypted",
            "Put a proxy with TLS in front: docs/operations.md.",
        )
    if settings.DEBUG:
        yield look(
            "debug", "DEBUG is on, and errors show settings to anybody", "Take DEBUG out of the environment."
        )


def _pdf() -> Line:
    """An extra: whoever does without is not told to look at anything."""
    reason = why_no_pdf()
    if reason:
        return ok("PDF", f"not here ({reason}); packs are printed from the browser: docs/steering-pack.md")
    return ok("PDF", "steering packs can be taken as PDF")


def _counted(count: int, word: str) -> str:
    return f"1 {word}" if count == 1 else f"{count:,} {word}s"
