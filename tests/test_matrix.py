"""Every address × method × person × pilot, generated from the URLconf. An address without a row fails.

The expectation is computed from `domain.md` section 4 as `permissions.MAY` spells it (and
`tests/pilots/test_permissions.py` spells it again): invisible is 404, visible but forbidden is 403, a
stranger is sent to sign in (pages) or gets 401 (API), everybody else gets an answer that is none of
these, and a refused request leaves no event behind.

A new address needs a row in `MATRIX`, told by `test_every_address_has_a_row_and_no_row_is_stale`. Where it
names a row that no address named before, `build` makes one for each pilot or program, `fillers` says what
stands in its place, and `names_a_pilot` says whether it belongs to one pilot or program.

All is built once and asked thousands of times, so nothing that is the same for many requests is done for
each: see `built`, `Standing` and `unwritten`.
"""

import logging
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.transaction import atomic, set_rollback
from django.test import Client, override_settings
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from kpis.actions.kpi import NewKpi, define_kpi
from kpis.models import LedgerEntry, Measurement, Rate, Report, SignOff
from kpis.oneline import read_kpi
from pilots.access.models import Event, Program, Role, Source, User
from pilots.access.permissions import Deed, OwnerRole, Relation, may, relation_to_program
from pilots.actions.account import add_member, create_programs, create_token
from pilots.actions.by import By
from pilots.actions.hold import NewHold, hold_pilot
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import NewPilot, log_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import (
    Answer,
    Approval,
    Backtest,
    BulkEdit,
    Connection,
    CustomField,
    Decision,
    Evidence,
    Flag,
    GateSetting,
    Invitation,
    JobRun,
    LogKind,
    Milestone,
    ModelVersion,
    Owner,
    Ownership,
    Phase,
    Pilot,
    PilotTemplate,
    Plan,
    RolloutStep,
    SavedView,
    Waiting,
    Waiver,
)
from pilots.models.pilot import relations
from portfolio.digests.links import answer_url, decide_url
from portfolio.exchange.models import Import
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook, pack
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from portfolio.outbox.route_words import FILE_BACKEND
from portfolio.steering.actions.freeze import NewPack, freeze
from portfolio.steering.models import Pack, PackShare, Sharing
from portfolio.steering.share.actions import digest_of
from tests.conftest import NOW, PASSWORD, QUICK_HASHERS
from tests.doors import (
    ADMINISTRATOR,
    ADMINISTRATOR_OF_PROGRAM,
    ANY_MANAGER,
    API,
    API_DOCS,
    FLAG_PAGES,
    IN_CHARGE,
    IN_CHARGE_OR_UNSEEN,
    KEY,
    MAKER,
    MANAGER_ANYWHERE,
    MANAGER_OF_PROGRAM,
    MATRIX,
    NO_SUCH_THING,
    NOBODY,
    OF_IMPORT,
    OF_IMPORT_UNSEEN,
    OF_PROGRAM,
    PILOT_PAGES,
    PUBLIC,
    ROW,
    SIGNED_IN,
)
from tests.thrift import unwritten

pytestmark = pytest.mark.early

# The log of requests decides nothing here, and is a fifteenth of the time.
UNLOGGED = [name for name in settings.MIDDLEWARE if not name.startswith("portfolio.request_log.")]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PENDING = "pending_owner"
BY_SYSTEM = By(user=None, at=NOW, source=Source.COMMAND)
COUNT_EVENTS = f"SELECT count(*) FROM {Event._meta.db_table}"
MAIL_FILE = "20261118-090000-1.log"
REGISTER = Workbook(
    Kind.CSV,
    (Sheet("", (Row(1, ("Name", "Stage")), Row(2, ("Claims triage", "Piloting")))),),
    digest="0" * 64,
)
# Tokens of a manager: without limits, without the scope to write, for readings, for a program not theirs.
WHOLE, READING, ELSEWHERE = "a token", "a token that may only read", "a token for another program"
MEASURING = "a token that may only send readings"
# What is open to it: sending readings, reading them back, and who it is.
MEASURED = {
    f"{API}me/",
    f"{API}^measurements/$",
    f"{API}^measurements/{ROW}/$",
    f"{API}^measurements/bulk/$",
    f"{API}pilots/<key:key>/kpis/<slug:code>/measurements/",
}


