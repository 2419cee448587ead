from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilots.calendar import Day, month, year
from pilots.lifecycle import (
    ENDS,
    LABELS,
    MAIN_PATH,
    NEXT,
    Candidate,
    Entry,
    Request,
    Stage,
    diagram,
    effective,
    implied_by,
    missing_for_move,
    stand,
)

TODAY = date(2026, 11, 18)


def candidate(stage=Stage.PILOTING, **fields):
    defaults = {"on_hold": False, "has_production_owner": True, "has_run_owner": True}
    return Candidate(stage=stage, **{**defaults, **fields})


def request(to, **fields):
    return Request(to=to, happened=fields.pop("happened", Day(TODAY)), today=TODAY, **fields)


def codes(missing):
    return [item.code for item in missing]


def entry(number, stage, on=None, latest=None, **fields):
    happened = Day(on) if isinstance(on, date) else on
    return Entry(
        id=number,
        to_stage=stage,
        happened=happened,
        latest_on=latest or (happened.latest if happened else TODAY),
        **fields,
    )


def test_table_covers_every_stage_and_its_label():
    assert set(NEXT) == set(LABELS) == set(Stage)
    assert {stage.bit for stage in Stage} == {1 << place for place in range(10)}


@pytest.mark.parametrize("stage", MAIN_PATH)
def test_forward_is_one_step_and_back_is_any(stage):
    place = MAIN_PATH.index(stage)
    forward = {to for to in NEXT[stage] if to in MAIN_PATH and MAIN_PATH.index(to) > place}

    assert forward == set(MAIN_PATH[place + 1 : place + 2])
    assert set(MAIN_PATH[:place]) <= NEXT[stage]
    assert NEXT[stage] & ENDS == {Stage.RETIRED if place >= 6 else Stage.STOPPED}


@pytest.mark.parametrize(
    ("start", "asked", "expected"),
    [
        pytest.param(candidate(), request(Stage.PROVEN, evidence="91 %"), [], id="forward-with-evidence"),
        pytest.param(candidate(), request(Stage.PROVEN), ["evidence"], id="proven-needs-measured-how"),
        pytest.param(
            candidate(), request(Stage.PROVEN, evidence="  "), ["evidence"], id="blank-is-no-evidence"
        ),
        pytest.param(candidate(), request(Stage.LIMITED, evidence="x"), ["not-next"], id="no-skipping"),
        pytest.param(candidate(), request(Stage.PILOTING), ["same-stage"], id="already-there"),
        pytest.param(
            candidate(), request(Stage.RETIRED, reason="x"), ["not-next"], id="stopped-before-production"
        ),
        pytest.param(candidate(), request(Stage.STOPPED), ["reason"], id="stop-needs-a-reason"),
        pytest.param(candidate(), request(Stage.STOPPED, reason="no data"), [], id="stop"),
        pytest.param(candidate(), request(Stage.IDEA), ["reason"], id="back-needs-a-reason"),
        pytest.param(
            candidate(Stage.STOPPED), request(Stage.PILOTING, reason="x"), ["ended"], id="ended-stays"
        ),
        pytest.param(candidate(on_hold=True), request(Stage.PROVEN, evidence="x"), ["on-hold"], id="held"),
        pytest.param(
            candidate(on_hold=True), request(Stage.STOPPED, reason="x"), [], id="held-may-be-stopped"
        ),
        pytest.param(
            candidate(Stage.PROVEN, has_production_owner=False),
            request(Stage.TRANSITION),
            ["production-owner"],
            id="plan-needs-production-owner",
        ),
        pytest.param(
            candidate(Stage.TRANSITION, has_run_owner=False, has_production_owner=False),
            request(Stage.LIMITED),
            ["evidence", "production-owner", "run-owner"],
            id="limited-names-everything-missing",
        ),
        pytest.param(
            candidate(Stage.PRODUCTION, in_production_since=Day(date(2025, 11, 19))),
            request(Stage.SUSTAINED, evidence="held"),
            ["twelve-months"],
            id="sustained-364-days",
        ),
        pytest.param(
            candidate(Stage.PRODUCTION, in_production_since=Day(date(2025, 11, 18))),
            request(Stage.SUSTAINED, evidence="held"),
            [],
            id="sustained-365-days",
        ),
        pytest.param(
            candidate(Stage.PRODUCTION),
            request(Stage.SUSTAINED, evidence="held"),
            ["twelve-months"],
            id="since-unknown",
        ),
        pytest.param(
            candidate(),
            request(Stage.PROVEN, evidence="x", happened=Day(date(2026, 11, 19))),
            ["future"],
            id="tomorrow",
        ),
        pytest.param(
            candidate(entered=Day(date(2026, 9, 1))),
            request(Stage.PROVEN, evidence="x", happened=Day(date(2026, 8, 31))),
            ["before-last"],
            id="before-it-entered",
        ),
        pytest.param(
            candidate(entered=Day(date(2026, 9, 1))),
            request(Stage.PROVEN, evidence="x", happened=month(2026, 9)),
            [],
            id="same-month-is-possible",
        ),
    ],
)
def test_missing_for_move_names_each_obstacle(start, asked, expected):
    assert codes(missing_for_move(start, asked)) == expected


