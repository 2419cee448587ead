"""What a plan waited for, open gates late in it, and a move that was refused."""

from datetime import date, timedelta

import pytest

from pilots.lifecycle import MAIN_PATH, Stage
from pilots.playbook import PLAYBOOK
from pilots.playbook.rows import ROWS
from pilots.rules import RULES
from pilots.rules.asked import ASKED_OF, TOLD_ELSEWHERE, is_granted
from pilots.rules.asked_facts import Asked, Overdue, Refusal
from pilots.rules.facts import NOT_REPLAYED, RunningPlan
from pilots.rules.registry import Evidence, Look, Pattern
from tests.pilots.rules.test_time import CLOCK, CLOCKS, LONG, facts, judged, severity

PLAN = RunningPlan(CLOCK, CLOCK + timedelta(days=89), None)
DUE = CLOCK + timedelta(days=44)
KEYS = [rule.key for rule in RULES if rule.code in {"R-due", "R-gates", "R-refused"}]


def thing(title="a served model", due_on=DUE, phase=2, code="serving") -> Overdue:
    return Overdue(code=code, title=title, due_on=due_on, phase=phase, next_action=f"Bring {title}.")


def asked(*missing, stage=Stage.TRANSITION, plan=PLAN, **known):
    if missing:
        cliff = Pattern.INTEGRATION_CLIFF
        known |= {"overdue": {cliff: missing}, "due": frozenset({cliff})}
    return facts(stage, stage_clock=CLOCK, plan=plan, floors={Asked: Asked(**known)})


def told(key, found, on):
    hit = judged(key, found, on)
    limit = RULES.get(key).default_limits[hit.limit]
    return RULES.get(key).fact(Evidence(hit.since, on, limit, hit.details))


@pytest.mark.parametrize("key", KEYS)
def test_nobody_is_asked_who_has_no_plan_and_asked_for_no_move(key):
    for stage in MAIN_PATH:
        assert judged(key, facts(stage, **dict.fromkeys(CLOCKS, CLOCK)), LONG) is None


# --- What was due ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "expected"), [(0, None), (1, "warning"), (14, "warning"), (15, "high"), (200, "high")]
)
def test_what_was_due_is_told_the_day_after_and_is_serious_after_fifteen(late, expected):
    assert severity("R-due-integration_cliff", asked(thing()), DUE + timedelta(days=late)) == expected


def test_other_patterns_have_nothing_due_then():
    found = asked(thing())

    assert [key for key in KEYS if judged(key, found, DUE + timedelta(days=20))] == [
        "R-due-integration_cliff"
    ]
    assert not RULES.get("R-due-no_mlops").eligible(found)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        ([thing()], "1 thing was due by phase 2 of the plan and is not there: a served model."),
        (
            [thing("a"), thing("b"), thing("c", phase=3)],
            "3 things were due by phase 3 of the plan and are not there: a, b and c.",
        ),
        (
            [thing("a"), thing("b"), thing("c"), thing("d"), thing("e", phase=0)],
            "5 things were due by the end of the plan and are not there: a, b, c and 2 more.",
        ),
    ],
)
def test_things_are_named_and_the_first_says_what_to_do(missing, says):
    found = asked(*missing)

    assert told("R-due-integration_cliff", found, LONG) == says
    hit = judged("R-due-integration_cliff", found, LONG)
    assert (hit.since, hit.next_action) == (DUE, missing[0].next_action)


def test_each_way_to_fail_that_the_playbook_knows_has_its_rule_and_no_other():
    told_here = {
        known.pattern for code, known in PLAYBOOK.items() if code not in TOLD_ELSEWHERE and known.phase
    }
    gated = {known.pattern for code, known in PLAYBOOK.items() if code not in TOLD_ELSEWHERE and known.gate}

    assert told_here <= set(ASKED_OF)
    assert set(ASKED_OF) <= told_here | gated | {Pattern.PURGATORY}  # what programs add themselves
    assert {rule.pattern for rule in RULES if rule.code == "R-due"} == set(ASKED_OF)


