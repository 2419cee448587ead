import uuid
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.urls import reverse

from kpis.actions.kpi import KpiEdit, NewKpi, define_kpi, edit_kpis
from kpis.models import Kpi
from kpis.oneline import read_kpi
from pilots.access.models import Event, Role
from pilots.access.permissions import OwnerRole
from pilots.actions.account import add_member
from pilots.actions.custom import NewField, define_field
from pilots.actions.owner import Contact, NewOwnership, add_owner
from pilots.actions.pilot_template import NewTemplate, add_template
from pilots.custom import FieldKind
from pilots.lifecycle import Stage
from pilots.models import Owner, Ownership, Pilot
from portfolio.desk.alike import most_alike, words_of
from portfolio.desk.log_form import DECIDED
from tests.conftest import NOW

URL = "/pilots/new/"


@pytest.fixture(autouse=True)
def on_a_fixed_day():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(program):
    """What a person sends who has filled in all eight fields."""
    return {
        "form_id": str(uuid.uuid4()),
        "name": "Glass-repair invoice check",
        "program": program.slug,
        "problem": "It takes 14 minutes to check one windscreen invoice.",
        "owner": "Marguerite Delacroix-Fontaine",
        "stage": "piloting",
        "since": "October 2026",
        "decide_by": "Fri 29 Jan 2027",
        "kpi": "Handling time 14 → 9 min",
    }


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def test_form_proposes_program_piloting_and_90_days(client, manager):
    client.force_login(manager)

    form = client.get(URL).context["form"]

    assert [form[name].value() for name in ("program", "stage")] == ["claims", "piloting"]
    assert 'value="Tue 16 Feb 2027"' in str(form["decide_by"])
    assert [name for name in form.fields if form.fields[name].required and name != "form_id"] == [
        "name",
        "program",
        "problem",
        "owner",
        "stage",
    ]


def test_eight_fields_log_a_pilot_its_owner_and_its_kpi(client, manager, filled):
    client.force_login(manager)

    response = client.post(URL, filled)

    pilot = Pilot.objects.get()
    assert (response.status_code, response.url) == (302, "/pilots/CLM-1/")
    assert (pilot.name, pilot.problem, pilot.stage) == (filled["name"], filled["problem"], "piloting")
    assert (str(pilot.since), pilot.decide_by) == ("October 2026", date(2027, 1, 29))
    assert Ownership.objects.values_list("owner__name", "role").get() == (
        "Marguerite Delacroix-Fontaine",
        "production_owner",
    )
    assert Kpi.objects.values_list("name", "baseline", "target", "unit", "is_primary").get() == (
        "Handling time",
        Decimal(14),
        Decimal(9),
        "min",
        True,
    )
    assert list(Event.objects.filter(pilot_id=pilot.pk).order_by("id").values_list("verb", "source")) == [
        ("pilot.created", "web"),
        ("kpi.defined", "web"),
    ]


def test_nobody_not_known_and_not_agreed_are_answers(client, manager, filled):
    client.force_login(manager)

    client.post(
        URL, filled | {"owner": "nobody yet", "since": "not known", "kpi": "not agreed yet", "decide_by": ""}
    )

    pilot = Pilot.objects.get()
    assert (pilot.stage_since, pilot.decide_by) == (None, None)
    assert (Ownership.objects.count(), Kpi.objects.count()) == (0, 0)


def test_log_and_add_another_comes_back_to_an_empty_form(client, manager, filled):
    client.force_login(manager)

    response = client.post(URL, filled | {"another": "1"}, follow=True)

    assert response.redirect_chain == [("/pilots/new/?program=claims", 302)]
    assert response.context["form"]["name"].value() is None
    assert [str(message) for message in response.context["messages"]] == [
        "Glass-repair invoice check was logged as CLM-1."
    ]


def test_pressing_twice_logs_one_pilot(client, manager, filled):
    client.force_login(manager)

    first, second = client.post(URL, filled), client.post(URL, filled)

    assert (first.url, second.url) == ("/pilots/CLM-1/", "/pilots/CLM-1/")
    assert (Pilot.objects.count(), Kpi.objects.count()) == (1, 1)


