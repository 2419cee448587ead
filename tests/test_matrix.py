"""Every address × method × person × pilot, generated from the URLconf. An address without a row fails.

The expectation is computed from `domain.md` section 4 as `permissions.MAY` spells it (and
`tests/pilots/test_permissions.py` spells it again): invisible is 404, visible but forbidden is 403, a
stranger is sent to sign in (pages) or gets 401 (API), everybody else gets an answer that is none of
these, and a refused request leaves no event behind.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from django.conf import settings
from django.db.transaction import atomic, set_rollback
from django.test import Client, override_settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from pilots.access.models import Event, Program, Role, Source, User
from pilots.access.permissions import Deed, OwnerRole, may, relation_to_program
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
    CustomField,
    Decision,
    Flag,
    Invitation,
    JobRun,
    LogKind,
    Milestone,
    Owner,
    Ownership,
    Phase,
    Pilot,
    Plan,
)
from pilots.models.pilot import relations
from portfolio.digests.links import answer_url, decide_url
from portfolio.exchange.models import Import
from portfolio.exchange.workbook import Kind, Row, Sheet, Workbook, pack
from portfolio.outbox.enqueue import enqueue
from portfolio.outbox.models import Message
from portfolio.outbox.route_words import FILE_BACKEND
from tests.conftest import NOW, PASSWORD, QUICK_HASHERS

pytestmark = pytest.mark.early

# Beside deeds: who may reach what names no single pilot.
PUBLIC, SIGNED_IN = "public", "signed-in"
OF_PROGRAM, MANAGER_OF_PROGRAM = "whoever sees the program", "its managers"
ANY_MANAGER = "whoever manages a program"
MANAGER_ANYWHERE, NO_SUCH_THING = "administrators and any manager", "404 for everybody"
ADMINISTRATOR = "administrators"
IN_CHARGE = "its managers and administrators"
IN_CHARGE_OR_UNSEEN = "its managers and administrators; nobody else knows of it"
ADMINISTRATOR_OF_PROGRAM = "administrators; whoever does not see the program does not know of it"
OF_IMPORT_UNSEEN = "its program’s managers; 404 for everybody else"
OF_IMPORT = "its program’s managers; 404 for others who import, 403 for whoever may not import at all"
NOBODY = "nobody here: each owner accepts for themselves"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PENDING = "pending_owner"
MAIL_FILE = "20261118-090000-1.log"
REGISTER = Workbook(
    Kind.CSV,
    (Sheet("", (Row(1, ("Name", "Stage")), Row(2, ("Claims triage", "Piloting")))),),
    digest="0" * 64,
)
# Tokens of a manager: without limits, without the scope to write, for a program that is not theirs.
WHOLE, READING, ELSEWHERE = "a token", "a token that may only read", "a token for another program"


@dataclass(frozen=True)
class Door:
    """Who may use an address: a deed on the pilot it names, or everybody who is signed in, or the public.

    A method that is not named must be answered 405 to people who get that far.
    """

    methods: dict = field(default_factory=lambda: {"GET": SIGNED_IN})


def door(**methods):
    return Door(methods)


def walk(patterns, prefix=""):
    for entry in patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry.url_patterns, route)
        elif isinstance(entry, URLPattern):
            yield route


ROUTES = sorted(set(walk(get_resolver().url_patterns)))
PILOT_PAGES = "pilots/<key:key>/"
IMPORTS = "pilots/import/"
FLAG_PAGES = "stalled/flags/"
SETTINGS_PROGRAM = "settings/programs/<slug:slug>/"
API = "api/v1/"
ROW = "(?P<pk>[0-9]{1,18})"
KEY = "(?P<key>[A-Z][A-Z0-9]{1,7}-[1-9][0-9]{0,9})"
API_PILOT = API + f"^pilots/{KEY}/"
API_DOCS = API + "docs/"  # a page, for browsers

MATRIX = {
    # Strangers may sign in, ask for a new password, and see whether the site is up.
    "accounts/login/": door(GET=PUBLIC, POST=PUBLIC),
    "accounts/inactive/": door(GET=PUBLIC),
    "accounts/password/reset/": door(GET=PUBLIC, POST=PUBLIC),
    "accounts/password/reset/done/": door(GET=PUBLIC),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": door(GET=PUBLIC, POST=PUBLIC),
    "accounts/password/reset/key/done/": door(GET=PUBLIC),
    "healthz": door(GET=PUBLIC),
    "readyz": door(GET=PUBLIC),
    # Links from a mail, to a manager: what they show is what that manager sees, whoever opens them.
    "a/<str:token>/": door(GET=PUBLIC, POST=PUBLIC),
    "a/<str:token>/given/": door(GET=PUBLIC),
    "d/<str:token>/": door(GET=PUBLIC),
    "people/accept/<str:token>/": door(GET=PUBLIC, POST=PUBLIC),
    # One's own digest, and the link in every mail that stops it.
    "digest/": door(GET=SIGNED_IN, POST=SIGNED_IN),
    "digest/stop/<str:token>/": door(GET=PUBLIC, POST=PUBLIC),
    # Everybody with an account.
    "people/": door(GET=SIGNED_IN),
    "people/export/": door(GET=SIGNED_IN),
    "people/yours/": door(GET=SIGNED_IN, POST=SIGNED_IN),
    "people/invite/": door(GET=ANY_MANAGER, POST=ANY_MANAGER),
    "people/invitations/<int:invitation>/withdraw/": door(POST=MANAGER_OF_PROGRAM),
    "people/<int:owner>/edit/": door(GET=MANAGER_OF_PROGRAM, POST=MANAGER_OF_PROGRAM),
    "people/<int:owner>/unlink/": door(GET=ADMINISTRATOR, POST=ADMINISTRATOR),
    "people/<int:owner>/link/": door(GET=ADMINISTRATOR, POST=ADMINISTRATOR),
    "accounts/logout/": door(
        GET=PUBLIC, POST=PUBLIC
    ),  # a stranger is sent on to the start, and from there to sign in
    "accounts/reauthenticate/": door(GET=SIGNED_IN, POST=SIGNED_IN),
    "accounts/password/change/": door(GET=SIGNED_IN, POST=SIGNED_IN),
    "accounts/password/set/": door(GET=SIGNED_IN, POST=SIGNED_IN),
    "": door(GET=SIGNED_IN),
    "pilots/": door(GET=SIGNED_IN),
    "pilots/export/": door(GET=SIGNED_IN),
    "pilots/template/": door(GET=SIGNED_IN),
    "funnel/": door(GET=SIGNED_IN),
    "funnel/export/": door(GET=SIGNED_IN),
    # Whoever may log something somewhere; what they may log where is asked of the action.
    "pilots/new/": door(GET=Deed.CREATE_IDEA, POST=Deed.CREATE_IDEA),
    "pilots/new/echo/": door(GET=SIGNED_IN),
    "pilots/new/alike/": door(GET=SIGNED_IN),
    # The way of a file: whoever may import somewhere; an import is its maker's and its program's managers'.
    IMPORTS: door(GET=MANAGER_ANYWHERE, POST=MANAGER_ANYWHERE),
    IMPORTS + "<int:pk>/": door(GET=OF_IMPORT),
    IMPORTS + "<int:pk>/file/": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/sheet/": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/columns/": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/mapping.toml": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/values/": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/preview/": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/report/": door(GET=OF_IMPORT),
    IMPORTS + "<int:pk>/done/": door(GET=OF_IMPORT),
    IMPORTS + "<int:pk>/undo/": door(GET=OF_IMPORT, POST=OF_IMPORT),
    IMPORTS + "<int:pk>/drop/": door(POST=OF_IMPORT),
    # One pilot.
    PILOT_PAGES: door(GET=Deed.SEE),
    PILOT_PAGES + "edit/": door(GET=Deed.EDIT, POST=Deed.EDIT),
    PILOT_PAGES + "move/": door(GET=(Deed.MOVE, Deed.STOP), POST=(Deed.MOVE, Deed.STOP)),
    PILOT_PAGES + "hold/": door(GET=Deed.HOLD, POST=Deed.HOLD),
    PILOT_PAGES + "resume/": door(GET=Deed.HOLD, POST=Deed.HOLD),
    PILOT_PAGES + "check-in/": door(GET=Deed.CHECK_IN, POST=Deed.CHECK_IN),
    PILOT_PAGES + "people/": door(GET=Deed.SEE, POST=Deed.ASSIGN_OWNERS),
    PILOT_PAGES + "people/<int:row>/accept/": door(POST=NOBODY),
    PILOT_PAGES + "people/<int:row>/end/": door(POST=Deed.ASSIGN_OWNERS),
    PILOT_PAGES + "plan/": door(GET=Deed.SEE),
    PILOT_PAGES + "plan/new/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/phases/<int:row>/close/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/phases/<int:row>/reopen/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/milestones/new/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/milestones/<int:row>/edit/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/milestones/<int:row>/done/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/milestones/<int:row>/reopen/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "plan/milestones/<int:row>/remove/": door(GET=Deed.PLAN, POST=Deed.PLAN),
    PILOT_PAGES + "decisions/new/": door(GET=Deed.ASK_DECISION, POST=Deed.ASK_DECISION),
    PILOT_PAGES + "history/": door(GET=Deed.SEE),
    PILOT_PAGES + "history/<int:row>/": door(GET=Deed.MOVE, POST=Deed.MOVE),
    PILOT_PAGES + "kpis/new/": door(GET=Deed.EDIT, POST=Deed.EDIT),
    # Whoever was named to decide may too; these were asked of any manager.
    "decisions/<int:row>/": door(GET=Deed.SEE, POST=Deed.DECIDE),
    "answers/<int:row>/": door(GET=Deed.CONFIRM_ANSWER, POST=Deed.CONFIRM_ANSWER),
    # The sample. It is not loaded here, so there is none to clear; tests/portfolio/desk/ clears one.
    "sample/load/": door(POST=MANAGER_ANYWHERE),
    "sample/clear/": door(GET=NO_SUCH_THING, POST=NO_SUCH_THING),
    # What is stuck; flags are answered on pages of their own. A list of flags is asked of the action.
    "stalled/": door(GET=SIGNED_IN),
    "stalled/export/": door(GET=SIGNED_IN),
    FLAG_PAGES + "snooze/": door(GET=SIGNED_IN, POST=SIGNED_IN),
    FLAG_PAGES + "<int:row>/snooze/": door(GET=Deed.SNOOZE, POST=Deed.SNOOZE),
    FLAG_PAGES + "<int:row>/dispute/": door(GET=Deed.SNOOZE, POST=Deed.SNOOZE),
    FLAG_PAGES + "<int:row>/wake/": door(POST=Deed.SNOOZE),
    # How Headway decides what is stuck. For which program limits are set is asked of the action.
    "stalled/rules/": door(GET=SIGNED_IN),
    "stalled/rules/<slug:rule>/": door(GET=MANAGER_ANYWHERE, POST=MANAGER_ANYWHERE),
    # Programs, members and accounts.
    "settings/": door(GET=MANAGER_ANYWHERE, POST=ADMINISTRATOR),
    "settings/prefix/": door(GET=ADMINISTRATOR),
    SETTINGS_PROGRAM: door(GET=IN_CHARGE, POST=IN_CHARGE),
    SETTINGS_PROGRAM + "edit/": door(GET=ADMINISTRATOR_OF_PROGRAM, POST=ADMINISTRATOR_OF_PROGRAM),
    SETTINGS_PROGRAM + "members/<int:row>/role/": door(POST=IN_CHARGE),
    SETTINGS_PROGRAM + "members/<int:row>/remove/": door(POST=IN_CHARGE),
    SETTINGS_PROGRAM + "fields/": door(GET=IN_CHARGE, POST=IN_CHARGE),
    SETTINGS_PROGRAM + "fields/<slug:code>/": door(GET=IN_CHARGE, POST=IN_CHARGE),
    SETTINGS_PROGRAM + "fields/<slug:code>/place/": door(POST=IN_CHARGE),
    SETTINGS_PROGRAM + "fields/<slug:code>/retire/": door(POST=IN_CHARGE),
    SETTINGS_PROGRAM + "fields/<slug:code>/restore/": door(POST=IN_CHARGE),
    "settings/jobs/": door(GET=ADMINISTRATOR),
    "settings/jobs/<int:run>/retry/": door(POST=ADMINISTRATOR),
    "settings/people/": door(GET=ADMINISTRATOR, POST=ADMINISTRATOR),
    "settings/people/<int:person>/link/": door(POST=ADMINISTRATOR),
    "settings/people/<int:person>/deactivate/": door(POST=ADMINISTRATOR),
    "settings/people/<int:person>/reactivate/": door(POST=ADMINISTRATOR),
    "settings/outbox/": door(GET=ADMINISTRATOR),
    "settings/outbox/release/": door(POST=ADMINISTRATOR),
    "settings/outbox/files/<str:name>/": door(GET=ADMINISTRATOR),
    "settings/outbox/<int:row>/retry/": door(POST=ADMINISTRATOR),
    "settings/outbox/<int:row>/release/": door(POST=ADMINISTRATOR),
    "settings/outbox/<int:row>/give-up/": door(POST=ADMINISTRATOR),
    # The API. What a body names (a program, a pilot) is asked of the action; see tests/api/.
    API + "me/": door(GET=SIGNED_IN),
    API + "schema/": door(GET=SIGNED_IN),
    API_DOCS: door(GET=SIGNED_IN),
    API + "funnel/": door(GET=SIGNED_IN),
    API + "^events/$": door(GET=SIGNED_IN),
    API + "^programs/$": door(GET=SIGNED_IN, POST=ADMINISTRATOR),
    API + "^programs/(?P<slug>[-a-zA-Z0-9_]{1,80})/$": door(GET=OF_PROGRAM),
    API + "^members/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^members/{ROW}/$": door(
        GET=IN_CHARGE_OR_UNSEEN, PATCH=IN_CHARGE_OR_UNSEEN, DELETE=IN_CHARGE_OR_UNSEEN
    ),
    API + "^custom-fields/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^custom-fields/{ROW}/$": door(GET=OF_PROGRAM, PATCH=IN_CHARGE),
    API + "^pilots/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API_PILOT + "$": door(GET=Deed.SEE, PUT=Deed.EDIT, PATCH=Deed.EDIT),
    API_PILOT + "check-in/$": door(POST=Deed.CHECK_IN),
    API_PILOT + "hold/$": door(POST=Deed.HOLD),
    API_PILOT + "resume/$": door(POST=Deed.HOLD),
    API_PILOT + "move/$": door(POST=(Deed.MOVE, Deed.STOP)),
    API + "^owners/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^owners/{ROW}/$": door(GET=OF_PROGRAM, PATCH=MANAGER_OF_PROGRAM),
    API + f"^owners/{ROW}/invite/$": door(POST=MANAGER_OF_PROGRAM),
    API + "^ownerships/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^ownerships/{ROW}/$": door(GET=Deed.SEE),
    API + f"^ownerships/{ROW}/accept/$": door(POST=NOBODY),
    API + f"^ownerships/{ROW}/end/$": door(POST=Deed.ASSIGN_OWNERS),
    API + "^transitions/$": door(GET=SIGNED_IN),
    API + f"^transitions/{ROW}/$": door(GET=Deed.SEE),
    API + f"^transitions/{ROW}/correct/$": door(POST=Deed.MOVE),
    API + f"^transitions/{ROW}/void/$": door(POST=Deed.MOVE),
    API + "^holds/$": door(GET=SIGNED_IN),
    API + f"^holds/{ROW}/$": door(GET=Deed.SEE),
    API + "^plans/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^plans/{ROW}/$": door(GET=Deed.SEE),
    API + "^phases/$": door(GET=SIGNED_IN),
    API + f"^phases/{ROW}/$": door(GET=Deed.SEE),
    API + f"^phases/{ROW}/close/$": door(POST=Deed.PLAN),
    API + f"^phases/{ROW}/reopen/$": door(POST=Deed.PLAN),
    API + "^milestones/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^milestones/{ROW}/$": door(GET=Deed.SEE, PATCH=Deed.PLAN, DELETE=Deed.PLAN),
    API + f"^milestones/{ROW}/done/$": door(POST=Deed.PLAN),
    API + f"^milestones/{ROW}/reopen/$": door(POST=Deed.PLAN),
    API + "^flags/$": door(GET=SIGNED_IN),
    API + f"^flags/{ROW}/$": door(GET=Deed.SEE),
    API + f"^flags/{ROW}/snooze/$": door(POST=Deed.SNOOZE),
    API + f"^flags/{ROW}/dispute/$": door(POST=Deed.SNOOZE),
    API + f"^flags/{ROW}/wake/$": door(POST=Deed.SNOOZE),
    API + "rules/": door(GET=SIGNED_IN),
    API + "rules/<slug:rule>/": door(GET=SIGNED_IN),
    API + "rules/<slug:rule>/limits/": door(PUT=SIGNED_IN),
    API + "^decisions/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^decisions/{ROW}/$": door(GET=Deed.SEE),
    API + f"^decisions/{ROW}/decide/$": door(POST=Deed.DECIDE),
    API + "^answers/$": door(GET=SIGNED_IN),
    API + f"^answers/{ROW}/$": door(GET=Deed.SEE),
    API + f"^answers/{ROW}/settle/$": door(POST=Deed.CONFIRM_ANSWER),
    API + "^imports/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^imports/{ROW}/$": door(GET=OF_IMPORT_UNSEEN),
    API + f"^imports/{ROW}/findings/$": door(GET=OF_IMPORT_UNSEEN),
    API + f"^imports/{ROW}/mapping/$": door(POST=OF_IMPORT_UNSEEN),
    API + f"^imports/{ROW}/answers/$": door(POST=OF_IMPORT_UNSEEN),
    API + f"^imports/{ROW}/apply/$": door(POST=OF_IMPORT_UNSEEN),
    API + f"^imports/{ROW}/drop/$": door(POST=OF_IMPORT_UNSEEN),
    API + f"^imports/{ROW}/undo/$": door(GET=OF_IMPORT_UNSEEN, POST=OF_IMPORT_UNSEEN),
    API + "^log/$": door(GET=SIGNED_IN, POST=SIGNED_IN),
    API + f"^log/{ROW}/$": door(GET=Deed.SEE),
    # Anything else below the API is 404 in its own words, for everybody.
    "^api(?:/.*)?$": door(),
}

OWNERS = {
    role.value: role
    for role in (OwnerRole.SPONSOR, OwnerRole.LEGAL, OwnerRole.RUN_OWNER, OwnerRole.PRODUCTION_OWNER)
} | {PENDING: OwnerRole.SECURITY}


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """Build it in a transaction around all tests of this module; each test has its own inside."""
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK_HASHERS), atomic():
        pilots, people, sessions = build()
        yield pilots, people, sessions, {pk: fillers(Pilot.objects.get(pk=pk)) for pk in pilots.values()}
        set_rollback(True)


@pytest.fixture
def world(built, db, settings, tmp_path):
    """Return pilots, people (both read anew), a signed-in browser of each, and the parts of addresses."""
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = FILE_BACKEND, tmp_path
    (tmp_path / MAIL_FILE).write_text("Subject: Hello\n\nGood morning.\n")
    pilots, people, sessions, filled = built
    found_pilots = Pilot.objects.select_related("program").in_bulk(pilots.values())
    found_people = User.objects.in_bulk(people.values())
    browsers = {name: Client() for name in people}
    for name, session in sessions.items():
        browsers[name].cookies[settings.SESSION_COOKIE_NAME] = session
    return (
        {name: found_pilots[pk] for name, pk in pilots.items()},
        {name: found_people[pk] for name, pk in people.items()},
        browsers,
        filled,
    )


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
    Returns the ids of pilots and people by name, and a session of each person.
    """
    by_system = By(user=None, at=NOW, source=Source.COMMAND)
    programs = [
        Program(name="Claims AI", slug="claims", prefix="CLM"),
        Program(name="Finance AI", slug="finance", prefix="FIN"),
    ]
    program, other_program = create_programs(programs, by=by_system)
    plain = NewPilot(
        program=program,
        name="Ordinary",
        problem="It takes nine days to sort a claim.",
        stage=Stage.PILOTING,
        since=Day(date(2026, 9, 1)),
    )
    pilots = {
        "ordinary": log_pilot(plain, by=by_system),
        "confidential": log_pilot(replace(plain, name="Hidden", is_confidential=True), by=by_system),
        "foreign": log_pilot(replace(plain, name="Foreign", program=other_program), by=by_system),
    }
    nobody, first = Contact(name="Nobody Special"), OwnerRole.BUSINESS_OWNER
    for pilot in pilots.values():
        add_owner(NewOwnership(pilot=pilot, contact=nobody, role=first), by=by_system)
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
        add_member(program=program, user=people[role.value], role=role, by=by_system)
    add_member(program=other_program, user=people["foreign_manager"], role=Role.MANAGER, by=by_system)
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
                by=by_system,
            )
    accepted = Ownership.objects.filter(owner__user__isnull=False).exclude(owner__user=people[PENDING])
    accepted.update(accepted_on=date(2026, 9, 1))
    for owned in (program, other_program):
        CustomField.objects.create(program=owned, code="page", label="Page", kind="link")
        Import.objects.create(
            program=owned,
            made_at=NOW,
            file_name="register.csv",
            packed=pack(REGISTER),
            as_of=NOW.date(),
            mapping={"title": "Register", "register": "register"},
        )
    for pilot in pilots.values():
        begin = date(2026, 9, 1)
        plan = Plan.objects.create(pilot=pilot, number=1, template="built", start=begin, made_at=NOW)
        Phase.objects.create(plan=plan, number=1, title="Scope", planned_start=begin, planned_end=begin)
        check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, text="Going well."), by=by_system)
        Milestone.objects.create(pilot=pilot, title="Shadow run")
        Decision.objects.create(program=pilot.program, pilot=pilot, question="Go on?", asked_at=NOW)
        asked = people[Role.CONTRIBUTOR.value]
        Answer.objects.create(pilot=pilot, kind="moving", person=asked, was_signed_in=False, given_at=NOW)
        hold_pilot(
            NewHold(pilot=pilot, reason="Budget.", agreed_by="S. Keller", review_on=date(2027, 1, 4)),
            by=by_system,
        )
    return (
        {name: pilot.pk for name, pilot in pilots.items()},
        {name: user.pk for name, user in people.items()},
        {name: signed_in(user) for name, user in people.items()},
    )


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
        )
    }
    phase = Phase.objects.filter(plan__pilot=pilot).order_by("id").first()
    first |= {"plans": phase.plan_id, "phases": phase.pk}
    manager = pilot.program.memberships.get(role=Role.MANAGER.value)  # the only one, so nobody removes them
    return {
        "<key:key>": pilot.key,
        KEY: pilot.key,
        "(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)": "1-set-password",
        "people/<int:row>": f"people/{first['ownerships']}",
        "history/<int:row>": f"history/{first['transitions']}",
        "milestones/<int:row>": f"milestones/{first['milestones']}",
        "phases/<int:row>": f"phases/{first['phases']}",
        "flags/<int:row>": f"flags/{first['flags']}",
        "decisions/<int:row>": f"decisions/{first['decisions']}",
        "answers/<int:row>": f"answers/{first['answers']}",
        "a/<str:token>": mailed(answer_url, pilot.flags, manager),
        "d/<str:token>": mailed(decide_url, pilot.decisions, manager),
        "(?P<slug>[-a-zA-Z0-9_]{1,80})": pilot.program.slug,
        f"owners/{ROW}": f"owners/{pilot.program.owners.get(name='Nobody Special').pk}",
        "<slug:slug>": pilot.program.slug,
        "<slug:rule>": "R-01",
        "<slug:code>": "page",
        "<str:token>": "1.nobody-signed-this",
        "<int:owner>": str(pilot.program.owners.get(name="Nobody Special").pk),
        "<int:invitation>": str(Invitation.objects.get(program=pilot.program).pk),
        "files/<str:name>": f"files/{MAIL_FILE}",
        f"custom-fields/{ROW}": f"custom-fields/{pilot.program.custom_fields.get().pk}",
        "outbox/<int:row>": f"outbox/{Message.objects.get(key='test').pk}",
        f"imports/{ROW}": f"imports/{Import.objects.get(program=pilot.program).pk}",
        "import/<int:pk>": f"import/{Import.objects.get(program=pilot.program).pk}",
        "<int:run>": str(JobRun.objects.get().pk),
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
        "<slug>",
        "<slug:slug>",
    )
    return any(mark in route for mark in marks) or route.startswith(
        ("decisions/", "answers/", FLAG_PAGES + "<int:row>")
    )


