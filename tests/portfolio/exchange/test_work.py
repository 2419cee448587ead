"""What a worker does with an import: preview, write, hand back; alone, once, and all or nothing."""

from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from pilots.access.models import Event, Membership, Program, Role
from pilots.actions.account import add_member
from pilots.actions.job import record_heartbeat
from pilots.actions.pilot import Edit, edit_pilot
from pilots.models import Heartbeat, Owner, Pilot, RegisterEntry
from portfolio import ringing
from portfolio.exchange import importing, runs, work
from portfolio.exchange.lease import LEASE, PAUSE, take_import
from portfolio.exchange.models import ATTEMPTS, Import, ImportedPilot, Step, Wanted
from portfolio.exchange.waiting import prune_imports, waiting
from portfolio.exchange.work import work_off
from portfolio.jobs import RULES
from portfolio.outbox.drain import drain_events
from portfolio.outbox.models import Message
from portfolio.ringing import ring
from tests.conftest import NOW
from tests.portfolio.exchange.importer import PLAIN, row

pytestmark = pytest.mark.django_db
TWO = [row(1, "Hail"), row(2, "Rain", "Live", live="2026-03-04")]


def asked(importer, wanted=Wanted.PREVIEW) -> Import:
    import_ = importer.begin(TWO) if wanted is Wanted.PREVIEW else importer.preview(TWO)
    if wanted is Wanted.PREVIEW:
        runs.choose(import_, PLAIN, by=importer.by)
    runs.ask(import_, wanted, by=importer.by, data_version=import_.data_version)
    return import_


def counts(import_):
    return tuple(import_.summary[name] for name in ("new", "changed", "same", "refused"))


# --- Preview and write -----------------------------------------------------------------


def test_preview_says_what_would_be_and_writes_nothing(importer):
    import_ = importer.preview(TWO)

    assert (import_.step, import_.wanted, import_.last_error) == (Step.PREVIEWED, "", "")
    assert counts(import_) == (2, 0, 0, 0)
    assert [line["kind"] for line in runs.details_of(import_, None)] == ["new", "new"]
    assert import_.data_version
    assert not Pilot.objects.exists()


def test_written_import_is_what_the_preview_said(importer):
    import_ = importer.preview(TWO)

    written = importer.do(import_, Wanted.APPLY)

    assert (written.step, written.last_error) == (Step.APPLIED, "")
    assert counts(written) == counts(import_)
    assert list(Pilot.objects.order_by("pk").values_list("key", "name")) == [
        ("CLM-1", "Hail"),
        ("CLM-2", "Rain"),
    ]
    assert set(Event.objects.filter(verb="pilot.imported").values_list("batch", "actor")) == {
        (import_.batch, importer.user.pk)
    }
    assert ImportedPilot.objects.filter(of_import=written, is_new=True).count() == 2


def test_same_file_again_changes_nothing(importer):
    importer.write(TWO)
    before = list(Pilot.objects.order_by("pk").values())

    again = importer.write(TWO, name="our list of november.csv")

    assert counts(again) == (0, 0, 2, 0)
    assert list(Pilot.objects.order_by("pk").values()) == before
    assert not ImportedPilot.objects.filter(of_import=again).exists()


def test_pilot_that_changed_since_the_preview_is_looked_at_again(importer):
    importer.write(TWO)
    import_ = importer.preview([row(1, "Hail", vendor="Acme"), TWO[1]])
    runs.ask(import_, Wanted.APPLY, by=importer.by, data_version=import_.data_version)
    edit_pilot(Edit(pilot=Pilot.objects.get(name="Hail"), fields={"unit": "West"}), by=importer.by)

    again = importer.work(import_)

    assert (again.step, again.wanted) == (Step.PREVIEWED, "")
    assert again.last_error == "Something changed here since the preview: look again."
    assert again.data_version != import_.data_version
    assert not Pilot.objects.exclude(vendor="").exists()
    assert importer.do(again, Wanted.APPLY).step == Step.APPLIED
    assert Pilot.objects.get(name="Hail").vendor == "Acme"


def test_program_opened_since_the_preview_is_looked_at_again(importer, administrator, by_system):
    importer.user, importer.program = administrator, None
    plain = {**PLAIN, "program": {"column": "Vendor"}}
    import_ = importer.preview([row(1, "Hail", vendor="Tides")], plain=plain)
    assert import_.summary["new_programs"] == ["Tides"]
    runs.ask(import_, Wanted.APPLY, by=importer.by, data_version=import_.data_version)
    Program.objects.create(name="Tides", slug="t", prefix="TT")

    assert importer.work(import_).last_error == runs.CHANGED
    assert not Pilot.objects.exists()


