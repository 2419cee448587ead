from datetime import date, timedelta

import pytest
import time_machine

from pilots.access.models import Event, Role
from pilots.actions.account import add_member
from pilots.actions.by import By
from pilots.actions.job import record_heartbeat
from pilots.actions.judge import scan
from pilots.actions.limits import set_limits
from pilots.facts import facts_today
from pilots.models import ProgramLine, RuleSetting
from pilots.rules import RULES
from pilots.web.rulebook import read_rulebook
from tests.conftest import NOW

URL = "/stalled/rules/"
ONE = "/stalled/rules/R-01/"
NUMBERS = {"warning": "90", "high": "150", "critical": "180", "reason": "Works council."}


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def signed_in(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def words(response, key="R-01"):
    return next(
        found for _, _, rules in response.context["groups"] for found in rules if found.rule.key == key
    )


def errors(response, form="form"):
    return {name: list(found) for name, found in response.context[form].errors.items()}


# --- Every rule ------------------------------------------------------------------------


def test_every_rule_is_an_entry_below_its_class(signed_in, viewer):
    page = signed_in(viewer).get(URL)

    assert {kind.value: [one.rule.key for one in rules] for kind, _, rules in page.context["groups"]} == {
        kind: [rule.key for rule in RULES if rule.kind == kind]
        for kind in ("stall", "risk", "gate", "hygiene")
    }
    html = page.content.decode()
    for rule in RULES:
        assert rule.title in html
        assert rule.clears_when in html


def test_an_entry_says_how_many_of_how_many(signed_in, viewer, make_pilot):
    make_pilot("Old", since=date(2025, 1, 1))
    make_pilot("New", since=date(2026, 11, 1))
    make_pilot("Hidden", since=date(2025, 1, 1), is_confidential=True)
    scan(at=NOW)

    page = signed_in(viewer).get(URL)

    assert words(page, "R-08").counted == "flags 1 of 2"
    assert '<a class="link" href="/pilots/?rule=R-08">flags 1 of 2</a>' in page.content.decode()
    listed = signed_in(viewer).get("/pilots/?rule=R-08").context["listing"].page.object_list
    assert [row.name for row in listed] == ["Old"]
    assert words(page, "R-03").counted == "no pilot it could flag"


def test_an_entry_says_who_set_its_limits(signed_in, viewer, by, program, administrator):
    client = signed_in(viewer)
    assert words(client.get(URL)).origin == "As Headway proposes"

    site = By(user=administrator, at=NOW, source=by.source)
    set_limits(RULES.get("R-01"), {"critical": 400}, program=None, by=site)
    set_limits(RULES.get("R-01"), {"high": 150}, program=program, reason="Works <council>", by=by)

    plain, of_program = words(client.get(URL)), words(client.get(URL, {"program": "claims"}))
    assert plain.origin == "Set for the whole site by Ada on Wed 18 Nov"
    assert plain.limits[2] == ("Critical", "400 days since it was proven")
    assert plain.others == [program]
    assert of_program.origin == "Set for Claims AI by Maren on Wed 18 Nov"
    assert of_program.limits[1] == ("High", "150 days since it was proven")
    assert of_program.others == []
    assert [(line.said, line.who, line.reason) for line in of_program.history] == [
        ("Warning 90, High 150, Critical 400 for Claims AI", "by Maren on Wed 18 Nov", "Works <council>"),
        ("Warning 90, High 135, Critical 400 for the whole site", "by Ada on Wed 18 Nov", ""),
    ]
    html = client.get(URL, {"program": "claims"}).content.decode()
    assert "Works &lt;council&gt;" in html
    assert "Works <council>" not in html


def test_settings_of_a_program_nobody_here_sees_are_not_told(signed_in, viewer, by, other_program):
    system = By(user=None, at=NOW, source=by.source)
    set_limits(RULES.get("R-01"), {"high": 150}, program=other_program, reason="Secret.", by=system)
    client = signed_in(viewer)

    page = client.get(URL)

    assert (words(page).history, words(page).others) == ([], [])
    assert "Secret." not in page.content.decode()
    assert client.get(URL, {"program": "finance"}).status_code == 404
    assert client.get(URL, {"program": "nowhere"}).status_code == 404


def test_who_runs_one_program_begins_with_its_limits(signed_in, manager, viewer, program, administrator):
    client = signed_in(manager)
    assert client.get(URL).context["program"] == program
    assert client.get(f"{URL}?program=").context["program"] is None
    for other in (viewer, administrator):
        assert signed_in(other).get(URL).context["program"] is None


def test_only_rules_that_flag_somebody_are_shown_where_asked_for(signed_in, viewer, make_pilot):
    make_pilot("Old", since=date(2025, 1, 1))
    scan(at=NOW)

    page = signed_in(viewer).get(f"{URL}?hits=1")

    shown = [one for _, _, rules in page.context["groups"] for one in rules]
    assert all(one.entry.count.hit for one in shown)
    assert 0 < len(shown) == page.context["flagging"] < len(RULES)


def test_too_few_is_said_in_short_and_explained_once(signed_in, viewer, make_pilot):
    make_pilot("Old", since=date(2025, 1, 1))

    html = signed_in(viewer).get(URL).content.decode()

    assert "too few to say.</p>" in html
    assert html.count("in either group that is too few to say") == 1
    assert "nothing can be said" not in html


def test_new_limits_that_no_pilot_is_judged_by_yet_say_so(signed_in, manager, program, by):
    client = signed_in(manager)
    set_limits(RULES.get("R-01"), {"high": 150}, program=program, by=by)
    said = "Set at 09:00; pilots are judged by it from the next look, within the hour."

    assert words(client.get(URL)).waits == said
    assert said in client.get(URL).content.decode()
    assert words(client.get(URL), "R-08").waits == ""
    record_heartbeat(job="rules", at=NOW + timedelta(minutes=5))
    assert words(client.get(URL)).waits == ""


def test_what_many_share_is_said_and_counted_once(signed_in, executive, make_pilot, program, other_program):
    for where, hit in ((program, 31), (other_program, 4)):
        make_pilot(program=where)
        ProgramLine.objects.create(program=where, rule="R-10", eligible=40, hit=hit, counted_at=NOW)

    html = signed_in(executive).get(URL).content.decode()

    assert "So common that it is told once in" in html
    assert "35 of 80" not in html  # the count at the head is of now; the line was counted by the last look
    assert "Claims AI, Finance AI" in html


def test_only_those_who_may_set_limits_are_offered_to(signed_in, manager, administrator, viewer, executive):
    for person, offered in ((manager, True), (administrator, True), (viewer, False), (executive, False)):
        assert ("Set limits" in signed_in(person).get(URL).content.decode()) is offered


@pytest.mark.parametrize("count", [1, 100])
def test_queries_do_not_grow(
    signed_in, manager, by, program, make_pilot, count, django_assert_max_num_queries
):
    for number in range(count):
        make_pilot(f"Pilot {number}", since=date(2025, 1, 1))
        set_limits(RULES.get("R-01"), {"high": 100}, program=program, reason=str(number), by=by)
    scan(at=NOW)
    client = signed_in(manager)

    with django_assert_max_num_queries(71):  # the rules of today, and the replay of the scorecard
        client.get(URL)
    with django_assert_max_num_queries(23):
        client.get(ONE)


# --- Setting them ----------------------------------------------------------------------


def test_a_manager_sets_the_limits_of_their_program(signed_in, manager, program):
    client = signed_in(manager)
    page = client.get(ONE)
    assert page.context["place"] == "Claims AI"
    assert [field.value() for field, _ in page.context["form"].limit_fields] == [90, 135, 180]

    done = client.post(ONE, NUMBERS, follow=True)

    assert done.redirect_chain == [("/stalled/rules/?program=claims#R-01", 302)]
    assert [str(message) for message in done.context["messages"]] == [
        "Proven, no users: the limits of Claims AI were set. Pilots are judged by them within the hour."
    ]
    setting = RuleSetting.objects.get()
    assert (setting.program, setting.limits, setting.reason, setting.set_by) == (
        program,
        {"warning": 90, "high": 150, "critical": 180},
        "Works council.",
        manager,
    )
    assert Event.objects.get(verb="rule.limits_set").source == "web"


def test_an_administrator_chooses_for_whom(signed_in, administrator, program):
    client = signed_in(administrator)
    page = client.get(ONE)
    assert page.context["place"] == "the whole site"
    assert page.context["targets"] == [("the whole site", ONE), ("Claims AI", f"{ONE}?program=claims")]

    assert client.post(ONE, NUMBERS)["Location"] == "/stalled/rules/#R-01"
    client.post(f"{ONE}?program=claims", NUMBERS | {"high": "120"})

    assert list(RuleSetting.objects.order_by("pk").values_list("program__slug", "limits__high")) == [
        (None, 150),
        ("claims", 120),
    ]


def test_limits_are_taken_back(signed_in, manager, program, by):
    client = signed_in(manager)
    assert "Go back to" not in client.get(ONE).content.decode()
    set_limits(RULES.get("R-01"), {"high": 150}, program=program, by=by)
    assert "Go back to what holds for the whole site" in client.get(ONE).content.decode()

    done = client.post(ONE, {"back": "1"}, follow=True)

    assert [str(message) for message in done.context["messages"]] == [
        (
            "Proven, no users: the limits of Claims AI were taken back. "
            "Pilots are judged by them within the hour."
        )
    ]
    assert words(done).history[0].said == "Taken back for Claims AI"


def test_what_is_not_set_cannot_be_taken_back(signed_in, manager):
    page = signed_in(manager).post(ONE, {"back": "1"})

    assert errors(page, "back") == {"__all__": ["Nothing is set here that could be taken back."]}
    assert "Nothing is set here" in page.content.decode()
    assert not RuleSetting.objects.exists()


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("high", "-1", "Write a whole number from 0 to 3,650 (days)."),
        ("high", "3651", "Write a whole number from 0 to 3,650 (days)."),
        ("high", "soon", "Write a whole number from 0 to 3,650 (days)."),
        ("high", "90.5", "Write a whole number from 0 to 3,650 (days)."),
        ("high", "", "Write a whole number from 0 to 3,650 (days)."),
        ("high", "9" * 5000, "Write a whole number from 0 to 3,650 (days)."),
        ("high", "80", "High would begin at 80, before warning at 90 (days). Write a larger number."),
        ("reason", "x" * 501, "Write at most 500 characters; these are 501."),
    ],
)
def test_a_number_that_makes_no_sense_is_said_beside_its_field(signed_in, manager, field, typed, sentence):
    page = signed_in(manager).post(ONE, NUMBERS | {field: typed})

    assert page.status_code == 200
    assert errors(page) == {field: [sentence]}
    assert page.context["form"][field].value() == typed
    assert not RuleSetting.objects.exists()


