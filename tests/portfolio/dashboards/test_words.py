from datetime import date
from decimal import Decimal

import pytest

from pilots.lifecycle import Stage
from pilots.models.cohort import Cohort, Part
from portfolio.dashboards import words
from portfolio.dashboards.funnel import Funnel, Group

TODAY = date(2026, 11, 18)
PILOTING, PROVEN, PLAN, LIMITED = Stage.PILOTING, Stage.PROVEN, Stage.TRANSITION, Stage.LIMITED
PRODUCTION, SUSTAINED, STOPPED, RETIRED = Stage.PRODUCTION, Stage.SUSTAINED, Stage.STOPPED, Stage.RETIRED

# The funnel the design draws: 36 pilots, of which six reached production.
DRAWN = [
    Group(furthest=PILOTING, at=PILOTING),
    Group(furthest=PILOTING, at=PILOTING, is_held=True),
    Group(furthest=PILOTING, at=STOPPED, count=10),
    Group(furthest=PROVEN, at=PROVEN, count=4),
    Group(furthest=PLAN, at=PLAN, count=4),
    Group(furthest=PROVEN, at=PROVEN, is_held=True, count=2),
    Group(furthest=PLAN, at=STOPPED, count=5),
    Group(furthest=LIMITED, at=LIMITED, count=2),
    Group(furthest=LIMITED, at=STOPPED),
    Group(furthest=PRODUCTION, at=PRODUCTION, count=3),
    Group(furthest=PRODUCTION, at=RETIRED),
    Group(furthest=SUSTAINED, at=SUSTAINED, count=2),
]


def funnel(*groups, entry=PILOTING):
    return Funnel(entry, groups, {})


def at(stage, count=1, **more):
    return Group(furthest=more.pop("furthest", stage), at=stage, count=count, **more)


def text(pieces):
    return "".join(piece.number + piece.words for piece in pieces)


def test_drawn_funnel_reads_as_the_design_does():
    drawn = funnel(*DRAWN)

    assert text(words.state(drawn)) == (
        "36 piloted, 24 proven, 9 reached limited go-live, 6 reached production, 2 held value; 14 undecided."
    )
    assert words.finding(drawn) == "Ten of 36 stopped before they were proven; six reached production"
    assert words.rate(drawn) == "16.7\xa0% reached production, 14 undecided."
    assert [text(words.rest_line(bar)) for bar in drawn.bars] == [
        "12 not proven: 1 open, 1 on hold, 10 stopped",
        "15 not live: 4 proven without a plan, 4 in the 90-day plan, 2 on hold, 5 stopped",
        "3 not in production: 2 still limited, 1 stopped",
        "6 ever, 5 now here or later, two of them with value held; 1 retired",
        "2 ever, 2 there now",
    ]
    assert words.still_open(drawn) == (
        "The 14 undecided have neither reached production nor ended: eleven at work, three on hold. "
        "Five more have reached production, and the sums of open and on hold count them too."
    )


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        pytest.param([at(PILOTING)], "The only pilot is undecided", id="one-open"),
        pytest.param(
            [at(STOPPED, furthest=PILOTING)], "The only pilot stopped before it was proven", id="one-stopped"
        ),
        pytest.param([at(PRODUCTION)], "The only pilot reached production", id="one-arrived"),
        pytest.param(
            [at(PILOTING, 3)], "None of three reached production yet; all are undecided", id="all-open"
        ),
        pytest.param([at(PRODUCTION, 3)], "All three reached production", id="all-arrived"),
        pytest.param(
            [at(PRODUCTION), at(PILOTING)],
            "One of two reached production; one is undecided",
            id="one-and-one",
        ),
        pytest.param(
            [at(STOPPED, furthest=PILOTING), at(PILOTING)],
            "One of two stopped before it was proven; none reached production yet",
            id="some-open",
        ),
        pytest.param(
            [at(STOPPED, 2, furthest=PILOTING), at(PRODUCTION, 9), at(PILOTING, 10)],
            "Nine of 21 reached production; ten are undecided",
            id="few-ended",
        ),
        pytest.param(
            [at(STOPPED, furthest=PILOTING), at(PILOTING, 20)],
            "None of 21 reached production yet; 20 are undecided",
            id="few-ended-none-arrived",
        ),
        pytest.param(
            [at(STOPPED, 13, furthest=LIMITED)],
            "13 of 13 stopped in limited go-live; none reached production",
            id="over-twelve",
        ),
        pytest.param(
            [at(STOPPED, 2, furthest=PILOTING), at(STOPPED, 2, furthest=LIMITED)],
            "Two of four stopped before they were proven; none reached production",
            id="tie-takes-the-earlier",
        ),
    ],
)
def test_finding_says_where_most_ended_and_how_many_arrived(groups, sentence):
    assert words.finding(funnel(*groups)) == sentence


