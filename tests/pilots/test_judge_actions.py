"""The scan and the check after a commit: flags open, escalate, refresh, close, and health follows."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection
from django.db.transaction import atomic, set_rollback
from django.test.utils import CaptureQueriesContext

from kpis import worth
from pilots.access.models import Event, Program, Source
from pilots.access.permissions import OwnerRole
from pilots.actions import judge as judging
from pilots.actions.account import create_programs
from pilots.actions.by import By
from pilots.actions.check import checking_later
from pilots.actions.hold import NewHold, Resume, hold_pilot, resume_pilot
from pilots.actions.judge import check_pilots, replay, scan
from pilots.actions.limits import set_limits
from pilots.actions.log import NewLine, check_in
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Move, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Flag, LogKind, Pilot, ProgramLine
from pilots.models.flag import FlagQuerySet
from pilots.models.log import Going
from pilots.rules import RULES
from tests.conftest import NOW, TODAY

LATER = NOW + timedelta(days=30)


def flags(**narrowed):
    rows = Flag.objects.open().filter(**narrowed).order_by("rule", "subject")
    return [(flag.rule_key, flag.severity) for flag in rows]


def proven(make_pilot, days, name="Claims triage", **more):
    """A pilot logged long ago as proven so many days before today; its quiet days are over."""
    pilot = make_pilot(name, stage=Stage.PROVEN, since=TODAY - timedelta(days=days), **more)
    Pilot.objects.filter(pk=pilot.pk).update(quiet_until=None)
    return pilot


def test_scan_opens_a_flag_once_and_tells_it(make_pilot):
    pilot = proven(make_pilot, 136)

    first, again = scan(at=NOW), scan(at=NOW + timedelta(hours=1))

    assert flags() == [("R-01", "high"), ("R-07", "high")]
    assert (first.total("opened"), again.total("opened"), again.total("refreshed")) == (2, 0, 0)
    flag = Flag.objects.get(rule="R-01")
    assert (flag.since, flag.crossed_on) == (TODAY - timedelta(days=136), TODAY - timedelta(days=1))
    assert flag.fact(TODAY) == "Proven 136 days ago, no go-live (limit 135 days)."
    assert flag.opened_at == NOW
    event = Event.objects.get(verb="flag.opened", subject="Proven, no users")
    assert (event.pilot_id, event.actor, event.source) == (pilot.pk, None, Source.JOB.value)
    assert event.after == {
        "rule": "R-01",
        "severity": "high",
        "fact": "Proven 136 days ago, no go-live (limit 135 days).",
    }
    pilot.refresh_from_db()
    assert (pilot.health, pilot.pattern) == ("stalled", "purgatory")


def test_health_and_flags_never_raise_the_version(make_pilot):
    pilot = proven(make_pilot, 136)

    scan(at=NOW)

    assert Pilot.objects.get(pk=pilot.pk).version == pilot.version


def test_flag_escalates_where_it_stands_and_wakes(make_pilot):
    proven(make_pilot, 170)
    scan(at=NOW)
    Flag.objects.filter(rule="R-01").update(snoozed_until=NOW + timedelta(days=60), snooze_reason="Board")

    outcome = scan(at=NOW + timedelta(days=10))

    flag = Flag.objects.get(rule="R-01")
    assert outcome.of("R-01").escalated == 1
    assert (flag.severity, flag.escalated_at, flag.snoozed_until) == (
        "critical",
        NOW + timedelta(days=10),
        None,
    )
    assert flag.opened_at == NOW
    assert Event.objects.filter(verb="flag.escalated").count() == 1


def test_snoozed_flag_leaves_health_until_it_ends(make_pilot):
    pilot = proven(make_pilot, 40)
    scan(at=NOW)
    Flag.objects.update(snoozed_until=NOW + timedelta(days=2), snooze_reason="Board meets on Friday")

    scan(at=NOW + timedelta(days=1))
    meanwhile = Pilot.objects.get(pk=pilot.pk).health
    scan(at=NOW + timedelta(days=2))

    assert meanwhile == "not_known"
    assert Pilot.objects.get(pk=pilot.pk).health == "stalled"


def test_flag_is_refreshed_when_a_limit_is_raised_and_closed_when_it_no_longer_holds(make_pilot, by_system):
    proven(make_pilot, 136)
    scan(at=NOW)

    set_limits(RULES.get("R-01"), {"high": 140}, program=None, by=by_system)
    milder = scan(at=NOW)
    set_limits(RULES.get("R-01"), {"warning": 150, "high": 160}, program=None, by=by_system)
    gone = scan(at=NOW)

    assert (milder.of("R-01").refreshed, gone.of("R-01").closed) == (1, 1)
    assert Flag.objects.get(rule="R-01").closed_at == NOW
    assert Flag.objects.get(rule="R-01").severity == "warning"


def test_move_clears_its_flags_after_the_commit(make_pilot, by, django_capture_on_commit_callbacks):
    pilot = proven(make_pilot, 136)
    scan(at=NOW)
    with django_capture_on_commit_callbacks(execute=True):
        add_owner(
            NewOwnership(pilot=pilot, role=OwnerRole.PRODUCTION_OWNER, contact=Contact(name="Sam")), by=by
        )
    assert flags() == [("R-01", "high"), ("R-07", "high")]

    with django_capture_on_commit_callbacks(execute=True):
        move_pilot(Move(pilot=pilot, to=Stage.TRANSITION), by=by)

    # It waits for its first user still, but now it has a plan.
    assert flags() == [("R-01", "high"), ("R-14", "warning"), ("R-20", "warning"), ("R-75", "warning")]
    assert Event.objects.filter(verb="flag.closed", subject="Proven, no plan").count() == 1


def test_hold_and_end_are_seen_at_once_and_close_flags_after_the_commit(
    make_pilot, by, django_capture_on_commit_callbacks
):
    pilot = proven(make_pilot, 136)
    scan(at=NOW)

    with django_capture_on_commit_callbacks() as callbacks:
        held = hold_pilot(
            NewHold(pilot=pilot, reason="Budget", agreed_by="Board", review_on=TODAY + timedelta(days=30)),
            by=by,
        )
    assert held.health == "on_hold"
    assert len(flags()) == 2

    for callback in callbacks:
        callback()
    assert flags() == []

    resumed_by = By(user=by.user, at=LATER, source=by.source)
    with django_capture_on_commit_callbacks(execute=True):
        resume_pilot(Resume(pilot=pilot), by=resumed_by)
    # The clocks stood still: the same 136 days as before the hold, and for a week nothing is held against it.
    assert Pilot.objects.get(pk=pilot.pk).health == "not_known"
    flag = Flag.objects.open().get(rule="R-01")
    assert (flag.severity, flag.fact(LATER.date())) == (
        "high",
        "Proven 136 days ago, no go-live (limit 135 days).",
    )
    assert flags(rule="R-04") == []


def test_check_in_clears_silence_and_blocked_shows_until_it_moves(
    make_pilot, by, django_capture_on_commit_callbacks
):
    pilot = make_pilot(since=TODAY - timedelta(days=5))
    Pilot.objects.filter(pk=pilot.pk).update(quiet_until=None, silence_clock_on=TODAY - timedelta(days=40))
    scan(at=NOW)
    assert flags(subject="heard") == [("R-04-heard", "high")]

    with django_capture_on_commit_callbacks(execute=True):
        check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, going=Going.BLOCKED), by=by)
    pilot.refresh_from_db()
    assert flags(subject="heard") == []
    assert (pilot.health, pilot.blocked_on) == ("blocked", TODAY)

    move_pilot(Move(pilot=pilot, to=Stage.PROVEN, evidence="90 letters"), by=by)
    pilot.refresh_from_db()
    assert (pilot.health, pilot.blocked_on) == ("on_track", None)


def test_later_decision_day_clears_the_flag(make_pilot, by, django_capture_on_commit_callbacks):
    pilot = make_pilot(decide_by=TODAY + timedelta(days=1))
    Pilot.objects.filter(pk=pilot.pk).update(quiet_until=None, decide_by=TODAY - timedelta(days=8))
    scan(at=NOW)
    assert flags(rule="R-79") == [("R-79", "high")]

    with django_capture_on_commit_callbacks(execute=True):
        edit_pilot(Edit(pilot=pilot, fields={"decide_by": TODAY + timedelta(days=30)}), by=by)

    assert flags(rule="R-79") == []


def test_logged_as_existing_is_quiet_first_and_then_a_starting_position(make_pilot):
    pilot = make_pilot(stage=Stage.PROVEN, since=TODAY - timedelta(days=136))

    scan(at=NOW)
    pilot.refresh_from_db()
    quiet = pilot.health
    scan(at=NOW + timedelta(days=15))
    pilot.refresh_from_db()

    assert quiet == "not_known"
    assert pilot.health == "stalled"
    assert set(Flag.objects.filter(rule__in=["R-01", "R-07"]).values_list("is_starting", flat=True)) == {True}


def test_what_got_worse_after_the_quiet_days_is_news(make_pilot):
    make_pilot(stage=Stage.PROVEN, since=TODAY - timedelta(days=136))
    scan(at=NOW)

    scan(at=NOW + timedelta(days=50))

    flag = Flag.objects.get(rule="R-01")
    assert (flag.severity, flag.is_starting) == ("critical", False)


def test_widespread_rule_becomes_one_line_and_leaves_health(make_pilot, program):
    for number in range(12):
        proven(make_pilot, 200 if number < 5 else 40, f"Pilot {number}")

    scan(at=NOW)

    lines = {(line.rule, line.eligible, line.hit) for line in ProgramLine.objects.all()}
    assert lines == {("R-01", 12, 5), ("R-07", 12, 12)}
    assert set(Flag.objects.values_list("is_widespread", flat=True)) == {True}
    # Told once, without colour: not stalled, and not well either.
    assert set(Pilot.objects.values_list("health", "pattern")) == {("not_known", "")}


def test_rule_that_is_not_widespread_any_more_is_told_of_each_pilot(make_pilot):
    for number in range(10):
        proven(make_pilot, 136, f"Pilot {number}")
    scan(at=NOW)
    for number in range(20):
        make_pilot(f"Fresh {number}", stage=Stage.PROVEN, since=TODAY)

    scan(at=NOW)

    assert ProgramLine.objects.count() == 0
    assert Pilot.objects.filter(health="stalled").count() == 10


def test_check_keeps_to_what_the_last_scan_found_widespread(make_pilot):
    pilots = [proven(make_pilot, 136, f"Pilot {number}") for number in range(10)]
    scan(at=NOW)
    Flag.objects.all().delete()

    check_pilots([pilots[0].pk], at=NOW)

    assert set(Flag.objects.values_list("is_widespread", flat=True)) == {True}


def test_broken_rule_is_reported_keeps_its_flags_and_stops_nobody(make_pilot, monkeypatch, caplog):
    proven(make_pilot, 136)
    scan(at=NOW)

    def breaks(facts, look):
        raise ZeroDivisionError("no such clock")

    object.__setattr__(RULES.get("R-07"), "judge", breaks)
    try:
        outcome = scan(at=NOW + timedelta(days=60))
    finally:
        object.__setattr__(RULES.get("R-07"), "judge", judge_planless)

    assert outcome.failed == {"R-07": "ZeroDivisionError: no such clock"}
    assert outcome.of("R-01").escalated == 1
    assert Flag.objects.get(rule="R-07").closed_at is None
    assert "Rule R-07 failed" in caplog.text


judge_planless = RULES.get("R-07").judge


def test_day_is_the_programs_own(make_pilot, program):
    pilot = proven(make_pilot, 89)
    program.zone = "Pacific/Kiritimati"
    program.save(update_fields=["zone"])

    # 11:00 UTC is the next day there already: day 90.
    check_pilots([pilot.pk], at=NOW + timedelta(hours=2))

    assert flags(rule="R-01") == [("R-01", "warning")]


def test_replay_of_a_past_day_says_what_was_so_and_writes_nothing(make_pilot, by):
    pilot = proven(make_pilot, 100, by=By(user=None, at=NOW - timedelta(days=100), source=Source.COMMAND))
    hold_pilot(
        NewHold(pilot=pilot, reason="Budget", agreed_by="Board", review_on=TODAY + timedelta(days=9)), by=by
    )

    past = replay(TODAY - timedelta(days=5), at=NOW)
    before = replay(TODAY - timedelta(days=101), at=NOW)

    assert (past.of("R-01").opened, past.of("R-01").eligible) == (1, 1)
    assert past.of("R-04-heard").opened == 1
    assert not past.written
    assert (
        past.not_replayed
        == {
            "decide_by": "the decision day as it is set today",
            "plan": "the phases as they are today",
            "calendar": "holidays, freezes and working days as they are today",
            "people": "contacts, accounts, what was agreed with them and what is waived as they are today",
            "load": "which other pilots of the same owner are active as they are today",
            "connections": "connections and rollout steps as they are written down today",
            "refusal": "refused moves that wait today; one that was settled or moved on since is not known",
            "playbook": "what the playbook asks, the record and waivers as they are today; "
            "evidence by its day",
            "pace": "stays in stages as the history tells them today, and of whom a word was ever told",
        }
        | worth.NOT_REPLAYED
    )
    assert before.pilots == 0
    assert not Flag.objects.exists()


def test_replay_of_today_finds_what_the_scan_finds(make_pilot):
    for number in range(6):
        proven(make_pilot, 25 * number, f"Pilot {number}")
    make_pilot("Undated", since=None)

    replayed = replay(TODAY, at=NOW)
    scanned = scan(at=NOW)

    assert {key: count.hit for key, count in replayed.rules.items()} == {
        key: count.hit for key, count in scanned.rules.items()
    }


def log_many(program, number, by, **fields):
    """Log so many pilots at once, as proven long ago, their quiet days over."""
    plain = {"stage": Stage.PROVEN, "since": Day(TODAY - timedelta(days=136)), "problem": "Slow."} | fields
    with checking_later():
        log_pilots(
            [NewPilot(program=program, name=f"Of {number}: {one}", **plain) for one in range(number)], by=by
        )
    Pilot.objects.filter(program=program).update(quiet_until=None)


def statements():
    with CaptureQueriesContext(connection) as queries:
        scan(at=NOW)
    return [query["sql"] for query in queries]


def test_scan_costs_as_many_statements_for_1000_pilots_as_for_10(program, by_system):
    """One that opens flags and learns what is widespread, one that finds all as it was, one that closes."""
    counts = {}
    for number in (10, 1000):
        with atomic():
            log_many(program, number, by_system)
            first, again = statements(), statements()
            # Not half of them, so that what is widespread stays so.
            some = list(Pilot.objects.values_list("pk", flat=True)[: number * 2 // 5])
            Pilot.objects.filter(pk__in=some).update(proven_clock_on=TODAY, stage_clock_on=TODAY)
            counts[number] = [len(first), len(again), len(statements())]
            flagged, closed = Flag.objects.count(), Flag.objects.filter(closed_at__isnull=False).count()
            set_rollback(True)

    assert (flagged, closed) == (2000, 800)
    assert counts[10] == counts[1000]


def test_scan_of_the_same_day_finds_the_same_rows_with_the_same_evidence(program, by_system):
    log_many(program, 12, by_system)
    log_many(program, 9, by_system, since=Day(TODAY - timedelta(days=300)))

    def found():
        scan(at=NOW)
        left_out = {"id", "program_id", "counted_at"}
        return [
            [{name: row[name] for name in row if name not in left_out} for row in rows.values()]
            for rows in (
                Flag.objects.order_by("pilot", "rule", "subject"),
                ProgramLine.objects.order_by("program", "rule", "subject"),
                Pilot.objects.order_by("pk"),
            )
        ]

    first, again = found(), found()
    Flag.objects.all().delete()
    ProgramLine.objects.all().delete()
    Pilot.objects.update(health="", health_since=None, pattern="")

    assert first[0] != []
    assert again == first
    assert found() == first


def test_scan_in_small_chunks_finds_the_same(make_pilot, monkeypatch):
    monkeypatch.setattr(judging, "CHUNK", 3)
    for number in range(8):
        proven(make_pilot, 136, f"Pilot {number}")

    outcome = scan(at=NOW)

    assert (outcome.pilots, outcome.total("opened")) == (8, 16)


def test_program_made_while_a_scan_runs_is_left_to_the_next_one(make_pilot, by_system, monkeypatch):
    monkeypatch.setattr(judging, "CHUNK", 1)
    pilots = [proven(make_pilot, 136, name) for name in ("One", "Two")]
    seen = []

    def log_meanwhile(done, total):
        seen.append((done, total))
        if done == 1:
            [new] = create_programs([Program(name="New AI", slug="new", prefix="NEW")], by=by_system)
            log_pilots([NewPilot(program=new, name="Meanwhile", problem="It waits.")], by=by_system)

    outcome = scan(at=NOW, progress=log_meanwhile)

    assert (outcome.pilots, seen) == (2, [(1, 2), (2, 2)])
    assert set(Flag.objects.values_list("pilot", flat=True)) == {pilot.pk for pilot in pilots}
    assert scan(at=NOW).pilots == 3


def test_flag_that_is_open_already_fails_loudly_and_tells_nothing(make_pilot, make_flag, monkeypatch):
    """Only without its lock could a scan come to that: what it wrote then would be told twice."""
    make_flag(proven(make_pilot, 136))
    monkeypatch.setattr(FlagQuerySet, "open", FlagQuerySet.none)

    with pytest.raises(IntegrityError), atomic():
        scan(at=NOW)

    assert Event.objects.filter(verb="flag.opened").count() == 0


def test_scan_of_one_program_leaves_the_others_alone(make_pilot, other_program):
    proven(make_pilot, 136)
    proven(make_pilot, 136, "Elsewhere", program=other_program)

    scan(at=NOW, program=other_program)

    assert set(Flag.objects.values_list("pilot__name", flat=True)) == {"Elsewhere"}


def test_imprecise_day_counts_as_the_latest_it_can_be(make_pilot, program, by_system):
    from pilots.actions.pilot import NewPilot, log_pilot
    from pilots.calendar import month

    # Some day of August: 31 August is 79 days before 18 November, the first would be 109.
    pilot = log_pilot(
        NewPilot(program=program, name="Vague", problem="Slow", stage=Stage.PROVEN, since=month(2026, 8)),
        by=by_system,
    )
    check_pilots([pilot.pk], at=NOW)

    assert pilot.proven_clock_on == date(2026, 8, 31)
    assert flags(rule="R-01") == []


def imported(program, by, count, **more):
    """Log pilots as a register tells them: limited since spring, and never a word from anybody here."""
    from pilots.actions.pilot import NewPilot, log_pilots
    from pilots.actions.stage import Past
    from pilots.calendar import Day
    from pilots.models import Origin

    past = Past(stage=Stage.LIMITED, happened=Day(date(2026, 4, 1)), latest_on=TODAY, origin=Origin.IMPORTED)
    return log_pilots(
        [
            NewPilot(
                program=program, name=f"Imported {number}", problem="Slow", stage=Stage.LIMITED, past=(past,)
            )
            for number in range(count)
        ],
        by=by,
    )


def test_imported_pilots_are_not_called_well_before_somebody_says_so(program, by, by_system):
    pilots = imported(program, by_system, 12)
    with_owner = pilots[0]
    add_owner(
        NewOwnership(pilot=with_owner, role=OwnerRole.PRODUCTION_OWNER, contact=Contact(name="Sam")), by=by
    )
    scan(at=NOW)
    assert set(Pilot.objects.values_list("health", flat=True)) == {"not_known"}

    check_in(NewLine(pilot=with_owner, kind=LogKind.CHECK_IN, going=Going.MOVING), by=by)

    assert Pilot.objects.get(pk=with_owner.pk).health == "on_track"


def test_silence_is_shared_out_among_those_who_can_have_missed_a_word(program, make_pilot, by_system):
    """Twelve silent imports beside thirty pilots that are asked once a month are twelve of twelve."""
    imported(program, by_system, 12)
    for number in range(30):
        pilot = make_pilot(f"Running {number}", stage=Stage.PRODUCTION, since=TODAY)
        Pilot.objects.filter(pk=pilot.pk).update(quiet_until=None)

    scan(at=NOW + timedelta(days=15))

    line = ProgramLine.objects.get(rule="R-04", subject="heard")
    assert (line.eligible, line.hit) == (12, 12)


def test_second_flag_and_getting_worse_do_not_start_being_stalled_anew(make_pilot):
    pilot = proven(make_pilot, 136)
    scan(at=NOW)
    since = Pilot.objects.get(pk=pilot.pk).health_since

    scan(at=NOW + timedelta(days=50))

    flag = Flag.objects.get(rule="R-01")
    assert (flag.severity, flag.crossed_on, flag.serious_on) == (
        "critical",
        TODAY + timedelta(days=44),
        TODAY - timedelta(days=1),
    )
    # R-07 stalled it 31 days after it was proven, long before R-01 was high.
    assert since == TODAY - timedelta(days=105)
    assert Pilot.objects.get(pk=pilot.pk).health_since == since


def test_flag_that_was_opened_after_the_scan_took_its_moment_closes_all_the_same(make_pilot, by_system):
    pilot = proven(make_pilot, 136)
    check_pilots([pilot.pk], at=NOW + timedelta(minutes=5))
    Pilot.objects.filter(pk=pilot.pk).update(proven_clock_on=TODAY)

    scan(at=NOW)

    flag = Flag.objects.get(rule="R-01")
    assert flag.closed_at == flag.opened_at


def test_scan_of_one_program_leaves_the_lines_of_others(make_pilot, program, other_program):
    for number in range(10):
        proven(make_pilot, 136, f"Pilot {number}")
        proven(make_pilot, 136, f"Other {number}", program=other_program)
    scan(at=NOW)
    before = list(ProgramLine.objects.order_by("pk").values_list("program", "rule"))

    scan(at=NOW, program=other_program)

    assert sorted(ProgramLine.objects.values_list("program", "rule")) == sorted(before)


def test_what_is_no_longer_widespread_is_told_of_each_pilot_in_one_statement(program, by_system):
    log_many(program, 60, by_system)
    scan(at=NOW)
    log_many(program, 300, by_system, since=Day(TODAY))

    with CaptureQueriesContext(connection) as queries:
        outcome = scan(at=NOW + timedelta(hours=1))

    assert outcome.total("refreshed") == 120
    assert len([query for query in queries if 'UPDATE "pilots_flag"' in query["sql"]]) == 1


@pytest.mark.django_db(transaction=True)
def test_check_that_fails_never_fails_the_change(make_pilot, by, monkeypatch, caplog):
    """The change is committed by then; the hourly scan looks again."""
    pilot = make_pilot()
    monkeypatch.setattr("pilots.actions.check.check_pilots", lambda *_, **__: 1 / 0)

    check_in(NewLine(pilot=pilot, kind=LogKind.CHECK_IN, going=Going.MOVING), by=by)

    assert "Error calling" in caplog.text
    assert Pilot.objects.get(pk=pilot.pk).heard_at == NOW