def test_all_wrong_numbers_are_said_at_once(signed_in, manager):
    page = signed_in(manager).post(ONE, NUMBERS | {"warning": "-1", "critical": "soon"})

    assert set(errors(page)) == {"warning", "critical"}


def test_whoever_may_not_is_told_who_can(signed_in, contributor, manager, other_program, by_system):
    page = signed_in(contributor).get(ONE)
    assert page.status_code == 403
    assert "Limits are set by the managers of a program" in page.content.decode()

    add_member(program=other_program, user=manager, role=Role.VIEWER, by=by_system)
    refused = signed_in(manager).post(f"{ONE}?program=finance", NUMBERS)
    assert refused.status_code == 403
    assert "You may not set limits for Finance AI: its managers can." in refused.content.decode()
    assert not RuleSetting.objects.exists()


def test_what_is_not_there_is_not_found(signed_in, manager, other_program):
    client = signed_in(manager)

    assert client.get("/stalled/rules/R-1000/").status_code == 404
    assert client.get(f"{ONE}?program=finance").status_code == 404
    assert client.post(f"{ONE}?program=nowhere", NUMBERS).status_code == 404


def test_second_look_counts_nothing_anew_and_each_reader_has_their_own(
    viewer, stranger, make_pilot, make_flag, monkeypatch
):
    def counts(reader):
        [entry] = read_rulebook(reader, at=NOW, rules=[RULES.get("R-08")])
        return (entry.count.hit, entry.count.eligible)

    pilots = [make_pilot(f"Pilot {number}") for number in range(5)]
    make_flag(pilots[0], "R-08")
    monkeypatch.setattr("pilots.chunks.CHUNK", 2)
    looks = []

    def look(some, **named):
        looks.append(some.count())
        return facts_today(some, **named)

    monkeypatch.setattr("pilots.web.rulebook.facts_today", look)

    first = counts(viewer)
    assert (first, looks) == ((1, 5), [2, 2, 1])
    assert (counts(viewer), counts(stranger), len(looks)) == (first, (0, 0), 3)
    make_pilot("One more")
    assert counts(viewer) == (1, 6)
