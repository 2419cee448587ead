from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connections

from pilots.access.models import Event, Program
from pilots.actions.by import Refused
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day
from pilots.lifecycle import Stage
from pilots.models import Pilot, RegisterEntry, StageTransition
from portfolio.exchange import applying, importing
from portfolio.exchange.findings import CannotImport
from portfolio.exchange.importing import Order
from tests.portfolio.exchange.conftest import NOW
from tests.portfolio.exchange.twin import (
    HEADER_2023,
    row_2023,
    row_2024,
    tool,
    write,
)

NASTY = [
    row_2024("Hail forecast", "Operation and Maintenance", initiated="1/5/2022", began="22-Jul",
             implemented="3/1/2024", impact="Both", built="Developed with contracting resources.",
             contract="PO-17"),
    row_2024("Rain bot", "Acquisition and/or Development", initiated="7/16/1905", began="10/12023"),
    row_2024("Rain bot", "Acquisition and/or Development", bureau="Archive", purpose="Finds old maps."),
    row_2024("Same words", "Initiated"),
    row_2024("Same words", "Initiated"),
    *(row_2024("Assistant", "Initiated", bureau="Desk", purpose=f"Use {number}.") for number in range(5)),
    row_2024("No stage", ""),
    row_2024("Upside down", "Operation and Maintenance", initiated="5/1/2024", implemented="4/1/2024"),
    row_2024("🧪 بحث", "Retired", agency="Board of Tides", abbreviation="b.t.", retired="9/30/2024"),
    row_2024("=cmd", "Implementation and Assessment", agency="Board of Tides", purpose="x\ny"),
]  # fmt: skip


def counts(outcome):
    plan = outcome.plan
    return (plan.rows, len(plan.new), len(plan.changed), plan.same, len(plan.refused))


def everything():
    """Return all that an import could change."""
    return (
        list(Pilot.objects.order_by("pk").values()),
        list(StageTransition.objects.order_by("pk").values()),
        list(RegisterEntry.objects.order_by("pk").values()),
        Event.objects.count(),
        list(Program.objects.order_by("pk").values()),
    )


def past_of(pilot):
    return list(
        pilot.transitions.order_by("pk").values_list(
            "to_stage", "happened_on", "precision", "latest_on", "origin"
        )
    )


def test_preview_writes_nothing_and_says_what_applying_does(run):
    before = everything()

    shown = run(NASTY, apply=False)

    assert everything() == before
    assert not shown.applied
    done = run(NASTY)
    assert done.applied
    assert counts(shown) == counts(done) == (14, 14, 0, 0, 0)
    assert shown.plan.warnings == done.plan.warnings


def test_pilots_are_written_as_the_register_tells_them(run):
    run(NASTY)

    assert list(Program.objects.order_by("pk").values_list("name", "prefix", "slug")) == [
        ("Ministry of Weather", "MOW", "ministry-of-weather"),
        ("Board of Tides", "BT", "board-of-tides"),
    ]
    assert list(Pilot.objects.order_by("pk").values_list("key", "name", "stage", "unit")) == [
        ("MOW-1", "Hail forecast", "production", "Forecasts"),
        ("MOW-2", "Rain bot", "piloting", "Forecasts"),
        ("MOW-3", "Rain bot", "piloting", "Archive"),
        ("MOW-4", "Same words", "idea", "Forecasts"),
        ("MOW-5", "Same words", "idea", "Forecasts"),
        *((f"MOW-{number}", "Assistant", "idea", "Desk") for number in range(6, 11)),
        ("MOW-11", "No stage", "idea", "Forecasts"),
        ("MOW-12", "Upside down", "production", "Forecasts"),
        ("BT-1", "🧪 بحث", "retired", "Forecasts"),
        ("BT-2", "=cmd", "limited", "Forecasts"),
    ]
    hail = Pilot.objects.get(key="MOW-1")
    assert (hail.risk, hail.how_built, hail.contract, hail.is_imported) == ("high", "bought", "PO-17", True)
    assert hail.quiet_until == date(2026, 12, 2)
    assert past_of(hail) == [
        ("idea", date(2022, 1, 5), "day", date(2022, 1, 5), "imported"),
        ("piloting", date(2022, 7, 1), "month", date(2022, 7, 31), "imported"),
        ("production", date(2024, 3, 1), "day", date(2024, 3, 1), "imported"),
    ]
    rain = Pilot.objects.get(key="MOW-2")
    assert past_of(rain) == [("piloting", None, "", date(2024, 12, 16), "imported")]
    assert set(Event.objects.filter(verb="pilot.imported").values_list("source", "actor")) == {
        ("import", None)
    }
    batch = Event.objects.get(verb="register.imported")
    assert batch.after == {"rows": 14, "new": 14, "changed": 0, "same": 0}
    assert Event.objects.filter(batch=batch.batch).count() == 15