def expected(route, method, user, pilot):
    """Return which answers are right: a set of statuses, or "through" for any that lets the person pass."""
    who = MATRIX[route].methods.get(method)
    if route == "^api(?:/.*)?$":
        return {404} if user else {401, 404}
    if user is None:
        return "through" if who == PUBLIC else {302, 401, 405}
    if who is None:
        return {403, 404, 405}
    if who in (PUBLIC, SIGNED_IN):
        return "through"
    if who == NO_SUCH_THING:
        return {404}
    if who in (ADMINISTRATOR, MANAGER_ANYWHERE, ANY_MANAGER):
        manages = user.memberships.filter(role=Role.MANAGER.value).exists()
        runs = user.is_administrator and who != ANY_MANAGER
        return "through" if runs or (manages and who != ADMINISTRATOR) else {403}
    if who in OF_ONE_PROGRAM:
        return expected_of_program(who, user, pilot.program)
    deeds = who if isinstance(who, tuple) else (who,)
    if pilot is None:
        return "through" if may_anywhere(user, deeds) else {403}
    relation = relations(user, [pilot])[pilot.pk]
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
}


def expected_of_program(who, user, program):
    if who == OF_IMPORT:
        return expected_of_import(user, program)
    if who == OF_IMPORT_UNSEEN:
        managers = user.memberships.filter(program=program, role=Role.MANAGER.value)
        return "through" if managers.exists() else {404}
    relation = relation_to_program(user, program)
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


