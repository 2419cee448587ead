import pytest

from pilots.access.models import Event, Membership, Program, Role
from pilots.actions.account import add_member

ANY = {"If_Match": "*"}


def test_program_is_opened_by_an_administrator(make_api, administrator):
    api = make_api(administrator)

    answer = api.post("programs/", {"name": " Fraud AI ", "prefix": "FRD", "zone": "Europe/Berlin"})

    assert answer.status_code == 201
    assert answer["Location"] == "http://testserver/api/v1/programs/fraud-ai/"
    assert answer.data == {
        "slug": "fraud-ai",
        "name": "Fraud AI",
        "prefix": "FRD",
        "zone": "Europe/Berlin",
        "is_sample": False,
        "role": None,
    }
    assert api.get("programs/fraud-ai/").data == answer.data
    event = Event.objects.get(verb="program.created")
    assert (event.actor, event.source, event.subject) == (administrator, "api", "Fraud AI")


def test_program_without_a_zone_is_in_utc(make_api, administrator):
    assert (
        make_api(administrator).post("programs/", {"name": "Fraud AI", "prefix": "FRD"}).data["zone"] == "UTC"
    )


@pytest.mark.parametrize(
    ("fields", "status", "pointer", "sentence"),
    [
        ({"name": ""}, 400, "/name", "This is empty. Write it."),
        ({"name": "x" * 5000}, 400, "/name", "This is too long. Write at most 200 characters."),
        ({"name": "Fraud\nAI"}, 409, "/name", "A name stands on one line, without control characters."),
        ({"name": "Claims AI"}, 409, "/name", "A program has this name already. Choose another one."),
        ({"prefix": "CLM"}, 409, "/prefix", "A program has this prefix already. Choose another one."),
        ({"prefix": "frd"}, 409, "/prefix", "Write 2 to 8 capital letters or digits, a letter first."),
        ({"zone": "Nowhere"}, 409, "/zone", "“Nowhere” is not a time zone. Write one such as Europe/Berlin."),
        (
            {"is_sample": True},
            400,
            "/is_sample",
            "“is_sample” cannot be written. Known here: name, prefix, zone.",
        ),
    ],
)
def test_program_is_refused_with_a_sentence(
    make_api, administrator, program, fields, status, pointer, sentence
):
    answer = make_api(administrator).post("programs/", {"name": "Fraud AI", "prefix": "FRD", **fields})

    assert answer.status_code == status
    assert [(fault["pointer"], fault["detail"]) for fault in answer.data["errors"]] == [(pointer, sentence)]
    assert Program.objects.count() == 1


@pytest.mark.parametrize("body", [{"name": "Fraud AI", "prefix": "FRD"}, {}, {"nonsense": 1}])
def test_program_is_not_opened_by_a_manager(api, body):
    answer = api.post("programs/", body)

    assert (answer.status_code, answer.data["detail"]) == (
        403,
        "You may not open programs: an administrator can.",
    )


def test_program_is_not_opened_by_a_limited_token(make_api, administrator, program):
    answer = make_api(administrator, programs=[program]).post(
        "programs/", {"name": "Fraud AI", "prefix": "FRD"}
    )

    assert (answer.status_code, answer.data["detail"]) == (
        403,
        "This token may not open programs: it is limited to some programs or pilots.",
    )


def test_members_are_those_of_programs_the_caller_runs(
    make_api, manager, viewer, administrator, other_program, stranger, executive, by_system
):
    add_member(program=other_program, user=stranger, role=Role.MANAGER, by=by_system)

    def listed(user, query="", **limits):
        rows = make_api(user, **limits).get(f"members/{query}").data["results"]
        return [(row["program"], row["email"], row["role"]) for row in rows]

    claims = [("claims", "maren@example.com", "manager"), ("claims", "vic@example.com", "viewer")]
    finance = [("finance", "stranger@example.com", "manager")]
    assert listed(manager) == claims
    assert listed(administrator) == claims + finance
    assert listed(administrator, programs=[other_program]) == finance
    assert listed(viewer) == listed(executive) == []
    assert listed(administrator, "?program=finance") == finance
    assert listed(administrator, "?role=viewer") == claims[1:]
    assert listed(administrator, "?email=MAREN@example.com") == claims[:1]