def test_what_another_rule_tells_is_known_to_both():
    assert set(TOLD_ELSEWHERE) <= set(PLAYBOOK)
    assert set(TOLD_ELSEWHERE.values()) <= {rule.key for rule in RULES}


def test_each_row_names_requirements_there_are():
    assert {code for codes in ROWS.values() for code in codes} <= set(PLAYBOOK)
    assert all(ROWS.values())


# --- Open gates -----------------------------------------------------------------------------

GATES = ("G2 Data access", "G4 Fallbacks", "G6 Run owner", "G5 Rollout plan")


@pytest.mark.parametrize(
    ("number", "ship", "gates", "expected"),
    [
        (75, None, GATES, None),
        (76, None, GATES, "high"),
        (76, 76, GATES, "high"),
        (76, None, (), None),
        (160, 168, GATES, None),  # a plan of 26 weeks goes by its own last phase
        (168, 168, GATES, "high"),
    ],
)
def test_open_gates_are_serious_from_the_last_phase_on(number, ship, gates, expected):
    ship_on = ship and CLOCK + timedelta(days=ship - 1)
    found, on = asked(open_gates=gates, ship_on=ship_on), CLOCK + timedelta(days=number - 1)
    rule = RULES.get("R-gates")

    assert severity("R-gates", found, on) == expected
    assert rule.blocks
    if gates:
        assert rule.could_hit(found, Look(on, rule.default_limits)) is (expected is not None)


def test_open_gates_are_named():
    on = CLOCK + timedelta(days=79)

    assert told("R-gates", asked(open_gates=GATES), on) == (
        "Day 80 of the plan, and G2 Data access, G4 Fallbacks, G6 Run owner and 1 more are still open "
        "(limit day 76)."
    )
    assert told("R-gates", asked(open_gates=GATES[:1]), on) == (
        "Day 80 of the plan, and G2 Data access is still open (limit day 76)."
    )


# --- A refused move ---------------------------------------------------------------------------


def refused(*lacks, on=CLOCK):
    return Refusal(to="Limited go-live", on=on, lacks=lacks, next_action="Connect one real source.")


def test_refused_move_is_told_at_once_until_nothing_is_in_the_way():
    found = asked(refusal=refused("G2: no live source is connected.", "G6: nobody."), plan=None)
    done = asked(refusal=refused())

    assert severity("R-refused", found, CLOCK) == "high"
    assert RULES.get("R-refused").blocks
    assert told("R-refused", found, CLOCK + timedelta(days=2)) == (
        "A move to Limited go-live was refused 2 days ago, and it still lacks: "
        "G2: no live source is connected; and 1 more."
    )
    assert judged("R-refused", found, CLOCK).next_action == "Connect one real source."
    assert (judged("R-refused", done, CLOCK), is_granted(done), is_granted(found)) == (None, True, False)
    assert not is_granted(asked())


def test_everybody_who_could_move_on_is_in_the_share_of_refused_moves():
    eligible = [stage for stage in MAIN_PATH if RULES.get("R-refused").eligible(asked(stage=stage))]

    assert eligible == list(MAIN_PATH[: MAIN_PATH.index(Stage.LIMITED) + 1])


def test_day_that_is_to_come_counts_as_today():
    later = asked(refusal=refused("nobody", on=CLOCK + timedelta(days=1)))

    assert judged("R-refused", later, CLOCK).since == CLOCK == date(2026, 1, 5)


def test_backtest_of_refused_moves_says_that_past_ones_are_not_known():
    """`wanted_on` stands only while the move waits."""
    told = [words for name, words in NOT_REPLAYED.items() if name in RULES.get("R-refused").inputs]

    assert "refused moves that wait today; one that was settled or moved on since is not known" in told
