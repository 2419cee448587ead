"""What somebody typed survives when somebody else was faster, on every page with a form about a pilot.

Each page is opened, filled in and sent after the pilot has changed: nothing is written, the answer says so,
and every word that was typed still stands in the page. Addresses come from the URLconf.
"""

from datetime import timedelta

import pytest
from django import forms
from django.db.models import F
from django.utils import timezone

from pilots.access.models import Event
from pilots.forms.change import ChangeForm
from pilots.models import Pilot
from tests.test_matrix import (  # noqa: F401 -- fixtures
    MATRIX,
    PILOT_PAGES,
    ROUTES,
    address,
    built,
    in_silence,
    world,
)

TYPED = "Typed words"
# What these add overwrites nothing, so no version is asked; two of them show their forms beside others.
# A correction is a new revision: tests/kpis/test_reading_pages.py says what becomes of one that is too late.
ONLY_ADD = {
    PILOT_PAGES + page
    for page in (
        "check-in/",
        "decisions/new/",
        "fill/",
        "kpis/new/",
        "kpis/token/",
        "kpis/readings/new/",
        "kpis/readings/table/",
        "kpis/readings/<int:row>/correct/",
        "kpis/<slug:code>/readings/new/",
        "people/",
    )
}
ONLY_END = {PILOT_PAGES + "people/<int:row>/end/", PILOT_PAGES + "kpis/readings/<int:row>/withdraw/"}
# Of these pilots no report is due, so none is offered to begin.
NOT_OFFERED = {PILOT_PAGES + "reports/new/"}
PAGES = [
    route
    for route in ROUTES
    if route.startswith(PILOT_PAGES)
    and {"GET", "POST"} <= set(MATRIX.get(route, MATRIX[""]).methods)
    and route not in ONLY_ADD | ONLY_END | NOT_OFFERED
]


def first_of(choices):
    """Return the first choice that says something; choices may stand in groups."""
    for value, label in choices:
        if isinstance(label, list | tuple):
            return first_of(label)
        if str(value) != "":
            return str(value)
    return ""


def is_number(field):
    return isinstance(field, forms.IntegerField) or field.widget.attrs.get("inputmode") == "decimal"


def lacks_currency(form, name):
    """Whether a field is an amount that no currency is chosen for: the two go together."""
    twin = name.replace("amount", "currency")
    return twin != name and twin in form.fields and not form[twin].value()


def filled_in(form):
    """Return what a person would send who types into every field of text, and which words they typed."""
    sent, typed = {}, []
    for name, field in form.fields.items():
        value = form[name].value()
        if isinstance(field.widget, forms.CheckboxInput):
            sent |= {name: "on"} if value else {}
        elif getattr(field, "choices", None):
            sent[name] = value if value not in (None, "") else first_of(field.choices)
        elif "Day" in type(field).__name__ or "date" in name or name.endswith("_on") or name == "until":
            sent[name] = value or (timezone.now() + timedelta(days=20)).date().isoformat()
        elif field.widget.is_hidden or "version" in name:
            sent[name] = value if value is not None else ""
        elif "link" in name or "url" in name:
            sent[name] = "https://example.com/typed-words"
            typed.append(sent[name])
        elif is_number(field) and not lacks_currency(form, name):
            sent[name] = value if value not in (None, "") else "5"
        elif isinstance(field, forms.CharField) and "amount" not in name and "currency" not in name:
            sent[name] = f"{TYPED} {name}"[: field.max_length]
            typed.append(sent[name])
        elif value not in (None, ""):
            sent[name] = value
    return sent, typed


@pytest.mark.parametrize("route", PAGES)
def test_typed_text_survives_a_conflict(world, route):  # noqa: F811
    pilot = world.pilots["ordinary"]
    url = address(route, world.filled[pilot.pk])
    browser = world.browser(world.sessions["manager"])
    page = browser.get(url)
    form = page.context.get("form")
    assert isinstance(form, ChangeForm)
    sent, typed = filled_in(form)
    Pilot.objects.filter(pk=pilot.pk).update(version=F("version") + 1)
    events = Event.objects.count()

    answer = browser.post(url, sent)

    assert answer.status_code == 409, (answer.status_code, dict(answer.context["form"].errors), sent)
    shown = answer.content.decode()
    assert [words for words in typed if words not in shown] == []
    assert Event.objects.count() == events
    assert answer.context["form"].data["version"] == str(Pilot.objects.get(pk=pilot.pk).version)
