import pytest

from pilots.actions.custom import FieldEdit, NewField, define_field, define_fields, edit_field
from pilots.actions.pilot import Edit, edit_pilot
from pilots.custom import FieldKind
from pilots.models import CustomField

URL = "/settings/programs/claims/fields/"


@pytest.fixture
def page(client, manager):
    client.force_login(manager)
    return lambda url=URL: client.get(url)


@pytest.fixture
def send(client, manager):
    client.force_login(manager)
    return lambda url=URL, **fields: client.post(url, fields, follow=True)


@pytest.fixture
def three(program, by) -> list[CustomField]:
    news = [NewField(program=program, label=label, kind=FieldKind.TEXT) for label in "ABC"]
    return define_fields(news, by=by)


def _labels() -> list[str]:
    return list(CustomField.objects.in_order().values_list("label", flat=True))


def _errors(response) -> dict[str, list[str]]:
    return {name: list(errors) for name, errors in response.context["form"].errors.items()}


def _messages(response) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_the_program_leads_there(page, program):
    assert URL in page("/settings/programs/claims/").content.decode()
    assert "This program has no fields of its own yet." in page().content.decode()


def test_a_field_is_set_up(send, program):
    response = send(label="Platform", kind="choice", choices="Cloud\r\n\r\n In  house ")

    field = CustomField.objects.get()
    assert (field.label, field.kind, field.choices) == ("Platform", "choice", ["Cloud", "In house"])
    assert _messages(response) == ["Platform is a field of Claims AI now."]
    assert "One of a list: Cloud, In house" in response.content.decode()


def test_what_is_no_field_stays_typed(send, three):
    assert _errors(send(label="", kind="colour")) == {
        "label": ["A field needs a label."],
        "kind": ["There is no such kind. Choose one of the list."],
    }
    response = send(label="a", kind="text", choices="x\ny")
    assert _errors(response) == {
        "label": ["This program has a field “a” already. Give this one another label."],
        "choices": ["Only one of a list has choices. Leave them out."],
    }
    assert "x\ny</textarea>" in response.content.decode()
    assert len(_labels()) == 3


def test_edit_says_how_many_pilots_have_a_value(page, send, program, make_pilot, by):
    new = NewField(program=program, label="Platform", kind=FieldKind.CHOICE, choices=("Cloud",))
    define_field(new, by=by)
    assert "No pilot you see has a value in it." in page(URL + "platform/").content.decode()
    for name in ("One", "Two"):
        edit_pilot(Edit(pilot=make_pilot(name), fields={"custom": {"platform": "Cloud"}}), by=by)

    content = page(URL + "platform/").content.decode()
    assert "2 pilots you see have a value in it." in content
    assert "Cloud</textarea>" in content
    response = send(URL + "platform/", label="Runs on", choices="In house", version=1)

    assert _messages(response) == ["Runs on is saved."]
    assert (CustomField.objects.get().label, CustomField.objects.get().choices) == ("Runs on", ["In house"])
    assert _errors(send(URL + "platform/", label="Runs on", choices="", version=2)) == {
        "choices": ["Write what it can be, one choice a line."]
    }


def test_only_a_list_has_choices_on_its_form(page, three):
    assert list(page(URL + "a/").context["form"].fields) == ["version", "label"]


def test_fields_change_places(send, three, by):
    edit_field(FieldEdit(field=three[1], fields={"is_active": False}), by=by)
    send(URL + "c/place/", to="up")  # past the retired one in between
    assert _labels() == ["C", "A", "B"]
    send(URL + "c/place/", to="up")
    send(URL + "c/place/", to="sideways")
    assert _labels() == ["C", "A", "B"]
    send(URL + "c/place/", to="down")
    assert _labels() == ["A", "C", "B"]


def test_a_field_is_retired_and_used_again(send, page, three, program, by):
    response = send(URL + "a/retire/")
    assert _messages(response) == ["A is retired. What stands in it stays."]
    assert [field.label for field in response.context["retired"]] == ["A"]
    assert _messages(send(URL + "a/restore/")) == ["A is in use again."]

    send(URL + "a/retire/")
    define_field(NewField(program=program, label="A", kind=FieldKind.NUMBER), by=by)
    assert _messages(send(URL + "a/restore/")) == [
        "This program has a field “A” already. Give this one another label."
    ]


def test_labels_are_told_as_text(send, program):
    response = send(label="<script>alert(1)</script>", kind="choice", choices="<b>x</b>")
    content = response.content.decode()
    assert "<script>alert(1)" not in content
    assert "<b>x</b>" not in content


@pytest.mark.parametrize("count", [1, 50])
def test_queries_do_not_grow(count, page, program, by, django_assert_max_num_queries):
    labels = [f"F{number}" for number in range(count)]
    define_fields([NewField(program=program, label=label, kind=FieldKind.TEXT) for label in labels], by=by)
    with django_assert_max_num_queries(9):
        page()
