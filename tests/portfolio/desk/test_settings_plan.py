"""Settings of a program: its plan templates and its calendar."""

from datetime import date

import pytest
import time_machine

from pilots.access.models import Event, Source
from pilots.actions.by import By, Forbidden, Refused
from pilots.actions.calendar import NewFreeze, NewHoliday, add_freeze, add_holiday, set_working_days
from pilots.actions.plan import NewPlan, make_plan
from pilots.actions.plan_template import TemplateEdit, restore_template, set_template
from pilots.lifecycle import Stage
from pilots.models import Freeze, Holiday, Milestone, PlanTemplate
from pilots.plans import PhaseShape, PlannedMilestone, PlanShape, Template
from pilots.playbook import PhaseCode
from pilots.templates import BUILT
from tests.conftest import NOW, TODAY

TEMPLATES = "/settings/programs/claims/plan-templates/"
CALENDAR = "/settings/programs/claims/calendar/"
SHORT = PlanShape(
    "Short",
    (
        PhaseShape(PhaseCode.SCOPE, "Scope", 10, (PlannedMilestone("Chosen", 8, is_required=True),)),
        PhaseShape(PhaseCode.SHIP, "Ship", 30, (PlannedMilestone("Live", 20),)),
    ),
)


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(client, manager):
    client.force_login(manager)
    return client


def _edit(program, shape: PlanShape) -> TemplateEdit:
    return TemplateEdit(program=program, template=Template.BUILT, shape=shape)


def _sent(**changes) -> dict[str, str]:
    sent = {"label": "Short"}
    for number, phase in enumerate(SHORT.phases, start=1):
        sent |= {
            f"phase_{number}_title": phase.title,
            f"phase_{number}_last_day": str(phase.last_day),
            f"phase_{number}_code": phase.code.value,
            f"phase_{number}_milestones": "\n".join(
                f"{item.day}{'!' * item.is_required} {item.title}" for item in phase.milestones
            ),
        }
    return sent | changes


# --- Templates ---------------------------------------------------------------------


def test_a_program_shapes_a_template_and_takes_it_back(browser, program, make_pilot, by):
    saved = browser.post(TEMPLATES + "built/", _sent())
    pilot = make_pilot(stage=Stage.TRANSITION)
    plan = make_plan(NewPlan(pilot=pilot, start=TODAY), by=by)

    assert saved.status_code == 302
    assert [(row.title, row.code, row.planned_end) for row in plan.phases.order_by("number")] == [
        ("Scope", "scope", date(2026, 11, 27)),
        ("Ship", "ship", date(2026, 12, 17)),
    ]
    milestones = Milestone.objects.order_by("due_on").values_list("title", "due_on", "is_required")
    assert list(milestones) == [("Chosen", date(2026, 11, 25), True), ("Live", date(2026, 12, 7), False)]
    shown = browser.get(TEMPLATES).content.decode()
    assert "Restore the default" in shown

    browser.post(TEMPLATES + "built/restore/")
    assert PlanTemplate.objects.count() == 0
    verbs = (
        Event.objects.filter(verb__startswith="plan-template").order_by("id").values_list("verb", flat=True)
    )
    assert list(verbs) == ["plan-template.set", "plan-template.restored"]
    with pytest.raises(Refused):
        restore_template(program, Template.BUILT, by=by)


def test_saving_what_it_is_leaves_no_trace(browser, program, by):
    set_template(_edit(program, BUILT), by=by)

    assert (PlanTemplate.objects.count(), Event.objects.filter(verb="plan-template.set").count()) == (0, 0)


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"label": ""}, "label", "A template needs a name."),
        ({"phase_2_title": ""}, "phase_2_title", "A phase needs a title."),
        (
            {"phase_2_last_day": "10"},
            "phase_2_last_day",
            "The phase before it ends on day 10. Choose a later day.",
        ),
        ({"phase_2_last_day": ""}, "phase_2_last_day", "Say on which day of the plan it ends."),
        ({"phase_2_last_day": "soon"}, "phase_2_last_day", "Write a day of the plan from 1 to 1,098."),
        (
            {"phase_2_milestones": "10 Live"},
            "phase_2_milestones",
            "Day 10 is not in this phase, which has days 11 to 30.",
        ),
        (
            {"phase_2_milestones": "Live"},
            "phase_2_milestones",
            "“Live” names no day. Write the day, then what is to be there: 24 Data comes in.",
        ),
        (
            {"phase_2_milestones": "20 chosen"},
            "phase_2_milestones",
            "“chosen” is in the template twice. Give one of them another title.",
        ),
        ({"phase_2_code": "scope"}, "phase_2_code", "Another phase is of this kind already."),
    ],
)
def test_a_faulty_template_is_refused_beside_its_field(browser, program, changes, field, sentence):
    response = browser.post(TEMPLATES + "built/", _sent(**changes))

    errors = {name: list(said) for name, said in response.context["form"].errors.items()}
    assert (errors, PlanTemplate.objects.count()) == ({field: [sentence]}, 0)