def walk(patterns, prefix=""):
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route


ROUTES = sorted(set(walk(get_resolver().url_patterns)))
OTHERS = {"confidential", "foreign"}
# Who also asks for what is not offered: whoever may least, and whoever may most, of people and of tokens.
ASK_FOR_MORE = {"anonymous", "stranger", "manager", "administrator", READING, MEASURING, WHOLE}

OWNERS = {
    role.value: role
    for role in (OwnerRole.SPONSOR, OwnerRole.LEGAL, OwnerRole.RUN_OWNER, OwnerRole.PRODUCTION_OWNER)
} | {PENDING: OwnerRole.SECURITY}


NOBODY_ELSEWHERE = {Role.VIEWER.value, Role.CONTRIBUTOR.value, PENDING} | (
    set(OWNERS) - {OwnerRole.PRODUCTION_OWNER.value}
)
# That an owner sees a confidential pilot, one of them shows; what each may do, the ordinary pilot shows.
SHOWN_BY_ANOTHER = {OwnerRole.SPONSOR.value, OwnerRole.LEGAL.value, OwnerRole.RUN_OWNER.value}


@dataclass(frozen=True)
class Standing:
    """What somebody is to each program and pilot (by id), read once: every answer is measured by it."""

    is_administrator: bool
    roles: dict[int, Role]
    to_programs: dict[int, Relation]
    to_pilots: dict[int, Relation]

    @property
    def manages(self):
        return Role.MANAGER in self.roles.values()


@dataclass(frozen=True)
class World:
    """Pilots, people, their sessions and tokens, each by name; and by pilot, the parts of addresses."""

    pilots: dict[str, Pilot]
    people: dict[str, Standing]
    sessions: dict[str, str]
    secrets: dict[str, str]
    filled: dict[int, dict[str, str]]
    handler: ClientHandler

    def browser(self, session="", **headers):
        """Return a browser that shares its way through the middleware, which takes long to make."""
        browser = Client(headers=headers)
        browser.handler = self.handler
        if session:
            browser.cookies[settings.SESSION_COOKIE_NAME] = session
        return browser


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Build it in a transaction around all tests of this module; each test has its own inside."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK_HASHERS), atomic():
        pilots, people = build()
        handler = ClientHandler(enforce_csrf_checks=False)
        with override_settings(MIDDLEWARE=UNLOGGED):
            handler.load_middleware()
        yield World(
            pilots=pilots,
            people={name: standing(user, list(pilots.values())) for name, user in people.items()},
            sessions={name: signed_in(user) for name, user in people.items()},
            secrets=tokens(people[Role.MANAGER.value], pilots["foreign"].program),
            filled={pilot.pk: fillers(pilot) for pilot in pilots.values()},
            handler=handler,
        )
        set_rollback(True)


@pytest.fixture
def in_silence():
    """Every request writes two lines of log, and nobody reads them here: a tenth of the time."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def keeping_no_copies(monkeypatch):
    """The client keeps a copy of everything that a template was given; nobody asks for it in this module."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_given, **_more: None)


@pytest.fixture(autouse=True)
def without_files(monkeypatch):
    """What stands in a file of a pack decides nothing here, and each takes a third of a second to write."""
    monkeypatch.setattr("portfolio.steering.out.views.written_as_pptx", lambda *_given, **_more: b"")
    monkeypatch.setattr("portfolio.steering.out.views.pdf_bytes", lambda *_given, **_more: b"")


@pytest.fixture
def world(built, db, in_silence, few_stories, settings, tmp_path):
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path
    (tmp_path / MAIL_FILE).write_text("Subject: Hello\n\nGood morning.\n")
    return built