def test_finding_of_pilots_in_production_is_about_value():
    running = funnel(at(RETIRED, 2, furthest=PRODUCTION), at(SUSTAINED), at(PRODUCTION), entry=PRODUCTION)

    assert words.finding(running) == (
        "Two of four were retired before their value was held; one held value for 12 months"
    )
    assert words.rate(running) == "25\xa0% held value for 12 months, 1 undecided."
    assert text(words.state(running)) == "4 reached production, 1 held value; 1 undecided."
    assert words.still_open(running) == (
        "The one undecided has neither held value nor ended: one at work. "
        "One more has held value, and the sums of open and on hold count them too."
    )


def test_finding_of_held_value_is_about_today():
    held = funnel(at(SUSTAINED, 2), at(RETIRED, furthest=SUSTAINED), entry=SUSTAINED)

    assert words.finding(held) == "Two of three hold value today"
    assert text(words.state(held)) == "3 held value for 12 months."
    assert (words.rate(held), words.still_open(held)) == ("2 still there.", "")


def test_state_ends_at_the_first_step_nobody_reached():
    assert text(words.state(funnel(at(PILOTING, 2)))) == "2 piloted, none proven yet; 2 undecided."
    assert text(words.state(funnel(at(STOPPED, 2, furthest=PILOTING)))) == (
        "2 piloted, none proven yet; none undecided."
    )


@pytest.mark.parametrize(
    ("groups", "line"),
    [
        pytest.param([at(PROVEN)], "moved on", id="one-moved-on"),
        pytest.param([at(PROVEN, 2)], "all moved on", id="all-moved-on"),
        pytest.param([at(RETIRED, furthest=PILOTING)], "1 not proven: 1 retired", id="retired-early"),
    ],
)
def test_rest_line_of_the_first_bar(groups, line):
    assert text(words.rest_line(funnel(*groups).bars[0])) == line


def test_rest_line_names_those_that_went_back():
    back = funnel(at(PILOTING, 2, furthest=LIMITED), at(PROVEN, furthest=PRODUCTION))

    lines = {bar.stage: text(words.rest_line(bar)) for bar in back.bars}
    assert lines[LIMITED] == "2 not in production: 2 back in Piloting"
    assert lines[PRODUCTION] == "1 ever, 0 now here or later; 1 gone back"
    assert lines[SUSTAINED] == ""


def test_every_number_names_its_pilots():
    for bar in funnel(*DRAWN).bars:
        for piece in words.rest_line(bar):
            assert bool(piece.number) == (piece.asks is not None)
    plan = words.rest_line(funnel(*DRAWN).bars[1])[2]
    assert plan.asks == {"furthest": ("proven", "transition"), "now": ("open",), "at": ("transition",)}


@pytest.mark.parametrize(
    ("part", "places", "said"),
    [
        ("0.1667", 0, "17\xa0%"),
        ("0.1667", 1, "16.7\xa0%"),
        ("0.1212", 1, "12.1\xa0%"),
        ("0.5", 1, "50\xa0%"),
        ("0", 0, "0\xa0%"),
        ("1", 1, "100\xa0%"),
        ("0.0014", 0, "<1\xa0%"),
        ("0.0004", 1, "<0.1\xa0%"),
        ("0.9991", 0, ">99\xa0%"),
    ],
)
def test_percent(part, places, said):
    assert words.percent(Decimal(part), places) == said