def test_the_second_run_changes_nothing(run):
    run(NASTY)
    before = everything()

    outcome = run(NASTY[::-1])

    assert counts(outcome) == (14, 0, 0, 14, 0)
    assert everything() == before


def test_a_later_edition_changes_what_the_register_changed(run):
    run(NASTY)
    later = [list(row) for row in NASTY]
    later[0] = row_2024(
        "Hail forecast", "Operation and Maintenance", initiated="1/5/2022", began="7/20/2022",
        implemented="3/1/2024", impact="Both", built="Developed in-house.", contract="PO-17; PO-18",
    )  # fmt: skip
    later[1] = row_2024("Rain bot", "Implementation and Assessment", began="9/1/2023")

    outcome = run(later, as_of=date(2025, 12, 1))

    assert counts(outcome) == (14, 0, 2, 12, 0)
    hail, rain = Pilot.objects.get(key="MOW-1"), Pilot.objects.get(key="MOW-2")
    assert (hail.how_built, hail.contract, hail.reached_piloting_on) == (
        "own",
        "PO-17; PO-18",
        date(2022, 7, 20),
    )
    began = hail.transitions.get(precision="month")
    assert began.superseded_by.happened_on == date(2022, 7, 20)
    assert (rain.stage, rain.reached_piloting_on, rain.stage_since) == ("limited", date(2023, 9, 1), None)
    assert past_of(rain)[-1] == ("limited", None, "", date(2025, 12, 1), "imported")
    assert set(RegisterEntry.objects.values_list("as_of", flat=True)) == {date(2025, 12, 1)}
    again = run(later, as_of=date(2025, 12, 1))
    assert counts(again) == (14, 0, 0, 14, 0)


def test_an_edit_made_here_survives_the_next_edition(run_tools, by_import):
    run_tools([tool("A-1", why="Fingers are in danger.", maker="Oak")])
    pilot = Pilot.objects.get()
    edit_pilot(Edit(pilot=pilot, fields={"problem": "Hands are in danger."}), by=by_import)

    outcome = run_tools([tool("A-1", why="Thumbs are in danger.", maker="Elm")], as_of=date(2026, 9, 30))

    pilot.refresh_from_db()
    assert (pilot.problem, pilot.vendor) == ("Hands are in danger.", "Elm")
    assert [(item.text, item.reason) for item in outcome.plan.warnings] == [
        ("Thumbs are in danger.", "The problem was edited here since the last import and is kept.")
    ]
    silent = run_tools([tool("A-1", why="Thumbs are in danger.", maker="Elm")], as_of=date(2026, 9, 30))
    assert (counts(silent), silent.plan.warnings) == ((1, 0, 0, 1, 0), [])


def test_a_blank_cell_takes_nothing_away(run_tools):
    run_tools([tool("A-1", maker="Oak", risk="high")])

    outcome = run_tools([tool("A-1", maker="", risk="not rated")], as_of=date(2026, 9, 30))

    pilot = Pilot.objects.get()
    assert (pilot.vendor, pilot.risk) == ("Oak", "high")
    assert counts(outcome) == (1, 0, 0, 1, 0)


def test_a_move_made_here_is_not_undone_by_the_next_edition(run_tools, by_import):
    run_tools([tool("A-1", trial="1/2/2026")])
    pilot = Pilot.objects.get()
    move_pilot(
        Move(pilot=pilot, to=Stage.PROVEN, happened=Day(date(2026, 7, 10)), evidence="40 cuts"), by=by_import
    )

    outcome = run_tools([tool("A-1", state="First users", trial="1/2/2026")], as_of=date(2026, 9, 30))

    pilot.refresh_from_db()
    assert pilot.stage == "proven"
    assert [item.reason for item in outcome.plan.warnings] == [
        "It was moved to Proven here since the last import, and stays there."
    ]
    assert len(past_of(pilot)) == 2