def standing(user, pilots):
    programs = {pilot.program_id: pilot.program for pilot in pilots}
    return Standing(
        is_administrator=user.is_administrator,
        roles={program: Role(role) for program, role in user.memberships.values_list("program_id", "role")},
        to_programs={pk: relation_to_program(user, program) for pk, program in programs.items()},
        to_pilots=relations(user, pilots),
    )


def tokens(manager, elsewhere):
    limits = {
        WHOLE: {},
        READING: {"scopes": {"read"}},
        MEASURING: {"scopes": {"measure"}},
        ELSEWHERE: {"programs": [elsewhere]},
    }
    plain = {"user": manager, "scopes": {"read", "write"}, "by": BY_SYSTEM}
    return {name: create_token(**plain | {"name": name} | given)[1] for name, given in limits.items()}


def signed_in(user):
    """Sign a person in; return the session."""
    browser = Client()
    browser.force_login(user)
    return browser.cookies[settings.SESSION_COOKIE_NAME].value


def make_user(email, **fields):
    return User.objects.create_user(email, PASSWORD, name=email.split("@")[0].capitalize(), **fields)


def build():
    """Three pilots and a person of every kind; owners have accepted on the first two pilots.

    The first owner of each is nobody's account. One owner there has not accepted: they see nothing.
    Returns pilots and people by name.
    """
    programs = [
        Program(name="Claims AI", slug="claims", prefix="CLM"),
        Program(name="Finance AI", slug="finance", prefix="FIN"),
    ]
    program, other_program = create_programs(programs, by=BY_SYSTEM)
    plain = NewPilot(
        program=program,
        name="Ordinary",
        problem="It takes nine days to sort a claim.",
        stage=Stage.PILOTING,
        since=Day(date(2026, 9, 1)),
    )
    pilots = {
        "ordinary": log_pilot(plain, by=BY_SYSTEM),
        "confidential": log_pilot(replace(plain, name="Hidden", is_confidential=True), by=BY_SYSTEM),
        "foreign": log_pilot(replace(plain, name="Foreign", program=other_program), by=BY_SYSTEM),
    }
    nobody, first = Contact(name="Nobody Special"), OwnerRole.BUSINESS_OWNER
    for pilot in pilots.values():
        add_owner(NewOwnership(pilot=pilot, contact=nobody, role=first), by=BY_SYSTEM)
        Flag.objects.create(
            pilot=pilot,
            rule="R-08",
            kind="stall",
            pattern="purgatory",
            severity="high",
            since=date(2026, 1, 1),
            crossed_on=date(2026, 7, 1),
            limit_name="high",
            limit=180,
            opened_at=NOW,
        )
    enqueue("test", key="test", at=NOW)
    people = {name: make_user(f"{name}@example.com") for name in ("stranger", "foreign_manager")}
    people |= {role.value: make_user(f"{role.value}@example.com") for role in Role}
    people["executive"] = make_user("executive@example.com", is_executive=True)
    people["administrator"] = make_user("administrator@example.com", is_administrator=True)
    make_user("somebody@example.com")  # whose account is closed and opened again
    JobRun.objects.create(key="rules:2026-11-18T08", job="rules", due_at=NOW)
    for role in Role:
        add_member(program=program, user=people[role.value], role=role, by=BY_SYSTEM)
    add_member(program=other_program, user=people["foreign_manager"], role=Role.MANAGER, by=BY_SYSTEM)
    for owner in Owner.objects.filter(name="Nobody Special"):
        Invitation.objects.create(
            owner=owner,
            program=owner.program,
            sent_to="nobody@example.com",
            invited_by=people[Role.MANAGER.value],
            invited_at=datetime(2026, 9, 1, tzinfo=UTC),
            expires_on=date(2026, 9, 15),
        )
    for name, role in OWNERS.items():
        user = people[name] = make_user(f"{name}@example.com")
        Owner.objects.create(program=program, name=user.name, email=user.email, user=user)
        for pilot in (pilots["ordinary"], pilots["confidential"]):
            add_owner(
                NewOwnership(pilot=pilot, contact=Contact(name=user.name, email=user.email), role=role),
                by=BY_SYSTEM,
            )
    accepted = Ownership.objects.filter(owner__user__isnull=False).exclude(owner__user=people[PENDING])
    accepted.update(accepted_on=date(2026, 9, 1))
    for owned in (program, other_program):
        PilotTemplate.objects.create(program=owned, name="Letters")
        CustomField.objects.create(program=owned, code="page", label="Page", kind="link")
        owned.holidays.create(day=date(2026, 12, 25), name="Christmas Day")
        Rate.objects.create(program=owned, currency="USD", rate="0.9", since=date(2026, 1, 1), entered_at=NOW)
        owned.freezes.create(first_on=date(2026, 12, 21), last_on=date(2027, 1, 3), reason="Year end")
        runs = people["foreign_manager" if owned == other_program else Role.MANAGER.value]
        SavedView.objects.create(owner=runs, program=owned, name="Legal", query="", is_shared=True)
        Backtest.objects.create(
            rule="R-01",
            program=owned,
            limits={"warning": 90, "high": 150, "critical": 180},
            in_force={},
            first_on=NOW.date(),
            last_on=NOW.date(),
            asked_at=NOW,
        )
        Decision.objects.create(program=owned, question="Which comes first?", asked_at=NOW)
        # Of today: a pack is frozen by the clock, whenever this runs.
        new_pack = NewPack(title="Steering", meeting_on=timezone.localdate(), query=f"program={owned.slug}")
        frozen = freeze(new_pack, by=By(user=runs, at=timezone.now(), source=Source.WEB))
        PackShare.objects.create(
            pack=frozen,
            digest=digest_of(f"held-by-somebody-{owned.slug}"),
            made_by=runs,
            made_at=timezone.now(),
            expires_at=timezone.now() + timedelta(days=14),
        )
        BulkEdit.objects.create(made_by=runs, made_at=NOW, what="tagged mail")
        Import.objects.create(
            program=owned,
            made_at=NOW,
            file_name="register.csv",
            packed=pack(REGISTER),
            as_of=NOW.date(),
            mapping={"title": "Register", "register": "register"},
        )
    Sharing.objects.create(pk=1, is_on=True, changed_at=NOW)
    for program in Program.objects.order_by("pk"):
        GateSetting.objects.create(program=program, gate="G3", approving="any", roles=["legal", "sponsor"])
    for pilot in pilots.values():
        begin = date(2026, 9, 1)
        plan = Plan.objects.create(pilot=pilot, number=1, template="built", start=begin, made_at=NOW)
        Phase.objects.create(plan=plan, number=1, title="Scope", planned_start=begin, planned_end=begin)
        check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Going well."), by=BY_SYSTEM)
        Milestone.objects.create(pilot=pilot, title="Shadow run")
        Connection.objects.create(pilot=pilot, kind="source", name="Claims")
        RolloutStep.objects.create(pilot=pilot, number=1, kind="shadow", share_percent=0, starts_on=begin)
        ModelVersion.objects.create(pilot=pilot, label="v1", changed_on=begin)
        Decision.objects.create(program=pilot.program, pilot=pilot, question="Go on?", asked_at=NOW)
        Evidence.objects.create(
            stage="piloting",
            pilot=pilot,
            requirement="evaluation",
            kind="test",
            text="x",
            dated=begin,
            brought_at=NOW,
        )
        Waiting.objects.create(pilot=pilot, requirement="evaluation", on_role="legal", since=begin)
        Waiver.objects.create(pilot=pilot, subject="G2", reason="x", until=date(2099, 1, 1), waived_at=NOW)
        Approval.objects.create(
            pilot=pilot, gate="G3", approved_by=people[Role.MANAGER.value], approved_at=NOW
        )
        worth(pilot)
        asked = people[Role.CONTRIBUTOR.value]
        Answer.objects.create(pilot=pilot, kind="moving", person=asked, was_signed_in=False, given_at=NOW)
        hold_pilot(
            NewHold(pilot=pilot, reason="Budget.", agreed_by="S. Keller", review_on=date(2027, 1, 4)),
            by=BY_SYSTEM,
        )
    found = Pilot.objects.select_related("program").in_bulk([pilot.pk for pilot in pilots.values()])
    return {name: found[pilot.pk] for name, pilot in pilots.items()}, people


