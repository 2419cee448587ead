import json
import time

import pytest

from pilots.models import Pilot

NEW = {"program": "claims", "name": "a", "problem": "b", "stage": "idea"}


def body(**fields) -> bytes:
    return json.dumps(NEW | fields).encode()


def with_raw(text: str) -> bytes:
    """A sound body whose problem is what `text` says, uninterpreted."""
    return json.dumps(NEW).encode().replace(b'"b"', text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        (b"", ""),
        (b"{", "The body is no JSON: Expecting property name enclosed in double quotes, line 1, column 2."),
        (b"\xff\xfe", "The body is not UTF-8 text."),
        (
            b"\xef\xbb\xbf{}",
            "The body is no JSON: Unexpected UTF-8 BOM (decode using utf-8-sig), line 1, column 1.",
        ),
        (with_raw("NaN"), "NaN is no number in JSON. Send null for what is not known."),
        (with_raw("-Infinity"), "-Infinity is no number in JSON. Send null for what is not known."),
        (with_raw("1e400"), "1e400 is too large a number."),
        (
            with_raw("9223372036854775808"),
            "9223372036854775808 is too large: whole numbers have at most 64 bits.",
        ),
        (
            with_raw("9" * 5000),
            f"{'9' * 40}… is too large: whole numbers have at most 64 bits.",
        ),
        (with_raw(r'"a\u0000b"'), "The body holds a NUL character. Remove it."),
        (with_raw(r'"a\ud800b"'), "The body holds half of a surrogate pair. Send whole characters."),
        (with_raw('"b", "problem": "c"'), "“problem” stands twice in one object. Send it once."),
        (with_raw("[" * 40 + "]" * 40), "The body is nested more than 32 levels deep."),
        (b"[" * 100_000, "The body is nested more than 32 levels deep."),
        (b'{"a":' * 100_000, "The body is nested more than 32 levels deep."),
        (b"[]", "The body is no JSON object. Send one, with braces."),
        (b"null", "The body is no JSON object. Send one, with braces."),
        (b'"text"', "The body is no JSON object. Send one, with braces."),
        (b"5", "The body is no JSON object. Send one, with braces."),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else "",
)
def test_bodies_two_readers_could_understand_differently_are_refused(api, program, sent, sentence):
    answer = api.post("pilots/", sent)

    assert answer.status_code == 400
    if sentence:
        assert answer.data["detail"] == sentence
    assert Pilot.objects.count() == 0


def test_depth_is_counted_outside_strings_only(api, program):
    answer = api.post("pilots/", body(problem='[{"' * 100))

    assert answer.status_code == 201


def test_reading_a_hostile_body_takes_no_time(api, program):
    quotes = b'"' + b'\\"' * 500_000
    started = time.process_time()  # not the clock: other tests use the same two cores

    answer = api.post("pilots/", quotes)

    assert answer.status_code == 400
    assert time.process_time() - started < 2


def test_body_over_one_megabyte_is_413(api, program):
    answer = api.post("pilots/", body(problem="x" * 1024 * 1024))

    assert (answer.status_code, answer.data["detail"]) == (
        413,
        "The body is larger than 1 MB. Send less at a time.",
    )
    under_a_key = api.post("pilots/", body(problem="x" * 1024 * 1024), Idempotency_Key="a")
    assert under_a_key.status_code == 413