def test_a_date_that_would_undo_a_move_made_here_is_left_out(run_tools, by_import):
    run_tools([tool("A-1", state="Live")])
    pilot = Pilot.objects.get()
    move_pilot(
        Move(pilot=pilot, to=Stage.PILOTING, happened=Day(date(2026, 7, 10)), reason="It cut crooked."),
        by=by_import,
    )

    outcome = run_tools([tool("A-1", state="Live", live="1/8/2026")], as_of=date(2026, 9, 30))

    pilot.refresh_from_db()
    assert (pilot.stage, counts(outcome)) == ("piloting", (1, 0, 0, 1, 0))
    assert [item.reason for item in outcome.plan.warnings] == [
        "Its dates do not fit what is recorded here (Piloting), so they are left out."
    ]


def test_a_date_corrected_here_is_kept(run_tools, by_import):
    run_tools([tool("A-1", trial="1/2/2026")])
    pilot = Pilot.objects.get()
    correct_transition(
        Correction(transition=pilot.transitions.get(), happened=Day(date(2026, 2, 10)), reason="diary"),
        by=by_import,
    )

    outcome = run_tools([tool("A-1", trial="5/2/2026")], as_of=date(2026, 9, 30))

    pilot.refresh_from_db()
    assert pilot.reached_piloting_on == date(2026, 2, 10)
    assert [item.reason for item in outcome.plan.warnings] == [
        "Piloting was dated here, and that date is kept."
    ]
    assert counts(outcome) == (1, 0, 0, 1, 0)


def test_a_stage_corrected_in_the_same_edition_replaces_the_mistake(run_tools):
    run_tools([tool("A-1", state="Live", live="1/3/2026")])

    outcome = run_tools([tool("A-1", state="Trial", trial="1/3/2026")])

    pilot = Pilot.objects.get()
    assert counts(outcome) == (1, 0, 1, 0, 0)
    assert (pilot.stage, pilot.reached_piloting_on) == ("piloting", date(2026, 3, 1))
    assert not pilot.has_reached(Stage.PRODUCTION)


def test_another_decision_about_a_stage_replaces_the_first_one(run_tools):
    run_tools([tool("A-1", state="First users")])

    outcome = run_tools([tool("A-1", state="Trial")])

    pilot = Pilot.objects.get()
    assert counts(outcome) == (1, 0, 1, 0, 0)
    assert (pilot.stage, pilot.has_reached(Stage.LIMITED)) == ("piloting", False)
    assert counts(run_tools([tool("A-1", state="Trial")])) == (1, 0, 0, 1, 0)


def test_a_pilot_can_fall_back_in_a_later_edition(run_tools):
    run_tools([tool("A-1", state="Live", live="1/3/2026")])

    run_tools([tool("A-1", state="Trial")], as_of=date(2026, 9, 30))

    pilot = Pilot.objects.get()
    assert (pilot.stage, pilot.reached_production_on) == ("piloting", date(2026, 3, 1))
    assert past_of(pilot)[-1] == ("piloting", None, "", date(2026, 9, 30), "imported")


def test_a_blank_stage_moves_nobody(run):
    run([row_2024("Hail", "Operation and Maintenance", implemented="3/1/2024")])

    outcome = run([row_2024("Hail", "", implemented="")], as_of=date(2025, 12, 1))

    assert counts(outcome) == (1, 0, 0, 1, 0)
    assert Pilot.objects.get().stage == "production"
    assert run([row_2024("Hail", "Operation and Maintenance")], as_of=date(2026, 1, 1)).plan.same == 1


# --- The older edition ---------------------------------------------------------------


def older(run, *rows):
    return run(list(rows), header=HEADER_2023)


def test_an_older_register_adds_history_and_overwrites_nothing(run):
    run(
        [row_2024("Hail forecast", "Operation and Maintenance", initiated="1/5/2022", implemented="3/1/2024")]
    )
    before = dict(Pilot.objects.values("name", "problem", "unit", "stage", "stage_since").get())

    outcome = older(run, row_2023("hail forecast.", "Development and Acquisition"))

    assert counts(outcome) == (1, 0, 1, 0, 0)
    pilot = Pilot.objects.get()
    assert dict(Pilot.objects.values("name", "problem", "unit", "stage", "stage_since").get()) == before
    assert past_of(pilot)[-1] == ("piloting", None, "", date(2023, 9, 1), "imported")
    assert list(pilot.spans.order_by("pk").values_list("stage", "is_last")) == [
        ("idea", False),
        ("piloting", False),
        ("production", True),
    ]
    assert RegisterEntry.objects.get().as_of == date(2024, 12, 16)
    assert counts(older(run, row_2023("hail forecast.", "Development and Acquisition"))) == (1, 0, 0, 1, 0)