def test_going_back_and_changing_the_form_logs_another_pilot(client, manager, filled):
    client.force_login(manager)

    client.post(URL, filled)
    response = client.post(URL, filled | {"name": "Paint-repair invoice check"})

    assert response.url == "/pilots/CLM-2/"
    assert list(Pilot.objects.order_by("number").values_list("name", flat=True)) == [
        "Glass-repair invoice check",
        "Paint-repair invoice check",
    ]


def test_past_decision_day_is_refused_beside_the_field_and_values_stay(client, manager, filled):
    client.force_login(manager)

    response = client.post(URL, filled | {"decide_by": "Fri 30 Oct 2026"})

    assert _errors(response) == {
        "decide_by": ["Fri 30 Oct 2026 is past. Choose a later day; 90 days on is Tue 16 Feb 2027."]
    }
    content = response.content.decode()
    assert '<a href="#id_decide_by">Decide by</a>' in content
    assert 'value="Glass-repair invoice check"' in content
    assert "KPI <b>Handling time</b>" in content
    assert Pilot.objects.count() == 0


def test_proposed_decision_day_is_left_out_where_nothing_is_decided(client, manager, filled):
    client.force_login(manager)

    for place, stage in enumerate(DECIDED):
        late = ["Mon 15 Feb 2027", "Tue 16 Feb 2027"][place % 2]  # the form may be from yesterday
        sent = filled | {"name": stage.label, "stage": stage.value, "decide_by": late}
        assert client.post(URL, sent).status_code == 302, stage

    assert set(Pilot.objects.values_list("decide_by", flat=True)) == {None}
    assert set(DECIDED) == set(Stage) - {Stage.CHARTERED, Stage.PILOTING}


@pytest.mark.parametrize(
    ("stage", "it_is"), [("idea", "an idea"), ("production", "in production"), ("retired", "retired")]
)
def test_another_decision_day_is_refused_where_nothing_is_decided(client, manager, filled, stage, it_is):
    client.force_login(manager)

    response = client.post(URL, filled | {"stage": stage})

    assert _errors(response) == {
        "decide_by": [f"A pilot that is {it_is} needs no decision day. Leave it empty."]
    }
    assert Pilot.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        pytest.param("name", "", "Give it a name people will know it by.", id="no-name"),
        pytest.param("name", "N" * 5000, "Write at most 200 characters; these are 5000.", id="name-of-5000"),
        pytest.param("name", "a\x00b", "This text holds a NUL character. Remove it.", id="nul"),
        pytest.param("problem", "a\x00b", "This text holds a NUL character. Remove it.", id="nul-in-problem"),
        pytest.param("program", "", "Choose the program it belongs to.", id="no-program"),
        pytest.param(
            "program",
            "finance",
            "You cannot log pilots there. Choose one of your programs.",
            id="foreign-program",
        ),
        pytest.param("owner", "", "Write a name, an address, or “nobody yet”.", id="no-owner"),
        pytest.param(
            "owner",
            "tom@@example",
            "“tom@@example” is no e-mail address. Write a name, an address, or “nobody yet”.",
            id="bad-address",
        ),
        pytest.param("stage", "flying", "This is no stage. Choose one of the list.", id="unknown-stage"),
        pytest.param(
            "since",
            "5 Oct 20026",
            "“5 Oct 20026” is not a day Headway can read. "
            "Write 5 Oct 2026, 2026-10-05, October 2026, Q4 2026 or 2026.",
            id="year-20026",
        ),
        pytest.param(
            "since", "December 2026", "December 2026 has not come yet. Write a day up to today.", id="future"
        ),
        pytest.param(
            "decide_by",
            "March 2027",
            "March 2027 names no single day. Write one such as Wed 31 Mar 2027.",
            id="month-is-no-day",
        ),
        pytest.param(
            "kpi",
            "faster",
            "Headway cannot find a name and two numbers in this. "
            "Write it like “Handling time 14 → 9 min”, or “not agreed yet”.",
            id="kpi-without-numbers",
        ),
        pytest.param(
            "form_id", "1", "This form was changed on its way. Load the page again.", id="changed-form-id"
        ),
    ],
)
def test_bad_input_is_refused_whole_in_words(client, manager, other_program, filled, field, value, sentence):
    client.force_login(manager)

    response = client.post(URL, filled | {field: value})

    assert response.status_code == 200
    assert _errors(response) == {field: [sentence]}
    assert (Pilot.objects.count(), Ownership.objects.count(), Kpi.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    "name", ["Fahrzeug 🚗 prüfen", "مساعد الفواتير", "<script>alert(1)</script>", "a" * 200]
)
def test_any_name_is_kept_as_written_and_shown_escaped(client, manager, filled, name):
    client.force_login(manager)

    content = client.post(URL, filled | {"name": name}, follow=True).content.decode()

    assert Pilot.objects.get().name == name
    assert "<script>alert(1)" not in content