def test_body_of_unknown_length_is_411(api, program):
    assert api.post("pilots/", body(), Transfer_Encoding="chunked").status_code == 411


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_other_kinds_of_body_are_415(api, program, kind):
    answer = api.client.post("/api/v1/pilots/", data=b"name=a", content_type=kind, headers=api.headers)

    assert answer.status_code == 415
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", 5, "invalid"),
        ("name", True, "invalid"),
        ("name", ["a"], "invalid"),
        ("name", None, "null"),
        ("name", "", "blank"),
        ("name", "   ", "blank"),
        ("name", "x" * 201, "max_length"),
        ("name", "x" * 5000, "max_length"),
        ("is_confidential", "true", "invalid"),
        ("is_confidential", 1, "invalid"),
        ("is_confidential", None, "null"),
        ("decide_by", "2026-13-01", "invalid"),
        ("decide_by", "20261101", "invalid"),
        ("decide_by", "2026-11-01T00:00:00Z", "invalid"),
        ("decide_by", 20261101, "invalid"),
        ("decide_by", "20026-11-01", "invalid"),
        ("decide_by", "0001-01-01", "year"),
        ("since", "2026-13", "invalid"),
        ("since", "2026-Q5", "invalid"),
        ("since", "3/4/2026", "invalid"),
        ("since", "2026-02-30", "invalid"),
        ("since", "1026", "invalid"),
        ("since", 2026, "invalid"),
        ("stage", "Idea", "invalid_choice"),
        ("stage", None, "null"),
        ("stage", ["idea"], "invalid_choice"),
        ("risk", "", "invalid_choice"),
        ("program", 1, "invalid"),
        ("program", {"slug": "claims"}, "invalid"),
        ("owner", "maren@", "contact"),
        ("owner", 5, "invalid"),
        ("kpi", "faster", "kpi"),
        ("tags", "claims", "not_a_list"),
        ("tags", [1], "invalid"),
        ("tags", ["x" * 61], "max_length"),
        ("tags", ["x"] * 51, "max_length"),
    ],
)
def test_types_are_strict(api, program, field, value, code):
    answer = api.post("pilots/", NEW | {field: value})

    assert answer.status_code == 400
    assert [(fault["pointer"].split("/")[1], fault["code"]) for fault in answer.data["errors"]] == [
        (field, code)
    ]
    assert Pilot.objects.count() == 0


@pytest.mark.parametrize("value", [True, 1.5, "1", 0, -1, 2**63 - 1, None, [1], {}])
def test_ids_are_whole_numbers(api, make_pilot, value):
    make_pilot()

    answer = api.post("ownerships/", {"pilot": "CLM-1", "role": "sponsor", "owner": value})

    assert answer.status_code == 400
    assert answer.data["errors"][0]["pointer"] == "/owner"


@pytest.mark.parametrize(
    "name", ["Zürich 🚀", "مشروع", "‮txt.exe", "x" * 200, "<script>alert(1)</script>", "=1+1"]
)
def test_unusual_text_is_kept_as_it_is(api, program, name):
    answer = api.post("pilots/", NEW | {"name": name})

    assert (answer.status_code, answer.data["name"]) == (201, name)
    assert api.get("pilots/CLM-1/").data["name"] == name


def test_day_still_to_come_is_refused_in_words(api, program):
    answer = api.post("pilots/", NEW | {"since": "2099-01-01"})

    assert answer.status_code == 409
    assert answer.data["errors"] == [
        {
            "pointer": "/since",
            "code": "future",
            "detail": "Thu 1 Jan 2099 has not come yet. Write a day up to today.",
        }
    ]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", 5, "This is not text. Send it in quotation marks."),
        ("name", "", "This is empty. Write it."),
        ("name", None, "This cannot be null. Send a value, or leave it out where it may be."),
        ("name", "x" * 201, "This is too long. Write at most 200 characters."),
        ("tags", "claims", "This is not a list. Send one, in square brackets."),
        ("tags", ["x"] * 51, "These are too many. Send at most 50."),
    ],
)
def test_faults_are_told_in_our_words(api, program, field, value, sentence):
    answer = api.post("pilots/", NEW | {field: value})

    assert [fault["detail"] for fault in answer.data["errors"]] == [sentence]


def test_every_fault_of_a_body_is_named_at_once(api, program):
    sent = {name: value for name, value in NEW.items() if name != "problem"}

    answer = api.post("pilots/", sent | {"colour": "red", "name": 5})

    assert [(fault["pointer"], fault["code"]) for fault in answer.data["errors"]] == [
        ("/colour", "unknown-field"),
        ("/name", "invalid"),
        ("/problem", "required"),
    ]
    assert answer.data["errors"][2]["detail"] == "This is missing. Send it."


def test_address_that_is_none_is_told_in_our_words(api, program):
    answer = api.post("owners/", {"program": "claims", "name": "Aoife", "email": "aoife@"})

    assert answer.data["detail"] == "This is no e-mail address. Send one such as aoife@example.com, or null."


def test_method_that_is_not_there_is_told_in_our_words(api, make_pilot):
    make_pilot()

    answer = api.send("DELETE", "pilots/CLM-1/")

    assert (answer.status_code, answer.data["detail"]) == (
        405,
        "This cannot be done here. The header Allow names what can.",
    )
