from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from pilots.access.models import User
from pilots.actions.pilot import Edit, NewPilot, edit_pilot, log_pilots
from pilots.actions.stage import Past, record_past
from pilots.calendar import Day
from pilots.lifecycle import ENDS, MAIN_PATH, Stage
from pilots.models import Origin, Pilot
from pilots.models.cohort import Cohort, Now, Part
from portfolio.dashboards.funnel import FURTHEST, Funnel, Group, Median, count_funnel, share, steps_from
from tests.portfolio.dashboards.invented import TODAY, invent


@st.composite
def groups(draw, entry):
    furthest = draw(st.sampled_from(MAIN_PATH[MAIN_PATH.index(entry) :]))
    way = MAIN_PATH[: MAIN_PATH.index(furthest) + 1]
    return Group(
        furthest=furthest,
        at=draw(st.sampled_from([*way, *ENDS])),
        is_held=draw(st.booleans()),
        is_imported=draw(st.booleans()),
        part=draw(st.sampled_from([Part.INSIDE, Part.INSIDE, Part.UNDATED, Part.YOUNG])),
        count=draw(st.integers(1, 500)),
    )


@st.composite
def funnels(draw):
    entry = draw(st.sampled_from(MAIN_PATH))
    return Funnel(entry, draw(st.lists(groups(entry), max_size=30)), {})


@given(funnels())
def test_parts_of_every_bar_add_up_to_the_bar(funnel):
    for bar in funnel.bars:
        assert bar.moved_on + bar.open + bar.on_hold + bar.ended == bar.reached


@given(funnels())
def test_dark_part_of_a_bar_is_the_next_bar(funnel):
    for bar, following in zip(funnel.bars, funnel.bars[1:], strict=False):
        assert bar.moved_on == following.reached
        assert following.before == bar.reached
        assert following.reached <= bar.reached
    assert funnel.bars[-1].moved_on == 0


@given(funnels())
def test_everybody_rests_under_exactly_one_bar(funnel):
    resting = sum(bar.resting(now) for bar in funnel.bars for now in Now)

    assert resting == funnel.denominator == funnel.bars[0].reached
    assert funnel.denominator + funnel.undated + funnel.young == sum(group.count for group in funnel.groups)


@given(funnels())
def test_arrived_ended_and_still_open_make_the_cohort(funnel):
    if funnel.goal is None:
        return
    ended_short = sum(
        bar.ended for bar in funnel.bars if MAIN_PATH.index(bar.stage) < MAIN_PATH.index(funnel.goal)
    )

    assert funnel.arrived + ended_short + funnel.still_open == funnel.denominator
    assert funnel.decided == funnel.arrived + ended_short


@given(funnels())
def test_shares_lie_between_nothing_and_all(funnel):
    for bar in funnel.bars:
        assert 0 <= bar.there_now <= bar.reached
        for value in (bar.from_previous, bar.from_entry):
            assert value is None or 0 <= value <= 1
        assert (bar.from_entry is None) == (funnel.denominator == 0)
        assert (bar.from_previous is None) == (not bar.before)


@pytest.mark.parametrize(
    ("entry", "steps"),
    [
        (Stage.IDEA, ["idea", "piloting", "proven", "limited", "production", "sustained"]),
        (Stage.PILOTING, ["piloting", "proven", "limited", "production", "sustained"]),
        (Stage.TRANSITION, ["transition", "limited", "production", "sustained"]),
        (Stage.SUSTAINED, ["sustained"]),
    ],
)
def test_steps_begin_with_the_entry(entry, steps):
    assert [step.value for step in steps_from(entry)] == steps


def test_share_of_nothing_is_undefined():
    assert (share(4, 33), share(0, 33), share(0, 0)) == (Decimal("0.1212"), Decimal("0.0000"), None)


def test_gone_back_pilot_reached_the_stage_and_is_not_there():
    back = Group(furthest=Stage.LIMITED, at=Stage.PROVEN)
    bars = {bar.stage: bar for bar in Funnel(Stage.PILOTING, [back], {}).bars}

    assert (bars[Stage.LIMITED].reached, bars[Stage.LIMITED].there_now, bars[Stage.LIMITED].open) == (1, 0, 1)
    assert (bars[Stage.PROVEN].there_now, bars[Stage.PROVEN].moved_on) == (1, 1)


def test_held_pilot_that_ended_is_ended():
    assert Group(furthest=Stage.PROVEN, at=Stage.STOPPED, is_held=True).now is Now.ENDED


# --- From rows -------------------------------------------------------------------


def start(program, by, count, *, since, then=()):
    pilots = log_pilots(
        [
            NewPilot(program=program, name=f"Pilot {since} {number}", problem="Slow.", since=Day(since))
            for number in range(count)
        ],
        by=by,
    )
    past = [
        Past(stage=stage, happened=Day(day), latest_on=TODAY, origin=Origin.STATED) for stage, day in then
    ]
    return record_past([(pilot, past) for pilot in pilots], by=by) if past else pilots


