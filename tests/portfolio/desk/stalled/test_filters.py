from datetime import date

import pytest

from pilots.access.permissions import OwnerRole
from pilots.actions.owner import Contact
from pilots.models import Owner, Ownership, Pilot
from tests.portfolio.desk.stalled.reading import PAGE, names, states


def test_filters_stand_in_the_address_and_narrow_counts_too(client, stuck, make_pilot):
    stuck("Purgatory", owner=Contact(name="Tomasz"))
    stuck("Vacuum", rule="R-10")
    owner = Pilot.objects.get(name="Purgatory").ownerships.get().owner

    assert names(client.get(PAGE, {"pattern": "ownership_vacuum"})) == ["Vacuum"]
    assert names(client.get(PAGE, {"rule": "R-01"})) == ["Purgatory"]
    assert names(client.get(PAGE, {"owner": owner.pk})) == ["Purgatory"]
    narrowed = client.get(PAGE, {"pattern": "ownership_vacuum", "owner": owner.pk})
    assert (names(narrowed), states(narrowed)["Stalled or blocked"]) == ([], 0)
    assert [chip[:2] for chip in narrowed.context["page"].chips] == [
        ("Pattern is", "Ownership vacuum"),
        ("Owner is", "Tomasz"),
    ]
    assert "No pilot matches" in narrowed.content.decode()


def test_mine_are_the_pilots_the_reader_owns(client, stuck, manager, program):
    stuck("Theirs")
    stuck("Mine")
    owner = Owner.objects.create(program=program, name="Maren", user=manager)
    Ownership.objects.create(
        pilot=Pilot.objects.get(name="Mine"),
        owner=owner,
        role=OwnerRole.PRODUCTION_OWNER.value,
        since=date(2026, 9, 1),
        accepted_on=date(2026, 9, 1),
    )

    assert names(client.get(PAGE, {"mine": "true"})) == ["Mine"]
    assert names(client.get(PAGE, {"mine": "false"})) == ["Theirs"]
    [chip] = client.get(PAGE, {"mine": "true"}).context["page"].chips
    assert chip == ("Is", "mine", PAGE)
    bad = client.get(PAGE, {"mine": "perhaps"}).content.decode()
    assert "Mine: “perhaps” is neither true nor false." in bad


def test_newly_stalled_are_those_that_passed_a_limit_after_the_day(client, stuck):
    stuck("New", crossed_on=date(2026, 11, 12))
    stuck("Old", crossed_on=date(2026, 11, 11))
    stuck("New here", crossed_on=date(2026, 11, 12), is_starting=True)

    assert names(client.get(PAGE, {"new_since": "2026-11-11"})) == ["New"]


def test_week_of_a_digest_is_named_and_narrows_nothing(client, stuck):
    stuck()

    response = client.get(PAGE, {"week": "2026-W47"})

    assert names(response) == ["Stuck"]
    assert "From the digest of week 47, Mon 16 to Sun 22 Nov 2026." in response.content.decode()


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("week=2026-W99", "Digest of: This is not a week. Write it like 2026-W47."),
        ("week=soon", "Digest of: This is not a week. Write it like 2026-W47."),
        ("pattern=bad-luck", "Pattern: “bad-luck” is not known here."),
        ("owner=0", "Owner: This is not an id."),
        ("new_since=yesterday", "Newly stalled since: This is not a day."),
        ("mood=low", "This list has no filter “mood”."),
        ("rule=R-01&rule=R-10", "“rule” stands in the address more than once."),
        ("page=9", "There is no page “9”. There is one page only."),
        ("page=x", "There is no page “x”."),
    ],
)
def test_address_that_is_not_understood_lists_nothing_and_says_why(client, stuck, query, sentence):
    stuck()

    response = client.get(f"{PAGE}?{query}")

    problems = response.context["page"].problems
    assert response.status_code == 200
    assert len(problems) == 1
    assert problems[0].sentence.startswith(sentence)
    assert "CLM-1" not in response.content.decode()


def test_program_nobody_sees_is_not_there(client, stuck, other_program):
    stuck()

    assert client.get(PAGE, {"program": "finance"}).status_code == 404
