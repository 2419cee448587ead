"""What of an import is kept from readers who may not see one of its pilots."""

import json

import pytest
from django.urls import reverse

from pilots.actions.pilot import Edit, edit_pilot
from pilots.models import Pilot
from portfolio.exchange import runs
from portfolio.exchange.models import Import, Wanted
from portfolio.exchange.told_to import details_for, names_pilots, summary_for
from tests.portfolio.exchange.importer import row

HIDDEN = {"CLM-1"}


def finding(kind, line=2, **more):
    return {"kind": kind, "line": line, "pilot": "", "reason": "", **more}


@pytest.mark.parametrize(
    "said",
    [
        finding("changed", pilot="CLM-1"),
        finding("missing", line=0, pilot="CLM-1"),
        finding("question", key="conflict:CLM-1:problem", choices=[]),
        finding("question", key="alike:2:ab", reason="CLM-1 is called the same.", choices=[]),
        finding("refused", reason="Lines 2, 3 are all CLM-1. Give all but one another answer."),
        finding("not_understood", reason="CLM-1 is called the same. It is logged as another pilot."),
    ],
)
def test_finding_that_names_a_hidden_pilot_is_not_told(said):
    other = {
        name: text.replace("CLM-1", "CLM-11") if isinstance(text, str) else text
        for name, text in {**said, "line": 9}.items()
    }

    assert names_pilots([said])
    assert details_for([said, other], HIDDEN) == [other]


def test_what_is_said_of_the_line_of_a_hidden_pilot_is_not_told():
    hidden, warning = finding("same", pilot="CLM-1"), finding("not_understood", reason="It was edited here.")
    elsewhere, of_all = {**warning, "line": 3}, finding("noted", line=0)

    assert details_for([hidden, warning, elsewhere, of_all], HIDDEN) == [elsewhere, of_all]


def test_hidden_pilot_is_not_offered():
    choices = [["CLM-1", "It is CLM-1 Hail"], ["CLM-2", "It is CLM-2 Hail"], ["new", "Log it"]]
    question = finding("question", key="ambiguous:2:ab", reason="May be one of two.", choices=choices)

    assert details_for([question], HIDDEN)[0]["choices"] == choices[1:]
    assert question["choices"] == choices


def test_undo_says_of_hidden_pilots_only_that_they_stay():
    undone = {
        "removed": 1,
        "stayed": [["CLM-1", "Why."], ["CLM-2", "Why."]],
        "kept": [["CLM-1", "tags", "Now."], ["CLM-2", "tags", "Now."]],
    }
    told = summary_for({"rows": 4, "undone": undone}, HIDDEN)

    assert told["undone"]["stayed"] == [["", "Why."], ["CLM-2", "Why."]]
    assert told["undone"]["kept"] == [["", "", "Now."], ["CLM-2", "tags", "Now."]]
    assert (told["rows"], told["undone"]["removed"]) == (4, 1)


@pytest.mark.django_db
def test_conflict_of_a_confidential_pilot_is_for_those_who_see_it(importer, administrator):
    importer.write([row(1, "Hail")])
    edit_pilot(Edit(pilot=Pilot.objects.get(), fields={"vendor": "Their vendor"}), by=importer.by)
    Pilot.objects.update(is_confidential=True)
    import_ = importer.preview([row(1, "Hail", vendor="Acme"), row(2, "Rain")])

    assert "Their vendor" in json.dumps(runs.details_of(import_, importer.user))
    assert [line["name"] for line in runs.details_of(import_, administrator)] == ["Rain"]


@pytest.mark.django_db
def test_undone_import_names_no_hidden_pilot(importer, administrator, client):
    import_ = importer.write([row(1, "Hail"), row(2, "Rain")])
    hail = Pilot.objects.get(name="Hail")
    edit_pilot(Edit(pilot=hail, fields={"vendor": "Their vendor"}), by=importer.by)
    Pilot.objects.filter(pk=hail.pk).update(is_confidential=True)
    import_ = importer.do(import_, Wanted.UNDO)
    Import.objects.update(made_by=administrator)

    done = reverse("exchange:import_done", args=[import_.pk])
    seen = {}
    for user in (importer.user, administrator):
        client.force_login(user)
        pages = (f"/api/v1/imports/{import_.pk}/", "/api/v1/imports/", done)
        seen[user] = [hail.key in client.get(page, follow=True).content.decode() for page in pages]
    assert list(seen.values()) == [[True, True, True], [False, False, False]]
