from datetime import date, timedelta

import pytest

from pilots.access.models import Event, Role
from pilots.actions.account import add_member
from pilots.models import Owner, Ownership, Pilot


def test_contact_is_added_and_changed(api, program):
    answer = api.post(
        "owners/",
        {"program": "claims", "name": " Aoife Byrne ", "email": "Aoife@Example.com", "job_title": "Lead"},
    )

    assert answer.status_code == 201
    owner = Owner.objects.get()
    assert answer["Location"] == f"http://testserver/api/v1/owners/{owner.pk}/"
    assert answer.data == {
        "id": owner.pk,
        "program": "claims",
        "kind": "person",
        "name": "Aoife Byrne",
        "email": "aoife@example.com",
        "job_title": "Lead",
        "function": None,
        "is_active": True,
        "has_account": False,
        "receives_mail": False,
        "invited_at": None,
    }
    changed = api.patch(f"owners/{owner.pk}/", {"email": None, "kind": "team", "is_active": False})
    assert (changed.status_code, changed.data["email"], changed.data["kind"], changed.data["is_active"]) == (
        200,
        None,
        "team",
        False,
    )
    assert api.get(f"owners/{owner.pk}/").data == changed.data
    assert list(
        Event.objects.filter(verb__startswith="owner.").order_by("id").values_list("verb", flat=True)
    ) == [
        "owner.created",
        "owner.edited",
    ]


def test_contact_with_a_known_address_is_refused(api, program):
    api.post("owners/", {"program": "claims", "name": "Aoife", "email": "aoife@example.com"})

    answer = api.post("owners/", {"program": "claims", "name": "Other", "email": "AOIFE@example.com"})

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (409, "/email")
    assert Owner.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "aoife@"), ("email", 5), ("kind", "robot"), ("name", ""), ("user", 1), ("program", "claims")],
)
def test_contact_is_read_strictly(api, program, field, value):
    owner = Owner.objects.create(program=program, name="Aoife")

    answer = api.patch(f"owners/{owner.pk}/", {field: value})

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, f"/{field}")


def test_contacts_are_filtered(api, program):
    Owner.objects.create(program=program, name="Aoife Byrne", email="aoife@example.com")
    Owner.objects.create(program=program, name="Tomasz", is_active=False)

    def names(query):
        return [row["name"] for row in api.get(f"owners/?{query}").data["results"]]

    assert names("search=byrne") == ["Aoife Byrne"]
    assert names("email=AOIFE@example.com") == ["Aoife Byrne"]
    assert names("is_active=false") == ["Tomasz"]
    assert names("program=claims&ordering=-id") == ["Tomasz", "Aoife Byrne"]


def test_somebody_is_named_by_id_or_as_written(api, make_pilot, program):
    make_pilot()
    owner = Owner.objects.create(program=program, name="Aoife")
    namesake = Owner.objects.create(program=program, name="Aoife")

    by_id = api.post("ownerships/", {"pilot": "CLM-1", "role": "run_owner", "owner": namesake.pk})
    written = api.post("ownerships/", {"pilot": "CLM-1", "role": "sponsor", "contact": "S. Keller"})

    assert (by_id.status_code, by_id.data["owner"], by_id.data["name"]) == (201, namesake.pk, "Aoife")
    assert (written.status_code, written.data["name"]) == (201, "S. Keller")
    assert owner.ownerships.count() == 0
    assert api.get(written["Location"]).data == written.data


@pytest.mark.parametrize(
    "body", [{}, {"owner": None}, {"contact": ""}, {"contact": "nobody"}, {"both": True}]
)
def test_exactly_one_way_to_name_somebody(api, make_pilot, program, body):
    make_pilot()
    owner = Owner.objects.create(program=program, name="Aoife")
    sent = {"owner": owner.pk, "contact": "Tomasz"} if body.get("both") else body

    answer = api.post("ownerships/", {"pilot": "CLM-1", "role": "sponsor", **sent})

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, "/owner")
    assert Ownership.objects.count() == 0


def test_second_production_owner_is_refused(api, make_pilot):
    make_pilot()
    new = {"pilot": "CLM-1", "role": "production_owner", "contact": "Tomasz"}
    assert api.post("ownerships/", new).status_code == 201

    answer = api.post("ownerships/", new | {"contact": "Aoife"})

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (409, "second-production-owner")


def test_contact_of_another_program_cannot_own(api, make_pilot, by_system, other_program, manager):
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    make_pilot()
    outsider = Owner.objects.create(program=other_program, name="Aoife")

    answer = api.post("ownerships/", {"pilot": "CLM-1", "role": "sponsor", "owner": outsider.pk})

    assert (answer.status_code, answer.data["errors"][0]["code"]) == (409, "other-program")


def test_only_the_one_named_accepts(api, make_api, make_user, make_pilot, program):
    make_pilot()
    tomasz = make_user("tomasz@example.com")
    owner = Owner.objects.create(program=program, name="Tomasz", user=tomasz)
    ownership = api.post(
        "ownerships/", {"pilot": "CLM-1", "role": "production_owner", "owner": owner.pk}
    ).data

    refused = api.post(f"ownerships/{ownership['id']}/accept/")
    assert (refused.status_code, refused.data["detail"]) == (403, "Only Tomasz can accept this.")
    assert ownership["accepted_on"] is None


