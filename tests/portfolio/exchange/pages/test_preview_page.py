"""The preview, its questions, what stands in the way of writing, and what can be taken back."""

import pytest
from django.utils import timezone

from pilots.models import Pilot
from portfolio.exchange.models import Import, Step, Wanted
from portfolio.exchange.packed import pack_details
from tests.portfolio.exchange.pages.conftest import LIST, ROWS

HTMX = {"HX-Request": "true"}


def test_page_that_waits_says_for_what_and_asks_again_by_itself(maren, begun):
    import_, url = begun()
    Import.objects.filter(pk=import_.pk).update(wanted=Wanted.PREVIEW.value, asked_at=timezone.now())

    html = maren.get(f"{url}preview/").content.decode()
    said = maren.get(f"{url}preview/").context["working"]

    assert said.startswith("Waiting for the worker, and none is running.")
    assert f'hx-get="{url}preview/"' in html
    assert maren.get(f"{url}preview/", {"shown": said}, headers=HTMX).status_code == 204
    changed = maren.get(f"{url}preview/", {"shown": "Other words."}, headers=HTMX)
    assert said in changed.content.decode()
    assert "<html" not in changed.content.decode()

    Import.objects.filter(pk=import_.pk).update(wanted="", step=Step.PREVIEWED.value)
    assert maren.get(f"{url}preview/", headers=HTMX).headers["HX-Redirect"] == url


def test_trouble_of_the_worker_is_shown_with_a_way_on(maren, begun):
    import_, url = begun()
    Import.objects.filter(pk=import_.pk).update(last_error="Nothing was written. The file has a header only.")

    html = maren.get(f"{url}preview/").content.decode()

    assert "Nothing was written. The file has a header only." in html
    assert "Make the preview" in html


def test_preview_says_what_will_happen_and_writes_nothing(maren, previewed):
    import_, url = previewed()

    page = maren.get(f"{url}preview/")

    assert import_.at_step is Step.PREVIEWED
    assert "2 pilots will be logged in Claims AI" in page.content.decode()
    assert [(tab.label, tab.count) for tab in page.context["findings"].tabs] == [
        ("New", "2"),
        ("Changed", "0"),
        ("The same", "0"),
    ]
    assert [(item["line"], item["name"]) for item in page.context["findings"].page] == [
        (2, "Motor triage"),
        (3, "Fraud letters"),
    ]
    html = maren.get(f"{url}preview/?show=new").content.decode()
    assert "Motor triage" in html
    assert '<td role="cell">Proven</td>' in html
    assert not Pilot.objects.exists()


def test_apply_writes_what_was_previewed_and_undo_takes_it_back(maren, previewed, work):
    import_, url = previewed()

    response = maren.post(f"{url}preview/", {"apply": "1", "data_version": import_.data_version})
    assert response.status_code == 302
    work(import_)
    assert maren.get(f"{url}preview/").url == url
    assert maren.get(url).url == f"{url}done/"
    done = maren.get(f"{url}done/").content.decode()
    assert "2 pilots were logged in Claims AI" in done
    assert "Nothing nags before" in done
    assert Pilot.objects.count() == 2

    assert maren.get(f"{url}undo/").context["plan"].sentences == ["2 pilots go, with their history."]
    assert Pilot.objects.count() == 2
    assert maren.post(f"{url}undo/").url == f"{url}done/"
    assert work(import_).at_step is Step.UNDONE
    assert not Pilot.objects.exists()
    assert "2 pilots are gone, with their history." in maren.get(f"{url}done/").content.decode()
    assert maren.get(f"{url}undo/").status_code == 302


def test_apply_of_an_older_preview_is_refused(maren, previewed):
    import_, url = previewed()

    response = maren.post(f"{url}preview/", {"apply": "1", "data_version": "older"})

    assert response.status_code == 409
    assert "Something changed here since the preview" in response.context["said"]
    import_.refresh_from_db()
    assert import_.wanted == ""


def test_change_between_preview_and_apply_shows_the_new_preview(maren, previewed, work, make_pilot):
    import_, url = previewed()
    make_pilot("Motor triage")

    maren.post(f"{url}preview/", {"apply": "1", "data_version": import_.data_version})
    work(import_)

    page = maren.get(f"{url}preview/")
    assert "Something changed here since the preview" in page.context["said"]
    assert page.context["against"] == ["One question is open, under “To decide”."]
    assert Pilot.objects.count() == 1


