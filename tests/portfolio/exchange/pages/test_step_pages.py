"""Sheet, columns and values: what is shown, refused beside which field, and that going back loses nothing."""

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile

from portfolio.exchange.chosen import chosen_of
from portfolio.exchange.models import Import, SavedMapping, Wanted
from tests.portfolio.exchange.pages.conftest import ROWS

TITLED = "AI pilots\n\nPilot,Problem,State\nMotor triage,Claims wait.,Piloting\nFraud letters,Slow.,Proven\n"
WORDS = (
    "Pilot,Problem,State,Piloting since,Sponsor\n"
    "Motor triage,Claims wait.,Pilot running,3/4/2024,Ann Lee\n"
    "Fraud letters,Slow.,Waits for Marketing,5/6/2024,n/a\n"
    "Roof condition,Costly.,,,\n"
)


def columns_of(client, url):
    form = client.get(f"{url}columns/").context["form"]
    return form, {name: form[name].value() for name in form.fields}


def place_of(form, label):
    return next(name for name, field in form.fields.items() if field.label == label)


def test_header_further_down_is_chosen_by_its_line(maren, begun):
    import_, url = begun(TITLED)

    page = maren.get(f"{url}sheet/")
    assert [line.cells[0] for line in page.context["lines"]] == [
        "AI pilots",
        "Pilot",
        "Motor triage",
        "Fraud letters",
    ]
    response = maren.post(f"{url}sheet/", {"header": "4"})

    assert response.url == f"{url}columns/"
    import_.refresh_from_db()
    assert import_.mapping["file"]["header"] == 4
    labels = [column.label for column in columns_of(maren, url)[0].fields.values()]
    assert labels[1:4] == ["Motor triage", "Claims wait.", "Piloting"]


def test_another_sheet_is_shown_by_its_place_even_an_empty_one(maren, begun, tmp_path):
    path = tmp_path / "two.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name, rows in (("Register", ROWS), ("Nothing", "")):
            sheet = book.add_worksheet(name)
            for place, line in enumerate(rows.splitlines()):
                sheet.write_row(place, 0, line.split(","))
    _, url = begun(path.read_bytes(), name="two.xlsx")

    shown = maren.get(f"{url}sheet/").context["tabs"]
    assert [(tab["label"], tab["is_current"]) for tab in shown] == [("Register", True), ("Nothing", False)]
    assert "This sheet is empty." in maren.get(f"{url}sheet/?sheet=1").content.decode()
    assert maren.post(f"{url}sheet/?sheet=1", {"header": "1"}).context["form"].errors
    assert maren.get(f"{url}sheet/?sheet=²").context["tabs"][0]["is_current"]


def test_what_the_file_says_is_text_and_never_markup(maren, begun):
    evil = "<script>alert(1)</script>"
    _, url = begun(f"Pilot,{evil},State\n{evil},Slow.,{evil}\nB,Slow.,100 %\n", name=f"{evil}.csv")
    _, sent = columns_of(maren, url)

    pages = [maren.get(f"{url}sheet/"), maren.get(f"{url}columns/"), maren.post(f"{url}columns/", sent)]
    pages += [maren.get(f"{url}values/"), maren.post(f"{url}values/", {}), maren.get("/pilots/import/")]

    assert all(evil not in page.content.decode() for page in pages)
    assert "&lt;script&gt;" in pages[1].content.decode()


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("²", "Choose the row that holds the headings of the columns."),
        ("", "Choose the row that holds the headings of the columns."),
        ("2", "There is no such row. Choose one of the list."),
        ("5", "There are no rows below the headings."),
    ],
)
def test_row_that_cannot_hold_the_headings_is_refused(maren, begun, header, sentence):
    _, url = begun(TITLED)

    response = maren.post(f"{url}sheet/", {"header": header})

    assert sentence in response.context["form"].errors["header"][0]


def test_columns_show_samples_and_how_sure_the_guess_is(maren, begun):
    _, url = begun()

    lines = maren.get(f"{url}columns/").context["lines"]

    assert [(line.key, line.field.value(), line.samples) for line in lines] == [
        ("Pilot", "name", ["Motor triage", "Fraud letters"]),
        ("Problem", "problem", ["Claims wait four days.", "A letter takes a day."]),
        ("State", "stage", ["Piloting", "Proven"]),
    ]
    assert all(line.sure and line.why for line in lines)