def test_33_pilots_of_which_4_reached_production_are_12_1_percent(program, by_system):
    long_ago = date(2025, 3, 1)
    to_production = [
        (Stage.PROVEN, date(2025, 5, 1)),
        (Stage.LIMITED, date(2025, 9, 1)),
        (Stage.PRODUCTION, date(2025, 11, 1)),
    ]
    start(program, by_system, 4, since=long_ago, then=to_production)
    start(program, by_system, 15, since=long_ago, then=[(Stage.STOPPED, date(2025, 8, 1))])
    start(program, by_system, 14, since=long_ago)
    start(program, by_system, 10, since=date(2026, 10, 1))

    matured = count_funnel(Pilot.objects.countable(None), Cohort(today=TODAY, matured_months=8))
    everyone = count_funnel(Pilot.objects.countable(None), Cohort(today=TODAY))

    production = next(bar for bar in matured.bars if bar.stage is Stage.PRODUCTION)
    assert (matured.denominator, production.reached, production.from_entry) == (33, 4, Decimal("0.1212"))
    assert (matured.young, matured.still_open, matured.decided) == (10, 14, 19)
    assert everyone.denominator == 43
    assert matured.medians == {
        Stage.PROVEN: Median(61.0, 4),
        Stage.LIMITED: Median(184.0, 4),
        Stage.PRODUCTION: Median(245.0, 4),
    }


def test_median_leaves_out_what_is_dated_before_the_entry(program, by_system):
    start(program, by_system, 1, since=date(2026, 5, 1), then=[(Stage.PROVEN, date(2026, 1, 1))])

    funnel = count_funnel(Pilot.objects.countable(None), Cohort(today=TODAY))

    assert [bar.reached for bar in funnel.bars[:2]] == [1, 1]
    assert funnel.medians == {}


def test_confidential_pilot_is_counted_for_nobody(make_pilot, by, manager):
    make_pilot("Ordinary")
    secret = make_pilot("Secret")
    cohort = Cohort(today=TODAY)
    assert count_funnel(Pilot.objects.visible_to(manager), cohort).denominator == 2

    edit_pilot(Edit(pilot=secret, fields={"is_confidential": True}), by=by)

    assert Pilot.objects.visible_to(manager).count() == 2
    assert count_funnel(Pilot.objects.visible_to(manager), cohort).denominator == 1


def test_everybody_counts_only_what_they_may_see(make_pilot, other_program, manager, executive, stranger):
    make_pilot("Ours")
    make_pilot("Theirs", program=other_program)

    def counted(user: User) -> int:
        return count_funnel(Pilot.objects.visible_to(user).countable(user), Cohort(today=TODAY)).denominator

    assert (counted(manager), counted(executive), counted(stranger)) == (1, 2, 0)


@pytest.mark.parametrize("seed", [1, 5])
@pytest.mark.parametrize("entry", [Stage.IDEA, Stage.PILOTING, Stage.LIMITED])
def test_numbers_of_today_and_of_history_as_of_today_are_the_same(program, entry, seed):
    invent(program, seed=seed, size=50)
    pilots = Pilot.objects.countable(None)
    period = {"cohort_from": date(2025, 1, 1), "cohort_to": date(2026, 3, 31)}

    for narrowing in ({}, period, {"matured_months": 18}):
        columns = count_funnel(pilots, Cohort(today=TODAY, entry=entry, **narrowing))
        history = count_funnel(pilots, Cohort(today=TODAY, as_of=TODAY, entry=entry, **narrowing))
        assert history.bars == columns.bars
        assert (history.undated, history.young) == (columns.undated, columns.young)


@pytest.mark.parametrize("known_at", [None, datetime(2026, 10, 25, 8, tzinfo=UTC)])
@pytest.mark.parametrize("as_of", [date(2025, 9, 1), date(2026, 5, 5), date(2026, 11, 16)])
def test_past_day_counts_what_the_lists_behind_it_hold(program, as_of, known_at):
    invent(program, seed=11, size=50)
    pilots = Pilot.objects.countable(None)

    for entry in (Stage.IDEA, Stage.PILOTING):
        for narrowing in ({}, {"cohort_from": date(2025, 1, 1), "cohort_to": date(2026, 1, 15)}):
            cohort = Cohort(today=TODAY, as_of=as_of, known_at=known_at, entry=entry, **narrowing)
            rows = cohort.place(pilots).values_list(
                F("path_mask"), F("stage_then"), F("held_then"), "is_imported", F("part")
            )
            replayed = Counter(
                (FURTHEST[mask], Stage(at), bool(held), imported, Part(part))
                for mask, at, held, imported, part in rows
                if part != Part.OUTSIDE.value
            )

            counted = Counter()
            for group in count_funnel(pilots, cohort).groups:
                counted[group.furthest, group.at, group.is_held, group.is_imported, group.part] += group.count

            assert counted == replayed


def test_counting_costs_the_same_for_any_number_of_pilots(program, django_assert_num_queries):
    invent(program, seed=3, size=30)
    past = Cohort(today=TODAY, as_of=date(2026, 5, 1), matured_months=8)

    for cohort, queries in ((Cohort(today=TODAY), 2), (past, 4)):
        with django_assert_num_queries(queries):
            count_funnel(Pilot.objects.filter(is_confidential=False), cohort)