def test_percent_of_nothing_is_a_dash():
    assert words.percent(None) == "–"


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        (date(2025, 1, 1), date(2026, 2, 28), "Jan 2025 to Feb 2026"),
        (date(2025, 1, 1), date(2025, 1, 31), "Jan 2025"),
        (date(2025, 1, 5), date(2026, 2, 28), "5 Jan 2025 to 28 Feb 2026"),
        (date(2025, 1, 1), None, "since Jan 2025"),
        (None, date(2026, 2, 27), "up to 27 Feb 2026"),
    ],
)
def test_period(start, end, said):
    assert words.period(start, end) == said


def test_method_names_the_cohort():
    one = funnel(at(PILOTING))
    drawn = funnel(*DRAWN)
    cohort = Cohort(today=TODAY, cohort_from=date(2025, 1, 1), cohort_to=date(2026, 2, 28), matured_months=8)

    assert words.method(one, Cohort(today=TODAY)) == "1 pilot that entered Piloting, by furthest stage."
    assert words.method(drawn, cohort) == (
        "36 pilots that entered Piloting, Jan 2025 to Feb 2026, 8 months ago or longer."
    )


def test_method_of_other_entries_reads_as_a_sentence():
    running = funnel(at(PRODUCTION, 3), entry=PRODUCTION)

    assert words.method(running, Cohort(today=TODAY, entry=PRODUCTION)) == (
        "3 pilots that reached production, by furthest stage."
    )
    assert text(words.state(running)) == "3 reached production, none held value yet; 3 undecided."


@pytest.mark.parametrize(
    ("counted", "is_filtered", "said"),
    [
        (funnel(), False, "No pilot has entered Piloting yet"),
        (funnel(entry=PRODUCTION), False, "No pilot has reached production yet"),
        (funnel(), True, "No pilot fits"),
        (funnel(at(PILOTING, part=Part.UNDATED)), True, "Nothing to count yet"),
        (funnel(at(PILOTING, part=Part.YOUNG)), True, "Nothing to count yet"),
    ],
)
def test_nothing_to_count_says_why(counted, is_filtered, said):
    assert words.nothing(counted, is_filtered=is_filtered) == said


def test_every_stage_of_the_path_has_its_words():
    path = set(list(Stage)[:8])

    assert set(words.NAMES) == path
    for entry in path:
        assert words.finding(funnel(at(entry, 2), entry=entry))
        assert words.method(funnel(at(entry, 2), entry=entry), Cohort(today=TODAY, entry=entry))
        assert words.nothing(funnel(entry=entry), is_filtered=False)
        assert text(words.state(funnel(at(entry, 2), entry=entry)))
        assert text(words.rest_line(funnel(at(entry, 2), entry=entry).bars[0]))


def test_worked_example_of_the_method(settings):
    def row(bar):
        counts = (bar.reached, bar.there_now, bar.moved_on, bar.open, bar.on_hold, bar.ended)
        shares = (words.percent(bar.from_previous), words.percent(bar.from_entry))
        cells = [words.NAMES[bar.stage], *(str(count) for count in counts), *shares]
        return f"| {' | '.join(cells)} |".replace("\xa0", " ")

    method = (settings.BASE_DIR / "docs/flow-method.md").read_text()

    for bar in funnel(*DRAWN).bars:
        assert row(bar) in method


@pytest.mark.parametrize(
    ("stuck", "active", "not_known", "said"),
    [
        (0, 0, 0, "No pilot is active."),
        (0, 1, 0, "The one active pilot is not stalled or blocked."),
        (0, 1, 1, "Nobody can say how the one active pilot is."),
        (0, 2481, 2481, "Nobody can say how the 2,481 active pilots are."),
        (
            0,
            12,
            2,
            "None of twelve active pilots is stalled or blocked. Of two of them nobody can say how they are.",
        ),
    ],
)
def test_stuck_never_calls_well_what_nobody_knows(stuck, active, not_known, said):
    assert words.stuck_of(stuck, active, not_known) == said
