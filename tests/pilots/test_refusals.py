import pytest
from django import forms
from django.http import Http404

from pilots.actions.by import Forbidden, Reason, Refused
from pilots.models import Pilot
from pilots.web.refusals import add_refusal, translating


class MoveLikeForm(forms.Form):
    reason = forms.CharField()


def _raising(error: Exception):
    @translating
    def view(request, key):
        raise error

    return view


def test_pilot_that_vanished_meanwhile_is_not_found(rf, manager):
    request = rf.get("/")
    request.user = manager

    with pytest.raises(Http404):
        _raising(Pilot.DoesNotExist())(request, key="CLM-1")


def test_forbidden_page_names_no_managers_of_an_invisible_pilot(rf, stranger, manager, make_pilot):
    make_pilot()
    request = rf.get("/")
    request.user = stranger

    response = _raising(Forbidden("You may not."))(request, key="CLM-1")

    assert (response.status_code, response.context_data["pilot"]) == (403, None)
    assert list(response.context_data["managers"]) == []


def test_reasons_go_beside_their_fields_and_the_rest_into_the_summary():
    form = MoveLikeForm({"reason": "x"})
    refused = Refused(
        [
            Reason("Say why.", "reason", "reason"),
            Reason("Nobody leads <it>.", "", "lead"),
            Reason("Elsewhere.", "elsewhere", "other"),
        ]
    )

    add_refusal(form, refused, ways_out={"lead": ("Name one", "/people/")})

    assert {name: list(errors) for name, errors in form.errors.items()} == {
        "reason": ["Say why."],
        "__all__": ['Nobody leads &lt;it&gt;. <a href="/people/">Name one</a>', "Elsewhere."],
    }