def test_accepting_and_ending(make_api, contributor, api, make_pilot, program):
    make_pilot()
    owner = Owner.objects.create(program=program, name="Cora", user=contributor)
    ownership = api.post(
        "ownerships/", {"pilot": "CLM-1", "role": "production_owner", "owner": owner.pk}
    ).data
    cora = make_api(contributor)
    assert cora.get("pilots/?mine=true").data["results"] == []

    accepted = cora.post(f"ownerships/{ownership['id']}/accept/", {})
    assert accepted.status_code == 200
    assert accepted.data["accepted_on"] is not None
    assert [row["key"] for row in cora.get("pilots/?mine=true").data["results"]] == ["CLM-1"]
    assert cora.post(f"ownerships/{ownership['id']}/accept/").status_code == 409

    assert cora.post(f"ownerships/{ownership['id']}/end/").status_code == 403
    ended = api.post(f"ownerships/{ownership['id']}/end/", {"reason": "Moved on"})
    assert ended.data["until"] is not None
    assert api.get("ownerships/?active=false").data["results"] == [ended.data]
    assert api.get("pilots/CLM-1/").data["owners"] == []
    assert Pilot.objects.get().version == 4


def test_body_of_a_verb_without_words_is_not_dropped(api, make_pilot):
    make_pilot()
    ownership = api.post("ownerships/", {"pilot": "CLM-1", "role": "sponsor", "contact": "S. Keller"}).data

    answer = api.post(f"ownerships/{ownership['id']}/accept/", {"on": "2026-01-01"})

    assert (answer.status_code, answer.data["detail"]) == (
        400,
        "“on” cannot be written. Nothing is read here.",
    )


@pytest.fixture
def contacts(program, make_pilot, make_user):
    """One contact named on an open pilot, one on a confidential one, one on both, one on none."""
    pilots = make_pilot("Open"), make_pilot("Hidden", is_confidential=True)
    named = {"Aoife": pilots[:1], "Hidden Person": pilots[1:], "Both": pilots, "Unnamed": ()}
    for name, owned in named.items():
        owner = Owner.objects.create(
            program=program, name=name, email=f"{name.split()[0].lower()}@example.com"
        )
        for pilot in owned:
            Ownership.objects.create(
                pilot=pilot, owner=owner, role="run_owner", since=date(2026, 9, 1), until=date(2026, 10, 1)
            )


@pytest.mark.parametrize("who", ["viewer", "contributor", "executive", "administrator"])
def test_a_contact_shows_only_where_a_pilot_does(request, make_api, contacts, who):
    reader = make_api(request.getfixturevalue(who))

    shown = {row["name"]: row["email"] for row in reader.get("owners/").data["results"]}

    assert shown == {"Aoife": None, "Both": None}
    hidden = Owner.objects.get(name="Hidden Person")
    assert reader.get(f"owners/{hidden.pk}/").status_code == 404
    assert reader.get("owners/?search=hidden").data["results"] == []


def test_managers_see_every_contact_with_its_address(api, make_api, stranger, contacts):
    assert {row["name"]: row["email"] for row in api.get("owners/").data["results"]} == {
        "Aoife": "aoife@example.com",
        "Hidden Person": "hidden@example.com",
        "Both": "both@example.com",
        "Unnamed": "unnamed@example.com",
    }
    assert make_api(stranger).get("owners/").data["results"] == []


def test_an_address_is_not_found_by_those_who_may_not_know_it(api, make_api, viewer, contacts):
    assert len(api.get("owners/?email=aoife@example.com").data["results"]) == 1
    assert make_api(viewer).get("owners/?email=aoife@example.com").data["results"] == []


def test_own_entry_shows_with_its_address(make_api, viewer, program):
    own = Owner.objects.create(program=program, name="Vic", email=viewer.email, user=viewer)

    assert [(row["id"], row["email"]) for row in make_api(viewer).get("owners/").data["results"]] == [
        (own.pk, "vic@example.com")
    ]
    [row] = make_api(viewer, programs=[program]).get("owners/").data["results"]
    assert row["email"] == "vic@example.com"


def test_contacts_cost_the_same_queries_for_any_number(
    make_api, viewer, contacts, django_assert_max_num_queries
):
    reader = make_api(viewer)
    with django_assert_max_num_queries(3):  # token with its user, its last use, contacts
        assert len(reader.get("owners/").data["results"]) == 2


def test_inviting_a_contact_shows_when(api, program, mailoutbox):
    owner = Owner.objects.create(program=program, name="Aoife", email="aoife@example.com")

    invited = api.post(f"owners/{owner.pk}/invite/")

    assert (invited.status_code, invited.data["receives_mail"]) == (200, False)
    assert invited.data["invited_at"] == api.get(f"owners/{owner.pk}/").data["invited_at"] is not None
    refused = api.post(f"owners/{owner.pk}/invite/")
    assert (refused.status_code, refused.data["errors"][0]["code"]) == (409, "open")
    assert mailoutbox == []