def worth(pilot):
    """Agree on a number that somebody signs and measures; write down money, and begin a report."""
    kpi = define_kpi(NewKpi(pilot=pilot, line=read_kpi("Handling time 14 → 9 min")), by=BY_SYSTEM)
    owner, day = pilot.program.owners.get(name="Nobody Special"), date(2026, 9, 1)
    SignOff.objects.create(
        version=kpi.versions.get(), signer=owner, signed_on=day, text="On paper.", recorded_at=NOW
    )
    Measurement.objects.create(
        kpi=kpi, measured_at=NOW, value=12, provenance="shadow", entry="form", recorded_at=NOW
    )
    LedgerEntry.objects.create(
        pilot=pilot,
        kind="benefit",
        category="efficiency",
        phase="run",
        basis="actual",
        amount=5,
        currency="EUR",
        period_from=day,
        period_to=day,
        entered_at=NOW,
    )
    Report.objects.create(pilot=pilot, kind="month", period_from=day, period_to=day, begun_at=NOW)


def mailed(url, rows, manager):
    """Return the path of a link of today to the first of these rows, as it is mailed to a manager."""
    link = url(manager.user, rows.order_by("id").first(), timezone.now())
    return link.removeprefix(settings.SITE_URL).strip("/")


def fillers(pilot):
    """Return what stands for each part of an address: the pilot, or a row that belongs to it."""
    first = {
        name: getattr(pilot, name).order_by("id").first().pk
        for name in (
            "ownerships",
            "transitions",
            "holds",
            "log",
            "flags",
            "decisions",
            "answers",
            "milestones",
            "connections",
            "rollout_steps",
            "model_versions",
            "evidence",
            "waits",
            "waivers",
            "approvals",
            "ledger",
            "reports",
        )
    }
    reading = Measurement.objects.get(kpi__pilot=pilot)
    first |= {"measurements": reading.pk, "sign-offs": SignOff.objects.get(version__kpi__pilot=pilot).pk}
    phase = Phase.objects.filter(plan__pilot=pilot).order_by("id").first()
    first |= {"plans": phase.plan_id, "phases": phase.pk}
    asked = Decision.objects.get(program=pilot.program, pilot=None)
    manager = pilot.program.memberships.get(role=Role.MANAGER.value)  # the only one, so nobody removes them
    return {
        "<key:key>": pilot.key,
        KEY: pilot.key,
        "(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)": "1-set-password",
        "readings/<int:row>": f"readings/{reading.pk}",
        "money/<int:row>": f"money/{first['ledger']}",
        "reports/<int:row>": f"reports/{first['reports']}",
        "rates/<int:row>": f"rates/{pilot.program.rates.get().pk}",
        "kpis/<slug:code>": f"kpis/{reading.kpi.code}",
        f"kpis/{pilot.key}/<slug:code>": f"kpis/{pilot.key}/{reading.kpi.code}",
        "<str:start>": "00000000",
        "steering-pack/<int:pk>": f"steering-pack/{Pack.objects.get(program=pilot.program).pk}",
        "steering-packs/<int:pk>": f"steering-packs/{Pack.objects.get(program=pilot.program).pk}",
        "decide/<int:row>": f"decide/{asked.pk}",
        "share/<int:row>": f"share/{PackShare.objects.get(pack__program=pilot.program).pk}",
        "shares/<int:row>": f"shares/{PackShare.objects.get(pack__program=pilot.program).pk}",
        "s/<str:token>": f"s/held-by-somebody-{pilot.program.slug}",
        "people/<int:row>": f"people/{first['ownerships']}",
        "<slug:seat>": "engineering",
        "history/<int:row>": f"history/{first['transitions']}",
        "milestones/<int:row>": f"milestones/{first['milestones']}",
        "connections/<int:row>": f"connections/{first['connections']}",
        "steps/<int:row>": f"steps/{first['rollout_steps']}",
        "versions/<int:row>": f"versions/{first['model_versions']}",
        f"rollout-steps/{ROW}": f"rollout-steps/{first['rollout_steps']}",
        f"model-versions/{ROW}": f"model-versions/{first['model_versions']}",
        "phases/<int:row>": f"phases/{first['phases']}",
        "flags/<int:row>": f"flags/{first['flags']}",
        "evidence/<int:row>": f"evidence/{first['evidence']}",
        "waits/<int:row>": f"waits/{first['waits']}",
        "waivers/<int:row>": f"waivers/{first['waivers']}",
        "approvals/<int:row>": f"approvals/{first['approvals']}",
        "decisions/<int:row>": f"decisions/{first['decisions']}",
        "answers/<int:row>": f"answers/{first['answers']}",
        "a/<str:token>": mailed(answer_url, pilot.flags, manager),
        "d/<str:token>": mailed(decide_url, pilot.decisions, manager),
        "(?P<slug>[-a-zA-Z0-9_]{1,80})": pilot.program.slug,
        f"owners/{ROW}": f"owners/{pilot.program.owners.get(name='Nobody Special').pk}",
        "<slug:slug>": pilot.program.slug,
        "<str:gate>": "G3",
        "playbook/<slug:code>": "playbook/kpi-signed",
        "plan-templates/<slug:code>": "plan-templates/built",
        "benchmarks/<slug:code>": "benchmarks/abandoned",
        "holidays/<int:row>": f"holidays/{pilot.program.holidays.get().pk}",
        "freezes/<int:row>": f"freezes/{pilot.program.freezes.get().pk}",
        "<slug:rule>": "R-01",
        "<slug:code>": "page",
        "<str:token>": "1.nobody-signed-this",
        "<int:owner>": str(pilot.program.owners.get(name="Nobody Special").pk),
        "<int:invitation>": str(Invitation.objects.get(program=pilot.program).pk),
        "pilot-templates/<int:row>": f"pilot-templates/{pilot.program.pilot_templates.get().pk}",
        "files/<str:name>": f"files/{MAIL_FILE}",
        f"custom-fields/{ROW}": f"custom-fields/{pilot.program.custom_fields.get().pk}",
        "outbox/<int:row>": f"outbox/{Message.objects.get(key='test').pk}",
        f"imports/{ROW}": f"imports/{Import.objects.get(program=pilot.program).pk}",
        "backtests/<int:pk>": f"backtests/{pilot.program.backtests.get().pk}",
        "import/<int:pk>": f"import/{Import.objects.get(program=pilot.program).pk}",
        "<int:run>": str(JobRun.objects.get().pk),
        "views/<int:row>": f"views/{SavedView.objects.get(program=pilot.program).pk}",
        f"views/{ROW}": f"views/{SavedView.objects.get(program=pilot.program).pk}",
        "<uuid:edit>": str(BulkEdit.objects.get(made_by=manager.user).pk),
        "<int:person>": str(User.objects.get(email="somebody@example.com").pk),
        "members/<int:row>": f"members/{manager.pk}",
        f"members/{ROW}": f"members/{manager.pk}",
        "(?:/.*)?": "/no-such-thing/",
    } | {f"{name}/{ROW}": f"{name}/{pk}" for name, pk in first.items()}