def test_one_meaning_for_two_columns_is_refused_beside_both(maren, begun):
    _, url = begun()
    form, sent = columns_of(maren, url)
    sent[place_of(form, "Problem")] = "name"

    response = maren.post(f"{url}columns/", sent)

    found = response.context["form"].errors
    assert found[place_of(form, "Problem")] == ["“Pilot” says that too. Only one column can be “Name”."]
    assert found[place_of(form, "Pilot")] == ["“Problem” says that too. Only one column can be “Name”."]


def test_columns_without_a_name_are_refused_in_words(maren, begun):
    _, url = begun()
    form, sent = columns_of(maren, url)
    sent[place_of(form, "Pilot")] = ""

    response = maren.post(f"{url}columns/", sent)

    assert "No column is the pilot’s name" in " ".join(response.context["form"].non_field_errors())


def test_going_back_keeps_what_cannot_be_saved_yet(maren, begun):
    import_, url = begun()
    form, sent = columns_of(maren, url)
    before = import_.mapping
    sent[place_of(form, "Pilot")] = ""

    response = maren.post(f"{url}columns/", {**sent, "to": "sheet"})

    assert response.url == f"{url}sheet/"
    import_.refresh_from_db()
    assert import_.mapping == before
    kept = maren.get(f"{url}columns/").context["form"]
    assert kept[place_of(form, "Pilot")].value() == ""
    assert columns_of(maren, url)[1][place_of(form, "Pilot")] == "name"  # a draft comes back once


def test_problem_without_a_column_is_asked_once_for_all_rows(maren, begun):
    import_, url = begun("Pilot,State\nMotor triage,Piloting\nFraud letters,Proven\n")
    _, sent = columns_of(maren, url)

    assert maren.post(f"{url}columns/", sent).url == f"{url}values/"
    page = maren.get(f"{url}values/")
    assert page.context["without_problem"].startswith("2 rows say no problem: line 2, Motor triage; line 3")
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    assert "problem_when_blank" in maren.post(f"{url}values/", values).context["form"].errors

    maren.post(f"{url}values/", {**values, "problem_when_blank": "Not written down."})

    import_.refresh_from_db()
    assert import_.mapping["pilot"]["problem_when_blank"] == "Not written down."
    assert import_.wanted == Wanted.PREVIEW.value


@pytest.fixture
def values(maren, begun):
    import_, url = begun(WORDS)
    _, sent = columns_of(maren, url)
    assert maren.post(f"{url}columns/", sent).status_code == 302
    return import_, f"{url}values/"


def test_values_ask_what_occurs_with_where_it_stands(maren, values):
    _, url = values

    page = maren.get(url).context

    [stages] = page["blocks"]
    assert [(line.word.text, line.word.count, line.example) for line in stages.lines] == [
        ("Pilot running", 1, "line 2, Motor triage"),
        ("Waits for Marketing", 1, "line 3, Fraud letters"),
    ]
    assert page["without_stage"] == "One row says no stage: line 4, Roof condition."
    assert [(way.day_first, way.month_first) for way in page["asked"].dates.slashed] == [
        ("Wed 3 Apr 2024", "Mon 4 Mar 2024"),
        ("Wed 5 Jun 2024", "Mon 6 May 2024"),
    ]
    assert [person.contact for person in page["shown_people"]] == ["Ann Lee"]
    assert set(page["form"].fields) == {"stage-0", "stage-1", "stage_when_blank", "slashes", "empty"}


def test_values_nobody_decided_are_refused_beside_their_fields(maren, values):
    import_, url = values

    response = maren.post(url, {"stage-0": "piloting"})

    assert response.context["form"].errors == {
        "stage-1": ["Say which stage “Waits for Marketing” is, or refuse these rows."],
        "stage_when_blank": ["Say which stage these pilots are in, or refuse the rows."],
        "slashes": ["Say whether the day or the month comes first."],
    }
    import_.refresh_from_db()
    assert import_.wanted == ""


def test_values_go_into_the_mapping_and_it_is_remembered(maren, values, begun):
    import_, url = values
    sent = {"stage-0": "piloting", "stage-1": "chartered", "stage_when_blank": "idea", "slashes": "day-first"}

    assert maren.post(url, {**sent, "empty": "n/a"}).status_code == 302

    import_.refresh_from_db()
    assert import_.mapping["stage"]["values"] == {
        "Pilot running": "piloting",
        "Waits for Marketing": "chartered",
    }
    assert import_.mapping["dates"]["slashes"] == "day-first"
    assert import_.mapping["empty"] == ["n/a"]
    assert SavedMapping.objects.get().mapping["stage"]["when_blank"] == "idea"
    _, url = begun(WORDS, name="next month.csv")
    [stages] = maren.get(f"{url}values/").context["blocks"]
    assert [line.field.value() for line in stages.lines] == ["piloting", "chartered"]


