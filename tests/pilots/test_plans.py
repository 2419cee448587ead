import itertools
from datetime import date, timedelta

import pytest

from pilots.plans import Template, day_of, on_day, phases_of, template_for
from pilots.playbook import PLAYBOOK
from pilots.templates import BUILT, SAME_AS, TEMPLATES

START = date(2026, 10, 12)


def test_built_plan_splits_its_ninety_days():
    assert [(part.number, part.title, part.start, part.end) for part in phases_of(BUILT, START)] == [
        (1, "Scope and define", date(2026, 10, 12), date(2026, 10, 26)),
        (2, "Build the pipeline", date(2026, 10, 27), date(2026, 11, 25)),
        (3, "Integrate and test", date(2026, 11, 26), date(2026, 12, 25)),
        (4, "Ship and measure", date(2026, 12, 26), date(2027, 1, 9)),
    ]


@pytest.mark.parametrize(
    ("number", "day", "phase"),
    [
        (1, date(2026, 10, 12), 1),
        (15, date(2026, 10, 26), 1),
        (16, date(2026, 10, 27), 2),
        (45, date(2026, 11, 25), 2),
        (46, date(2026, 11, 26), 3),
        (75, date(2026, 12, 25), 3),
        (76, date(2026, 12, 26), 4),
        (90, date(2027, 1, 9), 4),
        (91, date(2027, 1, 10), None),
        (0, date(2026, 10, 11), None),
    ],
)
def test_day_of_a_plan_falls_into_its_phase(number, day, phase):
    found = [part.number for part in phases_of(BUILT, START) if part.start <= day <= part.end]

    assert (on_day(START, number), day_of(START, day)) == (day, number)
    assert found == ([phase] if phase else [])


def test_a_leap_day_is_a_day_of_the_plan():
    first, *_ = phases_of(BUILT, date(2028, 2, 20))

    assert first.end == date(2028, 3, 5)
    assert on_day(date(2028, 2, 20), 10) == date(2028, 2, 29)
    assert day_of(date(2028, 2, 20), date(2028, 3, 1)) == 11


@pytest.mark.parametrize(("template", "days"), [("built", 90), ("bought", 90), ("regulated", 182)])
def test_template_has_its_length(template, days):
    assert TEMPLATES[Template(template)].length == days
    assert phases_of(TEMPLATES[Template(template)], START)[-1].end == START + timedelta(days=days - 1)


@pytest.mark.parametrize("template", Template)
def test_phases_follow_each_other_without_gap_or_overlap(template):
    parts = phases_of(TEMPLATES[template], START)

    assert parts[0].start == START
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert all(part.start <= part.end for part in parts)
    assert [later.start - earlier.end for earlier, later in itertools.pairwise(parts)] == [
        timedelta(days=1)
    ] * (len(parts) - 1)


def test_every_template_has_phases_and_a_label():
    assert set(TEMPLATES) == set(Template)
    assert [template.label for template in Template] == [
        "Built here, 90 days",
        "Bought tool, 90 days",
        "Regulated, 26 weeks",
    ]


@pytest.mark.parametrize(
    ("how_built", "risk", "template"),
    [
        ("own", "", "built"),
        ("", "", "built"),
        ("bought", "limited", "bought"),
        ("configured", "minimal", "bought"),
        ("own", "high", "regulated"),
        ("bought", "high", "regulated"),
        ("own", "prohibited", "regulated"),
    ],
)
def test_template_follows_how_it_is_built_and_its_risk(how_built, risk, template):
    assert template_for(how_built, risk) == template


def test_milestones_that_repeat_a_requirement_name_one_of_their_phase():
    phase_of = {
        item.title: phase.code
        for shape in TEMPLATES.values()
        for phase in shape.phases
        for item in phase.milestones
    }

    assert {title: PLAYBOOK[code].phase for title, code in SAME_AS.items()} == {
        title: phase_of[title] for title in SAME_AS
    }