def test_contributor_may_log_ideas_only(client, contributor, filled):
    client.force_login(contributor)

    form = client.get(URL).context["form"]
    refused = client.post(URL, filled)
    logged = client.post(URL, filled | {"stage": "idea", "since": "", "decide_by": ""})

    assert form.fields["stage"].choices == [("idea", "Idea")]
    assert form.fields["stage"].help_text == "You may log ideas; a manager logs what is under way"
    assert list(_errors(refused)) == ["stage"]
    assert logged.url == "/pilots/CLM-1/"


def test_contributor_here_and_manager_there_is_told_beside_the_stage(
    client, contributor, other_program, by_system, filled
):
    add_member(program=other_program, user=contributor, role=Role.MANAGER, by=by_system)
    client.force_login(contributor)

    response = client.post(URL, filled)

    assert _errors(response) == {
        "stage": ["In Claims AI you may log ideas. Choose Idea, or ask a manager to log it."]
    }


def test_viewer_is_told_who_can_let_them_in(client, viewer, manager):
    client.force_login(viewer)

    response = client.get(URL)

    assert response.status_code == 403
    content = response.content.decode()
    assert "You may look, but not log pilots yet" in content
    assert "Maren can make you a contributor" in content


def test_person_without_a_program_is_told_why(client, stranger, filled):
    client.force_login(stranger)

    shown, sent = client.get(URL), client.post(URL, filled)

    assert (shown.status_code, sent.status_code) == (403, 403)
    assert "You belong to no program yet" in shown.content.decode()
    assert Pilot.objects.count() == 0


def test_program_in_the_address_is_preselected(client, manager, other_program, by_system):
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    client.force_login(manager)

    asked = client.get(URL, {"program": "finance"}).context["form"]
    unknown = client.get(URL, {"program": "nowhere"}).context["form"]

    assert (asked["program"].value(), unknown["program"].value()) == ("finance", None)


def test_program_last_worked_in_is_preselected(client, manager, other_program, by_system, filled):
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    client.force_login(manager)

    client.post(URL, filled)

    assert client.get(URL).context["form"]["program"].value() == "claims"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        pytest.param(
            "Handling time 14 → 9 min",
            "baseline <b>14 min</b>, target <b>9 min</b>, lower is better",
            id="read",
        ),
        pytest.param(
            "Handling time ? → 9 min", 'baseline <span class="unknown">not known</span>', id="unknown"
        ),
        pytest.param("not agreed yet", "No number is agreed yet", id="not-agreed"),
        pytest.param("Handling", "cannot find a name and two numbers", id="half-typed"),
        pytest.param("<script> 1 → 2 min", "&lt;script&gt;", id="escaped"),
        pytest.param("", "It is read back to you here", id="empty"),
    ],
)
def test_number_is_read_back(client, manager, line, shown):
    client.force_login(manager)

    content = client.get(reverse("desk:kpi_echo"), {"kpi": line}).content.decode()

    assert shown in content


def test_look_alikes_are_shown_while_typing_and_after_an_error(client, manager, make_pilot, filled):
    make_pilot("Repair-invoice plausibility")
    make_pilot("Call summaries")
    client.force_login(manager)

    fragment = client.get(reverse("desk:pilots_alike"), {"name": "Glass-repair invoice check"})
    page = client.post(URL, filled | {"kpi": "faster"})

    for response in (fragment, page):
        assert [one.pilot.name for one in response.context["alike"]] == ["Repair-invoice plausibility"]
        assert "Another pilot looks alike" in response.content.decode()
    assert fragment.context["alike"][0].told == "Piloting for 78 days. Nobody leads it yet."


def test_look_alikes_a_person_may_not_see_stay_hidden(client, contributor, manager, make_pilot):
    make_pilot("Repair-invoice plausibility", is_confidential=True)
    url = reverse("desk:pilots_alike")

    client.force_login(manager)
    seen = client.get(url, {"name": "Repair invoice"}).context["alike"]
    client.force_login(contributor)
    hidden = client.get(url, {"name": "Repair invoice"}).context["alike"]

    assert (len(seen), hidden) == (1, [])