@pytest.mark.parametrize(
    ("later", "stage", "reason"),
    [
        (
            {"stage": "Retired", "retired": "5/1/2023"},
            "In-use",
            "A newer register says it came to Retired on Mon 1 May 2023",
        ),
        (
            {"stage": "Operation and Maintenance", "implemented": "3/1/2024"},
            "In-use",
            "A newer register says it came to In production on Fri 1 Mar 2024",
        ),
        (
            {"stage": "Acquisition and/or Development", "began": "3/1/2022"},
            "In-use",
            "What is known here says Piloting",
        ),
    ],
)
def test_an_older_register_contradicts_nothing(run, later, stage, reason):
    run([row_2024("Hail", **later)])
    before = everything()

    outcome = older(run, row_2023("Hail", stage))

    assert counts(outcome) == (1, 0, 0, 1, 0)
    left_out = "so this is left out: In production by Fri 1 Sep 2023."
    assert [item.reason for item in outcome.plan.warnings] == [f"{reason}, {left_out}"]
    assert everything() == before


@pytest.mark.parametrize("stage", ["Development and Acquisition", ""])
def test_an_older_register_adds_nothing_that_is_known_or_blank(run, stage):
    run([row_2024("Hail", "Operation and Maintenance", began="3/1/2022", implemented="3/1/2024")])
    before = everything()

    assert counts(older(run, row_2023("Hail", stage))) == (1, 0, 0, 1, 0)
    assert everything() == before


def test_a_blank_stage_in_an_older_register_says_nothing(run):
    run([row_2024("Hail", "Operation and Maintenance")])
    before = everything()

    outcome = older(run, row_2023("Hail", ""))

    assert counts(outcome) == (1, 0, 0, 1, 0)
    assert [item.reason for item in outcome.plan.warnings] == ["The stage is blank; the mapping says Idea."]
    assert everything() == before


def test_a_date_of_an_older_edition_gives_way_to_the_one_that_is_known(run_tools):
    run_tools([tool("A-1", trial="5/2/2026")])
    before = everything()

    outcome = run_tools([tool("A-1", trial="1/2/2026")], as_of=date(2026, 3, 31))

    assert (counts(outcome), outcome.plan.warnings) == ((1, 0, 0, 1, 0), [])
    assert everything() == before


def test_dates_of_an_older_edition_fill_gaps_until_a_newer_one_knows_better(run_tools):
    run_tools([tool("A-1", state="Live")])

    filled = run_tools([tool("A-1", trial="1/2/2026")], as_of=date(2026, 3, 31))

    pilot = Pilot.objects.get()
    assert counts(filled) == (1, 0, 1, 0, 0)
    assert (pilot.stage, pilot.reached_piloting_on) == ("production", date(2026, 2, 1))
    run_tools([tool("A-1", state="Live", trial="5/2/2026", live="1/5/2026")], as_of=date(2026, 9, 30))
    pilot.refresh_from_db()
    assert (pilot.reached_piloting_on, pilot.reached_production_on) == (date(2026, 2, 5), date(2026, 5, 1))
    assert list(pilot.transitions.effective().in_order().values_list("to_stage", "happened_on")) == [
        ("piloting", date(2026, 2, 5)),
        ("production", date(2026, 5, 1)),
    ]


def test_an_older_row_that_may_be_one_of_several_is_left_out_as_the_mapping_says(run):
    run([row_2024("Chat", bureau="North"), row_2024("Chat", bureau="South")])

    outcome = older(run, row_2023("Chat", "In-use", agency="Elsewhere"))

    assert (counts(outcome), outcome.plan.left_out, outcome.applied) == ((1, 0, 0, 0, 0), 1, True)
    assert outcome.plan.warnings[0].reason == (
        "This row and 2 known from this register are called “Chat”, and nothing tells which is which. "
        "The mapping leaves it out."
    )


def test_the_two_editions_in_their_natural_order(run):
    older(run, row_2023("Hail", "Development and Acquisition"), row_2023("Fog", "In-use"))

    outcome = run([row_2024("Hail", "Operation and Maintenance", implemented="3/1/2024"), row_2024("Rain")])

    assert counts(outcome) == (2, 1, 1, 0, 0)
    hail = Pilot.objects.get(name="Hail")
    assert (hail.stage, hail.problem, hail.unit) == ("production", "Hail saves an hour a day.", "Forecasts")
    assert [row[:2] for row in past_of(hail)] == [("piloting", None), ("production", date(2024, 3, 1))]
    before = everything()
    again = older(run, row_2023("Hail", "Development and Acquisition"), row_2023("Fog", "In-use"))
    assert counts(again) == (2, 0, 0, 2, 0)
    assert everything() == before