def test_reaching_implies_the_way_there():
    assert implied_by(Stage.RETIRED) == (*MAIN_PATH[:7], Stage.RETIRED)
    assert implied_by(Stage.STOPPED) == (Stage.STOPPED,)


def test_stand_dates_what_is_known_and_leaves_the_rest_unknown():
    standing = stand([entry(1, Stage.PILOTING, date(2025, 3, 1)), entry(2, Stage.PRODUCTION)])

    assert (standing.stage, standing.since) == (Stage.PRODUCTION, None)
    assert standing.reached == {
        Stage.IDEA: None,
        Stage.CHARTERED: None,
        Stage.PILOTING: Day(date(2025, 3, 1)),
        Stage.PROVEN: None,
        Stage.TRANSITION: None,
        Stage.LIMITED: None,
        Stage.PRODUCTION: None,
    }


def test_stand_orders_by_the_latest_possible_day():
    standing = stand([entry(1, Stage.PRODUCTION, year(2025)), entry(2, Stage.LIMITED, date(2025, 6, 1))])

    assert standing.stage is Stage.PRODUCTION


def test_stand_keeps_the_first_entry_after_a_way_back():
    standing = stand(
        [
            entry(1, Stage.LIMITED, date(2025, 1, 1)),
            entry(2, Stage.PROVEN, date(2025, 2, 1)),
            entry(3, Stage.LIMITED, date(2025, 6, 1)),
        ]
    )

    assert standing.reached[Stage.LIMITED] == Day(date(2025, 1, 1))
    assert standing.since == Day(date(2025, 6, 1))
    assert [span.stage for span in standing.spans] == [Stage.LIMITED, Stage.PROVEN, Stage.LIMITED]


def test_saying_a_stage_twice_is_not_moving_twice():
    standing = stand(
        [entry(1, Stage.PILOTING, date(2025, 1, 1)), entry(2, Stage.PILOTING, latest=date(2025, 12, 31))]
    )

    assert (len(standing.spans), standing.since) == (1, Day(date(2025, 1, 1)))


def test_superseded_and_voided_rows_do_not_count():
    rows = [
        entry(1, Stage.PILOTING, date(2025, 1, 1)),
        entry(2, Stage.PROVEN, date(2025, 2, 1)),
        entry(3, Stage.PILOTING, date(2025, 1, 15), supersedes=1),
        Entry(id=4, to_stage=None, happened=None, latest_on=date(2025, 2, 1), voids=2),
    ]

    assert [row.id for row in effective(rows)] == [3]


def test_an_empty_history_is_an_error():
    with pytest.raises(ValueError, match="cannot be empty"):
        stand([])


@given(
    st.lists(
        st.tuples(st.sampled_from(list(Stage)), st.one_of(st.none(), st.dates(date(2020, 1, 1), TODAY))),
        min_size=1,
    )
)
def test_what_is_reached_is_closed_under_implication(pairs):
    standing = stand(entry(place + 1, stage, on) for place, (stage, on) in enumerate(pairs))

    assert set(standing.reached) == {implied for stage, _ in pairs for implied in implied_by(stage)}
    assert standing.stage in standing.reached
    assert sum(span.is_last for span in standing.spans) == 1


def test_docs_show_the_stage_machine_as_it_is(settings):
    page = (settings.BASE_DIR / "docs" / "lifecycle.md").read_text()

    assert diagram() in page, "docs/lifecycle.md is stale: paste what `manage.py flows` prints."
