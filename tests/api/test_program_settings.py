import pytest

from pilots.models import Freeze, Holiday, PlanTemplate

TEMPLATES, CALENDAR = "programs/claims/plan-templates/", "programs/claims/calendar/"
SHORT = {
    "label": "Short",
    "phases": [
        {
            "code": "scope",
            "title": "Scope",
            "last_day": 10,
            "milestones": [{"title": "Chosen", "day": 8, "is_required": True}],
        },
        {"code": None, "title": "Ship", "last_day": 30, "milestones": []},
    ],
}


def _pointers(answer) -> list[str]:
    return [error["pointer"] for error in answer.data["errors"]]


def test_a_template_is_shaped_and_restored(api, program):
    shaped = api.put(TEMPLATES + "built/", SHORT, If_Match="*")

    assert (shaped.status_code, shaped.data) == (200, {"code": "built", "is_changed": True, **SHORT})
    assert [row["is_changed"] for row in api.get(TEMPLATES).data] == [True, False, False]
    assert api.post(TEMPLATES + "built/restore/", {}).data["is_changed"] is False
    assert api.post(TEMPLATES + "built/restore/", {}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"label": ""}, 400, "/label"),
        ({"phases": []}, 409, ""),
        ({"phases": [{"title": "Scope", "last_day": 0}]}, 400, "/phases/0/last_day"),
        (
            {"phases": [{"title": "A", "last_day": 5}, {"title": "B", "last_day": 5}]},
            409,
            "/phases/1/last_day",
        ),
    ],
)
def test_a_faulty_template_is_refused(api, program, changes, status, pointer):
    answer = api.put(TEMPLATES + "built/", SHORT | changes, If_Match="*")

    assert (answer.status_code, _pointers(answer)[0], PlanTemplate.objects.count()) == (status, pointer, 0)


def test_the_calendar_is_set_up_and_cleared(api, program):
    week = api.patch(CALENDAR, {"working_days": [7, 1, 2, 3, 4]})
    holiday = api.post(CALENDAR + "holidays/", {"day": "2026-12-25", "name": "Christmas Day"})
    said = {"first_on": "2026-12-21", "last_on": "2027-01-03", "reason": "Close of the year"}
    freeze = api.post(CALENDAR + "freezes/", said)

    assert (week.data["working_days"], holiday.status_code, freeze.status_code) == (
        [1, 2, 3, 4, 7],
        201,
        201,
    )
    assert api.get(CALENDAR).data == {
        "working_days": [1, 2, 3, 4, 7],
        "holidays": [{"id": Holiday.objects.get().pk, "day": "2026-12-25", "name": "Christmas Day"}],
        "freezes": [{"id": Freeze.objects.get().pk, **said}],
    }
    assert _pointers(api.post(CALENDAR + "freezes/", said | {"reason": ""})) == ["/reason"]
    gone = [
        api.send("DELETE", f"{CALENDAR}holidays/{Holiday.objects.get().pk}/", If_Match="*").status_code,
        api.send("DELETE", f"{CALENDAR}freezes/{Freeze.objects.get().pk}/", If_Match="*").status_code,
        api.send("DELETE", f"{CALENDAR}freezes/999/", If_Match="*").status_code,
    ]
    assert gone == [204, 204, 404]


def test_whoever_sees_a_program_reads_both_and_does_not_write(make_api, viewer, stranger, program):
    reader, other = make_api(viewer), make_api(stranger)

    assert [reader.get(url).status_code for url in (TEMPLATES, CALENDAR)] == [200, 200]
    assert [other.get(url).status_code for url in (TEMPLATES, CALENDAR)] == [404, 404]
    assert reader.patch(CALENDAR, {"working_days": [1]}).status_code == 403