def address(route, filled):
    """Fill an address in for one pilot and the rows that belong to it."""
    for pattern, value in filled.items():
        route = route.replace(pattern, value)
    return "/" + route.replace("^", "").replace("$", "")


def methods(route):
    """allauth's own pages answer PUT and its like as POST; they are asked what browsers ask."""
    return ("GET", "POST") if route.startswith("accounts/") else METHODS


def names_a_pilot(route):
    marks = (
        "<key:key>",
        "<int:pk>",
        KEY,
        ROW,
        "<int:invitation>",
        "<int:owner>/edit/",
        "<int:owner>/deactivate/",
        "<int:owner>/reactivate/",
        "<slug>",
        "<slug:slug>",
        "views/<int:row>",
        "<uuid:edit>",
    )
    return any(mark in route for mark in marks) or route.startswith(
        ("decisions/", "answers/", FLAG_PAGES + "<int:row>")
    )


def expected(route, method, person, pilot):
    """Return which answers are right: a set of statuses, or "through" for any that lets the person pass."""
    who = MATRIX[route].methods.get(method)
    if route == "^api(?:/.*)?$":
        return {404} if person else {401, 404}
    if person is None:
        return "through" if who == PUBLIC else {302, 401, 405}
    if who is None:
        return {403, 404, 405}
    if who in (PUBLIC, SIGNED_IN):
        return "through"
    if who == NO_SUCH_THING:
        return {404}
    if who in (ADMINISTRATOR, MANAGER_ANYWHERE, ANY_MANAGER):
        runs = person.is_administrator and who != ANY_MANAGER
        return "through" if runs or (person.manages and who != ADMINISTRATOR) else {403}
    if who in OF_ONE_PROGRAM:
        return expected_of_program(who, person, pilot.program_id)
    deeds = who if isinstance(who, tuple) else (who,)
    if pilot is None:
        return "through" if may_anywhere(person, deeds) else {403}
    relation = person.to_pilots[pilot.pk]
    if not may(Deed.SEE, relation):
        return {404}
    return "through" if who != NOBODY and any(may(deed, relation) for deed in deeds) else {403}


