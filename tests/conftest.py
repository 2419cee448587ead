"""Keeps the suite honest: shuffled querysets, guarded flush, no network beyond this machine."""

import socket
from datetime import UTC, date, datetime

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import TransactionTestCase
from whitenoise.middleware import WhiteNoiseMiddleware

from pilots.access.guards import permit_deletes
from pilots.access.models import Program, Role, Source, User
from pilots.access.models.event import EventQuerySet
from pilots.actions.account import add_member, create_programs
from pilots.actions.by import By
from pilots.actions.pilot import NewPilot, log_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Flag, Pilot, feed
from pilots.rules import RULES
from pilots.rules.registry import Severity
from portfolio.desk.sample.young import IDEAS, YOUNG
from tests.ready import django_db_modify_db_settings, pytest_sessionstart
from tests.thrift import pytest_collection_finish, pytest_pyfunc_call

__all__ = [
    "django_db_modify_db_settings",
    "pytest_collection_finish",
    "pytest_pyfunc_call",
    "pytest_sessionstart",
]

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)
PASSWORD = "correct horse battery staple"
QUICK_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_ignore_collect(collection_path, config):
    """Leave unread what takes two seconds to read, where none of its tests will run, and what runs apart."""
    if collection_path.name == "references":
        return True  # without Django, by `make references`
    if collection_path.name == "test_schema_fuzz.py" and "not faults" in config.option.markexpr:
        return True
    return None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What takes longest comes first, so that all workers end together: real processes, the matrix."""
    items.sort(key=lambda item: item.get_closest_marker("early") is None)


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch):
    """A test that reaches out of this machine fails instead of depending on it."""
    real = socket.socket.connect

    def connect(sock, address):
        if sock.family in {socket.AF_INET, socket.AF_INET6} and address[0] not in {
            "127.0.0.1",
            "::1",
            "localhost",
        }:
            raise AssertionError(f"A test tried to reach {address[0]}.")
        return real(sock, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(autouse=True)
def own_cache(settings):
    """Sign-in limits count in the cache, so each test gets one of its own."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Hashing is slow on purpose; no test is about how slow."""
    settings.PASSWORD_HASHERS = QUICK_HASHERS


@pytest.fixture(autouse=True)
def feed_waits_for_nobody(request, monkeypatch):
    """On PostgreSQL the feed waits for all transactions of the cluster, those of tests beside this one too.

    Tests of that very waiting are marked `gap_free`.
    """
    if "gap_free" not in request.keywords:
        edge = feed._edge
        monkeypatch.setattr(EventQuerySet, "settled", lambda events: events)
        monkeypatch.setattr(feed, "_edge", lambda events, _function: edge(events, "pg_snapshot_xmax"))


@pytest.fixture(autouse=True, scope="session")
def static_files_are_found_once():
    """Every client loads the middleware anew, which looks through all folders of static files: 10 ms each."""
    look = WhiteNoiseMiddleware.add_files_from_finders
    found = {}

    def look_once(self):
        place = (self.static_prefix, str(configured.STATICFILES_DIRS), str(configured.STATICFILES_FINDERS))
        if place not in found:
            look(self)
            found[place] = dict(self.files)
        self.files.update(found[place])

    WhiteNoiseMiddleware.add_files_from_finders = look_once
    yield
    WhiteNoiseMiddleware.add_files_from_finders = look


@pytest.fixture(autouse=True, scope="session")
def flush_may_delete_history():
    """The flush after a transactional test empties append-only tables too, so it holds the permit."""
    flush = TransactionTestCase._fixture_teardown

    def teardown(self):
        with permit_deletes():
            flush(self)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture
def by_system() -> By:
    return By(user=None, at=NOW, source=Source.COMMAND)


@pytest.fixture
def program(db, by_system) -> Program:
    return create_programs([Program(name="Claims AI", slug="claims", prefix="CLM")], by=by_system)[0]


@pytest.fixture
def other_program(db, by_system) -> Program:
    return create_programs([Program(name="Finance AI", slug="finance", prefix="FIN")], by=by_system)[0]


@pytest.fixture
def make_user(db):
    def make(email: str, **fields) -> User:
        return User.objects.create_user(email, PASSWORD, name=email.split("@")[0].capitalize(), **fields)

    return make


@pytest.fixture
def manager(make_user, program, by_system) -> User:
    user = make_user("maren@example.com")
    add_member(program=program, user=user, role=Role.MANAGER, by=by_system)
    return user


@pytest.fixture
def contributor(make_user, program, by_system) -> User:
    user = make_user("cora@example.com")
    add_member(program=program, user=user, role=Role.CONTRIBUTOR, by=by_system)
    return user


@pytest.fixture
def viewer(make_user, program, by_system) -> User:
    user = make_user("vic@example.com")
    add_member(program=program, user=user, role=Role.VIEWER, by=by_system)
    return user


@pytest.fixture
def executive(make_user) -> User:
    return make_user("exe@example.com", is_executive=True)


@pytest.fixture
def administrator(make_user) -> User:
    return make_user("ada@example.com", is_administrator=True)


@pytest.fixture
def stranger(make_user) -> User:
    return make_user("stranger@example.com")


@pytest.fixture
def by(manager) -> By:
    return By(user=manager, at=NOW, source=Source.WEB)


@pytest.fixture
def make_pilot(program, by_system):
    """Log a pilot with plain defaults; `since` is a date."""

    def make(name: str = "Claims triage", **fields):
        since = fields.pop("since", date(2026, 9, 1))
        acting = fields.pop("by", by_system)
        fields.setdefault("stage", Stage.PILOTING)
        fields.setdefault("problem", "It takes nine days to sort a claim.")
        return log_pilot(
            NewPilot(
                program=fields.pop("program", program),
                name=name,
                since=Day(since) if since else None,
                **fields,
            ),
            by=acting,
        )

    return make


@pytest.fixture
def few_stories(monkeypatch):
    """The sample with three pilots only, for tests of what it does to a site: the whole takes seconds."""
    monkeypatch.setattr("portfolio.desk.sample.load.STORIES", (*IDEAS[:1], *YOUNG[:2]))


@pytest.fixture
def make_flag():
    """Open a flag as the scan would; with `health`, the pilot shows that health from it."""

    def make(pilot, rule="R-01", **fields) -> Flag:
        known = RULES.get(rule)
        severity = fields.pop("severity", Severity.HIGH)
        health = fields.pop("health", "")
        fields.setdefault("crossed_on", date(2026, 11, 3))
        fields.setdefault("since", date(2026, 6, 1))
        fields.setdefault("opened_at", NOW)
        flag = Flag.objects.create(
            pilot=pilot,
            rule=known.code,
            subject=known.subject,
            kind=known.kind.value,
            pattern=known.pattern.value,
            severity=severity.value,
            limit_name=known.limits[-1].name,
            limit=known.limits[-1].value,
            next_action=known.next_action,
            **fields,
        )
        if health:
            Pilot.objects.filter(pk=pilot.pk).update(
                health=health, health_since=flag.counted_from, pattern=flag.pattern
            )
        return flag

    return make