def test_contact_without_an_address_is_not_invited(api, program):
    owner = Owner.objects.create(program=program, name="Aoife")

    refused = api.post(f"owners/{owner.pk}/invite/")

    assert refused.data["errors"][0]["detail"] == "Aoife has no address. Write one first."


def test_contacts_are_found_by_whether_mail_reaches_them(api, program, manager):
    Owner.objects.create(program=program, name="Aoife")
    Owner.objects.create(program=program, name="Maren", user=manager)

    names = [owner["name"] for owner in api.get("owners/?receives_mail=true").data["results"]]

    assert names == ["Maren"]


# --- Handing over, deputies, terms, leaving ---------------------------------------------


@pytest.fixture
def row(api, make_pilot) -> int:
    make_pilot()
    new = {"pilot": "CLM-1", "role": "production_owner", "contact": "Tomasz"}
    return api.post("ownerships/", new).data["id"]


def test_role_is_handed_over(api, row):
    answer = api.post(f"ownerships/{row}/hand-over/", {"contact": "Aoife", "reason": "Moves on"})

    assert (answer.status_code, answer.data["name"], answer.data["accepted_on"]) == (201, "Aoife", None)
    assert answer["ETag"] == api.get(answer["Location"])["ETag"] == '"v3"'
    assert api.get(f"ownerships/{row}/").data["until"] is not None
    again = api.post(f"ownerships/{row}/hand-over/", {"contact": "Rui", "reason": "Moves on"})
    assert (again.status_code, again.data["errors"][0]["code"]) == (409, "ended")
    assert again.data["detail"] == "Tomasz ended meanwhile. Aoife is production owner now."


@pytest.mark.parametrize(
    ("verb", "body", "pointer"),
    [
        ("hand-over", {"contact": "Aoife"}, "/reason"),
        ("hand-over", {"reason": "Moves on"}, "/owner"),
        ("hand-over", {"contact": "Aoife", "reason": "Moves on", "role": "legal"}, "/role"),
        ("deputise", {"contact": "Aoife"}, "/until"),
        ("deputise", {"contact": "Aoife", "until": "tomorrow"}, "/until"),
    ],
)
def test_body_says_who_why_and_until_when(api, row, verb, body, pointer):
    answer = api.post(f"ownerships/{row}/{verb}/", body)

    assert (answer.status_code, answer.data["errors"][0]["pointer"]) == (400, pointer)


def test_deputy_stands_beside_the_owner_and_not_among_them(api, row):
    past = api.post(f"ownerships/{row}/deputise/", {"contact": "Aoife", "until": "2020-01-01"})
    answer = api.post(f"ownerships/{row}/deputise/", {"contact": "Aoife", "until": _next_month()})

    assert (past.status_code, past.data["errors"][0]["pointer"]) == (409, "/until")
    assert (answer.status_code, answer.data["deputises"], answer.data["ends_on"]) == (201, row, _next_month())
    assert [owner["name"] for owner in api.get("pilots/CLM-1/").data["owners"]] == ["Tomasz"]


def _next_month() -> str:
    return (date.today() + timedelta(days=30)).isoformat()


def test_terms_are_changed_and_versions_hold(api, row):
    stale = api.patch(f"ownerships/{row}/", {"authority": "Trade-offs"}, If_Match='"v1"')
    answer = api.patch(f"ownerships/{row}/", {"authority": "Trade-offs"}, If_Match='"v2"')
    wrong = api.patch(f"ownerships/{row}/", {"delivered_on": "2026-01-01"})

    assert stale.status_code == 412
    assert (answer.status_code, answer.data["authority"], answer.data["deliverable"]) == (
        200,
        "Trade-offs",
        None,
    )
    assert (wrong.status_code, wrong.data["errors"][0]["pointer"]) == (409, "/deliverable")


def test_contact_goes_and_everything_moves(api, row):
    owner = Owner.objects.get(name="Tomasz").pk
    left = api.post(f"owners/{owner}/deactivate/", {})
    unknown = api.post(f"owners/{owner}/deactivate/", {"successors": {"king": "Rui"}})
    shut = api.patch(f"owners/{owner}/", {"is_active": False})
    done = api.post(f"owners/{owner}/deactivate/", {"successors": {"production_owner": "Rui"}})

    assert (left.status_code, left.data["errors"][0]["code"]) == (409, "left")
    assert (unknown.status_code, unknown.data["errors"][0]["pointer"]) == (400, "/successors")
    assert (shut.status_code, shut.data["errors"][0]["code"]) == (409, "holds")
    assert (done.status_code, done.data["is_active"]) == (200, False)
    assert [owner["name"] for owner in api.get("pilots/CLM-1/").data["owners"]] == ["Rui"]
    assert api.patch(f"owners/{owner}/", {"is_active": True}).data["is_active"]