OF_ONE_PROGRAM = {
    OF_PROGRAM,
    MANAGER_OF_PROGRAM,
    IN_CHARGE,
    IN_CHARGE_OR_UNSEEN,
    ADMINISTRATOR_OF_PROGRAM,
    OF_IMPORT,
    OF_IMPORT_UNSEEN,
    MAKER,
}


def expected_of_program(who, person, program):
    if who == OF_IMPORT and not person.is_administrator and not person.manages:
        return {403}
    if who in (OF_IMPORT, OF_IMPORT_UNSEEN, MAKER):
        return "through" if person.roles.get(program) is Role.MANAGER else {404}
    relation = person.to_programs[program]
    manages = relation.program_role is Role.MANAGER
    in_charge = manages or relation.is_administrator
    sees = relation.program_role or relation.is_executive or relation.is_administrator
    if not sees or (who == IN_CHARGE_OR_UNSEEN and not in_charge):
        return {404}
    right = {
        OF_PROGRAM: True,
        MANAGER_OF_PROGRAM: manages,
        IN_CHARGE: in_charge,
        IN_CHARGE_OR_UNSEEN: in_charge,
        ADMINISTRATOR_OF_PROGRAM: relation.is_administrator,
    }
    return "through" if right[who] else {403}


def may_anywhere(person, deeds):
    roles = set(person.roles.values())
    return Deed.CREATE_IDEA in deeds and bool(roles & {Role.CONTRIBUTOR, Role.MANAGER})