# --- Who it acts for ---------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["seat", "account"])
def test_right_that_was_lost_while_it_waited_ends_it(importer, lost):
    import_ = asked(importer, Wanted.APPLY)
    if lost == "seat":
        Membership.objects.filter(user=importer.user).update(role=Role.CONTRIBUTOR.value)
    else:
        importer.user.is_active = False
        importer.user.save()

    ended = importer.work(import_)

    assert (ended.step, ended.wanted) == (Step.PREVIEWED, "")
    assert ended.last_error.startswith("Nothing was written. ")
    assert not Pilot.objects.exists()


def test_whoever_asked_is_the_one_who_wrote(importer, make_user, program, by_system):
    import_ = importer.preview(TWO)
    other = make_user("otto@example.com")
    add_member(program=program, user=other, role=Role.MANAGER, by=by_system)
    importer.user = other

    importer.do(import_, Wanted.APPLY)

    assert set(Event.objects.filter(verb="pilot.imported").values_list("actor", flat=True)) == {other.pk}


# --- Turns and leases ----------------------------------------------------------------------


def test_import_is_in_one_hand(importer):
    asked(importer)

    assert take_import(NOW) is not None
    assert take_import(NOW) is None
    assert take_import(NOW + LEASE) is not None


def test_one_import_at_a_time_per_program(importer, other_program, administrator):
    first, second = asked(importer), asked(importer)
    importer.user, importer.program = administrator, other_program
    elsewhere = asked(importer)
    importer.program = None
    everywhere = importer.begin(TWO)
    runs.choose(everywhere, {**PLAIN, "program": {"column": "Vendor"}}, by=importer.by)
    runs.ask(everywhere, Wanted.PREVIEW, by=importer.by)

    taken = [take_import(NOW), take_import(NOW), take_import(NOW)]

    assert [row and row.pk for row in taken] == [first.pk, elsewhere.pk, None]
    assert waiting(second, NOW) == ""  # as it was read before it was asked for
    second.refresh_from_db()
    assert waiting(second, NOW) == "Waiting for another import into the same program to end."
    Import.objects.filter(pk__in=[first.pk, elsewhere.pk]).update(wanted="", lease_token=None)
    Import.objects.filter(pk=second.pk).update(wanted="")
    assert take_import(NOW).pk == everywhere.pk
    Import.objects.filter(pk=second.pk).update(wanted="preview")
    assert take_import(NOW) is None


def test_import_that_ends_its_worker_three_times_goes_back_to_the_person(importer):
    import_ = asked(importer, Wanted.APPLY)
    at = importer.at
    for _ in range(ATTEMPTS):
        assert take_import(at).pk == import_.pk
        at += LEASE

    assert take_import(at) is None

    import_.refresh_from_db()
    assert (import_.step, import_.wanted, import_.lease_token) == (Step.PREVIEWED, "", None)
    assert import_.last_error.startswith(
        "The worker ended three times while it had this in hand. Nothing was"
    )
    assert importer.do(import_, Wanted.APPLY).step == Step.APPLIED


def test_fault_of_ours_is_tried_again_and_then_told(importer, monkeypatch, caplog):
    import_ = asked(importer, Wanted.APPLY)
    monkeypatch.setattr(work, "keep_written", lambda *_: 1 / 0)

    for attempt in range(1, ATTEMPTS + 1):
        failed = importer.work(import_)
        assert not Pilot.objects.exists()
        assert (failed.wanted, failed.last_error != "") == (
            ("apply", False) if attempt < ATTEMPTS else ("", True)
        )
        assert take_import(importer.at) is None  # not at once
        importer.at += PAUSE

    assert failed.last_error.startswith("Something went wrong on our side, three times. Nothing was written.")
    monkeypatch.undo()
    assert importer.do(failed, Wanted.APPLY).step == Step.APPLIED


def test_end_of_the_time_is_passed_on_and_nothing_is_written(importer, monkeypatch):
    import_ = asked(importer, Wanted.APPLY)

    def end(*_):
        raise SoftTimeLimitExceeded

    monkeypatch.setattr(work, "keep_written", end)
    with pytest.raises(SoftTimeLimitExceeded):
        importer.work(import_)

    assert not Pilot.objects.exists()
    import_.refresh_from_db()
    assert (import_.wanted, import_.attempts, import_.lease_token) == ("apply", 1, None)