def test_member_is_named_changed_and_removed(api, manager, stranger, program):
    answer = api.post("members/", {"program": "claims", "email": "Stranger@Example.com", "role": "viewer"})

    row = stranger.memberships.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/members/{row.pk}/"
    assert answer.data == {
        "id": row.pk,
        "program": "claims",
        "email": "stranger@example.com",
        "name": "Stranger",
        "role": "viewer",
        "is_active": True,
        "has_signed_in": False,
    }
    changed = api.patch(f"members/{row.pk}/", {"role": "contributor"})
    assert (changed.status_code, changed.data) == (200, answer.data | {"role": "contributor"})
    assert api.get(f"members/{row.pk}/").data == changed.data

    assert api.send("DELETE", f"members/{row.pk}/", **ANY).status_code == 204
    assert api.get(f"members/{row.pk}/").status_code == 404
    assert api.send("DELETE", f"members/{row.pk}/", **ANY).status_code == 404
    events = Event.objects.filter(verb__startswith="member.", subject="stranger@example.com").order_by("id")
    assert list(events.values_list("verb", "source", "before", "after")) == [
        ("member.added", "api", {}, {"role": "viewer"}),
        ("member.changed", "api", {"role": "viewer"}, {"role": "contributor"}),
        ("member.removed", "api", {"role": "contributor"}, {}),
    ]


@pytest.mark.parametrize(
    ("headers", "status", "sentence"),
    [
        ({}, 428, "Send If-Match: * to say that you mean it."),
        ({"If_Match": '"v1"'}, 412, "A membership has no versions. Send If-Match: *."),
    ],
)
def test_removing_takes_if_match_with_a_star(api, viewer, headers, status, sentence):
    answer = api.send("DELETE", f"members/{viewer.memberships.get().pk}/", **headers)

    assert (answer.status_code, answer.data["detail"]) == (status, sentence)
    assert viewer.memberships.exists()


def test_only_manager_stays(api, manager):
    row = manager.memberships.get().pk
    sentence = "Maren is the only manager of Claims AI. Name another manager first."

    for answer in (
        api.send("DELETE", f"members/{row}/", **ANY),
        api.patch(f"members/{row}/", {"role": "viewer"}),
        api.post("members/", {"program": "claims", "email": "maren@example.com", "role": "viewer"}),
    ):
        assert (answer.status_code, answer.data["detail"]) == (409, sentence)
        assert answer.data["errors"][0]["code"] == "last-manager"
    assert manager.memberships.get().role == "manager"


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"email": "nobody@example.com"}, 409, "/email"),
        ({"email": "a@b.example,c@d.example"}, 409, "/email"),
        ({"email": "a@b.example\r\nBcc: x@y.example"}, 409, "/email"),
        ({"email": "x" * 5000}, 400, "/email"),
        ({"email": "a\x00@b.example"}, 400, ""),
        ({"email": 5}, 400, "/email"),
        ({"role": "king"}, 400, "/role"),
        ({"program": "finance"}, 400, "/program"),
        ({"name": "New"}, 400, "/name"),
    ],
)
def test_member_is_read_strictly(api, stranger, other_program, fields, status, pointer):
    body = {"program": "claims", "email": "stranger@example.com", "role": "viewer", **fields}

    answer = api.post("members/", body)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (status, pointer)
    assert Membership.objects.count() == 1


@pytest.mark.parametrize("who", ["viewer", "contributor", "executive"])
def test_others_name_nobody_and_learn_no_addresses(request, make_api, manager, who):
    api = make_api(request.getfixturevalue(who))
    before = Membership.objects.count()

    for email in ("maren@example.com", "nobody@example.com", "no address"):
        answer = api.post("members/", {"program": "claims", "email": email, "role": "viewer"})
        assert (answer.status_code, answer.data["detail"]) == (
            403,
            "You may not name members of Claims AI: one of its managers or an administrator can.",
        )
    row = manager.memberships.get().pk
    assert [
        api.get(f"members/{row}/").status_code,
        api.patch(f"members/{row}/", {"role": "viewer"}).status_code,
        api.send("DELETE", f"members/{row}/", **ANY).status_code,
    ] == [404, 404, 404]
    assert Membership.objects.count() == before


def test_token_that_may_only_read_names_nobody(make_api, manager, viewer):
    api = make_api(manager, scopes={"read"})

    assert len(api.get("members/").data["results"]) == 2
    assert api.patch(f"members/{viewer.memberships.get().pk}/", {"role": "manager"}).status_code == 403


def test_list_asks_the_same_queries_for_any_number(
    api, program, make_user, by_system, django_assert_max_num_queries
):
    for number in range(8):
        add_member(program=program, user=make_user(f"m{number}@example.com"), role=Role.VIEWER, by=by_system)

    with django_assert_max_num_queries(3):  # token with its user, its last use, members
        assert len(api.get("members/").data["results"]) == 9