# --- Calendar ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "form", "errors"),
    [
        ({"what": "week"}, "week", {"working_days": ["Choose at least one day."]}),
        (
            {"what": "holiday", "holiday-day": "25 Dec 2026", "holiday-name": ""},
            "holiday",
            {"name": ["Say which holiday it is."]},
        ),
        (
            {"what": "holiday", "holiday-day": "1 Dec 2026", "holiday-name": "Again"},
            "holiday",
            {"day": ["Tue 1 Dec 2026 is a holiday already: Fair."]},
        ),
        (
            {
                "what": "freeze",
                "freeze-first_on": "9 Dec 2026",
                "freeze-last_on": "8 Dec 2026",
                "freeze-reason": "Close",
            },
            "freeze",
            {"last_on": ["It begins on Wed 9 Dec 2026. Choose that day or a later one."]},
        ),
        (
            {
                "what": "freeze",
                "freeze-first_on": "4 Dec 2026",
                "freeze-last_on": "8 Dec 2026",
                "freeze-reason": "Close",
            },
            "freeze",
            {"first_on": ["Fair lasts from Tue 1 Dec 2026 to Fri 4 Dec 2026 already."]},
        ),
    ],
)
def test_a_faulty_calendar_is_refused_beside_its_field(browser, program, by, sent, form, errors):
    add_holiday(NewHoliday(program=program, day=date(2026, 12, 1), name="Fair"), by=by)
    add_freeze(
        NewFreeze(program=program, first_on=date(2026, 12, 1), last_on=date(2026, 12, 4), reason="Fair"),
        by=by,
    )

    response = browser.post(CALENDAR, sent)

    said = {name: list(found) for name, found in response.context[form].errors.items()}
    assert (said, Holiday.objects.count(), Freeze.objects.count()) == (errors, 1, 1)


def test_calendar_is_set_up_and_cleared_in_the_browser(browser, program):
    browser.post(CALENDAR, {"what": "week", "working_days": ["7", "1", "2"]})
    browser.post(CALENDAR, {"what": "holiday", "holiday-day": "25 Dec 2026", "holiday-name": "Christmas"})
    freeze = {"freeze-first_on": "21 Dec 2026", "freeze-last_on": "3 Jan 2027", "freeze-reason": "Close"}
    browser.post(CALENDAR, {"what": "freeze", **freeze})
    program.refresh_from_db()
    assert program.working_days == "127"
    shown = browser.get(CALENDAR).content.decode()
    assert ("Fri 25 Dec 2026" in shown, "Mon 21 Dec 2026 to Sun 3 Jan 2027" in shown) == (True, True)

    browser.post(f"{CALENDAR}holidays/{Holiday.objects.get().pk}/remove/")
    browser.post(f"{CALENDAR}freezes/{Freeze.objects.get().pk}/remove/")

    assert (Holiday.objects.count(), Freeze.objects.count()) == (0, 0)
    told = Event.objects.filter(verb__startswith="calendar.").order_by("id").values_list("verb", "subject")
    assert list(told) == [
        ("calendar.working_days_set", "claims"),
        ("calendar.holiday_added", "Christmas"),
        ("calendar.freeze_added", "Close"),
        ("calendar.holiday_removed", "Christmas"),
        ("calendar.freeze_removed", "Close"),
    ]


@pytest.mark.parametrize("who", ["contributor", "viewer"])
def test_others_may_not_set_a_program_up(request, program, who):
    other = By(user=request.getfixturevalue(who), at=NOW, source=Source.WEB)

    for act in (
        lambda: set_template(_edit(program, SHORT), by=other),
        lambda: set_working_days(program, [1], by=other),
        lambda: add_holiday(NewHoliday(program=program, day=TODAY, name="x"), by=other),
        lambda: add_freeze(NewFreeze(program=program, first_on=TODAY, last_on=TODAY, reason="x"), by=other),
    ):
        with pytest.raises(Forbidden):
            act()