def expected_of_token(name, route, method, people, pilot):
    """Return the same for a manager's token: it opens the API and no page, and no more than its limits."""
    if not route.startswith(API) or route == API_DOCS:
        return expected(route, method, None, pilot)
    is_beyond = route not in MEASURED or (route == f"{API}me/" and method != "GET")
    if (name == READING and method != "GET") or (name == MEASURING and is_beyond):
        return {403}
    # Where the token reaches, its user is nobody.
    return expected(route, method, people["stranger" if name == ELSEWHERE else "manager"], pilot)


def is_right(response, wanted):
    sent_to_sign_in = response.status_code == 302 and "/accounts/login/" in response.headers["Location"]
    if wanted == "through":
        return (
            response.status_code < 500
            and response.status_code not in {401, 403, 404, 405}
            and not sent_to_sign_in
        )
    if response.status_code == 302:
        return 302 in wanted and sent_to_sign_in
    return response.status_code in wanted


def test_every_address_has_a_row_and_no_row_is_stale():
    assert sorted(MATRIX) == ROUTES


@pytest.mark.parametrize("route", ROUTES)
def test_address_answers_each_person_as_the_table_says(route, world):
    browsers = {name: world.browser(session) for name, session in world.sessions.items()}

    def ask(name, person, method, url, pilot):
        is_nobody = name == PENDING  # who has not accepted stands as a stranger, whatever the query says
        wanted = expected(route, method, world.people["stranger"] if is_nobody else person, pilot)
        return wanted, browsers.get(name) or world.browser()

    assert_right(route, world, {"anonymous": None, **world.people}, ask)


