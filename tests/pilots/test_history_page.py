from datetime import date, timedelta

import pytest
import time_machine

from pilots.access.models import Event, Source
from pilots.actions.by import By
from pilots.actions.log import NewLine, check_in
from pilots.actions.pilot import Edit, edit_pilot
from pilots.actions.stage import Correction, Move, correct_transition, move_pilot
from pilots.calendar import Day, month
from pilots.lifecycle import Stage
from pilots.models import LogKind, Pilot, StageTransition
from pilots.web.told import VERBS, tell
from tests.conftest import NOW

URL = "/pilots/CLM-1/history/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def pilot(make_pilot, by) -> Pilot:
    """A pilot logged in Piloting and moved to Proven on 2 November."""
    return move_pilot(
        Move(pilot=make_pilot(), to=Stage.PROVEN, happened=Day(date(2026, 11, 2)), evidence="91 %"), by=by
    )


def _row(stage: Stage) -> StageTransition:
    return StageTransition.objects.get(to_stage=stage.value, superseded_by__isnull=True)


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_events_are_told_in_words_newest_first(client, viewer, pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Northlight", "risk": "high"}), by=by)
    client.force_login(viewer)

    told = client.get(URL).context["told"]

    assert [(one.who, one.what, one.door) for one in told] == [
        ("Maren", "edited it", "in the browser"),
        ("Maren", "moved it from Piloting to Proven, dated Mon 2 Nov 2026", "in the browser"),
        ("Headway", "logged it as Piloting, since Tue 1 Sep 2026", "from the command line"),
    ]
    assert [(field.label, field.before, field.after) for field in told[0].differences] == [
        ("Vendor", "", "Northlight"),
        ("Risk", "", "High risk"),
    ]


def test_day_of_a_stop_is_told_as_exactly_as_it_is_known(pilot, by):
    move_pilot(Move(pilot=pilot, to=Stage.STOPPED, happened=month(2026, 11), reason="Too few cases."), by=by)

    stopped = Event.objects.get(verb="pilot.stopped")

    assert tell(stopped).what == "stopped it, dated November 2026"


def test_every_verb_of_the_product_has_its_sentence():
    event = Event(at=NOW, source=Source.API.value, verb="", before={}, after={})
    for verb in VERBS:
        event.verb = verb

        assert tell(event).what, verb


def test_unknown_verb_is_still_readable(client, viewer, pilot):
    Event.objects.create(
        at=NOW,
        source=Source.JOB.value,
        verb="gate.waived",
        pilot_id=pilot.pk,
        pilot_key=pilot.key,
        program=pilot.program,
        before={},
        after={"until": "2026-12-31"},
    )
    client.force_login(viewer)

    told = client.get(URL).context["told"][0]

    assert (told.who, told.what, told.door) == ("Headway", "noted “gate waived”", "by a job")
    assert [(field.label, field.after) for field in told.differences] == [("Until", "Thu 31 Dec 2026")]


def test_long_history_is_loaded_part_by_part(client, viewer, pilot, by):
    for minute in range(60):
        later = By(user=by.user, at=NOW + timedelta(minutes=minute), source=by.source)
        check_in(NewLine(pilot=pilot, kind=LogKind.COMMENT, text=f"Line {minute}"), by=later)
    client.force_login(viewer)

    first = client.get(URL)
    older = client.get(first.context["page"].older_url)

    assert [len(response.context["told"]) for response in (first, older)] == [50, 12]
    assert (first.context["page"].total, older.context["page"].older_url) == (62, "")
    assert [one.words for one in older.context["told"]][:2] == ["Line 9", "Line 8"]


def test_corrected_and_taken_back_rows_stay_struck_and_explained(client, viewer, pilot, by):
    correct_transition(
        Correction(transition=_row(Stage.PROVEN), happened=Day(date(2026, 10, 5)), reason="wrong month"),
        by=by,
    )
    correct_transition(Correction(transition=_row(Stage.PROVEN), happened=None, reason="never proven"), by=by)
    client.force_login(viewer)

    road = client.get(URL).context["road"]

    assert sorted((entry.label, entry.when, entry.why_gone) for entry in road) == [
        ("Piloting", "Tue 1 Sep 2026, stated", ""),
        ("Proven", "Mon 2 Nov 2026", "Corrected to Mon 5 Oct 2026: wrong month"),
        ("Proven", "Mon 5 Oct 2026", "Taken back by Maren: never proven"),
    ]


def test_date_is_corrected(client, manager, pilot):
    row = _row(Stage.PROVEN)
    client.force_login(manager)

    shown = client.get(f"{URL}{row.pk}/")
    response = client.post(
        f"{URL}{row.pk}/", {"happened_on": "October 2026", "reason": "wrong month", "version": "2"}
    )

    assert 'value="Mon 2 Nov 2026"' in shown.content.decode()
    assert response.url == URL
    assert Pilot.objects.get().reached_proven_on == date(2026, 10, 1)


def test_row_is_taken_back(client, manager, pilot):
    row = _row(Stage.PROVEN)
    client.force_login(manager)

    client.post(
        f"{URL}{row.pk}/",
        {"happened_on": "Mon 2 Nov 2026", "reason": "never proven", "version": "2", "take_back": "1"},
    )

    assert Pilot.objects.get().stage == "piloting"


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        pytest.param({"reason": ""}, {"reason": ["Say why the history is corrected."]}, id="no-reason"),
        pytest.param(
            {"happened_on": ""},
            {"happened_on": ["Write the day it happened, or take the row back."]},
            id="no-day",
        ),
        pytest.param(
            {"happened_on": "1 Dec 2026"}, {"happened_on": ["Tue 1 Dec 2026 has not come yet."]}, id="future"
        ),
        pytest.param(
            {"reason": "a\x00b"}, {"reason": ["This text holds a NUL character. Remove it."]}, id="nul"
        ),
    ],
)
def test_correction_is_refused_in_words(client, manager, pilot, fields, errors):
    client.force_login(manager)

    response = client.post(
        f"{URL}{_row(Stage.PROVEN).pk}/",
        {"happened_on": "October 2026", "reason": "wrong month", "version": "2"} | fields,
    )

    assert (_errors(response), StageTransition.objects.count()) == (errors, 2)