# --- Refusals -------------------------------------------------------------------------


def test_while_a_row_is_refused_nothing_is_written(run):
    before = everything()

    outcome = run([row_2024("Hail"), row_2024("Rain", "Somewhere")])

    assert (outcome.applied, counts(outcome)) == (False, (2, 1, 0, 0, 1))
    assert everything() == before


def test_an_ambiguous_row_is_refused_until_the_mapping_decides(run_tools):
    run_tools([tool("", room="Hall 1", why="one"), tool("", room="Hall 1", why="two")])
    rows = [tool("", room="Hall 1", why="three"), tool("", name="Plane")]

    refused = run_tools(rows, as_of=date(2026, 9, 30))
    decided = run_tools(rows, as_of=date(2026, 9, 30), before='ambiguous = "leave-out"')

    assert (refused.applied, counts(refused)) == (False, (2, 1, 0, 0, 1))
    assert (decided.applied, counts(decided), decided.plan.left_out) == (True, (2, 1, 0, 0, 0), 1)
    assert Pilot.objects.count() == 3


def test_a_failure_half_way_leaves_nothing(run, monkeypatch):
    before = everything()

    def fail(*args, **kwargs):
        raise Refused.because("The disk is full.")

    monkeypatch.setattr(applying, "remember_rows", fail)
    with pytest.raises(Refused):
        run(NASTY)

    assert everything() == before


@pytest.mark.parametrize("as_of", [date(2026, 11, 19)])
def test_a_register_cannot_speak_of_tomorrow(run, as_of):
    with pytest.raises(CannotImport, match=r"^The file cannot speak of Thu 19 Nov 2026"):
        run([row_2024("Hail")], as_of=as_of)


def test_a_mapping_without_a_day_asks_for_one(run_tools):
    with pytest.raises(CannotImport, match=r"^Say with --as-of which day the file speaks of"):
        run_tools([tool("A-1")], as_of=None)


def test_a_mapping_without_programs_asks_for_one(run_tools):
    with pytest.raises(CannotImport, match=r"names no column of programs\. Name one with --program\.$"):
        run_tools([tool("A-1")], program="")


def test_unknown_headers_and_headers_without_rows_are_refused(run):
    with pytest.raises(CannotImport, match=r"^No mapping knows the header of this file\."):
        run([["1", "2"]], header=["a", "b"])
    with pytest.raises(CannotImport, match=r"^The file has a header and no rows\.$"):
        run([])
    with pytest.raises(CannotImport, match=r"^The file has no header with “Use_Case_ID”, “Department_Code”"):
        run([row_2024("Hail")], mapping="us-federal-2023")


def test_a_header_below_a_title_is_found(run):
    outcome = run([["List of tools"], HEADER_2023, row_2023("Hail", "In-use")], header=["as of autumn", ""])

    assert counts(outcome) == (1, 1, 0, 0, 0)
    assert outcome.plan.new[0][0].line == 4


# --- Two at once, and how much it costs -----------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_imports_at_once_the_second_finds_everything_there(tmp_path, by_import):
    path = write(tmp_path / "register.csv", NASTY)

    def go(_):
        try:
            prepared = importing.prepare(Order(file=path), user=None, today=NOW.date(), say=lambda _: None)
            return counts(importing.apply(prepared, by=by_import, say=lambda _: None))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(go, range(2)))

    assert outcomes == [(14, 0, 0, 14, 0), (14, 14, 0, 0, 0)]
    assert Pilot.objects.count() == 14


@pytest.mark.parametrize("rows", [1, 40])
def test_queries_do_not_grow_with_rows(run, django_assert_max_num_queries, rows):
    with django_assert_max_num_queries(40):
        run([row_2024(f"Tool {number}") for number in range(rows)])
    with django_assert_max_num_queries(12):
        run([row_2024(f"Tool {number}") for number in range(rows)])
    with django_assert_max_num_queries(50):
        run(
            [row_2024(f"Tool {number}", "Retired", purpose="New.") for number in range(rows)],
            as_of=date(2025, 12, 1),
        )
