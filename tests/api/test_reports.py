"""Reports and the feedback loop through the API."""

from datetime import date

import pytest
import time_machine

from kpis.models import FeedbackLoop, Report
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.LIMITED, since=date(2026, 10, 12))


@pytest.fixture
def begin(api, pilot):
    return lambda: api.post("reports/", {"pilot": "CLM-1", "kind": "window"})


def _tag() -> str:
    return f'"v{Pilot.objects.get(key="CLM-1").version}"'


def _errors(answer) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def test_report_is_begun_read_written_published_and_listed(api, begin):
    made = begin()
    address = f"reports/{made.json()['id']}/"
    written = api.patch(address, {"summary": "10.4 min against 14."})
    published = api.post(f"{address}publish/", {"verdict": "expand"})
    listed = api.get("reports/?pilot=CLM-1&published=true").json()["results"]

    assert (made.status_code, made.headers["Location"].endswith(f"/api/v1/{address}")) == (201, True)
    assert made.json()["period_from"] == "2026-10-12"
    assert made.json()["figures"]["kpis"] == []
    assert written.json()["summary"] == "10.4 min against 14."
    assert published.json()["published_at"] == "2026-11-18T09:00:00Z"
    assert published.json()["verdict"] == "expand"
    assert listed == [published.json()]
    assert api.get(address).headers["ETag"] == _tag()


def test_draft_in_a_list_has_no_figures_yet(api, begin):
    begin()

    assert [row["figures"] for row in api.get("reports/").json()["results"]] == [None]


def test_draft_is_removed(api, begin):
    address = f"reports/{begin().json()['id']}/"

    assert api.send("DELETE", address, If_Match=_tag()).status_code == 204
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("body", "code", "errors"),
    [
        ({}, 409, [("/verdict", "required"), ("/summary", "required")]),
        ({"verdict": "held", "summary": "It held."}, 409, [("/verdict", "verdict")]),
        ({"verdict": "brilliant"}, 400, [("/verdict", "invalid_choice")]),
        ({"figures": {}}, 400, [("/figures", "unknown-field")]),
    ],
)
def test_report_that_cannot_be_published_is_refused_with_the_field(api, begin, body, code, errors):
    made = begin().json()

    answer = api.post(f"reports/{made['id']}/publish/", body)

    assert (answer.status_code, _errors(answer)) == (code, errors)
    assert Report.objects.get().published_at is None


def test_published_report_is_not_written_again(api, begin):
    address = f"reports/{begin().json()['id']}/"
    api.post(f"{address}publish/", {"verdict": "hold", "summary": "Too few."})

    answer = api.patch(address, {"summary": "Plenty."})

    assert (answer.status_code, _errors(answer)) == (409, [("", "published")])


def test_stale_words_are_refused(api, begin):
    address = f"reports/{begin().json()['id']}/"

    assert api.patch(address, {"summary": "x"}, If_Match='"v1"').status_code == 412


def test_contributors_may_not_publish_and_strangers_see_nothing(begin, make_api, contributor, stranger):
    address = f"reports/{begin().json()['id']}/"
    body = {"verdict": "hold", "summary": "Too few."}

    assert make_api(contributor).post(f"{address}publish/", body).status_code == 403
    assert make_api(stranger).get(address).status_code == 404
    assert Report.objects.get().published_at is None


def test_loop_says_what_is_missing_and_is_changed_field_by_field(api, pilot):
    before = api.get("pilots/CLM-1/feedback-loop/")
    body = {"answered": 1000, "labelled": 300, "counted_on": "2026-11-17", "retrain_every_days": 90}
    after = api.patch("pilots/CLM-1/feedback-loop/", body)

    assert before.json()["missing"] == [
        "outcomes linked to answers",
        "an evaluation that runs by itself",
        "a rhythm for training anew",
    ]
    assert after.json() == {
        **before.json(),
        **body,
        "coverage": "0.300000",
        "missing": ["outcomes linked to answers", "an evaluation that runs by itself"],
    }
    assert after.headers["ETag"] == _tag()


def test_loop_that_cannot_be_is_refused_with_the_field(api, pilot):
    body = {"answered": 10, "labelled": 11, "counted_on": "2026-11-17"}

    answer = api.patch("pilots/CLM-1/feedback-loop/", body)

    assert (answer.status_code, _errors(answer)) == (409, [("/labelled", "more-than-all")])
    assert not FeedbackLoop.objects.exists()


def test_viewers_read_the_loop_and_do_not_write_it(pilot, make_api, viewer):
    api = make_api(viewer)

    assert api.get("pilots/CLM-1/feedback-loop/").status_code == 200
    assert api.patch("pilots/CLM-1/feedback-loop/", {"truth_source": "x"}).status_code == 403


def test_lists_cost_the_same_for_any_number(api, pilot, by, django_assert_num_queries):
    Report.objects.bulk_create(
        Report(
            pilot=pilot,
            kind="month",
            period_from=date(2000 + number // 12, number % 12 + 1, 1),
            period_to=date(2000 + number // 12, number % 12 + 1, 28),
            begun_at=NOW,
        )
        for number in range(100)
    )
    api.get("me/")

    with django_assert_num_queries(2):
        few = api.get("reports/?limit=1")
    with django_assert_num_queries(2):
        many = api.get("reports/?limit=100")
    assert (len(few.json()["results"]), len(many.json()["results"])) == (1, 100)
