"""Reports and the feedback loop in the browser."""

from datetime import date

import pytest
import time_machine

from kpis.actions.loop import LoopEdit, edit_loop
from kpis.actions.report import NewReport, Publication, begin_report, publish_report
from kpis.models import FeedbackLoop, Report
from kpis.terms import ReportKind
from pilots.lifecycle import Stage
from pilots.models import Pilot
from tests.conftest import NOW

PAGE = "/pilots/CLM-1/"
EVIDENCE = "/pilots/CLM-1/move/?to=production&evidence=30-day+measurement%3A+10.4+min+against+14."


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot) -> Pilot:
    return make_pilot(stage=Stage.LIMITED, since=date(2026, 10, 12))


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def send(url, **fields):
        fields.setdefault("version", Pilot.objects.get(key="CLM-1").version)
        return client.post(PAGE + url, fields, follow=True)

    return send


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_report_is_begun_written_and_published(pilot, send, client, manager):
    begun = send("reports/new/", kind="window")
    report = Report.objects.get()
    assert begun.redirect_chain == [(f"/pilots/CLM-1/reports/{report.pk}/", 302)]

    saved = send(f"reports/{report.pk}/", summary="10.4 min against 14.", verdict="")
    assert "The draft is saved." in saved.text

    done = send(f"reports/{report.pk}/", summary="10.4 min against 14.", verdict="expand", publish="yes")

    assert "nothing in it changes any more" in done.text
    assert EVIDENCE.replace("&", "&amp;") in done.text
    assert Report.objects.get().published_by == manager


def test_only_what_can_be_begun_is_offered(pilot, send, client, manager):
    client.force_login(manager)
    kinds = [value for value, _ in client.get(f"{PAGE}reports/new/").context["form"].fields["kind"].choices]

    refused = send("reports/new/", kind="month")

    assert kinds == ["window"]
    assert _errors(refused) == {"kind": ["Choose one of the list."]}
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    ("since", "kinds"),
    [
        (date(2026, 10, 20), ["month"]),
        (date(2025, 12, 1), ["month", "year"]),
        (date(2023, 12, 1), ["month", "year", "three_years"]),
    ],
    ids=["new", "a-year", "three-years"],
)
def test_in_production_only_what_is_near_is_offered(since, kinds, make_pilot, client, manager):
    make_pilot(stage=Stage.PRODUCTION, since=since)
    client.force_login(manager)

    form = client.get(f"{PAGE}reports/new/").context["form"]

    assert [value for value, _ in form.fields["kind"].choices] == kinds


def test_refusal_stands_beside_the_field_and_keeps_what_was_typed(pilot, send, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)

    refused = send(f"reports/{report.pk}/", incidents="One hour without answers.", publish="yes")

    assert _errors(refused) == {
        "verdict": ["Conclude it: expand, hold, roll back."],
        "summary": ["Say in a sentence why: what was seen against the baseline."],
    }
    assert "One hour without answers." in refused.text


def test_somebody_was_faster_and_what_was_typed_is_kept(pilot, send, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)

    answer = send(f"reports/{report.pk}/", version=1, summary="Typed for an hour.")

    assert answer.status_code == 409
    assert "Typed for an hour." in answer.text
    assert Report.objects.get().summary == ""


def test_published_report_is_read_only(pilot, send, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)
    fields = {"verdict": "hold", "summary": "Too few <b>cases</b>."}
    publish_report(Publication(report=report, fields=fields), by=by)

    answer = send(f"reports/{report.pk}/", summary="Other.", publish="yes")

    assert "<form" not in answer.text.partition("<main")[2].partition("</main>")[0]
    assert "Too few &lt;b&gt;cases&lt;/b&gt;." in answer.text
    assert Report.objects.get().summary == "Too few <b>cases</b>."


def test_draft_is_removed(pilot, send, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)

    send(f"reports/{report.pk}/remove/")

    assert not Report.objects.exists()


@pytest.mark.parametrize("url", ["reports/new/", "reports/{row}/", "reports/{row}/remove/", "loop/"])
def test_viewers_change_nothing(url, pilot, client, viewer, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)
    client.force_login(viewer)

    answer = client.post(PAGE + url.format(row=report.pk), {"version": 99, "kind": "window", "summary": "x"})

    assert answer.status_code == 403
    assert Report.objects.get().summary == ""


def test_viewers_read_drafts(pilot, client, viewer, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)
    client.force_login(viewer)

    answer = client.get(f"{PAGE}reports/{report.pk}/")

    assert answer.status_code == 200
    assert "Save the draft" not in answer.text


def test_report_of_another_pilot_is_not_found(pilot, make_pilot, client, manager, by):
    report = begin_report(NewReport(pilot=pilot, kind=ReportKind.WINDOW), by=by)
    make_pilot("Other")
    client.force_login(manager)

    assert client.get(f"/pilots/CLM-2/reports/{report.pk}/").status_code == 404


def test_loop_is_filled_in(pilot, send):
    send("loop/", truth_source="Complaints", linkage_key="claim number", retrain_every_days="90")

    loop = FeedbackLoop.objects.get()
    assert (loop.truth_source, loop.linkage_key, loop.retrain_every_days) == (
        "Complaints",
        "claim number",
        90,
    )


def test_loop_form_shows_what_is_known(pilot, client, manager, by):
    edit_loop(LoopEdit(pilot=pilot, fields={"truth_source": "Complaints"}), by=by)
    client.force_login(manager)

    assert client.get(f"{PAGE}loop/").context["form"]["truth_source"].value() == "Complaints"


def test_verdict_leads_to_the_move_with_its_evidence_filled_in(pilot, client, manager):
    client.force_login(manager)

    form = client.get(EVIDENCE).context["form"]

    assert form["evidence"].value() == "30-day measurement: 10.4 min against 14."