@pytest.mark.parametrize("route", ROUTES)
def test_address_answers_each_token_as_the_table_says(route, world):
    def ask(name, secret, method, _url, pilot):
        wanted = expected_of_token(name, route, method, world.people, pilot)
        return wanted, world.browser(Authorization=f"Bearer {secret}")

    assert_right(route, world, world.secrets, ask)


def test_each_person_is_refused_in_words(world):
    """What the table leaves unwritten: a refusal stands in a frame of its reader's own."""
    words = {403: "You may not do this", 404: "There is no such page"}
    route, wrong = PILOT_PAGES + "people/<int:row>/accept/", []
    for kind, pilot in world.pilots.items():
        for name, session in world.sessions.items():
            person = world.people["stranger" if name == PENDING else name]
            response = world.browser(session).post(address(route, world.filled[pilot.pk]))
            (wanted,) = expected(route, "POST", person, pilot)
            if response.status_code != wanted or words[wanted] not in response.text:
                wrong.append(f"{name} ({kind}): {response.status_code}, wanted {wanted}: {response.text}")

    assert wrong == [], "\n".join(wrong)


def assert_right(route, world, callers, ask):
    """Send every method as every caller for every pilot; `ask` returns what is wanted and a browser."""
    wrong, before, refused = [], events(), set()
    for kind, pilot in world.pilots.items() if names_a_pilot(route) else [("", None)]:
        url = address(route, world.filled[(pilot or world.pilots["ordinary"]).pk])
        for name, caller in callers.items():
            if kind == "foreign" and name in NOBODY_ELSEWHERE:
                continue  # there they are what the stranger, the manager and the production owner are
            if kind == "confidential" and name in SHOWN_BY_ANOTHER:
                continue
            for method in methods(route):
                if method not in MATRIX[route].methods and (kind in OTHERS or name not in ASK_FOR_MORE):
                    continue  # what is not offered depends on neither pilot nor person
                wanted, browser = ask(name, caller, method, url, pilot)
                refusal = (method, str(wanted))
                # The ordinary pilot's pages are written, and each address's refusals for the first refused.
                is_written = kind not in OTHERS and (wanted == "through" or refusal not in refused)
                with nullcontext() if is_written else unwritten():
                    response = browser.generic(method, url)
                refused.add(refusal)
                after = events()
                if not is_right(response, wanted) or (wanted != "through" and after != before):
                    wrong.append(
                        f"{method} {url} ({kind}) as {name}: {response.status_code}, wanted {wanted}"
                    )
                before = after

    assert wrong == [], "\n".join(wrong)


def events():
    """Count the events, asking in as few steps as can be."""
    with connection.cursor() as cursor:
        return cursor.execute(COUNT_EVENTS).fetchone()[0]