def test_question_is_asked_answered_and_only_then_written(maren, previewed, work, make_pilot):
    here = make_pilot("Motor triage")
    import_, url = previewed()

    page = maren.get(f"{url}preview/")
    [group] = page.context["findings"].groups
    [question] = group.questions
    assert (question.name, question.line, question.given) == ("Motor triage", 2, "")
    assert [answer for answer, _ in question.choices] == [here.key, "new", "leave-out"]
    assert 'name="apply" value="1" disabled' in page.content.decode()

    maren.post(f"{url}preview/", {"answers": "1", f"answer:{question.key}": "sideways", "answer:none": "new"})
    import_.refresh_from_db()
    assert import_.answers == {}
    work(import_)
    maren.post(f"{url}preview/", {"answers": "1", f"answer:{question.key}": "leave-out"})
    assert work(import_).answers == {question.key: "leave-out"}
    assert import_.summary["open_questions"] == 0
    assert import_.summary["new"] == 1
    shown = {
        tab.label: tab.count for tab in maren.get(f"{url}preview/?show=question").context["findings"].tabs
    }
    assert shown["To decide"] == "0"  # it stays in sight, and is not to be decided any more


def test_all_questions_of_a_kind_are_answered_at_once(maren, previewed, work, make_pilot):
    for name in ("Motor triage", "Fraud letters"):
        make_pilot(name)
    import_, url = previewed()

    [group] = maren.get(f"{url}preview/").context["findings"].groups
    assert [answer for answer, _ in group.of_all] == ["new", "leave-out"]
    maren.post(f"{url}preview/", {"answers": "1", "answer:alike:*": "new"})

    assert work(import_).summary["open_questions"] == 0
    assert import_.summary["new"] == 2


def test_refused_rows_stand_in_the_way_and_are_named(maren, previewed):
    import_, url = previewed(ROWS + ",Nobody named it.,Piloting\n")

    page = maren.get(f"{url}preview/")

    assert page.context["against"][0].startswith("One row is refused.")
    assert page.context["findings"].shown == "refused"
    assert (
        maren.post(f"{url}preview/", {"apply": "1", "data_version": import_.data_version}).status_code == 200
    )
    import_.refresh_from_db()
    assert import_.wanted == ""


def test_same_file_again_has_nothing_to_import(maren, previewed, work):
    import_, url = previewed()
    maren.post(f"{url}preview/", {"apply": "1", "data_version": import_.data_version})
    work(import_)

    again, url = previewed()

    html = maren.get(f"{url}preview/").content.decode()
    assert (again.summary["new"], again.summary["changed"], again.summary["same"]) == (0, 0, 2)
    assert "Every row is here already, so there is nothing to import." in html
    assert 'name="apply"' not in html


def test_report_holds_every_finding(maren, previewed):
    _, url = previewed(ROWS + ",Nobody named it.,Piloting\n")

    response = maren.get(f"{url}report/?format=csv")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "Line,Column,Text,Reason,Kind"
    assert any(line.startswith("4,") and line.endswith("Refused") for line in text.splitlines())


def finding(place):
    known = {
        "line": place,
        "column": "",
        "text": "",
        "reason": "It is new.",
        "pilot": "",
        "name": f"Pilot {place}",
    }
    return {"kind": "new", **known}


@pytest.mark.parametrize("count", [10, 300])
def test_preview_costs_the_same_for_any_number(maren, previewed, count, django_assert_num_queries):
    import_, url = previewed()
    details = pack_details([finding(place) for place in range(count)])
    Import.objects.filter(pk=import_.pk).update(details=details)

    with django_assert_num_queries(7):  # the report; session, user, may import, import; the rail's two
        page = maren.get(f"{url}preview/?show=new")

    assert len(page.context["findings"].page) == min(count, 50)


def test_given_up_import_leads_back_to_the_beginning(maren, previewed):
    _, url = previewed()

    assert maren.post(f"{url}drop/").url == LIST
    html = maren.get(f"{url}done/").content.decode()
    assert "This import was given up. Nothing was written." in html
    assert maren.get(f"{url}columns/").url == url


def test_administrator_imports_a_file_that_names_its_programs(client, maren, administrator, previewed, work):
    client.force_login(administrator)
    text = (
        "Program,Pilot,Problem,State\nLegal AI,Contract reading,Slow.,Piloting\nClaims AI,Triage,Slow.,Idea\n"
    )

    import_, url = previewed(text, program="*")
    assert import_.program is None
    assert "2 pilots will be logged" in client.get(f"{url}preview/").content.decode()
    client.post(f"{url}preview/", {"apply": "1", "data_version": import_.data_version})

    assert work(import_).at_step is Step.APPLIED, import_.last_error
    assert set(Pilot.objects.values_list("program__name", "name")) == {
        ("Legal AI", "Contract reading"),
        ("Claims AI", "Triage"),
    }
    assert client.get(f"{url}done/").status_code == 200