def test_look_alike_names_who_leads_it_while_they_are_there(client, manager, make_pilot):
    client.force_login(manager)
    make_pilot("Repair invoice check", owner=Contact(name="Tomasz"))
    url = reverse("desk:pilots_alike")

    led = client.get(url, {"name": "Repair invoice"}).context["alike"][0].told
    Owner.objects.update(is_active=False)
    left = client.get(url, {"name": "Repair invoice"}).context["alike"][0].told

    assert (led, left) == ("Piloting for 78 days. Tomasz.", "Piloting for 78 days. Nobody leads it yet.")


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        pytest.param("Glass-repair invoice check", [1], id="two-words"),
        pytest.param("Invoices", [1, 2], id="one-word-that-is-all-of-it"),
        pytest.param("AI assistant for the pilot", [], id="small-words-only"),
        pytest.param("Underwriting help", [], id="nothing-shared"),
        pytest.param("", [], id="empty"),
    ],
)
def test_names_are_alike_by_the_words_that_say_what_they_are_about(name, alike):
    names = [
        (1, "Repair-invoice plausibility"),
        (2, "Invoice fraud score"),
        (3, "Call summaries"),
        (4, "AI assistant for claims"),
    ]

    assert most_alike(name, names) == alike


def test_words_of_a_name_leave_out_small_ones_and_plurals():
    assert words_of("The AI pilot for Invoices & Überweisungen 2") == {"invoice", "überweisungen"}


def test_look_alikes_cost_the_same_for_any_number_of_pilots(
    client, manager, make_pilot, django_assert_num_queries
):
    client.force_login(manager)
    for number in range(4):
        make_pilot(f"Repair invoice {number}")
    with django_assert_num_queries(6):  # session, user, names, pilots, owners, reasons
        client.get(reverse("desk:pilots_alike"), {"name": "Repair invoice"})
    for number in range(30):
        make_pilot(f"Repair invoice again {number}")
    with django_assert_num_queries(6):
        client.get(reverse("desk:pilots_alike"), {"name": "Repair invoice"})


@pytest.mark.parametrize("url", [URL, "/pilots/new/echo/", "/pilots/new/alike/"])
def test_reading_writes_nothing(client, manager, url):
    client.force_login(manager)

    client.get(url, {"name": "Claims triage", "kpi": "Handling time 14 → 9 min"})

    assert (Pilot.objects.count(), Kpi.objects.count()) == (0, 0)


# --- Beginning with something ---------------------------------------------------------


@pytest.fixture
def source(make_pilot, by):
    """A pilot with all that another one could take over, and some that it must not."""
    pilot = make_pilot(
        "Invoice triage",
        vendor="Acme",
        unit="Leeds",
        tags=("invoices",),
        owner=Contact(name="Ines", email="ines@example.com"),
        decide_by=date(2026, 12, 24),
    )
    add_owner(NewOwnership(pilot=pilot, contact=Contact(name="Grace"), role=OwnerRole.BUSINESS_OWNER), by=by)
    for line in ("Handling time 14 → 9 min", "Errors 3 → 1 %"):
        define_kpi(NewKpi(pilot=pilot, line=read_kpi(line)), by=by)
    return pilot


def test_another_pilot_fills_the_form_without_stage_days_or_readings(client, manager, source):
    client.force_login(manager)

    response = client.get(URL, {"from": "clm-1"})

    form = response.context["form"]
    assert {name: form[name].value() for name in ("name", "problem", "owner", "kpi", "tags", "stage")} == {
        "name": "Invoice triage",
        "problem": "It takes nine days to sort a claim.",
        "owner": "Ines <ines@example.com>",
        "kpi": "Handling time ? → 9 min",
        "tags": "invoices",
        "stage": "piloting",
    }
    assert form["since"].value() is None
    assert str(form["decide_by"].value()) == "Tue 16 Feb 2027"
    assert response.context["taken"] == [
        "Unit: Leeds",
        "Vendor: Acme",
        "Business owner: Grace",
        "Number: Errors, target 1 %",
    ]