def expected_of_import(user, program):
    managed = user.memberships.filter(role=Role.MANAGER.value)
    if not user.is_administrator and not managed.exists():
        return {403}
    return "through" if managed.filter(program=program).exists() else {404}


def may_anywhere(user, deeds):
    roles = set(user.memberships.values_list("role", flat=True))
    return Deed.CREATE_IDEA in deeds and bool(roles & {Role.CONTRIBUTOR.value, Role.MANAGER.value})


def expected_of_token(name, route, method, people, pilot):
    """Return the same for a manager's token: it opens the API and no page, and no more than its limits."""
    if not route.startswith(API) or route == API_DOCS:
        return expected(route, method, None, pilot)
    if name == READING and method != "GET":
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
    pilots, people, browsers, filled = world

    def ask(name, user, method, url, pilot):
        is_nobody = name == PENDING  # who has not accepted stands as a stranger, whatever the query says
        wanted = expected(route, method, people["stranger"] if is_nobody else user, pilot)
        return browsers.get(name, Client()).generic(method, url), wanted

    assert_right(route, pilots, filled, {"anonymous": None, **people}, ask)


@pytest.mark.parametrize("route", ROUTES)
def test_address_answers_each_token_as_the_table_says(route, world, by_system):
    pilots, people, _, filled = world
    limits = {WHOLE: {}, READING: {"scopes": {"read"}}, ELSEWHERE: {"programs": [pilots["foreign"].program]}}
    secrets = {
        name: create_token(
            **{"user": people["manager"], "name": name, "scopes": {"read", "write"}, "by": by_system} | given
        )[1]
        for name, given in limits.items()
    }

    def ask(name, secret, method, url, pilot):
        response = Client(headers={"Authorization": f"Bearer {secret}"}).generic(method, url)
        return response, expected_of_token(name, route, method, people, pilot)

    assert_right(route, pilots, filled, secrets, ask)


def assert_right(route, pilots, filled, callers, ask):
    """Send every method as every caller for every pilot; `ask` returns the answer and what was wanted."""
    wrong, before = [], Event.objects.count()
    for kind, pilot in pilots.items() if names_a_pilot(route) else [("", None)]:
        url = address(route, filled[(pilot or pilots["ordinary"]).pk])
        for name, caller in callers.items():
            for method in methods(route):
                if kind in {"confidential", "foreign"} and method not in MATRIX[route].methods:
                    continue  # what is not offered is asked of one pilot: no pilot decides it
                response, wanted = ask(name, caller, method, url, pilot)
                after = Event.objects.count()
                if not is_right(response, wanted) or (wanted != "through" and after != before):
                    wrong.append(
                        f"{method} {url} ({kind}) as {name}: {response.status_code}, wanted {wanted}"
                    )
                before = after

    assert wrong == [], "\n".join(wrong)
