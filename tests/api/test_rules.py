from datetime import date

import pytest
import time_machine

from pilots.access.models import Event
from pilots.actions.by import By
from pilots.actions.judge import scan
from pilots.actions.limits import set_limits
from pilots.lifecycle import Stage
from pilots.models import ProgramLine, RuleSetting
from pilots.rules import RULES
from tests.conftest import NOW

BODY = {"program": "claims", "limits": {"high": 150}, "reason": "Works council takes two months."}


@pytest.fixture(autouse=True)
def at_that_hour():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def put(api):
    def send(body, rule="R-01", caller=None):
        return (caller or api).put(f"rules/{rule}/limits/", body, If_Match="*")

    return send


def faults(response):
    return [(fault["pointer"], fault["code"]) for fault in response.data["errors"]]


# --- Read ----------------------------------------------------------------------------


def test_every_rule_is_listed_once_in_order(api):
    found = api.get("rules/").data

    assert (found["next"], found["previous"]) == (None, None)
    assert [row["key"] for row in found["results"]] == [rule.key for rule in RULES]


def test_a_rule_says_what_it_notices_and_by_which_limits(api, program):
    assert api.get("rules/R-79/").data == {
        "key": "R-79",
        "title": "Decision day passed",
        "kind": "stall",
        "pattern": "purgatory",
        "source": "R-79 (ours)",
        "inputs": ["decide_by", "hold", "stage"],
        "limits": [
            {
                "name": "warning",
                "value": 1,
                "proposed": 1,
                "unit": "days",
                "severity": "warning",
                "words": "days after the decision day",
            },
            {
                "name": "high",
                "value": 8,
                "proposed": 8,
                "unit": "days",
                "severity": "high",
                "words": "days after the decision day",
            },
        ],
        "setting": None,
        "overrides": [],
        "clears_when": "It moves on, is stopped, goes on hold, or gets a later decision day.",
        "next_action": "Go, extend or stop.",
        "unblockers": ["production_owner", "sponsor"],
        "eligible": 0,
        "flagged": 0,
        "widespread": [],
    }


def test_a_class_is_kept_and_an_unknown_one_is_an_error(api):
    found = api.get("rules/?kind=risk").data["results"]

    assert [row["key"] for row in found] == [rule.key for rule in RULES if rule.kind == "risk"]
    response = api.get("rules/?kind=x")
    assert (response.status_code, faults(response)) == (400, [("?kind", "invalid")])
    assert api.get("rules/?colour=red").status_code == 400


@pytest.mark.parametrize("key", ["R-1000", "r-01", "R-04"])
def test_what_is_no_rule_is_not_found(api, put, key):
    assert api.get(f"rules/{key}/").status_code == 404
    assert put(BODY, rule=key).status_code == 404


def test_rule_that_is_in_parts_names_them(api):
    response = api.get("rules/R-04/")

    assert response.data["detail"] == "There is no rule R-04. There is R-04-heard and R-04-moved."


def test_counts_are_of_pilots_the_caller_counts(
    make_api, manager, viewer, executive, make_pilot, other_program
):
    old = {"since": date(2025, 1, 1)}
    make_pilot("Old", **old)
    make_pilot("New", since=date(2026, 11, 1))
    make_pilot("Hidden", is_confidential=True, **old)
    make_pilot("Elsewhere", program=other_program, **old)
    make_pilot("Idea", stage=Stage.IDEA, since=None)
    scan(at=NOW)

    seen = {}
    for user in (manager, viewer, executive):
        row = make_api(user).get("rules/R-08/").data
        seen[user.name] = (row["flagged"], row["eligible"])

    assert seen == {"Maren": (1, 2), "Vic": (1, 2), "Exe": (2, 3)}


def test_where_it_is_told_once_is_said_to_those_who_see_the_program(
    make_api, manager, executive, make_pilot, program, other_program
):
    make_pilot()
    make_pilot(program=other_program)
    for where, hit in ((program, 31), (other_program, 4)):
        ProgramLine.objects.create(program=where, rule="R-08", eligible=40, hit=hit, counted_at=NOW)

    def lines(user):
        return make_api(user).get("rules/R-08/").data["widespread"]

    claims = {"program": "claims", "hit": 31, "eligible": 40}
    assert lines(manager) == [claims]
    assert lines(executive) == [claims, {"program": "finance", "hit": 4, "eligible": 40}]


def test_sample_lines_leave_beside_real_pilots(make_api, executive, make_pilot, program, other_program):
    program.is_sample = True
    program.save(update_fields=["is_sample"])
    make_pilot()
    ProgramLine.objects.create(program=program, rule="R-08", eligible=40, hit=31, counted_at=NOW)
    api = make_api(executive)
    assert len(api.get("rules/R-08/").data["widespread"]) == 1

    make_pilot(program=other_program)

    assert api.get("rules/R-08/").data["widespread"] == []


@pytest.mark.parametrize("count", [1, 40])
def test_queries_do_not_grow_with_pilots_settings_or_lines(
    api, by, program, make_pilot, count, django_assert_num_queries
):
    for number in range(count):
        make_pilot(f"Pilot {number}", since=date(2025, 1, 1))
        set_limits(RULES.get("R-08"), {"high": 200 + number}, program=program, by=by)
    scan(at=NOW)

    # token and user, limits, history, programs of the lines, sample or not, flags, zones, pilots,
    # what is known of their course, people, pace, models and refused moves,
    # and what the floor above knows of them: KPIs, versions, reports, ledger, loops, evidence, waivers
    with django_assert_num_queries(32):
        api.get("rules/")