def test_only_row_cannot_be_taken_back(client, manager, make_pilot):
    make_pilot()
    client.force_login(manager)

    response = client.post(
        f"{URL}{_row(Stage.PILOTING).pk}/", {"reason": "mistake", "version": "1", "take_back": "1"}
    )

    assert _errors(response) == {
        "__all__": ["It is the only row of this history, so it cannot be taken back."]
    }


def test_row_corrected_before_is_refused(client, manager, pilot, by):
    row = _row(Stage.PROVEN)
    correct_transition(Correction(transition=row, happened=Day(date(2026, 10, 5)), reason="wrong"), by=by)
    client.force_login(manager)

    response = client.post(
        f"{URL}{row.pk}/", {"happened_on": "4 Oct 2026", "reason": "again", "version": "3"}
    )

    assert _errors(response) == {"__all__": ["This row was corrected before. Correct the newer one."]}


def test_stale_correction_is_a_conflict(client, manager, pilot):
    client.force_login(manager)

    response = client.post(
        f"{URL}{_row(Stage.PROVEN).pk}/", {"happened_on": "4 Oct 2026", "reason": "wrong", "version": "1"}
    )

    assert response.status_code == 409
    assert StageTransition.objects.count() == 2


def test_row_of_another_pilot_is_not_found(client, manager, pilot, make_pilot):
    other = make_pilot("Other").transitions.get()
    client.force_login(manager)

    assert [client.get(f"{URL}{pk}/").status_code for pk in (other.pk, 10**20)] == [404, 404]


@pytest.mark.parametrize(("who", "status"), [("contributor", 403), ("viewer", 403), ("stranger", 404)])
def test_others_may_not_correct(request, client, pilot, who, status):
    url = f"{URL}{_row(Stage.PROVEN).pk}/"
    client.force_login(request.getfixturevalue(who))

    sent = client.post(url, {"happened_on": "4 Oct 2026", "reason": "wrong", "version": "2"})

    assert (client.get(url).status_code, sent.status_code) == (status, status)
    assert Pilot.objects.get().reached_proven_on == date(2026, 11, 2)


def test_times_are_shown_in_the_zone_of_the_reader(client, viewer, pilot):
    viewer.zone = "Asia/Tokyo"
    viewer.save()
    client.force_login(viewer)

    assert "Wed 18 Nov 2026, 18:00" in client.get(URL).content.decode()


def test_what_was_empty_is_told_as_set_and_taken_out(client, viewer, pilot, by):
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Northlight"}), by=by)
    edit_pilot(Edit(pilot=pilot, fields={"vendor": "Parity"}), by=by)
    edit_pilot(Edit(pilot=pilot, fields={"vendor": ""}), by=by)
    client.force_login(viewer)

    content = client.get(URL).content.decode()

    assert [part.split("</li>")[0] for part in content.split('<span class="faint">Vendor</span> ')[1:]] == [
        "<del>Parity</del> taken out",
        "<del>Northlight</del> → <ins>Parity</ins>",
        "set to <ins>Northlight</ins>",
    ]
