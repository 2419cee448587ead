"""Each rule about KPIs and money the day before its limit and on it; a specimen hits that rule alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from kpis.money.terms import Basis, Commitment, LedgerKind, MoneyPhase
from kpis.reports.periods import month_of, months_after
from kpis.rules import OF_WORTH
from kpis.terms import KpiKind, Provenance, ReportKind
from kpis.worth import Budget, LoopFacts, Published, VersionFacts, Worth
from pilots.lifecycle import ENDS, Stage
from pilots.rules.facts import OpenPhase
from pilots.rules.registry import Kind
from tests.kpis.rules.pilots import (
    BENEFIT,
    COMMITTED,
    TODAY,
    VERSION,
    ago,
    control_worth,
    facts,
    hits,
    kpi,
    latency,
    line,
    primary,
    quality,
    reading,
    told,
)

CURATED, DEMO, SHADOW, LIMITED = (
    Provenance.CURATED,
    Provenance.DEMO,
    Provenance.SHADOW,
    Provenance.LIMITED,
)
RUN = reading(92, provenance=SHADOW, version_id=7, cases=400)


def with_kpis(*kpis, **parts) -> Worth:
    return control_worth(kpis=kpis, **parts)


def planned(day: int, worth: Worth, **known):
    """A pilot on a day of its plan."""
    return facts(Stage.TRANSITION, since=ago(day - 1), worth=worth, **known)


@pytest.mark.parametrize("stage", Stage)
@pytest.mark.parametrize("days", [1, 20, 60, 90, 200])
def test_control_raises_nothing(stage, days):
    assert hits(facts(stage, since=ago(days))) == {}


def test_none_of_these_rules_can_call_a_pilot_stalled():
    assert Kind.STALL not in {rule.kind for rule in OF_WORTH}
    assert {rule.kind for rule in OF_WORTH if rule.denies_health} == {Kind.RISK}


@pytest.mark.parametrize("stage", Stage)
def test_pilot_of_which_nothing_is_written_is_left_alone_outside_a_plan(stage):
    known = facts(stage, since=ago(500), worth=Worth(), plan=None)

    assert hits(known) == {}


@pytest.mark.parametrize("rest", [{"is_held": True}, *({"stage": stage} for stage in ENDS)])
def test_pilot_that_rests_is_left_alone(rest):
    bad = Worth(kpis=(primary(baseline=None, is_signed=False),), in_production=ago(500))

    assert hits(replace(facts(since=ago(100), worth=bad), **rest)) == {}


# --- What is agreed ----------------------------------------------------------------------


@pytest.mark.parametrize(("day", "expected"), [(1, "warning"), (14, "warning"), (15, "high"), (90, "high")])
def test_fewer_than_three_whole_kpis(day, expected):
    fog = with_kpis(primary(), quality(RUN), latency(missing=("window", "method")))

    assert hits(planned(day, fog)) == {"R-20": expected}


def test_fog_names_what_the_nearest_kpi_lacks():
    fog = with_kpis(primary(), quality(RUN), latency(missing=("window", "method")))

    assert told("R-20", planned(15, fog)) == (
        "Day 15 of the plan, and 2 of 3 KPIs are whole (limit day 15). Answer time lacks window and method."
    )


def test_three_kpis_let_pass_are_missed_no_longer():
    fog = control_worth(kpis=(primary(), quality(RUN)), let_pass=frozenset({"three-kpis"}))

    assert hits(planned(10, fog)) == {}


def test_fog_says_how_many_kpis_it_has():
    lacking = latency(missing=("window", "method"))

    assert told("R-20", planned(15, with_kpis(primary(), lacking))) == (
        "Day 15 of the plan, and it has 2 of 3 KPIs, of which 1 is whole (limit day 15). "
        "Answer time lacks window and method."
    )
    assert told("R-20", planned(15, with_kpis())) == (
        "Day 15 of the plan, and it has none of 3 KPIs (limit day 15)."
    )


def test_technical_numbers_only():
    technical = with_kpis(quality(RUN), latency(), kpi(4))

    assert hits(planned(10, technical)) == {"R-21": "high"}
    assert hits(facts(Stage.IDEA, worth=technical)) == {}
    assert told("R-21", planned(10, technical)) == (
        "It has 3 KPIs, and none is the business number it is judged by."
    )


@pytest.mark.parametrize("baseline", [{"baseline": None}, {"baseline_is_real": False}])
@pytest.mark.parametrize(("day", "expected"), [(74, {}), (75, {"R-22": "high"})])
def test_baseline_is_missed_by_day_75(baseline, day, expected):
    assert hits(planned(day, with_kpis(primary(**baseline), quality(RUN), latency()))) == expected


def test_baseline_is_missed_at_once_where_there_are_users():
    known = facts(Stage.LIMITED, since=ago(1), worth=with_kpis(primary(baseline=None), quality(RUN)))

    assert hits(known) == {"R-22": "high"}
    assert told("R-22", known) == "It has users, and Number 1 has no baseline."


@pytest.mark.parametrize(("day", "expected"), [(14, {}), (15, {"R-25": "high"})])
@pytest.mark.parametrize("was_signed", [True, False])
def test_signature_is_missed_by_day_15(day, expected, was_signed):
    unsigned = primary(is_signed=False, was_signed=was_signed)

    assert hits(planned(day, with_kpis(unsigned, quality(RUN), latency()))) == expected


@pytest.mark.parametrize(("days", "expected"), [(14, {}), (15, {"R-25": "high"})])
def test_signature_under_an_older_version_is_stale_in_production_too(days, expected):
    stale = primary(is_signed=False, changed_on=ago(days))

    assert hits(facts(Stage.PRODUCTION, worth=with_kpis(stale, quality(RUN)))) == expected


# --- What was measured --------------------------------------------------------------------


def silent(days, **parts):
    return primary(readings=(reading(9, days),), lately=(reading(9, days),), **parts)


@pytest.mark.parametrize(("days", "expected"), [(13, {}), (14, "warning"), (27, "warning"), (28, "high")])
def test_silence_in_phase_three_counts_from_its_start_or_the_last_reading(days, expected):
    worth = with_kpis(silent(days), quality(reading(92, days, SHADOW, version_id=7)), latency_of(days))
    plan = planned(60, worth).plan
    third = replace(plan, open_phase=OpenPhase(3, "Integrate", ago(40), ago(1)))

    found = hits(planned(60, worth, plan=third))

    assert found == ({"R-23": expected} if expected else {})


def latency_of(days):
    return latency(readings=(reading(3, days),))


def test_silence_is_none_before_phase_three():
    worth = with_kpis(silent(40), quality(reading(92, 40, SHADOW, version_id=7)), latency_of(40))

    assert hits(planned(40, worth)) == {}


@pytest.mark.parametrize(("days", "expected"), [(37, {}), (38, {"R-23": "warning"}), (76, {"R-23": "high"})])
def test_silence_in_production_is_a_month_and_a_week(days, expected):
    worth = with_kpis(silent(days), quality(reading(92, days, SHADOW, version_id=7)))

    assert hits(facts(Stage.PRODUCTION, since=ago(85), worth=worth)) == expected


@pytest.mark.parametrize(("days", "expected"), [(13, {}), (14, {"R-23": "warning"}), (28, {"R-23": "high"})])
def test_silence_is_judged_by_the_own_rhythm_of_a_kpi(days, expected):
    worth = with_kpis(silent(days, cadence_days=7), quality(RUN))

    assert hits(facts(Stage.PRODUCTION, since=ago(85), worth=worth)) == expected


def used(value, days=3):
    return primary(readings=(reading(value, days, LIMITED),), lately=(reading(value, days, LIMITED),))


@pytest.mark.parametrize(
    ("days", "value", "expected"),
    [
        (29, 14, {}),
        (30, 9, {}),
        (30, "9.1", {"R-24": "warning"}),
        (30, "11.5", {"R-24": "warning"}),
        (30, "11.6", {"R-24": "high"}),
    ],
)
def test_missed_target_after_thirty_days(days, value, expected):
    worth = with_kpis(used(value), quality(RUN))

    assert hits(facts(Stage.LIMITED, since=ago(days), worth=worth)) == expected


def test_threshold_is_what_has_to_be_reached_where_there_is_one():
    worth = with_kpis(replace(used(10), threshold=Decimal(10)), quality(RUN))

    assert hits(facts(Stage.LIMITED, since=ago(30), worth=worth)) == {}


def shown(value, real, unit="%", **parts):
    rows = (reading(real, 3, SHADOW, version_id=7), reading(value, 50, CURATED))
    return quality(*rows, unit=unit, **parts)


@pytest.mark.parametrize(
    ("value", "real", "unit", "expected"),
    [
        (95, "85.1", "%", {}),
        (95, 85, "%", {"R-28": "warning"}),
        (95, "70.1", "%", {"R-28": "warning"}),
        (95, 70, "%", {"R-28": "critical"}),
        ("0.95", "0.70", "", {"R-28": "critical"}),
        (95, 70, "min", {}),
        (70, 95, "%", {}),
    ],
)
def test_drop_from_chosen_cases_to_real_ones_in_points(value, real, unit, expected):
    worth = with_kpis(primary(), shown(value, real, unit), latency())

    assert hits(planned(10, worth)) == expected


def test_lower_is_better_drops_the_other_way():
    worth = with_kpis(primary(), shown(19, 37, direction="lower"), latency())

    assert hits(planned(10, worth)) == {"R-28": "warning"}
    assert told("R-28", planned(10, worth)) == (
        "Accuracy was 19 % on chosen cases and is 37 % on real data, 18 points worse."
    )


@pytest.mark.parametrize(
    ("day", "expected"), [(44, {}), (45, {"R-30": "warning"}), (74, {"R-30": "warning"}), (75, "critical")]
)
@pytest.mark.parametrize("provenance", [DEMO, CURATED])
def test_nothing_but_chosen_cases(day, expected, provenance):
    readings = (reading(9, provenance=provenance),)
    worth = with_kpis(
        primary(readings=readings, lately=()),
        quality(reading(92, provenance=CURATED, version_id=7)),
        latency(readings=()),
    )

    assert hits(planned(day, worth)) == ({"R-30": expected} if expected == "critical" else expected)


@pytest.mark.parametrize(("day", "expected"), [(44, {}), (45, {"R-32": "warning"})])
def test_no_budget_per_answer_by_the_end_of_phase_two(day, expected):
    assert hits(planned(day, with_kpis(primary(), quality(RUN), kpi(4)))) == expected


def test_evidence_of_a_budget_is_one():
    shown_ones = control_worth(kpis=(primary(), quality(RUN), kpi(4)), shown={"cost-budget": ago(10)})

    assert hits(planned(60, shown_ones)) == {}


@pytest.mark.parametrize("direction", ["lower", ""])
@pytest.mark.parametrize(("value", "expected"), [(5, {}), ("5.01", {"R-32": "high"})])
def test_broken_budget_is_told_at_once(value, expected, direction):
    """Of time less is better, also where only a budget was agreed and so no way follows."""
    worth = with_kpis(primary(), quality(RUN), latency(value, direction=direction))

    assert hits(planned(5, worth)) == expected
    assert hits(facts(Stage.PRODUCTION, worth=worth)) == expected


@pytest.mark.parametrize(("value", "expected"), [(5, {}), ("5.01", {"R-35-freshness": "high"})])
@pytest.mark.parametrize("stage", [Stage.PILOTING, Stage.PRODUCTION])
def test_data_is_as_fresh_as_was_agreed(value, expected, stage):
    age = latency(value, kind=KpiKind.FRESHNESS, name="Age of the data", unit="h", number=4)
    worth = with_kpis(*control_worth().kpis, age)

    found = facts(stage, worth=worth)
    assert hits(found) == expected
    if expected:
        assert told("R-35-freshness", found) == "Age of the data is at 5.01 h; 5 h was agreed."
    assert hits(facts(stage, worth=with_kpis(*control_worth().kpis, replace(age, threshold=None)))) == {}


# --- What it was tried on -------------------------------------------------------------------


@pytest.mark.parametrize(("days", "expected"), [(6, {}), (7, {"R-45": "high"})])
def test_no_evaluation_within_the_first_week(days, expected):
    worth = with_kpis(primary(), quality(), latency(), versions=())

    assert hits(facts(Stage.PILOTING, since=ago(days), worth=worth)) == expected


def test_demo_is_no_evaluation():
    worth = with_kpis(primary(), quality(reading(95, provenance=DEMO)), latency(), versions=())

    assert hits(facts(Stage.PILOTING, since=ago(7), worth=worth)) == {"R-45": "high"}


def test_pilot_that_keeps_no_model_here_is_asked_for_no_evaluation():
    assert hits(facts(Stage.PILOTING, since=ago(70), worth=Worth(kpis=(primary(),)))) == {}


def test_version_a_provider_changed_after_evidence_of_an_evaluation_is_told_by_another_rule():
    """R-71 says it; where no evidence was ever brought, this one still does."""
    newer = VersionFacts(id=8, label="v8", changed_on=ago(2), is_live=True, is_a_providers=True)
    worth = control_worth(versions=(newer, replace(VERSION, is_live=False)))

    assert hits(planned(10, worth)) == {"R-45": "high"}
    assert hits(planned(10, replace(worth, shown={"evaluation": ago(9)}))) == {}


def test_version_that_went_live_after_the_last_run_is_unscored():
    newer = VersionFacts(id=8, label="v8", changed_on=ago(2), is_live=True)
    worth = control_worth(versions=(newer, replace(VERSION, is_live=False)))

    assert hits(planned(10, worth)) == {"R-45": "high"}
    assert told("R-45", planned(10, worth)) == "Version v8 went live 2 days ago, and nobody has scored it."
    assert hits(planned(10, replace(worth, shown={"evaluation": ago(1)}))) == {}


def two_versions(old, new, *, cases=None, unit="%", direction="higher"):
    newer = VersionFacts(id=8, label="v8", changed_on=ago(5), is_live=True)
    runs = (
        reading(new, 2, SHADOW, version_id=8, cases=cases),
        reading(old, 40, SHADOW, version_id=7, cases=cases),
    )
    scored = quality(*runs, unit=unit, direction=direction)
    return control_worth(
        kpis=(primary(), scored, latency()), versions=(newer, replace(VERSION, is_live=False))
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [(90, 87, {}), (90, "86.9", {"R-46": "warning"}), (90, 81, {"R-46": "warning"}), (90, 80, "high")],
)
def test_version_that_is_worse_than_the_one_before(old, new, expected):
    found = hits(planned(10, two_versions(old, new)))

    assert found == ({"R-46": expected} if expected == "high" else expected)


def test_loss_that_may_be_chance_is_none():
    assert hits(planned(10, two_versions(90, 84, cases=50))) == {}
    assert hits(planned(10, two_versions(90, 84, cases=5000))) == {"R-46": "warning"}


def test_score_without_a_scale_is_judged_by_its_share():
    assert hits(planned(10, two_versions(40, 37, unit="BLEU"))) == {}
    assert hits(planned(10, two_versions(40, 35, unit="BLEU"))) == {"R-46": "high"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [(364, {}), (365, {"R-36": "warning"}), (729, {"R-36": "warning"}), (730, {"R-36": "critical"})],
)
def test_training_data_grows_old(days, expected):
    worth = control_worth(versions=(replace(VERSION, trained_through=ago(days)),))

    assert hits(planned(10, worth)) == expected


# --- Life in production -------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "expected"), [(29, {}), (30, {"R-65": "high"})])
@pytest.mark.parametrize(
    "part", [{"truth_source": ""}, {"linkage_key": ""}, {"retrain_every_days": None}], ids=str
)
def test_deployed_pilot(days, expected, part):
    worth = control_worth(loop=replace(control_worth().loop, **part))

    assert hits(facts(Stage.PRODUCTION, since=ago(days), worth=worth)) == expected


def test_run_that_somebody_typed_is_none_that_runs_by_itself():
    typed = control_worth(evaluates_itself=False)
    known = facts(Stage.PRODUCTION, since=ago(30), worth=typed)

    assert hits(known) == {"R-65": "high"}
    assert told("R-65", known) == (
        "In production for 30 days and still a deployed pilot: it lacks an evaluation that runs by itself."
    )


@pytest.mark.parametrize(("days", "expected"), [(180, {}), (181, {"R-66": "warning"})])
def test_training_is_overdue_a_day_after_its_rhythm(days, expected):
    loop = replace(control_worth().loop, retrained_on=ago(days))
    worth = control_worth(loop=loop, versions=(replace(VERSION, changed_on=ago(300)),))

    assert hits(facts(Stage.PRODUCTION, since=ago(80), worth=worth)) == expected


def drifting(*values, every=3, newest=1):
    rows = tuple(reading(value, newest + place * every) for place, value in enumerate(values))
    plain = {"kind": KpiKind.DRIFT, "name": "Drift", "unit": "", "threshold": Decimal("0.2")}
    return kpi(5, **plain, readings=rows[:1], lately=rows)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["0.3", "0.3", "0.1"], {}),  # beyond since 4 days
        (["0.3", "0.3", "0.3", "0.1"], {"R-67": "critical"}),  # since 7
        (["0.1", "0.3", "0.3", "0.3"], {}),
        (["0.2", "0.2", "0.2", "0.2"], {}),
    ],
)
def test_drift_beyond_its_threshold_wants_an_answer_in_a_week(values, expected):
    worth = with_kpis(primary(), quality(RUN), drifting(*values))

    assert hits(facts(Stage.PRODUCTION, since=ago(80), worth=worth)) == expected


def test_drift_says_where_it_is_and_for_how_long_it_has_been_there():
    worth = with_kpis(primary(), quality(RUN), drifting("0.3", "0.3", "0.3", "0.1"))

    assert told("R-67", facts(Stage.PRODUCTION, since=ago(80), worth=worth)) == (
        "Drift is at 0.3; it has been beyond 0.2 for 7 days, with no new version since."
    )


def test_new_version_or_training_answers_drift():
    worth = with_kpis(primary(), quality(replace(RUN, on=ago(1))), drifting("0.3", "0.3", "0.3"))
    trained = replace(worth, loop=replace(worth.loop, retrained_on=ago(2)))
    changed = replace(worth, versions=(replace(VERSION, changed_on=ago(2)),))

    for answered in (trained, changed):
        assert hits(facts(Stage.PRODUCTION, since=ago(80), worth=answered)) == {}


@pytest.mark.parametrize(("days", "expected"), [(30, {}), (31, {"R-67": "high"})])
def test_drift_that_is_not_read_for_a_month(days, expected):
    worth = with_kpis(primary(), quality(RUN), drifting("0.1", newest=days))

    assert hits(facts(Stage.PRODUCTION, since=ago(80), worth=worth)) == expected


@pytest.mark.parametrize(("days", "expected"), [(37, {}), (38, {"R-68": "warning"})])
def test_monthly_report_is_missed_after_a_month_and_a_week(days, expected):
    assert hits(facts(Stage.PRODUCTION, since=ago(days), worth=control_worth(reports=()))) == expected


def months_back(number, reached):
    span = month_of(months_after(TODAY.replace(day=1), -number))
    far = Decimal(str(reached))
    return Published(kind=ReportKind.MONTH, first=span.first, last=span.last, on=span.last, reached=far)


@pytest.mark.parametrize(
    ("reports", "expected"),
    [
        ([months_back(1, "0.99")], {}),
        ([months_back(1, "0.99"), months_back(2, "0.8")], {"R-69": "high"}),
        ([months_back(1, 1), months_back(2, "0.8"), months_back(3, "0.8")], {}),
        ([months_back(1, "0.9"), months_back(3, "0.8")], {}),
        # Nobody reported since, and what was measured since has come to its target.
        ([months_back(2, "0.8"), months_back(3, "0.8")], {"R-68": "warning"}),
    ],
)
def test_value_decays_in_two_reports_in_a_row(reports, expected):
    worth = control_worth(reports=tuple(reports))

    assert hits(facts(Stage.PRODUCTION, since=ago(85), worth=worth)) == expected


def test_value_decays_in_the_readings_where_nobody_reports():
    fallen = tuple(reading(12, days) for days in range(1, 95, 7))
    worth = with_kpis(primary(readings=fallen[:1], lately=fallen), quality(RUN), reports=())
    known = facts(Stage.PRODUCTION, since=ago(90), worth=worth)

    assert hits(known) == {"R-68": "warning", "R-69": "high"}
    assert told("R-69", known) == "Number 1 is short of its target for 3 months in a row."


@pytest.mark.parametrize(("days", "expected"), [(333, {}), (334, {"R-70": "info"}), (500, {"R-70": "info"})])
def test_review_is_asked_for_thirty_days_before_twelve_months(days, expected):
    """In production since 19 Dec 2025, the twelve months end on 18 Dec 2026, in thirty days."""
    assert hits(facts(Stage.PRODUCTION, since=ago(days), worth=control_worth())) == expected


def test_review_that_is_published_or_fell_due_before_it_came_here_is_asked_of_nobody():
    review = Published(kind=ReportKind.YEAR, first=ago(400), last=ago(36), on=ago(30))
    reviewed = control_worth(reports=(*control_worth().reports, review))

    assert hits(facts(Stage.PRODUCTION, since=ago(400), worth=reviewed)) == {}
    assert hits(facts(Stage.PRODUCTION, since=ago(500), here_since=ago(30))) == {}


# --- Money -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "expected"), [(90, {}), (91, {"R-26": "high"})])
def test_benefit_that_nobody_verified_after_ninety_days(days, expected):
    worth = control_worth(ledger=(replace(BENEFIT, finding=None),))

    assert hits(facts(Stage.PRODUCTION, since=ago(days), worth=worth)) == expected


def test_benefit_that_nobody_verified_reads_as_a_sentence():
    claimed = facts(
        Stage.PRODUCTION, since=ago(91), worth=control_worth(ledger=(replace(BENEFIT, finding=None),))
    )

    told_of = told("R-26", claimed)
    assert told_of == "In production for 91 days, and no benefit that is claimed is verified (limit 90 days)."


def test_pilot_that_keeps_no_money_here_is_asked_for_no_benefit():
    assert hits(facts(Stage.PRODUCTION, since=ago(300), worth=control_worth(ledger=()))) == {}


@pytest.mark.parametrize(("day", "expected"), [(1, "warning"), (44, "warning"), (45, "high")])
def test_budget_for_production_is_missed_from_the_first_day(day, expected):
    assert hits(planned(day, control_worth(budgets=()))) == {"R-75": expected}


def test_paper_that_shows_the_budget_is_enough():
    worth = control_worth(budgets=(), shown={"production-budget": ago(3)})

    assert hits(planned(60, worth)) == {}


@pytest.mark.parametrize("commitment", Commitment)
def test_budget_that_was_deferred_or_redirected(commitment):
    lost = Budget(phase=MoneyPhase.RUN, commitment=commitment, decided_on=ago(5))
    found = hits(planned(10, control_worth(budgets=(COMMITTED, lost))))

    gone = commitment in {Commitment.DEFERRED, Commitment.REDIRECTED}
    assert found == ({"R-77": "high"} if gone else {})


@pytest.mark.parametrize(("spent", "expected"), [("1100.00", {}), ("1100.01", {"R-77": "high"})])
def test_phase_that_costs_more_than_a_tenth_above_its_plan(spent, expected):
    costs = (
        line(LedgerKind.COST, "1000", phase=MoneyPhase.PILOT, basis=Basis.PLANNED),
        line(LedgerKind.COST, spent, phase=MoneyPhase.PILOT),
        line(LedgerKind.COST, "9999", phase=MoneyPhase.PILOT, currency="USD"),  # no rate: in no comparison
    )

    assert hits(planned(10, control_worth(ledger=costs))) == expected


def test_overspent_says_how_much_of_how_much():
    costs = (
        line(LedgerKind.COST, "20000", phase=MoneyPhase.PILOT, basis=Basis.PLANNED),
        line(LedgerKind.COST, "35000", phase=MoneyPhase.PILOT),
        line(LedgerKind.COST, "900", phase=MoneyPhase.PILOT, currency="USD"),
    )

    assert told("R-77", planned(10, control_worth(ledger=costs))) == (
        "Pilot: EUR 35,000 (and USD 900, no rate entered) spent of EUR 20,000 planned, 75 % over."
    )


@pytest.mark.parametrize(("days", "expected"), [(4, {"R-77": "high"}), (3, {}), (1, {})])
def test_decision_on_the_budget_after_it_was_overspent_clears_it(days, expected):
    costs = (
        line(LedgerKind.COST, "1000", phase=MoneyPhase.PILOT, basis=Basis.PLANNED),
        line(LedgerKind.COST, "2000", phase=MoneyPhase.PILOT, last=3),
    )
    decided = Budget(phase=MoneyPhase.PILOT, commitment=Commitment.COMMITTED, decided_on=ago(days))

    found = hits(planned(10, control_worth(ledger=costs, budgets=(COMMITTED, decided))))
    assert found == expected


def growing(*uses, costs):
    """Use and cost of September and October, newest first."""
    rows = tuple(reading(value, days) for value, days in zip(uses, (25, 55), strict=True))
    adoption = kpi(
        6, kind=KpiKind.ADOPTION, name="Users", unit="", direction="higher", readings=rows[:1], lately=rows
    )
    ledger = [
        line(LedgerKind.COST, amount, first=first, last=last)
        for amount, (first, last) in zip(costs, ((48, 18), (78, 49)), strict=True)
    ]
    return with_kpis(primary(), quality(RUN), adoption, ledger=(*ledger, BENEFIT))


@pytest.mark.parametrize(
    ("uses", "costs", "expected"),
    [
        ((120, 100), ("1300", "1000"), {}),  # 30 % for 20 % more use
        ((120, 100), ("1310", "1000"), {"R-78": "warning"}),
        ((100, 100), ("1010", "1000"), {"R-78": "warning"}),
        ((100, 100), ("1000", "1000"), {}),
    ],
)
def test_cost_that_grows_faster_than_use(uses, costs, expected):
    assert hits(facts(Stage.PRODUCTION, worth=growing(*uses, costs=costs))) == expected


def test_growth_names_the_kpi_of_use():
    known = growing(105, 100, costs=("1750", "1000"))
    said = told("R-78", facts(Stage.PRODUCTION, worth=known))

    assert said.startswith("Running it cost ")
    assert said.endswith(" % more than the month before, and Users grew by 5 %.")


def test_worse_version_is_quoted():
    assert told("R-46", planned(10, two_versions(90, 80))).endswith("with version “v8”.")


# --- As days pass -------------------------------------------------------------------------------

SPECIMENS = {
    "fog": planned(1, with_kpis(primary())),
    "unsigned": planned(1, with_kpis(primary(is_signed=False, baseline=None), kpi(2), kpi(3))),
    "chosen": planned(1, with_kpis(primary(readings=(reading(9, 80, CURATED),), lately=()))),
    "unscored": planned(1, with_kpis(primary(), quality(), versions=(VERSION,))),
    "open": facts(
        Stage.PRODUCTION,
        worth=with_kpis(primary(), drifting("0.3", "0.3"), reports=(), loop=LoopFacts(retrain_every_days=9)),
    ),
    "uncommitted": planned(1, control_worth(budgets=())),
    "limited": facts(Stage.LIMITED, worth=with_kpis(used(13))),
}
RANKS = {"info": 0, "warning": 1, "high": 2, "critical": 3}


@pytest.mark.parametrize("name", SPECIMENS)
def test_severity_never_falls_as_days_pass(name):
    before: dict[str, str] = {}
    for days in range(0, 120, 3):
        now = hits(SPECIMENS[name], TODAY + timedelta(days=days))
        for key, severity in before.items():
            if key != "R-69":  # months of readings run out when nobody measures any more
                assert RANKS[now[key]] >= RANKS[severity], (key, days)
        before = now
    assert before


def test_every_rule_has_a_specimen_in_this_file():
    text = Path(__file__).read_text()

    assert [rule.key for rule in OF_WORTH if f'"{rule.key}"' not in text] == []