@pytest.mark.parametrize("wanted", [Wanted.PREVIEW, Wanted.APPLY])
def test_import_given_up_while_it_is_in_hand_leaves_nothing(importer, monkeypatch, wanted):
    import_ = asked(importer, wanted)
    prepare = importing.prepare

    def meanwhile(*given, **named):
        Import.objects.update(step=Step.DROPPED.value, wanted="", lease_token=None, packed=None)
        return prepare(*given, **named)

    monkeypatch.setattr(importing, "prepare", meanwhile)
    after = importer.work(import_)

    assert (after.step, after.wanted) == (Step.DROPPED, "")
    assert not Pilot.objects.exists()
    assert not RegisterEntry.objects.exists()


def test_worker_that_is_to_end_takes_nothing(importer):
    asked(importer)

    assert work_off(lambda: NOW, should_stop=lambda: True) == 0
    assert work_off(lambda: importer.at) == 1


def test_ring_does_what_imports_want_first_of_all(importer):
    import_ = asked(importer)

    rung = ring(lambda: importer.at)

    assert rung.done[0] == "imports"
    import_.refresh_from_db()
    assert import_.step == Step.PREVIEWED


def test_ring_begins_no_import_in_its_second_half(importer, monkeypatch):
    told = []
    monkeypatch.setattr(ringing, "work_off", lambda _now, should_stop: told.append(should_stop))
    moments = [NOW]
    ring(lambda: moments[-1], budget=timedelta(seconds=100))

    for seconds, is_over in ((49, False), (51, True)):
        moments.append(NOW + timedelta(seconds=seconds))
        assert told[0]() is is_over


# --- Whoever waits reads why ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("beat", "says"),
    [
        (None, "Waiting for the worker, and none is running."),
        (timedelta(minutes=3), "Waiting for the worker, and none is running."),
        (timedelta(seconds=70), "Waiting for the worker."),
    ],
)
def test_whoever_waits_reads_whether_a_worker_lives(importer, beat, says):
    import_ = asked(importer)
    import_.refresh_from_db()
    Heartbeat.objects.all().delete()
    if beat is not None:
        record_heartbeat(job="ring", at=NOW - beat)

    assert waiting(import_, NOW).startswith(says)
    taken = take_import(NOW)
    assert waiting(taken, NOW) == "Looking through the file."


# --- Forgetting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "days", "step_after", "is_kept"),
    [
        (Step.APPLIED, 13, Step.APPLIED, True),
        (Step.APPLIED, 15, Step.APPLIED, False),
        (Step.PREVIEWED, 29, Step.PREVIEWED, True),
        (Step.PREVIEWED, 31, Step.DROPPED, False),
    ],
)
def test_files_are_forgotten_after_a_while(importer, step, days, step_after, is_kept):
    import_ = importer.preview(TWO) if step is Step.PREVIEWED else importer.write(TWO)

    prune_imports(importer.at + timedelta(days=days))

    import_.refresh_from_db()
    assert (import_.step, import_.packed is not None) == (step_after, is_kept)
    assert Event.objects.filter(verb="import.dropped").exists() == (step_after is Step.DROPPED)


def test_files_are_forgotten_with_the_first_run_of_an_hour(importer):
    import_ = importer.preview(TWO)

    RULES.offer(importer.at + timedelta(days=31))

    import_.refresh_from_db()
    assert import_.packed is None


def test_file_that_waits_for_its_worker_is_not_forgotten(importer):
    import_ = asked(importer)

    prune_imports(importer.at + timedelta(days=60))

    import_.refresh_from_db()
    assert (import_.step, import_.packed is not None) == (Step.CHOOSING, True)


# --- I9: people in a file are contacts --------------------------------------------------------------


def test_five_hundred_owners_open_no_account_and_mail_nobody(importer, mailoutbox, django_user_model):
    header = ["ID", "Name", "Problem", "Stage", "Vendor", "Live since", "Sponsor", "Mail"]
    rows = [[*row(n, f"Pilot {n}"), f"Person {n}", f"person{n}@example.com"] for n in range(500)]
    plain = {**PLAIN, "owner": [{"role": "sponsor", "name": "Sponsor", "email": "Mail"}]}
    accounts = django_user_model.objects.count()

    written = importer.write(rows, header=header, plain=plain)
    drain_events(importer.at)

    assert (written.summary["owners"], Owner.objects.count()) == (500, 500)
    assert django_user_model.objects.count() == accounts
    assert not Owner.objects.filter(user__isnull=False).exists()
    assert not Message.objects.exists()
    assert mailoutbox == []