@pytest.mark.parametrize("takes", [True, False], ids=["all", "only-the-form"])
def test_what_is_taken_over_is_logged_when_it_is_wanted(client, manager, source, filled, takes):
    client.force_login(manager)
    more = {"source": "CLM-1", "tags": "invoices, glass"} | ({"takes_over": "on"} if takes else {})

    client.post(URL, filled | more)

    new = Pilot.objects.get(key="CLM-2")
    assert (new.vendor, new.unit) == (("Acme", "Leeds") if takes else ("", ""))
    assert sorted(new.ownerships.values_list("owner__name", flat=True)) == (
        ["Grace", "Marguerite Delacroix-Fontaine"] if takes else ["Marguerite Delacroix-Fontaine"]
    )
    assert list(new.kpis.order_by("pk").values_list("name", "baseline", "is_primary")) == [
        ("Handling time", Decimal(14), True),
        *([("Errors", None, False)] if takes else []),
    ]
    assert sorted(new.tags.values_list("name", flat=True)) == ["glass", "invoices"]
    assert (str(new.since), new.transitions.count()) == ("October 2026", 1)


def test_numbers_that_one_line_cannot_say_are_not_taken_over(client, manager, source, by):
    primary, errors = source.kpis.order_by("pk")
    as_range = KpiEdit(kpi=primary, fields={"target_low": Decimal(5)})
    as_threshold = KpiEdit(kpi=errors, fields={"target": None, "threshold": Decimal(2)})
    edit_kpis([as_range, as_threshold], by=by)
    client.force_login(manager)

    response = client.get(URL, {"from": "CLM-1"})

    assert response.context["form"]["kpi"].value() in ("", None)
    assert response.context["taken"] == ["Unit: Leeds", "Vendor: Acme", "Business owner: Grace"]


def test_a_pilot_nobody_may_see_gives_nothing_away(client, contributor, make_pilot):
    make_pilot("Hidden", is_confidential=True)
    client.force_login(contributor)

    response = client.get(URL, {"from": "CLM-1"})

    assert (response.context["unseen"], response.context["taken"]) == ("CLM-1", [])
    assert response.context["form"]["name"].value() is None
    assert "There is no pilot “CLM-1” that you can see." in response.content.decode()


def test_an_address_stays_in_the_program_that_knows_it(
    client, manager, source, filled, other_program, by_system
):
    Owner.objects.filter(name="Grace").update(email="grace@example.com")
    add_member(program=other_program, user=manager, role=Role.MANAGER, by=by_system)
    client.force_login(manager)

    client.post(URL, filled | {"program": "finance", "source": "CLM-1", "takes_over": "on"})

    assert Owner.objects.get(program=other_program, name="Grace").email == ""


def test_a_template_gives_a_hint_an_example_and_values_to_change(client, manager):
    client.force_login(manager)

    response = client.get(URL, {"template": "staff-assistant"})

    form = response.context["form"]
    assert form["problem"].help_text.startswith("Say which question is asked how often")
    assert (form["kpi"].value(), form["how_built"].value(), form["tags"].value()) == (
        "",
        "configured",
        "assistant",
    )
    assert "Calls to the help desk 90 → 40 a day" in response.content.decode()
    assert [choice.label for choice in response.context["choices"] if choice.is_on] == ["Assistant for staff"]


def test_a_programs_own_template_fills_its_fields(client, manager, program, filled, by):
    define_field(NewField(program=program, label="Platform", kind=FieldKind.TEXT), by=by)
    values = {"number": "Minutes per letter ? → 4 min", "custom": {"platform": "In house"}}
    row = add_template(NewTemplate(program=program, name="Letters", values=values), by=by)
    client.force_login(manager)

    form = client.get(URL, {"template": str(row.pk)}).context["form"]
    sent = {"custom/platform": form["custom/platform"].value(), "kpi": form["kpi"].value()}
    client.post(URL, filled | sent)

    assert sent == {"custom/platform": "In house", "kpi": "Minutes per letter ? → 4 min"}
    assert Pilot.objects.get().custom == {"platform": "In house"}
    assert Kpi.objects.values_list("name", "baseline").get() == ("Minutes per letter", None)


def test_fields_of_the_program_are_folded_and_none_is_asked_without_them(client, manager, program, by):
    client.force_login(manager)

    plain = client.get(URL).content.decode()
    define_field(NewField(program=program, label="Cost", kind=FieldKind.MONEY), by=by)
    folded = client.get(URL).content.decode()
    swapped = client.get(f"{URL}more/", {"program": "claims", "custom/cost": "12"}).content.decode()

    assert "more-fields" not in plain
    assert '<details class="more-fields wide">' in folded
    assert 'name="custom/cost"' in folded
    assert 'value="12"' in swapped