def test_mapping_is_not_remembered_against_the_wish(maren, begun):
    _, url = begun()
    _, sent = columns_of(maren, url)

    maren.post(f"{url}columns/", {name: value for name, value in sent.items() if name != "remember"})
    form = maren.get(f"{url}values/").context["form"]
    maren.post(f"{url}values/", {name: form[name].value() for name in form.fields})

    assert Import.objects.get().wanted == Wanted.PREVIEW.value
    assert not SavedMapping.objects.exists()


def test_total_at_the_end_is_left_out_unless_somebody_says_no(maren, begun):
    import_, url = begun("Pilot,Problem,State,Cost\nMotor triage,Slow.,Piloting,3\nTotal,,,3\n")
    _, sent = columns_of(maren, url)
    maren.post(f"{url}columns/", sent)

    form = maren.get(f"{url}values/").context["form"]
    assert form.fields["leave_out_totals"].label == "Leave out “Total” (line 3): it adds up and is no pilot"
    sent = {name: form[name].value() for name in form.fields}
    maren.post(f"{url}values/", sent)

    import_.refresh_from_db()
    assert import_.mapping["leave_out"] == [{"column": "Pilot", "words": ["Total"]}]


def test_mapping_file_goes_out_and_comes_back(maren, begun):
    _, url = begun()
    _, sent = columns_of(maren, url)
    maren.post(f"{url}columns/", sent)

    response = maren.get(f"{url}mapping.toml")

    assert response.headers["Content-Disposition"] == 'attachment; filename="register.toml"'
    text = response.content.decode()
    assert 'name = "Pilot"' in text
    second, url = begun(
        "Pilot,Problem,State,More\nMotor triage,Slow.,Piloting,x\nB,Slow.,Proven,y\n", name="other.csv"
    )
    file = SimpleUploadedFile("m.toml", text.replace('name = "Pilot"', 'name = "More"').encode())
    maren.post(f"{url}mapping.toml", {"mapping": file})
    second.refresh_from_db()
    assert second.mapping["pilot"]["name"] == "More"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Choose a mapping file first."),
        (b"title = ", "The mapping file is no TOML"),
        (b"\xff\xfe", "The mapping file is no text in UTF-8."),
        (b'title = "x"', "register"),
        (b"#" * 600_000, "The mapping file is too large"),
    ],
)
def test_mapping_file_that_cannot_be_used_is_refused(maren, begun, content, sentence):
    import_, url = begun()
    before = import_.mapping
    sent = {"mapping": SimpleUploadedFile("m.toml", content)} if content else {}

    response = maren.post(f"{url}mapping.toml", sent, follow=True)

    assert sentence in " ".join(str(message) for message in response.context["messages"])
    import_.refresh_from_db()
    assert import_.mapping == before


def test_file_that_is_forgotten_is_said_to_be(maren, begun):
    import_, url = begun()
    Import.objects.filter(pk=import_.pk).update(packed=None)

    response = maren.get(f"{url}columns/")

    assert response.status_code == 410
    assert "Bring the file again." in response.content.decode()


@pytest.mark.parametrize(("said", "first"), [("first", True), ("", False)])
def test_one_of_several_production_owners_is_taken_only_when_somebody_says_so(maren, begun, said, first):
    import_, url = begun("Pilot,Problem,State,Owner\nMotor triage,Slow.,Piloting,Ann Lee; Bo Berg\n")
    _, sent = columns_of(maren, url)
    maren.post(f"{url}columns/", sent)

    form = maren.get(f"{url}values/").context["form"]
    assert "“Ann Lee; Bo Berg” (line 2) are several" in form.fields["first_owner"].label
    values = {name: form[name].value() for name in form.fields}
    maren.post(f"{url}values/", {**values, "first_owner": said})

    import_.refresh_from_db()
    assert chosen_of(import_.mapping).first_owner is first


def test_hint_goes_once_a_word_is_decided(maren, values):
    _, url = values
    [before] = maren.get(url).context["blocks"]
    maren.post(
        url, {"stage-0": "piloting", "stage-1": "idea", "stage_when_blank": "idea", "slashes": "day-first"}
    )
    [after] = maren.get(url).context["blocks"]

    assert before.lines[1].hint
    assert not after.lines[1].hint