def test_settings_of_a_program_are_for_those_who_see_it(
    make_api, viewer, administrator, executive, put, other_program, by
):
    put(BODY)
    site = By(user=administrator, at=by.at, source=by.source)
    set_limits(RULES.get("R-01"), {"critical": 400}, program=None, reason="Slow house.", by=site)
    set_limits(RULES.get("R-01"), {"critical": 300}, program=other_program, by=site)

    row = make_api(viewer).get("rules/R-01/").data

    assert [limit["value"] for limit in row["limits"]] == [90, 135, 400]
    assert row["setting"] == {
        "program": None,
        "limits": {"warning": 90, "high": 135, "critical": 400},
        "set_at": "2026-11-18T09:00:00Z",
        "set_by": {"id": administrator.pk, "name": "Ada"},
        "reason": "Slow house.",
    }
    assert [(one["program"], one["limits"]["high"]) for one in row["overrides"]] == [("claims", 150)]
    both = make_api(executive).get("rules/R-01/").data["overrides"]
    assert [one["program"] for one in both] == ["claims", "finance"]


# --- Set -----------------------------------------------------------------------------


def test_limits_are_set_and_taken_back(put, manager):
    done = put(BODY)

    assert done.status_code == 200
    assert done.data["overrides"] == [
        {
            "program": "claims",
            "limits": {"warning": 90, "high": 150, "critical": 180},
            "set_at": "2026-11-18T09:00:00Z",
            "set_by": {"id": manager.pk, "name": "Maren"},
            "reason": "Works council takes two months.",
        }
    ]
    assert [limit["value"] for limit in done.data["limits"]] == [90, 135, 180]
    noted = Event.objects.get(verb="rule.limits_set")
    assert (noted.source, noted.subject, noted.reason) == ("api", "R-01", BODY["reason"])

    back = put({"program": "claims", "limits": {}})
    assert (back.status_code, back.data["overrides"]) == (200, [])
    assert RuleSetting.objects.count() == 2


def test_administrators_set_those_of_the_site(make_api, administrator, put):
    done = put({"program": None, "limits": {"high": 150}, "reason": None}, caller=make_api(administrator))

    assert done.status_code == 200
    assert [limit["value"] for limit in done.data["limits"]] == [90, 150, 180]
    assert done.data["setting"]["reason"] is None


@pytest.mark.parametrize(
    ("limits", "status", "wrong"),
    [
        ({"high": -1}, 400, [("/limits/high", "out-of-range")]),
        ({"high": 3651}, 400, [("/limits/high", "out-of-range")]),
        ({"hihg": 10, "a/b": 1}, 409, [("/limits/hihg", "unknown"), ("/limits/a~1b", "unknown")]),
        ({"high": 80}, 409, [("/limits/high", "order")]),
        ({}, 409, [("/limits", "nothing-set")]),
        ({"high": "90"}, 400, [("/limits/high", "invalid")]),
        ({"high": 90.5, "warning": True}, 400, [("/limits/high", "invalid"), ("/limits/warning", "invalid")]),
        ({"high": None}, 400, [("/limits/high", "null")]),
        ([1], 400, [("/limits", "not_a_dict")]),
    ],
)
def test_limits_that_make_no_sense_are_refused(put, limits, status, wrong):
    response = put({"program": "claims", "limits": limits})

    assert (response.status_code, faults(response)) == (status, wrong)
    assert not RuleSetting.objects.exists()


def test_a_number_beyond_64_bits_is_refused(api):
    response = api.put(
        "rules/R-01/limits/", b'{"program": "claims", "limits": {"high": 99999999999999999999}}', If_Match="*"
    )

    assert response.status_code == 400


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({}, [("/program", "required"), ("/limits", "required")]),
        ({"program": "finance", "limits": {"high": 150}}, [("/program", "does_not_exist")]),
        (BODY | {"reason": "x" * 501}, [("/reason", "max_length")]),
        (BODY | {"days": 3}, [("/days", "unknown-field")]),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(put, other_program, body, wrong):
    response = put(body)

    assert (response.status_code, faults(response)) == (400, wrong)


def test_whoever_may_not_is_told_who_can(make_api, contributor, manager, put):
    refused = put(BODY, caller=make_api(contributor))
    assert (refused.status_code, refused.data["detail"]) == (
        403,
        "You may not set limits here: a manager or an administrator can.",
    )

    site = put({"program": None, "limits": {"high": 150}})
    assert (site.status_code, site.data["detail"]) == (
        403,
        "You may not set limits for the whole site: an administrator can.",
    )
    assert put(BODY, caller=make_api(manager, scopes={"read"})).status_code == 403
    assert not RuleSetting.objects.exists()


def test_a_token_with_limits_sets_none_of_the_site(make_api, administrator, program, put):
    limited = make_api(administrator, programs=[program])

    assert put(BODY, caller=limited).status_code == 200
    assert put({"program": None, "limits": {"high": 160}}, caller=limited).status_code == 403


def test_whoever_replaces_says_that_they_mean_it(api):
    assert api.put("rules/R-01/limits/", BODY).status_code == 428
    assert api.put("rules/R-01/limits/", BODY, If_Match='"v1"').status_code == 412
    assert not RuleSetting.objects.exists()