def test_a_field_that_cannot_be_read_is_unfolded_with_its_sentence(client, manager, program, filled, by):
    define_field(NewField(program=program, label="Cost", kind=FieldKind.MONEY), by=by)
    client.force_login(manager)

    response = client.post(URL, filled | {"custom/cost": "a lot"})

    assert _errors(response) == {
        "custom/cost": ["“a lot” is not a number. Write digits, with a point before decimals: 12500.5."]
    }
    assert '<details class="more-fields wide" open>' in response.content.decode()
    assert Pilot.objects.count() == 0


@pytest.mark.parametrize("count", [1, 20])
def test_templates_cost_the_same_for_any_number(
    client, manager, program, by, count, django_assert_num_queries
):
    for number in range(count):
        add_template(NewTemplate(program=program, name=f"Kind {number}"), by=by)
    client.force_login(manager)

    with django_assert_num_queries(11):
        client.get(URL)


# --- Beginning with something while typing ----------------------------------------------


def _shown(response, *names: str) -> list[str]:
    form = response.context["form"]
    return [str(form[name].value() or "") for name in names]


def test_a_start_leaves_what_is_typed_and_fills_what_is_empty(client, manager, filled):
    client.force_login(manager)
    sent = filled | {"start": "1", "kpi": "", "tags": "", "decide_by": ""}

    chosen = client.post(f"{URL}?template=staff-assistant", sent)
    mine = {"start": "1", "begun": "staff-assistant", "tags": "assistant", "how_built": "own"}
    again = client.post(f"{URL}?template=sensor-anomalies", sent | mine)

    names = ("name", "problem", "owner", "since", "decide_by", "how_built", "tags")
    typed = [filled[name] for name in ("name", "problem", "owner", "since")]
    assert _shown(chosen, *names) == [*typed, "", "configured", "assistant"]
    assert _shown(again, *names) == [*typed, "", "own", "sensors"]  # what nobody touched goes with its start
    assert (Pilot.objects.count(), chosen.context["form"].errors) == (0, {})
    page = again.content.decode()
    assert '<input type="hidden" name="begun" value="sensor-anomalies">' in page
    assert page.index('form="log" tabindex="-1"') < page.index('name="start"')  # Enter logs


def test_another_pilot_is_found_by_its_name_and_leaves_what_is_typed(client, manager, source, make_pilot):
    make_pilot("Invoice fraud")
    client.force_login(manager)
    typed = {"name": "Mine", "problem": "", "owner": "Zoë", "form_id": str(uuid.uuid4())}

    one = client.post(URL, typed | {"start": "another", "from": "triage"})
    several = client.post(URL, typed | {"from": "invoice"})  # Enter in the field
    none = client.post(URL, typed | {"start": "another", "from": "no such"})

    assert _shown(one, "name", "problem", "owner", "source") == ["Mine", source.problem, "Zoë", "CLM-1"]
    assert [pilot.key for pilot in several.context["offered"]] == ["CLM-2", "CLM-1"]
    assert _shown(several, "name", "source") == ["Mine", ""]
    assert none.context["unseen"] == "no such"
    assert _shown(none, "name", "owner") == ["Mine", "Zoë"]
    assert Pilot.objects.count() == 2


def test_a_pilot_nobody_may_see_is_not_found_by_name(client, contributor, make_pilot):
    make_pilot("Hidden", is_confidential=True)
    client.force_login(contributor)

    response = client.post(URL, {"start": "another", "from": "hidden"})

    assert (response.context["unseen"], response.context["offered"]) == ("hidden", ())


def test_a_first_name_of_a_contact_is_asked_about_and_the_sample_is_named(client, manager, program, filled):
    luka = Owner.objects.create(program=program, name="Luka Petrović", email="luka@example.com")
    program.is_sample = True
    program.save()
    client.force_login(manager)

    asks = client.post(URL, filled | {"owner": "Luka"})
    client.post(URL, filled | {"owner": "Luka", "meant": str(luka.pk)})

    assert _errors(asks) == {"meant": ["Luka Petrović is a contact here: do you mean them?"]}
    assert "This goes into the sample; it is cleared with it." in asks.content.decode()
    assert Ownership.objects.get().owner == luka
